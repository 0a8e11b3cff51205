"""Predicted ages: agreement with the yearly projection, hand sums, invariances, errors."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.core.cohorts import CohortRates, project
from econshrink.core.errors import DataError
from econshrink.data import load_census_age_sex, load_fertility, load_survival
from econshrink.demography.ageing import (
    SurvivalRatios,
    predicted_ages,
    predicted_structure,
    spread_ages,
    survival_ratios,
)
from econshrink.nouns.ages import AgeStructure
from econshrink.nouns.storage import from_json, to_json


def yearly(seed=0, years=6, ages=12):
    """Yearly ratios with fertility at ages 3 to 6, and two units of single years of age."""
    rng = np.random.default_rng(seed)
    fertility = np.zeros((years, ages))
    fertility[:, 3:7] = rng.uniform(0.1, 0.4, (years, 4))
    ratios = SurvivalRatios(
        2010, 1, rng.uniform(0.7, 1, (years, 2, ages)), rng.uniform(0.8, 1, (years, 2)), fertility
    )
    people = AgeStructure(
        ("000001", "000002"), 2010, tuple(range(ages)), rng.integers(0, 1000, (2, 2, ages))
    )
    return people, ratios


def test_it_is_the_yearly_projection_without_migration():
    people, ratios = yearly()
    rates = [
        CohortRates(*parts)
        for parts in zip(ratios.steps, ratios.newborn, ratios.fertility, strict=True)
    ]
    expected = project(people.persons.astype(float), rates)
    found, births = predicted_ages(people, ratios)
    np.testing.assert_allclose(found, expected[-1], rtol=1e-13)
    assert births.shape == (2, 6)


def test_forward_and_children_are_products_along_the_cohort():
    _, ratios = yearly()
    steps = ratios.steps
    forward = ratios.forward(ratios.lower)
    assert forward[0, 2] == pytest.approx(np.prod([steps[k, 0, 2 + k] for k in range(6)]))
    assert forward[1, 11] == pytest.approx(np.prod([steps[k, 1, 11] for k in range(6)]))
    children = ratios.children()
    assert children[5, 0] == ratios.newborn[5, 0]
    assert children[3, 1] == pytest.approx(ratios.newborn[3, 1] * steps[4, 1, 0] * steps[5, 1, 1])


def test_five_year_ratios_by_hand():
    """Women of 60-64 in 2010: product of the two printed ratios."""
    table = load_survival().set_index(["sex", "year_from", "age_from"])["survival"]
    ratios = survival_ratios(load_survival(), 2010)
    by_hand = table["female", 2010, 60] * table["female", 2015, 65]
    assert ratios.forward(ratios.lower)[1, 12] == pytest.approx(by_hand, rel=1e-14)
    first = table["male", 2010, -5] * table["male", 2015, 0]
    np.testing.assert_allclose(ratios.children()[:, 0], [first, table["male", 2015, -5]])


def test_the_open_group_of_a_stationary_population_keeps_its_mean_ratio():
    """An open group split by the table's own weights loses what the life table says."""
    ratios = survival_ratios(load_survival(), 2010, 5)
    weights = ratios.open_weights(85)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    # in the stationary population the group 90+ after five years is T90, of T85 before
    lived = 1 / (1 - ratios.steps[0, :, -1])
    detail = ratios.steps[0]
    t85 = 1 + detail[:, 17] + detail[:, 17] * detail[:, 18] * lived
    t90 = t85 - 1
    np.testing.assert_allclose(ratios.forward(tuple(range(0, 90, 5)))[:, -1], t90 / t85, rtol=1e-12)


def test_real_structure_is_in_range_and_predicts_the_census():
    table = load_census_age_sex()
    bounds = range(0, 90, 5)
    ages = AgeStructure.from_long(table, 2010).grouped(bounds)
    later = AgeStructure.from_long(table, 2020).grouped(bounds)
    found = predicted_structure(ages, survival_ratios(load_survival(), 2010, 10, load_fertility()))
    shares = found[["share_0_14", "share_15_64", "share_65_plus"]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    observed = pd.Series(later.persons[:, :, 13:].sum(axis=(1, 2)) / later.total, later.cities)
    both = pd.concat([found["share_65_plus"], observed], axis=1, join="inner")
    assert both.corr().iloc[0, 1] > 0.95  # age structure is inherited
    nation = found["population"].sum()
    assert abs(nation / later.total.sum() - 1) < 0.01


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.permutations([0, 1]))
def test_order_of_units_and_scale_do_not_matter(seed, order):
    people, ratios = yearly(seed)
    whole = predicted_structure(people, ratios)
    turned = predicted_structure(people.select([people.cities[i] for i in order]), ratios)
    pd.testing.assert_frame_equal(turned.loc[whole.index], whole)
    tenfold = AgeStructure(people.cities, 2010, people.lower, 10 * people.persons)
    ten = predicted_structure(tenfold, ratios)
    np.testing.assert_allclose(ten["share_65_plus"], whole["share_65_plus"])
    np.testing.assert_allclose(ten["births"], 10 * whole["births"])


def test_nobody_in_a_unit_is_named():
    _, ratios = yearly()
    ages = AgeStructure(
        ("000001", "000009"), 2010, ratios.lower, np.ones((2, 2, 12)) * [[[1]], [[0]]]
    )
    with pytest.raises(DataError, match="nobody in 000009"):
        predicted_structure(ages, ratios)


def test_wrong_years_groups_and_tables_are_refused():
    people, ratios = yearly()
    with pytest.raises(DataError, match="ages of 2010 and survival from 2011"):
        spread_ages(people, SurvivalRatios(2011, 1, ratios.steps, ratios.newborn))
    with pytest.raises(DataError, match="without fertility"):
        predicted_ages(people, SurvivalRatios(2010, 1, ratios.steps, ratios.newborn))
    with pytest.raises(DataError, match="horizon of 7"):
        survival_ratios(load_survival(), 2010, 7)
    with pytest.raises(DataError, match="no survival of male from 2012"):
        survival_ratios(load_survival(), 2012, 5)
    with pytest.raises(DataError, match="no fertility for 2024"):
        survival_ratios(load_survival(), 2020, 5, load_fertility())
    with pytest.raises(DataError, match="outside 0 to 1"):
        SurvivalRatios(2010, 1, 2 * ratios.steps, ratios.newborn)
    with pytest.raises(DataError, match="expected 0, 5, 10"):
        survival_ratios(load_survival(), 2010).forward((0, 1, 5))


def test_ages_from_a_long_table_name_every_bad_cell():
    table = load_census_age_sex()
    some = table[(table["year"] == 2010) & table["city"].isin(["110000", "120000"])]
    damaged = pd.concat([some.iloc[1:], some.iloc[-1:]])
    with pytest.raises(DataError) as caught:
        AgeStructure.from_long(damaged)
    message = str(caught.value)
    assert "city 110000, female, age 0" in message
    assert "more than once" in message
    with pytest.raises(DataError, match="a table of 2010, 2020"):
        AgeStructure.from_long(table)
    negative = some.assign(population=some["population"].where(some["age_from"] != 5, -1))
    with pytest.raises(DataError, match="-1 persons"):
        AgeStructure.from_long(negative)


def test_ages_survive_storage_and_cannot_be_split():
    people, _ = yearly()
    again = from_json(to_json(people))
    assert again.cities == people.cities
    np.testing.assert_array_equal(again.persons, people.persons)
    with pytest.raises(DataError, match="merged, not split"):
        people.grouped((0, 5)).grouped((0, 3))
    with pytest.raises(DataError, match="no ages of 1 units"):
        people.select(["999999"])
