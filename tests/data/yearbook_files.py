"""Generator of yearbook files whose truth is known: layouts × containers × defects.

`CASES` lists the files; `write_case` writes one and returns what reading it must give.
"""

from __future__ import annotations

import csv
import io
import shutil
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

YEARS = (2009, 2010, 2011, 2012)
# code, full name, bare, former, pinyin, traditional, province, province in English
CITIES = (
    ("110000", "北京市", "北京", "北京市", "Beijing", "北京市", "北京市", "Beijing"),
    ("130100", "石家庄市", "石家庄", "石家庄市", "Shijiazhuang", "石家莊市", "河北省", "Hebei"),
    ("130400", "邯郸市", "邯郸", "邯郸市", "Handan", "邯鄲市", "河北省", "Hebei"),
    (
        "152200",
        "兴安盟",
        "兴安",
        "兴安盟",
        "Hinggan League",
        "興安盟",
        "内蒙古自治区",
        "Inner Mongolia",
    ),
    ("220200", "吉林市", "吉林", "吉林市", "Jilin City", "吉林市", "吉林省", "Jilin"),
    ("220300", "四平市", "四平", "四平市", "Siping", "四平市", "吉林省", "Jilin"),
    (
        "232700",
        "大兴安岭地区",
        "大兴安岭",
        "大兴安岭",
        "Daxing'anling",
        "大興安嶺地區",
        "黑龙江省",
        "Heilongjiang",
    ),
    ("320500", "苏州市", "苏州", "苏州市", "Suzhou", "蘇州市", "江苏省", "Jiangsu"),
    ("341300", "宿州市", "宿州", "宿州市", "Suzhou", "宿州市", "安徽省", "Anhui"),
    ("350200", "厦门市", "厦门", "厦门市", "Xiamen", "廈門市", "福建省", "Fujian"),
    ("420600", "襄阳市", "襄阳", "襄樊市", "Xiangfan", "襄陽市", "湖北省", "Hubei"),
    (
        "422800",
        "恩施土家族苗族自治州",
        "恩施",
        "恩施州",
        "Enshi Prefecture",
        "恩施州",
        "湖北省",
        "Hubei",
    ),
    ("520500", "毕节市", "毕节", "毕节地区", "Bijie", "畢節市", "贵州省", "Guizhou"),
    ("530800", "普洱市", "普洱", "思茅", "Pu'er", "普洱市", "云南省", "Yunnan"),
)


@dataclass(frozen=True)
class Term:
    """A variable as it is printed: headings, unit, our factor, printed quantum, range."""

    name: str
    chinese: str
    english: str
    unit: str
    unit_english: str
    factor: Decimal
    places: int
    low: float
    high: float
    code: str


TERMS = (
    Term(
        "population",
        "年末常住人口",
        "Resident Population at Year-end",
        "万人",
        "10 000 persons",
        Decimal(10000),
        2,
        80,
        900,
        "Rk001",
    ),
    Term(
        "hukou_population",
        "年末户籍人口",
        "Household Registered Population at Year-end",
        "万人",
        "10 000 persons",
        Decimal(10000),
        2,
        80,
        900,
        "Rk002",
    ),
    Term(
        "gdp_nominal",
        "地区生产总值",
        "Gross Regional Product",
        "亿元",
        "100 million yuan",
        Decimal(10**8),
        4,
        100,
        9000,
        "Gdpct01",
    ),
    Term(
        "natural_growth_rate",
        "自然增长率",
        "Natural Growth Rate",
        "‰",
        "‰",
        Decimal("0.001"),
        2,
        -3,
        9,
        "Zr01",
    ),
    Term(
        "mean_wage",
        "在岗职工平均工资",
        "Average Wage of Employed Staff and Workers",
        "元",
        "yuan",
        Decimal(1),
        0,
        15000,
        60000,
        "Gz01",
    ),
    Term(
        "employed_mining",
        "采矿业从业人员",
        "Persons Employed in Mining",
        "人",
        "persons",
        Decimal(1),
        0,
        500,
        90000,
        "Cy02",
    ),
    Term(
        "floor_space_sold",
        "商品房销售面积",
        "Floor Space of Commercialized Buildings Sold",
        "万平方米",
        "10 000 sq.m",
        Decimal(10000),
        2,
        20,
        2500,
        "Fd01",
    ),
)
BY_NAME = {term.name: term for term in TERMS}
Cells = dict[tuple[str, int, str], Decimal | None]
Sheets = dict[str, list[list[object]]]


@dataclass(frozen=True)
class Case:
    """One file: how it is laid out, stored and spoilt."""

    name: str
    layout: str
    container: str = "csv"
    encoding: str = "utf-8"
    separator: str = ","
    names: str = "full"
    numbers: str = "plain"
    heads: str = "chinese"
    marks: tuple[str, ...] = ("",)
    extras: tuple[str, ...] = ()
    terms: tuple[str, ...] = ("population", "gdp_nominal", "natural_growth_rate")
    kwargs: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Truth:
    """What the reader must give: figures in our units, missing cells, arguments to pass."""

    path: Path
    figures: dict[tuple[str, int, str], float]
    missing: set[tuple[str, int, str]]
    kwargs: dict[str, object]


def write_case(case: Case, folder: Path) -> Truth:
    """Write the file or folder of a case; the same case gives the same figures."""
    rng = np.random.default_rng(list(case.name.encode()))
    cells = draw_cells(case, rng)
    sheets = LAYOUTS[case.layout](case, cells, rng)
    path = CONTAINERS[case.container](case, sheets, folder)
    figures = {
        key: float(value * BY_NAME[key[2].removesuffix("_districts")].factor)
        for key, value in cells.items()
        if value is not None
    }
    missing = {key for key, value in cells.items() if value is None}
    return Truth(path, figures, missing, case.kwargs)


def draw_cells(case: Case, rng: np.random.Generator) -> Cells:
    """Printed figures; about one in fifteen is missing (never where the layout prints none)."""
    cells: Cells = {}
    suffixes = ("", "_districts") if case.layout == "paired" else ("",)
    years = (2010,) if case.layout in {"paired", "continued", "continued_sheet"} else YEARS
    names = case.terms[:1] if case.layout == "wide_titled" else case.terms
    for city in CITIES:
        for year in years:
            for name in names:
                term = BY_NAME[name]
                for suffix in suffixes:
                    value = Decimal(
                        repr(round(float(rng.uniform(term.low, term.high)), term.places))
                    )
                    gone = rng.random() < 1 / 15
                    cells[city[0], year, name + suffix] = None if gone else value
    return cells


def city_name(city: tuple[str, ...], style: str) -> object:
    """One of the usual forms of a city's name or code."""
    code, full, bare, former, pinyin, traditional, *_ = city
    return {
        "full": full,
        "bare": bare,
        "spaced": "　" + " ".join(full),
        "wide": "\u3000" + "\u3000".join(full) if len(full) == 3 else full,
        "former": former,
        "pinyin": pinyin,
        "traditional": traditional,
        "code": code,
        "number": int(code),
        "four": code[:4],
    }[style]


def printed(value: Decimal | None, case: Case, rng: np.random.Generator, unit: str) -> object:
    """A figure as the style of the case prints it."""
    if value is None:
        return case.marks[int(rng.integers(len(case.marks)))]
    text = format(value, "f")
    if case.numbers == "grouped":
        return format(value, ",f")
    if case.numbers == "fullwidth":
        return text.translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－"))
    if case.numbers == "noted":
        return text + ("", "①", "*", "[1]", " ②")[int(rng.integers(5))]
    if case.numbers == "with_unit":
        return text + unit
    if case.numbers == "mixed_units" and unit == "万人":
        return text + "万人" if rng.random() < 0.5 else f"{value * 10000:f}人"
    if case.numbers == "minus":
        return text.replace("-", "−")
    if case.numbers == "float":
        return float(value)
    return text


def head(name: str, case: Case) -> str:
    """Heading of a variable in the style of the case."""
    term = BY_NAME[name]
    return {
        "chinese": f"{term.chinese}（{term.unit}）",
        "english": f"{term.english} ({term.unit_english})",
        "underscore": f"{term.chinese}_{term.unit}",
        "square": f"{term.chinese}[{term.unit}]①",
        "slash": f"{term.chinese}/{term.unit}" if "/" not in term.unit else term.chinese,
        "coded": term.code,
        "own": name,
    }[case.heads]


def long_portal(case: Case, cells: Cells, rng: np.random.Generator) -> Sheets:
    """年份, 省份, 城市, 城市代码, 指标, 单位, 数值: one figure a row."""
    rows: list[list[object]] = [["年份", "省份", "城市", "城市代码", "指标", "单位", "数值"]]
    for (code, year, name), value in cells.items():
        city = next(c for c in CITIES if c[0] == code)
        term = BY_NAME[name]
        rows.append(
            [
                year,
                city[6],
                city_name(city, case.names),
                code,
                term.chinese,
                term.unit,
                printed(value, case, rng, term.unit),
            ]
        )
    return {"data": rows}


def long_columns(case: Case, cells: Cells, rng: np.random.Generator) -> Sheets:
    """One row a city and year, one column an indicator."""
    english = case.heads == "english"
    rows: list[list[object]] = [
        ["Province", "City", "Year"] if english else ["省份", "城市", "年份"]
    ]
    rows[0] += [head(name, case) for name in case.terms]
    for year in YEARS:
        for city in CITIES:
            shown = f"{year}年" if "year_word" in case.extras else year
            row: list[object] = [
                city[7] if english else city[6],
                city_name(city, case.names),
                shown,
            ]
            row += [
                printed(cells[city[0], year, n], case, rng, BY_NAME[n].unit) for n in case.terms
            ]
            rows.append(row)
            if "twice" in case.extras and city[0] == "130400":
                rows.append(list(row))
        if "totals" in case.extras:
            rows.append(["", "合计", year, *["1.0" for _ in case.terms]])
    if "unit_row" in case.extras:
        rows.insert(1, ["单位", "", "", *[BY_NAME[n].unit for n in case.terms]])
        rows[0][3:] = [BY_NAME[n].chinese for n in case.terms]
    if "counties" in case.extras:
        rows += [
            ["浙江省", "义乌市", 2010, *["9.9" for _ in case.terms]],
            ["湖北省", "恩施市", 2010, *["9.9" for _ in case.terms]],
        ]
    if "unknown" in case.extras:
        rows.append(["河北省", "石家庒市", 2010, *["9.9" for _ in case.terms]])
    if "notes" in case.extras:
        rows += [[""] * len(rows[0]), ["注：① 为初步数。", *[""] * (len(rows[0]) - 1)]]
    if "blank_columns" in case.extras:
        rows = [[*row[:3], "", *row[3:], "", ""] for row in rows]
    if "junk_column" in case.extras:
        rows = [[*row, "备注" if i == 0 else "见说明"] for i, row in enumerate(rows)]
    return {"data": rows}


def wide_titled(case: Case, cells: Cells, rng: np.random.Generator) -> Sheets:
    """Title with the indicator, a unit row, then 城市 | 2009年 | 2010年 …"""
    term = BY_NAME[case.terms[0]]
    blanks = [""] * len(YEARS)
    rows: list[list[object]] = [
        [f"2-1 各城市{term.chinese}", *blanks],
        ["", *blanks[1:], f"单位：{term.unit}"],
        ["城市", *[f"{y}年" if "year_word" in case.extras else y for y in YEARS]],
    ]
    province = ""
    for city in CITIES:
        if "separators" in case.extras and city[6] != province and city[0] != "110000":
            province = city[6]
            rows.append([province, *blanks])
        row = [printed(cells[city[0], y, term.name], case, rng, term.unit) for y in YEARS]
        rows.append([city_name(city, case.names), *row])
    return {"表2-1": rows}


def wide_indicator(case: Case, cells: Cells, rng: np.random.Generator) -> Sheets:
    """城市 | 指标 | 单位 | 2009 | 2010 …"""
    rows: list[list[object]] = [["城市代码", "城市", "指标", "单位", *YEARS]]
    for city in CITIES:
        for name in case.terms:
            term = BY_NAME[name]
            row = [printed(cells[city[0], y, name], case, rng, term.unit) for y in YEARS]
            rows.append([city[0], city_name(city, case.names), term.chinese, term.unit, *row])
    return {"data": rows}


def flat_columns(case: Case, cells: Cells, rng: np.random.Generator) -> Sheets:
    """2010年末常住人口（万人）: year and indicator in one heading."""
    pairs = [(name, year) for name in case.terms for year in YEARS]
    rows: list[list[object]] = [
        [
            "行政区划代码",
            "地区",
            *[f"{y}年{BY_NAME[n].chinese}（{BY_NAME[n].unit}）" for n, y in pairs],
        ]
    ]
    for city in CITIES:
        row = [printed(cells[city[0], y, n], case, rng, BY_NAME[n].unit) for n, y in pairs]
        rows.append([city[0], city_name(city, case.names), *row])
    return {"data": rows}


def sheet_per_year(case: Case, cells: Cells, rng: np.random.Generator) -> Sheets:
    """One sheet a year, named by it."""
    sheets: Sheets = {}
    for year in YEARS:
        rows: list[list[object]] = [["城市", *[head(name, case) for name in case.terms]]]
        for city in CITIES:
            row = [printed(cells[city[0], year, n], case, rng, BY_NAME[n].unit) for n in case.terms]
            rows.append([city_name(city, case.names), *row])
        sheets[f"{year}年" if "year_word" in case.extras else str(year)] = rows
    if "legend" in case.extras:
        sheets["说明"] = [["本表数据来自统计年鉴"], ["联系电话见封底"]]
    return sheets


def paired(case: Case, cells: Cells, rng: np.random.Generator) -> Sheets:
    """The yearbook table: title, unit row, three heading lines, 全市 and 市辖区 in pairs."""
    heads1, heads2, heads3 = ["城市"], [""], ["City"]
    for name in case.terms:
        heads1 += [BY_NAME[name].chinese + f"（{BY_NAME[name].unit}）", ""]
        heads2 += ["全市", "市辖区"]
        heads3 += ["Total City", "Districts under City"]
    width = len(heads1)
    rows: list[list[object]] = [
        ["2-4 主要指标（2010年）", *[""] * (width - 1)],
        heads1,
        heads2,
        heads3,
    ]
    province = ""
    for city in CITIES:
        if city[6] != province and city[0] != "110000":
            province = city[6]
            rows.append([province, *[""] * (width - 1)])
        row: list[object] = [city_name(city, case.names)]
        for name in case.terms:
            for suffix in ("", "_districts"):
                row.append(
                    printed(cells[city[0], 2010, name + suffix], case, rng, BY_NAME[name].unit)
                )
        rows.append(row)
    rows.append(["注：本表数据为年报数。", *[""] * (width - 1)])
    return {"2-4": rows}


def continued(case: Case, cells: Cells, rng: np.random.Generator) -> Sheets:
    """The table goes on below 续表 with further indicators."""
    first, second = case.terms[:2], case.terms[2:]
    rows = _part("3-1 主要指标（2010年）", first, case, cells, rng)
    rows += [[""] * 3, *_part("续表 1", second, case, cells, rng)]
    width = max(map(len, rows))
    return {"3-1": [row + [""] * (width - len(row)) for row in rows]}


def continued_sheet(case: Case, cells: Cells, rng: np.random.Generator) -> Sheets:
    """The second half of the cities stands on another sheet, without headings."""
    rows = _part("3-1 主要指标（2010年）", case.terms, case, cells, rng)
    body = rows[2:]
    return {"3-1": rows[: 2 + len(body) // 2], "3-1续表": [["续表"], *body[len(body) // 2 :]]}


def _part(
    title: str, terms: tuple[str, ...], case: Case, cells: Cells, rng: np.random.Generator
) -> list[list[object]]:
    rows: list[list[object]] = [
        [title, *[""] * len(terms)],
        ["城市", *[head(n, case) for n in terms]],
    ]
    for city in CITIES:
        row = [printed(cells[city[0], 2010, n], case, rng, BY_NAME[n].unit) for n in terms]
        rows.append([city_name(city, case.names), *row])
    return rows


LAYOUTS: dict[str, Callable[[Case, Cells, np.random.Generator], Sheets]] = {
    "long_portal": long_portal,
    "long_columns": long_columns,
    "wide_titled": wide_titled,
    "wide_indicator": wide_indicator,
    "flat_columns": flat_columns,
    "sheet_per_year": sheet_per_year,
    "paired": paired,
    "continued": continued,
    "continued_sheet": continued_sheet,
}


def as_text(rows: list[list[object]], separator: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()


def to_csv(case: Case, sheets: Sheets, folder: Path) -> Path:
    [rows] = sheets.values()
    path = folder / f"{case.name}.csv"
    path.write_bytes(as_text(rows, case.separator).encode(case.encoding))
    return path


def to_folder(case: Case, sheets: Sheets, folder: Path) -> Path:
    """One file a sheet, named by it; beside them a file that is no table."""
    target = folder / case.name
    target.mkdir()
    for name, rows in sheets.items():
        (target / f"各城市{name}.csv").write_bytes(
            as_text(rows, case.separator).encode(case.encoding)
        )
    (target / "readme.md").write_text("notes", encoding="utf-8")
    return target


def to_xlsx(case: Case, sheets: Sheets, folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if value == "" else value for value in row])
        if case.layout == "paired":
            _merge_pairs(sheet, len(rows[0]))
    path = folder / f"{case.name}.xlsx"
    book.save(path)
    return path


def _merge_pairs(sheet: openpyxl.worksheet.worksheet.Worksheet, width: int) -> None:
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    for column in range(2, width, 2):
        sheet.merge_cells(start_row=2, end_row=2, start_column=column, end_column=column + 1)


def to_xlsm(case: Case, sheets: Sheets, folder: Path) -> Path:
    """A workbook with macros: the same sheets and a vbaProject part."""
    plain = to_xlsx(case, sheets, folder)
    path = plain.with_suffix(".xlsm")
    shutil.move(plain, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 macros")
    return path


def to_dta(case: Case, sheets: Sheets, folder: Path) -> Path:
    """Stata: short names, headings as variable labels."""
    [rows] = sheets.values()
    names = [f"v{i}" for i in range(len(rows[0]))]
    frame = pd.DataFrame(rows[1:], columns=names)
    for name in names[3:]:
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    frame["v2"] = frame["v2"].astype("int16")
    path = folder / f"{case.name}.dta"
    labels = dict(zip(names, map(str, rows[0]), strict=True))
    frame.to_stata(path, write_index=False, version=118, variable_labels=labels)
    return path


def to_xls(case: Case, sheets: Sheets, folder: Path) -> Path:
    """A BIFF8 workbook in an OLE container, written record by record."""
    path = folder / f"{case.name}.xls"
    path.write_bytes(ole_container(biff_workbook(sheets)))
    return path


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 1996, 0, 6))


def biff_workbook(sheets: Sheets) -> bytes:
    """Globals (with the place of every sheet), then the sheets, cells as NUMBER and LABEL."""
    bodies = [_biff_sheet(rows) for rows in sheets.values()]
    places = [0] * len(bodies)
    for _ in range(2):  # the first round only measures the globals
        start = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200))
        for name, place in zip(sheets, places, strict=True):
            text = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
            start += _record(0x0085, struct.pack("<IBB", place, 0, 0) + text)
        start += _record(0x000A)
        lengths = np.cumsum([len(start), *map(len, bodies)])
        places = [int(n) for n in lengths[:-1]]
    return start + b"".join(bodies)


def _biff_sheet(rows: list[list[object]]) -> bytes:
    extent = struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0)
    out = _begin(0x0010) + _record(0x0200, extent)
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            at = struct.pack("<HHH", r, c, 0)
            if isinstance(value, int | float):
                out += _record(0x0203, at + struct.pack("<d", value))
            elif value != "":
                text = str(value)
                coded = struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")
                out += _record(0x0204, at + coded)
    return out + _record(0x000A)


def ole_container(stream: bytes) -> bytes:
    """Container with one stream named Workbook: header, allocation table, directory, sectors."""
    size = max(len(stream), 4096)  # shorter streams would live in a stream of their own
    sectors = -(-size // 512)
    content = stream.ljust(sectors * 512, b"\0")
    tables = -(-(sectors + 1) // 127)
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE]
    first = tables + 1
    chain += [*range(first + 1, first + sectors), 0xFFFFFFFE]
    chain += [0xFFFFFFFF] * (tables * 128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *[*range(tables), *[0xFFFFFFFF] * (109 - tables)])
    root = _entry("Root Entry", 5, 0xFFFFFFFE, 0, 1)
    book = _entry("Workbook", 2, first, size, 0xFFFFFFFF)
    directory = (root + book).ljust(512, b"\0")
    return header + struct.pack(f"<{len(chain)}I", *chain) + directory + content


def _entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
    coded = (name + "\0").encode("utf-16-le")
    none = 0xFFFFFFFF
    head = coded.ljust(64, b"\0") + struct.pack("<HBBIII", len(coded), kind, 1, none, none, child)
    return head + b"\0" * 36 + struct.pack("<III", start, size, 0)


CONTAINERS: dict[str, Callable[[Case, Sheets, Path], Path]] = {
    "csv": to_csv,
    "folder": to_folder,
    "xlsx": to_xlsx,
    "xlsm": to_xlsm,
    "xls": to_xls,
    "dta": to_dta,
}
MARKS = ("", "-", "--", "—", "——", "…", "……", "...", "NA", "#N/A", "（空）", "－", " ")
ALL = tuple(term.name for term in TERMS)
CODED = {"headings": {t.code: (t.name, t.unit) for t in TERMS}}
BOTH = {"scope": "both"}
THREE = ("population", "hukou_population", "employed_mining")

CASES = (
    Case("plain", "long_columns"),
    Case("bom", "long_columns", encoding="utf-8-sig"),
    Case("gb18030", "long_columns", encoding="gb18030"),
    Case("utf16", "long_columns", encoding="utf-16"),
    Case("utf16_no_bom_tab", "long_columns", encoding="utf-16-le", separator="\t"),
    Case("utf16_be", "long_columns", encoding="utf-16-be"),
    Case("tab", "long_columns", separator="\t", encoding="gb18030"),
    Case("semicolon", "long_columns", separator=";"),
    Case("bar", "long_columns", separator="|", numbers="grouped"),
    Case("marks", "long_columns", marks=MARKS, terms=ALL),
    Case("grouped", "long_columns", numbers="grouped", terms=ALL),
    Case("fullwidth_digits", "long_columns", numbers="fullwidth", marks=MARKS),
    Case("footnoted", "long_columns", numbers="noted", extras=("notes",)),
    Case("unicode_minus", "long_columns", numbers="minus", terms=("natural_growth_rate",)),
    Case("units_behind", "long_columns", numbers="with_unit"),
    Case("mixed_units", "long_columns", numbers="mixed_units"),
    Case("english", "long_columns", heads="english", names="pinyin", terms=ALL),
    Case("underscore", "long_columns", heads="underscore", terms=ALL),
    Case("square", "long_columns", heads="square", encoding="gb18030"),
    Case("slash", "long_columns", heads="slash"),
    Case("coded", "long_columns", heads="coded", terms=ALL, kwargs=CODED),
    Case("unit_row", "long_columns", extras=("unit_row",), terms=ALL),
    Case("totals", "long_columns", extras=("totals", "notes")),
    Case("counties", "long_columns", extras=("counties",)),
    Case("unknown_name", "long_columns", extras=("unknown",)),
    Case("identical_rows", "long_columns", extras=("twice",)),
    Case("blank_columns", "long_columns", extras=("blank_columns", "year_word")),
    Case("junk_column", "long_columns", extras=("junk_column",)),
    Case("bare_names", "long_columns", names="bare"),
    Case("spaced_names", "long_columns", names="spaced"),
    Case("wide_names", "long_columns", names="wide", encoding="gb18030"),
    Case("former_names", "long_columns", names="former"),
    Case("traditional", "long_columns", names="traditional"),
    Case("codes_text", "long_columns", names="code"),
    Case("codes_four", "long_columns", names="four"),
    Case("portal", "long_portal", terms=ALL, marks=MARKS),
    Case("portal_gb", "long_portal", encoding="gb18030", numbers="grouped"),
    Case("portal_xlsx", "long_portal", "xlsx", numbers="float"),
    Case("wide_years", "wide_titled"),
    Case("wide_years_gb", "wide_titled", encoding="gb18030", extras=("year_word",), marks=MARKS),
    Case("wide_years_xlsx", "wide_titled", "xlsx", numbers="float", names="spaced"),
    Case("wide_separators", "wide_titled", extras=("separators",), names="bare"),
    Case("wide_pinyin", "wide_titled", "xlsx", extras=("separators",), names="pinyin"),
    Case("wide_gdp", "wide_titled", terms=("gdp_nominal",), numbers="grouped"),
    Case("wide_indicator", "wide_indicator", terms=ALL),
    Case("wide_indicator_xlsx", "wide_indicator", "xlsx", numbers="float", names="bare"),
    Case("flat", "flat_columns", terms=ALL),
    Case("flat_xlsx", "flat_columns", "xlsx", numbers="float", names="former"),
    Case("sheets", "sheet_per_year", "xlsx", extras=("legend",)),
    Case(
        "sheets_word",
        "sheet_per_year",
        "xlsx",
        extras=("year_word",),
        heads="english",
        numbers="float",
        terms=ALL,
    ),
    Case("macros", "sheet_per_year", "xlsm", numbers="float"),
    Case("folder", "sheet_per_year", "folder"),
    Case("folder_gb", "sheet_per_year", "folder", encoding="gb18030", extras=("year_word",)),
    Case("pairs", "paired", "xlsx", kwargs=BOTH, numbers="float"),
    Case("pairs_csv", "paired", encoding="gb18030", names="spaced", kwargs=BOTH),
    Case("pairs_marks", "paired", marks=MARKS, terms=THREE, kwargs=BOTH, numbers="grouped"),
    Case("pairs_xlsx_text", "paired", "xlsx", names="spaced", kwargs=BOTH, numbers="fullwidth"),
    Case("continued", "continued", terms=ALL),
    Case("continued_xlsx", "continued", "xlsx", numbers="float"),
    Case("continued_sheet", "continued_sheet", "xlsx", terms=THREE),
    Case("stata", "long_columns", "dta", terms=ALL),
    Case("stata_coded", "long_columns", "dta", heads="coded", kwargs=CODED),
    Case("numbers_as_codes", "long_columns", "xlsx", names="number", numbers="float"),
    Case("own_names", "long_columns", "xlsx", heads="chinese", numbers="with_unit"),
    Case("xls_sheets", "sheet_per_year", "xls", numbers="float", terms=ALL),
    Case("xls_text", "wide_titled", "xls", names="spaced", numbers="grouped", marks=MARKS),
    Case("xls_pairs", "paired", "xls", numbers="float", kwargs=BOTH),
)
