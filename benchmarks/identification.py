"""Time the multiverse on the real panel and the laboratory at two sizes: CPU and wall seconds.

Run: python benchmarks/identification.py
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from econshrink import load_china
from econshrink.data import (
    HoldGrowth,
    HoldLevel,
    ObservedCell,
    StraightLine,
    close_log_linear,
    load_census_panel,
)
from econshrink.lab import LabSettings, simulate
from econshrink.shrinkage import (
    ConsecutiveDecline,
    NetLoss,
    PopulationSeries,
    ReportStandard,
    multiverse,
)

RESULTS = Path(__file__).parent / "results" / "identification.json"
REPEATS = 3


def main() -> None:
    """Time each case, print the best of several runs and write them down."""
    grid = _grid()
    runs = grid()
    cases: dict[str, Callable[[], object]] = {
        f"multiverse, {len(runs.labels.columns)} runs x {len(runs.labels)} units": grid,
        "laboratory, 300 cities x 25 years": lambda: simulate(seed=1),
        "laboratory, 3,000 cities x 25 years": lambda: simulate(_large(), seed=1),
    }
    found = {}
    for name, case in cases.items():
        times = []
        for _ in range(REPEATS):
            wall, cpu = time.perf_counter(), time.process_time()
            case()
            times.append((time.process_time() - cpu, time.perf_counter() - wall))
        best = min(times)
        found[name] = {"cpu_seconds": round(best[0], 3), "wall_seconds": round(best[1], 3)}
        print(f"{name:50s} cpu {best[0]:6.2f} s   wall {best[1]:6.2f} s")
    record = {"machine": platform.platform(), "python": platform.python_version(), "cases": found}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _large() -> LabSettings:
    settings = LabSettings()
    return replace(settings, places=replace(settings.places, cities=3000))


def _grid() -> Callable[[], object]:
    """At least 500 runs: rules on the published series and four closures, ten windows."""
    annual, census = load_china(), load_census_panel()
    annual = annual.with_variables({"real_growth": np.log(annual.column("gdp_index"))})
    panels = [PopulationSeries(annual, "residents", "raw", "as published")]
    for rule in (ObservedCell(), StraightLine(), HoldLevel(), HoldGrowth(1)):
        closed = close_log_linear(annual, census, old_base=rule).panel
        panels.append(PopulationSeries(closed, "residents", repr(rule), "2020"))
    rules = {f"falls {k} {t}": ConsecutiveDecline(k, t) for k in (2, 3, 4) for t in (0.0, 0.005)}
    rules |= {f"loss {t}": NetLoss(threshold=t) for t in (0.0, 0.02, 0.05, 0.1)}
    rules |= {f"report {parts}": ReportStandard(parts) for parts in ("A", "A&C")}
    windows = [(first, last) for first in (2010, 2011, 2012) for last in (2016, 2018, 2019, 2020)]
    return lambda: multiverse(rules, panels, windows)


if __name__ == "__main__":
    main()
