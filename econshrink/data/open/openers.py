"""From a path to sheets: one file, or all files of a folder."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from econshrink.core.errors import DataError, EconshrinkError, Fault, raise_all
from econshrink.data.open.delimited import read_delimited
from econshrink.data.open.grid import DEFAULT_LIMITS, Grid, Limits
from econshrink.data.open.statistical import read_parquet, read_stata
from econshrink.data.open.workbook import read_workbook
from econshrink.data.open.xlsx import BROKEN, protected

ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".tsv", ".txt", ".dta", ".parquet")


def open_file(path: Path, limits: Limits = DEFAULT_LIMITS, hidden: bool = False) -> list[Grid]:
    """Sheets of one file; the kind is told from its bytes, not from its name.

    Raises
    ------
    DataError
        Unreadable, protected or too large.
    MissingExtra
        A Parquet file without pyarrow.
    """
    kind = sniff(path, limits)
    if kind in {"xlsx", "xlsm", "xls"}:
        return read_workbook(path, kind, limits, hidden)
    if kind == "dta":
        return [read_stata(path, limits)]
    if kind == "parquet":
        return [read_parquet(path, limits)]
    return [read_delimited(path, limits)]


def files_of(path: Path) -> tuple[list[Path], list[str]]:
    """Files to read, in order of name, and those left aside with the reason.

    Raises
    ------
    DataError
        A folder without a single yearbook file.
    """
    if not path.is_dir():
        return [path], []
    taken, aside = [], []
    for item in sorted(path.iterdir()):
        if item.is_dir():
            aside.append(f"{item.name}: a folder inside the folder")
        elif item.name.startswith((".", "~$")):
            aside.append(f"{item.name}: hidden or a lock file")
        elif item.suffix.lower() not in ENDINGS:
            aside.append(f"{item.name}: ending {item.suffix or 'missing'}")
        else:
            taken.append(item)
    if not taken:
        raise DataError(
            Fault(
                f"a folder without yearbook files ({len(aside)} others)",
                f"files ending in {', '.join(ENDINGS)}",
                "Check the path.",
                str(path),
            )
        )
    return taken, aside


def open_all(
    paths: list[Path], limits: Limits = DEFAULT_LIMITS, hidden: bool = False
) -> list[Grid]:
    """Sheets of all files; every unreadable file is told before anything is read further."""
    grids: list[Grid] = []
    problems: list[EconshrinkError] = []
    for path in paths:
        try:
            grids += open_file(path, limits, hidden)
        except EconshrinkError as problem:
            problems.append(problem)
    if problems:
        raise_all(type(problems[0]), [fault for p in problems for fault in p.faults])
    return grids


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sniff(path: Path, limits: Limits) -> str:
    """Kind of the file: xlsx, xlsm, xls, dta, parquet or text.

    Raises
    ------
    DataError
        Not there, empty, too large, password-protected, or of a kind that holds no table.
    """
    if not path.is_file():
        raise DataError(Fault("no such file", "a yearbook file", "Check the path.", str(path)))
    size = path.stat().st_size
    where = f"file {path.name}"
    if size == 0:
        raise DataError(Fault("an empty file", "a table", "Export it again.", where))
    if size > limits.file_bytes:
        seen = f"{size:,} bytes"
        raise DataError(Fault(seen, f"at most {limits.file_bytes:,}", "Split the file.", where))
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        return _sniff_zip(path)
    if head.startswith(_OLE):
        return _sniff_ole(path)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"<stata_dta>") or (path.suffix.lower() == ".dta" and 102 <= head[0] <= 115):
        return "dta"
    if head.startswith(b"%PDF"):
        raise _unsupported("a PDF file", "Copy the tables to a spreadsheet or a csv file.", where)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        remedy = "Open it in a spreadsheet program and save it as xlsx."
        raise _unsupported("a web page or XML text", remedy, where)
    return "text"


def _sniff_zip(path: Path) -> str:
    where = f"file {path.name}"
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except BROKEN as problem:
        raise DataError(
            Fault(
                f"a damaged or truncated workbook ({problem})",
                "a complete xlsx file",
                "Download or save it again.",
                where,
            )
        ) from problem
    if "xl/workbook.bin" in names:
        raise _unsupported("a binary workbook (xlsb)", "Save it as xlsx.", where)
    if not any(re.fullmatch(r"(?i)xl/workbook\d*\.xml", name) for name in names):
        raise _unsupported("an archive without a workbook", "Unpack it and read its files.", where)
    return "xlsm" if any(name.lower().endswith("vbaproject.bin") for name in names) else "xlsx"


def _sniff_ole(path: Path) -> str:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise protected(path.name)
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return "xls"
    raise _unsupported(
        "an OLE document without a workbook", "Save the table as xlsx.", f"file {path.name}"
    )


def _unsupported(seen: str, remedy: str, where: str) -> DataError:
    return DataError(Fault(seen, "xlsx, xls, csv, tsv, txt, dta or parquet", remedy, where))
