"""Poisson pseudo-maximum likelihood on rows, the effects swept out of every weighted step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import ConvergenceError, Fault
from econshrink.inference.absorption import absorber, sweep
from econshrink.inference.linear_fit import least_squares

MAX_STEPS = 100
TOLERANCE = 1e-10  # of the last step, in standardised regressors
_FLAT = 1e-13  # change of the deviance, relative, below which halving cannot judge


@dataclass(frozen=True, eq=False)
class PoissonFit:
    """A fitted Poisson model.

    Parameters
    ----------
    slopes : ndarray, shape (k,)
    mean : ndarray, shape (n,)
    swept : ndarray, shape (n, k)
        Regressors swept of the effects with the fitted means (times weights) as weights.
    bread : ndarray, shape (k, k)
        (Σ w μ x̃ x̃')⁻¹.
    index : ndarray, shape (n,)
        Logarithm of the mean.
    effects_rank : int
    deviance : float
    steps : int
    """

    slopes: Floats
    mean: Floats
    swept: Floats
    bread: Floats
    index: Floats
    effects_rank: int
    deviance: float
    steps: int


def fit_poisson_rows(
    y: Floats,
    x: Floats,
    effects: Sequence[Ints] = (),
    weights: Floats | None = None,
    offset: Floats | None = None,
) -> PoissonFit:
    """Fit E[y] = exp(x'b + effects + offset) by iteratively reweighted least squares.

    Each step regresses the working outcome on x, both swept of the effects with weights w μ
    (Correia, Guimarães and Zylkin 2020). Regressors are standardised first, so that units of
    columns change nothing.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Not negative; no effect with zeros only.
    x : ndarray, shape (n, k)
        A column of ones, if there are no effects, is the caller's to give.
    effects : sequence of ndarray of int, each of shape (n,)
    weights : ndarray, shape (n,), optional
        Positive.
    offset : ndarray, shape (n,), optional

    Returns
    -------
    PoissonFit

    Raises
    ------
    ConvergenceError
        No maximum is found: separated data.

    Examples
    --------
    >>> fit = fit_poisson_rows(np.array([1.0, 3.0, 2.0, 6.0]),
    ...     np.array([0.0, 1.0, 0.0, 1.0])[:, None], [np.array([0, 0, 1, 1])])
    >>> fit.slopes.round(9) == np.log(3).round(9), fit.mean.round(6)
    (array([ True]), array([1., 3., 2., 6.]))
    """
    w = np.ones(len(y)) if weights is None else weights
    size = float(w @ y / w.sum())
    given = np.zeros(len(y)) if offset is None else offset
    spread = np.ptp(x, axis=0)
    scale = np.where(spread > 0, x.std(axis=0), np.abs(x).max(axis=0))
    centre = x.mean(axis=0) if effects else np.zeros(x.shape[1])
    regressors = (x - centre) / scale
    index = np.log((y + size) / 2)
    slopes = np.zeros(x.shape[1])
    deviance = _deviance(y, np.exp(index), w)
    for step in range(1, MAX_STEPS + 1):
        mean = np.exp(index)
        work = index - given + (y - mean) / mean
        fresh, swept_index = _weighted_step(work, regressors, effects, w * mean)
        trial = swept_index + given
        new = _deviance(y, np.exp(trial), w)
        for _ in range(40):
            if new <= deviance * (1 + _FLAT) + _FLAT * size * len(y) or step == 1:
                break
            trial, fresh = (trial + index) / 2, (fresh + slopes) / 2
            new = _deviance(y, np.exp(trial), w)
        moved = np.abs(fresh - slopes).max(initial=0.0)
        # rows whose mean goes to zero drift for ever without telling anything about the slopes
        drift = (np.abs(trial - index) * np.minimum(np.exp(trial) / size, 1.0)).max()
        index, slopes, deviance = trial, fresh, new
        small = moved < TOLERANCE * max(1.0, np.abs(slopes).max(initial=0.0))
        if small and drift < TOLERANCE and step > 1:
            return _finished(y, x, effects, w, slopes / scale, index, step)
    raise ConvergenceError(
        Fault(
            f"slopes still moving after {MAX_STEPS} steps",
            "a maximum",
            "Look for separation: a regressor that is fixed wherever the outcome is positive.",
        )
    )


def _weighted_step(
    work: Floats, x: Floats, effects: Sequence[Ints], weights: Floats
) -> tuple[Floats, Floats]:
    """Slopes, and fitted index with effects, of one weighted regression."""
    root = np.sqrt(weights)
    if not effects:
        slopes, residuals, _ = least_squares(work * root, x * root[:, None])
        return slopes, work - residuals / root
    swept = sweep(absorber(effects, weights), np.column_stack([work, x]))
    slopes, residuals, _ = least_squares(swept[:, 0] * root, swept[:, 1:] * root[:, None])
    return slopes, work - (swept[:, 0] - swept[:, 1:] @ slopes)


def _finished(
    y: Floats,
    x: Floats,
    effects: Sequence[Ints],
    weights: Floats,
    slopes: Floats,
    index: Floats,
    steps: int,
) -> PoissonFit:
    mean = np.exp(index)
    swept, rank = x, 0
    if effects:
        projection = absorber(effects, weights * mean)
        swept, rank = sweep(projection, x), projection.rank
    root = np.sqrt(weights * mean)
    _, _, bread = least_squares(root, swept * root[:, None])
    deviance = _deviance(y, mean, weights)
    return PoissonFit(slopes, mean, swept, bread, index, rank, deviance, steps)


def _deviance(y: Floats, mean: Floats, weights: Floats) -> float:
    if not np.isfinite(mean).all():
        return float("inf")
    return float(2 * weights @ (xlogy(y, y / mean) - (y - mean)))
