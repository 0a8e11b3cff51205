"""Scores by hand, and against scikit-learn where it has them."""

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from econshrink.core.errors import ConvergenceError, DataError, SpecError
from econshrink.forecast.scores.calibration import (
    alarm_record,
    calibration_curve,
    calibration_line,
    net_benefit,
)
from econshrink.forecast.scores.comparison import diebold_mariano, model_confidence_set
from econshrink.forecast.scores.draws import (
    covered,
    crps,
    energy_score,
    interval_score,
    pit,
    pit_distance,
    sorted_quantiles,
)
from econshrink.forecast.scores.events import (
    auc,
    average_precision,
    brier,
    brier_skill,
    log_score,
    murphy,
)
from econshrink.forecast.scores.points import log_rmse, malpe, mape, mase, medape


def test_point_scores_by_hand():
    forecast, truth = np.array([110.0, 90.0, 100.0]), np.array([100.0, 100.0, 80.0])
    assert mape(forecast, truth) == pytest.approx((0.1 + 0.1 + 0.25) / 3)
    assert medape(forecast, truth) == pytest.approx(0.1)
    assert malpe(forecast, truth) == pytest.approx(0.25 / 3)
    logs = np.log([1.1, 0.9, 1.25])
    assert log_rmse(forecast, truth) == pytest.approx(np.sqrt((logs**2).mean()))
    assert mase(forecast, truth, np.array([10.0, 5.0, 20.0])) == pytest.approx((1 + 2 + 1) / 3)


def test_crps_of_three_draws_by_hand():
    # mean|x-y| = (1+0+2)/3 = 1; pairs: |1-2|=1, |1-4|=3, |2-4|=2, sum over ordered pairs 12
    draws, truth = np.array([4.0, 1.0, 2.0]), np.array(2.0)
    assert crps(draws, truth) == pytest.approx(1 - 12 / (2 * 9))
    assert crps(draws, truth, fair=True) == pytest.approx(1 - 12 / (2 * 6))
    assert crps(np.sort(draws), truth, ordered=True) == pytest.approx(float(crps(draws, truth)))


def test_crps_is_the_integral_of_the_squared_distance_of_distributions():
    draws, truth = np.array([-1.0, 0.5, 0.7, 3.0]), 1.1
    grid = np.linspace(-6, 8, 280_001)
    steps = (draws[:, None] <= grid).mean(axis=0) - (grid >= truth)
    integral = np.trapezoid(steps**2, grid)
    assert crps(draws, np.array(truth)) == pytest.approx(integral, abs=1e-4)


def test_pit_and_interval_score_by_hand():
    draws = np.array([[1.0, 2.0, 3.0, 4.0]])
    assert pit(draws, np.array([2.5])).tolist() == [0.5]
    assert pit(draws, np.array([2.0]), np.array([0.0])).tolist() == [0.2]
    assert pit(draws, np.array([2.0]), np.array([1.0])).tolist() == pytest.approx([0.6])
    low, high = np.array([1.0, 1.0, 1.0]), np.array([3.0, 3.0, 3.0])
    truth = np.array([2.0, 0.5, 4.0])
    # width 2; outside by 0.5 and 1 with factor 2 / 0.2 = 10
    assert interval_score(low, high, truth, 0.8) == pytest.approx([2.0, 7.0, 12.0])
    assert covered(low, high, truth).tolist() == [1.0, 0.0, 0.0]
    assert covered(low, high, low).tolist() == [1.0, 1.0, 1.0]  # ends are inside
    assert pit_distance(np.array([0.1, 0.2, 0.9])) == pytest.approx(2 / 3 - 0.2)


def test_sorted_quantiles_are_numpys():
    ordered = np.sort(np.random.default_rng(1).normal(size=(5, 31)), axis=1)
    levels = (0.0, 0.1, 0.5, 0.77, 1.0)
    expected = np.quantile(ordered, levels, axis=1)
    assert np.array(sorted_quantiles(ordered, levels)) == pytest.approx(expected, abs=1e-14)


def test_energy_score_by_hand_and_as_crps():
    draws = np.array([[0.0, 3.0], [0.0, 4.0]])
    # distances to (0, 0): 0 and 5; between draws: 0, 5, 5, 0
    assert energy_score(draws, np.zeros(2)) == pytest.approx(2.5 - 1.25)
    line = np.random.default_rng(2).normal(size=(1, 40))
    assert energy_score(line, np.array([0.3])) == pytest.approx(float(crps(line[0], np.array(0.3))))


def test_brier_and_its_parts():
    p, y = np.array([0.2, 0.2, 0.7, 0.8, 0.75]), np.array([0, 1, 1, 1, 0])
    parts = murphy(p, y, bins=5)
    assert brier(p, y) == pytest.approx(brier_score_loss(y, p))
    assert parts.score == pytest.approx(brier(p, y), abs=1e-15)
    # two bins used: 0.2 (2 cases, one event), [0.6, 0.8) 2 cases, [0.8, 1] one case
    reliability = (2 * (0.2 - 0.5) ** 2 + 2 * (0.725 - 0.5) ** 2 + (0.8 - 1) ** 2) / 5
    resolution = (2 * (0.5 - 0.6) ** 2 + 2 * (0.5 - 0.6) ** 2 + (1 - 0.6) ** 2) / 5
    assert parts.reliability == pytest.approx(reliability)
    assert parts.resolution == pytest.approx(resolution)
    assert parts.uncertainty == pytest.approx(0.24)
    assert brier_skill(p, y, p) == 0


def test_ranks_and_log_score_agree_with_scikit_learn():
    rng = np.random.default_rng(3)
    p = rng.random(400).round(2)  # ties
    y = (rng.random(400) < p).astype(float)
    assert auc(p, y) == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert average_precision(p, y) == pytest.approx(average_precision_score(y, p), abs=1e-12)
    inner = np.clip(p, 0.01, 0.99)
    assert log_score(inner, y) == pytest.approx(log_loss(y, inner), abs=1e-12)
    assert log_score(np.array([0.0]), np.array([1.0])) == np.inf


def test_calibration_line_is_a_logit_regression():
    rng = np.random.default_rng(4)
    p = rng.uniform(0.02, 0.98, 500)
    true = 1 / (1 + np.exp(-(0.3 + 0.6 * np.log(p / (1 - p)))))
    y = (rng.random(500) < true).astype(float)
    groups = np.repeat(np.arange(25), 20)
    line = calibration_line(p, y, groups)
    design = sm.add_constant(np.log(p / (1 - p)))
    other = sm.Logit(y, design).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    assert (line.intercept, line.slope) == pytest.approx(tuple(other.params), abs=1e-7)
    factor = np.sqrt(25 / 24)  # our rule for few clusters
    expected = tuple(other.bse * factor)
    assert (line.intercept_error, line.slope_error) == pytest.approx(expected, rel=1e-6)
    middle, low, high = line.band(np.array([0.5]))
    assert low < middle < high


def test_calibration_curve_has_wilson_intervals():
    curve = calibration_curve(np.full(10, 0.35), np.array([1] * 3 + [0] * 7), bins=10)
    assert curve.frequency == pytest.approx([0.3])
    # Wilson for 3 of 10, published widely: 0.1078 to 0.6032
    assert (curve.low[0], curve.high[0]) == pytest.approx((0.1078, 0.6032), abs=1e-4)


def test_net_benefit_of_acting_on_all_and_on_the_right_ones():
    y = np.array([1.0, 0.0, 0.0, 0.0])
    all_of_them = net_benefit(np.ones(4), y, np.array([0.2]))
    assert all_of_them == pytest.approx([0.25 - 0.75 * 0.25])
    assert net_benefit(y, y, np.array([0.2])) == pytest.approx([0.25])


def test_alarms_by_hand():
    years = np.arange(2010.0, 2020.0)
    alarm = np.zeros((3, 10), dtype=bool)
    alarm[0, 1] = alarm[0, 3] = True  # 2011 and 2013, event in 2014
    alarm[1, 2] = True  # no event: false, and its five years are over by 2019
    alarm[2, 8] = True  # no event yet, horizon reaches beyond 2019: not judged
    found = alarm_record(alarm, np.array([2014.0, np.nan, np.nan]), years, 5)
    assert found.lead_time == 3.0
    assert (found.warned, found.events) == (1, 1)
    # watched: city 0 in 2010-13, cities 1 and 2 in 2010-14
    assert found.watched == 4 + 5 + 5
    assert found.false_alarms_per_100 == pytest.approx(100 / 14)


def test_diebold_mariano_by_hand():
    first, second = np.array([1.0, 3.0, 2.0, 5.0]), np.array([2.0, 2.0, 4.0, 4.0])
    gap = first - second  # -1, 1, -2, 1: mean -0.25
    test = diebold_mariano(first, second, 1)
    variance = ((gap + 0.25) ** 2).sum() / 4
    statistic = -0.25 / np.sqrt(variance / 4) * np.sqrt((4 + 1 - 2) / 4)
    assert test.statistic == pytest.approx(statistic)
    assert test.independent == 4
    overlapping = diebold_mariano(first, second, 4)
    assert np.isnan(overlapping.p_value)
    assert overlapping.independent == 1


@pytest.mark.parametrize("horizon", [1, 2, 3, 4])
def test_diebold_mariano_counts_every_pair_of_origins_nearer_than_the_horizon(horizon):
    first, second = np.random.default_rng(horizon).normal(size=(2, 30)).cumsum(axis=1) / 5
    gap = first - second
    dev = gap - gap.mean()
    pairs = [(s, t) for s in range(30) for t in range(30) if abs(s - t) < horizon]
    variance = sum(dev[s] * dev[t] for s, t in pairs) / 30
    factor = (31 - 2 * horizon + horizon * (horizon - 1) / 30) / 30
    statistic = gap.mean() / np.sqrt(variance / 30) * np.sqrt(factor)
    assert diebold_mariano(first, second, horizon).statistic == pytest.approx(statistic, rel=1e-12)


def test_model_confidence_set_drops_what_is_clearly_worse():
    rng = np.random.default_rng(5)
    losses = rng.normal(size=(80, 3)) + np.array([0.0, 0.05, 2.0])
    p = model_confidence_set(losses, rng, replicates=500)
    assert p.max() == 1
    assert p[2] < 0.01 < p[1]
    same = model_confidence_set(np.ones((5, 2)), rng, replicates=50)
    assert same.tolist() == [1.0, 1.0]
    assert model_confidence_set(losses[:, :1], rng).tolist() == [1.0]
    with pytest.raises(DataError, match="origins × models"):
        model_confidence_set(losses[:, :0], rng)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mape(np.array([1.0]), np.array([0.0])), "above zero"),
        (lambda: mape(np.array([]), np.array([])), "at least one"),
        (lambda: mape(np.array([1.0, 2.0]), np.array([1.0])), "shapes"),
        (lambda: mase(np.ones(1), np.ones(1), np.zeros(1)), "scale"),
        (lambda: crps(np.ones((2, 3)), np.ones(3)), "shape"),
        (lambda: crps(np.array([np.nan]), np.array(1.0)), "finite"),
        (lambda: crps(np.ones((0,)), np.array(1.0)), "m at least 1"),
        (lambda: brier(np.array([1.2]), np.array([1])), "outside"),
        (lambda: brier(np.array([0.2]), np.array([2])), "events other"),
        (lambda: auc(np.array([0.1, 0.2]), np.array([1, 1])), "always happened"),
        (lambda: average_precision(np.array([0.1, 0.2]), np.array([0, 0])), "never happened"),
        (lambda: brier_skill(np.array([0.5]), np.array([1]), 1.0), "without error"),
        (lambda: calibration_line(np.full(4, 0.3), np.array([1, 0, 1, 0])), "one probability"),
        (lambda: diebold_mariano(np.array([np.nan]), np.array([1.0]), 1), "missing"),
    ],
)
def test_degenerate_input_ends_in_words(call, words):
    with pytest.raises(DataError, match=words):
        call()


def test_impossible_options_end_in_words():
    with pytest.raises(SpecError, match="between 0 and 1"):
        interval_score(np.zeros(1), np.ones(1), np.zeros(1), 1.0)
    with pytest.raises(SpecError, match="below the lower"):
        interval_score(np.ones(1), np.zeros(1), np.zeros(1), 0.8)
    with pytest.raises(SpecError, match="horizon 0"):
        diebold_mariano(np.ones(3), np.zeros(3), 0)
    with pytest.raises(SpecError, match="thresholds"):
        net_benefit(np.ones(1), np.ones(1), np.array([1.0]))
    with pytest.raises(ConvergenceError, match="separate"):
        calibration_line(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]))
