"""The evidence sample: people, jobs, building and births of the main sample, one row a unit.

Outcomes are percent of the residents of 2010, jobs and investment changes in logarithms, so that a
coefficient reads as points of population per log point; growth before 2010 is 100 × log.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.shared.samples_long import long_sample
from econshrink import CityPanel, load_china
from econshrink.data import (
    job_growth,
    load_census_2000,
    load_census_panel,
    load_population_2023,
    load_real_estate,
)

FIRST_CENSUS, START, END, LATE = 2000, 2010, 2020, 2023
BUILDING_BEFORE = (2008, 2009, 2010)  # years of the level of investment
BUILDING_SPAN = (2013, 2017)  # ends of its growth: 2018 and 2019 are incomplete
UNFIT = ("suspect", "wrong_concept")


def evidence_panel() -> CityPanel:
    """Units on one territory in 2010 and 2020 with observed jobs and investment.

    `migration` and `natural` add up to `change`, the nation closed at every age;
    `migration_open` and `natural_open` leave the nation's own residual in migration.
    `growth_census` is growth 2000-10 of units whose counties of 2000 can be put on the territory
    of 2020; `growth_annual` that of the annual series, which more units have and in which
    registered persons stand for residents in some.
    """
    panel = long_sample().comparable
    cities = pd.Index(panel.cities, name="city")
    frame = panel.frame
    closed = frame["csr_migration_rate"]
    by_city = {
        "growth_census": _growth_of_censuses(),
        "growth_annual": 100 * np.log1p(_one_year(frame, "prior_growth") / 100),
        "growth_2020_23": _growth_after(),
        "jobs_2005_10": job_growth(2005, 2010)["change"],
        "jobs_2013_19": job_growth(2013, 2019)["change"],
        "log_gdp_head": np.log(gdp(START) / residents(START)),
        **_building(),
    }
    columns = {
        "migration": closed,
        "natural": frame["total_rate"] - closed,
        "change": frame["total_rate"],
        "migration_open": frame["net_migration_rate"],
        "natural_open": frame["natural_rate"],
    }
    columns |= {
        name: pd.Series(series.reindex(cities).to_numpy(), frame.index)
        for name, series in by_city.items()
    }
    return panel.with_variables(columns)


def residents(year: int) -> pd.Series:
    """Residents at a census on the boundaries of 2020; index city."""
    counted: pd.Series = load_census_panel().wide("population")[year]
    return counted


def gdp(year: int) -> pd.Series:
    """Output, yuan at current prices, without figures flagged as suspect; index city."""
    panel = load_china()
    found: pd.Series = panel.wide("gdp_nominal")[year]
    return found.where(~panel.wide_status("gdp_nominal")[year].isin(UNFIT))


def investment() -> pd.DataFrame:
    """Reported real-estate investment, city × year, yuan; flagged and filled cells are missing."""
    panel = load_real_estate()
    return panel.wide("investment").where(panel.wide_status("investment") == "reported")


def spread(panel: CityPanel, by_city: dict[str, pd.Series]) -> CityPanel:
    """Add variables given by city to a panel of one row a city."""
    cities = list(panel.cities)
    return panel.with_variables(
        {
            name: pd.Series(series.reindex(cities).to_numpy(dtype=float), panel.frame.index)
            for name, series in by_city.items()
        }
    )


def complete(panel: CityPanel, names: tuple[str, ...]) -> CityPanel:
    """Units that have all of these variables, in provinces with two of them or more."""
    rows = panel.frame[list(names)].notna().all(axis=1)
    cities = panel.frame.index[rows].get_level_values("city")
    province = panel.attributes["province"].reindex(cities)
    return panel.select(cities=cities[province.map(province.value_counts()).to_numpy() > 1])


def _one_year(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name].droplevel("year")


def _growth_of_censuses() -> pd.Series:
    before = load_census_2000().set_index("city")
    found: pd.Series = 100 * np.log(residents(START) / before["population"])
    return found.where(before["firm"])


def _growth_after() -> pd.Series:
    """Growth 2020-23, percent, both ends of one source."""
    late = load_population_2023().set_index("city")
    late = late[late["status"] == "reported"]
    found: pd.Series = 100 * (late["population_2023"] / late["population_2020"] - 1)
    return found


def _building() -> dict[str, pd.Series]:
    spent, people = investment(), residents(START)
    first, last = BUILDING_SPAN
    level = spent[list(BUILDING_BEFORE)].mean(axis=1, skipna=False)
    return {
        "investment_level": np.log(level / people),
        "investment_growth": np.log(spent[last] / spent[first]),
    }
