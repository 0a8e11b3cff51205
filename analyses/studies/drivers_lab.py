"""The long-difference design on synthetic countries: what it reports, and what is true there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from analyses.machinery.studies.plan import Plan
from analyses.shared.samples_lab import lab_sample
from analyses.shared.samples_long import DRIVERS, OUTCOMES
from analyses.shared.specs_long import AGEING, BY_PROVINCE, COMMON_CONTROLS, INCOMPLETE, JOBS, spec
from econshrink import fit_fe, simulate
from econshrink.causal import fit_weak_iv, half_width
from econshrink.core.seeds import MASTER_SEED
from econshrink.lab import (
    AGEING as AGEING_LEVER,
    JOB_GROWTH,
    Answer,
    LabRun,
    LabSettings,
    Lever,
    Outcome,
    Path,
    Study,
    total_effect,
)
from econshrink.panel import Instrumented

SETTINGS = LabSettings(last_year=2020)
TRUTH_SEEDS = tuple(range(MASTER_SEED, MASTER_SEED + 8))
STEPS: dict[Lever, float] = {AGEING_LEVER: 0.01, JOB_GROWTH: 0.002}
PARTS = {"net_migration_rate": "migration", "natural_rate": "natural", "total_rate": "total"}


def measure(name: str) -> Callable[[Path], np.ndarray]:
    """A figure of a path by year and city, in percent, as the sample measures it at the end."""

    def of(path: Path) -> np.ndarray:
        series = path.series
        people, first = series["population"], series["population"][0]
        before = np.vstack([first[None], people[:-1]])
        flows = {
            "net_migration_rate": series["net_migration"],
            "natural_rate": series["births"] - series["deaths"],
            "total_rate": people - before,
        }
        if name in flows:
            return np.asarray(100 * np.cumsum(np.nan_to_num(flows[name]), axis=0) / first)
        if name == "share_65_plus":
            return np.asarray(100 * series["share_65_plus"])
        adults = path.ages[:, :, :, 15:].sum(axis=(2, 3)).T
        return np.asarray(100 * series["jobs"] / adults)

    return of


@lru_cache(maxsize=1)
def truths() -> dict[str, float]:
    """True effects over ten years by re-simulation, cities shifted against the others.

    A city whose 65+ share is a point higher at the start, all else as drawn; a city whose labour
    demand grows faster. The first is read per point of the share at the start and per point at
    the end, the second per point of the employment rate's change. The country of the truth
    starts in 2010 with the same parameters.
    """
    settings = replace(SETTINGS, first_year=2010)
    names = (*OUTCOMES, "share_65_plus", "employment_rate")
    outcomes = [Outcome(name, measure(name)) for name in names]
    found: dict[str, float] = {}
    for lever, step in STEPS.items():
        table = total_effect(settings, lever, outcomes, step=step, seeds=TRUTH_SEEDS)
        wide = table.pivot(index=["outcome", "year"], columns="cities", values="effect")
        contrast = wide["targets"] - wide["others"]
        first, last = settings.first_year, settings.last_year
        for outcome in OUTCOMES:
            effect = float(contrast[outcome, last])
            part = PARTS[outcome]
            if lever == AGEING_LEVER:
                start = float(contrast["share_65_plus", first])
                end = float(contrast["share_65_plus", last])
                found[f"ageing.{part}.ols"] = effect / start
                found[f"ageing.{part}.iv"] = effect / end
            else:
                found[f"jobs.{part}.iv"] = effect / float(contrast["employment_rate", last])
    return found


def estimate(data: LabRun, rng: np.random.Generator) -> dict[str, Answer]:  # noqa: ARG001
    """The design of the paper on one country: least squares and both instruments."""
    panel = lab_sample(data)
    answers: dict[str, Answer] = {}
    for outcome, part in PARTS.items():
        fitted = fit_fe(panel, spec(outcome, DRIVERS + COMMON_CONTROLS), BY_PROVINCE)
        point, error = fitted.coefficient(DRIVERS[0]), fitted.std_error(DRIVERS[0])
        reach = half_width(error, fitted.df_t, 0.95)
        answers[f"ageing.{part}.ols"] = Answer(point, error, point - reach, point + reach)
        for key, (treatment, instrument), controls in (
            ("ageing", AGEING, ()),
            ("jobs", JOBS, (INCOMPLETE,)),
        ):
            made = spec(
                outcome,
                (treatment, *controls),
                instruments=(instrument,),
                endogenous=(treatment,),
            )
            found = fit_weak_iv(panel, made, Instrumented((treatment,), (instrument,)), BY_PROVINCE)
            name = f"{key}.{part}.iv"
            kept = found.anderson_rubin.contains(truths()[name])
            low, high = (-np.inf, np.inf) if kept else (np.inf, np.inf)
            answers[name] = Answer(found.estimate.coefficient(treatment), np.nan, low, high)
    return answers


def _truth(data: LabRun) -> dict[str, float]:  # noqa: ARG001
    return truths()


PLANS = (
    Plan(
        Study("drivers_lab", estimate, _truth, simulate),
        {"calibrated country": SETTINGS},
        replicates=200,
        title="The long-difference design on synthetic countries",
        module="analyses.studies.drivers_lab",
        chunk=20,
    ),
)
