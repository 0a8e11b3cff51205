"""Results of other packages as nouns: their names, numbers, errors and p-values unchanged."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from econshrink.core.errors import DataError
from econshrink.interop.adapting import as_estimate
from econshrink.interop.lifelines_results import from_lifelines
from econshrink.interop.linearmodels_results import from_linearmodels
from econshrink.interop.pyfixest_results import from_pyfixest
from econshrink.interop.statsmodels_results import from_statsmodels
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate


def frame():
    rng = np.random.default_rng(0)
    n = 120
    x, z = rng.normal(size=(2, n))
    table = {"firm": np.repeat(np.arange(20), 6), "year": [*range(2000, 2006)] * 20}
    unit = np.repeat(rng.normal(size=20), 6)
    return pd.DataFrame(table | {"x": x, "z": z, "y": x + unit + rng.normal(size=n)})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("effects", "options", "label", "small"),
    [
        ((True, True), {"cov_type": "unadjusted"}, "iid", "K = 27"),
        ((True, True), {"cov_type": "robust"}, "heteroskedasticity-robust", "K = 27"),
        (
            (True, True),
            {"cov_type": "clustered", "cluster_entity": True},
            "clustered by firm",
            "K = 27",
        ),
        (
            (True, False),
            {"cov_type": "clustered", "cluster_entity": True},
            "clustered by firm",
            "K = 2",
        ),
        (
            (True, True),
            {"cov_type": "clustered", "cluster_entity": True, "group_debias": True},
            "clustered by firm",
            "G/(G−1)",
        ),
        ((True, True), {"cov_type": "kernel"}, "Driscoll-Kraay", "K = 27"),
        ((False, False), {"cov_type": "unadjusted", "debiased": False}, "iid", "none"),
    ],
)
def test_linearmodels_panels(effects, options, label, small):
    from linearmodels.panel import PanelOLS  # noqa: PLC0415

    data = frame().set_index(["firm", "year"])
    flags = {"entity_effects": effects[0], "time_effects": effects[1]}
    fit = PanelOLS(data["y"], data[["x", "z"]], **flags).fit(**options)
    estimate = from_linearmodels(fit)
    np.testing.assert_array_equal(estimate.coefficients, fit.params)
    np.testing.assert_allclose(estimate.std_errors, fit.std_errors, rtol=1e-12)
    np.testing.assert_allclose(estimate.tidy()["p_value"], fit.pvalues, rtol=1e-9)
    limits = fit.conf_int()
    np.testing.assert_allclose(estimate.confint()["conf_low"], limits["lower"], rtol=1e-9)
    assert estimate.vcov_label == label
    assert small in estimate.small_sample
    assert estimate.nobs == 120
    assert estimate.terms == ("x", "z")
    assert estimate.spec.depvar == "y"
    assert estimate.spec.absorb == tuple(
        name for name, on in zip(("firm", "year"), effects, strict=True) if on
    )
    if "clustered" in label:
        assert estimate.clusters == {"firm": 20}


@pytest.mark.filterwarnings("ignore")
def test_linearmodels_instruments_and_absorption():
    from linearmodels.iv import IV2SLS, AbsorbingLS  # noqa: PLC0415

    data = frame()
    fit = IV2SLS.from_formula("y ~ 1 + x + [z ~ year]", data).fit(
        cov_type="clustered", clusters=data["firm"]
    )
    estimate = from_linearmodels(fit)
    np.testing.assert_allclose(estimate.tidy()["p_value"], fit.pvalues, rtol=1e-9)
    assert estimate.terms == ("Intercept", "x", "z")
    assert estimate.clusters == {"cluster 1": 20}
    assert "IV-2SLS" in estimate.method
    absorbed = data[["firm"]].astype("category")
    plain = AbsorbingLS(data["y"], data[["x"]], absorb=absorbed).fit(debiased=True)
    again = from_linearmodels(plain)
    np.testing.assert_allclose(again.tidy()["p_value"], plain.pvalues, rtol=1e-9)
    assert again.spec.absorb == ("firm",)


@pytest.mark.parametrize(
    ("fit", "label", "small", "law"),
    [
        (lambda d: smf.ols("y ~ x + z", d).fit(), "iid", "N/(N−K)", 117.0),
        (
            lambda d: smf.ols("y ~ x + z", d).fit(cov_type="HC1"),
            "heteroskedasticity-robust (HC1)",
            "N/(N−K)",
            np.inf,
        ),
        (
            lambda d: smf.ols("y ~ x + z", d).fit(cov_type="HC3", use_t=True),
            "heteroskedasticity-robust (HC3)",
            "none",
            117.0,
        ),
        (
            lambda d: smf.ols("y ~ x", d).fit(
                cov_type="cluster", cov_kwds={"groups": d["firm"]}, use_t=True
            ),
            "clustered by firm",
            "G/(G−1)",
            19.0,
        ),
        (
            lambda d: smf.ols("y ~ x", d).fit(
                cov_type="cluster", cov_kwds={"groups": d["firm"], "use_correction": False}
            ),
            "clustered by firm",
            "none",
            np.inf,
        ),
        (
            lambda d: smf.glm("np.abs(y) ~ x", d, family=sm.families.Poisson()).fit(),
            "inverse information",
            "none",
            np.inf,
        ),
    ],
)
def test_statsmodels_regressions(fit, label, small, law):
    result = fit(frame())
    estimate = from_statsmodels(result)
    np.testing.assert_array_equal(estimate.coefficients, result.params)
    np.testing.assert_allclose(estimate.std_errors, result.bse, rtol=1e-12)
    np.testing.assert_allclose(estimate.tidy()["p_value"], result.pvalues, rtol=1e-9, atol=1e-300)
    assert estimate.vcov_label == label
    assert small in estimate.small_sample
    assert estimate.df_t == law
    assert estimate.nobs == 120
    assert estimate.terms[0] == "Intercept"


def test_statsmodels_without_frames_and_with_several_equations():
    data = frame()
    bare = sm.OLS(data["y"].to_numpy(), data[["x", "z"]].to_numpy()).fit()
    assert from_statsmodels(bare).terms == ("x1", "x2")
    several = sm.MNLogit(data["year"], data[["x", "z"]]).fit(disp=0)
    with pytest.raises(DataError, match="one equation"):
        from_statsmodels(several)


def pyfixest_like(**changes):
    fields = {
        "_coefnames": [np.str_("x"), np.str_("z")],
        "_beta_hat": np.array([0.5, -0.2]),
        "_vcov": np.diag([0.01, 0.04]),
        "_vcov_type_detail": "CRV1",
        "_clustervar": ["firm"],
        "_G": [20, 20, 20],
        "_ssc_dict": {"k_adj": True, "k_fixef": "nonnested", "G_adj": True, "G_df": "min"},
        "_df_t": np.float64(19.0),
        "_N": 120,
        "_fixef": "firm + year",
        "_depvar": "y",
        "_fml": "y ~ x + z | firm + year",
        "_method": "feols",
        "_r2_within": np.float64(0.3),
    }
    return SimpleNamespace(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "label", "rule", "law"),
    [
        ({}, "clustered by firm", "fixest", 19.0),
        ({"_ssc_dict": {"k_fixef": "full", "G_df": "min"}}, "clustered by firm", "fixest_full", 19),
        (
            {"_ssc_dict": {"k_adj": False, "G_adj": False}},
            "clustered by firm",
            "none",
            19.0,
        ),
        ({"_vcov_type_detail": "iid", "_clustervar": None}, "iid", "fixest", 19.0),
        (
            {"_vcov_type_detail": "HC3", "_clustervar": None},
            "heteroskedasticity-robust (HC3)",
            "fixest",
            19.0,
        ),
        ({"_method": "fepois"}, "clustered by firm", "fixest", np.inf),
        ({"_vcov_type_detail": "CRV3"}, "clustered by firm (CRV3)", "fixest", 19.0),
    ],
)
def test_pyfixest_is_read_by_its_fields(changes, label, rule, law):
    estimate = from_pyfixest(pyfixest_like(**changes))
    assert (estimate.vcov_label, estimate.small_sample, estimate.df_t) == (label, rule, law)
    assert estimate.terms == ("x", "z")
    assert estimate.spec.absorb == ("firm", "year")
    assert estimate.std_errors.tolist() == [0.1, 0.2]


def cox_like(**changes):
    """The documented fields of a fitted CoxPHFitter; numbers of lifelines 0.30.3."""
    name = pd.Index(["x"], name="covariate")
    fields = {
        "params_": pd.Series([0.171348], index=name),
        "variance_matrix_": pd.DataFrame([[0.034196]], index=name, columns=name),
        "event_observed": pd.Series([True] * 34 + [False] * 26),
        "log_likelihood_": -105.20490185079728,
        "concordance_index_": 0.540650406504065,
        "penalizer": 0.0,
        "strata": None,
    }
    return type("CoxPHFitter", (), fields | changes)()


def test_lifelines_regressions():
    estimate = from_lifelines(cox_like())
    assert isinstance(estimate, Estimate)
    assert estimate.std_error("x") == pytest.approx(0.184921, abs=1e-6)
    assert estimate.p_value("x") == pytest.approx(0.354, abs=1e-3)  # as its summary prints
    assert (estimate.kind, estimate.nobs, estimate.stats["events"]) == ("cox", 60, 34.0)
    assert (estimate.vcov_label, estimate.small_sample) == ("inverse information", "none")
    clustered = from_lifelines(
        cox_like(cluster_col="g", _clusters=np.arange(60) % 12, strata=["s"], penalizer=0.1)
    )
    assert clustered.clusters == {"g": 12}
    assert clustered.notes == ("penalised (penalizer 0.1)", "strata: s")
    names = pd.Index(["x", "z"], name="covariate")
    robust = {  # a robust fit keeps the inverse information in its variance matrix
        "params_": pd.Series([0.1, 0.2], index=names),
        "variance_matrix_": pd.DataFrame([[0.04, 0.01], [0.01, 0.09]], index=names, columns=names),
        "standard_errors_": pd.Series([0.1, 0.6], index=names),
        "robust": True,
    }
    estimate = from_lifelines(cox_like(**robust))
    np.testing.assert_allclose(estimate.std_errors, [0.1, 0.6])
    assert estimate.vcov_label == "robust (Lin and Wei)"
    assert "joint tests are approximate" in estimate.notes[0]
    both = pd.MultiIndex.from_tuples([("lambda_", "x"), ("rho_", "Intercept")])
    aft = {"params_": pd.Series([1.0, 2.0], index=both), "variance_matrix_": np.eye(2)}
    named = from_lifelines(type("WeibullAFTFitter", (), aft | {"_n_examples": 60})())
    assert named.terms == ("lambda_: x", "rho_: Intercept")
    assert named.nobs == 60


def test_lifelines_curves():
    time = pd.Index([0.0, 1.0, 2.0], name="timeline")
    events = {"observed": [0, 2, 1], "at_risk": [10, 10, 6]}
    survival = pd.DataFrame({"KM_estimate": [1.0, 0.8, 0.8 * 5 / 6]}, index=time)
    limits = pd.DataFrame({"low": [1.0, 0.5, 0.4], "high": [1.0, 0.95, 0.9]}, index=time)
    fields = {
        "survival_function_": survival,
        "confidence_interval_survival_function_": limits,
        "event_table": pd.DataFrame(events, index=time),
        "alpha": 0.05,
        "_label": "all",
    }
    curve = from_lifelines(type("KaplanMeierFitter", (), fields)())
    assert isinstance(curve, Curve)
    greenwood = survival.iloc[2, 0] * np.sqrt(2 / (10 * 8) + 1 / (6 * 5))
    assert curve.frame["std_error"].iloc[2] == pytest.approx(greenwood)
    assert curve.frame["conf_low"].tolist() == [1.0, 0.5, 0.4]
    assert (curve.kind, curve.level) == ("survival", 0.95)
    hazard = pd.DataFrame({"NA_estimate": [0.0, 0.2, 0.3667]}, index=time)
    high = hazard["NA_estimate"] * np.exp(1.959963984540054 * 0.5)
    band = pd.DataFrame({"low": hazard["NA_estimate"] ** 2, "high": high})
    fields = {"cumulative_hazard_": hazard, "confidence_interval_": band} | {
        key: fields[key] for key in ("event_table", "alpha", "_label")
    }
    curve = from_lifelines(type("NelsonAalenFitter", (), fields)())
    expected = 0.5 * hazard["NA_estimate"].to_numpy()
    np.testing.assert_allclose(curve.frame["std_error"], expected, rtol=1e-9)


@pytest.mark.parametrize(
    "adapter", [from_linearmodels, from_statsmodels, from_pyfixest, from_lifelines]
)
@pytest.mark.parametrize("thing", [None, "a table", frame(), sm.OLS([1.0, 2.0], [1.0, 2.0])])
def test_what_is_no_result_is_refused_in_one_sentence(adapter, thing):
    with pytest.raises(DataError, match=r"Pass what|Fit it first"):
        adapter(thing)


def test_anything_that_holds_an_estimate_is_one():
    estimate = from_lifelines(cox_like())
    assert as_estimate(estimate) is estimate
    assert as_estimate(SimpleNamespace(estimate=estimate)) is estimate
    assert as_estimate(smf.ols("y ~ x", frame()).fit()).method == "OLS (statsmodels)"
    with pytest.raises(DataError, match=r"column \(2\): saw a DataFrame"):
        as_estimate(frame(), "column (2)")
