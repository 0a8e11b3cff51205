"""Durable housing with a kinked supply, and built-up land that only grows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Counts, Floats
from econshrink.core.seeds import generator
from econshrink.lab.country.economy import HousingSettings
from econshrink.lab.country.places import Places

VACANCY_BOUNDS = (0.005, 0.7)
NORMAL_STARTS = 0.03  # starts over stock at which a land-dependent city gets its full land growth


@dataclass(frozen=True, eq=False)
class Housing:
    """Housing and land of one year, arrays of shape (n,).

    Parameters
    ----------
    stock : ndarray
        Floor space, m².
    log_price : ndarray
        Log of the price, yuan/m².
    starts : ndarray
        Floor space started in the year, m².
    vacancy : ndarray
        Share of the stock that stands empty.
    built_up : ndarray
        Built-up area, km².
    """

    stock: Floats
    log_price: Floats
    starts: Floats
    vacancy: Floats
    built_up: Floats


@dataclass(frozen=True, eq=False)
class HousingTraits:
    """Lasting traits (n,): first log price and cost, exposure to credit and to land sales."""

    log_price: Floats
    log_cost: Floats
    credit_exposure: Floats
    land_finance: Floats
    land_open: NDArray[np.bool_]


def housing_traits(
    settings: HousingSettings, places: Places, attraction: Floats, seed: int
) -> HousingTraits:
    """Draw the lasting traits; attractive cities start with a larger margin over building cost."""
    rng = generator("lab.housing", seed)
    noise, price_noise = rng.standard_normal((2, places.count))
    exposure, finance, stop = rng.random((3, places.count))
    margin = settings.margin + settings.margin_sd * (0.6 * noise + 0.8 * np.tanh(attraction))
    log_price = np.log(settings.price) + 0.2 * price_noise + 0.5 * (margin - settings.margin)
    land_open = stop >= settings.land_stop_share
    return HousingTraits(log_price, log_price - margin, exposure, finance, land_open)


def first_housing(
    settings: HousingSettings, traits: HousingTraits, people: Counts, seed: int
) -> Housing:
    """Housing of the first year: demand meets the stock at the frictional vacancy."""
    n = len(people)
    stock = np.asarray(people * (settings.space / (1.0 - settings.frictional_vacancy)), np.float64)
    spread = np.exp(0.25 * generator("lab.land.first", seed).standard_normal(n))
    return Housing(
        stock=stock,
        log_price=traits.log_price,
        starts=new_starts(settings, stock, traits.log_price - traits.log_cost),
        vacancy=np.full(n, settings.frictional_vacancy),
        built_up=np.asarray(people / settings.land_density * spread, dtype=np.float64),
    )


def new_starts(settings: HousingSettings, stock: Floats, margin: Floats) -> Floats:
    """Starts ``supply × stock × max(0, ln price - ln cost)``: none below building cost.

    The kink makes the supply elastic in growth and rigid in decline (Glaeser and Gyourko 2005).

    Examples
    --------
    >>> new_starts(HousingSettings(supply=0.1), np.array([100.0, 100.0]), np.array([0.2, -0.2]))
    array([2., 0.])
    """
    return np.asarray(settings.supply * stock * np.maximum(margin, 0.0), dtype=np.float64)


def housing_year(
    settings: HousingSettings,
    traits: HousingTraits,
    last: Housing,
    people: Counts,
    log_wage_rise: Floats,
    elapsed: int,
    credit: Floats,
    squeeze: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Stock, log price, starts and vacancy a year later, each of shape (n,).

    `log_wage_rise` is relative to the first year, `elapsed` years ago (building cost grows with
    it); `credit` and `squeeze` are log changes of the price and of starts while credit is squeezed.
    """
    dearer = (last.log_price - traits.log_price) - log_wage_rise
    space = settings.space * np.exp(
        settings.income_elasticity * log_wage_rise - settings.price_elasticity * dearer
    )
    stock = last.stock * (1.0 - settings.depreciation) + last.starts
    gap = np.log(people * space / (stock * (1.0 - settings.frictional_vacancy)))
    log_price = last.log_price + settings.cost_growth + settings.price_response * gap + credit
    cost = traits.log_cost + settings.cost_growth * elapsed
    vacancy = np.clip(1.0 - people * space / stock, *VACANCY_BOUNDS)
    starts = new_starts(settings, stock, log_price - cost) * np.exp(squeeze)
    return stock, log_price, starts, vacancy


def grow_land(
    settings: HousingSettings,
    traits: HousingTraits,
    last: Housing,
    population_growth: Floats,
    noise: Floats,
) -> Floats:
    """Built-up area a year later: growth from people, starts and land sales, never below zero."""
    drive = np.minimum(last.starts / last.stock / NORMAL_STARTS, 2.0)
    growth = (
        settings.land_growth
        + settings.land_finance * traits.land_finance * drive
        + settings.land_people * np.maximum(population_growth, 0.0)
        + settings.land_noise * noise
    )
    growth = np.maximum(growth, 0.0) * traits.land_open
    return np.asarray(last.built_up * np.exp(growth), dtype=np.float64)


def credit_squeeze(
    settings: HousingSettings, traits: HousingTraits, year: int
) -> tuple[Floats, Floats]:
    """Log changes of price and starts from the national squeeze, by exposure, each (n,)."""
    first, last = settings.credit_years
    exposed = traits.credit_exposure * float(first <= year <= last)
    return settings.credit * exposed, settings.credit_starts * exposed
