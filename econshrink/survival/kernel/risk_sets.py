"""Risk sets of a start/stop table: which rows are at risk when, prepared once, and sums over them.

Row i covers the grid indices lo[i], ..., hi[i] - 1. `scatter` adds a row's value to every time it
covers; `gather` adds up, for every row, the values of the times it covers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints, group_sums, stable_order

RANGE = 1e-6  # ratio of the smallest to the largest risk set below which nothing is subtracted


@dataclass(frozen=True, eq=False)
class Intervals:
    """Ranges of grid indices, one a row.

    Parameters
    ----------
    lo, hi : ndarray of int, shape (n,)
        First index covered and the one after the last; ``lo < hi``, and `lo` never falls.
    size : int
        Number of grid times d.
    single : bool
        True if every row covers exactly one time, as with yearly rows.
    """

    lo: Ints
    hi: Ints
    size: int
    single: bool

    def scatter(self, values: Floats, additive: bool = False) -> Floats:
        """Sum `values` (n or n×k) over the rows at risk at every time; shape (d,) or (d, k).

        With ``additive=True`` nothing is ever subtracted, so that small risk sets keep all their
        digits beside large ones; this costs a factor log d.
        """
        if values.ndim == 2:
            return self.scatter_products(values, np.ones(len(values)), additive)
        if self.single:
            return self._entering(values, self.size)
        if additive:
            return self._scatter_tree(values)
        flow = self._entering(values, self.size + 1)
        flow -= group_sums(values, self.hi, self.size + 1)
        return np.cumsum(flow[: self.size])

    def scatter_products(self, x: Floats, factor: Floats, additive: bool = False) -> Floats:
        """Sum the columns of `x` (n, k) times `factor` (n,) over risk sets; shape (d, k)."""
        sums = np.empty((self.size, x.shape[1]))
        product = np.empty(len(factor))  # one buffer for all columns: they stay in cache
        for j in range(x.shape[1]):
            np.multiply(x[:, j], factor, out=product)
            sums[:, j] = self.scatter(product, additive)
        return sums

    def gather(self, increments: Floats, additive: bool = False) -> Floats:
        """Sum `increments` (d or d×k) over the times every row covers; shape (n,) or (n, k)."""
        if self.single:
            return increments[self.lo]
        if additive:
            return self._gather_tree(increments)
        level = np.zeros((self.size + 1, *increments.shape[1:]))
        np.cumsum(increments, axis=0, out=level[1:])
        difference: Floats = level[self.hi] - level[self.lo]
        return difference

    @cached_property
    def leaving(self) -> Ints:
        """Rows in the order of `hi`."""
        return stable_order(self.hi, self.size + 1)

    @cached_property
    def _begins(self) -> Ints:
        """First row of each run of equal `lo`."""
        return np.flatnonzero(np.append(True, self.lo[1:] != self.lo[:-1]))

    def _entering(self, values: Floats, size: int) -> Floats:
        """Sum over the rows that start at each index; rows are in that order."""
        total = np.zeros(size)
        total[self.lo[self._begins]] = np.add.reduceat(values, self._begins)
        return total

    def _leaves(self) -> int:
        return 1 << max(int(self.size - 1).bit_length(), 0)

    def _scatter_tree(self, values: Floats) -> Floats:
        """Put each row on the few dyadic blocks that tile its range, then push sums down."""
        leaves = self._leaves()
        blocks = np.zeros(2 * leaves)
        for row, node in _tiles(self.lo + leaves, self.hi + leaves):
            blocks += group_sums(values[row], node, 2 * leaves)
        first = 1
        while first < leaves:
            parents = blocks[first : 2 * first]
            blocks[2 * first : 4 * first] += np.repeat(parents, 2)
            first *= 2
        return blocks[leaves : leaves + self.size]

    def _gather_tree(self, increments: Floats) -> Floats:
        """Sum increments up into dyadic blocks, then read the blocks that tile each range."""
        leaves = self._leaves()
        blocks = np.zeros((2 * leaves, *increments.shape[1:]))
        blocks[leaves : leaves + self.size] = increments
        first = leaves // 2
        while first >= 1:
            children = blocks[2 * first : 4 * first]
            blocks[first : 2 * first] = children[0::2] + children[1::2]
            first //= 2
        total = np.zeros((len(self.lo), *increments.shape[1:]))
        for row, node in _tiles(self.lo + leaves, self.hi + leaves):
            total[row] += blocks[node]
        return total


def _tiles(left: Ints, right: Ints) -> list[tuple[Ints, Ints]]:
    """Rows and the dyadic blocks that tile [left, right), one level of the tree at a time."""
    found: list[tuple[Ints, Ints]] = []
    while True:
        open_ = left < right
        if not open_.any():
            return found
        odd = np.flatnonzero(open_ & (left & 1 == 1))
        found.append((odd, left[odd]))
        left = left + (open_ & (left & 1 == 1))
        odd = np.flatnonzero((left < right) & (right & 1 == 1))
        found.append((odd, right[odd] - 1))
        right = right - ((left < right) & (right & 1 == 1))
        left, right = left >> 1, right >> 1


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

    Arrays are (n,), `x` (n, k). `average_ties` is Efron's way, Breslow's otherwise; with
    `frequency` a weight counts identical rows, which are then tied with one another.
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
