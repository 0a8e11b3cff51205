"""Poisson pseudo-maximum likelihood of flows with origin, destination and pair effects.

Flows are a cube (year, origin, destination), so every effect is a sum over one axis. The effects
are concentrated out: for given slopes they follow from iterative proportional fitting, and the
slopes take Newton steps on the profile likelihood, whose curvature is the weighted cross product
of regressors swept of the effects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import ConvergenceError, Fault
from econshrink.core.field_types import typed_fields

MAX_SWEEPS = 5000
MAX_STEPS = 50
SWEEP_TOLERANCE = 1e-11
STEP_TOLERANCE = 1e-9


@dataclass(frozen=True)
@typed_fields
class GravityEffects:
    """Which effects a gravity model absorbs.

    Parameters
    ----------
    origin, destination : bool
        One effect per origin and year, per destination and year.
    pair : bool
        One effect per ordered pair over all years.
    """

    origin: bool = True
    destination: bool = True
    pair: bool = False


@dataclass(frozen=True, eq=False)
class PoissonCube:
    """A fitted cube.

    Parameters
    ----------
    slopes : ndarray, shape (k,)
    mean : ndarray, shape (T, n, n)
        Fitted flows; 0 outside the sample.
    swept : ndarray, shape (k, T, n, n)
        Regressors swept of the effects with the fitted flows as weights.
    used : ndarray of bool, shape (T, n, n)
        Cells that inform the slopes: in the sample, no effect of theirs at zero.
    curvature : ndarray, shape (k, k)
        Σ μ x̃ x̃'.
    loglik : float
        Poisson log likelihood without the factorials.
    steps, sweeps : int
        Newton steps, and fitting sweeps in all.
    """

    slopes: Floats
    mean: Floats
    swept: Floats
    used: np.ndarray
    curvature: Floats
    loglik: float
    steps: int
    sweeps: int


def fit_cube(
    flows: Floats, regressors: Floats, sample: np.ndarray, effects: GravityEffects
) -> PoissonCube:
    """Fit E[F_tij] = exp(x_tij'β + origin_ti + destination_tj + pair_ij) on the cells of `sample`.

    Takes `flows` of shape (T, n, n): not negative; `regressors` of shape (k, T, n, n): k may be 0:
    then only the effects are fitted; `sample` of shape (T, n, n); `effects`: at least one of them.

    Raises `ConvergenceError`: the effects or the slopes do not settle: separated data.
    """
    flows = np.where(sample, flows, 0.0)
    used = sample & _not_empty(flows, sample, effects)
    # centred and scaled: the slopes of one regressor must not drown another's
    scale = np.array([x[used].std() or 1.0 for x in regressors])
    centre = np.array([x[used].mean() for x in regressors])
    x = np.zeros_like(regressors)
    for target, source, mean, size in zip(x, regressors, centre, scale, strict=True):
        np.copyto(target, (source - mean) / size, where=used)
    slopes = np.zeros(len(x))
    state = _Profile(flows, used, effects)
    state.settle(x, slopes, SWEEP_TOLERANCE if not len(x) else 1e-6)
    steps = 0
    swept = x
    curvature = np.zeros((0, 0))
    for steps in range(1, MAX_STEPS + 1 if len(x) else 1):  # noqa: B007
        swept = sweep(x, state.mean, effects)
        curvature = np.einsum("ktij,tij,ltij->kl", swept, state.mean, swept, optimize=True)
        score = np.einsum("ktij,tij->k", x, flows - state.mean)
        step = np.linalg.solve(curvature, score)
        slopes = _improve(state, x, slopes, step)
        if np.abs(step).max() < STEP_TOLERANCE * max(1.0, np.abs(slopes).max()):
            break
    else:
        if len(x):
            raise ConvergenceError(
                Fault(
                    f"slopes still moving after {MAX_STEPS} steps",
                    "a maximum",
                    "Look for separation: a regressor that is fixed wherever flows are positive.",
                )
            )
    outer = np.outer(scale, scale)
    return PoissonCube(
        slopes / scale,
        state.mean,
        swept * scale[:, None, None, None],
        used & (state.mean > 0),
        curvature * outer,
        state.loglik,
        steps,
        state.sweeps,
    )


def sweep(regressors: Floats, weights: Floats, effects: GravityEffects) -> Floats:
    """Residuals of weighted least squares of each regressor on the effects.

    Takes `regressors` of shape (k, T, n, n); `weights` of shape (T, n, n): not negative; cells of
    weight zero come back as zero.

    Returns shape (k, T, n, n).
    """
    axes = _axes(effects)
    inverse = [_inverse(weights.sum(axis=axis, keepdims=True)) for axis in axes]
    swept = np.where(weights > 0, regressors, 0.0)
    for number in range(len(swept)):
        column = swept[number]
        size = float(np.sqrt((weights * column**2).sum())) or 1.0
        for _ in range(MAX_SWEEPS):
            moved = 0.0
            for axis, factor in zip(axes, inverse, strict=True):
                mean = np.einsum("tij,tij->" + _KEPT[axis], weights, column)
                shift = np.expand_dims(mean, axis) * factor
                moved = max(moved, float((mean**2 * factor.squeeze(axis)).sum()))
                np.subtract(column, shift, out=column)
            if np.sqrt(moved) < 1e-11 * size or len(axes) == 1:
                break
        else:
            raise _unsettled("a regressor")
        column[weights <= 0] = 0.0
    return swept


class _Profile:
    """Effects and fitted flows for given slopes; the effects are kept as a warm start."""

    def __init__(self, flows: Floats, used: np.ndarray, effects: GravityEffects) -> None:
        self.flows, self.axes = flows, _axes(effects)
        self.totals = [flows.sum(axis=axis, keepdims=True) for axis in self.axes]
        self.used = used
        self.mean = used.astype(np.float64)
        self.factors = [np.ones_like(total) for total in self.totals]
        self.loglik = -np.inf
        self.sweeps = 0

    def settle(self, x: Floats, slopes: Floats, tolerance: float = SWEEP_TOLERANCE) -> None:
        """Fit the effects by iterative proportional fitting."""
        index = np.einsum("k,ktij->tij", slopes, x) if len(x) else np.zeros_like(self.flows)
        mean = np.where(self.used, np.exp(index), 0.0)
        for factor in self.factors:
            mean *= factor
        for _ in range(MAX_SWEEPS):
            worst = 0.0
            for number, (axis, total) in enumerate(zip(self.axes, self.totals, strict=True)):
                ratio = total * _inverse(mean.sum(axis=axis, keepdims=True))
                worst = max(worst, float(np.abs(ratio[total > 0] - 1.0).max(initial=0.0)))
                mean *= ratio
                self.factors[number] = self.factors[number] * np.where(total > 0, ratio, 1.0)
            self.sweeps += 1
            if worst < tolerance:
                break
        else:
            raise _unsettled("the effects")
        self.mean = mean
        held = self.flows > 0
        with np.errstate(divide="ignore"):
            self.loglik = float(self.flows[held] @ np.log(mean[held]) - mean.sum())


def _improve(state: _Profile, x: Floats, slopes: Floats, step: Floats) -> Floats:
    """Take the step, halved until the profile likelihood does not fall."""
    before = state.loglik
    size = float(np.abs(step).max())
    tolerance = SWEEP_TOLERANCE if size < 1e-2 else max(1e-8, SWEEP_TOLERANCE)
    for halving in range(30):
        trial = slopes + step / 2**halving
        state.settle(x, trial, tolerance)
        slack = 1e-9 * max(1.0, abs(before))
        if np.isfinite(state.loglik) and (state.loglik >= before - slack or size < 1e-4):
            return np.asarray(trial)
    raise ConvergenceError(
        Fault("no step that raises the likelihood", "a maximum", "Look for separation.")
    )


_KEPT = {0: "ij", 1: "tj", 2: "ti"}


def _axes(effects: GravityEffects) -> list[int]:
    """Axes that are summed over: destinations for the origin effect, and so on."""
    asked = ((effects.origin, 2), (effects.destination, 1), (effects.pair, 0))
    return [axis for wanted, axis in asked if wanted]


def _not_empty(flows: Floats, sample: np.ndarray, effects: GravityEffects) -> np.ndarray:
    """Cells none of whose effects has an all-zero outcome (its estimate is minus infinity)."""
    keep = sample.copy()
    for axis in _axes(effects):
        keep &= np.where(sample, flows, 0.0).sum(axis=axis, keepdims=True) > 0
    return keep


def _inverse(values: Floats) -> Floats:
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)


def _unsettled(what: str) -> ConvergenceError:
    return ConvergenceError(
        Fault(
            f"{what} not settled after {MAX_SWEEPS} sweeps",
            "finite effects",
            "Zeros separate the effects: leave out cities or pairs with hardly any flow.",
        )
    )
