"""Ridge Cox regression with the standard errors of its penalised information."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import partial_point, prepare
from econshrink.survival.cox.penalised import penalised_design
from econshrink.survival.design import survival_arrays
from econshrink.survival.kernel.intervals import Floats
from econshrink.survival.kernel.newton import Point, Solution, maximise
from econshrink.survival.options import Efron, SurvivalWeights, Ties


@dataclass(frozen=True)
class Ridge:
    r"""Penalty :math:`\theta \sum_j s_j^2 \beta_j^2 / 2` on the log-likelihood.

    Parameters
    ----------
    theta : float
        0 or more.
    scaled : bool
        True: s is the standard deviation of the covariate over all rows, divisor n - 1, so that
        units do not matter. False: s is 1. Both as R's ``ridge(theta=, scale=)``.
    """

    theta: float
    scaled: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.theta < np.inf:
            raise SpecError(Fault(f"theta {self.theta:g}", "0 or more", "Try 1."))


def fit_cox_ridge(
    spells: SpellTable,
    covariates: Sequence[str],
    penalty: Ridge,
    *,
    ties: Ties = Efron(),  # noqa: B008  (a frozen option object)
    strata: str | Sequence[str] | None = None,
    offset: str | None = None,
    weights: SurvivalWeights | None = None,
) -> Estimate:
    r"""Fit a Cox model with a ridge penalty.

    Parameters
    ----------
    spells, covariates, ties, strata, offset, weights
        As in `fit_cox`; exact ties are refused.
    penalty : Ridge

    Returns
    -------
    Estimate
        The covariance is :math:`H^{-1}`, H being the information plus the penalty's. `stats` holds
        ``loglik`` (without the penalty), ``penalty``, ``df`` (the trace of :math:`H^{-1} I`), and
        for every term ``se2:term`` from :math:`H^{-1} I H^{-1}`, the sampling spread around the
        shrunken mean.

    Raises
    ------
    SpecError, DataError, ConvergenceError
        As `fit_cox`.

    Notes
    -----
    Gray (1992), Journal of the American Statistical Association 87, for both covariances. Neither
    knows the bias that the penalty brings.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = SpellTable(pd.DataFrame({"city": list("abcdef"), "start": 0,
    ...     "stop": [1, 2, 2, 3, 3, 4], "event": [1, 1, 0, 1, 1, 0], "x": [1, 0, 0, 1, 0, 0]}),
    ...     rule_id="example")
    >>> round(fit_cox_ridge(spells, ["x"], Ridge(1.0)).coefficient("x"), 4)
    0.7595
    """
    design = penalised_design(covariates, ties, strata, offset, weights)
    arrays = survival_arrays(spells, design)
    sets = prepare(arrays, design)
    spread = np.ones(len(design.covariates))
    if penalty.scaled:
        spread = np.sqrt(((arrays.x - arrays.x.mean(axis=0)) ** 2).sum(0) / (len(arrays.x) - 1))
    strength = penalty.theta * (spread / sets.scale) ** 2

    def penalised(beta: Floats) -> Point:
        plain = partial_point(sets, beta)
        return replace(
            plain,
            loglik=plain.loglik - float(strength @ beta**2) / 2,
            score=plain.score - strength * beta,
            information=plain.information + np.diag(strength),
        )

    solution = maximise(penalised, sets.x, design.covariates)
    scale = np.outer(sets.scale, sets.scale)
    stats = _statistics(solution, strength, design.covariates, sets.scale)
    stats["events"] = float(arrays.event.sum())
    unit = "standard deviation" if penalty.scaled else "unit"
    return Estimate(
        # Not named a Cox fit: residuals and bootstraps of those know of no penalty.
        method=f"proportional hazards with ridge penalty, {design.ties} ties",
        terms=design.covariates,
        coefficients=solution.best.beta / sets.scale,
        covariance=solution.inverse / scale,
        vcov_label="inverse penalised information",
        small_sample="none",
        nobs=len(arrays.stop),
        clusters={},
        stats=stats,
        notes=(
            f"Ridge penalty theta {penalty.theta:g} per {unit}; its bias is not in the errors.",
        ),
        provenance={"design": design.to_text(), "rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
    )


def _statistics(
    solution: Solution, strength: Floats, terms: tuple[str, ...], scale: Floats
) -> dict[str, float]:
    """Log-likelihood, effective degrees of freedom and the second kind of standard error."""
    cost = float(strength @ solution.best.beta**2) / 2
    shrunken = solution.inverse @ (solution.best.information - np.diag(strength))
    errors = np.sqrt(np.diag(shrunken @ solution.inverse)) / scale
    stats = {
        "loglik": solution.best.loglik + cost,
        "loglik_null": solution.null.loglik,
        "penalty": cost,
        "df": float(np.trace(shrunken)),
        "iterations": float(solution.iterations),
    }
    return stats | {f"se2:{t}": float(e) for t, e in zip(terms, errors, strict=True)}
