"""The parquet reader, which needs the optional pyarrow, against the same table as csv."""

import pandas as pd
import pytest

from econshrink.core.errors import DataError
from econshrink.data import read_yearbook


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "城市": ["鹤岗市", "鹤岗市", "伊春市"],
            "年份": [2010, 2011, 2010],
            "常住人口（万人）": [105.87, 104.2, None],
            "GDP（亿元）": [251.0, 313.1, 202.4],
        }
    )


def test_a_parquet_file_reads_like_the_csv(table, tmp_path):
    table.to_parquet(tmp_path / "book.parquet")
    table.to_csv(tmp_path / "book.csv", index=False)
    ours = read_yearbook(tmp_path / "book.parquet")
    text = read_yearbook(tmp_path / "book.csv")
    pd.testing.assert_frame_equal(ours.panel.frame, text.panel.frame)
    assert ours.panel.frame.loc[("230400", 2010), "population"] == pytest.approx(1_058_700)


def test_a_damaged_parquet_file_is_refused(table, tmp_path):
    path = tmp_path / "book.parquet"
    table.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"book\.parquet"):
        read_yearbook(path)
