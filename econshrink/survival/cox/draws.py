"""Newton's method for the coefficients of many reweighted draws side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import stable_order
from econshrink.survival.cox.draw_sums import DrawDesign, DrawSums
from econshrink.survival.kernel.intervals import RANGE, Floats

_ITERATIONS = 8
_SETTLED = 1e-18  # decrement expected of the next step
_REACH = 0.05


def refit_draws(
    design: DrawDesign, beta: Floats, counts: Floats, *, average_ties: bool
) -> tuple[Floats, NDArray[np.bool_]]:
    """Coefficients of every draw, from the common start `beta`.

    The partial likelihood is concave, so that a vanishing Newton step marks the maximum and no
    likelihood need be evaluated. The first step needs no exponential either: all draws start from
    the same risks.

    Parameters
    ----------
    design : DrawDesign
        With the relative risks at `beta`.
    beta : ndarray, shape (k,)
        In the scaled units of the risk sets.
    counts : ndarray, shape (G, B)
        Copies of every cluster in every draw, as floats.
    average_ties : bool
        True for Efron, False for Breslow.

    Returns
    -------
    coefficients : ndarray, shape (B, k)
    settled : ndarray of bool, shape (B,)
        False where the method did not converge: a monotone or flat likelihood, or a hard one.
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
    """Score and information of B draws at the start plus `change`.

    Parameters
    ----------
    design : DrawDesign
    events, counts : ndarray, shape (d, B) and (G, B)
        Events at every time and copies of every cluster.
    change : ndarray, shape (k, B), optional
        None for the start itself.
    average_ties : bool
        True for Efron, False for Breslow.

    Returns
    -------
    score : ndarray, shape (k, B)
        Without the events' own covariates, which do not change.
    information : ndarray, shape (k, k, B)
    exact : ndarray of bool, shape (B,)
        False where running sums would lose digits.
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
