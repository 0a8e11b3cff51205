"""SpellTable: rows at risk in start/stop form, with every city accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.errors import DataError, Fault, raise_all
from econshrink.nouns.storage import register

_REQUIRED = ("city", "start", "stop", "event")
_NOBODY = pd.DataFrame({"city": [], "reason": []})


@register
@dataclass(frozen=True, eq=False)
class SpellTable:
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
    account: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"what": [], "rows": [], "cities": []})
    )

    def __post_init__(self) -> None:
        raise_all(DataError, _column_faults(self.frame))
        frame, numbers = _sorted(self.frame)
        wrong = {name: "float64" for name in ("start", "stop") if frame[name].dtype != "float64"}
        frame = frame.astype(wrong) if wrong else frame
        raise_all(DataError, _row_faults(frame, numbers))
        if frame["event"].dtype != "int64":
            frame = frame.astype({"event": "int64"})
        object.__setattr__(self, "frame", frame)
        self.__dict__["city_codes"] = numbers  # known by now; the property need not look again

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


def _column_faults(frame: pd.DataFrame) -> list[Fault]:
    missing = [name for name in _REQUIRED if name not in frame.columns]
    if missing:
        seen = f"columns {list(map(str, frame.columns))[:12]}"
        return [Fault(seen, f"{', '.join(_REQUIRED)}", f"Add {', '.join(missing)}.")]
    if frame.empty:
        return [Fault("no rows at risk", "at least one", "Check the rule and the window.")]
    faults = []
    unnamed = frame["city"].isna()
    if unnamed.any():
        row = int(np.flatnonzero(unnamed)[0])
        faults.append(Fault("no city", "a city in every row", "Fill it in.", f"row {row}"))
    for name in ("start", "stop", "event"):
        numbers = _numbers(frame[name])
        bad = ~np.isfinite(numbers)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            seen = f"{frame[name].iloc[row]!r}"
            faults.append(Fault(seen, "a finite number", "Clean it.", f"row {row}, column {name}"))
    return faults


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
        return column.to_numpy(dtype=float)
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _sorted(frame: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Rows by city, start and stop, and the number of every row's city.

    Hashing and comparing neighbours is many times faster than sorting rows that are sorted already.
    """
    numbers, names = pd.factorize(frame["city"])
    step = np.diff(numbers)
    later = np.diff(_numbers(frame["start"])) > 0
    if (step < 0).any() or not ((step > 0) | later).all() or not names.is_monotonic_increasing:
        frame = frame.sort_values(["city", "start", "stop"])
        numbers = pd.factorize(frame["city"])[0]
    plain = pd.RangeIndex(len(frame))
    if isinstance(frame.index, pd.RangeIndex) and frame.index.equals(plain):
        return frame.copy(deep=False), numbers  # whoever writes to either copies first
    return frame.set_axis(plain, axis=0), numbers


def _row_faults(frame: pd.DataFrame, numbers: NDArray[np.intp]) -> list[Fault]:
    start, stop = frame["start"].to_numpy(), frame["stop"].to_numpy()
    event = _numbers(frame["event"])
    odd = (event != 0) & (event != 1)
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
        for row in _rows(frame, odd)
    ]
    faults += [
        Fault(
            f"a row starting at {row.start:g} inside an earlier row",
            "rows of one city that do not overlap",
            "Split or merge them.",
            f"city {row.city}",
        )
        for row in _rows(frame, _overlapping(frame, numbers))
    ]
    return faults


def _overlapping(frame: pd.DataFrame, numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Rows that start before an earlier row of their city stops."""
    start, stop = frame["start"].to_numpy(), frame["stop"].to_numpy()
    again = np.append(False, numbers[1:] == numbers[:-1])
    inside = again & np.append(False, start[1:] < stop[:-1])
    if inside.any():  # an earlier row may reach beyond the next one too
        furthest = frame["stop"].groupby(numbers).cummax().to_numpy()
        inside = again & np.append(False, start[1:] < furthest[:-1])
    return inside


def _rows(frame: pd.DataFrame, chosen: NDArray[np.bool_]) -> list[Any]:
    return list(frame[chosen].itertuples()) if chosen.any() else []
