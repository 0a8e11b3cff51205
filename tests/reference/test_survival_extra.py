"""Numbers of R beyond the first table: clusters, late entry, intervals, paths, validation.

`survival_extra.csv` is written by `survival_extra.R` (R 4.2.2, survival 3.5-3, riskRegression
2022.11.28, cmprsk 2.2-11); each row carries its tolerance. `MODELS` maps a model of the table to a
function that returns our numbers by (quantity, term); `NOT_OURS` gives the reason for what is left.
"""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from econshrink.core.arrays import group_sums
from econshrink.inference.vcov import Clustered, Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.concordance import concordance
from econshrink.survival.cox.covariate_change import SetTo, average_survival_change
from econshrink.survival.cox.firth import fit_firth
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.cox.prediction import predict_survival
from econshrink.survival.cox.profile import profile_intervals
from econshrink.survival.cox.residuals import (
    deviance_residuals,
    dfbeta,
    dfbetas,
    martingale_residuals,
    scaled_schoenfeld_residuals,
    schoenfeld_residuals,
    score_residual_table,
)
from econshrink.survival.cox.time_effects import (
    IdentityTime,
    KaplanMeierTime,
    LogTime,
    RankTime,
    proportional_hazards_test,
    with_time_effect,
)
from econshrink.survival.curves.aalen_johansen import aalen_johansen
from econshrink.survival.curves.kaplan_meier import kaplan_meier, nelson_aalen
from econshrink.survival.curves.log_rank import log_rank
from econshrink.survival.curves.summaries import (
    clustered_restricted_mean_differences,
    clustered_restricted_means,
)
from econshrink.survival.events.competing import fit_cause_specific, fit_fine_gray
from econshrink.survival.events.recurrent import GapTime, TotalTime, fit_andersen_gill, fit_pwp
from econshrink.survival.kernel.influence import (
    hazard_factor,
    risk_counts,
    running_influence,
)
from econshrink.survival.options import Breslow, Efron, ImportanceWeights
from econshrink.survival.parametric.accelerated import fit_parametric
from econshrink.survival.parametric.gompertz import fit_gompertz
from econshrink.survival.parametric.likelihood import (
    Exponential,
    LogLogistic,
    LogNormal,
    Weibull,
)
from econshrink.survival.validation.accuracy import brier_scores, integrated_brier
from econshrink.survival.validation.calibration import calibration
from econshrink.survival.validation.discrimination import (
    time_dependent_auc,
    uno_concordance,
)
from econshrink.survival.validation.outcomes import Outcomes, risk_table

HERE = Path(__file__).parent
LAWS = {
    "exponential": Exponential(),
    "weibull": Weibull(),
    "lognormal": LogNormal(),
    "loglogistic": LogLogistic(),
}
LUNG = ["age", "sex", "ph.ecog"]
BLADDER = ["rx", "size", "number"]
PROVINCE = Clustered("province")

Numbers = dict[tuple[str, str], float]


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / "survival_data" / f"{name}.csv", na_values=["NA"])


def spells(frame: pd.DataFrame) -> SpellTable:
    return SpellTable(frame, rule_id="reference")


@cache
def yearly(cities: int = 120) -> SpellTable:
    frame = read("yearly").fillna({"cause": ""})
    frame = frame[frame["city"].isin(frame["city"].unique()[:cities])]
    city = frame["city"].map("{:04d}".format)
    row = [f"r{i:04d}" for i in range(len(frame))]
    return spells(frame.assign(city=city, row=row, first=(frame["zone"] == 1).astype(int)))


@cache
def lung(*needed: str) -> SpellTable:
    frame = read("lung").dropna(subset=list(needed)).reset_index(drop=True)
    city = [f"{i:04d}" for i in range(len(frame))]
    month = 30 * np.floor((frame["time"] - 1) / 30)
    event = frame["status"] - 1
    return spells(
        frame.assign(
            city=city,
            start=0.0,
            stop=frame["time"],
            event=event,
            free=month,
            stratum=frame["sex"] * 100 + frame["age"],
        )
    )


def terms(estimate: Estimate, error: str = "se") -> Numbers:
    found = {("loglik", ""): estimate.stats["loglik"]}
    for term, value, spread in zip(
        estimate.terms, estimate.coefficients, estimate.std_errors, strict=True
    ):
        found["coef", term], found[error, term] = value, spread
    return found


def both(fit: object, cluster: Clustered) -> Numbers:
    return terms(fit(vcov=cluster), "robust_se") | terms(fit(vcov=Iid()))


def clustered_curve(by: str) -> Numbers:
    frame = kaplan_meier(yearly(), "z", cluster=by).frame
    found: Numbers = {}
    for time in (3, 6, 10):
        for row in frame[frame["time"] == time].itertuples():
            key = f"z={row.group} time={time}"
            found["surv", key], found["std_error", key] = row.estimate, row.std_error
    last = nelson_aalen(yearly(), cluster=by).frame.iloc[-1]
    found["cumhaz", "time=10"], found["cumhaz_se", "time=10"] = last["estimate"], last["std_error"]
    return found


def means() -> Numbers:
    found: Numbers = {}
    for horizon in (5, 10):
        options = {"cluster": "province"}
        for row in clustered_restricted_means(yearly(), horizon, "z", **options).itertuples():
            found["mean", f"z={row.group} horizon={horizon}"] = row.restricted_mean
            found["clustered_se", f"z={row.group} horizon={horizon}"] = row.std_error
        gap = clustered_restricted_mean_differences(yearly(), horizon, "z", **options)
        found["clustered_se_difference", f"horizon={horizon}"] = gap["std_error"][0]
    return found


def incidence() -> Numbers:
    frame = aalen_johansen(yearly(), "cause", cluster="row").frame
    found: Numbers = {}
    for time in (3, 6, 10):
        for row in frame[frame["time"] == time].itertuples():
            key = f"{row.group} time={time}"
            found["pstate", key], found["std_error", key] = row.estimate, row.std_error
    return found


def log_ranks() -> Numbers:
    test = partial(log_rank, yearly(), cluster="province")
    return {
        ("chisq", ""): test("first").statistic,
        ("chisq", "strata z"): test("first", strata="z").statistic,
        ("chisq", "three zones"): test("zone").statistic,
    }


def weighted_cox(ties: object) -> Numbers:
    options = {
        "ties": ties,
        "strata": "zone",
        "offset": "lift",
        "weights": ImportanceWeights("w"),
    }
    return both(partial(fit_cox, yearly(), ["x", "z"], **options), PROVINCE)


def stratified_cox() -> Numbers:
    table = yearly()
    fit = fit_cox(table, ["x", "z"], strata="zone")
    found: Numbers = {}
    transforms = {
        "km": KaplanMeierTime(),
        "rank": RankTime(),
        "identity": IdentityTime(),
        "log": LogTime(),
    }
    for name, transform in transforms.items():
        for row in proportional_hazards_test(table, fit, transform).itertuples():
            found[f"zph_{name}", row.term] = row.chi2
    by_row = {
        "martingale": martingale_residuals(table, fit),
        "deviance": deviance_residuals(table, fit),
    }
    for name, values in by_row.items():
        for row in (1, 100, 500):
            found[name, f"row{row}"] = values[row - 1]
    tables = {"score": score_residual_table, "dfbeta": dfbeta, "dfbetas": dfbetas}
    for name, function in tables.items():
        values = function(table, fit)
        for row in (1, 100, 500):
            for term in ("x", "z"):
                found[name, f"row{row} {term}"] = values[term].iloc[row - 1]
    plain, scaled = schoenfeld_residuals(table, fit), scaled_schoenfeld_residuals(table, fit)
    summed = dfbeta(table, fit).groupby(table.frame["province"]).sum()
    for term in ("x", "z"):
        found["schoenfeld_sumsq", term] = (plain[term] ** 2).sum()
        found["scaled_schoenfeld_sumsq", term] = (scaled[term] ** 2).sum()
        found["dfbeta_by_province_sumsq", term] = (summed[term] ** 2).sum()
    return found


def path_numbers() -> Numbers:
    fit = fit_cox(yearly(), ["x", "z"])
    path = pd.DataFrame({"start": [0, 3, 6], "stop": [3, 6, 10], "x": [-1, 0.5, 1], "z": 1})
    found: Numbers = {}
    for start in (0, 3):
        part = path[path["start"] >= start].assign(path="p")
        frame = predict_survival(yearly(), fit, part).frame
        for time in (4, 7, 10):
            row = frame[frame["time"] == time].iloc[0]
            key = f"from {start} time={time}"
            found["surv", key] = row["estimate"]
            found["std_error_of_cumhaz", key] = row["std_error"] / row["estimate"]
    return found


def constant_path() -> Numbers:
    fit = fit_cox(yearly(), ["x", "z"])
    path = pd.DataFrame({"path": "p", "start": [0], "stop": [10], "x": 0.5, "z": 1})
    frame = predict_survival(yearly(), fit, path).frame.set_index("time")
    error = frame["std_error"] / frame["estimate"]
    surv = {("surv", f"time={t}"): frame.loc[t, "estimate"] for t in (4, 10)}
    return surv | {("std_error_of_cumhaz", f"time={t}"): error[t] for t in (4, 10)}


def change_numbers() -> Numbers:
    fit = fit_cox(yearly(), ["x", "z"], vcov=PROVINCE)
    base = yearly().frame.groupby("city").head(1)
    found = average_survival_change(yearly(), fit, base, SetTo("z"), 8.0)
    return {
        ("effect", "z at 8"): found["change"],
        ("se_of_coefficients", "z at 8"): found["std_error_coefficients"],
    }


def renamed(numbers: Numbers, old: str, new: str) -> Numbers:
    return {(quantity, new if term == old else term): v for (quantity, term), v in numbers.items()}


def time_effect_numbers(table: SpellTable, covariates: list[str], moving: str) -> Numbers:
    moved = with_time_effect(table, [moving])
    column = f"{moving}:log(t)"
    return renamed(terms(fit_cox(moved, [*covariates, column])), column, f"tt({moving})")


def profile_numbers() -> Numbers:
    table = profile_intervals(yearly(), fit_cox(yearly(), ["x", "z"])).set_index("term")
    return {
        ("limit", "low z"): table.loc["z", "conf_low"],
        ("limit", "high z"): table.loc["z", "conf_high"],
    }


def firth_numbers(table: SpellTable, covariates: list[str], ties: object) -> Numbers:
    fit = fit_firth(table, covariates, ties=ties)
    found = terms(fit) | {("penalised_loglik", ""): fit.stats["penalised_loglik"]}
    for term in covariates:
        found["low", term], found["high", term] = (fit.stats[f"{end}:{term}"] for end in ENDS)
    return found


ENDS = ("low", "high")


def separated() -> SpellTable:
    frame = {"city": list("abcdefgh"), "start": 0, "stop": range(1, 9)}
    return spells(pd.DataFrame(frame).assign(event=[1] * 4 + [0] * 4, x=[1] * 4 + [0] * 4))


def bladder_gap() -> Numbers:
    table = spells(read("bladder2").assign(city=lambda f: f["id"].map("{:04d}".format)))
    return both(partial(fit_pwp, table, BLADDER, clock=GapTime()), Clustered("home"))


def yearly_pwp(clock: object) -> Numbers:
    options = {"clock": clock, "most": 2}
    return both(partial(fit_pwp, yearly(), ["x", "z"], **options), Clustered("home"))


def other_fine_gray() -> Numbers:
    frame = read("mgus2")
    progressed = frame["pstat"] == 1
    cause = np.where(progressed, "pcm", np.where(frame["death"] == 1, "death", ""))
    table = spells(
        frame.assign(
            city=[f"{i:05d}" for i in range(len(frame))],
            start=0.0,
            stop=np.where(frame["pstat"] == 0, frame["futime"], frame["ptime"]),
            cause=cause,
            event=(cause != "").astype(int),
            sexM=(frame["sex"] == "M").astype(int),
        )
    )
    return terms(fit_fine_gray(table, ["age", "sexM"], causes="cause", cause="pcm", ties=Breslow()))


def one_cause() -> Numbers:
    options = {"causes": "cause", "cause": "merger", "vcov": PROVINCE}
    return terms(fit_cause_specific(yearly(), ["x", "z"], **options), "robust_se")


def interval_numbers(law: object) -> Numbers:
    table = lung()
    # R's interval of an event runs to the end of its month.
    stop = np.where(table.frame["event"] == 1, table.frame["free"] + 30, table.frame["stop"])
    table = spells(table.frame.assign(stop=stop))
    options = {"family": law, "last_free": "free"}
    return both(partial(fit_parametric, table, ["age", "sex"], **options), Clustered("stratum"))


def late_numbers(law: str, last_free: str | None) -> Numbers:
    if law == "gompertz":
        return terms(fit_gompertz(yearly(), ["x", "z"], last_free=last_free))
    options = {"family": LAWS[law], "last_free": last_free}
    return terms(fit_parametric(yearly(), ["x", "z"], **options))


def concordances() -> Numbers:
    table = lung("ph.ecog")
    fit = fit_cox(table, LUNG)
    risk = pd.Series(table.frame[LUNG].to_numpy() @ fit.coefficients, index=table.frame["city"])
    last = float(table.frame["stop"].max())
    return {
        ("n", "C"): concordance(table, fit).estimate,
        ("n/G2", "C"): uno_concordance(table, risk, last).estimate,
        ("n/G2", "C to 500"): uno_concordance(table, risk, 500).estimate,
    }


def predictions() -> Numbers:
    table = lung("ph.ecog")
    fit = fit_cox(table, LUNG, ties=Breslow())
    paths = table.frame[["city", *LUNG]].rename(columns={"city": "path"})
    curve = predict_survival(table, fit, paths.assign(start=0.0, stop=1100.0))
    horizons = [180, 365, 730]
    risk = risk_table(curve, horizons)
    # R orders rows by time, events first; its first row is the earliest event.
    first = table.frame.sort_values(["stop", "event"], ascending=[True, False])["city"].iloc[0]
    found = {("risk_row1", str(h)): risk.loc[first, float(h)] for h in horizons}
    for row in time_dependent_auc(table, risk).itertuples():
        found["auc", f"{row.horizon:g}"] = row.auc
        found["auc_se", f"{row.horizon:g}"] = row.std_error
    for row in brier_scores(table, risk).itertuples():
        found["brier_cox", f"{row.horizon:g}"] = row.brier
        found["brier_se_cox", f"{row.horizon:g}"] = row.std_error
        found["brier_null", f"{row.horizon:g}"] = row.null
    whole = integrated_brier(table, risk_table(curve, range(45, 700, 50)))
    found["ibs", "cox"], found["ibs", "null"] = whole["integrated"], whole["null"]
    check = calibration(table, risk[365.0], 365.0)
    found["calibration_slope", "365"] = check.slope
    found["calibration_slope_se", "365"] = check.slope_error
    return found


MODELS = {
    "Kaplan-Meier clustered by city": partial(clustered_curve, "city"),
    "Kaplan-Meier clustered by province": partial(clustered_curve, "province"),
    "restricted means by z": means,
    "Aalen-Johansen by row": incidence,
    "log-rank clustered by province": log_ranks,
    "Cox strata offset weights efron": partial(weighted_cox, Efron()),
    "Cox strata offset weights breslow": partial(weighted_cox, Breslow()),
    "Cox strata": stratified_cox,
    "Cox path": path_numbers,
    "Cox constant path": constant_path,
    "Cox average effect": change_numbers,
    "Cox x by log time": lambda: time_effect_numbers(yearly(), ["x", "z"], "x"),
    "Cox lung age by log time": lambda: time_effect_numbers(lung(), ["age", "sex"], "age"),
    "Cox profile": profile_numbers,
    "Firth first 24 cities efron": lambda: firth_numbers(yearly(24), ["x", "z"], Efron()),
    "Firth first 24 cities breslow": lambda: firth_numbers(yearly(24), ["x", "z"], Breslow()),
    "Firth separated": lambda: firth_numbers(separated(), ["x"], Efron()),
    "PWP gap time": bladder_gap,
    "PWP yearly total": partial(yearly_pwp, TotalTime()),
    "PWP yearly gap": partial(yearly_pwp, GapTime()),
    "AG yearly": lambda: terms(fit_andersen_gill(yearly(), ["x", "z"]), "robust_se"),
    "Fine-Gray cmprsk": other_fine_gray,
    "cause-specific yearly": one_cause,
    **{f"interval {name}": partial(interval_numbers, law) for name, law in LAWS.items()},
    **{
        f"late entry{' and intervals' if free else ''} {law}": partial(late_numbers, law, free)
        for law in (*LAWS, "gompertz")
        for free in (None, "start")
    },
    "concordance": concordances,
    "prediction": predictions,
}
ROWS = pd.read_csv(HERE / "survival_extra.csv", keep_default_na=False).astype({"value": float})
NOT_OURS = {
    "r_survfit_id_error": "R's error along a changing path, which is not that of the path",
    "r_survreg_robust_se": "R's robust error of interval rows, which is not that of its likelihood",
    "S": "concordance weighted by the survival curve, which we do not offer",
    "brier_se_null": "the error of predicting the Kaplan-Meier share, which we do not report",
}


@pytest.mark.parametrize("model", list(MODELS))
def test_rows_of_a_model_match(model: str) -> None:
    ours = MODELS[model]()
    rows = ROWS[(ROWS["model"] == model) & ~ROWS["quantity"].isin(NOT_OURS)]
    assert len(rows) > 0
    wrong = []
    for row in rows.itertuples():
        found = ours.get((row.quantity, row.term))
        tolerance = float(row.tolerance)
        if found is None or not np.isclose(found, row.value, rtol=tolerance, atol=1e-12):
            wrong.append((row.quantity, row.term, row.value, found))
    assert not wrong, "\n".join(map(str, wrong))


def by_martingales(self: Outcomes, time: np.ndarray, value: np.ndarray) -> np.ndarray:
    """`Outcomes.pull_of_seen` as riskRegression has it: increments of the hazard of being lost.

    It sums dM / n where the derivative of the product-limit curve has dM / (n - dN), and takes
    cities with an event at t as at risk of being lost at t. In large samples both are the same.
    """
    stop, each = self.time, np.arange(len(self.time), dtype=np.intp)
    lost = risk_counts(np.full(len(stop), -np.inf), stop, ~self.event, np.ones(len(stop)))
    place = np.searchsorted(lost.time, time, side="left").astype(np.intp)
    load = group_sums(value, place, len(lost.time) + 1)[1:]
    parts = running_influence(lost, each, len(each), -hazard_factor(lost))
    return np.concatenate([part @ load for part in parts])


def test_errors_of_scores_equal_the_programs_by_its_convention(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Outcomes, "pull_of_seen", by_martingales)
    ours = predictions()
    rows = ROWS[ROWS["quantity"].isin(["auc_se", "brier_se_cox"])]
    assert len(rows) == 6
    for row in rows.itertuples():  # the predicted risks themselves agree to about 1e-8
        assert ours[row.quantity, row.term] == pytest.approx(row.value, rel=1e-7)


def tally() -> dict[str, object]:
    """Rows of the table matched, and left out by reason."""
    out = ROWS["quantity"].map(NOT_OURS).dropna().value_counts().sort_index()
    return {"matched": len(ROWS) - int(out.sum()), "left_out": out.to_dict()}


def test_every_row_has_a_model_and_the_tally_is_true() -> None:
    assert set(ROWS["model"]) == set(MODELS)
    stored = json.loads((HERE / "tally_survival.json").read_text())
    assert stored["survival_extra.csv"] == {"rows": len(ROWS), **tally()}
