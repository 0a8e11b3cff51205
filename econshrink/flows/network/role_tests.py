"""Tests behind the roles: effectiveness with its error, equivalence, excess, false discoveries."""

from __future__ import annotations

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats


def effectiveness_error(flows: Floats, variance: Floats) -> Floats:
    """Standard error of (in − out)/(in + out) by the delta method; flows are independent.

    Var = 4 (out² V_in + in² V_out) / (in + out)⁴.
    """
    out, into = flows.sum(axis=1), flows.sum(axis=0)
    spread = out**2 * variance.sum(axis=0) + into**2 * variance.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * np.sqrt(spread) / (out + into) ** 2)


def equivalence_p(effect: Floats, error: Floats, tau: float) -> Floats:
    """p-value of the two one-sided tests of |effect| < τ: the larger of the two."""
    upper, lower = special.ndtr((effect - tau) / error), special.ndtr((-effect - tau) / error)
    return np.asarray(np.maximum(upper, lower))


def beyond_p(effect: Floats, error: Floats, tau: float) -> Floats:
    """p-value of H0 |θ| ≤ τ: P(|Z| ≥ |effect|) for Z normal around τ, the least favourable."""
    size = np.abs(effect)
    upper, lower = special.ndtr((tau - size) / error), special.ndtr((-tau - size) / error)
    return np.asarray(upper + lower)


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Adjusted p-values that hold the false discovery rate (Benjamini and Hochberg 1995)."""
    order = np.argsort(p_values, kind="stable")
    count = len(p_values)
    raised = p_values[order] * count / np.arange(1, count + 1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return adjusted
