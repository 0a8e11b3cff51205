"""Newton's method for partial likelihoods, with the faults a user can meet named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, symmetric
from econshrink.core.errors import ConvergenceError, Fault, SpecError

_ITERATIONS = 60
_HALVINGS = 40
_DECREMENT = 1e-12  # half the squared Newton step in the metric of the information
_MONOTONE = 1e-7
_COLLINEAR = 1e-10


@dataclass(frozen=True, eq=False)
class Point:
    """Log-likelihood, score (k,) and information (k, k) at one coefficient vector (k,).

    `state` is what the likelihood knows besides, for the steps after the fit.
    """

    beta: Floats
    loglik: float
    score: Floats
    information: Floats
    state: object = None


@dataclass(frozen=True, eq=False)
class Solution:
    """The null point, the maximum, the inverse information there, and the steps it took."""

    null: Point
    best: Point
    inverse: Floats
    iterations: int


Evaluate = Callable[[Floats], Point]


def maximise(
    evaluate: Evaluate,
    x: Floats,
    terms: tuple[str, ...],
    start: Floats | None = None,
    *,
    ranked: bool = False,
    instead: str = "",
) -> Solution:
    """Climb to the maximum.

    Parameters
    ----------
    evaluate : callable
        Returns the `Point` at a coefficient vector; its log-likelihood may be non-finite.
    x : ndarray, shape (m, k)
        Covariates in the units of the coefficients; they tell how far a step moves the rows.
    terms : tuple of str
        Names of the k coefficients and of any intercepts that follow them.
    start : ndarray, optional
        Null point; zero if absent.
    ranked : bool
        True if the covariates are known to be linearly independent.
    instead : str
        What else helps against a likelihood without maximum, such as ``"use fit_firth"``.

    Raises
    ------
    SpecError
        A covariate that does not vary within any risk set, or a collinear one.
    ConvergenceError
        The likelihood rises for ever along some covariate, or Newton's method got stuck.
    """
    null = point = evaluate(np.zeros(len(terms)) if start is None else start)
    if not ranked:
        check_rank(null.information, terms)
    for iteration in range(1, _ITERATIONS + 1):
        step = _newton_step(point, terms, instead)
        decrement = float(step @ point.score) / 2
        if decrement < _MONOTONE and _reach(x, step) > 0.05:
            raise _monotone(step, x, terms, instead)
        if decrement < _DECREMENT * max(1.0, 1e-3 * abs(point.loglik)):
            last = evaluate(point.beta + step)
            # At the maximum the step is rounding; never walk downhill for it.
            noise = max(1e-9, 1e-12 * abs(point.loglik))
            best = last if last.loglik >= point.loglik - noise else point
            return Solution(null, best, _inverse(best, terms, instead), iteration)
        point = _climb(evaluate, point, step, decrement)
    raise ConvergenceError(
        Fault(
            f"no convergence in {_ITERATIONS} Newton steps",
            "a likelihood with one interior maximum",
            "Rescale or drop covariates that take extreme values.",
        )
    )


def _reach(x: Floats, step: Floats) -> float:
    """How far a step drives two rows apart."""
    return float(np.ptp(x @ step[: x.shape[1]])) if len(x) else 0.0


def check_rank(information: Floats, terms: tuple[str, ...]) -> None:
    """Name the covariates that carry no information of their own at the null point."""
    size = np.diag(information)
    largest = max(float(size.max(initial=0.0)), 1e-300)
    flat = [term for term, value in zip(terms, size, strict=True) if value <= 1e-12 * largest]
    if flat:
        raise SpecError(
            Fault(
                f"{', '.join(flat)} constant within every risk set",
                "covariates that differ between rows at risk at the same time",
                "Drop it: the baseline hazard absorbs it.",
            )
        )
    root = np.sqrt(size)
    correlation = information / np.outer(root, root)
    if _well_apart(correlation):
        return
    for j in range(1, len(terms)):
        before = correlation[:j, :j]
        loading = np.linalg.solve(before, correlation[:j, j])
        if 1.0 - loading @ correlation[:j, j] < _COLLINEAR:
            partners = [terms[i] for i in np.flatnonzero(np.abs(loading) > 1e-6)]
            raise SpecError(
                Fault(
                    f"{terms[j]} a linear combination of {', '.join(partners)}",
                    "linearly independent covariates",
                    f"Drop {terms[j]} or one of the others.",
                )
            )


def _well_apart(correlation: Floats) -> bool:
    """Whether every covariate keeps, beyond those before it, far more than the limit of its own."""
    try:
        pivots = np.linalg.cholesky(correlation).diagonal() ** 2
    except np.linalg.LinAlgError:
        return False
    return bool(pivots.min() > 100 * _COLLINEAR)


def _newton_step(point: Point, terms: tuple[str, ...], instead: str) -> Floats:
    try:
        np.linalg.cholesky(point.information)  # fails outright where a solver would go on
        return np.asarray(np.linalg.solve(point.information, point.score), dtype=float)
    except np.linalg.LinAlgError as problem:
        raise _flat(terms, point.beta, instead) from problem


def _inverse(point: Point, terms: tuple[str, ...], instead: str) -> Floats:
    try:
        inverse = np.asarray(np.linalg.inv(point.information), dtype=float)
    except np.linalg.LinAlgError as problem:
        raise _flat(terms, point.beta, instead) from problem
    return symmetric(inverse)


def _climb(evaluate: Evaluate, point: Point, step: Floats, decrement: float) -> Point:
    """Take the step, halved until the log-likelihood does not fall."""
    slack = 1e-13 * abs(point.loglik)
    for _ in range(_HALVINGS):
        trial = evaluate(point.beta + step)
        if np.isfinite(trial.loglik) and trial.loglik >= point.loglik - slack:
            return trial
        step = step / 2
    raise ConvergenceError(
        Fault(
            f"no rise of the log-likelihood along the Newton direction (decrement {decrement:.1e})",
            "a smooth likelihood",
            "Rescale covariates that take extreme values.",
        )
    )


def _monotone(step: Floats, x: Floats, terms: tuple[str, ...], instead: str) -> ConvergenceError:
    reach = np.abs(step[: x.shape[1]]) * np.ptp(x, axis=0)
    moving = np.flatnonzero(reach > 0.1 * reach.max())
    names = ", ".join(f"{terms[j]} (to {'+' if step[j] > 0 else '-'}infinity)" for j in moving)
    return ConvergenceError(
        Fault(
            f"a likelihood that rises for ever along {names}",
            "events on both sides of every covariate",
            _remedy("Drop or merge the covariate", instead),
        )
    )


def _flat(terms: tuple[str, ...], beta: Floats, instead: str) -> ConvergenceError:
    largest = terms[int(np.abs(beta).argmax())]
    return ConvergenceError(
        Fault(
            f"an information matrix without inverse, {largest} largest",
            "covariates that the events can tell apart",
            _remedy("Drop or merge covariates", instead),
        )
    )


def _remedy(first: str, instead: str) -> str:
    return f"{first}, or {instead}." if instead else f"{first}."
