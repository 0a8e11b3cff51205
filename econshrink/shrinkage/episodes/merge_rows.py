"""Rows at risk from dated records: covariates that change, counts and events, all accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.core.columns import as_numbers
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.spells import SpellTable

PLACES = ("unknown city", "early", "leading", "within", "boundary", "gap", "trailing", "late")


@dataclass(frozen=True, eq=False)
class Changing:
    """A covariate that takes a new value at each record and keeps it.

    Parameters
    ----------
    name : str
    records : DataFrame
        Columns ``city, time, value``. A value of time t holds on rows that start at t or later.
    initial : float
        Value before the first record of a city.
    """

    name: str
    records: pd.DataFrame
    initial: float = np.nan


@dataclass(frozen=True, eq=False)
class Counting:
    """The number of records of a city up to and including the start of a row.

    Parameters
    ----------
    name : str
    records : DataFrame
        Columns ``city, time``.
    """

    name: str
    records: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Events:
    """Events: the row that stops at the time of a record has the event.

    Parameters
    ----------
    records : DataFrame
        Columns ``city, time``; a time at which no row stops, such as the very start or a gap,
        makes no event, and the account says so.
    """

    records: pd.DataFrame
    name: str = field(default="event", init=False)


RecordRole = Changing | Counting | Events


def merge_rows(
    base: pd.DataFrame, *changes: RecordRole, rule_id: str, origin: str = ""
) -> tuple[SpellTable, pd.DataFrame]:
    """Cut rows wherever a record falls inside one, and write the records into them.

    Parameters
    ----------
    base : DataFrame
        Columns ``city, start, stop`` and any fixed covariates; several rows of a city must not
        overlap.
    *changes : Changing, Counting or Events
        Taken one after the other. All times are in the unit of `base`; they need not be whole.
    rule_id, origin : str
        As for `SpellTable`.

    Returns
    -------
    spells : SpellTable
    account : DataFrame
        One row a change: ``records``, where they fell (`PLACES`, adding up to the records: before
        the first row of the city, at the start of a row, inside one, between two that touch, in a
        gap, at the end of one, after the last), ``tied`` (same city and time as an earlier record),
        ``rows_before, rows_split, rows_after`` and, for events, ``used``.

    Raises
    ------
    DataError
        Rows that `SpellTable` refuses, columns missing, times that are not finite.

    Notes
    -----
    After ``tmerge`` of R's survival package (Therneau, Crowson and Atkinson), whose count of where
    the records fell this account follows.

    Examples
    --------
    >>> base = pd.DataFrame({"city": ["230400"], "start": [0.0], "stop": [9.0]})
    >>> growth = pd.DataFrame({"city": "230400", "time": [0, 4.5], "value": [7.0, 2.0]})
    >>> onset = pd.DataFrame({"city": ["230400"], "time": [6.0]})
    >>> spells, account = merge_rows(
    ...     base, Changing("growth", growth), Events(onset), rule_id="example")
    >>> spells.frame[["start", "stop", "growth", "event"]].to_numpy().tolist()
    [[0.0, 4.5, 7.0, 0.0], [4.5, 6.0, 2.0, 1.0], [6.0, 9.0, 2.0, 0.0]]
    >>> account["rows_split"].tolist()
    [1, 1]
    """
    raise_all(DataError, [fault for change in changes for fault in _record_faults(change)])
    frame = SpellTable(base.assign(event=base.get("event", 0)), rule_id, origin).frame
    lines = []
    for change in changes:
        records = change.records.assign(time=change.records["time"].astype(float))
        place = _places(frame, records)
        before = len(frame)
        frame = _cut(frame, records[place == "within"])
        frame, used = _written(frame, change, records)
        counts = {name: int((place == name).sum()) for name in PLACES}
        lines.append(
            {
                "change": change.name,
                "records": len(records),
                **counts,
                "tied": int(records.duplicated(["city", "time"]).sum()),
                "rows_before": before,
                "rows_split": len(frame) - before,
                "rows_after": len(frame),
                "used": used,
            }
        )
    return SpellTable(frame, rule_id, origin), pd.DataFrame(lines)


def _places(frame: pd.DataFrame, records: pd.DataFrame) -> np.ndarray:
    """Where each record falls among the rows of its city."""
    order = frame.groupby("city", sort=False).indices
    start, stop = frame["start"].to_numpy(), frame["stop"].to_numpy()
    found = np.full(len(records), "unknown city", dtype=object)
    for name, mine in records.groupby("city", sort=False).indices.items():
        if name not in order:
            continue
        rows = order[name]
        found[mine] = _place(start[rows], stop[rows], records["time"].to_numpy()[mine])
    return found


def _place(start: Floats, stop: Floats, time: Floats) -> np.ndarray:
    opens, closes = np.isin(time, start), np.isin(time, stop)
    row = np.clip(np.searchsorted(start, time, side="right") - 1, 0, len(start) - 1)
    inside = (time > start[row]) & (time < stop[row])
    conditions = [
        opens & closes,
        opens,
        closes,
        time < start[0],
        time > stop[-1],
        inside,
    ]
    names = ["boundary", "leading", "trailing", "early", "late", "within"]
    return np.select(conditions, names, default="gap")


def _cut(frame: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Cut rows at the times of the records, all of which fall inside a row."""
    cuts = records[["city", "time"]].drop_duplicates()
    if cuts.empty:
        return frame
    numbered = frame.reset_index(names="row")
    hits = numbered.merge(cuts, on="city")
    hits = hits[(hits["start"] < hits["time"]) & (hits["time"] < hits["stop"])]
    added = hits[["row", "time"]].rename(columns={"time": "start"})
    edges = pd.concat([numbered[["row", "start"]], added])
    edges = edges.sort_values(["row", "start"]).reset_index(drop=True)
    pieces = frame.loc[edges["row"]].reset_index(drop=True)
    following = edges["start"].shift(-1).where(edges["row"] == edges["row"].shift(-1))
    last = following.isna()
    return pieces.assign(
        start=edges["start"],
        stop=following.where(~last, pieces["stop"]),
        event=pieces["event"].where(last, 0),
    )


def _written(
    frame: pd.DataFrame, change: RecordRole, records: pd.DataFrame
) -> tuple[pd.DataFrame, int]:
    """The rows with one change written into them, and how many records can be seen in a row."""
    if isinstance(change, Events):
        keys = pd.MultiIndex.from_frame(records[["city", "time"]])
        ends = pd.MultiIndex.from_frame(frame[["city", "stop"]])
        hit = ends.isin(keys)
        return frame.assign(event=np.where(hit, 1, frame["event"])), int(keys.isin(ends).sum())
    ordered = records.sort_values(["city", "time"], kind="stable")
    last = _last_record(frame, ordered)
    known = last >= 0
    if isinstance(change, Changing):
        values = np.full(len(frame), float(change.initial))
        values[known] = ordered["value"].to_numpy(dtype=float)[last[known]]
        return frame.assign(**{change.name: values}), len(np.unique(last[known]))
    number = ordered.groupby("city").cumcount().to_numpy() + 1
    counts = np.zeros(len(frame), dtype=int)
    counts[known] = number[last[known]]
    return frame.assign(**{change.name: counts}), int(counts.max(initial=0) > 0) * len(records)


def _last_record(frame: pd.DataFrame, ordered: pd.DataFrame) -> Ints:
    """Position of the last record of the city at or before the start of each row, or -1."""
    found = np.full(len(frame), -1, dtype=np.intp)
    groups = ordered.groupby("city", sort=False).indices
    times = ordered["time"].to_numpy()
    for name, rows in frame.groupby("city", sort=False).indices.items():
        if name in groups:
            mine = groups[name]
            spot = np.searchsorted(times[mine], frame["start"].to_numpy()[rows], side="right") - 1
            found[rows] = np.where(spot >= 0, mine[np.maximum(spot, 0)], -1)
    return found


def _record_faults(change: RecordRole) -> list[Fault]:
    wanted = ["city", "time", *(["value"] if isinstance(change, Changing) else [])]
    missing = [name for name in wanted if name not in change.records.columns]
    if missing:
        seen = f"records of '{change.name}' without {', '.join(missing)}"
        return [Fault(seen, f"columns {', '.join(wanted)}", "Add them.")]
    time, _ = as_numbers(change.records["time"], "time", decode=True)
    bad = np.flatnonzero(~np.isfinite(time))
    if not len(bad):
        return []
    row = int(bad[0])
    seen = f"{len(bad)} times that are not finite, the first {change.records['time'].iloc[row]!r}"
    where = f"records of '{change.name}', city {change.records['city'].iloc[row]}"
    return [Fault(seen, "a finite time for every record", "Mend or leave out the record.", where)]
