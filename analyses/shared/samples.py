"""The panels the exhibits share, defined once: units, cells, derived variables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from econshrink import CityPanel, load_china
from econshrink.data import (
    load_boundary_changes,
    load_census_age_sex,
    load_census_panel,
    load_census_profile,
    load_jobs,
    load_national,
    load_national_ages,
    load_units,
)
from econshrink.shrinkage import Benchmark, log_growth, set_aside, share, weighted_mean_growth

RESIDENTS = "prefecture residents (standing in for urban population)"
CENSUS_RESIDENTS = "census residents, boundaries of 2020"
CENSUS_URBAN = "census urban residents, boundaries of 2020"

# Places without figures and without an outline, named under every map.
NOT_DRAWN = ("Taiwan 台湾",)

# Seats and centres of the national urban system plan's core cities among the 337 units.
CORES = ("110000", "120000", "310000", "440100", "440300", "500000", "510100", "420100", "410100")
CORES = (*CORES, "610100", "210100", "320100", "330100", "370100", "430100", "350200")

# Cells of these statuses do not describe resident population of the year they stand in.
UNRELIABLE = ("suspect", "wrong_concept")


@cache
def read_figures() -> None:
    """Read what most exhibits rest on: processes forked after it need not read it again."""
    annual_panel()
    load_census_panel()
    for load in (load_census_profile, load_census_age_sex, load_national_ages, load_jobs):
        load()


@cache
def annual_panel() -> CityPanel:
    """The annual panel of the units that have annual population, with yearly real growth."""
    panel = load_china()
    covered = panel.wide("population").notna().any(axis=1)
    panel = panel.select(cities=covered.index[covered])
    return panel.with_variables({"real_growth": np.log(panel.column("gdp_index"))})


def sample_note(panel: CityPanel) -> str:
    """Which units an annual exhibit rests on."""
    return f"{len(panel.cities)} of 337 prefecture-level units with annual population"


@dataclass(frozen=True)
class Benchmarks:
    """The two yardsticks of part B."""

    nation: Benchmark
    sample: Benchmark


def benchmarks(panel: CityPanel) -> Benchmarks:
    """National real growth, and the mean of the sample weighted by last year's nominal GDP."""
    national = load_national().set_index("series").loc["gdp_real_growth"].set_index("year")
    nation = Benchmark.from_series("the nation", np.log1p(national["value"]))
    sample = weighted_mean_growth(panel, "real_growth", "gdp_nominal", "the weighted sample mean")
    return Benchmarks(nation, sample)


@cache
def growth_panel(*, set_aside_unreliable: bool = True) -> CityPanel:
    """Annual panel with log population growth and the lagged covariates of the regressions.

    Variables added: ``growth`` and ``lag_real_growth`` (log points × 100) and
    ``lag_secondary_share`` (percent of the three sectors' sum), the latter two of the year
    before. Percent keeps the coefficients readable.
    """
    panel = annual_panel()
    if set_aside_unreliable:
        panel = set_aside(panel, "population", UNRELIABLE)
        for name in ("gdp_index", "gdp_primary", "gdp_secondary", "gdp_tertiary"):
            panel = set_aside(panel, name, UNRELIABLE)
        panel = panel.with_variables({"real_growth": np.log(panel.column("gdp_index"))})
    sectors = panel.frame[["gdp_primary", "gdp_secondary", "gdp_tertiary"]]
    panel = panel.with_variables({"sectors": sectors.sum(axis=1, min_count=3)})
    panel = panel.with_variables(
        {
            "growth": 100 * log_growth(panel, "population"),
            "percent_growth": 100 * panel.column("real_growth"),
            "secondary_share": 100 * share(panel, "gdp_secondary", "sectors"),
        }
    )
    return panel.with_variables(
        {
            "lag_real_growth": panel.lag("percent_growth"),
            "lag_secondary_share": panel.lag("secondary_share"),
        }
    )


def boundary_units() -> frozenset[str]:
    """Units whose census populations had to be moved to the boundaries of 2020."""
    changes = load_boundary_changes()
    return frozenset(changes.loc[changes["cause"] == "boundary", "city"])


@cache
def bilingual_names() -> dict[str, str]:
    """English and Chinese name of every unit, by code."""
    units = load_units()
    return dict(zip(units.index, units["name_en"] + " " + units["name_zh"], strict=True))
