"""Any table to a CityPanel: unit and time named, every other column left as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arrays import Ints, codes, stable_order
from econshrink.core.columns import NUMBERS, as_numbers, kind_of, nested, twin_levels
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.panel import CityPanel
from econshrink.tables.identity import read_times, read_units
from econshrink.tables.opening import open_table

INDEX = ("city", "year")  # what the levels of a panel's index are called, whatever the user's names


def as_panel(
    data: Any,
    unit: str | None = None,
    time: str | None = None,
    *,
    mentioned: Iterable[str] | None = None,
    source: str = "",
) -> CityPanel:
    """Turn any table into a `CityPanel`; a panel comes back as it is.

    Parameters
    ----------
    data : CityPanel, DataFrame or anything `open_table` opens
        A frame indexed (unit, time), as linearmodels wants it, needs no names.
    unit, time : str, optional
        Columns (or levels of the index) that say who and when; ``city`` and ``year`` if the table
        has columns of these names.
    mentioned : iterable of str, optional
        Texts of a model: columns whose name occurs in none of them are left out.
    source : str
        Where the figures come from.

    Returns
    -------
    CityPanel
        Numbers as variables; what does not change within a unit also as attribute; text,
        categories and dates as attributes or labels, which can be effects, clusters and ``C()``.

    Raises
    ------
    DataError
        No table; unit or time not found, missing or of mixed types; times finer than years;
        several rows of one unit and time; infinite figures.

    Examples
    --------
    >>> panel = as_panel(pd.DataFrame({"firm": [7, 7, 9], "t": [1, 2, 2], "x": [0.5, 1.0, 2.0],
    ...     "trade": ["ore", "ore", "rail"]}), unit="firm", time="t")
    >>> panel.cities, panel.years, panel.variables, panel.attributes["trade"].tolist()
    ((7, 9), (1, 2), ('x',), ['ore', 'rail'])
    """
    if isinstance(data, CityPanel):
        raise_all(DataError, _other_names(data, unit, time))
        return data
    frame = open_table(data)
    (who, unit), (when, time) = _who_and_when(frame, unit, time)
    units, faults = read_units(who, unit)
    years, wrong = read_times(when, time)
    raise_all(DataError, faults + wrong)
    index, order = _index(units.names, units.codes, years)
    named = text = None if mentioned is None else "\n".join(mentioned)
    if text is not None and _strange(text, frame, unit, time):
        text = None  # so that the message can list the nearest names
    sorted_codes = units.codes[order]
    starts = np.flatnonzero(np.diff(sorted_codes, prepend=-1))
    own = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(sorted_codes)))

    def is_fixed(values: np.ndarray) -> bool:
        """Tell whether a column is constant within units; most show at once that they are not."""
        for rows in (slice(0, 4096), slice(None)):
            if not (values[rows] == values[starts][own[rows]]).all():
                return False
        return True

    variables: dict[str, np.ndarray] = {}
    labels: dict[str, pd.Series] = {}
    fixed: dict[str, pd.Series] = {}
    for place, name in enumerate(frame.columns):
        key = str(name)
        column = frame.iloc[:, place]
        if key in {unit, time} or (text is not None and key not in text):
            continue
        column = column if isinstance(order, slice) else column.iloc[order]
        if kind_of(column) == NUMBERS:
            values, wrong = as_numbers(column, key)
            faults += wrong
            variables[key] = values
            if is_fixed(values):
                fixed[key] = pd.Series(values[starts])
            continue
        if wrong := twin_levels(column, key):
            if named is None or key in named:
                faults += wrong if named is not None else nested(column, key)
            if named is not None or nested(column, key):
                continue
        first = pd.factorize(column)[0]
        if is_fixed(first):
            fixed[key] = column.iloc[starts]
        else:
            labels[key] = column
    if not variables:  # a panel has at least one; a model that needs more says so itself
        variables[time if time not in labels else INDEX[1]] = years[order].astype(float)
    raise_all(DataError, faults)
    names = index.levels[0]
    return CityPanel(
        pd.DataFrame(variables, index=index, copy=False),
        attributes=pd.DataFrame({key: _reset(column) for key, column in fixed.items()}).set_axis(
            names, axis=0
        )
        if fixed
        else pd.DataFrame(),
        source=source,
        labels=pd.DataFrame({key: column.array for key, column in labels.items()}, index=index)
        if labels
        else pd.DataFrame(),
        unit=unit,
        time=time,
    )


_WORD = re.compile(r"[^\W\d]\w*")
_WORDS = frozenset(
    ("np", "C", "I", "i", "ref", "lag", "diff", "log", "exp", "sqrt", "sw", "sw0", "csw", "csw0")
)


def _strange(text: str, frame: pd.DataFrame, unit: str, time: str) -> bool:
    """Tell whether a model mentions a word that is neither a column nor a common function."""
    known = {*map(str, frame.columns), unit, time, *INDEX, *_WORDS}
    return any(word not in known and f"np.{word}" not in text for word in set(_WORD.findall(text)))


def _reset(column: pd.Series) -> pd.Series:
    return column.reset_index(drop=True)


def _index(names: pd.Index, unit: Ints, years: Ints) -> tuple[pd.MultiIndex, Ints | slice]:
    """Index (city, year) in order, built from codes, and the rows in that order."""
    year_codes, count = codes(years)
    levels = np.empty(count, dtype=years.dtype)
    levels[year_codes] = years
    key = unit.astype(np.int64) * count + year_codes
    order: Ints | slice = slice(None)
    if len(key) > 1 and (key[1:] < key[:-1]).any():
        order = stable_order(key, len(names) * count)
    known: list[Any] = [names, pd.Index(levels)]
    places: list[Any] = [unit[order], year_codes[order]]
    index = pd.MultiIndex(levels=known, codes=places, names=INDEX, verify_integrity=False)
    return index, order


def _other_names(panel: CityPanel, unit: str | None, time: str | None) -> list[Fault]:
    faults = []
    for role, name, own in (("unit", unit, panel.unit), ("time", time, panel.time)):
        if name is not None and name != own:
            seen = f"{role}='{name}' for a panel whose {role} is '{own}'"
            faults.append(Fault(seen, "the panel's own name or none", f"Leave {role}= out."))
    return faults


def _who_and_when(
    frame: pd.DataFrame, unit: str | None, time: str | None
) -> tuple[tuple[pd.Series, str], tuple[pd.Series, str]]:
    """Find unit and time among columns and levels of the index."""
    raise_all(DataError, _no_names(unit, time))
    index = frame.index
    levels = [str(name) for name in index.names if name is not None]
    if unit is None and time is None and isinstance(index, pd.MultiIndex):
        if index.nlevels != 2:
            seen = f"an index of {index.nlevels} levels"
            remedy = "Use df.reset_index() and name unit= and time=."
            raise DataError(Fault(seen, "an index (unit, time)", remedy))
        raise_all(DataError, _swapped(index))
        who, when = index.names[0] or "unit", index.names[1] or "time"
        return (_level(index, 0), str(who)), (_level(index, 1), str(when))
    if unit is None and time is None and {"city", "year"} <= set(frame.columns):
        unit, time = INDEX
    raise_all(DataError, _not_named(frame, unit, time, levels))
    assert unit is not None
    assert time is not None
    found = []
    for name in (unit, time):
        in_index = name in levels and name not in frame.columns
        column = _level(index, index.names.index(name)) if in_index else frame[name]
        found.append((column, name))
    return found[0], found[1]


def _level(index: pd.Index, place: int) -> pd.Series:
    return pd.Series(index.get_level_values(place))


def _no_names(unit: Any, time: Any) -> list[Fault]:
    faults: list[Fault] = []
    for role, name in (("unit", unit), ("time", time)):
        if name is not None and not isinstance(name, str):
            seen = f"{role}= given as {type(name).__name__}"
            remedy = f'Pass the name: {role}="...", not the column itself.'
            faults.append(Fault(seen, "the name of a column", remedy))
    return faults


def _swapped(index: pd.MultiIndex) -> list[Fault]:
    """Fault of an index whose first level holds the years."""
    first, second = (pd.Series(index.levels[place]) for place in range(2))
    reads = [not read_times(part, "")[1] for part in (first, second)]
    calendar = [
        ok and bool(pd.Series(read_times(part, "")[0]).between(1500, 2500).all())
        for ok, part in zip(reads, (first, second), strict=True)
    ]
    if calendar[0] and not calendar[1]:
        names = [str(name) for name in index.names]
        seen = f"an index ({', '.join(names)}) whose first level holds the years"
        return [Fault(seen, "an index (unit, time)", "Swap it: df = df.swaplevel().sort_index().")]
    return []


def _not_named(
    frame: pd.DataFrame, unit: str | None, time: str | None, levels: list[str]
) -> list[Fault]:
    known = [*map(str, levels), *map(str, frame.columns)]
    shown = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
    lost = [role for role, name in (("unit", unit), ("time", time)) if name is None]
    if lost:
        seen = f"a table with columns {shown} and no {' and no '.join(f'{r}=' for r in lost)}"
        call = 'fit_fe(df, "y ~ x | firm + year", unit="firm", time="year")'
        return [Fault(seen, "the columns that say who and when", f"Name them: {call}.")]
    faults = []
    for role, name in (("unit", unit), ("time", time)):
        if name not in known:
            close = get_close_matches(str(name), known, 3)
            hint = (
                f"Did you mean {' or '.join(map(repr, close))}?"
                if close
                else (f"Write {role}= with one of them.")
            )
            faults.append(Fault(f"no column '{name}' for {role}=", f"one of {shown}", hint))
    if unit == time and not faults:
        seen = f"'{unit}' both as unit and as time"
        faults.append(Fault(seen, "two columns", "Name who with unit= and when with time=."))
    return faults
