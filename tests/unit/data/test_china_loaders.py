"""What the loaders promise about the embedded figures."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError
from econshrink.data import (
    check_official_totals,
    load_adjacency,
    load_annual_flags,
    load_boundaries,
    load_boundary_changes,
    load_census,
    load_census_age_sex,
    load_census_flags,
    load_census_panel,
    load_census_profile,
    load_china,
    load_fertility,
    load_life_tables,
    load_national,
    load_national_ages,
    load_survival,
    load_units,
)
from econshrink.data.china.schemas import ANNUAL_VARIABLES, CENSUS_VARIABLES
from econshrink.data.china.store import FOLDER
from econshrink.nouns.panel import STATUSES


def test_all_official_totals_hold():
    totals = check_official_totals()
    assert len(totals) >= 30
    assert totals.loc[~totals["ok"], "check"].tolist() == []
    assert totals["check"].is_unique


def test_size_of_the_embedded_files():
    files = [*FOLDER.glob("*.csv.gz"), FOLDER / "manifest.json"]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    assert (FOLDER / "boundaries.csv.gz").stat().st_size < 1_200_000


def test_units_know_their_names_and_groups():
    units = load_units()
    assert units.index.is_unique
    assert (units["in_337"].sum(), units["in_bth"].sum()) == (337, 13)
    assert units.index[~units["valid_2020"]].tolist() == ["341400", "371200"]
    assert units["region"].isna().sum() == 2
    repeated = units.loc[units["in_337"] & units["name_en"].duplicated(keep=False), "name_en"]
    assert set(repeated) == {"Suzhou", "Taizhou", "Fuzhou", "Yichun", "Yulin"}


def test_annual_panel_has_a_status_for_every_figure_and_none_else():
    panel = load_china()
    assert set(panel.variables) == set(ANNUAL_VARIABLES)
    assert panel.status.notna().equals(panel.frame.notna())
    assert set(pd.unique(panel.status.to_numpy().ravel())) - {None, np.nan} <= set(STATUSES)
    assert not panel.synthetic


def test_annual_population_covers_298_units():
    wide = load_china().wide("population")
    complete = wide.notna().all(axis=1)
    assert complete.sum() == 298
    assert wide[~complete].isna().all(axis=None)


def test_population_of_2023_is_as_reported():
    panel = load_china()
    wide, status = panel.wide("population"), panel.wide_status("population")
    assert wide.loc["230100", 2023] == 9_776_000  # Harbin
    assert not status[2023].eq("interpolated").any()
    assert status.loc["220500", 2023] == "rebased"  # Tonghua, from here on without Meihekou


def test_units_of_measurement():
    frame = load_china().frame
    assert frame.loc[("110000", 1998), "population"] == 12_456_000
    assert frame.loc[("110000", 2000), "gdp_nominal"] == 327_780_000_000
    assert frame.loc[("110000", 2000), "gdp_index"] == 1.12
    assert frame.loc[("110000", 2000), "gdp_tertiary"] == 217_490_000_000
    census = load_census().set_index(["city", "year"])
    assert census.loc[("110000", 2020), "share_65_plus"] == 0.133
    profile = load_census_profile().set_index(["city", "year"])
    assert profile.loc[("110000", 2010), "birth_rate"] == 0.00592


def test_documented_population_cells():
    panel = load_china()
    hukou = panel.wide_status("population")[2021]
    province = panel.attributes["province"].reindex(hukou.index)
    assert set(hukou[province == "Heilongjiang"].dropna()) == {"wrong_concept"}
    assert (hukou == "wrong_concept").sum() == 12
    status = panel.wide_status("population")
    assert status.loc["130600", [2019, 2024]].tolist() == ["suspect", "suspect"]
    assert status.loc["340100", 2011] == "rebased"


def test_revised_gdp_is_marked_where_it_differs():
    panel = load_china()
    cell = panel.frame.loc[("120000", 2017)]
    assert cell["gdp_first_release"] / cell["gdp_nominal"] > 1.4
    assert panel.status.loc[("120000", 2017), "gdp_nominal"] == "revised"
    assert panel.status.loc[("110000", 2000), "gdp_nominal"] == "reported"


def test_census_panel_flags_the_units_that_do_not_compare():
    panel = load_census_panel()
    assert set(panel.variables) == set(CENSUS_VARIABLES)
    assert panel.status.notna().equals(panel.frame.notna())
    status = panel.wide_status("population")
    assert status.loc["610100", 2010] == "suspect"
    assert status.loc[["130600", "610400", "460400"], [2010, 2020]].eq("rebased").all(axis=None)
    assert status.loc[["220600", "420100", "420500"], 2020].tolist() == ["suspect"] * 3
    urban = panel.wide_status("urban")
    assert urban.loc[["512000", "441500"], 2010].tolist() == ["suspect", "suspect"]
    assert (panel.status["urban"] == "suspect").sum() == 15
    wide = load_census_panel(all_units=True).wide_status("population")
    assert wide.loc["429004", 2020] == "suspect"


def test_absent_census_figures_have_a_reason():
    census, flags = load_census(), load_census_flags()
    absent = census.loc[census["population"].isna(), ["city", "year"]]
    reasons = flags[flags["status"].isna() & (flags["variable"] == "population")]
    assert absent.merge(reasons, on=["city", "year"])["reason"].notna().sum() == len(absent) == 13


def test_every_flag_belongs_to_a_figure():
    panel = load_china(all_units=True)
    flags = load_annual_flags()
    stacked = panel.frame.stack()
    keys = pd.MultiIndex.from_frame(flags[["city", "year", "variable"]])
    assert keys.isin(stacked[stacked.notna()].index).all()


def test_all_units_adds_what_lies_outside_the_337():
    more = set(load_china(all_units=True).cities) - set(load_china().cities)
    assert {"341400", "371200", "810000", "429004"} <= more
    assert len(load_census_panel(all_units=True).cities) == 369


def test_ages_sum_to_the_tabulated_sexes():
    ages = load_census_age_sex()
    assert ages.loc[ages["age_to"].isna(), "age_from"].unique().tolist() == [85]
    sums = ages.groupby(["city", "year", "sex"])["population"].sum().unstack()
    profile = load_census_profile().set_index(["city", "year"])
    assert sums["male"].equals(profile["male"].rename("male"))
    assert sums["female"].equals(profile["female"].rename("female"))


def test_boundary_steps_lie_on_boundary_changes():
    changes = load_boundary_changes()
    steps = changes[changes["step_year"].notna()]
    assert set(steps["cause"]) == {"boundary"}
    assert steps.set_index("city")["step_year"].to_dict() == {
        "340100": 2011, "340200": 2011, "340400": 2011, "340500": 2011, "340700": 2015,
        "340800": 2015, "341500": 2011, "370100": 2019, "510100": 2016, "610100": 2017,
        "610400": 2017,
    }  # fmt: skip


def test_outlines_enclose_the_points_and_areas_of_their_units():
    units, outlines = load_units(), load_boundaries()
    assert set(outlines) == set(units.index[units["valid_2020"]])
    ratios = []
    for city, rings in outlines.items():
        area = 0.0
        for ring in rings:
            assert ring.shape[0] >= 4
            assert (ring[0] == ring[-1]).all()
            x, y = ring.T
            area += 0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])  # holes run clockwise
        kilometres = area * 111.2**2 * np.cos(np.radians(units.loc[city, "lat"]))
        ratios.append(kilometres / units.loc[city, "land_area_km2"])
    low, middle, high = np.quantile(ratios, [0.05, 0.5, 0.95])
    assert 0.97 < low < high < 1.03
    assert middle == pytest.approx(1, abs=0.01)


def test_adjacency_is_sorted_and_without_repeats():
    pairs = load_adjacency()
    assert (pairs["city_a"] < pairs["city_b"]).all()
    assert not pairs.duplicated().any()


def test_life_tables_survival_and_fertility():
    tables = load_life_tables()
    assert tables.groupby(["sex", "year_from"]).size().eq(22).all()
    assert tables.loc[tables["projection"], "year_from"].min() == 2020
    survival = load_survival()
    assert survival.groupby(["sex", "year_from"]).size().eq(21).all()
    births = survival[survival["age_from"] == -5]
    women = births[births["sex"] == "female"].sort_values("year_from")["survival"]
    assert women.is_monotonic_increasing
    fertility = load_fertility()
    total = 5 * fertility.groupby("year")["asfr"].sum()
    national = load_national().set_index(["series", "year"])["value"]["tfr_un_wpp2024"]
    assert (total - national).abs().max() < 0.001


def test_survival_follows_from_the_death_rates_above_eighty():
    tables = load_life_tables()
    one = tables[(tables["sex"] == "female") & (tables["year_from"] == 2010)]
    mx = one.set_index("age_from")["mx"]
    survival = load_survival()
    two = survival[(survival["sex"] == "female") & (survival["year_from"] == 2010)]
    lived = {age: (1 - np.exp(-5 * mx[age])) / mx[age] for age in (80, 85)}
    expected = np.exp(-5 * mx[80]) * lived[85] / lived[80]
    assert two.set_index("age_from").loc[80, "survival"] == pytest.approx(expected, rel=1e-4)


def test_national_units_are_converted():
    national = load_national()
    assert set(national["unit"]) & {"10k_persons", "percent", "per_mille", "100m_yuan"} == set()
    value = national.set_index(["series", "year"])["value"]
    assert value["birth_rate", 2024] == 0.00677
    assert value["urban_share", 2023] == 0.6616
    assert value["gdp_nominal", 2024] == 134_806_620_000_000


def test_unknown_national_series():
    with pytest.raises(DataError, match="expected one of asfr_un_wpp2024"):
        load_national_ages("e0")


@pytest.mark.parametrize(
    "load", [load_units, load_census, load_annual_flags, load_national, load_census_age_sex]
)
def test_changing_a_result_does_not_change_the_next(load):
    first, untouched = load(), load()
    column = first.columns[-1]
    first.loc[first.index[0], column] = first[column].dropna().iloc[-1]
    assert not first.equals(untouched)
    assert load().equals(untouched)


def test_changing_a_panel_does_not_change_the_next():
    panel = load_china()
    digest = panel.digest()
    panel.frame.loc[:, "population"] = 1.0
    assert load_china().digest() == digest


@pytest.mark.slow
def test_nothing_is_read_on_import():
    code = (
        "import builtins, sys, pathlib, econshrink.data.china.store as store\n"
        "import econshrink.data\n"
        "assert store._stored.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
