"""Discrete-time hazards with a normal random intercept, by adaptive Gauss-Hermite quadrature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.polynomial.hermite import hermgauss
from scipy import optimize, stats as distributions

from econshrink.core.arrays import Floats, Ints, group_sums
from econshrink.core.errors import ConvergenceError, DataError, Fault, SpecError
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.design import survival_arrays, survival_spec
from econshrink.survival.discrete.design import (
    Duration,
    DurationPolynomial,
    period_design,
    period_spec,
)
from econshrink.survival.discrete.hazard import INSTEAD, null_intercepts
from econshrink.survival.discrete.likelihood import Cloglog, Link, collapse, terms
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.newton import Point, Solution, maximise
from econshrink.survival.options import required_column

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

    `theta` (k + 1,) are the coefficients, then the standard deviation, whose sign does not matter;
    `held` leaves it out of score and information. Sigma is the coefficient of the unseen covariate
    b. With weights of the nodes given the data, the score is their mean of the complete-data score,
    the information their mean of the complete-data information less the variance of the score
    (Louis 1982).
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


SIGMA = "sd(group)"


@dataclass(frozen=True, eq=False)
class _Fits:
    """The model, its maximum, the inverse information there, the plain maximum, all terms."""

    model: Mixture
    best: Point
    inverse: Floats
    plain: float
    terms: tuple[str, ...]


@takes_tables
def fit_random_hazard(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    group: str,
    link: Link = Cloglog(),  # noqa: B008  (frozen option objects)
    duration: Duration = DurationPolynomial(0),  # noqa: B008
    offset: str | None = None,
    nodes: int = 15,
    level: float = 0.95,
) -> Estimate:
    r"""Fit :math:`g(p_{it}) = x_{it}'\beta + \alpha(t) + \sigma b_g`, with b standard normal.

    The likelihood of a group is the integral over b, by Gauss-Hermite quadrature around the mode of
    its integrand and scaled by the curvature there.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        One period a row.
    covariates : sequence of str
    group : str
        Column of the groups that share an intercept, such as ``"city"`` or ``"province"``.
    link : Cloglog or Logit
    duration : DurationPolynomial, DurationLog, DurationSpline or DurationDummies
    offset : str, optional
    nodes : int
        Quadrature points, 5 to 60.
    level : float
        Level of the profile interval of the standard deviation.

    Returns
    -------
    Estimate
        The last term, ``sd(group)``, is :math:`\sigma`; its standard error is that of the
        information and means little near 0. `stats` holds ``loglik``, ``loglik_plain`` (without
        random intercepts), ``sigma``, the profile limits ``sigma_low`` and ``sigma_high``,
        ``sigma_p`` (half a chi-square of one degree), ``events`` and ``groups``.

    Raises
    ------
    SpecError
        Fewer than two groups, nodes out of range, or as `fit_discrete_hazard`.
    DataError, ConvergenceError
        As `fit_discrete_hazard`.

    Notes
    -----
    Pinheiro and Bates (1995). The score is Fisher's identity and the information Louis's, both
    under the same quadrature. Where the likelihood falls from 0 on, sigma is 0, and the fit is the
    one without random intercepts.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> lift = np.repeat(rng.normal(0, 1.0, 40), 25)
    >>> rows = pd.DataFrame({"city": [f"{i:04d}" for i in range(1000)], "start": 0, "stop": 1,
    ...     "event": (rng.random(1000) < -np.expm1(-np.exp(-1 + lift))).astype(int),
    ...     "home": np.repeat(range(40), 25)})
    >>> fit = fit_random_hazard(SpellTable(rows, rule_id="example"), [], group="home")
    >>> bool(fit.stats["sigma_low"] < 1.0 < fit.stats["sigma_high"])
    True
    """
    if not 5 <= nodes <= 60:
        raise SpecError(Fault(f"{nodes} nodes", "5 to 60", "15 serve well."))
    design = survival_spec(spells, covariates, offset=offset, group=group)
    arrays = survival_arrays(spells, design)
    rows = period_design(spells, design.covariates, arrays.x, duration, both_outcomes=False)
    numbers, names = pd.factorize(required_column(spells, group, "group"))
    if len(names) < 2:
        raise SpecError(Fault(f"{len(names)} group", "two or more", "Choose another column."))
    event = arrays.event.astype(float)
    dense = np.hstack([rows.x, np.eye(rows.groups)[rows.group]]) if rows.groups else rows.x
    model = Mixture(dense, arrays.offset, event, numbers, len(names), link, nodes)
    start = np.zeros(len(rows.terms))
    start[-max(rows.groups, 1) :] = null_intercepts(rows, event, link, arrays.offset)
    cells = collapse(rows, event, arrays.offset)
    plain = maximise(
        lambda beta: cells.point(beta, link), cells.design.x, rows.terms, start, instead=INSTEAD
    )
    fits = _climb(model, plain, (*rows.terms, SIGMA))
    stats = _statistics(fits, event, len(names), level)
    back = np.zeros((len(rows.terms) + 1,) * 2)
    back[:-1, :-1], back[-1, -1] = rows.back, 1.0
    theta = fits.best.beta.copy()
    theta[-1] = abs(theta[-1])
    at_zero = stats["sigma"] == 0
    note = "No sign of random intercepts: sigma is 0, and this is the fit without them."
    return Estimate(
        method=f"discrete-time hazard, {link.name} link, normal intercepts by {group}",
        terms=(*rows.terms, SIGMA),
        coefficients=back @ theta,
        covariance=back @ fits.inverse @ back.T,
        vcov_label="inverse observed information",
        small_sample="none",
        nobs=len(event),
        clusters={group: len(names)},
        stats=stats,
        notes=(note,) if at_zero else (f"{nodes} quadrature nodes.",),
        spec=period_spec(design, spells, duration, link.name),
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="discrete_random",
    )


def _climb(model: Mixture, plain: Solution, terms: tuple[str, ...]) -> _Fits:
    """Maximise over coefficients and sigma, from the better of two starts away from 0."""
    base, floor = plain.best.beta, plain.best.loglik
    starts = [np.append(base, sigma) for sigma in (0.3, 1.0)]
    values = [mixture_point(model, start).loglik for start in starts]
    best = ascend(model, starts[int(np.argmax(values))])
    if best.loglik > floor + 1e-9 and abs(float(best.beta[-1])) > 1e-3:
        inverse = np.asarray(np.linalg.inv(best.information), dtype=np.float64)
        return _Fits(model, best, inverse, floor, terms)
    k = len(base)
    inverse = np.zeros((k + 1, k + 1))
    inverse[:k, :k] = plain.inverse
    point = mixture_point(model, np.append(base, 0.0))
    return _Fits(model, point, inverse, floor, terms)


def _statistics(fits: _Fits, event: Floats, groups: int, level: float) -> dict[str, float]:
    best = fits.best
    sigma = abs(float(best.beta[-1]))
    gain = max(2 * (best.loglik - fits.plain), 0.0)
    low, high = _profile(fits, sigma, level)
    return {
        "loglik": best.loglik,
        "loglik_plain": fits.plain,
        "sigma": sigma,
        "sigma_low": low,
        "sigma_high": high,
        "sigma_lr_chi2": gain,
        "sigma_p": 0.5 * float(distributions.chi2.sf(gain, 1)) if sigma > 0 else 1.0,
        "events": float(event.sum()),
        "events_per_parameter": float(event.sum()) / len(fits.terms),
        "groups": float(groups),
    }


def _profile(fits: _Fits, sigma: float, level: float) -> tuple[float, float]:
    """Limits of sigma where twice the profile log-likelihood has fallen by the quantile."""
    target = float(distributions.chi2.ppf(level, 1))
    top = fits.best.loglik
    beta = fits.best.beta[:-1]

    def drop(value: float) -> float:
        held = ascend(fits.model, np.append(beta, value), held=True)
        return 2 * (top - held.loglik) - target

    low = 0.0
    if sigma > 0 and 2 * (top - fits.plain) > target:
        low = float(optimize.brentq(drop, 1e-3, sigma, xtol=1e-6))
    reach = max(2 * sigma, 0.5)
    while drop(reach) < 0:
        reach *= 1.5
        if reach > 50:
            raise DataError(
                Fault(
                    "a standard deviation without upper limit",
                    "groups with events and with survivors",
                    "The groups separate events from survivors: choose larger ones.",
                )
            )
    return low, float(optimize.brentq(drop, sigma, reach, xtol=1e-6))
