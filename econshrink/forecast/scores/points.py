"""Scores of point forecasts of population."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.forecast.scores.checks import positive_pair


def percentage_errors(forecast: Floats, truth: Floats) -> Floats:
    """``forecast / truth - 1``, the error as a share of what came.

    Examples
    --------
    >>> percentage_errors(np.array([110.0, 80.0]), np.array([100.0, 100.0])).round(2)
    array([ 0.1, -0.2])
    """
    forecast, truth = positive_pair(forecast, truth)
    return np.asarray(forecast / truth - 1)


def mape(forecast: Floats, truth: Floats) -> float:
    """Mean absolute percentage error, as a share.

    Examples
    --------
    >>> round(mape(np.array([110.0, 80.0]), np.array([100.0, 100.0])), 3)
    0.15
    """
    return float(np.abs(percentage_errors(forecast, truth)).mean())


def medape(forecast: Floats, truth: Floats) -> float:
    """Median absolute percentage error, as a share: a few outliers do not drive it."""
    return float(np.median(np.abs(percentage_errors(forecast, truth))))


def malpe(forecast: Floats, truth: Floats) -> float:
    """Mean algebraic percentage error, as a share: above zero if forecasts are too high."""
    return float(percentage_errors(forecast, truth).mean())


def log_rmse(forecast: Floats, truth: Floats) -> float:
    """Root mean square of ``ln(forecast / truth)``."""
    forecast, truth = positive_pair(forecast, truth)
    return float(np.sqrt(np.mean(np.log(forecast / truth) ** 2)))


def mase(forecast: Floats, truth: Floats, scale: Floats) -> float:
    """Mean absolute scaled error (Hyndman and Koehler 2006).

    `scale` is the mean absolute error of the no-change forecast of the same horizon in each city's
    own past, in persons; `DataError` where it is zero, negative or missing.
    """
    forecast, truth = positive_pair(forecast, truth)
    scale = np.asarray(scale, dtype=float)
    if scale.shape != truth.shape or not (np.isfinite(scale) & (scale > 0)).all():
        seen = "scales missing, not above zero, or of another shape"
        remedy = "A series that never moved has no scale: exclude it."
        raise DataError(Fault(seen, "one scale above zero a forecast", remedy))
    return float(np.mean(np.abs(forecast - truth) / scale))
