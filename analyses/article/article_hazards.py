"""What goes before a first onset of decline, with and without growth before 2010."""

from __future__ import annotations

import math

import pandas as pd

from analyses.article.wording import Found, values, with_error
from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace

TERMS = {
    "elderly_2010": "Aged 65 and over, points",
    "children_2010": "Children per 100 women",
    "growth_before": "Output growth, percent",
    "jobs_before": "Jobs, log × 10",
    "investment_level": "Investment 2008–10, log",
    "growth_2000_10": "Growth 2000–10, log × 100",
}
MODELS = {
    "ages": ("hazard.primary.cox", "(1) Ages"),
    "level": ("evidence.hazard", "(2) Jobs, building"),
    "same": ("evidence.hazard", "(3) Units of (4)"),
    "persistent": ("evidence.hazard", "(4) Past growth"),
}
HAZARDS = Exhibit(
    "article_hazards",
    "Hazard of a first onset of decline, 2012–2020",
    "article.hazards.{row}.{column}",
    (
        Column("label", ""),
        *(Column(key, head, align="r") for key, (_, head) in MODELS.items()),
        Column("adjusted", "adj. p", ".2f"),
    ),
)


def run(work: Workspace) -> None:
    """Set four models side by side."""
    found = values(work)
    rows = [_row(found, term, label) for term, label in TERMS.items()]
    rows += _sizes(found)
    older = math.expm1(found["hazard.primary.cox.elderly_2010.estimate"])
    work.result("article.hazards.elderly_percent", older, "iterative", "share", HAZARDS.name)
    work.exhibit(
        HAZARDS,
        pd.DataFrame(rows),
        (
            "Log hazard ratios of Cox models (standard errors). Ages and children as of 2010, "
            "output growth of the three years before, jobs of the year before, investment a head. "
            "An onset is the first year of the "
            "first three yearly falls in a row of a series adjusted to both censuses, among units "
            "not falling in 2011. Each model is fitted to several adjusted series and the answers "
            f"are pooled by Rubin's rules ({found['hazard.primary.cox.imputations']:.0f} series in "
            f"(1), {found['evidence.hazard.panels']} in the others); counts are means "
            "over these. Model (1) also holds floor area a head. Errors clustered by "
            "province in (2) to (4). adj. p: Romano–Wolf over the terms of (4).",
        ),
    )


def _row(found: Found, term: str, label: str) -> dict[str, object]:
    row: dict[str, object] = {"label": label, "adjusted": float("nan")}
    for key, (stem, _) in MODELS.items():
        name = f"{stem}.{term}" if key == "ages" else f"{stem}.{term}.{key}"
        held = f"{name}.estimate" in found
        row[key] = with_error(found[f"{name}.estimate"], found[f"{name}.se"], 2) if held else "–"
    row["adjusted"] = found.get(f"evidence.hazard.{term}.persistent.rw", float("nan"))
    return row


def _sizes(found: Found) -> list[dict[str, object]]:
    rows = []
    for name, label in (("events", "Onsets"), ("units", "Units at risk")):
        row: dict[str, object] = {"label": label, "adjusted": ""}
        for key, (stem, _) in MODELS.items():
            full = f"{stem}.{name}" if key == "ages" else f"{stem}.{key}.{name}"
            row[key] = f"{found[full]:.0f}"
        rows.append(row)
    return rows
