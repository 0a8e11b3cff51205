"""Coefficients one a line, each with the same regressor on growth before: jobs and building."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.shared.specs_evidence import bare, line
from econshrink import CityPanel

GROWTH = "growth_census"
AGES = ("share_65_plus", "child_woman_ratio")
Blocks = Mapping[str, Mapping[str, tuple[str, str, tuple[str, ...]]]]
NOTE = (
    "Province effects; errors clustered by province; wild cluster bootstrap, null imposed. "
    "Structure: log output a head, tertiary schooling, log residents, shares of agriculture, "
    "mining and manufacturing; ages: 65 and over, children per 100 women. Flagged cells are left "
    "out. The placebo, on units whose counties of 2000 are known, has the same controls but "
    "growth itself. The lines look at one association from several sides, so that their p-values "
    "are not adjusted; those of the joint table are."
)


def lines_exhibit(name: str, title: str, ids: str) -> Exhibit:
    """Net migration and growth before on the same regressors."""
    over, before = "Net migration", "Growth 2000–10"
    return Exhibit(
        name,
        title,
        f"{ids}.{{row}}.{{column}}",
        (
            Column("label", ""),
            Column("estimate", "Estimate", ".2f", "estimate", "points", over=over),
            Column("se", "Error", ".2f", "se", "points", over=over, before="(", after=")"),
            Column("wild", "Wild", ".3f", "p", over=over),
            Column("nobs", "Units", "d", "count", "units", over=over),
            Column("placebo", "Estimate", ".2f", "estimate", "points", over=before),
            Column(
                "placebo_se", "Error", ".2f", "se", "points", over=before, before="(", after=")"
            ),
            Column("placebo_wild", "Wild", ".3f", "p", over=before),
        ),
        group="block",
    )


def line_rows(panel: CityPanel, blocks: Blocks) -> pd.DataFrame:
    """Fit every line: block to key to (label, term, what is held)."""
    rows = {}
    for block, lines in blocks.items():
        for key, (label, term, held) in lines.items():
            found = line(panel, bare("migration", term, *held), term)
            before = tuple(name for name in held if name != GROWTH)
            placebo = line(panel, bare(GROWTH, term, *before), term)
            rows[key] = found.row(label, block=block) | {
                "placebo": placebo.estimate,
                "placebo_se": placebo.se,
                "placebo_wild": placebo.wild,
            }
    return pd.DataFrame.from_dict(rows, orient="index")
