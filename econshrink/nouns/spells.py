"""SpellTable: rows at risk in start/stop form, with every city accounted for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.columns import TEXT, as_numbers, kind_of
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.panel import id_faults
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.populations import spells_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

Floats = NDArray[np.float64]

_REQUIRED = ("city", "start", "stop", "event")
_TYPES = {"start": "float64", "stop": "float64", "event": "int64"}
ONE_BY_ONE = 3  # so many rows with one fault are told each; of more, the first and the count
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
        Columns ``city, start, stop, event`` and any covariates or strata. `event` is 0 or 1, a
        city's identifier text or an integer. See `from_durations` and `from_rows` for tables of
        other names.
    rule_id : str
        Identification rule that defines the event; empty if no rule does.
    origin : str
        What time 0 is, such as ``"2011"``.
    dropped : DataFrame
        Columns ``city, reason``: every city left out, and why.
    notes : tuple of str
    synthetic : bool
    account : DataFrame
        Columns ``what, rows, cities``: what became of every city-year of the record, adding up to
        all of them; empty where rows did not come from a record.
    names : dict
        What the user calls a column, where the table calls it otherwise: see `place`.

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
    rule_id: str = ""
    origin: str = ""
    dropped: pd.DataFrame = field(default_factory=lambda: _NOBODY.copy(deep=False))
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    account: pd.DataFrame = field(default_factory=lambda: _NOTHING.copy(deep=False))
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        raise_all(DataError, _missing_faults(self.frame))
        columns = {name: self.frame[name] for name in _REQUIRED}
        numbers, names = pd.factorize(columns["city"])
        times, faults = _times(self.frame, self.called)
        raise_all(DataError, [*id_faults(pd.Index(names), self.called("city")), *faults])
        raise_all(DataError, _value_faults(self.frame, numbers, times, self.called))
        if _in_order(numbers, names, times["start"]):
            frame = self.frame.copy(deep=False)  # whoever writes to either copies first
        else:
            frame = self.frame.sort_values(["city", "start", "stop"])
            numbers = pd.factorize(frame["city"])[0]
            times, _ = _times(frame, self.called)
        plain = pd.RangeIndex(len(frame))
        if not (isinstance(frame.index, pd.RangeIndex) and frame.index.equals(plain)):
            frame = frame.set_axis(plain, axis=0)
        raise_all(DataError, _row_faults(frame, numbers, times, self.called))
        wrong = {name: kind for name, kind in _TYPES.items() if columns[name].dtype != kind}
        object.__setattr__(self, "frame", frame.astype(wrong) if wrong else frame)
        self.__dict__["city_codes"] = numbers  # known by now; the property need not look again

    @classmethod
    def from_durations(
        cls,
        table: pd.DataFrame,
        *,
        duration: str,
        event: str,
        entry: str | None = None,
        unit: str | None = None,
        rule_id: str = "",
        origin: str = "",
        synthetic: bool = False,
    ) -> SpellTable:
        """Spells of a table with one row a unit: how long it was at risk, and how that ended.

        Parameters
        ----------
        table : DataFrame
            Its columns are neither renamed nor overwritten.
        duration : str
            Column of the time at exit.
        event : str
            Column of 0 and 1, or of truth values.
        entry : str, optional
            Column of the time at entry; 0 without it.
        unit : str, optional
            Column of identifiers; each row is its own unit without it.
        rule_id, origin, synthetic
            See `SpellTable`.

        Examples
        --------
        >>> spells = SpellTable.from_durations(
        ...     pd.DataFrame({"weeks": [8.0, 20.0], "arrest": [1, 0], "stop": [30.0, 40.0]}),
        ...     duration="weeks", event="arrest")
        >>> spells.frame["stop"].tolist(), spells.frame[spells.place("stop")].tolist()
        ([8.0, 20.0], [30.0, 40.0])
        """
        roles = {"city": unit, "start": entry, "stop": duration, "event": event}
        frame, names = _in_roles(table, roles)
        return cls(frame, rule_id, origin, synthetic=synthetic, names=names)

    @classmethod
    def from_rows(
        cls,
        table: pd.DataFrame,
        *,
        start: str,
        stop: str,
        event: str,
        unit: str | None = None,
        rule_id: str = "",
        origin: str = "",
        synthetic: bool = False,
    ) -> SpellTable:
        """Spells of a table of rows at risk on ``(start, stop]``, several of one unit.

        Parameters
        ----------
        table : DataFrame
            Its columns are neither renamed nor overwritten.
        start, stop, event : str
            Columns; `event` tells whether it happened at `stop`.
        unit : str, optional
            Column of identifiers; each row is its own unit without it.
        rule_id, origin, synthetic
            See `SpellTable`.
        """
        roles = {"city": unit, "start": start, "stop": stop, "event": event}
        frame, names = _in_roles(table, roles)
        return cls(frame, rule_id, origin, synthetic=synthetic, names=names)

    def place(self, name: str) -> str:
        """Column of `frame` that holds what the user calls `name`.

        A user's covariate called ``stop`` stands beside the exit times, not in their place.
        """
        return self.names.get(name, name)

    def called(self, column: str) -> str:
        """What the user calls a column of `frame`."""
        return next((name for name, place in self.names.items() if place == column), column)

    @property
    def event_name(self) -> str:
        """What the event is called in print: its rule, or the user's column of events."""
        return self.rule_id or self.called("event")

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


def _in_roles(
    table: pd.DataFrame, roles: dict[str, str | None]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Put the columns in their roles; the user's others stay, out of the way if they must."""
    asked = {role: name for role, name in roles.items() if name is not None}
    lost = [name for name in asked.values() if name not in table.columns]
    known = ", ".join(map(str, table.columns[:12]))
    faults = [
        Fault(f"no column '{name}'", f"one of {known}", "Check the spelling.") for name in lost
    ]
    if len(set(asked.values())) < len(asked):
        seen = f"one column in two roles: {', '.join(f'{r} {n}' for r, n in asked.items())}"
        faults.append(Fault(seen, "a column for each", "Name another column."))
    if table.columns.has_duplicates:
        twice = sorted(set(map(str, table.columns[table.columns.duplicated()])))
        remedy = "Keep one: df = df.loc[:, ~df.columns.duplicated()]."
        faults.append(Fault(f"two columns called {', '.join(twice)}", "each name once", remedy))
    if not len(table):
        faults.append(Fault("an empty table", "at least one row", "Check the filter or the file."))
    raise_all(DataError, faults)
    size = len(table)
    columns: dict[str, pd.Series] = {}
    names: dict[str, str] = {}
    for role in _REQUIRED:
        name = asked.get(role)
        if name is None:
            made = np.zeros(size) if role == "start" else np.arange(size)
            columns[role] = pd.Series(made, index=table.index)
        else:
            columns[role] = table[name]
            names[name] = role
    for other in table.columns:
        if other in asked.values():
            continue
        key = str(other)
        private = f"{key} (column)" if key in _REQUIRED else key
        if private != key:
            names[key] = private
        columns[private] = table[other]
    return pd.DataFrame(columns), {k: v for k, v in names.items() if k != v}


def _times(
    frame: pd.DataFrame, called: Callable[[str], str]
) -> tuple[dict[str, Floats], list[Fault]]:
    found = {name: as_numbers(frame[name], called(name), decode=True) for name in _TYPES}
    for name, (_, wrong) in found.items():
        if wrong and name == "event" and kind_of(frame[name]) in {TEXT, "categories"}:
            first, event = frame[name].dropna().iloc[0], called(name)
            remedy = f"Say which value is the event: df['{event}'] = df['{event}'].eq({first!r})."
            wrong[:] = [Fault(f.seen, "0 or 1", remedy, f.where) for f in wrong]
    faults = [fault for _, wrong in found.values() for fault in wrong]
    return {name: values for name, (values, _) in found.items()}, faults


def _value_faults(
    frame: pd.DataFrame,
    numbers: NDArray[np.intp],
    times: dict[str, Floats],
    called: Callable[[str], str],
) -> list[Fault]:
    faults = []
    if (numbers < 0).any():
        row = int(np.flatnonzero(numbers < 0)[0])
        name = called("city")
        seen = f"no {name}{_others(numbers < 0)}"
        faults.append(Fault(seen, f"a {name} in every row", "Fill it in.", f"row {row}"))
    for name, values in times.items():
        bad = ~np.isfinite(values)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            seen = f"{frame[name].iloc[row]!r}{_others(bad)}"
            where = f"row {row}, column {called(name)}"
            faults.append(Fault(seen, "a finite number", "Clean it.", where))
    return faults


def _others(bad: NDArray[np.bool_]) -> str:
    """How many more rows have the same fault, which is told once."""
    more = int(bad.sum()) - 1
    return f" and {more} more rows" if more > 0 else ""


def _in_order(numbers: NDArray[np.intp], names: pd.Index, start: Floats) -> bool:
    """Tell whether rows are sorted by city and start, which is much faster than sorting again."""
    step = np.diff(numbers)
    if (step < 0).any() or not ((step > 0) | (np.diff(start) > 0)).all():
        return False
    labels = np.asarray(names, dtype=object)
    return bool((labels[:-1] <= labels[1:]).all())


def _row_faults(
    frame: pd.DataFrame,
    numbers: NDArray[np.intp],
    times: dict[str, Floats],
    called: Callable[[str], str],
) -> list[Fault]:
    start, stop, event = times["start"], times["stop"], times["event"]
    unit, event_name = called("city"), called("event")
    faults: list[Fault] = []

    def told(
        bad: NDArray[np.bool_], seen: Callable[[int], str], expected: str, remedy: str
    ) -> None:
        rows = np.flatnonzero(bad)
        few = len(rows) <= ONE_BY_ONE
        for row in map(int, rows if few else rows[:1]):
            where = f"{unit} {frame['city'].iloc[row]}"
            others = "" if few else _others(bad)
            faults.append(Fault(f"{seen(row)}{others}", expected, remedy, where))

    told(
        stop <= start,
        lambda row: f"entry {start[row]:g} and exit {stop[row]:g}",
        "an exit after the entry",
        "Remove or mend the row.",
    )
    told(
        (event != 0) & (event != 1),
        lambda row: f"event {event[row]:g}",
        "0 or 1",
        "Say which value is the event: "
        f"df['{event_name}'] = df['{event_name}'].eq({event.max():g}).",
    )
    told(
        _overlapping(numbers, start, stop),
        lambda row: f"a row starting at {start[row]:g} inside an earlier row",
        "rows of one city that do not overlap",
        "Split or merge them.",
    )
    return faults


def _overlapping(numbers: NDArray[np.intp], start: Floats, stop: Floats) -> NDArray[np.bool_]:
    """Rows that start before an earlier row of their city stops."""
    again: NDArray[np.bool_] = np.append(False, numbers[1:] == numbers[:-1])
    inside: NDArray[np.bool_] = again & np.append(False, start[1:] < stop[:-1])
    if inside.any():  # an earlier row may reach beyond the next one too
        furthest = pd.Series(stop).groupby(numbers).cummax().to_numpy()
        inside = again & np.append(False, start[1:] < furthest[:-1])
    return inside
