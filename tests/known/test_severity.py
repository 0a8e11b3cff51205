"""Severity and label uncertainty against closed forms worked out by hand."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage import ConsecutiveDecline
from econshrink.shrinkage.decline import RecoveryRule, severity
from econshrink.shrinkage.uncertainty import (
    LevelErrors,
    StepErrors,
    count_distribution,
    count_interval,
    growth_spread,
    loss_probability,
    run_probability,
)

NAN = np.nan


def panel(*rows, first=2010):
    years = list(range(first, first + len(rows[0])))
    table = pd.DataFrame(
        {
            "city": np.repeat([f"{n:06d}" for n in range(len(rows))], len(years)),
            "year": years * len(rows),
            "population": np.array(rows, dtype=float).ravel(),
        }
    )
    return CityPanel.from_long(table)


def one(*values, **options):
    return severity(panel(values), (2010, 2009 + len(values)), **options).iloc[0]


def test_constant_loss_has_closed_forms():
    rate = 0.02
    row = one(*[100 * (1 - rate) ** t for t in range(8)])
    assert row["annual_loss"] == pytest.approx(rate)
    assert row["spell_annual_loss"] == pytest.approx(rate)
    total = 1 - (1 - rate) ** 7
    assert row[["cumulative_loss", "drawdown", "spell_loss"]].tolist() == pytest.approx([total] * 3)
    assert row[["persistence", "spell_years", "longest_run", "spells"]].tolist() == [1, 7, 7, 1]
    assert row[["onset", "detection", "peak_year", "trough_year"]].tolist() == [
        2011, 2013, 2010, 2017,
    ]  # fmt: skip
    assert row[["ever", "current", "recovered"]].tolist() == [1, 1, 0]
    assert row["rule_id"] == ConsecutiveDecline().rule_id


def test_growth_has_no_spell_and_a_negative_loss():
    row = one(100, 101, 102, 103, 104)
    assert row["cumulative_loss"] == pytest.approx(-0.04)
    assert row[["drawdown", "persistence", "ever", "current", "spells"]].tolist() == [0] * 5
    assert row[["onset", "spell_loss", "recovered", "peak_year"]].isna().all()


def test_drawdown_is_measured_from_the_highest_stock_before():
    row = one(100, 120, 90, 110, 140, 126, 133)
    assert row["drawdown"] == pytest.approx(1 - 90 / 120)
    assert row[["peak_year", "trough_year"]].tolist() == [2011, 2012]
    assert row["cumulative_loss"] == pytest.approx(1 - 133 / 100)


def test_two_spells_the_first_one_is_described():
    row = one(100, 99, 98, 97, 98, 97, 96, 95, 94)
    assert row["spells"] == 2
    assert row[["onset", "detection", "spell_years"]].tolist() == [2011, 2013, 3]
    assert row["spell_loss"] == pytest.approx(0.03)
    assert row[["current", "longest_run", "falling_years"]].tolist() == [1, 4, 7]
    assert row["recovered"] == 0


def test_recovery_needs_both_the_rises_and_the_share():
    values = (100, 90, 80, 70, 72, 74, 84, 86, 90)
    assert one(*values)["recovery_year"] == 2017  # 86 >= 85: the fourth rise
    assert one(*values, recovery=RecoveryRule(2, 0.5))["recovery_year"] == 2017
    assert one(*values, recovery=RecoveryRule(2, 0.1))["recovery_year"] == 2015
    assert one(*values, recovery=RecoveryRule(3, 0.1))["recovery_year"] == 2016
    assert one(*values, recovery=RecoveryRule(3, 1.0))["recovered"] == 0
    # rises interrupted by a flat year do not add up
    flat = one(100, 90, 80, 70, 90, 90, 91, 92, recovery=RecoveryRule(3, 0.5))
    assert flat["recovered"] == 0
    exact = one(100, 90, 80, 70, 75, 80, 85, recovery=RecoveryRule(3, 0.5))
    assert exact["recovery_year"] == 2016


def test_rises_before_the_spell_do_not_count_as_recovery():
    row = one(90, 95, 100, 98, 96, 94, 99, 99)
    assert row[["onset", "detection"]].tolist() == [2013, 2015]
    assert one(90, 95, 100, 98, 96, 94, 99, 99, recovery=RecoveryRule(2))["recovered"] == 0


def test_gaps_leave_undefined_what_the_figures_cannot_tell():
    row = one(100, 99, NAN, 98, 97)
    assert row[["years_seen", "falling_years"]].tolist() == [2, 2]
    assert row[["ever", "current"]].isna().all()
    assert row["cumulative_loss"] == pytest.approx(0.03)
    nothing = one(NAN, NAN, NAN, NAN)
    assert nothing[["persistence", "drawdown", "cumulative_loss", "ever"]].isna().all()
    late = one(100, 99, 98, 97, NAN, 99, 100, recovery=RecoveryRule(2, 0.5))
    assert late["spell_years"] == 3
    assert np.isnan(late["recovered"])  # one rise is seen, the gap may hide another


def test_a_window_outside_the_panel_is_an_error():
    with pytest.raises(DataError, match="window 2005–2012"):
        severity(panel([1, 2, 3]), (2005, 2012))
    with pytest.raises(SpecError, match="at least one rise"):
        RecoveryRule(0)


def test_probability_of_loss_is_the_normal_distribution_function():
    data = panel([100, 98], [100, 100], [100, NAN])
    errors = pd.Series([0.01, 0.02, NAN], index=data.cities)
    found = loss_probability(data, (2010, 2011), errors)
    assert found.iloc[0] == pytest.approx(norm.cdf(-np.log(0.98) / 0.01))
    assert found.iloc[1] == 0.5
    assert np.isnan(found.iloc[2])
    assert loss_probability(data, (2010, 2011), 0.0).tolist()[:2] == [1.0, 0.0]
    five = loss_probability(data, (2010, 2011), 0.01, threshold=0.05)
    assert five.iloc[0] == pytest.approx(norm.cdf((np.log(0.95) - np.log(0.98)) / 0.01))
    with pytest.raises(DataError, match="city 000001"):
        loss_probability(data, (2010, 2011), errors.iloc[[0]])


def test_run_probability_equals_the_sum_over_all_patterns():
    values = [100, 99, 99.5, 99, 98, 98.5]
    steps, s = np.diff(np.log(values)), 0.01
    p = norm.cdf(-steps / s)
    expected = 0.0
    for pattern in product([0, 1], repeat=5):
        if "111" in "".join(map(str, pattern)):
            expected += np.prod([q if fall else 1 - q for q, fall in zip(p, pattern, strict=True)])
    rng = np.random.default_rng(1)
    found = run_probability(panel(values), (2010, 2015), StepErrors(s), rng)
    assert found.iloc[0] == pytest.approx(expected)
    assert run_probability(panel(values), (2010, 2015), StepErrors(0.0), rng).iloc[0] == 0.0


def test_level_errors_make_runs_in_a_flat_series_rarer_than_step_errors():
    """Three falls mean four stocks in falling order: probability 1 / 4! = 1 / 24, not 1 / 8."""
    flat = panel([100.0] * 4)
    found = run_probability(flat, (2010, 2013), LevelErrors(0.01, 40_000), np.random.default_rng(2))
    assert found.iloc[0] == pytest.approx(1 / 24, abs=4 * np.sqrt(1 / 24 / 40_000))


def test_count_of_shrinking_cities_is_poisson_binomial():
    p = pd.Series([0.2, 0.7, 0.5, NAN])
    law = count_distribution(p)
    assert law.tolist() == pytest.approx([0.12, 0.43, 0.38, 0.07])
    mean, low, high = count_interval(p, 0.90)
    assert (mean, low, high) == (pytest.approx(1.4), 0, 3)
    assert count_interval(pd.Series([1.0] * 5 + [0.0] * 3)) == (5.0, 5, 5)


def test_spread_between_alternative_series():
    one, two = panel([100, 90], [100, 90]), panel([100, 99], [100, NAN])
    found = growth_spread([one, two], (2010, 2011))
    assert found.iloc[0] == pytest.approx(np.std(np.log([0.90, 0.99]), ddof=1))
    assert np.isnan(found.iloc[1])
    with pytest.raises(DataError, match="at least two"):
        growth_spread([one], (2010, 2011))


def test_runs_of_no_year_are_refused_and_only_drawn_errors_use_randomness():
    flat = panel([100.0] * 4)
    with pytest.raises(SpecError, match="runs of 0 years"):
        run_probability(flat, (2010, 2013), StepErrors(0.1), years=0)
    exact = [run_probability(flat, (2010, 2013), StepErrors(0.1), rng).iloc[0] for rng in (None, 5)]
    drawn = [
        run_probability(flat, (2010, 2013), LevelErrors(0.1, 50), rng).iloc[0]
        for rng in (None, generator("shrinkage.run_probability"), 5)
    ]
    assert exact[0] == exact[1]
    assert drawn[0] == drawn[1] != drawn[2]
