"""Canonical calls of demography: accounting, ageing, projections by age."""

import numpy as np
import pandas as pd

from econshrink import demography
from econshrink.data import load_fertility, load_survival
from econshrink.nouns import Accounting, AgeStructure
from tests.property.registry.calls import Answer, Call, World, codes, told

LOWER = tuple(range(0, 90, 5))


def age_world() -> World:
    """Persons of twenty-four cities by sex and age group, counted twice; the nation's rates."""
    rng = np.random.default_rng(23)
    rows = []
    for city in codes(24):
        size, trend = float(rng.uniform(0.5, 3.0)), 0.8 + 0.6 * (len(rows) // 72 % 2)
        for sex in ("male", "female"):
            for age in LOWER:
                shape = 20_000 * size * np.exp(-((age / 60.0) ** 2)) * rng.uniform(0.9, 1.1)
                rows.append((city, 2010, sex, age, int(shape)))
                rows.append((city, 2020, sex, age, int(shape * trend * rng.uniform(0.95, 1.05))))
    names = ["city", "year", "sex", "age", "population"]
    return {"ages": pd.DataFrame(rows, columns=names)}


def counted(world: World, year: int) -> AgeStructure:
    """Ages of one year, units sorted."""
    frame = world["ages"]
    frame = frame[frame["year"].eq(year)]
    cities = tuple(sorted(frame["city"].astype(str).unique()))
    keys = pd.MultiIndex.from_product([cities, ["male", "female"], LOWER])
    index = pd.MultiIndex.from_arrays(
        [frame["city"].astype(str), frame["sex"].astype(str), frame["age"].astype(int)]
    )
    values = pd.Series(frame["population"].to_numpy(), index).reindex(keys).to_numpy(dtype="int64")
    return AgeStructure(cities, year, LOWER, values.reshape(len(cities), 2, len(LOWER)))


def ratios(year: int = 2010, horizon: int = 10) -> demography.SurvivalRatios:
    """Survival and fertility of a made nation."""
    steps = horizon // 5
    age = np.arange(18)
    alive = np.clip(0.995 - 0.0008 * age**2, 0.3, 1.0)
    births = np.where((age >= 3) & (age < 9), 0.05, 0.0)
    return demography.SurvivalRatios(
        year, 5, np.tile(alive, (steps, 2, 1)), np.full((steps, 2), 0.99),
        np.tile(births, (steps, 1)),
    )  # fmt: skip


def book(world: World) -> Accounting:
    """The account of ten years."""
    return demography.account(counted(world, 2010), counted(world, 2020), ratios())


def groups(world: World) -> np.ndarray:
    """All cities in one province."""
    return np.zeros(len(counted(world, 2010).cities), dtype=np.intp)


def start(world: World) -> demography.CohortStart:
    """Where a projection from 2020 begins."""
    ages = counted(world, 2020)
    n, moving = len(ages.cities), ratios(2020)
    flat = np.ones((2, len(moving.lower)))
    return demography.CohortStart(
        ages.cities, groups(world), demography.spread_ages(ages, moving), moving,
        moving.fertility[0], np.ones(n), np.zeros(n), demography.Profiles(flat, flat),
    )  # fmt: skip


def rate_world() -> World:
    """The nation's tables as they ship, whose rows may stand in any order."""
    world = age_world()
    return {**world, "survival": load_survival(), "fertility": load_fertility()}


def _read(world: World, name: str) -> pd.DataFrame:
    kinds = {"survival": load_survival, "fertility": load_fertility}[name]().dtypes.to_dict()
    return world[name].drop(columns="irrelevant", errors="ignore").astype(kinds)


def _natural(world: World) -> Answer:
    tabulation = demography.Tabulation(counted(world, 2010), 2012)
    made = demography.natural_growth(
        counted(world, 2010).cities, groups(world), [tabulation], _read(world, "survival"),
        _read(world, "fertility"), last_origin=2014, horizon=3,
    )  # fmt: skip
    return told("growth", made.known(2013).growth, made.units)


def rated(name: str, run) -> Call:
    """A call on the nation's tables."""
    but = {"float32": "rates of the package have more digits"}
    return Call(f"demography.{name}", rate_world, run, but=but)


STILL = demography.MigrationProcess(1.0, 0.0, 0.0)


def call(name: str, run, **options) -> Call:
    """A call on ages."""
    return Call(f"demography.{name}", age_world, run, **options)


def by_city(name: str, run) -> Call:
    """A call whose answer has one row a city, in their order."""
    return call(name, lambda w: told(name, np.asarray(run(w)), counted(w, 2010).cities))


def _means(world: World) -> Answer:
    made = demography.project_cohorts(start(world), STILL, draws=3, rng=1)
    return told("people", made.forecast.draws.mean(axis=2), made.forecast.cities)


def _growth(world: World) -> np.ndarray:
    ages = counted(world, 2010)
    moving = ratios()
    rates = moving.fertility[0]
    return demography.growth_without_migration(ages, moving, rates, rates, groups(world))


CALLS = (
    call("account", lambda w: told("part", book(w).components())),
    by_city("hamilton_perry", lambda w: demography.hamilton_perry(
        counted(w, 2010), counted(w, 2020)).sum(axis=2)),
    by_city("levels_between", lambda w: demography.levels_between(
        counted(w, 2010), counted(w, 2010).persons.sum(axis=(1, 2)) * 1.02, ratios(2005, 5),
        groups(w))),
    call("national_residual", lambda w: told("residual", demography.national_residual(book(w)))),
    by_city("predicted_ages", lambda w: demography.predicted_ages(
        counted(w, 2010), ratios())[0].sum(axis=2)),
    call("predicted_structure", lambda w: told("structure", demography.predicted_structure(
        counted(w, 2010), ratios()))),
    call("process_from_decades", lambda w: told("process", demography.process_from_decades(
        *_decades(w), groups(w)))),
    call("process_from_steps", lambda w: told("process", demography.process_from_steps(
        *_decades(w), groups(w)))),
    call("profiles", lambda w: told("profile", demography.profiles(book(w)))),
    call("project_cohorts", _means),
    by_city("relative_fertility", lambda w: demography.relative_fertility(
        counted(w, 2020), ratios().fertility[0], groups(w))),
    call("relative_mortality", lambda w: told("ratio", demography.relative_mortality(
        counted(w, 2010), _death_rates(w), np.full((2, 18), 0.01)))),
    by_city("spread_ages", lambda w: demography.spread_ages(
        counted(w, 2010), ratios()).sum(axis=2)),
    by_city("step_levels", lambda w: demography.step_levels(book(w))),
    call("as_nation", lambda w: told("people", demography.as_nation(start(w)).people)),
    call("calibrate", lambda w: told("factor", demography.calibrate(start(w), 9e4, 9e4)),
         rtol=1e-6),
    call("project_nation", lambda w: told("people", demography.project_nation(
        start(w), 1.5e6, 2020, 2024, draws=3, rng=1).draws.mean(axis=2))),
    by_city("growth_without_migration", _growth),
    call("national_growth", lambda w: told("growth", demography.national_growth(
        counted(w, 2010).cities, -0.001, first_origin=2015, last_year=2020).of(
        counted(w, 2010).cities).known(2016).growth, counted(w, 2010).cities)),
    rated("survival_ratios", lambda w: told("alive", demography.survival_ratios(
        _read(w, "survival"), 2010, 10, _read(w, "fertility")).steps)),
    rated("held_ratios", lambda w: told("alive", demography.held_ratios(
        _read(w, "survival"), 2015, 10).steps)),
    rated("rates_of", lambda w: told("births", demography.rates_of(
        _read(w, "fertility"), 2012, LOWER))),
    rated("natural_growth", _natural),
)  # fmt: skip


def _decades(world: World) -> tuple[np.ndarray, np.ndarray]:
    first = counted(world, 2010).persons.sum(axis=(1, 2))
    last = counted(world, 2020).persons.sum(axis=(1, 2))
    growth = np.log(last / first)
    return growth, 0.4 * growth + 1e-3 * np.sin(first)


def _death_rates(world: World) -> pd.Series:
    ages = counted(world, 2010)
    share = ages.persons[:, :, 12:].sum(axis=(1, 2)) / ages.persons.sum(axis=(1, 2))
    return pd.Series(0.006 + 0.02 * share, list(ages.cities))
