"""Shapley and Owen values of a regression: of R², and of the decline it predicts for places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.shapley import owen_values
from econshrink.decompose.rows import (
    Rows,
    assemble_decomposition,
    centred,
    cross_section,
    draw_weights,
    full_rank,
    moments,
    slopes,
    usual_cluster,
    with_totals,
)
from econshrink.inference.resampling import Resampling
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter

UNEXPLAINED = "unexplained"


def shapley_r2(
    data: Any,
    model: Spec | str,
    parts: Mapping[str, Sequence[str]],
    resampling: Resampling = Resampling(),  # noqa: B008 - a frozen option, never changed
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Decomposition:
    """Shares of R² by groups of regressors (LMG), each group a player.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Without effects and weights.
    parts : mapping
        Name of a group to its covariates.
    resampling : Resampling
        Of provinces, or units without them, unless another cluster is named.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Decomposition
        Target ``"R2"``, whose total is R².

    Raises
    ------
    SpecError, DataError
        See `cross_section`; collinear regressors; more than 12 groups.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"city": [f"{i:06d}" for i in range(60)], "year": 2020,
    ...                       "a": rng.normal(size=60), "b": rng.normal(size=60)})
    >>> panel = CityPanel.from_long(frame.assign(y=frame["a"] + 0.1 * frame["b"]))
    >>> found = shapley_r2(panel, Spec("y", ("a", "b")), {"A": ("a",), "B": ("b",)},
    ...                    resampling=Resampling(99, cluster="city"))
    >>> found.number("R2", "A") > 0.9 and abs(found.number("R2", "total") - 1) < 1e-12
    True
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    rows = cross_section(panel, spec, parts, resampling.unit(usual_cluster(panel)))
    columns = np.column_stack([np.ones(len(rows.y)), rows.x, rows.y])
    weights = draw_weights(rows, resampling, f"shapley_r2.{rows.cluster}")
    _, centre = centred(moments(_scaled(columns), rows.clusters, weights))

    k = rows.x.shape[1]
    sound = full_rank(centre[:, :k, :k])

    def r2(players: tuple[int, ...]) -> Floats:
        chosen = _columns(rows, players)
        if not len(chosen):
            return np.zeros(len(centre))
        cross = centre[:, chosen, -1]
        b = slopes(centre[:, chosen[:, None], chosen], cross, sound)
        return np.asarray((b * cross).sum(axis=1) / centre[:, -1, -1])

    values = owen_values([[k] for k in range(len(rows.parts))], r2).T
    labels, sums = with_totals([("R2", name) for name in rows.parts], values)
    raise_all(SpecError, _collinear(sums[0], rows))
    method = "Shapley values of R² (LMG), groups of regressors as players"
    return assemble_decomposition(rows, method, labels, sums[0], sums[1:], resampling)


def shapley_predicted(
    data: Any,
    model: Spec | str,
    parts: Mapping[str, Sequence[str]],
    by: str,
    resampling: Resampling = Resampling(),  # noqa: B008 - a frozen option, never changed
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Decomposition:
    """Decompose how far each class of places lies from the mean of all, by drivers.

    The value of a set of drivers is the class's mean prediction from a regression on this set
    alone, less the mean of all; a driver's share averages what it adds over all orders. What the
    full regression does not predict is the part ``"unexplained"``.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
    parts : mapping
        Name of a group to its covariates.
    by : str
        City attribute whose labels are the classes (region, resource stage).
    resampling : Resampling
        As in `shapley_r2`.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Decomposition
        A target a class; its total is the class's mean outcome less the mean of all.

    Raises
    ------
    SpecError, DataError
        As `shapley_r2`; a row without a label.

    Notes
    -----
    An accounting of association: it has no causal reading unless the regression has one. The
    value function follows Shorrocks (2013, *Journal of Economic Inequality* 11). It is linear in
    the outcome, so that shares of natural change and of migration add up to those of the total.
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    rows = cross_section(panel, spec, parts, resampling.unit(usual_cluster(panel)))
    classes = np.array(sorted(set(rows.attribute(by))))
    member = (rows.attribute(by)[:, None] == classes).astype(np.float64)
    columns = np.column_stack([np.ones(len(rows.y)), rows.x, rows.y, member])
    k, m = rows.x.shape[1], len(classes)
    weights = draw_weights(rows, resampling, f"shapley_predicted.{by}.{rows.cluster}")
    products = moments(columns, rows.clusters, weights)
    mean, centre = centred(products)
    count = products[:, 0, k + 2 :]
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = products[:, k + 2 :, 1 : k + 2] / count[:, :, None] - mean[:, None, : k + 1]

    sound = full_rank(centre[:, :k, :k])

    def predicted(players: tuple[int, ...]) -> Floats:
        chosen = _columns(rows, players)
        if not len(chosen):
            return np.zeros((len(centre), m))
        b = slopes(centre[:, chosen[:, None], chosen], centre[:, chosen, k], sound)
        return np.asarray((gap[:, :, chosen] * b[:, None, :]).sum(axis=2))

    values = owen_values([[j] for j in range(len(rows.parts))], predicted)
    left = gap[:, :, k] - values.sum(axis=0)
    every = np.concatenate([values, left[None]])  # parts, draws, classes
    names = [*rows.parts, UNEXPLAINED]
    labels = [(str(place), name) for place in classes for name in names]
    flat = every.transpose(1, 2, 0).reshape(len(centre), -1)
    labels, sums = with_totals(labels, flat)
    raise_all(SpecError, _collinear(sums[0], rows))
    method = f"Shapley values of the predicted mean by {by}, less the mean of all"
    return assemble_decomposition(rows, method, labels, sums[0], sums[1:], resampling)


def _columns(rows: Rows, players: tuple[int, ...]) -> Ints:
    groups = list(rows.parts.values())
    chosen = [groups[player] for player in players]
    return np.concatenate(chosen) if chosen else np.empty(0, dtype=np.intp)


def _scaled(columns: Floats) -> Floats:
    """Columns behind the first, less their mean and over their spread: R² does not change."""
    rest = columns[:, 1:]
    return np.column_stack([columns[:, 0], (rest - rest.mean(axis=0)) / rest.std(axis=0)])


def _collinear(estimates: Floats, rows: Rows) -> list[Fault]:
    if np.isfinite(estimates).all():
        return []
    seen = f"collinear regressors among {', '.join(rows.names)}"
    return [Fault(seen, "independent regressors", "Leave one of them out.")]
