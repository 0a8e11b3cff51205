"""Top-down rules: a share of national growth, and shift-share by province."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, own_group_mean
from econshrink.core.field_types import typed_fields
from econshrink.forecast.models.model import check_damping, check_horizons, damped_weights
from econshrink.forecast.models.naive import WINDOW
from econshrink.forecast.view import InformationSet, recent_growth


@dataclass(frozen=True)
@typed_fields
class ShareOfGrowth:
    """Every city takes the share of the sample's growth that it took in the last years.

    The sample's total goes on to gain ``ΣΔP`` persons a year, damped, and city i gets the part
    ``ΔP_i / ΣΔP`` of it (Smith, Tayman and Swanson 2013). The sum cancels, so nothing is divided
    by a total that may be near zero: persons, not rates, go on.

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
        return f"share of growth ({self.damping:g})"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Log of one plus the city's persons gained or lost, over its population."""
        weights = damped_weights(check_horizons(horizons), self.damping)
        now = np.exp(view.at(view.origin))
        persons = now * (1 - np.exp(-self.window * recent_growth(view, self.window))) / self.window
        change = persons[:, None] * weights / now[:, None]
        return np.asarray(np.log(np.maximum(1 + change, 0.05)))


@dataclass(frozen=True)
class ShiftShare:
    """The province's growth, plus the city's shift against it, which dies out faster.

    Parameters
    ----------
    window : int
    province, city : float
        Damping of the province's growth and of the city's shift.
    """

    window: int = WINDOW
    province: float = 0.9
    city: float = 0.7

    def __post_init__(self) -> None:
        check_damping(self.window, self.province, self.city)

    @property
    def label(self) -> str:
        """The rule and its settings."""
        return f"shift-share ({self.province:g}, {self.city:g})"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Damped growth of the province plus damped shift."""
        steps = check_horizons(horizons)
        growth = recent_growth(view, self.window)
        centre = np.where(np.isnan(growth), np.nan, own_group_mean(growth, view.groups))
        slow, fast = damped_weights(steps, self.province), damped_weights(steps, self.city)
        return np.asarray(centre[:, None] * slow + (growth - centre)[:, None] * fast)
