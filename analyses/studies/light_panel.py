"""Pieces of the light data generators: a panel from arrays, an interval from an estimate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from econshrink import CityPanel, Estimate
from econshrink.core.arrays import Floats
from econshrink.lab import Answer

FIRST_YEAR = 2000
PROVINCES = 31


def panel_of(
    columns: Mapping[str, Floats], attributes: Mapping[str, object] | None = None
) -> CityPanel:
    """A synthetic panel from arrays of shape (cities, years), all alike.

    Examples
    --------
    >>> panel_of({"y": np.ones((2, 3))}).years
    (2000, 2001, 2002)
    """
    cities, years = next(iter(columns.values())).shape
    codes = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product(
        [codes, range(FIRST_YEAR, FIRST_YEAR + years)], names=["city", "year"]
    )
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index)
    named = pd.DataFrame(dict(attributes or {}), index=pd.Index(codes, name="city"))
    return CityPanel(frame, attributes=named, source="light generator", synthetic=True)


def answer(estimate: Estimate, term: str) -> Answer:
    """Estimate, standard error and the limits that the estimate itself prints."""
    row = estimate.tidy().set_index("term").loc[term]
    return Answer(
        float(row["estimate"]),
        float(row["std_error"]),
        float(row["conf_low"]),
        float(row["conf_high"]),
    )


def persistent(rng: np.random.Generator, shape: tuple[int, int], memory: float) -> Floats:
    """Stationary AR(1) series by row with unit innovations, shape (cities, years)."""
    shocks = rng.normal(size=shape)
    series = np.empty(shape)
    series[:, 0] = shocks[:, 0] / np.sqrt(1 - memory**2)
    for year in range(1, shape[1]):
        series[:, year] = memory * series[:, year - 1] + shocks[:, year]
    return series
