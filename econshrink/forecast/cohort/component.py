"""Cohort-component projection of every city, with rates that are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from econshrink.arrays import Floats, Ints
from econshrink.cohorts import FEMALE, CohortRates, project_year
from econshrink.errors import DataError, Fault, SpecError, raise_all

STEP = 5  # years a step and ages a group
GROUPS = 18  # 0-4, 5-9 … 80-84, 85 and over
YOUNG = slice(4, 8)  # ages 20-39


@dataclass(frozen=True, eq=False)
class Start:
    """Where a projection starts and what it expects, before anything is drawn.

    Parameters
    ----------
    population : ndarray, shape (cities, 2, 18)
        Persons by sex and five-year age group.
    survival : ndarray, shape (steps, 2, 18)
        Five-year survival ratios; the last group keeps its survivors.
    birth_survival : ndarray, shape (steps, 2)
        From birth during a step to its end.
    fertility : ndarray, shape (steps, 18)
        Births per woman and step at each age, of the nation.
    ratio : ndarray, shape (cities,)
        Fertility of the city over the nation's.
    migration : ndarray, shape (cities,)
        Net migrants per resident and step.
    profile : ndarray, shape (2, 18)
        Net migrants by sex and age as shares of their total.
    groups : ndarray of int, shape (cities,)
        Province.

    Raises
    ------
    DataError
        Shapes that do not fit, negative or missing persons, a profile that does not add up to 1.
    """

    population: Floats
    survival: Floats
    birth_survival: Floats
    fertility: Floats
    ratio: Floats
    migration: Floats
    profile: Floats
    groups: Ints

    def __post_init__(self) -> None:
        count, steps = len(self.population), len(self.survival)
        wanted = {
            "population": (count, 2, GROUPS),
            "survival": (steps, 2, GROUPS),
            "birth_survival": (steps, 2),
            "fertility": (steps, GROUPS),
            "ratio": (count,),
            "migration": (count,),
            "profile": (2, GROUPS),
            "groups": (count,),
        }
        faults = []
        for name, shape in wanted.items():
            values = np.asarray(getattr(self, name))
            if values.shape != shape or not np.isfinite(values).all():
                seen = f"{name} of shape {values.shape}, or with gaps"
                faults.append(Fault(seen, f"{shape} without gaps", "Mend it."))
        raise_all(DataError, faults)
        empty = (self.population.sum(axis=(1, 2)) <= 0) | (self.population < 0).any(axis=(1, 2))
        if empty.any():
            seen = f"{int(empty.sum())} cities without people or with negative ones"
            faults.append(Fault(seen, "persons in every city", "Leave them out."))
        if abs(float(self.profile.sum()) - 1) > 1e-9:
            seen = f"a profile that adds up to {self.profile.sum():.4g}"
            faults.append(Fault(seen, "1", "Divide it by its sum."))
        raise_all(DataError, faults)


@dataclass(frozen=True)
class Uncertainty:
    """Standard deviations of what is drawn; zero for all gives the expected path.

    Parameters
    ----------
    fertility : float
        Of the yearly change of log national fertility, a random walk.
    city_fertility : float
        Of a city's log fertility ratio, for good.
    mortality : float
        Of the yearly change of the logit of all survival ratios, a random walk.
    migration_nation, migration_province, migration_city : float
        Of the net migration rate of a step, kept up with `persistence`.
    persistence : float
        Correlation of the migration shocks of two steps that follow each other.
    damping : float
        What is left of the net migration rate after each further step.
    """

    fertility: float = 0.04
    city_fertility: float = 0.1
    mortality: float = 0.02
    migration_nation: float = 0.0
    migration_province: float = 0.01
    migration_city: float = 0.02
    persistence: float = 0.5
    damping: float = 0.7

    def __post_init__(self) -> None:
        spreads = (
            self.fertility,
            self.city_fertility,
            self.mortality,
            self.migration_nation,
            self.migration_province,
            self.migration_city,
        )
        if min(spreads) < 0 or not 0 <= self.persistence < 1 or not 0 <= self.damping <= 1:
            seen = f"{self}"
            expected = "spreads of at least 0, persistence in [0, 1), damping in [0, 1]"
            raise SpecError(Fault(seen, expected, "Mend the options."))


EXPECTED = Uncertainty(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Projection:
    """Totals of every step; their accounts are exact.

    Parameters
    ----------
    total, women : ndarray, shape (cities, steps + 1, draws)
        Residents, and women aged 20 to 39; the first is the start.
    births, deaths, migrants : ndarray, shape (cities, steps, draws)
        Of each step: the total changes by births minus deaths plus migrants.
    elderly : ndarray, shape (cities, steps + 1, draws)
        Residents aged 65 and over.
    """

    total: Floats
    women: Floats
    births: Floats
    deaths: Floats
    migrants: Floats
    elderly: Floats


def project_cohorts(
    start: Start, options: Uncertainty, draws: int, generator: np.random.Generator
) -> Projection:
    """Carry every city over the steps in each draw.

    Parameters
    ----------
    start : Start
    options : Uncertainty
    draws : int
    generator : numpy.random.Generator

    Returns
    -------
    Projection

    Notes
    -----
    A group cannot lose more than nine tenths of its survivors to migration; what is not lost then
    is not counted as migrants either, so the accounts stay exact.
    """
    if draws < 1:
        raise SpecError(Fault(f"{draws} draws", "at least one", "Ask for more."))
    rates = _Rates(start, options, draws, generator)
    people = np.broadcast_to(start.population, (draws, *start.population.shape)).copy()
    series = [_totals(people)]
    flows = []
    for step in range(len(start.survival)):
        used, wanted = rates.of(step), rates.migration(step)
        closed, births, deaths = project_year(people, used)
        size = people.sum(axis=(-2, -1))
        asked = (wanted * size)[..., None, None] * start.profile
        moved = np.maximum(asked, -0.9 * closed)
        people = closed + moved
        series.append(_totals(people))
        flows.append((births, deaths, moved.sum(axis=(-2, -1))))
    total, women, elderly = (np.stack([s[k] for s in series]) for k in range(3))
    born, died, moved_in = (np.stack([f[k] for f in flows]) for k in range(3))

    def turned(values: Floats) -> Floats:  # (steps, draws, cities) to (cities, steps, draws)
        return np.ascontiguousarray(np.moveaxis(values, (0, 1, 2), (1, 2, 0)))

    return Projection(*(turned(v) for v in (total, women, born, died, moved_in, elderly)))


def _totals(people: Floats) -> tuple[Floats, Floats, Floats]:
    return (
        people.sum(axis=(-2, -1)),
        people[..., FEMALE, YOUNG].sum(axis=-1),
        people[..., 13:].sum(axis=(-2, -1)),
    )


class _Rates:
    """Draws the rates of each step; walks go on from the step before."""

    def __init__(
        self, start: Start, options: Uncertainty, draws: int, generator: np.random.Generator
    ) -> None:
        self._start, self._options, self._generator = start, options, generator
        count = len(start.population)
        self._draws = draws
        self._births = np.zeros(draws)
        self._deaths = np.zeros(draws)
        self._own = np.log(start.ratio) + options.city_fertility * generator.standard_normal(
            (draws, count)
        )
        self._shock = np.zeros((draws, count))

    def of(self, step: int) -> CohortRates:
        """Survival and fertility of a step in every draw."""
        options, normal = self._options, self._generator.standard_normal
        reach = np.sqrt(STEP)
        self._births = self._births + options.fertility * reach * normal(self._draws)
        self._deaths = self._deaths + options.mortality * reach * normal(self._draws)
        level = np.exp(self._births[:, None] + self._own)
        move = self._deaths[:, None, None, None]
        survival = special.expit(special.logit(self._start.survival[step]) + move)
        infants = special.expit(special.logit(self._start.birth_survival[step]) + move[..., 0])
        return CohortRates(survival, infants, level[..., None] * self._start.fertility[step])

    def migration(self, step: int) -> Floats:
        """Net migration rate of a step, shape (draws, cities)."""
        options, normal = self._options, self._generator.standard_normal
        groups = self._start.groups
        fresh = (
            options.migration_nation * normal((self._draws, 1))
            + options.migration_province * normal((self._draws, int(groups.max()) + 1))[:, groups]
            + options.migration_city * normal((self._draws, len(groups)))
        )
        keep = options.persistence
        first = step == 0
        self._shock = fresh if first else keep * self._shock + np.sqrt(1 - keep**2) * fresh
        return np.asarray(self._start.migration * options.damping**step + self._shock)
