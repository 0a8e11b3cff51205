"""Censuses of a synthetic country for the accounting: ages, survival, and what truly happened."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink import Accounting, AgeStructure, account
from econshrink.demography import ByResidence, Children, Nation, OpenNation, SurvivalRatios
from econshrink.lab import LabRun, survival_rates

START, END = 2010, 2020
STEP = 5


def lab_book(
    run: LabRun,
    *,
    nation: Nation = OpenNation(),  # noqa: B008 - a frozen option, never changed
    children: Children = ByResidence(),  # noqa: B008
    force: float = 1.0,
) -> Accounting:
    """Account for a synthetic country in five-year groups, as for China.

    Parameters
    ----------
    run : LabRun
        With years 2010 and 2020.
    nation, children
        Rules of the accounting.
    force : float
        Factor on the force of mortality that the survival table assumes; 1 is the country's own.
    """
    return account(
        lab_ages(run, START), lab_ages(run, END), five_year_ratios(run, force), nation=nation,
        children=children,
    )  # fmt: skip


def lab_ages(run: LabRun, year: int) -> AgeStructure:
    """Persons of a synthetic census by sex and five-year group to 85 and over."""
    place = list(run.true.years).index(year)
    single = AgeStructure(
        run.true.cities,
        year,
        tuple(range(run.ages.shape[3])),
        run.ages[:, place],
        "laboratory",
        True,
    )
    return single.grouped(range(0, 90, STEP))


def five_year_ratios(run: LabRun, force: float = 1.0) -> SurvivalRatios:
    """Five-year ratios from the country's yearly survival, weighted by its people of 2010.

    The laboratory gives every city the nation's survival, so these ratios are a national table
    in the sense in which the UN's is one for China.
    """
    first = list(run.true.years).index(START)
    people = run.ages[:, first].sum(axis=0).astype(float)
    steps, newborn = [], []
    for period in range((END - START) // STEP):
        rates = [
            survival_rates(run.settings.demography, float(first + period * STEP + year + 1))
            for year in range(STEP)
        ]
        yearly = np.stack([alive for alive, _ in rates]) ** force
        at_birth = np.stack([born for _, born in rates]) ** force
        steps.append(_grouped(people, _along_cohorts(yearly)))
        newborn.append(_births_alive(yearly, at_birth))
    return SurvivalRatios(START, STEP, np.stack(steps), np.stack(newborn))


def truth(run: LabRun) -> pd.DataFrame:
    """Births, deaths and net migration that took place between the censuses, persons by city."""
    years = list(range(START + 1, END + 1))
    flows = run.true.frame.loc[(slice(None), years), :]
    return flows[["births", "deaths", "net_migration"]].groupby("city").sum()


def _along_cohorts(yearly: np.ndarray) -> np.ndarray:
    """Survival over the whole period by age at its start, shape (2, ages)."""
    last = yearly.shape[2] - 1
    age = np.arange(last + 1)
    alive = np.ones(yearly.shape[1:])
    for step, rates in enumerate(yearly):
        alive = alive * rates[:, np.minimum(age + step, last)]
    return alive


def _grouped(people: np.ndarray, alive: np.ndarray) -> np.ndarray:
    starts = np.arange(0, 90, STEP)
    survivors = np.add.reduceat(people * alive, starts, axis=1)
    return np.asarray(survivors / np.add.reduceat(people, starts, axis=1))


def _births_alive(yearly: np.ndarray, at_birth: np.ndarray) -> np.ndarray:
    """Share of a period's births, spread evenly over its years, alive at its end, shape (2,)."""
    shares = []
    for born in range(STEP):
        alive = at_birth[born].copy()
        for age, step in enumerate(range(born + 1, STEP)):
            alive = alive * yearly[step, :, age]
        shares.append(alive)
    return np.asarray(np.mean(shares, axis=0))
