"""Survival and cumulative hazard without a model, with late entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats as distributions

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.nouns.curve import Curve
from econshrink.nouns.spells import SpellTable
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.influence import (
    RiskCounts,
    clustered_error,
    hazard_factor,
    log_survival_factor,
    risk_counts,
)
from econshrink.survival.options import argument_faults, check_level, required_column, spell_times


@dataclass(frozen=True)
@typed_fields
class LogLogBand:
    """Normal band of log(-log S): stays inside 0 and 1; the default."""

    name: str = "log-log"


@dataclass(frozen=True)
@typed_fields
class LogBand:
    """Normal band of log S, cut at 1."""

    name: str = "log"


@dataclass(frozen=True)
@typed_fields
class PlainBand:
    """Normal band of S, cut at 0 and 1."""

    name: str = "plain"


Band = LogLogBand | LogBand | PlainBand


@dataclass(frozen=True, eq=False)
class _Members:
    """Which rows of the table belong to a group, with their times, events and weights."""

    mine: NDArray[np.bool_]
    start: Floats
    stop: Floats
    event: NDArray[np.bool_]
    weight: Floats

    @cached_property
    def rows(self) -> RiskCounts:
        """What they are at risk of, which errors over clusters ask for."""
        return risk_counts(self.start, self.stop, self.event, self.weight)


@takes_tables
def kaplan_meier(
    spells: SpellTable,
    by: str | None = None,
    level: float = 0.95,
    *,
    band: Band = LogLogBand(),
    weights: str | None = None,
    cluster: str | None = None,
) -> Curve:
    r"""Kaplan-Meier survival with Greenwood errors.

    :math:`S(t) = \prod_{s \le t} (1 - d_s / n_s)`, where a row counts in :math:`n_s` if
    ``start < s <= stop``; rows may enter late.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    by : str, optional
        Column of groups; without it there is one group ``"all"``.
    level : float
        Level of the pointwise band.
    band : LogLogBand, LogBand or PlainBand
    weights : str, optional
        Column of row weights, 0 or more.
    cluster : str, optional
        Column of clusters, such as ``"city"`` where cities have several events: the errors are
        then those of the infinitesimal jackknife over clusters instead of Greenwood's.

    Returns
    -------
    Curve
        Kind ``"survival"``, with ``at_risk`` and ``events``. Every group starts with a row at time
        0 (or at the first entry, if that is earlier) where survival is 1, and ends with its last
        exit. Where survival is 0 the error and the band are NaN.

    Raises
    ------
    SpecError, DataError
        Unknown columns, gaps in them, a level outside 0 to 1, negative weights.

    Notes
    -----
    Kaplan and Meier (1958); Greenwood (1926); for clusters Williams (1995), as in R's `survfit`
    with ``cluster``. Where late entry leaves a small risk set early, one
    event in it can take survival to 0 for good; a note says so.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": ["a", "b", "c"], "start": 0, "stop": [1, 2, 3],
    ...     "event": [1, 0, 1]}), rule_id="example")
    >>> kaplan_meier(spells).frame["estimate"].round(3).tolist()
    [1.0, 0.667, 0.0]
    """
    tables, notes = [], _cluster_notes(cluster)
    for name, count, member in _counts(spells, by, weights, level):
        table = _survival(count)
        if cluster:
            spread = _clustered(spells, cluster, member, table["time"], log_survival_factor)
            safe = np.where(table["estimate"] > 0, table["estimate"], np.nan)
            table = table.assign(log_error=spread, std_error=safe * spread)
        fallen = (table["estimate"] == 0) & (table["time"] < table["time"].iloc[-1])
        if fallen.any():
            when = float(table.loc[fallen, "time"].iloc[0])
            notes.append(f"Group {name}: every row at risk had the event at {when:g}.")
        survival, log_error = table["estimate"].to_numpy(), table["log_error"].to_numpy()
        low, high = band_limits(survival, log_error, band, level)
        tables.append(table.drop(columns="log_error").assign(conf_low=low, conf_high=high))
    label = f"Kaplan-Meier survival, {band.name} band ({spells.event_name})"
    return Curve(
        pd.concat(tables, ignore_index=True),
        "survival",
        level,
        label,
        tuple(notes),
        spells.synthetic,
    )


@takes_tables
def nelson_aalen(
    spells: SpellTable,
    by: str | None = None,
    level: float = 0.95,
    *,
    weights: str | None = None,
    cluster: str | None = None,
) -> Curve:
    r"""Nelson-Aalen cumulative hazard, :math:`H(t) = \sum_{s \le t} d_s / n_s`.

    The variance is :math:`\sum d_s / n_s^2`, or that of clusters, and the band is normal on the log
    scale. Parameters, columns and errors are those of `kaplan_meier`.

    Notes
    -----
    Nelson (1972); Aalen (1978).

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": ["a", "b", "c"], "start": 0, "stop": [1, 2, 3],
    ...     "event": [1, 0, 1]}), rule_id="example")
    >>> nelson_aalen(spells).frame["estimate"].round(3).tolist()
    [0.0, 0.333, 1.333]
    """
    check_level(level)
    reach = distributions.norm.ppf(0.5 + level / 2)
    tables = []
    for _, table, member in _counts(spells, by, weights, level):
        at_risk, events = table["at_risk"].to_numpy(), table["events"].to_numpy()
        safe = np.where(at_risk > 0, at_risk, 1.0)
        hazard = np.cumsum(events / safe)
        error = np.sqrt(np.cumsum(events / safe**2))
        if cluster:
            error = _clustered(spells, cluster, member, table["time"], hazard_factor)
        factor = np.exp(
            reach * np.divide(error, hazard, out=np.zeros_like(error), where=hazard > 0)
        )
        columns = {
            "estimate": hazard,
            "std_error": error,
            "conf_low": hazard / factor,
            "conf_high": hazard * factor,
        }
        tables.append(table.assign(**columns))
    label = f"Nelson-Aalen cumulative hazard ({spells.event_name})"
    frame = pd.concat(tables, ignore_index=True)
    notes = tuple(_cluster_notes(cluster))
    return Curve(frame, "cumulative_hazard", level, label, notes, spells.synthetic)


def _cluster_notes(cluster: str | None) -> list[str]:
    return [f"Errors clustered by {cluster} (infinitesimal jackknife)."] if cluster else []


def _counts(
    spells: SpellTable, by: str | None, weights: str | None, level: float
) -> list[tuple[str, pd.DataFrame, _Members]]:
    """At risk and events at the start, at every event time and at the last exit of each group."""
    check_level(level)
    raise_all(SpecError, argument_faults(spells, [n for n in (by, weights) if n is not None], "by"))
    frame = spells.frame
    weight = np.ones(len(frame))
    if weights:
        weight = required_column(spells, weights, "weight").to_numpy(dtype=float)
        if not (np.isfinite(weight).all() and (weight >= 0).all()):
            raise DataError(Fault("weights below 0 or not finite", "0 or more", "Mend them."))
    group = required_column(spells, by, "group") if by else pd.Series("all", index=frame.index)
    names = sorted(group.unique(), key=lambda value: (str(type(value)), value))
    start, stop = spell_times(spells)
    event = (frame["event"] == 1).to_numpy() & (weight > 0)
    found = []
    for name in names:
        mine = (group == name).to_numpy()
        member = _Members(mine, start[mine], stop[mine], event[mine], weight[mine])
        table = _count(member.start, member.stop, member.event, member.weight)
        found.append((str(name), table.assign(group=str(name)), member))
    return found


def _clustered(
    spells: SpellTable,
    column: str,
    member: _Members,
    time: pd.Series,
    factor: Callable[[RiskCounts], Floats],
) -> Floats:
    """Errors over clusters at the times of a table: 0 before the first event."""
    labels = required_column(spells, column, "cluster").to_numpy()[member.mine]
    numbers, count = codes(labels)
    error = clustered_error(member.rows, numbers, count, factor(member.rows))
    position = np.searchsorted(member.rows.time, time.to_numpy(), side="right")
    return np.concatenate([[0.0], error])[position]


def _count(start: Floats, stop: Floats, event: NDArray[np.bool_], weight: Floats) -> pd.DataFrame:
    if not len(start):
        seen = "no row with a weight above zero"
        raise DataError(Fault(seen, "at least one", "Leave the empty group out, or weigh it."))
    origin = min(0.0, float(start.min()))
    died = np.sort(stop[event])
    time = np.union1d(died[np.diff(died, prepend=-np.inf) > 0], [origin, float(stop.max())])
    at_risk = _before(start, weight, time) - _before(stop, weight, time)
    at_risk[0] = weight[start <= origin].sum()
    if (weight[event] == 1).all():
        dead = np.diff(np.searchsorted(died, time, side="right"), prepend=0).astype(float)
    else:
        place = np.searchsorted(time, stop[event])
        dead = np.bincount(place, weights=weight[event], minlength=len(time))
    return pd.DataFrame({"time": time, "at_risk": at_risk, "events": dead})


def _before(value: Floats, weight: Floats, time: Floats) -> Floats:
    """Weight of the rows whose `value` lies strictly before each time."""
    if (weight == 1).all():
        return np.searchsorted(np.sort(value), time, side="left").astype(float)
    order = np.argsort(value, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    return total[np.searchsorted(value[order], time, side="left")]


def _survival(count: pd.DataFrame) -> pd.DataFrame:
    at_risk, events = count["at_risk"].to_numpy(), count["events"].to_numpy()
    safe = np.where(at_risk > 0, at_risk, 1.0)
    everyone = (events > 0) & (events >= at_risk * (1 - 1e-12))
    survival = np.cumprod(np.where(everyone, 0.0, 1.0 - events / safe))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(events > 0, events / (safe * (at_risk - events)), 0.0)
        log_error = np.sqrt(np.cumsum(terms))
        error = np.where(survival > 0, survival * log_error, np.nan)
    return count.assign(estimate=survival, std_error=error, log_error=log_error)


def band_limits(
    survival: Floats, log_error: Floats, band: Band, level: float
) -> tuple[Floats, Floats]:
    """Limits of a pointwise band from the standard errors of log S; NaN where S is 0."""
    reach = float(distributions.norm.ppf(0.5 + level / 2))
    known, inner = survival > 0, (survival > 0) & (survival < 1)
    low, high = np.where(known, survival, np.nan), np.where(known, survival, np.nan)
    value, width = survival[inner], reach * log_error[inner]
    if isinstance(band, LogLogBand):
        factor = np.exp(width / np.log(value))
        low[inner], high[inner] = value ** (1 / factor), value**factor
    elif isinstance(band, LogBand):
        low[inner], high[inner] = value * np.exp(-width), np.minimum(value * np.exp(width), 1.0)
    else:
        low[inner] = np.maximum(value - value * width, 0.0)
        high[inner] = np.minimum(value + value * width, 1.0)
    return low, high
