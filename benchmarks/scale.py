"""How time and memory of the verbs grow with the number of units.

Run ``python -m benchmarks.scale [n]`` (default 400): every public verb with a canonical call in
``tests/property/registry``, and the calls of `listed`, run at n, 4n and 16n units, each in a child
of a process that holds the input. Tables of flows have a row a pair: there n²/100 pairs stand for n
units. Printed are the exponents between 4n and 16n of CPU seconds and of the memory above the
input; ``benchmarks/results/scale.json`` keeps all figures, the machine and the versions.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.setting import machine
from econshrink import CityPanel, Conley, Jackknife, Resampling, Spec, fit_fe, moran
from econshrink.core.files import write_file
from econshrink.forecast import (
    BacktestDesign,
    Drift,
    InformationSet as View,
    ShrunkDrift,
    run_backtest,
)
from econshrink.panel import bootstrap_fe
from econshrink.spatial import Neighbours, local_moran
from tests.property.registry.calls import Number
from tests.property.registry.wings import CALLS

PACKAGES = ("econshrink", "numpy", "scipy", "pandas", "statsmodels", "scikit-learn")

REGISTRY = "tests.property.registry."
YEARS = 20
STEEP = 1.2
PATIENCE = 30  # CPU seconds that a verb may take
ROOM = 8e9  # bytes of memory that it may ask for
TARGET = Path(__file__).parent / "results" / "scale.json"


def tasks(units: int) -> dict[str, Callable[[], Any]]:
    """Verb to a call on about so many units."""
    worlds: dict[str, Any] = {}
    found: dict[str, Callable[[], Any]] = {}
    for call in CALLS:
        if call.verb == "flows.modularity":  # its call names the groups of the little world
            continue
        name = call.world.__name__
        if name not in worlds:
            worlds[name] = enlarged(call.world(), units)
        found[call.verb] = partial(call.run, worlds[name])
    return found | listed(units)


def enlarged(world: dict[str, pd.DataFrame], units: int) -> dict[str, pd.DataFrame]:
    """Copies of the units of a little world under other names, their figures moved at random."""
    rng = np.random.default_rng(0)
    if "flows" in world:
        return more_flows(round(units / 10), rng)
    lead = next(iter(world.values()))
    copies = max(1, round(units / lead["city"].nunique()))
    return {
        name: pd.concat([copied(frame, copy, rng) for copy in range(copies)], ignore_index=True)
        for name, frame in world.items()
    }


def copied(frame: pd.DataFrame, copy: int, rng: np.random.Generator) -> pd.DataFrame:
    """One copy: identifiers end in its number, figures that are not whole move by some noise."""
    found = frame.copy()
    for name in found.columns:
        column = found[name]
        if name in {"city", "city_a", "city_b"}:
            found[name] = column + f"-{copy}"
        elif name == "population" and copy:  # every course over the years stays what it is
            found[name] = np.rint(column * np.exp(rng.normal(0, 0.1)))
        elif column.dtype.kind == "f" and copy and not (column.isna() | (column % 1 == 0)).all():
            found[name] = column * np.exp(rng.normal(0, 0.1, len(found)))
            if column.between(0, 1).all():  # chances and shares stay such
                found[name] = found[name].clip(0, 1)
    if "probability" in found:
        found["probability"] = found["probability"].clip(0.01, 0.99)
    if "low" in found and "high" in found:
        found["high"] = np.maximum(found["high"], found["low"])
    return found


def more_flows(count: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Moves between every two of some cities, as in the little world of flows."""
    ids = np.array([f"{110000 + i}" for i in range(count)], dtype=object)
    origin, destination = (part[~np.eye(count, dtype=bool)] for part in np.indices((count, count)))
    flow = rng.integers(5, 200, len(origin)).astype(float)
    columns = {"origin": ids[origin], "destination": ids[destination], "flow": flow}
    where = {"latitude": rng.uniform(25, 45, count), "longitude": rng.uniform(100, 125, count)}
    return {"flows": pd.DataFrame(columns), "units": pd.DataFrame({"city": ids} | where)}


def listed(units: int) -> dict[str, Callable[[], Any]]:
    """Calls that deserve sizes and options of their own, their input made already."""
    rng = np.random.default_rng(0)
    ids = [f"{i:06d}" for i in range(units)]
    unit = np.repeat(np.arange(units), YEARS)
    x = rng.normal(size=(units * YEARS, 2)) + rng.normal(size=units)[unit, None]
    y = 0.4 * x[:, 0] + rng.normal(size=len(x))
    steps = rng.normal(0, 0.01, (units, YEARS))
    long = pd.DataFrame(
        {
            "city": np.array(ids, dtype=object)[unit],
            "year": np.tile(np.arange(2001, 2001 + YEARS), units),
            "y": y,
            "a": x[:, 0],
            "b": x[:, 1],
            "count": rng.poisson(np.exp(0.2 * x[:, 0])),
            "population": np.exp(12 + steps.cumsum(axis=1)).ravel(),
        }
    )
    side = max(2, round(units**0.5))
    at = np.arange(units)
    where = pd.DataFrame(
        {"latitude": 25 + 0.1 * (at // side), "longitude": 105 + 0.1 * (at % side)},
        index=pd.Index(ids, name="city"),
    )
    panel = CityPanel.from_long(long, attributes=where)
    right = at[(at % side < side - 1) & (at + 1 < units)]
    below = at[at + side < units]
    first = np.concatenate([right, below])
    second = np.concatenate([right + 1, below + side])
    names = np.array(ids, dtype=object)
    pairs = pd.DataFrame({"city_a": names[first], "city_b": names[second]})
    w = Neighbours.from_pairs(pairs, ids)
    values = pd.Series(rng.normal(size=units), index=ids)
    spec = Spec("y", ("a", "b"), ("city", "year"))
    few = Resampling(99)
    wide = long.pivot(index="city", columns="year", values="population")
    links = np.column_stack([first, second]).astype(np.intp)
    level, groups = np.log(wide.to_numpy()), at % 31
    view = View(tuple(ids), tuple(wide.columns), level, groups, {}, links, synthetic=True)
    models = {model.label: model for model in (Drift(), ShrunkDrift())}
    design = BacktestDesign((2010, 2012), horizons=(1, 3), draws=200)
    return {
        "CityPanel.from_long": lambda: CityPanel.from_long(long),
        "CityPanel.digest": panel.digest,
        "fit_fe, jackknife": lambda: fit_fe(panel, spec, Jackknife("city")),
        "fit_fe, Conley": lambda: fit_fe(panel, spec, Conley(50)),
        "bootstrap_fe, 99 draws": lambda: bootstrap_fe(panel, spec, few),
        "Neighbours.from_pairs": lambda: Neighbours.from_pairs(pairs, ids),
        "moran, 99 draws": lambda: moran(values, w, few),
        "local_moran, 99 draws": lambda: local_moran(values, w, few),
        "run_backtest, 200 draws": lambda: run_backtest(view.until, wide, models, design),
    }


def unnamed() -> None:
    """Take from the calls what turns an answer into named numbers, which is the tests' own work."""
    for module in [each for name, each in sys.modules.items() if name.startswith(REGISTRY)]:
        for name in ("told", "numbers", "table", "single", "estimate"):
            if hasattr(module, name):
                setattr(module, name, lambda *_, **__: defaultdict(partial(Number, 0.0)))


def measure(call: Callable[[], Any], patience: int = PATIENCE) -> dict[str, Any]:
    """CPU seconds and memory above the input of one call, in a child of this process."""
    read, write = os.pipe()
    gc.collect()
    gc.freeze()  # a child whose collector walked through its parent's objects would copy them
    child = os.fork()
    if child:
        gc.unfreeze()
        os.close(write)
        with os.fdopen(read) as pipe:
            text = pipe.read()
        _, status = os.waitpid(child, 0)
        if text:
            return dict(json.loads(text))
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL}
        return {"stopped": f"more than {patience} CPU s" if killed else f"ended with {status}"}
    os.close(read)
    resource.setrlimit(resource.RLIMIT_CPU, (patience, patience))
    resource.setrlimit(resource.RLIMIT_AS, (round(ROOM), round(ROOM)))
    sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - progress of many verbs
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    try:
        call()
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found: dict[str, Any] = {"cpu_seconds": seconds, "mb_above_input": (peak - before) / 1e3}
        found["peak_mb"] = peak / 1e3
    except Exception as problem:  # noqa: BLE001 - a verb may refuse the enlarged world
        found = {"stopped": f"{type(problem).__name__}: {str(problem)[:160]}"}
    with os.fdopen(write, "w") as pipe:
        pipe.write(json.dumps(found))
    os._exit(0)


def main() -> None:
    """Run all; a verb that fails or takes too long is printed as such."""
    n = int(sys.argv[1]) if sys.argv[1:] else 400
    sizes = (n, 4 * n, 16 * n)
    found = kept(sizes)
    unnamed()
    for call in tasks(60).values():  # what is imported on first use is imported by now
        with suppress(Exception):  # told below, at full size
            call()
    for units in sizes:
        for name, call in tasks(units).items():
            row = found.setdefault(name, {})
            if "stopped" in row or str(units) in row:
                continue
            row |= {str(units): measure(call)}
            if "stopped" in row[str(units)]:
                row["stopped"] = f"{units} units: {row.pop(str(units))['stopped']}"
            keep(sizes, found)
    for name, row in found.items():
        print(line(name, row, sizes[2]), flush=True)


def grade(sizes: tuple[int, ...], found: dict[str, dict[str, Any]]) -> None:
    """Exponents of every verb between the largest two sizes that were finished."""
    of_flows = {call.verb for call in CALLS if "flows" in call.world()}
    for name, row in found.items():
        done = [row[str(units)] for units in sizes if str(units) in row]
        if len(done) < 2:
            continue
        growth = 16.0 if name in of_flows else 4.0
        for what, figure, least in (
            ("time", "cpu_seconds", 0.02),
            ("memory", "mb_above_input", 4.0),
        ):
            row[f"{what}_exponent"] = exponent(*(e[figure] for e in done[-2:]), growth, least)


def kept(sizes: tuple[int, ...]) -> dict[str, dict[str, Any]]:
    """What an earlier run of the same sizes and versions has measured."""
    if not TARGET.exists():
        return {}
    report = json.loads(TARGET.read_text(encoding="utf-8"))
    same = report["units"] == list(sizes) and report["machine"] == machine(PACKAGES)
    return dict(report["verbs"]) if same else {}


def keep(sizes: tuple[int, ...], found: dict[str, dict[str, Any]]) -> None:
    """Write what is measured so far: a run that is stopped goes on from there."""
    grade(sizes, found)
    report = {"units": list(sizes), "machine": machine(PACKAGES), "verbs": found}
    write_file(TARGET, json.dumps(report, indent=1) + "\n")


def line(name: str, row: dict[str, Any], largest: int) -> str:
    """A verb in words."""
    if "stopped" in row or str(largest) not in row:
        row = {"stopped": "not measured at the largest size"} | row
        grown = f", time {row['time_exponent']:.2f} before" if "time_exponent" in row else ""
        return f"{name:44s} {row['stopped']}{grown}"
    last = row[str(largest)]
    steep = max(row["time_exponent"], row["memory_exponent"]) > STEEP
    return (
        f"{name:44s} {last['cpu_seconds']:7.2f} s {last['mb_above_input']:7.0f} MB  "
        f"time {row['time_exponent']:5.2f}  memory {row['memory_exponent']:5.2f}"
        f"{'  steep' if steep else ''}"
    )


def exponent(small: float, large: float, growth: float, least: float) -> float:
    """Growth of a figure over so many times as much input; below `least` none is told."""
    return log(max(large, least) / max(small, least)) / log(growth)


if __name__ == "__main__":
    main()
