"""Headings with units in their names, roles named by the user, codes dropped, Big5, remedies."""

import re

import pytest

from econshrink.core.errors import DataError
from econshrink.data import read_yearbook


def write(folder, text, encoding="utf-8", name="a.csv"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def first(path, **options):
    reading = read_yearbook(path, **options)
    return {name: float(reading.panel.frame[name].iloc[0]) for name in reading.panel.variables}


@pytest.mark.parametrize(
    ("heading", "figure", "variable", "value"),
    [
        ("gdp_100m", "251.5", "gdp_nominal", 2.515e10),
        ("GDP_100m_yuan", "251.5", "gdp_nominal", 2.515e10),
        ("gdp (100m)", "251.5", "gdp_nominal", 2.515e10),
        ("gdp_bn", "25.15", "gdp_nominal", 2.515e10),
        ("gdp_10k_yuan", "2515000", "gdp_nominal", 2.515e10),
        ("resident_pop_10k", "105.87", "population", 1058700.0),
        ("resident_population_10k_persons", "105.87", "population", 1058700.0),
        ("hukou_pop_10k", "105.87", "hukou_population", 1058700.0),
        ("常住人口（万）", "105.87", "population", 1058700.0),
        ("urban_share_pct", "80.12", "urban_share", 0.8012),
        ("gdp_nominal_100m", "251.5", "gdp_nominal", 2.515e10),
    ],
)
def test_units_in_the_names_of_columns_are_read(tmp_path, heading, figure, variable, value):
    path = write(tmp_path, f"city,year,{heading}\nHegang,2010,{figure}\n")
    assert first(path) == {variable: value}


def test_pop_alone_is_ambiguous_and_the_remedy_works(tmp_path):
    path = write(tmp_path, "city,year,pop_10k\nHegang,2010,105.87\n")
    with pytest.raises(DataError, match="which of population, hukou_population") as caught:
        read_yearbook(path)
    said = re.search(r"headings=\{'([^']*)': '([^']*)'\}", caught.value.faults[0].remedy)
    assert first(path, headings={said[1]: said[2]}) == {"population": 1058700.0}


def test_the_users_table_names_columns_that_hold_no_figures(tmp_path):
    text = "Prvcnm,Ctnm,Ctcd,Sgnyea,Gdpct01\n黑龙江省,鹤岗市,230400,2010,251.5\n"
    headings = {
        "Prvcnm": "province", "Ctnm": "city", "Ctcd": "code", "Sgnyea": "year",
        "Gdpct01": ("gdp_nominal", "亿元"),
    }  # fmt: skip
    path = write(tmp_path, text)
    with pytest.raises(DataError):
        read_yearbook(path)
    reading = read_yearbook(path, headings=headings)
    assert reading.panel.frame.loc[("230400", 2010), "gdp_nominal"] == 2.515e10
    with pytest.raises(DataError, match="or a role: city, code"):
        read_yearbook(path, headings={"Sgnyea": "years"})


def test_long_tables_with_roles_of_the_user(tmp_path):
    text = "c,y,what,how,n\n鹤岗市,2010,常住人口,万人,105.87\n鹤岗市,2010,GDP,亿元,251.5\n"
    roles = {"y": "year", "what": "indicator", "how": "unit", "n": "value"}
    assert first(write(tmp_path, text), headings=roles) == {
        "population": 1058700.0, "gdp_nominal": 2.515e10,
    }  # fmt: skip


def test_a_unit_is_dropped_by_its_printed_code(tmp_path):
    text = (
        "代码,城市,年份,常住人口（万人）\n654000,伊犁哈萨克自治州,2010,248.26\n"
        "654100,伊犁州,2010,200\n230400,鹤岗市,2010,105.87\n"
    )
    path = write(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_yearbook(path)
    assert any("drop" in fault.remedy for fault in caught.value.faults)
    reading = read_yearbook(path, drop=["654100"])
    assert reading.panel.frame.loc[("654000", 2010), "population"] == 2482600.0
    assert any(note.reason == "code 654100 dropped as asked" for note in reading.report.rows)
    named = read_yearbook(
        write(
            tmp_path,
            "城市,年份,常住人口（万人）\n鹤岗市,2010,105.87\n伊春市,2010,1\n",
            name="b.csv",
        ),
        drop=["230700"],
    )
    assert named.panel.frame.index.get_level_values("city").tolist() == ["230400"]
    with pytest.raises(DataError, match="no row with the code 999999"):
        read_yearbook(path, drop=["654100", "999999"])


def test_big5_is_read_and_named(tmp_path):
    text = "城市,年份,年末常住人口（萬人）,地區生產總值（億元）\n廣州市,2010,1270.96,10748\n"
    path = write(tmp_path, text, "big5")
    assert first(path) == {"population": 12709600.0, "gdp_nominal": 1.0748e12}
    assert "encoding Big5" in read_yearbook(path).report.files[0]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-16"])
def test_other_encodings_are_not_taken_for_big5(tmp_path, encoding):
    text = "城市,年份,常住人口（万人）\n鹤岗市,2010,105.87\n佳木斯市,2010,255.2\n"
    path = write(tmp_path, text, encoding)
    assert "Big5" not in read_yearbook(path).report.files[0]


def test_five_hundred_faults_of_one_cause_are_one(tmp_path):
    rows = "".join(f"鹤岗市,{1900 + i % 100}年前后,1\n" for i in range(500))
    with pytest.raises(DataError) as caught:
        read_yearbook(write(tmp_path, "城市,年份,常住人口（万人）\n" + rows))
    [fault] = caught.value.faults
    assert "rows 2–501, column B" in fault.where
    assert "497 more" in fault.seen or "97 more" in fault.seen


REMEDIES = [
    # what is wrong, the options that the remedy names, what must be read then
    ("城市,年份,人口（万人）\n鹤岗市,2010,9\n", "headings={'人口': 'population'}",
     {"headings": {"人口": "population"}}, {"population": 90000.0}),
    ("城市,年份,地区生产总值\n鹤岗市,2010,9\n", "units={'gdp_nominal'",
     {"units": {"gdp_nominal": "亿元"}}, {"gdp_nominal": 9e8}),
    ("城市,常住人口（万人）\n鹤岗市,9\n", "Pass `year=`", {"year": 2010}, {"population": 90000.0}),
    ("city,year,population (10 000 persons)\nSuzhou,2010,9\n", "pass `province`",
     {"province": "Jiangsu"}, {"population": 90000.0}),
    ("城市,年份,谜\n鹤岗市,2010,9\n", "Pass `headings={",
     {"headings": {"谜": ("population", "万人")}}, {"population": 90000.0}),
    ("城市,年份,市辖区 常住人口（万人）\n鹤岗市,2010,9\n", "Pass scope='both'",
     {"scope": "both"}, {"population_districts": 90000.0}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "remedy", "options", "read"), REMEDIES)
def test_following_the_remedy_mends_the_reading(tmp_path, text, remedy, options, read):
    path = write(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_yearbook(path)
    assert remedy in " ".join(fault.remedy for fault in caught.value.faults)
    assert first(path, **options) == read


EDITS = [
    ("城市,年份,常住人口（万人）\n鹤岗市,2010,约9\n", "Mend the cell", "约9", "9"),
    ("城市,年份,常住人口（万人）\n鹤岗市,2010,1,234\n", "in quotation marks", "1,234", '"1,234"'),
    ("城市,年份,常住人口（万人）\n鹤岗市,10,9\n", "Mend the cell", ",10,", ",2010,"),
    ("代码,城市,年份,常住人口（万人）\n230100,鹤岗市,2010,9\n", "name or the code", "230100",
     "230400"),
    ("省份,城市,年份,常住人口（万人）\n河北省,鹤岗市,2010,9\n", "province or the name", "河北省",
     "黑龙江省"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "remedy", "wrong", "right"), EDITS)
def test_mending_the_cell_that_is_named_mends_the_reading(tmp_path, text, remedy, wrong, right):
    with pytest.raises(DataError) as caught:
        read_yearbook(write(tmp_path, text))
    assert remedy in caught.value.faults[0].remedy
    assert len(read_yearbook(write(tmp_path, text.replace(wrong, right))).panel.frame) == 1
