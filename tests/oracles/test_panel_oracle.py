"""Fixed effects, jackknife and wild bootstrap against pyfixest and wildboottest.

pyfixest 0.60.0 needs spaces in the list of effects: without them it takes all effects for nested
in the clusters, for some hash seeds, and its errors are too small. Its K is asserted.
"""

import warnings

import numpy as np
import pandas as pd
import pyfixest
import pytest
from statsmodels.regression.linear_model import OLS
from wildboottest.wildboottest import wildboottest

from econshrink.inference.bootstrap import block_weights
from econshrink.inference.jackknife import Jackknife
from econshrink.inference.kernel import DriscollKraay, NeweyWest
from econshrink.inference.resampling import PairsCluster, Resampling
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.explain import explain_std_errors
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.instrumental import Instrumented, fit_iv
from econshrink.panel.resampling.engine import bootstrap_fe
from econshrink.panel.resampling.leave_out import leave_out_fe
from econshrink.panel.resampling.specification_curve import specification_curve
from econshrink.panel.resampling.wild_and_placebo import wild_bootstrap_fe

NAMES = ("a", "b", "c")


def make_panel(seed, cities=60, years=10, share=0.85):
    rng = np.random.default_rng(seed)
    codes = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)], names=["city", "year"])
    level = np.repeat(rng.normal(size=cities), years)
    x = rng.normal(size=(len(index), 3)) + level[:, None]
    noise = rng.normal(size=len(index)) * (1 + np.abs(x[:, 0]))
    frame = pd.DataFrame(x, index=index, columns=list(NAMES))
    frame["y"] = x @ [0.3, -0.2, 0.0] + level + noise
    frame["z"] = frame["a"] + rng.normal(size=len(index))
    home = pd.DataFrame({"province": [f"p{i % 9}" for i in range(cities)]}, index=codes)
    return CityPanel(frame[rng.random(len(index)) < share], attributes=home)


def theirs(panel, effects, vcov, right="a + b + c", **options):
    frame = panel.frame.reset_index()
    frame["province"] = panel.attributes["province"].loc[frame["city"]].to_numpy()
    frame["number"] = frame["city"].astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyfixest.feols(
            f"y ~ {right} | {effects}", data=frame, vcov=vcov, fixef_rm="singleton", **options
        )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("effects", "ours"),
    [
        ("city + year", ("city", "year")),
        ("city + province^year", ("city", "province^year")),
        ("city", ("city",)),
    ],
)
def test_coefficients_and_errors(seed, effects, ours):
    panel, spec = make_panel(seed), Spec("y", NAMES, ours)
    for mine, other in (
        (Iid(), "iid"),
        (Heteroskedastic("HC1"), "hetero"),
        (Clustered("city"), {"CRV1": "city"}),
        (Clustered("province"), {"CRV1": "province"}),
        (Clustered(("city", "year")), {"CRV1": "city + year"}),
    ):
        fit, model = fit_fe(panel, spec, mine), theirs(panel, effects, other)
        np.testing.assert_allclose(fit.coefficients, model.coef(), rtol=1e-8)
        np.testing.assert_allclose(fit.std_errors, model.se(), rtol=1e-8, err_msg=str(other))
        assert fit.nobs == model._N


def test_spaced_effects_in_either_order():
    """Without spaces the outcome depends on the order of a set, and so on the hash seed."""
    panel, spec = make_panel(1), Spec("y", NAMES, ("city", "province^year"))
    fit = fit_fe(panel, spec)
    for effects in ("city + province^year", "province^year + city"):
        model = theirs(panel, effects, {"CRV1": "city"})
        assert model.se()["a"] == pytest.approx(fit.std_error("a"), rel=1e-8)
        assert model._df_k == fit.stats["parameters_nested"]


def test_kernels_count_every_effect():
    panel, spec = make_panel(2, share=1.1), Spec("y", NAMES, ("city", "year"))
    options = {"time_id": "year", "panel_id": "number", "lag": 2}
    for mine, name in (
        (DriscollKraay(2, "fixest_full"), "DK"),
        (NeweyWest(2, "fixest_full"), "NW"),
    ):
        model = theirs(panel, "city + year", name, vcov_kwargs=options)
        np.testing.assert_allclose(fit_fe(panel, spec, mine).std_errors, model.se(), rtol=1e-8)


@pytest.mark.parametrize("cluster", ["city", "province"])
def test_jackknife_and_its_other_factor(cluster):
    panel, spec = make_panel(3), Spec("y", NAMES, ("city", "year"))
    model = theirs(panel, "city + year", {"CRV3": cluster})
    table = explain_std_errors(fit_fe(panel, spec, Jackknife(cluster))).set_index("rule")
    found = table.loc["fixest", [f"se({name})" for name in NAMES]].astype(float)
    np.testing.assert_allclose(found, model.se(), rtol=1e-8)


def test_one_endogenous_covariate():
    panel, spec = make_panel(4), Spec("y", NAMES, ("city", "year"))
    ours = fit_iv(panel, spec, Instrumented(("a",), ("z",)))
    frame = panel.frame.reset_index()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = pyfixest.feols(
            "y ~ b + c | city + year | a ~ z", data=frame, vcov={"CRV1": "city"},
            fixef_rm="singleton",
        )  # fmt: skip
    for name in NAMES:
        assert ours.coefficient(name) == pytest.approx(model.coef()[name], rel=1e-8)
        assert ours.std_error(name) == pytest.approx(model.se()[name], rel=1e-8)


def test_a_draw_and_a_curve_equal_refits():
    panel, spec = make_panel(5), Spec("y", NAMES, ("city", "year"))
    boot = bootstrap_fe(panel, spec, resampling=Resampling(2, rng=7))
    counts = block_weights(PairsCluster(), "bootstrap_fe.PairsCluster.city", 7, 60, 0)
    parts = []
    for city, count in zip(panel.cities, counts[0].astype(int), strict=True):
        for _ in range(count):
            part = panel.frame.loc[[city]].reset_index()
            parts.append(part.assign(city=f"{len(parts):06d}"))
    again = CityPanel.from_long(
        pd.concat(parts),
        attributes=pd.DataFrame(
            {"province": "p"}, index=[f"{i:06d}" for i in range(len(parts))]
        ).rename_axis("city"),
    )
    model = theirs(again, "city + year", "iid")
    np.testing.assert_allclose(boot.draws.values[0], model.coef(), rtol=1e-9)
    specs = [Spec("y", names, ("city", "year")) for names in (("a",), ("a", "b"), NAMES)]
    curve = specification_curve(panel, specs, "a").table
    for row, terms in zip(curve.itertuples(), ("a", "a + b", "a + b + c"), strict=True):
        model = theirs(panel, "city + year", {"CRV1": "city"}, right=terms)
        assert row.estimate == pytest.approx(model.coef()["a"], rel=1e-9)
        assert row.std_error == pytest.approx(model.se()["a"], rel=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_wild_p_values(seed):
    """No draw for draw match: other random weights. Within four Monte Carlo standard errors."""
    draws = 9999
    panel, spec = make_panel(10 + seed), Spec("y", NAMES, ("city", "year"))
    frame = panel.frame.reset_index()
    dummies = pd.get_dummies(frame[["city", "year"]].astype(str), drop_first=True, dtype=float)
    x = pd.concat([frame[list(NAMES)], dummies], axis=1).assign(one=1.0)
    home = panel.attributes["province"].loc[frame["city"]].to_numpy()
    for term in ("b", "c"):
        ours = wild_bootstrap_fe(panel, spec, term, resampling=Resampling(draws, cluster="city"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = wildboottest(
                OLS(frame["y"], x), param=term, B=draws, seed=seed, show=False,
                cluster=pd.Series(pd.factorize(frame["city"])[0]),
            )  # fmt: skip
        p_value = float(found["p-value"].iloc[0])
        error = np.sqrt(2 * max(p_value, 1e-3) * (1 - p_value) / draws)
        assert abs(ours.p_value - p_value) < 4 * error + 1e-3, (term, ours.p_value, p_value)
    assert len(home) == len(frame)


def test_leave_out_is_the_refit_of_pyfixest():
    panel, spec = make_panel(6), Spec("y", NAMES, ("city", "year"))
    left = leave_out_fe(panel, spec, "province")
    inside = panel.attributes.index[panel.attributes["province"] != "p4"]
    kept = CityPanel(panel.frame.loc[list(inside)], attributes=panel.attributes)
    model = theirs(kept, "city + year", "iid")
    np.testing.assert_allclose(left.table.loc["p4"], model.coef(), rtol=1e-9)
