"""The rules to beat: no change, the last value, drift, damped drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, own_group_mean
from econshrink.core.field_types import typed_fields
from econshrink.forecast.models.model import (
    PointRule,
    check_damping,
    check_horizons,
    damped_weights,
)
from econshrink.forecast.view import InformationSet, recent_growth

WINDOW = 5


@dataclass(frozen=True)
@typed_fields
class NoChange:
    """Every city keeps its last figure, give or take what this rule missed before.

    Its draws add the errors of past origins about each origin's mean. Those are skewed and draws
    are finite, so the median of the draws, and with it every score of a point, is near the last
    figure but not on it. `LastValue` is the rule whose median is the last figure itself.
    """

    @property
    def label(self) -> str:
        """The rule in words."""
        return "no change"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Zero wherever there is a figure at the origin."""
        now = view.at(view.origin)
        level = np.where(np.isnan(now), np.nan, 0.0)
        return np.repeat(level[:, None], len(check_horizons(horizons)), axis=1)


@dataclass(frozen=True)
@typed_fields
class LastValue(PointRule):
    """Every city keeps its last figure, and that is the median of its draws.

    The spread is that of `NoChange`: the same past errors and shocks, each city's draws shifted so
    that their median is the last figure. Scores of the point (`mape`, `mase` ...) are therefore
    those of the last value, whatever happened before.

    Examples
    --------
    >>> view = InformationSet(("a",), (2022, 2023), np.array([[1.0, 1.2]]), np.zeros(1, np.intp))
    >>> LastValue().path(view, np.array([1, 5])).tolist()
    [[0.0, 0.0]]
    """

    @property
    def label(self) -> str:
        """The rule in words."""
        return "last value"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Zero wherever there is a figure at the origin."""
        return NoChange().path(view, horizons)


@dataclass(frozen=True)
@typed_fields
class Drift:
    """The mean growth of the last years goes on, multiplied by `damping` every year.

    Parameters
    ----------
    window : int
        Years over which growth is averaged.
    damping : float
        1 for a plain drift; 0 to 1.
    """

    window: int = WINDOW
    damping: float = 1.0

    def __post_init__(self) -> None:
        check_damping(self.window, self.damping)

    @property
    def label(self) -> str:
        """The rule and its settings."""
        return "drift" if self.damping == 1 else f"damped drift ({self.damping:g})"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Recent growth times the sum of the damping factors."""
        weights = damped_weights(check_horizons(horizons), self.damping)
        return recent_growth(view, self.window)[:, None] * weights


def growth_paths(
    view: InformationSet, horizon: int, rule: Drift = Drift(damping=0.8)
) -> dict[str, Floats]:
    """Parts of a drift's log change after `horizon` years: nation, province, city, (cities,) each.

    They add up to the path: national mean growth, the province's mean about it, the city's about
    its province, each times the sum of the damping factors.
    """
    growth = recent_growth(view, rule.window)
    weight = float(damped_weights(np.array([horizon]), rule.damping)[0])
    nation = float(np.nanmean(growth))
    centre = own_group_mean(growth, view.groups)
    return {
        "nation": np.full(len(growth), nation * weight),
        "province": (centre - nation) * weight,
        "city": (growth - centre) * weight,
    }
