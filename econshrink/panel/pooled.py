"""Pooled least squares with an intercept."""

from __future__ import annotations

from typing import Any

import numpy as np

from econshrink.core.arrays import weighted_mean
from econshrink.core.errors import SpecError, raise_all
from econshrink.inference.linear_fit import Vcov
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import assemble, no_effects, ordinary_fit, with_intercept
from econshrink.panel.design.entrance import enter, several
from econshrink.panel.design.prepare import prepare, row_labels


@several
def fit_pooled(
    data: Any,
    model: Spec | str,
    vcov: Vcov | None = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    weights: str | None = None,
) -> Estimate:
    """Estimate y = a + x'b + u by (weighted) least squares on all rows.

    Also the estimator for one cross-section, such as changes between two censuses.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Without absorbed effects.
    vcov : Vcov
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.
    weights : str, optional
        Column of analytic weights, beside a formula.

    Returns
    -------
    Estimate
        The first term is ``Intercept``, unless the formula says ``- 1``; stats hold ``r2``.

    Raises
    ------
    SpecError, DataError
        Absorbed effects, collinear covariates; see `prepare`.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "120000", "130100", "130200"], "year": 2020,
    ...     "y": [1.0, 3.0, 5.0, 7.0], "x": [0.0, 1.0, 2.0, 3.0]}))
    >>> fit_pooled(panel, Spec("y", ("x",))).coefficients.round(12)
    array([1., 2.])
    """
    panel, spec, vcov = enter(data, model, vcov, unit=unit, time=time, weights=weights)
    raise_all(SpecError, no_effects(spec, "pooled least squares", "Use fit_fe."))
    design = prepare(panel, spec)
    x, names = with_intercept(design.x, design.names, spec.intercept)
    root = np.ones(design.nobs) if design.weights is None else np.sqrt(design.weights)
    fit = ordinary_fit(design.y * root, x * root[:, None], names)
    centre = float(weighted_mean(design.y, design.weights))
    total = float((root**2) @ (design.y - centre) ** 2)
    stats = design.stats | {"r2": 1 - fit.rss / total, "mean_depvar": centre}
    labels = row_labels(panel, design, vcov.groupings)
    return assemble(
        panel,
        spec,
        "pooled least squares",
        names,
        fit,
        vcov,
        labels,
        stats,
        design.notes,
        kind="pooled",
    )
