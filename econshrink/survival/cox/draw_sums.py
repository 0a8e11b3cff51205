"""Sums over risk sets for many reweighted draws at once, as matrix products over the draws.

A draw gives every cluster a whole number of copies. With B draws side by side, what a single fit
sums over rows becomes a product of a matrix that does not depend on the draw with an m x B matrix
of weighted relative risks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from econshrink.survival.cox.risk_sets import RiskSets
from econshrink.survival.kernel.intervals import Floats, Ints

_BLOCK = 512  # rows: a block of risks stays in the second-level cache


@dataclass(frozen=True, eq=False)
class DrawSums:
    """Moments of the risk sets at d event times in B draws.

    Parameters
    ----------
    s0, d0 : ndarray, shape (d, B)
        Summed risk of the rows at risk and of those with the event.
    s1, d1 : ndarray, shape (k, d, B)
        The same times each covariate.
    second : callable
        Maps two (d, B) arrays p, q to the upper triangle of the sum over times of p times the
        second moments of the rows at risk less q times those of the events; shape (k(k+1)/2, B).
    """

    s0: Floats
    s1: Floats
    d0: Floats
    d1: Floats
    second: Callable[[Floats, Floats], Floats]


@dataclass(frozen=True, eq=False)
class DrawDesign:
    """What the sums of every draw share: rows of `sets`, their clusters, the risks at `beta`.

    Parameters
    ----------
    sets : RiskSets
    cluster : ndarray of int, shape (m,)
    base : ndarray, shape (m,)
        Relative risks at the coefficients every draw starts from.
    """

    sets: RiskSets
    cluster: Ints
    base: Floats

    def sums(self, counts: Floats, change: Floats | None) -> DrawSums:
        """Evaluate at the start plus `change` (k, B), None for none, with `counts` (G, B)."""
        if self.sets.intervals.single:
            return self._sums_of_groups(counts, change)
        return self._sums_of_ranges(counts, change)

    def events(self, counts: Floats) -> tuple[Floats, Floats]:
        """Events at every time, shape (d, B), and their summed covariates, shape (k, B)."""
        mine = counts.take(self.cluster[self.sets.deaths], axis=0)
        return self._add_deaths @ mine, self.sets.death_x.T @ mine

    @cached_property
    def _add_deaths(self) -> sparse.csr_array:
        """Sums over the events at every time."""
        count = len(self.sets.deaths)
        where = (self.sets.death_time, np.arange(count))
        return sparse.csr_array((np.ones(count), where), (self.sets.intervals.size, count))

    def _risks(self, counts: Floats, change: Floats | None, rows: slice) -> Floats:
        """Copies times relative risk over `base`, shape (rows, B)."""
        copies = counts.take(self.cluster[rows], axis=0)
        if change is not None:
            moved = self.sets.x[rows] @ change
            copies *= np.exp(moved, out=moved)
        return copies

    def _sums_of_groups(self, counts: Floats, change: Floats | None) -> DrawSums:
        """Every row covers one time: plain group sums, which are products with the draws."""
        sets, draws, k = self.sets, counts.shape[1], self.sets.parameters
        width = 1 + k + k * (k + 1) // 2
        everyone = np.zeros((sets.intervals.size, width, draws))
        dying = np.zeros_like(everyone)
        edges = np.searchsorted(sets.intervals.lo, np.arange(sets.intervals.size + 1))
        for time in range(sets.intervals.size):
            for begin in range(edges[time], edges[time + 1], _BLOCK):
                rows = slice(begin, min(begin + _BLOCK, edges[time + 1]))
                products = _products(sets.x[rows], self.base[rows])
                risk = self._risks(counts, change, rows)
                everyone[time] += products.T @ risk
                dead = sets.event[rows]
                if dead.any():
                    dying[time] += products[dead].T @ risk[dead]
        s1, d1 = (np.moveaxis(part[:, 1 : k + 1], 1, 0) for part in (everyone, dying))

        def second(plain: Floats, shared: Floats) -> Floats:
            total: Floats = np.einsum("db,dqb->qb", plain, everyone[:, k + 1 :])
            total -= np.einsum("db,dqb->qb", shared, dying[:, k + 1 :])
            return total

        return DrawSums(everyone[:, 0], s1, dying[:, 0], d1, second)

    @cached_property
    def _add_ranges(self) -> sparse.csr_array:
        """Entries less exits of the risk and of its products with x; shape (d (1 + k), m)."""
        lo, hi, size = self.sets.intervals.lo, self.sets.intervals.hi, self.sets.intervals.size
        leaving = np.flatnonzero(hi < size)
        rows = np.concatenate([np.arange(len(lo)), leaving])
        sign = np.concatenate([self.base, -self.base[leaving]])
        return _stacked(np.concatenate([lo, hi[leaving]]), rows, sign, self.sets.x, size)

    @cached_property
    def _add_dying(self) -> sparse.csr_array:
        """The same for the rows with an event, at the time of it."""
        deaths = self.sets.deaths
        rows, size = np.arange(len(deaths)), self.sets.intervals.size
        base, x = self.base[deaths], self.sets.death_x
        return _stacked(self.sets.death_time, rows, base, x, size)

    def _sums_of_ranges(self, counts: Floats, change: Floats | None) -> DrawSums:
        """Rows cover ranges of times: running sums of entries less exits."""
        sets = self.sets
        risk = self._risks(counts, change, slice(None))
        shape = (sets.intervals.size, 1 + sets.parameters, counts.shape[1])
        everyone = _running((self._add_ranges @ risk).reshape(shape))
        dying = (self._add_dying @ risk[sets.deaths]).reshape(shape)
        s1, d1 = (np.moveaxis(part[:, 1:], 1, 0) for part in (everyone, dying))

        def second(plain: Floats, shared: Floats) -> Floats:
            level = np.zeros((len(plain) + 1, plain.shape[1]))
            level[1:] = plain
            _running(level)
            k = sets.parameters
            total = np.zeros((k * (k + 1) // 2, plain.shape[1]))
            for begin in range(0, len(risk), _BLOCK):
                rows = slice(begin, begin + _BLOCK)
                expected = level[sets.intervals.hi[rows]]
                expected -= level[sets.intervals.lo[rows]]
                dead = np.flatnonzero(sets.event[rows])
                expected[dead] -= shared[sets.intervals.hi[rows][dead] - 1]
                expected *= risk[rows]
                total += _products(sets.x[rows], self.base[rows])[:, k + 1 :].T @ expected
            return total

        return DrawSums(everyone[:, 0], s1, dying[:, 0], d1, second)


def _stacked(time: Ints, rows: Ints, factor: Floats, x: Floats, size: int) -> sparse.csr_array:
    """Sparse sums into `size` times of the rows' factor and of its products with x, interleaved."""
    width = 1 + x.shape[1]
    values = [factor, *(factor * column[rows] for column in x.T)]
    where = [time * width + j for j in range(width)]
    entries = (np.concatenate(values), (np.concatenate(where), np.tile(rows, width)))
    return sparse.csr_array(entries, (size * width, len(x)))


def _running(flows: Floats) -> Floats:
    """Cumulative sums along the first axis, in place: whole slices, where numpy goes by column."""
    for time in range(1, len(flows)):
        flows[time] += flows[time - 1]
    return flows


def _products(x: Floats, factor: Floats) -> Floats:
    """Columns 1, x and the products of x in pairs, all times `factor`; shape (rows, q)."""
    k = x.shape[1]
    products = np.empty((len(x), 1 + k + k * (k + 1) // 2), order="F")
    products[:, 0] = factor
    np.multiply(x, factor[:, None], out=products[:, 1 : k + 1])
    at = k + 1
    for j in range(k):
        np.multiply(x[:, j:], products[:, j + 1, None], out=products[:, at : at + k - j])
        at += k - j
    return products
