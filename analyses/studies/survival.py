"""Bias and coverage of the survival estimators on panels of known truth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analyses.machinery.studies.plan import Plan
from analyses.studies.survival_draws import (
    Durations,
    FewEvents,
    ProvinceHazards,
    Recurring,
    SharedFrailty,
    YearlyHazards,
    draw_durations,
    draw_few,
    draw_frailty,
    draw_provinces,
    draw_recurring,
    draw_yearly,
)
from econshrink import (
    Clustered,
    ConvergenceError,
    Estimate,
    Iid,
    Resampling,
    SpellTable,
    fit_cox,
    kaplan_meier,
)
from econshrink.lab import Answer, Study
from econshrink.survival import (
    Breslow,
    GapTime,
    LogLogistic,
    LogNormal,
    Weibull,
    bootstrap_survival,
    clustered_restricted_means,
    fit_andersen_gill,
    fit_firth,
    fit_frailty,
    fit_gompertz,
    fit_parametric,
    fit_pwp,
    log_rank,
)

MODULE = "analyses.studies.survival"
BETA, GAMMA = 0.5, -0.4
BY_PROVINCE = Clustered("province")
WHEN = 6.0  # time at which curves are judged
LAWS = {"weibull": Weibull(), "log_logistic": LogLogistic(), "log_normal": LogNormal()}


def answer(estimate: Estimate, term: str) -> Answer:
    """Coefficient and standard error of a term."""
    return Answer(estimate.coefficient(term), estimate.std_error(term))


def cox(data: SpellTable, _: np.random.Generator) -> Mapping[str, Answer]:
    """Efron, Breslow and the sandwich on yearly rows."""
    names = ("x", "z")
    efron = fit_cox(data, names)
    robust = fit_cox(data, names, vcov=Clustered("city"))
    breslow = fit_cox(data, names, ties=Breslow())
    found = {f"{name}, Efron": answer(efron, name) for name in names}
    found |= {f"{name}, Efron, clustered": answer(robust, name) for name in names}
    return found | {"x, Breslow": answer(breslow, "x")}


COX_TRUTH = {
    f"{name}, {how}": value
    for name, value in (("x", BETA), ("z", GAMMA))
    for how in ("Efron", "Efron, clustered", "Breslow")
}


def clustered(data: SpellTable, rng: np.random.Generator) -> Mapping[str, Answer]:
    """Errors that know of provinces and errors that do not: Cox, curve, mean, log-rank."""
    found = {
        "Cox, model-based": answer(fit_cox(data, ["x"], vcov=Iid()), "x"),
        "Cox, clustered": answer(fit_cox(data, ["x"], vcov=BY_PROVINCE), "x"),
    }
    group = SpellTable(data.frame[data.frame["x"] == 0], data.rule_id, synthetic=True)
    curves = {
        "survival, Greenwood": kaplan_meier(group),
        "survival, clustered": kaplan_meier(group, cluster="province"),
        "survival, bootstrap": bootstrap_survival(
            group, resampling=Resampling(399, cluster="province", rng=rng)
        ),
    }
    for name, curve in curves.items():
        row = curve.frame[curve.frame["time"] <= WHEN].iloc[-1]
        columns = ("estimate", "std_error", "conf_low", "conf_high")
        found[name] = Answer(*(float(row[column]) for column in columns))
    mean = clustered_restricted_means(group, WHEN, cluster="province").iloc[0]
    found["restricted mean, clustered"] = Answer(mean["restricted_mean"], mean["std_error"])
    return found


def clustered_truth(settings: ProvinceHazards) -> dict[str, float]:
    """Marginal coefficient, survival and restricted mean of cities with x = 0."""
    power = settings.shape * settings.alpha
    grid = np.linspace(0, WHEN, 20_001)
    level = np.exp(-((settings.rate * grid) ** power))
    mean = float(((level[1:] + level[:-1]) / 2 * np.diff(grid)).sum())
    curve = dict.fromkeys(
        (f"survival, {how}" for how in ("Greenwood", "clustered", "bootstrap")), float(level[-1])
    )
    slope = dict.fromkeys(("Cox, model-based", "Cox, clustered"), settings.beta * power)
    return slope | curve | {"restricted mean, clustered": mean}


def equal_groups(data: SpellTable, _: np.random.Generator) -> Mapping[str, Answer]:
    """Signed root of the log-rank statistic: standard normal if the groups are alike."""
    found = {}
    for name, cluster in (("log-rank", None), ("log-rank, clustered", "province")):
        test = log_rank(data, "x", cluster=cluster)
        gap = test.table["observed"].iloc[1] - test.table["expected"].iloc[1]
        found[name] = Answer(float(np.sign(gap) * np.sqrt(test.statistic)), 1.0)
    return found


def firth(data: SpellTable, _: np.random.Generator) -> Mapping[str, Answer]:
    """Firth's estimate with profile limits, and Cox's where it exists."""
    fit = fit_firth(data, ["x", "z"])
    found = {}
    for name in ("x", "z"):
        limits = fit.stats[f"low:{name}"], fit.stats[f"high:{name}"]
        found[f"{name}, Firth, profile"] = Answer(*answer(fit, name)[:2], *limits)
    try:
        plain = fit_cox(data, ["x", "z"])
    except ConvergenceError:
        return found  # counted in the table as replicates without an estimate
    return found | {f"{name}, Cox, Wald": answer(plain, name) for name in ("x", "z")}


def frailty(data: SpellTable, _: np.random.Generator) -> Mapping[str, Answer]:
    """Variance of the frailties with its profile interval, and the coefficient."""
    fit = fit_frailty(data, ["x"], group="province")
    limits = fit.stats["theta_low"], fit.stats["theta_high"]
    theta = Answer(fit.stats["theta"], conf_low=limits[0], conf_high=limits[1])
    return {"x": answer(fit, "x"), "theta": theta}


def recurring(data: SpellTable, _: np.random.Generator) -> Mapping[str, Answer]:
    """Andersen-Gill with and without the sandwich; PWP by both clocks."""
    options = {"most": 4}
    return {
        "AG, model-based": answer(fit_andersen_gill(data, ["x"], vcov=Iid()), "x"),
        "AG, clustered": answer(fit_andersen_gill(data, ["x"]), "x"),
        "PWP total, clustered": answer(fit_pwp(data, ["x"], **options), "x"),
        "PWP gap, clustered": answer(fit_pwp(data, ["x"], clock=GapTime(), **options), "x"),
    }


def recurring_with_factor(data: SpellTable, rng: np.random.Generator) -> Mapping[str, Answer]:
    """Only the rate model of Andersen and Gill keeps its coefficient under an unseen factor."""
    found = recurring(data, rng)
    return {name: found[name] for name in ("AG, model-based", "AG, clustered")}


def durations(data: SpellTable, _: np.random.Generator) -> Mapping[str, Answer]:
    """By date, by year as an interval, and by year as if the year's end were the date."""
    frame = data.frame
    free = np.where(frame["event"] == 1, np.maximum(frame["year"] - 1, frame["start"]), 0.0)
    yearly = frame.assign(stop=frame["year"], free=free)
    by_year = SpellTable(yearly, data.rule_id, data.origin, synthetic=True)
    law = data.notes[0]
    found = {}
    for name, table, known in (
        ("date", data, None),
        ("interval", by_year, "free"),
        ("year's end", by_year, None),
    ):
        if law == "gompertz":
            fit, shape = fit_gompertz(table, ["x"], last_free=known), "t"
        else:
            fit = fit_parametric(table, ["x"], family=LAWS[law], last_free=known)
            shape = "Log(scale)"
        found[f"x, {name}"], found[f"shape, {name}"] = answer(fit, "x"), answer(fit, shape)
    return found


def draw_of_law(settings: Durations, seed: int) -> SpellTable:
    """The durations, with the name of their law in the notes."""
    drawn = draw_durations(settings, seed)
    return SpellTable(drawn.frame, drawn.rule_id, drawn.origin, notes=(settings.law,))


def law_plan(law: str, replicates: int, **values: float) -> Plan:
    """Plan of one parametric law."""
    settings = Durations(law=law, **values)
    shape = settings.spread if law == "gompertz" else float(np.log(settings.spread))
    truth = {
        f"{term}, {how}": value
        for term, value in (("x", settings.effect), ("shape", shape))
        for how in ("date", "interval", "year's end")
    }
    study = Study(f"survival_{law}", durations, truth, draw_of_law)
    name = law.replace("_", "-")
    title = f"{name} durations known by date, by year as an interval, and by the year's end"
    return Plan(study, {"late entry": settings}, replicates, title, MODULE)


def frailty_plan(word: str, theta: float) -> Plan:
    """Plan of one variance of the frailties."""
    return Plan(
        Study(f"survival_frailty_{word}", frailty, {"x": 0.5, "theta": theta}, draw_frailty),
        {"31 provinces": SharedFrailty(theta=theta)},
        2000,
        f"Gamma frailty of provinces with variance one {word}, profile likelihood",
        MODULE,
    )


PROVINCES = {
    "31 provinces": ProvinceHazards(),
    "100 provinces": ProvinceHazards(provinces=100, cities=5),
}
ALIKE = {
    "31 provinces": ProvinceHazards(beta=0.0),
    "100 provinces": ProvinceHazards(provinces=100, cities=5, beta=0.0),
}
PLANS = (
    Plan(
        Study("survival_cox", cox, COX_TRUTH, draw_yearly),
        {
            "years": YearlyHazards(),
            "years, late entry": YearlyHazards(late=0.5),
            "years, frequent events": YearlyHazards(rate=0.2),
            "dates": YearlyHazards(dated=True),
        },
        2000,
        "Cox regression on yearly rows: ties, late entry, covariates that change",
        MODULE,
    ),
    Plan(
        Study("survival_clustered", clustered, clustered_truth(ProvinceHazards()), draw_provinces),
        PROVINCES,
        2000,
        "Cox, survival curve and restricted mean of cities that depend on each other",
        MODULE,
    ),
    Plan(
        Study(
            "survival_log_rank",
            equal_groups,
            {"log-rank": 0.0, "log-rank, clustered": 0.0},
            draw_provinces,
        ),
        ALIKE,
        2000,
        "Size of the log-rank test between provinces that do not differ",
        MODULE,
    ),
    Plan(
        Study(
            "survival_firth",
            firth,
            {
                f"{name}, {how}": value
                for name, value in (("x", 0.7), ("z", 1.0))
                for how in ("Firth, profile", "Cox, Wald")
            },
            draw_few,
        ),
        {"about ten events": FewEvents(), "about twenty events": FewEvents(rate=0.03)},
        2000,
        "Few events: Firth's penalty with profile limits beside Cox and Wald",
        MODULE,
    ),
    frailty_plan("half", 0.5),
    frailty_plan("fifth", 0.2),
    Plan(
        Study(
            "survival_recurrent",
            recurring,
            dict.fromkeys(
                ("AG, model-based", "AG, clustered", "PWP total, clustered", "PWP gap, clustered"),
                BETA,
            ),
            draw_recurring,
        ),
        {"no unseen factor": Recurring()},
        2000,
        "Recurrent events without an unseen factor",
        MODULE,
    ),
    Plan(
        Study(
            "survival_recurrent_factor",
            recurring_with_factor,
            dict.fromkeys(("AG, model-based", "AG, clustered"), BETA),
            draw_recurring,
        ),
        {"factor of variance 1": Recurring(theta=1.0)},
        2000,
        "Recurrent events of cities with an unseen factor",
        MODULE,
    ),
    law_plan("weibull", 2000),
    law_plan("log_logistic", 2000),
    law_plan("log_normal", 2000),
    law_plan("gompertz", 2000, level=-3.0, effect=0.4, spread=0.1),
)
