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

    Takes `spec`: its covariates that are not in `terms` are the controls. Without effects a
    constant is taken out; `terms`: one column each.

    Returns residuals of the outcome and of `terms`, on rows complete in all.

    Raises `SpecError, DataError`: see `prepare` and `within`; collinear columns.
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
