"""The state of the synthetic country at the end of a year, and its figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Counts, Floats
from econshrink.core.cohorts import share_of_ages
from econshrink.lab.country import housing, jobs, policy
from econshrink.lab.country.founding import Country, labour_force


@dataclass(frozen=True, eq=False)
class State:
    """A country at the end of a year; arrays by city.

    Parameters
    ----------
    year : int
        The year.
    people : ndarray of int, shape (n, 2, 86)
        Persons by sex and age.
    population : ndarray of int, shape (n,)
        Their sum.
    demand : ndarray, shape (n, K)
        Labour demand by sector.
    labour_force, unemployment, wage_gap : ndarray, shape (n,)
        Persons, rate, and log wage above the clearing wage.
    home : Housing
        Housing and land.
    attraction : ndarray, shape (n,)
        Log attraction to migrants relative to the balanced first year.
    registered : ndarray, shape (n,)
        Registered population.
    listed : ndarray of int, shape (n,)
        Year of listing for support.
    """

    year: int
    people: Counts
    population: Counts
    demand: Floats
    labour_force: Floats
    unemployment: Floats
    wage_gap: Floats
    home: housing.Housing
    attraction: Floats
    registered: Floats
    listed: Counts


def first_state(country: Country, lists: Counts | None) -> State:
    """State of the first year; `lists` imposes years of listing."""
    settings, people, demand = country.settings, country.people, country.demand
    n = country.places.count
    population = people.sum(axis=(1, 2))
    force = labour_force(settings, people)
    unemployment, gap = jobs.labour_market(settings.jobs, demand.sum(axis=1), force)
    return State(
        year=settings.first_year,
        people=people,
        population=population,
        demand=demand,
        labour_force=force,
        unemployment=unemployment,
        wage_gap=gap,
        home=housing.first_housing(settings.housing, country.traits, population, country.seed),
        attraction=np.zeros(n),
        registered=population.astype(np.float64),
        listed=np.full(n, policy.NEVER) if lists is None else lists,
    )


def stocks(country: Country, state: State) -> dict[str, Floats]:
    """The figures of the end of a year."""
    options = country.settings.jobs
    people = state.people
    wage = (
        np.log(options.wage)
        + country.productivity
        + state.wage_gap
        + options.wage_growth * (state.year - country.settings.first_year)
    )
    return {
        "population": state.population.astype(np.float64),
        "hukou_population": np.rint(state.registered),
        "women_20_39": people[:, 1, 20:40].sum(axis=1).astype(np.float64),
        "working_age": people[:, :, 16:65].sum(axis=(1, 2)).astype(np.float64),
        "share_65_plus": share_of_ages(people, 65),
        "share_0_14": share_of_ages(people, 0, 14),
        "unemployment": state.unemployment,
        "wage": np.exp(wage),
        "house_price": np.exp(state.home.log_price),
        "housing_stock": state.home.stock,
        "housing_starts": state.home.starts,
        "vacancy": state.home.vacancy,
        "built_up_km2": state.home.built_up,
        "listed": (state.year >= state.listed).astype(np.float64),
        "rail": (state.year >= country.rail).astype(np.float64),
    }


def first_row(country: Country, state: State) -> dict[str, Floats]:
    """Figures of the first year; its flows are missing."""
    missing = np.full(country.places.count, np.nan)
    flows = (
        "births",
        "deaths",
        "in_migration",
        "out_migration",
        "net_migration",
        "tfr",
        "job_shock",
    )
    return stocks(country, state) | dict.fromkeys(flows, missing)
