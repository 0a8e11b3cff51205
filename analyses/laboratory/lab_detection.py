"""In the laboratory, where truth is known: who finds the shrinking cities, on which series."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from econshrink import Table
from econshrink.lab import REPAIRS, LabSettings, detection_experiments, smoothed_country
from econshrink.nouns import Cell, Row, Span
from econshrink.report import CATEGORIES, house_style, new_figure

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
    """Run the experiment for three levels of noise, tabulate and draw."""
    cases = [(noise, SMOOTHING) for noise in NOISE] + [(NOISE[1], 0.0)]
    rows, drawn = [], {}
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
        drawn[heading] = found.set_index("series")
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
    _draw(work, drawn)


def _draw(work: Workspace, drawn: dict[str, pd.DataFrame]) -> None:
    with house_style():
        fig, axes = new_figure("two", height=2.5, columns=2, sharey=True)
        height = 0.8 / len(drawn)
        for number, (heading, found) in enumerate(drawn.items()):
            for axis, part in zip(axes[0], ("sensitivity", "specificity"), strict=True):
                places = np.arange(len(REPAIRS)) - 0.4 + height * (number + 0.5)
                values = found.loc[list(REPAIRS), part]
                errors = 1.96 * found.loc[list(REPAIRS), f"{part}_mc"]
                axis.errorbar(
                    values, places, xerr=errors, fmt="o", ms=3.5, capsize=1.5,
                    color=CATEGORIES[number], label=heading,
                )  # fmt: skip
        for axis, part in zip(axes[0], ("Sensitivity", "Specificity"), strict=True):
            axis.set_xlabel(part)
            axis.set_xlim(right=1.005)
        axes[0, 0].set_yticks(np.arange(len(REPAIRS)), [LABELS[name] for name in REPAIRS])
        axes[0, 0].invert_yaxis()
        handles, labels = axes[0, 0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    work.figure(
        fig,
        "lab_detection",
        synthetic=True,
        alt=(
            "Two panels, sensitivity and specificity of three falls in a row, for four "
            "series and four settings of simulated countries."
        ),
    )
