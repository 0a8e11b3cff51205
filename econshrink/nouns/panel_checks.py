"""What a panel refuses: rows, identifiers, times, figures, statuses and attributes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.core.columns import as_numbers, row_key
from econshrink.core.errors import Fault

STATUSES = (
    "reported",  # as published
    "interpolated",  # filled between published years by the compiler
    "rebased",  # level moved to a new base (census, boundary)
    "wrong_concept",  # another concept in the column, such as registered population
    "revised",  # replaced by a later official figure
    "estimated",  # produced by a model of ours (closure, imputation, simulation)
    "suspect",  # a stated rule says the figure may be wrong
)

FIRST_YEAR, LAST_YEAR = 1900, 2200
LONGEST_TIME = 1_000_000  # of a panel whose time is not the calendar year


def index_as_given(frame: pd.DataFrame) -> pd.DataFrame:
    """Nullable and Arrow integers of the index as plain ones, so that every join agrees.

    A level that holds one identifier twice is made anew: repeats of rows would go unseen.
    """
    index = frame.index
    if not isinstance(index, pd.MultiIndex) or index.nlevels != 2:
        return frame
    plain = [level for level in index.levels if _is_plain(level) and level.is_unique]
    if len(plain) == index.nlevels:
        return frame
    columns = [index.get_level_values(place) for place in range(2)]
    made = [column if _is_plain(column) else _plain(column) for column in columns]
    return frame.set_axis(pd.MultiIndex.from_arrays(made, names=index.names), axis=0)


def _is_plain(level: pd.Index) -> bool:
    return isinstance(level.dtype, np.dtype | pd.StringDtype)


def _plain(level: pd.Index) -> pd.Index:
    made: pd.Index = level
    if pd.api.types.is_integer_dtype(level.dtype) and not level.hasnans:
        made = pd.Index(level.to_numpy(dtype=np.int64))
    elif isinstance(level.dtype, pd.CategoricalDtype):
        made = pd.Index(np.asarray(level))
    elif pd.api.types.is_string_dtype(level.dtype):
        made = pd.Index(np.asarray(level, dtype=object))
    return made


def index_faults(frame: pd.DataFrame, unit: str, time: str) -> list[Fault]:
    """Rows that are not one for each unit and time, told by the names the user gave."""
    if list(frame.index.names) != ["city", "year"]:
        seen = f"an index named {list(frame.index.names)}"
        return [Fault(seen, "an index (city, year)", "Use CityPanel.from_long on a long table.")]
    if frame.empty:
        seen = f"{len(frame)} rows and {len(frame.columns)} variables"
        return [Fault(seen, "at least one row and one variable", "Check the filter or the file.")]
    assert isinstance(frame.index, pd.MultiIndex)
    gaps = np.asarray(frame.index.codes[0]) < 0
    faults = missing_ids(gaps, unit) if gaps.any() else id_faults(frame.index.unique("city"), unit)
    faults += _year_faults(frame.index, unit, time)
    if not _in_order(frame.index) and (twice := frame.index.duplicated()).any():
        keys = frame.index[twice].unique()
        first = row_key(keys, 0)
        seen = f"{first} more than once"
        if len(keys) > 1:
            seen = f"{len(keys)} pairs ({unit}, {time}) more than once, the first {first}"
        one = "a city and year" if (unit, time) == ("city", "year") else f"for each {unit}, {time}"
        remedy = "Aggregate or remove repeats."
        faults.append(Fault(seen, f"one row {one}", remedy))
    return faults


def _in_order(index: pd.MultiIndex) -> bool:
    """Tell whether rows are ordered by level codes, none twice: then no search for repeats."""
    first, second = (np.asarray(codes) for codes in index.codes)
    later = first[1:] > first[:-1]
    later |= (first[1:] == first[:-1]) & (second[1:] > second[:-1])
    return bool(later.all())


def missing_ids(missing: np.ndarray, name: str) -> list[Fault]:
    """Fault of rows without an identifier, told once."""
    row = int(np.flatnonzero(missing)[0])
    seen = f"{int(missing.sum())} rows without an identifier, the first row {row}"
    remedy = f"Drop or fill them: df = df.dropna(subset=['{name}'])."
    return [Fault(seen, "one in every row", remedy, f"column {name}")]


def id_faults(ids: pd.Index, name: str) -> list[Fault]:
    """Faults of a column of identifiers: missing ones, and types other than text or integers.

    Examples
    --------
    >>> id_faults(pd.Index(["a", 1], dtype=object), "firm")[0].seen
    "identifiers of two types in 'firm': int (such as 1) and str (such as 'a')"
    """
    missing = np.asarray(ids.isna())
    if missing.any():
        return missing_ids(missing, name)
    if isinstance(ids.dtype, pd.CategoricalDtype):
        ids = pd.Index(np.asarray(ids.unique()))
    if pd.api.types.is_integer_dtype(ids.dtype):
        return []
    where = f"column {name}"
    remedy = f"Make them text: df['{name}'] = df['{name}'].astype(str)."
    expected = "text or integers, all of one type"
    if ids.dtype == object:
        examples = {_type_name(value): value for value in ids}
        strange = {kind: value for kind, value in examples.items() if kind not in {"int", "str"}}
        if strange:
            kind, value = next(iter(strange.items()))
            seen = f"identifiers of type {kind}, such as {value!r}"
            return [Fault(seen, expected, remedy, where)]
        if len(examples) > 1:
            both = " and ".join(f"{kind} (such as {examples[kind]!r})" for kind in sorted(examples))
            seen = f"identifiers of two types in '{name}': {both}"
            return [Fault(seen, expected, remedy, where)]
    elif not pd.api.types.is_string_dtype(ids.dtype):
        return [Fault(f"identifiers of type {ids.dtype}", expected, remedy, where)]
    if np.asarray(ids == "").any():  # `in` would leave a table of all of them
        seen = "an empty text as identifier"
        remedy = f"Drop or fill them: df[df['{name}'] != '']."
        return [Fault(seen, "one in every row", remedy, where)]
    return []


def _type_name(value: object) -> str:
    if isinstance(value, str):
        return "str"
    return (
        "int"
        if isinstance(value, int | np.integer) and not isinstance(value, bool)
        else (type(value).__name__)
    )


def _year_faults(index: pd.MultiIndex, unit: str, time: str) -> list[Fault]:
    calendar = (unit, time) == ("city", "year")
    low, high = (FIRST_YEAR, LAST_YEAR) if calendar else (-LONGEST_TIME, LONGEST_TIME)
    known, gap = index.levels[1], (np.asarray(index.codes[1]) < 0).any()
    if known.dtype.kind == "i" and known.min() >= low and known.max() <= high and not gap:
        return []  # what holds of all levels holds of every row
    years = index.get_level_values("year")
    if not pd.api.types.is_integer_dtype(years.dtype):
        remedy = (
            f"Take the year: df['{time}'].dt.year."
            if isinstance(years.dtype, pd.PeriodDtype) or years.dtype.kind == "M"
            else f"Write whole years as integers: df['{time}'].astype('int64')."
        )
        return [Fault(f"dtype {years.dtype}", "integer years", remedy, f"column {time}")]
    bad = (years < low) | (years > high)
    if not bad.any():
        return []
    more = f" and {int(bad.sum()) - 1} more rows" if bad.sum() > 1 else ""
    seen = f"({unit}, {time}) {row_key(index, int(np.flatnonzero(bad)[0]))}{more}"
    remedy = "Mend it, or name your own columns with unit= and time= if time is no calendar year."
    return [Fault(seen, f"years {low} to {high}", remedy)]


def numeric(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    """The columns as numbers, and what keeps some of them from being that."""
    columns, faults = {}, []
    changed = False
    for place, name in enumerate(frame.columns):
        raw = frame.iloc[:, place]
        if str(name) in columns:
            seen = f"two columns called '{name}'"
            faults.append(Fault(seen, "each name once", "Rename or drop one of them."))
            continue
        if raw.dtype == np.float64:
            numbers = raw.to_numpy()
            columns[str(name)] = raw
        else:
            numbers, wrong = as_numbers(raw, str(name), decode=True)
            faults += wrong
            columns[str(name)] = pd.Series(numbers, index=frame.index)
            changed = True
        infinite = np.isinf(numbers)
        changed |= str(name) != name
        if infinite.any():
            key = row_key(frame.index, int(np.flatnonzero(infinite)[0]))
            seen = f"{numbers[infinite][0]} in {int(infinite.sum())} rows"
            where = f"column {name}, (city, year) {key}"
            expected = "a finite number or an empty cell"
            faults.append(Fault(seen, expected, "Clean the cell.", where))
    if faults or not changed:
        return frame.copy(deep=False), faults
    return pd.DataFrame(columns, index=frame.index), faults


def status_faults(frame: pd.DataFrame, status: pd.DataFrame) -> list[Fault]:
    """Statuses of other rows or columns, or of other words."""
    faults = []
    if status.index is not frame.index and not status.index.isin(frame.index).all():
        faults.append(
            Fault("statuses for rows that are not in the panel", "the panel's index", "Align them.")
        )
    unknown = [str(c) for c in status.columns if c not in frame.columns]
    if unknown:
        faults.append(
            Fault(f"statuses for {', '.join(unknown)}", "variables of the panel", "Rename them.")
        )
    for name in status.columns:
        strange = set(status[name].dropna().unique()) - set(STATUSES)
        if strange:
            faults.append(
                Fault(
                    f"status {', '.join(sorted(map(repr, strange)))}",
                    f"one of {', '.join(STATUSES)}",
                    "Map the source's flags to this vocabulary.",
                    f"column {name}",
                )
            )
    return faults


def attribute_faults(frame: pd.DataFrame, attributes: pd.DataFrame) -> list[Fault]:
    """Attributes that are not one row a unit."""
    if attributes.index.has_duplicates:
        twice = attributes.index[attributes.index.duplicated()].unique().tolist()
        return [Fault(f"attributes twice for {twice[:5]}", "one row a city", "Remove repeats.")]
    absent = sorted(set(frame.index.unique("city")) - set(attributes.index))
    if absent:
        return [
            Fault(
                f"no attributes for {len(absent)} cities ({', '.join(absent[:5])} …)",
                "one row for every city of the panel",
                "Complete the attribute table or drop those cities.",
            )
        ]
    return []
