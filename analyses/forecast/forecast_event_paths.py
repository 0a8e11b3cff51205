"""Events on yearly trajectories, and the hazard of first passage, scored on what came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.ages import natural_growth
from analyses.shared.forecast_event_table import event_path_table, questions
from analyses.shared.forecast_setup import LAST_YEAR, known_at, models, truth
from econshrink import Backtest
from econshrink.forecast import (
    HAZARD,
    FirstPassage,
    InformationSet,
    PassageHazard,
    PathBacktest,
    PathDesign,
    Spreading,
    brier,
    keep_record,
    learn_persistence,
    outcome,
    run_path_backtest,
)

ORIGINS, AHEAD = tuple(range(2004, LAST_YEAR - 4)), 5
SHOWN = ("no_change", "damped", "pooled")
SMALLEST = 0.05  # weight below which a member of the stack is left out, as for the risk
LEARNT = Spreading(persistence=None)
DRAWS = 300
AGES_KNOWN, AGES_FROM = 2012, 2011  # ages of the census of 2010: year out, first year ahead


def run(work: Workspace) -> None:
    """Score the questions; record the frequency of runs and what was left out."""
    scores: Backtest = work.load("forecast_scores", "backtest")
    came = _truth_view()
    known = models(came.cities)

    def weights(origin: int) -> dict[str, float]:
        rows = scores.weights[(scores.weights["origin"] == origin)]
        given = rows[rows["horizon"] == AHEAD].iloc[0][list(known)].astype(float)
        kept = given[given >= SMALLEST]
        return dict((kept / kept.sum()).items())

    asked = questions(AHEAD)
    first = LAST_YEAR - 2 * AHEAD - 4  # two sets of five origins: before and after a census
    needed = {*SHOWN, *(name for o in ORIGINS if o >= first for name in weights(o))}
    drawn = {name: model for name, model in known.items() if name in needed}
    design = PathDesign(ORIGINS, first, asked, SHOWN, DRAWS, LEARNT)
    found = run_path_backtest(known_at, came, drawn, weights, PassageHazard(), design)
    work.table(event_path_table(work, found, asked, AHEAD, DRAWS))
    work.count("forecast.paths.draws", DRAWS, "draws", "forecast_event_paths")
    work.count("forecast.paths.excluded", len(found.excluded), "cases", "forecast_event_paths")
    work.write("forecast/excluded_paths.csv", _csv(found.excluded))
    work.write("forecast/hazard_fits.csv", _csv(found.fits))
    fallbacks = int((~found.fits["covariates"].astype(bool)).sum())
    work.count("forecast.paths.fallbacks", fallbacks, "fits", "forecast_event_paths")
    _runs(work, came, known, design)
    _natural(work, came, found)


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")


def _truth_view() -> InformationSet:
    """Uncorrected published figures, arranged as the views are."""
    view = known_at(LAST_YEAR)
    figures = truth().reindex(index=list(view.cities), columns=list(view.years))
    return replace(view, level=np.log(figures.to_numpy(dtype=float)))


def _runs(work: Workspace, came: InformationSet, known: dict, design: PathDesign) -> None:  # type: ignore[type-arg]
    """How often the damped drift draws a run of falls if yearly errors are independent."""
    alone = replace(
        design,
        questions={"run": design.questions["run"]},
        shown=None,
        spreading=Spreading(),
    )
    found = run_path_backtest(known_at, came, {"damped": known["damped"]}, None, None, alone)
    late = found.cases[found.cases["origin"] > LAST_YEAR - 2 * AHEAD]
    value = float(late["chance"].mean())
    stem = "forecast.paths.damped.run"
    work.result(f"{stem}.mean_independent", value, "mc", "share", "forecast_event_paths")
    last = known_at(ORIGINS[-1])
    record = keep_record(known["damped"], last, np.arange(1, AHEAD + 1), LEARNT.history)
    power = learn_persistence(record, last, LEARNT.history)
    work.result("forecast.paths.persistence", power, "estimate", "", "forecast_event_paths")


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
