"""Coefficients of a proportional hazards model read as hazard ratios, whatever fitted it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats as distributions

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.design import fitted_spec
from econshrink.survival.parametric.gompertz import GOMPERTZ
from econshrink.survival.parametric.likelihood import Exponential, Weibull

_COX = {"cox", "cox_firth", "cox_ridge", "frailty"}
_DISCRETE = {"discrete", "discrete_random", "discrete_ridge"}


def hazard_ratios(estimate: Estimate, level: float = 0.95) -> pd.DataFrame:
    """Coefficients of a proportional hazards model as hazard ratios.

    Parameters
    ----------
    estimate : Estimate
        From any Cox fit (`fit_cox`, `fit_firth`, `fit_cox_ridge`, `fit_frailty`), from
        `fit_parametric` with the exponential or Weibull family, from `fit_gompertz`, or from a
        discrete hazard with the complementary log-log link.
    level : float

    Returns
    -------
    DataFrame
        Columns ``term, log_ratio, std_error, hazard_ratio, conf_low, conf_high``, one row a
        covariate; the limits are those of the ratio.

    Raises
    ------
    SpecError
        A model whose hazards are not proportional.

    Notes
    -----
    Cox, Gompertz and complementary log-log coefficients are log hazard ratios as they are
    (Prentice and Gloeckler 1978 for grouped time). Under the Weibull law the log ratio is minus the
    coefficient over the scale; its error is by the delta method with the joint covariance. A
    frailty model's ratios are between units of the same frailty.

    Examples
    --------
    >>> from econshrink.survival.cox.fit import fit_cox
    >>> from econshrink.survival.parametric.accelerated import fit_parametric
    >>> frame = pd.DataFrame({"days": [1, 2, 4, 5], "dead": [1, 1, 0, 1], "x": [1, 0, 1, 0]})
    >>> roles = {"duration": "days", "event": "dead"}
    >>> table = hazard_ratios(fit_parametric(frame, ["x"], family=Exponential(), **roles))
    >>> table["hazard_ratio"].round(4).tolist()
    [0.7]
    >>> hazard_ratios(fit_cox(frame, ["x"], **roles))["hazard_ratio"].round(4).tolist()
    [1.4142]
    """
    kinds = _COX | _DISCRETE | {"parametric"}
    spec = fitted_spec(estimate, kinds, "a proportional hazards model", "fit_cox or fit_parametric")
    names = list(spec.covariates)
    logs, turn = _log_ratios(estimate, spec, names)
    error = np.sqrt(np.einsum("ij,jk,ik->i", turn, estimate.covariance, turn))
    reach = float(distributions.norm.ppf(0.5 + level / 2)) * error
    return pd.DataFrame(
        {
            "term": names,
            "log_ratio": logs,
            "std_error": error,
            "hazard_ratio": np.exp(logs),
            "conf_low": np.exp(logs - reach),
            "conf_high": np.exp(logs + reach),
        }
    )


def _log_ratios(estimate: Estimate, spec: SurvivalSpec, names: list[str]) -> tuple[Floats, Floats]:
    """Log ratios, and their derivatives by all coefficients."""
    places = [estimate.terms.index(name) for name in names]
    turn = np.zeros((len(names), len(estimate.terms)))
    turn[np.arange(len(names)), places] = 1.0
    logs = estimate.coefficients[places]
    cloglog = estimate.kind in _DISCRETE and spec.link == "cloglog"
    if estimate.kind in _COX or cloglog or spec.family == GOMPERTZ:
        return logs, turn
    if estimate.kind == "parametric" and spec.family in {Exponential().name, Weibull().name}:
        scale = 1.0
        if "Log(scale)" in estimate.terms:
            scale = float(np.exp(estimate.coefficient("Log(scale)")))
        logs = -logs / scale
        if "Log(scale)" in estimate.terms:
            turn[:, estimate.terms.index("Log(scale)")] = -logs
        turn[np.arange(len(names)), places] = -1 / scale
        return logs, turn
    discrete = estimate.kind in _DISCRETE
    raise SpecError(
        Fault(
            f"an estimate by {estimate.method}",
            "the complementary log-log link"
            if discrete
            else "the exponential, Weibull or Gompertz family",
            "Its coefficients are log odds ratios: fit with link=Cloglog()."
            if discrete
            else "Hazards of the other families are not proportional: use parametric_survival.",
        )
    )
