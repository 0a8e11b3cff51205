"""Time the discrete-time hazard against statsmodels' GLM: a million rows, 26 parameters.

Run ``python benchmarks/discrete.py [cities ...]`` (default 300, 3000, 50000; 20 years each; only
this default, one run, writes ``benchmarks/results/discrete.json``; other sizes are printed).
DataFrame in, coefficients and city-clustered errors out; complementary log-log link, six covariates
and twenty duration dummies. CPU seconds of the process, one BLAS thread, programs in turn within a
run, best of n; memory is the peak above the data, measured in a process of its own. ``grouped`` has
covariates with few values, whose identical rows are joined.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before numpy

import json
import platform
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from econshrink import SpellTable
from econshrink.survival import fit_discrete_hazard

YEARS, K = 20, 6
SIZES = [300, 3_000, 50_000]
NAMES = [f"x{j}" for j in range(K)]
Answer = tuple[np.ndarray, np.ndarray]


def rows(cities: int, *, grouped: bool) -> pd.DataFrame:
    """Yearly rows of cities that go on after an event."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(cities * YEARS, K))
    if grouped:
        x = (x > 0).astype(float)
    year = np.tile(np.arange(1, YEARS + 1), cities)
    eta = -3 + x @ np.linspace(0.5, -0.4, K) + 0.02 * year
    event = (rng.random(len(eta)) < -np.expm1(-np.exp(eta))).astype(int)
    city = np.repeat([f"{i:06d}" for i in range(cities)], YEARS)
    frame = pd.DataFrame(x, columns=NAMES)
    return frame.assign(city=city, start=year - 1, stop=year, event=event)


def ours(frame: pd.DataFrame) -> Answer:
    """Ours, from the frame on."""
    fit = fit_discrete_hazard(SpellTable(frame, "benchmark"), NAMES)
    return fit.coefficients, fit.std_errors


def theirs(frame: pd.DataFrame) -> Answer:
    """A GLM of statsmodels, as a user would write it."""
    import statsmodels.api as sm  # noqa: PLC0415  (heavy; not in the memory of the other)

    dummies = pd.get_dummies(frame["stop"], prefix="t", dtype=float)
    design = pd.concat([frame[NAMES], dummies], axis=1)
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    groups = pd.factorize(frame["city"])[0]
    options = {"groups": groups, "use_correction": False}
    fit = sm.GLM(frame["event"], design, family=family).fit(cov_type="cluster", cov_kwds=options)
    return fit.params.to_numpy(), fit.bse.to_numpy()


PROGRAMS: dict[str, Callable[[pd.DataFrame], Answer]] = {"econshrink": ours, "statsmodels": theirs}


def peak_mb(program: str, cities: int, kind: str) -> float:
    """Memory one fit adds at its peak, in a process of its own."""
    command = [sys.executable, __file__, "--memory", program, str(cities), kind]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(found.stdout.split()[-1])


def report_memory(program: str, cities: int, kind: str) -> None:
    """Print the peak of traced allocations (numpy's too) over one fit, after one that warms up."""
    PROGRAMS[program](rows(200, grouped=False))
    frame = rows(cities, grouped=kind == "grouped")
    tracemalloc.start()
    PROGRAMS[program](frame)
    print(tracemalloc.get_traced_memory()[1] / 1e6)


def compare(cities: int, kind: str) -> dict[str, object]:
    """Interleaved timings and the largest differences of one size."""
    frame = rows(cities, grouped=kind == "grouped")
    times = 5 if cities < 1000 else 3 if cities < 10000 else 2
    best, answers = dict.fromkeys(PROGRAMS, np.inf), {}
    for _ in range(times):
        for name, program in PROGRAMS.items():
            start = time.process_time()
            answers[name] = program(frame)
            best[name] = min(best[name], time.process_time() - start)
    memory = {name: peak_mb(name, cities, kind) for name in PROGRAMS}
    gaps = [
        float(np.abs(a / b - 1).max())
        for a, b in zip(answers["econshrink"], answers["statsmodels"], strict=True)
    ]
    return {
        "rows": len(frame),
        "kind": kind,
        "parameters": len(answers["econshrink"][0]),
        "cpu_seconds": {name: round(value, 4) for name, value in best.items()},
        "times_faster": round(best["statsmodels"] / best["econshrink"], 2),
        "peak_mb": {name: round(value, 1) for name, value in memory.items()},
        "memory_share": round(memory["econshrink"] / max(memory["statsmodels"], 0.1), 3),
        "largest_relative_gap": {"coefficients": gaps[0], "std_errors": gaps[1]},
    }


def main(sizes: list[int]) -> None:
    """Run the sizes and print them; write the file if they are all of them."""
    lines = []
    for cities in sizes:
        for kind in ("continuous", "grouped"):
            lines.append(compare(cities, kind))
            print(json.dumps(lines[-1]), flush=True)
    if sizes != SIZES:
        return
    record = {
        "machine": {"processor": platform.machine(), "python": platform.python_version()},
        "versions": {name: version(name) for name in ("numpy", "pandas", "scipy", "statsmodels")},
        "results": lines,
    }
    target = Path(__file__).parent / "results" / "discrete.json"
    target.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        report_memory(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main([int(text) for text in sys.argv[1:]] or SIZES)
