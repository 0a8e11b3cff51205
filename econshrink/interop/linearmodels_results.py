"""Results of linearmodels as estimates."""

from __future__ import annotations

from typing import Any

import numpy as np

from econshrink.interop.reading import counts, demanded, specification
from econshrink.nouns.estimate import Estimate

_FIELDS = ("params", "cov", "nobs", "df_resid", "resids", "model")
_KINDS = {
    "unadjusted": "iid",
    "homoskedastic": "iid",
    "robust": "heteroskedasticity-robust",
    "heteroskedastic": "heteroskedasticity-robust",
    "kernel": "HAC",
}


def from_linearmodels(result: Any) -> Estimate:
    """A fitted panel, instrumental or absorbing model of linearmodels as an `Estimate`.

    Parameters
    ----------
    result : results of PanelOLS, PooledOLS, RandomEffects, BetweenOLS, IV2SLS, AbsorbingLS …

    Returns
    -------
    Estimate
        Coefficients and covariance as they are; the label of the covariance, the factor N/(N−K)
        in words with its K, and t with the residual degrees of freedom if the covariance is
        debiased, else the normal distribution: what linearmodels prints.

    Raises
    ------
    DataError
        Not a fitted result of linearmodels.

    Examples
    --------
    >>> from linearmodels.panel.data import PanelData
    >>> from linearmodels import PooledOLS
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": [1, 1, 2, 2], "t": [1, 2, 1, 2], "x": [0.0, 1.0, 2.0, 4.0],
    ...     "y": [1.0, 2.0, 2.0, 5.0]}).set_index(["i", "t"])
    >>> estimate = from_linearmodels(PooledOLS(frame["y"], frame[["x"]]).fit())
    >>> estimate.terms, estimate.vcov_label, estimate.df_t
    (('x',), 'iid', 3.0)
    """
    demanded(result, _FIELDS, "linearmodels", "the .fit() of a linearmodels model")
    terms = tuple(map(str, result.params.index))
    name = str(getattr(result, "name", "") or getattr(result, "_method", ""))
    name = name or type(result.model).__name__
    effects, units = _effects(result)
    kind, clusters = _covariance(result)
    debiased = bool(getattr(result, "_debiased", True))
    within = bool(effects)
    stats = {"r2_within" if within else "r2": float(result.rsquared)}
    for key, field in (("r2", "rsquared_inclusive"), ("loglik", "loglik")):
        value = getattr(result, field, None)
        if value is not None and np.isfinite(value) and (key != "r2" or within):
            stats[key] = float(value)
    stats["vcov_parameters"] = _parameters(result, debiased)
    if units:
        stats["cities"] = float(units)
    return Estimate(
        method=f"{name} (linearmodels)",
        terms=terms,
        coefficients=result.params.to_numpy(dtype=float),
        covariance=np.asarray(result.cov, dtype=float),
        vcov_label=kind,
        small_sample=_small_sample(result, debiased),
        nobs=int(result.nobs),
        df_t=float(result.df_resid) if debiased else float("inf"),
        clusters=clusters,
        stats=stats,
        spec=specification(_outcome(result), terms, effects),
        provenance={"package": "linearmodels"},
    )


def _outcome(result: Any) -> str:
    dependent = result.model.dependent
    names = getattr(dependent, "vars", None) or getattr(dependent, "cols", ["outcome"])
    return str(names[0])


def _effects(result: Any) -> tuple[tuple[str, ...], int]:
    """Names of the absorbed effects (levels of the index, or given), and number of units."""
    index = result.resids.index
    model = result.model
    if not hasattr(model, "entity_effects"):
        absorbed = getattr(model, "_absorb", None)
        columns = getattr(getattr(absorbed, "cat", absorbed), "columns", [])
        return tuple(map(str, columns)), 0
    names = [str(name) for name in index.names] if index.nlevels == 2 else ["entity", "time"]
    units = index.get_level_values(0).nunique() if index.nlevels == 2 else 0
    effects = [names[0]] if model.entity_effects else []
    effects += [names[1]] if model.time_effects else []
    if getattr(model, "other_effects", False):
        other = getattr(model, "_other_effect_cats", None)
        columns = getattr(getattr(other, "dataframe", None), "columns", ["other"])
        effects += [str(column) for column in columns]
    return tuple(effects), int(units)


def _covariance(result: Any) -> tuple[str, dict[str, int]]:
    """Label, and clusters where the result still holds them."""
    kind = str(getattr(result, "_cov_type", "")) or "unknown covariance"
    plain = kind.lower()
    if plain != "clustered":
        return _KINDS.get(plain, kind), {}
    index = result.resids.index
    held = getattr(getattr(result, "_deferred_cov", None), "__self__", None)
    groups = getattr(held, "_clusters", None)
    if groups is None:
        groups = (getattr(result, "cov_config", None) or {}).get("clusters")
    if groups is None:
        return "clustered", {}
    table = np.asarray(groups).reshape(len(index), -1)
    clusters = {}
    for place in range(table.shape[1]):
        name = _cluster_name(table[:, place], index) or f"cluster {place + 1}"
        clusters[name] = counts(table[:, place])
    return f"clustered by {' and '.join(clusters)}", clusters


def _cluster_name(labels: np.ndarray, index: Any) -> str:
    """Name of the index level that the clusters are the same as, if there is one."""
    for level in range(index.nlevels if index.nlevels == 2 else 0):
        values = index.get_level_values(level)
        pairs = {(a, b) for a, b in zip(values, labels.tolist(), strict=True)}
        if len(pairs) == values.nunique() == counts(labels):
            return str(index.names[level])
    return ""


def _parameters(result: Any, debiased: bool) -> float:
    """K of the variance factor N/(N−K); the covariance object knows it, if it is still there."""
    held = getattr(getattr(result, "_deferred_cov", None), "__self__", None)
    scale, nobs = getattr(held, "_scale", None), float(result.nobs)
    if scale is None:
        return nobs - float(result.df_resid) if debiased else 0.0
    return float(round(nobs - nobs / float(scale)))


def _small_sample(result: Any, debiased: bool) -> str:
    parameters = _parameters(result, debiased)
    if not parameters:
        return "none"
    held = getattr(getattr(result, "_deferred_cov", None), "__self__", None)
    groups = "G/(G−1) (N−1)/(N−K)" if getattr(held, "_group_debias", False) else "N/(N−K)"
    return f"linearmodels, {groups} with K = {parameters:.0f}"
