"""Options of the survival estimators: ties, covariance and weights, each an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints, codes, group_sums
from econshrink.core.columns import twin_levels
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.inference.linear_fit import UNIT
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.spells import SpellTable


@dataclass(frozen=True)
@typed_fields
class Efron:
    """Average over the orders in which tied events may have come (Efron 1977); the default."""

    name: str = "efron"


@dataclass(frozen=True)
@typed_fields
class Breslow:
    """Let every tied event face the whole risk set (Breslow 1974)."""

    name: str = "breslow"


@dataclass(frozen=True)
@typed_fields
class Exact:
    """Condition on the number of events at each time (discrete logistic model, Cox 1972)."""

    name: str = "exact"


Ties = Efron | Breslow | Exact


SurvivalCovariance = Iid | Heteroskedastic | Clustered
"""Inverse information; sandwich with one score residual a row (Lin and Wei 1989); sandwich with
the residuals summed within clusters. No small-sample factor, as in R's coxph."""


@dataclass(frozen=True)
@typed_fields
class ImportanceWeights:
    """Weights that say how much a row counts; tied events share their mean weight."""

    column: str
    kind: str = "importance"


@dataclass(frozen=True)
@typed_fields
class FrequencyWeights:
    """Whole numbers that say how many identical rows a row stands for."""

    column: str
    kind: str = "frequency"


SurvivalWeights = ImportanceWeights | FrequencyWeights


def spell_times(spells: SpellTable) -> tuple[Floats, Floats]:
    """Entries and exits of all rows, with times that differ by rounding alone made equal.

    Whether a row that starts at t is at risk at t hangs on equality, and ``3 * 0.1`` is not 0.3:
    times closer than 1e-11 of the largest are taken as the earliest of them. A row that is left
    without length is refused.
    """
    start = spells.frame["start"].to_numpy(dtype=float)
    stop = spells.frame["stop"].to_numpy(dtype=float)
    if (start == np.rint(start)).all() and (stop == np.rint(stop)).all():
        return start, stop
    follows = np.append(False, start[1:] == stop[:-1])  # as most rows do on the one before
    times = np.unique(np.concatenate([start[~follows], stop]))
    fresh = np.append(True, np.diff(times) > 1e-11 * np.abs(times).max())
    if fresh.all():
        return start, stop
    canonical = times[fresh][np.cumsum(fresh) - 1]
    start = _replaced(start, times[~fresh], canonical[~fresh])
    stop = _replaced(stop, times[~fresh], canonical[~fresh])
    empty = np.flatnonzero(stop <= start)
    if len(empty):
        raise DataError(
            Fault(
                f"{len(empty)} rows whose exit equals their entry up to rounding",
                "an exit after the entry",
                "Round the times to the unit they were measured in.",
                f"city {spells.frame['city'].iloc[int(empty[0])]}",
            )
        )
    return start, stop


def _replaced(values: Floats, old: Floats, new: Floats) -> Floats:
    """Put `new` in the place of the sorted values `old`, usually few."""
    at = np.minimum(np.searchsorted(old, values), len(old) - 1)
    return np.where(old[at] == values, new[at], values)


def argument_faults(spells: object, names: object, role: str) -> list[Fault]:
    """What is wrong with a verb's first arguments: a table of spells, and columns of it."""
    faults = []
    if not isinstance(spells, SpellTable):
        faults.append(
            Fault(
                f"{type(spells).__name__} for the spells",
                "a SpellTable",
                "Make one with SpellTable(frame, rule_id=...) or risk_spells(...).",
            )
        )
    listed = isinstance(names, Sequence) and not isinstance(names, str | bytes)
    if not (listed and all(isinstance(name, str) for name in names)):  # type: ignore[attr-defined]
        given = repr(names)[:60]
        faults.append(
            Fault(f"{given} as {role}", "a tuple of column names", "Write ('name',).", role)
        )
    return faults


def check_level(level: object) -> None:
    """Refuse what is no coverage of an interval."""
    if isinstance(level, bool) or not (
        isinstance(level, float | int | np.floating) and 0 < level < 1
    ):
        raise SpecError(Fault(f"level {level!r}"[:60], "a level between 0 and 1", "Try 0.95."))


def required_column(spells: SpellTable, name: str, role: str) -> pd.Series:
    """Return a column without gaps, or raise a `SpecError` that says what it was wanted for."""
    raise_all(SpecError, argument_faults(spells, (name,), role))
    if name not in spells.frame.columns:
        present = ", ".join(map(str, spells.frame.columns[:12]))
        raise SpecError(
            Fault(f"no column '{name}' ({role})", f"one of {present}", "Check the spelling.")
        )
    column: pd.Series = spells.frame[name]
    raise_all(DataError, twin_levels(column, spells.called(name)))
    gaps = int(column.isna().sum())
    if gaps:
        raise SpecError(
            Fault(
                f"{gaps} rows without '{name}' ({role})",
                "a value in every row",
                "Leave these rows out yourself, and say so.",
            )
        )
    return column


def cluster_numbers(spells: SpellTable, column: str) -> tuple[Ints, int]:
    """Number of every row's cluster and how many there are, in order of appearance."""
    if column == "city":
        numbers = spells.city_codes
        return numbers, int(numbers[-1]) + 1
    # Hashing is many times faster than the sort behind `codes`, and the order does not matter.
    numbers, names = pd.factorize(required_column(spells, column, "cluster"))
    return numbers, len(names)


def check_covariance(vcov: SurvivalCovariance) -> None:
    """Refuse what a likelihood of durations has no form of: factors, leverages, several ways.

    The rule of the options' own default is read as "none": it counts the parameters of a linear
    model.
    """
    if not isinstance(vcov, Iid | Heteroskedastic | Clustered):
        raise SpecError(
            Fault(
                f"the covariance {vcov!r}",
                "Iid(), Heteroskedastic() or Clustered('column')",
                "Pass one of these objects.",
            )
        )
    faults = []
    if vcov.small_sample not in {"fixest", "none"}:
        faults.append(
            Fault(
                f"the small-sample rule '{vcov.small_sample}' for a survival model",
                "no factor, as in R's coxph",
                "Leave small_sample out.",
            )
        )
    if isinstance(vcov, Heteroskedastic) and vcov.kind not in {"HC0", "HC1"}:
        seen = f"{vcov.kind}, which rests on the leverages of a linear model"
        faults.append(Fault(seen, "the sandwich by row", "Use Heteroskedastic()."))
    if isinstance(vcov, Clustered) and len(vcov.groupings) > 1:
        seen = f"clusters by {' and '.join(vcov.groupings)}"
        faults.append(Fault(seen, "one clustering", "Name one column."))
    raise_all(SpecError, faults)


def cluster_column(vcov: SurvivalCovariance) -> str | None:
    """Column of the clusters, if there are any; the default is the unit's own."""
    if not isinstance(vcov, Clustered):
        return None
    return "city" if vcov.groupings[0] == UNIT else vcov.groupings[0]


def score_covariance(
    spells: SpellTable, vcov: SurvivalCovariance, inverse: Floats, scores: Callable[[], Floats]
) -> tuple[Floats, str, dict[str, int]]:
    """Covariance, label and clusters of a fit with inverse information (k, k), scores (n, k)."""
    if isinstance(vcov, Iid):
        return inverse, "inverse information", {}
    rows, column = scores(), cluster_column(vcov)
    if column is None:
        return inverse @ (rows.T @ rows) @ inverse, "robust by row", {}
    numbers, count = codes(required_column(spells, column, "cluster").to_numpy())
    half = group_sums(rows, numbers, count) @ inverse
    return half.T @ half, f"clustered by {column}", {column: count}
