"""The decompositions on a synthetic country, and their bias and coverage where truth is known."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace, slug
from analyses.shared.decomposition_parts import (
    LAB_PARTS,
    LABELS,
    OUTCOMES,
    SCHEME,
    parts_table,
    record,
    spec,
)
from analyses.shared.samples_lab import lab_sample
from econshrink import Resampling, Table, shapley_r2, simulate
from econshrink.lab import LabSettings, coverage_test
from econshrink.nouns import Cell, Row, Span


def run(work: Workspace) -> None:
    """Decompose a synthetic country by the functions that decomposed China; print the study."""
    country = lab_sample(simulate(LabSettings(last_year=2020)))
    found = {
        label: shapley_r2(
            country, spec(name, LAB_PARTS), LAB_PARTS, resampling=Resampling(scheme=SCHEME)
        )
        for name, label in OUTCOMES.items()
    }
    for name, label in OUTCOMES.items():
        prefix = f"decomposition.synthetic.r2.{name}"
        record(work, prefix, found[label], "decomposition_r2_synthetic", synthetic=True)
    notes = (
        "The same functions on the censuses of a synthetic country at its default settings; "
        "tenure, education and the stock of migrants do not exist there.",
    )
    title = "Shares of R² in a synthetic country"
    work.table(
        parts_table("decomposition_r2", title, found, {"R2": ""}, LABELS, notes, digits=".3f")
    )
    _coverage(work)


def _coverage(work: Workspace) -> None:
    record_of = read_study("decomposition", work.root)
    frame = pd.DataFrame(record_of["rows"])
    judged = coverage_test(frame)
    holds = int(judged["nominal_holds"].sum())
    work.result("decomposition.coverage.rows", len(judged), "count", "", "", synthetic=True)
    work.result("decomposition.coverage.holds", holds, "count", "", "", synthetic=True)
    rows = []
    for setting, part in frame.groupby("setting", sort=False):
        rows.append(Row((Cell(str(setting)),), "group"))
        for row in part.to_dict("records"):
            stem = f"decomposition.coverage.{slug(str(setting))}.{slug(str(row['term']))}"
            work.result(stem, float(row["coverage"]), "mc", "share", "", synthetic=True)
            cells = (
                Cell(str(row["term"])),
                Cell(float(row["truth"]), ".2f"),
                Cell(float(row["bias"]), ".4f"),
                Cell(float(row["bias_mc"]), ".4f", "(", ")"),
                Cell(float(row["se_ratio"]), ".3f"),
                Cell(float(row["coverage"]), ".1%"),
                Cell(float(row["coverage_mc"]), ".1%", "(", ")"),
            )
            rows.append(Row(cells))
    heads = ("", "Truth", "Bias", "", "SE ratio", "Coverage", "")
    work.table(
        Table(
            "decomposition_coverage",
            "Bias and coverage of the decompositions' clustered errors",
            (tuple(Span(head) for head in heads),),
            tuple(rows),
            (
                f"{record_of['replicates']} replicates a setting; Monte Carlo errors in "
                "parentheses. SE ratio: mean standard error over the spread of the estimates. "
                "Limits from the t distribution with clusters less one. "
                f"Nominal coverage of 95% is not rejected in {holds} of {len(judged)} rows "
                "(binomial tests, Bonferroni).",
            ),
            synthetic=True,
        )
    )
