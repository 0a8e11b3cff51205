"""Results of lifelines as estimates and curves; read by their fields, nothing is imported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from econshrink.core.errors import DataError, Fault
from econshrink.interop.reading import counts
from econshrink.nouns.curve import Curve
from econshrink.nouns.estimate import Estimate


def from_lifelines(result: Any) -> Estimate | Curve:
    """A fitted model of lifelines: a regression as an `Estimate`, a curve as a `Curve`.

    Parameters
    ----------
    result : CoxPHFitter, WeibullAFTFitter …, KaplanMeierFitter, NelsonAalenFitter

    Returns
    -------
    Estimate or Curve
        Regressions: normal statistics, no small-sample rule, as lifelines prints them. Curves:
        lifelines' own limits; Greenwood's errors, for hazards those its limits imply.

    Raises
    ------
    DataError
        Not a fitted model of lifelines, or one without coefficients and without such a curve.
    """
    if hasattr(result, "params_") and hasattr(result, "variance_matrix_"):
        return _estimate(result)
    if hasattr(result, "survival_function_") and hasattr(result, "event_table"):
        return _survival(result)
    if hasattr(result, "cumulative_hazard_") and hasattr(result, "event_table"):
        return _hazard(result)
    kind = type(result).__name__
    raise DataError(
        Fault(
            f"a {kind} without coefficients and without a survival or hazard curve",
            "a fitted regression, KaplanMeierFitter or NelsonAalenFitter of lifelines",
            "Fit it first, and pass the fitter itself.",
        )
    )


def _estimate(model: Any) -> Estimate:
    params = model.params_
    parts = [key if isinstance(key, tuple) else (key,) for key in params.index]
    terms = tuple(": ".join(map(str, key)) for key in parts)
    name = type(model).__name__
    cox = "Cox" in name
    events = np.asarray(getattr(model, "event_observed", []), dtype=float)
    column = getattr(model, "cluster_col", None)
    groups = getattr(model, "_clusters", None)
    clusters = {str(column): counts(groups)} if column and groups is not None else {}
    if column:
        label = f"clustered by {column}"
    else:
        robust = bool(getattr(model, "robust", False))
        label = "robust (Lin and Wei)" if robust else "inverse information"
    stats = {"events": float(events.sum())} if len(events) else {}
    for key, field in (("loglik", "log_likelihood_"), ("concordance", "concordance_index_")):
        value = getattr(model, field, None)
        if value is not None and np.isfinite(value):
            stats[key] = float(value)
    covariance, told = _covariance(model)
    penalty = getattr(model, "penalizer", 0.0)
    notes = [f"penalised (penalizer {penalty})"] if np.any(np.asarray(penalty) != 0) else []
    notes += told
    strata = getattr(model, "strata", None)
    if strata:
        names = [strata] if isinstance(strata, str) else list(strata)
        notes.append(f"strata: {', '.join(map(str, names))}")
    return Estimate(
        method=f"{name} (lifelines)",
        terms=terms,
        coefficients=params.to_numpy(dtype=float),
        covariance=covariance,
        vcov_label=label,
        small_sample="none",
        nobs=int(getattr(model, "_n_examples", len(events))),
        clusters=clusters,
        stats=stats,
        notes=tuple(notes),
        provenance={"package": "lifelines"},
        kind="cox" if cox else "",
    )


def _covariance(model: Any) -> tuple[np.ndarray, list[str]]:
    """Covariance with the errors that lifelines prints.

    Robust fits change `standard_errors_` but leave the inverse information in `variance_matrix_`.
    """
    matrix = np.asarray(model.variance_matrix_, dtype=float)
    printed = getattr(model, "standard_errors_", None)
    if printed is None:
        return matrix, []
    errors = np.asarray(printed, dtype=float)
    naive = np.sqrt(np.diag(matrix))
    if np.allclose(errors, naive, rtol=1e-8):
        return matrix, []
    note = (
        "standard errors are lifelines' robust ones; it keeps no robust covariances between terms, "
        "here those of the inverse information, scaled: joint tests are approximate"
    )
    scale = errors / naive
    return matrix * np.outer(scale, scale), [note] if len(errors) > 1 else []


def _survival(model: Any) -> Curve:
    table = model.event_table
    estimate = model.survival_function_.iloc[:, 0]
    deaths = table["observed"].to_numpy(dtype=float)
    at_risk = table["at_risk"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(deaths / (at_risk * (at_risk - deaths)))
        error = estimate.to_numpy(dtype=float) * np.sqrt(greenwood)
    limits = getattr(model, "confidence_interval_survival_function_", None)
    limits = model.confidence_interval_ if limits is None else limits
    return _curve(model, "survival", estimate, np.where(np.isfinite(error), error, np.nan), limits)


def _hazard(model: Any) -> Curve:
    estimate = model.cumulative_hazard_.iloc[:, 0]
    limits = getattr(model, "confidence_interval_cumulative_hazard_", None)
    limits = model.confidence_interval_ if limits is None else limits
    level = 1 - float(model.alpha)
    values = estimate.to_numpy(dtype=float)
    high = limits.max(axis=1).to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):  # limits on the log scale
        error = values * np.log(high / values) / special.ndtri(0.5 + level / 2)
    return _curve(model, "cumulative_hazard", estimate, np.where(values > 0, error, 0.0), limits)


def _curve(
    model: Any, kind: str, estimate: pd.Series, error: np.ndarray, limits: pd.DataFrame
) -> Curve:
    table = model.event_table.reindex(estimate.index)
    label = str(getattr(model, "_label", "") or "all")
    frame = pd.DataFrame(
        {
            "time": estimate.index.to_numpy(dtype=float),
            "estimate": estimate.to_numpy(dtype=float),
            "std_error": error,
            "conf_low": limits.min(axis=1).to_numpy(dtype=float),
            "conf_high": limits.max(axis=1).to_numpy(dtype=float),
            "group": label,
            "at_risk": table["at_risk"].to_numpy(dtype=float),
            "events": table["observed"].to_numpy(dtype=float),
        }
    )
    name = f"{type(model).__name__} (lifelines)"
    return Curve(frame, kind, 1 - float(model.alpha), name)
