"""Partial likelihood with Efron, Breslow or exact ties: value, score, information, residuals.

The loop over tied events touches scalars only; the second moments become one matrix product. Under
exact ties the sum over all subsets of a risk set is a recursion over its rows: written with
probabilities p = c r / (1 + c r) it is the law of a sum of independent coins, and never overflows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import optimize

from econshrink.core.arrays import Floats, Ints, group_sums, symmetric, weighted_gram
from econshrink.survival.kernel.newton import Point
from econshrink.survival.kernel.risk_sets import RANGE, RiskSets


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


def exact_point(sets: RiskSets, tied: list[tuple[int, Ints]], beta: Floats) -> Point:
    """Evaluate the exact partial likelihood.

    `sets` and `tied` are from `untied_only`: tied times weigh nothing in the former, and are, in
    the latter, the number of events and the rows at risk.
    """
    state = hazards(sets, beta)
    score, information = score_and_information(sets, state)
    loglik = state.loglik
    eta = sets.x @ beta + sets.offset - state.shift
    for events, rows in tied:
        value, mean, spread = _subset_moments(eta[rows], sets.x[rows], events)
        loglik -= value
        score = score - mean
        information = information + spread
    return Point(beta, loglik, score, information)


def untied_only(sets: RiskSets) -> tuple[RiskSets, list[tuple[int, Ints]]]:
    """Split off the tied times: prepared sets without their factors, and their risk sets."""
    count = np.bincount(sets.death_time, minlength=sets.intervals.size)
    many = np.flatnonzero(count > 1)
    lo, hi = sets.intervals.lo, sets.intervals.hi
    tied = [(int(count[t]), np.flatnonzero((lo <= t) & (t < hi))) for t in many]
    weight = np.where(count[sets.step_time] > 1, 0.0, sets.step_weight)
    return replace(sets, step_weight=weight), tied


def _subset_moments(eta: Floats, x: Floats, events: int) -> tuple[float, Floats, Floats]:
    """Log-sum over subsets of `events` rows; mean and covariance of their covariate totals."""
    if events == len(eta):
        return float(eta.sum()), x.sum(axis=0), np.zeros((x.shape[1], x.shape[1]))
    log_c = _balance(eta, events)
    odds = np.exp(np.clip(eta + log_c, -700.0, 700.0))
    chance = odds / (1.0 + odds)
    k = x.shape[1]
    middle = x.mean(axis=0)
    zero, first = np.zeros(events + 1), np.zeros((events + 1, k))
    second = np.zeros((events + 1, k, k))
    zero[0] = 1.0
    for p, row in zip(chance, x - middle, strict=True):
        cross = first[:-1, :, None] * row
        gain2 = second[:-1] + cross + cross.transpose(0, 2, 1)
        gain2 += zero[:-1, None, None] * np.outer(row, row)
        gain1 = first[:-1] + zero[:-1, None] * row
        gain0 = zero[:-1].copy()
        zero *= 1.0 - p
        first *= 1.0 - p
        second *= 1.0 - p
        zero[1:] += p * gain0
        first[1:] += p * gain1
        second[1:] += p * gain2
    mean = first[events] / zero[events]
    spread = second[events] / zero[events] - np.outer(mean, mean)
    value = np.log(zero[events]) + np.logaddexp(0.0, eta + log_c).sum() - events * log_c
    return float(value), mean + events * middle, spread


def _balance(eta: Floats, events: int) -> float:
    """Log of the constant c at which the coins are expected to show as many heads as events."""

    def excess(log_c: float) -> float:
        return float((1.0 / (1.0 + np.exp(np.clip(-(eta + log_c), -700, 700)))).sum()) - events

    reach = 40.0 + float(np.abs(eta).max())
    return float(optimize.brentq(excess, -reach, reach, xtol=1e-6))
