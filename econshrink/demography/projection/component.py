"""The cohort-component projection in draws: births, deaths and migration by sex and age."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints, blocks, read_only
from econshrink.core.cohorts import BOYS, FEMALE, advance, give_birth, split_births
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import Rng, as_generator
from econshrink.demography.ageing import SurvivalRatios
from econshrink.demography.projection.migration import MigrationProcess, Profiles
from econshrink.nouns.ages import AgeStructure
from econshrink.nouns.forecast import Forecast

CLOSINGS = 4  # rounds in which a surplus of migrants is taken back


@dataclass(frozen=True, eq=False)
class CohortStart:
    """Where a projection starts.

    Parameters
    ----------
    cities : tuple of str
    groups : ndarray of int, shape (n,)
        Provinces.
    people : ndarray, shape (n, 2, A)
        Persons in the age groups of the ratios.
    ratios : SurvivalRatios
        Survival of every step, from the year of `people` on.
    fertility : ndarray, shape (A,)
        Births per woman and year at each age now, of the nation.
    relative_fertility : ndarray, shape (n,)
        City's fertility over the nation's.
    level : ndarray, shape (n,)
        Net migration rate of the last step.
    profiles : Profiles
    synthetic : bool
    """

    cities: tuple[str, ...]
    groups: Ints
    people: Floats
    ratios: SurvivalRatios
    fertility: Floats
    relative_fertility: Floats
    level: Floats
    profiles: Profiles
    synthetic: bool = False

    def __post_init__(self) -> None:
        n, ages = len(self.cities), len(self.ratios.lower)
        wanted = {
            "people": (n, 2, ages),
            "fertility": (ages,),
            "relative_fertility": (n,),
            "level": (n,),
            "groups": (n,),
        }
        faults = [
            Fault(f"{name} of shape {np.shape(getattr(self, name))}", f"{shape}", "Mend it.")
            for name, shape in wanted.items()
            if np.shape(getattr(self, name)) != shape
        ]
        for name in ("people", "fertility", "relative_fertility"):
            values = np.asarray(getattr(self, name))
            if not (np.isfinite(values).all() and (values >= 0).all()):
                faults.append(Fault(f"{name} negative or missing", "0 or more", "Mend it."))
        if not np.isfinite(self.level).all():
            faults.append(Fault("a missing level of migration", "one a city", "Mend it."))
        if not faults:
            empty = [
                c for c, p in zip(self.cities, self.people.sum(axis=(1, 2)), strict=True) if not p
            ]
            if empty:
                seen = f"nobody in {', '.join(empty[:10])}"
                faults.append(Fault(seen, "cities with people", "Leave them out, with a reason."))
        raise_all(DataError, faults)


@dataclass(frozen=True)
@typed_fields
class RateRisk:
    """Uncertainty of national births and deaths.

    Parameters
    ----------
    fertility : float
        Standard deviation of the change of log fertility over a step (a random walk).
    mortality : float
        Standard deviation of the change of log mortality over a step, about the given survival.
    """

    fertility: float = 0.0
    mortality: float = 0.0

    def __post_init__(self) -> None:
        if min(self.fertility, self.mortality) < 0:
            raise SpecError(Fault("a negative standard deviation", "0 or more", "Mend it."))


@dataclass(frozen=True, eq=False)
class Shift:
    """What a scenario changes in a projection; arrays broadcast over steps, draws and cities.

    Parameters
    ----------
    log_fertility : float or ndarray
        Added to log fertility.
    level : float or ndarray
        Added to the migration level.
    pull : float
        Share by which levels are drawn to the mean of their province (collaboration).
    scale : float
        Factor of all levels (1: as they are; 0: nobody moves).
    """

    log_fertility: Floats | float = 0.0
    level: Floats | float = 0.0
    pull: float = 0.0
    scale: float = 1.0

    def levels(self, levels: Floats, groups: Ints) -> Floats:
        """Levels of one step after the shift, shape (draws, n)."""
        moved = self.scale * levels + self.level
        if self.pull:
            sizes = np.bincount(groups)
            one = np.eye(len(sizes))[groups]  # city to province
            mean = (moved @ one) / np.maximum(sizes, 1)
            moved = moved + self.pull * (mean[:, groups] - moved)
        return np.asarray(moved)


@dataclass(frozen=True, eq=False)
class Projection:
    """Draws of a cohort-component projection.

    Parameters
    ----------
    forecast : Forecast
        Persons.
    women : ndarray, shape (n, steps, draws)
        Women aged 20-39.
    old : ndarray, shape (n, steps, draws)
        Persons aged 65 and over.
    births, deaths, migrants : ndarray, shape (n, steps, draws)
        During each step; ``births - deaths + migrants`` is the change, to rounding.
    ages : ndarray, shape (n, steps, 2, A), optional
        Mean over draws of the people by sex and age at the end of each step.
    lower : tuple of int
        Lower ends of the ages.
    """

    forecast: Forecast
    women: Floats
    old: Floats
    births: Floats
    deaths: Floats
    migrants: Floats
    ages: Floats | None = None
    lower: tuple[int, ...] = ()

    def pyramid(self, year: int) -> AgeStructure:
        """Expected people by sex and age at the end of a step, whole persons.

        Raises
        ------
        DataError
            A year that ends no step, or a projection without ages.
        """
        if self.ages is None or year not in self.forecast.years:
            seen = f"ages of {year}" if self.ages is not None else "a projection without ages"
            expected = f"a year of {', '.join(map(str, self.forecast.years))}, with its ages"
            raise DataError(Fault(seen, expected, "Ask for the end of a step."))
        people = self.ages[:, self.forecast.years.index(year)]
        return AgeStructure(
            self.forecast.cities,
            year,
            self.lower,
            np.rint(people).astype(np.int64),
            self.forecast.model,
            self.forecast.synthetic,
        )

    def select(self, keep: NDArray[np.bool_]) -> Projection:
        """The same draws of some of the cities."""
        full = self.forecast
        forecast = replace(
            full,
            cities=tuple(np.array(full.cities)[keep].tolist()),
            draws=full.draws[keep],
            base=full.base[keep],
        )
        flows = ("women", "old", "births", "deaths", "migrants")
        kept = {name: getattr(self, name)[keep] for name in flows}
        ages = None if self.ages is None else self.ages[keep]
        return replace(self, forecast=forecast, ages=ages, **kept)

    def summary(self, levels: tuple[float, ...] = (0.1, 0.5, 0.9)) -> pd.DataFrame:
        """Quantiles of the total of all cities by year, persons."""
        totals = self.forecast.draws.sum(axis=0)
        values = np.quantile(totals, levels, axis=1).T
        return pd.DataFrame(
            values, index=pd.Index(self.forecast.years, name="year"), columns=list(levels)
        )


def project_cohorts(
    start: CohortStart,
    process: MigrationProcess,
    risk: RateRisk = RateRisk(),
    *,
    draws: int,
    rng: Rng = None,
    shift: Shift = Shift(),
    close: bool = True,
) -> Projection:
    """Project every city by sex and age, step by step, in joint draws.

    Parameters
    ----------
    start : CohortStart
        Its ratios decide the number of steps.
    process : MigrationProcess
    risk : RateRisk
    draws : int
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed. The same seed gives the
        same shocks, so two scenarios differ by the shift alone.
    shift : Shift
    close : bool
        Net migration of all cities together is zero at every sex and age: the surplus is taken
        back in proportion to people.

    Returns
    -------
    Projection

    Raises
    ------
    SpecError
        No draw.

    Notes
    -----
    Preston, Heuveline and Guillot (2001), *Demography*, ch. 6. Births use the mean of women at
    the start and the end of a step before migration; migrants are counted at the end.
    """
    if draws < 1:
        raise SpecError(Fault(f"{draws} draws", "at least one", "Ask for more."))
    ratios, steps = start.ratios, len(start.ratios.steps)
    rng = as_generator(rng, "demography.project_cohorts")
    levels = process.levels(start.level, start.groups, steps, draws, rng)
    births_risk = np.cumsum(risk.fertility * rng.standard_normal((steps, draws)), axis=0)
    deaths_risk = np.cumsum(risk.mortality * rng.standard_normal((steps, draws)), axis=0)
    powers = np.exp(deaths_risk)[:, :, None, None, None]
    rates = [_fertility(start, risked, shift) for risked in births_risk]
    levels = np.stack([shift.levels(level, start.groups) for level in levels])
    record = {
        name: np.empty((draws, len(start.cities), steps))
        for name in ("total", "women", "old", *_FLOWS)
    }
    ages = np.zeros((steps, *start.people.shape))
    for rows in blocks(draws, start.people.size):
        people = np.broadcast_to(start.people, (rows.stop - rows.start, *start.people.shape))
        for k in range(steps):
            flows, people = _step(people, start, k, powers[k, rows], rates[k][rows])
            moved = start.profiles.migrants(levels[k, rows], people)
            if close:
                _close(moved, people)
            people += moved
            flows["migrants"] = moved.sum(axis=(2, 3))
            for name, values in _noted(people, flows, np.array(ratios.lower)).items():
                record[name][rows, :, k] = values
            for one in people:
                ages[k] += one
    ages /= draws
    by_city = (1, 2, 0)  # draws, cities, steps -> cities, steps, draws
    years = tuple(ratios.year + ratios.step * (k + 1) for k in range(steps))
    forecast = Forecast(
        start.cities,
        years,
        read_only(record.pop("total").transpose(by_city)),
        start.people.sum(axis=(1, 2)),
        ratios.year,
        ratios.year,
        "cohort-component, five-year steps",
        synthetic=start.synthetic,
    )
    found = {name: values.transpose(by_city) for name, values in record.items()}
    held = np.ascontiguousarray(ages.swapaxes(0, 1))
    return Projection(forecast, **found, ages=held, lower=tuple(ratios.lower))


def carry(start: CohortStart) -> tuple[list[Floats], Floats, Floats]:
    """People (n, 2, A) after each step without risk or migration; births and deaths (n, steps)."""
    people, one = start.people[None], np.ones((1, 1, 1, 1))
    rates = _fertility(start, np.zeros(1), Shift())
    held, births, deaths = [], [], []
    for k in range(len(start.ratios.steps)):
        flows, people = _step(people, start, k, one, rates)
        held.append(people[0])
        births.append(flows["births"][0])
        deaths.append(flows["deaths"][0])
    return held, np.stack(births, axis=1), np.stack(deaths, axis=1)


_FLOWS = ("births", "deaths", "migrants")


def _fertility(start: CohortStart, risk: Floats, shift: Shift) -> Floats:
    """Births per woman-year, shape (draws, n, A)."""
    log = np.log(np.maximum(start.relative_fertility, 1e-12)) + risk[:, None] + shift.log_fertility
    return np.asarray(np.exp(log)[..., None] * start.fertility)


def _step(
    people: Floats, start: CohortStart, k: int, power: Floats, rates: Floats
) -> tuple[dict[str, Floats], Floats]:
    """Deaths and births of one step; people at its end before migration."""
    ratios = start.ratios
    alive = people * ratios.steps[k] ** power
    later = np.asarray(advance(alive), dtype=np.float64)
    births = ratios.step * give_birth(people[:, :, FEMALE], later[:, :, FEMALE], rates)
    infants = split_births(births, BOYS)
    born = infants * ratios.newborn[k] ** power[..., 0]
    later[..., 0] = born
    deaths = (people - alive).sum(axis=(2, 3)) + (infants - born).sum(axis=2)
    return {"births": births, "deaths": deaths}, later


def _close(moved: Floats, people: Floats) -> None:
    """Take the surplus of every sex and age back, in place; again where that would empty a cell."""
    whole = np.maximum(people.sum(axis=1, keepdims=True), 1e-300)
    everybody, back = -people, np.empty_like(people)
    for _ in range(CLOSINGS):
        surplus = moved.sum(axis=1, keepdims=True)
        moved -= np.multiply(people, surplus / whole, out=back)
        np.maximum(moved, everybody, out=moved)


def _noted(people: Floats, flows: dict[str, Floats], lower: Ints) -> dict[str, Floats]:
    """What is kept of a step, (draws, n) each."""
    return {
        "total": people.sum(axis=(2, 3)),
        "women": people[:, :, FEMALE, (lower >= 20) & (lower < 40)].sum(axis=2),
        "old": people[..., lower >= 65].sum(axis=(2, 3)),
        **flows,
    }
