"""Cells, units, headings, captions, encodings: the small parts of the reader."""

import datetime
from decimal import Decimal

import pytest

from econshrink.core.errors import DataError
from econshrink.data.open.delimited import decode, find_separator
from econshrink.data.open.text import key, plain, simplified
from econshrink.data.yearbook.cells import (
    DIMENSIONS,
    convert,
    missing_reason,
    read_cell,
    read_unit,
    read_year,
)
from econshrink.data.yearbook.headings import heading_table, read_context, read_heading
from econshrink.data.yearbook.report import QualityReport, RowNote

TABLE = heading_table()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("123.45", "123.45"),
        ("1,234,567", "1234567"),
        ("1 234 567.8", "1234567.8"),
        ("１２３．４", "123.4"),
        ("１，２３４", "1234"),
        ("-0.52", "-0.52"),
        ("−0.52", "-0.52"),
        ("－0.52", "-0.52"),
        ("123.4①", "123.4"),
        ("123.4 ②", "123.4"),
        ("123.4*", "123.4"),
        ("123.4¹", "123.4"),
        ("123.4[1]", "123.4"),
        ("123.4（注1）", "123.4"),
        ("1.5e3", "1500"),
        (" 7 ", "7"),
        ("5.", "5"),
        (".5", "0.5"),
        (105.87, "105.87"),
        (3, "3"),
        ("+2.1", "2.1"),
        ("\u3000981.4", "981.4"),
        (0.1, "0.1"),
    ],
)
def test_numbers_are_read_exactly(text, number):
    cell = read_cell(text)
    assert cell.kind == "number"
    assert cell.number == Decimal(number)
    assert cell.unit == ""


@pytest.mark.parametrize(
    "text",
    [
        "12,34",
        "1,2345",
        "1 23",
        "1.2.3",
        "12-13",
        "12:30",
        "abc",
        "万人",
        "(12)",
        True,
        datetime.date(2010, 1, 1),
        "1e999",
    ],
)
def test_what_is_no_number_stays_text(text):
    assert read_cell(text).kind == "text"


@pytest.mark.parametrize(
    "mark",
    [
        "",
        " ",
        "\u3000",
        "-",
        "--",
        "—",
        "——",
        "－",
        "…",
        "……",
        "...",
        "‥‥",
        "NA",
        "n/a",
        "#N/A",
        "#REF!",
        "NaN",
        "（空）",
        "缺失",
        "/",
        "无",
    ],
)
def test_missing_marks_have_a_reason(mark):
    cell = read_cell(mark)
    assert cell.kind == "missing"
    assert cell.reason
    assert read_cell(float("nan")).kind == "missing"


def test_units_behind_figures_are_kept():
    assert read_cell("12.5%").unit == "%"
    assert read_cell("1016.38 万人").unit == "万人"
    assert missing_reason("0") is None


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("2010", 2010),
        (2010, 2010),
        (2010.0, 2010),
        ("2010年", 2010),
        ("2010年末", 2010),
        ("２０１０", 2010),
        ("2010-12-31", 2010),
        (datetime.date(2010, 12, 31), 2010),
        ("2010.0", 2010),
        ("201", None),
        (2010.5, None),
        ("2010-2012", None),
        ("", None),
        (None, None),
        (True, None),
    ],
)
def test_years(value, year):
    assert read_year(value) == year


@pytest.mark.parametrize(
    ("text", "dimension", "factor"),
    [
        ("万人", "persons", "10000"),
        ("人", "persons", "1"),
        ("10 000 persons", "persons", "10000"),
        ("(10,000 persons)", None, ""),
        ("亿元", "money", "100000000"),
        ("万元", "money", "10000"),
        ("100 million yuan", "money", "100000000"),
        ("million yuan", "money", "1000000"),
        ("平方公里", "area", "1"),
        ("公顷", "area", "0.01"),
        ("sq.km", "area", "1"),
        ("万平方米", "floor", "10000"),
        ("万平方米", "area", "0.01"),
        ("元/平方米", "price", "1"),
        ("元/㎡", "price", "1"),
        ("%", "share", "0.01"),
        ("‰", "rate", "0.001"),
        ("％", "share", "0.01"),
        ("上年=100", "index", "0.01"),
        ("张", "count", "1"),
        ("人年", "person_years", "1"),
        ("万千瓦时", None, ""),
        ("", None, ""),
    ],
)
def test_units(text, dimension, factor):
    unit = read_unit(text)
    if dimension is None:
        assert unit is None
    else:
        assert unit.factor(dimension) == Decimal(factor)


def test_conversion_is_exact():
    assert convert(Decimal("123.45"), Decimal(10000)) == 1234500.0
    assert convert(Decimal("0.57"), Decimal("0.01")) == 0.0057
    assert convert(Decimal("18.9"), Decimal("0.001")) == 0.0189


@pytest.mark.parametrize(
    ("lines", "term", "scope", "unit", "year"),
    [
        (["年末常住人口（万人）"], "population", "", "万人", None),
        (["年末总人口", "（万人）", "全市"], "hukou_population", "city", "万人", None),
        (
            ["地区生产总值（当年价格）", "Gross Regional Product", "市辖区"],
            "gdp_nominal",
            "districts",
            None,
            None,
        ),
        (["地区生产总值", "第三产业", "(亿元)"], "gdp_tertiary", "", "亿元", None),
        (["从业人员", "金融业"], "employed_finance", "", None, None),
        (["农、林、牧、渔业从业人员数（万人）"], "employed_agriculture", "", "万人", None),
        (["2010年常住人口(万人)"], "population", "", "万人", 2010),
        (["常住人口_市辖区_万人"], "population", "districts", "万人", None),
        (["GDP/亿元"], "gdp_nominal", "", "亿元", None),
        (["城镇化率%"], "urban_share", "", "%", None),
        (
            ["Registered Population at Year-end", "Districts under City", "(10 000 persons)"],
            "hukou_population",
            "districts",
            "10 000 persons",
            None,
        ),
        (["population_districts"], "population", "districts", None, None),
        (["R&D人员折合全时当量（人年）"], "rd_fte", "", "人年", None),
        (["地区生产总值指数（上年=100）"], "gdp_index", "", None, None),
        (["商品房平均销售价格（元/平方米）"], "house_price", "", "元/平方米", None),
    ],
)
def test_headings(lines, term, scope, unit, year):
    heading = read_heading(lines, TABLE)
    assert heading.entry is not None
    assert heading.entry.term == term
    assert heading.scope == scope
    assert (heading.unit.text if heading.unit else None) == unit
    assert heading.year == year


@pytest.mark.parametrize(
    "lines",
    [
        ["地区生产总值（2010年不变价）"],
        ["地区生产总值", "其他"],
        ["常住人口（男）"],
        ["备注"],
        ["年末常住人口密度（人/平方公里）"],
        ["人均常住人口"],
    ],
)
def test_headings_that_only_look_alike_are_not_taken(lines):
    assert read_heading(lines, TABLE).entry is None


def test_lines_that_contradict_one_another_are_told():
    heading = read_heading(["年末常住人口", "Household Registered Population at Year-end"], TABLE)
    assert "population" in heading.conflict


def test_the_heading_table_is_one_table_without_contradictions():
    assert len(TABLE.entries) > 1000
    for entry in TABLE.entries.values():
        for term in entry.candidates or (entry.term,):
            assert term in TABLE.indicators
    for indicator in TABLE.indicators.values():
        assert indicator.dimension in DIMENSIONS
        if indicator.usual_unit:
            assert read_unit(indicator.usual_unit).factor(indicator.dimension) is not None
        assert TABLE.lookup(indicator.label_zh) is not None


def test_users_extend_the_table():
    table = heading_table({"Gdpct01": ("gdp_nominal", "亿元"), "幸福人口": "population"})
    assert table.lookup("GDPCT01").term == "gdp_nominal"
    assert table.lookup("幸福人口").term == "population"
    assert TABLE.lookup("Gdpct01") is None
    with pytest.raises(DataError, match="2 problems"):
        heading_table({"a": "nothing", "b": ("population", "亿元")})


def test_captions():
    context = read_context(
        ["2-3 市辖区土地面积（2012年）", "单位：平方公里、万人"], "a", "b.csv", TABLE
    )
    assert context.entry.term == "land_area_km2"
    assert context.year == 2012
    assert context.scope == "districts"
    assert [unit.text for unit in context.units] == ["平方公里", "万人"]
    assert read_context([], "2003-2010", "x.csv", TABLE).year is None
    assert read_context([], "", "2011年中国城市统计年鉴.xlsx", TABLE).year is None
    assert read_context([], "2010", "统计年鉴2011.xlsx", TABLE).year == 2010


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "utf-32"],
)
def test_encodings(encoding):
    text = "城市,年份,常住人口\n石家庄市,2010,1016.38\n" * 5
    assert decode(text.encode(encoding), "a.csv")[0] == text


def test_separators():
    assert find_separator("标题\na\tb,c\td\n1\t2,3\t4\n", "x") == "\t"
    assert find_separator("a,b\n1,2\n", "x") == ","
    with pytest.raises(DataError, match="single column"):
        find_separator("a\nb\n", "x")


def test_text_forms():
    assert plain("１２３①　ｍ²") == "123 m2"
    assert key("规模（以上）- R&D") == "规模以上rd"
    assert simplified("臺灣") == "台湾"


def test_a_report_that_loses_rows_cannot_be_built():
    note = RowNote("a.csv", "", 1, "x", "heading")
    assert QualityReport(("a",), (), 2, 1, (note,)).rows_kept == 1
    with pytest.raises(DataError, match="3 rows in, 1 kept, 1 listed"):
        QualityReport(("a",), (), 3, 1, (note,))


def test_a_decimal_comma_is_not_taken_for_thousands():
    assert read_cell("0,125").kind == "text"
    assert read_cell("1,125").number == 1125
