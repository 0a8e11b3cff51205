"""Bootstrap bands of curves without a model: whole clusters are reweighted, all draws at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints, codes
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.inference.resampling import Resampling
from econshrink.nouns.curve import Curve
from econshrink.nouns.spells import SpellTable
from econshrink.survival.curves.aalen_johansen import aalen_johansen
from econshrink.survival.curves.kaplan_meier import kaplan_meier
from econshrink.survival.entrance import takes_tables
from econshrink.survival.events.competing import event_causes
from econshrink.survival.kernel.influence import RiskCounts, risk_counts
from econshrink.survival.options import required_column, spell_times


@dataclass(frozen=True)
@typed_fields
class Pointwise:
    """Percentiles of the draws at each time; the default."""

    name: str = "pointwise percentile"


@dataclass(frozen=True)
@typed_fields
class Simultaneous:
    """Covers the whole curve at once: percentiles widened to the rank that does (Davison and
    Hinkley 1997, section 4.2.4).
    """  # noqa: D205

    name: str = "simultaneous"


Reach = Pointwise | Simultaneous


@takes_tables
def bootstrap_survival(
    spells: SpellTable,
    by: str | None = None,
    resampling: Resampling = Resampling(),  # noqa: B008 - frozen option objects
    *,
    reach: Reach = Pointwise(),
    level: float = 0.95,
) -> Curve:
    """Kaplan-Meier survival with a band from draws of whole clusters.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    by : str, optional
        Column of groups. One draw of the clusters serves all groups.
    resampling : Resampling
        Draws, scheme, clusters (default the units) and seed; a generator is used as it is.
    reach : Pointwise or Simultaneous
    level : float

    Returns
    -------
    Curve
        As `kaplan_meier`; ``std_error`` is the standard deviation of the draws.

    Raises
    ------
    SpecError
        Fewer than two clusters, or as `kaplan_meier`.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0,
    ...     "stop": [1, 2, 2, 3, 3, 4], "event": [1, 1, 0, 1, 1, 0]}), rule_id="example")
    >>> curve = bootstrap_survival(spells, resampling=Resampling(99, rng=1))
    >>> bool((curve.frame["conf_low"] <= curve.frame["estimate"]).all())
    True
    """
    curve = kaplan_meier(spells, by, level)
    cluster = resampling.unit("city")
    weights = _weights(spells, resampling, cluster, "survival.bootstrap_survival")
    found = {}
    for name, mine in _groups(spells, by).items():
        rows, member = _group_rows(spells, mine, cluster)
        at_risk, events = _counts(rows, member, weights)
        found[name] = (rows.time, _survival(events, at_risk))
    how = _how(resampling, cluster, spells)
    return _banded(curve, found, reach, f"Kaplan-Meier survival, {reach.name} band, {how}")


@takes_tables
def bootstrap_incidence(
    spells: SpellTable,
    causes: str,
    by: str | None = None,
    resampling: Resampling = Resampling(),  # noqa: B008 - frozen option objects
    *,
    reach: Reach = Pointwise(),
    level: float = 0.95,
) -> Curve:
    """Aalen-Johansen incidence with a band from draws of whole clusters.

    Parameters and errors are those of `bootstrap_survival` and `aalen_johansen`.

    Returns
    -------
    Curve
        As `aalen_johansen`; ``std_error`` is the standard deviation of the draws.

    Examples
    --------
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcd"), "start": 0, "stop": [1, 2, 3, 4],
    ...     "event": [1, 1, 0, 1], "end": ["loss", "merger", "", "loss"]}), rule_id="example")
    >>> curve = bootstrap_incidence(spells, "end", resampling=Resampling(99, rng=1))
    >>> sorted(curve.groups)
    ['loss', 'merger']
    """
    cluster = resampling.unit("city")
    curve = aalen_johansen(spells, causes, by, level, cluster=cluster)
    weights = _weights(spells, resampling, cluster, "survival.bootstrap_incidence")
    cause = event_causes(spells, causes)
    found = {}
    for label, mine in _groups(spells, by).items():
        rows, member = _group_rows(spells, mine, cluster)
        at_risk, events = _counts(rows, member, weights)
        survival = _survival(events, at_risk)
        before = np.hstack([np.ones((resampling.draws, 1)), survival[:, :-1]])
        for name in sorted(set(cause[mine]) - {""}):
            own = RiskCounts(
                rows.time, rows.first, rows.last, rows.event & (cause[mine] == name), rows.weight
            )
            _, died = _counts(own, member, weights)
            path = np.cumsum(before * _share(died, at_risk), axis=1)
            found[name if by is None else f"{label}: {name}"] = (rows.time, path)
    how = _how(resampling, cluster, spells)
    return _banded(curve, found, reach, f"Aalen-Johansen incidence, {reach.name} band, {how}")


def _weights(spells: SpellTable, resampling: Resampling, cluster: str, task: str) -> Floats:
    """Weights of the clusters in each draw, shape (draws, clusters)."""
    _, clusters = codes(required_column(spells, cluster, "cluster").to_numpy())
    if clusters < 2:
        raise SpecError(Fault(f"one cluster in '{cluster}'", "two or more", "Check the column."))
    stream = resampling.generator(task)
    return resampling.weighting.weights(stream, resampling.draws, clusters)


def _how(resampling: Resampling, cluster: str, spells: SpellTable) -> str:
    draws = f"{resampling.draws} draws"
    return f"{resampling.weighting.label} by {cluster}, {draws} ({spells.event_name})"


def _groups(spells: SpellTable, by: str | None) -> dict[str, NDArray[np.bool_]]:
    if by is None:
        return {"all": np.ones(len(spells.frame), dtype=bool)}
    labels = required_column(spells, by, "group")
    return {str(name): (labels == name).to_numpy() for name in sorted(labels.unique())}


def _group_rows(
    spells: SpellTable, mine: NDArray[np.bool_], cluster: str
) -> tuple[RiskCounts, Ints]:
    numbers, _ = codes(required_column(spells, cluster, "cluster").to_numpy())
    start, stop = spell_times(spells)
    event = (spells.frame["event"] == 1).to_numpy()
    rows = risk_counts(start[mine], stop[mine], event[mine], np.ones(int(mine.sum())))
    return rows, numbers[mine]


def _counts(rows: RiskCounts, cluster: Ints, weights: Floats) -> tuple[Floats, Floats]:
    """At risk and events at each event time of each draw; both (draws, d)."""
    clusters = weights.shape[1]
    present, died = rows.spread(cluster, clusters), rows.died(cluster, clusters)
    return np.asarray(weights @ present), np.asarray(weights @ died)


def _survival(events: Floats, at_risk: Floats) -> Floats:
    return np.asarray(np.cumprod(1 - _share(events, at_risk), axis=1), dtype=np.float64)


def _share(events: Floats, at_risk: Floats) -> Floats:
    """Events over those at risk; 0 where a draw has nobody at risk."""
    return np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 1e-12)


def _banded(
    curve: Curve, found: dict[str, tuple[Floats, Floats]], reach: Reach, label: str
) -> Curve:
    """Put the limits of the draws at every time of the curve's table."""
    level = curve.level
    tables = []
    for name, table in curve.frame.groupby("group", sort=False):
        time, paths = found[str(name)]
        start = np.full((len(paths), 1), 1.0 if curve.kind == "survival" else 0.0)
        position = np.searchsorted(time, table["time"].to_numpy(), side="right")
        draws = np.hstack([start, paths])
        error, (low, high) = draws.std(axis=0, ddof=1), _limits(draws, reach, level)
        columns = {"std_error": error, "conf_low": low, "conf_high": high}
        tables.append(table.assign(**{key: value[position] for key, value in columns.items()}))
    return Curve(
        pd.concat(tables, ignore_index=True),
        curve.kind,
        level,
        label,
        curve.notes,
        curve.synthetic,
    )


def _limits(draws: Floats, reach: Reach, level: float) -> tuple[Floats, Floats]:
    """Lower and upper limits at each time from draws of shape (B, d)."""
    count = len(draws)
    tail = (1 - level) / 2
    if isinstance(reach, Pointwise):
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
        return low, high
    ordered = np.sort(draws, axis=0)
    pairs = list(zip(ordered.T, draws.T, strict=True))
    # Ranks from both sides: a draw leaves the k-th envelope where its own extreme rank is below k.
    below = np.array([np.searchsorted(c, v, side="right") for c, v in pairs])
    above = np.array([count - np.searchsorted(c, v, side="left") for c, v in pairs])
    extreme = np.sort(np.minimum(below, above).min(axis=0))
    rank = int(extreme[int(np.floor((1 - level) * count))])
    if rank <= 1:
        raise DataError(
            Fault(
                f"{count} draws, too few to narrow their envelope to {level:.0%}",
                "enough draws for a simultaneous band",
                "Ask for 1999 or more.",
            )
        )
    return ordered[rank - 1], ordered[count - rank]
