"""Methods appendix: CPU seconds of Cox fits, bootstrap and Kaplan-Meier beside other programs."""

from __future__ import annotations

import json
from typing import Any

from analyses.machinery.workspace import Workspace, slug
from econshrink import Table
from econshrink.nouns import Cell, Row, Span

EXHIBIT = "survival_speed"
OURS = "econshrink"
PYTHON = ("survival", "surpyval")
PARTS = {
    "fit": ("cpu_seconds", "Coefficients and cluster standard errors"),
    "bootstrap": ("cpu_seconds_a_draw", "Cluster bootstrap, a draw"),
    "kaplan_meier": ("cpu_seconds", "Kaplan–Meier with late entry"),
}
PANELS = {
    f"{size}{kind}": f"{cities:,} cities, {'yearly ties' if kind == 0 else 'distinct dates'}"
    for size, cities in (("s", 300), ("m", 3_000), ("l", 50_000))
    for kind in (0, 1)
}


def run(work: Workspace) -> None:
    """Read the stored timings, record and tabulate them."""
    path = work.root / "benchmarks" / "results" / "survival.json"
    report = json.loads(path.read_text("utf-8"))
    rows = []
    for part, (unit, heading) in PARTS.items():
        rows.append(Row((Cell(heading),), "group"))
        for name, label in PANELS.items():
            if part in report.get(name, {}):
                rows.append(_row(work, f"bench.cox.{name}.{part}", label, report[name][part], unit))
    for name in PANELS:
        for program, size in report.get(name, {}).get("memory_mb", {}).items():
            key = f"bench.cox.{name}.memory.{slug(program)}"
            work.result(key, round(size), "estimate", "MB", EXHIBIT)
    work.count("bench.cox.rows", report["l0"]["rows"], "rows", EXHIBIT)
    work.table(_table(rows, report["s0"]["machine"]))


def _row(work: Workspace, key: str, label: str, entry: dict[str, Any], unit: str) -> Row:
    """Our seconds, and how many times more the others need; record them all."""
    seconds = entry[unit]
    others = {
        "python": min((seconds[p] for p in PYTHON if p in seconds), default=None),
        "r": next((value for name, value in seconds.items() if name.startswith("R ")), None),
    }
    mine = seconds[OURS]
    cells = [Cell(label), Cell(mine, ".2g")]
    work.result(f"{key}.{OURS}.seconds", mine, "estimate", "seconds", EXHIBIT)
    for other, theirs in others.items():
        ratio = None if theirs is None else theirs / mine
        cells.append(Cell(ratio, ".1f"))
        if ratio is not None:
            work.result(f"{key}.{OURS}.{other}", ratio, "estimate", "times", EXHIBIT)
    return Row(tuple(cells))


def _table(rows: list[Row], machine: dict[str, Any]) -> Table:
    versions = ", ".join(
        f"{name} {machine[name]}" for name in ("python", "numpy", "survival", "surpyval")
    )
    return Table(
        EXHIBIT,
        "CPU seconds of survival estimates, and how many times more others need",
        ((Span("Task and panel"), Span("econshrink"), Span("fastest in Python"), Span("R")),),
        tuple(rows),
        (
            "Twenty yearly rows a city, six covariates, recurrent events, Efron ties. A data frame "
            "goes in; ours checks it for overlapping and empty rows on the way. All programs take "
            "turns, one BLAS thread, best of several runs (one at 50,000 cities); ratios are CPU "
            "seconds of the others over ours. Bootstrap: ours gives every draw the estimate of a "
            "literal refit; the others resample rows and fit again, without standard errors, a "
            "few times. "
            "A dash: not run, or no such function.",
            f"Measured on {machine['processor']}, {machine['cpus']} cores shared with other work; "
            f"{versions}, {machine['R']}. `python -m benchmarks.survival` repeats it.",
        ),
    )
