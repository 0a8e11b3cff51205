"""Weak-instrument sets against published numbers of other software, and brute force.

Card's (1995) returns to schooling, 3,010 men; the data come with linearmodels. The figures of the
R package ivmodel 1.9.1 (Kang, Jiang, Zhao and Small) are those its own tests hold for this
example: confidence sets, CLR statistic and p-value. Its copy of the data has other digits in the
log wage, so that we agree to 1e-6 and not further.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linearmodels.datasets import card
from scipy import special

from econshrink.causal.kernel.weak_sets import clr_test
from econshrink.causal.weak import fit_weak_iv
from econshrink.inference.vcov import Heteroskedastic, Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.instrumental import Instrumented
from econshrink.panel.kernel.weak_instruments import effective_f_critical
from econshrink.panel.pooled import fit_pooled

CONTROLS = ("exper", "expersq", "black", "south", "smsa", "smsa66")
CONTROLS += tuple(f"reg66{i}" for i in range(1, 9))
# instruments -> low, high, p-value and statistic of CLR at zero (ivmodel)
IVMODEL = {
    ("nearc4",): (0.0248043722948, 0.284824550722, 0.0200276297596, 5.41527923822),
    ("nearc4", "nearc2"): (0.0621199910211, 0.336180869927, 0.00346295807184, 9.26245429367),
}
WITHOUT_CONTROLS = {
    ("nearc4",): (0.143037537021, 0.250862570435),
    ("nearc4", "nearc2"): (0.158839802213, 0.27417906789),
}


@pytest.fixture(scope="module")
def panel() -> CityPanel:
    data = card.load()[["lwage", "educ", "nearc4", "nearc2", *CONTROLS]].astype(float)
    return CityPanel.from_long(data.assign(city=[f"{i:06d}" for i in range(len(data))], year=1976))


@pytest.mark.parametrize("instruments", IVMODEL)
def test_clr_set_of_card_equals_ivmodel(panel, instruments):
    low, high, p_value, _ = IVMODEL[instruments]
    how = Instrumented(("educ",), instruments)
    found = fit_weak_iv(panel, Spec("lwage", ("educ", *CONTROLS)), how, Iid())
    ours = found.conditional_lr
    np.testing.assert_allclose([ours.low, ours.high], [low, high], atol=2e-6)
    if len(instruments) > 1:  # with one instrument ivmodel's p-value is that of F, as is our set
        assert clr_test(found.reduced, 0.0) == pytest.approx(p_value, rel=2e-3)


def test_ar_p_value_of_card_equals_ivmodel(panel):
    *_, p_value, statistic = IVMODEL["nearc4",]
    how = Instrumented(("educ",), ("nearc4",))
    found = fit_weak_iv(panel, Spec("lwage", ("educ", *CONTROLS)), how, Iid())
    assert found.ar_at(0.0) == pytest.approx(statistic, rel=2e-6)
    assert special.fdtrc(1, found.reduced.df, found.ar_at(0.0)) == pytest.approx(p_value, rel=1e-5)


@pytest.mark.parametrize("instruments", WITHOUT_CONTROLS)
def test_sets_without_controls_equal_ivmodel(panel, instruments):
    how = Instrumented(("educ",), instruments)
    found = fit_weak_iv(panel, Spec("lwage", ("educ",)), how, Iid())
    ours = found.conditional_lr
    np.testing.assert_allclose([ours.low, ours.high], WITHOUT_CONTROLS[instruments], atol=2e-6)


def test_effective_f_with_one_instrument_is_the_robust_first_stage_f(panel):
    how = Instrumented(("educ",), ("nearc4",))
    vcov = Heteroskedastic("HC1")
    found = fit_weak_iv(panel, Spec("lwage", ("educ", *CONTROLS)), how, vcov)
    first = fit_pooled(panel, Spec("educ", ("nearc4", *CONTROLS)), vcov).tidy().set_index("term")
    assert found.effective_f == pytest.approx(first.loc["nearc4", "statistic"] ** 2, rel=1e-9)


def test_iid_ar_set_by_grid(panel):
    """The set is where the exact F test of the instruments keeps y − βx."""
    how = Instrumented(("educ",), ("nearc4", "nearc2"))
    found = fit_weak_iv(panel, Spec("lwage", ("educ", *CONTROLS)), how, Iid())
    frame = panel.frame
    out = np.column_stack([np.ones(len(frame)), frame[list(CONTROLS)]])
    z = np.column_stack([out, frame[["nearc4", "nearc2"]]])

    def keeps(beta: float) -> bool:
        y = (frame["lwage"] - beta * frame["educ"]).to_numpy()
        rss = [float(((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum()) for x in (out, z)]
        df = len(y) - z.shape[1]
        return (rss[0] - rss[1]) / 2 / (rss[1] / df) <= special.fdtri(2, df, 0.95)

    (low, high), step = found.anderson_rubin.intervals[0], 1e-6
    assert keeps(low + step)
    assert not keeps(low - step)
    assert keeps(high - step)
    assert not keeps(high + step)


@pytest.mark.parametrize(
    ("bias", "published"), [(0.05, 37.4), (0.1, 23.1), (0.2, 15.1), (0.3, 12.0)]
)
def test_critical_values_of_montiel_olea_and_pflueger(bias, published):
    """Table of Montiel Olea and Pflueger (2013) for one instrument, five per cent size."""
    assert effective_f_critical(np.eye(1), bias) == pytest.approx(published, abs=0.06)


def test_data_are_those_of_card(panel):
    assert isinstance(panel.frame, pd.DataFrame)
    assert len(panel.frame) == 3010
