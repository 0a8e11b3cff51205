"""Exact ties: the likelihood of which rows, out of those at risk, had the events of a time.

Summing over all subsets of the risk set is a recursion over its rows. Written with probabilities
p = c r / (1 + c r) it is the law of a sum of independent coins, which never overflows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import optimize

from econshrink.survival.cox.likelihood import hazards, score_and_information
from econshrink.survival.cox.risk_sets import RiskSets
from econshrink.survival.kernel.intervals import Floats, Ints
from econshrink.survival.kernel.newton import Point


def exact_point(sets: RiskSets, tied: list[tuple[int, Ints]], beta: Floats) -> Point:
    """Evaluate the exact partial likelihood.

    Parameters
    ----------
    sets : RiskSets
        From `untied_only`: the tied times weigh nothing in it.
    tied : list of (int, ndarray)
        Number of events and rows at risk of every tied time.
    beta : ndarray, shape (k,)
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
