"""Bias and coverage of the decompositions where the truth is known, with few clusters and more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from analyses.studies.plan import Plan, Setting
from econshrink.estimate.decomposition.gelbach import gelbach
from econshrink.estimate.decomposition.oaxaca import ThreeFold, TwoFold, oaxaca_blinder
from econshrink.lab.montecarlo import Study
from econshrink.lab.performance import Answer
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.seeds import generator

SHIFT = np.array([0.8, -0.5])  # mean of the covariates on side A less side B
B_A, B_B = np.array([1.0, 2.0]), np.array([0.5, 1.0])
LEVEL = 0.3  # of side A, at zero covariates
SHARE_A = 0.4
PARTS = {"age": ("age",), "jobs": ("jobs",)}
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


def draw(settings: Sides, seed: int) -> CityPanel:
    """Covariates and errors with a part shared in the cluster; slopes differ by side."""
    rng = generator("study.decomposition.draw", seed)
    home = np.repeat(np.arange(settings.clusters), settings.size)
    side = (rng.random(len(home)) < SHARE_A).astype(float)
    shared = rng.normal(size=(settings.clusters, 3))[home]
    x = 0.6 * shared[:, :2] + rng.normal(size=(len(home), 2)) + side[:, None] * SHIFT
    slope = np.where(side[:, None] > 0, B_A, B_B)
    noise = 0.7 * shared[:, 2] + rng.normal(size=len(home))
    codes = [f"{i:06d}" for i in range(len(home))]
    frame = pd.DataFrame({"city": codes, "year": 2020, "side": side, "age": x[:, 0]})
    frame = frame.assign(jobs=x[:, 1], y=(x * slope).sum(axis=1) + noise + LEVEL * side)
    provinces = pd.DataFrame({"province": home.astype(str)}, index=pd.Index(codes, name="city"))
    return CityPanel.from_long(frame, attributes=provinces, source="simulated", synthetic=True)


def estimate(panel: CityPanel, rng: np.random.Generator) -> Mapping[str, Answer]:  # noqa: ARG001
    """All decompositions once, with their delta-method errors and t limits (clusters − 1)."""
    short, full = Spec("y", ("age", "jobs")), Spec("y", ("side", "age", "jobs"))
    results = (
        oaxaca_blinder(panel, short, PARTS, "side", ThreeFold(), draws=2),
        oaxaca_blinder(panel, short, PARTS, "side", TwoFold(), draws=2),
        gelbach(panel, full, ("side",), PARTS, draws=2),
    )
    answers = {}
    for term, (target, part) in TERMS.items():
        found = next(r for r in results if target in r.targets and part in r.wide().columns)
        answers[term] = _answer(
            found.number(target, part),
            found.number(target, part, "std_error"),
            len(panel.attributes["province"].unique()) - 1,
        )
    return answers


def truth(panel: CityPanel) -> dict[str, float]:  # noqa: ARG001 - the same in every draw
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
        chunk=100,
    ),
)
