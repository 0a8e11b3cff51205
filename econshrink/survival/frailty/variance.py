"""The variance of frailties: where its likelihood is flat, and how far it may lie from there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats as distributions

from econshrink.core.errors import ConvergenceError, Fault
from econshrink.survival.frailty.likelihood import (
    FrailtyModel,
    GammaFrailty,
    gamma_correction,
)
from econshrink.survival.kernel.intervals import Floats

_GRID = np.log(np.geomspace(1e-5, 1e2, 8))


@dataclass(frozen=True)
class FullInformation:
    """Inverse of the whole information of coefficients and frailties; the default."""


@dataclass(frozen=True)
class DiagonalInformation:
    """Takes the frailties as uncorrelated given the coefficients, as R does with many groups.

    An approximation, offered to reproduce its numbers.
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
    """Profile-likelihood limits of the variance of gamma frailties.

    Parameters
    ----------
    model : FrailtyModel
    start : ndarray
    theta : float
        The estimate; at 0 the lower limit is 0 too.
    top, none : float
        Integrated log-likelihood at the estimate and without frailty.
    level : float
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
