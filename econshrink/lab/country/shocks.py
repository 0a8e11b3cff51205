"""Autoregressive shocks of nation, regions, provinces and cities, each from its own generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.seeds import generator
from econshrink.lab.country.economy import Sector, ShockSettings
from econshrink.lab.country.places import Places

ATTRACTION_PERSISTENCE = 0.8


@dataclass(frozen=True, eq=False)
class Shocks:
    """All exogenous shocks; the first axis is the year, row 0 belongs to the first year.

    Parameters
    ----------
    demand : ndarray, shape (T, n)
        Log growth of labour demand from nation, region, province and city.
    sector : ndarray, shape (T, K)
        National log growth shock of each sector.
    attraction : ndarray, shape (T, n)
        Log attraction.
    fertility : ndarray, shape (T, n)
        Log noise of total fertility.
    """

    demand: Floats
    sector: Floats
    attraction: Floats
    fertility: Floats


def autoregression(innovations: Floats, persistence: float, sd: float) -> Floats:
    """Stationary first-order autoregression along axis 0, with standard deviation `sd`.

    From innovations (T, n) of unit variance; the first rows do not depend on how many follow.
    """
    path = innovations * sd
    for t in range(1, len(path)):
        path[t] = persistence * path[t - 1] + np.sqrt(1.0 - persistence**2) * path[t]
    return np.asarray(path, dtype=np.float64)


def make_shocks(
    settings: ShockSettings, sectors: tuple[Sector, ...], places: Places, years: int, seed: int
) -> Shocks:
    """Draw every shock of a run; adding years keeps the earlier ones."""
    n = places.count
    regions, provinces = len(places.region_names), len(places.province_names)
    rho = settings.persistence

    def normal(name: str, width: int) -> Floats:
        return generator(f"lab.shocks.{name}", seed).standard_normal((years, width))

    tail = generator("lab.shocks.city", seed).standard_t(settings.tail, (years, n))
    tail *= np.sqrt((settings.tail - 2.0) / settings.tail)
    demand = (
        autoregression(normal("nation", 1), rho, settings.nation)
        + autoregression(normal("region", regions), rho, settings.region)[:, places.region]
        + autoregression(normal("province", provinces), rho, settings.province)[:, places.province]
        + autoregression(tail, rho, settings.city)
    )
    return Shocks(
        demand=demand,
        sector=normal("sector", len(sectors)) * np.array([s.sd for s in sectors]),
        attraction=autoregression(
            normal("attraction", n), ATTRACTION_PERSISTENCE, settings.attraction
        ),
        fertility=normal("fertility", n) * settings.fertility,
    )
