"""How much selection on unobservables would explain a coefficient away (Oster 2019)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all


@dataclass(frozen=True)
class Moments:
    """What Oster's formulas need of two regressions and their variables.

    Parameters
    ----------
    short, long : float
        Coefficients without and with the controls (β̊ and β̃).
    r2_short, r2_long : float
        Their R².
    variance_y, variance_x : float
        Variances of outcome and treatment.
    variance_x_left : float
        Variance of the treatment left by the controls (τ).
    """

    short: float
    long: float
    r2_short: float
    r2_long: float
    variance_y: float
    variance_x: float
    variance_x_left: float

    def __post_init__(self) -> None:
        faults = []
        if not self.r2_short <= self.r2_long <= 1:
            seen = f"R² {self.r2_short:.4g} without and {self.r2_long:.4g} with controls"
            faults.append(Fault(seen, "a rise by the controls", "Nest the specifications."))
        if not 0 < self.variance_x_left <= self.variance_x * (1 + 1e-12) or self.variance_y <= 0:
            seen = "variances that are zero or rise by partialling out"
            faults.append(Fault(seen, "positive variances", "Check treatment and outcome."))
        raise_all(SpecError, faults)


def delta_for(moments: Moments, r2_max: float, beta: float = 0.0) -> float:
    """Selection on unobservables, relative to that on the controls, that gives the value `beta`.

    Takes `r2_max`: R² of the hypothetical regression with all unobservables, at least that with
    controls.

    Returns δ; infinite if no δ does.

    Raises `SpecError`: `r2_max` below the R² with controls, or above one.

    Proposition 3 of Oster (2019, Journal of Business & Economic Statistics 37): δ is linear in
    the moments for a given β.
    """
    raise_all(SpecError, _ceiling_faults(moments, r2_max))
    gap, moved = moments.long - beta, moments.short - moments.long
    x, left = moments.variance_x, moments.variance_x_left
    gained = (moments.r2_long - moments.r2_short) * moments.variance_y
    missing = (r2_max - moments.r2_long) * moments.variance_y
    cubic = gap**3 * (left * x - left**2)
    top = gap * gained * left + gap * x * left * moved**2 + 2 * gap**2 * left * moved * x + cubic
    bottom = missing * moved * x + gap * missing * (x - left) + gap**2 * left * moved * x + cubic
    return float(top / bottom) if bottom else float("inf")


def bounds(moments: Moments, r2_max: float, delta: float = 1.0) -> Floats:
    """Every value of the coefficient that is consistent with selection `delta`, sorted.

    The values solve top(β) = δ bottom(β) of `delta_for`, a cubic. The one of the same root
    branch as the estimate is nearest to the coefficient with controls; all are returned.
    """
    raise_all(SpecError, _ceiling_faults(moments, r2_max))
    # in standard deviations of outcome and treatment: what is rounding does not hang on units
    unit = float(np.sqrt(moments.variance_y / moments.variance_x))
    moved = (moments.short - moments.long) / unit
    left = moments.variance_x_left / moments.variance_x
    gained, missing = moments.r2_long - moments.r2_short, r2_max - moments.r2_long
    coefficients = [
        (1 - delta) * (left - left**2),
        (2 - delta) * left * moved,
        gained * left + left * moved**2 - delta * missing * (1 - left),
        -delta * missing * moved,
    ]
    scale = max(abs(value) for value in coefficients)
    if not scale:
        return np.array([moments.long])
    kept = np.trim_zeros([0.0 if abs(v) < 1e-14 * scale else v for v in coefficients], "f")
    roots = np.roots(np.asarray(kept, dtype=np.float64))
    real = roots.real[np.abs(roots.imag) <= 1e-8 * np.maximum(1, np.abs(roots))]
    return np.sort(moments.long - unit * real)


def nearest(values: Floats, to: float) -> float:
    """Return the value nearest to `to`: Oster's bound among the roots.

    Examples
    --------
    >>> nearest(np.array([-2.6, 0.9]), 1.5)
    0.9
    """
    return float(values[np.argmin(np.abs(values - to))]) if len(values) else float("nan")


def _ceiling_faults(moments: Moments, r2_max: float) -> list[Fault]:
    if moments.r2_long <= r2_max <= 1:
        return []
    seen = f"r2_max {r2_max:.4g} with R² {moments.r2_long:.4g} of the controls"
    return [Fault(seen, "a value from that R² to one", "Give 1.3 times the R², at most one.")]
