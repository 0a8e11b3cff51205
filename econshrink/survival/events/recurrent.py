"""Cities that shrink, recover and shrink again: tables and models of recurrent events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.inference.vcov import Clustered
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.entrance import takes_tables
from econshrink.survival.options import Efron, SurvivalCovariance, Ties, required_column


@dataclass(frozen=True)
class TotalTime:
    """Time runs from the origin through all events."""


@dataclass(frozen=True)
class GapTime:
    """Time starts again after every event."""


Clock = TotalTime | GapTime


def conditional_table(
    spells: SpellTable, clock: Clock = TotalTime(), most: int | None = None
) -> SpellTable:
    """Number the events of every city up to `most`, and set back the clock after each if asked to.

    Columns ``event_number`` (of the next event) and ``home`` (the city) are added. Under `GapTime`
    each row is a city of its own, because the clocks of a city overlap.
    """
    frame = spells.frame
    number = _earlier_events(frame) + 1
    if most is not None:
        number = number.clip(upper=most)
    table = frame.assign(event_number=number, home=frame["city"])
    if isinstance(clock, GapTime):
        last = frame["stop"].where(frame["event"] == 1).groupby(frame["city"]).ffill()
        zero = last.groupby(frame["city"]).shift().fillna(0.0)
        key = frame["city"].astype(str) + "#" + frame.groupby("city").cumcount().astype(str)
        table = table.assign(start=frame["start"] - zero, stop=frame["stop"] - zero, city=key)
    return derived_table(spells, table)


def marginal_table(spells: SpellTable, covariates: tuple[str, ...], events: int) -> SpellTable:
    """Rows at risk of the first, second, ... event, each from entry until it comes.

    Columns ``event_number`` and ``home`` are added; each pair of city and event is a city of its
    own. Rows of a city over which the covariates do not change are joined.
    """
    for name in covariates:
        required_column(spells, name, "covariate")
    frame = spells.frame
    earlier = _earlier_events(frame)
    largest = int((earlier + frame["event"]).max())
    if largest == 0:
        raise DataError(Fault("no events", "at least one", "Check the rule and the window."))
    if not 1 <= events <= largest:
        raise SpecError(Fault(f"{events} events", f"between 1 and {largest}", "Change the number."))
    parts = []
    for number in range(1, events + 1):
        part = frame[(earlier < number).to_numpy()].copy()
        final = (earlier[part.index] == number - 1) & (part["event"] == 1)
        part = part.assign(event=final.astype(int), event_number=number)
        parts.append(_joined(part, covariates))
    table = pd.concat(parts, ignore_index=True)
    home = table["city"]
    return derived_table(
        spells,
        table.assign(home=home, city=home.astype(str) + "#" + table["event_number"].astype(str)),
    )


def _earlier_events(frame: pd.DataFrame) -> pd.Series:
    """Events of the city before each row; rows of a city come in order of time."""
    total: pd.Series = frame.groupby("city")["event"].cumsum() - frame["event"]
    return total


def _joined(part: pd.DataFrame, covariates: tuple[str, ...]) -> pd.DataFrame:
    """Join rows of a city that follow one another with the same covariates and no event between."""
    before = part.groupby("city", sort=False).shift()
    same = (part["start"] == before["stop"]) & (before["event"] == 0)
    for name in covariates:
        same &= part[name] == before[name]
    run = (~same.fillna(False).astype(bool)).cumsum()  # Arrow's truth values do not add up
    groups = part.groupby(run, sort=False)
    last = groups.tail(1)
    return last.assign(start=groups["start"].first().to_numpy())


def derived_table(spells: SpellTable, frame: pd.DataFrame) -> SpellTable:
    """Another frame with the rule, origin and notes of `spells`."""
    return replace(spells, frame=frame.reset_index(drop=True))


@dataclass(frozen=True)
class CommonEffects:
    """One coefficient a covariate, the same for every event."""


@dataclass(frozen=True)
class EventEffects:
    """A coefficient a covariate for each event, named ``x:event 1``, ``x:event 2`` and so on."""


Effects = CommonEffects | EventEffects


@takes_tables
def fit_andersen_gill(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    ties: Ties = Efron(),  # noqa: B008  (frozen option objects)
    vcov: SurvivalCovariance = Clustered(),  # noqa: B008
) -> Estimate:
    """Treat every event alike, with one baseline hazard (Andersen and Gill 1982).

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        Rows of a city go on after its events.
    covariates : sequence of str
    ties : Efron, Breslow or Exact
    vcov : Iid, Heteroskedastic or Clustered
        Clustered by city unless told otherwise: events of a city depend on one another.

    Returns
    -------
    Estimate

    Raises
    ------
    EconshrinkError
        As `fit_cox`.
    """
    return fit_cox(spells, covariates, ties=ties, vcov=vcov)


@takes_tables
def fit_pwp(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    clock: Clock = TotalTime(),
    effects: Effects = CommonEffects(),
    most: int | None = None,
    ties: Ties = Efron(),  # noqa: B008
    vcov: SurvivalCovariance = Clustered("home"),  # noqa: B008
) -> Estimate:
    """Give the first, second, ... event baseline hazards of their own; a city is at risk of the
    next event only after the one before (Prentice, Williams and Peterson 1981).

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        Rows of a city go on after its events.
    covariates : sequence of str
    clock : TotalTime or GapTime
    effects : CommonEffects or EventEffects
    most : int, optional
        Events from this number on share a stratum.
    ties, vcov
        As for `fit_andersen_gill`; the column ``home`` holds the city.

    Returns
    -------
    Estimate

    Raises
    ------
    EconshrinkError
        As `fit_cox`.
    """  # noqa: D205
    table = conditional_table(spells, clock, most)
    table, names = _with_effects(table, covariates, effects)
    return fit_cox(table, names, ties=ties, strata="event_number", vcov=vcov)


@takes_tables
def fit_wlw(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    events: int,
    effects: Effects = CommonEffects(),
    ties: Ties = Efron(),  # noqa: B008
    vcov: SurvivalCovariance = Clustered("home"),  # noqa: B008
) -> Estimate:
    """Model the time from the origin to the first, second, ... event, with a city at risk of all
    of them from its entry on (Wei, Lin and Weissfeld 1989).

    Parameters
    ----------
    spells : SpellTable or any table
        Of a table name ``duration=, event=, entry=, unit=``, or ``start=, stop=``.
        Rows of a city go on after its events.
    covariates : sequence of str
    events : int
        Number of events that are modelled.
    effects : CommonEffects or EventEffects
    ties, vcov
        As for `fit_andersen_gill`; the column ``home`` holds the city.

    Returns
    -------
    Estimate

    Raises
    ------
    SpecError
        Fewer cities than asked have that many events, or as `fit_cox`.
    """  # noqa: D205
    table = marginal_table(spells, tuple(covariates), events)
    table, names = _with_effects(table, covariates, effects)
    return fit_cox(table, names, ties=ties, strata="event_number", vcov=vcov)


def _with_effects(
    table: SpellTable, covariates: Sequence[str], effects: Effects
) -> tuple[SpellTable, tuple[str, ...]]:
    if isinstance(effects, CommonEffects):
        return table, tuple(covariates)
    columns = {}
    for name in covariates:
        values = required_column(table, name, "covariate")
        for number in sorted(table.frame["event_number"].unique()):
            inside = table.frame["event_number"] == number
            columns[f"{name}:event {number}"] = values * inside
    return derived_table(table, table.frame.assign(**columns)), tuple(columns)
