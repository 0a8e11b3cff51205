"""Methods appendix: CPU seconds beside other packages, stored by the programs in `benchmarks/`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analyses.machinery.workspace import Workspace, slug
from econshrink import Table
from econshrink.nouns import Cell, Row, Span

FILES = ("rows", "big", "panel_300", "survival", "discrete", "peers")
FOLDER = "benchmarks/results"


@dataclass(frozen=True)
class Timed:
    """One task by this package and by another, in CPU seconds of one run.

    `theirs` is None where the other did not end within its limit.
    """

    block: str
    task: str
    other: str
    ours: float
    theirs: float | None


def run(work: Workspace) -> None:
    """Set what was measured side by side."""
    held = {
        name: json.loads((work.root / FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        for name in FILES
    }
    found = [*_regressions(held), *_resampling(held), *_durations(held), *_space(held)]
    rows, block = [], ""
    for one in found:
        if one.block != block:
            block = one.block
            rows.append(Row((Cell(block),), "group"))
        theirs = Cell("not ended") if one.theirs is None else _short(one.theirs)
        times = Cell("–") if one.theirs is None else _short(one.theirs / one.ours)
        rows.append(Row((Cell(one.task), _short(one.ours), Cell(one.other), theirs, times)))
        if one.theirs is not None:
            stem = f"methods.speed.{slug(one.task)}.{slug(one.other)}"
            work.result(f"{stem}.times", one.theirs / one.ours, "estimate", "", "methods_speed")
    slower = sum(one.theirs is not None and one.theirs < one.ours for one in found)
    work.count("methods.speed.rows", len(found), "comparisons", "methods_speed")
    work.count("methods.speed.slower", slower, "comparisons", "methods_speed")
    heads = ("Task", "econshrink", "Beside", "CPU s", "Times")
    work.table(
        Table(
            "methods_speed",
            "CPU seconds of this package and of others on the same input",
            (tuple(map(Span, heads)),),
            tuple(rows),
            (
                "From a data frame to estimates and errors, but where a file is named. The "
                "programs of a row ran one after the other on one machine with one thread; the "
                "machines of different rows differ, so that only the ratio of a row has a "
                "meaning. Times: seconds of the other over ours, below one where the other is "
                "faster. Loops are timed over a few repetitions and multiplied out. Versions and "
                "machines stand beside the figures in the project's folder of benchmarks; a build "
                "prints them and does not measure anew.",
            ),
            align="lrlrr",
        )
    )


def _short(value: float) -> Cell:
    """Three digits, or whole from a hundred."""
    return Cell(value, ".3g" if value < 100 else ",.0f")


def _regressions(held: dict[str, Any]) -> Iterator[Timed]:
    block = "Two-way fixed effects, four regressors, clustered errors"
    pairs: dict[tuple[int, str], dict[str, float]] = {}
    for one in held["rows"]:
        key = (one["rows"], one["order"])
        pairs.setdefault(key, {})[one["program"]] = one["cpu_seconds"]
    for (count, order), both in sorted(pairs.items(), key=lambda pair: pair[0]):
        task = f"{count / 1e6:.0f} million rows, {order}"
        yield Timed(block, task, "pyfixest", both["econshrink"], both["pyfixest"])
    disk = {one["road"]: one["cpu_seconds"] for one in held["big"]["results"][::-1]}
    for name in ("pyfixest", "pandas"):  # of the smallest size, which comes last
        yield Timed(block, "4 million rows from a file", f"{name}, in memory", disk["stream"],
                    disk[name])  # fmt: skip


def _resampling(held: dict[str, Any]) -> Iterator[Timed]:
    block = "Resampling, 300 units × 20 years, eight regressors"
    tasks = {one["task"]: one for one in held["panel_300"]["results"]}
    chosen = {
        "9,999 pairs cluster draws": ("numpy loop, city means removed once", "pyfixest loop"),
        "one fit with CRV3 by city": ("numpy refit loop", "pyfixest CRV3"),
        "9,999 WCR by city, p and interval": ("wildboottest (p-value only)",),
        "512 specifications, clustered SE": ("numpy loop, swept once", "pyfixest loop"),
    }
    words = {
        "9,999 WCR by city, p and interval": "9,999 wild draws, p and interval",
        "one fit with CRV3 by city": "jackknife errors (CRV3) by unit",
        "512 specifications, clustered SE": "512 specifications",
        "9,999 pairs cluster draws": "9,999 pairs draws by unit",
    }
    for task, others in chosen.items():
        one = tasks[task]
        for other in others:
            theirs = one["extrapolated_cpu_seconds"][other]
            yield Timed(block, words[task], other, one["cpu_seconds"], theirs)


def _durations(held: dict[str, Any]) -> Iterator[Timed]:
    block = "Durations, one million rows"
    large = held["survival"]["l0"]
    fits, curve = large["fit"]["cpu_seconds"], large["kaplan_meier"]["cpu_seconds"]
    for name in ("R coxph", "survival", "surpyval"):
        yield Timed(block, "Cox model, yearly ties", name, fits["econshrink"], fits[name])
    yield Timed(block, "Kaplan–Meier, late entry", "R survfit", curve["econshrink"],
                curve["R survfit"])  # fmt: skip
    for one in held["discrete"]["results"]:
        if one["rows"] == 1_000_000 and one["kind"] == "continuous":
            both = one["cpu_seconds"]
            yield Timed(block, "discrete hazard", "statsmodels", both["econshrink"],
                        both["statsmodels"])  # fmt: skip
    found = held["peers"]["curves"]["found"]
    for what in ("Kaplan-Meier", "log-rank"):
        for name in ("lifelines", "scikit-survival"):
            task = what.replace("Kaplan-Meier", "Kaplan–Meier").replace("log-rank", "log-rank test")
            yield Timed(block, task, name, found[f"{what}, econshrink"]["cpu_seconds"],
                        found[f"{what}, {name}"]["cpu_seconds"])  # fmt: skip


def _space(held: dict[str, Any]) -> Iterator[Timed]:
    block = "Space"
    for one in held["peers"]["autocorrelation"]:
        task = f"{one['task']}, {held['peers']['units']:,} units"
        yield Timed(block, task, "esda", one["econshrink"], one["esda"])
    for one in held["peers"]["panel"]:
        task = f"spatial lag, {one['units']:,} units × {one['years']} years"
        yield Timed(block, task, "spreg", one["econshrink"]["cpu_seconds"],
                    one["spreg"].get("cpu_seconds"))  # fmt: skip
