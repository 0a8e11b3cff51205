"""Results of statsmodels as estimates."""

from __future__ import annotations

from typing import Any

import numpy as np

from econshrink.core.errors import DataError, Fault
from econshrink.interop.reading import counts, demanded, specification
from econshrink.nouns.estimate import Estimate

_FIELDS = ("params", "cov_params", "model")
_NONE = ("HC0", "HC2", "HC3")


def from_statsmodels(result: Any) -> Estimate:
    """A fitted model of statsmodels as an `Estimate`.

    Parameters
    ----------
    result : results of OLS, WLS, GLM, Poisson, Logit, PHReg …
        Any with ``params``, ``cov_params()`` and a model that names its regressors.

    Returns
    -------
    Estimate
        Covariance with its label and correction in words; t or normal as ``use_t`` says, with the
        degrees of freedom statsmodels uses (clusters less one, if it adjusts them).

    Raises
    ------
    DataError
        Not a fitted result of statsmodels, or several equations.

    Examples
    --------
    >>> import statsmodels.api as sm
    >>> fit = sm.OLS(np.array([1.0, 2.0, 2.0, 5.0]), np.array([[0.0], [1.0], [2.0], [4.0]])).fit()
    >>> estimate = from_statsmodels(fit)
    >>> estimate.terms, estimate.vcov_label, estimate.df_t
    (('x1',), 'iid', 3.0)
    """
    demanded(result, _FIELDS, "statsmodels", "the .fit() of a statsmodels model")
    params = np.asarray(result.params, dtype=float)
    names = getattr(result.params, "index", None)
    terms = tuple(map(str, names if names is not None else result.model.exog_names))
    if params.ndim != 1 or len(terms) != len(params):
        seen = f"coefficients of shape {params.shape} with {len(terms)} names"
        remedy = "Fit one equation at a time."
        raise DataError(Fault(seen, "one coefficient a name, one equation", remedy))
    label, clusters = _label(result)
    use_t = bool(getattr(result, "use_t", False))
    own: Any = getattr(result, "df_resid_inference", None)
    df: Any = own if own is not None else getattr(result, "df_resid", np.inf)
    stats = {}
    for key, field in (("r2", "rsquared"), ("loglik", "llf"), ("pseudo_r2", "prsquared")):
        value = getattr(result, field, None)
        if value is not None and np.ndim(value) == 0 and np.isfinite(value):
            stats[key] = float(value)
    outcome = result.model.endog_names
    kind = type(result.model).__name__
    nobs = getattr(result, "nobs", None)
    return Estimate(
        method=f"{kind} (statsmodels)",
        terms=terms,
        coefficients=params,
        covariance=np.asarray(result.cov_params(), dtype=float),
        vcov_label=label,
        small_sample=_small_sample(result, label),
        nobs=int(nobs if nobs is not None else len(np.asarray(result.model.endog))),
        df_t=float(df) if use_t else float("inf"),
        clusters=clusters,
        stats=stats,
        spec=specification(outcome if isinstance(outcome, str) else str(outcome[0]), terms, ()),
        provenance={"package": "statsmodels"},
        kind="cox" if kind == "PHReg" else "poisson" if kind == "Poisson" else "",
    )


def _label(result: Any) -> tuple[str, dict[str, int]]:
    kind = str(getattr(result, "cov_type", None) or "nonrobust")
    options = getattr(result, "cov_kwds", None) or {}
    if kind == "nonrobust":
        linear = type(result.model).__name__ in {"OLS", "WLS", "GLS"}
        return "iid" if linear else "inverse information", {}
    if kind.startswith("HC"):
        return f"heteroskedasticity-robust ({kind})", {}
    if kind != "cluster":
        return kind, {}
    groups = options.get("groups")
    name = str(getattr(groups, "name", None) or "group")
    table = np.asarray(groups)
    if table.ndim == 1:
        return f"clustered by {name}", {name: counts(table)}
    columns = getattr(groups, "columns", [f"group {i + 1}" for i in range(table.shape[1])])
    clusters = {str(c): counts(table[:, i]) for i, c in enumerate(columns)}
    return f"clustered by {' and '.join(clusters)}", clusters


def _small_sample(result: Any, label: str) -> str:
    options = getattr(result, "cov_kwds", None) or {}
    if label == "iid":
        return "statsmodels, N/(N−K)"
    if label == "inverse information" or any(f"({kind})" in label for kind in _NONE):
        return "none"
    if "(HC1)" in label:
        return "statsmodels, N/(N−K)"
    if options.get("use_correction") in {False, None}:
        return "none"
    return "statsmodels, G/(G−1) (N−1)/(N−K)"
