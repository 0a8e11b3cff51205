"""First attempts at survival and interop by users of lifelines, R survival and statsmodels."""

import numpy as np
import pandas as pd
import pytest

from econshrink import Clustered, EconshrinkError, Estimate, Heteroskedastic, Resampling, SpellTable
from econshrink.interop import reconcile
from econshrink.panel import (
    average_effects,
    fit_fe,
    fit_poisson,
    fitted,
    predict,
    residuals,
    with_vcov,
)
from econshrink.survival import (
    ElasticNet,
    Ridge,
    aalen_johansen,
    baseline_hazard,
    bootstrap_cox,
    clustered_restricted_means,
    concordance,
    cross_validate_cox,
    fit_andersen_gill,
    fit_cause_specific,
    fit_cox,
    fit_cox_path,
    fit_cox_ridge,
    fit_fine_gray,
    fit_firth,
    fit_frailty,
    fit_gompertz,
    fit_parametric,
    fit_pwp,
    kaplan_meier,
    log_rank,
    nelson_aalen,
    profile_intervals,
    proportional_hazards_test,
)


def durations(seed=3, size=240):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": [f"Youngstown {i}" for i in range(size)]})
    frame["age"] = rng.normal(size=size)
    frame["prio"] = rng.poisson(2, size).astype(float)
    # names of roles: they must do no harm
    frame["stop"] = rng.normal(size=size)
    frame["city"] = rng.normal(size=size)
    frame["year"] = rng.normal(size=size)
    frame["region"] = rng.choice(["north", "south"], size)
    frame["w"] = rng.integers(1, 4, size)
    frame["late"] = rng.uniform(0, 0.05, size)
    risk = 0.5 * frame["age"] - 0.3 * frame["stop"]
    life = rng.exponential(np.exp(-risk)) + 0.1
    censored = rng.exponential(2, size) + 0.1
    frame["T"] = np.minimum(life, censored).round(3)
    frame["E"] = (life <= censored).astype(int)
    frame["why"] = np.where(frame["E"] == 1, rng.choice(["loss", "merger"], size), "")
    return frame


DF = durations()
NUMBERS = DF[["T", "E", "age", "prio", "stop"]]
WHO = {"duration": "T", "event": "E"}
X = ["age", "prio", "stop", "city", "year"]
SURV = "Surv(T, E) ~ age + stop"
FIT = fit_cox(DF, "Surv(T, E) ~ age + np.log1p(prio) + C(region)", unit="id")

WORKS = {
    "CoxPHFitter.fit(df, T, E)": lambda: fit_cox(NUMBERS, **WHO),
    "formula": lambda: fit_cox(DF, "~ age * prio + C(region)", **WHO),
    "coxph": lambda: fit_cox(DF, "Surv(T, E) ~ age + strata(region) + cluster(id)"),
    "coxph start stop": lambda: fit_cox(DF, "Surv(late, T, E) ~ age", unit="id"),
    "entry_col": lambda: fit_cox(DF, ["age"], entry="late", unit="id", **WHO),
    "robust": lambda: fit_cox(DF, SURV, vcov=Heteroskedastic()),
    "penalizer": lambda: fit_cox_ridge(DF, SURV, Ridge(0.1)),
    "l1": lambda: fit_cox_path(DF, SURV, ElasticNet(count=5)),
    "cross-validation": lambda: cross_validate_cox(DF, SURV, 1, ElasticNet(count=5), folds=3),
    "firth": lambda: fit_firth(DF, X[:2], **WHO),
    "frailty": lambda: fit_frailty(DF, SURV, group="region"),
    "WeibullAFTFitter": lambda: fit_parametric(DF, ["age"], **WHO),
    "gompertz": lambda: fit_gompertz(DF, SURV),
    "andersen-gill": lambda: fit_andersen_gill(DF, "Surv(late, T, E) ~ age", unit="id"),
    "PWP": lambda: fit_pwp(DF, SURV, unit="id"),
    "cause-specific": lambda: fit_cause_specific(DF, SURV, causes="why", cause="loss"),
    "Fine-Gray": lambda: fit_fine_gray(DF, SURV, causes="why", cause="loss", unit="id"),
    "KaplanMeierFitter": lambda: kaplan_meier(DF, **WHO),
    "survfit": lambda: kaplan_meier(DF, "Surv(T, E) ~ region"),
    "NelsonAalenFitter": lambda: nelson_aalen(DF, "region", **WHO),
    "AalenJohansenFitter": lambda: aalen_johansen(DF, "why", **WHO),
    "logrank_test": lambda: log_rank(DF, "region", **WHO),
    "survdiff": lambda: log_rank(DF, "Surv(T, E) ~ region"),
    "restricted_mean_survival_time": lambda: clustered_restricted_means(DF, 1.0, **WHO),
    "baseline_cumulative_hazard_": lambda: baseline_hazard(DF, FIT),
    "check_assumptions": lambda: proportional_hazards_test(DF, FIT),
    "concordance_index": lambda: concordance(DF, FIT),
    "confint": lambda: profile_intervals(DF, FIT),
    "polars or pyarrow": lambda: fit_cox(_Interchanged(DF), SURV),
}

SENTENCES = {
    "duration_col": (lambda: fit_cox(DF, duration_col="T", event_col="E"), 'duration="T"'),
    "arrays": (lambda: kaplan_meier(DF["T"], DF["E"]), 'kaplan_meier(df, duration="T", event="E")'),
    "event_observed": (lambda: kaplan_meier(DF, event_observed="E"), 'event="E"'),
    "numbers": (lambda: fit_cox(DF[X].to_numpy(), DF["T"]), 'fit_cox(df, ["x"], duration="T"'),
    "names by place": (lambda: fit_cox(DF, "T", "E"), 'duration="T", event="E"'),
    "one covariate": (lambda: fit_cox(DF, "age", **WHO), 'fit_cox(df, ["age"]'),
    "text columns": (lambda: fit_cox(DF.drop(columns="id"), **WHO), "C(region)"),
    "text as covariate": (lambda: fit_cox(DF, ["region"], **WHO), "C(region)"),
    "no roles": (lambda: fit_cox(DF, ["age"]), "duration="),
    "ties as text": (lambda: fit_cox(DF, SURV, ties="breslow"), "ties=Breslow()"),
    "the class": (lambda: fit_cox(DF, SURV, vcov=Heteroskedastic), "vcov=Heteroskedastic()"),
    "vcov as text": (lambda: fit_cox(DF, SURV, vcov="robust"), "vcov=Heteroskedastic()"),
    "weights_col": (lambda: fit_cox(DF, SURV, weights="w"), 'weights=ImportanceWeights("w")'),
    "twice": (lambda: fit_cox(DF, SURV, **WHO), "Leave them out"),
    "Surv and a SpellTable": (
        lambda: fit_cox(SpellTable.from_durations(DF, **WHO), SURV),
        "Write '~ age + stop'",
    ),
    "estimate first": (lambda: baseline_hazard(FIT, DF), "baseline_hazard(df, estimate"),
    "no estimate": (lambda: baseline_hazard(DF, SURV), "Fit first"),
    "effects": (lambda: fit_cox(DF, "Surv(T, E) ~ age | region"), "strata(g)"),
    "two groups": (lambda: kaplan_meier(DF, "Surv(T, E) ~ region + w"), "one column"),
    "unknown name": (lambda: fit_cox(DF, "Surv(T, E) ~ agee"), "Did you mean 'age'"),
    "residuals of the table first": (
        lambda: residuals(DF, FIT),
        "The estimate comes first",
    ),
}  # fmt: skip


class _Interchanged:
    def __init__(self, frame):
        self.frame = frame

    def to_pandas(self):
        return self.frame


@pytest.mark.parametrize("attempt", WORKS)
def test_works(attempt):
    made = WORKS[attempt]()
    if isinstance(made, Estimate):
        assert np.isfinite(made.covariance).all()
        assert made.spec.formula.startswith("Surv(")


@pytest.mark.parametrize("attempt", SENTENCES)
def test_one_sentence_with_the_right_call(attempt):
    call, right = SENTENCES[attempt]
    with pytest.raises(EconshrinkError) as caught:
        call()
    assert len(caught.value.faults) == 1
    assert right in str(caught.value)


def test_columns_called_like_roles_do_no_harm():
    renamed = DF.rename(columns={"stop": "a", "city": "b", "year": "c"})
    plain = fit_cox(renamed, ["age", "prio", "a", "b", "c"], unit="id", **WHO)
    hard = fit_cox(DF, X, unit="id", **WHO)
    np.testing.assert_array_equal(plain.coefficients, hard.coefficients)
    assert hard.terms == tuple(X)
    assert list(proportional_hazards_test(DF, hard)["term"]) == [*X, "GLOBAL"]
    assert list(bootstrap_cox(DF, hard, Resampling(3, rng=1)).columns) == X


def test_the_units_are_the_default_clusters_under_their_own_name():
    fit = fit_andersen_gill(DF, SURV, unit="id")
    assert fit.vcov_label == "clustered by id"
    assert fit.clusters == {"id": len(DF)}
    assert fit_fine_gray(DF, SURV, causes="why", cause="loss", unit="id").clusters == fit.clusters
    own = fit_fine_gray(DF, SURV, causes="why", cause="loss", unit="id", vcov=Clustered("id"))
    assert own.clusters == fit.clusters
    assert "Surv(T, E)" in str(fit)


def test_the_order_of_rows_does_not_matter_and_a_table_is_not_touched():
    before = DF.copy(deep=True)
    shuffled = DF.sample(frac=1, random_state=1)
    one, two = fit_cox(DF, SURV, unit="id"), fit_cox(shuffled, SURV, unit="id")
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-10)
    assert concordance(shuffled, one).estimate == concordance(DF, one).estimate
    pd.testing.assert_frame_equal(before, DF)


def test_a_spell_table_keeps_its_numbers():
    table = SpellTable.from_durations(DF, unit="id", **WHO)
    fit = fit_cox(table, ["age", table.place("stop")])
    np.testing.assert_array_equal(fit.coefficients, fit_cox(DF, SURV, unit="id").coefficients)
    again = fit_cox(table, "~ age + stop")
    np.testing.assert_array_equal(again.coefficients, fit.coefficients)
    assert again.terms == ("age", "stop")


def counts():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {"firm": np.repeat([f"f{i}" for i in range(25)], 6), "t": [*range(2000, 2006)] * 25}
    )
    frame["x"] = rng.normal(size=150)
    frame["trade"] = rng.choice(["ore", "rail", "coal"], 150)
    frame["n"] = rng.poisson(np.exp(0.4 * frame["x"] + 1))
    frame["y"] = frame["x"] + rng.normal(size=150)
    return frame.sample(frac=1, random_state=0)


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("verb", ["fe", "poisson"])
def test_after_a_fit_the_same_table_again(verb, indexed):
    frame = counts()
    names = {"unit": "firm", "time": "t"}
    if indexed:
        frame, names = frame.set_index(["firm", "t"]), {}
    if verb == "fe":
        fit = fit_fe(frame, "y ~ x + C(trade) | firm + t", **names)
    else:
        fit = fit_poisson(frame, "n ~ x + C(trade) | firm", **names)
    outcome = frame["y" if verb == "fe" else "n"]
    if not indexed:
        outcome = outcome.set_axis(pd.MultiIndex.from_frame(frame[["firm", "t"]]))
    total = fitted(fit, frame) + residuals(fit, frame)
    np.testing.assert_allclose(total, outcome.reindex(total.index), rtol=1e-9)
    assert total.index.names == ["firm", "t"]
    new = frame.head(4).drop(columns=["y", "n"])
    made = predict(fit, new, frame)
    np.testing.assert_allclose(made, fitted(fit, frame).reindex(made.index), rtol=1e-6)
    assert average_effects(fit, frame).terms == ("x",)
    assert with_vcov(fit, frame, Clustered("trade")).clusters == {"trade": 3}
    assert reconcile(fit, frame).explained
