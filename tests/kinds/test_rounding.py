"""Straight lines are seen through the rounding of a whole table, in fives as in fours."""

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel
from econshrink.data import detect


def table(step):
    """Six of twenty cities on a straight line, the others reported; all rounded to `step`."""
    rng = np.random.default_rng(8)
    rows = []
    for i in range(20):
        base, slope = 33992.0 * (1 + i / 3), 512.0 * (1 + i / 7)
        years = np.arange(12)
        people = (
            base + slope * years if i < 6 else base * np.exp(rng.normal(0.01, 0.012, 12).cumsum())
        )
        rows += [
            (f"{110000 + 100 * i}", 2010 + t, v)
            for t, v in enumerate(np.round(people / step) * step)
        ]
    frame = pd.DataFrame(rows, columns=["city", "year", "population"])
    return CityPanel.from_long(frame, source="made")


@pytest.mark.parametrize("step", [1, 2, 4, 5, 8, 10, 16, 25, 50, 125])
def test_the_interpolated_cities_and_no_others_are_found(step):
    found = detect(table(step), "population")
    runs = found[found["rule"] == "interpolation_run"]
    assert sorted(runs["city"].unique()) == [f"{110000 + 100 * i}" for i in range(6)]
    assert len(runs) == 60
