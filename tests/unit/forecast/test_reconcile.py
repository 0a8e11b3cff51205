"""MinT and control: the textbook formula, identities, permutations, degenerate and bad input."""

import numpy as np
import pytest

from econshrink.core.errors import DataError
from econshrink.forecast.backtesting.spreading import Spreading
from econshrink.forecast.hierarchy import Hierarchy, own_draws, past_errors, summed_view
from econshrink.forecast.models.naive import Drift, NoChange
from econshrink.forecast.reconciliation import (
    control,
    pair,
    reconcile,
    shrunk_correlation,
    summing_matrix,
)
from econshrink.forecast.view import InformationSet

GROUPS = np.array([0, 0, 1, 1, 1, -1])


def case(seed=0, groups=GROUPS, draws=7):
    """Base forecasts that nearly add up, and a full covariance."""
    rng = np.random.default_rng(seed)
    cities = rng.uniform(50, 100, size=(len(groups), draws))
    upper = summing_matrix(groups)[: int(groups.max()) + 2]
    above = upper @ cities * rng.normal(1, 0.05, size=(len(upper), draws))
    rows = len(upper) + len(groups)
    root = rng.normal(size=(rows, 4 * rows))  # well conditioned: the textbook formula inverts it
    return above[0], above[1:], cities, root @ root.T / rows


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("full", [True, False])
def test_equals_the_textbook_formula(seed, full):
    nation, provinces, cities, errors = case(seed)
    weights = errors if full else np.diag(errors)
    square = errors if full else np.diag(np.diag(errors))
    s = summing_matrix(GROUPS)
    inverse = np.linalg.inv(square)
    base = np.vstack([nation[None, :], provinces, cities])
    expected = np.linalg.solve(s.T @ inverse @ s, s.T @ inverse @ base)
    found = reconcile(nation, provinces, cities, GROUPS, weights)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_coherent_forecasts_stay_as_they_are():
    _, _, cities, errors = case()
    above = summing_matrix(GROUPS)[:3] @ cities
    found = reconcile(above[0], above[1:], cities, GROUPS, errors)
    np.testing.assert_allclose(found, cities, rtol=1e-12)


def test_exact_rows_are_met_to_the_last_digit():
    nation, provinces, cities, errors = case()
    variances = np.diag(errors).copy()
    variances[0] = 0.0
    found = reconcile(nation, provinces, cities, GROUPS, variances)
    np.testing.assert_allclose(found.sum(axis=0), nation, rtol=1e-9)
    variances[1:3] = 0.0  # nation and provinces exact, and they fit only through the free row
    found = reconcile(nation, provinces, cities, GROUPS, variances)
    np.testing.assert_allclose(summing_matrix(GROUPS)[1:3] @ found, provinces, rtol=1e-9)
    np.testing.assert_allclose(found.sum(axis=0), nation, rtol=1e-9)


def test_exact_nation_is_control_when_variances_follow_size():
    """Variances in proportion to persons spread the gap as scaling does."""
    cities = np.array([[10.0], [30.0], [60.0]])
    groups = np.zeros(3, dtype=int)
    nation = np.array([110.0])
    errors = np.concatenate([[0.0, 1e12], cities[:, 0]])  # the province says nothing
    found = reconcile(nation, nation[None, :], cities, groups, errors)
    np.testing.assert_allclose(found, control(cities, nation), rtol=1e-9)
    equal = np.full((3, 1), 20.0)
    errors = np.array([0.0, 1e12, 1.0, 1.0, 1.0])
    found = reconcile(nation, nation[None, :], equal, groups, errors)
    np.testing.assert_allclose(found, control(equal, nation), rtol=1e-9)


def test_order_of_cities_does_not_matter():
    nation, provinces, cities, errors = case(3)
    order = np.array([4, 2, 5, 0, 1, 3])
    rows = np.concatenate([np.arange(3), 3 + order])
    found = reconcile(nation, provinces, cities[order], GROUPS[order], errors[np.ix_(rows, rows)])
    whole = reconcile(nation, provinces, cities, GROUPS, errors)
    np.testing.assert_allclose(found, whole[order], rtol=1e-10)


def test_order_of_provinces_does_not_matter():
    nation, provinces, cities, errors = case(4)
    swapped = np.where(GROUPS >= 0, 1 - GROUPS, GROUPS)
    rows = np.array([0, 2, 1, 3, 4, 5, 6, 7, 8])
    found = reconcile(nation, provinces[::-1], cities, swapped, errors[np.ix_(rows, rows)])
    whole = reconcile(nation, provinces, cities, GROUPS, errors)
    np.testing.assert_allclose(found, whole, rtol=1e-10)


def test_scale_of_errors_and_persons_does_not_matter():
    nation, provinces, cities, errors = case(5)
    whole = reconcile(nation, provinces, cities, GROUPS, errors)
    found = reconcile(1e3 * nation, 1e3 * provinces, 1e3 * cities, GROUPS, 7 * errors)
    np.testing.assert_allclose(found, 1e3 * whole, rtol=1e-10)


def test_certain_cities_give_way_to_nothing():
    nation, provinces, cities, _ = case()
    variances = np.concatenate([np.ones(3), np.zeros(len(cities))])
    found = reconcile(nation, provinces, cities, GROUPS, variances)
    np.testing.assert_array_equal(found, cities)


def test_all_certain_leaves_cities():
    nation, provinces, cities, _ = case()
    found = reconcile(nation, provinces, cities, GROUPS, np.zeros(3 + len(cities)))
    np.testing.assert_array_equal(found, cities)


def test_one_province_of_one_city_averages_three_forecasts():
    found = reconcile(
        np.array([12.0]), np.array([[9.0]]), np.array([[6.0]]), np.array([0]), np.ones(3)
    )
    assert found[0, 0] == pytest.approx(9.0, rel=1e-12)


BAD = {
    "negative draws": ({"cities": -1.0}, "negative draws of cities"),
    "missing": ({"nation": np.nan}, "missing nation"),
    "infinite": ({"provinces": np.inf}, "missing provinces"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_persons_are_named(name):
    change, message = BAD[name]
    nation, provinces, cities, errors = case()
    parts = {"nation": nation.copy(), "provinces": provinces.copy(), "cities": cities.copy()}
    for key, value in change.items():
        parts[key].flat[0] = value
    with pytest.raises(DataError, match=message):
        reconcile(parts["nation"], parts["provinces"], parts["cities"], GROUPS, errors)


def test_bad_shapes_groups_and_errors_are_named():
    nation, provinces, cities, errors = case()
    with pytest.raises(DataError, match="one row and variance each"):
        reconcile(nation[:-1], provinces, cities, GROUPS, errors)
    with pytest.raises(DataError, match="one row and variance each"):
        reconcile(nation, provinces, cities, GROUPS, errors[:-1])
    with pytest.raises(DataError, match="a city in every province"):
        reconcile(nation, provinces, cities, np.zeros(6, dtype=int), errors)
    with pytest.raises(DataError, match="a city in every province"):
        reconcile(nation, provinces, cities, GROUPS - 1, errors)
    with pytest.raises(DataError, match="negative variances"):
        reconcile(nation, provinces, cities, GROUPS, -np.diag(errors))
    with pytest.raises(DataError, match="negative variances"):
        reconcile(nation, provinces, cities, GROUPS, np.full(9, np.nan))
    skew = errors.copy()
    skew[0, 1] += 1.0
    with pytest.raises(DataError, match="not symmetric"):
        reconcile(nation, provinces, cities, GROUPS, skew)


def test_result_below_zero_is_refused():
    with pytest.raises(DataError, match="1 cities below zero"):
        reconcile(
            np.array([1.0]), np.array([[1.0]]), np.array([[9.0], [1.0]]), np.array([0, 0]),
            np.array([0.0, 0.0, 1.0, 9.0]),
        )  # fmt: skip


def test_control_adds_up_and_keeps_shares():
    _, _, cities, _ = case()
    total = np.linspace(400, 600, cities.shape[1])
    found = control(cities, total)
    np.testing.assert_allclose(found.sum(axis=0), total, rtol=1e-12)
    np.testing.assert_allclose(found / total, cities / cities.sum(axis=0), rtol=1e-12)
    with pytest.raises(DataError, match="not above zero"):
        control(cities, np.zeros(cities.shape[1]))
    with pytest.raises(DataError, match="not above zero"):
        control(np.zeros((2, 1)), np.array([1.0]))
    with pytest.raises(DataError, match="negative draws of cities"):
        control(-cities, total)
    with pytest.raises(DataError, match="missing total"):
        control(cities, np.full(cities.shape[1], np.nan))


def test_shrinkage_finds_no_correlation_in_noise_and_keeps_a_common_one():
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((8, 40))
    common = noise + 5 * rng.standard_normal((8, 1))
    none, strong = shrunk_correlation(noise), shrunk_correlation(common)
    assert none[1] > 0.7
    assert strong[1] < 0.3
    for correlation, _ in (none, strong):
        np.testing.assert_allclose(np.diag(correlation), 1.0)
        assert np.linalg.eigvalsh(correlation).min() > 0
    scaled = shrunk_correlation(common * np.linspace(1, 50, 40))
    np.testing.assert_allclose(scaled[0], strong[0], rtol=1e-10)


def test_shrinkage_of_missing_and_of_nothing():
    errors = np.array([[1.0, np.nan, 0.0], [-1.0, np.nan, 0.0]])
    correlation, intensity = shrunk_correlation(errors)
    np.testing.assert_array_equal(correlation, np.eye(3))
    assert intensity == 1.0
    with pytest.raises(DataError, match="two past origins"):
        shrunk_correlation(errors[:1])


def test_pair_keeps_values_and_takes_ranks():
    rng = np.random.default_rng(2)
    draws, like = rng.normal(size=50), rng.normal(size=50)
    found = pair(draws, like)
    np.testing.assert_array_equal(np.sort(found), np.sort(draws))
    np.testing.assert_array_equal(np.argsort(found), np.argsort(like))
    assert pair(np.array([0.0, 1.0]), np.arange(4.0)).tolist() == [0.125, 0.375, 0.625, 0.875]
    with pytest.raises(DataError, match="missing draws"):
        pair(np.array([np.nan]), like)


def tree(missed=()):
    rng = np.random.default_rng(3)
    cities = 100 * np.exp(0.1 * rng.standard_normal((6, 300)))
    nation = 630 * np.exp(0.01 * rng.standard_normal(300))
    provinces = np.array([[190.0], [330.0]]) * np.exp(0.05 * rng.standard_normal((2, 300)))
    return Hierarchy(nation, provinces, cities, GROUPS, missed)


def test_hierarchy_adds_up_by_every_way():
    found = tree()
    ways = [found.mint(found.variances), found.mint(found.covariance()[0]), found.controlled()]
    for cities in ways:
        sums = found.bottom_up(cities)
        np.testing.assert_allclose(sums[0], cities.sum(axis=0), rtol=1e-12)
        np.testing.assert_allclose(sums[0], sums[1:].sum(axis=0) + cities[-1], rtol=1e-9)
    np.testing.assert_allclose(ways[2].sum(axis=0), found.nation, rtol=1e-12)
    ranks = np.argsort(found.cities.sum(axis=0))
    assert (np.diff(found.nation[ranks]) >= 0).all()


def test_hierarchy_without_past_errors_has_no_correlations():
    found = tree()
    covariance, intensity = found.covariance()
    np.testing.assert_array_equal(covariance, np.diag(found.variances))
    assert intensity == 1.0
    rng = np.random.default_rng(4)
    missed = tuple(
        {year: 0.02 + 0.001 * rng.standard_normal(rows) for year in range(2005, 2011)}
        for rows in (1, 2, 6)
    )
    covariance, intensity = tree(missed).covariance()
    assert intensity < 0.1
    np.testing.assert_allclose(np.diag(covariance), tree(missed).variances, rtol=1e-12)


def test_sums_link_over_gaps_and_do_not_change_with_later_years():
    rng = np.random.default_rng(5)
    people = 1e6 * np.exp(np.cumsum(0.02 * rng.standard_normal((8, 12)), axis=1))
    people[0, 3], people[1, 5:7], people[2, :4] = np.nan, np.nan, np.nan
    groups = np.repeat([0, 1], 4)
    view = InformationSet(tuple("abcdefgh"), tuple(range(2001, 2013)), np.log(people), groups)
    sums = summed_view(view, ("p", "q"))
    assert sums.groups.tolist() == [0, 0]
    np.testing.assert_allclose(sums.level[1], np.log(people[4:].sum(axis=0)), rtol=1e-12)
    for year in (2006, 2009):
        short = summed_view(view.until(year), ("p", "q"))
        np.testing.assert_array_equal(short.level, sums.until(year).level)
    steps = np.diff(sums.level[0])
    assert np.isfinite(steps).all()
    same = [np.log(people[[1, 3], 3].sum() / people[[1, 3], 2].sum())]
    assert steps[2] == pytest.approx(same[0], rel=1e-12)
    with pytest.raises(DataError, match="one name a group"):
        summed_view(view, ("p",))


def test_own_draws_are_blind_and_follow_own_errors():
    years = tuple(range(2001, 2011))
    calm, wild = 0.001, 0.05
    rng = np.random.default_rng(6)
    steps = rng.standard_normal((2, 10)) * np.array([[calm], [wild]])
    view = InformationSet(("a", "b"), years, 14 + np.cumsum(steps, axis=1), np.array([0, 0]))
    scores = rng.standard_normal((2, 500))
    drawn = own_draws(view, NoChange(), 2, Spreading(), scores)
    assert drawn[1].std() > 10 * drawn[0].std()
    later = InformationSet(view.cities, view.years, view.level.copy(), view.groups)
    later.level[:, -2:] += 1.0
    np.testing.assert_array_equal(
        own_draws(view.until(2008), Drift(damping=0.8), 1, Spreading(), scores),
        own_draws(later.until(2008), Drift(damping=0.8), 1, Spreading(), scores),
    )
    missed = past_errors(view, NoChange(), 2, Spreading())
    assert missed[2006].tolist() == pytest.approx((view.at(2008) - view.at(2006)).tolist())
