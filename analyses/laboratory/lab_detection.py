"""In synthetic countries, where truth is known: who finds the shrinking cities, on which series."""

from __future__ import annotations

from analyses.machinery.workspace import Workspace, slug
from econshrink import Table
from econshrink.lab import LabSettings, detection_experiments, smoothed_country
from econshrink.nouns import Cell, Row, Span

REPLICATES = 25
SMOOTHING = 0.7
NOISE = (0.0, 0.002, 0.005)
LABELS = {
    "raw": "As published",
    "closed": "Closed",
    "closed, 3-year mean": "Closed, three-year mean",
    "straight line": "Straight line",
}


def run(work: Workspace) -> None:
    """Run the experiment for three levels of noise, and tabulate it."""
    cases = [(noise, SMOOTHING) for noise in NOISE] + [(NOISE[1], 0.0)]
    rows = []
    countries = {
        f"{smoothing:.0%} of migration missed, level noise {noise:.1%}": smoothed_country(
            LabSettings(), smoothing, noise
        )
        for noise, smoothing in cases
    }
    every = detection_experiments(countries, replicates=REPLICATES)
    for (noise, smoothing), (heading, found) in zip(cases, every.items(), strict=True):
        rows.append(Row((Cell(heading),), "group"))
        key = f"lab.detection.smoothing_{smoothing * 100:.0f}.noise_{noise * 1000:.0f}"
        for entry in found.itertuples():
            cells = []
            for part in ("sensitivity", "specificity"):
                for name in (part, f"{part}_mc"):
                    value = float(getattr(entry, name))
                    stem = f"{key}.{slug(entry.series)}.{name}"
                    work.result(stem, value, "mc", "share", "lab_detection", True)
                    cells.append(Cell(value, ".3f"))
            rows.append(Row((Cell(LABELS[entry.series]), Cell(entry.flagged, ".1%"), *cells)))
        truth = float(found["truth"].iloc[0])
        work.result(f"{key}.truth", truth, "mc", "share", "lab_detection", True)
    work.count("lab.detection.replicates", REPLICATES, "replicates", "lab_detection")
    work.result("lab.detection.smoothing", SMOOTHING, "estimate", "share", "lab_detection", True)
    work.table(
        Table(
            "lab_detection",
            "Three falls in a row on published, closed and straight-line series",
            (
                (Span(""), Span(""), Span("Sensitivity", 2), Span("Specificity", 2)),
                (
                    Span("Series"),
                    Span("Flagged"),
                    Span("mean"),
                    Span("MC error"),
                    Span("mean"),
                    Span("MC error"),
                ),
            ),
            tuple(rows),
            (
                f"{REPLICATES} synthetic countries of 300 units, 2010–2020. Truth: three falls in "
                "a row in the true annual series. The published series misses part of migration "
                "between the censuses and keeps natural change; its last cell is the census. "
                "Closed: log-linear, old base extrapolated at its last growth.",
            ),
            synthetic=True,
        )
    )
