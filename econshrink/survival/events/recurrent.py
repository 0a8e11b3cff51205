"""Cities that shrink, recover and shrink again: models of recurrent events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.regression import fit_cox
from econshrink.survival.events.recurrent_tables import (
    Clock,
    TotalTime,
    conditional_table,
    derived_table,
    marginal_table,
)
from econshrink.survival.options import (
    ClusterRobust,
    Efron,
    SurvivalCovariance,
    Ties,
    required_column,
)


@dataclass(frozen=True)
class CommonEffects:
    """One coefficient a covariate, the same for every event."""


@dataclass(frozen=True)
class EventEffects:
    """A coefficient a covariate for each event, named ``x:event 1``, ``x:event 2`` and so on."""


Effects = CommonEffects | EventEffects


def fit_andersen_gill(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    ties: Ties = Efron(),  # noqa: B008  (frozen option objects)
    vcov: SurvivalCovariance = ClusterRobust(),  # noqa: B008
) -> Estimate:
    """Treat every event alike, with one baseline hazard (Andersen and Gill 1982).

    Parameters
    ----------
    spells : SpellTable
        Rows of a city go on after its events.
    covariates : sequence of str
    ties : Efron, Breslow or Exact
    vcov : ModelBased, Robust or ClusterRobust
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


def fit_pwp(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    clock: Clock = TotalTime(),  # noqa: B008  (frozen option objects)
    effects: Effects = CommonEffects(),
    most: int | None = None,
    ties: Ties = Efron(),  # noqa: B008
    vcov: SurvivalCovariance = ClusterRobust("home"),  # noqa: B008
) -> Estimate:
    """Give the first, second, ... event baseline hazards of their own; a city is at risk of the
    next event only after the one before (Prentice, Williams and Peterson 1981).

    Parameters
    ----------
    spells : SpellTable
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


def fit_wlw(
    spells: SpellTable,
    covariates: Sequence[str],
    *,
    events: int,
    effects: Effects = CommonEffects(),
    ties: Ties = Efron(),  # noqa: B008
    vcov: SurvivalCovariance = ClusterRobust("home"),  # noqa: B008
) -> Estimate:
    """Model the time from the origin to the first, second, ... event, with a city at risk of all
    of them from its entry on (Wei, Lin and Weissfeld 1989).

    Parameters
    ----------
    spells : SpellTable
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
