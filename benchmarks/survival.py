"""Time Cox fits, their cluster bootstrap and Kaplan-Meier against other packages and R.

Run ``python -m benchmarks.survival [s m l]`` where the packages to compare with are installed (as a
script it would stand in the way of the package ``survival``). CPU seconds (user and system, all
threads), best of n, the programs interleaved; a data frame in, coefficients and cluster standard
errors out. R is timed inside R, after it has read the data. Panels: 300, 3,000 and 50,000 cities of
20 yearly rows with recurrent events and six covariates, with yearly ties (0) or distinct dates (1).
Puts the sizes asked for into ``benchmarks/results/survival.json``.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before numpy
os.environ["RAYON_NUM_THREADS"] = "1"

import gc
import json
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from econshrink import Clustered, Resampling, SpellTable, fit_cox, kaplan_meier
from econshrink.core.seeds import generator
from econshrink.survival import bootstrap_cox

try:
    from surpyval import CoxPH
    from survival import coxph
except ImportError:  # no ratio is claimed for a package that is not there
    sys.exit("Run with survival and surpyval installed (`make oracles` sets that up).")

YEARS = 20
NAMES = [f"x{j + 1}" for j in range(6)]
FORMULA = "Surv(start, stop, event) ~ " + " + ".join(NAMES)
# Cities, repetitions, draws of the bootstrap, refits they are compared with.
SIZES = {"s": (300, 9, 999, 10), "m": (3_000, 3, 999, 2), "l": (50_000, 1, 20, 1)}
Numbers = np.ndarray


def make_panel(cities: int, tied: bool) -> pd.DataFrame:
    """Back-to-back rows, covariates with a part of their own in every city, gamma frailty."""
    rng = np.random.default_rng([0, cities, int(tied)])
    x = rng.normal(size=(cities, YEARS, 6))
    x[:, :, :3] += rng.normal(size=(cities, 1, 3))
    frailty = rng.gamma(2, 0.5, size=(cities, 1))
    hazard = 0.1 * frailty * np.exp(x @ np.array([0.5, -0.4, 0.3, -0.2, 0.1, 0.0]))
    event = rng.random((cities, YEARS)) < -np.expm1(-hazard)
    bounds = np.tile(np.arange(YEARS + 1.0), (cities, 1))
    if not tied:
        bounds += rng.random(bounds.shape)
    columns = {
        "city": np.repeat([f"{i:06d}" for i in range(cities)], YEARS),
        "start": bounds[:, :-1].ravel(),
        "stop": bounds[:, 1:].ravel(),
        "event": event.ravel().astype(int),
    }
    return pd.DataFrame(columns | {name: x[:, :, j].ravel() for j, name in enumerate(NAMES)})


def ours(frame: pd.DataFrame) -> Numbers:
    """Coefficients and cluster standard errors of econshrink, the table checked on the way."""
    fit = fit_cox(SpellTable(frame, "benchmark"), NAMES, vcov=Clustered())
    return np.append(fit.coefficients, fit.std_errors)


def by_survival(frame: pd.DataFrame) -> Numbers:
    """The same by the Python package survival."""
    fit = coxph(FORMULA, data=frame, ties="efron", cluster="city")
    return np.append(np.asarray(fit.coefficients), np.sqrt(np.diag(np.asarray(fit.var))))


def surpyval_fit(frame: pd.DataFrame) -> Any:
    """A model of surpyval."""
    return CoxPH.fit(
        x=frame["stop"].to_numpy(float),
        Z=frame[NAMES].to_numpy(),
        c=1 - frame["event"].to_numpy(),
        tl=frame["start"].to_numpy(float),
        tie_method="efron",
    )


def by_surpyval(frame: pd.DataFrame) -> Numbers:
    """The same by surpyval."""
    fit = surpyval_fit(frame)
    errors = np.sqrt(np.diag(np.asarray(fit.robust_covariance(frame["city"].to_numpy()))))
    return np.append(np.asarray(fit.params), errors)


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of one call, and its result."""
    gc.collect()
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


class InR:
    """Data on disk for R, and calls of the script beside this one."""

    def __init__(self, frame: pd.DataFrame, folder: Path) -> None:
        self.folder, self.rows, self.program = folder, len(frame), ""
        city = pd.factorize(frame["city"])[0]
        columns = [frame[name] for name in ("start", "stop", "event")] + [city]
        columns += [frame[name] for name in NAMES]
        np.array(columns, dtype=float).tofile(folder / "columns.bin")

    def __call__(self, task: str) -> tuple[float, Numbers]:
        """CPU seconds inside R, and the numbers."""
        script = str(Path(__file__).with_suffix(".R"))
        words = [str(shutil.which("Rscript")), script, str(self.folder), str(self.rows), task]
        text = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        self.program = f"R {text[-2]}.{text[-1]}, survival {text[-3]}"
        return float(text[0]), np.array(text[1:-3], dtype=float)


def interleaved(
    runs: dict[str, Callable[[], tuple[float, Any]]], times: int
) -> tuple[dict[str, float], dict[str, Any]]:
    """Best CPU seconds and last numbers of every program, one after another, over and over."""
    best, found = dict.fromkeys(runs, np.inf), {}
    for _ in range(times):
        for name, run in runs.items():
            seconds, found[name] = run()
            best[name] = min(best[name], seconds)
    return best, found


def gap(found: dict[str, Numbers]) -> dict[str, float]:
    """Largest difference of each program from the array form, in standard errors."""
    base = found["econshrink"]
    scale = np.tile(base[len(base) // 2 :], 2)
    return {
        name: float(np.abs((values - base) / scale).max())
        for name, values in found.items()
        if name != "econshrink"
    }


def fit_task(frame: pd.DataFrame, times: int, r: InR | None) -> dict[str, Any]:
    """Coefficients and cluster standard errors by every program."""
    runs: dict[str, Callable[[], tuple[float, Any]]] = {
        "econshrink": lambda: cpu(lambda: ours(frame)),
        "survival": lambda: cpu(lambda: by_survival(frame)),
        "surpyval": lambda: cpu(lambda: by_surpyval(frame)),
    }
    if r is not None:
        runs["R coxph"] = lambda: r("cox")
    best, found = interleaved(runs, times)
    return {"cpu_seconds": best, "gap_in_standard_errors": gap(found)}


def bootstrap_task(frame: pd.DataFrame, count: int, refits: int) -> dict[str, Any]:
    """Seconds a draw: ours with table and first fit included, against a few refits."""
    rng = np.random.default_rng(1)
    cities = len(frame) // YEARS

    def resampled() -> pd.DataFrame:
        chosen = rng.integers(0, cities, cities)
        rows = (chosen[:, None] * YEARS + np.arange(YEARS)).ravel()
        return frame.iloc[rows]

    def draws() -> Numbers:
        spells = SpellTable(frame, "benchmark")
        fit = fit_cox(spells, NAMES)
        stream = generator("benchmark.cox")
        return bootstrap_cox(spells, fit, Resampling(count, rng=stream)).to_numpy()

    def all_refits(fit: Callable[[pd.DataFrame], Any]) -> float:
        return sum(cpu(lambda: fit(resampled()))[0] for _ in range(refits)) / refits

    runs: dict[str, Callable[[], tuple[float, Any]]] = {
        "econshrink": lambda: cpu(draws),
        "survival": lambda: (
            count * all_refits(lambda f: coxph(FORMULA, data=f, ties="efron")),
            None,
        ),
        "surpyval": lambda: (count * all_refits(surpyval_fit), None),
    }
    best, _ = interleaved(runs, 2)
    per_draw = {name: seconds / count for name, seconds in best.items()}
    return {"draws": count, "cpu_seconds_a_draw": per_draw}


def kaplan_meier_task(frame: pd.DataFrame, times: int, r: InR | None) -> dict[str, Any]:
    """Survival with late entry and Greenwood errors."""

    def curve() -> Numbers:
        found = kaplan_meier(SpellTable(frame, "benchmark")).frame
        last = found.iloc[-1]
        return np.array([last["estimate"], last["std_error"] / last["estimate"]])

    runs: dict[str, Callable[[], tuple[float, Any]]] = {"econshrink": lambda: cpu(curve)}
    if r is not None:
        runs["R survfit"] = lambda: r("km")
    best, found = interleaved(runs, times)
    relative = max(np.abs(values / found["econshrink"] - 1).max() for values in found.values())
    return {"cpu_seconds": best, "largest_relative_gap": float(relative)}


def added_memory(program: str, cities: int, tied: bool) -> float:
    """Peak memory in MB that one fit adds to a process of its own that holds the data."""
    words = [
        sys.executable,
        "-m",
        "benchmarks.survival",
        "--memory",
        program,
        str(cities),
        str(int(tied)),
    ]
    return float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def memory_of(program: str, cities: int, tied: bool) -> None:
    """Print what `added_memory` asks for."""
    small = make_panel(50, tied)
    calls: dict[str, Callable[[pd.DataFrame], Any]] = {
        "econshrink": ours,
        "survival": by_survival,
        "surpyval": by_surpyval,
        "kaplan_meier": lambda frame: kaplan_meier(SpellTable(frame, "benchmark")),
    }
    calls[program](small)  # imports are not what is measured
    frame = make_panel(cities, tied)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak so far is forgotten
    before = peak()
    calls[program](frame)
    print(peak() - before)


def peak() -> float:
    """Peak resident memory in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return float(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def machine(program: str) -> dict[str, Any]:
    """What the numbers were taken on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    found: dict[str, Any] = {
        "processor": models[0] if models else platform.processor(),
        "cpus": os.cpu_count(),
        "blas_threads": 1,
        "python": platform.python_version(),
        "R": program or "not installed",
        "note": "CPU seconds, best of n, one interleaved run. Refits of the bootstrap are "
        "extrapolated from a few. Only ratios within one row mean anything.",
    }
    for package in ("econshrink", "numpy", "scipy", "pandas", "survival", "surpyval"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def main() -> None:
    """Run, print, write the results."""
    sizes = [word for word in sys.argv[1:] if word in SIZES] or list(SIZES)
    ours(make_panel(30, False))  # imports are not timed below
    by_survival(make_panel(30, False)), by_surpyval(make_panel(30, False))
    program = ""
    for size in sizes:
        cities, times, draws, refits = SIZES[size]
        for tied in (True, False):
            frame = make_panel(cities, tied)
            row: dict[str, Any] = {"rows": len(frame), "events": int(frame["event"].sum())}
            with tempfile.TemporaryDirectory() as folder:
                r = InR(frame, Path(folder)) if shutil.which("Rscript") else None
                row["fit"] = fit_task(frame, times, r)
                if draws:
                    row["bootstrap"] = bootstrap_task(frame, draws, refits)
                row["kaplan_meier"] = kaplan_meier_task(frame, times, r)
                program = r.program if r else ""
            if size == "l":
                programs = ("econshrink", "kaplan_meier")
                row["memory_mb"] = {p: added_memory(p, cities, tied) for p in programs}
            row["machine"] = machine(program)
            keep(f"{size}{0 if tied else 1}", row)


def keep(name: str, value: Any) -> None:
    """Put one result into the file, beside those of earlier runs."""
    print(name, json.dumps(value, indent=1), flush=True)
    target = Path(__file__).parent / "results" / "survival.json"
    found = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    temporary = target.with_suffix(".tmp")
    text = json.dumps(found | {name: value}, indent=1, sort_keys=True)
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(target)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        memory_of(sys.argv[2], int(sys.argv[3]), sys.argv[4] == "1")
    else:
        main()
