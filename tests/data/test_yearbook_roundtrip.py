"""Every generated yearbook file is read back to the last digit, and every row is accounted for."""

import importlib.util
import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from econshrink.data import check_data, read_yearbook


def _generator():
    name = "yearbook_files"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


FILES = _generator()


def test_at_least_forty_files_of_deliberately_different_form():
    forms = {
        (
            c.layout,
            c.container,
            c.encoding,
            c.separator,
            c.names,
            c.numbers,
            c.heads,
            c.marks,
            c.extras,
            c.terms,
        )
        for c in FILES.CASES
    }
    assert len(FILES.CASES) >= 40
    assert len(forms) == len(FILES.CASES)
    assert len({c.name for c in FILES.CASES}) == len(FILES.CASES)


@pytest.mark.parametrize("case", FILES.CASES, ids=lambda case: case.name)
def test_file_is_read_to_the_last_digit(case, tmp_path):
    truth = FILES.write_case(case, tmp_path)
    reading = read_yearbook(truth.path, detect=False, **truth.kwargs)
    long = reading.panel.frame.stack().rename_axis(["city", "year", "variable"])
    got = {key: float(value) for key, value in long.items() if pd.notna(value)}
    assert got == truth.figures
    report = reading.report
    absent = set(
        zip(report.missing["city"], report.missing["year"], report.missing["variable"], strict=True)
    )
    assert absent == truth.missing
    assert report.rows_in == report.rows_kept + len(report.rows)
    assert report.figures == len(truth.figures)
    statuses = reading.panel.status.stack().dropna()
    assert set(statuses) == {"reported"}
    assert len(statuses) == len(truth.figures)


def test_reasons_for_missing_cells_are_kept(tmp_path):
    case = next(c for c in FILES.CASES if c.name == "marks")
    truth = FILES.write_case(case, tmp_path)
    missing = read_yearbook(truth.path, detect=False).report.missing
    assert {
        "blank",
        "dash: not available or too small to print",
        "ellipsis: not available",
        "marked NA",
        "error value in the sheet",
        "marked empty",
    } <= set(missing["reason"])
    assert (missing["row"] > 1).all()
    assert missing["column"].str.fullmatch("[A-Z]").all()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("counties", "county-level city"),
        ("unknown_name", "no unit of this name; looks like 石家庄市"),
        ("identical_rows", "repeats figures already read"),
        ("totals", "total of rows that are not named"),
        ("footnoted", "text row"),
    ],
)
def test_rows_that_are_not_kept_are_listed_with_the_reason(name, reason, tmp_path):
    truth = FILES.write_case(next(c for c in FILES.CASES if c.name == name), tmp_path)
    rows = read_yearbook(truth.path, detect=False).report.rows
    assert any(reason in note.reason for note in rows)


def test_columns_and_files_that_are_not_read_are_listed(tmp_path):
    junk = FILES.write_case(next(c for c in FILES.CASES if c.name == "junk_column"), tmp_path)
    columns = read_yearbook(junk.path, detect=False).report.columns
    assert [(c.heading, c.reason) for c in columns] == [("备注", "heading not in the table")]
    folder = FILES.write_case(next(c for c in FILES.CASES if c.name == "folder"), tmp_path)
    report = read_yearbook(folder.path, detect=False).report
    assert report.skipped == ("readme.md: ending .md",)
    assert len(report.files) == 4


def test_scopes_never_share_a_variable(tmp_path):
    truth = FILES.write_case(next(c for c in FILES.CASES if c.name == "pairs"), tmp_path)
    city = read_yearbook(truth.path, scope="city", detect=False)
    districts = read_yearbook(truth.path, scope="districts", detect=False)
    assert all(not name.endswith("_districts") for name in city.panel.variables)
    assert all(name.endswith("_districts") for name in districts.panel.variables)
    assert {c.reason for c in city.report.columns} == {"scope districts was not asked for"}
    for name in city.panel.variables:
        want = {k: v for k, v in truth.figures.items() if k[2] == name}
        got = city.panel.frame[name].dropna()
        assert {(c, y, name): v for (c, y), v in got.items()} == want


def test_check_data_reports_for_people_and_machines(tmp_path):
    truth = FILES.write_case(next(c for c in FILES.CASES if c.name == "counties"), tmp_path)
    text = check_data(truth.path)
    assert "义乌市" in text
    tree = json.loads(check_data(truth.path, as_json=True))
    assert tree["rows_in"] == tree["rows_kept"] + len(tree["rows"])
    assert tree["figures"] == len(truth.figures)
