"""Questions about trajectories, and the table of their scores."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import LAST_YEAR
from analyses.shared.forecast_tables import LABELS
from econshrink import Table
from econshrink.forecast import (
    HAZARD,
    EventExpression,
    EventQuestion,
    FallingRun,
    FirstPassage,
    PathBacktest,
    Recovery,
    score_events,
)
from econshrink.nouns import Cell, Row, Span

NAMES = {**LABELS, HAZARD: "Hazard"}
RECORDED = (
    "rate", "brier", "reliability", "resolution", "skill_climatology", "skill_logit", "log_score",
    "auc", "slope", "slope_error", "intercept", "intercept_error",
)  # fmt: skip


def lasting_loss(origin: int, ahead: int) -> str:
    """Never back at its start in the coming years, and 3% below it at their end."""
    last = origin + ahead
    return f"max(P[{origin + 1}:{last}]) < P[{origin}] and P[{last}] <= 0.97 * P[{origin}]"


def questions(ahead: int) -> dict[str, EventQuestion]:
    """What is asked of the coming years."""
    return {
        "dip00": EventQuestion(
            f"Any fall below the start within {ahead} years",
            lambda _: FirstPassage(0.0, ahead),
            ahead,
        ),
        "dip05": EventQuestion(
            f"First loss of 5% within {ahead} years", lambda _: FirstPassage(0.05, ahead), ahead
        ),
        "run": EventQuestion(
            f"Three falls in a row within {ahead} years", lambda _: FallingRun(3, ahead), ahead
        ),
        "lasting": EventQuestion(
            f"Written: below the start for {ahead} years, at least 3% at their end",
            lambda origin: EventExpression(lasting_loss(origin, ahead)),
            ahead,
        ),
        "recovery": EventQuestion(
            f"Recovery within {ahead} years of units at their low, 1% or more below their peak",
            lambda _: Recovery(2, 0.5, ahead, behind=ahead),
            ahead,
            behind=ahead,
            fallen=0.01,
        ),
    }


def event_path_table(
    work: Workspace, found: PathBacktest, asked: Mapping[str, EventQuestion], ahead: int, draws: int
) -> Table:
    """Scores at the last origins, and the skill at the five before; records the figures."""
    late = LAST_YEAR - 2 * ahead + 1
    rows = []
    for key, question in asked.items():
        scores, before = _scores(found, key, late, LAST_YEAR), _scores(found, key, 0, late - 1)
        first = scores.iloc[0]
        size = f"{float(first['rate']):.1%} of {int(first['cases']):,} cases"
        rows.append(Row((Cell(f"{question.label} ({size})"),), "group"))
        work.count(f"forecast.paths.{key}.cases", int(first["cases"]), "cases", "")
        work.count(f"forecast.paths.{key}.events", round(first["rate"] * first["cases"]), "", "")
        for name, row in scores.iterrows():
            _record(work, key, str(name), row, before)
            cells = [Cell(float(row["mean"]), ".2f")]
            cells += [Cell(float(row[k]), ".3f") for k in ("brier", "reliability", "resolution")]
            cells += [Cell(float(row[k]), "+.2f") for k in ("skill_climatology", "skill_logit")]
            cells += [Cell(float(row["log_score"]), ".3f"), Cell(float(row["auc"]), ".2f")]
            cells += [Cell(float(row["slope"]), ".2f")]
            cells += [Cell(float(row["slope_error"]), ".2f", "(", ")")]
            cells += [Cell(float(row["intercept"]), "+.2f"), Cell(float(row["crps"]), ".1f")]
            cells += [Cell(float(before.loc[name, "skill_logit"]), "+.2f")]
            rows.append(Row((Cell(NAMES[str(name)]), *cells)))
    heads = (
        "Mean", "Brier", "Rel.", "Res.", "Clim.", "Logit", "Log", "AUC", "Slope", "s.e.", "Int.",
        "Count", "Before",
    )  # fmt: skip
    origins = found.cases["origin"]
    return Table(
        "forecast_event_paths",
        "Events on yearly trajectories, scored",
        (
            (
                Span(""), Span("Prob."), Span("Brier score", 3), Span("Skill against", 2),
                Span("", 2), Span("Calibration", 3), Span("CRPS"), Span("Logit"),
            ),
            (Span("Model"), *map(Span, heads)),
        ),
        tuple(rows),
        (
            f"Origins {late}–{origins.max()}, whose windows overlap so that only one would be "
            f"independent. Every year up to {ahead} ahead is drawn together with the others "
            f"({draws} draws), from what was out as in the table of accuracy. A case counts if all "
            "years it needs have a sound published value. Hazard: yearly probability of a first "
            "loss, fitted at each origin on earlier ones; it draws no paths. Logit: of each event "
            "on past decline. Mean: mean probability, to be held against the frequency in the "
            "heading. Count: CRPS of the number of units with the event, which only joint draws "
            "have.",
            f"Before: skill against the logit at origins {origins.min()}–{late - 1}, whose windows "
            "enter no census year. Other columns as in the table of probabilities of a fall; a "
            "dash where one probability for all leaves a score undefined.",
        ),
    )  # fmt: skip


def _scores(found: PathBacktest, key: str, first: int, last: int) -> pd.DataFrame:
    """Scores of one question over a span of origins, one row a model and reference."""
    inside = found.cases["origin"].between(first, last) & (found.cases["question"] == key)
    cases = found.cases[inside]
    names = ("chance", "event", "climatology", "logit")
    table = score_events(cases.rename(columns={n: f"{n}_{key}" for n in names}), key)
    means = cases.groupby("model", sort=False)["chance"].mean()
    only = cases[cases["model"] == cases["model"].iloc[0]]
    for reference in ("climatology", "logit"):
        means[reference] = only[reference].mean()
    counts = found.counts[
        (found.counts["question"] == key) & found.counts["origin"].between(first, last)
    ]
    return table.assign(mean=means, crps=counts.groupby("model")["crps"].mean())


def _record(work: Workspace, key: str, name: str, row: pd.Series, before: pd.DataFrame) -> None:
    stem = f"forecast.paths.{name}.{key}"
    for score in (*RECORDED, "mean"):
        work.result(f"{stem}.{score}", float(row[score]), "mc", "", "forecast_event_paths")
    if name not in (HAZARD, "climatology", "logit"):
        work.result(f"{stem}.count_crps", float(row["crps"]), "mc", "units", "forecast_event_paths")
    earlier = before.loc[name]
    for score in ("rate", "mean", "skill_logit", "skill_climatology"):
        value = float(earlier[score])
        work.result(f"{stem}.{score}_before", value, "mc", "", "forecast_event_paths")
