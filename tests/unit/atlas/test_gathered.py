"""What is gathered for an atlas: names, rules in two languages, what a panel lacks."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, DataError, SpecError
from econshrink.atlas import ChinaFigures, no_forecast_text, panel_atlas
from econshrink.atlas.places import attributes, ghosts, units_337
from econshrink.atlas.rules import rule_name
from econshrink.cli import main
from econshrink.report.atlas.payload import payload
from econshrink.shrinkage import registered


def panel_of(years, units=3, **known):
    rows = [
        (f"u{k}", year, 1e5 * (1 + k) * np.exp(-0.01 * (1 + k) * (year - years[0])))
        for k in range(units)
        for year in years
    ]
    table = pd.DataFrame(rows, columns=["city", "year", "population"])
    index = pd.Index([f"u{k}" for k in range(units)], name="city")
    return CityPanel.from_long(table, attributes=pd.DataFrame(known, index=index))


def said(content):
    return " ".join(text.en for text in content.absent)


def test_every_unit_of_china_has_pinyin_of_letters_and_four_attributes():
    units = units_337()
    assert len(units) == 337
    assert units["pinyin"].str.fullmatch("[a-z]+").all()
    assert units.loc["230100", "pinyin"] == "haerbin"
    for _, texts in attributes(units).values():
        assert texts.notna().all()
    assert not set(ghosts()) & set(units.index)


def test_every_registered_rule_has_a_name_in_both_languages():
    names = [rule_name(key) for key in registered()]
    assert all(family.en and family.zh for family, _ in names)


def test_a_panel_gets_what_it_allows():
    content = panel_atlas(panel_of(range(2000, 2021), name=["A", "B", "C"]))
    assert [m.key for m in content.measures] == ["population_2020", "change_2000_2020", "agreement"]
    assert content.units["name_en"].tolist() == ["A", "B", "C"]
    assert content.futures
    assert content.grid is not None
    assert "No map" in said(content)


def test_one_year_of_one_unit_says_what_is_absent():
    content = panel_atlas(panel_of([2020], units=1))
    assert content.grid is None
    assert not content.futures
    for words in ("No change", "No rules", "No forecast", "No map"):
        assert words in said(content)


def test_an_attribute_that_is_not_there_is_refused():
    with pytest.raises(SpecError, match="no attribute 'title'"):
        panel_atlas(panel_of([2019, 2020]), names=("title", None))


def test_broken_rings_are_left_out_and_named(tmp_path):
    good = [[[0, 0], [1, 0], [1, 1], [0, 0]]]
    bad = [[[0, 0], [1, 999], [1, 1], [0, 0]]]
    features = [
        {"properties": {"unit_code": unit}, "geometry": {"type": "Polygon", "coordinates": rings}}
        for unit, rings in (("u0", good), ("u1", bad))
    ]
    file = tmp_path / "o.geojson"
    file.write_text(json.dumps({"features": features}), encoding="utf-8")
    content = panel_atlas(panel_of([2019, 2020]), outlines=file)
    assert list(content.outlines) == ["u0"]
    assert "1 broken outlines are not drawn: u1" in said(content)


def test_no_forecast_is_said_in_both_languages():
    for reason in (
        "",
        "no recent figure",
        "a step of 11% a year since 2020",
        "below 10000 residents",
    ):
        text = no_forecast_text(reason)
        assert text.en.startswith("No forecast: ")
        assert text.zh.startswith("没有预测：")


def test_the_command_writes_a_users_table_and_says_what_is_absent(tmp_path, capsys):
    table = tmp_path / "towns.csv"
    panel_of(range(2005, 2021)).frame.reset_index().to_csv(table, index=False)
    target = tmp_path / "towns.html"
    assert main(["atlas", "--data", str(table), "--out", str(target)]) == 0
    shown = capsys.readouterr().out
    assert "3 units" in shown
    assert "absent: No map" in shown
    assert target.read_text("utf-8").startswith("<!doctype html>")


def test_a_place_that_cannot_be_written_to(tmp_path, capsys):
    table = tmp_path / "towns.csv"
    panel_of(range(2005, 2021)).frame.reset_index().to_csv(table, index=False)
    assert main(["atlas", "--data", str(table), "--out", str(tmp_path)]) == 2
    assert "Check --out" in capsys.readouterr().err


def test_the_variable_of_persons_is_named_or_the_only_one():
    table = panel_of(range(2000, 2021)).frame.reset_index().rename(
        columns={"city": "fips", "year": "t", "population": "pop"}
    )  # fmt: skip
    roles = {"unit": "fips", "time": "t"}
    for content in (panel_atlas(table, population="pop", **roles), panel_atlas(table, **roles)):
        assert [m.key for m in content.measures][:2] == ["pop_2020", "change_2000_2020"]
        assert content.futures
    two = table.assign(jobs=1.0, note="text")
    with pytest.raises(SpecError, match="several variables"):
        panel_atlas(two, **roles)
    with pytest.raises(SpecError, match="no variable 'people'"):
        panel_atlas(two, population="people", **roles)
    with pytest.raises(SpecError, match="texts in 'note'"):
        panel_atlas(two, population="note", **roles)


def test_units_named_by_numbers_or_in_any_script_keep_their_figures():
    table = panel_of(range(2000, 2021)).frame.reset_index()
    for names in (
        {"u0": 1001, "u1": 1002, "u2": 2001},
        {"u0": "서울", "u1": "鹤岗", "u2": "القاهرة"},
    ):
        named = table.assign(city=table["city"].map(names))
        late = named[(named["city"] != names["u1"]) | (named["year"] < 2020)]
        content = panel_atlas(late, unit="city", time="year")
        known = [str(name) for name in names.values()]
        assert set(content.units.index) == set(known)
        shown = payload(content)
        place = shown["units"]["id"].index(known[0])
        assert shown["measures"][0]["v"][place] == pytest.approx(81873.0753)
        assert shown["futures"][0]["q"][0][place] is not None


def test_units_without_a_year_in_common_have_no_change_and_the_early_ones_no_forecast():
    table = panel_of(range(2000, 2020), units=4).frame.reset_index()
    early = table["city"].isin(["u0", "u1"])
    apart = table[(early & (table["year"] < 2008)) | (~early & (table["year"] > 2009))]
    content = panel_atlas(CityPanel.from_long(apart))
    assert "No change 2000–2019: no unit has figures of both years." in said(content)
    assert sorted(content.remarks) == ["u0", "u1"]
    assert content.remarks["u0"][0].zh.startswith("没有预测")


def test_not_one_figure_is_refused():
    empty = panel_of([2019, 2020]).frame.reset_index().assign(population=np.nan)
    with pytest.raises(DataError, match="not one figure"):
        panel_atlas(CityPanel.from_long(empty))


def test_what_a_panel_lacks_is_said_in_chinese_too():
    for years, units in ((range(2000, 2021), 3), ([2020], 1), ([2000, 2010, 2020], 3)):
        content = panel_atlas(panel_of(years, units))
        texts = [*content.absent, *(future.note for future in content.futures)]
        assert texts
        for text in texts:
            assert not re.search(r"[A-Za-z]+(?:[ ,]+[A-Za-z]+){2}", text.zh), text.zh


def test_figures_carried_on_from_one_that_was_replaced_are_suspect():
    figures = ChinaFigures.read()
    behind = figures.left_behind
    assert len(behind) == 9
    assert "230400" in behind
    before = figures.annual.wide_status("population")
    changed = (before != figures.status) & before.notna()
    assert changed.to_numpy().sum() == 9
    assert (figures.status.loc[behind, 2024] == "suspect").all()
