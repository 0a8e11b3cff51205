"""Dynamic panels: Arellano-Bond and Blundell-Bond, and the Nickell bias of fixed effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analyses.machinery.studies.plan import Plan, Setting
from analyses.studies.light_panel import answer, panel_of
from econshrink import CityPanel, Spec, fit_fe
from econshrink.lab import Answer, Study
from econshrink.panel import (
    DifferenceGmm,
    Exogenous,
    LaggedDifferences,
    LaggedLevels,
    SystemGmm,
    YearDummies,
    fit_gmm,
)

SLOPE, BURN = 0.4, 50
LAG = "lag(y)"


@dataclass(frozen=True)
class DynamicPanel(Setting):
    """y_t = memory y_{t−1} + 0.4 x_t + city + year + e_t, started long before.

    Parameters
    ----------
    memory : float
    cities, years : int
        Years observed.
    """

    memory: float = 0.5
    cities: int = 300
    years: int = 7


def draw(settings: DynamicPanel, seed: int) -> tuple[CityPanel, float]:
    """The covariate is persistent, exogenous and correlated with the city effect."""
    rng = np.random.default_rng(seed)
    n, total = settings.cities, settings.years + BURN
    city, year = rng.normal(size=n), 0.3 * rng.normal(size=total)
    x, y = np.zeros((n, total)), np.zeros((n, total))
    for t in range(1, total):
        x[:, t] = 0.6 * x[:, t - 1] + 0.2 * city + rng.normal(size=n)
        shock = rng.normal(size=n) * np.exp(0.2 * x[:, t] - 0.1)
        y[:, t] = settings.memory * y[:, t - 1] + SLOPE * x[:, t] + city + year[t] + shock
    return panel_of({"y": y[:, BURN:], "x": x[:, BURN:]}), settings.memory


def estimate(data: tuple[CityPanel, float], rng: np.random.Generator) -> dict[str, Answer]:  # noqa: ARG001
    """Lag and slope by fixed effects, difference and system GMM (two steps, Windmeijer)."""
    panel, spec = data[0], Spec("y", (LAG, "x"), ("city", "year"))
    levels = LaggedLevels("y", 2, 4, collapse=True)
    difference = (levels, Exogenous(("x",)), YearDummies())
    system = (
        levels,
        LaggedDifferences("y", collapse=True),
        Exogenous(("x",)),
        YearDummies("level"),
    )
    fits = {
        "fixed effects": fit_fe(panel, spec),
        "difference GMM": fit_gmm(panel, spec, difference, DifferenceGmm()),
        "difference GMM, uncorrected": fit_gmm(
            panel, spec, difference, DifferenceGmm(corrected=False)
        ),
        "system GMM": fit_gmm(panel, spec, system, SystemGmm()),
    }
    return {
        f"{name}: {label}": answer(fit, term)
        for name, fit in fits.items()
        for label, term in (("lag", LAG), ("x", "x"))
    }


def truth(data: tuple[CityPanel, float]) -> dict[str, float]:
    """Memory and slope under every label."""
    names = (
        "fixed effects",
        "difference GMM",
        "difference GMM, uncorrected",
        "system GMM",
    )
    return {
        f"{name}: {label}": value
        for name in names
        for label, value in (("lag", data[1]), ("x", SLOPE))
    }


PLANS = (
    Plan(
        Study("panel_dynamic", estimate, truth, draw=draw),
        {"memory 0.5": DynamicPanel(), "memory 0.8": DynamicPanel(memory=0.8)},
        replicates=120,
        title="Dynamic panels by difference and system GMM with collapsed instruments",
        module="analyses.studies.panel_dynamic",
    ),
)
