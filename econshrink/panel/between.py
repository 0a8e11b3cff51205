"""Between estimator: least squares on city means."""

from __future__ import annotations

from typing import Any

import numpy as np

from econshrink.core.arrays import group_means
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.inference.linear_fit import Vcov
from econshrink.inference.vcov import Heteroskedastic
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import (
    assemble,
    no_effects,
    no_weights,
    ordinary_fit,
    with_intercept,
)
from econshrink.panel.design.entrance import enter, several
from econshrink.panel.design.prepare import prepare, row_labels


@several
def fit_between(
    data: Any,
    model: Spec | str,
    vcov: Vcov = Heteroskedastic("HC1"),  # noqa: B008 - a frozen option, never changed
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Estimate:
    """Estimate ȳ_i = a + x̄_i'b + u_i by least squares over cities.

    Each city counts once, however many years it has.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Without absorbed effects or weights.
    vcov : Vcov
        The rows are cities: cluster by a city attribute if at all.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Estimate
        `nobs` is the number of cities.

    Raises
    ------
    SpecError, DataError
        Effects, weights, clusters by year; means that are collinear; not more cities than
        parameters; see `prepare`.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000", "130000", "130000"],
    ...     "year": [2010, 2011] * 3, "y": [1.0, 5.0, 5.0, 5.0, 6.0, 8.0],
    ...     "x": [0.0, 2.0, 2.0, 2.0, 2.0, 4.0]}))
    >>> fit_between(panel, Spec("y", ("x",))).coefficients.round(12)
    array([1., 2.])
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time)
    faults = no_effects(spec, "the between estimator", "Leave the effects out.")
    faults += no_weights(spec, "the between estimator")
    if any(panel.role(part) == "time" for by in vcov.groupings for part in by.split("^")):
        faults.append(Fault("clusters by year of city means", "clusters of cities", "Use another."))
    raise_all(SpecError, faults)
    design = prepare(panel, spec)
    x, names = with_intercept(group_means(design.x, design.city), design.names, spec.intercept)
    y = group_means(design.y, design.city)
    if not np.ptp(y):
        seen = f"the same mean of '{design.depvar}' in all {len(y)} cities"
        raise SpecError(Fault(seen, "means that differ", "The between estimator does not apply."))
    fit = ordinary_fit(y, x, names)
    by_row = row_labels(panel, design, vcov.groupings)
    first = np.unique(design.city, return_index=True)[1]
    labels = {name: code[first] for name, code in by_row.items()}
    total = float(((y - y.mean()) ** 2).sum())
    stats = design.stats | {"r2": 1 - fit.rss / total, "mean_depvar": float(y.mean())}
    notes = (*design.notes, f"rows are the means of {len(y)} cities over {design.nobs} city-years")
    return assemble(
        panel, spec, "between (city means)", names, fit, vcov, labels, stats, notes, kind="between"
    )
