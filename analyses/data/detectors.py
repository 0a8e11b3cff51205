"""What detectors of doubtful figures find and miss, on a synthetic country with errors."""

from __future__ import annotations

from dataclasses import replace

from analyses.machinery.workspace import Workspace, slug
from econshrink import CHINA, CityPanel, Table, simulate
from econshrink.core.seeds import generator
from econshrink.data import detect_all, detection_rates
from econshrink.lab import LabSettings, ObservationSettings
from econshrink.nouns import Cell, Row, Span

REPEATS = 3


def run(work: Workspace) -> None:
    """Plant errors in a true annual series and count hits and false alarms."""
    clean = replace(LabSettings(), observation=ObservationSettings.clean())
    seed = int(generator("detectors").integers(2**62))
    full = simulate(clean, seed=seed).true
    panel = replace(full, frame=full.frame[["population"]], status=full.status.iloc[:, :0])
    rates = detection_rates(panel, "population", repeats=REPEATS)
    rows = []
    for entry in rates.itertuples():
        stem = f"lab.detectors.{slug(entry.defect)}"
        cells = [Cell(entry.defect[:1].upper() + entry.defect[1:])]
        for part, found, total in (
            ("hits", entry.hits, entry.planted),
            ("false_alarms", entry.false_alarms, entry.clean),
        ):
            work.result(f"{stem}.{part}", int(found), "count", "cells", "detectors", True)
            work.result(f"{stem}.{part}_of", int(total), "count", "cells", "detectors", True)
            share = found / total if total else None
            cells += [Cell(int(total), ",d"), Cell(share, ".1%" if part == "hits" else ".3%")]
        rows.append(Row(tuple(cells)))
    rows.append(_beside_hukou(work, full))
    work.table(
        Table(
            "detectors",
            "Planted errors found, and alarms on right cells",
            (
                (Span(""), Span("Planted", 2), Span("Right cells", 2)),
                (Span("Error"), Span("cells"), Span("found"), Span("cells"), Span("flagged")),
            ),
            tuple(rows),
            (
                f"Errors planted in a tenth of 300 units in each of {REPEATS} repetitions, on a "
                "true synthetic annual series. A right cell next to a wrong one counts as "
                "right, so an alarm there is false. Row 'none': all rules on the undamaged "
                "series; last row: the rule that compares residents with registered people, "
                "where few have moved.",
            ),
            synthetic=True,
        )
    )


def _beside_hukou(work: Workspace, full: CityPanel) -> Row:
    """Alarms of the rules across variables on right figures."""
    both = full.frame[["population", "hukou_population"]]
    flags = detect_all(replace(full, frame=both, status=full.status.iloc[:, :0]), country=CHINA)
    alarms = int((flags["variable"] == "population").sum())
    work.result("lab.detectors.across.false_alarms", alarms, "count", "cells", "detectors", True)
    share = alarms / len(both)
    name = Cell("None, registered population beside")
    return Row((name, Cell(0, "d"), Cell(None), Cell(len(both), ",d"), Cell(share, ".3%")))
