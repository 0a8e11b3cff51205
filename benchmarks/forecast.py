"""Time the backtest of all models, errors in parts: 300 cities, all origins, 2,000 draws.

Run: python benchmarks/forecast.py
"""

from __future__ import annotations

import json
import platform
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.data import load_adjacency
from econshrink.demography import national_growth
from econshrink.forecast import (
    BacktestDesign,
    Boosted,
    Drift,
    ErrorParts,
    InformationSet,
    LastValue,
    PathModel,
    PooledGrowth,
    ScaledDrift,
    ShareOfGrowth,
    ShiftShare,
    ShrunkDrift,
    Theta,
    TwoPart,
    national_mixture,
    run_backtest,
)

RESULTS = Path(__file__).parent / "results" / "forecast.json"
CITIES, YEARS, DRAWS, LIMIT_SECONDS, LIMIT_GB = 300, range(1998, 2025), 2000, 30, 1


def main() -> None:
    """Run once with progress, print CPU and wall seconds and peak memory, write them down."""
    view = _country()
    truth = pd.DataFrame(np.exp(view.level), index=list(view.cities), columns=list(view.years))
    design = BacktestDesign(
        tuple(range(2003, 2024)), draws=DRAWS, spreading=ErrorParts(), recalibrated=False
    )
    wall, cpu = time.perf_counter(), time.process_time()
    found = run_backtest(view.until, truth, _models(view.cities), design, progress=_say)
    record = {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "models": len(_models(view.cities)),
        "cities": CITIES,
        "origins": len(design.origins),
        "horizons": list(design.horizons),
        "draws": DRAWS,
        "cases": len(found.cases),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "wall_seconds": round(time.perf_counter() - wall, 1),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "limits": {"seconds": LIMIT_SECONDS, "gb": LIMIT_GB},
    }
    print(json.dumps(record, indent=1))
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _models(cities: tuple[str, ...]) -> dict[str, PathModel]:
    natural = national_growth(cities, 0.002, first_origin=YEARS[0], last_year=YEARS[-1] + 20)
    every: tuple[PathModel, ...] = (
        LastValue(), Drift(), Drift(damping=0.8), ShrunkDrift(), ShareOfGrowth(), ShiftShare(),
        Theta(), PooledGrowth(), Boosted(), ScaledDrift(natural), TwoPart(natural, 0.8),
        TwoPart(natural, 0.9), national_mixture(natural),
    )  # fmt: skip
    return {model.label: model for model in every}


def _country() -> InformationSet:
    """Growth that persists in nation, province and city, with noise, and real neighbours."""
    rng = np.random.default_rng(1)
    groups = np.arange(CITIES) % 31
    years = len(YEARS)
    rate = rng.normal(0, 0.004, 31)[groups, None] + rng.normal(0, 0.006, (CITIES, 1))
    steps = rate + rng.normal(0, 0.004, (CITIES, years)) + rng.normal(0, 0.001, years)
    start = rng.normal(15, 0.7, (CITIES, 1))
    pairs = load_adjacency()
    codes = sorted({*pairs["city_a"], *pairs["city_b"]})[:CITIES]
    place = pd.Series(range(CITIES), index=codes)
    both = np.column_stack([place.reindex(pairs[k]).to_numpy() for k in ("city_a", "city_b")])
    kept = both[~np.isnan(both).any(axis=1)].astype(np.intp)
    return InformationSet(
        tuple(codes), tuple(YEARS), start + steps.cumsum(axis=1), groups, {}, kept, synthetic=True
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
