"""Methods appendix: how many numbers of other programs are matched, and how closely."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.methods.references.sources import SOURCES, Source
from econshrink import Table
from econshrink.nouns import Cell, Row, Span

NAMES = {
    "empluk": "EmplUK (Arellano and Bond 1991)",
    "grunfeld": "Grunfeld (1958), ten firms",
    "generated300": "Generated panel, 300 cities, 20 years",
}
PROGRAM = re.compile(r"[A-Za-z]\w+")


def run(work: Workspace) -> None:
    """Compute every row, compare, count."""
    rows, total, matched = [], 0, 0
    for source in SOURCES:
        table = pd.DataFrame([_compared(source, row) for row in source.rows()])
        rows.append(Row((Cell(source.label),), "group"))
        for dataset, part in table.groupby("dataset", sort=False):
            rows.append(_row(str(dataset), part))
            stem = f"methods.references.{source.key}.{slug(str(dataset))}"
            work.count(f"{stem}.rows", len(part), "numbers", "methods_references")
            work.count(f"{stem}.matched", int(part["matched"].sum()), "numbers")
        work.count(f"methods.references.{source.key}.rows", len(table), "numbers")
        work.count(f"methods.references.{source.key}.matched", int(table["matched"].sum()))
        total, matched = total + len(table), matched + int(table["matched"].sum())
    work.count("methods.references.rows", total, "numbers", "methods_references")
    work.count("methods.references.matched", matched, "numbers", "methods_references")
    work.table(
        Table(
            "methods_references",
            "Numbers of other programs, recomputed",
            (
                (
                    Span("Data"),
                    Span("Programs"),
                    Span("Numbers"),
                    Span("Matched"),
                    Span("Median gap"),
                    Span("Largest gap"),
                ),
            ),
            tuple(rows),
            (
                "Coefficients, standard errors, test statistics and variance components. A number "
                "is matched if it agrees within the tolerance stated beside it in the table of "
                "references, which is the precision at which the program printed it. Gaps are "
                "relative to the reference. Recomputed on every build of this paper.",
            ),
        )
    )


def _compared(source: Source, row: dict[str, str]) -> dict[str, object]:
    reference, own = float(row["value"]), source.ours(row)
    relative, absolute = source.tolerance(row)
    gap = abs(own - reference)
    return {
        "dataset": row["dataset"],
        "program": _program(row),
        "gap": gap / abs(reference) if reference else gap,
        "matched": gap <= max(relative * abs(reference), absolute),
    }


def _program(row: Mapping[str, str]) -> str:
    found = PROGRAM.search(row["verified_by"])
    return {"PanelOLS": "linearmodels", "AbsorbingLS": "linearmodels"}.get(
        found[0] if found else "", found[0] if found else ""
    )


def _row(dataset: str, part: pd.DataFrame) -> Row:
    return Row(
        (
            Cell(NAMES.get(dataset, dataset)),
            Cell(", ".join(sorted(set(part["program"])))),
            Cell(len(part), "d"),
            Cell(int(part["matched"].sum()), "d"),
            Cell(float(part["gap"].median()), ".1e"),
            Cell(float(part["gap"].max()), ".1e"),
        )
    )
