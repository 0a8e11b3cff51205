"""Parts of the laboratory: gravity flows, rounding, shocks, jobs, housing, policy."""

import numpy as np
import pytest

from econshrink.core.cohorts import life_expectancy
from econshrink.lab import (
    DemographySettings,
    HousingSettings,
    JobSettings,
    MigrationSettings,
    PlaceSettings,
    PolicySettings,
    Region,
)
from econshrink.lab.country import demography, housing, jobs, migration, policy
from econshrink.lab.country.places import make_places
from econshrink.lab.country.shocks import autoregression


@pytest.fixture(scope="module")
def places():
    return make_places(PlaceSettings(cities=80), seed=5)


def kernel_of(places):
    return migration.make_kernel(MigrationSettings(), places, 0.8)


def test_map_has_every_city_once_and_the_wanted_mean(places):
    assert len(set(places.codes)) == 80
    assert all(len(code) == 6 and code.startswith("S") for code in places.codes)
    assert np.bincount(places.province).min() >= 2
    assert places.population.mean() == pytest.approx(3.9e6, rel=1e-6)


def test_one_region_of_one_province_is_enough():
    small = make_places(PlaceSettings(cities=2, regions=(Region("only", 1, 1.0),)), seed=1)
    assert small.codes == ("S01001", "S01002")


def test_flows_are_whole_leave_home_and_add_up(places):
    rng = np.random.default_rng(1)
    leaving = rng.integers(0, 5000, 80)
    arriving, table = migration.draw_flows(
        kernel_of(places), leaving, rng.random(80), rng.random(80), keep=True
    )
    np.testing.assert_array_equal(table.sum(axis=1), leaving)
    np.testing.assert_array_equal(table.sum(axis=0), arriving)
    assert table.min() >= 0
    assert np.trace(table) == 0


def test_flows_are_unbiased(places):
    kernel, weights = kernel_of(places), np.ones(80)
    leaving = np.full(80, 37)
    expected = migration.expected_arrivals(kernel, leaving.astype(float), weights)
    rng = np.random.default_rng(2)
    draws = [migration.draw_flows(kernel, leaving, weights, rng.random(80))[0] for _ in range(400)]
    error = np.std(draws, axis=0, ddof=1) / 20
    score = (np.mean(draws, axis=0) - expected) / error
    assert np.abs(score).max() < 4.5
    assert np.mean(score**2) == pytest.approx(1.0, abs=0.5)


def test_balancing_gives_the_wanted_arrivals(places):
    rng = np.random.default_rng(3)
    leaving = rng.uniform(100, 1000, 80)
    goal = leaving * np.exp(rng.normal(0, 0.5, 80))
    kernel = kernel_of(places)
    weights = migration.balance(kernel, leaving, goal)
    got = migration.expected_arrivals(kernel, leaving, weights)
    np.testing.assert_allclose(got, goal * leaving.sum() / goal.sum(), rtol=2e-3)


def test_expected_flows_follow_a_permutation_of_the_cities(places):
    rng = np.random.default_rng(4)
    leaving, weights, order = rng.random(80), rng.random(80), rng.permutation(80)
    kernel = kernel_of(places)
    straight = migration.expected_arrivals(kernel, leaving, weights)
    permuted = migration.expected_arrivals(
        np.ascontiguousarray(kernel[np.ix_(order, order)]), leaving[order], weights[order]
    )
    np.testing.assert_allclose(permuted, straight[order], rtol=1e-5)


def test_crossing_the_border_costs_what_it_should(places):
    free = migration.make_kernel(MigrationSettings(), places, 0.0)
    dear = kernel_of(places)
    away = places.province[:, None] != places.province[None, :]
    np.testing.assert_allclose(dear[away] / free[away], np.exp(-0.8), rtol=1e-5)
    home = ~away & ~np.eye(80, dtype=bool)
    np.testing.assert_array_equal(dear[home], free[home])


def test_no_migrants_no_arrivals():
    assert migration.allocate_ages(np.zeros(3, dtype=int), np.zeros(4, dtype=int)).sum() == 0


def test_shocks_have_the_stated_spread_and_memory():
    draws = np.random.default_rng(6).standard_normal((40, 20000))
    path = autoregression(draws, 0.6, 0.02)
    np.testing.assert_allclose(path.std(axis=1), 0.02, rtol=0.03)
    assert np.corrcoef(path[10], path[11])[0, 1] == pytest.approx(0.6, abs=0.02)
    np.testing.assert_array_equal(autoregression(draws[:7], 0.6, 0.02), path[:7])


def test_life_expectancy_is_that_of_the_period():
    for elapsed, low, high in ((0, 71, 76), (10, 73, 79), (20, 75, 81)):
        men, women = life_expectancy(
            *demography.survival_rates(DemographySettings(), float(elapsed))
        )
        assert low < men < women < high
    assert demography.fertility_pattern(DemographySettings()).sum() == pytest.approx(1.0)


def test_open_group_survives_as_its_ages_would():
    survival = demography.survival_rates(DemographySettings(), 0.0)[0]
    assert survival.shape == (2, 86)
    assert (survival[:, -1] < survival[:, -2]).all()
    assert (survival > 0).all()


def test_first_ages_shift_by_the_intervention_alone(places):
    base = np.zeros(80)
    args = (DemographySettings(), 2000, places, base, base)
    plain = demography.first_ages(*args, base)
    older = demography.first_ages(*args, base + 0.02)
    np.testing.assert_array_equal(plain.sum(axis=(1, 2)), places.population)
    np.testing.assert_array_equal(older.sum(axis=(1, 2)), places.population)
    rise = (older - plain)[:, :, 65:].sum(axis=(1, 2)) / places.population
    np.testing.assert_allclose(rise, 0.02, atol=1e-4)


def test_rare_deaths_are_unbiased():
    people = np.full((20000, 1, 1), 7)
    chance = np.random.default_rng(7).random(people.shape)
    dead = demography.draw_deaths(people, np.array([[0.96]]), chance)
    assert dead.mean() == pytest.approx(0.28, abs=0.02)


def test_labour_market_clears_at_normal_unemployment_and_reacts():
    rate, wage = jobs.labour_market(JobSettings(), np.array([800.0, 1100.0]), np.full(2, 1000.0))
    assert rate[0] > 0.045 > rate[1]
    assert wage[0] < 0 < wage[1]
    counted = jobs.count_jobs(np.array([[1.0, 3.0]]), np.array([1000.0]), np.array([0.2]))
    np.testing.assert_array_equal(counted, [[200, 600]])


def test_shift_share_leaves_the_own_province_out():
    # Two sectors; province 0 has cities 0 and 1, province 1 has city 2.
    before = np.array([[10, 10], [30, 10], [20, 80]])
    after = np.array([[1000, 10], [30, 10], [40, 40]])
    z = jobs.shift_share(np.stack([before, after]), np.array([0, 0, 1]))
    # Cities of province 0 see city 2 alone: ln 2 in sector 0, ln 1/2 in sector 1.
    assert z[1, 0] == pytest.approx(0.0)
    assert z[1, 1] == pytest.approx(0.5 * np.log(2))
    assert z[1, 2] == pytest.approx(0.2 * np.log(1030 / 40))
    assert np.isnan(z[0]).all()


def test_housing_does_not_shrink_faster_than_it_decays(places):
    settings = HousingSettings()
    traits = housing.housing_traits(settings, places, np.zeros(80), 1)
    first = housing.first_housing(settings, traits, places.population, 1)
    fewer = places.population // 2
    still = np.zeros(80)
    stock, price, _, vacancy = housing.housing_year(
        settings, traits, first, fewer, still, 1, still, still
    )
    assert (stock >= first.stock * (1 - settings.depreciation)).all()
    assert (price < first.log_price).all()
    assert (vacancy > 0.4).all()
    land = housing.grow_land(settings, traits, first, np.log(fewer / places.population), still)
    assert (land >= first.built_up).all()
    assert (land[traits.land_open] > first.built_up[traits.land_open]).all()


def test_lists_take_resource_cities_once_and_losers_first(places):
    settings = PolicySettings(selection=10.0)
    trend = np.linspace(-0.02, 0.02, 80)
    listed = np.full(80, policy.NEVER)
    for year in range(2005, 2015):
        listed = policy.choose_list(settings, places, listed, trend, year, 1)
    chosen = listed != policy.NEVER
    assert set(listed[chosen]) == {2008, 2009, 2011}
    assert places.resource[chosen].all()
    assert trend[chosen].mean() < trend[places.resource & ~chosen].mean()
    effect = policy.list_effect(settings, np.array([2008, policy.NEVER]), 2012)
    np.testing.assert_array_equal(effect, [0.01, 0.0])
    assert policy.list_effect(settings, np.array([2008]), 2013)[0] == 0.0


def test_rail_comes_to_the_wanted_share(places):
    years = policy.rail_years(PolicySettings(), places, 1)
    assert (years != policy.NEVER).mean() == pytest.approx(0.6, abs=0.02)
    assert years.min() == 2008
    assert years[years != policy.NEVER].max() == 2020
    assert (policy.rail_years(PolicySettings(rail_share=0.0), places, 1) == policy.NEVER).all()
