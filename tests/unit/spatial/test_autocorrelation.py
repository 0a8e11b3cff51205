"""Moran's I against the formula, its exact permutation moments, and planted patterns."""

from itertools import permutations as orders

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from econshrink.core.errors import DataError, SpecError
from econshrink.inference.resampling import Resampling
from econshrink.spatial.autocorrelation import local_moran, moran
from econshrink.spatial.neighbours import Neighbours, distance_to_core, haversine_km


def grid(side, row_standardised=True):
    """Rook neighbours on a square grid of `side` × `side` cities."""
    name = {(r, c): f"{r:03d}{c:03d}" for r in range(side) for c in range(side)}
    pairs = [
        (name[r, c], name[r + dr, c + dc])
        for r, c in name
        for dr, dc in ((0, 1), (1, 0))
        if (r + dr, c + dc) in name
    ]
    table = pd.DataFrame(pairs, columns=["city_a", "city_b"])
    return Neighbours.from_pairs(table, row_standardised=row_standardised)


def by_the_formula(x, w):
    n, z = len(x), x - x.mean()
    total = sum(w[i, j] * z[i] * z[j] for i in range(n) for j in range(n))
    return n / w.sum() * total / (z**2).sum()


@pytest.mark.parametrize("row_standardised", [True, False])
def test_the_statistic_is_the_double_sum_of_the_definition(row_standardised):
    weights = grid(4, row_standardised)
    x = np.random.default_rng(1).normal(size=16)
    values = pd.Series(x, index=weights.cities)
    found = moran(values, weights, None)
    assert found.statistic == pytest.approx(by_the_formula(x, weights.matrix.toarray()))
    assert found.expectation == -1 / 15
    assert found.p_value == found.p_normal


def test_a_checkerboard_is_minus_one():
    weights = grid(4)
    values = pd.Series([(int(c[:3]) + int(c[3:])) % 2 for c in weights.cities], weights.cities)
    assert moran(values, weights, None).statistic == pytest.approx(-1.0)


@pytest.mark.parametrize("row_standardised", [True, False])
def test_mean_and_spread_equal_those_over_all_permutations(row_standardised):
    """All 5,040 orders of seven values on a wheel with a spoke: exact, not approximate."""
    pairs = pd.DataFrame(
        {"city_a": list("abcdefaa"), "city_b": list("bcdefgcg")},
    )
    weights = Neighbours.from_pairs(pairs, row_standardised=row_standardised)
    w = weights.matrix.toarray()
    x = np.array([0.0, 1.0, 1.5, 4.0, 4.5, 7.0, 20.0])
    every = np.array(list(orders(x)))
    z = every - x.mean()
    drawn = 7 / w.sum() * np.einsum("pi,ij,pj->p", z, w, z) / ((x - x.mean()) ** 2).sum()
    found = moran(pd.Series(x, index=weights.cities), weights, None)
    assert found.expectation == pytest.approx(drawn.mean())
    assert found.std_error == pytest.approx(drawn.std())


def test_permutation_p_value_agrees_with_the_exact_one():
    pairs = pd.DataFrame({"city_a": list("abcdef"), "city_b": list("bcdefg")})
    weights = Neighbours.from_pairs(pairs)
    w = weights.matrix.toarray()
    x = np.array([0.0, 1.0, 2.0, 4.0, 3.0, 6.0, 7.0])
    z = np.array(list(orders(x))) - x.mean()
    drawn = np.einsum("pi,ij,pj->p", z, w, z)
    observed = drawn[0]
    exact = 2 * min((drawn >= observed - 1e-9).mean(), (drawn <= observed + 1e-9).mean())
    found = moran(
        pd.Series(x, index=weights.cities), weights, Resampling(9999, rng=np.random.default_rng(3))
    )
    assert found.p_value == pytest.approx(exact, abs=4 * np.sqrt(exact / 9999) + 2e-4)


def test_p_values_are_uniform_without_pattern_and_small_with_one():
    weights = grid(6)
    rng = np.random.default_rng(4)
    p = [
        moran(
            pd.Series(rng.normal(size=36), index=weights.cities), weights, Resampling(99, rng=rng)
        ).p_value
        for _ in range(200)
    ]
    assert 0.01 <= np.mean(np.array(p) <= 0.1) <= 0.18
    trend = pd.Series([float(c[:3]) for c in weights.cities], index=weights.cities)
    found = moran(trend, weights, Resampling(999, rng=rng))
    assert found.p_value == pytest.approx(0.002)
    assert found.p_normal < 1e-6


def test_local_indicators_sum_to_the_global_one():
    weights = grid(5)
    values = pd.Series(np.random.default_rng(5).normal(size=25), index=weights.cities)
    local = local_moran(values, weights, Resampling(99, rng=np.random.default_rng(6)))
    whole = moran(values, weights, None)
    assert local["local_i"].mean() == pytest.approx(whole.statistic)
    z = values - values.mean()
    np.testing.assert_allclose(local["lag"], weights.matrix.toarray() @ z.to_numpy())


def test_a_planted_cluster_is_found_and_named():
    weights = grid(9)
    rng = np.random.default_rng(7)
    values = pd.Series(rng.normal(0, 0.3, 81), index=weights.cities)
    low = [c for c in weights.cities if int(c[:3]) < 3 and int(c[3:]) < 3]
    values[low] -= 5
    local = local_moran(values, weights, Resampling(4999, rng=rng))
    centre = local.loc["001001"]
    assert centre["quadrant"] == "low-low"
    assert centre["significant"]
    assert set(local.index[local["significant"] & (local["quadrant"] == "low-low")]) <= set(low)
    np.testing.assert_allclose(local["p_adjusted"], false_discovery_control(local["p_value"]))
    with pytest.raises(SpecError, match="at least 99"):
        local_moran(values, weights, Resampling(9, rng=rng))


def test_local_p_value_agrees_with_the_exact_one():
    pairs = pd.DataFrame({"city_a": list("abcde"), "city_b": list("bcdef")})
    weights = Neighbours.from_pairs(pairs)
    x = np.array([5.0, 4.0, 6.0, 1.0, 0.0, 2.0])
    values = pd.Series(x, index=weights.cities)
    found = local_moran(values, weights, Resampling(20_000, rng=np.random.default_rng(8))).loc[
        "b", "p_value"
    ]
    others = np.delete(x, 1)
    means = np.array([(others[i] + others[j]) / 2 for i in range(5) for j in range(i)])
    exact = min(1.0, 2 * min((means >= 5.5).mean(), (means <= 5.5).mean()))
    assert found == pytest.approx(exact, abs=0.02)


def test_isolated_cities_are_named_and_missing_figures_refused():
    pairs = pd.DataFrame({"city_a": ["a", "b", "x"], "city_b": ["b", "c", "y"]})
    weights = Neighbours.from_pairs(pairs, cities=["a", "b", "c", "x", "lonely"])
    assert weights.isolated == ("lonely", "x")
    assert weights.cities == ("a", "b", "c")
    with pytest.raises(DataError, match="no figure for 1 cities"):
        moran(pd.Series({"a": 1.0, "b": 2.0}), weights)
    with pytest.raises(DataError, match="without variance"):
        moran(pd.Series(1.0, index=list("abc")), weights)
    with pytest.raises(DataError, match="beside itself"):
        Neighbours.from_pairs(pd.DataFrame({"city_a": ["a"], "city_b": ["a"]}))
    twice = pd.concat([pairs, pairs.rename(columns={"city_a": "city_b", "city_b": "city_a"})])
    np.testing.assert_allclose(
        Neighbours.from_pairs(twice).matrix.toarray(), Neighbours.from_pairs(pairs).matrix.toarray()
    )


def test_distances_to_core_cities():
    quarter = np.pi / 2 * 6371.0088
    at = [np.array([v]) for v in (0.0, 0.0, 0.0, 90.0)]
    assert haversine_km(*at)[0] == pytest.approx(quarter)
    places = pd.DataFrame(
        {"lon": [116.4, 117.2, 126.6], "lat": [39.9, 39.1, 45.8]}, index=["bj", "tj", "hrb"]
    )
    found = distance_to_core(places, ["bj", "tj"])
    assert found["core"].tolist() == ["bj", "tj", "bj"]
    assert found["distance_km"].tolist()[:2] == [0.0, 0.0]
    assert found.loc["hrb", "distance_km"] == pytest.approx(1056, abs=10)
    with pytest.raises(DataError, match="core city xx"):
        distance_to_core(places, ["xx"])
