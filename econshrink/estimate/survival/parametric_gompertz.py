"""Gompertz proportional hazards: a hazard that grows or falls exponentially with time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.arrays import codes, group_sums
from econshrink.estimate.survival.cox_newton import Point, maximise
from econshrink.estimate.survival.design import SurvivalDesign, standardise, survival_arrays
from econshrink.estimate.survival.options import (
    ClusterRobust,
    ModelBased,
    SurvivalCovariance,
    required_column,
)
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable

Floats = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)


def fit_gompertz(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    vcov: SurvivalCovariance = ModelBased(),  # noqa: B008  (a frozen option object)
) -> Estimate:
    r"""Fit the hazard :math:`h(t) = \exp(\mu + \gamma t + x'\beta)` by maximum likelihood.

    Parameters
    ----------
    spells : SpellTable
        Late entry and covariates that change with time are allowed.
    covariates : sequence of str
        May be empty.
    vcov : ModelBased, Robust or ClusterRobust

    Returns
    -------
    Estimate
        Terms ``(Intercept)``, the covariates (log hazard ratios) and ``t``, the slope of the log
        hazard in time. `stats` holds ``loglik``, ``events`` and ``iterations``.

    Raises
    ------
    SpecError
        Missing, constant or collinear covariates.
    DataError
        Values that are not finite, or no events.
    ConvergenceError
        No finite maximum.

    Notes
    -----
    Gompertz (1825). The log-likelihood is concave. Integrals of the hazard over a row are by
    Gauss-Legendre quadrature with 40 nodes, exact to rounding unless the hazard changes by more
    than some e^50 within a row; so a slope of 0 needs no formula of its own.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = SpellTable(pd.DataFrame({"city": ["a", "b", "c", "d"], "start": 0,
    ...     "stop": [1, 2, 3, 3], "event": [1, 1, 1, 0]}), rule_id="example")
    >>> fit_gompertz(spells, []).coefficient("t") > 0
    True
    """
    design = SurvivalDesign(tuple(covariates))
    arrays = survival_arrays(spells, design)
    x, centre, spread = standardise(arrays.x, design.covariates)
    unit = float(np.abs([arrays.start, arrays.stop]).max())
    rows = _Rows(
        np.hstack([x, np.ones((len(x), 1))]), arrays.start / unit, arrays.stop / unit, arrays.event
    )
    k = x.shape[1]
    start = np.zeros(k + 2)
    start[k] = np.log(arrays.event.sum() / (rows.stop - rows.start).sum())
    names = (*design.covariates, "(Intercept)", "t")
    solution = maximise(rows.point, x, names, start)
    theta = solution.best.beta
    back = np.zeros((k + 2, k + 2))  # rows: intercept, covariates, time
    back[0, :k], back[0, k] = -centre / spread, 1.0
    back[1 : k + 1, :k] = np.diag(1 / spread)
    back[-1, -1] = 1 / unit
    coefficients = back @ theta
    coefficients[0] -= np.log(unit)
    covariance, label, clusters = _covariance(spells, rows, theta, solution.inverse, vcov)
    events = float(arrays.event.sum())
    return Estimate(
        method="Gompertz proportional hazards",
        terms=("(Intercept)", *design.covariates, "t"),
        coefficients=coefficients,
        covariance=back @ covariance @ back.T,
        vcov_label=label,
        small_sample="none",
        nobs=len(arrays.stop),
        clusters=clusters,
        stats={
            "loglik": solution.best.loglik - events * np.log(unit),
            "events": events,
            "iterations": float(solution.iterations),
        },
        provenance={"design": design.to_text(), "rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Covariates with a column of ones, and the ends of each row in units of the longest time."""

    x: Floats
    start: Floats
    stop: Floats
    event: NDArray[np.bool_]

    def point(self, theta: Floats) -> Point:
        """Log-likelihood, score and information at (coefficients, intercept, slope)."""
        eta, hazard = self._hazard(theta)
        if not np.isfinite(hazard).all():
            k = len(theta)
            return Point(theta, -np.inf, np.zeros(k), np.eye(k))
        loglik = float(self.event @ (eta + theta[-1] * self.stop) - hazard[0].sum())
        mixed = self.x.T @ hazard[1]
        corner = hazard[2].sum()
        dense = (self.x * hazard[0][:, None]).T @ self.x
        information = np.block([[dense, mixed[:, None]], [mixed[None, :], corner]])
        return Point(theta, loglik, self.row_scores(theta).sum(axis=0), information)

    def row_scores(self, theta: Floats) -> Floats:
        """Score of every row, shape (n, k + 2)."""
        _, hazard = self._hazard(theta)
        by_level = self.x * (self.event - hazard[0])[:, None]
        return np.column_stack([by_level, self.event * self.stop - hazard[1]])

    def _hazard(self, theta: Floats) -> tuple[Floats, Floats]:
        """Linear predictor, and the integrals of h, u h and u^2 h over each row; (3, n)."""
        eta = self.x @ theta[:-1]
        half, middle = (self.stop - self.start) / 2, (self.stop + self.start) / 2
        total = np.zeros((3, len(eta)))
        with np.errstate(over="ignore"):
            for node, weight in zip(_NODES, _WEIGHTS, strict=True):
                u = middle + half * node
                part = weight * half * np.exp(eta + theta[-1] * u)
                total += part * np.stack([np.ones_like(u), u, u * u])
        return eta, total


def _covariance(
    spells: SpellTable, rows: _Rows, theta: Floats, inverse: Floats, vcov: SurvivalCovariance
) -> tuple[Floats, str, dict[str, int]]:
    if isinstance(vcov, ModelBased):
        return inverse, "inverse information", {}
    scores = rows.row_scores(theta)
    if not isinstance(vcov, ClusterRobust):
        return inverse @ (scores.T @ scores) @ inverse, "robust by row", {}
    numbers, count = codes(required_column(spells, vcov.column, "cluster").to_numpy())
    half = group_sums(scores, numbers, count) @ inverse
    return half.T @ half, f"clustered by {vcov.column}", {vcov.column: count}
