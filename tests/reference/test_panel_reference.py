"""Every row of panel.csv: what other programs print, matched to the tolerance it states."""

from __future__ import annotations

import numpy as np
import pytest

from analyses.methods.references.panel import MODELS, key_of, ours, rows, tolerance
from analyses.methods.references.panel_data import EIGHT, generated300
from econshrink.inference.vcov import Clustered
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe

ROWS = rows()
_BOTH = ("city", "year")


@pytest.mark.parametrize("row", ROWS, ids=[f"row{i + 2}" for i in range(len(ROWS))])
def test_row(row):
    relative, absolute = tolerance(row)
    assert ours(row) == pytest.approx(float(row["value"]), rel=relative, abs=absolute)


def test_tally():
    matched = [key_of(row) for row in ROWS]
    assert len(matched) == 227
    assert set(matched) == set(MODELS)  # no function without a row


def test_generated_panel_is_the_one_of_the_table():
    frame = generated300().frame
    assert frame["y"].iloc[0] == pytest.approx(-1.394126993630327, rel=1e-14)
    assert frame["x1"].iloc[0] == pytest.approx(0.7717445587521174, rel=1e-14)
    assert frame["y"].sum() == pytest.approx(-695.1443489, abs=1e-7)


SIX = {
    "none": 1.0,
    "linearmodels_slopes": 6000 / 5992,
    "fixest_none": 300 / 299 * 5999 / 5992,
    "fixest": 300 / 299 * 5999 / (6000 - 28),
    "stata_xtreg": 300 / 299 * 5999 / (6000 - 28),
    "linearmodels": 6000 / 5673,
    "fixest_full": 300 / 299 * 5999 / 5673,
    "stata_areg": 300 / 299 * 5999 / 5673,
}


@pytest.mark.parametrize("rule", SIX)
def test_clustered_factor_formula(rule):
    spec = Spec("y", EIGHT, _BOTH)
    raw = fit_fe(generated300(), spec, Clustered("city", "none"))
    named = fit_fe(generated300(), spec, Clustered("city", rule))
    ratio = named.covariance / raw.covariance
    np.testing.assert_allclose(ratio, SIX[rule], rtol=1e-12)
    assert named.small_sample == rule
