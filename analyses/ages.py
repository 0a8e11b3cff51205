"""Age structures and rates of the censuses, as the cohort projections need them."""

from __future__ import annotations

from functools import cache

import numpy as np

from econshrink.arrays import Floats
from econshrink.cohorts import CohortRates, project_year
from econshrink.data import load_census_age_sex, load_fertility, load_survival
from econshrink.forecast.cohort.component import STEP
from econshrink.forecast.cohort.inputs import (
    fertility_array,
    fertility_ratio,
    population_array,
    survival_arrays,
)


@cache
def aged(cities: tuple[str, ...], census: int) -> Floats:
    """Persons by city, sex and five-year group, shape (cities, 2, 18)."""
    table = load_census_age_sex()
    return population_array(table[table["year"] == census], list(cities))


def national_fertility(year: int) -> Floats:
    """Births per woman and five years by age in China."""
    table = load_fertility()
    return fertility_array(table[table["year"] == year].set_index("age_from")["asfr"])


def survival(periods: list[int]) -> tuple[Floats, Floats]:
    """Five-year survival of China in the periods that begin in these years."""
    return survival_arrays(load_survival(), periods)


def rates_of(people: Floats, year: int, period: int) -> tuple[CohortRates, Floats]:
    """Rates of one five-year step, with each city's fertility ratio."""
    alive, born = survival([period])
    births = national_fertility(year)
    ratio = fertility_ratio(people, births, born[0])
    return CohortRates(alive[0], born[0], ratio[:, None] * births), ratio


@cache
def natural_growth(cities: tuple[str, ...], years: int = 25) -> Floats:
    """Yearly log growth without migration from 2011 on, rates of 2011 held, (cities, years).

    From the age tables of the census of 2010; within five-year steps growth is even.
    """
    people = aged(cities, 2010)
    rates, _ = rates_of(people, 2011, 2010)
    columns = []
    for _ in range(-(-years // STEP)):
        later = project_year(people, rates)[0]
        step = np.log(later.sum(axis=(1, 2)) / people.sum(axis=(1, 2))) / STEP
        columns += [step] * STEP
        people = later
    return np.column_stack(columns)[:, :years]


def natural_of_years(cities: tuple[str, ...], years: list[int]) -> Floats:
    """Growth without migration at the national rates of each year, (cities, years).

    Age structures are those of the census of 2010 carried forward to 2015 and 2020, mixed in
    between.
    """
    people = [aged(cities, 2010)]
    for period in (2010, 2015):
        rates, _ = rates_of(aged(cities, 2010), 2011, period)
        people.append(project_year(people[-1], rates)[0])
    columns = []
    for year in years:
        place, part = divmod(year - 2010, STEP)
        mixed = people[place] * (1 - part / STEP) + people[min(place + 1, 2)] * (part / STEP)
        _, ratio = rates_of(people[0], 2011, 2010)
        alive, born = survival([2010 + STEP * place])
        births = ratio[:, None] * national_fertility(year)
        later = project_year(mixed, CohortRates(alive[0], born[0], births))[0]
        columns.append(np.log(later.sum(axis=(1, 2)) / mixed.sum(axis=(1, 2))) / STEP)
    return np.column_stack(columns)
