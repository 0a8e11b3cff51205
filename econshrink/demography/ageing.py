"""What the cohorts present at one census imply for a later date: ages, women, births, no migration.

Everything here is known at the start: ages counted then, and one set of national survival ratios
and birth rates for all units. Differences between units come from their first age structure alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.cohorts import BOYS, FEMALE, advance, give_birth, split_births
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.ages import SEXES, AgeStructure


@dataclass(frozen=True, eq=False)
class SurvivalRatios:
    """Survival of every age group over consecutive steps, the same for all units.

    Parameters
    ----------
    year : int
        Start of the first step.
    step : int
        Years in a step, and width of the age groups 0, step, 2 step, …, the last one open.
    steps : ndarray, shape (K, 2, A)
        Share of persons of each sex and group at the start of step k who are alive at its end.
    newborn : ndarray, shape (K, 2)
        Share of the births of step k alive at its end.
    fertility : ndarray, shape (K, A), optional
        Births per woman and year at each age during step k.

    Raises
    ------
    DataError
        Shapes that do not fit each other, probabilities outside 0 to 1, negative fertility.

    Examples
    --------
    >>> ratios = SurvivalRatios(2010, 5, np.full((2, 2, 3), 0.9), np.ones((2, 2)))
    >>> ratios.horizon, ratios.lower, float(ratios.forward((0, 5, 10))[0, 0])
    (10, (0, 5, 10), 0.81)
    """

    year: int
    step: int
    steps: Floats
    newborn: Floats
    fertility: Floats | None = None

    def __post_init__(self) -> None:
        for name in ("steps", "newborn", "fertility"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        raise_all(DataError, _ratio_faults(self))

    @property
    def horizon(self) -> int:
        """Years covered."""
        return self.step * len(self.steps)

    @property
    def lower(self) -> tuple[int, ...]:
        """First year of every age group."""
        return tuple(self.step * group for group in range(self.steps.shape[2]))

    def open_weights(self, age: int) -> Floats:
        """Shares, by sex, of the groups from `age` on in a stationary population of the first step.

        Returns
        -------
        ndarray, shape (2, groups from `age` on)
        """
        ratios = self.steps[0, :, self.lower.index(age) :]
        chain = np.column_stack([np.ones(2), ratios[:, :-1]])
        lived = np.asarray(np.cumprod(chain, axis=1), dtype=np.float64)
        # years lived in the open group
        lived[:, -1] = lived[:, -1] / np.maximum(1.0 - ratios[:, -1], 1e-12)
        return np.asarray(lived / lived.sum(axis=1, keepdims=True))

    def forward(self, lower: tuple[int, ...]) -> Floats:
        """Share of each group of `lower` alive at the end of the horizon, shape (2, groups).

        A last group that opens earlier than the table's is averaged with `open_weights`.
        """
        last = self.steps.shape[2] - 1
        every = np.ones((2, last + 1))
        position = np.arange(last + 1)
        for ratio in self.steps:
            every = every * ratio[:, position]
            position = np.minimum(position + 1, last)
        groups = [self.lower.index(age) for age in _checked_bounds(self, lower)]
        result = every[:, groups].copy()
        result[:, -1] = (self.open_weights(lower[-1]) * every[:, groups[-1] :]).sum(axis=1)
        return result

    def children(self) -> Floats:
        """Share of the births of each step alive at the end of the horizon, shape (K, 2)."""
        alive = self.newborn.copy()
        for born in range(len(self.steps)):
            for later in range(born + 1, len(self.steps)):
                alive[born] = alive[born] * self.steps[later, :, later - born - 1]
        return alive


def survival_ratios(
    table: pd.DataFrame,
    year: int,
    horizon: int = 10,
    fertility: pd.DataFrame | None = None,
) -> SurvivalRatios:
    """Read ratios for a span of years from five-year survival tables.

    Parameters
    ----------
    table : DataFrame
        As `load_survival` gives: ``sex, year_from, age_from, survival``, with a row of
        ``age_from`` -5 for births.
    year : int
        First year, the start of one of the table's periods.
    horizon : int
        Years, a multiple of five.
    fertility : DataFrame, optional
        As `load_fertility` gives: ``year, age_from, asfr``. Rates of the years ``y+1 … y+5`` are
        averaged for the period that starts in y.

    Returns
    -------
    SurvivalRatios

    Raises
    ------
    DataError
        A horizon that is no multiple of five, a period, sex or age group that is not there, or
        no fertility for a period.

    Examples
    --------
    >>> from econshrink.data import load_survival
    >>> ratios = survival_ratios(load_survival(), 2010)
    >>> round(float(ratios.forward(ratios.lower)[1, 12]), 3)  # women of 60-64 alive at 70-74
    0.874
    """
    if horizon <= 0 or horizon % 5:
        raise DataError(Fault(f"a horizon of {horizon} years", "5, 10, 15 …", "Choose one."))
    periods = range(year, year + horizon, 5)
    wide = table.pivot(index=["year_from", "sex"], columns="age_from", values="survival")
    bounds = sorted(table["age_from"].unique().tolist())
    ages = [age for age in bounds if age >= 0]
    complete = set(wide.dropna().index)
    faults = [
        Fault(f"no survival of {sex} from {start}", "every period and sex", "Widen the table.")
        for start in periods
        for sex in SEXES
        if (start, sex) not in complete
    ]
    if -5 not in bounds or ages != list(range(0, 5 * len(ages), 5)):
        seen = f"age groups {', '.join(map(str, bounds))}"
        faults.append(Fault(seen, "-5 (births) and 0, 5, 10 …", "Give five-year groups."))
    raise_all(DataError, faults)
    rows = wide.loc[pd.MultiIndex.from_product([periods, SEXES])]
    steps = rows[ages].to_numpy(dtype=np.float64).reshape(len(periods), 2, len(ages))
    newborn = rows[-5].to_numpy(dtype=np.float64).reshape(len(periods), 2)
    rates = None if fertility is None else _period_fertility(fertility, periods, ages)
    return SurvivalRatios(year, 5, steps, newborn, rates)


def predicted_ages(ages: AgeStructure, ratios: SurvivalRatios) -> tuple[Floats, Floats]:
    """Carry ages forward by national rates, without migration.

    Parameters
    ----------
    ages : AgeStructure
        At the start of the ratios; its groups must be a coarsening of theirs up to the last.
    ratios : SurvivalRatios
        With fertility.

    Returns
    -------
    tuple of ndarray
        Persons by unit, sex and age group of the ratios at the end, shape (n, 2, A), and births
        by unit and step, shape (n, K).

    Raises
    ------
    DataError
        Ages of another year, groups that do not fit, ratios without fertility.
    """
    if ratios.fertility is None:
        raise DataError(
            Fault("survival ratios without fertility", "births per woman by age", "Give both.")
        )
    people = spread_ages(ages, ratios)
    births = []
    for alive, newborn, rates in zip(ratios.steps, ratios.newborn, ratios.fertility, strict=True):
        later = np.asarray(advance(people * alive), dtype=np.float64)
        born = ratios.step * give_birth(people[:, FEMALE], later[:, FEMALE], rates)
        later[:, :, 0] = split_births(born, BOYS) * newborn
        births.append(born)
        people = later
    return people, np.stack(births, axis=1)


def predicted_structure(ages: AgeStructure, ratios: SurvivalRatios) -> pd.DataFrame:
    """Structure that each unit would have at the horizon from its first ages alone.

    Parameters
    ----------
    ages : AgeStructure
        Census ages at the start, such as ``AgeStructure.from_long(load_census_age_sex(), 2010)``.
    ratios : SurvivalRatios
        National, with fertility: ``survival_ratios(load_survival(), 2010, 10, load_fertility())``.

    Returns
    -------
    DataFrame
        Index `city`. At the horizon: `population` (persons), `share_0_14`, `share_15_64`,
        `share_65_plus` and `women_20_39` (persons); over the horizon: `births` and `deaths` of
        those counted at the start (persons), `natural_rate`, births alive at the end less those
        deaths over the first population.

    Raises
    ------
    DataError
        See `predicted_ages`; an empty unit.

    Notes
    -----
    The predicted 65+ share is the instrument of Maestas, Mullen and Powell (2023): predetermined
    ages, national survival, no migration. It is not exogenous by construction: past migration and
    fertility made those ages.

    Examples
    --------
    >>> ratios = SurvivalRatios(2010, 5, np.ones((2, 2, 14)), np.ones((2, 2)), np.zeros((2, 14)))
    >>> ages = AgeStructure(("230400",), 2010, tuple(range(0, 70, 5)), np.ones((1, 2, 14)))
    >>> predicted_structure(ages, ratios).round(3).iloc[0].to_dict()["share_65_plus"]
    0.214
    """
    empty = [city for city, total in zip(ages.cities, ages.total, strict=True) if total == 0]
    if empty:
        seen = f"nobody in {', '.join(empty[:10])} in {ages.year}"
        raise DataError(Fault(seen, "units with people", "Leave them out, with a reason."))
    people, births = predicted_ages(ages, ratios)
    lower = np.array(ratios.lower)
    total = people.sum(axis=(1, 2))
    first = ages.total.astype(np.float64)
    born = people[:, :, lower < ratios.horizon].sum(axis=(1, 2))
    old, young = lower >= 65, lower < 15
    columns = {
        "population": total,
        "share_0_14": people[:, :, young].sum(axis=(1, 2)) / total,
        "share_15_64": people[:, :, ~(old | young)].sum(axis=(1, 2)) / total,
        "share_65_plus": people[:, :, old].sum(axis=(1, 2)) / total,
        "women_20_39": people[:, FEMALE, (lower >= 20) & (lower < 40)].sum(axis=1),
        "births": births.sum(axis=1),
        "deaths": first - (total - born),
        "natural_rate": (total - first) / first,
    }
    return pd.DataFrame(columns, index=pd.Index(ages.cities, name="city"))


def spread_ages(ages: AgeStructure, ratios: SurvivalRatios) -> Floats:
    """Persons in the age groups of the ratios, an early open group split by stationary weights.

    Raises
    ------
    DataError
        Ages of another year than the start of the ratios, or groups that do not fit.
    """
    if ages.year != ratios.year:
        seen = f"ages of {ages.year} and survival from {ratios.year}"
        raise DataError(Fault(seen, "the same year", "Choose ratios that start in that year."))
    last = ages.lower[-1]
    bounds = tuple(age for age in ratios.lower if age <= last)
    known = ages.grouped(_checked_bounds(ratios, bounds))
    people = np.zeros((len(ages.cities), *ratios.steps.shape[1:]))
    inner = len(bounds) - 1
    people[:, :, :inner] = known.persons[:, :, :inner]
    people[:, :, inner:] = known.persons[:, :, inner:] * ratios.open_weights(bounds[-1])
    return people


def _checked_bounds(ratios: SurvivalRatios, lower: tuple[int, ...]) -> tuple[int, ...]:
    regular = tuple(range(0, ratios.step * len(lower), ratios.step))
    if lower != regular or not lower or lower[-1] > ratios.lower[-1]:
        raise DataError(
            Fault(
                f"age groups from {', '.join(map(str, lower))}",
                f"0, {ratios.step}, {2 * ratios.step} … to at most {ratios.lower[-1]}",
                "Merge the ages into these groups with `grouped`.",
            )
        )
    return lower


def _period_fertility(table: pd.DataFrame, periods: range, ages: list[int]) -> Floats:
    wide = table.pivot(index="year", columns="age_from", values="asfr")
    lost = [y for start in periods for y in range(start + 1, start + 6) if y not in wide.index]
    strange = sorted(set(table["age_from"].tolist()) - set(ages))
    faults = []
    if lost:
        seen = f"no fertility for {', '.join(map(str, lost))}"
        faults.append(Fault(seen, "rates of every year of the horizon", "Shorten the horizon."))
    if strange:
        faults.append(Fault(f"ages {strange}", "the survival table's groups", "Use its groups."))
    raise_all(DataError, faults)
    full = wide.reindex(columns=ages).fillna(0.0)
    return np.stack([full.loc[start + 1 : start + 5].to_numpy().mean(axis=0) for start in periods])


def _ratio_faults(ratios: SurvivalRatios) -> list[Fault]:
    shape = ratios.steps.shape
    if len(shape) != 3 or shape[0] < 1 or shape[1] != 2 or shape[2] < 2:
        return [Fault(f"ratios of shape {shape}", "(steps, 2, ages)", "Put sex and age last.")]
    faults = []
    if ratios.newborn.shape != (shape[0], 2):
        seen = f"newborn survival of shape {ratios.newborn.shape}"
        faults.append(Fault(seen, f"({shape[0]}, 2)", "Give one value a step and sex."))
    for name in ("steps", "newborn"):
        values = getattr(ratios, name)
        if not bool(np.all((values >= 0) & (values <= 1))):
            faults.append(Fault(f"{name} outside 0 to 1", "probabilities", "Check the table."))
    rates = ratios.fertility
    if rates is not None and (
        rates.shape != (shape[0], shape[2]) or not bool(np.all((rates >= 0) & np.isfinite(rates)))
    ):
        faults.append(
            Fault("fertility that is negative or of another shape", "(steps, ages)", "Mend.")
        )
    return faults
