"""The evidence on drivers: sample counts, sums that close, refusals, and the rules of words."""

from __future__ import annotations

import numpy as np
import pytest

from analyses.drivers.long_difference import adding_up
from analyses.drivers.stability import DIAGRAM, control_checks
from analyses.shared.iv_lines import design_lines, fit_line, iv_row
from analyses.shared.samples_lab import lab_sample
from analyses.shared.samples_long import CONTROLS, DRIVERS, OUTCOMES, long_sample
from analyses.shared.specs_long import AGEING, MIGRATION, main_fits, spec
from econshrink.core.errors import SpecError
from econshrink.data import load_census_panel
from econshrink.lab import LabSettings, PlaceSettings, simulate


@pytest.fixture(scope="module")
def sample():
    return long_sample()


def test_counts_of_the_sample(sample):
    assert len(sample.panel.cities) == 336
    assert len(sample.comparable.cities) == 306
    named = set(sample.panel.attributes.query("comparable == 'no'")["name_en"])
    assert {"Xi'an", "Baoding", "Xianyang", "Yichang", "Ziyang"} <= named
    assert sample.panel.attributes.query("comparable == 'no'")["reason"].ne("").all()


def test_components_add_up_in_every_unit(sample):
    frame = sample.panel.frame
    parts = frame["net_migration_rate"] + frame["natural_rate"]
    np.testing.assert_allclose(parts, frame["total_rate"], atol=1e-10)


def test_total_is_the_published_change(sample):
    wide = load_census_panel().wide("population").loc[list(sample.panel.cities), [2010, 2020]]
    change = 100 * (wide[2020] / wide[2010] - 1)
    found = sample.panel.frame["total_rate"].to_numpy()
    comparable = (sample.panel.attributes["comparable"] == "yes").to_numpy()
    np.testing.assert_allclose(found[comparable], change[comparable], atol=0.35)
    np.testing.assert_allclose(found[~comparable], change[~comparable], atol=0.02)


def test_coefficients_add_up(sample):
    assert adding_up(main_fits(sample.comparable)) < 1e-10


def test_agriculture_inside_makes_the_shock_the_agricultural_share(sample):
    frame = sample.comparable.frame
    inside = np.corrcoef(frame["bartik_all"], frame["share_agriculture"])[0, 1]
    outside = np.corrcoef(frame["bartik"], frame["share_agriculture"])[0, 1]
    assert inside < -0.985
    assert abs(outside) < abs(inside) - 0.1


def test_what_contains_the_outcome_is_refused():
    with pytest.raises(SpecError, match="contains the outcome"):
        spec(MIGRATION, (AGEING[0],))
    made = spec(MIGRATION, AGEING[:1], instruments=AGEING[1:], endogenous=AGEING[:1])
    assert made.covariates == AGEING[:1]


def test_a_weak_design_prints_its_set_and_no_point(sample):
    lines = {line.key: line for group in design_lines().values() for line in group}
    weak, first = fit_line(sample.comparable, lines["jobs.net_migration.bare"])
    row = iv_row("jobs", weak, first, "bartik")
    assert weak.effective_f < 10
    assert row.cells[5].text == "–"
    assert "∞" in row.cells[7].text
    strong, first = fit_line(sample.comparable, lines["ageing.natural.bare"])
    assert iv_row("ageing", strong, first, AGEING[1]).cells[5].text != "–"


def test_every_control_is_a_node_of_the_diagram():
    assert set(DRIVERS + CONTROLS) | {MIGRATION} <= DIAGRAM.nodes
    assert not any(check.valid for check in control_checks().values())


@pytest.mark.slow
def test_the_laboratory_has_the_same_columns():
    settings = LabSettings(last_year=2020, places=PlaceSettings(cities=120))
    panel = lab_sample(simulate(settings, seed=3))
    assert panel.synthetic
    wanted = {*OUTCOMES, *DRIVERS, *AGEING, "bartik", "prior_growth", "share_nonagricultural"}
    assert wanted <= set(panel.variables)
    frame = panel.frame
    np.testing.assert_allclose(
        frame["net_migration_rate"] + frame["natural_rate"], frame["total_rate"], atol=1e-10
    )
