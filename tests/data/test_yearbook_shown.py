"""What a sheet shows is what is read: percent and scaling formats, hidden sheets, rows, columns."""

import importlib.util
import struct
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from econshrink.core.errors import DataError
from econshrink.data import read_yearbook
from econshrink.data.open.shown import changes, shown


def _generator():
    name = "yearbook_files"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


FILES = _generator()
BEGIN, RECORD = FILES._begin, FILES._record
CITIES = ("石家庄市", "邯郸市", "保定市", "唐山市")
CODES = ("130100", "130400", "130600", "130200")


def book(tmp_path, heading, cells, formats, edit=lambda _: None):
    """A workbook of four cities; `formats` are the number formats of the figures."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["城市", "年份", heading])
    for city, value, code in zip(CITIES, cells, formats, strict=True):
        sheet.append([city, 2010, value])
        sheet.cell(sheet.max_row, 3).number_format = code
    edit(workbook)
    path = tmp_path / "a.xlsx"
    workbook.save(path)
    return path


def figures(reading, variable):
    return [float(reading.panel.frame.loc[(code, 2010), variable]) for code in CODES]


@pytest.mark.parametrize(
    ("value", "code", "seen"),
    [
        (0.8012, "0.00%", "80.12%"),
        (-0.01, "0%;[Red](0%)", "-1%"),
        (80.12, '0.00"%"', "80.12%"),
        (8.01, '0.00"‰"', "8.01‰"),
        (12345.0, "#,##0,", 12.345),
        (12345.0, "0.0,", 12.345),
        (1234500.0, "0!.0,", 123.45),
        (12345.0, "0!.0000", 1.2345),
        (50000.0, '[>=10000]0!.0,"万";0', "5万"),
        (500.0, '[>=10000]0!.0,"万";0', 500.0),
        (0.0, "0;-0;;@", None),
        (5.0, ";;;", None),
        (5.0, "#,##0.00", 5.0),
        (2010.0, '0"年"', 2010.0),
        (0.0, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', 0.0),
    ],
)
def test_a_number_is_what_its_format_shows(value, code, seen):
    assert shown(value, code) == seen
    assert changes(code) or seen == value


@pytest.mark.parametrize("heading", ["城镇化率（%）", "城镇化率"])
def test_a_percent_format_is_divided_once(tmp_path, heading):
    path = book(tmp_path, heading, [0.8012, 80.12, 0.5, "45.5%"],
                ["0.00%", "General" if "%" in heading else '0.00"%"', "0%", "General"])  # fmt: skip
    reading = read_yearbook(path)
    assert figures(reading, "urban_share") == [0.8012, 0.8012, 0.5, 0.455]
    assert any("as their number formats show" in note for note in reading.report.notes)


def test_scaled_formats_are_read_as_shown(tmp_path):
    path = book(tmp_path, "常住人口（万人）", [1234500, 123.45, 1234500, 99], ["0!.0,", "0.00"] * 2)
    reading = read_yearbook(path)
    assert figures(reading, "population") == [1234500.0, 1234500.0, 1234500.0, 990000.0]


def test_a_percent_format_over_persons_is_refused(tmp_path):
    path = book(tmp_path, "常住人口（万人）", [0.5, 1, 2, 3], ["0%", *["General"] * 3])
    with pytest.raises(DataError, match="the unit '%'"):
        read_yearbook(path)


def test_a_zero_that_is_not_shown_is_no_zero(tmp_path):
    path = book(tmp_path, "常住人口（万人）", [0, 1, 2, 3], ["0;-0;;@"] * 4)
    reading = read_yearbook(path)
    assert reading.report.missing["city"].tolist() == ["130100"]
    assert any("do not show" in note for note in reading.report.notes)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_told_and_read_only_if_asked(tmp_path, state):
    def edit(workbook):
        sheet = workbook.create_sheet("旧")
        sheet.append(["城市", "年份", "GDP（亿元）"])
        sheet.append(["石家庄市", 2010, 5])
        sheet.sheet_state = state

    path = book(tmp_path, "常住人口（万人）", [4, 1, 2, 3], ["General"] * 4, edit)
    reading = read_yearbook(path)
    assert reading.panel.variables == ("population",)
    assert any("hidden sheet of 2 rows, not read" in note for note in reading.report.notes)
    assert any("hidden sheet" in note for note in reading.report.skipped)
    asked = read_yearbook(path, hidden=True)
    assert "gdp_nominal" in asked.panel.variables
    assert any("read as asked" in note for note in asked.report.notes)


def test_hidden_rows_and_columns_are_told_and_read_only_if_asked(tmp_path):
    def edit(workbook):
        sheet = workbook.active
        sheet["D1"], sheet["D2"] = "GDP（亿元）", 7
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["D"].hidden = True

    path = book(tmp_path, "常住人口（万人）", [4, 1, 2, 3], ["General"] * 4, edit)
    reading = read_yearbook(path)
    assert reading.panel.variables == ("population",)
    assert reading.panel.frame.index.get_level_values("city").tolist() == [
        "130100", "130200", "130600",
    ]  # fmt: skip
    assert any("hidden row 3 and column D, not read" in note for note in reading.report.notes)
    asked = read_yearbook(path, hidden=True)
    assert len(asked.panel.frame) == 4
    assert "gdp_nominal" in asked.panel.variables


def test_a_merged_heading_over_a_hidden_column_stays(tmp_path):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["城市", "常住人口（万人）", ""])
    sheet.append(["", 2009, 2010])
    sheet.append(["石家庄市", 3, 4])
    sheet.append(["邯郸市", 1, 2])
    sheet.merge_cells("B1:C1")
    sheet.column_dimensions["B"].hidden = True
    path = tmp_path / "a.xlsx"
    workbook.save(path)
    frame = read_yearbook(path).panel.frame
    assert frame["population"].dropna().tolist() == [40000.0, 20000.0]


def old_book(styles, cells, hidden_row=None, state=0):
    """A BIFF8 workbook of one sheet whose figures use the styles given by number."""
    rows = [
        ["城市", "年份", "城镇化率（%）"],
        *([c, 2010, v] for c, v in zip(CITIES, cells, strict=True)),
    ]
    body = BEGIN(0x0010) + RECORD(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, 3, 0))
    if hidden_row is not None:
        body += RECORD(0x0208, struct.pack("<HHHHHHHH", hidden_row, 0, 3, 255, 0, 0, 0x20, 0))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            style = styles[r - 1] if r and c == 2 else 0
            at = struct.pack("<HHH", r, c, style)
            if isinstance(value, str):
                coded = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                body += RECORD(0x0204, at + coded)
            else:
                body += RECORD(0x0203, at + struct.pack("<d", value))
    body += RECORD(0x000A)
    code = '0.0"%"'
    text = struct.pack("<HHB", 164, len(code), 0) + code.encode("latin-1")
    looks = RECORD(0x041E, text)
    for number in (0, 10, 164):  # General, 0.00 %, our own
        looks += RECORD(0x00E0, struct.pack("<HH16x", 0, number))
    place = 0
    for _ in range(2):
        start = BEGIN(0x0005) + RECORD(0x0042, struct.pack("<H", 1200)) + looks
        name = struct.pack("<BB", 1, 1) + "表".encode("utf-16-le")
        start += RECORD(0x0085, struct.pack("<IBB", place, state, 0) + name) + RECORD(0x000A)
        place = len(start)
    return FILES.ole_container(start + body)


def test_old_workbooks_are_read_as_shown(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(old_book((1, 0, 2, 1), (0.8012, 80.12, 80.12, 0.5)))
    assert figures(read_yearbook(path), "urban_share") == [0.8012, 0.8012, 0.8012, 0.5]


def test_hidden_rows_of_old_workbooks_are_told(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(old_book((1, 0, 2, 1), (0.8, 80.0, 80.0, 0.5), hidden_row=2))
    reading = read_yearbook(path)
    assert "130400" not in reading.panel.frame.index.get_level_values("city")
    assert any("hidden row 3, not read" in note for note in reading.report.notes)


def test_a_book_of_hidden_sheets_alone_says_so_and_the_remedy_works(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(old_book((0, 0, 0, 0), (80.0, 80.0, 80.0, 50.0), state=1))
    with pytest.raises(DataError, match="hidden=True"):
        read_yearbook(path)
    assert np.isclose(figures(read_yearbook(path, hidden=True), "urban_share")[3], 0.5)
