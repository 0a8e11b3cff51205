"""Hand-made hostile files: read correctly, or one clear error that names the place."""

import importlib.util
import io
import struct
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from econshrink.core.errors import DataError, EconshrinkError, MissingExtra
from econshrink.data import Limits, read_yearbook


def _generator():
    name = "yearbook_files"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


HEAD = "城市,年份,年末常住人口（万人）\n"


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path, rows, merges=(), name="表1"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(row)
    for merge in merges:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def refusal(path, **kwargs):
    with pytest.raises(DataError) as caught:
        read_yearbook(path, **kwargs)
    return str(caught.value)


def figure(reading, city, year, variable="population"):
    return float(reading.panel.frame.loc[(city, year), variable])


def replace_part(path, part, change):
    """Rewrite one part of an xlsx container."""
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


# --- containers -----------------------------------------------------------------------------


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = workbook(tmp_path / "bomb.xlsx", [["城市", 2010]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", b"\0" * 30_000_000)
    assert path.stat().st_size < 100_000
    message = refusal(path, limits=Limits(unpacked_bytes=20_000_000))
    assert "bomb.xlsx" in message
    assert "when unpacked" in message
    assert "20,000,000" in message


def test_a_part_that_declares_too_small_a_size_is_refused(tmp_path):
    path = workbook(tmp_path / "liar.xlsx", [["城市", "年份"], *[["石家庄市", 2010]] * 200])
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
        size = entry.file_size
    content = path.read_bytes()
    # The central directory holds the declared size; the honest one is replaced by a tenth.
    lied = content.replace(struct.pack("<L", size), struct.pack("<L", size // 10))
    assert lied != content
    path.write_bytes(lied)
    assert "damaged" in refusal(path)


def test_a_million_rows_are_refused_quickly(tmp_path):
    path = workbook(tmp_path / "million.xlsx", [["城市", 2010], ["石家庄市", 1]])
    rows = b'<row r="3"></row>' * 1_000_000
    replace_part(
        path,
        "xl/worksheets/sheet1.xml",
        lambda x: x.replace(b"</sheetData>", rows + b"</sheetData>"),
    )
    start = time.perf_counter()
    message = refusal(path)
    assert time.perf_counter() - start < 10
    assert "million.xlsx" in message
    assert "rows" in message
    assert "500,000" in message


def test_one_far_cell_does_not_make_a_sheet_of_billions(tmp_path):
    path = workbook(tmp_path / "far.xlsx", [["城市", 2010], ["石家庄市", 1]])
    cell = b'<row r="400000"><c r="XFD400000"><v>1</v></c></row></sheetData>'
    replace_part(path, "xl/worksheets/sheet1.xml", lambda x: x.replace(b"</sheetData>", cell))
    assert "16,384 columns" in refusal(path)
    assert "cells" not in refusal(path)
    assert "400,000 rows and 16,384 columns" in refusal(path, limits=Limits(columns=20_000))


def test_a_long_csv_beyond_the_limit_is_refused(tmp_path):
    path = write(tmp_path / "long.csv", HEAD + "石家庄市,2010,1\n" * 50)
    message = refusal(path, limits=Limits(rows=20))
    assert "long.csv" in message
    assert "at most 20 rows" in message


def test_truncated_workbook(tmp_path):
    path = workbook(tmp_path / "cut.xlsx", [["城市", 2010], ["石家庄市", 1]])
    path.write_bytes(path.read_bytes()[:-200])
    message = refusal(path)
    assert "cut.xlsx" in message
    assert "damaged or truncated workbook" in message


def test_damaged_sheet_inside_an_intact_container(tmp_path):
    path = workbook(tmp_path / "torn.xlsx", [["城市", 2010], ["石家庄市", 1]])
    replace_part(path, "xl/worksheets/sheet1.xml", lambda x: x[: len(x) // 2])
    message = refusal(path)
    assert "torn.xlsx" in message


def test_password_protected_workbook(tmp_path):
    # An OLE container with the stream of an encrypted package, as spreadsheet programs write it.
    path = tmp_path / "secret.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le")
    )
    message = refusal(path)
    assert "secret.xlsx" in message
    assert "password-protected" in message


FILES = _generator()


def xls(path, rows):
    path.write_bytes(FILES.ole_container(FILES.biff_workbook({"Sheet1": rows})))
    return path


def test_old_workbook_with_a_far_cell_is_refused(tmp_path):
    path = xls(tmp_path / "far.xls", [["城市", 2010], ["石家庄市", 1.0]])
    content = path.read_bytes()
    cell = struct.pack("<HHHHH", 0x0203, 14, 1, 1, 0)
    assert content.count(cell) == 1
    far = struct.pack("<HHHHH", 0x0203, 14, 65535, 65535, 0)
    path.write_bytes(content.replace(cell, far))
    message = refusal(path)
    assert "far.xls" in message
    assert "65,536 rows and 65,536 columns" in message


def test_old_workbook_with_a_password(tmp_path):
    path = xls(tmp_path / "secret.xls", [["城市", 2010], ["石家庄市", 1.0]])
    content = path.read_bytes()
    codepage = struct.pack("<HH", 0x0042, 2)
    path.write_bytes(content.replace(codepage, struct.pack("<HH", 0x002F, 2), 1))
    assert "password-protected" in refusal(path)


def test_truncated_old_workbook(tmp_path):
    rows = [["城市", 2010], *[["石家庄市", float(i)] for i in range(400)]]
    path = xls(tmp_path / "cut.xls", rows)
    path.write_bytes(path.read_bytes()[:6000])
    message = refusal(path)
    assert "cut.xls" in message
    assert "damaged workbook" in message


@pytest.mark.parametrize("name", ["plain", "portal_xlsx", "xls_sheets", "stata", "utf16"])
def test_damaged_bytes_end_in_a_reading_or_in_one_clear_error(name, tmp_path):
    case = next(c for c in FILES.CASES if c.name == name)
    truth = FILES.write_case(case, tmp_path)
    whole = truth.path.read_bytes()
    rng = np.random.default_rng(7)
    refused = []
    for _ in range(12):
        content = bytearray(whole)
        for place in rng.integers(0, len(whole), 4):
            content[place] ^= int(rng.integers(1, 256))
        cut = len(whole) if rng.random() < 0.5 else int(rng.integers(1, len(whole)))
        truth.path.write_bytes(bytes(content[:cut]))
        try:
            report = read_yearbook(truth.path, detect=False).report
        except EconshrinkError as problem:
            refused.append(str(problem))
        else:
            assert report.rows_in == report.rows_kept + len(report.rows)
    assert refused
    assert all(truth.path.name in message for message in refused)


def test_macros_are_not_run_and_told(tmp_path):
    rows = [["城市", "年份", "年末常住人口（万人）"], ["石家庄市", 2010, 1016.38]]
    path = workbook(tmp_path / "macro.xlsm", rows)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macros")
    reading = read_yearbook(path)
    assert figure(reading, "130100", 2010) == 10163800.0
    assert "macros" in reading.report.files[0]


@pytest.mark.parametrize(
    ("name", "content", "seen"),
    [
        ("empty.csv", b"", "an empty file"),
        ("page.xls", b"<html><table><tr><td>1</td></tr></table></html>", "a web page"),
        ("book.pdf", b"%PDF-1.7 ...", "a PDF file"),
        ("word.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "without a workbook"),
        ("zip.xlsx", None, "an archive without a workbook"),
        ("noise.csv", bytes(range(128, 256)) * 4, "no text in UTF-8"),
        ("one.csv", "城市\n石家庄市\n".encode(), "text in a single column"),
        ("bad.dta", b"<stata_dta>nonsense", "a damaged Stata file"),
    ],
)
def test_files_that_are_no_tables(name, content, seen, tmp_path):
    path = tmp_path / name
    if content is None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a.txt", "a")
        content = buffer.getvalue()
    path.write_bytes(content)
    message = refusal(path)
    assert name in message
    assert seen in message


def test_old_stata_file_with_chinese_text(tmp_path):
    def old(text):
        return text.encode("gb18030").decode("latin-1")

    path = tmp_path / "old.dta"
    frame = pd.DataFrame(
        {"v1": [old("石家庄市"), old("唐山")], "v2": [2010, 2010], "v3": [1016.38, 757.5]}
    )
    labels = {"v1": old("城市"), "v2": old("年份"), "v3": old("常住人口（万人）")}
    frame.to_stata(path, write_index=False, version=114, variable_labels=labels)
    reading = read_yearbook(path)
    assert reading.panel.frame["population"].tolist() == [10163800.0, 7575000.0]


def test_text_with_the_ending_of_a_workbook_is_read(tmp_path):
    path = write(
        tmp_path / "portal.xls", HEAD.replace(",", "\t") + "石家庄市\t2010\t1016.38\n", "gb18030"
    )
    assert figure(read_yearbook(path), "130100", 2010) == 10163800.0


def test_missing_file_and_empty_folder(tmp_path):
    assert "no such file" in refusal(tmp_path / "nothing.csv")
    assert "without yearbook files" in refusal(tmp_path)


def test_every_unreadable_file_of_a_folder_is_named(tmp_path):
    write(tmp_path / "a.csv", HEAD + "石家庄市,2010,1\n")
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "c.csv").write_bytes(b"")
    message = refusal(tmp_path)
    assert "b.xlsx" in message
    assert "c.csv" in message


def test_parquet_needs_the_extra(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1....PAR1")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingExtra, match=r"econshrink\[io\]"):
        read_yearbook(path)


# --- cells ----------------------------------------------------------------------------------


def test_formula_without_a_stored_value_is_named(tmp_path):
    rows = [
        ["城市", "年份", "年末常住人口（万人）"],
        ["石家庄市", 2010, 1016.38],
        ["唐山市", 2010, "=C2+1"],
    ]
    message = refusal(workbook(tmp_path / "formula.xlsx", rows))
    assert "formula.xlsx, sheet 表1, row 3, column C" in message
    assert "a formula without a stored value" in message


def test_formula_with_a_stored_value_is_read(tmp_path):
    rows = [["城市", "年份", "年末常住人口（万人）"], ["石家庄市", 2010, "=1000+16.38"]]
    path = workbook(tmp_path / "stored.xlsx", rows)
    replace_part(
        path,
        "xl/worksheets/sheet1.xml",
        lambda x: x.replace(b"<v />", b"<v>1016.38</v>").replace(b"<v/>", b"<v>1016.38</v>"),
    )
    assert figure(read_yearbook(path), "130100", 2010) == 10163800.0


def test_error_values_are_missing_with_the_reason(tmp_path):
    rows = [
        ["城市", "年份", "年末常住人口（万人）"],
        ["石家庄市", 2010, 1016.38],
        ["唐山市", 2010, "#DIV/0!"],
    ]
    missing = read_yearbook(workbook(tmp_path / "error.xlsx", rows)).report.missing
    assert missing[["city", "reason", "mark"]].to_numpy().tolist() == [
        ["130200", "error value in the sheet", "#DIV/0!"]
    ]


@pytest.mark.parametrize("text", ["约100", "12,34", "1.2.3", "100-200", "1234,567", "abc", "(123)"])
def test_text_among_figures_is_named(text, tmp_path):
    path = write(tmp_path / "text.csv", HEAD + f'石家庄市,2010,1\n唐山市,2010,"{text}"\n')
    message = refusal(path)
    assert "file text.csv, row 3, column C" in message
    assert text in message


def test_all_faults_are_told_at_once(tmp_path):
    path = write(tmp_path / "many.csv", HEAD + "石家庄市,2010,a\n唐山市,201,1\n秦皇岛市,2010,b\n")
    message = refusal(path)
    assert message.startswith("3 problems")
    assert "row 2, column C" in message
    assert "row 3, column B" in message
    assert "row 4, column C" in message


def test_unquoted_thousands_shift_a_csv_row_and_are_named(tmp_path):
    text = "城市,年份,年末常住人口（万人）,地区生产总值（亿元）\n石家庄市,2010,1,016.38,3401\n"
    message = refusal(write(tmp_path / "shift.csv", text))
    assert "file shift.csv, row 2, column E" in message
    assert "5 fields" in message


def test_short_csv_row_is_named(tmp_path):
    text = "城市,年份,年末常住人口（万人）\n石家庄市,2010,1016.38\n唐山市,2010\n"
    assert "file short.csv, row 3, column C" in refusal(write(tmp_path / "short.csv", text))


def test_unclosed_quotation_mark(tmp_path):
    text = HEAD + '石家庄市,2010,"1016.38\n唐山市,2010,757\n'
    assert "file quote.csv, row 2" in refusal(write(tmp_path / "quote.csv", text))


# --- headings and units -----------------------------------------------------------------------


def test_merged_headings(tmp_path):
    rows = [
        ["2-1 人口（2010年）", None, None, None],
        ["城市", "年末户籍人口（万人）", None, "年末常住人口（万人）"],
        [None, "全市", "市辖区", None],
        ["石家庄市", 981.43, 243.47, 1017.5],
    ]
    path = workbook(tmp_path / "merged.xlsx", rows, ("A1:D1", "A2:A3", "B2:C2", "D2:D3"))
    frame = read_yearbook(path, scope="both").panel.frame.loc[("130100", 2010)]
    assert frame.to_dict() == {
        "hukou_population": 9814300.0,
        "hukou_population_districts": 2434700.0,
        "population": 10175000.0,
    }


def test_a_child_heading_is_never_read_as_its_parent(tmp_path):
    text = "城市,年份,地区生产总值（亿元）,\n,,第一产业,其他\n石家庄市,2010,370.1,1\n"
    reading = read_yearbook(write(tmp_path / "child.csv", text))
    assert reading.panel.variables == ("gdp_primary",)
    assert reading.report.columns[0].reason == "heading not in the table"


def test_population_without_a_concept_lists_the_candidates(tmp_path):
    path = write(tmp_path / "pop.csv", "城市,年份,总人口（万人）\n石家庄市,2010,1016\n")
    message = refusal(path)
    assert "population, hukou_population" in message
    assert "column C" in message
    reading = read_yearbook(path, headings={"总人口": "hukou_population"})
    assert reading.panel.variables == ("hukou_population",)


def test_total_population_at_year_end_is_registered_with_a_note(tmp_path):
    path = write(tmp_path / "pop.csv", "城市,年份,年末总人口（万人）\n石家庄市,2010,981.43\n")
    reading = read_yearbook(path)
    assert reading.panel.variables == ("hukou_population",)
    assert any("registered" in note for note in reading.report.notes)


def test_figures_without_a_unit_are_refused_unless_it_is_given(tmp_path):
    path = write(tmp_path / "unit.csv", "城市,年份,年末常住人口\n石家庄市,2010,1016.38\n")
    assert "no unit for population" in refusal(path)
    reading = read_yearbook(path, units={"population": "万人"})
    assert figure(reading, "130100", 2010) == 10163800.0


def test_a_unit_that_does_not_measure_the_variable_is_refused(tmp_path):
    path = write(tmp_path / "unit.csv", "城市,年份,年末常住人口（亿元）\n石家庄市,2010,1\n")
    message = refusal(path)
    assert "the unit '亿元' (heading) for population" in message


def test_mixed_units_in_one_column_that_say_so_are_converted(tmp_path):
    text = HEAD + "石家庄市,2010,1016.38万人\n唐山市,2010,7577289人\n秦皇岛市,2010,298.76\n"
    reading = read_yearbook(write(tmp_path / "mixed.csv", text))
    frame = reading.panel.frame["population"]
    assert frame.tolist() == [10163800.0, 7577289.0, 2987600.0]


def test_mixed_units_that_say_nothing_are_flagged(tmp_path):
    rows = [f"石家庄市,{y},{1000 + 3 * y % 11}" for y in range(2003, 2010)]
    rows += [f"石家庄市,{y},{10160000 + 7 * y}" for y in (2010, 2011)]
    reading = read_yearbook(write(tmp_path / "slip.csv", HEAD + "\n".join(rows) + "\n"))
    flags = reading.report.flags
    assert set(flags.loc[flags["rule"] == "unit_slip", "year"]) == {2010, 2011}
    assert reading.panel.status.loc[("130100", 2010), "population"] == "suspect"


def test_year_of_the_edition_is_not_the_year_of_the_figures(tmp_path):
    path = write(
        tmp_path / "中国城市统计年鉴2011.csv", "城市,年末常住人口（万人）\n石家庄市,1016.38\n"
    )
    message = refusal(path)
    assert "no year but that of the edition" in message
    assert figure(read_yearbook(path, year=2010), "130100", 2010) == 10163800.0
    assert figure(read_yearbook(path, year={path.name: 2010}), "130100", 2010) == 10163800.0


def test_cities_across_the_columns_are_refused(tmp_path):
    text = "指标,石家庄市,唐山市,秦皇岛市\n年末常住人口（万人）,1,2,3\n"
    assert "cities across the columns" in refusal(write(tmp_path / "across.csv", text))


def test_headings_that_nobody_knows_are_named(tmp_path):
    message = refusal(write(tmp_path / "odd.csv", "城市,年份,幸福指数\n石家庄市,2010,1\n"))
    assert "幸福指数" in message
    assert "odd.csv" in message


def test_settings_that_do_not_exist_are_refused_together(tmp_path):
    path = write(tmp_path / "a.csv", HEAD + "石家庄市,2010,1\n")
    message = refusal(path, scope="all", county_level="keep", units={"people": "人"})
    assert message.startswith("3 problems")
    assert "one of" in refusal(path, headings={"x": "no_such_term"})
    assert "province 'Nowhere'" in refusal(path, province="Nowhere")


# --- cities ---------------------------------------------------------------------------------


def test_duplicated_city_with_another_figure_names_both_places(tmp_path):
    path = write(tmp_path / "twice.csv", HEAD + "石家庄市,2010,1016.38\n石家庄,2010,1000\n")
    message = refusal(path)
    assert "row 3, column C" in message
    assert "row 2, column C" in message
    assert "second time" in message


def test_pinyin_that_stands_for_two_cities_lists_both(tmp_path):
    text = "city,year,Resident Population (10 000 persons)\nSuzhou,2010,1046\nWuxi,2010,637\n"
    path = write(tmp_path / "pinyin.csv", text)
    message = refusal(path)
    assert "file pinyin.csv, row 2, column A" in message
    assert "320500" in message
    assert "341300" in message
    assert figure(read_yearbook(path, province="Jiangsu"), "320500", 2010) == 10460000.0


@pytest.mark.parametrize("name", ["Suzhou", "Taizhou", "Fuzhou", "Yichun", "Yulin"])
def test_all_five_pinyin_collisions_are_errors(name, tmp_path):
    text = f"city,year,Resident Population (10 000 persons)\n{name},2010,1\nWuxi,2010,2\n"
    assert "may be" in refusal(write(tmp_path / "a.csv", text))


def test_name_and_code_that_disagree_are_refused(tmp_path):
    text = "城市代码,城市,年份,年末常住人口（万人）\n130100,石家庄市,2010,1\n130200,邯郸市,2010,2\n"
    message = refusal(write(tmp_path / "code.csv", text))
    assert "row 3, column A" in message
    assert "130400" in message


def test_city_in_the_wrong_province_is_refused(tmp_path):
    text = "省份,城市,年份,年末常住人口（万人）\n河北省,石家庄市,2010,1\n山西省,邯郸市,2010,2\n"
    message = refusal(write(tmp_path / "province.csv", text))
    assert "row 3, column A" in message


def test_code_that_was_given_to_another_county_follows_the_year(tmp_path):
    text = (
        "行政区划代码,年份,年末常住人口（万人）\n469025,2005,16\n469025,2010,17\n460100,2005,160\n"
    )
    reading = read_yearbook(write(tmp_path / "old.csv", text))
    assert figure(reading, "469021", 2005) == 160000.0
    assert figure(reading, "469025", 2010) == 170000.0
    text = (
        "行政区划代码,常住人口2005年（万人）,常住人口2010年（万人）\n469025,16,17\n460100,160,205\n"
    )
    message = refusal(write(tmp_path / "wide.csv", text))
    assert "row 2, column A" in message
    assert "469025" in message
    assert "469021" in message


def test_figures_of_an_abolished_unit_end(tmp_path):
    text = HEAD + "巢湖市,2009,412\n巢湖市,2010,387\n巢湖市,2011,40\n石家庄市,2011,1027\n"
    reading = read_yearbook(write(tmp_path / "chaohu.csv", text))
    assert reading.panel.years == (2009, 2010, 2011)
    assert ("341400", 2011) not in reading.panel.frame.index
    [cell] = reading.report.cells
    assert (cell.row, cell.value) == (4, 400000.0)
    assert "abolished" in cell.reason


def test_county_level_cities_are_listed_or_added_up(tmp_path):
    text = "行政区划代码,年份,年末常住人口（万人）,在岗职工平均工资（元）\n130100,2010,1016,30000\n"
    text += "330702,2010,60.5,100\n330703,2010,30,200\n330782,2010,123.4,300\n"
    path = write(tmp_path / "county.csv", text)
    listed = read_yearbook(path)
    assert listed.panel.cities == ("130100",)
    assert sum("county-level code of 金华市" in n.reason for n in listed.report.rows) == 3
    added = read_yearbook(path, county_level="aggregate")
    assert figure(added, "330700", 2010) == 2139000.0
    assert added.panel.status.loc[("330700", 2010), "population"] == "estimated"
    assert pd.isna(added.panel.frame.loc[("330700", 2010), "mean_wage"])
    assert sum("not additive" in c.reason for c in added.report.cells) == 3
    assert added.report.rows_in == added.report.rows_kept + len(added.report.rows)


def test_county_sum_with_a_missing_part_is_not_made(tmp_path):
    text = "行政区划代码,年份,年末常住人口（万人）\n"
    text += "130100,2010,1016\n330702,2010,60.5\n330703,2010,…\n"
    reading = read_yearbook(write(tmp_path / "part.csv", text), county_level="aggregate")
    assert reading.panel.cities == ("130100",)
    assert any("missing" in cell.reason for cell in reading.report.cells)


def test_a_row_without_a_city_is_listed_not_given_to_its_neighbour(tmp_path):
    text = HEAD + "石家庄市,2010,1016\n,2010,757\n秦皇岛市,2010,299\n"
    reading = read_yearbook(write(tmp_path / "gap.csv", text))
    assert reading.panel.cities == ("130100", "130300")
    [note] = [n for n in reading.report.rows if n.row == 3]
    assert note.reason == "figures without a city"


def test_names_printed_once_a_run_are_carried_down(tmp_path):
    text = (
        HEAD + "石家庄市,2010,1016\n,2011,1028\n,2012,1039\n唐山市,2010,757\n,2011,763\n,2012,766\n"
    )
    frame = read_yearbook(write(tmp_path / "run.csv", text)).panel.wide("population")
    assert frame.loc["130200"].tolist() == [7570000.0, 7630000.0, 7660000.0]


def test_province_totals_are_kept_beside_the_panel(tmp_path):
    text = (
        "地区,年份,年末常住人口（万人）\n全国,2010,134091\n河北省,2010,7194\n石家庄市,2010,1016\n"
    )
    reading = read_yearbook(write(tmp_path / "totals.csv", text))
    assert reading.totals[["area", "value"]].to_numpy().tolist() == [
        ["000000", 1340910000.0],
        ["130000", 71940000.0],
    ]


def test_zero_between_large_values_is_flagged(tmp_path):
    rows = [f"石家庄市,{y},{v}" for y, v in ((2009, 1010.1), (2010, 0), (2011, 1028.3))]
    reading = read_yearbook(write(tmp_path / "zero.csv", HEAD + "\n".join(rows) + "\n"))
    assert reading.panel.status["population"].tolist() == ["reported", "suspect", "reported"]


@pytest.mark.parametrize(
    "address", ["C2999999999999999999", "XFD99999999", "AAAAAAA2", "c99999999"]
)
def test_an_address_beyond_any_sheet_is_refused_before_memory_is_set_aside(address, tmp_path):
    path = workbook(
        tmp_path / "a.xlsx", [["城市", "年份", "常住人口（万人）"], ["鹤岗市", 2010, 9]]
    )
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b'r="C2"', f'r="{address}"'.encode()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(DataError):
        read_yearbook(path)


def test_merged_ranges_beyond_the_sheet_cost_nothing(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx", [["城市", "年份", "常住人口（万人）"], ["鹤岗市", 2010, 9]]
    )
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b'<row r="2"', b'<row hidden="0" r="2"')
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(
        b"</sheetData>",
        b'<row r="3" hidden="1"><c r="A3"><v>1</v></c></row></sheetData>'
        b'<mergeCells><mergeCell ref="E5:XFD4000000000"/></mergeCells>',
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    started = time.perf_counter()
    assert len(read_yearbook(path).panel.frame) == 1
    assert time.perf_counter() - started < 5
