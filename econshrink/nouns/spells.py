"""SpellTable: rows at risk in start/stop form, with every city accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.populations import spells_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

Floats = NDArray[np.float64]

_REQUIRED = ("city", "start", "stop", "event")
_TYPES = {"start": "float64", "stop": "float64", "event": "int64"}
_NOBODY = pd.DataFrame({"city": [], "reason": []})
_NOTHING = pd.DataFrame({"what": [], "rows": [], "cities": []})


@register
@dataclass(frozen=True, eq=False, repr=False)
class SpellTable(Shown):
    """Rows at risk on ``(start, stop]`` with an event at `stop` or none.

    A row is at risk at time t if ``start < t <= stop``; one that starts at t is not.

    Parameters
    ----------
    frame : DataFrame
        Columns ``city, start, stop, event`` and any covariates or strata. `event` is 0 or 1.
    rule_id : str
        Identification rule that defines the event.
    origin : str
        What time 0 is, such as ``"2011"``.
    dropped : DataFrame
        Columns ``city, reason``: every city left out, and why.
    notes : tuple of str
    synthetic : bool
    account : DataFrame
        Columns ``what, rows, cities``: what became of every city-year of the record, adding up to
        all of them; empty where rows did not come from a record.

    Raises
    ------
    DataError
        Missing columns, exit not after entry, event other than 0 or 1, missing or infinite times,
        overlapping rows of one city, or a table without rows.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": ["230400", "230400"], "start": [0, 1],
    ...     "stop": [1, 2], "event": [0, 1]}), rule_id="census_loss", origin="2011")
    >>> spells.events, spells.cities
    (1, 1)
    """

    frame: pd.DataFrame
    rule_id: str
    origin: str = ""
    dropped: pd.DataFrame = field(default_factory=lambda: _NOBODY.copy(deep=False))
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    account: pd.DataFrame = field(default_factory=lambda: _NOTHING.copy(deep=False))

    def __post_init__(self) -> None:
        raise_all(DataError, _missing_faults(self.frame))
        columns = {name: self.frame[name] for name in _REQUIRED}
        numbers, names = pd.factorize(columns["city"])
        times = {name: _numbers(columns[name]) for name in _TYPES}
        raise_all(DataError, _value_faults(self.frame, numbers, times))
        if _in_order(numbers, names, times["start"]):
            frame = self.frame.copy(deep=False)  # whoever writes to either copies first
        else:
            frame = self.frame.sort_values(["city", "start", "stop"])
            numbers = pd.factorize(frame["city"])[0]
            times = {name: _numbers(frame[name]) for name in _TYPES}
        plain = pd.RangeIndex(len(frame))
        if not (isinstance(frame.index, pd.RangeIndex) and frame.index.equals(plain)):
            frame = frame.set_axis(plain, axis=0)
        raise_all(DataError, _row_faults(frame, numbers, times))
        wrong = {name: kind for name, kind in _TYPES.items() if columns[name].dtype != kind}
        object.__setattr__(self, "frame", frame.astype(wrong) if wrong else frame)
        self.__dict__["city_codes"] = numbers  # known by now; the property need not look again

    def _page(self) -> Page:
        return spells_page(self)

    @cached_property
    def city_codes(self) -> NDArray[np.intp]:
        """Number of every row's city, 0, 1, ... in the order of the table."""
        return pd.factorize(self.frame["city"])[0]

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.frame["event"].sum())

    @property
    def cities(self) -> int:
        """Number of cities at risk at some time."""
        return int(self.frame["city"].nunique())


def _missing_faults(frame: pd.DataFrame) -> list[Fault]:
    missing = [name for name in _REQUIRED if name not in frame.columns]
    if missing:
        seen = f"columns {list(map(str, frame.columns))[:12]}"
        return [Fault(seen, f"{', '.join(_REQUIRED)}", f"Add {', '.join(missing)}.")]
    if frame.empty:
        return [Fault("no rows at risk", "at least one", "Check the rule and the window.")]
    return []


def _value_faults(
    frame: pd.DataFrame, numbers: NDArray[np.intp], times: dict[str, Floats]
) -> list[Fault]:
    faults = []
    if (numbers < 0).any():
        row = int(np.flatnonzero(numbers < 0)[0])
        faults.append(Fault("no city", "a city in every row", "Fill it in.", f"row {row}"))
    for name, values in times.items():
        bad = ~np.isfinite(values)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            seen = f"{frame[name].iloc[row]!r}"
            faults.append(Fault(seen, "a finite number", "Clean it.", f"row {row}, column {name}"))
    return faults


def _numbers(column: pd.Series) -> Floats:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
        return column.to_numpy(dtype=float)
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _in_order(numbers: NDArray[np.intp], names: pd.Index, start: Floats) -> bool:
    """Tell whether rows are sorted by city and start, which is much faster than sorting again."""
    step = np.diff(numbers)
    if (step < 0).any() or not ((step > 0) | (np.diff(start) > 0)).all():
        return False
    labels = np.asarray(names, dtype=object)
    return bool((labels[:-1] <= labels[1:]).all())


def _row_faults(
    frame: pd.DataFrame, numbers: NDArray[np.intp], times: dict[str, Floats]
) -> list[Fault]:
    start, stop, event = times["start"], times["stop"], times["event"]
    faults = [
        Fault(
            f"entry {row.start:g} and exit {row.stop:g}",
            "an exit after the entry",
            "Remove or mend the row.",
            f"city {row.city}",
        )
        for row in _rows(frame, stop <= start)
    ]
    faults += [
        Fault(f"event {row.event!r}", "0 or 1", "Recode the event.", f"city {row.city}")
        for row in _rows(frame, (event != 0) & (event != 1))
    ]
    faults += [
        Fault(
            f"a row starting at {row.start:g} inside an earlier row",
            "rows of one city that do not overlap",
            "Split or merge them.",
            f"city {row.city}",
        )
        for row in _rows(frame, _overlapping(numbers, start, stop))
    ]
    return faults


def _overlapping(numbers: NDArray[np.intp], start: Floats, stop: Floats) -> NDArray[np.bool_]:
    """Rows that start before an earlier row of their city stops."""
    again: NDArray[np.bool_] = np.append(False, numbers[1:] == numbers[:-1])
    inside: NDArray[np.bool_] = again & np.append(False, start[1:] < stop[:-1])
    if inside.any():  # an earlier row may reach beyond the next one too
        furthest = pd.Series(stop).groupby(numbers).cummax().to_numpy()
        inside = again & np.append(False, start[1:] < furthest[:-1])
    return inside


def _rows(frame: pd.DataFrame, chosen: NDArray[np.bool_]) -> list[Any]:
    return list(frame[chosen].itertuples()) if chosen.any() else []
