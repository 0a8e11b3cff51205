"""Damaged copies of the embedded tables must end in one error that says where the damage is."""

import csv
import gzip
import io
import re
import shutil
from pathlib import Path

import pytest

from econshrink.core.errors import DataError
from econshrink.data.china.schemas import SCHEMAS
from econshrink.data.china.store import FOLDER, records, stored
from econshrink.data.open.checked import TableSchema, Text, decompress, inspect, read_table


@pytest.fixture
def folder(tmp_path):
    for path in [*FOLDER.glob("*.csv.gz"), FOLDER / "manifest.json"]:
        shutil.copy(path, tmp_path)
    return tmp_path


def edit(folder: Path, name: str, change) -> list[list[str]]:
    """Rewrite a table after `change` has mended its rows in place."""
    path = folder / f"{name}.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    change(rows)
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.write_bytes(gzip.compress(out.getvalue().encode()))
    return rows


def message(folder: Path, name: str) -> str:
    with pytest.raises(DataError) as caught:
        stored(name, folder)
    text = str(caught.value)
    assert f"{name}.csv.gz" in text
    assert "Reinstall econshrink" in text
    return text


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_embedded_table_passes_the_full_inspection(name):
    codes = None
    if name not in {"units", "fingerprints"}:
        codes = frozenset(stored("units")["city"])
    raw = decompress(FOLDER / f"{name}.csv.gz")
    assert inspect(raw, name, SCHEMAS[name], records()[name], codes) == []


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_quick_path_and_the_inspected_path_give_the_same_frame(name):
    slow = read_table(FOLDER / f"{name}.csv.gz", SCHEMAS[name])
    assert slow.equals(stored(name))
    assert len(slow) == records()[name].rows


def test_truncated_file(folder):
    path = folder / "population.csv.gz"
    path.write_bytes(path.read_bytes()[:20_000])
    text = message(folder, "population")
    assert "stops early" in text
    line = int(text.split("after line ")[1].split(":")[0])
    assert 1000 < line < 8046
    assert "8047 lines" in text


def test_flipped_byte(folder):
    path = folder / "population.csv.gz"
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2] ^= 0xFF
    path.write_bytes(bytes(packed))
    assert "after line" in message(folder, "population") or "column" in message(
        folder, "population"
    )


def test_wrong_checksum_at_the_end_of_the_stream(folder):
    path = folder / "adjacency.csv.gz"
    packed = bytearray(path.read_bytes())
    packed[-6] ^= 0xFF
    path.write_bytes(bytes(packed))
    assert "after line 970" in message(folder, "adjacency")


def test_bytes_after_the_stream(folder):
    path = folder / "units.csv.gz"
    path.write_bytes(path.read_bytes() + b"tail")
    assert "4 bytes after the end" in message(folder, "units")


@pytest.mark.parametrize("content", [b"", b"city,year\n230400,2010\n"])
def test_not_a_gzip_file(folder, content):
    (folder / "gdp.csv.gz").write_bytes(content)
    assert "gzip stream" in message(folder, "gdp")


def test_missing_file(folder):
    (folder / "census.csv.gz").unlink()
    assert "no readable file" in message(folder, "census")


def test_repeated_city_and_year(folder):
    rows = edit(folder, "population", lambda rows: rows.insert(41, rows[40]))
    text = message(folder, "population")
    assert f"line 42, column city, year: saw ({rows[40][0]}, {rows[40][1]}) again" in text
    assert "first in line 41" in text
    assert "8047 rows; expected 8046 rows" in text


@pytest.mark.parametrize("cell", ["abc", "nan", "inf", "1e6", "", "-5", "12.5"])
def test_cell_that_is_no_number_of_persons(folder, cell):
    def spoil(rows):
        rows[100][2] = cell

    edit(folder, "population", spoil)
    text = message(folder, "population")
    assert f"line 101, column population: saw {cell!r}" in text
    assert "expected a whole number from 1 to 50000000" in text


def test_cell_that_is_no_finite_number(folder):
    def spoil(rows):
        rows[7][3] = "inf"
        rows[9][4] = "a lot"

    edit(folder, "gdp", spoil)
    text = message(folder, "gdp")
    assert "line 8, column gdp_first_release: saw 'inf'" in text
    assert "line 10, column gdp_index: saw 'a lot'" in text


@pytest.mark.parametrize(
    ("code", "expected"),
    [("999999", "a unit code of the table of units"), ("23040", "a six-digit unit code")],
)
def test_unknown_unit_code(folder, code, expected):
    def spoil(rows):
        rows[-1][0] = code

    edit(folder, "built_up", spoil)
    text = message(folder, "built_up")
    assert f"column city: saw '{code}'; expected {expected}" in text


@pytest.mark.parametrize("year", ["1890", "2031", "20I0"])
def test_year_out_of_range(folder, year):
    def spoil(rows):
        rows[5][1] = year

    edit(folder, "population", spoil)
    text = message(folder, "population")
    assert f"line 6, column year: saw {year!r}; expected a whole number from 1998 to 2024" in text


def test_missing_row(folder):
    gone = edit(folder, "population", lambda rows: rows.pop(200))
    city = gone[200][0]
    text = message(folder, "population")
    assert "8045 rows; expected 8046 rows" in text
    assert f"rows of city {city}: saw 26 rows; expected 27 rows" in text


def test_missing_city(folder):
    def spoil(rows):
        rows[:] = [row for row in rows if row[0] != "230400"]

    edit(folder, "population", spoil)
    assert "rows of city 230400: saw 0 rows; expected 27 rows" in message(folder, "population")


def test_edited_cell_of_a_plausible_value(folder):
    def spoil(rows):
        row = next(row for row in rows if row[:2] == ["230400", "2020"])
        row[2] = str(int(row[2]) + 100)

    edit(folder, "population", spoil)
    text = message(folder, "population")
    assert "population.csv.gz, column population: saw figures that differ" in text
    assert "rows of city 230400: saw 27 rows with other contents" in text


def test_rows_out_of_order(folder):
    def spoil(rows):
        rows[3], rows[4] = rows[4], rows[3]

    edit(folder, "census", spoil)
    assert "line 5, column city, year" in message(folder, "census")


def test_other_header(folder):
    def spoil(rows):
        rows[0][2] = "people"

    edit(folder, "population", spoil)
    text = message(folder, "population")
    assert "line 1: saw columns city, year, people; expected columns city, year, population" in text


def test_row_with_too_few_cells(folder):
    edit(folder, "census_profile", lambda rows: rows[12].pop())
    assert "line 13: saw 95 cells; expected 96 cells" in message(folder, "census_profile")


def test_status_outside_the_vocabulary(folder):
    def spoil(rows):
        rows[3][3] = "guessed"

    edit(folder, "annual_status", spoil)
    assert "line 4, column status: saw 'guessed'" in message(folder, "annual_status")


def test_text_that_is_not_utf8(folder):
    path = folder / "units.csv.gz"
    raw = gzip.decompress(path.read_bytes()).replace("鹤岗市".encode(), "鹤岗市".encode("gbk"))
    path.write_bytes(gzip.compress(raw))
    assert "UTF-8" in message(folder, "units")


def test_other_line_ends_are_noticed(folder):
    path = folder / "adjacency.csv.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"\n", b"\r\n")))
    assert "other bytes than were written" in message(folder, "adjacency")


def test_empty_table(folder):
    (folder / "adjacency.csv.gz").write_bytes(gzip.compress(b""))
    assert "an empty file" in message(folder, "adjacency")


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1, "tables": {}}', '{"format": 9}'])
def test_damaged_manifest(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(DataError, match=r"manifest\.json: saw no usable manifest"):
        stored("units", folder)


def test_damaged_fingerprints_are_named_when_they_are_needed(folder):
    edit(folder, "population", lambda rows: rows.pop(200))
    edit(folder, "fingerprints", lambda rows: rows.pop(10))
    with pytest.raises(DataError, match=r"fingerprints\.csv\.gz: saw"):
        stored("population", folder)


def test_table_without_rows_can_be_read(tmp_path):
    path = tmp_path / "empty.csv.gz"
    path.write_bytes(gzip.compress(b"name\n"))
    assert read_table(path, TableSchema({"name": Text()}, ("name",))).shape == (0, 1)


def test_the_caller_owns_its_copy():
    first = stored("census")
    first.loc[0, "population"] = -1
    assert stored("census").loc[0, "population"] == 19_612_368


def test_sources_name_every_table_with_its_rows():
    text = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    for name, record in records().items():
        assert re.search(rf"^\| `{name}` \| {record.rows:,}( rings)? \|", text, re.MULTILINE), name
    assert "state\n  **no licence**" in text
    assert "SSRN 4049338" in text
