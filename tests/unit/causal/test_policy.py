"""Policy designs: bad input named, size and coverage under known violations, missing extras."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from econshrink.causal.policy import external
from econshrink.causal.policy.adoption import NEVER, Adoption, adoption
from econshrink.causal.policy.group_time import (
    event_curve,
    event_study,
    group_time,
    joint_pretest,
    overall_effect,
)
from econshrink.causal.policy.honest import (
    RelativeMagnitudes,
    Smoothness,
    breakdown_value,
    honest_interval,
)
from econshrink.causal.policy.placebo import effect_before, placebo_cities, placebo_permutation_test
from econshrink.causal.policy.pretrends import detectable_slope, power_table, pretrend_power
from econshrink.causal.policy.synthetic import synthetic_control
from econshrink.core.errors import DataError, MissingExtra, SpecError
from econshrink.inference.resampling import Resampling
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel


def made(seed=0, n=60, effect=0.5, trend=0.0):
    rng = np.random.default_rng(seed)
    years = np.arange(2000, 2014)
    first = np.full(n, NEVER)
    first[:12], first[12:24] = 2006, 2008
    outcome = rng.normal(size=(n, 1)) + rng.normal(size=len(years)) + 0.5 * rng.normal(size=(n, 14))
    event = years - np.where(np.isinf(first), 9999, first)[:, None]
    outcome = outcome + effect * (event >= 0) + trend * np.isfinite(first)[:, None] * (years - 2000)
    return Adoption(tuple(f"{100000 + i}" for i in range(n)), tuple(years.tolist()), outcome, first)


def study(times, slope=0.0, seed=None, error=0.1, effect=0.0):
    times = np.array(times, dtype=float)
    rho = 0.5 ** np.abs(times[:, None] - times)
    covariance = error**2 * rho
    mean = slope * (times + 1) + effect * (times >= 0)
    noise = 0.0
    if seed is not None:
        noise = np.linalg.cholesky(covariance) @ np.random.default_rng(seed).normal(size=len(times))
    terms = tuple(f"e{int(t)}" for t in times)
    return Estimate("study", terms, mean + noise, covariance, "known", "none", 100)


TIMES = (-4, -3, -2, 0, 1, 2)


def test_a_planted_effect_is_found_and_drawn():
    found = event_study(group_time(made()), -4, 4)
    after = [k for k, term in enumerate(found.terms) if int(term[1:]) >= 0]
    assert found.coefficients[after].mean() == pytest.approx(0.5, abs=0.45)
    curve = event_curve(found)
    assert curve.frame["time"].tolist() == list(range(-4, 5))
    assert curve.frame.query("time == -1")["estimate"].item() == 0.0
    assert joint_pretest(found).df == 3


def test_level_shifts_and_common_shocks_do_not_matter():
    data = made(3)
    shifted = replace(data, outcome=data.outcome + np.arange(60)[:, None] + np.arange(14) ** 2)
    np.testing.assert_allclose(
        overall_effect(group_time(shifted)).coefficients,
        overall_effect(group_time(data)).coefficients,
        atol=1e-10,
    )


def test_standard_errors_are_those_of_repeated_draws():
    draws = [overall_effect(group_time(made(seed))) for seed in range(150)]
    spread = np.std([d.coefficients[0] for d in draws], ddof=1)
    assert np.mean([d.std_errors[0] for d in draws]) == pytest.approx(spread, rel=0.15)


@pytest.mark.slow
def test_a_permutation_rejects_five_times_in_a_hundred_and_finds_effects():
    rng = np.random.default_rng(0)
    rejected = sum(
        placebo_permutation_test(made(seed, 30, 0.0), resampling=Resampling(19, rng=rng)).p_value
        <= 0.05
        for seed in range(60)
    )
    assert rejected <= 8  # binomial(60, 0.05): more with probability 0.003
    assert placebo_permutation_test(made(1), resampling=Resampling(39, rng=rng)).p_value == 1 / 40


def test_placebo_dates_and_placebo_cities_find_nothing():
    rng = np.random.default_rng(1)
    assert abs(effect_before(3)(made(2))) < 3
    assert effect_before(3)(made(2, trend=0.4)) > 3  # a trend is there before treatment
    fake = placebo_cities(made(2), 12, rng)
    assert len(fake.cities) == 36
    assert np.isfinite(fake.first).sum() == 12
    assert abs(overall_effect(group_time(fake)).tidy()["statistic"][0]) < 3.5
    with pytest.raises(DataError, match="placebo cities"):
        placebo_cities(made(2), 35, rng)


def test_power_of_the_pretest_is_its_level_without_violation():
    independent = Estimate("x", ("e-3", "e-2", "e0"), np.zeros(3), np.eye(3), "v", "none", 9)
    found = pretrend_power(independent, 0.0, Resampling(100_000, rng=np.random.default_rng(0)))
    assert found.power == pytest.approx(1 - 0.95**2, abs=0.003)
    assert found.bias == 0.0
    slope = detectable_slope(independent, 0.8)
    assert pretrend_power(
        independent, slope, Resampling(20_000, rng=np.random.default_rng(0))
    ).power == pytest.approx(0.8, abs=0.01)


def test_passing_the_pretest_can_worsen_the_bias():
    # errors before and after share the reference year: what hides the trend exaggerates the rest
    shared = Estimate("x", ("e-2", "e0"), np.zeros(2), np.eye(2) + 1.0, "v", "none", 9)
    found = power_table(shared, np.random.default_rng(0)).iloc[0]
    assert found["bias_if_passed"] != pytest.approx(found["bias"], abs=0.1)
    with pytest.raises(SpecError, match=r"power 0\.01"):
        detectable_slope(shared, 0.01)


@pytest.mark.parametrize(
    ("slope", "restriction"),
    [
        (0.0, RelativeMagnitudes(0.0)),
        (0.3, RelativeMagnitudes(1.0)),
        (-0.1, RelativeMagnitudes(1.0)),
        (0.3, Smoothness(0.0)),
        (2.0, Smoothness(0.0)),
    ],
)
def test_honest_intervals_cover(slope, restriction):
    covered = 0
    for seed in range(200):
        found = honest_interval(study(TIMES, slope, seed, effect=1.0), restriction)
        covered += found.conf_low <= 1.0 <= found.conf_high
    assert covered >= 182  # binomial(200, 0.95): fewer with probability 0.007


def test_smooth_violations_are_covered_in_the_worst_case():
    bound, covered = 0.05, 0
    for seed in range(120):
        base = study(TIMES, 0.2, seed, effect=1.0)
        bend = bound * np.array([max(t + 1, 0) * (t + 2) / 2 for t in TIMES])  # bends every year
        bent = replace(base, coefficients=base.coefficients + bend)
        found = honest_interval(bent, Smoothness(bound))
        covered += found.conf_low <= 1.0 <= found.conf_high
    assert covered >= 107  # binomial(120, 0.95): fewer with probability 0.003


def test_intervals_grow_with_what_is_allowed():
    base = study(TIMES, 0.05, 3, effect=1.0)
    for kind, sizes in ((RelativeMagnitudes, (0.0, 0.5, 1.0, 2.0)), (Smoothness, (0.0, 0.05, 0.2))):
        widths = [
            found.conf_high - found.conf_low
            for found in (honest_interval(base, kind(size)) for size in sizes)
        ]
        assert widths == sorted(widths)
    size = breakdown_value(base, RelativeMagnitudes)
    edge = honest_interval(base, RelativeMagnitudes(size))
    assert min(abs(edge.conf_low), abs(edge.conf_high)) < 1e-6


def test_a_linear_trend_is_taken_out_exactly():
    found = honest_interval(study(TIMES, 5.0, effect=1.0), Smoothness(0.0))
    assert (found.conf_low + found.conf_high) / 2 == pytest.approx(1.0, abs=1e-9)


def panel_of(data):
    index = pd.MultiIndex.from_product([data.cities, data.years], names=["city", "year"])
    return CityPanel(pd.DataFrame({"y": data.outcome.ravel()}, index=index))


def test_adoption_names_what_is_wrong():
    data = made()
    panel = panel_of(data)
    first = pd.Series(np.where(np.isinf(data.first), np.nan, data.first), list(data.cities))
    np.testing.assert_array_equal(adoption(panel, "y", first).first, data.first)
    with pytest.raises(DataError, match="no entry of 100000"):
        adoption(panel, "y", first.iloc[1:])
    with pytest.raises(DataError, match=r"100000, .* treated by 2000"):
        adoption(panel, "y", first.replace(2006.0, 2000.0))
    with pytest.raises(DataError, match="0 treated and 60 never"):
        adoption(panel, "y", first * np.nan)
    holed = CityPanel(panel.frame.drop(index=("100003", 2005)))
    with pytest.raises(DataError, match="y of 100003"):
        adoption(holed, "y", first)


def test_windows_and_cohorts_out_of_reach_are_refused():
    effects = group_time(made())
    with pytest.raises(SpecError, match="event time -9"):
        event_study(effects, -9, 2)
    single = made()
    single.first[1:24] = NEVER
    with pytest.raises(SpecError, match="1 treated"):
        group_time(single)
    with pytest.raises(SpecError, match="consecutive"):
        honest_interval(study((-3, 0, 1)), RelativeMagnitudes(1.0))
    with pytest.raises(SpecError, match="bound -1"):
        honest_interval(study(TIMES), Smoothness(-1.0))


def test_a_missing_extra_is_named(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(external.importlib, "import_module", absent)
    with pytest.raises(MissingExtra, match=r"econshrink\[policy\]"):
        external.group_time_external(made())
    with pytest.raises(MissingExtra, match="pysyncon"):
        synthetic_control(made(), "100000")
