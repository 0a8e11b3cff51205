"""Discrete-time hazards with a ridge penalty, for more covariates than events can tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.penalised import Ridge
from econshrink.survival.design import survival_arrays, survival_spec
from econshrink.survival.discrete.design import (
    Duration,
    DurationPolynomial,
    period_design,
    period_spec,
)
from econshrink.survival.discrete.hazard import null_intercepts
from econshrink.survival.discrete.likelihood import Cells, Cloglog, Link
from econshrink.survival.entrance import takes_tables
from econshrink.survival.kernel.newton import Point, Solution, maximise
from econshrink.survival.options import ImportanceWeights


@takes_tables
def fit_discrete_ridge(
    spells: SpellTable,
    covariates: Sequence[str],
    penalty: Ridge,
    *,
    link: Link = Cloglog(),  # noqa: B008  (frozen option objects)
    duration: Duration = DurationPolynomial(1),  # noqa: B008
    weights: ImportanceWeights | None = None,
) -> Estimate:
    r"""Fit the probability of the event in each period with shrunken effects.

    Maximises :math:`\ell(\beta, \alpha) - \theta \sum_j s_j^2 \beta_j^2 / 2`: a normal prior on the
    effect of one standard deviation of each covariate. Duration terms and intercepts are free.

    Parameters
    ----------
    spells, covariates, link, duration
        As in `fit_discrete_hazard`; covariates that separate events from survivors are allowed.
    penalty : Ridge
        Its standard deviations are over all rows, each counted once.
    weights : ImportanceWeights, optional
        How much a row counts in the likelihood, such as one over the number of rows that repeat
        the same year of the same city.

    Returns
    -------
    Estimate
        Covariates first, then duration terms and intercepts. The covariance is the inverse of the
        observed information plus the penalty's. `stats` holds ``loglik`` (weighted, without the
        penalty), ``penalty``, ``df`` (the trace of :math:`H^{-1} I`), ``events`` (unweighted) and
        ``iterations``.

    Raises
    ------
    SpecError, DataError
        As `fit_discrete_hazard`.

    Notes
    -----
    Gray (1992), Journal of the American Statistical Association 87, for ``df``. The bias that the
    penalty brings is not in the covariance.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0, "stop": 1,
    ...     "event": [1, 1, 1, 0, 0, 0], "x": [1, 1, 1, 0, 0, 0]}), rule_id="example")
    >>> constant = DurationPolynomial(0)
    >>> fit = fit_discrete_ridge(spells, ["x"], Ridge(1.0), duration=constant)
    >>> round(fit.coefficient("x"), 4)  # finite, though x separates the outcomes
    2.3411
    """
    design = survival_spec(spells, covariates, weights=weights)
    arrays = survival_arrays(spells, design)
    event = arrays.event.astype(float)
    rows = period_design(spells, design.covariates, arrays.x, duration)
    cells = Cells(rows, arrays.offset, arrays.weight * event, arrays.weight * (1.0 - event))
    strength = np.zeros(len(rows.terms))
    strength[: len(design.covariates)] = _strength(penalty, arrays.x, rows.back)
    start = np.zeros(len(rows.terms))
    start[-max(rows.groups, 1) :] = null_intercepts(rows, event, link, arrays.offset)

    def penalised(beta: Floats) -> Point:
        plain = cells.point(beta, link)
        return replace(
            plain,
            loglik=plain.loglik - float(strength @ beta**2) / 2,
            score=plain.score - strength * beta,
            information=plain.information + np.diag(strength),
        )

    solution = maximise(penalised, rows.x, rows.terms, start)
    return Estimate(
        method=f"discrete-time hazard with ridge penalty, {link.name} link",
        terms=rows.terms,
        coefficients=rows.back @ solution.best.beta,
        covariance=rows.back @ solution.inverse @ rows.back.T,
        vcov_label="inverse penalised information",
        small_sample="none",
        nobs=len(event),
        stats={"events": float(event.sum()), **_statistics(solution, strength)},
        notes=(f"Ridge penalty theta {penalty.theta:g}; its bias is not in the errors.",),
        spec=period_spec(design, spells, duration, link.name),
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="discrete_ridge",
    )


def _strength(penalty: Ridge, x: Floats, back: Floats) -> Floats:
    """Penalty on the coefficients of the scaled columns; `back` holds their scales."""
    scale = 1.0 / np.diag(back)[: x.shape[1]]
    spread = x.std(axis=0, ddof=1) if penalty.scaled and len(x) > 1 else np.ones(x.shape[1])
    return np.asarray(penalty.theta * (spread / scale) ** 2)


def _statistics(solution: Solution, strength: Floats) -> dict[str, float]:
    cost = float(strength @ solution.best.beta**2) / 2
    plain = solution.best.information - np.diag(strength)
    return {
        "loglik": solution.best.loglik + cost,
        "loglik_null": solution.null.loglik,
        "penalty": cost,
        "df": float(np.trace(solution.inverse @ plain)),
        "iterations": float(solution.iterations),
    }
