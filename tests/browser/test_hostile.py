"""Names that attack, panels that lack nearly everything, outlines that are broken."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel
from econshrink.atlas import panel_atlas
from econshrink.report import write_atlas

NAMES = (
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "\u202eevil\u202c abc",
    "x" * 400,
    "</script><script>alert(2)</script>",
    "",
    '"quoted", and\nbroken',
    "鹤岗\u2028市",
)


def panel_of(names, years=range(2000, 2021)):
    units = [f"u{k}" for k in range(len(names))]
    rows = [
        (unit, year, 1e5 * (1 + k) * np.exp((-0.01 + 0.004 * (k % 5)) * (year - 2000)))
        for k, unit in enumerate(units)
        for year in years
    ]
    table = pd.DataFrame(rows, columns=["city", "year", "population"])
    known = pd.DataFrame({"name": list(names)}, index=pd.Index(units, name="city"))
    return CityPanel.from_long(table, attributes=known)


def squares(units):
    features = []
    for k, unit in enumerate(units):
        x, y = k % 8, k // 8
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append(
            {"type": "Feature", "properties": {"unit_code": unit}, "geometry": geometry}
        )
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    outlines = folder / "o.geojson"
    outlines.write_text(squares([f"u{k}" for k in range(len(NAMES))]), encoding="utf-8")
    content = panel_atlas(panel_of(NAMES), outlines=outlines)
    return write_atlas(content, folder / "hostile.html")


@pytest.mark.parametrize("view", ["map", "table", "city", "compare"])
def test_hostile_names_are_text(visit, hostile, view):
    page = visit(f"v={view}&c=u0&d=u4&lang=en", file=hostile)
    text = page.locator("main").inner_text()
    assert NAMES[0] in text
    assert page.locator("main img").count() == 0
    assert page.locator("script").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_hostile_names_are_text_on_a_phone_in_csv_and_in_pictures(visit, hostile):
    page = visit("v=table", file=hostile, size=(375, 800))
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    with page.expect_download() as waited:
        page.locator("#csv").click()
    rows = list(csv.reader(waited.value.path().read_text("utf-8-sig").splitlines(keepends=True)))
    names = {row[0]: row[1] for row in rows[1:]}
    assert names["u0"] == NAMES[0]
    assert names["u1"] == "'" + NAMES[1]
    assert names["u3"] == NAMES[3]
    assert names["u5"] == "u5"
    page = visit("v=map&c=u0", file=hostile)
    with page.expect_download() as waited:
        page.locator("#mapsvg").click()
    assert "<img" not in waited.value.path().read_text("utf-8")


def test_what_a_bare_panel_cannot_show_is_said(visit, tmp_path):
    one = panel_of(["Only"], years=[2020])
    file = write_atlas(panel_atlas(one), tmp_path / "one.html")
    page = visit("v=method&lang=en", file=file)
    said = page.locator("#absent").inner_text()
    for words in ("No change", "No rules", "No forecast", "No map"):
        assert words in said
    assert page.locator("#view-map").count() == 0
    page.locator("#view-table").click()
    assert page.locator("#units-table tbody tr").count() == 1


def test_broken_outlines_are_said_and_the_rest_is_shown(visit, tmp_path):
    broken = tmp_path / "broken.geojson"
    for text in ("{not json", "[]", json.dumps({"features": [{"geometry": None}]})):
        broken.write_text(text, encoding="utf-8")
        file = write_atlas(panel_atlas(panel_of("ab"), outlines=broken), tmp_path / "b.html")
        page = visit("v=method&lang=en", file=file)
        assert "broken.geojson" in page.locator("#absent").inner_text()


def test_five_thousand_units_are_paged(visit, tmp_path):
    many = panel_of([f"Unit {k}" for k in range(5000)], years=(2010, 2015, 2020))
    file = write_atlas(panel_atlas(many), tmp_path / "many.html")
    assert file.stat().st_size < 3e6
    page = visit("v=table&lang=en", file=file)
    assert page.locator("#units-table tbody tr").count() == 100
    assert "5000 of 5000" in page.locator("main .count").inner_text()
    page.locator("#q").fill("Unit 4999")
    assert page.locator("#units-table tbody tr").count() == 1
    assert page.evaluate("performance.getEntriesByName('usable')[0].startTime") < 2000


def test_synthetic_figures_say_so_on_every_view_and_in_file_names(visit, tmp_path):
    from dataclasses import replace  # noqa: PLC0415

    file = write_atlas(panel_atlas(replace(panel_of("ab"), synthetic=True)), tmp_path / "s.html")
    for view in ("table", "city", "compare", "method"):
        page = visit(f"v={view}&c=u0&lang=en", file=file)
        assert page.locator("h1 .mark.synthetic").inner_text() == "SYNTHETIC"
    page = visit("v=table", file=file)
    with page.expect_download() as waited:
        page.locator("#csv").click()
    assert waited.value.suggested_filename.endswith("_synthetic.csv")
    page = visit("v=city&c=u0&lang=en", file=file)
    page.locator("figure details summary").first.click()
    with page.expect_download() as waited:
        page.get_by_role("button", name="SVG").first.click()
    assert waited.value.suggested_filename.endswith("_synthetic.svg")
    assert ">SYNTHETIC</text>" in waited.value.path().read_text("utf-8")
