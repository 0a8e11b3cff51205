"""Fixed effects on tables larger than memory: seconds, peak memory and growth.

Run ``python -m benchmarks.big [million rows ...]`` with a Python that holds the extra ``big``
(default 4 16 64): a panel of 20 years in one Parquet file sorted by unit, and the same rows in an
order by year, which must be sorted first. Every measurement is a process of its own; up to
`COMPARED` million rows the same regression is done in memory by econshrink, pyfixest and, as the
sums that a careful user of pandas would write, pandas. Writes ``benchmarks/results/big.json``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from math import log
from pathlib import Path
from typing import Any

from benchmarks.setting import machine

PACKAGES = ("econshrink", "numpy", "pandas", "pyarrow", "duckdb", "ibis-framework", "pyfixest")

YEARS, STEP = 20, 50_000  # units written at a time
COMPARED = 4
RESAMPLED = 16  # million rows up to which the bootstrap is measured
MODEL = "y ~ x1 + x2 + x3 + x4 | cell + year"
LIMITS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "ARROW")}
ROADS = ("stream", "jackknife", "bootstrap 999", "identify", "sort, then stream")
BESIDE = ("econshrink in memory", "pyfixest", "pandas")


def make(path: Path, millions: float) -> None:
    """Write a balanced panel, a few thousand units at a time."""
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    units = round(millions * 1e6 / YEARS)
    rng = np.random.default_rng(0)
    trend = 0.3 * rng.normal(size=YEARS)
    writer = None
    for first in range(0, units, STEP):
        size = min(STEP, units - first)
        unit = np.repeat(np.arange(first, first + size), YEARS)
        year = np.tile(np.arange(YEARS), size)
        shared = 0.5 * np.repeat(rng.normal(size=size), YEARS) + trend[year]
        x = rng.normal(size=(4, len(unit))) + shared
        y = 0.5 * x[0] - 0.2 * x[2] + shared + rng.normal(size=len(unit))
        steps = rng.normal(-0.002, 0.02, (size, YEARS)).cumsum(axis=1)
        columns = {"cell": unit, "year": (year + 2001).astype(np.int16), "y": y}
        columns |= {f"x{i + 1}": x[i] for i in range(4)}
        columns["population"] = np.exp(8 + steps).ravel()
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=500_000)
    assert writer is not None
    writer.close()


def by_year(source: Path, target: Path) -> None:
    """The same rows, year after year, as yearly grids come."""
    import duckdb  # noqa: PLC0415

    limits = {"threads": 1, "memory_limit": "2GB", "temp_directory": str(target.parent / "spill")}
    with duckdb.connect(config=limits) as connection:
        connection.execute(
            f"copy (select * from '{source}' order by year, hash(cell)) to '{target}' "
            "(format parquet, compression zstd)"
        )


def measure(road: str, path: str) -> dict[str, Any]:
    """Run one program once in this process."""
    import time  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    start, found = time.process_time(), run(road, path)
    seconds = time.process_time() - start
    peak = own_peak() / 1e3
    numbers = np.concatenate([np.ravel(part) for part in found]).tolist()
    return {"road": road, "cpu_seconds": seconds, "peak_mb": peak, "numbers": numbers}


def own_peak() -> int:
    """Most kilobytes this program held; getrusage would count the parent it was started from."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def run(road: str, path: str) -> tuple[Any, Any]:
    """Coefficients and errors, or counts, by one road."""
    if road not in BESIDE:
        return on_disk(road, path)
    import pandas as pd  # noqa: PLC0415

    if road == "pandas":
        return by_pandas(path)
    frame = pd.read_parquet(path)
    if road == "pyfixest":
        import pyfixest  # noqa: PLC0415

        fit = pyfixest.feols(MODEL, data=frame, vcov={"CRV1": "cell"})
        return fit.coef().to_numpy(), fit.se().to_numpy()
    from econshrink import fit_fe  # noqa: PLC0415

    fitted = fit_fe(frame, MODEL, unit="cell", time="year")
    return fitted.coefficients, fitted.std_errors


def on_disk(road: str, path: str) -> tuple[Any, Any]:
    """By `econshrink.big`."""
    from econshrink import Jackknife, Resampling, big  # noqa: PLC0415
    from econshrink.shrinkage import ConsecutiveDecline  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=Path(path).parent) as folder:
        table = big.scan(path, unit="cell", time="year", workspace=big.Workspace(folder))
        if road == "identify":
            judged = big.identify(table, ConsecutiveDecline())
            return (judged.count,), (judged.units,)
        if road.startswith("bootstrap"):
            bootstrap = big.bootstrap_fe(table, MODEL, Resampling(999))
            return bootstrap.estimate.coefficients, bootstrap.draws.std_errors
        fitted = big.fit_fe(table, MODEL, Jackknife() if road == "jackknife" else None)
        return fitted.coefficients, fitted.std_errors


def by_pandas(path: str) -> tuple[Any, Any]:
    """Means taken off twice (the panel is balanced), then normal equations."""
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    frame = pd.read_parquet(path, columns=["cell", "year", "y", "x1", "x2", "x3", "x4"])
    names = ["y", "x1", "x2", "x3", "x4"]
    swept = frame[names] - frame.groupby("cell")[names].transform("mean")
    swept -= frame.groupby("year")[names].transform("mean")
    swept += frame[names].mean()
    y, x = swept["y"].to_numpy(), swept[names[1:]].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    b = bread @ (x.T @ y)
    scores = pd.DataFrame(x * (y - x @ b)[:, None]).groupby(frame["cell"]).sum().to_numpy()
    n, g = len(frame), len(scores)
    scale = g / (g - 1) * (n - 1) / (n - 4 - YEARS)
    return b, np.sqrt(scale * np.diag(bread @ scores.T @ scores @ bread))


def main() -> None:
    """Measure every road at every size; print and keep."""
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(measure(sys.argv[2], sys.argv[3])))
        return
    sizes = [float(word) for word in sys.argv[1:]] or [4.0, 16.0, 64.0]
    results: list[dict[str, Any]] = []
    target = Path(__file__).parent / "results" / "big.json"
    with tempfile.TemporaryDirectory(prefix="benchmark-big-") as folder:
        for millions in sizes:
            path, mixed = Path(folder) / "cells.parquet", Path(folder) / "mixed.parquet"
            make(path, millions)
            by_year(path, mixed)
            roads = [road for road in ROADS if "boot" not in road or millions <= RESAMPLED]
            roads += BESIDE if millions <= COMPARED else ()
            for road in roads:
                source = mixed if road.startswith("sort") else path
                command = [sys.executable, "-m", "benchmarks.big", "one", road, str(source)]
                done = subprocess.run(
                    command, capture_output=True, text=True, env=os.environ | LIMITS, check=False
                )
                if done.returncode:
                    print(f"{road} at {millions:g} million rows: {done.stderr[-300:]}", flush=True)
                    continue
                one = json.loads(done.stdout.splitlines()[-1]) | {"rows": round(millions * 1e6)}
                one |= {"file_mb": source.stat().st_size / 1e6}
                results.append(one)
                print(line(one, results), flush=True)
                kept = {"machine": machine(PACKAGES), "results": results}
                target.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
            path.unlink()
            mixed.unlink()


def line(one: dict[str, Any], results: list[dict[str, Any]]) -> str:
    """One measurement in words, with the exponent since the smaller size and the gap to memory."""
    before = [each for each in results[:-1] if each["road"] == one["road"]]
    text = f"{one['rows']:>12,} rows, {one['road']:22s} {one['cpu_seconds']:8.1f} CPU s, "
    text += f"peak {one['peak_mb']:,.0f} MB"
    if before:
        last = before[-1]
        one["exponent"] = log(one["cpu_seconds"] / last["cpu_seconds"]) / log(
            one["rows"] / last["rows"]
        )
        text += f", exponent {one['exponent']:.2f}"
    here = [e for e in results if e["road"] == "stream" and e["rows"] == one["rows"]]
    if here and one["road"] in (*BESIDE, "sort, then stream"):
        pairs = zip(one["numbers"], here[0]["numbers"], strict=True)
        one["largest_relative_gap"] = max(abs(a / b - 1) for a, b in pairs)
        text += f", gap to stream {one['largest_relative_gap']:.0e}"
    return text


if __name__ == "__main__":
    main()
