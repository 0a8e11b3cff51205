"""How much of each embedded annual series is published as such, by period."""

from __future__ import annotations

from analyses.machinery.workspace import Workspace
from econshrink import CityPanel, Table, load_china
from econshrink.nouns import Cell, Row, Span

PERIODS = ((1998, 2009), (2010, 2019), (2020, 2024))
VARIABLES = {
    "population": "Residents",
    "gdp_nominal": "GDP, revised where there is a revision",
    "gdp_first_release": "GDP, first release",
    "gdp_index": "Real GDP growth",
    "gdp_secondary": "Sectors of GDP",
    "built_up_km2": "Built-up area",
}
SHOWN = ("reported", "interpolated", "suspect", "wrong_concept")
OTHERS = "other"


def run(work: Workspace) -> None:
    """Count cells by variable, period and status."""
    panel = load_china()
    rows = []
    for first, last in PERIODS:
        rows.append(Row((Cell(f"{first}–{last}"),), "group"))
        for name, label in VARIABLES.items():
            rows.append(_row(work, panel, name, label, (first, last)))
    work.table(
        Table(
            "data_quality",
            "Annual data by status of the value",
            (
                (
                    Span("Variable"),
                    Span("Units"),
                    Span("Cells"),
                    Span("Reported"),
                    Span("Interpolated"),
                    Span("Suspect"),
                    Span("Wrong concept"),
                    Span("Other"),
                ),
            ),
            tuple(rows),
            (
                "Shares of the cells that hold a value; units with at least one. Interpolated: "
                "filled in by the compilation. Suspect: a stated rule finds a spike, a jump, a "
                "contradiction with a census or with another series; a rule's output is no proof "
                "of error. Wrong concept: registered in place of resident population. Other: "
                "rebased, revised or estimated.",
            ),
        )
    )


def _row(work: Workspace, panel: CityPanel, name: str, label: str, period: tuple[int, int]) -> Row:
    first, last = period
    years = [year for year in panel.years if first <= year <= last]
    status = panel.wide_status(name)[years]
    cells = int(status.notna().sum().sum())
    units = int(status.notna().any(axis=1).sum())
    counts = {word: int((status == word).sum().sum()) for word in SHOWN}
    counts[OTHERS] = cells - sum(counts.values())
    stem = f"data.quality.{name}.{first}_{last}"
    work.count(f"{stem}.units", units, "units", "data_quality")
    work.count(f"{stem}.cells", cells, "cells", "data_quality")
    for word, count in counts.items():
        work.count(f"{stem}.{word}", count, "cells", "data_quality")
    shares = [Cell(count / cells if cells else None, ".1%") for count in counts.values()]
    return Row((Cell(label), Cell(units, "d"), Cell(cells, ",d"), *shares))
