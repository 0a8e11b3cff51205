"""Write `survival_data/yearly.csv`: a small synthetic panel of the shape our estimators meet.

Run from the root of the repository: ``python tests/reference/make_survival_yearly.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.core.seeds import generator


def yearly(cities: int = 120, years: int = 10) -> pd.DataFrame:
    """Yearly rows with ties, late entry, gaps, repeated events and provinces that share a level."""
    rng = generator("reference.survival.yearly")
    level = rng.normal(scale=0.5, size=12)
    rows = []
    for city in range(cities):
        province = city % 12
        entry = int(rng.integers(0, 4)) if city % 3 == 0 else 0
        z, zone = int(rng.integers(0, 2)), int(rng.integers(0, 3))
        x = rng.normal()
        for year in range(entry, years):
            x = 0.7 * x + rng.normal(scale=0.7)
            if rng.random() < 0.03:
                continue  # a year without a figure: the city is not at risk in it
            lift, weight = rng.normal(scale=0.3), rng.uniform(0.5, 2.0)
            hazard = np.exp(-2.1 + 0.04 * year + 0.5 * x - 0.4 * z + level[province] + lift)
            event = int(rng.random() < -np.expm1(-hazard))
            cause = ("loss", "merger")[int(rng.random() < 0.35)] if event else ""
            rows.append((city, province, zone, year, year + 1, event, cause, x, z, lift, weight))
            if (event and rng.random() < 0.6) or rng.random() < 0.03:
                break
    names = ["city", "province", "zone", "start", "stop", "event", "cause", "x", "z", "lift", "w"]
    return pd.DataFrame(rows, columns=names).round({"x": 6, "lift": 6, "w": 6})


if __name__ == "__main__":
    target = Path(__file__).parent / "survival_data" / "yearly.csv"
    yearly().to_csv(target, index=False, lineterminator="\n")
