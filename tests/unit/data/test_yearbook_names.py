"""City names in every usual form, the crosswalk, and the county level."""

import pytest

from econshrink.data import load_county_cities, load_crosswalk, load_gazetteer
from econshrink.data.china.panels import load_units
from econshrink.data.yearbook.names import CHANGES

GAZETTEER = load_gazetteer()
UNITS = load_units()


def test_every_unit_is_found_by_its_own_names_and_code():
    for code, unit in UNITS.iterrows():
        assert GAZETTEER.match(unit["name_zh"]).code == code
        assert GAZETTEER.match(" ".join(unit["name_zh"])).code == code
        assert GAZETTEER.match_code(code, 2020).code == code
        assert GAZETTEER.match_code(int(code), 2020).code == code
        assert GAZETTEER.match(unit["name_en"], f"{code[:2]}0000").code == code, unit["name_en"]


def test_every_unit_is_found_without_its_suffix_under_its_province():
    for code, unit in UNITS.iterrows():
        for suffix in ("市", "地区", "盟"):
            bare = unit["name_zh"].removesuffix(suffix)
            if bare != unit["name_zh"] and len(bare) > 1:
                assert GAZETTEER.match(bare, f"{code[:2]}0000").code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("襄樊", "420600"),
        ("襄樊市", "420600"),
        ("Xiangfan", "420600"),
        ("思茅", "530800"),
        ("思茅地区", "530800"),
        ("Simao", "530800"),
        ("淮阴市", "320800"),
        ("大庸", "430800"),
        ("伊克昭盟", "150600"),
        ("哲里木盟", "150500"),
        ("毕节地区", "520500"),
        ("临沧地区", "530900"),
        ("延边", "222400"),
        ("延边州", "222400"),
        ("延边自治州", "222400"),
        ("湘西州", "433100"),
        ("巴州", "652800"),
        ("克州", "653000"),
        ("黔东南", "522600"),
        ("西双版纳州", "532800"),
        ("神农架林区", "429021"),
        ("齊齊哈爾市", "230200"),
        ("烏魯木齊", "650100"),
        ("瀋陽", "210100"),
        ("呼倫貝爾", "150700"),
        ("蕪湖", "340200"),
        ("滄州", "130900"),
        ("Ürümqi", "650100"),
        ("Huhehaote", "150100"),
        ("Xi'an City", "610100"),
        ("Xian", "610100"),
        ("Lvliang", "141100"),
        ("Lu'an", "341500"),
        ("Hainan Prefecture", "632500"),
        ("海南州", "632500"),
        ("Beijing Municipality", "110000"),
        ("HEGANG", "230400"),
        ("1301", "130100"),
        ("石　家　庄", "130100"),
        ("莱芜", "371200"),
        ("巢湖市", "341400"),
    ],
)
def test_usual_forms(name, code):
    place = GAZETTEER.match(name)
    assert (place.kind, place.code) == ("unit", code)


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Suzhou", {"320500", "341300"}),
        ("Taizhou", {"321200", "331000"}),
        ("Fuzhou", {"350100", "361000"}),
        ("Yichun", {"230700", "360900"}),
        ("Yulin", {"450900", "610800"}),
        ("吉林", {"220000", "220200"}),
    ],
)
def test_ambiguous_names_list_their_candidates(name, codes):
    place = GAZETTEER.match(name)
    assert place.kind == "ambiguous"
    assert set(place.candidates) == codes
    for code in codes - {"220000"}:
        assert GAZETTEER.match(name, f"{code[:2]}0000").code == code


def test_no_other_names_are_ambiguous():
    twice = {form for form, codes in GAZETTEER.latin.items() if len(codes) > 1}
    assert twice == {"suzhou", "taizhou", "fuzhou", "yichun", "yulin"}
    assert not any(len(codes) > 1 for codes in GAZETTEER.chinese.values())


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("恩施市", "422800"),
        ("大理市", "532900"),
        ("义乌市", "330700"),
        ("阿克苏市", "652900"),
        ("米泉市", "652300"),
        ("锡林浩特市", "152500"),
        ("正定县", ""),
        ("西城区", ""),
    ],
)
def test_the_county_level_is_never_taken_for_its_prefecture(name, parent):
    place = GAZETTEER.match(name)
    assert (place.kind, place.code) == ("county", parent)


def test_codes():
    kinds = {
        str(c): GAZETTEER.match_code(c)
        for c in (
            130100.0,
            "130181",
            522401,
            "522400",
            "110101",
            "110100",
            1100,
            "469030",
            "371200",
            "990101",
            "130100000000",
        )
    }
    assert kinds["130100.0"].code == "130100"
    assert (kinds["130181"].kind, kinds["130181"].code) == ("county", "130100")
    assert (kinds["522401"].kind, kinds["522401"].code) == ("county", "520500")
    assert (kinds["522400"].code, kinds["522400"].how) == ("520500", "former code")
    assert kinds["110101"].kind == "county"
    assert kinds["110100"].code == "110000"
    assert kinds["1100"].code == "110000"
    assert kinds["469030"].candidates == ("469030", "469025")
    assert GAZETTEER.match_code("469030", 2006).code == "469025"
    assert GAZETTEER.match_code("469030", 2007).code == "469030"
    assert kinds["371200"].code == "371200"
    assert kinds["990101"].kind == "unknown"
    assert kinds["130100000000"].code == "130100"


def test_provinces_in_every_form():
    forms = {
        "河北": "13",
        "河北省": "13",
        "Hebei": "13",
        "内蒙古": "15",
        "内蒙": "",
        "广西壮族自治区": "45",
        "Shaanxi": "61",
        "Shanxi Province": "14",
        "新疆维吾尔自治区": "65",
        "13": "13",
        "130000": "13",
        "Inner Mongolia": "15",
        "黑龍江省": "23",
        "石家庄": "",
    }
    for name, digits in forms.items():
        assert GAZETTEER.province(name)[:2] == digits, name


def test_crosswalk_is_consistent_with_the_units():
    table = load_crosswalk()
    assert set(table["kind"]) == set(CHANGES)
    assert set(table["new_code"]) <= set(UNITS.index)
    assert table["year"].between(1994, 2023).all()
    named = table[table["new_name_zh"] != ""]
    assert (UNITS.loc[named["new_code"], "name_zh"].to_numpy() == named["new_name_zh"]).all()
    gone = table[table["kind"] == "abolished"]
    assert not UNITS.loc[gone["old_code"], "valid_2020"].any()
    # A former code is either free today or named as given to another unit.
    moved = table[(table["kind"] == "recoded") & table["old_code"].isin(UNITS.index)]
    assert moved["note"].str.contains("given to another county").all()


def test_every_former_name_and_code_leads_to_its_unit():
    table = load_crosswalk()
    changed = table[table["kind"].isin(["renamed", "upgraded"])]
    for row in changed.itertuples():
        assert GAZETTEER.match(row.old_name_zh).code == row.new_code
        assert GAZETTEER.match_code(row.old_code).code == row.new_code


def test_county_cities():
    cities = load_county_cities()
    assert cities["code"].str.fullmatch(r"\d{6}").all()
    assert not cities["code"].isin(UNITS.index).any()
    assert not cities.duplicated().any()
    assert cities["name_zh"].str.endswith("市").all()


def test_loaded_tables_are_copies():
    table = load_crosswalk()
    table["year"] = 0
    assert (load_crosswalk()["year"] > 0).all()


def test_similar_names_help_after_a_misprint():
    assert "130100" in GAZETTEER.similar("石家庒市")[0]
    assert any("230400" in name for name in GAZETTEER.similar("Hegeng"))
