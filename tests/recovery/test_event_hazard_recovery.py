"""When a hazard is true: first passages calibrated, their times uniform, its effect found."""

import numpy as np
import pytest
from scipy import stats

from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.outcomes import EventQuestion, outcome
from econshrink.forecast.events.hazard import PassageHazard
from econshrink.forecast.events.trajectories import FirstPassage
from econshrink.forecast.scores.calibration import calibration_line
from econshrink.forecast.scores.draws import pit_distance
from econshrink.forecast.view import InformationSet

CITIES, YEARS, ORIGIN, AHEAD = 500, 36, 2025, 10
BASE, EFFECT, JUMP = -3.5, 1.0, -0.08
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world():
    """Cities lose 8% in a year with a complementary log-log hazard of one known figure.

    Between the losses they hardly grow, so that the first loss after any origin is its first
    passage below 5%, and nothing else that is known at an origin matters.
    """
    rng = generator("tests.hazard.world")
    x = rng.normal(size=(CITIES, 1))
    hazard = np.exp(BASE + EFFECT * x)
    falls = rng.random((CITIES, YEARS)) < -np.expm1(-hazard)
    steps = np.where(falls, JUMP, rng.uniform(0, 0.001, (CITIES, YEARS)))
    level = rng.uniform(13, 16, (CITIES, 1)) + steps.cumsum(axis=1)
    years = tuple(range(2000, 2000 + YEARS))
    names = tuple(f"{i:06d}" for i in range(CITIES))
    figure = np.repeat(x, YEARS, axis=1)
    view = InformationSet(
        names, years, level, np.arange(CITIES) % 20, {"figure": figure}, censuses=()
    )
    steps_ahead = np.arange(1, AHEAD + 1)
    truth = -np.expm1(-hazard * steps_ahead)
    fit = PassageHazard(shares=(0.05,), extra=("figure",)).fit(view.until(ORIGIN))
    return view, fit, fit.chance(view.until(ORIGIN), steps_ahead)[:, 0], truth


def test_the_effect_is_found_and_the_others_are_not(world):
    _, fit, _, _ = world
    estimate = fit.edges[0].estimate
    for term in ("figure", "growth", "falling", "province_growth", "log_size"):
        error = np.sqrt(estimate.covariance[(estimate.terms.index(term),) * 2])
        assert abs(estimate.coefficient(term) - (term == "figure")) < 3.5 * error


def test_probabilities_are_near_the_true_ones(world):
    _, _, chance, truth = world
    assert np.abs(chance - truth).mean() < 0.02
    assert chance.mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=0.02)


@pytest.mark.parametrize("horizon", [3, 5, 10])
def test_the_calibration_slope_is_one(world, horizon):
    view, _, chance, _ = world
    asked = EventQuestion("loss", lambda _: FirstPassage(0.05, horizon), horizon)
    came = outcome(asked, view, ORIGIN)
    line = calibration_line(chance[:, horizon - 1], came)
    assert abs(line.slope - 1) < 3 * line.slope_error
    assert abs(line.intercept) < 3 * line.intercept_error
    assert line.slope_error < 0.2  # a slope of one half would be seen


def test_the_time_of_the_passage_is_uniform_in_its_probability(world):
    view, _, chance, _ = world
    place = view.years.index(ORIGIN)
    change = view.level[:, place + 1 :] - view.level[:, [place]]
    passed = change <= np.log(0.95)
    time = np.where(passed.any(axis=1), passed.argmax(axis=1), AHEAD)
    edges = np.column_stack([np.zeros(CITIES), chance, np.ones(CITIES)])
    rows = np.arange(CITIES)
    low, high = edges[rows, time], edges[rows, time + 1]
    values = low + generator("tests.hazard.pit").random(CITIES) * (high - low)
    assert pit_distance(values) < stats.kstwobign.ppf(0.99) / np.sqrt(CITIES)
    shifted = np.clip(values * 0.8, 0, 1)  # the test can fail: hazards a fifth too high
    assert pit_distance(shifted) > stats.kstwobign.ppf(0.99) / np.sqrt(CITIES)
