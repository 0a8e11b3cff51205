"""The expected results hold the figures that are known from the official publications."""

import json
from pathlib import Path

import pytest

from econshrink.data import load_units

EXPECTED = json.loads(
    (Path(__file__).parents[2] / "paper/expected/results.json").read_text(encoding="utf-8")
)
CENSUS = "identify.census_2010_2020"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data.units.prefecture_level", 337),
        ("data.census_2010.total", 1_332_810_869),
        ("data.census_2020.total", 1_409_778_724),
        (f"{CENSUS}.units", 336),
        (f"{CENSUS}.shrinking", 149),
        (f"{CENSUS}.press_units", 333),
        (f"{CENSUS}.shrinking.heilongjiang", 13),
        (f"{CENSUS}.units.heilongjiang", 13),
        (f"{CENSUS}.shrinking.northeast", 33),
        (f"{CENSUS}.units.northeast", 36),
        (f"{CENSUS}.change.northeast", -11_011_774),
        (f"{CENSUS}.shrinking.sichuan", 13),
        (f"{CENSUS}.shrinking.inner_mongolia", 6),
        ("identify.census_urban_2010_2020.shrinking", 25),
        ("identify.census_urban_2010_2020.units", 329),
        ("identify.report.raw.2011_2019.a.shrinking", 114),
    ],
)
def test_known_figures(key, value):
    assert EXPECTED[key]["value"] == value
    assert EXPECTED[key]["kind"] == "count"


def test_the_press_share_and_ours_are_both_there():
    assert EXPECTED[f"{CENSUS}.share"]["value"] == pytest.approx(0.443, abs=5e-4)
    assert EXPECTED[f"{CENSUS}.press_share"]["value"] == pytest.approx(0.447, abs=5e-4)
    share = EXPECTED["expansion.shrinking.expanding_share"]["value"]
    assert share == pytest.approx(0.95, abs=0.005)
    assert EXPECTED["expansion.growing.expanding_share"]["value"] < share


def test_every_province_and_region_has_its_pair():
    units = load_units().query("in_337")
    names = {*units["province"], *units["region"]}
    slugs = {"_".join(name.lower().split()) for name in names}
    assert {f"{CENSUS}.{part}.{s}" for s in slugs for part in ("shrinking", "units")} <= set(
        EXPECTED
    )
    for part in ("shrinking", "units"):
        provinces = sum(
            EXPECTED[f"{CENSUS}.{part}.{'_'.join(p.lower().split())}"]["value"]
            for p in units["province"].unique()
        )
        assert provinces == EXPECTED[f"{CENSUS}.{part}"]["value"]
