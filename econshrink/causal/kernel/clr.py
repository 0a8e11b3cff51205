"""The conditional law of the likelihood ratio statistic with one endogenous regressor."""

from __future__ import annotations

import numpy as np
from scipy import special

NODES, WEIGHTS = np.polynomial.legendre.leggauss(96)


def clr_p_value(ratio: float, strength: float, instruments: int) -> float:
    """P(LR > `ratio` | Q_T = `strength`) under the null.

    Given Q_T = q, LR has the law of ½(a + b − q + √((a + b + q)² − 4 b q)) with a chi-squared
    with one and b with L − 1 degrees of freedom. With r = a/(a + b), LR ≤ m if and only if
    a + b ≤ (q + m)/(1 + q r/m), and a + b and r are independent, so that one integral over r is
    left (Andrews, Moreira and Stock 2007, Journal of Econometrics 139).

    Takes `ratio`: the statistic m; `strength`: Q_T: from L (no strength) to infinity (the test is
    then chi-squared with one degree); `instruments`: L.
    """
    if ratio <= 0:
        return 1.0
    if instruments == 1:
        return float(special.chdtrc(1, ratio))
    # r = sin²φ has a Beta(1/2, (L-1)/2) law: density of φ on (0, π/2) is cos^{L-2} φ, up to scale
    angle = (NODES + 1) * np.pi / 4
    density = np.cos(angle) ** (instruments - 2)
    weight = WEIGHTS * density
    share = np.sin(angle) ** 2
    bound = (strength + ratio) / (1 + strength * share / ratio)
    return float((weight * special.chdtrc(instruments, bound)).sum() / weight.sum())
