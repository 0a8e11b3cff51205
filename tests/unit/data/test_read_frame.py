"""A table of any kind comes out as columns of figures and of text, and nothing is guessed away."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError
from econshrink.data import read_frame

TOWNS = pd.DataFrame(
    {"fips": ["01001", "01001", "01003"], "year": [2010, 2011, 2010], "people": [5.5, np.nan, 7.0]}
)


@pytest.mark.parametrize("kind", ["csv", "tsv", "xlsx", "dta", "parquet"])
def test_the_same_table_from_every_kind_of_file(tmp_path, kind):
    path = tmp_path / f"towns.{kind}"
    if kind == "parquet":
        pytest.importorskip("pyarrow")
        TOWNS.to_parquet(path)
    elif kind == "dta":
        TOWNS.to_stata(path, write_index=False)
    elif kind == "xlsx":
        TOWNS.to_excel(path, index=False)
    else:
        TOWNS.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    table = read_frame(path, ("fips", "year"))
    assert table["fips"].tolist() == TOWNS["fips"].tolist()
    assert table["year"].tolist() == TOWNS["year"].tolist()
    assert table["year"].dtype == "int64"
    np.testing.assert_array_equal(table["people"], TOWNS["people"])


def test_marks_of_absence_are_gaps_among_figures_and_text_among_text(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text("country,x,y\nNA,1,.\nDE,NA,2\n")
    table = read_frame(path)
    assert table["country"].tolist() == ["NA", "DE"]
    np.testing.assert_array_equal(table[["x", "y"]], [[1, np.nan], [np.nan, 2]])


def test_text_columns_of_typed_files_stay_text(tmp_path):
    path = tmp_path / "typed.dta"
    pd.DataFrame({"code": ["12", "13"], "x": [1.0, 2.0]}).to_stata(path, write_index=False)
    assert read_frame(path)["code"].tolist() == ["12", "13"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a,b\n1,2,3\n", "3 fields"),
        ("a,a\n1,2\n", "a twice"),
        ("b,c\n1,2\n", "columns a"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, text, seen):
    path = tmp_path / "wrong.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=seen):
        read_frame(path, ("a",) if "columns" in seen else ())


def test_a_column_without_a_heading_is_called_by_its_letter(tmp_path):
    path = tmp_path / "index.csv"
    TOWNS.to_csv(path)
    assert read_frame(path).columns.tolist() == ["column A", *TOWNS.columns]
