"""Two decades: persistence as the benchmark, and a stacked design of both."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.sample_evidence import evidence_panel, gdp, investment, residents
from analyses.shared.specs_evidence import bare, line
from econshrink import CityPanel, Spec
from econshrink.data import job_growth, load_census_2000

GROWTH = "growth_census"
DECADES = (2010, 2020)  # their last years
JOB_SPANS = {2010: (2005, 2010), 2020: (2013, 2019)}
TERMS = {
    "jobs": "Jobs in the second half, percent a year",
    "building": "Investment a head in the first three years, log",
    "output": "Output a head at the start, log",
    "size": "Residents at the start, log",
}

PERSISTENCE = Exhibit(
    "evidence_persistence",
    "Growth 2000–10 as the benchmark",
    "evidence.persistence.{row}.{column}",
    (
        Column("label", "Outcome on growth 2000–10"),
        Column("estimate", "Estimate", ".2f", "estimate"),
        Column("se", "Error", ".2f", "se", before="(", after=")"),
        Column("wild", "Wild", ".3f", "p"),
        Column("correlation", "Correlation", ".2f", "estimate"),
        Column("nobs", "Units", "d", "count", "units"),
    ),
)
STACKED = Exhibit(
    "evidence_decades",
    "Growth of residents in two decades, stacked",
    "evidence.decades.{row}.{column}",
    (
        Column("label", ""),
        *(
            column
            for key, over in (
                ("province", "Province × decade effects"),
                ("unit", "Unit and decade effects"),
            )
            for column in (
                Column(f"{key}.estimate", "Estimate", ".2f", "estimate", "points", over=over),
                Column(f"{key}.se", "Error", ".2f", "se", over=over, before="(", after=")"),
                Column(f"{key}.wild", "Wild", ".3f", "p", over=over),
            )
        ),
    ),
)


def run(work: Workspace) -> None:
    """Persistence, then both decades with the same timing of every regressor."""
    panel = evidence_panel()
    _persistence(work, panel)
    _stacked(work, panel)


def _persistence(work: Workspace, panel: CityPanel) -> None:
    rows = {}
    for outcome, label in (
        ("migration", "Net migration 2010–20"),
        ("natural", "Natural change 2010–20"),
        ("change", "Change 2010–20"),
        ("growth_2020_23", "Growth 2020–23"),
    ):
        found = line(panel, bare(outcome, GROWTH), GROWTH)
        both = panel.frame[[outcome, GROWTH]].dropna()
        rows[outcome] = found.row(label, correlation=float(both.corr().iloc[0, 1]))
    work.exhibit(
        PERSISTENCE,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Per cent, on 100 × log growth of units whose counties of 2000 are known; province "
            "effects, errors clustered by province. Correlations are without effects.",
        ),
    )


def two_decades(panel: CityPanel) -> CityPanel:
    """A row a unit and decade: growth, and regressors of the same place in either decade."""
    spent = investment()
    before = load_census_2000().set_index("city")
    people = {2000: before["population"].where(before["firm"]), 2010: residents(2010)}
    ends = {2010: residents(2010), 2020: residents(2020)}
    parts = []
    for decade in DECADES:
        start = decade - 10
        first, last = JOB_SPANS[decade]
        built = spent[[start, start + 1, start + 2]].mean(axis=1, skipna=False)
        parts.append(
            pd.DataFrame(
                {
                    "growth": 100 * np.log(ends[decade] / people[start]),
                    "jobs": 100 * job_growth(first, last)["change"] / (last - first),
                    "building": np.log(built / people[start]),
                    "output": np.log(gdp(start) / people[start]),
                    "size": np.log(people[start]),
                }
            ).assign(year=decade)
        )
    long = pd.concat([part.rename_axis("city").reset_index() for part in parts])
    long = long[long["city"].isin(panel.cities)].dropna()
    twice = long["city"].map(long["city"].value_counts()) == len(DECADES)
    return CityPanel.from_long(long[twice], attributes=panel.attributes)


def _stacked(work: Workspace, panel: CityPanel) -> None:
    both = two_decades(panel)
    rows: dict[str, dict[str, object]] = {}
    for term, label in TERMS.items():
        held = tuple(name for name in TERMS if name != term)
        row: dict[str, object] = {"label": label}
        for key, effects in (("province", ("province^year",)), ("unit", ("city", "year"))):
            terms = (term, *(name for name in held if key == "province" or name != "size"))
            if key == "unit" and term == "size":
                continue  # the start of the second decade is the end of the first
            found = line(both, Spec("growth", terms, effects), term)
            row |= {f"{key}.{part}": getattr(found, part) for part in ("estimate", "se", "wild")}
        rows[term] = row
    frame = pd.DataFrame.from_dict(rows, orient="index")
    work.count("evidence.decades.units", len(both.cities), "units", STACKED.name)
    work.exhibit(
        STACKED,
        frame,
        (
            f"{len(both.cities)} units with both decades, growth 100 × log. Jobs 2005–10 and "
            "2013–19; investment of the census year and the two after it. With unit effects the "
            "regressors explain why a unit grew more in one decade than in the other; residents "
            "at the start are left out there, being the outcome of the decade before. Errors "
            "clustered by province, wild cluster bootstrap.",
        ),
    )
