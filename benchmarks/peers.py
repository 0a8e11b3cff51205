"""Spatial statistics beside esda and spreg, curves beside lifelines and scikit-survival.

Run ``python -m benchmarks.peers [python]`` with the Python of the oracles. `python`, if given, is
an interpreter that holds lifelines and scikit-survival, which want an older pandas than we do: it
reads the same file and times its calls itself. CPU seconds of each call after a small one that
loads and compiles what it needs, and the largest difference of the numbers. Writes
``benchmarks/results/peers.json``.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before numpy
os.environ["NUMBA_NUM_THREADS"] = "1"

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.scale import measure
from benchmarks.setting import machine
from econshrink import CityPanel, Resampling, Spec, kaplan_meier, moran
from econshrink.core.files import write_file
from econshrink.spatial import Neighbours, SpatialLag, fit_spatial, local_moran
from econshrink.survival import log_rank

UNITS, YEARS, DRAWS = 10_000, 5, 999
DRAWN = Resampling(DRAWS, rng=1)
ROWS = 1_000_000
PATIENCE = 300  # CPU seconds that a spatial panel may take
TARGET = Path(__file__).parent / "results" / "peers.json"
PACKAGES = ("econshrink", "numpy", "scipy", "pandas", "esda", "libpysal", "spreg")
CURVES = """
import json, sys, time
import numpy as np
import pandas as pd
from importlib.metadata import version
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from sksurv.compare import compare_survival
from sksurv.nonparametric import kaplan_meier_estimator

data = np.load(sys.argv[1])
t, d, g = data["time"], data["event"].astype(bool), data["group"]
y = np.array(list(zip(d.tolist(), t.tolist())), dtype=[("event", "?"), ("time", "<f8")])

def timed(call):
    start = time.process_time()
    found = call()
    return time.process_time() - start, found

def lifelines_curve(rows=slice(None)):
    fitted = KaplanMeierFitter().fit(t[rows], d[rows])
    return fitted.predict(5.0)

def sksurv_curve(rows=slice(None)):
    times, alive, _ = kaplan_meier_estimator(d[rows], t[rows], conf_type="log-log")
    return alive[np.searchsorted(times, 5.0, side="right") - 1]

def lifelines_test(rows=slice(None)):
    a, b = g[rows] == 0, g[rows] == 1
    held = t[rows], d[rows]
    return logrank_test(held[0][a], held[0][b], held[1][a], held[1][b]).test_statistic

def sksurv_test(rows=slice(None)):
    return compare_survival(y[rows], g[rows])[0]

found = {}
for name, call in (("Kaplan-Meier, lifelines", lifelines_curve),
                   ("Kaplan-Meier, scikit-survival", sksurv_curve),
                   ("log-rank, lifelines", lifelines_test),
                   ("log-rank, scikit-survival", sksurv_test)):
    call(slice(0, 1000))
    seconds, number = timed(call)
    found[name] = {"cpu_seconds": seconds, "number": float(number)}
names = ("lifelines", "scikit-survival", "pandas", "numpy")
print(json.dumps({"found": found, "versions": {n: version(n) for n in names}}))
"""


def main() -> None:
    """Measure all, print, keep."""
    report: dict[str, Any] = {"machine": machine(PACKAGES), "units": UNITS, "rows": ROWS}
    parts: dict[str, Callable[[], Any]] = {
        "curves": lambda: curves(sys.argv[1]) if sys.argv[1:] else {},
        "autocorrelation": autocorrelation,
        "panel": spatial_panel,
    }
    for name, part in parts.items():
        report[name] = part()
        print(name, json.dumps(report[name], indent=1), flush=True)
        write_file(TARGET, json.dumps(report, indent=1) + "\n")


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds and the answer."""
    start = time.process_time()
    found = call()
    return time.process_time() - start, found


def grid(units: int) -> tuple[list[str], pd.DataFrame]:
    """Units on a square, each a neighbour of those beside and below."""
    side = round(units**0.5)
    at = np.arange(units)
    right, below = at[at % side < side - 1], at[at + side < units]
    names = np.array([f"{i:06d}" for i in at], dtype=object)
    first = np.concatenate([right, below])
    second = np.concatenate([right + 1, below + side])
    return names.tolist(), pd.DataFrame({"city_a": names[first], "city_b": names[second]})


def libpysal_weights(neighbours: Neighbours) -> Any:
    """The same row-standardised weights for esda and spreg."""
    from libpysal.weights import WSP, WSP2W  # noqa: PLC0415

    return WSP2W(WSP(sparse.csr_matrix(neighbours.matrix)), silence_warnings=True)


def autocorrelation() -> list[dict[str, Any]]:
    """Moran's I and local Moran with permutations."""
    from esda.moran import Moran, Moran_Local  # noqa: PLC0415

    rows: list[dict[str, Any]] = []
    for units in (400, UNITS):  # the first compiles
        ids, pairs = grid(units)
        w = Neighbours.from_pairs(pairs, ids)
        theirs = libpysal_weights(w)
        theirs.transform = "r"
        values = pd.Series(np.random.default_rng(1).normal(size=units).cumsum(), index=ids)
        mine, ours = timed(lambda w=w, v=values: moran(v, w, DRAWN))
        other, found = timed(lambda v=values, t=theirs: Moran(v.to_numpy(), t, permutations=DRAWS))
        gap = abs(ours.statistic / found.I - 1)
        whole = {"task": f"Moran's I, {DRAWS} permutations", "econshrink": mine, "esda": other}
        mine, table = timed(lambda w=w, v=values: local_moran(v, w, DRAWN))
        other, found = timed(
            lambda v=values, t=theirs: Moran_Local(
                v.to_numpy(), t, permutations=DRAWS, seed=1, n_jobs=1
            )
        )
        own = table.iloc[:, 0].to_numpy(dtype=float)
        away = float(np.abs(own / np.abs(own).max() - found.Is / np.abs(found.Is).max()).max())
        local = {"task": f"local Moran, {DRAWS} permutations", "econshrink": mine, "esda": other}
        rows = [whole | {"gap": float(gap)}, local | {"gap": away}]
    return rows


def spatial_panel() -> list[dict[str, Any]]:
    """A spatial lag with unit effects by maximum likelihood; who does not finish says so."""
    import spreg  # noqa: PLC0415

    rows = []
    for units in (900, UNITS):
        ids, pairs = grid(units)
        w = Neighbours.from_pairs(pairs, ids)
        theirs = libpysal_weights(w)
        rng = np.random.default_rng(2)
        x = rng.normal(size=(2, units, YEARS))
        y = 0.5 * x[0] - 0.3 * x[1] + rng.normal(size=(units, YEARS))
        index = {"city": np.repeat(ids, YEARS), "year": [*range(2001, 2001 + YEARS)] * units}
        frame = pd.DataFrame(index | {"y": y.ravel(), "a": x[0].ravel(), "b": x[1].ravel()})
        panel = CityPanel.from_long(frame, synthetic=True)
        spec = Spec("y", ("a", "b"), ("city",))
        long_x = np.column_stack([x[0].T.ravel(), x[1].T.ravel()])
        row: dict[str, Any] = {"units": units, "years": YEARS}
        row["econshrink"] = measure(
            lambda p=panel, s=spec, w=w: fit_spatial(p, s, w, SpatialLag()), PATIENCE
        )
        row["spreg"] = measure(
            lambda y=y, x=long_x, t=theirs: spreg.Panel_FE_Lag(y.T.reshape(-1, 1), x, t), PATIENCE
        )
        rows.append(row)
    return rows


def curves(python: str) -> dict[str, Any]:
    """Kaplan-Meier and the log-rank test of two groups on a million rows with ties."""
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, ROWS)
    length = np.ceil(rng.exponential(8 + 2 * group) * 10) / 10
    end = np.ceil(rng.exponential(15, ROWS) * 10) / 10
    when, event = np.minimum(length, end), (length <= end).astype(int)
    frame = pd.DataFrame({"time": when, "event": event, "group": group})
    names = {"duration": "time", "event": "event"}
    found: dict[str, Any] = {}
    for rows in (frame.head(1000), frame):  # the first loads what is needed
        seconds, curve = timed(lambda rows=rows: kaplan_meier(rows, **names))
        alive = curve.frame.loc[curve.frame["time"] <= 5, "estimate"]
        number = float(alive.iloc[-1])  # at five years, as below
        found["Kaplan-Meier, econshrink"] = {"cpu_seconds": seconds, "number": number}
        seconds, test = timed(lambda rows=rows: log_rank(rows, "group", **names))
        found["log-rank, econshrink"] = {"cpu_seconds": seconds, "number": float(test.statistic)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spells.npz"
        np.savez(path, time=when, event=event, group=group)
        done = subprocess.run(
            [python, "-c", CURVES, str(path)], capture_output=True, text=True, check=True
        )
    told = json.loads(done.stdout.splitlines()[-1])
    return {"found": found | told["found"], "versions": told["versions"]}


if __name__ == "__main__":
    main()
