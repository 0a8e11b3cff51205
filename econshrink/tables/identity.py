"""Who and when: identifiers kept as given, years as integers, both as dense codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.core.columns import NUMBERS, TEXT, as_numbers, kind_of
from econshrink.core.errors import Fault
from econshrink.nouns.panel import id_faults, missing_ids

_WHOLE = re.compile(r"\s*[+-]?\d+\s*")


@dataclass(frozen=True, eq=False)
class Units:
    """Identifiers in order, and the number of each row's; −1 where there is none."""

    names: pd.Index
    codes: Ints


def read_units(column: pd.Series, name: str) -> tuple[Units, list[Fault]]:
    """Number the identifiers of a column; text, integers and categories are kept as given.

    Whole numbers stored as floats count as integers.

    Examples
    --------
    >>> found, faults = read_units(pd.Series(["b", "a", "b"]), "firm")
    >>> found.names.tolist(), found.codes.tolist(), faults
    (['a', 'b'], [1, 0, 1], [])
    """
    codes, names = pd.factorize(column)
    index = pd.Index(names)
    if isinstance(index.dtype, pd.CategoricalDtype):
        index = pd.Index(np.asarray(index))
    if (codes < 0).any():
        return Units(index, codes.astype(np.intp)), missing_ids(codes < 0, name)
    index, faults = _kept(index, name)
    if not faults:
        order = np.argsort(index.to_numpy(), kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return Units(index[order], place[codes]), []
    return Units(index, codes.astype(np.intp)), faults


def _kept(index: pd.Index, name: str) -> tuple[pd.Index, list[Fault]]:
    """Distinct identifiers as plain integers or text."""
    if kind_of(pd.Series(index)) == NUMBERS and not pd.api.types.is_bool_dtype(index.dtype):
        numbers, _ = as_numbers(pd.Series(index), name)
        if pd.api.types.is_integer_dtype(index.dtype):
            return pd.Index(index.to_numpy(dtype=np.int64)), []
        if index.dtype != object:
            part = numbers[numbers != np.rint(numbers)]
            if not len(part):
                return pd.Index(numbers.astype(np.int64)), []
            seen = f"identifiers with fractions, such as {part[0]:g}"
            remedy = f"Make them text: df['{name}'] = df['{name}'].astype(str)."
            return index, [Fault(seen, "text or integers", remedy, f"column {name}")]
    if pd.api.types.is_string_dtype(index.dtype):
        index = index.astype(object)
    faults = id_faults(index, name)
    return (index if faults else _tidy(index)), faults


def _tidy(index: pd.Index) -> pd.Index:
    plain: pd.Index = pd.Index(list(index))
    return plain  # integers as int64, text as pandas' own text


def read_times(column: pd.Series, name: str) -> tuple[Ints, list[Fault]]:
    """Years of a column as integers.

    Integers, whole floats, integer-like text, yearly periods, and dates that all are the first or
    all the last day of a year are read; anything finer is refused.

    Examples
    --------
    >>> read_times(pd.Series(pd.period_range("2010", periods=2, freq="Y")), "t")[0].tolist()
    [2010, 2011]
    >>> read_times(pd.Series([2010.5]), "t")[1][0].seen
    'times with fractions, such as 2010.5'
    """
    missing = column.isna().to_numpy()
    where = f"column {name}"
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        seen = f"{int(missing.sum())} rows without a year, the first row {row}"
        remedy = f"Drop or fill them: df = df.dropna(subset=['{name}'])."
        return _nothing(column), [Fault(seen, "one in every row", remedy, where)]
    codes, values = pd.factorize(column)
    distinct = pd.Series(values)
    if isinstance(distinct.dtype, pd.CategoricalDtype):
        distinct = pd.Series(pd.Index(np.asarray(distinct)))
    years, fault = _years(distinct, name)
    if fault is not None:
        return _nothing(column), [fault]
    return years[codes], []


def _nothing(column: pd.Series) -> Ints:
    return np.zeros(len(column), dtype=np.intp)


def _years(distinct: pd.Series, name: str) -> tuple[Ints, Fault | None]:
    kind, where = kind_of(distinct), f"column {name}"
    expected = "whole years: integers, yearly periods or first days of years"
    none = np.zeros(0, dtype=np.intp)
    if kind == NUMBERS and not pd.api.types.is_bool_dtype(distinct.dtype):
        return _whole(as_numbers(distinct, name)[0], name)
    if kind == TEXT:
        texts = [str(value) for value in distinct]
        odd = [text for text in texts if not _WHOLE.fullmatch(text)]
        if not odd:
            return np.array([int(text) for text in texts], dtype=np.intp), None
        remedy = f"If these are dates: df['{name}'] = pd.to_datetime(df['{name}']).dt.year."
        return none, Fault(f"text such as {odd[0]!r} for a year", expected, remedy, where)
    if kind in {"dates", "calendar dates"}:
        try:
            dates = pd.to_datetime(distinct).dt
        except (TypeError, ValueError):
            dates = None
        if dates is not None and _first_or_last(dates):
            return np.asarray(dates.year, dtype=np.intp), None
        taken = "df['{0}']" if kind == "dates" else "pd.to_datetime(df['{0}'])"
        remedy = f"Take the year: df['{name}'] = {taken.format(name)}.dt.year; one row a year."
        seen = f"dates within the year, such as {distinct.iloc[0]}"
        return none, Fault(seen, expected, remedy, where)
    if kind == "periods":
        if getattr(distinct.dtype, "freq", None) is not None and str(distinct.dtype).startswith(
            ("period[Y", "period[A")
        ):
            return np.asarray(distinct.dt.year, dtype=np.intp), None
        remedy = f"Take the year: df['{name}'] = df['{name}'].dt.year; one row a year."
        seen = f"periods shorter than a year, such as {distinct.iloc[0]}"
        return none, Fault(seen, expected, remedy, where)
    seen = f"{kind if kind != NUMBERS else 'truth values'} such as {distinct.iloc[0]!r} for a year"
    remedy = f"Write the year as an integer in '{name}' or name another column with time=."
    return none, Fault(seen, expected, remedy, where)


def _whole(numbers: Floats, name: str) -> tuple[Ints, Fault | None]:
    odd = numbers[~np.isfinite(numbers) | (numbers != np.rint(numbers))]
    if not len(odd):
        return numbers.astype(np.intp), None
    seen = f"times with fractions, such as {odd[0]:g}"
    remedy = f"One row a year: df['{name}'] = np.floor(df['{name}']).astype('int64')."
    return np.zeros(0, dtype=np.intp), Fault(seen, "whole years", remedy, f"column {name}")


def _first_or_last(dates: Any) -> bool:
    """All the first, or all the last day of a year, whatever the hour (a day is told by it)."""
    month, day = dates.month, dates.day
    first = bool(((month == 1) & (day == 1)).all())
    return first or bool(((month == 12) & (day == 31)).all())
