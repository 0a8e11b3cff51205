"""Growth without migration that the ages of a census imply at the rates known soon after it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from econshrink import AgeStructure
from econshrink.core.arrays import Floats
from econshrink.core.seeds import generator
from econshrink.data import load_census_age_sex, load_fertility, load_survival, load_units
from econshrink.demography import (
    CohortStart,
    MigrationProcess,
    Profiles,
    project_cohorts,
    relative_fertility,
    spread_ages,
    survival_ratios,
)

STEP = 5
BOUNDS = tuple(range(0, 90, STEP))
STILL = MigrationProcess(0.0, 0.0, 0.0)


@cache
def natural_growth(cities: tuple[str, ...], census: int, years: int) -> Floats:
    """Yearly log growth without migration after a census, (cities, years).

    Survival of the five years from the census and births per woman of the year after it are
    held; each city has its fertility relative to the nation's. Even within five years.
    """
    ages = AgeStructure.from_long(load_census_age_sex(), census)
    ages = ages.select(list(cities)).grouped(BOUNDS)
    known = survival_ratios(load_survival(), census, STEP)
    steps = -(-years // STEP)
    held = replace(
        known,
        steps=np.repeat(known.steps, steps, axis=0),
        newborn=np.repeat(known.newborn, steps, axis=0),
    )
    table = load_fertility()
    rates = table[table["year"] == census + 1].set_index("age_from")["asfr"]
    births = rates.reindex(list(held.lower)).fillna(0.0).to_numpy()
    province = load_units().loc[list(cities), "province"].astype(str)
    groups = np.unique(province.to_numpy(dtype=str), return_inverse=True)[1]
    flat = np.ones((2, len(held.lower)))
    start = CohortStart(
        cities,
        groups,
        spread_ages(ages, held),
        held,
        births,
        relative_fertility(ages, births[: len(BOUNDS)], groups),
        np.zeros(len(cities)),
        Profiles(flat, flat),
    )
    made = project_cohorts(start, STILL, draws=1, rng=generator("analyses.ages"))
    stocks = np.column_stack([made.forecast.base, made.forecast.draws[:, :, 0]])
    growth = np.diff(np.log(stocks), axis=1) / STEP
    return np.repeat(growth, STEP, axis=1)[:, :years]
