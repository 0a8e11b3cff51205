"""Columns without their effects and controls: what the identification tools are built on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import SpecError, raise_all
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import INTERCEPT, rank_faults_plain
from econshrink.panel.design.entrance import enter
from econshrink.panel.design.prepare import Design, prepare
from econshrink.panel.fixed_effects import within
from econshrink.panel.kernel.k_class import orthonormal


@dataclass(frozen=True, eq=False)
class Residuals:
    """Residuals of columns on the same effects and controls.

    Parameters
    ----------
    design : Design
        The rows used.
    columns : dict
        Name to residuals, shape (n,); root weights multiplied in.
    parameters : int
        Controls and rank of the effects, the constant among them.
    """

    design: Design
    columns: dict[str, Floats]
    parameters: int

    def table(self, names: Sequence[str]) -> Floats:
        """Several columns side by side, shape (n, len(names))."""
        return np.column_stack([self.columns[name] for name in names])


def residualise(
    data: Any,
    model: Spec | str,
    terms: Sequence[str],
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Residuals:
    """Take effects and all other covariates out of the outcome and of `terms`.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Its covariates that are not in `terms` are the controls. Without effects a constant is
        taken out.
    terms : sequence of str
        One column each.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Residuals
        Of the outcome and of `terms`, on rows complete in all.

    Raises
    ------
    SpecError, DataError
        See `prepare` and `within`; collinear columns.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "120000", "130000", "140000"], "year": 2020,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> residualise(panel, Spec("y", ("x",)), ["x"]).columns["y"]
    array([-1.5, -0.5,  1.5,  0.5])
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    controls = [name for name in spec.covariates if name not in terms]
    joint = replace(spec, covariates=(*terms, *controls))
    design = prepare(panel, joint)
    if design.effects:
        swept = within(design)
        outcome, columns, rank = swept.y, swept.x, swept.absorber.rank
        outer = columns[:, len(terms) :]
    else:
        root = np.ones(design.nobs) if design.weights is None else np.sqrt(design.weights)
        outcome, columns, rank = design.y * root, design.x * root[:, None], 0
        outer, everything, names = columns[:, len(terms) :], columns, design.names
        if design.intercept:
            everything, names = np.column_stack([root, columns]), (INTERCEPT, *names)
            outer = np.column_stack([root, outer])
        raise_all(SpecError, rank_faults_plain(everything, names))
    basis = orthonormal(outer)
    found = {spec.depvar: outcome} | {name: columns[:, i] for i, name in enumerate(terms)}
    cleaned = {name: column - basis @ (basis.T @ column) for name, column in found.items()}
    return Residuals(design, cleaned, basis.shape[1] + rank)
