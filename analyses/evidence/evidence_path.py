"""How a coefficient moves with what is held: children, and the curves of jobs and investment."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.sample_evidence import complete, evidence_panel
from analyses.shared.specs_evidence import (
    CONTROLS,
    DRIVERS,
    INDUSTRY,
    PROVINCE,
    SAMPLES,
    bare,
    line,
    primary,
)
from econshrink import CityPanel, Spec
from econshrink.panel import specification_curve

CHILDREN = "child_woman_ratio"
OTHERS = tuple(name for name in DRIVERS if name != CHILDREN)
JOBS = ("jobs_2005_10", "jobs_2013_19")
BUILDING = ("investment_level", "investment_growth")
OPTIONS = (
    ("log_gdp_head",),
    ("share_tertiary",),
    ("log_population",),
    INDUSTRY,
    ("share_65_plus",),
    (CHILDREN,),
    ("growth_annual",),
)

PATH = Exhibit(
    "evidence_path",
    "Net migration and children per 100 women: the same coefficient under each set of controls",
    "evidence.path.{row}.{column}",
    (
        Column("label", "Held besides province effects"),
        *(
            column
            for sample, over in (("census", "Two censuses"), ("annual", "Annual series"))
            for column in (
                Column(f"{sample}.estimate", "Estimate", ".2f", "estimate", "points", over=over),
                Column(
                    f"{sample}.se", "Error", ".2f", "se", "points", over=over,
                    before="(", after=")",
                ),
                Column(f"{sample}.wild", "Wild", ".3f", "p", over=over),
            )
        ),
    ),
)  # fmt: skip
CURVES = Exhibit(
    "evidence_curves",
    "Jobs and the level of investment in every subset of the controls",
    "evidence.curve.{row}.{column}",
    (
        Column("label", "Regressor"),
        Column("specifications", "Specifications", "d", "count", "specifications"),
        Column("positive", "Positive", "d", "count", "specifications"),
        Column("low", "5%", ".1f", "estimate", "points"),
        Column("median", "Median", ".1f", "estimate", "points"),
        Column("high", "95%", ".1f", "estimate", "points"),
    ),
)


def run(work: Workspace) -> None:
    """Print the path of the coefficient on children, and both curves."""
    panel = evidence_panel()
    _path(work, panel)
    _curves(work, panel)


def _path(work: Workspace, panel: CityPanel) -> None:
    rows: dict[str, dict[str, object]] = {}
    for sample, growth in SAMPLES.items():
        units = complete(panel, ("migration", *primary("migration", growth).covariates))
        steps: dict[str, tuple[str, tuple[str, ...]]] = {
            "bare": ("Nothing", ()),
            "growth": ("Growth 2000–10", (growth,)),
            "ages": ("65 and over", ("share_65_plus",)),
            "economy": ("Structure", CONTROLS),
            "economy_growth": ("Structure, growth", (*CONTROLS, growth)),
            "jobs": ("Structure, growth, jobs", (*CONTROLS, growth, *JOBS)),
            "building": ("Structure, growth, investment", (*CONTROLS, growth, *BUILDING)),
            "joint": ("All, as in the joint table", (*OTHERS, growth, *CONTROLS)),
        }
        for key, (label, held) in steps.items():
            found = line(units, bare("migration", CHILDREN, *held), CHILDREN)
            row = rows.setdefault(key, {"label": label})
            row |= {f"{sample}.{part}": getattr(found, part) for part in ("estimate", "se", "wild")}
        work.count(f"evidence.path.{sample}.nobs", len(units.cities), "units", PATH.name)
    work.exhibit(
        PATH,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Points of net migration per child under five and 100 women of 15–49 in 2010; the "
            "units of the joint table throughout, so that only the controls change. Errors "
            "clustered by province, wild cluster bootstrap with the null imposed. Children of "
            "2010 are themselves a trace of who had moved before.",
        ),
    )


def _curves(work: Workspace, panel: CityPanel) -> None:
    subsets = [
        tuple(name for k, option in enumerate(OPTIONS) if number >> k & 1 for name in option)
        for number in range(2 ** len(OPTIONS))
    ]
    rows = {}
    for term in ("jobs_2013_19", "investment_level"):
        specs = [
            Spec(outcome, (term, *held), effects)
            for held in subsets
            for outcome in ("migration", "migration_open")
            for effects in (PROVINCE, ("region",))
        ]
        values = specification_curve(panel, specs, term, cluster="province").table["estimate"]
        rows[term] = {
            "label": DRIVERS[term],
            "specifications": len(values),
            "positive": int((values > 0).sum()),
            "low": float(values.quantile(0.05)),
            "median": float(values.median()),
            "high": float(values.quantile(0.95)),
        }
    work.exhibit(
        CURVES,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            "Every subset of log output a head, schooling, log residents, three industry shares, "
            "65 and over, children, and growth 2000–10 of the annual series; both accountings; "
            "province or region effects. A curve shows how far the choice among these controls "
            "matters, and nothing of what none of them measures.",
        ),
    )
