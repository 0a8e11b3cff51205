"""Two-way fixed effects on published annual growth, 2011–2019: an association, two error rules."""

from __future__ import annotations

from analyses.machinery.workspace import Workspace
from analyses.shared.samples import growth_panel
from analyses.shared.specs_annual import ECONOMY, NAMES, TWO_WAY, YEARS
from econshrink import Clustered, Spec, fit_fe
from econshrink.data import guard_within_decade
from econshrink.report import regression_table

SPEC = Spec("growth", ECONOMY, TWO_WAY)


def run(work: Workspace) -> None:
    """Fit, record and tabulate."""
    reliable = growth_panel().select(years=YEARS)
    guard_within_decade(reliable, "population")  # published figures only: refuses a closed series
    everything = growth_panel(set_aside_unreliable=False).select(years=YEARS)
    fitted = {
        "main": fit_fe(reliable, SPEC, Clustered("city", small_sample="fixest")),
        "linearmodels": fit_fe(reliable, SPEC, Clustered("city", small_sample="linearmodels")),
        "all_cells": fit_fe(everything, SPEC, Clustered("city", small_sample="fixest")),
    }
    for key, estimate in fitted.items():
        work.save(estimate, key, ".json")
        work.estimate(f"fe.{key}", estimate, "panel_growth")
        for name, count in estimate.clusters.items():
            work.count(f"fe.{key}.clusters.{name}", count, "clusters", "panel_growth")
    table = regression_table(
        {"(1)": fitted["main"], "(2)": fitted["linearmodels"], "(3)": fitted["all_cells"]},
        name="panel_growth",
        title="Population growth 2011–2019, two-way fixed effects",
        labels=NAMES,
        stats={"r2_within": "Within R²"},
        digits=4,
        notes=(
            "Outcome: yearly log growth of resident population as published, times 100; growth of "
            "GDP likewise. Columns (1) and (2) "
            "leave out cells flagged suspect or of a wrong concept and differ only in the "
            "small-sample rule; column (3) uses every cell.",
            "Published growth before 2020 is smoothed and was rebased by the census in many units; "
            "the coefficients describe the published series. They are associations.",
        ),
    )
    work.table(table)
