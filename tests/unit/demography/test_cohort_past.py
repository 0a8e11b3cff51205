"""Migration before the first ages, and the projection from 2010: recovery, bad input, no leak."""

import numpy as np
import pandas as pd
import pytest

from analyses.demography import samples_cohort_past
from analyses.demography.cohort_scored import log_path
from analyses.shared import samples_cohort
from econshrink.core.cohorts import advance
from econshrink.core.errors import DataError
from econshrink.data import (
    load_census_age_sex,
    load_fertility,
    load_survival,
    national_population_known_in,
)
from econshrink.demography.ageing import spread_ages, survival_ratios
from econshrink.demography.projection.component import RateRisk, project_cohorts
from econshrink.demography.projection.earlier import levels_between, process_from_steps
from econshrink.demography.projection.migration import MigrationProcess
from econshrink.nouns.ages import AgeStructure
from econshrink.nouns.forecast import Forecast

BOUNDS = tuple(range(0, 90, 5))


def moved_ages(level):
    """Real ages of 2010 carried ten years at known levels of migration, alike at every age."""
    ages = AgeStructure.from_long(load_census_age_sex(), 2010).grouped(BOUNDS)
    ages = ages.select(list(ages.cities[: len(level)]))
    ratios = survival_ratios(load_survival(), 2010, 10, load_fertility())
    people = spread_ages(ages, ratios)
    for alive in ratios.steps:
        people = advance(people * alive) * (1 + level[:, None, None])
    people[..., :2] = 1000.0  # those born since, whoever they are
    counts = np.concatenate(
        [people[..., :17], people[..., 17:].sum(axis=-1, keepdims=True)], axis=-1
    )
    after = AgeStructure(ages.cities, 2020, BOUNDS, np.rint(counts).astype(int))
    return ages, ratios, after


def test_reverse_survival_finds_known_levels():
    level = np.array([0.05, -0.03, 0.0, 0.02, -0.06])
    ages, ratios, after = moved_ages(level)
    groups = np.zeros(len(level), dtype=int)
    found = levels_between(after, ages.total.astype(float), ratios, groups)
    # levels are relative to the units together; the open age group is survived on average
    wanted = (1 + level) / (1 + np.average(level, weights=ages.total)) - 1
    assert found == pytest.approx(wanted, abs=0.004)
    alike = levels_between(after, 0.9 * ages.total, ratios, groups)
    assert alike == pytest.approx(found, abs=1e-12)  # an undercount of all cancels


def test_units_without_a_total_take_their_provinces_level():
    level = np.array([0.05, -0.03, 0.0, 0.02, -0.06])
    ages, ratios, after = moved_ages(level)
    before = ages.total.astype(float)
    before[[1, 4]] = np.nan
    found = levels_between(after, before, ratios, np.array([0, 0, 0, 1, 2]))
    assert found[1] == pytest.approx((found[0] + found[2]) / 2)
    assert found[4] == 0.0  # nobody in its province tells


def test_bad_totals_are_named():
    ratios = survival_ratios(load_survival(), 2000, 10)
    ages = AgeStructure.from_long(load_census_age_sex(), 2010).grouped(BOUNDS)
    n = len(ages.cities)
    groups = np.zeros(n, dtype=int)
    with pytest.raises(DataError, match="not above zero"):
        levels_between(ages, np.zeros(n), ratios, groups)
    with pytest.raises(DataError, match="not above zero"):
        levels_between(ages, np.full(n, np.nan), ratios, groups)
    with pytest.raises(DataError, match="one a unit"):
        levels_between(ages, np.ones(n - 1), ratios, groups)
    with pytest.raises(DataError, match="ages of 2010, survival from 2010"):
        levels_between(ages, np.ones(n), survival_ratios(load_survival(), 2010, 10), groups)


def test_process_is_found_again():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 20)
    first = 0.05 * rng.standard_normal(600)
    truth = MigrationProcess(0.4, 0.03, 0.05)
    centre = np.bincount(groups, first) / 20
    second = centre[groups] + 0.4 * (first - centre[groups]) + 0.05 * rng.standard_normal(600)
    second += 0.03 * rng.standard_normal(30)[groups]
    found = process_from_steps(first, second, groups)
    # standard errors: 0.05 / (0.05 sqrt 570) = 0.042; 0.05 / sqrt(2 * 570); about 0.03 / sqrt 60
    assert found.persistence == pytest.approx(truth.persistence, abs=3 * 0.042)
    assert found.sd_city == pytest.approx(truth.sd_city, abs=3 * 0.0015)
    assert found.sd_province == pytest.approx(truth.sd_province, abs=3 * 0.005)
    order = rng.permutation(600)
    again = process_from_steps(first[order], second[order], groups[order])
    assert again.persistence == pytest.approx(found.persistence, rel=1e-12)
    gaps = second.copy()
    gaps[3:] = np.nan
    assert process_from_steps(first, gaps, groups).sd_province == 0.0
    with pytest.raises(DataError, match="2 cities with growth"):
        process_from_steps(first[:2], second[:2], groups[:2])


def later_changed(table, year, column, after):
    return table.assign(**{column: table[column].where(table[year] <= after, table[column] * 1.3)})


def test_nothing_after_2012_moves_the_draws(monkeypatch):
    def draws():
        sample = samples_cohort_past.past_sample()
        rng = np.random.default_rng(1)
        made = project_cohorts(sample.start, sample.process, sample.risk, draws=2, rng=rng)
        return made.forecast.draws

    before = draws()
    ages, fertility, survival = load_census_age_sex(), load_fertility(), load_survival()
    panel = samples_cohort_past.annual_panel()
    residents = panel.column("population")
    years = residents.index.get_level_values("year")
    moved = panel.with_variables({"population": residents.where(years <= 2012, residents * 1.3)})
    wrong = ages.assign(population=ages["population"] * np.where(ages["year"] > 2012, 3, 1))
    births = later_changed(fertility, "year", "asfr", 2010)
    alive = later_changed(survival, "year_to", "survival", 2010)
    alive["survival"] = alive["survival"].clip(upper=1.0)
    for module in (samples_cohort_past, samples_cohort):
        monkeypatch.setattr(module, "load_fertility", lambda: births)
        monkeypatch.setattr(module, "load_survival", lambda: alive)
    monkeypatch.setattr(samples_cohort_past, "load_census_age_sex", lambda: wrong)
    monkeypatch.setattr(samples_cohort_past, "annual_panel", lambda: moved)
    np.testing.assert_array_equal(draws(), before)
    # and the test can fail: what was known does move them
    earlier = ages.assign(sex=ages["sex"].map({"male": "female", "female": "male"}))
    monkeypatch.setattr(samples_cohort_past, "load_census_age_sex", lambda: earlier)
    assert not np.allclose(draws(), before)


def test_path_between_steps_is_straight_in_logs():
    draws = np.array([[[200.0], [800.0]], [[100.0], [50.0]]])
    made = Forecast(("a", "b"), (2015, 2020), draws, np.array([100.0, 100.0]), 2010, 2010, "hand")
    assert np.exp(log_path(made, ("b", "a"), 2015))[:, 0] == pytest.approx([100, 200])
    assert np.exp(log_path(made, ("a",), 2010))[0, 0] == pytest.approx(100)
    assert np.exp(log_path(made, ("a",), 2017))[0, 0] == pytest.approx(200 * 4**0.4)


def test_nation_as_it_stood():
    known = national_population_known_in(2016)
    assert known.index.tolist() == list(range(2000, 2016))
    assert known[2015] == 1_374_620_000
    assert national_population_known_in(2025).index[-1] == 2024
    gap = national_population_known_in(2021) - national_population_known_in(2020)
    assert (gap.loc[2011:2019].diff().dropna() >= 0).all()  # the census found more every year
    assert (gap.loc[:2010] == 0).all()
    assert isinstance(known, pd.Series)
    with pytest.raises(DataError, match="2011 or later"):
        national_population_known_in(2010)


def test_certain_rates_add_no_spread():
    sample = samples_cohort_past.past_sample()
    still = MigrationProcess(sample.process.persistence, 0.0, 0.0)
    rng = np.random.default_rng(2)
    made = project_cohorts(sample.start, still, RateRisk(), draws=2, rng=rng)
    assert np.ptp(made.forecast.draws, axis=2).max() == 0
