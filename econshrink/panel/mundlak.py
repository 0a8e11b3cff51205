"""Correlated random effects: random effects with the city means of the covariates (Mundlak)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from econshrink.core.arrays import group_means
from econshrink.core.errors import SpecError, raise_all
from econshrink.inference.linear_fit import Vcov
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import assemble, needs_intercept, no_effects, no_weights
from econshrink.panel.design.entrance import enter, several
from econshrink.panel.design.prepare import Design, prepare, row_labels
from econshrink.panel.design.rank import absorbed
from econshrink.panel.random_effects import SwamyArora, VarianceComponents, random_effects


@several
def fit_cre(
    data: Any,
    model: Spec | str,
    vcov: Vcov | None = None,
    components: VarianceComponents = SwamyArora(),  # noqa: B008 - frozen
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Estimate:
    """Estimate y_it = a + x_it'b + x̄_i'g + z_i'd + c_i + e_it by random effects (Mundlak 1978).

    The slopes b of covariates that vary over time equal those of `fit_fe` with city effects;
    unlike there, covariates z_i that do not vary keep a coefficient. g = 0 is the hypothesis of
    `hausman` in its robust form.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Without weights or absorbed effects; write year effects as ``"C(year)"``.
    vcov : Vcov
    components : VarianceComponents
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Estimate
        The means are the terms ``mean(x)``, taken over the rows that are used. Means that are
        the same for every city (such as year dummies in a balanced panel) are left out, and a
        note says so.

    Raises
    ------
    SpecError, DataError
        See `fit_re`.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(2)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat([f"{i:06d}" for i in range(30)], 5),
    ...     "year": [*range(2000, 2005)] * 30,
    ...     "x": rng.normal(size=150), "y": rng.normal(size=150)}))
    >>> fit_cre(panel, Spec("y", ("x",))).terms
    ('Intercept', 'x', 'mean(x)')
    """
    panel, spec, vcov = enter(data, model, vcov, unit=unit, time=time)
    faults = no_effects(spec, "correlated random effects", "Write year effects as C(year).")
    faults += needs_intercept(spec, "correlated random effects")
    raise_all(SpecError, faults + no_weights(spec, "correlated random effects"))
    design, notes = with_city_means(prepare(panel, spec))
    fit, names, stats, more = random_effects(design, components)
    labels = row_labels(panel, design, vcov.groupings)
    return assemble(
        panel,
        spec,
        f"correlated random effects ({components.label})",
        names,
        fit,
        vcov,
        labels,
        design.stats | stats,
        (*design.notes, *notes, *more),
        kind="cre",
    )


def with_city_means(design: Design) -> tuple[Design, tuple[str, ...]]:
    """Add the city means of the covariates that vary within cities, as ``mean(x)``.

    Returns the wider design, and a note on means that do not vary between cities.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> wider, _ = with_city_means(prepare(panel, Spec("y", ("x",))))
    >>> wider.names, wider.x[:, 1]
    (('x', 'mean(x)'), array([0.5, 0.5, 2. , 2. ]))
    """
    means = group_means(design.x, design.city)[design.city]
    vary = ~absorbed(design.x, design.x - means)
    size = np.abs(means).max(axis=0)
    flat = np.ptp(means, axis=0) <= 1e-12 * size
    chosen = np.flatnonzero(vary & ~flat)
    added = tuple(f"mean({design.names[i]})" for i in chosen)
    left = [design.names[i] for i in np.flatnonzero(vary & flat)]
    notes = (f"means alike in all cities left out: {', '.join(left)}",) if left else ()
    wider = replace(
        design, names=design.names + added, x=np.column_stack([design.x, means[:, chosen]])
    )
    return wider, notes
