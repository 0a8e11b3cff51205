"""Laboratory: forecasts on true vintages, on one later compilation cut, and on the truth."""

from __future__ import annotations

import numpy as np

from analyses.machinery.studies.plan import Plan
from econshrink.data import Publication, pseudo_vintage as pseudo_known_in
from econshrink.forecast import (
    BacktestDesign,
    Drift,
    InformationSet,
    NoChange,
    PathModel,
    Sees,
    accuracy,
    information_set,
    run_backtest,
)
from econshrink.lab import Answer, LabRun, LabSettings, Study, true_vintage

FIRST, ORIGINS, AHEAD = 2015, (2006, 2008, 2010, 2012, 2014, 2015), 5
MODELS: dict[str, PathModel] = {"no_change": NoChange(), "damped": Drift(damping=0.8)}
SOUND = ("reported", "revised", "rebased")


def _vintage(run: LabRun) -> Sees:
    lag = run.settings.observation.publication_lag
    return lambda origin: information_set(
        true_vintage(run, origin + lag), origin, usable=SOUND, cities=run.true.cities
    )


def _pseudo(run: LabRun) -> Sees:
    lag = run.settings.observation.publication_lag
    rule = Publication(lag, {"rebased": 0, "revised": 0})  # taken as if published at once

    def sees(origin: int) -> InformationSet:
        panel = pseudo_known_in(run.observed, origin + lag, rule).panel
        return information_set(panel, origin, usable=SOUND, cities=run.true.cities)

    return sees


def _truth(run: LabRun) -> Sees:
    def sees(origin: int) -> InformationSet:
        kept = run.true.select(years=[y for y in run.true.years if y <= origin])
        return information_set(kept, origin, cities=run.true.cities)

    return sees


def score(run: LabRun, rng: np.random.Generator) -> dict[str, Answer]:
    """Error at five years and coverage of the 80% intervals on each kind of input."""
    true = run.true.wide("population")
    answers: dict[str, Answer] = {}
    for kind, sees in (("vintage", _vintage), ("pseudo", _pseudo), ("true", _truth)):
        stream = f"study.{int(rng.integers(2**32))}"
        design = BacktestDesign(ORIGINS, (AHEAD,), draws=200, losses=(0.0,), stream=stream)
        found = run_backtest(sees(run), true, MODELS, design)
        table = accuracy(found.of(AHEAD, FIRST + AHEAD))
        for model in MODELS:
            answers[f"mape.{model}.{kind}"] = Answer(float(table.loc[model, "mape"]), np.nan)
            answers[f"inside80.{model}.{kind}"] = Answer(
                float(table.loc[model, "inside80"]), np.nan
            )
    return answers


def _aims(run: LabRun) -> dict[str, float]:
    """No error, and the nominal share inside."""
    del run
    kinds = ("vintage", "pseudo", "true")
    aims = {f"mape.{m}.{k}": 0.0 for m in MODELS for k in kinds}
    return aims | {f"inside80.{m}.{k}": 0.8 for m in MODELS for k in kinds}


PLANS = (
    Plan(
        Study("forecast_vintages", score, _aims),
        {"default": LabSettings()},
        20,
        "Forecasts on true vintages, a cut compilation and the truth",
        __name__,
        chunk=10,
    ),
)
