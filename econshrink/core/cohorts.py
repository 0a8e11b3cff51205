"""Cohort arithmetic: survive, age, give birth and project populations by sex and single year.

Populations have axes (..., sex, age): sex 0 is male, sex 1 female; age 0, 1, …, A-1 in completed
years, the last group open. Leading axes (cities, draws) are free, so one call serves them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.core.errors import DataError, Fault, raise_all

Floats = NDArray[np.float64]

MALE, FEMALE = 0, 1
BOYS = 0.512  # male share of births at the usual 105 boys to 100 girls


@dataclass(frozen=True, eq=False)
class CohortRates:
    """The rates of one year.

    Parameters
    ----------
    survival : ndarray, shape (..., 2, A)
        Probability that a person of that sex and age at the start of the year is alive at its end.
    birth_survival : ndarray, shape (..., 2)
        Probability that a child born during the year is alive at its end.
    fertility : ndarray, shape (..., A)
        Births per woman-year at each age; its sum is the total fertility rate.
    boys : float
        Male share of births.

    Raises
    ------
    DataError
        Shapes that do not fit each other, probabilities outside [0, 1], negative fertility.

    Examples
    --------
    >>> rates = CohortRates(np.full((2, 3), 0.9), np.ones(2), np.array([0.0, 0.5, 0.0]))
    >>> float(rates.fertility.sum())
    0.5
    """

    survival: Floats
    birth_survival: Floats
    fertility: Floats
    boys: float = BOYS

    def __post_init__(self) -> None:
        for name in ("survival", "birth_survival", "fertility"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        raise_all(DataError, _shape_faults(self))
        raise_all(DataError, _value_faults(self))


def survive(population: Floats, survival: Floats) -> Floats:
    """Survivors at the end of the year, still labelled by their age at its start.

    Examples
    --------
    >>> survive(np.array([[10.0, 20.0]]), np.array([[0.9, 0.5]]))
    array([[ 9., 10.]])
    """
    return np.asarray(population * survival, dtype=np.float64)


def advance(population: NDArray[np.generic]) -> NDArray[np.generic]:
    """Make everybody one year older; age 0 is left empty and the last two groups merge.

    Works on integers and floats alike and keeps the type.

    Examples
    --------
    >>> advance(np.array([[1, 2, 4]]))
    array([[0, 1, 6]])
    """
    older = np.zeros_like(population)
    older[..., 1:] = population[..., :-1]
    older[..., -1] += population[..., -1]
    return older


def give_birth(women_start: Floats, women_end: Floats, fertility: Floats) -> Floats:
    """Births of a year: rates times the mean of women at its start and end, summed over age.

    Parameters
    ----------
    women_start, women_end : ndarray, shape (..., A)
        Women by age; those at the end have survived and grown a year older.
    fertility : ndarray, shape (..., A)
        Births per woman-year.

    Returns
    -------
    ndarray, shape (...)

    Notes
    -----
    The cohort-component method's mid-year exposure (Preston, Heuveline and Guillot 2001,
    *Demography*, ch. 6).

    Examples
    --------
    >>> float(give_birth(np.array([0.0, 100.0]), np.array([0.0, 80.0]), np.array([0.0, 0.1])))
    9.0
    """
    exposure = 0.5 * (np.asarray(women_start, float) + np.asarray(women_end, float))
    return np.asarray((exposure * fertility).sum(axis=-1), dtype=np.float64)


def split_births(births: Floats, boys: float = BOYS) -> Floats:
    """Births by sex, shape (..., 2).

    Examples
    --------
    >>> split_births(np.array(100.0), boys=0.51)
    array([51., 49.])
    """
    births = np.asarray(births, dtype=np.float64)
    return np.stack([births * boys, births * (1.0 - boys)], axis=-1)


def project_year(
    population: Floats, rates: CohortRates, net_migration: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Carry a population over one year.

    Parameters
    ----------
    population : ndarray, shape (..., 2, A)
        Persons at the start of the year.
    rates : CohortRates
        Survival and fertility of the year.
    net_migration : ndarray, shape (..., 2, A), optional
        Net migrants counted at the end of the year at their age then.

    Returns
    -------
    tuple of ndarray
        Population at the end (..., 2, A), births (...) and deaths (...) of the year. Births
        minus deaths plus net migration is the change of the total.

    Raises
    ------
    DataError
        The population's last axes are not (2, A), or it is negative or not finite.

    Examples
    --------
    >>> rates = CohortRates(np.full((2, 3), 0.9), np.ones(2), np.array([0.0, 0.5, 0.0]), boys=0.5)
    >>> end, births, deaths = project_year(np.full((2, 3), 100.0), rates)
    >>> end
    array([[ 23.75,  90.  , 180.  ], [ 23.75,  90.  , 180.  ]])
    >>> float(births), round(float(deaths), 9)
    (47.5, 60.0)
    """
    start = np.asarray(population, dtype=np.float64)
    raise_all(DataError, _population_faults(start, rates))
    alive = survive(start, rates.survival)
    end = np.asarray(advance(alive), dtype=np.float64)
    births = give_birth(start[..., FEMALE, :], end[..., FEMALE, :], rates.fertility)
    infants = split_births(births, rates.boys)
    born = infants * rates.birth_survival
    end[..., 0] += born
    deaths = (start - alive).sum(axis=(-2, -1)) + (infants - born).sum(axis=-1)
    if net_migration is not None:
        end = end + net_migration
    return end, births, np.asarray(deaths, dtype=np.float64)


def project(
    population: Floats,
    rates: Sequence[CohortRates],
    net_migration: Sequence[Floats] | None = None,
) -> Floats:
    """Project over as many years as there are rates; the first axis of the result is time.

    Parameters
    ----------
    population : ndarray, shape (..., 2, A)
        Persons at the start.
    rates : sequence of CohortRates
        One for each year.
    net_migration : sequence of ndarray, optional
        One for each year, each (..., 2, A).

    Returns
    -------
    ndarray, shape (len(rates) + 1, ..., 2, A)
        The start and the end of every year.

    Examples
    --------
    >>> still = CohortRates(np.array([[1.0, 0.0]] * 2), np.ones(2), np.zeros(2))
    >>> project(np.array([[5.0, 3.0], [5.0, 3.0]]), [still, still]).sum(axis=(1, 2))
    array([16., 10.,  0.])
    """
    if net_migration is not None and len(net_migration) != len(rates):
        raise DataError(
            Fault(
                f"{len(net_migration)} years of migration and {len(rates)} of rates",
                "as many of one as of the other",
                "Give one array of net migrants for every year.",
            )
        )
    path = [np.asarray(population, dtype=np.float64)]
    for step, rate in enumerate(rates):
        migrants = None if net_migration is None else net_migration[step]
        path.append(project_year(path[-1], rate, migrants)[0])
    return np.stack(path)


def leslie_matrix(rates: CohortRates) -> Floats:
    """Female projection matrix L, so that women at the end of a year are ``L @ women``.

    Its first row is ``b (1 - boys) (f[a] + f[a+1] S[a]) / 2`` with b the survival of girls at
    birth; the subdiagonal holds survival, and the last group keeps its own survivors (Leslie 1945).

    Examples
    --------
    >>> rates = CohortRates(np.full((2, 3), 0.9), np.ones(2), np.array([0.0, 0.5, 0.0]), boys=0.5)
    >>> leslie_matrix(rates)
    array([[0.1125, 0.125 , 0.    ],
           [0.9   , 0.    , 0.    ],
           [0.    , 0.9   , 0.9   ]])
    """
    survival, fertility = rates.survival[..., FEMALE, :], rates.fertility
    ages = survival.shape[-1]
    later = np.concatenate([fertility[..., 1:], fertility[..., -1:]], axis=-1)
    girls = rates.birth_survival[..., FEMALE] * (1.0 - rates.boys)
    matrix = np.zeros((*survival.shape[:-1], ages, ages))
    matrix[..., 0, :] = girls[..., None] * 0.5 * (fertility + later * survival)
    steps = np.arange(ages - 1)
    matrix[..., steps + 1, steps] = survival[..., :-1]
    matrix[..., -1, -1] += survival[..., -1]
    return matrix


def life_expectancy(survival: Floats, birth_survival: Floats) -> Floats:
    """Life expectancy at birth, years: the stationary population of one birth a year.

    Parameters
    ----------
    survival : ndarray, shape (..., A)
        One-year survival ratios of the age groups, the last one open.
    birth_survival : ndarray, shape (...)
        Survival from birth to the end of the year of birth.

    Notes
    -----
    Survival ratios compare person-years lived (L[a+1]/L[a]), so the sum of the stationary age
    structure is e0 without further approximation.

    Examples
    --------
    >>> float(life_expectancy(np.array([0.5, 0.5]), np.array(1.0)))
    2.0
    """
    survival = np.asarray(survival, dtype=np.float64)
    lived = np.cumprod(survival[..., :-1], axis=-1)
    tail = lived[..., -1] / (1.0 - survival[..., -1])
    return np.asarray(birth_survival * (1.0 + lived[..., :-1].sum(axis=-1) + tail))


def share_of_ages(population: NDArray[np.generic], first: int, last: int | None = None) -> Floats:
    """Share of persons aged `first` to `last` in completed years (open-ended without `last`).

    Examples
    --------
    >>> float(share_of_ages(np.array([[1.0, 2.0, 1.0], [1.0, 2.0, 1.0]]), 2))
    0.25
    """
    stop = None if last is None else last + 1
    chosen = population[..., first:stop].sum(axis=(-2, -1))
    return np.asarray(chosen / population.sum(axis=(-2, -1)), dtype=np.float64)


def _shape_faults(rates: CohortRates) -> list[Fault]:
    shape = rates.survival.shape
    if len(shape) < 2 or shape[-2] != 2 or shape[-1] < 2:
        return [
            Fault(
                f"survival of shape {shape}",
                "(..., 2, A) with at least two ages",
                "Put sex and age last.",
            )
        ]
    faults = []
    if rates.birth_survival.shape[-1:] != (2,):
        faults.append(
            Fault(
                f"birth survival of shape {rates.birth_survival.shape}",
                "(..., 2)",
                "Give one value for each sex.",
            )
        )
    if rates.fertility.shape[-1:] != shape[-1:]:
        faults.append(
            Fault(
                f"fertility of shape {rates.fertility.shape}",
                f"(..., {shape[-1]})",
                "Give one rate for each age, zero where no births occur.",
            )
        )
    return faults


def _value_faults(rates: CohortRates) -> list[Fault]:
    faults = []
    shares = {
        "survival": rates.survival,
        "birth_survival": rates.birth_survival,
        "boys": np.asarray(rates.boys),
    }
    for name, values in shares.items():
        if not bool(np.all((values >= 0) & (values <= 1))):
            faults.append(
                Fault(f"{name} outside [0, 1]", "probabilities", "Check the rates.", name)
            )
    if not bool(np.all((rates.fertility >= 0) & np.isfinite(rates.fertility))):
        faults.append(
            Fault("negative or missing fertility", "births per woman-year ≥ 0", "Check it.")
        )
    return faults


def _population_faults(population: Floats, rates: CohortRates) -> list[Fault]:
    if population.shape[-2:] != rates.survival.shape[-2:]:
        return [
            Fault(
                f"a population of shape {population.shape}",
                f"(..., 2, {rates.survival.shape[-1]})",
                "Put sex and age last, as many ages as the rates have.",
            )
        ]
    if not bool(np.all((population >= 0) & np.isfinite(population))):
        return [
            Fault("negative or missing persons", "counts ≥ 0", "Check the starting population.")
        ]
    return []
