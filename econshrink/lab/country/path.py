"""One run of the synthetic country as arrays: the model's equations in the order of the year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from econshrink.core.arrays import Counts, Floats
from econshrink.core.cohorts import CohortRates, share_of_ages
from econshrink.core.errors import Fault, SpecError
from econshrink.core.seeds import generator
from econshrink.lab.country import demography, housing, jobs, migration, policy
from econshrink.lab.country.founding import Country, found, labour_force
from econshrink.lab.country.places import Places
from econshrink.lab.country.state import State, first_row, first_state, stocks
from econshrink.lab.settings import LabSettings


@dataclass(frozen=True, eq=False)
class Path:
    """The true course of every city.

    Parameters
    ----------
    places : Places
        The cities.
    series : mapping of str to ndarray, shape (T, n)
        True annual figures by name; flows of the first year are missing.
    jobs : ndarray of int, shape (T, n, K)
        Jobs by sector.
    ages : ndarray of int32, shape (n, T, 2, 86)
        Persons by city, year, sex and age.
    listed, rail : ndarray of int, shape (n,)
        Years of listing and of connection to high-speed rail (9999 = never).
    flows : ndarray of int32, shape (T, n, n), optional
        Migrants by year, origin and destination (year 0 empty), if they were kept.
    """

    places: Places
    series: Mapping[str, Floats]
    jobs: Counts
    ages: NDArray[np.int32]
    listed: Counts
    rail: Counts
    flows: NDArray[np.int32] | None


def run_path(settings: LabSettings, seed: int, lists: Counts | None = None) -> Path:
    """Simulate the truth.

    Every draw belongs to a named generator and is turned into an event by inversion, so two runs
    that differ in one setting share their chance: their difference is the effect of that setting.

    Parameters
    ----------
    settings : LabSettings
        The country.
    seed : int
        Master seed.
    lists : ndarray of int, shape (n,), optional
        Years of listing to impose instead of choosing them (counterfactuals hold them fixed).

    Returns
    -------
    Path
    """
    # One thread, because the order of summation in a product must not depend on the machine.
    with threadpool_limits(limits=1):
        return _run(settings, seed, lists)


def _run(settings: LabSettings, seed: int, lists: Counts | None) -> Path:
    """The loop over years."""
    country = found(settings, seed)
    state = first_state(country, lists)
    rows = [first_row(country, state)]
    sectors = [jobs.count_jobs(state.demand, state.labour_force, state.unemployment)]
    n = country.places.count
    ages = np.empty((n, len(settings.years), 2, demography.AGES), dtype=np.int32)
    ages[:, 0] = state.people
    keep = settings.migration.keep_flows
    flows = np.zeros((len(settings.years), n, n), dtype=np.int32) if keep else None
    for step, year in enumerate(settings.years[1:], start=1):
        state, row, table = _next_year(country, state, step, year, choose=lists is None)
        rows.append(row)
        sectors.append(jobs.count_jobs(state.demand, state.labour_force, state.unemployment))
        ages[:, step] = state.people
        if flows is not None and table is not None:
            flows[step] = table
    series = {name: np.stack([row[name] for row in rows]) for name in rows[-1]}
    counted = np.stack(sectors)
    series["jobs"] = counted.sum(axis=2).astype(np.float64)
    series["gdp_real"] = series["jobs"] * series["wage"] / settings.jobs.labour_share
    growth = np.diff(np.log(series["gdp_real"]), axis=0)
    series["real_growth"] = np.vstack([np.full((1, growth.shape[1]), np.nan), growth])
    series["shift_share"] = jobs.shift_share(counted, country.places.province)
    return Path(country.places, series, counted, ages, state.listed, country.rail, flows)


def _next_year(
    country: Country, last: State, step: int, year: int, *, choose: bool
) -> tuple[State, dict[str, Floats], NDArray[np.int32] | None]:
    """One year of the model, in the order of events."""
    settings = country.settings
    shift = settings.intervention
    active = np.asarray(country.places.target * float(year >= shift.start), dtype=np.float64)
    old = share_of_ages(last.people, 65)
    excess = old - float(last.people[:, :, 65:].sum() / last.people.sum())
    listed = last.listed
    if choose:
        trend = np.log(last.population / country.places.population) / max(step - 1, 1)
        listed = policy.choose_list(
            settings.policy, country.places, listed, trend, year, country.seed
        )
    own = (
        country.shocks.demand[step]
        + policy.list_effect(settings.policy, listed, year)
        + settings.jobs.ageing * excess
        + shift.job_growth * active
    )
    shock = own[:, None] + country.shocks.sector[step]
    supply = last.labour_force * (1.0 - settings.jobs.normal_unemployment)
    demand = jobs.grow_demand(settings.jobs, last.demand, supply, country.trends, shock)
    job_growth = np.log(demand.sum(axis=1) / last.demand.sum(axis=1))
    pull = _pull(country, last, step, year, job_growth, excess)
    attraction = (
        settings.migration.inertia * last.attraction + (1.0 - settings.migration.inertia) * pull
    ) + shift.attraction * active * (1.0 - settings.migration.inertia)
    natural, births, deaths, tfr = _natural(country, last, step, year, active)
    people, leavers, arrivals, table = _migrate(country, last, natural, attraction, year)
    state = _close_year(country, last, people, demand, year)
    state = replace(
        state,
        attraction=attraction,
        listed=listed,
        registered=last.registered
        + births
        - deaths
        + settings.migration.registration * (arrivals - leavers),
    )
    row = stocks(country, state) | {
        "births": births.astype(np.float64),
        "deaths": deaths.astype(np.float64),
        "in_migration": arrivals.astype(np.float64),
        "out_migration": leavers.astype(np.float64),
        "net_migration": (arrivals - leavers).astype(np.float64),
        "tfr": tfr,
        "job_shock": (shock * last.demand).sum(axis=1) / last.demand.sum(axis=1),
    }
    return state, row, table


def _pull(
    country: Country,
    last: State,
    step: int,
    year: int,
    job_growth: Floats,
    excess: Floats,
) -> Floats:
    """Log attraction relative to the balanced first year, when wages clear and rents are given."""
    options = country.settings.migration
    weight = last.population / last.population.sum()
    wage = last.wage_gap
    price = last.home.log_price - country.traits.log_price
    growth = job_growth - weight @ job_growth
    rail = country.settings.policy.rail_attraction * (year >= country.rail)
    return np.asarray(
        options.jobs * growth
        + options.wage * (wage - weight @ wage)
        - options.price * (price - weight @ price)
        + options.young_share * excess
        + country.shocks.attraction[step]
        + rail,
        dtype=np.float64,
    )


def _natural(
    country: Country, last: State, step: int, year: int, active: Floats
) -> tuple[Counts, Counts, Counts, Floats]:
    """Population before migration, births, deaths and total fertility of the year."""
    options = country.settings.demography
    price = last.home.log_price - country.traits.log_price
    relative = price - (last.population / last.population.sum()) @ price
    tfr = demography.interpolate(options.fertility_path, year) * np.exp(
        country.fertility
        + options.price_elasticity * relative
        + options.two_child_effect * country.two_child * float(year >= 2016)
        + country.shocks.fertility[step]
        + country.settings.intervention.fertility * active
    )
    survival, at_birth = demography.survival_rates(options, float(step))
    rates = CohortRates(survival, at_birth, tfr[:, None] * country.pattern)
    natural, births, deaths = demography.natural_year(
        last.people,
        rates,
        generator(f"lab.deaths.{year}", country.seed),
        generator(f"lab.births.{year}", country.seed),
    )
    return natural, births, deaths, tfr


def _migrate(
    country: Country, last: State, natural: Counts, attraction: Floats, year: int
) -> tuple[Counts, Counts, Counts, NDArray[np.int32] | None]:
    """People after migration, leavers and arrivals by city, and the flow table if kept."""
    options = country.settings.migration
    n = country.places.count
    normal = country.settings.jobs.normal_unemployment
    push = np.exp(options.unemployment * (last.unemployment - normal))
    rates = push[:, None, None] * country.leaving
    uniforms = generator(f"lab.leaving.{year}", country.seed).random(
        natural.shape, dtype=np.float32
    )
    gone = migration.draw_leavers(natural, rates, uniforms)
    leavers = gone.sum(axis=(1, 2))
    weights = country.weights * np.exp(attraction) * last.population / country.places.population
    kernel = country.kernels[int(year >= options.relief_year)]
    arrivals, table = migration.draw_flows(
        kernel,
        leavers,
        weights,
        generator(f"lab.flows.{year}", country.seed).random(n),
        keep=options.keep_flows,
    )
    came = migration.allocate_ages(arrivals, gone.sum(axis=0).ravel())
    return natural - gone + came.reshape(natural.shape), leavers, arrivals, table


def _close_year(country: Country, last: State, people: Counts, demand: Floats, year: int) -> State:
    """Labour market, housing and land at the end of the year."""
    settings = country.settings
    population = people.sum(axis=(1, 2))
    force = labour_force(settings, people)
    if force.min() <= 0:
        raise SpecError(_died_out(country, force, year))
    unemployment, gap = jobs.labour_market(settings.jobs, demand.sum(axis=1), force)
    elapsed = year - settings.first_year
    rise = gap + settings.jobs.wage_growth * elapsed
    shift = settings.intervention
    credit, squeeze = housing.credit_squeeze(settings.housing, country.traits, year)
    credit = credit + shift.credit * country.places.target * float(year >= shift.start)
    stock, log_price, starts, vacancy = housing.housing_year(
        settings.housing, country.traits, last.home, population, rise, elapsed, credit, squeeze
    )
    noise = generator(f"lab.land.{year}", country.seed).standard_normal(len(population))
    growth = np.log(population / last.population)
    land = housing.grow_land(settings.housing, country.traits, last.home, growth, noise)
    return replace(
        last,
        year=year,
        people=people,
        population=population,
        demand=demand,
        labour_force=force,
        unemployment=unemployment,
        wage_gap=gap,
        home=housing.Housing(stock, log_price, starts, vacancy, land),
    )


def _died_out(country: Country, force: Floats, year: int) -> Fault:
    codes = [country.places.codes[i] for i in np.flatnonzero(force <= 0)[:10]]
    return Fault(
        f"nobody of working age in {', '.join(codes)} in {year}",
        "cities that keep some people",
        "Ask for larger cities, a shorter span or weaker drifts and shocks.",
        "LabSettings",
    )
