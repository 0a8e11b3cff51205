"""Two-way fixed effects with clustered errors on 100,000 to ten million rows, beside pyfixest.

Run ``python -m benchmarks.rows [rows ...]`` with a Python that holds pyfixest (default 100,000 and
1,000,000). Both begin with a DataFrame and a formula and end with clustered standard errors. Every
measurement is a process of its own, so that peaks do not add up: CPU seconds of the second call
(the first up to three million rows warms up), and the peak of resident memory in all. Every pair of
results is kept in ``benchmarks/results/rows.json`` as soon as it is there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

WARM = 3_000_000  # rows up to which a first call is not counted
YEARS, KEPT = 20, 0.9
ORDERS = ("sorted by unit", "shuffled, integer ids", "shuffled, text ids")
PROGRAMS = ("econshrink", "pyfixest")
KEYS = ("rows", "order", "program")
LIMITS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}


def measure(program: str, rows: int, order: str) -> dict[str, Any]:
    """Run one program once in this process."""
    import resource  # noqa: PLC0415 - not on Windows
    import time  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    frame = make_frame(rows, order)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    if program == "econshrink":
        from econshrink import fit_fe  # noqa: PLC0415

        def fit() -> tuple[Any, Any]:
            model = "y ~ x1 + x2 + x3 + x4 | firm + year"
            found = fit_fe(frame, model, unit="firm", time="year")
            return found.coefficients, found.std_errors
    else:
        import pyfixest  # noqa: PLC0415

        def fit() -> tuple[Any, Any]:
            model = "y ~ x1 + x2 + x3 + x4 | firm + year"
            found = pyfixest.feols(model, data=frame, vcov={"CRV1": "firm"})
            return found.coef().to_numpy(), found.se().to_numpy()

    if rows <= WARM:
        fit()
        times = []
        for _ in range(3):
            start = time.process_time()
            coefficients, errors = fit()
            times.append(time.process_time() - start)
        seconds = min(times)
    else:  # compiled functions are made on a small table
        start = time.process_time()
        coefficients, errors = fit()
        seconds = time.process_time() - start
    return {
        "program": program,
        "rows": len(frame),
        "order": order,
        "cpu_seconds": seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "frame_mb": before,
        "coefficients": np.asarray(coefficients).tolist(),
        "std_errors": np.asarray(errors).tolist(),
    }


def make_frame(rows: int, order: str) -> Any:
    """A panel of 20 years with 10 % of its rows missing, four regressors, both effects in them."""
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    units = round(rows / YEARS / KEPT)
    rng = np.random.default_rng(0)
    kept = np.flatnonzero(rng.random(units * YEARS) < KEPT)
    if order != ORDERS[0]:
        rng.shuffle(kept)
    unit, year = kept // YEARS, kept % YEARS
    shared = 0.5 * rng.normal(size=units)[unit] + 0.3 * rng.normal(size=YEARS)[year]
    columns = {f"x{i}": rng.normal(size=len(kept)) + shared for i in range(1, 5)}
    y = 0.5 * columns["x1"] - 0.2 * columns["x3"] + shared + rng.normal(size=len(kept))
    ids = np.array([f"u{i:07d}" for i in range(units)], dtype=object) if "text" in order else None
    first = {"firm": unit if ids is None else ids[unit], "year": year + 2000, "y": y}
    return pd.DataFrame(first | columns, copy=False)


def main() -> None:
    """Run every program on every size and order; print ratios and write the results."""
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]), sys.argv[4])))
        return
    sizes = [int(word) for word in sys.argv[1:]] or [100_000, 1_000_000]
    for rows in sizes:
        for order in ORDERS:
            pair = []
            for program in PROGRAMS:
                call = [sys.executable, "-m", "benchmarks.rows", "one", program, str(rows), order]
                run = subprocess.run(
                    call, capture_output=True, text=True, check=True, env=os.environ | LIMITS
                )
                pair.append(json.loads(run.stdout.splitlines()[-1]))
            ours, theirs = pair
            gap = max(
                abs(a / b - 1)
                for name in ("coefficients", "std_errors")
                for a, b in zip(ours[name], theirs[name], strict=True)
            )
            ratio = theirs["cpu_seconds"] / ours["cpu_seconds"]
            print(
                f"{ours['rows']:>11,} rows, {order:22s} {ours['cpu_seconds']:7.2f} s, pyfixest "
                f"{theirs['cpu_seconds']:7.2f} s ({ratio:.1f}x); peak {ours['peak_mb']:,.0f} and "
                f"{theirs['peak_mb']:,.0f} MB, the frame alone {ours['frame_mb']:,.0f}; "
                f"largest relative gap {gap:.1e}",
                flush=True,
            )
            keep([part | {"largest_relative_gap": gap} for part in pair])


def keep(found: list[dict[str, Any]]) -> None:
    """Write results at once, in place of those of the same size, order and program."""
    target = Path(__file__).parent / "results" / "rows.json"
    before = json.loads(target.read_text(encoding="utf-8")) if target.exists() else []
    fresh = {tuple(one[key] for key in KEYS) for one in found}
    left = [one for one in before if tuple(one[key] for key in KEYS) not in fresh]
    results = sorted([*left, *found], key=lambda one: (one["rows"], ORDERS.index(one["order"])))
    target.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
