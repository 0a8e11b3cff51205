"""Births, deaths and the first age structure of the synthetic cities, in whole persons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Counts, Floats
from econshrink.core.cohorts import BOYS, FEMALE, CohortRates, advance, give_birth
from econshrink.core.seeds import generator
from econshrink.lab.country.people import DemographySettings, Knots
from econshrink.lab.country.places import Places

AGES = 86  # 0, 1, …, 84 and 85 and over
OLDEST = 125
EARLY_INFANT = 0.8  # share of infant deaths in the calendar year of birth
PAST_MORTALITY_LIMIT = 3.0  # how much harsher mortality can have been in the distant past


def interpolate(knots: Knots, year: float) -> float:
    """Value of a path of knots in a year: linear in between, constant outside.

    Examples
    --------
    >>> interpolate(((2000, 1.0), (2010, 2.0)), 2005)
    1.5
    """
    years, values = zip(*knots, strict=True)
    return float(np.interp(year, years, values))


def survival_rates(settings: DemographySettings, elapsed: float) -> tuple[Floats, Floats]:
    """One-year survival by sex and age, and survival at birth.

    The force of mortality is Gompertz-Makeham, ``c + g exp(b (x - 60))``, with an infant term;
    infant mortality and g fall at a constant rate (Makeham 1860; Preston, Heuveline and Guillot
    2001, ch. 9).

    Parameters
    ----------
    settings : DemographySettings
        Levels, slope and improvement.
    elapsed : float
        Years since the first year; negative in the past.

    Returns
    -------
    tuple of ndarray
        Survival of shape (2, 86), the last group open, and birth survival of shape (2,).
    """
    progress = min(float(np.exp(-settings.improvement * elapsed)), PAST_MORTALITY_LIMIT)
    ages = np.arange(OLDEST)
    level = np.array(settings.gompertz)[:, None] * progress
    force = settings.makeham + level * np.exp(settings.slope * (ages + 1.0 - 60.0))
    fine = np.exp(-force)
    infant = np.minimum(np.array(settings.infant) * progress, 0.9)
    fine[:, 0] *= 1.0 - (1.0 - EARLY_INFANT) * infant
    survival = fine[:, :AGES].copy()
    lived = np.cumprod(np.column_stack([np.ones(2), fine[:, AGES - 1 :]]), axis=1)
    survival[:, -1] = lived[:, 1:].sum(axis=1) / lived.sum(axis=1)
    return survival, 1.0 - EARLY_INFANT * infant


def fertility_pattern(settings: DemographySettings) -> Floats:
    """Share of total fertility at each age, shape (86,): a normal curve over ages 15 to 49."""
    ages = np.arange(AGES)
    score = (ages + 0.5 - settings.childbearing_age) / settings.childbearing_sd
    curve = np.where((ages >= 15) & (ages <= 49), np.exp(-0.5 * score**2), 0.0)
    return np.asarray(curve / curve.sum(), dtype=np.float64)


def lasting_fertility(
    settings: DemographySettings, region_shift: Floats, places: Places, seed: int
) -> Floats:
    """Lasting log deviation of each city's total fertility from the nation's, shape (n,)."""
    rng = generator("lab.fertility", seed)
    province = rng.standard_normal(len(places.province_names))
    city = rng.standard_normal(places.count)
    raw = (
        region_shift[places.region]
        + settings.province_sd * province[places.province]
        + settings.city_sd * city
    )
    weight = places.population / places.population.sum()
    return np.asarray(raw - np.log(np.sum(weight * np.exp(raw))), dtype=np.float64)


def national_pattern(settings: DemographySettings, first_year: int) -> Floats:
    """National age structure of the first year, shape (2, 86), sum 1: past births survived."""
    people = np.zeros((2, AGES))
    split = np.array([BOYS, 1.0 - BOYS])
    for back in range(110, 0, -1):
        survival, at_birth = survival_rates(settings, float(1 - back))
        people = np.asarray(advance(people * survival), dtype=np.float64)
        born = interpolate(settings.birth_history, first_year - back + 1)
        people[:, 0] += born * split * at_birth
    return np.asarray(people / people.sum(), dtype=np.float64)


def first_ages(
    settings: DemographySettings,
    first_year: int,
    places: Places,
    attraction: Floats,
    fertility: Floats,
    ageing: Floats,
) -> Counts:
    """Persons by city, sex and age in the first year, shape (n, 2, 86).

    Past migrants of ages 20 to 39 follow log `attraction` (n,) by `youth_tilt`; `fertility` (n,) is
    the lasting log deviation that made the cohorts under 25 larger or smaller; `ageing` (n,) shifts
    the 65+ share at constant population.
    """
    ages = np.arange(AGES)
    young = np.exp(-0.5 * ((ages - 29.5) / 9.0) ** 2)
    born_lately = np.clip((25.0 - ages) / 10.0, 0.0, 1.0)
    tilt = np.exp(
        settings.youth_tilt * attraction[:, None] * young + fertility[:, None] * born_lately
    )
    shares = national_pattern(settings, first_year) * tilt[:, None, :]
    shares /= shares.sum(axis=(1, 2), keepdims=True)
    old = shares[:, :, 65:].sum(axis=(1, 2))
    wish = np.clip(old + ageing, 0.0, 0.95)
    shares[:, :, 65:] *= (wish / old)[:, None, None]
    shares[:, :, :65] *= ((1.0 - wish) / (1.0 - old))[:, None, None]
    return round_rows(shares.reshape(places.count, -1), places.population).reshape(-1, 2, AGES)


def round_rows(shares: Floats, totals: Counts) -> Counts:
    """Whole numbers in proportion to the rows of `shares` whose sums are exactly `totals`.

    Cumulated shares are rounded and differenced, so no cell is off by one or more.
    """
    running = np.cumsum(shares, axis=1)
    running *= (totals / running[:, -1])[:, None]
    running[:, -1] = totals
    steps = np.rint(np.minimum(running, totals[:, None])).astype(np.int64)
    return np.diff(steps, axis=1, prepend=0)


def draw_deaths(people: Counts, survival: Floats, uniforms: NDArray[np.floating]) -> Counts:
    """Deaths by city, sex and age: the expectation rounded up or down by a uniform draw.

    Rounding ``floor(expected + u)`` is unbiased, never exceeds the people there and moves by at
    most one person where a counterfactual moves the expectation a little: common random numbers.
    """
    return np.floor(people * (1.0 - survival) + uniforms).astype(np.int64)


def natural_year(
    people: Counts,
    rates: CohortRates,
    rng_ages: np.random.Generator,
    rng_births: np.random.Generator,
) -> tuple[Counts, Counts, Counts]:
    """One year without migration: population at its end, births and deaths by city, in persons."""
    uniforms = rng_ages.random(people.shape, dtype=np.float32)
    dead = draw_deaths(people, rates.survival, uniforms)
    end = np.asarray(advance(people - dead), dtype=np.int64)
    women = people[:, FEMALE].astype(np.float64), end[:, FEMALE].astype(np.float64)
    expected = give_birth(*women, rates.fertility)
    chance = rng_births.random((4, len(people)))
    births = np.floor(expected + chance[0]).astype(np.int64)
    boys = np.floor(births * rates.boys + chance[1]).astype(np.int64)
    newborn = np.stack([boys, births - boys], axis=1)
    lost = np.floor(newborn * (1.0 - rates.birth_survival) + chance[2:].T).astype(np.int64)
    end[:, :, 0] += newborn - lost
    return end, births, dead.sum(axis=(1, 2)) + lost.sum(axis=1)
