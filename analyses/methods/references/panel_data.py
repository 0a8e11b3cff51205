"""Data of the panel references, and helpers that turn estimates into numbers by label."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from econshrink import CityPanel, Estimate, Spec, fit_fe
from econshrink.inference import Vcov

FOLDER = Path(__file__).resolve().parents[3] / "tests" / "reference"
Numbers = dict[tuple[str, str], float]
EIGHT = tuple(f"x{i}" for i in range(1, 9))


@cache
def grunfeld() -> CityPanel:
    """Investment of ten firms, 1935–1954."""
    table = pd.read_csv(FOLDER / "data" / "grunfeld.csv")
    table["city"] = [f"{firm:06d}" for firm in table.pop("firm")]
    return CityPanel.from_long(table, source="Grunfeld (1958)")


@cache
def empluk() -> CityPanel:
    """Employment of 140 firms, logs."""
    table = pd.read_csv(FOLDER / "data" / "empluk.csv")
    logs = {"n": "emp", "w": "wage", "k": "capital", "ys": "output"}
    table = table.assign(**{short: np.log(table[name]) for short, name in logs.items()})
    table["city"] = [f"{firm:06d}" for firm in table.pop("firm")]
    return CityPanel.from_long(table[["city", "year", *logs]], source="Arellano and Bond (1991)")


@cache
def generated300() -> CityPanel:
    """The generated panel of 300 cities and 20 years, from a fixed stream."""
    rng = np.random.default_rng(0)
    n, years, k = 300, 20, 8
    city, year = np.repeat(np.arange(n), years), np.tile(np.arange(years), n)
    a, g, x = rng.normal(size=n), rng.normal(size=years), rng.normal(size=(n * years, k))
    x = x + (0.5 * a[city] + 0.3 * g[year])[:, None]
    c, v = rng.normal(size=n), rng.normal(size=n * years)
    error = 0.3 * c[city] + v * (1 + 0.5 * np.abs(x[:, 0]))
    table = pd.DataFrame(x, columns=list(EIGHT))
    table["y"] = x @ np.linspace(0.5, -0.5, k) + a[city] + g[year] + error
    table["city"], table["year"] = [f"{i:06d}" for i in city], 2004 + year
    names = [f"{i:06d}" for i in range(n)]
    provinces = pd.DataFrame({"province": [str(i % 31) for i in range(n)]}, index=names)
    return CityPanel.from_long(table, attributes=provinces, source="generated300")


def coefficients(estimate: Estimate, error: str = "se") -> Numbers:
    """Coefficients and standard errors by label."""
    numbers: Numbers = {}
    for term in estimate.terms:
        label = "(Intercept)" if term == "Intercept" else term
        numbers["coef", label] = estimate.coefficient(term)
        numbers[error, label] = estimate.std_error(term)
    return numbers


def fixed_effects(panel: CityPanel, formula: str, vcov: Vcov) -> Numbers:
    """A fixed-effects fit of a formula."""
    return coefficients(fit_fe(panel, Spec.parse(formula), vcov))


def grunfeld_fe(effects: str, vcov: Vcov) -> Callable[[], Numbers]:
    """A fit of Grunfeld's equation, when called."""
    return lambda: fixed_effects(grunfeld(), f"inv ~ value + capital | {effects}", vcov)


def generated_fe(
    vcov: Vcov, terms: str = " + ".join(EIGHT), effects: str = "city + year"
) -> Callable[[], Numbers]:
    """A fit of the generated panel, when called."""
    return lambda: fixed_effects(generated300(), f"y ~ {terms} | {effects}", vcov)
