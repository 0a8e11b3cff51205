"""Penalised partial likelihood with one log frailty a group, and the variance theta."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special, stats as distributions

from econshrink.core.arrays import Floats, Ints, group_sums
from econshrink.core.errors import ConvergenceError, Fault
from econshrink.core.field_types import typed_fields
from econshrink.survival.kernel.cox_likelihood import (
    Hazards,
    cumulative_hazard,
    first_moments,
    hazards,
)
from econshrink.survival.kernel.newton import Point, Solution, maximise
from econshrink.survival.kernel.risk_sets import RiskSets


@dataclass(frozen=True)
@typed_fields
class GammaFrailty:
    """Gamma frailties with mean 1 and variance theta; the default."""

    name: str = "gamma"

    def penalty(self, w: Floats, theta: float) -> tuple[float, Floats, Floats]:
        """Addition to the log-likelihood, its gradient and minus its curvature; 0 at w = 0."""
        rise = np.exp(w)
        return float((w - rise + 1).sum()) / theta, (1 - rise) / theta, rise / theta


@dataclass(frozen=True)
@typed_fields
class LogNormalFrailty:
    """Normal log frailties with mean 0 and variance theta."""

    name: str = "log-normal"

    def penalty(self, w: Floats, theta: float) -> tuple[float, Floats, Floats]:
        """Addition to the log-likelihood, its gradient and minus its curvature; 0 at w = 0."""
        return float(-(w @ w)) / (2 * theta), -w / theta, np.full(len(w), 1 / theta)


FrailtyLaw = GammaFrailty | LogNormalFrailty


@dataclass(frozen=True, eq=False)
class FrailtyModel:
    """Risk sets with the group of every row.

    Parameters
    ----------
    sets : RiskSets
        Without columns for the groups.
    group : ndarray of int, shape (m,)
    groups : int
    law : GammaFrailty or LogNormalFrailty
    events : ndarray, shape (groups,)
        Weighted events of each group.
    """

    sets: RiskSets
    group: Ints
    groups: int
    law: FrailtyLaw
    events: Floats

    def state(self, beta: Floats) -> Hazards:
        """Hazards at (coefficients, log frailties)."""
        k = self.sets.parameters
        lifted = replace(self.sets, offset=self.sets.offset + beta[k:][self.group])
        return hazards(lifted, beta[:k])

    def point(self, beta: Floats, theta: float) -> Point:
        """Penalised log-likelihood with score and information."""
        state = self.state(beta)
        if not np.isfinite(state.loglik):
            return Point(beta, -np.inf, np.zeros(len(beta)), np.eye(len(beta)))
        k = self.sets.parameters
        score, information = self._partial(state)
        value, slope, bend = self.law.penalty(beta[k:], theta)
        score[k:] += slope
        spots = np.arange(k, len(beta))
        information[spots, spots] += bend
        return Point(beta, state.loglik + value, score, information)

    def fit(self, theta: float, start: Floats) -> Solution:
        """Maximise over coefficients and log frailties at a given theta."""
        names = tuple(f"coefficient {j + 1}" for j in range(len(start)))
        return maximise(
            lambda beta: self.point(beta, theta), self.sets.x, names, start, ranked=True
        )

    def _partial(self, state: Hazards) -> tuple[Floats, Floats]:
        """Score and information of the partial likelihood; groups cost one pass, not one each."""
        sets, k = self.sets, self.sets.parameters
        expected = cumulative_hazard(sets, state)
        residual = sets.weight * sets.event - expected
        score = np.concatenate([sets.x.T @ residual, group_sums(residual, self.group, self.groups)])
        s1, d1 = first_moments(sets, state)
        s1 = np.hstack([s1, self._by_time(state)])
        d1 = np.hstack([d1, self._deaths_by_time(state)])
        q0, q1, q2 = (row[:, None] for row in state.squared)
        mixed = s1.T @ (q1 * d1)
        information = mixed + mixed.T - s1.T @ (q0 * s1) - d1.T @ (q2 * d1)
        weighted = sets.x * expected[:, None]
        information[:k, :k] += weighted.T @ sets.x
        cross = group_sums(weighted, self.group, self.groups)
        information[k:, :k] += cross
        information[:k, k:] += cross.T
        spots = np.arange(k, k + self.groups)
        information[spots, spots] += group_sums(expected, self.group, self.groups)
        return score, information

    def _by_time(self, state: Hazards) -> Floats:
        """Risk of each group at each event time, shape (d, groups)."""
        ranges, q = self.sets.intervals, self.groups
        if state.additive:
            columns = [
                ranges.scatter(np.where(self.group == g, state.risk, 0.0), additive=True)
                for g in range(q)
            ]
            return np.column_stack(columns)
        size = (ranges.size + 1) * q
        flow = group_sums(state.risk, ranges.lo * q + self.group, size)
        if ranges.single:
            return flow.reshape(-1, q)[:-1]
        flow = flow - group_sums(state.risk, ranges.hi * q + self.group, size)
        result: Floats = np.cumsum(flow.reshape(-1, q)[:-1], axis=0)
        return result

    def _deaths_by_time(self, state: Hazards) -> Floats:
        deaths, q = self.sets.deaths, self.groups
        cell = self.sets.death_time * q + self.group[deaths]
        return group_sums(state.risk[deaths], cell, self.sets.intervals.size * q).reshape(-1, q)


def gamma_correction(theta: float, events: Floats) -> tuple[float, float]:
    """What integrating gamma frailties out adds to the penalised likelihood; slope in log theta.

    The first number vanishes as theta goes to zero. The slope holds the frailties fixed, and adds
    to that of the penalty.
    """
    nu = 1 / theta
    grown = special.gammaln(nu + events) - special.gammaln(nu)
    value = grown + events - (nu + events) * np.log1p(events / nu) - events * np.log(nu)
    by_nu = special.digamma(nu + events) - special.digamma(nu) - np.log1p(events / nu)
    return float(value.sum()), float(-nu * by_nu.sum())


_GRID = np.log(np.geomspace(1e-5, 1e2, 8))


@dataclass(frozen=True)
class FullInformation:
    """Inverse of the whole information of coefficients and frailties."""


@dataclass(frozen=True)
class DiagonalInformation:
    """Takes the frailties as uncorrelated given the coefficients, an approximation.

    R's coxph does so with more than five groups; theta of its Gaussian frailty rests on it.
    """


FrailtyInformation = FullInformation | DiagonalInformation


def inverse_information(information: Floats, k: int, option: FrailtyInformation) -> Floats:
    """Inverse of the penalised information; the first k rows belong to the coefficients."""
    if isinstance(option, DiagonalInformation):
        information = information.copy()
        information[k:, k:] = np.diag(np.diag(information[k:, k:]))
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


def best_theta(model: FrailtyModel, start: Floats, option: FrailtyInformation) -> float:
    """Variance at which the estimating equation is zero; 0 if it only falls.

    Raises
    ------
    ConvergenceError
        The equation still rises at a variance of 100.
    """
    before, value = _GRID[0], -1.0
    for log_theta in _GRID:
        step, reached = _pull(model, start, option, log_theta)
        if value > 0 >= step:
            root = optimize.brentq(
                lambda x, near: _pull(model, near, option, x)[0],
                before,
                log_theta,
                args=(start,),
                xtol=1e-12,
            )
            return float(np.exp(root))
        before, value, start = log_theta, step, reached
    if value > 0:
        raise ConvergenceError(
            Fault(
                "a variance of frailties above 100",
                "a finite one",
                "Look for groups that are all events or none; use strata instead.",
            )
        )
    return 0.0


def theta_interval(
    model: FrailtyModel, start: Floats, theta: float, top: float, none: float, level: float = 0.95
) -> tuple[float, float]:
    """Profile-likelihood limits of the variance of gamma frailties, estimated as `theta`.

    `top` and `none` are the integrated log-likelihood at the estimate and without frailty. At 0 the
    lower limit is 0 too.
    """
    target = top - float(distributions.chi2.ppf(level, 1)) / 2

    def excess(log_theta: float) -> float:
        return _integrated(model, start, float(np.exp(log_theta))) - target

    centre = float(np.log(theta)) if theta > 0 else float(_GRID[0])
    low = 0.0
    if none < target:
        below = centre - 1.0
        while excess(below) > 0:
            below -= 1.0
        low = float(np.exp(optimize.brentq(excess, below, centre, xtol=1e-9)))
    above = centre + 1.0
    while excess(above) > 0:
        above += 1.0
        if above > centre + 20:
            return low, float("inf")
    return low, float(np.exp(optimize.brentq(excess, centre, above, xtol=1e-9)))


def _integrated(model: FrailtyModel, start: Floats, theta: float) -> float:
    return model.fit(theta, start).best.loglik + gamma_correction(theta, model.events)[0]


def _pull(
    model: FrailtyModel, start: Floats, option: FrailtyInformation, log_theta: float
) -> tuple[float, Floats]:
    """Number with the sign of the step that log theta should take, and the maximum found there."""
    k, theta = model.sets.parameters, float(np.exp(log_theta))
    solution = model.fit(theta, start)
    beta = solution.best.beta
    w = beta[k:]
    if isinstance(model.law, GammaFrailty):
        # At the maximum only the penalty and the correction move with theta.
        slope = gamma_correction(theta, model.events)[1] - model.law.penalty(w, theta)[0]
        return slope, beta
    inverse = inverse_information(solution.best.information, k, option)
    mean_square = float(w @ w + np.trace(inverse[k:, k:])) / model.groups
    return float(np.log(mean_square / theta)), beta
