"""Growth without migration that the ages of a census imply at the rates known soon after it."""

from __future__ import annotations

from functools import cache

import numpy as np

from econshrink import AgeStructure
from econshrink.core.arrays import Floats, Ints
from econshrink.data import (
    load_census_age_sex,
    load_fertility,
    load_national,
    load_survival,
    load_units,
)
from econshrink.demography import (
    NaturalGrowth,
    Tabulation,
    growth_without_migration,
    held_ratios,
    natural_growth as natural_growth_known,
    rates_of,
)

STEP = 5
BOUNDS = tuple(range(0, 90, STEP))
OUT = {2010: 2012, 2020: 2022}  # the year in which each census's tabulation was out


@cache
def natural_growth(cities: tuple[str, ...], census: int, years: int) -> Floats:
    """Yearly log growth without migration after a census, (cities, years).

    Survival of the five years from the census and births per woman of the year after it are
    held; each city has its fertility relative to the nation's. Even within five years.
    """
    ages = _counted(census).select(list(cities))
    held = held_ratios(load_survival(), census, years)
    births = rates_of(load_fertility(), census + 1, held.lower)
    return growth_without_migration(ages, held, births, births, _provinces(cities))[:, :years]


@cache
def natural_known(cities: tuple[str, ...], last_origin: int, horizon: int) -> NaturalGrowth:
    """What every origin knew: ages that were out and fertility of the year; before, the nation."""
    return natural_growth_known(
        cities,
        _provinces(cities),
        [Tabulation(_counted(census), year) for census, year in OUT.items()],
        load_survival(),
        load_fertility(),
        last_origin=last_origin,
        horizon=horizon,
        nation=announced_growth(),
    )


def announced_growth() -> dict[int, float]:
    """Official natural growth of the nation by year, share a year."""
    table = load_national()
    rates = table[table["series"] == "natural_growth_rate"].set_index("year")["value"]
    return {int(str(year)): float(rate) for year, rate in rates.items()}


def _counted(census: int) -> AgeStructure:
    return AgeStructure.from_long(load_census_age_sex(), census).grouped(BOUNDS)


def _provinces(cities: tuple[str, ...]) -> Ints:
    province = load_units().loc[list(cities), "province"].astype(str)
    return np.unique(province.to_numpy(dtype=str), return_inverse=True)[1].astype(np.intp)
