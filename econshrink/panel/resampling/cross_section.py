"""Permutation test of a cross-section: a regressor dealt out among the units of each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.inference.gram.wild import TIE
from econshrink.inference.permutation_within import dense_groups, permute_within
from econshrink.inference.resampling import Resampling
from econshrink.nouns.draws import Draws
from econshrink.nouns.hypothesis import HypothesisTest
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.panel.design.prepare import prepare, row_labels
from econshrink.panel.kernel.k_class import orthonormal


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PermutationTest(HypothesisTest):
    """A studentised permutation test of one coefficient.

    ``statistic`` is the HC0 t statistic of the coefficient, ``p_value`` two-sided:
    (1 + #{|t of a deal| ≥ |t|}) / (B + 1).

    Parameters
    ----------
    term : str
    estimate : float
    draws : Draws
        Coefficients with the values dealt out anew.
    within : str
        Group inside which values were exchanged.
    alone : int
        Units that have no other in their group, and keep their value.
    """

    term: str
    estimate: float
    draws: Draws
    within: str
    alone: int


def permutation_test(
    data: Any,
    model: Spec | str,
    term: str,
    *,
    unit: str | None = None,
    time: str | None = None,
    within: str,
    resampling: Resampling = Resampling(9999),  # noqa: B008
) -> PermutationTest:
    """Deal a regressor's values out anew among the units of each group, and estimate again.

    Outcome, controls and effects stay where they are.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        No weights.
    term : str
        One of the covariates.
    within : str
        A city attribute, such as ``"province"``.
    resampling : Resampling
        Number and randomness; no scheme and no cluster.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    PermutationTest

    Raises
    ------
    SpecError, DataError
        Several rows a city, weights, an unknown term, groups of one unit only; see `prepare`.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame(rng.normal(size=(40, 2)), columns=["y", "x"])
    >>> frame["city"], frame["year"] = [f"{i:06d}" for i in range(40)], 2020
    >>> places = pd.DataFrame({"province": ["a", "b"] * 20}, index=frame["city"])
    >>> panel = CityPanel.from_long(frame, attributes=places)
    >>> spec = Spec("y", ("x",), ("province",))
    >>> found = permutation_test(panel, spec, "x", within="province", resampling=Resampling(99))
    >>> 0 < found.p_value <= 1
    True
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    chosen = resampling.plain("a permutation").pinned()
    design = prepare(panel, spec)
    groups = dense_groups(row_labels(panel, design, [within])[within])
    raise_all(SpecError, _faults(design.nobs, len(design.cities), spec, term, groups))
    position = design.names.index(term)
    dummies = [np.eye(int(level.max()) + 1)[level] for level in design.effects.values()]
    others = np.delete(design.x, position, axis=1)
    basis = orthonormal(np.column_stack([np.ones(design.nobs), others, *dummies]))
    slopes, statistics = permute_within(
        design.x[:, position],
        design.y,
        basis,
        groups,
        chosen,
        task=f"permute_within.{spec.depvar}.{term}.{within}",
    )
    usable = statistics[1:][np.isfinite(statistics[1:])]
    reached = int((np.abs(usable) >= abs(statistics[0]) * (1 - TIE)).sum())
    made = chosen.made(f"values dealt out within {within}")
    return PermutationTest(
        name="studentised permutation",
        null=f"no association with {term} within {within}",
        statistic=float(statistics[0]),
        df=float("nan"),
        p_value=(1 + reached) / (len(usable) + 1),
        note=made,
        term=term,
        estimate=float(slopes[0]),
        draws=Draws((term,), slopes[1:, None], made),
        within=within,
        alone=int((np.bincount(groups) == 1).sum()),
    )


def _faults(nobs: int, cities: int, spec: Spec, term: str, groups: np.ndarray) -> list[Fault]:
    if term not in spec.covariates:
        known = ", ".join(spec.covariates)
        raise DataError(Fault(f"no term '{term}'", f"one of {known}", "Check the spelling."))
    faults = []
    if nobs != cities:
        seen = f"{nobs} rows for {cities} cities"
        faults.append(Fault(seen, "one row a city", "Select one year, or use placebo_fe."))
    if spec.weights is not None:
        faults.append(Fault("weights", "no weights", "Rows of unlike weight do not exchange."))
    if np.bincount(groups).max() < 2:
        faults.append(Fault("groups of one city", "groups to deal within", "Name another group."))
    return faults
