"""Partially pooled growth: how much of the nation's, the province's and the city's past goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, least_norm, own_group_mean
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.forecast.models.model import check_horizons, damped_weights
from econshrink.forecast.models.naive import WINDOW
from econshrink.forecast.models.past import past_growth
from econshrink.forecast.view import InformationSet, recent_growth

FALLBACK = 0.8  # damping where the view holds no finished past origin


@dataclass(frozen=True)
@typed_fields
class PooledGrowth:
    """City in province in nation, with weights learnt from past origins of the same horizon.

    ``h-year change = w(h) n + b_p(h) (p - n) + b_c(h) (c - p)`` with recent mean growth n of all
    cities, p of the province, c of the city. ``b_p, b_c`` minimise squared error over past
    origins that lie inside the view, drawn towards the damped drift by a ridge penalty: they say
    how persistent a difference between provinces or inside one has been. The national part
    follows the damped drift, since a handful of origins cannot teach it.

    Parameters
    ----------
    window : int
    damping : float
        Of the national part, and of the prior.
    ridge : float
        Weight of the prior in cities: as if that many cities of average growth had followed it.
    """

    window: int = WINDOW
    damping: float = FALLBACK
    ridge: float = 20.0

    def __post_init__(self) -> None:
        if self.window < 2 or self.ridge < 0 or not 0 <= self.damping <= 1:
            seen = f"window {self.window}, damping {self.damping}, ridge {self.ridge}"
            expected = "two years or more, damping in [0, 1], a ridge of at least 0"
            raise SpecError(Fault(seen, expected, "Mend the options."))

    @property
    def label(self) -> str:
        """The model in words."""
        return "pooled growth"

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Pooled growth of the next years."""
        steps = check_horizons(horizons)
        nation, parts = growth_parts(view, self.window)
        weights = damped_weights(steps, self.damping)
        slopes = np.array([self.slopes(view, int(h)) for h in steps])  # horizons × 2
        return np.asarray(nation * weights + parts @ slopes.T)

    def slopes(self, view: InformationSet, horizon: int) -> Floats:
        """Weights of the province's and the city's difference, shape (2,)."""
        prior = float(damped_weights(np.array([horizon]), self.damping)[0])
        cross, moment, scale = np.zeros((2, 2)), np.zeros(2), []
        for earlier, change in past_growth(view, horizon, self.window):
            nation, parts = growth_parts(earlier, self.window)
            target = change - nation * prior
            known = ~np.isnan(target) & ~np.isnan(parts).any(axis=1)
            if not known.any():
                continue
            x, y = parts[known], target[known] - target[known].mean()
            cross, moment = cross + x.T @ x, moment + x.T @ y
            scale.append(np.mean(x**2, axis=0))
        if not scale:
            return np.full(2, prior)
        penalty = self.ridge * np.diag(np.mean(scale, axis=0))
        return least_norm(cross + penalty, moment + penalty @ np.full(2, prior))[0]


def growth_parts(view: InformationSet, window: int) -> tuple[float, Floats]:
    """National mean growth, and (cities, 2): province about nation, city about province."""
    growth = recent_growth(view, window)
    known = ~np.isnan(growth)
    nation = float(growth[known].mean()) if known.any() else float("nan")
    centre = own_group_mean(growth, view.groups)
    return nation, np.column_stack([centre - nation, growth - centre])
