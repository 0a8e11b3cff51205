"""The risk sets of the hazard models, defined once: rules, years, imputations, covariates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from analyses.shared.samples import UNRELIABLE, annual_panel, benchmarks, growth_panel
from econshrink import CityPanel, SpellTable, load_china
from econshrink.core.seeds import generator
from econshrink.core.terms import label
from econshrink.data import (
    closure_imputations,
    load_census_age_sex,
    load_census_panel,
    load_census_profile,
)
from econshrink.shrinkage import (
    CalendarTime,
    ConsecutiveDecline,
    Histories,
    OnsetEvents,
    ReportStandard,
    Rule,
    Watch,
    city_histories,
    risk_spells,
    set_aside,
)

# The first growth on the base of a census holds the correction of the decade before it, and the
# census year itself the jump of the level.
SEGMENT_STARTS = (2001, 2011, 2021)
CENSUS_YEARS = (2010, 2020)
REBASED = (2001, 2010, 2011, 2020, 2021)

ENTRY, FIRST, LAST = 2011, 2012, 2020
COVARIATES = ("elderly_2010", "children_2010", "growth_before", "floor_area_2010")
LABELS = {name: label(name) for name in COVARIATES} | {"(Intercept)": "Intercept"}
REGIONS = {"east": "East", "central": "Central", "west": "West", "northeast": "Northeast"}
DRAWS = 20


@dataclass(frozen=True)
class WatchedRule:
    """A rule with its name in tables and the steps one judgement looks back on."""

    key: str
    title: str
    rule: Rule
    years: int


def watched_rules() -> tuple[WatchedRule, ...]:
    """The four rules shown side by side; the first is the primary one."""
    nation = benchmarks(annual_panel()).nation
    slower = ReportStandard(parts="A&B", benchmark=nation, years=3)
    return (
        WatchedRule("three_falls", "Three falls", ConsecutiveDecline(3), 3),
        WatchedRule("two_falls", "Two falls", ConsecutiveDecline(2), 2),
        WatchedRule("deep", "Three falls, 1% lost", ConsecutiveDecline(3, minimum_loss=0.01), 3),
        WatchedRule("slow", "Three falls, slow growth", slower, 3),
    )


def trusted(panel: CityPanel) -> CityPanel:
    """Population figures of another concept or flagged as suspect set aside."""
    return set_aside(panel, "population", UNRELIABLE)


@cache
def closed_panels() -> tuple[CityPanel, ...]:
    """Closed panels that differ in what closure had to impute, with yearly real growth."""
    several = closure_imputations(
        load_china(), load_census_panel(), draws=DRAWS, rng=generator("hazard.imputations")
    )
    growth = annual_panel().column("real_growth")
    panels = [panel.with_variables({"real_growth": growth}) for panel in several.panels]
    return tuple(trusted(panel) for panel in panels)


@cache
def covariate_panel() -> CityPanel:
    """Annual panel with the covariates of the hazard models.

    ``elderly_2010`` (percent aged 65 and over), ``children_2010`` (children under five per 100
    women aged 15–49) and ``floor_area_2010`` (m² a head) are of the census of 2010, before any row;
    ``growth_before`` is the mean real growth of the three years before, in percent.
    """
    panel = growth_panel()
    yearly = [panel.lag("percent_growth", lag) for lag in (1, 2, 3)]
    growth = pd.concat(yearly, axis=1).mean(axis=1, skipna=False)
    census = _census_2010().reindex(panel.frame.index.get_level_values("city"))
    fixed = {name: pd.Series(census[name].to_numpy(), panel.frame.index) for name in census.columns}
    return panel.with_variables({"growth_before": growth, **fixed})


def _census_2010() -> pd.DataFrame:
    ages = load_census_age_sex().query("year == 2010")
    people = ages.groupby("city")["population"].sum()
    women = ages.query("sex == 'female' and age_from >= 15 and age_from < 50")
    profile = load_census_profile().query("year == 2010").set_index("city")

    def total(rows: pd.DataFrame) -> pd.Series:
        return rows.groupby("city")["population"].sum()

    return pd.DataFrame(
        {
            "elderly_2010": 100 * total(ages.query("age_from >= 65")) / people,
            "children_2010": 100 * total(ages.query("age_from < 5")) / total(women),
            "floor_area_2010": profile["floor_area_per_capita"].replace(0, np.nan),
        }
    )


def onset_histories(panel: CityPanel, watched: WatchedRule, entry: int = ENTRY) -> Histories:
    """Fates from the entry year on, looking at the years that confirm the last onsets."""
    return city_histories(
        panel, Watch(watched.rule, watched.years, entry, LAST + watched.years - 1)
    )


def onset_rows(
    panel: CityPanel,
    watched: WatchedRule,
    covariates: CityPanel,
    *,
    every: bool = False,
    names: tuple[str, ...] = COVARIATES,
) -> SpellTable:
    """Rows at risk of a first onset (or of every one) after the entry year, up to 2020."""
    spells = risk_spells(
        onset_histories(panel, watched),
        OnsetEvents(first_only=not every),
        clock=CalendarTime(ENTRY),
        panel=covariates,
        covariates=names,
        years=(FIRST, LAST),
    )
    province = spells.frame["home"].map(annual_provinces())
    frame = spells.frame.assign(province=province)
    return replace(spells, frame=frame)


@cache
def annual_provinces() -> pd.Series:
    """Province of every city, by code."""
    provinces: pd.Series = load_china().attributes["province"]
    return provinces
