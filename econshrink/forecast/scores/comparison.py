"""Which forecast is better, given how few independent origins there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.seeds import Rng, as_generator


@dataclass(frozen=True)
class DieboldMariano:
    """Diebold-Mariano test on origin means with Harvey's small-sample correction.

    Parameters
    ----------
    difference : float
        Mean loss of the first minus the second model: below zero the first is better.
    statistic, p_value : float
        Corrected statistic against Student's t with ``origins - 1`` degrees; NaN where the
        long-run variance is not positive.
    origins : int
    independent : int
        Origins whose target windows do not overlap.
    """

    difference: float
    statistic: float
    p_value: float
    origins: int
    independent: int


def diebold_mariano(first: Floats, second: Floats, horizon: int) -> DieboldMariano:
    """Compare two series of mean losses (origins,), one value an origin, in consecutive years.

    Long-run variance with a rectangular window of ``horizon - 1`` lags (Diebold and Mariano 1995);
    factor ``sqrt((n + 1 - 2h + h(h - 1) / n) / n)`` (Harvey, Leybourne and Newbold 1997). With
    fewer than ``horizon`` origins, or a variance estimate that is not positive, there is no test,
    only a difference.
    """
    gap = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    count = len(gap)
    if horizon < 1:
        raise SpecError(Fault(f"horizon {horizon}", "at least one year", "Mend it."))
    if count < 1 or not np.isfinite(gap).all():
        raise DataError(Fault("losses missing or none", "one loss an origin", "Align the models."))
    mean = float(gap.mean())
    dev = gap - mean
    lags = range(1, min(horizon, count))
    variance = float(dev @ dev + 2 * sum(dev[k:] @ dev[:-k] for k in lags)) / count
    factor = (count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count
    independent = 1 + (count - 1) // horizon
    if count < 2 or variance <= 0 or factor <= 0 or count < horizon:
        return DieboldMariano(mean, float("nan"), float("nan"), count, independent)
    statistic = mean / np.sqrt(variance / count) * np.sqrt(factor)
    p_value = 2 * float(special.stdtr(count - 1, -abs(statistic)))
    return DieboldMariano(mean, float(statistic), p_value, count, independent)


def model_confidence_set(
    losses: Floats,
    rng: Rng = None,
    *,
    block: int = 1,
    replicates: int = 999,
) -> Floats:
    """p-values of the model confidence set (Hansen, Lunde and Nason 2011), max statistic.

    `losses` are (origins, models); circular blocks of `block` origins are resampled. The best model
    has p-value 1; a model is in the set of level 90% if its p-value is at least 0.1. With a handful
    of origins the set says little: it can hardly exclude anything.
    """
    losses = np.asarray(losses, dtype=float)
    sized = losses.ndim == 2 and len(losses) >= 2 and losses.shape[1] >= 1
    if not sized or not np.isfinite(losses).all():
        raise DataError(
            Fault(f"losses of shape {losses.shape}", "two or more origins × models", "Align them.")
        )
    if block < 1 or replicates < 1:
        seen = f"block {block}, replicates {replicates}"
        raise SpecError(Fault(seen, "both 1 or more", "Mend them."))
    origins, models = losses.shape
    rng = as_generator(rng, "forecast.model_confidence_set")
    starts = rng.integers(0, origins, size=(replicates, -(-origins // block)))
    rows = ((starts[:, :, None] + np.arange(block)) % origins).reshape(replicates, -1)[:, :origins]
    resampled = losses[rows].mean(axis=1)  # replicates × models
    means = losses.mean(axis=0)
    alive = list(range(models))
    p_values = np.ones(models)
    largest = 0.0
    while len(alive) > 1:
        gap = means[alive] - means[alive].mean()
        moved = resampled[:, alive] - resampled[:, alive].mean(axis=1, keepdims=True) - gap
        spread = np.sqrt((moved**2).mean(axis=0))
        spread[spread == 0] = np.inf  # models that never differ are never told apart
        statistic = gap / spread
        p = float(np.mean((moved / spread).max(axis=1) >= statistic.max()))
        largest = max(largest, p)
        worst = alive[int(statistic.argmax())]
        p_values[worst] = largest
        alive.remove(worst)
    return p_values
