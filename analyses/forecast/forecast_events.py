"""Trees for losses of a twentieth, beside the draws of the mixture and averaged with them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import FIRST_TRUTH, LOSS, MIXTURE, known_at, models
from econshrink import Backtest, Table
from econshrink.core.arrays import Floats
from econshrink.data import load_jobs, load_real_estate
from econshrink.forecast import (
    InformationSet,
    LossTrees,
    keep_record,
    loss_name,
    score_events,
)
from econshrink.nouns import Cell, Row, Span

HORIZONS, STEPS = (1, 3), np.array([1, 3])
HISTORY, FIRST = 5, 2010  # the first origin with some past losses to learn from
TREES, WIDE = "trees", "trees_wide"
MEANS = {"average": TREES, "average_wide": WIDE}
CANDIDATES = (MIXTURE, TREES, WIDE, *MEANS)
DECIDES = 3  # horizon whose early targets decide: within one year there were next to no losses
EXTRA = ("jobs", "wage", "building")
LABELS = {
    MIXTURE: "Mixture",
    TREES: "Boosted trees",
    WIDE: "Boosted trees with jobs and housing",
    "average": "Mean of mixture and trees",
    "average_wide": "Mean of mixture and trees with jobs and housing",
    "climatology": "Climatology",
    "logit": "Persistence logit",
}
NAME = loss_name(LOSS)


def trees_table(work: Workspace, published: Backtest, closed: Backtest) -> Table:
    """Skill of the trees and of their mean with the mixture, on early and late targets."""
    cases = published.cases
    chances = tree_chances(tuple(cases["city"].unique()))
    work.save(chances, "tree_chances")
    rows, used = [], ""
    for horizon in sorted(HORIZONS, key=lambda h: h != DECIDES):
        rows.append(Row((Cell(f"{horizon} year{'s' * (horizon > 1)}"),), "group"))
        tables = {}
        for kind, found in (("published", published), ("closed", closed)):
            wide = with_trees(found.cases, chances, horizon)
            target = wide["origin"] + horizon
            tables[kind, "late"] = score_events(wide[target >= FIRST_TRUTH], NAME)
            if kind == "published":
                tables[kind, "early"] = score_events(wide[target < FIRST_TRUTH], NAME)
        for name in tables["published", "late"].index:
            cells = [Cell(LABELS[str(name)])]
            for (kind, span), table in tables.items():
                row = table.loc[name]
                stem = f"forecast.events.{name}.h{horizon}.{kind}.{span}"
                for key in ("skill_logit", "skill_climatology", "brier", "slope"):
                    if np.isfinite(row[key]):
                        work.result(f"{stem}.{key}", float(row[key]), "mc", "", "forecast_trees")
            for kind, span in (("published", "early"), ("published", "late"), ("closed", "late")):
                cells.append(Cell(float(tables[kind, span].loc[name, "skill_logit"]), "+.2f"))
            late = tables["published", "late"].loc[name]
            cells += [Cell(float(late["skill_climatology"]), "+.2f")]
            cells += [Cell(float(late["auc"]), ".2f"), Cell(float(late["slope"]), ".2f")]
            rows.append(Row(tuple(cells)))
        early, late = (tables["published", span] for span in ("early", "late"))
        if horizon == DECIDES:
            used = str(early.loc[list(CANDIDATES), "skill_logit"].astype(float).idxmax())
            work.result("forecast.events.used", LABELS[used].lower(), "label", "", "forecast_trees")
            work.result("forecast.events.used.key", used, "label", "", "forecast_trees")
        size = f"h{horizon}"
        for span, table in (("early", early), ("late", late)):
            first = table.iloc[0]
            count = round(float(first["rate"]) * int(first["cases"]))
            work.count(f"forecast.events.{size}.{span}.events", count, "cases", "forecast_trees")
            total = int(first["cases"])
            work.count(f"forecast.events.{size}.{span}.cases", total, "cases", "forecast_trees")
    return Table(
        "forecast_trees",
        f"Losses of {LOSS:.0%} within three years: trees, the mixture, and their mean",
        (
            (Span(""), Span("Skill over the logit", 3), Span("Published, from 2020", 3)),
            (
                Span("Probability from"), Span("Before 2020"), Span("From 2020"), Span("Closed"),
                Span("Clim."), Span("AUC"), Span("Slope"),
            ),
        ),
        tuple(rows),
        (
            f"Targets before {FIRST_TRUTH} decided which is used, by skill over the logit at "
            f"{DECIDES} years: {LABELS[used].lower()}. Trees are fitted at each origin on earlier "
            "ones: growth of two, five and ten years, the province's, size, the mixture's path "
            "(which knows ages) and the censuses in the window; with jobs and housing also "
            "employees, wages and housing investment. Closed: scored on closed series.",
        ),
    )  # fmt: skip


def with_trees(cases: pd.DataFrame, chances: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Cases of one horizon: the mixture, the trees and their mean as models of their own."""
    own = cases[(cases["model"] == MIXTURE) & (cases["horizon"] == horizon)]
    both = own.merge(chances[chances["horizon"] == horizon], on=["origin", "horizon", "city"])
    column = f"chance_{NAME}"
    parts = [both]
    for name in (TREES, WIDE):
        parts.append(both.assign(**{"model": name, column: both[name]}))
    for name, trees in MEANS.items():
        mean = (both[column] + both[trees]) / 2
        parts.append(both.assign(**{"model": name, column: mean}))
    return pd.concat(parts, ignore_index=True)


def tree_chances(cities: tuple[str, ...]) -> pd.DataFrame:
    """Chances of both kinds of trees by origin, horizon and city."""
    model = models(known_at(FIRST).cities)[MIXTURE]
    memory: dict[tuple[str, bytes], Floats] = {}
    rows = []
    for origin in range(FIRST, 2024):
        view = _wider(known_at(origin))
        record = keep_record(model, replace(view, extra={}), STEPS, HISTORY, memory)
        for horizon in HORIZONS:
            if origin + horizon > 2024:
                continue
            found = {
                name: LossTrees(extra=extra).chance(view, record, horizon, LOSS, HISTORY)
                for name, extra in ((TREES, ()), (WIDE, EXTRA))
            }
            table = pd.DataFrame({"city": view.cities, **found})
            rows.append(table.assign(origin=origin, horizon=horizon))
    known = pd.concat(rows, ignore_index=True)
    return known[known["city"].isin(cities)]


def _wider(view: InformationSet) -> InformationSet:
    """The view with growth of jobs, relative wages and housing investment a head, as far as out."""
    extra = {name: np.full(view.level.shape, np.nan) for name in EXTRA}
    jobs, wage, building = (table.reindex(list(view.cities)) for table in _figures())
    for column, year in enumerate(view.years):
        people = view.level[:, column]
        extra["jobs"][:, column] = (_at(jobs, year) - _at(jobs, year - 3)) / 3
        extra["wage"][:, column] = _centred(_at(wage, year))
        extra["building"][:, column] = _centred(_at(building, year) - people)
    return replace(view, extra=extra)


@cache
def _figures() -> tuple[pd.DataFrame, ...]:
    panel = load_jobs()
    tables = (
        panel.wide("employees"),
        panel.wide("mean_wage"),
        load_real_estate().wide("investment"),
    )
    return tuple(np.log(t.where(t > 0)) for t in tables)


def _at(table: pd.DataFrame, year: int) -> Floats:
    """Figures of a year, or of the last one that the table has."""
    return table[min(max(year, table.columns[0]), table.columns[-1])].to_numpy(dtype=float)


def _centred(values: Floats) -> Floats:
    known = values[np.isfinite(values)]
    return values - known.mean() if len(known) else values
