"""The one entrance of a column into numbers: a list of types that are let in, no coercion.

Let in are booleans, integers and floats (NumPy, nullable or Arrow), decimals, and object columns
that hold nothing else. Dates, periods, durations, complex numbers, intervals and mixtures are
refused with one sentence: turned into numbers by force they become ticks, lose a part, or hide a
mistake. A missing date (NaT) is missing and never a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all

NUMBERS, TEXT = "numbers", "text"

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_THOUSANDS = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_PERCENT = re.compile(r"[+-]?\d+(\.\d+)?%")
FIGURES = "a column of numbers"

# what pandas infers of an object column -> what we call it
_INFERRED = {
    "integer": NUMBERS,
    "floating": NUMBERS,
    "mixed-integer-float": NUMBERS,
    "decimal": NUMBERS,
    "boolean": NUMBERS,
    "empty": NUMBERS,
    "string": TEXT,
    "datetime64": "dates",
    "datetime": "dates",
    "date": "calendar dates",
    "timedelta64": "durations",
    "timedelta": "durations",
    "period": "periods",
    "complex": "complex numbers",
    "bytes": "bytes",
    "interval": "intervals",
    "time": "times of day",
}

_REMEDIES: dict[str, Callable[[str], str]] = {
    "dates": lambda c: (
        f"Use the year, df['{c}'].dt.year, or days since the first, "
        f"(df['{c}'] - df['{c}'].min()) / pd.Timedelta(days=1)."
    ),
    "calendar dates": lambda c: f"Use the year: pd.to_datetime(df['{c}']).dt.year.",
    "periods": lambda c: f"Use the year: df['{c}'].dt.year.",
    "durations": lambda c: f"Divide by a unit: df['{c}'] / pd.Timedelta(days=1).",
    "complex numbers": lambda c: f"Take one part: np.real(df['{c}']).",
    "bytes": lambda c: f"Decode it: df['{c}'].str.decode('utf-8').",
    "intervals": lambda c: f"Take one end: pd.IntervalIndex(df['{c}']).left.",
    "categories": lambda c: (
        f"Write C({c}) for a dummy a level; if the levels are numbers, df['{c}'].astype(float)."
    ),
    TEXT: lambda c: (
        f"Write C({c}) for a dummy a level; if the text is numbers, df['{c}'].astype(float)."
    ),
    "times of day": lambda c: f"Use the hour: df['{c}'].map(lambda time: time.hour).",
    "a mixture": lambda c: (
        f"Make it one type: pd.to_numeric(df['{c}'], errors='coerce') "
        "turns what is no number into a gap."
    ),
}


def kind_of(column: pd.Series) -> str:
    """Name what a column holds: ``numbers``, ``text``, ``categories``, ``dates`` and so on.

    Examples
    --------
    >>> kind_of(pd.Series([1, None], dtype="Int64")), kind_of(pd.Series(["a", "b"]))
    ('numbers', 'text')
    >>> kind_of(pd.Series([1, "b"], dtype=object))
    'a mixture'
    """
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return {"M": "dates", "m": "durations", "c": "complex numbers", "S": "bytes"}.get(
            dtype.kind, TEXT if dtype.kind in "UT" else NUMBERS
        )
    if isinstance(dtype, pd.CategoricalDtype):
        return "categories"
    if isinstance(dtype, pd.PeriodDtype):
        return "periods"
    if isinstance(dtype, pd.IntervalDtype):
        return "intervals"
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "dates"
    if isinstance(dtype, np.dtype):
        present = column[column.notna().to_numpy()]  # a NaT among numbers is a gap, no date
        return _INFERRED.get(pd.api.types.infer_dtype(present, skipna=True), "a mixture")
    if pd.api.types.is_string_dtype(dtype):
        return TEXT
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
        return "complex numbers" if dtype.kind == "c" else NUMBERS
    # Arrow and whatever comes: look at the values themselves
    return _INFERRED.get(pd.api.types.infer_dtype(column.astype(object), skipna=True), "a mixture")


def as_numbers(column: pd.Series, name: str, *, decode: bool = False) -> tuple[Floats, list[Fault]]:
    """Values of a column as floats, NaN where missing, and what is wrong with it.

    Parameters
    ----------
    column : Series
    name : str
        For the message.
    decode : bool
        Read text and categories whose every value is written as a number, as a file's reader
        wants; elsewhere text is a label and refused.

    Returns
    -------
    tuple
        Values, shape (n,), all NaN if refused; faults, one a cause.

    Examples
    --------
    >>> as_numbers(pd.Series([1, None], dtype="Int64"), "x")[0]
    array([ 1., nan])
    >>> as_numbers(pd.Series(pd.to_datetime(["2010-01-01"])), "day")[1][0].seen
    "dates in 'day', the first 2010-01-01 00:00:00"
    """
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column.to_numpy(dtype=float), []
    kind = kind_of(column)
    if kind == NUMBERS:
        if column.dtype == object:
            empty = column.isna().to_numpy()
            return np.where(empty, np.nan, column.where(~empty, 0.0).astype(float)), []
        return column.to_numpy(dtype=float, na_value=np.nan), []
    if decode and kind in {TEXT, "categories", "a mixture"}:
        return _decoded(column, name)
    return np.full(len(column), np.nan), [refusal(column, name, kind)]


def values_of(table: pd.Series | pd.DataFrame, name: str = "values") -> Floats:
    """Numbers of a series, or of a table column by column, or a `DataError` on what they are not.

    Examples
    --------
    >>> values_of(pd.DataFrame({"a": [1, None], "b": [True, False]})).tolist()
    [[1.0, 1.0], [nan, 0.0]]
    """
    if isinstance(table, pd.Series):
        values, faults = as_numbers(table, str(table.name or name))
        raise_all(DataError, faults)
        return values
    if all(isinstance(t, np.dtype) and t.kind in "biuf" for t in table.dtypes):
        return table.to_numpy(dtype=float)
    columns = [as_numbers(table.iloc[:, i], str(c)) for i, c in enumerate(table.columns)]
    raise_all(DataError, [fault for _, wrong in columns for fault in wrong])
    made: Floats = np.empty(table.shape)
    for i, (values, _) in enumerate(columns):
        made[:, i] = values
    return made


def refusal(column: pd.Series, name: str, kind: str = "") -> Fault:
    """Say why a column cannot be used as numbers, with a remedy that works when followed."""
    kind = kind or kind_of(column)
    present = column[column.notna().to_numpy()]
    first = "no value" if present.empty else present.iloc[0]
    seen = f"{kind} in '{name}', the first {first}"
    if kind == "a mixture":
        types = sorted({type(value).__name__ for value in present.head(10_000)})
        seen = f"a mixture of {' and '.join(types)} in '{name}'"
    remedy = _REMEDIES[kind](name) if kind in _REMEDIES else f"Leave '{name}' out."
    if kind in {TEXT, "categories"}:
        remedy = _label_remedy(present, name) or remedy
    return Fault(seen, FIGURES, remedy, f"column {name}")


def _label_remedy(present: pd.Series, name: str) -> str:
    """What makes numbers of texts such as 1,234, 1 234 or 12%, if anything does."""
    levels = [str(level) for level in pd.unique(present)[:10_000]]
    if not levels or all(_NUMBER.fullmatch(level) for level in levels):
        return ""
    column = f"df['{name}'].astype(str)"
    plain = [re.sub(r"[\s']", "", level) for level in levels]
    if all(map(_THOUSANDS.fullmatch, plain)):
        taken = r"[,\s']"
        return (
            f"Take the separators out: {column}.str.replace(r\"{taken}\", '', regex=True)"
            ".astype(float)."
        )
    if all(map(_PERCENT.fullmatch, plain)):
        return f"Take the signs off: {column}.str.rstrip('% ').astype(float) / 100."
    return ""


def twin_levels(column: pd.Series, name: str) -> list[Fault]:
    """Say if a column of labels holds one label twice, as 1 and as "1", or what no label can be.

    Examples
    --------
    >>> twin_levels(pd.Series([1, "1", 2], dtype=object), "zone")[0].seen
    "1 both as int and as str in 'zone'"
    """
    if column.dtype != object:
        return []
    if wrong := nested(column, name):
        return wrong
    levels = pd.unique(column)
    known: dict[str, str] = {}
    for level in levels:
        kind = type(level).__name__
        other = known.setdefault(str(level).strip(), kind)
        if other != kind and "str" in (other, kind):
            seen = f"{level} both as {' and as '.join(sorted((other, kind)))} in '{name}'"
            remedy = f"Make them text: df['{name}'] = df['{name}'].astype(str)."
            return [Fault(seen, "each label written in one way", remedy, f"column {name}")]
    return []


def nested(column: pd.Series, name: str) -> list[Fault]:
    """Say if a column holds lists or the like in its cells."""
    try:
        pd.unique(column)
    except TypeError:
        kind = type(column.dropna().iloc[0]).__name__
        remedy = f"Leave it out: df = df.drop(columns='{name}')."
        return [Fault(f"a {kind} in each cell of '{name}'", FIGURES, remedy, f"column {name}")]
    return []


def _decoded(column: pd.Series, name: str) -> tuple[Floats, list[Fault]]:
    """Numbers written as text: every distinct value is read once."""
    numbers, distinct = pd.factorize(column.astype(object))
    read = np.full(len(distinct) + 1, np.nan)
    wrong: list[int] = []
    for place, value in enumerate(distinct):
        if isinstance(value, str):
            if not _NUMBER.fullmatch(value):
                wrong.append(place)
                continue
        elif kind_of(pd.Series([value], dtype=object)) != NUMBERS:
            wrong.append(place)
            continue
        read[place] = float(value)
    values: Floats = read[numbers]
    if not wrong:
        return values, []
    bad = np.flatnonzero(np.isin(numbers, wrong))
    count = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
    where = f"column {name}, {_row_name(column, int(bad[0]))}"
    seen = f"{column.iloc[int(bad[0])]!r}{count}"
    remedy = "Clean the cell; what has no figure is left empty."
    return values, [Fault(seen, "a finite number or an empty cell", remedy, where)]


def row_key(index: pd.Index, row: int) -> object:
    """Label of a row in plain Python values, as a message prints it.

    Examples
    --------
    >>> row_key(pd.MultiIndex.from_tuples([("a", 2010)]), 0)
    ('a', 2010)
    """
    key = index[row]
    parts = key if isinstance(key, tuple) else (key,)
    plain = tuple(part.item() if isinstance(part, np.generic) else part for part in parts)
    return plain if isinstance(key, tuple) else plain[0]


def _row_name(column: pd.Series, row: int) -> str:
    names = [str(name) for name in column.index.names]
    key = row_key(column.index, row)
    return f"({', '.join(names)}) {key}" if column.index.nlevels > 1 else f"row {key}"
