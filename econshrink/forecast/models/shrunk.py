"""Drift shrunk towards the province by empirical Bayes, then damped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, shrink
from econshrink.core.field_types import typed_fields
from econshrink.forecast.models.model import check_damping, check_horizons, damped_weights
from econshrink.forecast.models.naive import WINDOW
from econshrink.forecast.view import InformationSet, recent_growth


@dataclass(frozen=True)
@typed_fields
class ShrunkDrift:
    """Each city's recent growth is drawn towards its province's mean, as far as it is noise.

    With growth ``d_i`` of sampling variance ``v_i`` (variance of the yearly growths over their
    number) and variance ``t`` of true growth inside provinces, the drift is
    ``mean_p + t / (t + v_i) (d_i - mean_p)``; ``t`` by moments, not below zero (Efron and
    Morris 1975).

    Parameters
    ----------
    window : int
    damping : float
    """

    window: int = WINDOW
    damping: float = 0.8

    def __post_init__(self) -> None:
        check_damping(self.window, self.damping)

    @property
    def label(self) -> str:
        """The rule and its settings."""
        return f"shrunk damped drift ({self.damping:g})"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Shrunk growth times the sum of the damping factors."""
        weights = damped_weights(check_horizons(horizons), self.damping)
        growth = recent_growth(view, self.window)
        noise = sampling_variance(view, self.window)
        return shrink(growth, noise, view.groups)[:, None] * weights


def sampling_variance(view: InformationSet, window: int) -> Floats:
    """Variance of the mean of the yearly growths in the window; the median where too few.

    Census years are left out: their step is a correction of the level, not a year's growth.
    """
    years = range(max(view.origin - window, view.years[0]) + 1, view.origin + 1)
    steps = np.column_stack(
        [view.at(y) - view.at(y - 1) for y in years if y not in view.censuses]
        or [np.full(len(view.cities), np.nan)]
    )
    known = ~np.isnan(steps)
    count = known.sum(axis=1)
    filled = np.where(known, steps, 0.0)
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(known, steps - mean[:, None], 0.0) ** 2).sum(axis=1)
    variance = np.where(
        count > 2, squares / np.maximum(count - 1, 1) / np.maximum(count, 1), np.nan
    )
    usual = float(np.nanmedian(variance)) if (count > 2).any() else 0.0
    return np.where(np.isnan(variance), usual, variance)
