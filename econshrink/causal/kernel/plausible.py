"""Instruments that are only plausibly exogenous (Conley, Hansen and Rossi 2012).

y = xβ + zγ + u with γ not exactly zero. Given γ, two-stage least squares of y − zγ is right; what
is believed about γ decides what may be said about β.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all


def union_interval(
    interval: Callable[[float], tuple[float, float]], low: float, high: float, points: int = 201
) -> tuple[float, float]:
    """Union of the confidence intervals over the support of γ.

    Takes `interval`: confidence interval of β given γ; `low, high`: support of γ; `points`: values
    of γ tried, ends included.

    Raises `SpecError`: a support that runs backwards or is not finite, or fewer than two points.

    Examples
    --------
    >>> union_interval(lambda gamma: (1 - gamma - 0.5, 1 - gamma + 0.5), -0.25, 0.25)
    (0.25, 1.75)
    """
    faults = []
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        seen = f"support from {low} to {high}"
        faults.append(Fault(seen, "finite, in rising order", "Mend the support of γ."))
    if points < 2:
        faults.append(Fault(f"{points} points", "at least 2", "Leave the default."))
    raise_all(SpecError, faults)
    found = [interval(float(gamma)) for gamma in np.linspace(low, high, points)]
    return min(pair[0] for pair in found), max(pair[1] for pair in found)


def local_to_zero(
    coefficients: Floats, covariance: Floats, passing: Floats, mean: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """Coefficients and covariance with γ normal about `mean`: b − A μ and V + A Ω A'.

    Takes `coefficients` of shape (k,); `covariance` of shape (k, k); `passing` of shape (k, L): a =
    (X'P_Z X)⁻¹ X'P_Z Z: how the direct effect of each instrument passes into b; `mean` of shape
    (L,); `spread` of shape (L, L): covariance Ω of the belief.

    Examples
    --------
    >>> b, v = local_to_zero(np.array([2.0]), np.array([[0.01]]), np.array([[0.5]]),
    ...                      np.array([1.0]), np.array([[0.04]]))
    >>> b, v.round(12)
    (array([1.5]), array([[0.02]]))
    """
    shifted = coefficients - passing @ mean
    return np.asarray(shifted), np.asarray(covariance + passing @ spread @ passing.T)


def half_width(std_error: float, df: float, level: float) -> float:
    """Reach of a t interval; normal if `df` is infinite.

    Examples
    --------
    >>> round(half_width(1.0, float("inf"), 0.95), 4)
    1.96
    """
    upper = 0.5 + level / 2
    point = special.ndtri(upper) if np.isinf(df) else special.stdtrit(df, upper)
    return float(point * std_error)
