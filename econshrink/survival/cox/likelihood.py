"""Partial likelihood with Efron or Breslow ties: value, score, information, score residuals.

The loop over tied events touches scalars only; the second moments become one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from econshrink.core.arrays import group_sums, symmetric, weighted_gram
from econshrink.survival.cox.risk_sets import RiskSets
from econshrink.survival.kernel.intervals import RANGE, Floats, Ints


@dataclass(frozen=True, eq=False)
class Hazards:
    """State of the likelihood at one coefficient vector.

    With phi = S0 - f D0, the risk set less the share f of the tied events' risk, `plain` is the
    sum of w/phi over the factors of a time (the hazard increment), `shared` that of w f/phi, and
    `squared` holds those of w/phi^2, w f/phi^2 and w f^2/phi^2.

    Parameters
    ----------
    sets : RiskSets
    loglik : float
    risk : ndarray, shape (m,)
        Weight times relative risk, on a scale of its own within each stratum.
    shift : ndarray, shape (m,)
        Log of that scale.
    additive : bool
        True if sums over risk sets must avoid subtraction.
    s0, plain, shared : ndarray, shape (d,)
    squared : ndarray, shape (3, d)
    """

    sets: RiskSets
    loglik: float
    risk: Floats
    shift: Floats
    additive: bool
    s0: Floats
    plain: Floats
    shared: Floats
    squared: Floats

    @cached_property
    def moments(self) -> tuple[Floats, Floats]:
        """Sums of risk times covariates over the risk sets and over the tied events; (d, k)."""
        sets = self.sets
        s1 = sets.intervals.scatter_products(sets.x, self.risk, self.additive)
        dying = sets.death_x * self.risk[sets.deaths, None]
        return s1, group_sums(dying, sets.death_time, sets.intervals.size)


def hazards(sets: RiskSets, beta: Floats) -> Hazards:
    """Evaluate the partial log-likelihood and the hazard increments at `beta` (scaled units)."""
    eta = sets.x @ beta
    eta += sets.offset
    shift = _stratum_maximum(sets, eta)
    eta -= shift
    risk = np.exp(eta)
    risk *= sets.weight
    deaths, at, size = sets.deaths, sets.death_time, sets.intervals.size
    s0 = sets.intervals.scatter(risk)
    least = s0[sets.step_time].min()
    additive = not sets.intervals.single and bool(least < RANGE * s0.max())
    if additive:
        s0 = sets.intervals.scatter(risk, additive=True)
    d0 = group_sums(risk[deaths], at, size)
    phi = s0[sets.step_time] - sets.step_share * d0[sets.step_time]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        loglik = float(sets.weight[deaths] @ eta[deaths] - sets.step_weight @ np.log(phi))
        unit = sets.step_weight / phi
        unit2 = unit / phi
    if sets.untied:
        none = np.zeros(size)
        squared = np.array([unit2, none, none])
        return Hazards(sets, loglik, risk, shift, additive, s0, unit, none, squared)
    share = sets.step_share

    def total(values: Floats) -> Floats:
        return group_sums(values, sets.step_time, size)

    squared = np.array([total(unit2), total(unit2 * share), total(unit2 * share**2)])
    plain, shared = total(unit), total(unit * share)
    return Hazards(sets, loglik, risk, shift, additive, s0, plain, shared, squared)


def score_and_information(sets: RiskSets, state: Hazards) -> tuple[Floats, Floats]:
    """Return the score (k,) and the observed information (k, k) in scaled units."""
    expected = cumulative_hazard(sets, state)
    score = sets.x.T @ (sets.weight * sets.event - expected)
    s1, d1 = state.moments
    q0, q1, q2 = (row[:, None] for row in state.squared)
    outer = s1.T @ (q0 * s1)
    if not sets.untied:
        mixed = s1.T @ (q1 * d1)
        outer += d1.T @ (q2 * d1) - mixed - mixed.T
    return score, symmetric(weighted_gram(sets.x, expected) - outer)


def cumulative_hazard(sets: RiskSets, state: Hazards) -> Floats:
    """Weighted expected events of every row; shape (m,). Observed less expected: martingale."""
    hazard = sets.intervals.gather(state.plain, state.additive)
    hazard[sets.deaths] -= state.shared[sets.death_time]
    hazard *= state.risk
    return hazard


def first_moments(_sets: RiskSets, state: Hazards) -> tuple[Floats, Floats]:
    """Sums of risk times covariates over the risk sets and over the tied events; both (d, k)."""
    return state.moments


def score_residuals(sets: RiskSets, state: Hazards) -> Floats:
    """Unweighted score residuals of every row, right under Efron ties too; shape (m, k).

    Each tied event faces the risk set with the average share of the others taken out, so the
    hazard and the mean covariate it is compared with differ from those of a row that survives.
    """
    residuals = np.empty(sets.x.shape, order="F")
    for j, column in enumerate(residual_columns(sets, state)):
        residuals[:, j] = column
    return residuals


def clustered_scores(sets: RiskSets, state: Hazards, cluster: Ints, count: int) -> Floats:
    """Weighted score residuals summed within clusters 0, ..., count-1 of the rows; (count, k)."""
    sums = np.empty((count, sets.parameters))
    for j, column in enumerate(residual_columns(sets, state)):
        np.multiply(column, sets.weight, out=column)
        sums[:, j] = group_sums(column, cluster, count)
    return sums


def residual_columns(sets: RiskSets, state: Hazards) -> Iterator[Floats]:
    """Score residuals, one covariate (m,) after another: each pass stays in cache."""
    s1, d1 = state.moments
    q0, q1, q2 = (row[:, None] for row in state.squared)
    before, own = q0 * s1 - q1 * d1, q1 * s1 - q2 * d1
    means = event_means(sets, state, s1, d1)
    unit_risk = state.risk / sets.weight
    hazard = cumulative_hazard(sets, state) / sets.weight
    at, deaths = sets.death_time, sets.deaths
    for j in range(sets.parameters):
        drift = sets.intervals.gather(before[:, j], state.additive)
        drift[deaths] -= own[at, j]
        drift *= unit_risk
        drift -= sets.x[:, j] * hazard
        drift[deaths] += sets.death_x[:, j] - means[at, j]
        yield drift


def event_means(sets: RiskSets, state: Hazards, s1: Floats, d1: Floats) -> Floats:
    """Mean covariates of the risk set at each event time, averaged over tied events; (d, k)."""
    weight = group_sums(sets.step_weight, sets.step_time, sets.intervals.size)
    return (state.plain[:, None] * s1 - state.shared[:, None] * d1) / weight[:, None]


def _stratum_maximum(sets: RiskSets, eta: Floats) -> Floats:
    """Largest linear predictor of each row's stratum, so that no exponential overflows."""
    begins = sets.begins
    if len(begins) == 2:
        return np.broadcast_to(eta.max(), eta.shape)
    peaks: Floats = np.maximum.reduceat(eta, begins[:-1])
    return np.repeat(peaks, np.diff(begins))
