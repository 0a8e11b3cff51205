"""What a test of pre-trends can see, and what passing it does to the estimate (Roth 2022)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import optimize, special

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.seeds import Rng, as_generator
from econshrink.inference.resampling import Resampling
from econshrink.nouns.estimate import Estimate


@dataclass(frozen=True)
class PretrendPower:
    """A linear violation of parallel trends and how likely a pre-test notices it.

    Parameters
    ----------
    slope : float
        Violation a year, in units of the outcome.
    power : float
        Probability that some pre-period effect is significant by itself.
    bias : float
        Bias of the mean effect after treatment from the violation.
    bias_if_passed : float
        The same, given that the pre-test saw nothing.
    """

    slope: float
    power: float
    bias: float
    bias_if_passed: float


def event_times(estimate: Estimate) -> Floats:
    """Event times of the terms ``e-3 …``, shape (k,)."""
    return np.array([int(term.removeprefix("e")) for term in estimate.terms], dtype=np.float64)


def pretrend_power(
    estimate: Estimate,
    slope: float,
    resampling: Resampling = Resampling(20_000),  # noqa: B008
    *,
    size: float = 0.05,
) -> PretrendPower:
    """Power of the usual pre-test against a linear trend, and the bias it lets through.

    The estimates are normal around slope × event time (zero at the reference −1) plus the effects;
    the pre-test fails if any |t| before treatment exceeds the two-sided critical value.

    Parameters
    ----------
    estimate : Estimate
        Event study with a universal base: terms ``e-5 … e5`` without ``e-1``.
    slope : float
    resampling : Resampling
        No scheme and no cluster.
    size : float
        Of the test of each effect before treatment.

    Returns
    -------
    PretrendPower
    """
    time = event_times(estimate)
    before, after = time < 0, time >= 0
    if not before.any() or not after.any():
        raise SpecError(Fault("no term before or after", "both", "Widen the window."))
    shift = slope * (time + 1.0)
    rng = resampling.plain("a normal law").generator("pretrend_power")
    drawn = (
        shift + rng.standard_normal((resampling.draws, len(time))) @ _root(estimate.covariance).T
    )
    statistics = np.abs(drawn[:, before]) / estimate.std_errors[before]
    passed = (statistics <= -special.ndtri(size / 2)).all(axis=1)
    mean = drawn[:, after].mean(axis=1)
    kept = float(mean[passed].mean()) if passed.any() else float("nan")
    return PretrendPower(slope, float(1 - passed.mean()), float(shift[after].mean()), kept)


def detectable_slope(
    estimate: Estimate,
    power: float,
    resampling: Resampling = Resampling(20_000, rng=0),  # noqa: B008
    *,
    size: float = 0.05,
) -> float:
    """The linear violation that the pre-test notices with probability `power`.

    The same draws are used at every slope, so that the answer is a root and not a race.

    Examples
    --------
    >>> one = Estimate("x", ("e-2", "e0"), np.zeros(2), np.eye(2), "v", "none", 10)
    >>> chosen = Resampling(40_000, rng=0)
    >>> round(detectable_slope(one, 0.5, chosen), 1)  # |N(s, 1)| > 1.96 half the time
    2.0
    """
    seed = resampling.seed()

    def gap(slope: float) -> float:
        again = replace(resampling, rng=np.random.default_rng(seed))
        return pretrend_power(estimate, slope, again, size=size).power - power

    if not size < power < 1:
        raise SpecError(Fault(f"power {power}", f"between {size} and 1", "Choose 0.5 or 0.8."))
    high = float(estimate.std_errors.max())
    while gap(high) < 0:
        high *= 2
    return float(optimize.brentq(gap, 0.0, high, xtol=1e-6 * high))


def power_table(estimate: Estimate, rng: Rng = None) -> pd.DataFrame:
    """Slopes noticed with probability 0.5 and 0.8, with the bias each would leave."""
    chosen = Resampling(20_000, rng=as_generator(rng, "power_table"))
    rows = [
        vars(pretrend_power(estimate, detectable_slope(estimate, power), chosen))
        for power in (0.5, 0.8)
    ]
    return pd.DataFrame(rows)


def _root(covariance: Floats) -> Floats:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
