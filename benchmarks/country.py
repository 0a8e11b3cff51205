"""Every spatial and forecast verb on 30,000 units: CPU seconds and the peak of the whole process.

Run ``python -m benchmarks.country [units]``: the calls of `benchmarks.scale` of both wings, and
those with sizes of their own, each in a child of a process that holds the input. Writes
``benchmarks/results/country.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.scale import CALLS, PACKAGES, enlarged, listed, measure, unnamed
from benchmarks.setting import machine
from econshrink.core.files import write_file

WINGS = ("spatial.", "forecast.")
LIMIT_MB, CONLEY_SECONDS = 2000, 10
PATIENCE = 300  # CPU seconds that a verb may take
TARGET = Path(__file__).parent / "results" / "country.json"


def main() -> None:
    """Measure, print what misses the limits, and keep everything."""
    units = int(sys.argv[1]) if sys.argv[1:] else 30_000
    unnamed()
    found = kept(units)

    def note(name: str, call: Callable[[], Any]) -> None:
        if name in found:
            return
        row = found[name] = measure(call, PATIENCE)
        over = row.get("peak_mb", 0) > LIMIT_MB
        over |= "Conley" in name and row.get("cpu_seconds", 0) > CONLEY_SECONDS
        words = row.get("stopped") or f"{row['cpu_seconds']:7.1f} s {row['peak_mb']:7.0f} MB"
        print(f"{name:40s} {words}{'  OVER' if over else ''}", flush=True)
        report = {"units": units, "machine": machine(PACKAGES), "verbs": found}
        write_file(TARGET, json.dumps(report, indent=1) + "\n")

    for call in listed(60).values():
        call()
    for name, call in listed(units).items():
        note(name, call)
    chosen = [call for call in CALLS if call.verb.startswith(WINGS)]
    for world in dict.fromkeys(call.world for call in chosen):
        small, large = enlarged(world(), 60), enlarged(world(), units)
        for each in chosen:
            if each.world is world:
                with suppress(Exception):  # told below, at full size
                    each.run(small)
                note(each.verb, partial(each.run, large))


def kept(units: int) -> dict[str, Any]:
    """What an earlier run of the same size and versions has measured."""
    if not TARGET.exists():
        return {}
    report = json.loads(TARGET.read_text(encoding="utf-8"))
    same = report["units"] == units and report["machine"] == machine(PACKAGES)
    return dict(report["verbs"]) if same else {}


if __name__ == "__main__":
    main()
