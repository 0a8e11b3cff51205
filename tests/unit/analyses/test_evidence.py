"""The evidence sample and its family of tests."""

import numpy as np
import pandas as pd
import pytest

from analyses.evidence.evidence_flows import picture_fit
from analyses.evidence.evidence_hazards import score_bootstrap
from analyses.evidence.evidence_instruments import without_each
from analyses.evidence.evidence_jobs import chance_inside
from analyses.evidence.evidence_verdicts import verdict
from analyses.shared.sample_evidence import complete, evidence_panel
from analyses.shared.specs_evidence import DRIVERS, SAMPLES, bare, family, line, primary
from econshrink import SpellTable
from econshrink.inference.vcov import Clustered
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.resampling.wild_and_placebo import wild_bootstrap_fe


@pytest.fixture(scope="module")
def panel():
    return evidence_panel()


def test_components_add_up_to_the_change(panel):
    frame = panel.frame
    for ending in ("", "_open"):
        total = frame[f"migration{ending}"] + frame[f"natural{ending}"]
        assert np.allclose(total, frame["change"], atol=1e-9)
    assert len(panel.cities) == 306


@pytest.mark.parametrize(("sample", "units"), [("census", 183), ("annual", 239)])
def test_the_primary_regression_has_these_units(panel, sample, units):
    spec = primary("migration", SAMPLES[sample])
    assert len(complete(panel, ("migration", *spec.covariates)).cities) == units
    assert fit_fe(panel, spec, Clustered("province")).nobs == units


def test_no_job_change_crosses_the_break_and_no_flagged_cell_enters(panel):
    assert panel.frame["jobs_2005_10"].notna().sum() == 256
    assert panel.frame["jobs_2013_19"].notna().sum() == 256
    assert "632500" not in panel.frame["investment_level"].dropna().index.get_level_values("city")


def test_a_family_is_the_fit_with_wild_p_values_near_the_packages_own(panel):
    spec = bare("migration", "jobs_2013_19", "growth_census")
    found = family(panel, spec, spec.covariates, draws=1999)
    fit = fit_fe(panel, spec, Clustered("province"))
    for term in spec.covariates:
        assert found.loc[term, "estimate"] == pytest.approx(fit.coefficient(term), rel=1e-12)
        assert found.loc[term, "se"] == pytest.approx(fit.std_error(term), rel=1e-12)
        assert found.loc[term, "rw"] >= found.loc[term, "wcr_rademacher"]
    own = wild_bootstrap_fe(panel, spec, "growth_census").p_value
    assert found.loc["growth_census", "wcr_rademacher"] == pytest.approx(own, abs=0.02)
    one = line(panel, spec, "growth_census", draws=1999)
    assert one.wild == found.loc["growth_census", "wcr_rademacher"]


def test_placebo_drops_persistence_from_its_own_regression():
    assert "growth_census" not in primary("growth_census").covariates
    assert set(DRIVERS) < set(primary("growth_census").covariates)


def test_chances_meet_the_share_inside():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 2))
    inside = rng.random(400) < 1 / (1 + np.exp(-x[:, 0]))
    chance = chance_inside(x, inside)
    assert chance.sum() == pytest.approx(inside.sum())  # the score of the constant is zero
    assert x[:, 0] @ (inside - chance) == pytest.approx(0, abs=1e-6)


def test_a_picture_fits_itself():
    core = np.array([True, True, False, False])
    flows = (core[:, None] * 1.0 + core[None, :]) / 2
    assert picture_fit(flows, core) == pytest.approx(1)
    assert picture_fit(flows, ~core) < 0


@pytest.mark.parametrize(
    ("adjusted", "placebo", "expected"),
    [
        ([0.2, 0.5], [0.5, 0.5], "not told from zero"),
        ([0.01, 0.5], [0.5, 0.5], "in one sample only"),
        ([0.01, 0.02], [0.01, 0.5], "association, also before 2010"),
        ([0.01, 0.02], [0.5, 0.5], "association"),
        ([0.01, 0.02], [], "association"),
    ],
)
def test_the_rule_of_the_verdicts(adjusted, placebo, expected):
    assert verdict(adjusted, placebo) == expected


def test_growth_before_of_the_censuses_is_of_firm_units(panel):
    growth = panel.frame["growth_census"].dropna()
    assert len(growth) == 248
    assert growth.abs().max() < 100


def test_a_bootstrap_of_scores_finds_a_planted_hazard_and_hardly_any_other():
    rng = np.random.default_rng(8)
    count, false = 400, 0
    for _ in range(20):
        x, z = rng.normal(size=(2, count))
        length = np.ceil(8 * rng.exponential(size=count) * np.exp(-0.8 * x)).clip(1, 9)
        frame = pd.DataFrame(
            {
                "city": [f"c{n}" for n in range(count)],
                "start": 0,
                "stop": length,
                "event": (length < 9).astype(int),
                "province": [f"p{n % 25}" for n in range(count)],
                "x": x,
                "z": z,
            }
        )
        found = score_bootstrap([SpellTable(frame)], ("x", "z"))
        assert found["x"] < 0.01
        false += found["z"] < 0.05
    assert false <= 3


def test_leaving_out_provinces_by_one_sweep_is_fitting_each_rest_again(panel):
    spec = bare("migration", "jobs_2013_19", "log_population")
    sample = complete(panel, ("migration", *spec.covariates))
    province = sample.attribute("province")
    names = ["jobs_2013_19", "log_population", "migration"]
    within = sample.frame[names] - sample.frame[names].groupby(province).transform("mean")
    codes, order = pd.factorize(province)
    x, y = within[names[:2]].to_numpy(), within["migration"].to_numpy()
    found = without_each(x, y, codes, len(order))
    for place in (0, 7, len(order) - 1):
        cities = sample.frame.index[codes != place].get_level_values("city")
        fit = fit_fe(sample.select(cities=cities), spec, Clustered("province"))
        ratio = fit.coefficient("jobs_2013_19") / fit.std_error("jobs_2013_19")
        assert found[place] == pytest.approx(ratio, rel=1e-10)
        assert fit.df_t == len(order) - 2
