"""Time the resampling engine of panel regressions against loops that fit again.

Run ``python -m benchmarks.panel [cities ...]`` (default 300 and 3000), with the Python of the
oracles if pyfixest and wildboottest are to be compared. CPU seconds of the process, one BLAS
thread, best of n; loops are timed over a few fits and multiplied out (``extrapolated``).
Writes ``benchmarks/results/panel_<cities>.json``.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before numpy

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS

from benchmarks.opponents import (
    NAMES,
    PYFIXEST,
    SPEC,
    WILDBOOTTEST,
    YEARS,
    K,
    Loops,
    PyFixest,
    wildboottest_p,
)
from econshrink import CityPanel, Jackknife, Resampling, Spec, fit_fe
from econshrink.panel import (
    bootstrap_fe,
    curve_inference,
    leave_out_fe,
    placebo_fe,
    specification_curve,
    wild_bootstrap_fe,
)

DRAWS = 9999
NUMBERS = {name: at for at, name in enumerate(("y", *NAMES, "x1sq"))}  # columns of an array
FIRST_CALL = """
import time
import numpy as np
import pandas as pd
rng = np.random.default_rng(0)
frame = pd.DataFrame(rng.normal(size=(6000, 9)), columns=["y", *(f"x{i}" for i in range(1, 9))])
frame["city"] = np.repeat([f"{i:06d}" for i in range(300)], 20)
frame["year"] = np.tile(np.arange(2004, 2024), 300)
start = time.process_time()
{call}
print(time.process_time() - start)
"""
OURS = """
from econshrink import CityPanel, Spec, fit_fe
spec = Spec("y", tuple(f"x{i}" for i in range(1, 9)), ("city", "year"))
fit_fe(CityPanel.from_long(frame), spec)
"""
THEIRS = """
import pyfixest
right = " + ".join(f"x{i}" for i in range(1, 9))
pyfixest.feols(f"y ~ {right} | city + year", data=frame, vcov={"CRV1": "city"})
"""


def make_panel(cities: int) -> CityPanel:
    """A balanced panel of 20 years, heteroskedastic, with city and year effects in x and y."""
    rng = np.random.default_rng(0)
    level, trend = rng.normal(size=cities), rng.normal(size=YEARS)
    shared = 0.5 * np.repeat(level, YEARS) + 0.3 * np.tile(trend, cities)
    x = rng.normal(size=(cities * YEARS, K + 1)) + shared[:, None]
    noise = rng.normal(size=len(x)) * (1 + 0.5 * np.abs(x[:, 0]))
    y = x[:, :K] @ np.linspace(0.5, -0.5, K) + shared + noise
    codes = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([codes, range(2004, 2004 + YEARS)], names=["city", "year"])
    frame = pd.DataFrame(np.column_stack([y, x]), index=index, columns=["y", *NAMES])
    province = pd.DataFrame({"province": [f"p{i % 31:02d}" for i in range(cities)]}, index=codes)
    return CityPanel(frame, attributes=province.rename_axis("city"))


def cpu(work: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Best CPU seconds of several runs, and the last result."""
    best = np.inf
    for _ in range(times):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def per_fit(work: Callable[[int], Any], fits: int) -> float:
    """CPU seconds a call, mean over `fits` calls after one that warms up."""
    work(0)
    start = time.process_time()
    for i in range(fits):
        work(i)
    return (time.process_time() - start) / fits


def specifications() -> list[Spec]:
    """x1 with every set of 9 controls: 512 (8 other covariates and the square of x1)."""
    pool = [*NAMES[1:], "x1sq"]
    sets = [c for size in range(10) for c in combinations(pool, size)]
    return [Spec("y", ("x1", *chosen), ("city", "year")) for chosen in sets]


def curve_tasks(panel: CityPanel, loops: Loops, row: Callable[..., None]) -> None:
    """512 specifications, and 512 specifications times 999 draws."""
    square = panel.with_variables({"x1sq": panel.column("x1") ** 2})
    specs = specifications()
    seconds, curve = cpu(lambda: specification_curve(square, specs, "x1"), 3)
    some = list(range(0, len(specs), 16))
    ours = curve.table["estimate"].to_numpy()[some]
    errors = curve.table["std_error"].to_numpy()[some]
    fits = [fit_fe(square, specs[i]) for i in some]
    gap = max(
        max(abs(f.coefficient("x1") / b - 1), abs(f.std_error("x1") / e - 1))
        for f, b, e in zip(fits, ours, errors, strict=True)
    )
    flat = loops.swept.reshape(-1, loops.swept.shape[2])
    rng = np.random.default_rng(0)
    sizes = 1 + rng.binomial(8, 0.5, 40)  # of the regressors
    tight = per_fit(lambda i: loops.scores_fit(flat, list(range(1, 1 + sizes[i]))), 40)

    frame = square.frame.reset_index()
    frame["city"] = frame["city"].astype(int)
    numbered = frame.set_index(["city", "year"])

    def theirs(i: int) -> None:
        model = PanelOLS(
            numbered["y"],
            numbered[list(specs[some[i]].covariates)],
            entity_effects=True,
            time_effects=True,
        )
        model.fit(cov_type="clustered", cluster_entity=True)

    others = {
        "numpy loop, swept once": 512 * tight,
        "fit_fe loop": 512 * per_fit(lambda i: fit_fe(square, specs[some[i]]), 8),
        "linearmodels loop": 512 * per_fit(theirs, 4),
    }
    if PYFIXEST:
        peer = PyFixest(square)
        step = lambda i: peer.fit(specs[some[i]].covariates, {"CRV1": "city"})  # noqa: E731
        others["pyfixest loop"] = 512 * per_fit(step, 8)
    row("512 specifications, clustered SE", seconds, others, gap)
    seconds, _ = cpu(lambda: curve_inference(curve, resampling=Resampling(999)), 2)
    loop = 512 * 999 * per_fit(loops.numpy_tight, 40)
    picks = [np.array([NUMBERS[name] for name in spec.covariates]) for spec in specs]
    extra = np.concatenate([loops.raw, loops.raw[:, :, 1:2] ** 2], axis=2)
    extra = extra - extra.mean(axis=1, keepdims=True)
    once = 999 * per_fit(lambda i: loops.sub_blocks(i, extra, picks), 3)
    others = {"numpy loop, every fit from rows": loop, "numpy loop, one Gram a draw": once}
    row("512 specifications x 999 draws", seconds, others)


def tasks(panel: CityPanel, row: Callable[..., None]) -> None:
    """All tasks on one panel."""
    loops = Loops(panel)
    quick = loops.cities <= 300
    seconds, boot = cpu(lambda: bootstrap_fe(panel, SPEC, resampling=Resampling(DRAWS)), 3)
    gap = max(np.abs(boot.draws.values[i] / loops.numpy_refit(i) - 1).max() for i in range(20))
    others = {
        "numpy refit loop": DRAWS * per_fit(loops.numpy_refit, 30),
        "numpy loop, city means removed once": DRAWS * per_fit(loops.numpy_tight, 100),
        "linearmodels loop": DRAWS * per_fit(loops.panel_ols, 6 if quick else 2),
    }
    peer = PyFixest(panel)
    if PYFIXEST:
        step = lambda i: peer.refit(loops.rows(i))  # noqa: E731
        others["pyfixest loop"] = DRAWS * per_fit(step, 6 if quick else 3)
    row("9,999 pairs cluster draws", seconds, others, gap)
    cells = (K + YEARS) * (K + YEARS + 1) // 2  # of a Gram of outcome, regressors, years less one
    rng = np.random.default_rng(2)
    counts, grams = rng.random((DRAWS, loops.cities)), rng.random((loops.cities, cells))
    row("one matrix product of 9,999 draws, units, cells", cpu(lambda: counts @ grams, 3)[0], {})

    rng = np.random.default_rng(1)
    some = CityPanel(panel.frame[rng.random(len(panel.frame)) < 0.9], attributes=panel.attributes)
    year = some.frame.index.get_level_values("year").to_numpy()
    dummies = (year[:, None] == np.arange(2005, 2004 + YEARS)).astype(float)
    table = np.column_stack([some.frame[["y", *NAMES[:K]]].to_numpy(), dummies])
    edges = np.searchsorted(some.frame.index.codes[0], np.arange(loops.cities + 1))
    seconds, boot = cpu(lambda: bootstrap_fe(some, SPEC, resampling=Resampling(DRAWS)), 3)
    one = lambda i: loops.numpy_unbalanced(i, table, edges)  # noqa: E731
    gap = max(np.abs(boot.draws.values[i] / one(i) - 1).max() for i in range(20))
    loop = DRAWS * per_fit(one, 30 if quick else 10)
    row("9,999 pairs draws, 10 % of rows missing", seconds, {"numpy refit loop": loop}, gap)

    seconds, _ = cpu(lambda: fit_fe(panel, SPEC, Jackknife("city")), 5)
    left = leave_out_fe(panel, SPEC)
    some_left = range(0, loops.cities, max(1, loops.cities // 20))
    gap = max(
        np.abs(left.table.iloc[g].to_numpy() / loops.numpy_without(g) - 1).max() for g in some_left
    )
    others = {
        "numpy refit loop": loops.cities * per_fit(loops.numpy_refit, 30),
        "linearmodels loop": loops.cities * per_fit(loops.panel_ols, 4 if quick else 2),
    }
    if PYFIXEST and quick:
        others["pyfixest CRV3"] = cpu(lambda: peer.fit(NAMES[:K], {"CRV3": "city"}), 1)[0]
    row("one fit with CRV3 by city", seconds, others, gap)

    for cluster in ("city", "province"):
        chosen = Resampling(DRAWS, cluster=cluster)
        work = partial(wild_bootstrap_fe, panel, SPEC, "x1", chosen)
        seconds, _ = cpu(work, 3)
        loop = DRAWS * per_fit(loops.wild, 20)
        others = {"numpy loop (p-value only)": loop} if cluster == "city" else {}
        if WILDBOOTTEST and quick and cluster == "city":
            theirs = lambda: wildboottest_p(panel, "x1", DRAWS)  # noqa: E731
            others["wildboottest (p-value only)"] = cpu(theirs, 1)[0]
        row(f"9,999 WCR by {cluster}, p and interval", seconds, others)

    seconds, _ = cpu(lambda: placebo_fe(panel, SPEC, "x1", resampling=Resampling(DRAWS)), 2)
    row("9,999 placebos", seconds, {"numpy loop": DRAWS * per_fit(loops.placebo, 30)})
    curve_tasks(panel, loops, row)
    single_fits(panel, peer, row)
    spec = Spec("y", NAMES[:K], ("city", "province^year"))
    for name, sample in (("balanced", panel), ("10 % of rows missing", some)):
        seconds, _ = cpu(lambda p=sample: bootstrap_fe(p, spec, resampling=Resampling(DRAWS)), 1)
        row(f"9,999 pairs draws, province^year, {name}", seconds, {})


def single_fits(panel: CityPanel, peer: PyFixest, row: Callable[..., None]) -> None:
    """One fit: from a panel, from a data frame, and the first of a process."""
    row("one two-way fit from a panel", cpu(lambda: fit_fe(panel, SPEC), 5)[0], {})
    frame = panel.frame.reset_index()
    others = {}
    if PYFIXEST:
        others["pyfixest, warm"] = cpu(lambda: peer.fit(NAMES[:K], {"CRV1": "city"}), 5)[0]
    seconds, _ = cpu(lambda: fit_fe(CityPanel.from_long(frame), SPEC), 5)
    row("one two-way fit from a data frame", seconds, others)
    if len(panel.cities) <= 300:
        others = {"pyfixest": first_call(THEIRS)} if PYFIXEST else {}
        row("first call of a process, import included", first_call(OURS), others)


def first_call(call: str) -> float:
    """CPU seconds of import and first fit in a new process that holds a data frame; best of 3."""
    text = FIRST_CALL.replace("{call}", call)
    runs = [
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    return min(float(run.stdout.split()[-1]) for run in runs)


def machine() -> dict[str, Any]:
    """Processor, versions, and what is not installed."""
    found: dict[str, Any] = {"python": platform.python_version(), "cpus": os.cpu_count()}
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    found["processor"] = models[0] if models else platform.processor()
    for name in (
        "econshrink",
        "numpy",
        "scipy",
        "pandas",
        "linearmodels",
        "pyfixest",
        "wildboottest",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    found["blas_threads"] = 1
    found["note"] = (
        "CPU seconds of the process; loops extrapolated from a few fits. A package that is not "
        "installed was not run, and no ratio to it is claimed."
    )
    return found


def main() -> None:
    """Run, print a table, write the results."""
    for cities in [int(word) for word in sys.argv[1:]] or [300, 3000]:
        results: list[dict[str, Any]] = []

        def row(
            task: str,
            seconds: float,
            others: dict[str, float],
            gap: float | None = None,
            results: list[dict[str, Any]] = results,
        ) -> None:
            ratios = {name: value / seconds for name, value in others.items()}
            results.append(
                {
                    "task": task,
                    "cpu_seconds": seconds,
                    "largest_relative_gap": gap,
                    "extrapolated_cpu_seconds": others,
                    "ratio": ratios,
                }
            )
            text = "; ".join(f"{name} {value:,.1f}x" for name, value in ratios.items())
            exact = "" if gap is None else f"  gap {gap:.1e}"
            print(f"{task:40s} {seconds:8.3f} s{exact}  {text}", flush=True)

        print(f"\n{cities} cities x {YEARS} years, {K} covariates")
        tasks(make_panel(cities), row)
        report = {"cities": cities, "years": YEARS, "machine": machine(), "results": results}
        target = Path(__file__).parent / "results" / f"panel_{cities}.json"
        target.parent.mkdir(exist_ok=True)
        temporary = target.with_suffix(".tmp")
        temporary.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(target)
    print("\n" + json.dumps(machine(), indent=1))


if __name__ == "__main__":
    main()
