"""Theta method: exponential smoothing with half the trend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.forecast.models.model import check_horizons
from econshrink.forecast.view import InformationSet


@dataclass(frozen=True)
@typed_fields
class Theta:
    """Simple exponential smoothing of log residents plus half of a straight line's slope.

    The Theta method equals exponential smoothing with a drift of half the least-squares slope
    (Hyndman and Billah 2003). The factor is the one of `factors` with the smallest one-step
    squared error, summed over all cities: single city series are too short to choose their own.

    Parameters
    ----------
    window : int
        Years of history that are used.
    factors : tuple of float
        Smoothing factors to choose from.
    """

    window: int = 10
    factors: tuple[float, ...] = (0.4, 0.6, 0.8, 0.9, 1.0)

    def __post_init__(self) -> None:
        if self.window < 3 or not all(0 < a <= 1 for a in self.factors):
            seen = f"window {self.window}, factors {self.factors}"
            raise SpecError(Fault(seen, "three years or more, factors in (0, 1]", "Mend them."))

    @property
    def label(self) -> str:
        """The rule in words."""
        return "theta"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Smoothed level and half slope, relative to the last figure."""
        steps = check_horizons(horizons)
        first = max(view.years[0], view.origin - self.window + 1)
        series = view.level[:, first - view.years[0] :]
        slope = _slopes(series) / 2
        fits = [_smooth(series, slope, factor) for factor in self.factors]
        level = min(fits, key=lambda fit: fit[1])[0]
        gap = level - series[:, -1]
        return np.asarray(gap[:, None] + slope[:, None] * steps)


def _slopes(series: Floats) -> Floats:
    """Least-squares slope of each row over the years it has; NaN with fewer than three."""
    known = ~np.isnan(series)
    time = np.arange(series.shape[1], dtype=float)
    count = known.sum(axis=1)
    centre = np.where(known, time, 0).sum(axis=1) / np.maximum(count, 1)
    away = np.where(known, time - centre[:, None], 0.0)
    square = (away**2).sum(axis=1)
    cross = (away * np.where(known, series, 0.0)).sum(axis=1)
    return np.where(count >= 3, cross / np.where(square > 0, square, 1.0), np.nan)


def _smooth(series: Floats, drift: Floats, factor: float) -> tuple[Floats, float]:
    """Last smoothed level and the mean squared one-step error; gaps are carried over by drift."""
    level = np.full(len(series), np.nan)
    squares, cases = 0.0, 0
    for value in series.T:
        expected = level + drift
        error = value - expected
        seen = ~np.isnan(error)
        squares += float((error[seen] ** 2).sum())
        cases += int(seen.sum())
        updated = expected + factor * error
        level = np.where(np.isnan(value), expected, np.where(np.isnan(level), value, updated))
    return level, squares / max(cases, 1)
