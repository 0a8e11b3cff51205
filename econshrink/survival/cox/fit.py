"""The Cox fit on arrays: shared by plain, recurrent-event and competing-risk regressions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.errors import Fault, SpecError
from econshrink.survival.cox.exact import exact_point, untied_only
from econshrink.survival.cox.likelihood import (
    Hazards,
    clustered_scores,
    hazards,
    score_and_information,
    score_residuals,
)
from econshrink.survival.cox.risk_sets import RiskSets, build_risk_sets
from econshrink.survival.design import SurvivalArrays, SurvivalDesign
from econshrink.survival.kernel.intervals import Floats, Ints
from econshrink.survival.kernel.newton import Point, Solution, maximise


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted model in the units of the covariates, with what later steps need.

    Parameters
    ----------
    beta : ndarray, shape (k,)
    model_covariance : ndarray, shape (k, k)
        Inverse information.
    sets : RiskSets
    solution : Solution
        In scaled units: multiply by ``1 / sets.scale``.
    """

    beta: Floats
    model_covariance: Floats
    sets: RiskSets
    solution: Solution

    @property
    def scaled_beta(self) -> Floats:
        """Coefficients of the scaled covariates."""
        return self.solution.best.beta


def prepare(arrays: SurvivalArrays, design: SurvivalDesign) -> RiskSets:
    """Build the risk sets that a design asks for."""
    frequency = design.weights is not None and design.weights.kind == "frequency"
    if design.ties == "exact" and design.weights is not None:
        raise SpecError(
            Fault("weights with exact ties", "Efron or Breslow ties", "Choose one of these.")
        )
    return build_risk_sets(
        arrays.start,
        arrays.stop,
        arrays.event,
        arrays.x,
        arrays.stratum,
        arrays.weight,
        arrays.offset,
        average_ties=design.ties == "efron",
        frequency=frequency,
    )


def fit_arrays(
    arrays: SurvivalArrays,
    design: SurvivalDesign,
) -> CoxFit:
    """Maximise the partial likelihood.

    Raises
    ------
    SpecError
        No covariates, one that is constant within every risk set, or collinear ones.
    ConvergenceError
        Monotone likelihood.
    """
    if not design.covariates:
        raise SpecError(Fault("no covariates", "at least one", "Use kaplan_meier instead."))
    sets = prepare(arrays, design)
    if design.ties == "exact":
        reduced, tied = untied_only(sets)
        solution = maximise(lambda b: exact_point(reduced, tied, b), sets.x, design.covariates)
    else:
        solution = maximise(lambda b: partial_point(sets, b), sets.x, design.covariates)
    return CoxFit(
        solution.best.beta / sets.scale,
        solution.inverse / np.outer(sets.scale, sets.scale),
        sets,
        solution,
    )


def partial_point(sets: RiskSets, beta: Floats) -> Point:
    """Evaluate the Efron or Breslow partial likelihood."""
    state = hazards(sets, beta)
    if not np.isfinite(state.loglik):
        k = len(beta)
        return Point(beta, -np.inf, np.zeros(k), np.eye(k))
    return Point(beta, state.loglik, *score_and_information(sets, state), state)


def sandwich(fit: CoxFit, cluster: Ints | None, *, frequency: bool) -> tuple[Floats, float]:
    """Return the robust covariance and the robust score statistic.

    Parameters
    ----------
    fit : CoxFit
    cluster : ndarray of int, shape (n,), optional
        Number of the cluster of every row of the table handed in; None if each row is its own.
    frequency : bool
        True if weights count identical rows.

    Returns
    -------
    covariance : ndarray, shape (k, k)
    robust_score : float
        Robust score statistic of the hypothesis that all coefficients are zero; NaN if there are
        fewer clusters than coefficients.
    """
    sums = summed_scores(fit, fit.solution.best, cluster, frequency=frequency)
    spread = fit.solution.inverse @ sums.T
    scale = np.outer(fit.sets.scale, fit.sets.scale)
    at_zero = summed_scores(fit, fit.solution.null, cluster, frequency=frequency)
    statistic = quadratic_form(at_zero.T @ at_zero, fit.solution.null.score)
    return spread @ spread.T / scale, statistic


def summed_scores(fit: CoxFit, at: Point, cluster: Ints | None, *, frequency: bool) -> Floats:
    """Weighted score residuals summed within clusters; their cross product is the meat."""
    sets = fit.sets
    known = at.state if isinstance(at.state, Hazards) else hazards(sets, at.beta)
    if cluster is not None:
        mine, count = cluster[sets.rows], int(cluster.max()) + 1
        return clustered_scores(sets, known, mine, count)
    root = np.sqrt(sets.weight) if frequency else sets.weight
    return score_residuals(sets, known) * root[:, None]


def quadratic_form(matrix: Floats, vector: Floats) -> float:
    """Quadratic form v' M^-1 v of a symmetric M, or NaN if it has no inverse."""
    sizes, axes = np.linalg.eigh(matrix)
    if sizes[0] <= sizes[-1] * len(vector) * np.finfo(float).eps:
        return float("nan")
    return float(((vector @ axes) ** 2 / sizes).sum())
