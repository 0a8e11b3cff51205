"""CPU seconds of spatial panels: fit, impacts with standard errors, tests. One line a task.

Run: ``python -m benchmarks.spatial [cities] [years]``; best of three (or one), one thread. Writes
``benchmarks/results/spatial_<cities>.json``.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree
from threadpoolctl import threadpool_limits

from benchmarks.panel import machine
from econshrink import CityPanel, Spec
from econshrink.core.files import write_file
from econshrink.core.seeds import generator
from econshrink.spatial import (
    ExactTraces,
    ExpectedInformation,
    LeeYu,
    Neighbours,
    ObservedInformation,
    Simulation,
    SpatialError,
    SpatialLag,
    fit_spatial,
    lm_tests,
    residual_moran,
    spatial_impacts,
)

SPEC = Spec("y", ("a", "b", "c"), ("city", "year"))
RHO, BETA, THETA = 0.4, (0.5, -0.3, 0.2), (0.2, 0.1, 0.0)


def simulated(n: int, years: int) -> tuple[CityPanel, Neighbours]:
    """Durbin panel with city and year effects on six nearest neighbours."""
    rng = generator(f"benchmarks.spatial.{n}.{years}")
    points = rng.random((n, 2))
    near = cKDTree(points).query(points, 7)[1][:, 1:]
    cells = (np.repeat(np.arange(n), 6), near.ravel())
    w = sparse.csr_array((np.full(6 * n, 1 / 6), cells), shape=(n, n))
    x = rng.normal(size=(3, n, years))
    mean = rng.normal(size=(n, 1)) + rng.normal(size=years) + rng.normal(size=(n, years))
    for covariate, beta, theta in zip(x, BETA, THETA, strict=True):
        mean = mean + beta * covariate + theta * (w @ covariate)
    system = sparse.csc_array(sparse.eye_array(n, format="csc") - RHO * w)
    y = splu(system).solve(mean)
    cities = tuple(f"{i:06d}" for i in range(n))
    index = {"city": np.repeat(cities, years), "year": [*range(2001, 2001 + years)] * n}
    columns = {"y": y.ravel()} | dict(zip("abc", x.reshape(3, -1), strict=True))
    return CityPanel.from_long(pd.DataFrame(index | columns), synthetic=True), Neighbours(cities, w)


def best(task: Callable[[], Any], times: int = 3) -> float:
    """Smallest CPU time of several runs."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        task()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main() -> None:
    """Print CPU seconds and peak memory."""
    n, years = (int(v) for v in (*sys.argv[1:], *("3000", "20")[len(sys.argv) - 1 :]))
    panel, w = simulated(n, years)
    estimate = fit_spatial(panel, SPEC, w)
    exact = ExpectedInformation(ExactTraces())
    tasks: dict[str, Callable[[], Any]] = {
        "SDM and impacts with standard errors": lambda: spatial_impacts(
            fit_spatial(panel, SPEC, w)
        ),
        "the same, transformed likelihood": lambda: spatial_impacts(
            fit_spatial(panel, SPEC, w, likelihood=LeeYu())
        ),
        "the same, exact traces": lambda: spatial_impacts(
            fit_spatial(panel, SPEC, w, information=exact)
        ),
        "the same, observed information": lambda: spatial_impacts(
            fit_spatial(panel, SPEC, w, information=ObservedInformation())
        ),
        "SAR": lambda: fit_spatial(panel, SPEC, w, SpatialLag()),
        "SEM": lambda: fit_spatial(panel, SPEC, w, SpatialError()),
        "impacts by 2,000 draws": lambda: spatial_impacts(estimate, Simulation(w)),
        "LM tests": lambda: lm_tests(panel, SPEC, w),
        "Moran's I of residuals": lambda: residual_moran(panel, SPEC, w),
    }
    print(f"{n} cities x {years} years, rho {estimate.coefficient('rho'):.6f}")
    results = []
    for name, task in tasks.items():
        times = 3 if name.startswith(("SDM", "SAR", "SEM", "LM")) else 1
        results.append({"task": name, "cpu_seconds": best(task, times)})
        print(f"{name:40s} {results[-1]['cpu_seconds']:8.3f} s CPU", flush=True)
    report = {"cities": n, "years": years, "machine": machine(), "results": results}
    text = json.dumps(report, indent=1, sort_keys=True) + "\n"
    write_file(Path(__file__).parent / "results" / f"spatial_{n}.json", text)
    tracemalloc.start()
    lm_tests(panel, SPEC, w)
    print(
        f"{'peak memory of the LM tests':40s} {tracemalloc.get_traced_memory()[1] / 2**20:8.1f} MiB"
    )
    exact_errors = fit_spatial(panel, SPEC, w, information=exact).std_errors
    gap = np.abs(estimate.std_errors / exact_errors - 1).max()
    print(f"{'standard errors, default against exact':40s} {gap:8.1e} relative")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
