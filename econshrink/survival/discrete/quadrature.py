"""Likelihood of a binary model with a normal random intercept, integrated around each mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.polynomial.hermite import hermgauss

from econshrink.core.arrays import group_sums
from econshrink.core.errors import ConvergenceError, Fault
from econshrink.survival.discrete.links import Link, terms
from econshrink.survival.kernel.intervals import Floats, Ints
from econshrink.survival.kernel.newton import Point

_MODE_STEPS = 60
_STEPS = 100
_DECREMENT = 1e-11  # below it the error of the quadrature, not the score, moves the steps
_LONGEST = 3.0  # standard deviations a mode may move in one step


@dataclass(frozen=True, eq=False)
class Mixture:
    """Rows, their groups, and how many quadrature nodes.

    Parameters
    ----------
    x : ndarray, shape (n, k)
    offset, event : ndarray, shape (n,)
    group : ndarray of int, shape (n,)
    groups : int
    link : Cloglog or Logit
    nodes : int
    """

    x: Floats
    offset: Floats
    event: Floats
    group: Ints
    groups: int
    link: Link
    nodes: int


class _Rows(NamedTuple):
    """Log-likelihood of each row, its slope and its bend in the predictor."""

    loglik: Floats
    slope: Floats
    bend: Floats


def mixture_point(model: Mixture, theta: Floats, *, held: bool = False) -> Point:
    """Integrated log-likelihood with score and observed information.

    Parameters
    ----------
    model : Mixture
    theta : ndarray, shape (k + 1,)
        Coefficients, then the standard deviation (its sign does not matter).
    held : bool
        Leave the standard deviation out of score and information.

    Notes
    -----
    Sigma is the coefficient of the unseen covariate b. With weights of the nodes given the data,
    the score is their mean of the complete-data score, the information their mean of the
    complete-data information less the variance of the score (Louis 1982).
    """
    beta, sigma = theta[:-1], float(theta[-1])
    fixed = model.x @ beta + model.offset
    mode, spread = _modes(model, fixed, sigma)
    z, weight = hermgauss(model.nodes)
    b = mode[:, None] + np.sqrt(2) * spread[:, None] * z
    log_weight = np.log(weight) + z**2 - b**2 / 2 - np.log(np.sqrt(np.pi))
    rows = [_rows(model, fixed + sigma * b[model.group, q]) for q in range(model.nodes)]
    joint = log_weight + np.column_stack([_sums(model, row.loglik) for row in rows])
    joint += np.log(spread)[:, None]
    peak = joint.max(axis=1)
    share = np.exp(joint - peak[:, None])
    total = share.sum(axis=1)
    share /= total[:, None]
    loglik = float((peak + np.log(total)).sum())
    score, information = _derivatives(model, rows, b, share)
    if held:
        score, information = score[:-1], information[:-1, :-1]
    if not np.isfinite(loglik):
        return Point(theta, -np.inf, np.zeros(len(score)), np.eye(len(score)))
    smallest = float(np.linalg.eigvalsh(information)[0])
    if smallest <= 0:
        # Away from the maximum the observed information need not be one: lift its eigenvalues.
        size = float(np.trace(np.abs(information))) / len(score)
        information = information + (1e-3 * size - smallest) * np.eye(len(score))
    return Point(theta[:-1] if held else theta, loglik, score, information)


def ascend(model: Mixture, theta: Floats, *, held: bool = False) -> Point:
    """Newton's method from `theta`; the last element stays where it is if `held`.

    Raises
    ------
    ConvergenceError
        No maximum within the steps.
    """
    fixed: Floats = np.array(theta[-1:] if held else [], dtype=np.float64)
    point = mixture_point(model, theta, held=held)
    for _ in range(_STEPS):
        step: Floats = np.asarray(np.linalg.solve(point.information, point.score), np.float64)
        if float(step @ point.score) / 2 < _DECREMENT:
            return point
        reached = _rise(model, point, step, fixed)
        if reached is None:
            return point
        point = reached
    raise ConvergenceError(
        Fault(
            f"no maximum of the integrated likelihood in {_STEPS} Newton steps",
            "groups with events and survivors",
            "Use fewer covariates, more quadrature nodes or larger groups.",
        )
    )


def _rise(model: Mixture, point: Point, step: Floats, fixed: Floats) -> Point | None:
    """The step, halved until the likelihood rises; None if it does not but for rounding."""
    for _ in range(30):
        theta = np.concatenate([point.beta + step, fixed])
        trial = mixture_point(model, theta, held=len(fixed) > 0)
        if trial.loglik > point.loglik:
            return trial
        step = step / 2
    return None


def _derivatives(
    model: Mixture, rows: list[_Rows], b: Floats, share: Floats
) -> tuple[Floats, Floats]:
    k = model.x.shape[1]
    mean = np.zeros((model.groups, k + 1))
    second, information = np.zeros((k + 1, k + 1)), np.zeros((k + 1, k + 1))
    for q, row in enumerate(rows):
        own = b[model.group, q]
        weight = share[model.group, q]
        each = np.column_stack(
            [_sums(model, model.x * row.slope[:, None]), _sums(model, row.slope)]
        )
        each[:, -1] *= b[:, q]
        mean += share[:, q, None] * each
        second += each.T @ (share[:, q, None] * each)
        bent = row.bend * weight
        dense = model.x * bent[:, None]
        information[:k, :k] += dense.T @ model.x
        information[:k, k] += dense.T @ own
        information[k, k] += float(bent @ own**2)
    information[k, :k] = information[:k, k]
    information = information - second + mean.T @ mean
    return mean.sum(axis=0), (information + information.T) / 2


def _modes(model: Mixture, fixed: Floats, sigma: float) -> tuple[Floats, Floats]:
    """Mode of each group's integrand in b, and one over the root of its curvature there."""
    mode = np.zeros(model.groups)
    for _ in range(_MODE_STEPS):
        row = _rows(model, fixed + sigma * mode[model.group])
        slope = sigma * _sums(model, row.slope) - mode
        bend = sigma**2 * _sums(model, row.bend) + 1.0
        step = np.clip(slope / bend, -_LONGEST, _LONGEST)
        mode = mode + step
        if float(np.abs(step).max()) < 1e-10:
            break
    row = _rows(model, fixed + sigma * mode[model.group])
    return mode, 1 / np.sqrt(sigma**2 * _sums(model, row.bend) + 1.0)


def _rows(model: Mixture, eta: Floats) -> _Rows:
    at = terms(eta, model.link)
    died = model.event > 0
    loglik = at.log_survival.copy()
    loglik[died] = np.log(at.mean[died])
    slope = np.where(died, at.slope_event, at.slope_survival)
    return _Rows(loglik, slope, np.where(died, at.bend_event, at.bend_survival))


def _sums(model: Mixture, values: Floats) -> Floats:
    return group_sums(values, model.group, model.groups)
