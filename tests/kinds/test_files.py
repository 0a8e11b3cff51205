"""What a file says is what is read: decimal commas, long codes, figures with signs."""

import numpy as np
import pandas as pd
import pytest

from econshrink import DataError
from econshrink.core.columns import refusal
from econshrink.data import read_frame
from econshrink.panel import fit_fe


def read(folder, text):
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    return read_frame(file)


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_decimal_commas_make_thousands_of_dots(sign, tmp_path):
    """1.234 beside 0,5 is 1234: as a decimal point it would be a thousand times too small."""
    rows = ["city year people rate", "a 2010 1.234 0,5", "b 2010 2.000.000 12,25", "c 2010 NA 7"]
    table = read(tmp_path, "\n".join(row.replace(" ", sign) for row in rows))
    np.testing.assert_array_equal(table["people"], [1234, 2_000_000, np.nan])
    np.testing.assert_array_equal(table["rate"], [0.5, 12.25, 7])


def test_decimal_commas_in_quotation_marks(tmp_path):
    table = read(tmp_path, 'city,x,y\na,"1.234,5",3\nb,"-0,25",4\n')
    assert table["x"].tolist() == [1234.5, -0.25]
    assert table["y"].tolist() == [3, 4]


def test_what_may_be_thousands_is_left_as_it_is_printed(tmp_path):
    table = read(tmp_path, 'city,x\na,"1,234"\nb,"2,000,000"\n')
    assert table["x"].tolist() == ["1,234", "2,000,000"]
    assert read(tmp_path, "city;x\na;1.234\nb;2.000\n")["x"].tolist() == [1.234, 2.0]
    table = read(tmp_path, "city;x;y\na;0.5;0,5\nb;1.25;1,5\n")
    assert table["x"].tolist() == [0.5, 1.25]  # points that are no thousands stay points


def test_long_codes_stay_apart(tmp_path):
    """Two codes of 18 digits are one float."""
    table = read(tmp_path, "code,x\n110000000000000001,1\n110000000000000002,2\n")
    assert table["code"].tolist() == ["110000000000000001", "110000000000000002"]
    assert read(tmp_path, "code,x\n110000000000001,1\n")["code"].tolist() == [110000000000001]


REMEDIES = {
    "1,234": 1234.0, "-1,234.5": -1234.5, "1 234": 1234.0, "1\u00a0234": 1234.0, "1'234": 1234.0,
    "12%": 0.12, "3.5 %": 0.035, "12": 12.0, "1e3": 1000.0,
}  # fmt: skip


@pytest.mark.parametrize("text", REMEDIES)
def test_the_remedy_of_figures_written_as_text_works(text):
    df = pd.DataFrame({"x": [text, text]})
    remedy = refusal(df["x"], "x").remedy
    made = eval(remedy[remedy.index("df[") :].rstrip("."), {"df": df})
    np.testing.assert_allclose(made, REMEDIES[text])


def test_two_rows_of_headings_are_refused_where_they_are_used(tmp_path):
    table = read(tmp_path, "city,year,y,x\n,,persons,yuan\na,2010,1,2\na,2011,2,2\n")
    with pytest.raises(DataError, match=r"without a year|no city"):
        fit_fe(table, "y ~ x")
