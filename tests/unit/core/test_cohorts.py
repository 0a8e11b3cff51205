"""Cohort arithmetic: shapes, identities and refusals."""

import numpy as np
import pytest

from econshrink.core.cohorts import (
    CohortRates,
    advance,
    life_expectancy,
    project,
    project_year,
    share_of_ages,
)
from econshrink.core.errors import DataError


def rates(cities=None, ages=6, seed=1):
    rng = np.random.default_rng(seed)
    lead = () if cities is None else (cities,)
    return CohortRates(
        rng.uniform(0.5, 1.0, (*lead, 2, ages)),
        rng.uniform(0.9, 1.0, (*lead, 2)),
        rng.uniform(0.0, 0.3, (*lead, ages)),
    )


def test_many_cities_at_once_equal_one_by_one():
    many = rates(cities=4)
    people = np.random.default_rng(2).uniform(0, 100, (4, 2, 6))
    end, births, deaths = project_year(people, many)
    for i in range(4):
        one = CohortRates(many.survival[i], many.birth_survival[i], many.fertility[i])
        single = project_year(people[i], one)
        np.testing.assert_array_equal(end[i], single[0])
        assert births[i] == single[1]
        assert deaths[i] == pytest.approx(single[2], rel=1e-14)


def test_common_rates_serve_every_city():
    people = np.random.default_rng(2).uniform(0, 100, (4, 2, 6))
    end = project_year(people, rates())[0]
    np.testing.assert_array_equal(end[3], project_year(people[3], rates())[0])


def test_population_changes_by_births_less_deaths_plus_migration():
    people = np.random.default_rng(3).uniform(0, 100, (5, 2, 6))
    net = np.random.default_rng(4).uniform(-1, 1, people.shape)
    end, births, deaths = project_year(people, rates(), net)
    change = (end - people).sum(axis=(1, 2))
    np.testing.assert_allclose(change, births - deaths + net.sum(axis=(1, 2)), atol=1e-11)


def test_arguments_are_left_alone():
    people = np.full((2, 6), 10.0)
    given, net = rates(), np.ones((2, 6))
    before = people.copy(), given.survival.copy()
    project(people, [given, given], [net, net])
    np.testing.assert_array_equal(people, before[0])
    np.testing.assert_array_equal(given.survival, before[1])


def test_path_holds_the_start_and_every_year():
    path = project(np.full((2, 6), 10.0), [rates(seed=k) for k in range(3)])
    assert path.shape == (4, 2, 6)
    np.testing.assert_array_equal(path[2], project_year(path[1], rates(seed=1))[0])


def test_ageing_keeps_integers_and_heads():
    people = np.arange(12).reshape(2, 6)
    older = advance(people)
    assert older.dtype == people.dtype
    assert older.sum() == people.sum()
    np.testing.assert_array_equal(older[:, 0], 0)


def test_age_shares_add_up():
    people = np.random.default_rng(5).integers(0, 9, (3, 2, 6))
    parts = share_of_ages(people, 0, 1) + share_of_ages(people, 2, 3) + share_of_ages(people, 4)
    np.testing.assert_allclose(parts, 1.0)


def test_every_mistake_in_the_rates_is_named_at_once():
    with pytest.raises(DataError) as caught:
        CohortRates(np.full((2, 3), 1.5), np.array([1.0, -0.1]), np.array([0.0, -1.0, 0.0]), 2.0)
    assert len(caught.value.faults) == 4
    with pytest.raises(DataError) as caught:
        CohortRates(np.ones((2, 3)), np.ones(3), np.ones(4))
    assert len(caught.value.faults) == 2
    with pytest.raises(DataError, match="at least two ages"):
        CohortRates(np.ones(3), np.ones(2), np.ones(3))
    with pytest.raises(DataError, match="outside"):
        CohortRates(np.full((2, 3), np.nan), np.ones(2), np.zeros(3))


def test_populations_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match=r"\(\.\.\., 2, 6\)"):
        project_year(np.ones((2, 5)), rates())
    with pytest.raises(DataError, match="negative"):
        project_year(-np.ones((2, 6)), rates())
    with pytest.raises(DataError, match="1 years of migration and 2 of rates"):
        project(np.ones((2, 6)), [rates(), rates()], [np.zeros((2, 6))])


def test_life_expectancy_is_the_stationary_population_of_one_birth():
    survival = np.array([0.99, 0.9, 0.8, 0.5])
    still = CohortRates(np.stack([survival, survival]), np.array([0.95, 0.95]), np.zeros(4), 0.5)
    people = np.zeros((2, 4))
    for _ in range(400):
        people = project_year(people, still)[0]
        people[:, 0] += 0.95
    assert life_expectancy(survival, np.array(0.95)) == pytest.approx(people[0].sum(), rel=1e-12)
