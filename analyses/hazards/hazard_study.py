"""Synthetic: bias and coverage of hazards whose onsets are seen through errors, from the study."""

from __future__ import annotations

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace
from econshrink import Table
from econshrink.lab import coverage_test
from econshrink.nouns import Cell, Row, Span

FACE = "slope, taken at face value"
SETTINGS = {
    "exact": "Seen exactly",
    "missed once": "Seen once, with error",
    "seen again": "Seen every year, with error",
    "census every 4 years": "Known between censuses",
}


def run(work: Workspace) -> None:
    """Slope of the model of what was seen, and of the ordinary one on the same rows."""
    record = read_study("hidden_onsets", work.root)
    summary = record["rows"]
    own = summary[~summary["term"].str.contains("face value")]
    holds = bool(coverage_test(own)["nominal_holds"].all())
    verdict = "every" if holds else "not every"
    work.result("lab.hidden.holds", verdict, "label", "", "hidden_onsets", True)
    work.result("lab.hidden.replicates", record["replicates"], "count", "", "hidden_onsets", True)
    _random_intercepts(work)
    table = summary.set_index(["setting", "term"])
    rows = []
    for setting, title in SETTINGS.items():
        cells = [Cell(title)]
        for term in ("slope", FACE):
            line = table.loc[(setting, term)]
            numbers = {name: float(line[name]) for name in ("bias", "bias_mc", "coverage")}
            key = f"lab.hidden.{setting.replace(' ', '_')}.{'model' if term == 'slope' else 'face'}"
            for name in ("bias", "coverage"):
                unit = "share" if name == "coverage" else ""
                work.result(f"{key}.{name}", numbers[name], "mc", unit, "hidden_onsets", True)
            cells.append(Cell(numbers["bias"], ".3f", after=f" ({numbers['bias_mc']:.3f})"))
            cells.append(Cell(numbers["coverage"], ".1%"))
        rows.append(Row(tuple(cells)))
    work.table(
        Table(
            "hidden_onsets",
            "Synthetic: bias and coverage of a slope of the hazard, by how onsets are seen",
            (
                (Span(""), Span("Model of what was seen", 2), Span("At face value", 2)),
                tuple(Span(h) for h in ("Onsets", "Bias", "Coverage", "Bias", "Coverage")),
            ),
            tuple(rows),
            (
                f"{record['replicates']} replicates of 300 cities over 8 years; true slope 0.5; "
                "Monte Carlo error of the bias in parentheses. Error: sensitivity 0.8 and "
                "specificity 0.99 in the year of the onset; 0.6 and 0.98 in every year. Censuses "
                "every four years.",
            ),
            align="lrrrr",
            synthetic=True,
        )
    )


def _random_intercepts(work: Workspace) -> None:
    """Standard deviation of provinces' normal intercepts: bias, coverage of its profile limits."""
    record = read_study("random_hazard", work.root)
    row = record["rows"].set_index("term").loc["sigma"]
    for name in ("truth", "bias", "bias_mc", "coverage"):
        unit = "share" if name == "coverage" else ""
        work.result(f"lab.random.sigma.{name}", float(row[name]), "mc", unit, "", True)
    work.result("lab.random.replicates", record["replicates"], "count", "", "", True)
