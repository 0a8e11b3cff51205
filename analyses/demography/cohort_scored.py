"""The cohort-component projection from the ages of 2010, scored on what came."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.demography.samples_cohort_past import BEFORE, CENSUS, KNOWN, past_sample, past_totals
from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import FIRST_TRUTH, MIXTURE, USED, known_at, truth
from analyses.shared.forecast_tables import LABELS
from analyses.shared.samples_cohort import CohortSample
from econshrink import Backtest, Forecast, Table
from econshrink.core.arrays import Floats
from econshrink.core.seeds import generator
from econshrink.data import load_census, load_census_profile, load_territories
from econshrink.demography import project_cohorts
from econshrink.forecast import (
    BacktestDesign,
    accuracy,
    central_interval,
    count_scores,
    covered,
    crps,
    score_cases,
)
from econshrink.nouns import Cell, Row, Span

DRAWS, LOSS, LATER = 400, 0.05, 2020
COMPARED = ("no_change", "damped", "cohort", MIXTURE)
OURS, REVISED = "component", "component_revised"
NAMES = {
    **LABELS,
    OURS: "Cohort component",
    REVISED: "Cohort component, rates as they came",
    "repeated": f"Growth of {BEFORE}–{CENSUS} repeated",
}


def run(work: Workspace) -> None:
    """Project from 2010, score at every origin since 2012, and from census to census."""
    found: Backtest = work.load("forecast_scores", "backtest")
    made = {OURS: _project(past_sample()), REVISED: _project(past_sample(later_rates=True))}
    rows = []
    for horizon in USED:
        scores, origins = _at_origins(found, made[OURS], horizon)
        title = f"{horizon} years, origins {origins[0]}–{origins[-1]}"
        rows += _rows(work, f"h{horizon}", title, scores)
    scores, count = _between_censuses(made)
    title = f"Census of {CENSUS} to census of {LATER}, {count} units"
    rows += _rows(work, "census", title, scores)
    work.count("cohort_scored.census.units", count, "units", "cohort_scored")
    _record(work, made)
    work.table(_table(rows))


def _project(sample: CohortSample) -> Forecast:
    rng = generator("cohort.scored")
    return project_cohorts(sample.start, sample.process, sample.risk, draws=DRAWS, rng=rng).forecast


def log_path(forecast: Forecast, cities: tuple[str, ...], year: int) -> Floats:
    """Log persons of a year between the steps, straight in logs, (cities, draws)."""
    place = {city: i for i, city in enumerate(forecast.cities)}
    rows = [place[city] for city in cities]
    years = (forecast.base_year, *forecast.years)
    later = next(k for k, step in enumerate(years) if step >= year and k > 0)
    first = forecast.base[rows, None] if later == 1 else forecast.draws[rows, later - 2]
    share = (year - years[later - 1]) / (years[later] - years[later - 1])
    last = forecast.draws[rows, later - 1]
    return np.asarray((1 - share) * np.log(first) + share * np.log(last))


def _at_origins(
    found: Backtest, projection: Forecast, horizon: int
) -> tuple[pd.DataFrame, list[int]]:
    """Scores on the cases of the backtest whose origin came after the ages were out."""
    cases = found.of(horizon, FIRST_TRUTH)
    cases = cases[(cases["origin"] >= KNOWN) & cases["model"].isin(COMPARED)]
    origins = sorted({int(origin) for origin in cases["origin"]})
    design = BacktestDesign(tuple(origins), USED, DRAWS, (LOSS,))
    came, parts, counts = truth(), [cases], []
    for origin in origins:
        view = known_at(origin)
        own = cases[(cases["origin"] == origin) & (cases["model"] == COMPARED[0])]
        good = np.isin(view.cities, own["city"])
        change = np.log(came[origin + horizon].to_numpy(dtype=float)) - view.at(origin)
        ahead = log_path(projection, view.cities, origin + horizon)
        draws = ahead - log_path(projection, view.cities, origin)
        mine = score_cases(OURS, view, horizon, draws, change, good, design)
        parts.append(mine.assign(scale=own["scale"].to_numpy()))
        counts += count_scores(OURS, view, horizon, draws, change, good, design)
    table = accuracy(pd.concat(parts, ignore_index=True))
    both = pd.concat([found.counts, pd.DataFrame(counts)], ignore_index=True)
    both = both[
        both["origin"].isin(origins) & (both["horizon"] == horizon) & (both["loss"] == LOSS)
    ]
    mean = both.groupby("model")[["mean", "count", "crps"]].mean()
    mean.columns = ["expected", "came", "count_crps"]
    return table.join(mean), origins


def _between_censuses(made: dict[str, Forecast]) -> tuple[pd.DataFrame, int]:
    """From one census to the next, units on one territory with a total of 2000."""
    census = load_census().pivot(index="city", columns="year", values="population")
    earlier = past_totals()
    grown = (earlier[CENSUS] / earlier[BEFORE]).dropna()
    held = made[OURS]
    base = pd.Series(held.base, index=list(held.cities))
    same = (census[CENSUS] / base - 1).abs() < 0.01  # else another territory was tabulated
    units = [c for c in load_territories().main if c in grown.index and bool(same.get(c, False))]
    came, start = census.loc[units, LATER].to_numpy(dtype=float), base[units].to_numpy()
    drawn = {name: np.exp(log_path(f, tuple(units), LATER)) for name, f in made.items()}
    points = {"no_change": start, "repeated": start * grown[units].to_numpy()}
    drawn |= {name: values[:, None] for name, values in points.items()}
    rows = {}
    for name in ("no_change", "repeated", OURS, REVISED):
        draws = drawn[name]
        median = np.median(draws, axis=1)
        fallen = (draws <= (1 - LOSS) * start[:, None]).sum(axis=0).astype(float)
        lost = float((came <= (1 - LOSS) * start).sum())
        inside = covered(*central_interval(draws, 0.8), came).mean() if draws.shape[1] > 1 else None
        rows[name] = {
            "mape": np.abs(median / came - 1).mean(),
            "malpe": (median / came - 1).mean(),
            "crps": crps(np.log(draws), np.log(came)).mean(),
            "inside80": np.nan if inside is None else inside,
            "expected": fallen.mean(),
            "came": lost,
            "count_crps": float(crps(fallen, np.array(lost))),
        }
    return pd.DataFrame(rows).T, len(units)


def _rows(work: Workspace, key: str, title: str, scores: pd.DataFrame) -> list[Row]:
    came = float(scores["came"].iloc[0])
    rows = [Row((Cell(f"{title}; {came:.0f} fell by {LOSS:.0%}"),), "group")]
    for name, row in scores.iterrows():
        for score in ("mape", "malpe", "crps", "inside80", "expected", "count_crps"):
            if np.isfinite(row[score]):
                stem = f"cohort_scored.{name}.{key}.{score}"
                work.result(stem, float(row[score]), "mc", "", "cohort_scored")
        inside = Cell(float(row["inside80"]), ".0%") if np.isfinite(row["inside80"]) else Cell("–")
        rows.append(
            Row(
                (
                    Cell(NAMES[str(name)]),
                    Cell(100 * float(row["mape"]), ".1f"),
                    Cell(100 * float(row["malpe"]), "+.1f"),
                    Cell(100 * float(row["crps"]), ".2f"),
                    inside,
                    Cell(float(row["expected"]), ".0f"),
                    Cell(float(row["count_crps"]), ".1f"),
                )
            )
        )
    work.result(f"cohort_scored.{key}.came", came, "estimate", "units", "cohort_scored")
    return rows


def _record(work: Workspace, made: dict[str, Forecast]) -> None:
    """The nation of the later census, projected and counted, and what the projection assumed."""
    for name, forecast in made.items():
        total = forecast.at(LATER).sum(axis=0)
        change = total / forecast.base.sum() - 1
        stem = f"cohort_scored.{name}.nation"
        work.result(f"{stem}.change", float(change.mean()), "mc", "share", "cohort_scored")
        for level in (10, 90):
            value = float(np.quantile(change, level / 100))
            work.result(f"{stem}.change_q{level}", value, "mc", "share", "cohort_scored")
    totals = load_census_profile().groupby("year")["population"].sum()
    came = float(totals[LATER] / totals[CENSUS] - 1)
    work.result("cohort_scored.nation.came", came, "estimate", "share", "cohort_scored")
    process = past_sample().process
    for key in ("persistence", "sd_city", "sd_province"):
        work.result(f"cohort_scored.{key}", float(getattr(process, key)), "estimate")


def _table(rows: list[Row]) -> Table:
    heads = ("Model", "MAPE", "MALPE", "CRPS", "80%", "Count", "CRPS")
    return Table(
        "cohort_scored",
        f"Cohort-component projection from the ages of {CENSUS}, scored",
        ((Span(""), Span("Units", 4), Span("Number that falls", 2)), tuple(map(Span, heads))),
        tuple(rows),
        (
            f"Known in {KNOWN}: ages of {CENSUS}; totals of {BEFORE}, from which net migration is "
            "what reverse survival leaves, adding up to zero in the nation; a model age profile; "
            f"fertility of the last three and survival of the last five years to {CENSUS}, held; "
            "persistence and shocks from growth over two half decades. The United Nations' rates "
            "of those years are of the revision of 2024. In the last row those since then stand "
            "in, which nobody knew.",
            "First two panels: cases of the table of accuracy with an origin from "
            f"{KNOWN} on; growth between origin and target on the path from {CENSUS}, straight in "
            "logs within five years, is put on the value of the origin. MALPE: above zero if too "
            "high. 80%: truths inside; a dash for point forecasts, whose CRPS is their absolute "
            "error. Count: expected number of units that fall by that much.",
        ),
    )
