"""SpellTable: rows at risk in start/stop form, with every city accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from econshrink.errors import DataError, Fault, raise_all
from econshrink.nouns.storage import register

_REQUIRED = ("city", "start", "stop", "event")


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
    dropped: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"city": [], "reason": []}))
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    account: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"what": [], "rows": [], "cities": []})
    )

    def __post_init__(self) -> None:
        raise_all(DataError, _column_faults(self.frame))
        frame = self.frame.sort_values(["city", "start", "stop"]).reset_index(drop=True)
        frame = frame.astype({"start": "float64", "stop": "float64"})
        raise_all(DataError, _row_faults(frame))
        object.__setattr__(self, "frame", frame.astype({"event": "int64"}))

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.frame["event"].sum())

    @property
    def cities(self) -> int:
        """Number of cities at risk at some time."""
        return int(self.frame["city"].nunique())


def _rows_are_sound(frame: pd.DataFrame) -> bool:
    """A quick look that spares sound tables, by far the most, the search for what is wrong.

    If no row of a city starts before the one above it stops, none starts inside any earlier row.
    """
    start, stop, event = (frame[name].to_numpy() for name in ("start", "stop", "event"))
    same = frame["city"].to_numpy()[1:] == frame["city"].to_numpy()[:-1]
    inside = np.asarray(same, dtype=bool) & (start[1:] < stop[:-1])
    return bool((stop > start).all() and ((event == 0) | (event == 1)).all() and not inside.any())


def _column_faults(frame: pd.DataFrame) -> list[Fault]:
    missing = [name for name in _REQUIRED if name not in frame.columns]
    if missing:
        seen = f"columns {list(map(str, frame.columns))[:12]}"
        return [Fault(seen, f"{', '.join(_REQUIRED)}", f"Add {', '.join(missing)}.")]
    if frame.empty:
        return [Fault("no rows at risk", "at least one", "Check the rule and the window.")]
    faults = []
    for name in ("start", "stop", "event"):
        numbers = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float)
        bad = ~np.isfinite(numbers)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            seen = f"{frame[name].iloc[row]!r}"
            faults.append(Fault(seen, "a finite number", "Clean it.", f"row {row}, column {name}"))
    return faults


def _row_faults(frame: pd.DataFrame) -> list[Fault]:
    """Faults of the rows, which come sorted by city and time."""
    if _rows_are_sound(frame):
        return []
    faults = [
        Fault(
            f"entry {row.start:g} and exit {row.stop:g}",
            "an exit after the entry",
            "Remove or mend the row.",
            f"city {row.city}",
        )
        for row in frame[frame["stop"] <= frame["start"]].itertuples()
    ]
    faults += [
        Fault(f"event {row.event!r}", "0 or 1", "Recode the event.", f"city {row.city}")
        for row in frame[~frame["event"].isin([0, 1])].itertuples()
    ]
    overlap = (frame["city"] == frame["city"].shift()) & (
        frame["start"] < frame.groupby("city")["stop"].cummax().shift()
    )
    faults += [
        Fault(
            f"a row starting at {row.start:g} inside an earlier row",
            "rows of one city that do not overlap",
            "Split or merge them.",
            f"city {row.city}",
        )
        for row in frame[overlap].itertuples()
    ]
    return faults
