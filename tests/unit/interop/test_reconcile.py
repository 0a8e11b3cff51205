"""The same model by other packages, and every difference of errors explained by a named rule."""

import numpy as np
import pandas as pd
import pytest

from analyses.methods.references.panel_data import EIGHT, generated300
from econshrink import (
    CityPanel,
    Clustered,
    DriscollKraay,
    Heteroskedastic,
    Iid,
    NeweyWest,
    Spec,
    reconcile,
)
from econshrink.core.errors import DataError, SpecError
from econshrink.panel import fit_fe, fit_poisson, fit_pooled, fit_re

pytestmark = pytest.mark.filterwarnings("ignore")  # what the others say of themselves

TWO = Spec("y", ("x", "z"), ("city", "year"))


def frame(cities=20, years=6):
    rng = np.random.default_rng(1)
    n = cities * years
    x, z, u = rng.normal(size=(3, n))
    unit = np.repeat(rng.normal(size=cities), years)
    return pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(cities)], years),
            "year": [*range(2000, 2000 + years)] * cities,
            "x": x,
            "z": z,
            "w": rng.uniform(1, 3, n),
            "y": x + unit + u * (1 + np.abs(x)),
            "count": rng.poisson(np.exp(0.3 * x + unit)).astype(float),
        }
    )


@pytest.fixture(scope="module")
def panel():
    names = pd.Index([f"{i:06d}" for i in range(20)], name="city")
    return CityPanel.from_long(
        frame(), attributes=pd.DataFrame({"province": [*"abcde"] * 4}, index=names)
    )


@pytest.mark.parametrize(
    ("fit", "spec", "vcov", "others"),
    [
        (fit_fe, TWO, Clustered("city"), 2),
        (fit_fe, TWO, Clustered("province"), 2),
        (fit_fe, TWO, Clustered(("city", "year")), 2),
        (fit_fe, TWO, Clustered("city", "linearmodels"), 2),
        (fit_fe, TWO, Clustered("city", "none"), 2),
        (fit_fe, TWO, Iid(), 2),
        (fit_fe, TWO, Heteroskedastic("HC0"), 1),
        (fit_fe, TWO, Heteroskedastic("HC1"), 2),
        (fit_fe, TWO, DriscollKraay(1), 1),
        (fit_fe, Spec("y", ("x",), ("city",), "w"), Clustered("city"), 2),
        (fit_fe, Spec("y", ("x",), ("province^year",)), Clustered("province"), 2),
        (fit_fe, Spec("y", ("x",), ("city", "province^year")), Clustered("city"), 2),
        (fit_pooled, Spec("y", ("x", "z")), Clustered("city"), 2),
        (fit_pooled, Spec("y", ("x", "z"), (), "w"), Heteroskedastic("HC1"), 2),
        (fit_poisson, Spec("count", ("x",), ("city", "year")), Clustered("city"), 1),
        (fit_poisson, Spec("count", ("x",), ("city",)), Iid(), 1),
        (fit_poisson, Spec("count", ("x",)), Heteroskedastic("HC1"), 1),
    ],
)
def test_named_rules_explain_every_difference(panel, fit, spec, vcov, others):
    estimate = fit(panel, spec, vcov)
    found = reconcile(estimate, panel)
    asked = [name for name in found.others if name != "pyfixest"]  # there in the oracles only
    assert len(asked) == others
    assert found.explained, found.table
    table = found.table.set_index(["package", "term"])
    for name, other in found.others.items():
        ratios = other.std_errors / estimate.std_errors
        mine = table.loc[name].reindex(estimate.terms)["error_ratio"]
        np.testing.assert_allclose(mine, ratios, rtol=1e-12)
        assert other.nobs == estimate.nobs


def test_the_reasons_are_told(panel):
    found = reconcile(fit_fe(panel, TWO), panel)
    text = " ".join(str(found).split())
    assert "Explained: yes" in text
    assert "linearmodels: errors 1.074104 times ours" in text
    assert "its K = 27" in text
    assert "ours (fixest) 8" in text
    assert "p-values from t(93), ours from t(19)" in text
    assert "Effects nested in the clusters have 20 levels" in text
    assert "fixest *" in text
    assert repr(found).endswith("explained: yes>")
    assert "<table" in found._repr_html_()


def test_a_difference_that_no_rule_explains_is_not_hidden(panel):
    estimate = fit_fe(panel, TWO)
    object.__setattr__(estimate, "covariance", estimate.covariance * 1.21)
    found = reconcile(estimate, panel)
    assert not found.explained
    assert "do not explain the rest" in " ".join(found.reasons)


def test_singletons_and_kernels_are_told():
    short = CityPanel.from_long(frame().iloc[:-5])
    found = reconcile(fit_fe(short, TWO), short)
    assert "1 singletons are left out" in " ".join(found.reasons)
    kept = reconcile(fit_fe(short, TWO, keep_singletons=True), short)
    assert kept.explained
    assert kept.others["linearmodels"].nobs == 115
    whole = CityPanel.from_long(frame())
    kernel = reconcile(fit_fe(whole, TWO, DriscollKraay(2)), whole)
    assert "at our 2 lags" in " ".join(kernel.reasons)


def test_other_models_and_other_figures_are_refused(panel):
    with pytest.raises(SpecError, match="fit_fe, fit_pooled or fit_poisson"):
        reconcile(fit_re(panel, Spec("y", ("x",))), panel)
    with pytest.raises(DataError, match="figures other than"):
        reconcile(fit_fe(panel, TWO), CityPanel.from_long(frame().drop(columns="w")))
    fit = fit_poisson(panel, Spec("count", ("x",), ("city",)), offset="np.log(w)")
    with pytest.raises(SpecError, match="offset"):
        reconcile(fit, panel)


def test_what_nobody_else_computes_is_not_called_explained(panel):
    found = reconcile(fit_fe(panel, TWO, NeweyWest(1)), panel)
    assert not found.others
    assert not found.explained
    assert "nothing was compared" in str(found)
    assert sum("was not asked" in reason for reason in found.reasons) == 3
    assert len(found.rules)


def test_errors_are_those_stored_from_the_programs():
    """R fixest, PanelOLS and statsmodels with dummies, as stored with the methods appendix."""
    panel = generated300()
    found = reconcile(fit_fe(panel, Spec("y", EIGHT, ("city", "year")), Clustered("city")), panel)
    assert found.explained
    assert found.estimate.std_error("x1") == pytest.approx(0.021923229983, rel=1e-9)
    stored = {"linearmodels": 0.022457903355, "statsmodels": 0.022493552333}
    for package, error in stored.items():
        assert found.others[package].std_errors[0] == pytest.approx(error, rel=1e-9)
