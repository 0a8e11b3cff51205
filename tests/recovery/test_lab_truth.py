"""The laboratory's truth: total effects, channels, calibration and the detection experiment."""

from dataclasses import replace

import numpy as np
import pytest

from econshrink.core.errors import SpecError
from econshrink.lab import (
    Answer,
    Intervention,
    LabSettings,
    PlaceSettings,
    PolicySettings,
    Study,
    calibration_table,
    detection_experiment,
    monte_carlo,
    policy_effect,
    simulate,
    smoothed_country,
    total_effect,
    truth as levers,
)
from econshrink.lab.country.path import run_path

SMALL = LabSettings(places=PlaceSettings(cities=64))
STEPS = {
    levers.JOB_GROWTH: 0.01,
    levers.FERTILITY: 0.10,
    levers.AGEING: 0.02,
    levers.CREDIT: 0.02,
    levers.ATTRACTION: 0.10,
}


OUTCOMES = (
    levers.LOG_POPULATION,
    levers.SHARE_65,
    levers.UNEMPLOYMENT,
    levers.LOG_HOUSE_PRICE,
)


def effects(lever, outcome, step, seeds=(1, 2), **options):
    table = total_effect(SMALL, lever, outcome, step=step, seeds=seeds, **options)
    return table[table["cities"] == "targets"].set_index(["outcome", "year"])["effect"]


@pytest.fixture(scope="module")
def known():
    return {lever: effects(lever, OUTCOMES, step) for lever, step in STEPS.items()}


@pytest.mark.parametrize("lever", STEPS, ids=lambda lever: lever.field)
def test_a_second_step_size_gives_the_same_effect(lever, known):
    half = effects(lever, OUTCOMES, STEPS[lever] / 2)
    for outcome in OUTCOMES:
        whole = known[lever][outcome.name]
        scale = whole.abs().max()
        assert scale > 1e-4
        np.testing.assert_allclose(half[outcome.name], whole, atol=0.02 * scale)


def test_effects_that_are_known_by_definition():
    log_fertility = levers.Outcome("log_tfr", lambda path: np.log(path.series["tfr"]))
    table = total_effect(
        SMALL, levers.FERTILITY, log_fertility, step=0.1, seeds=(1, 2), start=2012
    ).set_index(["cities", "year"])["effect"]
    assert table["targets", 2012] == pytest.approx(1.0, rel=1e-12)
    assert table["others", 2012] == 0.0
    table = effects(levers.AGEING, levers.SHARE_65, 0.02)["share_65_plus"]
    assert table[2000] == pytest.approx(1.0, rel=1e-4)
    price = effects(levers.CREDIT, levers.LOG_HOUSE_PRICE, 0.02, start=2012)["log_house_price"]
    assert price[2012] == pytest.approx(1.0, rel=1e-12)


def test_signs_are_those_of_the_stated_channels(known):
    def last(lever, outcome):
        return known[lever][outcome.name, 2024]

    assert last(levers.JOB_GROWTH, levers.LOG_POPULATION) > 0
    assert last(levers.FERTILITY, levers.LOG_POPULATION) > 0
    assert last(levers.AGEING, levers.LOG_POPULATION) < 0
    assert last(levers.CREDIT, levers.LOG_HOUSE_PRICE) > 0
    assert last(levers.CREDIT, levers.LOG_POPULATION) < 0
    assert last(levers.FERTILITY, levers.SHARE_65) < 0


def test_nothing_happens_before_the_shift():
    table = effects(levers.JOB_GROWTH, levers.LOG_POPULATION, 0.01, start=2015)
    path = table["log_population"]
    np.testing.assert_array_equal(path.loc[:2014], 0.0)
    assert (path.loc[2015:] > 0).all()


def test_what_targets_gain_others_lose():
    table = total_effect(
        SMALL, levers.ATTRACTION, levers.NET_MIGRATION_RATE, step=0.1, seeds=(1, 2)
    )
    late = table[table["year"] == 2020].set_index("cities")["effect"]
    assert late["targets"] > 0 > late["others"]


def test_ageing_acts_through_its_stated_channels_alone():
    # With both behavioural channels off, more old people only change births, deaths and the
    # age mix of workers and leavers: attraction is untouched in the first year.
    off = replace(
        SMALL,
        last_year=2001,
        jobs=replace(SMALL.jobs, ageing=0.0),
        migration=replace(SMALL.migration, young_share=0.0, unemployment=0.0, wage=0.0),
    )
    shift = Intervention(ageing=0.03)
    plain, aged = run_path(off, 3), run_path(replace(off, intervention=shift), 3)
    target = plain.places.target
    rate = [
        (p.series["out_migration"][1] / p.ages[:, 0].sum(axis=(1, 2)))[target].mean()
        for p in (plain, aged)
    ]
    # Leavers by age: the rate falls because the old move less, by the composition alone.
    weights = plain.ages[:, 0].sum(axis=1)[target], aged.ages[:, 0].sum(axis=1)[target]
    assert rate[1] < rate[0]
    from_ages = [w[:, 65:].sum() / w.sum() for w in weights]
    assert from_ages[1] - from_ages[0] == pytest.approx(0.03, abs=1e-3)
    others = ~target
    np.testing.assert_array_equal(
        plain.series["births"][1][others], aged.series["births"][1][others]
    )
    np.testing.assert_array_equal(
        plain.series["out_migration"][1][others], aged.series["out_migration"][1][others]
    )
    np.testing.assert_allclose(
        aged.series["job_shock"][1], plain.series["job_shock"][1], atol=1e-12
    )


def test_counterfactuals_share_their_chance():
    one = run_path(SMALL, 5)
    other = run_path(replace(SMALL, intervention=Intervention(fertility=1e-9, start=2001)), 5)
    for name in ("population", "deaths", "out_migration"):
        assert np.abs(one.series[name] - other.series[name])[1:].max() <= 2.0


@pytest.mark.slow
def test_policy_effect_starts_with_the_list_and_vanishes_without_support():
    table = policy_effect(SMALL, levers.LOG_POPULATION, seeds=range(4))
    assert set(table["cohort"]) == {2008, 2009, 2011}
    before = table[(table["cohort"] == 2008) & (table["year"] < 2008)]
    np.testing.assert_array_equal(before["effect"], 0.0)
    late = table[table["year"] == 2020]
    assert (late["effect"] > 3 * late["mc_error"]).all()
    none = replace(SMALL, policy=PolicySettings(effect=0.0))
    silent = policy_effect(none, levers.LOG_POPULATION, seeds=range(2))
    np.testing.assert_array_equal(silent["effect"], 0.0)
    unlisted = replace(SMALL, policy=PolicySettings(list_share=0.0))
    assert policy_effect(unlisted, levers.LOG_POPULATION, seeds=range(2)).empty


@pytest.mark.slow
def test_selection_on_the_trend_is_switched():
    def gap(selection):
        country = replace(SMALL, policy=PolicySettings(selection=selection, on=False))
        out = []
        for seed in range(8):
            path = run_path(country, seed)
            growth = np.log(path.series["population"][7] / path.series["population"][0])
            listed = path.listed != 9999
            out.append(growth[listed].mean() - growth[path.places.resource & ~listed].mean())
        return np.mean(out), np.std(out, ddof=1) / np.sqrt(8)

    selected, error = gap(3.0)
    assert selected < -4 * error
    chance, error = gap(0.0)
    assert abs(chance) < 3.5 * error


def test_effects_refuse_bad_requests():
    with pytest.raises(SpecError) as caught:
        total_effect(SMALL, levers.CREDIT, levers.SHARE_65, step=0.0, seeds=[1], target_share=0.0)
    assert len(caught.value.faults) == 3
    with pytest.raises(SpecError, match="distinct"):
        policy_effect(SMALL, levers.SHARE_65, seeds=[1, 1])
    everywhere = total_effect(
        SMALL, levers.FERTILITY, levers.SHARE_65, step=0.1, seeds=[1, 2], target_share=1.0
    )
    assert set(everywhere["cities"]) == {"targets"}


def test_calibration_needs_the_years_it_measures():
    with pytest.raises(SpecError, match="2000 to 2023"):
        calibration_table(simulate(replace(SMALL, last_year=2010), seed=1))
    with pytest.raises(SpecError, match="0 runs"):
        calibration_table([])


@pytest.mark.slow
def test_default_country_is_close_to_china():
    table = calibration_table([simulate(seed=seed) for seed in range(1, 9)]).set_index("moment")
    error = (table["simulated"] - table["target"]).abs()
    near = {
        "cities losing population 2010-20, share": 0.08,
        "national growth 2010-20": 0.005,
        "standard deviation of city growth 2010-20": 0.01,
        "northeast, census growth 2010-20": 0.015,
        "northeast, annual figures 2010-19": 0.015,
        "losing cities that the annual figures show growing, share": 0.10,
        "cities rebased by more than 5% in 2020, share": 0.03,
        "cities rebased by less than 1% in 2020, share": 0.04,
        "65 and over 2010, share": 0.003,
        "65 and over 2020, share": 0.003,
        "65 and over 2023, share": 0.004,
        "total fertility 2020": 0.03,
        "natural increase 2023, per mille": 0.6,
        "losing cities whose built-up area grew 2010-20, share": 0.05,
    }
    for name, bound in near.items():
        assert error[name] < bound, (name, table.loc[name, "simulated"])
    assert table.loc["skewness of city growth 2010-20 (target: positive)", "simulated"] > 0.5


@pytest.mark.slow
def test_detection_on_raw_closed_and_smoothed_series():
    table = detection_experiment(smoothed_country(LabSettings(last_year=2020)), replicates=10)
    score = table.set_index("series")
    assert 0.25 < score.loc["raw", "sensitivity"] < 0.45
    assert 0.80 < score.loc["closed", "sensitivity"] < 0.93
    assert score.loc["closed, 3-year mean", "sensitivity"] > 0.90
    assert (score["specificity"] > 0.95).all()
    assert (score["sensitivity_mc"] < 0.02).all()


@pytest.mark.slow
def test_coverage_of_a_mean_growth_rate_is_nominal():
    # A sample of cities drawn by chance estimates the mean of all with the usual error.
    def growth_of(path):
        return np.log(path.series["population"][3] / path.series["population"][0])

    def sample_mean(path, rng):
        chosen = rng.choice(growth_of(path), 60, replace=True)
        return {"growth": Answer(chosen.mean(), chosen.std(ddof=1) / np.sqrt(60))}

    study = Study(
        "sample mean", sample_mean, lambda path: {"growth": growth_of(path).mean()}, draw=run_path
    )
    country = replace(SMALL, last_year=2003)
    table = monte_carlo(study, {"small": country}, replicates=200, seed=3, progress=False)
    row = table.iloc[0]
    assert abs(row["bias"]) < 4 * row["bias_mc"]
    assert row["se_ratio"] == pytest.approx(1.0, abs=4 * row["se_ratio_mc"])
    assert abs(row["coverage"] - 0.95) < 4 * row["coverage_mc"]
