"""CPU seconds of a three-way gravity model: 300 cities, all ordered pairs, five years.

Run: python benchmarks/gravity.py [--peer]; best of three, one thread. With ``--peer`` pyfixest fits
the same model where it is installed (its first call compiles and is not counted).
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before numpy

import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from econshrink import Clustered, FlowNetwork, FlowPanel, fit_gravity
from econshrink.flows import GravityEffects

CITIES, YEARS, REPEATS = 300, 5, 3
RESULTS = Path(__file__).parent / "results" / "gravity.json"


def main() -> None:
    """Time each case and write the best run."""
    panel, x = _data()
    vcov = Clustered(("origin", "destination"))
    two, three = GravityEffects(), GravityEffects(pair=True)
    seconds = {
        "econshrink, two-way": _best(lambda: fit_gravity(panel, x, effects=two, vcov=vcov)),
        "econshrink, three-way": _best(lambda: fit_gravity(panel, x, effects=three, vcov=vcov)),
    }
    if "--peer" in sys.argv:
        seconds |= _peer(panel, x)
    record: dict[str, Any] = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cells": CITIES * (CITIES - 1) * YEARS,
        "cpu_seconds": {name: round(value, 3) for name, value in seconds.items()},
    }
    for name, value in seconds.items():
        print(f"{name:<28} {value:7.2f} CPU s")
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _data() -> tuple[FlowPanel, dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, YEARS, CITIES, CITIES))
    level = 0.5 * (
        rng.normal(size=(YEARS, CITIES, 1))
        + rng.normal(size=(YEARS, 1, CITIES))
        + rng.normal(size=(1, CITIES, CITIES))
    )
    cube = rng.poisson(np.exp(1 + level + 0.3 * x[0] - 0.2 * x[1])).astype(float)
    cube[:, np.arange(CITIES), np.arange(CITIES)] = 0.0
    cities = tuple(f"{i:03d}" for i in range(CITIES))
    nets = tuple(FlowNetwork(cities, flows, year=t) for t, flows in enumerate(cube))
    return FlowPanel(nets), {"first": x[0], "second": x[1]}


def _best(run: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def _peer(panel: FlowPanel, x: dict[str, np.ndarray]) -> dict[str, float]:
    import pandas as pd  # noqa: PLC0415
    import pyfixest as pf  # noqa: PLC0415

    cube = panel.cube
    year, i, j = np.nonzero(np.broadcast_to(~np.eye(CITIES, dtype=bool), cube.shape))
    frame = pd.DataFrame(
        {
            "flow": cube[year, i, j],
            "first": x["first"][year, i, j],
            "second": x["second"][year, i, j],
            "oy": year * CITIES + i,
            "dy": year * CITIES + j,
            "pair": i * CITIES + j,
            "origin": i,
            "destination": j,
        }
    )
    clusters = {"CRV1": "origin+destination"}
    formula = "flow ~ first + second | oy + dy + pair"
    pf.fepois(formula, frame.head(50_000), vcov=clusters)  # compile
    return {"pyfixest, three-way": _best(lambda: pf.fepois(formula, frame, vcov=clusters))}


if __name__ == "__main__":
    main()
