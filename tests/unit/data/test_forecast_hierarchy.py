"""The nation, its rest and provinces as they stood at an origin."""

import numpy as np
import pytest

from analyses.forecast.forecast_hierarchy import (
    build_case,
    nation_view,
    province_codes,
    provinces,
    provinces_at,
    rest_view,
)
from analyses.shared.forecast_setup import known_at
from econshrink.data import load_units
from econshrink.nouns.forecast import Forecast


def test_rest_and_units_make_the_nation_as_announced():
    nation, rest = nation_view(2015), rest_view(2015, 1.2e9)
    assert nation.origin == rest.origin == 2015
    assert np.exp(nation.at(2015)[0]) == pytest.approx(1_374_620_000)
    assert np.exp(rest.at(2015)[0]) == pytest.approx(174_620_000)
    assert np.isfinite(rest.level).all()


def test_provinces_never_change_with_what_comes_later():
    early, late = provinces_at(2015), provinces_at(2019)
    assert early.cities == provinces()[0]
    np.testing.assert_array_equal(late.until(2015).level, early.level)


def test_a_case_adds_up_by_every_way():
    view = known_at(2015)
    known = np.flatnonzero(np.isfinite(view.at(2015)))
    cities = tuple(np.array(view.cities)[known].tolist())
    base = np.exp(view.at(2015)[known])
    rng = np.random.default_rng(0)
    draws = base[:, None, None] * np.exp(0.05 * rng.standard_normal((len(base), 1, 40)))
    used = Forecast(cities, (2020,), draws, base, 2015, 2015, "made here")
    groups = province_codes(cities, load_units()["province"])
    above = 0.02 * rng.standard_normal((len(provinces()[0]), 40))
    case = build_case(used, 2020, groups, base, above, "tests.case")
    tree = case.hierarchy
    assert case.base.sum() == pytest.approx(1_374_620_000)
    assert len(tree.provinces) == len(np.unique(groups))
    for cities_made in (
        tree.mint(tree.variances),
        tree.mint(tree.covariance()[0]),
        tree.controlled(),
    ):
        sums = tree.bottom_up(cities_made)
        assert sums[0] == pytest.approx(sums[1:].sum(axis=0) + cities_made[-1], rel=1e-9)
    assert tree.controlled().sum(axis=0) == pytest.approx(tree.nation, rel=1e-12)
