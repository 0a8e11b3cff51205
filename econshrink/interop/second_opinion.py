"""The same rows and specification, fitted by linearmodels, statsmodels and pyfixest."""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.interop.linearmodels_results import from_linearmodels
from econshrink.interop.pyfixest_results import from_pyfixest
from econshrink.interop.reading import needed
from econshrink.interop.statsmodels_results import from_statsmodels
from econshrink.nouns.estimate import Estimate

MOST_DUMMIES = 2000  # columns of a dense regression with dummies


@dataclass(frozen=True, eq=False)
class Rows:
    """What every program is given.

    Parameters
    ----------
    names : tuple of str
        Terms, the intercept first if there are no effects.
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
        With a column of ones if there are no effects.
    effects : dict
        Name -> codes, shape (n,).
    weights : ndarray, shape (n,), or None
    city, year : ndarray of int, shape (n,)
    covariance : str
        ``"iid"``, ``"HC0"``, ``"HC1"``, ``"clustered"``, ``"Driscoll-Kraay"`` or another name.
    clusters : dict
        Name -> codes, shape (n,).
    lags : int
        Of a kernel covariance.
    counts : bool
        A Poisson model, not least squares.
    """

    names: tuple[str, ...]
    y: Floats
    x: Floats
    effects: dict[str, Ints]
    weights: Floats | None
    city: Ints
    year: Ints
    covariance: str
    clusters: dict[str, Ints]
    lags: int = 0
    counts: bool = False


def with_linearmodels(rows: Rows) -> Estimate | str:
    """PanelOLS (PooledOLS without effects), or why it cannot be asked."""
    if rows.counts:
        return "linearmodels has no Poisson model"
    if len(rows.effects) > 2:
        return f"PanelOLS absorbs two effects at most, here are {len(rows.effects)}"
    options = _panel_options(rows)
    if isinstance(options, str):
        return options
    from linearmodels.panel import PanelOLS, PooledOLS  # noqa: PLC0415  (two seconds to import)

    index = pd.MultiIndex.from_arrays([rows.city, rows.year], names=["city", "year"])
    y = pd.Series(rows.y, index=index, name="y")
    x = pd.DataFrame(rows.x, index=index, columns=list(rows.names))
    weights = None if rows.weights is None else pd.Series(rows.weights, index=index)
    if "clusters" in options:
        options["clusters"] = options["clusters"].set_axis(index, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not rows.effects:
            return from_linearmodels(PooledOLS(y, x, weights=weights).fit(**options))
        known = {"city": "entity_effects", "year": "time_effects"}
        flags: dict[str, Any] = {flag: name in rows.effects for name, flag in known.items()}
        other = {name: code for name, code in rows.effects.items() if name not in known}
        if other:
            flags["other_effects"] = pd.DataFrame(other, index=index)
        return from_linearmodels(PanelOLS(y, x, weights=weights, **flags).fit(**options))


def _panel_options(rows: Rows) -> dict[str, Any] | str:
    if rows.covariance == "iid":
        return {"cov_type": "unadjusted"}
    if rows.covariance == "HC1":
        return {"cov_type": "robust"}
    if rows.covariance == "Driscoll-Kraay":
        return {"cov_type": "kernel", "kernel": "bartlett", "bandwidth": rows.lags}
    if rows.covariance == "clustered" and len(rows.clusters) <= 2:
        return {"cov_type": "clustered", "clusters": pd.DataFrame(rows.clusters)}
    return f"PanelOLS has no covariance that is {rows.covariance} with these groups"


def with_statsmodels(rows: Rows) -> Estimate | str:
    """OLS, WLS or GLM with a dummy for every level, or why it cannot be asked."""
    dummies = _dummies(rows)
    if dummies.shape[1] > MOST_DUMMIES:
        return f"statsmodels would need {dummies.shape[1]:,} dummies"
    if rows.covariance not in {"iid", "HC0", "HC1", "clustered"} or len(rows.clusters) > 2:
        return f"statsmodels has no such covariance for dummies ({rows.covariance})"
    import statsmodels.api as sm  # noqa: PLC0415  (two seconds to import)

    options: dict[str, Any] = {
        "cov_type": {"iid": "nonrobust"}.get(rows.covariance, rows.covariance)
    }
    if rows.covariance == "clustered":
        groups = np.column_stack(list(rows.clusters.values()))
        kept = groups[:, 0] if groups.shape[1] == 1 else groups
        options = {"cov_type": "cluster", "cov_kwds": {"groups": kept}}
    columns = [*rows.names, *(f"dummy {i}" for i in range(dummies.shape[1]))]
    x = pd.DataFrame(np.column_stack([rows.x, dummies]), columns=columns)
    y = pd.Series(rows.y, name="y")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if rows.counts:
            if rows.weights is not None:
                return "statsmodels' GLM reads weights as frequencies"
            scale = {"scale": "X2"} if rows.covariance == "iid" else {}
            model = sm.GLM(y, x, family=sm.families.Poisson())
            fit = model.fit(tol=1e-12, maxiter=200, **scale, **options)
        elif rows.weights is None:
            fit = sm.OLS(y, x).fit(**options)
        else:
            fit = sm.WLS(y, x, weights=rows.weights).fit(**options)
    return _first(from_statsmodels(fit), len(rows.names))


def _dummies(rows: Rows) -> Floats:
    """A dummy a level, the first level of every further effect left out."""
    blocks = [np.empty((len(rows.y), 0))]
    for place, code in enumerate(rows.effects.values()):
        levels = int(code.max()) + 1
        if levels > MOST_DUMMIES:
            return np.empty((len(rows.y), MOST_DUMMIES + 1))
        block = (code[:, None] == np.arange(min(place, 1), levels)).astype(np.float64)
        blocks.append(block)
    return np.column_stack(blocks)


def _first(estimate: Estimate, count: int) -> Estimate:
    """The first terms: those that are not dummies."""
    return Estimate(
        estimate.method,
        estimate.terms[:count],
        estimate.coefficients[:count],
        estimate.covariance[:count, :count],
        estimate.vcov_label,
        estimate.small_sample,
        estimate.nobs,
        estimate.df_t,
        estimate.clusters,
        estimate.stats,
        provenance=estimate.provenance,
    )


def with_pyfixest(rows: Rows) -> Estimate | str:
    """Feols or fepois, or why it cannot be asked; pyfixest is not among our dependencies."""
    if importlib.util.find_spec("pyfixest") is None:
        return "pyfixest is not installed"
    options: dict[str, Any] = {"iid": {"vcov": "iid"}, "HC1": {"vcov": "hetero"}}.get(
        rows.covariance, {}
    )
    if rows.covariance == "clustered" and len(rows.clusters) <= 2:
        names = [f"cluster{i}" for i in range(len(rows.clusters))]
        options = {"vcov": {"CRV1": " + ".join(names)}}
    if not options:
        return f"pyfixest is not asked for this covariance ({rows.covariance})"
    pf = needed("pyfixest", "a second opinion")
    slopes = rows.x if rows.effects else rows.x[:, 1:]
    frame = pd.DataFrame(slopes, columns=[f"x{i}" for i in range(slopes.shape[1])])
    frame = frame.assign(y=rows.y)
    for place, code in enumerate(rows.effects.values()):
        frame[f"effect{place}"] = code
    for place, code in enumerate(rows.clusters.values()):
        frame[f"cluster{place}"] = code
    # a space around every plus: without, 0.60 forgets that an effect is nested in the clusters
    effects = " + ".join(f"effect{place}" for place in range(len(rows.effects)))
    formula = f"y ~ {' + '.join(f'x{i}' for i in range(slopes.shape[1]))}"
    formula += f" | {effects}" if effects else ""
    for place, name in enumerate(rows.clusters):  # a cluster that is an effect is named alike
        if name in rows.effects and "vcov" in options and isinstance(options["vcov"], dict):
            same = f"effect{list(rows.effects).index(name)}"
            text = options["vcov"]["CRV1"].replace(f"cluster{place}", same)
            options = {"vcov": {"CRV1": text}}
    if rows.weights is not None:
        frame["weight"] = rows.weights
        options["weights"] = "weight"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if rows.counts:
            if rows.weights is not None:
                return "pyfixest is not asked for weighted counts"
            options |= {"iwls_tol": 1e-12, "fixef_tol": 1e-10}
            fit = pf.fepois(formula, frame, fixef_rm="none", **options)
        else:
            fit = pf.feols(formula, frame, fixef_rm="none", **options)
    return from_pyfixest(fit)
