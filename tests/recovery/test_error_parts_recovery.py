"""Planted demography and planted rebasing: both parts found, coverage nominal for both truths."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.backtest import run_backtest
from econshrink.forecast.backtesting.design import BacktestDesign
from econshrink.forecast.backtesting.parts import REBASING, ErrorParts, census_step
from econshrink.forecast.backtesting.record import keep_record
from econshrink.forecast.backtesting.shocks import Space, draw_noise
from econshrink.forecast.models.naive import LastValue
from econshrink.forecast.view import InformationSet

pytestmark = pytest.mark.slow
YEARS = tuple(range(1950, 2006))
CENSUSES = (1960, 1970, 1980, 1990, 2000)
OWN, SHARED = 0.03, 0.02  # planted corrections of a unit and of its province
STEP = 0.01


def planted(cities=240, provinces=30, seed=7):
    """People as a random walk; published figures that each census moves for good."""
    rng = np.random.default_rng(seed)
    groups = np.arange(cities) % provinces
    shape = (cities, len(YEARS))
    people = rng.uniform(13, 16, (cities, 1)) + STEP * rng.normal(size=shape).cumsum(axis=1)
    moved = np.zeros(shape)
    for census in CENSUSES:
        step = SHARED * rng.normal(size=provinces)[groups] + OWN * rng.normal(size=cities)
        moved[:, YEARS.index(census) :] += step[:, None]
    names = tuple(f"{i:06d}" for i in range(cities))
    published = InformationSet(names, YEARS, people + moved, groups, censuses=CENSUSES)
    return published, people


def frame(level, view):
    return pd.DataFrame(np.exp(level), index=list(view.cities), columns=list(YEARS))


def test_parts_are_the_planted_ones():
    view = planted()[0].until(1998)
    steps = np.array([1, 5])
    rng = generator("test.parts")
    noise = [draw_noise(view.groups, Space(view.pairs, 240), 800, rng) for _ in steps]
    record = keep_record(LastValue(), view, steps, 5)
    total, parts = ErrorParts(half_life=50, nation=0.0).drawn(
        view, record, noise, Space(view.pairs, 240)
    )
    assert np.all(parts[REBASING][:, 0] == parts[REBASING][:, :1][:, 0])
    assert np.abs(parts[REBASING][:, 0]).max() < 1e-12  # no census in 1999
    size = parts[REBASING][:, 1].std(axis=1).mean()
    assert size == pytest.approx(np.hypot(OWN, SHARED), rel=0.1)
    people = total - parts[REBASING]
    assert people[:, 1].std(axis=1).mean() == pytest.approx(STEP * np.sqrt(5), rel=0.12)
    assert np.abs(np.median(total, axis=2)).max() < 1e-12
    assert np.abs(np.median(people, axis=2)).max() < 1e-12
    # provinces share their correction, units of different ones do not
    draws = parts[REBASING][:, 1]
    same = np.corrcoef(draws[0], draws[30])[0, 1]
    assert same == pytest.approx(SHARED**2 / (SHARED**2 + OWN**2), abs=0.12)
    assert abs(np.corrcoef(draws[0], draws[1])[0, 1]) < 0.12


def test_a_step_is_seen_as_planted():
    view, _ = planted()
    step = census_step(view, 1990)
    assert np.std(step) == pytest.approx(np.hypot(np.hypot(OWN, SHARED), STEP * 1.1), rel=0.12)


@pytest.mark.parametrize(("published", "low", "high"), [(True, 0.74, 0.86), (False, 0.74, 0.86)])
def test_coverage_is_nominal_for_figures_and_for_people(published, low, high):
    view, people = planted()
    truth = frame(view.level if published else people, view)
    options = ErrorParts(half_life=50, nation=0.0, published=published)
    design = BacktestDesign(
        (1986, 1988, 1996, 1998), (1, 5), draws=300, spreading=options, recalibrated=False
    )
    start = None if published else truth
    found = run_backtest(view.until, truth, {"last": LastValue()}, design, start=start)
    for _, part in found.cases[found.cases["model"] == "last"].groupby("horizon"):
        assert low < part["inside80"].mean() < high


def test_what_ignores_rebasing_covers_too_little_across_a_census():
    view, _ = planted()
    truth = frame(view.level, view)
    options = ErrorParts(half_life=50, published=False)
    design = BacktestDesign((1986, 1998), (5,), draws=300, spreading=options, recalibrated=False)
    found = run_backtest(view.until, truth, {"last": LastValue()}, design)
    assert found.cases["inside80"].mean() < 0.7
