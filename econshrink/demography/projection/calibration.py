"""Rates set to the last official births and deaths, and the nation they lead to in draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import Rng
from econshrink.demography.ageing import SurvivalRatios
from econshrink.demography.projection.component import (
    CohortStart,
    RateRisk,
    carry,
    project_cohorts,
)
from econshrink.demography.projection.migration import MigrationProcess, Profiles
from econshrink.nouns.forecast import Forecast

ROUNDS, CLOSE = 60, 1e-10


@dataclass(frozen=True)
@typed_fields
class Calibration:
    """Factors by which given rates miss official births and deaths.

    Parameters
    ----------
    fertility : float
        Factor of births per woman at every age.
    mortality : float
        Factor of the force of mortality at every age: survival is raised to this power.

    Examples
    --------
    >>> Calibration().fertility, Calibration().mortality
    (1.0, 1.0)
    """

    fertility: float = 1.0
    mortality: float = 1.0

    def __post_init__(self) -> None:
        if not (self.fertility > 0 and self.mortality > 0):
            seen = f"factors {self.fertility:g} and {self.mortality:g}"
            raise SpecError(Fault(seen, "above 0", "Mend them."))

    def apply(self, start: CohortStart) -> CohortStart:
        """The same start with the factors on the rates of every step."""
        ratios = replace(
            start.ratios,
            steps=start.ratios.steps**self.mortality,
            newborn=start.ratios.newborn**self.mortality,
        )
        return replace(start, ratios=ratios, fertility=self.fertility * start.fertility)


def calibrate(start: CohortStart, births: float, deaths: float) -> Calibration:
    """Factors at which the first step has given births and deaths a year, all units together.

    Life tables of one source applied to the ages of another miss the deaths that the second
    counts; so do births. Two factors meet both, and are held afterwards.

    Parameters
    ----------
    start : CohortStart
        All units of the nation.
    births, deaths : float
        Mean persons a year over the years of the first step for which there are figures.

    Returns
    -------
    Calibration

    Raises
    ------
    DataError
        Figures not above zero, or that no factors meet.
    """
    if not (births > 0 and deaths > 0):
        seen = f"{births:g} births and {deaths:g} deaths a year"
        raise DataError(Fault(seen, "persons above zero", "Give official figures."))
    first = replace(start, ratios=_steps(start.ratios, 0, 1))
    found = Calibration()
    for _ in range(ROUNDS):
        _, born, died = carry(found.apply(first))
        ratio = np.array([births, deaths]) * first.ratios.step / [born.sum(), died.sum()]
        if not np.isfinite(ratio).all():
            break
        found = Calibration(found.fertility * float(ratio[0]), found.mortality * float(ratio[1]))
        if np.abs(ratio - 1).max() < CLOSE:
            return found
    seen = f"{births:g} births and {deaths:g} deaths a year"
    raise DataError(Fault(seen, "figures that rates of these ages can meet", "Check the units."))


def as_nation(start: CohortStart) -> CohortStart:
    """All units in one row that has the same births and deaths, without migration."""
    women = start.people[:, 1] @ start.fertility
    together = float(women @ start.relative_fertility / women.sum()) if women.sum() else 1.0
    flat = np.ones((2, len(start.ratios.lower)))
    return replace(
        start,
        cities=("nation",),
        groups=np.zeros(1, dtype=np.intp),
        people=start.people.sum(axis=0, keepdims=True),
        relative_fertility=np.array([together]),
        level=np.zeros(1),
        profiles=Profiles(flat, flat),
    )


def project_nation(
    start: CohortStart,
    population: float,
    origin: int,
    last_year: int,
    risk: RateRisk = RateRisk(),  # noqa: B008  (a frozen option object)
    *,
    draws: int,
    rng: Rng = None,
) -> Forecast:
    """Draws of the nation's persons in every year after an origin, by its ages and no migration.

    Parameters
    ----------
    start : CohortStart
        All units, calibrated (`Calibration.apply`) or not; its year is at most the origin.
    population : float
        Official persons of the nation at the origin, from which growth is counted.
    origin, last_year : int
    risk : RateRisk
        Of births and deaths, in steps that begin after the origin; the step the origin lies in is
        taken as calibrated.
    draws : int
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.

    Returns
    -------
    Forecast
        One row, ``nation``. Growth is even within a step of the ages.

    Raises
    ------
    DataError
        A last year beyond the rates, an origin before the ages, persons not above zero.
    """
    ratios = start.ratios
    end = ratios.year + ratios.horizon
    faults = []
    if not ratios.year <= origin < last_year <= end:
        seen = f"ages of {ratios.year}, origin {origin}, last year {last_year}, rates until {end}"
        faults.append(Fault(seen, "in this order", "Ask for fewer years, or give longer rates."))
    if not population > 0:
        faults.append(Fault(f"a nation of {population:g}", "persons above zero", "Mend it."))
    raise_all(DataError, faults)
    nation = as_nation(start)
    done = min(-(-(origin - ratios.year) // ratios.step), len(ratios.steps) - 1)
    known = np.empty((0, draws))
    if done:
        people, *_ = carry(replace(nation, ratios=_steps(ratios, 0, done)))
        sums = np.log([nation.people.sum(), *(p.sum() for p in people)])
        known = np.repeat(np.diff(sums)[:, None], draws, axis=1)
        nation = replace(nation, people=people[-1])
    made = project_cohorts(
        replace(nation, ratios=_steps(ratios, done, len(ratios.steps))),
        MigrationProcess(0.0, 0.0, 0.0),
        risk,
        draws=draws,
        rng=rng,
    )
    stocks = np.vstack([np.full((1, draws), made.forecast.base[0]), made.forecast.draws[0]])
    growth = np.vstack([known, np.diff(np.log(stocks), axis=0)]) / ratios.step
    yearly = np.repeat(growth, ratios.step, axis=0)[origin - ratios.year : last_year - ratios.year]
    return Forecast(
        ("nation",),
        tuple(range(origin + 1, last_year + 1)),
        population * np.exp(np.cumsum(yearly, axis=0))[None],
        np.array([population]),
        origin,
        origin,
        "cohort-component nation, no migration",
        synthetic=start.synthetic,
    )


def _steps(ratios: SurvivalRatios, first: int, last: int) -> SurvivalRatios:
    fertility = None if ratios.fertility is None else ratios.fertility[first:last]
    year = ratios.year + first * ratios.step
    return SurvivalRatios(
        year, ratios.step, ratios.steps[first:last], ratios.newborn[first:last], fertility
    )
