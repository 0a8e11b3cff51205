"""The atlas tells what the results and the frames tell: all units in its data, ten on the page."""

import csv
import io
import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyses.atlas.futures import last_locked
from econshrink import load
from econshrink.data import load_census_panel, load_china, load_jobs
from econshrink.report.atlas.packing import unpack_labels

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TEN = ("110000", "230400", "230700", "210400", "510100", "510300", "440300", "540100", "650100",
       "460300")  # fmt: skip


@pytest.fixture(scope="module")
def locked():
    return pd.read_csv(last_locked(ROOT), dtype={"city": "str"})


def measure(data, key):
    held = next(one for one in data["measures"] if one["key"] == key)
    return pd.Series(held["v"], index=data["units"]["id"], dtype=float)


def same(shown, frame):
    both = pd.concat([shown, frame.reindex(shown.index)], axis=1)
    assert both.isna().all(axis=1).equals(both.isna().any(axis=1))
    known = both.dropna()
    assert (known.iloc[:, 0] == known.iloc[:, 1]).all()
    return len(known)


def test_census_figures_and_their_change(data):
    wide = load_census_panel().wide("population")
    assert len(data["units"]["id"]) == 337
    assert same(measure(data, "residents_2020"), wide[2020]) == 337
    assert same(measure(data, "change_2010_2020"), wide[2020] / wide[2010] - 1) == 336


def test_components_are_those_of_the_accounting(data):
    book = load(BUILD / "nouns" / "accounting" / "book.npz")
    table = book.components()
    names = ["births", "deaths", "coverage", "migration"]
    walked = 0
    for unit, row in zip(data["units"]["id"], data["parts"]["v"], strict=True):
        if row is None:
            continue
        stated = table.loc[unit, names].to_numpy() * np.array([1, -1, 1, 1])
        assert row == stated.tolist()
        walked += 1
    assert walked == 306


def test_locked_forecasts_are_the_locked_file(data, locked):
    future = next(one for one in data["futures"] if one["key"] == "locked")
    held = locked.set_index(["city", "year"])
    walked = 0
    for place, unit in enumerate(data["units"]["id"]):
        for k, year in enumerate(future["years"]):
            chance = future["p"][k][place]
            if (unit, year) not in held.index:
                assert chance is None
                continue
            assert chance == held.loc[(unit, year), "p_loss05"]
            walked += 1
        for level, rows in zip(future["levels"], future["q"], strict=True):
            if rows[place] is None:
                assert unit not in held.index
                continue
            stated = held.loc[unit][f"q{100 * level:g}"].tolist()
            assert rows[place] == stated
    assert walked == 2 * locked["city"].nunique()


def test_labels_and_counts_are_those_of_the_multiverse(data):
    folder = BUILD / "nouns" / "multiverse"
    counts, labels = load(folder / "counts.npz"), load(folder / "labels.npz")
    results = json.loads((BUILD / "results.json").read_text("utf-8"))
    grid = data["grid"]
    assert len(grid["runs"]) == results["identify.multiverse.runs"]["value"]
    runs = sorted(counts["run"].unique())
    assert len(runs) == len(grid["runs"])
    frame = labels.set_axis([int(run) for run in labels.columns], axis=1)
    frame = frame.reindex(data["units"]["id"])
    for run, shown in zip(runs, grid["runs"], strict=True):
        part = counts[counts["run"] == run]
        assert shown[3] == part[["count", "unit_count"]].to_numpy().tolist()
        found = unpack_labels(shown[4], 337)
        assert np.array_equal(found, frame[run].to_numpy(dtype=float), equal_nan=True)
    census = results["identify.census_2010_2020.shrinking"]["value"]
    assert grid["runs"][1][3][0][0] == census == 149


def test_yearly_figures_are_those_of_the_panels(data):
    for key, panel, variable in (
        ("published", load_china(), "population"),
        ("employees", load_jobs(), "employees"),
    ):
        held = next(one for one in data["yearly"] if one["key"] == key)
        wide = panel.wide(variable)[held["years"]].reindex(data["units"]["id"])
        for row, stated in zip(held["v"], wide.to_numpy(dtype=float), strict=True):
            shown = (
                [math.nan] * len(stated)
                if row is None
                else [math.nan if v is None else v for v in row]
            )
            assert np.array_equal(shown, stated, equal_nan=True)


def test_units_without_a_forecast_say_why(data, locked):
    gone = [
        place for place, unit in enumerate(data["units"]["id"]) if unit not in set(locked["city"])
    ]
    assert len(gone) == len(data["units"]["id"]) - locked["city"].nunique() > 0
    for place in gone:
        lines = [data["remarks"]["texts"][k] for k in data["remarks"]["of"][place]]
        assert any(line[0].startswith("No forecast") for line in lines)
        assert any(line[1].startswith("没有预测") for line in lines)


def test_the_download_equals_the_frame(visit, locked):
    page = visit("v=table")
    with page.expect_download() as waited:
        page.locator("#csv").click()
    text = waited.value.path().read_text(encoding="utf-8-sig")
    table = pd.read_csv(io.StringIO(text), dtype={"unit": "str"}).set_index("unit")
    assert len(table) == 337
    wide = load_census_panel().wide("population")
    assert same(table["change_2010_2020"], wide[2020] / wide[2010] - 1) == 336
    support = load(BUILD / "nouns" / "multiverse" / "labels.npz").mean(axis=1)
    known = table["agreement"].dropna()
    assert np.allclose(known, support[known.index], rtol=0, atol=1e-15)
    stated = locked[locked["year"] == 2030].set_index("city")["p_loss05"]
    assert same(table["chance_locked_2030_locked"], stated) == len(stated)
    assert next(iter(csv.reader(io.StringIO(text))))[:3] == ["unit", "name_en", "name_zh"]


def pairs(tree):
    """Every text of the page in its two languages."""
    if isinstance(tree, list) and len(tree) == 2 and all(isinstance(one, str) for one in tree):
        yield tree
    elif isinstance(tree, list | dict):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from pairs(part)


def test_no_chinese_text_holds_an_english_sentence(data):
    held = list(pairs({key: data[key] for key in data if key not in {"units", "map", "grid"}}))
    held += list(pairs([data["grid"][key] for key in ("series", "rules", "sets", "reasons")]))
    assert len(held) > 300
    foreign = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[A-Za-z]{2,}){2,}")
    assert [zh for _, zh in held if foreign.search(zh)] == []
    assert [en for en, zh in held if bool(en) != bool(zh)] == []


def test_figures_left_behind_by_a_replaced_one_are_suspect_and_said_so(data):
    place = data["units"]["id"].index("230400")
    held = next(one for one in data["yearly"] if one["key"] == "published")
    assert held["s"][place][held["years"].index(2024)] == "s"
    lines = [data["remarks"]["texts"][k][0] for k in data["remarks"]["of"][place]]
    assert any(line.startswith("The figure of 2024 is suspect") for line in lines)
    assert measure(data, "residents_2024").isna()["230400"]


def test_verdicts_are_those_of_the_paper(data):
    results = json.loads((BUILD / "results.json").read_text("utf-8"))
    stated = [claim[3][0] for claim in data["claims"] if not claim[3][0].startswith("not judged")]
    wanted = [
        entry["value"]
        for key, entry in results.items()
        if key.startswith("claims.verdict.") and key.endswith(".verdict")
    ]
    wanted.append(results["article.claims.policy.verdict"]["value"])
    assert sorted(stated) == sorted(wanted)


@pytest.mark.parametrize("unit", TEN)
def test_ten_pages_print_the_figures(visit, data, locked, unit):
    page = visit(f"v=city&c={unit}&lang=en")
    wide = load_census_panel().wide("population")
    facts = dict(
        page.locator("table.facts tr").evaluate_all(
            "all => all.map(r => ['th', 'td'].map(c => r.querySelector(c).textContent.trim()))"
        )
    )
    assert facts["Residents 2020"] == f"{wide.loc[unit, 2020]:,.0f}"
    if np.isfinite(wide.loc[unit, 2010]):
        change = wide.loc[unit, 2020] / wide.loc[unit, 2010] - 1
        assert facts["Change 2010–2020"] == f"{change:+.1%}".replace("-", "−")
        label = "shrinking" if change < 0 else "not shrinking"
    else:
        label = "undefined"
    assert facts["Net loss, any"] == label
    held = locked[(locked["city"] == unit) & (locked["year"] == 2030)]
    lines = [text for head, text in facts.items() if "2030: Published" in head]
    if held.empty:
        assert not lines
        assert "No forecast" in page.locator("#unknown").inner_text()
    else:
        shown = float(lines[0].rstrip("%")) / 100
        assert abs(shown - float(held["p_loss05"].iloc[0])) <= 0.005 + 1e-9
