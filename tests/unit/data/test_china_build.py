"""The build: exact text arithmetic, recorded mappings, refusal of anything unexpected."""

import csv
import gzip
import io

import numpy as np
import pytest

from econshrink.core.errors import DataError
from econshrink.data.china.schemas import SCHEMAS
from econshrink.data.china.store import FOLDER, records
from econshrink.data.china.totals import check_official_totals
from tools.china import build
from tools.china.cells import scaled
from tools.china.reshape import _path
from tools.china.reshape_annual import change_rows, gdp_flags, gdp_rows, sector_flags
from tools.china.statuses import census_statuses, nominal_status, population_status


@pytest.fixture(scope="module")
def embedded():
    tables = {}
    for name in SCHEMAS:
        text = gzip.decompress((FOLDER / f"{name}.csv.gz").read_bytes()).decode()
        tables[name] = list(csv.DictReader(io.StringIO(text, newline="")))
    return tables


def test_embedded_rows_are_canonical_and_packed_without_time_or_name(embedded):
    for name, rows in embedded.items():
        raw = build.canonical(name, rows)
        packed = (FOLDER / f"{name}.csv.gz").read_bytes()
        assert gzip.decompress(packed) == raw
        assert packed[:10] == build.pack(raw)[:10]
        assert packed[3] == 0  # no file name
        assert packed[4:8] == bytes(4)  # no time


def test_writing_the_embedded_rows_again_gives_the_same_manifest(embedded, tmp_path):
    tables = {name: rows for name, rows in embedded.items() if name != "fingerprints"}
    build.write(tables, tmp_path)
    assert (tmp_path / "manifest.json").read_text() == (FOLDER / "manifest.json").read_text()
    assert {n: r.sha256 for n, r in records(tmp_path).items()} == {
        n: r.sha256 for n, r in records().items()
    }


ONE_MORE = (
    ("census", 0, "population", "19612369", "boundary-adjusted population 2010"),
    ("census", 1, "population", "21893096", "boundary-adjusted population 2020"),
    ("census_profile", 0, "population", "19612369", "tabulated population 2010"),
    ("census_profile", 1, "employed_mining_sample", "1388", "rows in which industries sum to"),
    ("census_age_sex", 0, "age_0", "55319", "rows in which ages sum to men and to women"),
    ("units", 0, "in_337", "0", "units in all, of the 337"),
    ("population", 0, "", "", "units with annual population, years each"),
    ("built_up", 0, "built_up_km2", "3235", "built-up: yearly steps, falls"),
)


def test_one_person_more_is_noticed(embedded, tmp_path):
    tables = {name: rows for name, rows in embedded.items() if name != "fingerprints"}
    for table, row, column, cell, _ in ONE_MORE:
        if not column:  # a whole row gone
            tables[table] = tables[table][1:]
            continue
        tables[table] = list(tables[table])
        tables[table][row] = dict(tables[table][row])
        assert tables[table][row][column] != cell
        tables[table][row][column] = cell
    build.write(tables, tmp_path)
    totals = check_official_totals(tmp_path)
    missed = totals.loc[~totals["ok"], "check"].tolist()
    for *_, check in ONE_MORE:
        assert any(name.startswith(check) for name in missed), check


def test_a_table_that_breaks_its_schema_is_not_written(embedded, tmp_path):
    pairs = embedded["adjacency"]
    tables = {"adjacency": [*pairs, pairs[0]], "units": embedded["units"]}
    with pytest.raises(DataError, match="adjacency, line 971"):
        build.write(tables, tmp_path)


def test_every_wrong_input_is_named_and_nothing_is_written(tmp_path, capsys):
    (tmp_path / "units.csv").write_text("unit_code\n")
    out = tmp_path / "out"
    out.mkdir()
    assert build.main(["--facts", str(tmp_path), "--out", str(out)]) == 1
    printed = capsys.readouterr().err
    assert "saw no adjacency.csv, " in printed
    assert printed.count("expected SHA-256") == 1  # the file that is there
    assert all(name in printed for name in build.INPUTS)
    assert list(out.iterdir()) == []


def test_the_folder_of_inputs_has_no_default(capsys):
    with pytest.raises(SystemExit) as stop:
        build.main([])
    assert stop.value.code == 2
    assert "--facts" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "power", "expected"),
    [
        ("0.1", 4, "1000"),
        ("3213.34", 4, "32133400"),
        ("99.99", -2, "0.9999"),
        ("0.0", 0, "0"),
        ("-0.99", -3, "-0.00099"),
        ("100", 0, "100"),
        ("1408280000", 0, "1408280000"),
    ],
)
def test_scaling_is_exact(text, power, expected):
    assert scaled(text, power) == expected


def test_population_statuses():
    assert population_status("interpolated", "no value in the raw column") == "interpolated"
    assert population_status("suspect", "spike; interpolated_column_differs(1)") == "suspect"
    assert population_status("reported", "old_boundary; census_rebasing(+9.2%)") == "rebased"
    assert population_status("reported", "jump_5_8_percent(+5.0%)") == "reported"
    with pytest.raises(DataError, match="unknown population status"):
        population_status("guessed", "")


def test_gdp_statuses():
    assert nominal_status("suspect", "revised_series", "1", "1") == "suspect"
    assert nominal_status("reported", "revised_series", "100.05", "100") == "reported"
    assert nominal_status("reported", "revised_series", "100.2", "100") == "revised"
    assert nominal_status("reported", "revised_series", "100", "") == "revised"
    with pytest.raises(DataError, match="unknown GDP status"):
        nominal_status("missing", "", "100", "")


def test_census_remarks():
    assert census_statuses("") == {}
    assert census_statuses("filled from county tabulation: urban rural") == {
        "urban": ("reported", "filled_from_tabulation"),
        "rural": ("reported", "filled_from_tabulation"),
    }
    both = census_statuses(
        "excludes something; urban and rural are on the OLD boundary (their sum exceeds it)"
    )
    assert both["population"] == ("rebased", "parts_left_out")
    assert both["urban"] == ("suspect", "old_boundary")
    with pytest.raises(DataError, match="unknown census remark"):
        census_statuses("a remark nobody foresaw")


GDP_ROW = {
    "unit_code": "230400",
    "year": "2023",
    "gdp_nominal_100m_yuan": "3.2",
    "nominal_source": "first_release",
    "nominal_status": "reported",
    "gdp_first_release_100m_yuan": "3.2",
    "first_release_status": "suspect",
    "gdp_index_previous_year_100": "105.2",
    "index_status": "suspect",
    "reason": "index_shared_in_province; source_change; first_release_spike",
}
SECTOR_ROW = {
    "unit_code": "230400",
    "year": "2023",
    "gdp_primary_100m_yuan": "1",
    "gdp_secondary_100m_yuan": "1.1",
    "gdp_tertiary_100m_yuan": "1.1",
    "status": "suspect",
}


def test_reasons_go_to_the_variable_they_speak_of():
    flags = {row["variable"]: (row["status"], row["reason"]) for row in gdp_flags([GDP_ROW])}
    assert flags == {
        "gdp_nominal": ("reported", "no_revised_series"),
        "gdp_first_release": ("suspect", "first_release_spike"),
        "gdp_index": ("suspect", "index_shared_in_province; source_change"),
    }
    assert len(list(sector_flags([SECTOR_ROW]))) == 3
    with pytest.raises(DataError, match="unknown sector status"):
        list(sector_flags([SECTOR_ROW | {"status": "odd"}]))


def test_gdp_and_sectors_share_a_row():
    (row,) = gdp_rows([GDP_ROW], [SECTOR_ROW])
    assert row["gdp_nominal"] == "320000000"
    assert row["gdp_index"] == "1.052"
    assert row["gdp_secondary"] == "110000000"
    with pytest.raises(DataError, match="sectors without GDP"):
        gdp_rows([GDP_ROW], [SECTOR_ROW | {"year": "2024"}])


def test_a_boundary_step_needs_a_boundary_change():
    step = {"unit_code": "340100", "year": "2011", "reason": "boundary_change(+31.8%)"}
    with pytest.raises(DataError, match="boundary steps without a boundary change"):
        change_rows([], [step])


def test_rings_are_turned_and_coded_by_steps():
    clockwise = np.array([[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]], dtype=float)
    assert _path(clockwise, hole=True) == "0 0 0 1000 1000 0 0 -1000"
    assert _path(clockwise, hole=False) == "0 0 1000 0 0 1000 -1000 0"
