"""The compiled tables: identities, every documented trap as a status, guards that refuse."""

import csv
import gzip
import io
import shutil

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel
from econshrink.core.errors import DataError
from econshrink.data import (
    SECTORS,
    AcrossSegments,
    check_compiled_tables,
    flows_installed,
    job_growth,
    load_births,
    load_census_2000,
    load_compiled_flags,
    load_flow_totals,
    load_flows,
    load_job_sectors,
    load_job_sources,
    load_jobs,
    load_main_cities,
    load_policy_dates,
    load_policy_unconfirmed,
    load_population_2023,
    load_price_months,
    load_prices,
    load_published_lists,
    load_rd_personnel,
    load_real_estate,
    load_units,
)
from econshrink.data.china.compiled import mobility
from econshrink.data.china.compiled.housing import chained
from econshrink.data.china.schemas import SCHEMAS
from econshrink.data.china.store import FOLDER
from econshrink.nouns.panel import STATUSES
from tools.china import build
from tools.china.licences import LICENCES
from tools.china.reshape_compiled import (
    estate_flags,
    job_flags,
    main_city_flags,
    price_months,
    sector_flags,
    unconfirmed,
)
from tools.china.statuses import EMPLOYEES_OF_ANOTHER_CONCEPT

PANELS = (load_jobs, load_job_sectors, load_real_estate, load_main_cities, load_prices, load_births)


def test_every_identity_total_and_agreement_share_holds():
    checks = check_compiled_tables()
    assert checks.loc[~checks["ok"], "check"].tolist() == []
    assert not checks.duplicated(["table", "check"]).any()
    assert len(checks) >= 55
    shared = checks[checks["check"].str.startswith("second-hand month indices in both")]
    assert shared["got"].tolist() == [(6510, 6510)]


def test_all_embedded_data_stay_small():
    files = [*FOLDER.glob("*.csv.gz"), *(FOLDER.parent / "examples").glob("*.csv.gz")]
    assert sum(path.stat().st_size for path in files) < 2_500_000


def test_every_table_has_a_licence_line():
    assert set(LICENCES) == set(SCHEMAS)


@pytest.mark.parametrize("load", PANELS)
def test_every_figure_of_a_panel_has_a_status_and_nothing_else_has_one(load):
    panel = load()
    assert isinstance(panel, CityPanel)
    assert not panel.synthetic
    columns = [name for name in panel.variables if name != "pupils_rounded"]
    assert panel.status[columns].notna().equals(panel.frame[columns].notna())
    assert set(pd.unique(panel.status.to_numpy().ravel())) - {None, np.nan} <= set(STATUSES)
    assert set(panel.cities) <= set(load_units().query("in_337").index)


# ---- traps of the tables, one by one


def test_beijing_before_2006_is_another_concept():
    status = load_jobs().wide_status("employees")
    assert set(status.loc["110000", range(2000, 2006)]) == {"wrong_concept"}
    assert status.loc["110000", 2006] == "reported"
    assert load_job_sectors().wide_status("agriculture").loc["110000", 2005] == "wrong_concept"


def test_every_listed_concept_break_is_marked_and_no_other():
    status = load_jobs().status["employees"]
    marked = {key for key, value in status.items() if value == "wrong_concept"}
    listed = {(c, y) for c, years in EMPLOYEES_OF_ANOTHER_CONCEPT.items() for y in years}
    assert marked == listed
    assert len(marked) == 46


def test_neighbours_of_the_breaks_stay_reported():
    status = load_jobs().wide_status("employees")
    for city, year in (("110000", 2012), ("500000", 2011), ("500000", 2017), ("310000", 2002)):
        assert status.loc[city, year] == "reported", (city, year)


def test_chengdu_2017_is_suspect_in_total_and_sectors_and_on_a_new_territory():
    assert load_jobs().wide_status("employees").loc["510100", 2017] == "suspect"
    sectors = load_job_sectors()
    assert sectors.wide_status("manufacturing").loc["510100", 2017] == "suspect"
    row = sectors.frame.loc[("510100", 2017)]
    assert row[list(SECTORS)].sum() / row["total"] > 2
    change = job_growth(2014, 2018, usable=STATUSES).loc["510100"]
    assert change["boundary_step"]
    assert not job_growth(2017, 2018, usable=STATUSES).loc["510100", "boundary_step"]


def test_slips_of_the_unemployed_are_suspect():
    status = load_jobs().wide_status("registered_unemployed")
    for city, year in (("350400", 2019), ("630200", 2019), ("320700", 2013), ("211100", 2010)):
        assert status.loc[city, year] == "suspect", (city, year)


def test_years_without_figures():
    frame = load_jobs(all_units=True).frame.reset_index()
    spans = {"private_self_employed": (2002, 2019), "registered_unemployed": (2000, 2019)}
    for name, span in spans.items():
        years = frame.loc[frame[name].notna(), "year"]
        assert (years.min(), years.max()) == span
    assert frame.loc[frame["mean_wage"].notna(), "year"].max() == 2021


def test_sources_are_those_of_three_compilations():
    sources = load_job_sources()
    seen = set(pd.unique(sources.filter(like="_source").to_numpy().ravel())) - {None, np.nan}
    assert seen == {"yearbook", "panel", "database"}
    assert set(sources.loc[sources["year"] == 2013, "segment"]) == {"from2013"}


def test_hainan_prefecture_holds_no_figure_of_its_own():
    status = load_real_estate().status.loc["632500"]
    assert set(status["investment"].dropna()) == {"wrong_concept"}
    flags = load_compiled_flags("real_estate")
    assert flags.loc[flags["city"] == "632500", "reason"].str.startswith("wrong_unit(").all()


def test_real_estate_of_2018_and_2019_is_nowhere_reported():
    panel = load_real_estate()
    for name in panel.variables:
        late = panel.wide_status(name)[[2018, 2019]].stack().dropna()
        assert set(late) <= {"suspect", "interpolated", "wrong_concept"}
    assert np.isnan(panel.wide("investment").loc["110000", 2019])
    assert panel.wide_status("investment").loc["530600", 2011] == "suspect"  # Zhaotong


def test_births_of_2017_are_suspect_and_pupils_rounded_from_2016():
    panel = load_births()
    for name in ("births_registered", "deaths_registered"):
        assert set(panel.wide_status(name)[2017].dropna()) == {"suspect"}
    rounded = panel.frame["pupils_rounded"].groupby("year").max()
    assert rounded[rounded == 0].index.max() == 2015


def test_main_city_flags_name_their_column():
    status = load_main_cities().status
    assert status.loc[("320100", 2018), "mean_price"] == "suspect"
    assert status.loc[("320100", 2018), "mean_price_residential"] == "reported"
    flags = load_compiled_flags("main_cities")
    lanzhou = flags[(flags["city"] == "620100") & (flags["year"] == 2012)]
    assert lanzhou["reason"].str.contains("real_estate_annual").all()


def test_units_of_measurement():
    jobs = load_jobs().frame
    assert jobs.loc[("110000", 2005), "employees"] == 8_780_500
    assert jobs.loc[("110000", 2000), "mean_wage"] == 16_350
    assert load_real_estate().frame.loc[("110000", 2001), "investment"] == 78_381_850_000
    assert load_births().frame.loc[("110000", 2013), "primary_pupils"] == 789_300
    main = load_main_cities().frame.loc[("110000", 2006)]
    assert main["floor_space_sold"] == 26_076_178
    assert load_published_lists().set_index("city").loc["110000", "growth_2010_2020"] == 0.1163


def test_firm_units_of_2000_and_their_sums():
    census = load_census_2000()
    firm = census[census["firm"]]
    assert len(firm) == 249
    assert (firm["share_assigned_by_sibling"] < 0.02).all()
    assert census.loc[~census["firm"], "reason"].notna().all()


def test_research_personnel_of_the_region():
    staff = load_rd_personnel().pivot(index="year", columns="province", values="personnel")
    assert staff.loc[[2014, 2023], "Tianjin"].tolist() == [113_335, 110_094]
    assert staff.loc[[2014, 2023], "Hebei"].tolist() == [100_946, 178_016]
    share = staff["Beijing"] / staff[["Beijing", "Tianjin", "Hebei"]].sum(axis=1)
    assert share.idxmin() == 2015
    assert share.loc[2014:].idxmax() == 2020
    assert share.idxmax() == 2010  # the peak of 2020 is one since 2011 only
    odd = load_rd_personnel().query("status == 'suspect'")
    assert odd[["province", "year"]].values.tolist() == [["Sichuan", 2011]]


def test_policy_dates_are_confirmed_and_the_rest_has_no_date():
    dates, doubt = load_policy_dates(), load_policy_unconfirmed()
    assert not dates["read_in"].str.contains("memory").any()
    assert dates["source"].notna().all()
    assert list(doubt.columns) == ["policy", "city"]
    both = dates.merge(doubt, on=["policy", "city"])
    assert both.empty
    assert (dates.groupby(["policy", "city"])["first_entry"].sum() <= 1).all()


def test_published_list_names_where_it_misses_a_boundary():
    listed = load_published_lists().set_index("city")
    wrong = listed[listed["reason"].fillna("").str.contains("wrong_sign")]
    assert sorted(wrong.index) == ["340100", "340400", "340500", "340700"]
    assert listed.loc["510100", "status"] == "suspect"


# ---- differences


def test_a_difference_across_the_segment_is_refused_unless_asked_for_by_name():
    with pytest.raises(DataError, match=r"across the change of reporting.*AcrossSegments\(\)"):
        job_growth(2012, 2013)
    with pytest.raises(DataError, match="across the change of reporting"):
        job_growth(2010, 2019, variable="mining")
    asked = job_growth(2012, 2013, segments=AcrossSegments())["change"]
    assert 100 * (np.exp(asked.median()) - 1) == pytest.approx(13.2, abs=0.1)


def test_only_usable_cells_enter_a_difference():
    plain = job_growth(2005, 2010)
    assert np.isnan(plain.loc["110000", "change"])
    every = job_growth(2005, 2010, usable=STATUSES)
    assert every.loc["110000", "change"] == pytest.approx(np.log(646.6 / 878.05), abs=0.01)
    assert every["change"].notna().sum() > plain["change"].notna().sum()


def test_all_faults_of_a_difference_are_named_at_once():
    with pytest.raises(DataError) as caught:
        job_growth(2025, 1999, usable=("sound",))
    text = str(caught.value)
    assert all(part in text for part in ("year 2025", "year 1999", "2025 to 1999", "status sound"))
    with pytest.raises(DataError, match="variable 'jobs'"):
        job_growth(2013, 2019, variable="jobs")


# ---- prices


def test_yearly_growth_is_the_product_of_twelve_months():
    months = load_price_months()
    beijing = months[(months["city"] == "110000") & (months["series"] == "second_hand")]
    product = beijing[beijing["year"] == 2016]["on_month"].prod()
    cell = load_prices().frame.loc[("110000", 2016)]
    assert cell["second_hand_growth"] == pytest.approx(product, rel=1e-12)


def test_levels_have_a_base_and_do_not_cross_2011():
    frame = load_prices().frame
    early = frame.loc[frame.index.get_level_values("year") < 2011]
    assert early[["second_hand_mean", "second_hand_december"]].isna().all(axis=None)
    assert early["second_hand_growth"].notna().all()
    first = frame.xs(2011, level="year")
    gap = (first["second_hand_december"] - first["second_hand_growth"]).abs()
    assert gap.max() < 1e-12  # December 2010 is 1
    assert frame.index.get_level_values("year").max() == 2025


def test_years_with_early_jumps_are_suspect():
    status = load_prices().wide_status("second_hand_growth")
    assert status.loc["460100", 2010] == "suspect"
    assert not status.loc[:, 2011:].eq("suspect").any(axis=None)


def test_a_january_that_was_not_parsed_is_bridged_and_said():
    status = load_prices().status["new_mean"]
    bridged = status[status == "estimated"].index
    assert set(bridged.get_level_values("year")) == {2024, 2025}
    assert len(bridged) == 68


def test_bridge_is_exact_where_the_month_is_known():
    month = np.full(30, 1.01)
    year = np.full(30, 1.01**12)
    whole, _ = chained(month, year, 0)
    month[20] = np.nan
    level, bridged = chained(month, year, 0)
    assert level == pytest.approx(whole, rel=1e-12)
    assert np.flatnonzero(bridged).tolist() == [20]
    year[21] = np.nan
    broken, _ = chained(month, year, 0)
    assert np.isnan(broken[20:]).all()


def test_dali_has_months_but_no_unit():
    months = load_price_months()
    assert months.loc[months["city"].isna(), "place"].unique().tolist() == ["大理"]
    assert months["place"].nunique() == 70
    assert len(load_prices().cities) == 69


# ---- flows


def test_flows_say_what_they_are():
    week = load_flows()
    assert week.count == 13
    assert week.complete
    assert "mobility of one week" in week.label
    assert any("rows are origins" in note for note in week.notes)
    assert any("not migration, not talent" in note for note in week.notes)
    gross = pd.Series(week.out_strength + week.in_strength, week.names_en)
    assert gross.nlargest(5).index.tolist() == [
        "Beijing", "Langfang", "Tianjin", "Baoding", "Shijiazhuang",
    ]  # fmt: skip
    within = load_flow_totals().set_index("city").loc[list(week.cities)]
    assert np.allclose(week.out_strength, within["out_within"], atol=1e-3)
    assert np.allclose(week.in_strength, within["in_within"], atol=1e-3)


def test_an_index_is_no_count():
    with pytest.raises(DataError, match="saw shares; expected counts"):
        load_flows().require_counts("roles")


def test_everything_works_without_the_flow_tables(tmp_path, monkeypatch):
    for path in [*FOLDER.glob("*.csv.gz"), FOLDER / "manifest.json"]:
        if path.name not in {"flows.csv.gz", "flow_totals.csv.gz"}:
            shutil.copy(path, tmp_path)
    assert not flows_installed(tmp_path)
    checks = check_compiled_tables(tmp_path)
    assert checks["ok"].all()
    assert "flows" not in set(checks["table"])
    monkeypatch.setattr(mobility, "FOLDER", tmp_path)
    for load in (load_flows, load_flow_totals):
        with pytest.raises(DataError) as caught:
            load()
        assert len(caught.value.faults) == 1
        assert "plant_roles" in str(caught.value)


# ---- the build


@pytest.fixture(scope="module")
def embedded():
    tables = {}
    for name in SCHEMAS:
        text = gzip.decompress((FOLDER / f"{name}.csv.gz").read_bytes()).decode()
        tables[name] = list(csv.DictReader(io.StringIO(text, newline="")))
    return tables


ONE_MORE = (
    ("jobs", 0, "employees", "", "figures: employees"),
    ("job_sectors", 1, "mining", "900000", "rows, rows not flagged"),
    ("real_estate", 0, "investment", "99990000000000", "investment / national"),
    ("price_months", 30, "month_03", "1.5", "second-hand month indices"),
    ("census_2000", 0, "male", "7074519", "units; men and women"),
    ("rd_personnel", 4, "personnel", "245385", "Beijing, Tianjin, Hebei 2014, 2023"),
    ("flows", 0, "index", "0.9", "pairs add to the totals"),
    ("published_lists", 0, "growth_2010_2020", "-0.1163", "cities, marked, negative"),
)


def test_one_edited_cell_is_noticed(embedded, tmp_path):
    tables = {name: rows for name, rows in embedded.items() if name != "fingerprints"}
    for table, row, column, cell, _ in ONE_MORE:
        tables[table] = list(tables[table])
        assert tables[table][row][column] != cell, (table, row, column)
        tables[table][row] = tables[table][row] | {column: cell}
    build.write(tables, tmp_path)
    checks = check_compiled_tables(tmp_path)
    missed = checks.loc[~checks["ok"], "check"].tolist()
    for *_, check in ONE_MORE:
        assert any(name.startswith(check) for name in missed), check
    with pytest.raises(SystemExit):
        build.main(["--check", "--facts", str(tmp_path)])
    assert build.main(["--check", "--out", str(tmp_path)]) == 1


def test_the_embedded_tables_pass_the_check_of_the_build(capsys):
    assert build.main(["--check"]) == 0
    assert "MISS" not in capsys.readouterr().out


JOB_ROW = {
    "unit_code": "110000",
    "year": "2003",
    "employees_status": "suspect",
    "private_status": "",
    "unemployed_status": "reported",
    "wage_status": "reported",
    "reason": "employees_exceeds_on_post_staff(1.6x); private_printed_zero; unemployed_one_source",
}


def test_reasons_go_to_the_figure_they_speak_of():
    flags = {row["variable"]: (row["status"], row["reason"]) for row in job_flags([JOB_ROW])}
    assert flags == {
        "employees": ("wrong_concept", "exceeds_on_post_staff(1.6x)"),
        "private_self_employed": ("", "printed_zero"),
        "registered_unemployed": ("reported", "one_source"),
    }
    with pytest.raises(DataError, match="another concept, yet unflagged"):
        list(job_flags([JOB_ROW | {"employees_status": "reported"}]))
    with pytest.raises(DataError, match="reason 'odd'"):
        list(job_flags([JOB_ROW | {"reason": "odd"}]))


def test_a_row_of_sectors_is_flagged_as_a_whole_and_its_spikes_by_name():
    row = {"unit_code": "510100", "year": "2014", "status": "suspect"}
    flags = list(sector_flags([row | {"reason": "total_suspect; mining_spike(-94%)"}]))
    assert [(f["variable"], f["status"]) for f in flags] == [
        ("all", "suspect"),
        ("mining", "suspect"),
    ]
    plain = list(sector_flags([row | {"status": "reported", "reason": "mining_spike(+101%)"}]))
    assert [(f["variable"], f["status"]) for f in plain] == [("mining", "reported")]


def test_another_units_figures_are_of_another_concept():
    row = {
        "unit_code": "632500", "year": "2019", "investment_status": "suspect",
        "residential_status": "", "reason": "wrong_unit(Hainan Province); total_incomplete_year",
    }  # fmt: skip
    flags = {f["variable"]: (f["status"], f["reason"]) for f in estate_flags([row])}
    assert flags["investment"] == ("wrong_concept", "wrong_unit(Hainan Province); incomplete_year")
    assert flags["residential"][0] == ""


def test_a_suspect_main_city_must_name_its_column():
    row = {"unit_code": "320100", "year": "2018", "status": "suspect", "reason": ""}
    with pytest.raises(DataError, match="main city 320100 2018"):
        list(main_city_flags([row]))


def test_months_of_two_sources_stand_side_by_side():
    release = {
        "unit_code": "110000", "city_zh": "北京", "kind": "new", "month": "2018-02",
        "index_previous_month_100": "99.7", "index_same_month_last_year_100": "99.7",
        "reason": "relabelled_from_second_hand",
    }  # fmt: skip
    service = {
        "unit_code": "110000", "city_zh": "北京", "month": "2006-01",
        "index_previous_month_100": "", "reason": "",
    }  # fmt: skip
    first, second = price_months([release], [service])
    assert (first["series"], first["month_02"], first["year_02"]) == ("new", "0.997", "0.997")
    assert first["reason"] == "relabelled_from_second_hand in 02"
    assert (second["series"], second["year"], second["month_01"]) == ("second_hand", "2006", "")


def test_an_entry_confirmed_elsewhere_is_not_unconfirmed():
    rows = [
        {"policy": "p", "unit_code": "1", "confirmed": "0"},
        {"policy": "p", "unit_code": "1", "confirmed": "1"},
        {"policy": "p", "unit_code": "2", "confirmed": "0"},
    ]
    assert unconfirmed(rows) == {("p", "2")}


def test_population_2023_flags_what_does_not_compare():
    late = load_population_2023().set_index("city")
    assert late.loc["210400", "status"] == "suspect"  # Fushun: 2020 contradicts the census
    assert "without_Meihekou_in_both_years" in late.loc["220500", "reason"]
    assert (late["status"] == "suspect").sum() == 1
    assert late.loc[["520200", "520500"], "urban_status"].tolist() == ["suspect", "suspect"]
