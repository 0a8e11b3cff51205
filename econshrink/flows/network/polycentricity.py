"""Polycentricity: whether one city holds the flows, or several do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.inference.resampling import Resampling


def polycentricity(strength: Floats) -> float:
    """One minus the dispersion of strength over its largest possible: 0 one centre, 1 all equal.

    P = 1 − σ / σ_max with σ_max the standard deviation if one city held everything. This is the
    dispersion part of Green's (2007) index, divided so that it does not depend on n.

    Parameters
    ----------
    strength : ndarray, shape (n,)
        In-strengths, sizes or persons; at least one above zero.

    Returns
    -------
    float

    Examples
    --------
    >>> polycentricity(np.array([5.0, 5.0, 5.0])), polycentricity(np.array([9.0, 0.0, 0.0]))
    (1.0, 0.0)
    """
    if not (np.isfinite(strength).all() and (strength >= 0).all() and strength.sum() > 0):
        raise DataError(Fault("strengths below 0, missing or all 0", "sizes", "Mend them."))
    share = strength / strength.sum()
    n = len(share)
    worst = np.sqrt((1.0 - 1.0 / n) / n)
    return float(1.0 - share.std() / worst)


@dataclass(frozen=True)
class PolycentricityChange:
    """A change between two years with its interval.

    Parameters
    ----------
    first, last : float
        Index in both years.
    difference : float
    conf_low, conf_high : float
    """

    first: float
    last: float
    difference: float
    conf_low: float
    conf_high: float


def polycentricity_change(
    first: Floats,
    last: Floats,
    resampling: Resampling = Resampling(),  # noqa: B008
    *,
    dispersion: float = 1.0,
    level: float = 0.95,
) -> PolycentricityChange:
    """Change of the index of in-strengths, with a gamma–Poisson bootstrap of both years' flows.

    Parameters
    ----------
    first, last : ndarray, shape (n, n)
        Counts of the two years.
    resampling : Resampling
        No scheme and no cluster.
    dispersion : float
        Variance over mean of a flow; 1 is Poisson.
    level : float

    Returns
    -------
    PolycentricityChange
        Interval from the percentiles of the differences.
    """
    points = [polycentricity(flows.sum(axis=0)) for flows in (first, last)]
    rng = resampling.plain("drawn flows").generator("polycentricity_change")
    gaps = np.empty(resampling.draws)
    for number in range(resampling.draws):
        values = [
            polycentricity(resampled(flows, dispersion, rng).sum(axis=0)) for flows in (first, last)
        ]
        gaps[number] = values[1] - values[0]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(gaps, [tail, 1.0 - tail])
    return PolycentricityChange(
        points[0], points[1], points[1] - points[0], float(low), float(high)
    )


def resampled(flows: Floats, dispersion: float, rng: np.random.Generator) -> Floats:
    """Counts drawn again with mean F and variance φF: Poisson, or Poisson with a gamma mean.

    Examples
    --------
    >>> draws = np.array([resampled(np.array([50.0]), 4.0, np.random.default_rng(s))[0]
    ...                   for s in range(4000)])
    >>> bool(abs(draws.var() / draws.mean() - 4) < 0.4)
    True
    """
    if dispersion <= 1.0:
        return np.asarray(rng.poisson(flows), dtype=np.float64)
    scale = dispersion - 1.0
    mean = rng.gamma(np.maximum(flows / scale, 1e-12), scale)
    return np.asarray(rng.poisson(np.where(flows > 0, mean, 0.0)), dtype=np.float64)
