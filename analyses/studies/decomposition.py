"""Bias and coverage of the decompositions where the truth is known, with few clusters and more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from analyses.machinery.studies.plan import Plan, Setting
from econshrink.core.seeds import generator
from econshrink.decompose import (
    BASE,
    Columns,
    ThreeFold,
    TwoFold,
    gelbach_draws,
    gelbach_errors,
    oaxaca_draws,
    oaxaca_errors,
)
from econshrink.lab import Answer, Study

SHIFT = np.array([0.8, -0.5])  # mean of the covariates on side A less side B
B_A, B_B = np.array([1.0, 2.0]), np.array([0.5, 1.0])
LEVEL = 0.3  # of side A, at zero covariates
SHARE_A = 0.4
TERMS = {
    "endowments of age": ("endowments", "age"),
    "interaction": ("gap", "interaction"),
    "explained by jobs": ("explained", "jobs"),
    "gap": ("gap", "total"),
    "Gelbach, age": ("side", "age"),
    "Gelbach, jobs": ("side", "jobs"),
}


@dataclass(frozen=True)
class Sides(Setting):
    """A cross-section with two sides in every cluster.

    Parameters
    ----------
    clusters, size : int
        Number of clusters, rows in each.
    """

    clusters: int
    size: int = 5


def draw(settings: Sides, seed: int) -> tuple[Columns, np.ndarray]:
    """Columns with the dummy of side A first, and which rows are on side A.

    Covariates and errors have a part shared in the cluster; slopes differ by side.
    """
    rng = generator("study.decomposition.draw", seed)
    home = np.repeat(np.arange(settings.clusters), settings.size)
    side = (rng.random(len(home)) < SHARE_A).astype(float)
    shared = rng.normal(size=(settings.clusters, 3))[home]
    x = 0.6 * shared[:, :2] + rng.normal(size=(len(home), 2)) + side[:, None] * SHIFT
    slope = np.where(side[:, None] > 0, B_A, B_B)
    noise = 0.7 * shared[:, 2] + rng.normal(size=len(home))
    y = (x * slope).sum(axis=1) + noise + LEVEL * side
    places = {BASE: np.array([0]), "age": np.array([1]), "jobs": np.array([2])}
    names = ("side", "age", "jobs")
    return Columns(y, np.column_stack([side, x]), names, places, home), side == 1.0


def estimate(data: tuple[Columns, np.ndarray], rng: np.random.Generator) -> Mapping[str, Answer]:  # noqa: ARG001
    """All decompositions once, with their delta-method errors and t limits (clusters − 1)."""
    full, is_a = data
    places = {"age": np.array([0]), "jobs": np.array([1])}
    short = Columns(full.y, full.x[:, 1:], full.names[1:], places, full.clusters)
    labels, values = gelbach_draws(full, full.ones)
    found = dict(zip(labels, zip(values[0], gelbach_errors(full), strict=True), strict=True))
    for fold in (TwoFold(), ThreeFold()):
        labels, values = oaxaca_draws(short, is_a, fold, short.ones)
        errors = oaxaca_errors(short, is_a, fold)
        found |= dict(zip(labels, zip(values[0], errors, strict=True), strict=True))
    freedom = full.cluster_count - 1
    return {term: _answer(*found[pair], freedom) for term, pair in TERMS.items()}


def truth(data: tuple[Columns, np.ndarray]) -> dict[str, float]:  # noqa: ARG001 - the same in every draw
    """Population values: covariates have one variance on both sides."""
    pooled = SHARE_A * B_A + (1 - SHARE_A) * B_B
    return {
        "endowments of age": SHIFT[0] * B_B[0],
        "interaction": float(SHIFT @ (B_A - B_B)),
        "explained by jobs": SHIFT[1] * pooled[1],
        "gap": float(SHIFT @ B_A) + LEVEL,
        "Gelbach, age": SHIFT[0] * pooled[0],
        "Gelbach, jobs": SHIFT[1] * pooled[1],
    }


def _answer(value: float, error: float, freedom: int) -> Answer:
    reach = float(special.stdtrit(freedom, 0.975)) * error
    return Answer(value, error, value - reach, value + reach)


PLANS = (
    Plan(
        Study("decomposition", estimate, truth, draw),
        {"31 clusters": Sides(31), "100 clusters": Sides(100)},
        2000,
        "Oaxaca–Blinder and Gelbach decompositions, errors clustered",
        "analyses.studies.decomposition",
        chunk=250,
    ),
)
