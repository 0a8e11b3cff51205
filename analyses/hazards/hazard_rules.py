"""The hazard of a first onset under four rules side by side."""

from __future__ import annotations

from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_models import fit_clustered_cox, hazard_table, pooled, record
from analyses.shared.hazard_sample import (
    COVARIATES,
    LABELS,
    closed_panels,
    covariate_panel,
    onset_rows,
    watched_rules,
)

PANELS = 8  # two of each centre of the closure


def run(work: Workspace) -> None:
    """Fit the same Cox model to the onsets of every rule."""
    covariates = covariate_panel()
    panels = closed_panels()[:PANELS]
    fits = {}
    for watched in watched_rules():
        tables = [onset_rows(panel, watched, covariates) for panel in panels]
        fits[watched.title] = pooled(tables, [fit_clustered_cox(t, COVARIATES) for t in tables])
        record(work, f"hazard.rules.{watched.key}", fits[watched.title], "hazard_rules")
    work.table(
        hazard_table(
            fits,
            name="hazard_rules",
            title="Hazard of a first onset under four rules, 2012–2020",
            labels=LABELS,
            notes=(
                f"Cox models, Efron ties; {PANELS} closed panels combined by Rubin's rules. The "
                "second column asks for two falls in a row; the third for three that lose at least "
                "one percent together; the last for three falls while output grows more slowly "
                "than the nation's on average.",
            ),
        )
    )
