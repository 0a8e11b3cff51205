"""Gelbach's decomposition: what groups of covariates do to a coefficient, in no order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.decompose.rows import (
    Columns,
    assemble_decomposition,
    centred,
    clustered_errors,
    cross_section,
    draw_weights,
    moments,
    slopes,
    usual_cluster,
    with_totals,
)
from econshrink.inference.resampling import Resampling
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import ordinary_fit, with_intercept
from econshrink.panel.design.entrance import enter

BASE = "base"


def gelbach(
    data: Any,
    model: Spec | str,
    base: Sequence[str],
    parts: Mapping[str, Sequence[str]],
    resampling: Resampling = Resampling(),  # noqa: B008 - a frozen option, never changed
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Decomposition:
    """Decompose how coefficients of the base covariates change when the others are added.

    With x1 the base covariates (and a constant) and x2 the added ones, the base regression gives
    b1 + Γ b2, Γ the coefficients of x2 on x1 and b from the full regression. Group g of the added
    covariates accounts for δ_g = Γ_g b_g; the groups add up to the change of the coefficient, and
    their order does not matter.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        The full regression, without effects and weights.
    base : sequence of str
        Covariates of the base regression, such as a dummy of the Northeast.
    parts : mapping
        Name of a group to its covariates: those that are added, each once.
    resampling : Resampling
        By province, or unit without one, unless named otherwise, as are the standard errors.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Decomposition
        A target a base covariate. Parts: the groups, and ``"full"``, the coefficient that is left
        in the full regression; the total is the base coefficient.

    Raises
    ------
    SpecError, DataError
        See `cross_section`; collinear covariates.

    Notes
    -----
    Gelbach (2016), "When Do Covariates Matter?", *Journal of Labor Economics* 34(2). Standard
    errors come from the joint influence of every row on Γ and b (his covariance, clustered), with
    the factor G/(G−1).

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> place = np.repeat([0.0, 1.0], 40)
    >>> jobs = rng.normal(size=80) - place
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": [f"{i:06d}" for i in range(80)], "year": 2020, "north": place, "jobs": jobs,
    ...     "y": 2 * jobs + 0.1 * rng.normal(size=80)}))
    >>> found = gelbach(panel, Spec("y", ("north", "jobs")), ("north",), {"jobs": ("jobs",)},
    ...                 resampling=Resampling(99, cluster="city"))
    >>> round(found.number("north", "jobs"), 1), abs(found.number("north", "full")) < 0.1
    (-2.3, True)
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    if not base or not parts:
        seen = f"{len(base)} base covariates and {len(parts)} groups"
        raise SpecError(Fault(seen, "at least one of each", "Name them."))
    cluster = resampling.unit(usual_cluster(panel))
    rows = cross_section(panel, spec, {BASE: tuple(base), **parts}, cluster)
    weights = draw_weights(rows, resampling, f"gelbach.{rows.cluster}")
    errors = gelbach_errors(rows)  # refuses collinear covariates by name
    labels, values = gelbach_draws(rows, weights)
    return assemble_decomposition(
        rows,
        "Gelbach decomposition of the base coefficients",
        labels,
        values[0],
        values[1:],
        resampling,
        errors=errors,
    )


def gelbach_draws(columns: Columns, weights: Floats) -> tuple[list[tuple[str, str]], Floats]:
    """Contributions, full and base coefficients under cluster weights.

    Parameters
    ----------
    columns : Columns
        With a group called ``"base"``.
    weights : ndarray, shape (B, G)

    Returns
    -------
    tuple
        Pairs (base covariate, part), and values of shape (B, pairs).
    """
    table = np.column_stack([np.ones(len(columns.y)), columns.x, columns.y])
    _, centre = centred(moments(table, columns.clusters, weights))
    return with_totals(_labels(columns), _parts(centre, columns))


def gelbach_errors(columns: Columns) -> Floats:
    """Clustered delta-method errors of the same numbers, shape (pairs,).

    Raises
    ------
    SpecError
        Collinear covariates, named.
    """
    x, names = with_intercept(columns.x, columns.names)
    fit = ordinary_fit(columns.y, x, names)
    influence = _influence(columns, fit.bread, fit.residuals, fit.coefficients[1:])
    _, every = with_totals(_labels(columns), influence)
    return clustered_errors(every, columns.clusters)


def _labels(columns: Columns) -> list[tuple[str, str]]:
    groups = [name for name in columns.parts if name != BASE]
    base = [columns.names[position] for position in columns.parts[BASE]]
    return [(name, part) for name in base for part in (*groups, "full")]


def _parts(centre: Floats, columns: Columns) -> Floats:
    """Contributions and full coefficients of every draw, shape (B, base × (groups + 1))."""
    k = columns.x.shape[1]
    b = slopes(centre[:, :k, :k], centre[:, :k, k])
    first = columns.parts[BASE]
    inner = centre[:, first[:, None], first]
    found = []
    for name, chosen in columns.parts.items():
        if name == BASE:
            continue
        # Γ_g b_g in one solve: the coefficients of x2_g b_g on x1
        mediated = (centre[:, first[:, None], chosen] * b[:, None, chosen]).sum(axis=2)
        found.append(slopes(inner, mediated))
    stacked = np.stack([*found, b[:, first]], axis=2)
    return np.asarray(stacked.reshape(len(centre), -1))


def _influence(columns: Columns, bread: Floats, residuals: Floats, b: Floats) -> Floats:
    """Influence of every row on the same numbers, shape (n, base × (groups + 1))."""
    first = columns.parts[BASE]
    x1 = np.column_stack([np.ones(len(columns.y)), columns.x[:, first]])
    project = np.linalg.solve(x1.T @ x1, x1.T)  # (1 + base, n)
    full = np.column_stack([np.ones(len(columns.y)), columns.x]) @ bread * residuals[:, None]
    found = []
    for name, chosen in columns.parts.items():
        if name == BASE:
            continue
        gamma = project @ columns.x[:, chosen]
        left = (columns.x[:, chosen] - x1 @ gamma) @ b[chosen]
        found.append((project.T * left[:, None] + full[:, 1 + chosen] @ gamma.T)[:, 1:])
    stacked = np.stack([*found, full[:, 1 + first]], axis=2)
    return np.asarray(stacked.reshape(len(columns.y), -1))
