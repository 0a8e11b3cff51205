"""From a path to sheets: one file, or all files of a folder."""

from __future__ import annotations

from pathlib import Path

from econshrink.core.errors import DataError, EconshrinkError, Fault, raise_all
from econshrink.data.open.container import sniff
from econshrink.data.open.delimited import read_delimited
from econshrink.data.open.grid import Grid
from econshrink.data.open.limits import DEFAULT_LIMITS, Limits
from econshrink.data.open.statistical import read_parquet, read_stata
from econshrink.data.open.workbook import read_workbook

ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".tsv", ".txt", ".dta", ".parquet")


def open_file(path: Path, limits: Limits = DEFAULT_LIMITS) -> list[Grid]:
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
        return read_workbook(path, kind, limits)
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


def open_all(paths: list[Path], limits: Limits = DEFAULT_LIMITS) -> list[Grid]:
    """Sheets of all files; every unreadable file is told before anything is read further."""
    grids: list[Grid] = []
    problems: list[EconshrinkError] = []
    for path in paths:
        try:
            grids += open_file(path, limits)
        except EconshrinkError as problem:
            problems.append(problem)
    if problems:
        raise_all(type(problems[0]), [fault for p in problems for fault in p.faults])
    return grids
