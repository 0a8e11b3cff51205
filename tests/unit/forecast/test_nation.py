"""Rates calibrated to official births and deaths; draws of units and rest that add up."""

from dataclasses import replace

import numpy as np
import pytest

from econshrink.core.errors import DataError
from econshrink.demography.ageing import SurvivalRatios
from econshrink.demography.projection.calibration import (
    Calibration,
    as_nation,
    calibrate,
    project_nation,
)
from econshrink.demography.projection.component import (
    CohortStart,
    RateRisk,
    carry,
    project_cohorts,
)
from econshrink.demography.projection.migration import MigrationProcess, Profiles
from econshrink.forecast.nation import NationalForecast, hold_to_nation
from econshrink.nouns.forecast import Forecast
from econshrink.report import plot_pyramid

AGES, UNITS, STEPS = 12, ("a", "b", "c"), 3
STILL = MigrationProcess(0.0, 0.0, 0.0)


def start():
    rng = np.random.default_rng(4)
    survival = np.tile(np.linspace(0.995, 0.6, AGES), (STEPS, 2, 1))
    ratios = SurvivalRatios(2020, 5, survival, np.full((STEPS, 2), 0.99))
    fertility = np.zeros(AGES)
    fertility[4:8] = 0.05
    flat = np.ones((2, AGES))
    people = rng.uniform(5e4, 9e4, (3, 2, AGES))
    relative = np.array([0.8, 1.0, 1.3])
    return CohortStart(
        UNITS, np.array([0, 0, 1]), people, ratios, fertility, relative, np.zeros(3),
        Profiles(flat, flat),
    )  # fmt: skip


def flows(begun):
    made = project_cohorts(begun, STILL, draws=1, close=False)
    return [float(f[:, 0].sum()) / 5 for f in (made.births, made.deaths)]


def test_calibrated_rates_meet_births_and_deaths():
    begun = start()
    births, deaths = flows(begun)
    found = calibrate(begun, 0.8 * births, 1.1 * deaths)
    assert flows(found.apply(begun)) == pytest.approx([0.8 * births, 1.1 * deaths])
    assert found.fertility < 1 < found.mortality
    same = calibrate(begun, births, deaths)
    assert (same.fertility, same.mortality) == pytest.approx((1, 1))


def test_the_nation_has_the_births_and_deaths_of_its_units():
    begun = start()
    _, births, deaths = carry(begun)
    _, born, died = carry(as_nation(begun))
    assert born[0, 0] == pytest.approx(births[:, 0].sum(), rel=0.01)
    assert died[0, 0] == pytest.approx(deaths[:, 0].sum(), rel=0.01)


def test_rates_beyond_reach_are_one_error():
    with pytest.raises(DataError, match="0 births"):
        calibrate(start(), 0.0, 10.0)
    with pytest.raises(DataError, match="figures that rates of these ages can meet"):
        calibrate(start(), 1e4, 1e12)


def test_growth_starts_from_the_official_figure_and_risk_after_the_known_step():
    begun = start()
    held, *_ = carry(as_nation(begun))
    sums = np.array([begun.people.sum(), *(p.sum() for p in held)])
    nation = project_nation(begun, 1e7, 2023, 2033, RateRisk(0.2, 0.05), draws=400, rng=1)
    still = project_nation(begun, 1e7, 2023, 2033, draws=2, rng=1)
    yearly = np.diff(np.log(sums)) / 5
    expected = 1e7 * np.exp(np.cumsum(np.repeat(yearly, 5)[3:13]))
    assert still.draws[0, :, 0] == pytest.approx(expected)
    assert np.ptp(nation.at(2025)) == pytest.approx(0, abs=1e-3)
    assert np.ptp(nation.at(2026)) > 1000
    assert np.median(nation.at(2033)) == pytest.approx(expected[-1], rel=0.01)
    with pytest.raises(DataError, match="rates until 2035"):
        project_nation(begun, 1e7, 2023, 2036, draws=2)
    early = project_nation(begun, 1e7, 2020, 2022, RateRisk(0.2, 0.05), draws=50, rng=1)
    assert np.ptp(early.at(2022)) > 1000


def bottom_up(draws=200):
    rng = np.random.default_rng(0)
    now = np.array([5e5, 8e5, 2e6])
    paths = now[:, None, None] * np.exp(rng.normal(0, 0.02, (3, 10, draws)).cumsum(axis=1))
    forecast = Forecast(UNITS, tuple(range(2024, 2034)), paths, now, 2023, 2023, "walk")
    nation = project_nation(start(), 1e7, 2023, 2033, RateRisk(0.2, 0.05), draws=draws, rng=1)
    return forecast, nation, now


def test_every_draw_adds_up():
    forecast, nation, now = bottom_up()
    held = hold_to_nation(forecast, nation, now)
    total = held.units.draws.sum(axis=0) + held.rest.draws[0]
    assert np.abs(total / held.nation.draws[0] - 1).max() < 1e-14
    assert np.sort(held.nation.draws[0], axis=1) == pytest.approx(np.sort(nation.draws[0], axis=1))
    # whole trajectories are paired, and a high sum meets a high nation
    kept = {tuple(path) for path in nation.draws[0].T}
    assert all(tuple(path) in kept for path in held.nation.draws[0].T)
    last = forecast.draws.sum(axis=0)[-1]
    assert (np.argsort(last) == np.argsort(held.nation.draws[0, -1])).all()
    assert held.rest.base[0] == pytest.approx(1e7 - now.sum())


def test_what_does_not_fit_is_refused():
    forecast, nation, now = bottom_up()
    with pytest.raises(DataError, match="a rest above zero"):
        hold_to_nation(forecast, nation, 10 * now)
    with pytest.raises(DataError, match="the same years and origin"):
        hold_to_nation(replace(forecast, origin=2022), nation, now)
    with pytest.raises(DataError, match="at least 200 draws"):
        hold_to_nation(forecast, replace(nation, draws=nation.draws[..., :5]), now)
    held = hold_to_nation(forecast, nation, now)
    with pytest.raises(DataError, match="miss the nation"):
        NationalForecast(forecast, held.rest, held.nation)
    assert Calibration(1.1, 0.9).mortality == 0.9


def test_a_projection_has_a_pyramid_of_every_step():
    begun = start()
    made = project_cohorts(begun, STILL, draws=3, close=False)
    year = made.forecast.years[-1]
    ages = made.pyramid(year)
    assert ages.lower == tuple(begun.ratios.lower)
    expected = made.forecast.at(year).mean(axis=1)
    assert ages.persons.sum(axis=(1, 2)) == pytest.approx(expected, abs=len(ages.lower) + 1)
    women = ages.persons[:, 1, [20 <= age < 40 for age in ages.lower]].sum()
    assert women == pytest.approx(made.women[:, -1].mean(axis=1).sum(), abs=len(ages.lower) + 1)
    axes = plot_pyramid(ages)
    assert str(year) in axes.get_xlabel()
    kept = made.select(np.arange(len(begun.cities)) == 0)
    assert np.array_equal(kept.pyramid(year).persons[0], ages.persons[0])
    with pytest.raises(DataError, match="Ask for the end of a step"):
        made.pyramid(year + 1)
    with pytest.raises(DataError, match="without ages"):
        replace(made, ages=None).pyramid(year)
