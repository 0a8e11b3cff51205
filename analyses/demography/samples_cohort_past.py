"""What a cohort-component projection from the ages of 2010 could start from in 2012."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analyses.shared.ages import BOUNDS
from analyses.shared.samples import annual_panel
from analyses.shared.samples_cohort import MORTALITY_RISK, CohortSample, birth_rates
from econshrink import AgeStructure
from econshrink.core.arrays import Floats
from econshrink.data import (
    Territories,
    load_boundary_changes,
    load_census_age_sex,
    load_fertility,
    load_survival,
    load_units,
)
from econshrink.demography import (
    CohortStart,
    Profiles,
    RateRisk,
    SurvivalRatios,
    levels_between,
    process_from_steps,
    relative_fertility,
    spread_ages,
    survival_ratios,
)
from econshrink.lab import age_profile

CENSUS, BEFORE, KNOWN = 2010, 2000, 2012  # of ages, of totals; the year both were out
STEP, STEPS = 5, 3
SOUND = ("reported", "rebased")
AGREES = 0.02  # share by which the yearly figure of 2010 may differ from the tabulation


def past_totals() -> pd.DataFrame:
    """Yearly figures of 2000, 2005 and 2010 by unit: those that were published, on one territory.

    Units whose figure of 2010 is not the tabulated one, or whose territory had changed by then,
    have none.
    """
    panel = annual_panel()
    status = panel.wide_status("population")
    years = [BEFORE, BEFORE + STEP, CENSUS]
    table = panel.wide("population").where(status.isin(SOUND))[years]
    moved = load_boundary_changes()
    early = moved.loc[(moved["cause"] == "boundary") & (moved["step_year"] <= CENSUS), "city"]
    return table.drop(early, errors="ignore")


def past_sample(ages: pd.DataFrame | None = None, later_rates: bool = False) -> CohortSample:
    """All units of the tabulation of 2010, with rates of the years up to 2010.

    Parameters
    ----------
    ages : DataFrame, optional
        As `load_census_age_sex` gives; the embedded one by default.
    later_rates : bool
        Survival and national fertility of 2010-2025 instead, which nobody knew.
    """
    table = load_census_age_sex() if ages is None else ages
    counted = AgeStructure.from_long(table[table["year"] == CENSUS], CENSUS).grouped(BOUNDS)
    province = load_units()["province"].reindex(list(counted.cities)).astype(str)
    groups = np.unique(province.to_numpy(dtype=str), return_inverse=True)[1].astype(np.intp)
    totals = past_totals().reindex(list(counted.cities))
    agrees = (totals[CENSUS] / counted.total - 1).abs() <= AGREES
    totals = totals.where(agrees, axis=0)
    growth = np.log(totals).diff(axis=1)
    level = levels_between(
        counted, totals[BEFORE].to_numpy(), survival_ratios(load_survival(), BEFORE, 10), groups
    )
    ratios = _ratios(later_rates)
    births = birth_rates(range(CENSUS - STEP + 1, CENSUS + 1), counted.lower)
    rates = birth_rates(_recent(later_rates), ratios.lower)
    flat = model_profile(len(ratios.lower))
    start = CohortStart(
        counted.cities,
        groups,
        spread_ages(counted, ratios),
        ratios,
        rates,
        relative_fertility(counted, births, groups),
        level,
        Profiles(flat, flat),
    )
    process = process_from_steps(
        growth[BEFORE + STEP].to_numpy(), growth[CENSUS].to_numpy(), groups
    )
    risk = RateRisk(_fertility_risk(), MORTALITY_RISK)
    places = pd.DataFrame({"province": province, "kind": "main"})
    return CohortSample(start, process, risk, Territories(counted, counted, places))


def model_profile(groups: int) -> Floats:
    """Model migration by five-year age group, (2, groups), alike for both sexes; newborn stay."""
    single = STEP * groups
    curve = age_profile(single, np.full(single, 1 / single)).reshape(groups, STEP).mean(axis=1)
    curve[0] = 0.0
    return np.stack([curve, curve])


def _ratios(later: bool) -> SurvivalRatios:
    """Survival of the five years before the census, held; or as it came."""
    if later:
        return survival_ratios(load_survival(), CENSUS, STEP * STEPS)
    known = survival_ratios(load_survival(), CENSUS - STEP, STEP)
    return replace(
        known,
        year=CENSUS,
        steps=np.repeat(known.steps, STEPS, axis=0),
        newborn=np.repeat(known.newborn, STEPS, axis=0),
    )


def _recent(later: bool) -> range:
    return range(CENSUS + 1, CENSUS + 11) if later else range(CENSUS - 2, CENSUS + 1)


def _fertility_risk() -> float:
    """As `fertility_risk`, on the years up to the census."""
    table = load_fertility()
    total = table[table["year"] <= CENSUS].groupby("year")["asfr"].sum()
    return float(np.sqrt(STEP) * np.log(total).diff().std())
