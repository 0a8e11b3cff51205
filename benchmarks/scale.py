"""How time and memory of the verbs grow with the number of units.

Run ``python -m benchmarks.scale [n]`` (default 500): every verb of the list below runs at n, 4n and
16n units, each time in a process of its own. Printed are the exponents between 4n and 16n of CPU
seconds and of the memory above the input; ``benchmarks/results/scale.json`` keeps all figures.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any

YEARS = 20
LIMITS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
STEEP = 1.2
PATIENCE = 120  # seconds that a verb may take


def tasks(units: int) -> dict[str, Callable[[], Any]]:
    """Verb to a call on `units` units, its input made already."""
    import numpy as np  # noqa: PLC0415 - after the limits are set
    import pandas as pd  # noqa: PLC0415

    from econshrink import (  # noqa: PLC0415
        CityPanel,
        Conley,
        Jackknife,
        Resampling,
        Spec,
        SpellTable,
        fit_cox,
        fit_fe,
        identify,
        kaplan_meier,
    )
    from econshrink.panel import bootstrap_fe, fit_poisson, fit_re  # noqa: PLC0415
    from econshrink.shrinkage import ConsecutiveDecline, severity  # noqa: PLC0415
    from econshrink.spatial import (  # noqa: PLC0415
        Neighbours,
        fit_spatial,
        lm_tests,
        local_moran,
        moran,
    )

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
    spells = SpellTable(
        pd.DataFrame(
            {
                "city": ids,
                "start": 0.0,
                "stop": rng.integers(1, 25, units).astype(float),
                "event": rng.random(units) < 0.5,
                "z": rng.normal(size=units),
            }
        ),
        "growth run",
    )
    spec = Spec("y", ("a", "b"), ("city", "year"))
    few = Resampling(99)
    return {
        "CityPanel.from_long": lambda: CityPanel.from_long(long),
        "digest": panel.digest,
        "identify": lambda: identify(panel, ConsecutiveDecline()),
        "severity": lambda: severity(panel, (2001, 2000 + YEARS)),
        "fit_fe": lambda: fit_fe(panel, spec),
        "fit_fe, jackknife": lambda: fit_fe(panel, spec, Jackknife("city")),
        "fit_fe, Conley": lambda: fit_fe(panel, spec, Conley(50)),
        "fit_re": lambda: fit_re(panel, Spec("y", ("a", "b"))),
        "fit_poisson": lambda: fit_poisson(panel, Spec("count", ("a",), ("city", "year"))),
        "bootstrap_fe, 99 draws": lambda: bootstrap_fe(panel, spec, few),
        "kaplan_meier": lambda: kaplan_meier(spells),
        "fit_cox": lambda: fit_cox(spells, ["z"]),
        "Neighbours.from_pairs": lambda: Neighbours.from_pairs(pairs, ids),
        "moran, 99 draws": lambda: moran(values, w, few),
        "local_moran, 99 draws": lambda: local_moran(values, w, few),
        "fit_spatial": lambda: fit_spatial(panel, spec, w),
        "lm_tests": lambda: lm_tests(panel, spec, w),
    }


def measure(name: str, units: int) -> dict[str, float]:
    """CPU seconds and memory above the input of one verb, in this process."""
    call = tasks(units)[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    call()
    seconds = time.process_time() - start
    above = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"cpu_seconds": seconds, "mb_above_input": above / 1e3}


def main() -> None:
    """Run all; a verb that fails or takes too long is printed as such."""
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
        return
    n = int(sys.argv[1]) if sys.argv[1:] else 500
    found: dict[str, Any] = {}
    for name in tasks(16):
        row: dict[str, Any] = {}
        for units in (n, 4 * n, 16 * n):
            call = [sys.executable, "-m", "benchmarks.scale", "one", name, str(units)]
            try:
                run = subprocess.run(
                    call,
                    capture_output=True,
                    text=True,
                    check=True,
                    timeout=PATIENCE,
                    env=os.environ | LIMITS,
                )
                row[str(units)] = json.loads(run.stdout.splitlines()[-1])
            except subprocess.TimeoutExpired:
                row["stopped"] = f"{units} units: more than {PATIENCE} s"
                break
            except subprocess.CalledProcessError as problem:
                row["stopped"] = f"{units} units: {problem.stderr.splitlines()[-1]}"
                break
        else:
            small, large = row[str(4 * n)], row[str(16 * n)]
            row["time_exponent"] = exponent(small["cpu_seconds"], large["cpu_seconds"])
            row["memory_exponent"] = exponent(small["mb_above_input"], large["mb_above_input"])
        found[name] = row
        steep = row.get("time_exponent", 9.0) > STEEP
        print(
            f"{name:26s} time {row.get('time_exponent', float('nan')):5.2f}  "
            f"memory {row.get('memory_exponent', float('nan')):5.2f}  "
            f"{row.get('stopped', '')}{'  steep' if steep else ''}",
            flush=True,
        )
    report = {"units": [n, 4 * n, 16 * n], "years": YEARS, "verbs": found}
    target = Path(__file__).parent / "results" / "scale.json"
    target.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def exponent(small: float, large: float) -> float:
    """Growth of a figure over four times as many units; the least that is told apart is 1 %."""
    return log(max(large, 0.01) / max(small, 0.01)) / log(4)


if __name__ == "__main__":
    main()
