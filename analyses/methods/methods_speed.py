"""Methods appendix: CPU seconds of the resampling engine beside what users do instead."""

from __future__ import annotations

import json
from typing import Any

from analyses.machinery.workspace import Workspace, slug
from econshrink import Table
from econshrink.nouns import Cell, Row, Span

SIZES = (300, 3000)
PEERS = {
    "numpy refit loop": "numpy",
    "numpy loop (p-value only)": "numpy",
    "numpy loop": "numpy",
    "numpy loop, swept once": "numpy",
    "numpy loop, one Gram a draw": "numpy",
    "linearmodels loop": "linearmodels",
    "pyfixest loop": "pyfixest",
    "pyfixest CRV3": "pyfixest",
    "pyfixest, warm": "pyfixest",
    "pyfixest": "pyfixest",
    "wildboottest (p-value only)": "wildboottest",
}
SHOWN = ("numpy", "linearmodels", "pyfixest", "wildboottest")


def run(work: Workspace) -> None:
    """Read the stored timings, record and tabulate them."""
    folder = work.root / "benchmarks" / "results"
    reports = {n: json.loads((folder / f"panel_{n}.json").read_text("utf-8")) for n in SIZES}
    spatial = json.loads((folder / "spatial_3000.json").read_text("utf-8"))
    rows = []
    for cities, report in reports.items():
        heading = f"{cities:,} cities, {report['years']} years"
        rows.append(Row((Cell(heading),), "group"))
        for entry in report["results"]:
            rows.append(_row(entry))
            _record(work, f"bench.panel_{cities}", entry)
    rows.append(
        Row(
            (Cell(f"Spatial panels, {spatial['cities']:,} cities, {spatial['years']} years"),),
            "group",
        )
    )
    for entry in spatial["results"]:
        rows.append(_row(entry))
        _record(work, "bench.spatial_3000", entry)
    machine = reports[SIZES[0]]["machine"]
    for name in ("processor", "python", "numpy", "pyfixest", "linearmodels", "wildboottest"):
        work.result(f"bench.machine.{name}", str(machine[name]), "label")
    work.table(_table(rows, machine))


def _ratios(entry: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in entry.get("ratio", {}).items():
        if name in PEERS:  # of two loops in numpy, the faster one
            found[PEERS[name]] = min(value, found.get(PEERS[name], float("inf")))
    return found


def _row(entry: dict[str, Any]) -> Row:
    ratios = _ratios(entry)
    gap = entry.get("largest_relative_gap")
    return Row(
        (
            Cell(entry["task"]),
            Cell(float(entry["cpu_seconds"]), ".3f"),
            Cell(None if gap is None else float(gap), ".0e"),
            *(
                Cell(ratios.get(name), ",.3g" if ratios.get(name, 0) < 100 else ",.0f")
                for name in SHOWN
            ),
        )
    )


def _times(ratio: float | None) -> Cell:
    return Cell(ratio, ",.1f" if ratio is not None and ratio < 10 else ",.0f")


def _record(work: Workspace, stem: str, entry: dict[str, Any]) -> None:
    key = f"{stem}.{slug(entry['task'])}"
    work.result(f"{key}.seconds", entry["cpu_seconds"], "estimate", "seconds", "methods_speed")
    for name, value in _ratios(entry).items():
        work.result(f"{key}.{name}", value, "estimate", "times", "methods_speed")


def _table(rows: list[Row], machine: dict[str, Any]) -> Table:
    versions = ", ".join(
        f"{name} {machine[name]}"
        for name in ("python", "numpy", "pyfixest", "linearmodels", "wildboottest")
    )
    return Table(
        "methods_speed",
        "CPU seconds, and how many times more others need",
        (
            (Span(""), Span("econshrink", 2), Span("CPU seconds of others over ours", 4)),
            (
                Span("Task"),
                Span("seconds"),
                Span("gap"),
                Span("numpy loop"),
                Span("linearmodels"),
                Span("pyfixest"),
                Span("wildboottest"),
            ),
        ),
        tuple(rows),
        (
            "One process, one BLAS thread, best of several runs, all ratios of a block from one "
            "run. Loops are timed over a few refits and multiplied out. Gap: largest relative "
            "difference from a literal refit. The numpy loop is written with care: arrays are "
            "gathered, demeaned and solved without data frames; of several, the fastest is shown. "
            "A dash: not run, or the package has no such function.",
            f"Measured on {machine['processor']}, {machine['cpus']} cores shared with other work; "
            f"{versions}. `python -m benchmarks.panel` and `benchmarks.spatial` repeat it.",
        ),
    )
