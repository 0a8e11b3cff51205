"""Newton's method for many reweighted draws side by side, with sums that are matrix products.

A draw gives every cluster a whole number of copies. With B draws side by side, what a single fit
sums over rows becomes a product of a matrix that does not depend on the draw with an m x B matrix
of weighted relative risks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from econshrink.core.arrays import Floats, Ints, stable_order
from econshrink.survival.kernel.risk_sets import RANGE, RiskSets

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


_ITERATIONS = 8
_SETTLED = 1e-18  # decrement expected of the next step
_REACH = 0.05


def refit_draws(
    design: DrawDesign, beta: Floats, counts: Floats, *, average_ties: bool
) -> tuple[Floats, NDArray[np.bool_]]:
    """Coefficients (B, k) of draws from the common start `beta` (k,), and which settled (B,).

    The partial likelihood is concave, so that a vanishing Newton step marks the maximum and no
    likelihood need be evaluated. The first step needs no exponential either: all draws start from
    the same risks. `counts` (G, B) are the copies of every cluster. A draw that did not settle has
    a monotone or flat likelihood, or a hard one.
    """
    width = np.ptp(design.sets.x, axis=0)
    found = np.tile(beta, (counts.shape[1], 1))
    settled = np.zeros(counts.shape[1], dtype=bool)
    events, covariates = design.events(counts)
    active = np.flatnonzero(events.any(axis=0))
    change = np.zeros((len(beta), counts.shape[1]))
    before = np.full(counts.shape[1], np.inf)
    for iteration in range(_ITERATIONS):
        if not len(active):
            break
        mine = events.take(active, axis=1), counts.take(active, axis=1)
        moved = change[:, active] if iteration else None
        score, information, fine = draw_derivatives(design, *mine, moved, average_ties)
        score += covariates[:, active]
        step, definite = _solve(information, score)
        fine &= definite
        decrement = (step * score).sum(axis=0) / 2
        fine &= np.isfinite(decrement)
        # Quadratic convergence: the next decrement is this one squared, times a constant.
        rate = 100 * np.maximum(decrement / before[active] ** 2, 1e-4)
        small = (decrement < 1e-7) & (decrement**2 * rate < _SETTLED)
        fine &= ~(small & (width @ np.abs(step) > _REACH))
        change[:, active] += np.where(fine, step, 0.0)
        before[active] = decrement
        settled[active[fine & small]] = True
        active = active[fine & ~small]
    found += change.T
    return found, settled


def draw_derivatives(
    design: DrawDesign, events: Floats, counts: Floats, change: Floats | None, average_ties: bool
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Score (k, B) and information (k, k, B) of draws at the start plus `change` (k, B).

    No change is None. The score is without the events' own covariates, which stay the same.
    `events` (d, B) are counted at every time, `counts` (G, B) are copies of every cluster. The
    third array (B,) is False where running sums would lose digits.
    """
    sums = design.sums(counts, change)
    exact = _additive_enough(design, sums, events)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # if not exact
        score, information = _from_sums(sums, events, average_ties)
    return score, information, exact


def _from_sums(sums: DrawSums, events: Floats, average_ties: bool) -> tuple[Floats, Floats]:
    plain, shared, q0, q1, q2 = _tied_sums(sums.s0, sums.d0, events, average_ties)
    s1, d1 = sums.s1, sums.d1
    expected = np.einsum("db,kdb->kb", plain, s1) - np.einsum("db,kdb->kb", shared, d1)
    k = len(s1)
    rows, columns = np.triu_indices(k)
    information = np.empty((k, k, events.shape[1]))
    information[rows, columns] = sums.second(plain, shared)
    for j in range(k):
        at_risk, tied = q0 * s1[j] - q1 * d1[j], q2 * d1[j] - q1 * s1[j]
        information[j, j:] -= np.einsum("db,kdb->kb", at_risk, s1[j:])
        information[j, j:] -= np.einsum("db,kdb->kb", tied, d1[j:])
    information[columns, rows] = information[rows, columns]
    return -expected, information


def _tied_sums(
    s0: Floats, d0: Floats, events: Floats, average_ties: bool
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Sums of 1/phi, f/phi, 1/phi^2, f/phi^2 and f^2/phi^2 over the tied events; each (d, B)."""
    total = np.zeros((5, *s0.shape))
    some = events > 0
    weight = np.where(average_ties & some, 1.0, events)
    np.divide(weight, s0, out=total[0], where=some)
    np.divide(total[0], s0, out=total[2], where=some)
    if average_ties:
        _add_later_ties(s0, d0, events, total)
    plain, shared, q0, q1, q2 = total
    return plain, shared, q0, q1, q2


def _add_later_ties(s0: Floats, d0: Floats, events: Floats, total: Floats) -> None:
    """Add to `total` (5, d, B) what the second and later of several tied events contribute."""
    several = np.flatnonzero(events > 1)
    many = np.rint(events.ravel()[several]).astype(np.intp)
    most = int(many.max(initial=1))
    order = stable_order(most - many, most + 1)  # the pairs with a further event come first
    several, many = several[order], many[order]
    left = len(many) - np.cumsum(np.bincount(many, minlength=most))  # pairs with more than s
    risk, share = s0.ravel()[several], d0.ravel()[several] / many
    found = np.zeros((5, len(many)))
    for step in range(1, most):
        part = found[:, : left[step]]
        factor = step / many[: left[step]]
        unit = 1.0 / (risk[: left[step]] - step * share[: left[step]])
        square = unit * unit
        part[0] += unit
        part[1] += factor * unit
        part[2] += square
        square *= factor
        part[3] += square
        square *= factor
        part[4] += square
    total.reshape(5, -1)[:, several] += found


def _solve(matrices: Floats, vectors: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Solve B symmetric systems (k, k, B) by elimination; tell which are positive definite."""
    a, y = matrices.copy(), vectors.copy()
    k = len(y)
    size = np.einsum("jjb->jb", matrices).copy()
    fine: NDArray[np.bool_] = np.asarray(np.isfinite(y).all(axis=0))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for j in range(k):
            fine &= a[j, j] > 1e-11 * size[j]
            factor = a[j + 1 :, j] / a[j, j]
            a[j + 1 :, j + 1 :] -= factor[:, None] * a[j, j + 1 :]
            y[j + 1 :] -= factor * y[j]
        for j in range(k - 1, -1, -1):
            y[j] -= (a[j, j + 1 :] * y[j + 1 :]).sum(axis=0)
            y[j] /= a[j, j]
    return y, fine


def _additive_enough(design: DrawDesign, sums: DrawSums, events: Floats) -> NDArray[np.bool_]:
    """Whether running sums keep their digits in each draw; group sums always do."""
    if design.sets.intervals.single:
        return np.ones(events.shape[1], dtype=bool)
    least = np.where(events > 0, sums.s0, np.inf).min(axis=0)
    return np.asarray(least >= RANGE * sums.s0.max(axis=0))
