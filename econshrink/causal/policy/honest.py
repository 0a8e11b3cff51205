"""Honest intervals for an effect if trends were not quite parallel (Rambachan and Roth 2023).

Two restrictions on the violation δ of parallel trends:

- Relative magnitudes: from year to year δ moves after treatment by at most M̄ times its largest
  move before treatment.
- Smoothness: the slope of δ changes from year to year by at most M.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from econshrink.causal.policy.pretrends import event_times
from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.nouns.estimate import Estimate


@dataclass(frozen=True)
@typed_fields
class RelativeMagnitudes:
    """Violations move after treatment at most `ratio` times as fast as they did before."""

    ratio: float = 1.0


@dataclass(frozen=True)
@typed_fields
class Smoothness:
    """The slope of the violation changes by at most `bound` a year (0: a linear trend)."""

    bound: float = 0.0


@dataclass(frozen=True)
class HonestInterval:
    """An interval that covers the effect whatever violation the restriction allows.

    Parameters
    ----------
    estimate : float
        The plain estimate of the mean effect after treatment.
    conf_low, conf_high : float
    level : float
    restriction : RelativeMagnitudes or Smoothness
    """

    estimate: float
    conf_low: float
    conf_high: float
    level: float
    restriction: RelativeMagnitudes | Smoothness


def honest_interval(
    estimate: Estimate,
    restriction: RelativeMagnitudes | Smoothness,
    weights: Floats | None = None,
    level: float = 0.95,
) -> HonestInterval:
    """Interval for Σ_e w_e τ_e, the mean effect after treatment by default.

    Relative magnitudes: if the largest move before treatment is the one of year s with sign ±,
    the effect lies within l'β ± W M̄ (±Δ_s), a linear combination of the event study with
    W = Σ_e |w_e| (e + 1); the interval is the union of their one-sided intervals over all s and
    signs. It covers with at least the level asked for, and is wider than the conditional tests
    of Rambachan and Roth. Smoothness: their fixed-length interval, the affine estimator whose
    worst bias and standard error give the shortest one.

    Parameters
    ----------
    estimate : Estimate
        Event study with universal base, consecutive event times but for −1.
    restriction : RelativeMagnitudes or Smoothness
    weights : ndarray, shape (number of terms after treatment,), optional
        Default 1/number.
    level : float

    Returns
    -------
    HonestInterval

    Raises
    ------
    SpecError
        Gaps in event time, no year before treatment but the reference, a negative bound.

    Examples
    --------
    >>> study = Estimate("x", ("e-3", "e-2", "e0"), np.array([0.1, 0.0, 1.0]),
    ...                  0.01 * np.eye(3), "v", "none", 10)
    >>> plain = honest_interval(study, RelativeMagnitudes(0.0))
    >>> round(plain.conf_low, 3), round(plain.conf_high, 3)
    (0.804, 1.196)
    """
    time = event_times(estimate)
    before, after = time < 0, time >= 0
    _check(time, before, after, restriction)
    weight = np.zeros(len(time))
    weight[after] = 1.0 / after.sum() if weights is None else weights
    point = float(weight @ estimate.coefficients)
    if isinstance(restriction, Smoothness):
        low, high = _fixed_length(estimate, time, weight, restriction.bound, level)
    else:
        low, high = _union(estimate, time, weight, restriction.ratio, level)
    return HonestInterval(point, low, high, level, restriction)


def breakdown_value(
    estimate: Estimate, kind: type[RelativeMagnitudes] | type[Smoothness], level: float = 0.95
) -> float:
    """The smallest M̄ or M at which the interval contains zero; 0 if it does without violation."""

    def contains(size: float) -> bool:
        found = honest_interval(estimate, kind(size), level=level)
        return found.conf_low <= 0.0 <= found.conf_high

    if contains(0.0):
        return 0.0
    scale = 1.0 if kind is RelativeMagnitudes else float(estimate.std_errors.mean())
    high = scale
    while not contains(high):
        high *= 2
    low = 0.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if contains(middle) else (middle, high)
    return high


def _union(
    estimate: Estimate, time: Floats, weight: Floats, ratio: float, level: float
) -> tuple[float, float]:
    """Union of one-sided intervals over which move before treatment was the largest."""
    reach = float(np.abs(weight) @ np.maximum(time + 1.0, 0.0)) * ratio
    critical = special.ndtri(0.5 + level / 2)
    highs, lows = [], []
    for move in _moves(time):
        for sign in (1.0, -1.0):
            upper, lower = weight + reach * sign * move, weight - reach * sign * move
            highs.append(_bound(estimate, upper, critical))
            lows.append(_bound(estimate, lower, -critical))
    return float(min(lows)), float(max(highs))


def _bound(estimate: Estimate, combination: Floats, critical: float) -> float:
    error = float(np.sqrt(combination @ estimate.covariance @ combination))
    return float(combination @ estimate.coefficients) + critical * error


def _moves(time: Floats) -> list[Floats]:
    """Combinations δ_{s+1} − δ_s of the terms before treatment; δ_{−1} is zero."""
    order = np.argsort(time)
    before = [k for k in order if time[k] < 0]
    moves = []
    for here, there in zip(before, [*before[1:], None], strict=True):
        move = np.zeros(len(time))
        move[here] = -1.0
        if there is not None:
            move[there] = 1.0
        moves.append(move)
    return moves


def _fixed_length(
    estimate: Estimate, time: Floats, weight: Floats, bound: float, level: float
) -> tuple[float, float]:
    """Shortest interval of fixed length under smoothness.

    An affine estimator (w + v)'β with v on the years before treatment has no bias from a linear
    trend if v'(t + 1) = −w'(t + 1). A violation is then a sum of kinks; the worst bias is M times
    the sum of the absolute responses to a kink in each year.
    """
    before = np.flatnonzero(time < 0)
    lever = time[before] + 1.0
    target = -float(weight @ (time + 1.0))
    start = lever * target / (lever @ lever)  # the shortest v without bias from a line
    _, _, rows = np.linalg.svd(lever[None, :])
    free = rows[1:].T  # directions that keep it so
    years = np.arange(time.min(), time.max())
    kinks = (
        np.where(  # response of each term to a unit change of slope in a year, two-sided from −1
            years >= -1.0,
            np.maximum(time[:, None] - years, 0.0),
            np.maximum(years - time[:, None], 0.0),
        )
    )

    def combination(step: Floats) -> Floats:
        whole = weight.copy()
        whole[before] += start + (free @ step if free.size else 0.0)
        return whole

    def half(step: Floats) -> float:
        whole = combination(step)
        error = float(np.sqrt(whole @ estimate.covariance @ whole))
        worst = bound * float(np.abs(whole @ kinks).sum())
        return error * folded_quantile(worst / error, level)

    best = _least_variance(estimate.covariance, combination(np.zeros(free.shape[1])), before, free)
    if free.size and bound > 0:
        options = {"xatol": 1e-7, "fatol": 1e-9 * half(best), "maxiter": 2000}
        found = optimize.minimize(half, best, method="Nelder-Mead", options=options)  # type: ignore[call-overload]
        best = found.x
    whole = combination(best)
    middle, reach = float(whole @ estimate.coefficients), half(best)
    return middle - reach, middle + reach


def _least_variance(covariance: Floats, start: Floats, before: np.ndarray, free: Floats) -> Floats:
    """Step along the free directions that makes the combination least variable."""
    directions = np.zeros((len(start), free.shape[1]))
    directions[before] = free
    left = directions.T @ covariance
    return np.asarray(-np.linalg.solve(left @ directions, left @ start))


def folded_quantile(shift: float, level: float) -> float:
    """Quantile of |N(shift, 1)|.

    Examples
    --------
    >>> round(folded_quantile(0.0, 0.95), 4), round(folded_quantile(10.0, 0.95) - 10, 4)
    (1.96, 1.6449)
    """
    size = abs(shift)

    def excess(value: float) -> float:
        return float(special.ndtr(value - size) - special.ndtr(-value - size) - level)

    return float(optimize.brentq(excess, 0.0, size + 10.0, xtol=1e-12))


def _check(
    time: Floats,
    before: np.ndarray,
    after: np.ndarray,
    restriction: RelativeMagnitudes | Smoothness,
) -> None:
    size = restriction.bound if isinstance(restriction, Smoothness) else restriction.ratio
    if size < 0:
        raise SpecError(Fault(f"bound {size}", "0 or more", "Give a size."))
    steps = np.diff(np.sort(np.append(time, -1.0)))
    if not after.any() or (steps != 1).any() or not before.any():
        raise SpecError(
            Fault(
                f"event times {np.sort(time).astype(int).tolist()}",
                "consecutive years before and after, −1 left out as the reference",
                "Use `event_study` with a universal base.",
            )
        )
