"""Tests by their law: chi-squared, standard normal, Wald."""

from __future__ import annotations

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.hypothesis import HypothesisTest


def chi_squared(name: str, null: str, statistic: float, df: int, note: str = "") -> HypothesisTest:
    """Test whose statistic is chi-squared with `df` degrees of freedom under the null.

    Examples
    --------
    >>> round(chi_squared("J", "valid", 3.841458820694124, 1).p_value, 6)
    0.05
    """
    p_value = float(special.chdtrc(df, statistic)) if df > 0 else float("nan")
    return HypothesisTest(name, null, float(statistic), float(df), p_value, note)


def normal(name: str, null: str, statistic: float, note: str = "") -> HypothesisTest:
    """Two-sided test whose statistic is standard normal under the null.

    Examples
    --------
    >>> round(normal("m1", "none", 1.959963984540054).p_value, 6)
    0.05
    """
    p_value = float(2 * special.ndtr(-abs(statistic)))
    return HypothesisTest(name, null, float(statistic), float("nan"), p_value, note)


def wald(name: str, null: str, coefficients: Floats, covariance: Floats) -> HypothesisTest:
    """Wald test that all `coefficients` are zero: b'V⁻¹b, chi-squared.

    Parameters
    ----------
    name, null : str
    coefficients : ndarray, shape (q,)
    covariance : ndarray, shape (q, q)

    Returns
    -------
    HypothesisTest

    Raises
    ------
    SpecError
        No coefficients, or a covariance that is singular or not positive definite, so that no
        chi-squared law holds.

    Examples
    --------
    >>> wald("t", "b = 0", np.array([2.0]), np.array([[1.0]])).statistic
    4.0
    """
    if not len(coefficients):
        seen = "no coefficient to test"
        raise SpecError(Fault(seen, "at least one", "The test does not apply here.", name))
    scale = np.sqrt(np.abs(np.diag(covariance)))
    usable = bool((np.diag(covariance) > 0).all())
    if usable:
        values = np.linalg.eigvalsh(covariance / np.outer(scale, scale))
        usable = bool(values.min() > 1e-10 * values.max())
    if not usable:
        raise SpecError(
            Fault(
                f"a covariance of {len(coefficients)} coefficients that is not positive definite",
                "a positive definite one",
                "Use a robust form of the test, more clusters or fewer coefficients.",
                name,
            )
        )
    scaled = coefficients / scale
    statistic = scaled @ np.linalg.solve(covariance / np.outer(scale, scale), scaled)
    return chi_squared(name, null, float(statistic), len(coefficients))
