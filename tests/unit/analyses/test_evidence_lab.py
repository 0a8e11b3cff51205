"""Evidence in countries whose truth is known, by year, and who leads."""

import numpy as np
import pandas as pd
import pytest

from analyses.evidence.evidence_annual import REGRESSORS, enough
from analyses.evidence.evidence_lab import KEYS, TITLES
from analyses.evidence.evidence_leads import joint_p, mining_share, project
from analyses.evidence.yearly import BREAK, TIMES, hired, yearly_panel
from analyses.machinery.runner import ROOT
from analyses.machinery.studies.store import read_study
from analyses.shared.hazard_sample import REBASED
from analyses.shared.sample_evidence import complete, evidence_panel
from analyses.shared.specs_evidence import BY_PROVINCE, DRIVERS, primary
from analyses.studies.evidence_lab import (
    GRID,
    NOBODY,
    PLANTED,
    SPREAD,
    country,
    evidence_sample,
    scattered,
)
from econshrink import CityPanel, Spec, fit_fe
from econshrink.core.seeds import generator
from econshrink.lab import simulate


@pytest.fixture(scope="module")
def panel():
    return yearly_panel()


def test_the_scatter_is_the_spread_of_china():
    china = complete(evidence_panel(), ("migration", *primary("migration").covariates))
    columns = china.frame[list(PLANTED)]
    own = (columns - columns.groupby(china.attribute("province")).transform("mean")).std()
    for name in PLANTED:
        assert own[name] == pytest.approx(SPREAD[name], abs=0.001)


def test_yearly_scatter_is_that_of_china():
    years = list(range(2014, 2020))
    change = hired()[years]
    even = change.sub(change.mean()).sub(change.sub(change.mean()).mean(axis=1), axis=0)
    assert even.stack().std() == pytest.approx(SPREAD["jobs_before"], abs=0.001)


def test_a_country_has_every_variable_and_scatter_widens_it():
    made = evidence_sample(simulate(GRID[NOBODY], seed=4))
    assert made.synthetic
    assert set(DRIVERS) < set(made.variables)
    wide = scattered(made, generator("test"))
    for name in PLANTED:
        assert wide.frame[name].std() > made.frame[name].std()
    assert (wide.frame["migration"] == made.frame["migration"]).all()


def test_four_countries_differ_in_two_channels():
    assert len(GRID) == len(KEYS) == len(TITLES) == 4
    nobody, both = (country(jobs_draw=on, demand_follows=on) for on in (False, True))
    assert (nobody.migration.jobs, nobody.jobs.adjustment) == (0, 0)
    assert both.migration.jobs > 0
    assert both.jobs.adjustment > 0
    assert all(settings.migration.price == 0 for settings in GRID.values())


def test_the_stored_study_says_where_jobs_draw_people():
    rows = read_study("evidence_lab", ROOT)["rows"].set_index(["setting", "term"])
    truth = rows["truth"].xs("counted.jobs_2013_19", level="term")
    for setting, settings in GRID.items():
        assert (truth[setting] > 10) == (settings.migration.jobs > 0)
    assert (rows["failed"] == 0).all()


def test_no_yearly_change_crosses_the_break_and_no_rebased_year_enters(panel):
    assert hired()[BREAK].isna().all()
    assert set(REGRESSORS) == {"jobs", "building", "main", "prices"}
    jobs = panel.frame["hired_1"].unstack("year")
    assert jobs[BREAK + 1].isna().all()
    assert {2010, 2011, 2020, 2021} < set(REBASED)
    assert [lag for _, lag in TIMES.values()] == [0, 1]


def test_units_seen_once_are_not_enough(panel):
    assert enough(panel.select(years=[2015, 2016]), "hired_0")
    assert not enough(panel.select(years=[2015]), "hired_0")


def test_a_projection_finds_what_was_planted(panel):
    rng = generator("test.leads")
    cities, years = list(panel.cities), list(range(2006, 2020))
    shape = (len(cities), len(years))
    term = pd.DataFrame(rng.standard_normal(shape), cities, years)
    later = term.shift(1, axis=1).fillna(0.0)
    outcome = 0.5 * later + 0.1 * rng.standard_normal(shape)
    for wide in (term, outcome):
        wide.index.name, wide.columns.name = "city", "year"
    after = project(panel, outcome, term, 1)
    assert after.estimate == pytest.approx(0.5, abs=0.02)
    back = project(panel, term, outcome, 1)
    assert abs(back.estimate) < 3 * back.se  # unit effects would give half a standard deviation


def test_the_share_of_mining_is_a_share_and_blank_is_nobody():
    share = mining_share()
    assert share.between(0, 100).all()
    assert (share == 0).sum() > 10
    assert share["230600"] > 20  # Daqing


def test_a_joint_test_of_one_term_is_its_t_test():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "city": [f"c{n}" for n in range(60)],
            "year": 2020,
            "x": rng.normal(size=60),
            "y": rng.normal(size=60),
        }
    )
    attributes = pd.DataFrame(
        {"province": [f"p{n % 12}" for n in range(60)]}, index=pd.Index(frame["city"], name="city")
    )
    made = CityPanel.from_long(frame, attributes=attributes)
    fit = fit_fe(made, Spec("y", ("x",), ("province",)), BY_PROVINCE)
    own = fit.tidy().set_index("term").loc["x", "p_value"]
    assert joint_p(fit, ["x"]) == pytest.approx(own)
