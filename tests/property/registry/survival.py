"""Canonical calls of survival analysis."""

import pandas as pd

from econshrink import Clustered, Resampling, SpellTable, survival
from tests.property.registry.calls import (
    Answer,
    Call,
    World,
    estimate,
    numbers,
    spell_world,
    table,
    yearly_world,
)

XV = ("x", "v")
DRAWN = {
    "permuted rows": "draws belong to the units in their order",
    "other ids": "draws belong to the units in their order",
}


def made(world: World) -> SpellTable:
    """The spells of a world."""
    return SpellTable(world["spells"], rule_id="made")


def call(name: str, run, **options) -> Call:
    """A call on the spell world."""
    return Call(f"survival.{name}", spell_world, run, **options)


def fit(verb, **options):
    """Coefficients of a fit with two covariates, in one over the covariate's unit."""
    return lambda w: _free(estimate(verb(made(w), XV, **options), ""))


def _free(answer: Answer) -> Answer:
    return {
        key: number if key[-1] in XV else number._replace(unit={}) for key, number in answer.items()
    }


def yearly(name: str, run, **options) -> Call:
    """A call on rows of one period each."""
    return Call(f"survival.{name}", yearly_world, run, **options)


def curve(verb, *arguments, **options):
    """The table of a curve by group, cause and time."""

    def run(world: World) -> Answer:
        frame = verb(made(world), *arguments, **options).frame
        keys = [name for name in ("group", "cause", "time") if name in frame]
        return table(frame, keys)

    return run


def _cox(world: World):
    return survival.fit_cox(made(world), XV)


def _log_rank(world: World) -> Answer:
    test = survival.log_rank(made(world), "g")
    return {("statistic",): numbers("s", {"": test.statistic})["s", ""]}


def _paths(world: World) -> pd.DataFrame:
    return pd.DataFrame({"path": ["a"] * 2, "start": [0.0, 3.0], "stop": [3.0, 9.0],
                         "x": [0.5, -0.5], "v": [0.0, 1.0]})  # fmt: skip


def _ph(world: World) -> Answer:
    found = survival.proportional_hazards_test(made(world), _cox(world))
    return table(
        found.reset_index(drop=False), [c for c in ("term", "index") if c in found.reset_index()]
    )


def _concordance(world: World) -> Answer:
    found = survival.concordance(made(world), _cox(world))
    return numbers("c", {"estimate": found.estimate, "std_error": found.std_error})


def _indexed(frame: pd.DataFrame) -> Answer:
    flat = frame.reset_index()
    keys = [c for c in flat.columns if flat[c].dtype.kind not in "fiub" or c == "time"]
    return (
        table(flat.drop(columns="index", errors="ignore"), keys) if keys else table(flat, ["index"])
    )


CUT = {"spells": True}
UNITS = {"scaled": XV, "shifted": XV}
CALLS = (
    call("fit_cox", fit(survival.fit_cox, vcov=Clustered()), **UNITS, **CUT, rtol=1e-6,
         but={}),
    call("fit_firth", fit(survival.fit_firth), scaled=XV, rtol=1e-6),
    call("fit_parametric", fit(survival.fit_parametric), scaled=XV, rtol=1e-5),
    call("fit_gompertz", fit(survival.fit_gompertz), scaled=XV, rtol=1e-5),
    yearly("fit_discrete_hazard", fit(
        survival.fit_discrete_hazard, duration=survival.DurationPolynomial(1)),
        scaled=XV, rtol=1e-6),
    call("fit_frailty", fit(survival.fit_frailty, group="region"), scaled=XV, rtol=1e-5),
    yearly("fit_random_hazard", fit(
        survival.fit_random_hazard, group="region"), scaled=XV, rtol=1e-4),
    call("fit_cause_specific", fit(survival.fit_cause_specific, causes="cause", cause="p"),
         **UNITS, rtol=1e-6),
    call("fit_andersen_gill", fit(survival.fit_andersen_gill), **UNITS, rtol=1e-6),
    call("kaplan_meier", curve(survival.kaplan_meier, "g")),
    call("nelson_aalen", curve(survival.nelson_aalen, "g")),
    call("aalen_johansen", curve(survival.aalen_johansen, "cause", "g")),
    call("log_rank", _log_rank, **CUT),
    call("concordance", _concordance, **UNITS),
    call("proportional_hazards_test", _ph, **UNITS, rtol=1e-6),
    call("baseline_hazard",
         lambda w: table(survival.baseline_hazard(made(w), _cox(w)).frame, ["time"]), rtol=1e-6),
    call("predict_survival",
         lambda w: _indexed(survival.predict_survival(made(w), _cox(w), _paths(w)).frame),
         rtol=1e-6),
    call("hazard_ratios", lambda w: _indexed(survival.hazard_ratios(
        survival.fit_parametric(made(w), XV))),
         rtol=1e-5),
    call("profile_intervals",
         lambda w: _indexed(survival.profile_intervals(made(w), _cox(w))), rtol=1e-5),
    call("restricted_mean",
         lambda w: _indexed(survival.restricted_mean(survival.kaplan_meier(made(w), "g"), 20.0))),
    call("clustered_restricted_means",
         lambda w: _indexed(survival.clustered_restricted_means(made(w), 20.0, "g"))),
    call("clustered_restricted_mean_differences", lambda w: _indexed(
        survival.clustered_restricted_mean_differences(made(w), 20.0, "g"))),
    call("split_periods", lambda w: numbers("rows", {
        "count": len(survival.split_periods(made(w)).frame),
        "time": float((survival.split_periods(made(w)).frame["stop"]
                       - survival.split_periods(made(w)).frame["start"]).sum())})),
    yearly("fit_discrete_ridge",
           fit(survival.fit_discrete_ridge, penalty=survival.Ridge(2.0)), rtol=1e-6),
    yearly("marginal_effects", lambda w: _indexed(survival.marginal_effects(
        made(w), survival.fit_discrete_hazard(
            made(w), XV, duration=survival.DurationPolynomial(1)))), rtol=1e-6),
    call("fit_pwp", fit(survival.fit_pwp), **UNITS, rtol=1e-6),
    call("fit_wlw", fit(survival.fit_wlw, events=2), **UNITS, rtol=1e-6),
    call("with_time_effect", lambda w: numbers("sum", survival.with_time_effect(
        made(w), ("x",)).frame.drop(columns=["irrelevant", "w"], errors="ignore")
        .select_dtypes("number").sum())),
    call("bootstrap_cox", lambda w: _indexed(survival.bootstrap_cox(
        made(w), _cox(w), Resampling(19, rng=1))), rtol=1e-6, but=DRAWN),
    call("bootstrap_survival", lambda w: table(survival.bootstrap_survival(
        made(w), resampling=Resampling(19, rng=1)).frame, ["time"]), but=DRAWN),
    call("fit_cox_path", lambda w: numbers("loglik", dict(enumerate(
        survival.fit_cox_path(made(w), XV).loglik))), rtol=1e-5),
    call("wald_test", lambda w: {("s",): numbers("s", {"": survival.wald_test(
        _cox(w), ("x = 0", "v = 0")).statistic})["s", ""]}, **UNITS, rtol=1e-6),
    call("fit_cox_ridge", fit(survival.fit_cox_ridge, penalty=survival.Ridge(2.0)), shifted=XV,
         rtol=1e-6),
)  # fmt: skip
