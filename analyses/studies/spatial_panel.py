"""Two-way spatial Durbin panels: both likelihoods, with effects and their standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

from analyses.machinery.studies.plan import Plan, Setting
from analyses.studies.light_panel import panel_of
from econshrink import CityPanel, Spec
from econshrink.core.arrays import Floats
from econshrink.lab import Answer, Study
from econshrink.spatial import (
    DummyVariables,
    Eigenvalues,
    LeeYu,
    Neighbours,
    fit_spatial,
    spatial_impacts,
)

RHO, BETA, THETA = 0.4, (0.5, -0.3), (0.2, 0.1)
LIKELIHOODS = {"dummies": DummyVariables(), "Lee-Yu": LeeYu()}
SHOWN = ("rho", "a", "W(a)", "direct(a)", "indirect(a)", "total(a)")


@dataclass(frozen=True)
class DurbinPanel(Setting):
    """y = ρWy + aβ + Waθ + city + year + e on six nearest neighbours of fixed random points."""

    cities: int = 100
    years: int = 10


@cache
def place(cities: int) -> tuple[Neighbours, Floats, Eigenvalues]:
    """Weights, dense weights and eigenvalues of a number of cities."""
    points = np.random.default_rng(cities).random((cities, 2))
    near = cKDTree(points).query(points, 7)[1][:, 1:]
    cells = (np.repeat(np.arange(cities), 6), near.ravel())
    w = sparse.csr_array((np.full(6 * cities, 1 / 6), cells), shape=(cities, cities))
    codes = tuple(f"{i:06d}" for i in range(cities))
    return Neighbours(codes, w), w.toarray(), Eigenvalues.of(w)


def draw(settings: DurbinPanel, seed: int) -> CityPanel:
    """A panel in which neighbours' covariates and outcomes matter."""
    rng = np.random.default_rng(seed)
    n, years = settings.cities, settings.years
    _, w, _ = place(n)
    a, b, e = rng.normal(size=(3, n, years))
    mean = BETA[0] * a + BETA[1] * b + THETA[0] * w @ a + THETA[1] * w @ b
    mean = mean + rng.normal(size=(n, 1)) + rng.normal(size=(1, years)) + e
    return panel_of({"y": np.linalg.solve(np.eye(n) - RHO * w, mean), "a": a, "b": b})


def truth(panel: CityPanel) -> dict[str, float]:
    """Parameters and effects of LeSage and Pace."""
    n = len(panel.cities)
    _, w, _ = place(n)
    effect = np.linalg.solve(np.eye(n) - RHO * w, BETA[0] * np.eye(n) + THETA[0] * w)
    direct, total = np.trace(effect) / n, effect.sum() / n
    known = {"rho": RHO, "a": BETA[0], "W(a)": THETA[0], "direct(a)": direct, "total(a)": total}
    known["indirect(a)"] = total - direct
    return {
        f"{name}: {key}": value for name in ("dummies", "Lee-Yu") for key, value in known.items()
    }


def estimate(panel: CityPanel, rng: np.random.Generator) -> dict[str, Answer]:  # noqa: ARG001
    """Parameters and effects by both likelihoods, W first, then demean."""
    neighbours, _, roots = place(len(panel.cities))
    spec = Spec("y", ("a", "b"), ("city", "year"))
    found: dict[str, Answer] = {}
    for name, likelihood in LIKELIHOODS.items():
        fit = fit_spatial(panel, spec, neighbours, likelihood=likelihood, determinant=roots)
        table = pd.concat([fit.tidy(), spatial_impacts(fit).tidy()]).set_index("term")
        for term in SHOWN:
            row = table.loc[term]
            found[f"{name}: {term}"] = Answer(
                *(float(row[c]) for c in ("estimate", "std_error", "conf_low", "conf_high"))
            )
    return found


PLANS = (
    Plan(
        Study("spatial_panel", estimate, truth, draw=draw),
        {"100 cities, 10 years": DurbinPanel(), "300 cities, 10 years": DurbinPanel(300)},
        replicates=200,
        title="Two-way spatial Durbin panels: dummy-variable and transformed likelihood",
        module="analyses.studies.spatial_panel",
    ),
)
