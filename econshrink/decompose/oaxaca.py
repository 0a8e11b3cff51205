"""Oaxaca–Blinder: the gap between two kinds of places, by what they have and how it works there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.decompose.rows import (
    Columns,
    Rows,
    assemble_decomposition,
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
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import ordinary_fit, with_intercept
from econshrink.panel.design.entrance import enter

CONSTANT = "constant"


@dataclass(frozen=True, eq=False)
class Sides:
    """Means and coefficients of both sides, in every draw; the constant comes first.

    Parameters
    ----------
    mean_a, mean_b : ndarray, shape (B, 1 + k)
    b_a, b_b : ndarray, shape (B, 1 + k)
    b_both : ndarray, shape (B, 1 + k)
        Of the pooled regression with a dummy of side A (its own coefficient left out).
    """

    mean_a: Floats
    mean_b: Floats
    b_a: Floats
    b_b: Floats
    b_both: Floats

    def __add__(self, other: Sides) -> Sides:
        """Sum field by field."""
        pairs = zip(self.fields, other.fields, strict=True)
        return Sides(*(mine + theirs for mine, theirs in pairs))

    @property
    def fields(self) -> tuple[Floats, ...]:
        """The five arrays."""
        return self.mean_a, self.mean_b, self.b_a, self.b_b, self.b_both


class Fold(Protocol):
    """How a gap is split into effects; every effect is bilinear in means and coefficients."""

    @property
    def label(self) -> str:
        """The split in words."""

    def effects(self, sides: Sides) -> dict[str, Floats]:
        """Name of an effect to its value by regressor, shape (B, 1 + k)."""


@dataclass(frozen=True)
class ThreeFold:
    """Endowments at B's coefficients, coefficients at B's means, and their interaction.

    Examples
    --------
    >>> one = [np.array([[x]]) for x in (3.0, 1.0, 5.0, 2.0, 0.0)]
    >>> {name: value.item() for name, value in ThreeFold().effects(Sides(*one)).items()}
    {'endowments': 4.0, 'coefficients': 3.0, 'interaction': 6.0}
    """

    @property
    def label(self) -> str:
        """The split in words."""
        return "three-fold, from the viewpoint of side B"

    def effects(self, sides: Sides) -> dict[str, Floats]:
        """Endowments, coefficients, interaction."""
        means, slope = sides.mean_a - sides.mean_b, sides.b_a - sides.b_b
        return {
            "endowments": means * sides.b_b,
            "coefficients": sides.mean_b * slope,
            "interaction": means * slope,
        }


@dataclass(frozen=True)
@typed_fields
class TwoFold:
    """Explained by means at reference coefficients, and unexplained.

    Parameters
    ----------
    weight : float, optional
        Reference coefficients ``weight b_A + (1 - weight) b_B``; 0.5 is Reimers (1983). Default:
        the pooled regression with a dummy of side A (Jann 2008), which does not let differences
        of level into the coefficients.

    Examples
    --------
    >>> one = [np.array([[x]]) for x in (3.0, 1.0, 5.0, 2.0, 4.0)]
    >>> {name: value.item() for name, value in TwoFold().effects(Sides(*one)).items()}
    {'explained': 8.0, 'unexplained': 5.0}
    """

    weight: float | None = None

    @property
    def label(self) -> str:
        """The split in words."""
        if self.weight is None:
            return "two-fold, pooled coefficients with a dummy"
        return f"two-fold, coefficients {self.weight:g} A + {1 - self.weight:g} B"

    def effects(self, sides: Sides) -> dict[str, Floats]:
        """Explained, unexplained."""
        slope = sides.b_both
        if self.weight is not None:
            slope = self.weight * sides.b_a + (1 - self.weight) * sides.b_b
        return {
            "explained": (sides.mean_a - sides.mean_b) * slope,
            "unexplained": sides.mean_a * (sides.b_a - slope) + sides.mean_b * (slope - sides.b_b),
        }


def oaxaca_blinder(
    data: Any,
    model: Spec | str,
    parts: Mapping[str, Sequence[str]],
    side: str,
    fold: Fold = TwoFold(),
    resampling: Resampling = Resampling(),  # noqa: B008 - a frozen option, never changed
    *,
    unit: str | None = None,
    time: str | None = None,
) -> Decomposition:
    """Decompose the gap between the mean outcomes of side A and side B.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Without effects, weights and the side itself.
    parts : mapping
        Name of a group to its covariates.
    side : str
        Variable that is 1 on side A and 0 on side B.
    fold : TwoFold or ThreeFold
    resampling : Resampling
        By province, or unit without one, unless named otherwise, as are the standard errors;
        clusters may have rows on both sides.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Decomposition
        A target an effect, with a part a group, its total the effect; and the target ``"gap"``,
        whose parts are the effects and whose total is mean(A) − mean(B).

    Raises
    ------
    SpecError, DataError
        See `cross_section`; a side that is not 0 or 1 or has too few rows for the regression.

    Notes
    -----
    Blinder (1973), Oaxaca (1973); delta-method errors as in Jann (2008, *Stata Journal* 8(4)),
    with random regressors, from the clustered influence of every row on means and coefficients.
    The split of coefficient effects by group depends on where the covariates' zero lies; only its
    total does not.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": [f"{i:06d}" for i in range(6)], "year": 2020, "north": [0, 0, 0, 1, 1, 1],
    ...     "x": [0.0, 1.0, 2.0, 1.0, 2.0, 6.0], "y": [0.0, 1.0, 2.0, 3.0, 5.0, 13.0]}))
    >>> found = oaxaca_blinder(panel, Spec("y", ("x",)), {"x": ("x",)}, "north", ThreeFold(),
    ...                        resampling=Resampling(9, cluster="city"))
    >>> [round(found.number("gap", name), 9) for name in ("endowments", "total")]
    [2.0, 6.0]
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    rows, is_a = _sides_rows(panel, spec, parts, side, resampling.unit(usual_cluster(panel)))
    weights = draw_weights(rows, resampling, f"oaxaca_blinder.{side}.{rows.cluster}")
    labels, values = oaxaca_draws(rows, is_a, fold, weights)
    return assemble_decomposition(
        rows,
        f"Oaxaca–Blinder by '{side}', {fold.label}",
        labels,
        values[0],
        values[1:],
        resampling,
        errors=oaxaca_errors(rows, is_a, fold),
    )


def oaxaca_draws(
    columns: Columns, is_a: np.ndarray, fold: Fold, weights: Floats
) -> tuple[list[tuple[str, str]], Floats]:
    """Effects by group of regressors and the gap, under cluster weights.

    Parameters
    ----------
    columns : Columns
    is_a : ndarray of bool, shape (n,)
    fold : TwoFold or ThreeFold
    weights : ndarray, shape (B, G)

    Returns
    -------
    tuple
        Pairs (effect, part), and values of shape (B, pairs).
    """
    return _stack(columns, fold.effects(_sides(columns, is_a, weights)))


def oaxaca_errors(columns: Columns, is_a: np.ndarray, fold: Fold) -> Floats:
    """Clustered delta-method errors of the same numbers, shape (pairs,)."""
    point = _sides(columns, is_a, columns.ones)
    change = _derivative(fold, point, _influence(columns, is_a, point))
    return clustered_errors(_stack(columns, change)[1], columns.clusters)


def _sides_rows(
    panel: CityPanel, spec: Spec, parts: Mapping[str, Sequence[str]], side: str, cluster: str
) -> tuple[Rows, np.ndarray]:
    rows = cross_section(panel, spec, {**parts}, cluster)
    label = panel.column(side).to_numpy()[rows.design.rows]
    if set(np.unique(label)) != {0.0, 1.0}:
        seen = f"values {sorted(set(label.tolist()))[:5]} of '{side}'"
        raise SpecError(Fault(seen, "1 on side A, 0 on side B, both present", "Recode it."))
    is_a = label == 1.0
    for name, chosen in (("A", is_a), ("B", ~is_a)):
        try:
            ordinary_fit(rows.y[chosen], *with_intercept(rows.x[chosen], rows.names))
        except SpecError as problem:
            faults = [Fault(f.seen, f.expected, f.remedy, f"side {name}") for f in problem.faults]
            raise_all(SpecError, faults)
    return rows, is_a


def _sides(columns: Columns, is_a: np.ndarray, weights: Floats) -> Sides:
    """Means and coefficients of every draw."""
    k = columns.x.shape[1]
    shift = columns.x.mean(axis=0)  # regress on deviations: the products are better conditioned
    table = np.column_stack([np.ones(len(columns.y)), columns.x - shift, columns.y])
    products = [
        moments(table * chosen[:, None].astype(np.float64), columns.clusters, weights)
        for chosen in (is_a, ~is_a)
    ]
    means, within = [], []
    for table in products:
        count = table[:, 0, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = table[:, 0, 1:] / count[:, None]
        within.append(table[:, 1:, 1:] - count[:, None, None] * mean[:, :, None] * mean[:, None, :])
        means.append(mean)
    b = [slopes(table[:, :k, :k], table[:, :k, k]) for table in within]
    both = within[0] + within[1]  # a dummy of the side takes both means out
    b.append(slopes(both[:, :k, :k], both[:, :k, k]))
    whole = [np.column_stack([np.ones(len(weights)), mean[:, :k] + shift]) for mean in means]
    # The pooled constant is that of side B; it is the same on both sides and cancels in the gap.
    levels = [
        mean[:, k] - ((mean[:, :k] + shift) * slope).sum(axis=1)
        for mean, slope in zip((means[0], means[1], means[1]), b, strict=True)
    ]
    slopes_all = [np.column_stack([level, slope]) for level, slope in zip(levels, b, strict=True)]
    return Sides(whole[0], whole[1], *slopes_all)


def _influence(columns: Columns, is_a: np.ndarray, point: Sides) -> Sides:
    """Influence of every row on means and coefficients, each of shape (n, 1 + k)."""
    z = np.column_stack([np.ones(len(columns.y)), columns.x])
    means, b = [], []
    for chosen, mean, slope in (
        (is_a, point.mean_a, point.b_a),
        (~is_a, point.mean_b, point.b_b),
    ):
        here = chosen[:, None].astype(np.float64)
        means.append(here * (z - mean) / chosen.sum())
        residual = columns.y - z @ slope[0]
        inner = z[chosen].T @ z[chosen]
        b.append(here * np.linalg.solve(inner, (z * residual[:, None]).T).T)
    full = np.column_stack([z, is_a])
    gap = columns.y - z @ point.b_both[0]
    level = gap[is_a].mean()  # coefficient of the dummy
    residual = gap - level * is_a
    pooled = np.linalg.solve(full.T @ full, (full * residual[:, None]).T).T
    return Sides(means[0], means[1], b[0], b[1], pooled[:, :-1])


def _derivative(fold: Fold, point: Sides, change: Sides) -> dict[str, Floats]:
    """Directional derivative of bilinear effects: f(p + c) − f(p) − f(c) + f(0), exactly."""
    still = Sides(*(np.zeros_like(array) for array in point.fields))
    parts = [fold.effects(sides) for sides in (point + change, point, change, still)]
    return {
        name: parts[0][name] - parts[1][name] - parts[2][name] + parts[3][name] for name in parts[0]
    }


def _stack(columns: Columns, effects: Mapping[str, Floats]) -> tuple[list[tuple[str, str]], Floats]:
    """Effects by group of regressors, and the gap by effect, with totals."""
    labels: list[tuple[str, str]] = []
    found: list[Floats] = []
    places = {CONSTANT: np.array([0])} | {n: 1 + chosen for n, chosen in columns.parts.items()}
    for name, value in effects.items():
        for part, chosen in places.items():
            labels.append((name, part))
            found.append(value[:, chosen].sum(axis=1))
    for name, value in effects.items():
        labels.append(("gap", name))
        found.append(value.sum(axis=1))
    return with_totals(labels, np.stack(found, axis=1))
