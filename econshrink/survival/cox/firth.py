"""Firth's penalty for Cox models: finite estimates when events are few or covariates separate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize, stats as distributions

from econshrink.core.arrays import Floats, Ints, group_sums
from econshrink.core.errors import ConvergenceError, Fault, SpecError
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import prepare
from econshrink.survival.cox.profile import drop_limit
from econshrink.survival.design import survival_arrays, survival_spec
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.cox_likelihood import (
    Hazards,
    first_moments,
    hazards,
    score_and_information,
)
from econshrink.survival.kernel.newton import Point, check_rank
from econshrink.survival.kernel.risk_sets import RiskSets
from econshrink.survival.options import Breslow, Efron

_ITERATIONS = 60
_DECREMENT = 1e-18
_STALLED = 1e-12  # decrement and rise of the log-likelihood that are rounding only
_ACCEPTED = 1e-8  # squared distance from the maximum, in standard errors, after the gradient climb
_LARGEST_STEP = 5.0


@takes_tables
def fit_firth(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    ties: Efron | Breslow = Efron(),  # noqa: B008  (a frozen option object)
    strata: str | Sequence[str] | None = None,
    level: float | None = 0.95,
) -> Estimate:
    r"""Maximise :math:`\ell(\beta) + \tfrac12 \log |I(\beta)|`.

    The penalty takes away the leading bias and keeps coefficients finite where the partial
    likelihood is monotone.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    covariates : sequence of str
    ties : Efron or Breslow
    strata : str or sequence of str, optional
    level : float, optional
        Level of the profile intervals; None for none of them nor their tests, which take most of
        the time.

    Returns
    -------
    Estimate
        The covariance is the inverse information at the estimate; with few events prefer the
        profile limits and tests in `stats`: ``low:x``, ``high:x`` and ``p:x`` for each covariate
        x, unless `level` is None. Also ``loglik``, ``penalised_loglik``, ``events`` and
        ``events_per_parameter``.

    Raises
    ------
    SpecError
        Missing, constant or collinear covariates, or a level outside 0 to 1.
    DataError
        Values that are not finite, or no events.
    ConvergenceError
        The iteration got stuck.

    Notes
    -----
    Firth (1993); Heinze and Schemper (2001), with the penalty of all coefficients kept when one is
    held fixed. The derivative of the penalty is exact under Efron ties too.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0,
    ...     "stop": [1, 2, 3, 4, 5, 6], "event": [1, 1, 1, 0, 0, 0], "x": [1, 1, 1, 0, 0, 0]}),
    ...     rule_id="example")
    >>> bool(np.isfinite(fit_firth(spells, ["x"]).coefficient("x")))  # Cox's runs to infinity
    True
    """
    if level is not None and not 0 < level < 1:
        raise SpecError(Fault(f"level {level:g}", "a level between 0 and 1", "Try 0.95."))
    design = survival_spec(spells, covariates, ties=ties.name, strata=strata)
    if not design.covariates:
        raise SpecError(Fault("no covariates", "at least one", "Use kaplan_meier instead."))
    arrays = survival_arrays(spells, design)
    sets = prepare(arrays, design)
    k = len(design.covariates)
    check_rank(score_and_information(sets, hazards(sets, np.zeros(k)))[1], design.covariates)
    best = _climb(sets, np.zeros(k), np.arange(k))
    inverse = np.linalg.inv(best.information)
    events = float(arrays.event.sum())
    stats = {
        "loglik": hazards(sets, best.beta).loglik,
        # The information is that of scaled covariates: its determinant goes back to their units.
        "penalised_loglik": best.loglik + float(np.log(sets.scale).sum()),
        "events": events,
        "events_per_parameter": events / k,
    }
    notes: tuple[str, ...] = ()
    if level is not None:
        notes = (f"Profile limits at {level:g}; p-values by penalised likelihood ratio.",)
        for j, term in enumerate(design.covariates):
            low, high, p = _profile(sets, best, float(np.sqrt(inverse[j, j])), j, level)
            stats |= {f"low:{term}": low / sets.scale[j], f"high:{term}": high / sets.scale[j]}
            stats[f"p:{term}"] = p
    return Estimate(
        method=f"proportional hazards with Firth's penalty, {design.ties} ties",
        terms=design.covariates,
        coefficients=best.beta / sets.scale,
        covariance=inverse / np.outer(sets.scale, sets.scale),
        vcov_label="inverse information",
        small_sample="none",
        nobs=len(arrays.stop),
        stats={name: float(value) for name, value in stats.items()},
        spec=design,
        notes=notes,
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="cox_firth",
    )


def penalised_point(sets: RiskSets, beta: Floats) -> Point:
    """Penalised log-likelihood, its score, and the information of the partial likelihood."""
    state = hazards(sets, beta)
    k = len(beta)
    nowhere = Point(beta, -np.inf, np.zeros(k), np.eye(k))
    if not np.isfinite(state.loglik):
        return nowhere
    score, information = score_and_information(sets, state)
    sign, log_determinant = np.linalg.slogdet(information)
    if sign <= 0 or not np.isfinite(log_determinant):
        return nowhere
    inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
    gradient = _determinant_gradient(sets, state, inverse)
    return Point(beta, state.loglik + log_determinant / 2, score + gradient / 2, information)


def _determinant_gradient(sets: RiskSets, state: Hazards, inverse: Floats) -> Floats:
    """Derivative of log |I|: third moments of the covariates over every risk set."""
    x, k = sets.x, sets.parameters
    squares = (x[:, :, None] * x[:, None, :]).reshape(len(x), k * k)
    length = np.einsum("ij,jk,ik->i", x, inverse, x)[:, None]
    whole = np.hstack([squares, length, length * x]) * state.risk[:, None]
    at, deaths, size = sets.death_time, sets.deaths, sets.intervals.size
    total = sets.intervals.scatter(whole, state.additive)
    dead = group_sums(whole[deaths], at, size)
    s1, d1 = first_moments(sets, state)
    d0 = group_sums(state.risk[deaths], at, size)
    step, share = sets.step_time, sets.step_share[:, None]
    phi = state.s0[step][:, None] - share * d0[step][:, None]
    mean = (s1[step] - share * d1[step]) / phi
    higher = (total[step] - share * dead[step]) / phi
    second = higher[:, : k * k].reshape(-1, k, k)
    q, qx = higher[:, k * k : k * k + 1], higher[:, k * k + 1 :]
    pulled = mean @ inverse
    bent = np.einsum("ij,ijk->ik", pulled, second)
    bent -= (pulled * mean).sum(axis=1, keepdims=True) * mean
    third: Floats = sets.step_weight @ (qx - q * mean - 2 * bent)
    return third


def _climb(sets: RiskSets, beta: Floats, free: Ints) -> Point:
    """Maximise over the free coefficients, the others held where they are."""
    point = penalised_point(sets, beta)
    rise = np.inf
    for _ in range(_ITERATIONS):
        score = point.score[free]
        move = np.linalg.solve(point.information[np.ix_(free, free)], score)
        decrement = float(score @ move)
        # Where events say little, rounding in the score keeps the decrement above its floor.
        if decrement < _DECREMENT or (decrement < _STALLED and rise < _STALLED):
            return point
        move *= min(1.0, _LARGEST_STEP / float(np.abs(move).max()))
        for _ in range(40):
            step = np.zeros(len(beta))
            step[free] = move
            trial = penalised_point(sets, point.beta + step)
            if trial.loglik > point.loglik - 1e-13 * abs(point.loglik):
                break
            move = move / 2
        rise = trial.loglik - point.loglik
        if rise < _STALLED and decrement > _STALLED:
            break
        point = trial if rise > 0 else point
    return _climb_by_gradient(sets, point, free)


def _climb_by_gradient(sets: RiskSets, point: Point, free: Ints) -> Point:
    """Quasi-Newton from where Newton's method stopped: far out the information is no curvature."""

    def loss(values: Floats) -> tuple[float, Floats]:
        beta = point.beta.copy()
        beta[free] = values
        found = penalised_point(sets, beta)
        if not np.isfinite(found.loglik):
            return 1e10, np.zeros(len(free))
        return -found.loglik, -found.score[free]

    result = optimize.minimize(
        loss, point.beta[free], jac=True, method="BFGS", options={"gtol": 1e-10, "maxiter": 500}
    )
    beta = point.beta.copy()
    beta[free] = result.x
    best = penalised_point(sets, beta)
    score = best.score[free]
    left = float(score @ np.linalg.solve(best.information[np.ix_(free, free)], score))
    if np.isfinite(best.loglik) and left < _ACCEPTED:
        return best
    raise ConvergenceError(
        Fault(
            "no convergence of the penalised likelihood",
            "a smooth likelihood",
            "Rescale covariates that take extreme values.",
        )
    )


def _profile(
    sets: RiskSets, best: Point, error: float, j: int, level: float
) -> tuple[float, float, float]:
    """Profile limits of one coefficient (scaled units) and the p-value of its being zero."""
    others = np.delete(np.arange(len(best.beta)), j)
    target = float(distributions.chi2.ppf(level, 1))

    def drop(value: float) -> float:
        beta = best.beta.copy()
        beta[j] = value
        held = _climb(sets, beta, others) if len(others) else penalised_point(sets, beta)
        return 2 * (best.loglik - held.loglik)

    centre = float(best.beta[j])
    low, high = (drop_limit(drop, centre, sign * error, target) for sign in (-1.0, 1.0))
    return low, high, float(distributions.chi2.sf(max(drop(0.0), 0.0), 1))
