"""Properties that hold for every closure, whatever the figures."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.data import HoldGrowth, ObservedCell, StraightLine, close_log_linear
from econshrink.nouns.panel import CityPanel

YEARS = np.arange(2010, 2025)
RULES = st.sampled_from([HoldGrowth(1), HoldGrowth(3), ObservedCell(), StraightLine()])
EXTRAPOLATED = st.sampled_from([HoldGrowth(1), HoldGrowth(3), ObservedCell()])
CHECK = settings(max_examples=12, deadline=None, derandomize=True)


@st.composite
def figures(draw):
    """Annual figures of a few cities as levels and growth, and a census near them."""
    cities = draw(st.integers(1, 4))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    growth = rng.normal(0.0, 0.02, (cities, len(YEARS)))
    annual = np.exp(rng.uniform(8, 16, (cities, 1)) + growth.cumsum(axis=1))
    error = np.exp(rng.normal(0.0, 0.05, (cities, 2)))
    return annual, annual[:, [0, 10]] * error


def panel(values: np.ndarray, years: np.ndarray) -> CityPanel:
    cities = [str(230_100 + 100 * place) for place in range(len(values))]
    frame = pd.DataFrame(values, index=pd.Index(cities, name="city"), columns=years)
    return CityPanel(frame.rename_axis(columns="year").stack().to_frame("population"))


def close(annual, census, rule):
    closure = close_log_linear(
        panel(annual, YEARS), panel(census, np.array([2010, 2020])), old_base=rule
    )
    assert closure.excluded.empty
    return closure.panel.wide("population").to_numpy()


@CHECK
@given(figures(), RULES)
def test_the_census_is_met_exactly(data, rule):
    annual, census = data
    closed = close(annual, census, rule)
    assert (closed[:, [0, 10]] == census).all()
    assert (closed > 0).all()


@CHECK
@given(figures(), RULES, st.floats(1e-4, 1e4))
def test_units_do_not_matter(data, rule, factor):
    annual, census = data
    one, other = close(annual, census, rule), close(annual * factor, census * factor, rule)
    assert other == pytest.approx(one * factor, rel=1e-10)


@CHECK
@given(figures(), EXTRAPOLATED)
def test_a_series_that_agrees_with_the_census_is_left_alone(data, rule):
    annual, _ = data
    level = rule.level(annual[:, :11], np.ones((len(annual), 11), dtype=bool))
    annual[:, 10] = level
    closed = close(annual, annual[:, [0, 10]], rule)
    assert (closed == annual).all()


@CHECK
@given(figures(), EXTRAPOLATED)
def test_growth_within_the_decade_moves_by_one_constant_per_city(data, rule):
    annual, census = data
    closed = close(annual, census, rule)
    difference = np.diff(np.log(closed), axis=1) - np.diff(np.log(annual), axis=1)
    inside = difference[:, :9]  # 2011 to 2019
    assert inside == pytest.approx(np.repeat(inside[:, :1], 9, axis=1), abs=1e-10)
    after = difference[:, 10:]  # from 2021 on growth is that of the annual series
    assert after == pytest.approx(np.zeros_like(after), abs=1e-10)


@CHECK
@given(figures(), RULES)
def test_cities_are_closed_one_by_one(data, rule):
    annual, census = data
    together = close(annual, census, rule)
    backwards = close(annual[::-1], census[::-1], rule)[::-1]
    assert backwards == pytest.approx(together, rel=1e-14)
    assert close(annual[:1], census[:1], rule) == pytest.approx(together[:1], rel=1e-14)


@CHECK
@given(figures())
def test_decade_growth_is_that_of_the_census_under_every_rule(data):
    annual, census = data
    growth = {
        repr(rule): tuple(np.log(close(annual, census, rule)[:, 10] / census[:, 0]))
        for rule in (HoldGrowth(1), HoldGrowth(3), ObservedCell(), StraightLine())
    }
    assert len(set(growth.values())) == 1
