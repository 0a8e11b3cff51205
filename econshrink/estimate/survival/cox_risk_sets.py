"""Risk sets of a start/stop table, prepared once and reused by every evaluation and reweighting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from econshrink.arrays import group_sums
from econshrink.estimate.survival.cox_intervals import Floats, Intervals, Ints

Bools = NDArray[np.bool_]


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
    width = len(times) + 1
    first = np.searchsorted(times, start, side="right") + stratum * width
    last = np.searchsorted(times, stop, side="right") + stratum * width
    grid = np.unique(last[counted]) - 1
    lo, hi = np.searchsorted(grid, first), np.searchsorted(grid, last)
    rows = np.flatnonzero((lo < hi) & (weight > 0))
    rows = rows[np.lexsort((lo[rows], stratum[rows]))]
    lo, hi = lo[rows], hi[rows]
    kept_weight = weight[rows]
    centre, scale, standard = _standardise(x, rows, kept_weight)
    single = bool((hi - lo == 1).all())
    prepared = RiskSets(
        rows=rows,
        x=standard,
        centre=centre,
        scale=scale,
        event=event[rows],
        weight=kept_weight,
        offset=offset[rows],
        stratum=stratum[rows],
        intervals=Intervals(lo.astype(np.intp), hi.astype(np.intp), len(grid), single),
        time=times[grid % width],
        time_stratum=(grid // width).astype(np.intp),
        step_time=np.empty(0, dtype=np.intp),
        step_share=np.empty(0),
        step_weight=np.empty(0),
    )
    return lay_out_ties(prepared, average_ties=average_ties, frequency=frequency)


def _standardise(x: Floats, rows: Ints, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Centre and scale the covariates of the rows used; a constant keeps scale 1."""
    if not len(rows):
        k = x.shape[1]
        return np.zeros(k), np.ones(k), np.empty((0, k))
    chosen = np.asfortranarray(x[rows])
    first = chosen[0].copy()
    chosen -= first
    middle = weight @ chosen / weight.sum()
    chosen -= middle
    centre = first + middle
    size = np.abs(chosen).max(axis=0)
    flat = size <= 1e-13 * np.abs(centre)
    scale = np.where(flat, 1.0, size)
    chosen /= scale
    spread = np.sqrt(np.einsum("i,ij,ij->j", weight, chosen, chosen) / weight.sum())
    spread = np.where(flat, 1.0, spread)
    chosen /= spread
    chosen[:, flat] = 0.0
    return centre, scale * spread, chosen


def lay_out_ties(risk: RiskSets, *, average_ties: bool, frequency: bool) -> RiskSets:
    """Number the factors of the likelihood: one an event (Efron) or one a time (Breslow)."""
    count = risk.intervals.size
    at = risk.death_time
    total = group_sums(risk.weight[risk.deaths], at, count)
    if not average_ties:
        step_time = np.flatnonzero(total > 0)
        share = np.zeros(len(step_time))
        return replace(risk, step_time=step_time, step_share=share, step_weight=total[step_time])
    if frequency:
        steps = np.rint(total).astype(np.intp)
    else:
        steps = np.bincount(at, minlength=count).astype(np.intp)
    step_time = np.repeat(np.arange(count, dtype=np.intp), steps)
    begin = np.cumsum(steps) - steps
    position = np.arange(len(step_time)) - begin[step_time]
    share = position / np.maximum(steps, 1)[step_time]
    weight = (total / np.maximum(steps, 1))[step_time]
    return replace(risk, step_time=step_time, step_share=share, step_weight=weight)
