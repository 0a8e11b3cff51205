"""Competing ends of a spell: the hazard of one cause, and of its subdistribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.inference.vcov import Clustered, Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.entrance import takes_tables
from econshrink.survival.options import (
    Efron,
    ImportanceWeights,
    SurvivalCovariance,
    SurvivalWeights,
    Ties,
    required_column,
    spell_times,
)


@takes_tables
def fit_cause_specific(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    causes: str,
    cause: str,
    ties: Ties = Efron(),  # noqa: B008  (frozen option objects)
    strata: str | Sequence[str] | None = None,
    weights: SurvivalWeights | None = None,
    vcov: SurvivalCovariance = Iid(),  # noqa: B008
) -> Estimate:
    """Cox model of the hazard of one cause; other causes end the time at risk.

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        `event` is 1 whatever the cause.
    covariates : sequence of str
    causes : str
        Column that names the cause of each event.
    cause : str
        The cause that is modelled.
    ties, strata, weights, vcov
        As for `fit_cox`.

    Returns
    -------
    Estimate

    Raises
    ------
    EconshrinkError
        No event of that cause, events without a cause, or as `fit_cox`.
    """
    named = event_causes(spells, causes)
    _require_cause(named, cause, causes)
    table = _with_event(spells, spells.frame.assign(event=(named == cause).astype(int)))
    return fit_cox(table, covariates, ties=ties, strata=strata, weights=weights, vcov=vcov)


@takes_tables
def fit_fine_gray(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    causes: str,
    cause: str,
    ties: Ties = Efron(),  # noqa: B008  (frozen option objects)
    vcov: SurvivalCovariance = Clustered("home"),  # noqa: B008
) -> Estimate:
    """Proportional hazards of the subdistribution of one cause (Fine and Gray 1999).

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        `event` is 1 whatever the cause; every city enters at time 0, has the same covariates in
        all its rows, no gap between them and none after its end.
    covariates : sequence of str
    causes, cause : str
        As for `fit_cause_specific`.
    ties, vcov
        As for `fit_cox`; the column ``home`` holds the city.

    Returns
    -------
    Estimate
        Log ratios of subdistribution hazards. The covariance takes the censoring weights as known.

    Raises
    ------
    SpecError
        Late entry, covariates that change with time, gaps, rows after an event, or a cause that
        does not occur.
    DataError
        No events.
    """
    table = fine_gray_table(spells, tuple(covariates), causes=causes, cause=cause)
    return fit_cox(
        table, covariates, ties=ties, weights=ImportanceWeights("fine_gray_weight"), vcov=vcov
    )


def fine_gray_table(
    spells: SpellTable, covariates: tuple[str, ...], *, causes: str, cause: str
) -> SpellTable:
    """Keep cities that ended by another cause at risk, with the weight of not being censored.

    Columns ``fine_gray_weight`` and ``home`` are added. A city that ended by another cause at T is
    at risk at t > T with weight G(t-) / G(T-), where G is the Kaplan-Meier curve of censoring; its
    rows are cut where the weight changes between two events of the cause. Refuses what
    `fit_fine_gray` refuses.
    """
    named = event_causes(spells, causes)
    _require_cause(named, cause, causes)
    start, stop = spell_times(spells)
    frame = spells.frame.assign(_cause=named, start=start, stop=stop)
    raise_all(SpecError, _fine_gray_faults(frame, covariates))
    last = frame.groupby("city", sort=False).tail(1).assign(start=0.0)
    stop, ended = last["stop"].to_numpy(), last["_cause"].to_numpy()
    censor_time, censor_level = _censoring(stop, last["event"].to_numpy() == 0)
    own_times = np.unique(stop[ended == cause])
    # G(t-) at the event times that matter: a row is cut only where it changes between two of them.
    level = censor_level[np.searchsorted(censor_time, own_times, side="left")]
    base = censor_level[np.searchsorted(censor_time, stop, side="left")]
    other = (last["event"].to_numpy() == 1) & (ended != cause)
    whole = last[~other].assign(event=(ended[~other] == cause).astype(int), fine_gray_weight=1.0)
    steps = [
        _weight_steps(own_times[own_times > stop[i]], level[own_times > stop[i]] / base[i], stop[i])
        for i in np.flatnonzero(other)
    ]
    if not steps:
        return _with_event(spells, whole.drop(columns="_cause").assign(home=whole["city"]))
    row = np.repeat(np.flatnonzero(other), [len(end) for end, _ in steps])
    end, weight = (np.concatenate([step[side] for step in steps]) for side in (0, 1))
    begin = np.where(np.append(True, row[1:] != row[:-1]), 0.0, np.append(0.0, end[:-1]))
    extended = last.iloc[row].assign(start=begin, stop=end, event=0, fine_gray_weight=weight)
    table = pd.concat([whole, extended], ignore_index=True).drop(columns="_cause")
    return _with_event(spells, table.assign(home=table["city"]))


def _weight_steps(times: Floats, weight: Floats, own: float) -> tuple[Floats, Floats]:
    """Ends and weights of the pieces of a row: weight 1 to its own end, then that of each time."""
    times, weight = np.append(own, times), np.append(1.0, weight)
    final = np.append(weight[1:] != weight[:-1], True)
    return times[final], weight[final]


def _censoring(stop: Floats, censored: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Censoring times and Kaplan-Meier level of G before the first and after each of them.

    A city that has its event at a time is no longer at risk of being censored at it.
    """
    time, count = np.unique(stop[censored], return_counts=True)
    gone = np.searchsorted(np.sort(stop), time, side="left")
    dying = np.searchsorted(np.sort(stop[~censored]), time, side="right")
    dying -= np.searchsorted(np.sort(stop[~censored]), time, side="left")
    at_risk = len(stop) - gone - dying
    return time, np.concatenate([[1.0], np.cumprod(1 - count / at_risk)])


def _fine_gray_faults(frame: pd.DataFrame, covariates: tuple[str, ...]) -> list[Fault]:
    faults = []
    first = frame.groupby("city")["start"].min()
    if (first > 0).any():
        late = first[first > 0]
        faults.append(
            Fault(
                f"{len(late)} cities that enter after time 0, the first {late.index[0]}",
                "entry at time 0",
                "Use fit_cause_specific, which allows for late entry.",
            )
        )
    faults += _broken_spells(frame)
    missing = [name for name in covariates if name not in frame.columns]
    if missing:
        return [*faults, Fault(f"no column {', '.join(missing)}", "the covariates", "Add it.")]
    for name in covariates:
        if (frame.groupby("city")[name].nunique(dropna=False) > 1).any():
            faults.append(
                Fault(
                    f"'{name}' changes within cities",
                    "covariates fixed at entry: after another end there is no value to go on with",
                    "Use its value at entry, or fit_cause_specific.",
                )
            )
    return faults


def _broken_spells(frame: pd.DataFrame) -> list[Fault]:
    """Rows after an event, and gaps: a city has one end, and its rows lead to it."""
    city = frame["city"].to_numpy()
    same = np.append(False, city[1:] == city[:-1])
    after = same & (frame["event"].shift() == 1).to_numpy()
    gap = same & (frame["start"] != frame["stop"].shift()).to_numpy()
    found = []
    for where, seen, expected in (
        (after, "rows after an event", "one end a city"),
        (gap, "a gap in the rows", "rows that follow one another"),
    ):
        cities = frame["city"][where].unique()
        if len(cities):
            found.append(
                Fault(
                    f"{seen} of {len(cities)} cities, the first {cities[0]}",
                    expected,
                    "End each city's rows there, or use fit_cause_specific.",
                )
            )
    return found


def event_causes(spells: SpellTable, causes: str) -> NDArray[np.object_]:
    """Cause of each row as text, empty where there is no event."""
    if causes not in spells.frame.columns:
        required_column(spells, causes, "cause")
    event = (spells.frame["event"] == 1).to_numpy()
    column = spells.frame[causes]
    blank = event & (column.isna() | (column.astype(str) == "")).to_numpy()
    if blank.any():
        raise SpecError(
            Fault(f"{int(blank.sum())} events without a cause", "a cause each", "Name it.", causes)
        )
    return np.where(event, column.astype(str), "").astype(object)


def _require_cause(named: NDArray[np.object_], cause: str, causes: str) -> None:
    known = sorted(set(named) - {""})
    if not known:
        raise DataError(
            Fault("no events", f"at least one event by '{cause}'", "Check the rule.", causes)
        )
    if cause not in known:
        raise SpecError(
            Fault(f"cause '{cause}'", f"one of {', '.join(known)}", "Check the spelling.", causes)
        )


def _with_event(spells: SpellTable, frame: pd.DataFrame) -> SpellTable:
    return replace(spells, frame=frame)
