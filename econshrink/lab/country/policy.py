"""Which cities are listed for support and connected to high-speed rail, and when."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Counts, Floats
from econshrink.core.seeds import generator
from econshrink.lab.country.economy import PolicySettings
from econshrink.lab.country.places import Places

Flags = NDArray[np.bool_]

NEVER = 9999


def rail_years(settings: PolicySettings, places: Places, seed: int) -> Counts:
    """Year of connection to high-speed rail, `NEVER` without one; large cities come first."""
    n = places.count
    log_size = np.log(places.population / places.population.mean())
    score = log_size + 0.7 * generator("lab.policy.rail", seed).standard_normal(n)
    place = np.empty(n)
    place[np.argsort(-score, kind="stable")] = np.arange(n) / n
    first, last = settings.rail_years
    if settings.rail_share <= 0:
        return np.full(n, NEVER, dtype=np.int64)
    year = first + np.floor(place / settings.rail_share * (last - first + 1))
    return np.where(place < settings.rail_share, year, NEVER).astype(np.int64)


def choose_list(
    settings: PolicySettings, places: Places, listed: Counts, trend: Floats, year: int, seed: int
) -> Counts:
    """Add the cities listed in `year` to the list years, shape (n,).

    The best-scoring resource cities not yet listed are taken; the score is standard normal noise
    minus `selection` times the standardised `trend` (n,), mean log population growth of the years
    before, so that with selection the treated differ beforehand.
    """
    if year not in settings.list_years:
        return listed
    eligible = places.resource & (listed == NEVER)
    number = min(round(settings.list_share * int(places.resource.sum())), int(eligible.sum()))
    noise = generator(f"lab.policy.list.{year}", seed).standard_normal(len(listed))
    spread = float(trend[places.resource].std()) if places.resource.any() else 0.0
    standard = (trend - trend[places.resource].mean()) / spread if spread > 0 else 0.0 * trend
    score = np.where(eligible, noise - settings.selection * standard, -np.inf)
    chosen = np.argsort(-score, kind="stable")[:number]
    result = listed.copy()
    result[chosen] = year
    return result


def list_effect(settings: PolicySettings, listed: Counts, year: int) -> Floats:
    """Addition to labour demand growth in `year`, shape (n,), while the support lasts."""
    running = (year >= listed) & (year < listed + settings.duration)
    return np.asarray(settings.effect * float(settings.on) * running, dtype=np.float64)
