"""Scenarios refuse what they do not know; the monitor's alarms are as rare as theory says."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.demography.projection.component import Projection, Shift
from econshrink.forecast.monitor import (
    Cusum,
    alert_value,
    japan_index,
    korea_class,
    korea_index,
    standardise,
)
from econshrink.forecast.scenario import Response, Scenario, compare_scenarios, scenario_shift
from econshrink.nouns.forecast import Forecast

CITIES = ("110000", "120000", "210100")


def rng():
    return np.random.default_rng(3)


def test_all_faults_of_a_scenario_are_told_at_once():
    with pytest.raises(SpecError) as told:
        Scenario("x", {"magic": 1.0, "fertility": -2.0, "collaboration": 2.0})
    text = str(told.value)
    assert "magic" in text
    assert "mobility" in text  # the known levers are listed
    assert "fertility of -2.0" in text
    assert "collaboration of 2.0" in text


def test_a_lever_needs_its_response_and_cities_that_are_there():
    with pytest.raises(SpecError, match="no response to 'jobs'"):
        scenario_shift(Scenario("x", {"jobs": 1.0}), CITIES, {}, 5, rng())
    with pytest.raises(SpecError, match="999999"):
        scenario_shift(Scenario("x", {}, ("999999",)), CITIES, {}, 5, rng())
    with pytest.raises(SpecError, match="standard error"):
        Response(1.0, -1.0)


def test_responses_are_as_uncertain_as_their_errors():
    responses = {"jobs": Response(0.4, 0.1)}
    made = scenario_shift(Scenario("x", {"jobs": 2.0}, CITIES[:1]), CITIES, responses, 4000, rng())
    assert made.level[:, 0].mean() == pytest.approx(0.4, abs=0.01)
    assert made.level[:, 0].std() == pytest.approx(0.1, rel=0.05)
    assert (made.level[:, 1:] == 0).all()


def test_scenarios_share_their_luck():
    responses = {"jobs": Response(0.4, 0.1), "housing": Response(0.2, 0.1)}
    one = scenario_shift(Scenario("a", {"housing": 1.0}), CITIES, responses, 50, rng())
    both = scenario_shift(
        Scenario("b", {"jobs": 1.0, "housing": 1.0}), CITIES, responses, 50, rng()
    )
    only = scenario_shift(Scenario("c", {"jobs": 1.0}), CITIES, responses, 50, rng())
    assert both.level == pytest.approx(one.level + only.level)


def test_a_comparison_is_made_draw_by_draw():
    luck = np.random.default_rng(0).normal(0, 10, (3, 1, 500))

    def run(shift):
        draws = np.maximum(100 + luck + 20 * shift.scale, 0)
        forecast = Forecast(CITIES, (2035,), draws, np.full(3, 120.0), 2020, 2020, "toy")
        return Projection(forecast, draws / 10, draws / 5, draws, draws, draws)

    table = compare_scenarios(
        run, {"base": Shift(), "worse": Shift(scale=0.0)}, year=2035, loss=0.05
    )
    assert table.loc["base", ["count_change_low", "count_change_high"]].tolist() == [0, 0]
    assert table.loc["worse", "count_change_low"] >= 0
    assert table.loc["worse", "count"] > table.loc["base", "count"] + 1
    assert table.loc["worse", "population_change"] == pytest.approx(-20 / 120, abs=0.01)


@pytest.mark.parametrize(("limit", "published"), [(4.0, 335.4), (5.0, 930.9)])
def test_run_lengths_are_those_of_the_literature(limit, published):
    # two-sided 168 and 465 (Montgomery, Introduction to Statistical Quality Control, table 9.3);
    # the grid of 200 states is good to about 0.2 percent
    assert Cusum(0.5, limit).run_length() == pytest.approx(published, rel=3e-3)


def test_false_alarms_are_as_rare_as_the_run_length_says():
    z = np.random.default_rng(5).standard_normal((4000, 60))
    rule = Cusum(0.5, 3.0)
    first = rule.follow(z).first_alarm()
    expected = 1 - np.exp(-60 / rule.run_length())
    assert np.isfinite(first).mean() == pytest.approx(expected, abs=0.03)


def test_a_lasting_fall_is_found_soon_and_gaps_do_no_harm():
    z = np.zeros((2, 10))
    z[0, 3:] = -1.5
    z[1, 3:] = [-1.5, np.nan, -1.5, np.nan, -1.5, -1.5, -1.5]
    found = Cusum(0.5, 4.0).follow(z)
    assert found.first_alarm().tolist()[0] == 7.0
    assert found.first_alarm().tolist()[1] == 9.0
    assert (found.up == 0).all()


def test_standardising_needs_figures_and_variation():
    values = np.array([[1.0, 1.0, 1.0, 2.0], [1.0, np.nan, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]])
    z = standardise(values, slice(0, 3))
    assert np.isnan(z[:2]).all()
    assert z[2].tolist() == [-1.0, 0.0, 1.0, 2.0]


def test_alerts_are_worth_nothing_at_the_base_rate_and_all_with_foresight():
    event = np.array([1.0, 0.0, 0.0, 0.0])
    ratios = np.array([0.1, 0.25, 0.6])
    assert alert_value(event, event, ratios) == pytest.approx(np.ones(3))
    assert alert_value(np.full(4, 0.25), event, ratios)[[0, 2]] == pytest.approx(np.zeros(2))
    with pytest.raises(SpecError, match="ratios"):
        alert_value(event, event, np.array([1.2]))
    with pytest.raises(SpecError, match="events"):
        alert_value(event, np.zeros(4), ratios)


def test_published_indices():
    index = korea_index(np.array([15.0, 40.0, 80.0, 120.0, 200.0]), np.full(5, 100.0))
    expected = ["high risk", "risk", "caution", "normal", "low risk"]
    assert korea_class(index) == expected
    assert pd.Series(japan_index(np.array([2.0, 2.0]), np.array([1.0, 1.1]))).tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize("options", [{"slack": -1.0}, {"limit": 0.0}])
def test_a_rule_that_makes_no_sense(options):
    with pytest.raises(SpecError):
        Cusum(**options)


def test_an_index_of_missing_figures_is_unknown_not_a_class():
    index = korea_index(np.array([10.0, np.nan]), np.array([0.0, 5.0]))
    assert np.isnan(index).all()
    assert korea_class(index) == ["unknown", "unknown"]
    with pytest.raises(DataError, match="missing figures"):
        japan_index(np.array([np.nan]), np.array([1.0]))
