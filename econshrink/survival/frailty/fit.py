"""A frailty model on arrays, at its variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats as distributions

from econshrink.core.arrays import Floats, codes, group_sums
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.cox.fit import CoxFit, fit_arrays
from econshrink.survival.design import SurvivalArrays, fitted_spec, survival_arrays, survival_spec
from econshrink.survival.entrance import takes_tables
from econshrink.survival.frailty.likelihood import (
    DiagonalInformation,
    FrailtyInformation,
    FrailtyLaw,
    FrailtyModel,
    FullInformation,
    GammaFrailty,
    LogNormalFrailty,
    best_theta,
    gamma_correction,
    inverse_information,
    theta_interval,
)
from econshrink.survival.kernel.newton import Solution
from econshrink.survival.options import Breslow, Efron, required_column

_WHOLE = (
    "Errors from the whole information of coefficients and frailties; R's coxph takes frailties "
    "as uncorrelated, as DiagonalInformation() does."
)
_DIAGONAL = "Frailties taken as uncorrelated given the coefficients, as R's coxph does."


@takes_tables
def fit_frailty(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    group: str,
    law: FrailtyLaw = GammaFrailty(),  # noqa: B008  (frozen option objects)
    theta: float | None = None,
    information: FrailtyInformation | None = None,
    ties: Efron | Breslow = Efron(),  # noqa: B008
    strata: str | Sequence[str] | None = None,
) -> Estimate:
    r"""Cox model in which the hazard of group g is multiplied by an unseen factor.

    :math:`h_{gi}(t) = h_0(t) \exp(x_i'\beta + w_g)`, where :math:`e^{w_g}` is gamma with mean 1 and
    variance theta, or :math:`w_g` is normal with variance theta.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
    covariates : sequence of str
    group : str
        Column of the groups that share a frailty, such as ``"province"``.
    law : GammaFrailty or LogNormalFrailty
    theta : float, optional
        Holds the variance at this value; otherwise it is estimated.
    information : FullInformation or DiagonalInformation, optional
        For standard errors, degrees of freedom and, under the log-normal law, theta. By default
        that of R's coxph, `DiagonalInformation`, under the log-normal law, and `FullInformation`
        under the gamma law, whose theta and coefficients do not depend on it; a note says so.
    ties : Efron or Breslow
    strata : str or sequence of str, optional

    Returns
    -------
    Estimate
        Coefficients given the frailties, with the model-based covariance at the estimated theta
        (the error of theta is not in it). `stats` holds ``theta``; ``loglik_null``; ``loglik``, the
        partial log-likelihood with the frailties; ``penalised_loglik``; ``frailty_chi2`` and
        ``frailty_df``; ``lr_chi2`` on ``df``; and ``se2:x``, the error of x with the frailties held
        fixed. Under the gamma law also ``integrated_loglik``, the limits ``theta_low`` and
        ``theta_high`` of the 95% profile interval, and ``theta_p``, against no frailty.

    Raises
    ------
    SpecError
        Unknown columns, fewer than two groups, or a variance that is not positive.
    DataError, ConvergenceError
        As `fit_cox`.

    Notes
    -----
    Therneau, Grambsch and Pankratz (2003). Gamma: theta maximises the likelihood with the
    frailties integrated out; its derivative is driven to zero. Log-normal: theta equals the mean of
    w^2 and its error variance (restricted likelihood). If the likelihood falls from theta = 0 on,
    the plain Cox fit is returned with theta 0 and a note.

    Examples
    --------
    >>> rows = {"city": [f"{i:02d}" for i in range(12)], "start": 0, "stop": range(1, 13),
    ...     "event": 1, "x": [1, 0] * 6, "province": [1] * 6 + [2] * 6}
    >>> fit = fit_frailty(SpellTable(pd.DataFrame(rows), rule_id="example"), ["x"],
    ...     group="province")
    >>> fit.stats["theta"] > 0
    True
    """
    if information is None:
        gamma = isinstance(law, GammaFrailty)
        information = FullInformation() if gamma else DiagonalInformation()
    fitted = fit_frailty_model(
        spells, tuple(covariates), group, law, theta, information, ties, strata
    )
    if fitted.theta == 0:
        return _without_frailty(spells, fitted, group, limits=theta is None)
    k = len(fitted.design.covariates)
    scale = fitted.model.sets.scale
    inverse = inverse_information(fitted.solution.best.information, k, information)
    stats = _statistics(fitted, inverse, information)
    if theta is None and isinstance(law, GammaFrailty):
        stats |= _theta_statistics(fitted)
    return _estimate(
        spells,
        fitted,
        group,
        fitted.solution.best.beta[:k] / scale,
        inverse[:k, :k] / np.outer(scale, scale),
        stats,
        (
            f"{fitted.model.groups} groups; the error of theta is not in the covariance.",
            _WHOLE if isinstance(information, FullInformation) else _DIAGONAL,
        ),
    )


def frailty_effects(
    spells: SpellTable,
    estimate: Estimate,
) -> pd.DataFrame:
    """Log frailty of every group at the estimated variance, for the table the model was fitted to.

    Columns ``group, events, log_frailty, std_error`` (given theta), sorted by group.
    """
    design = fitted_spec(estimate, {"frailty"}, "a frailty model", "fit_frailty")
    law = GammaFrailty() if design.family == GammaFrailty().name else LogNormalFrailty()
    ties = Efron() if design.ties == "efron" else Breslow()
    theta = estimate.stats["theta"] or None
    options = (law, theta, FullInformation(), ties, design.strata)
    fitted = fit_frailty_model(spells, design.covariates, str(design.group), *options)
    k = len(design.covariates)
    zero = np.zeros(fitted.model.groups)
    inverse = fitted.solution.inverse
    found = fitted.theta > 0
    return pd.DataFrame(
        {
            "group": list(fitted.names),
            "events": fitted.model.events,
            "log_frailty": fitted.solution.best.beta[k:] if found else zero,
            "std_error": np.sqrt(np.diag(inverse)[k:]) if found else zero,
        }
    )


def _statistics(
    fitted: FittedFrailty, inverse: Floats, information: FrailtyInformation
) -> dict[str, float]:
    """Likelihoods, degrees of freedom and tests at theta."""
    k, best = len(fitted.design.covariates), fitted.solution.best
    w = best.beta[k:]
    penalty, _, bend = fitted.model.law.penalty(w, fitted.theta)
    full = best.information.copy()
    if isinstance(information, DiagonalInformation):
        full[k:, k:] = np.diag(np.diag(full[k:, k:]))
    bare = full - np.diag(np.concatenate([np.zeros(k), bend]))
    fixed = np.diag(inverse @ bare @ inverse)[:k]
    frailty_df = len(w) - float((bend * np.diag(inverse)[k:]).sum())
    df = frailty_df + float((fixed / np.diag(inverse)[:k]).sum())
    null = fitted.plain.solution.null.loglik
    stats = {
        "theta": fitted.theta,
        "loglik": best.loglik - penalty,
        "loglik_null": null,
        "penalised_loglik": best.loglik,
        "frailty_chi2": float((w**2 / np.diag(inverse)[k:]).sum()),
        "frailty_df": frailty_df,
        "lr_chi2": 2 * (best.loglik - penalty - null),
        "df": df,
        "events": float(fitted.arrays.event.sum()),
        "groups": float(fitted.model.groups),
    }
    if isinstance(fitted.model.law, GammaFrailty):
        correction, _ = gamma_correction(fitted.theta, fitted.model.events)
        stats["integrated_loglik"] = best.loglik + correction
    errors = np.sqrt(fixed) / fitted.model.sets.scale
    names = fitted.design.covariates
    return stats | {f"se2:{term}": float(e) for term, e in zip(names, errors, strict=True)}


def _theta_statistics(fitted: FittedFrailty) -> dict[str, float]:
    """Profile interval of theta, and the test against none, half a chi-square of one degree."""
    top = fitted.solution.best.loglik + gamma_correction(fitted.theta, fitted.model.events)[0]
    none = fitted.plain.solution.best.loglik
    low, high = theta_interval(fitted.model, fitted.start, fitted.theta, top, none)
    gain = max(2 * (top - none), 0.0)
    return {
        "theta_low": low,
        "theta_high": high,
        "theta_lr_chi2": gain,
        "theta_p": 0.5 * float(distributions.chi2.sf(gain, 1)),
    }


def _without_frailty(
    spells: SpellTable, fitted: FittedFrailty, group: str, *, limits: bool
) -> Estimate:
    """Plain fit at the boundary, with how far theta may still lie from it."""
    solution = fitted.plain.solution
    stats = {
        "theta": 0.0,
        "loglik": solution.best.loglik,
        "loglik_null": solution.null.loglik,
        "penalised_loglik": solution.best.loglik,
        "integrated_loglik": solution.best.loglik,
        "lr_chi2": 2 * (solution.best.loglik - solution.null.loglik),
        "df": float(len(fitted.design.covariates)),
        "events": float(fitted.arrays.event.sum()),
        "groups": float(fitted.model.groups),
        "theta_p": 1.0,
    }
    if limits and isinstance(fitted.model.law, GammaFrailty):
        none = solution.best.loglik
        low, high = theta_interval(fitted.model, fitted.start, 0.0, none, none)
        stats |= {"theta_low": low, "theta_high": high}
    note = "No sign of frailty: theta is 0, and this is the fit without it."
    beta, covariance = fitted.plain.beta, fitted.plain.model_covariance
    return _estimate(spells, fitted, group, beta, covariance, stats, (note,))


def _estimate(
    spells: SpellTable,
    fitted: FittedFrailty,
    group: str,
    coefficients: Floats,
    covariance: Floats,
    stats: dict[str, float],
    notes: tuple[str, ...],
) -> Estimate:
    return Estimate(
        method=(
            f"proportional hazards with {fitted.model.law.name} frailty by {group}, "
            f"{fitted.design.ties} ties"
        ),
        terms=fitted.design.covariates,
        coefficients=coefficients,
        covariance=covariance,
        vcov_label="inverse penalised information",
        small_sample="none",
        nobs=len(fitted.arrays.stop),
        stats=stats,
        spec=fitted.design,
        notes=notes,
        provenance={"rule_id": spells.rule_id, "origin": spells.origin},
        synthetic=spells.synthetic,
        kind="frailty",
    )


@dataclass(frozen=True, eq=False)
class FittedFrailty:
    """A frailty model at its theta, with the plain model it extends."""

    design: SurvivalSpec
    arrays: SurvivalArrays
    plain: CoxFit
    model: FrailtyModel
    names: tuple[str, ...]
    theta: float
    solution: Solution
    start: Floats


def fit_frailty_model(
    spells: SpellTable,
    covariates: tuple[str, ...],
    group: str,
    law: FrailtyLaw,
    theta: float | None,
    information: FrailtyInformation,
    ties: Efron | Breslow,
    strata: str | Sequence[str] | None,
) -> FittedFrailty:
    """Fit at the theta given, or at the best one; see `fit_frailty` for the parameters."""
    if theta is not None and not (np.isfinite(theta) and theta > 0):
        raise SpecError(Fault(f"theta {theta:g}", "a variance above 0", "Leave it out."))
    design = survival_spec(
        spells, covariates, ties=ties.name, strata=strata, group=group, family=law.name
    )
    labels = required_column(spells, group, "frailty group")
    numbers, count = codes(labels.to_numpy())
    if count < 2:
        raise SpecError(Fault(f"one group in '{group}'", "two or more", "Check the column."))
    arrays = survival_arrays(spells, design)
    plain = fit_arrays(arrays, design)
    mine = numbers[plain.sets.rows]
    events = group_sums(plain.sets.weight * plain.sets.event, mine, count)
    model = FrailtyModel(plain.sets, mine, count, law, events)
    start = np.concatenate([plain.scaled_beta, np.zeros(count)])
    value = best_theta(model, start, information) if theta is None else theta
    solution = model.fit(value, start) if value > 0 else plain.solution
    names = tuple(str(name) for name in labels.groupby(numbers).first())
    return FittedFrailty(design, arrays, plain, model, names, value, solution, start)
