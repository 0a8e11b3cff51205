"""The one entrance of a column: what is let in, what is refused, and remedies that work."""

import datetime
import decimal
import re

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, DataError
from econshrink.core.columns import as_numbers, kind_of, values_of

LET_IN = {
    "int8": pd.Series([1, 0], dtype="int8"),
    "float32": pd.Series([1, 0], dtype="float32"),
    "bool": pd.Series([True, False]),
    "nullable integer": pd.Series([1, 0], dtype="Int64"),
    "nullable float": pd.Series([1, 0], dtype="Float64"),
    "nullable boolean": pd.Series([True, False], dtype="boolean"),
    "decimal": pd.Series([decimal.Decimal(1), decimal.Decimal(0)]),
    "objects": pd.Series([1, 0.0], dtype=object),
    "sparse": pd.Series(pd.arrays.SparseArray([1.0, 0.0])),
}
REFUSED = {
    "dates": pd.Series(pd.to_datetime(["2010-05-01", "2011-05-01"])),
    "dates with a zone": pd.Series(pd.to_datetime(["2010-05-01", "2011-05-01"], utc=True)),
    "calendar dates": pd.Series([datetime.date(2010, 5, 1), datetime.date(2011, 5, 1)]),
    "periods": pd.Series(pd.period_range("2010-01", periods=2, freq="M")),
    "durations": pd.Series(pd.to_timedelta([1, 2], unit="D")),
    "complex numbers": pd.Series([1 + 2j, 3 + 4j]),
    "text of numbers": pd.Series(["1.5", "2"]),
    "categories of numbers": pd.Series([1, 2], dtype="category"),
    "bytes": pd.Series([b"1", b"2"]),
    "intervals": pd.Series(pd.interval_range(0, 2)),
    "a mixture": pd.Series([1, "b"], dtype=object),
    "dates among numbers": pd.Series([1.0, pd.Timestamp("2010-01-01")], dtype=object),
}


@pytest.mark.parametrize("name", LET_IN)
def test_numbers_of_every_kind_are_let_in(name):
    values, faults = as_numbers(LET_IN[name], "x")
    assert values.tolist() == [1.0, 0.0]
    assert faults == []


@pytest.mark.parametrize("kind", ["Int64", "Float64", "boolean", object])
def test_a_gap_is_nan(kind):
    assert np.isnan(as_numbers(pd.Series([1, None], dtype=kind), "x")[0]).tolist() == [False, True]


def test_nat_is_missing_and_never_a_number():
    for column in (pd.Series([pd.NaT, 1.0], dtype=object), pd.Series([pd.NaT, pd.NaT])):
        values, _ = as_numbers(column, "x")
        assert np.isnan(values[0])
    assert as_numbers(pd.Series([pd.NaT, 1.0], dtype=object), "x")[0][1] == 1.0


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_once_and_never_in_part(name):
    values, faults = as_numbers(REFUSED[name], "x")
    assert np.isnan(values).all()
    assert len(faults) == 1
    assert "'x'" in faults[0].seen


@pytest.mark.parametrize("name", REFUSED)
def test_every_remedy_mends_the_column(name):
    df = pd.DataFrame({"x": REFUSED[name]})
    remedy = as_numbers(df["x"], "x")[1][0].remedy
    codes = re.findall(
        r"(?:pd\.|np\.|\()?[\w.]*\(?df\['x'\].*?(?=\.? *$|, or | turns|[.;] |: |\. )", remedy
    )
    assert codes, remedy
    tried = []
    for code in codes:
        try:
            made = eval(code.rstrip(",."), {"pd": pd, "np": np, "df": df})
        except (ValueError, SyntaxError) as problem:
            tried.append(f"{code}: {problem}")
            continue
        if name == "bytes":
            made = made.astype(float)
        values, faults = as_numbers(pd.Series(made), "x")
        tried.append(f"{code}: {faults}")
        if not faults:
            assert np.isfinite(values).any()
            return
    pytest.fail(f"{remedy} -> {tried}")


def test_text_is_decoded_only_where_a_reader_asks():
    values, faults = as_numbers(pd.Series(["1.5", " 2 ", None, "1e3"]), "x", decode=True)
    assert faults == []
    np.testing.assert_array_equal(values, [1.5, 2.0, np.nan, 1000.0])
    _, faults = as_numbers(pd.Series(["1.5", "n/a", "n/a"]), "x", decode=True)
    assert len(faults) == 1
    assert "'n/a' and 1 more" in faults[0].seen


@pytest.mark.parametrize("text", ["1_000", "0x10", "inf", "nan", "1,000", "½", "--1", "1e"])
def test_only_plain_figures_are_decoded(text):
    assert as_numbers(pd.Series([text]), "x", decode=True)[1]


def test_arrow_columns():
    pa = pytest.importorskip("pyarrow")
    for kind in (pa.int32(), pa.float64(), pa.decimal128(10, 2), pa.uint8()):
        values = [decimal.Decimal(1), None] if pa.types.is_decimal(kind) else [1, None]
        column = pd.Series(pa.array(values, kind).to_pandas(types_mapper=pd.ArrowDtype))
        assert as_numbers(column, "x")[0][0] == 1.0
    assert kind_of(pd.Series(["a"], dtype=pd.ArrowDtype(pa.string()))) == "text"
    dates = pd.Series(pd.to_datetime(["2010-01-01"])).astype(pd.ArrowDtype(pa.timestamp("us")))
    assert kind_of(dates) == "dates"
    days = pd.Series([datetime.date(2010, 1, 1)], dtype=pd.ArrowDtype(pa.date32()))
    assert as_numbers(days, "x")[1]


def test_no_verb_takes_a_date_for_a_number():
    days = pd.Series(pd.to_datetime(["2010-03-01", None]), index=["a", "b"])
    with pytest.raises(DataError, match="dates in"):
        values_of(days)
    with pytest.raises(DataError, match="dates in 'x'"):
        CityPanel.from_long(pd.DataFrame({"city": ["a", "b"], "year": 2010, "x": days.to_numpy()}))
    with pytest.raises(DataError, match="complex numbers in 'x'"):
        CityPanel.from_long(pd.DataFrame({"city": ["a", "b"], "year": 2010, "x": [1j, 2.0]}))
    assert values_of(pd.Series([2010, pd.NaT], dtype=object)).tolist()[0] == 2010.0
