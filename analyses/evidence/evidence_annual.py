"""Yearly growth on observed jobs, investment and prices, within the segments of reporting."""

from __future__ import annotations

import pandas as pd
from scipy.stats import t

from analyses.evidence.yearly import BREAK, SEGMENTS, TIMES, yearly_panel
from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_sample import REBASED
from analyses.shared.specs_evidence import BY_PROVINCE, line
from econshrink import CityPanel, Spec, fit_fe

POWER, SIZE = 0.8, 0.05
REGRESSORS = {
    "jobs": ("Jobs", "hired"),
    "building": ("Investment", "built"),
    "main": ("Investment, main cities", "built_main"),
    "prices": ("Second-hand prices", "priced"),
}
EFFECTS = {
    "unit": ("Unit and year effects", ("city", "year")),
    "province": ("Province × year effects", ("province^year",)),
}

ANNUAL = Exhibit(
    "evidence_annual",
    "Yearly growth of published residents on observed jobs, investment and prices",
    "evidence.annual.{row}.{column}",
    (
        Column("label", "Regressor, log change"),
        Column("segment", "Years"),
        *(
            column
            for key, (over, _) in EFFECTS.items()
            for column in (
                Column(f"{key}.estimate", "Estimate", ".2f", "estimate", "points", over=over),
                Column(f"{key}.se", "Error", ".2f", "se", over=over, before="(", after=")"),
                Column(f"{key}.wild", "Wild", ".3f", "p", over=over),
            )
        ),
        Column("detectable", "80% power", ".1f", "estimate", "points"),
        Column("nobs", "Rows", "d", "count", "rows"),
    ),
)


def run(work: Workspace) -> None:
    """One regressor at a time, in every segment that has it, between units and within them."""
    panel = yearly_panel()
    rows: dict[str, dict[str, object]] = {}
    told = 0
    for name, (title, stem) in REGRESSORS.items():
        for time, (when, lag) in TIMES.items():
            for key, (years, span) in SEGMENTS.items():
                term = f"{stem}_{lag}"
                part = panel.select(years=[year for year in span if year not in REBASED])
                if not enough(part, term):
                    continue
                row: dict[str, object] = {"label": f"{title}, {when}", "segment": years}
                for effect, (_, absorbed) in EFFECTS.items():
                    if name == "main" and effect == "province":
                        continue  # most of them have no other in their province
                    found = line(part, Spec("growth", (term,), absorbed), term)
                    row |= {f"{effect}.{x}": getattr(found, x) for x in ("estimate", "se", "wild")}
                    if effect == "unit":
                        fit = fit_fe(part, Spec("growth", (term,), absorbed), BY_PROVINCE)
                        reach = float(t.ppf(1 - SIZE / 2, fit.df_t) + t.ppf(POWER, fit.df_t))
                        row |= {"detectable": reach * found.se, "nobs": found.nobs}
                        told += found.wild < SIZE
                rows[f"{name}.{time}.{key}"] = row
    work.count("evidence.annual.lines", len(rows), "regressions", ANNUAL.name)
    work.count("evidence.annual.told", int(told), "regressions", ANNUAL.name)
    work.exhibit(
        ANNUAL,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Outcome: log growth of published residents, × 100, without flagged cells and without "
            f"the years that a census rebased ({', '.join(map(str, REBASED))}); a coefficient is "
            f"points a log point. No change across {BREAK - 1}/{BREAK} enters; jobs end in 2022, "
            "investment of all units in 2017, of 35 main cities in 2024; prices of 69 cities are "
            "December on December. Errors clustered by province, wild cluster bootstrap, null "
            "imposed; one regressor in each regression, p-values not adjusted. 80% power: the "
            "coefficient with unit effects that a test at 5% finds four times in five.",
            "Published residents between censuses are smoothed by their publishers: where "
            "nothing is found within units, little is learnt. Comparing units of a province and "
            "year, lasting differences of places enter. Main cities are mostly alone in theirs.",
        ),
    )


def enough(panel: CityPanel, term: str) -> bool:
    """Whether units are seen twice or more: otherwise their effects leave nothing."""
    there = panel.frame[["growth", term]].notna().all(axis=1)
    return bool((there.groupby(level="city").sum() > 1).sum() > len(SEGMENTS))
