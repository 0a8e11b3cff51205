"""Events on yearly trajectories, and the hazard of first passage, scored on what came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.ages import natural_growth
from analyses.shared.forecast_event_table import event_path_table, questions
from analyses.shared.forecast_setup import LAST_YEAR, MIXTURE, known_at, models, truth
from econshrink.forecast import (
    HAZARD,
    ErrorParts,
    FirstPassage,
    InformationSet,
    PassageHazard,
    PathBacktest,
    PathDesign,
    brier,
    keep_record,
    learn_persistence,
    outcome,
    run_path_backtest,
    withheld_events,
)

ORIGINS, AHEAD = tuple(range(2004, LAST_YEAR - 4)), 5
SHOWN = ("no_change", "damped", MIXTURE)
DRAWS = 300
HISTORY = ErrorParts().history
AGES_KNOWN, AGES_FROM = 2012, 2011  # ages of the census of 2010: year out, first year ahead


def run(work: Workspace) -> None:
    """Score the questions; record the frequency of runs and what was left out."""
    came = _truth_view()
    known = {name: model for name, model in models(came.cities).items() if name in SHOWN}
    asked = questions(AHEAD)
    first = LAST_YEAR - 2 * AHEAD - 4  # two sets of five origins: before and after a census
    last = known_at(LAST_YEAR - 2 * AHEAD)  # the last origin whose targets come before a census
    record = keep_record(known[MIXTURE], last, np.arange(1, AHEAD + 1), HISTORY)
    power = learn_persistence(record, last, HISTORY)
    work.result("forecast.paths.persistence", power, "estimate", "", "forecast_event_paths")
    parts = ErrorParts(persistence=power)
    design = PathDesign(ORIGINS, first, asked, SHOWN, DRAWS, parts)
    found = run_path_backtest(known_at, came, known, None, PassageHazard(), design)
    work.table(event_path_table(work, found, asked, AHEAD, DRAWS))
    work.count("forecast.paths.draws", DRAWS, "draws", "forecast_event_paths")
    work.count("forecast.paths.excluded", len(found.excluded), "cases", "forecast_event_paths")
    work.write("forecast/excluded_paths.csv", _csv(found.excluded))
    work.write("forecast/hazard_fits.csv", _csv(found.fits))
    fallbacks = int((~found.fits["covariates"].astype(bool)).sum())
    work.count("forecast.paths.fallbacks", fallbacks, "fits", "forecast_event_paths")
    late = found.cases["origin"] > LAST_YEAR - 2 * AHEAD
    held = withheld_events(replace(found, cases=found.cases[late]))["withheld"]
    names = sorted({str(question) for question, model in held[held].index if model == MIXTURE})
    work.result("forecast.paths.withheld", ", ".join(names) or "none", "label")
    _natural(work, came, found)


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")


def _truth_view() -> InformationSet:
    """Uncorrected published figures, arranged as the views are."""
    view = known_at(LAST_YEAR)
    figures = truth().reindex(index=list(view.cities), columns=list(view.years))
    return replace(view, level=np.log(figures.to_numpy(dtype=float)))


def _natural(work: Workspace, came: InformationSet, found: PathBacktest) -> None:
    """The hazard of a loss of 5% with natural growth by age added, at the last origins."""
    share = 0.05
    growth = 100 * natural_growth(came.cities, 2010, LAST_YEAR + AHEAD - 2010)
    mean = pd.DataFrame(growth).T.rolling(AHEAD).mean().T.to_numpy()[:, AHEAD - 1 :]
    extra = np.full(came.level.shape, np.nan)
    for column, year in enumerate(came.years):
        if year >= AGES_KNOWN:
            extra[:, column] = mean[:, year + 1 - AGES_FROM]
    options = PassageHazard(shares=(share,), extra=("natural",))
    asked = questions(AHEAD)["dip05"]
    chances = []
    for origin in range(LAST_YEAR - 2 * AHEAD + 1, LAST_YEAR - AHEAD + 1):
        view = known_at(origin)
        seen = replace(view, extra={"natural": extra[:, : len(view.years)]})
        event = asked.event(origin)
        if not isinstance(event, FirstPassage):
            raise TypeError(event)
        chance = options.fit(seen).chance(seen, np.array([event.years]))[:, 0, 0]
        part = pd.DataFrame({"city": view.cities, "chance": chance, "origin": origin})
        chances.append(part.assign(event=outcome(asked, came, origin)))
    scored = found.cases[(found.cases["question"] == "dip05") & (found.cases["model"] == HAZARD)]
    both = pd.concat(chances).dropna().merge(scored[["origin", "city"]], on=["origin", "city"])
    value = brier(both["chance"].to_numpy(), both["event"].to_numpy())
    work.result("forecast.paths.hazard.dip05.brier_ages", value, "estimate", "", "")
