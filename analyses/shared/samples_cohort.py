"""What a cohort-component projection of all units starts from, and the shocks it is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyses.shared.census_span import END, national_ratios
from analyses.shared.samples_long import long_sample
from econshrink import account
from econshrink.data import Territories, load_fertility, load_survival, load_territories
from econshrink.demography import (
    ClosedNation,
    CohortStart,
    MigrationProcess,
    RateRisk,
    process_from_decades,
    profiles,
    relative_fertility,
    spread_ages,
    step_levels,
    survival_ratios,
)

RECENT = range(2021, 2024)  # years whose birth rates go on
BEFORE_CENSUS = range(2016, 2021)  # years in which the children of 0-4 were born
MORTALITY_RISK = 0.05  # assumed: standard deviation of log mortality over five years


@dataclass(frozen=True, eq=False)
class CohortSample:
    """Start, migration process and risks, with the territories behind them."""

    start: CohortStart
    process: MigrationProcess
    risk: RateRisk
    held: Territories

    @property
    def units(self) -> list[str]:
        """Prefecture-level rows, single or merged: what results are shown for."""
        kind = self.held.places["kind"]
        return kind.index[kind != "county"].tolist()


def cohort_sample(horizon: int) -> CohortSample:
    """Every territory of the nation in 2020, so that net migration can be closed."""
    held = load_territories()
    book = account(held.before, held.after, national_ratios(), nation=ClosedNation())
    ratios = survival_ratios(load_survival(), END, horizon)
    rates = birth_rates(RECENT, ratios.lower)
    groups = np.unique(held.places["province"].astype(str), return_inverse=True)[1]
    past = birth_rates(BEFORE_CENSUS, held.after.lower)
    start = CohortStart(
        held.after.cities,
        groups,
        spread_ages(held.after, ratios),
        ratios,
        rates,
        relative_fertility(held.after, past, groups),
        step_levels(book),
        profiles(book, len(ratios.lower)),
    )
    return CohortSample(
        start, migration_process(), RateRisk(fertility_risk(), MORTALITY_RISK), held
    )


def birth_rates(years: range, lower: tuple[int, ...]) -> np.ndarray:
    """Mean national births per woman and year at each age over some years."""
    table = load_fertility()
    table = table[table["year"].isin(years)]
    mean = table.groupby("age_from")["asfr"].mean()
    return mean.reindex(list(lower)).fillna(0.0).to_numpy()


def fertility_risk() -> float:
    """Standard deviation of five years' change of log fertility: that of a year times root five."""
    table = load_fertility()
    total = table.groupby("year")["asfr"].sum()
    return float(np.sqrt(5) * np.log(total).diff().std())


def migration_process() -> MigrationProcess:
    """Persistence and shocks from growth 2000-2010 and 2010-2020, provinces taken out."""
    sample = long_sample()
    panel = sample.comparable
    frame = panel.frame.droplevel("year")[["prior_growth", "total_rate"]].dropna()
    growth = np.log1p(frame / 100)
    groups = panel.attributes["province"].reindex(frame.index).astype(str)
    return process_from_decades(
        growth["prior_growth"].to_numpy(),
        growth["total_rate"].to_numpy(),
        pd.factorize(groups, sort=True)[0].astype(np.intp),
    )
