"""Coefficient stability: how strong selection on unobservables must be to undo an association."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from econshrink.causal.kernel.oster import Moments, bounds, delta_for, nearest
from econshrink.causal.residuals import residualise
from econshrink.core.arrays import least_norm
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter

R2_FACTOR = 1.3  # Oster's rule for the R² with all unobservables


@dataclass(frozen=True)
class Stability:
    """Oster's (2019) reading of one coefficient.

    Parameters
    ----------
    term : str
    short, long : float
        Coefficient without and with the controls, effects absorbed in both.
    r2_short, r2_long, r2_max : float
        Of the outcome within the effects.
    delta : float
        Selection on unobservables, relative to that on the controls, that would make the
        coefficient zero. Above one, or negative (controls moved it away from zero), it is called
        robust by the rule of the literature.
    bound : float
        The coefficient with equal selection (δ = 1).
    """

    term: str
    short: float
    long: float
    r2_short: float
    r2_long: float
    r2_max: float
    delta: float
    bound: float

    @property
    def identified_set(self) -> tuple[float, float]:
        """From the coefficient with controls to the bound, in rising order."""
        return min(self.long, self.bound), max(self.long, self.bound)


def coefficient_stability(
    data: Any,
    model: Spec | str,
    term: str,
    *,
    unit: str | None = None,
    time: str | None = None,
    kept: tuple[str, ...] = (),
    r2_max: float | None = None,
) -> Stability:
    """Compare a coefficient without and with controls as Oster (2019) does.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        With all controls.
    term : str
        The covariate in question.
    kept : tuple of str
        Covariates that stand in both regressions; they are partialled out with the effects.
    r2_max : float, optional
        R² of the hypothetical full regression; default 1.3 times that with controls, at most 1.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Stability

    Raises
    ------
    SpecError, DataError
        `term` not among the covariates or the only one; see `residualise`.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> w, e = rng.normal(size=(2, 60))
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": [f"{i:06d}" for i in range(60)], "year": 2020,
    ...     "y": 0.5 * w + e, "x": w + rng.normal(size=60), "w": w}))
    >>> found = coefficient_stability(panel, Spec("y", ("x", "w")), "x")
    >>> abs(found.long) < abs(found.short), found.r2_long > found.r2_short
    (True, True)
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    controls = tuple(c for c in spec.covariates if c != term and c not in kept)
    faults = []
    if term not in spec.covariates:
        seen = f"no '{term}' among the covariates"
        faults.append(Fault(seen, f"one of {', '.join(spec.covariates)}", "Check it."))
    if not controls:
        faults.append(Fault("no controls besides the term", "at least one", "Add controls."))
    raise_all(SpecError, faults)
    found = residualise(panel, spec, [term, *controls])
    y, x = found.columns[spec.depvar], found.columns[term]
    # the cubic of the bounds is solved in standard deviations, whatever the units
    unit_y, unit_x = float(np.sqrt(np.mean(y**2))), float(np.sqrt(np.mean(x**2)))
    y, x, scale = y / unit_y, x / unit_x, unit_y / unit_x
    others = found.table(controls)
    both = np.column_stack([x, others])
    coefficients, _ = least_norm(both, y)
    left = x - others @ least_norm(others, x)[0]
    total, own = float(y @ y), float(x @ x)
    short = float(x @ y) / own
    r2_short = short**2 * own / total
    rest = y - both @ coefficients
    r2_long = 1 - float(rest @ rest) / total
    rows = len(y)
    moments = Moments(
        short,
        float(coefficients[0]),
        r2_short,
        r2_long,
        total / rows,
        own / rows,
        float(left @ left) / rows,
    )
    ceiling = min(R2_FACTOR * r2_long, 1.0) if r2_max is None else r2_max
    return Stability(
        term,
        short * scale,
        moments.long * scale,
        r2_short,
        r2_long,
        ceiling,
        delta_for(moments, ceiling),
        nearest(bounds(moments, ceiling), moments.long) * scale,
    )
