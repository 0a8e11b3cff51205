"""From tables by age to the arrays a cohort projection needs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.arrays import Floats
from econshrink.cohorts import FEMALE, CohortRates, project_year
from econshrink.errors import DataError, Fault
from econshrink.forecast.cohort.component import GROUPS, STEP

SEXES = ("male", "female")
OLDEST = STEP * (GROUPS - 1)  # 85 and over


def population_array(table: pd.DataFrame, cities: list[str]) -> Floats:
    """Persons by city, sex and five-year group from a long table; ages 0 and 1-4 are joined.

    Parameters
    ----------
    table : DataFrame
        `city, sex, age_from, population` of one year.
    cities : list of str

    Returns
    -------
    ndarray, shape (cities, 2, 18)

    Raises
    ------
    DataError
        A city that is not in the table.
    """
    group = np.minimum(table["age_from"].to_numpy(dtype=int) // STEP, GROUPS - 1)
    sums = table.assign(group=group).groupby(["city", "sex", "group"])["population"].sum()
    wanted = pd.MultiIndex.from_product([cities, SEXES, range(GROUPS)])
    values = sums.reindex(wanted)
    if values.isna().any():
        lost = sorted(set(values.index[values.isna()].get_level_values(0)))
        seen = f"no full age table of {', '.join(lost[:5])}"
        raise DataError(Fault(seen, "both sexes and all ages", "Leave the city out."))
    return values.to_numpy(dtype=float).reshape(len(cities), 2, GROUPS)


def survival_arrays(table: pd.DataFrame, periods: list[int]) -> tuple[Floats, Floats]:
    """Survival (steps, 2, 18) and survival of births (steps, 2) from ratios up to 95 and over.

    Parameters
    ----------
    table : DataFrame
        `sex, year_from, age_from, survival`: five-year ratios, -5 for births, 95 for the ratio
        that carries 95 and over to 100 and over.
    periods : list of int
        First year of the period of each step; beyond the table its last period is held.

    Notes
    -----
    The ratio of the open group is that of the stationary population: survivors from 85 and over
    to 90 and over.
    """
    last = int(table["year_from"].max())
    ratios = table.set_index(["year_from", "sex", "age_from"])["survival"].sort_index()
    survival = np.empty((len(periods), 2, GROUPS))
    births = np.empty((len(periods), 2))
    for step, period in enumerate(periods):
        for number, sex in enumerate(SEXES):
            own = ratios[min(period, last), sex]
            births[step, number] = own[-STEP]
            survival[step, number, :-1] = own.loc[0 : OLDEST - STEP].to_numpy()
            later = [1.0, own[OLDEST], own[OLDEST] * own[OLDEST + STEP]]
            oldest = later[2] / (1 - own[OLDEST + 2 * STEP])  # 95 and over
            survival[step, number, -1] = (later[1] + oldest) / (later[0] + later[1] + oldest)
    return survival, births


def fertility_array(rates: pd.Series) -> Floats:
    """Births per woman and step by group, shape (18,), from yearly rates by `age_from`."""
    found = np.zeros(GROUPS)
    for age, rate in rates.items():
        found[int(age) // STEP] = STEP * float(rate)  # type: ignore[call-overload]
    return found


def fertility_ratio(population: Floats, fertility: Floats, infants: Floats) -> Floats:
    """Fertility of each city over the nation's, from children aged 0-4 per expected birth.

    ``(children / expected births) / (the same of all cities)``: expected births are women times
    the nation's rates, so a young city is not taken for a fertile one. `infants` is the survival
    of births, shape (2,).
    """
    women = population[:, FEMALE]
    expected = women @ fertility * infants.mean()
    children = population[:, :, 0].sum(axis=1)
    return np.asarray((children / expected) / (children.sum() / expected.sum()))


def residual_migration(before: Floats, after: Floats, rates: list[CohortRates]) -> Floats:
    """Persons found minus those expected without migration, shape (cities, 2, 18)."""
    expected = before
    for rate in rates:
        expected = project_year(expected, rate)[0]
    return np.asarray(after - expected)


def migration_profile(residual: Floats) -> Floats:
    """Age pattern of net migration shared by gaining and losing cities, adding up to 1.

    Residuals of all cities, each with the sign of its own total, over the sum of absolute totals.
    """
    totals = residual.sum(axis=(1, 2))
    signed = residual * np.sign(totals)[:, None, None]
    pattern = signed.sum(axis=0) / np.abs(totals).sum()
    return np.asarray(pattern / pattern.sum())
