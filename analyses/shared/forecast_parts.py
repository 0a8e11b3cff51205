"""The headline: units, rest and nation to 2035, drawn once and held to nations of all kinds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from analyses.shared.ages import natural_known
from analyses.shared.forecast_setup import BASE, HORIZON_END, LAST_YEAR, projection_view
from analyses.shared.samples_cohort import CohortSample, cohort_sample
from econshrink import Forecast
from econshrink.core.seeds import generator
from econshrink.data import load_national
from econshrink.demography import Calibration, CohortStart, calibrate, project_nation
from econshrink.forecast import (
    AveragePath,
    ErrorParts,
    InformationSet,
    Mixture,
    NationalForecast,
    PathModel,
    ScaledDrift,
    TwoPart,
    bridge,
    broken_since,
    hold_to_nation,
    keep,
    national_mixture,
    project_view,
    unusable,
)

MINIMUM_SIZE = 10_000  # residents; the floor Wiechmann (2008) sets for a city
OFFICIAL = range(2021, 2025)  # official births and deaths that rates are set to
ERRORS = ErrorParts()


@dataclass(frozen=True)
class Assumption:
    """What a projection takes for granted.

    Parameters
    ----------
    label : str
    meet : bool
        Rates calibrated to official births and deaths; else as the tables give them.
    fertility : float
        Factor of national fertility from now on.
    damping : float, optional
        How much of last year's migration goes on, instead of the mixture of .8 and .9.
    held : bool
        Draws of the units are scaled to the nation's.
    """

    label: str
    meet: bool = True
    fertility: float = 1.0
    damping: float | None = None
    held: bool = True


ASSUMPTIONS = (
    Assumption("Nation calibrated to official births and deaths"),
    Assumption("Rates as the tables give them", meet=False),
    Assumption("Fertility 15% higher", fertility=1.15),
    Assumption("Fertility 15% lower", fertility=0.85),
    Assumption("Recent migration fades faster (.8)", damping=0.8),
    Assumption("Recent migration goes on undamped", damping=1.0),
    Assumption("Units held to no nation", held=False),
)


def headline(
    draws: int = 2000, what: Assumption = ASSUMPTIONS[0], years: tuple[int, ...] | None = None
) -> NationalForecast:
    """Units, rest and nation to 2035 from the figures of 2024, of all years or some, the last too.

    `what.held` is not looked at.
    """
    view, _ = projected_units()
    units = unheld(draws, what.damping)
    whole = nation(draws, meet=what.meet, fertility=what.fertility)
    if years is not None:
        units, whole = units.select(years=years), whole.select(years=years)
    return hold_to_nation(units, whole, np.exp(view.at(LAST_YEAR)))


@cache
def unheld(draws: int, damping: float | None = None) -> Forecast:
    """Draws of the units as their own past makes them, held to no nation."""
    view, base = projected_units()
    natural = natural_known(view.cities, LAST_YEAR, HORIZON_END - LAST_YEAR)
    model: PathModel = national_mixture(natural)
    if damping is not None:
        model = AveragePath((ScaledDrift(natural, damping), TwoPart(natural, damping)))
    rng = generator("forecast.headline.units")
    return project_view(view, Mixture((model,)), HORIZON_END, base, BASE, draws, rng, ERRORS)


@cache
def left_out() -> tuple[pd.Series, pd.Series]:
    """Units that are not projected with the reason, and the year of each one's last figure."""
    whole, base = projection_view()
    carried, last = bridge(whole)
    gone = unusable(carried, base, MINIMUM_SIZE)
    broken = broken_since(whole, BASE).drop(gone.index, errors="ignore")
    return pd.concat([gone, broken]), last


@cache
def projected_units() -> tuple[InformationSet, pd.Series]:
    """Units whose figures join and are recent enough, with their residents of the base year."""
    whole, base = projection_view()
    gone, _ = left_out()
    carried, _ = bridge(whole)
    return keep(carried, [city for city in whole.cities if city not in gone.index]), base


def last_figures() -> pd.Series:
    """Residents of every projected unit in the last year."""
    view, _ = projected_units()
    return pd.Series(np.exp(view.at(LAST_YEAR)), index=list(view.cities))


def nation(draws: int, *, meet: bool = True, fertility: float = 1.0) -> Forecast:
    """Draws of the nation from its official figure of 2024."""
    sample = _sample()
    start = _calibrated() if meet else sample.start
    start = replace(start, fertility=fertility * start.fertility)
    table = load_national().pivot(index="year", columns="series", values="value")
    people = float(table.loc[LAST_YEAR, "population_year_end"])
    rng = generator("forecast.headline.nation")
    return project_nation(start, people, LAST_YEAR, HORIZON_END, sample.risk, draws=draws, rng=rng)


@cache
def _sample() -> CohortSample:
    return cohort_sample(HORIZON_END - BASE)


@cache
def _calibrated() -> CohortStart:
    return calibrated(_sample().start)


def calibrated(start: CohortStart) -> CohortStart:
    """The cohort start with rates that meet the last official births and deaths."""
    return official(start).apply(start)


def official(start: CohortStart) -> Calibration:
    """Factors of fertility and mortality at which the first step has the official flows."""
    table = load_national().pivot(index="year", columns="series", values="value")
    flows = table.loc[list(OFFICIAL), ["births_published", "deaths_published"]].mean()
    return calibrate(start, *(float(flow) for flow in flows))
