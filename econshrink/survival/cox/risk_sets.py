"""Risk sets of a start/stop table, prepared once and reused by every evaluation and reweighting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import group_sums, stable_order
from econshrink.survival.kernel.intervals import Floats, Intervals, Ints

Bools = NDArray[np.bool_]

_CACHED = 100_000  # numbers that stay in the cache of a processor core


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Rows, event times and tied events in the form the partial likelihood needs.

    Parameters
    ----------
    rows : ndarray of int, shape (m,)
        Positions, in the table handed in, of the rows at risk at one event time at least.
    x : ndarray, shape (m, k)
        Covariates, centred and scaled, column by column.
    centre, scale : ndarray, shape (k,)
    event : ndarray of bool, shape (m,)
    weight, offset : ndarray, shape (m,)
    stratum : ndarray of int, shape (m,)
        Sorted.
    intervals : Intervals
        Event times that each row covers.
    time, time_stratum : ndarray, shape (d,)
        Event times, numbered within strata.
    step_time : ndarray of int, shape (s,)
        Event time of each factor of the likelihood.
    step_share : ndarray, shape (s,)
        Share f of the tied events' risk that is taken out of the risk set (0 under Breslow).
    step_weight : ndarray, shape (s,)
        Weight of the factor.
    """

    rows: Ints
    x: Floats
    centre: Floats
    scale: Floats
    event: Bools
    weight: Floats
    offset: Floats
    stratum: Ints
    intervals: Intervals
    time: Floats
    time_stratum: Ints
    step_time: Ints
    step_share: Floats
    step_weight: Floats

    @cached_property
    def deaths(self) -> Ints:
        """Positions of the rows that end in an event."""
        return np.flatnonzero(self.event)

    @cached_property
    def death_time(self) -> Ints:
        """Grid index of each event."""
        return self.intervals.hi[self.deaths] - 1

    @cached_property
    def begins(self) -> Ints:
        """First row of every stratum, and the number of rows."""
        fresh = np.flatnonzero(self.stratum[1:] != self.stratum[:-1]) + 1
        return np.concatenate([[0], fresh, [len(self.stratum)]]).astype(np.intp)

    @cached_property
    def death_x(self) -> Floats:
        """Covariates of the rows that end in an event; shape (events, k)."""
        columns = np.empty((len(self.deaths), self.parameters), order="F")
        for j in range(self.parameters):
            np.take(self.x[:, j], self.deaths, out=columns[:, j], mode="clip")
        return columns

    @cached_property
    def death_weight(self) -> Floats:
        """Weight of the rows that end in an event."""
        return self.weight[self.deaths]

    @cached_property
    def untied(self) -> bool:
        """True if the likelihood has one factor a time, with the whole risk set in it."""
        return len(self.step_time) == self.intervals.size and not self.step_share.any()

    @property
    def parameters(self) -> int:
        """Number of covariates."""
        return int(self.x.shape[1])


def build_risk_sets(
    start: Floats,
    stop: Floats,
    event: Bools,
    x: Floats,
    stratum: Ints,
    weight: Floats,
    offset: Floats,
    *,
    average_ties: bool,
    frequency: bool,
) -> RiskSets:
    """Map ``(start, stop]`` to ranges of event times within strata and lay out the tied events.

    Parameters
    ----------
    start, stop, weight, offset : ndarray, shape (n,)
    event : ndarray of bool, shape (n,)
    x : ndarray, shape (n, k)
    stratum : ndarray of int, shape (n,)
    average_ties : bool
        True for Efron, False for Breslow.
    frequency : bool
        True if a weight counts identical rows, which are then tied with one another.
    """
    counted = event & (weight > 0)
    times = np.unique(stop[counted])
    last = np.searchsorted(times, stop, side="right")
    # Most rows follow on from the one before: their entry need not be looked up again.
    fresh = np.flatnonzero(np.append(True, start[1:] != stop[:-1]))
    first = np.append(0, last[:-1])
    first[fresh] = np.searchsorted(times, start[fresh], side="right")
    width = len(times) + 1
    grid = np.arange(len(times))
    if stratum.any():
        first, last = first + stratum * width, last + stratum * width
        grid = np.unique(last[counted]) - 1
        first, last = np.searchsorted(grid, first), np.searchsorted(grid, last)
    rows = np.flatnonzero((first < last) & (weight > 0))
    lo = first[rows]  # strata follow one another on the grid, so that this sorts by stratum too
    order = stable_order(lo, len(grid))
    rows, lo, hi = rows[order], lo[order], last[rows[order]]
    kept_weight = weight[rows]
    centre, scale, standard = _standardise(x, rows, kept_weight)
    single, happens = bool((hi - lo == 1).all()), event[rows]
    deaths = np.flatnonzero(happens)
    steps = _tie_steps(
        hi[deaths] - 1,
        kept_weight[deaths],
        len(grid),
        average_ties=average_ties,
        frequency=frequency,
    )
    return RiskSets(
        rows=rows,
        x=standard,
        centre=centre,
        scale=scale,
        event=happens,
        weight=kept_weight,
        offset=offset[rows],
        stratum=stratum[rows],
        intervals=Intervals(lo.astype(np.intp), hi.astype(np.intp), len(grid), single),
        time=times[grid % width],
        time_stratum=(grid // width).astype(np.intp),
        step_time=steps[0],
        step_share=steps[1],
        step_weight=steps[2],
    )


def _standardise(x: Floats, rows: Ints, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Centre and scale the covariates of the rows used; a constant keeps scale 1."""
    k = x.shape[1]
    chosen = np.empty((len(rows), k), order="F")
    centre, scale = np.zeros(k), np.ones(k)
    total, wide = weight.sum(), max(1, _CACHED // max(len(rows), 1))
    for begin in range(0, k if len(rows) else 0, wide):  # some columns at a time stay in cache
        some = slice(begin, begin + wide)
        columns = np.take(x.T[some], rows, axis=1, out=chosen.T[some], mode="clip")
        first = columns[:, 0].copy()
        columns -= first[:, None]
        middle = columns @ weight / total
        columns -= middle[:, None]
        centre[some] = first + middle
        size = np.maximum(columns.max(axis=1), -columns.min(axis=1))
        flat = size <= 1e-13 * np.abs(centre[some])
        columns[flat], size[flat] = 0.0, 1.0
        columns /= size[:, None]
        spread = np.sqrt(columns**2 @ weight / total)
        spread[flat] = 1.0
        columns /= spread[:, None]
        scale[some] = size * spread
    return centre, scale, chosen


def lay_out_ties(risk: RiskSets, *, average_ties: bool, frequency: bool) -> RiskSets:
    """Number the factors of the likelihood again, for other weights than it was built with."""
    size, weight = risk.intervals.size, risk.weight[risk.deaths]
    time, share, factor = _tie_steps(
        risk.death_time, weight, size, average_ties=average_ties, frequency=frequency
    )
    return replace(risk, step_time=time, step_share=share, step_weight=factor)


def _tie_steps(
    at: Ints, weight: Floats, count: int, *, average_ties: bool, frequency: bool
) -> tuple[Ints, Floats, Floats]:
    """Time, share and weight of the factors: one an event (Efron) or one a time (Breslow)."""
    total = group_sums(weight, at, count)
    if not average_ties:
        time = np.flatnonzero(total > 0)
        return time, np.zeros(len(time)), total[time]
    steps = np.rint(total).astype(np.intp) if frequency else np.bincount(at, minlength=count)
    time = np.repeat(np.arange(count, dtype=np.intp), steps)
    begin = np.cumsum(steps) - steps
    many = np.maximum(steps, 1)
    share = (np.arange(len(time)) - begin[time]) / many[time]
    return time, share, (total / many)[time]
