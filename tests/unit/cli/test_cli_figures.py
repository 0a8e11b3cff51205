"""Figures, forecasts, flows and the laboratory from the command line."""

import json

import pandas as pd
import pytest

from econshrink.cli import main

TOWNS = ("--unit", "fips", "--time", "when", "--variable", "people")


def tree(capsys, *arguments, status=0):
    assert main([*map(str, arguments), "--json"]) == status, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_account_of_china_closes(capsys):
    found = tree(capsys, "account", "--by", "region")
    assert sum(row["change"] for row in found["components"]) == 1_409_778_724 - 1_332_810_869
    assert sum(row["migration"] for row in found["components"]) == 0
    opened = tree(capsys, "account", "--nation", "open", "--children", "mothers")
    assert len(opened["components"]) > 300
    assert sum(row["migration"] for row in opened["components"]) != 0


def test_account_of_own_ages(ages, tmp_path, capsys):
    own = ("--data", ages[0], "--survival", ages[1], "--unit", "unit")
    found = tree(capsys, "account", *own)
    assert [row["unit"] for row in found["components"]] == ["u1", "u2"]
    assert found["components"][0]["change"] == 50 * 36
    out = tmp_path / "parts.csv"
    assert main(["account", *map(str, own), "--by", "region", "--out", str(out)]) == 0
    assert len(pd.read_csv(out)) == 2
    assert main(["account", "--data", str(ages[0])]) == 2
    assert "age_from -5 for births" in capsys.readouterr().err


def test_identify_takes_own_names_and_yearbooks(tmp_path, capsys):
    table = pd.DataFrame(
        {"fips": ["01001", "01001", "02001", "02001"], "when": [2010, 2020] * 2}
    ).assign(population=[5.0, 4.0, 5.0, 6.0])
    path = tmp_path / "towns.xlsx"
    table.to_excel(path, index=False)
    own = ("--data", path, "--unit", "fips", "--time", "when")
    found = tree(capsys, "identify", "--rule", "census_loss", *own)
    assert found["labels"] == {"01001": True, "02001": False}
    book = tmp_path / "book.csv"
    book.write_text(
        "城市,年份,常住人口（万人）\n鹤岗市,2010,105.87\n鹤岗市,2020,89.13\n", encoding="utf-8"
    )
    found = tree(capsys, "identify", "--rule", "census_loss", "--yearbook", book)
    assert found["labels"] == {"230400": True}


def test_forecast_and_risk_of_china(capsys):
    made = tree(capsys, "forecast", "--draws", "200", "--to", "2026")
    assert made["years"] == [2025, 2026]
    assert made["base_year"] == 2020
    assert any("left out" in note for note in made["notes"])
    ranking = tree(capsys, "risk", "--draws", "200", "--loss", "0.1", "--seed", "4")
    assert ranking["ranking"][0]["probability"] > 0.5
    assert "10% below 2020 in 2030" in ranking["event"]
    assert main(["risk", "--draws", "50"]) == 0
    assert capsys.readouterr().out.startswith("Ranking by probability")


def test_forecast_and_risk_of_own_towns(towns, tmp_path, capsys):
    own = ("--data", towns, *TOWNS, "--draws", "100")
    made = tree(capsys, "forecast", *own, "--to", "2023")
    assert made["base_year"] == made["origin"] == 2020
    assert {row["city"] for row in made["quantiles"]} >= {"00000", "00011"}
    grouped = tree(capsys, "forecast", *own, "--group", "state", "--origin", "2018")
    assert grouped["origin"] == 2018
    out = tmp_path / "ranking.csv"
    assert main(["risk", *map(str, own), "--out", str(out)]) == 0
    assert set(pd.read_csv(out, dtype={"city": str})["city"][:4]) <= {f"{k:05d}" for k in range(6)}


def test_flows_of_a_week_and_of_a_file(moves, tmp_path, capsys):
    assert main(["flows"]) == 0
    shown = capsys.readouterr().out
    assert "mobility of one week" in shown
    assert "no permission" in shown
    (week,) = tree(capsys, "flows")
    assert week["cities"][0]["name"] == "Beijing"
    assert sum(row["net"] for row in week["cities"]) == pytest.approx(0, abs=1e-9)
    both = tree(capsys, "flows", "--data", moves)
    assert [network["year"] for network in both] == [2010, 2011]
    out = tmp_path / "strengths.csv"
    assert main(["flows", "--data", str(moves), "--out", str(out)]) == 0
    assert len(pd.read_csv(out)) == 6


def test_columns_of_flows_can_be_named(tmp_path, capsys):
    pairs = "a,b,1,2010\nb,a,4,2010\n"
    usual, own = tmp_path / "usual.csv", tmp_path / "own.csv"
    usual.write_text("origin,destination,flow,year\n" + pairs)
    own.write_text("from,to,Movers,wave\n" + pairs)
    names = {"origin": "from", "destination": "to", "flow": "movers", "year": "wave"}
    roles = [text for role, name in names.items() for text in (f"--{role}", name)]
    [found], [expected] = (
        tree(capsys, "flows", "--data", f, *r) for f, r in ((own, roles), (usual, ()))
    )
    assert (found["year"], found["cities"]) == (2010, expected["cities"])
    assert main(["flows", "--data", str(own), *roles[:-1], "round"]) == 2
    assert "columns from, to, Movers, wave" in capsys.readouterr().err


CITIES = (("230400", "鹤岗市", 105.9, 89.1), ("110000", "北京市", 1961.2, 2189.3))


def test_a_yearbook_with_headings_of_its_own(tmp_path, capsys):
    book = tmp_path / "book.csv"
    rows = [f"{c},{n},{y},{v}" for c, n, a, b in CITIES for y, v in ((2010, a), (2020, b))]
    book.write_text("\n".join(["代码,名称,年份,人数", *rows]), "utf-8")
    headings = tmp_path / "headings.json"
    headings.write_text(json.dumps({"人数": ["population", "万人"]}), "utf-8")
    rule = ("--rule", "census_loss")
    found = tree(capsys, "identify", *rule, "--yearbook", book, "--headings", headings)
    assert (found["shrinking"], found["units"]) == (1, 2)


def test_the_laboratory_labels_what_it_writes(tmp_path, capsys):
    small = ("--cities", "70", "--last", "2003", "--seed", "1")
    assert main(["lab", *small]) == 0
    assert "ynthetic" in capsys.readouterr().out
    out = tmp_path / "country.csv"
    assert main(["lab", *small, "--out", str(out)]) == 0
    table = pd.read_csv(out)
    assert set(table["synthetic"]) == {"synthetic"}
    assert len(table) == 280
    found = tree(capsys, "lab", *small, "--table", "true")
    assert found["synthetic"] is True
    assert sum(row["net_migration"] or 0 for row in found["rows"]) == 0


def test_totals_lists_both_kinds_of_checks(tmp_path, capsys):
    out = tmp_path / "totals.csv"
    assert main(["totals", "--out", str(out)]) == 0
    checks = pd.read_csv(out)
    assert checks["ok"].all()
    assert {"official totals", "jobs", "flows"} <= set(checks["table"])
    assert all(row["ok"] for row in tree(capsys, "totals"))


def test_check_data_takes_headings_units_year_and_codes_to_drop(tmp_path, capsys):
    book = tmp_path / "book.csv"
    book.write_text(
        "代码,名称,人数,产值\n230400,鹤岗市,105.9,251\n230500,双鸭山市,146.3,300\n", "utf-8"
    )
    headings = tmp_path / "headings.csv"
    headings.write_text("heading,term,unit\n人数,population,万人\n产值,gdp_nominal,\n", "utf-8")
    units = tmp_path / "units.json"
    units.write_text(json.dumps({"gdp_nominal": "亿元"}), "utf-8")
    options = ["--headings", headings, "--units", units, "--year", "2010", "--drop", "230500"]
    out = tmp_path / "panel.csv"
    assert main([*map(str, ["check-data", book, *options, "--hidden", "--out", out])]) == 0
    panel = pd.read_csv(out, dtype={"city": str})
    assert panel[["city", "year", "population", "gdp_nominal"]].to_numpy().tolist() == [
        ["230400", 2010, 1_059_000.0, 25_100_000_000.0]
    ]
    assert tree(capsys, "check-data", book, *options)["rows_in"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["account", "--by", "colour"], "one of name, province"),
        (["account", "--survival", "s.csv"], "without --data"),
        (["forecast", "--to", "2000"], "a later year"),
        (["forecast", "--origin", "1990"], "origin 1990"),
        (["forecast", "--variable", "people"], "--variable"),
        (["risk", "--loss", "5"], "0.05 for five percent"),
        (["flows", "--data", "none.csv"], "none.csv"),
        (["lab", "--cities", "40"], "cities"),
        (["lab", "--last", "1990"], "1990"),
        (["check-data", "none.xlsx"], "none.xlsx"),
        (["identify", "--rule", "census_loss", "--yearbook", "none.xlsx"], "none.xlsx"),
        (["rules", "--out", "/proc/none/rules.txt"], "--out"),
    ],
)
def test_mistakes_end_in_one_sentence(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_progress_is_silent_without_a_terminal(capsys):
    assert main(["forecast", "--draws", "20", "--to", "2025"]) == 0
    assert capsys.readouterr().err == ""
