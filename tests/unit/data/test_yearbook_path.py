"""A reading stays in few files: the path from bytes to figures can be followed by eye."""

import sys
from pathlib import Path

import openpyxl

import econshrink
from econshrink.data import read_yearbook

HOME = Path(econshrink.__file__).parent
ROOMS = ("data/open", "data/yearbook")


def entered(call):
    """Files of the package in which a function was called, in the order of the first call."""
    seen: dict[str, None] = {}

    def note(frame, event, _):
        path = frame.f_code.co_filename
        if event == "call" and path.startswith(str(HOME)):
            seen.setdefault(Path(path).relative_to(HOME).as_posix())

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return list(seen)


def test_a_csv_passes_through_twelve_files_of_the_reading_rooms(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        "城市,年份,常住人口（万人）\n鹤岗,2010,105.87\n合计,2010,9\n".encode("gb18030")
    )
    read_yearbook(path)  # names of places are read once, whichever test comes first
    files = entered(lambda: read_yearbook(path))
    assert len([f for f in files if f.startswith(ROOMS)]) <= 12, files
    # with the nouns, the list of dtypes, the detectors, the door of public functions and the
    # entrance of tables, through which the detectors go too
    assert len(files) <= 26, files


def test_a_workbook_adds_only_the_openers_of_workbooks(tmp_path):
    book = openpyxl.Workbook()
    for row in (["城市", "年份", "常住人口（万人）"], ["鹤岗", 2010, 105.87]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    files = entered(lambda: read_yearbook(tmp_path / "a.xlsx"))
    rooms = {f for f in files if f.startswith(ROOMS)}
    assert len(rooms) <= 14, files
    assert "data/open/delimited.py" not in rooms


def test_the_yearbook_room_shows_eight_files():
    names = {p.name for p in (HOME / "data/yearbook").iterdir() if p.suffix == ".py"}
    assert names - {"__init__.py"} == {
        "cells.py", "extract.py", "headings.py", "layout.py", "meaning.py", "names.py",
        "reader.py", "report.py",
    }  # fmt: skip
