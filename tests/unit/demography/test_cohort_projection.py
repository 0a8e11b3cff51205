"""Cohort-component draws: identities, closure, persistence, fertility, Hamilton–Perry."""

import numpy as np
import pytest

from econshrink.core.cohorts import CohortRates, leslie_matrix
from econshrink.core.errors import DataError, SpecError
from econshrink.data import load_census_age_sex, load_fertility, load_survival
from econshrink.demography.accounting import account
from econshrink.demography.ageing import predicted_ages, spread_ages, survival_ratios
from econshrink.demography.projection.component import CohortStart, RateRisk, Shift, project_cohorts
from econshrink.demography.projection.fertility import child_woman_ratio, relative_fertility
from econshrink.demography.projection.hamilton_perry import hamilton_perry
from econshrink.demography.projection.migration import (
    MigrationProcess,
    Profiles,
    process_from_decades,
    profiles,
)
from econshrink.nouns.ages import AgeStructure

CITIES = ("110000", "120000", "210100", "230400", "320100")
BOUNDS = tuple(range(0, 90, 5))
STILL, CERTAIN = MigrationProcess(1.0, 0.0, 0.0), RateRisk()


@pytest.fixture(scope="module")
def ages():
    table = load_census_age_sex()
    return {
        year: AgeStructure.from_long(table, year).select(list(CITIES)).grouped(BOUNDS)
        for year in (2010, 2020)
    }


def start_of(ages, horizon=10, level=0.0, relative=1.0, year=2010):
    ratios = survival_ratios(
        load_survival(), year, horizon, load_fertility() if year == 2010 else None
    )
    rates = np.zeros(len(ratios.lower))
    if ratios.fertility is not None:
        rates = ratios.fertility[0]
    flat = np.ones((2, len(ratios.lower)))
    n = len(ages.cities)
    return CohortStart(
        ages.cities,
        np.array([0, 0, 1, 1, 1])[:n],
        spread_ages(ages, ratios),
        ratios,
        rates,
        np.full(n, relative),
        np.full(n, level),
        Profiles(flat, flat),
    )


def draw(start, process=STILL, risk=CERTAIN, draws=3, seed=5, **options):
    rng = np.random.default_rng(seed)
    return project_cohorts(start, process, risk, draws=draws, rng=rng, **options)


def test_without_migration_it_is_the_deterministic_projection(ages):
    start = start_of(ages[2010], horizon=5)
    made = draw(start)
    people, births = predicted_ages(ages[2010], survival_ratios(
        load_survival(), 2010, 5, load_fertility()))  # fmt: skip
    assert made.forecast.draws[:, 0, 0] == pytest.approx(people.sum(axis=(1, 2)), rel=1e-12)
    assert made.births[:, 0, 1] == pytest.approx(births[:, 0], rel=1e-12)
    assert np.abs(made.migrants).max() == 0


def test_a_step_of_women_is_a_leslie_matrix_times_women(ages):
    start = start_of(ages[2010], horizon=5)
    ratios = start.ratios
    made = draw(start)
    rates = CohortRates(ratios.steps[0], ratios.newborn[0], ratios.step * start.fertility)
    later = start.people[:, 1] @ leslie_matrix(rates).T
    lower = np.array(ratios.lower)
    young = later[:, (lower >= 20) & (lower < 40)].sum(axis=1)
    assert made.women[:, 0, 0] == pytest.approx(young, rel=1e-12)


def test_the_account_closes_in_every_draw(ages):
    start = start_of(ages[2010], level=-0.03)
    process = MigrationProcess(0.6, 0.02, 0.03)
    made = draw(start, process, RateRisk(0.2, 0.05), draws=40)
    before = np.broadcast_to(made.forecast.base[:, None, None], (5, 1, 40))
    change = np.diff(np.concatenate([before, made.forecast.draws], axis=1), axis=1)
    assert np.abs(change - (made.births - made.deaths + made.migrants)).max() < 1e-5


def test_the_nation_is_closed_to_migration(ages):
    start = start_of(ages[2010])
    made = draw(start, MigrationProcess(0.6, 0.05, 0.05), draws=50)
    assert np.abs(made.migrants.sum(axis=0)).max() < 1.0
    assert np.abs(made.migrants).max() > 1e4
    free = draw(start, MigrationProcess(0.6, 0.05, 0.05), draws=50, close=False)
    assert np.abs(free.migrants.sum(axis=0)).max() > 1e4


def test_the_level_is_met_whatever_the_age_structure(ages):
    start = start_of(ages[2010], horizon=5, level=0.02)
    made = draw(start, close=False)
    there = made.forecast.draws[:, 0, 0] - made.migrants[:, 0, 0]
    assert made.migrants[:, 0, 0] / there == pytest.approx(np.full(5, 0.02), rel=1e-12)


def test_more_uncertain_rates_spread_the_draws(ages):
    start = start_of(ages[2010])
    narrow = draw(start, risk=RateRisk(0.05, 0.0), draws=200)
    wide = draw(start, risk=RateRisk(0.2, 0.1), draws=200)
    assert (wide.forecast.draws.std(axis=2) > 2 * narrow.forecast.draws.std(axis=2)).all()


def test_cities_may_stand_in_any_order(ages):
    turned = ages[2010].select(CITIES[::-1])
    one, other = draw(start_of(ages[2010])), draw(start_of(turned))
    assert one.forecast.draws[:, 1, 0] == pytest.approx(other.forecast.draws[::-1, 1, 0])


def test_scenarios_shift_births_and_pull_migration(ages):
    start = start_of(ages[2010], level=0.0)
    more = draw(start, shift=Shift(log_fertility=np.log(1.2)))
    assert more.births[:, 0] == pytest.approx(1.2 * draw(start).births[:, 0])
    levels = np.array([[0.1, -0.1, 0.0, 0.3, 0.3]])
    pulled = Shift(pull=1.0).levels(levels, np.array([0, 0, 1, 1, 1]))
    assert pulled[0] == pytest.approx([0.0, 0.0, 0.2, 0.2, 0.2])


def test_persistence_and_shocks_are_recovered_from_two_decades():
    rng = np.random.default_rng(11)
    phi, sd_city, sd_province = 0.6, 0.03, 0.02
    groups = np.repeat(np.arange(200), 30)
    level = 0.05 * rng.standard_normal(len(groups))
    shocks = [
        sd_city * rng.standard_normal(len(groups)) + sd_province * rng.standard_normal(200)[groups]
        for _ in range(2)
    ]
    one = phi * level + shocks[0]
    second = one + phi * one + shocks[1]
    found = process_from_decades(2 * level, second, groups)
    assert found.persistence == pytest.approx(phi, abs=0.02)
    assert found.sd_city == pytest.approx(sd_city, rel=0.03)
    # the change of a province's mean also holds what its cities' first levels lose by reverting
    assert found.sd_province == pytest.approx(sd_province, rel=0.15)


def test_profiles_come_from_cohorts_that_moved(ages):
    table = load_census_age_sex()
    both = {y: AgeStructure.from_long(table, y) for y in (2010, 2020)}
    common = sorted(set(both[2010].cities) & set(both[2020].cities))
    pair = [both[y].select(common).grouped(BOUNDS) for y in (2010, 2020)]
    book = account(*pair, survival_ratios(load_survival(), 2010, 10))
    made = profiles(book, 20)
    lower = np.arange(20) * 5
    assert made.gaining.shape == made.losing.shape == (2, 20)
    assert lower[made.gaining.mean(axis=0).argmax()] in (15, 20, 25)
    assert (made.gaining[:, 0] == 0).all()
    with pytest.raises(DataError, match="territories that"):
        profiles(book.select(common[:12]))


def test_relative_fertility_is_one_where_all_are_alike(ages):
    rates = survival_ratios(load_survival(), 2010, 5, load_fertility()).fertility[0][: len(BOUNDS)]
    same = AgeStructure(
        ages[2010].cities, 2010, BOUNDS, np.repeat(ages[2010].persons[:1], 5, axis=0)
    )
    groups = np.array([0, 0, 1, 1, 1])
    assert relative_fertility(same, rates, groups) == pytest.approx(np.ones(5))
    assert child_woman_ratio(same, (0, 5), (15, 50)).std() == pytest.approx(0, abs=1e-15)


def test_hamilton_perry_by_hand_and_controlled(ages):
    free = hamilton_perry(ages[2010], ages[2020], bounds=(0.0, 10.0))
    first, now = ages[2010].persons, ages[2020].persons
    by_hand = now[0, 1, 4] * now[0, 1, 6] / first[0, 1, 4]  # women of 20-24 at 30-34
    assert free[0, 1, 6] == pytest.approx(by_hand)
    totals = np.full(5, 1e6)
    controlled = hamilton_perry(ages[2010], ages[2020], totals)
    assert controlled.sum(axis=(1, 2)) == pytest.approx(totals)


@pytest.mark.parametrize(
    "broken",
    [
        {"people": -1.0},
        {"level": np.nan},
        {"fertility": -0.1},
    ],
)
def test_a_start_that_makes_no_sense(ages, broken):
    good = start_of(ages[2010])
    ((name, value),) = broken.items()
    values = {k: getattr(good, k) for k in good.__dataclass_fields__}
    values[name] = np.full_like(np.asarray(values[name], dtype=float), value)
    with pytest.raises(DataError):
        CohortStart(**values)


def test_a_city_without_people_and_a_request_without_draws(ages):
    good = start_of(ages[2010])
    values = {k: getattr(good, k) for k in good.__dataclass_fields__}
    people = good.people.copy()
    people[3] = 0
    with pytest.raises(DataError, match="nobody in 230400"):
        CohortStart(**(values | {"people": people}))
    with pytest.raises(SpecError, match="0 draws"):
        draw(good, draws=0)
    with pytest.raises(SpecError, match="persistence"):
        MigrationProcess(1.2, 0.0, 0.0)
