"""The long-difference sample: one row a unit, change between the censuses and structure before it.

Rates are percent of the persons of 2010, shares are percent, so that a coefficient reads as
points of change per point of the covariate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink import AgeStructure, CityPanel, account, load_china
from econshrink.causal import ShiftShare, shift_share
from econshrink.core.arrays import largest_remainder
from econshrink.data import (
    INDUSTRIES,
    load_boundary_changes,
    load_census_age_sex,
    load_census_flags,
    load_census_panel,
    load_census_profile,
    load_fertility,
    load_survival,
    load_units,
)
from econshrink.demography import (
    ClosedNation,
    SurvivalRatios,
    predicted_ages,
    predicted_structure,
    survival_ratios,
)

START, END = 2010, 2020
AGRICULTURE = "agriculture"
NOT_INDUSTRIES = ("international_organisations",)  # a handful of persons in the whole sample
SOURCE = "Population censuses of 2010 and 2020 and their tabulations"

OUTCOMES = ("net_migration_rate", "natural_rate", "total_rate")
DRIVERS = ("share_65_plus", "child_woman_ratio", "employment_rate", "floor_area")
CONTROLS = ("share_purchased", "share_agriculture", "share_mining", "share_manufacturing")
CONTROLS += ("share_tertiary", "in_migrants", "log_population")


@dataclass(frozen=True, eq=False)
class LongSample:
    """Units with both censuses, and which of them are fit for what.

    Parameters
    ----------
    panel : CityPanel
        One row a unit, year 2020. Attributes: province, region, resource stage, size class,
        coordinates, ``comparable`` and ``reason``.
    bartik, bartik_all : ShiftShare
        Job shock among non-agricultural industries, and among all.
    reasons : DataFrame
        Index city: why a unit is not in the main sample.
    """

    panel: CityPanel
    bartik: ShiftShare
    bartik_all: ShiftShare
    reasons: pd.DataFrame

    @property
    def comparable(self) -> CityPanel:
        """The main sample: the same territory in both censuses."""
        keep = self.panel.attributes["comparable"] == "yes"
        return self.panel.select(cities=self.panel.attributes.index[keep])


def long_sample() -> LongSample:
    """Every prefecture-level unit with a comparable population in 2010 and 2020.

    Units whose territory changed between the tabulations get their age counts scaled to the
    population on the boundaries of 2020; they are in the panel but not in `comparable`.
    """
    units = load_units()
    units = units[units["in_337"]]
    population = load_census_panel().wide("population")[[START, END]].reindex(units.index)
    reasons = _reasons(units.index)
    kept = population.dropna().index
    first, last = (_ages(year, kept) for year in (START, END))
    profiles = {year: _profile(year, kept) for year in (START, END)}
    scaled = [
        _on_boundaries_of_2020(ages, population[year])
        for year, ages in ((START, first), (END, last))
    ]
    columns: dict[str, np.ndarray | pd.Series] = dict(components(*scaled, ratios()))
    columns |= _structure(first, profiles[START])
    columns |= _later(last, profiles[START], profiles[END])
    columns |= predicted(first, ratios())
    province = units.loc[kept, "province"]
    shocks = {
        name: shift_share(*_jobs(profiles), without=without, groups=province)
        for name, without in (("bartik", [AGRICULTURE]), ("bartik_all", []))
    }
    columns |= {name: 100 * found.value for name, found in shocks.items()}
    columns["share_nonagricultural"] = 100 * shocks["bartik"].share_sum
    columns |= _prior(kept)
    frame = pd.DataFrame(columns, index=kept).rename_axis("city")
    panel = CityPanel.from_long(
        frame.reset_index().assign(year=END),
        attributes=_attributes(units.loc[kept], population.loc[kept, START], reasons),
        source=SOURCE,
    )
    return LongSample(panel, shocks["bartik"], shocks["bartik_all"], reasons)


def ratios() -> SurvivalRatios:
    """National survival and fertility from 2010 to 2020."""
    return survival_ratios(load_survival(), START, END - START, load_fertility())


def predicted(ages: AgeStructure, national: SurvivalRatios) -> dict[str, pd.Series]:
    """Structure of 2020 that the ages of 2010 imply without migration, percent."""
    table = predicted_structure(ages, national)
    people, _ = predicted_ages(ages, national)
    total, lower = people.sum(axis=(1, 2)), np.array(national.lower)
    older = 100 * people[:, :, lower >= 75].sum(axis=(1, 2)) / total
    return {
        "predicted_75_plus": pd.Series(older, index=table.index),
        "predicted_65_plus": 100 * table["share_65_plus"],
        "predicted_natural_rate": 100 * table["natural_rate"],
    }


def share_names(sectors: tuple[str, ...]) -> tuple[str, ...]:
    """Names under which a panel carries the industry shares."""
    return tuple(f"s_{name}" for name in sectors)


def with_shares(panel: CityPanel, shares: pd.DataFrame) -> CityPanel:
    """Add the industry shares of each city as variables."""
    table = shares.reindex(list(panel.cities))
    return panel.with_variables(
        {f"s_{name}": table[name].set_axis(panel.frame.index) for name in table.columns}
    )


def without_units(panel: CityPanel, *, missing: tuple[str, ...]) -> CityPanel:
    """Drop the units that lack one of these variables (a spatial model needs them all)."""
    complete = panel.frame[list(missing)].notna().all(axis=1)
    return panel.select(cities=panel.frame.index[complete].get_level_values("city"))


def _ages(year: int, cities: pd.Index) -> AgeStructure:
    table = load_census_age_sex()
    ages = AgeStructure.from_long(table, year)
    bounds = tuple(range(0, 90, 5))
    return ages.select([str(city) for city in cities]).grouped(bounds)


def _profile(year: int, cities: pd.Index) -> pd.DataFrame:
    profile = load_census_profile()
    return profile[profile["year"] == year].set_index("city").reindex(cities)


def _jobs(profiles: dict[int, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = {
        column: column.removeprefix("employed_").removesuffix("_sample") for column in INDUSTRIES
    }
    kept = [column for column, name in names.items() if name not in NOT_INDUSTRIES]
    start, end = (profiles[year][kept].rename(columns=names) for year in (START, END))
    return start, end


def components(
    before: AgeStructure, after: AgeStructure, national: SurvivalRatios
) -> dict[str, np.ndarray]:
    """Natural change and net migration in percent of the first population; they add up.

    Net migration is the residual of cohorts at national survival with children born since
    counted where they live; ``csr_migration_rate`` closes the nation at every age instead
    (census survival ratios), so that neither undercount nor the survival table enters it.
    """
    base = before.total
    book = account(before, after, national).components().loc[list(before.cities)]
    closed = account(before, after, national, nation=ClosedNation()).components()
    return {
        "net_migration_rate": 100 * book["migration"].to_numpy() / base,
        "natural_rate": 100 * book["natural"].to_numpy() / base,
        "total_rate": 100 * book["change"].to_numpy() / base,
        "csr_migration_rate": 100 * closed.loc[list(before.cities), "migration"].to_numpy() / base,
    }


def _on_boundaries_of_2020(ages: AgeStructure, population: pd.Series) -> AgeStructure:
    """Ages scaled to the population on the boundaries of 2020; most units are left as they are."""
    factor = population.reindex(list(ages.cities)).to_numpy() / ages.total
    scaled = largest_remainder(ages.persons * factor[:, None, None])
    return replace(ages, persons=scaled)


def _structure(ages: AgeStructure, profile: pd.DataFrame) -> dict[str, np.ndarray | pd.Series]:
    """Covariates of 2010: levels, never changes."""
    persons, total = ages.persons, ages.total
    women = persons[:, 1, 3:10].sum(axis=1)
    homes, work = profile["households_sample"], profile["employed_sample"]
    newcomers = profile["migrants_same_province"] + profile["migrants_other_province"]
    over_six = total - persons[:, :, 0].sum(axis=1)  # ages 5 and over stand in for 6 and over
    return {
        "share_65_plus": 100 * persons[:, :, 13:].sum(axis=(1, 2)) / total,
        "child_woman_ratio": 100 * persons[:, :, 0].sum(axis=1) / women,
        "employment_rate": 100 * work / profile["population_15_plus_sample"],
        "floor_area": profile["floor_area_per_capita"],
        "share_purchased": 100 * profile["tenure_purchased_sample"] / homes,
        "share_rented": 100 * profile["tenure_rented_sample"] / homes,
        "share_agriculture": 100 * profile["employed_agriculture_sample"] / work,
        "share_mining": 100 * profile["employed_mining_sample"] / work,
        "share_manufacturing": 100 * profile["employed_manufacturing_sample"] / work,
        "share_building": 100
        * (profile["employed_construction_sample"] + profile["employed_real_estate_sample"])
        / work,
        "share_tertiary": 100 * profile["tertiary_educated"] / over_six,
        "in_migrants": 100 * newcomers / profile["population"],
        "hukou_ratio": 100 * profile["hukou_population"] / profile["population"],
        "log_population": np.log(profile["population"]),
    }


def _later(
    last: AgeStructure, before: pd.DataFrame, after: pd.DataFrame
) -> dict[str, np.ndarray | pd.Series]:
    """What moved together with people: endogenous changes, for instruments only."""
    rates = [100 * p["employed_sample"] / p["population_15_plus_sample"] for p in (before, after)]
    return {
        "share_65_plus_2020": 100 * last.persons[:, :, 13:].sum(axis=(1, 2)) / last.total,
        "employment_rate_change": rates[1] - rates[0],
    }


def _prior(cities: pd.Index) -> dict[str, pd.Series]:
    """Growth 2000–2010 of the annual series, census year to census year, percent; a placebo."""
    annual = load_china().wide("population")
    change = 100 * (annual[2010] / annual[2000] - 1)
    moved = load_boundary_changes()
    early = moved.loc[(moved["cause"] == "boundary") & (moved["step_year"] <= START), "city"]
    return {"prior_growth": change.drop(early, errors="ignore").reindex(cities)}


def _reasons(cities: pd.Index) -> pd.DataFrame:
    """Why a unit is left out of the main sample; index city, column reason."""
    flags = load_census_flags()
    flags = flags[(flags["variable"] == "population") & flags["city"].isin(cities)]
    moved = load_boundary_changes().set_index("city")
    moved = moved[(moved["cause"] == "boundary") & moved.index.isin(cities)]
    absent = flags[flags["reason"] == "no_comparable_figure"]["city"]
    reasons = pd.Series("territory or tabulation changed", index=moved.index, name="reason")
    suspect = flags[flags["status"] == "suspect"]["city"].unique()
    reasons[reasons.index.isin(suspect)] = "two official values disagree or a part is missing"
    gone = pd.Series("no comparable value of 2010", index=pd.Index(absent), name="reason")
    return pd.concat([reasons, gone]).rename_axis("city").to_frame()


def _attributes(units: pd.DataFrame, population: pd.Series, reasons: pd.DataFrame) -> pd.DataFrame:
    size = pd.cut(
        population / 1e6, [0, 1.5, 4, np.inf], labels=["below 1.5 m", "1.5 to 4 m", "above 4 m"]
    )
    return units.assign(
        latitude=units["lat"],
        longitude=units["lon"],
        size=size.astype(str),
        comparable=np.where(units.index.isin(reasons.index), "no", "yes"),
        reason=reasons["reason"].reindex(units.index).fillna(""),
    )
