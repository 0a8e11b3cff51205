"""From a SpellTable to the arrays of a survival model, every mistake collected first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints, codes
from econshrink.core.columns import NUMBERS, as_numbers, kind_of, refusal
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.options import (
    FrequencyWeights,
    SurvivalCovariance,
    SurvivalWeights,
    argument_faults,
    check_covariance,
    cluster_column,
    required_column,
    spell_times,
)


def survival_spec(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    ties: str = "",
    strata: str | Sequence[str] | None = None,
    offset: str | None = None,
    weights: SurvivalWeights | None = None,
    vcov: SurvivalCovariance | None = None,
    group: str | None = None,
    family: str = "",
) -> SurvivalSpec:
    """Put the options of a verb together; refuses covariances that have no meaning here."""
    raise_all(SpecError, argument_faults(spells, covariates, "covariates"))
    groups = (strata,) if isinstance(strata, str) else () if strata is None else strata
    raise_all(SpecError, argument_faults(spells, groups, "strata"))
    if vcov is not None:
        check_covariance(vcov)
    return SurvivalSpec(
        tuple(covariates),
        ties=ties,
        strata=tuple(groups),
        offset=offset,
        weights=weights.column if weights else None,
        frequency=isinstance(weights, FrequencyWeights),
        cluster=cluster_column(vcov) if vcov is not None else None,
        group=group,
        family=family,
        rule_id=spells.rule_id,
    )


def bracketed(rule_id: str) -> str:
    """The rule behind a label, or nothing where durations came without one."""
    return f" ({rule_id})" if rule_id else ""


def fitted_spec(
    estimate: Estimate, kinds: Collection[str], expected: str, verb: str
) -> SurvivalSpec:
    """The spec of an estimate of one of these kinds; `verb` is what the reader should call."""
    if estimate.kind not in kinds or not isinstance(estimate.spec, SurvivalSpec):
        raise DataError(Fault(f"an estimate by {estimate.method}", expected, f"Use {verb} first."))
    return estimate.spec


@dataclass(frozen=True, eq=False)
class SurvivalArrays:
    """Columns of a spell table as arrays; n rows, k covariates."""

    start: Floats
    stop: Floats
    event: NDArray[np.bool_]
    x: Floats
    stratum: Ints
    stratum_names: tuple[str, ...]
    weight: Floats
    offset: Floats


def survival_arrays(spells: SpellTable, design: SurvivalSpec) -> SurvivalArrays:
    """Read the columns a design asks for.

    Raises
    ------
    SpecError
        Missing columns or a covariate named twice.
    DataError
        Text, NaN or infinite values, negative weights, or no event at all.
    """
    frame = spells.frame
    twice = sorted({name for name in design.covariates if design.covariates.count(name) > 1})
    if twice:
        raise SpecError(Fault(f"{', '.join(twice)} twice", "each once", "Remove the repeat."))
    numeric = [*design.covariates]
    numeric += [design.offset] if design.offset else []
    numeric += [design.weights] if design.weights else []
    missing = [name for name in (*numeric, *design.strata) if name not in frame.columns]
    if missing:
        present = ", ".join(map(str, frame.columns[:12]))
        raise SpecError(
            Fault(f"no column {', '.join(missing)}", f"columns of {present}", "Add it.")
        )
    # numbers as text or categories may be labels: a covariate of them is said with C()
    values = {
        name: as_numbers(frame[name], name, decode=name not in design.covariates)[0]
        for name in numeric
    }
    x = np.empty((len(frame), len(design.covariates)), order="F")  # read column by column
    for j, name in enumerate(design.covariates):
        x[:, j] = values[name]
    others = [values[name] for name in numeric[x.shape[1] :]]
    if not _all_finite(x, *others):
        faults = (_number_faults(frame, name, values[name]) for name in numeric)
        raise_all(DataError, [fault for each in faults for fault in each])
    weight = np.ones(len(frame))
    if design.weights:
        weight = values[design.weights]
        raise_all(DataError, _weight_faults(weight, frequency=design.frequency))
    event = frame["event"].to_numpy() == 1
    if not (event & (weight > 0)).any():
        raise DataError(
            Fault(
                f"no events among {len(frame)} rows",
                "at least one event",
                "Check the rule and the window: without events there is nothing to estimate.",
            )
        )
    stratum, names = stratum_codes(spells, design.strata)
    start, stop = spell_times(spells)
    return SurvivalArrays(
        start=start,
        stop=stop,
        event=event,
        x=x,
        stratum=stratum,
        stratum_names=names,
        weight=weight,
        offset=values[design.offset] if design.offset else np.zeros(len(frame)),
    )


def standardise(x: Floats, names: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
    """Centre and scale columns, whatever their units; return them with centres and scales.

    Raises
    ------
    SpecError
        A constant column.
    """
    if not x.shape[1]:
        return x, np.zeros(0), np.zeros(0)
    centre = x[0] + (x - x[0]).mean(axis=0)
    moved = x - centre
    size = np.abs(moved).max(axis=0)
    flat = size <= 1e-13 * np.abs(centre)
    if flat.any():
        constant = ", ".join(names[j] for j in np.flatnonzero(flat))
        raise SpecError(Fault(f"{constant} constant", "covariates that vary", "Drop it."))
    spread = size * np.sqrt(((moved / size) ** 2).mean(axis=0))
    return moved / spread, centre, spread


def stratum_codes(spells: SpellTable, strata: tuple[str, ...]) -> tuple[Ints, tuple[str, ...]]:
    """Number the combinations of the strata columns; one nameless stratum if there are none."""
    if not strata:
        return np.zeros(len(spells.frame), dtype=np.intp), ("",)
    labels = [required_column(spells, name, "stratum") for name in strata]
    if len(labels) == 1:
        numbers, _ = codes(labels[0].to_numpy())
        texts = labels[0].astype(str).to_numpy()
    else:
        joint = pd.MultiIndex.from_arrays(labels)
        texts = np.array([", ".join(map(str, key)) for key in joint], dtype=object)
        numbers, _ = codes(joint.factorize(sort=True)[0])
    first = np.unique(numbers, return_index=True)[1]
    return numbers, tuple(str(text) for text in texts[first])


def _all_finite(*arrays: Floats) -> bool:
    """False for NaN, infinity, or sums that overflow: one pass and no copy, as flags would need."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(sum(values.sum() for values in arrays)))


def _number_faults(frame: pd.DataFrame, name: str, values: Floats) -> list[Fault]:
    bad = np.flatnonzero(~np.isfinite(values))
    if not len(bad):
        return []
    kind = kind_of(frame[name])
    if len(bad) == len(values) and kind != NUMBERS and frame[name].notna().any():
        return [refusal(frame[name], name, kind)]  # a label, not a number with slips
    row = int(bad[0])
    example = frame[name].iloc[row]
    where = f"column {name}, city {frame['city'].iloc[row]}, exit {frame['stop'].iloc[row]:g}"
    return [
        Fault(
            f"{len(bad)} values that are not finite numbers, the first {example!r}",
            "a finite number in every row",
            "Leave these rows out yourself, or fill them and flag the cells.",
            where,
        )
    ]


def _weight_faults(weight: Floats, *, frequency: bool) -> list[Fault]:
    faults = []
    if (weight < 0).any():
        faults.append(Fault(f"weight {weight.min():g}", "weights of 0 or more", "Mend them."))
    if frequency and (weight != np.rint(weight)).any():
        odd = weight[weight != np.rint(weight)][0]
        faults.append(
            Fault(f"frequency {odd:g}", "whole numbers", "Use ImportanceWeights for other weights.")
        )
    return faults
