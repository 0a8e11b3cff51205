"""``econshrink check-data``: read a yearbook file and report on every row."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from econshrink.cli.output import add_output, emit

if TYPE_CHECKING:
    import pandas as pd

NAME = "check-data"
HELP = "read a yearbook file or folder and report on every row of it"
EXAMPLES = (
    "check-data yearbook.xlsx",
    "check-data folder --json",
    "check-data panel.dta --headings headings.csv --units units.csv --year 2015 --drop 654100",
)
SCOPES = ("both", "city", "districts")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", type=Path, help="file or folder")
    parser.add_argument(
        "--headings",
        type=Path,
        metavar="FILE",
        help="further headings: a table heading, term (and unit), or JSON {heading: term}; a term "
        "may be a role such as city, code or year",
    )
    parser.add_argument(
        "--units",
        type=Path,
        metavar="FILE",
        help="units of figures over which none is printed: a table term, unit, or JSON",
    )
    parser.add_argument("--year", type=int, help="year of figures that name none")
    parser.add_argument("--province", default="", help="province of rows, if the file is silent")
    parser.add_argument(
        "--drop", action="append", default=[], metavar="CODE", help="leave out rows of this code"
    )
    parser.add_argument("--hidden", action="store_true", help="read hidden sheets, rows, columns")
    parser.add_argument("--scope", choices=SCOPES, default="both", help="default: both")
    parser.add_argument(
        "--add-counties", action="store_true", help="add up rows below the prefecture"
    )
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Read and report; 1 if a detector flags a figure."""
    from econshrink.cli.progress import stages  # noqa: PLC0415
    from econshrink.data import read_yearbook  # noqa: PLC0415

    headings = _mapping(options.headings, "heading", "term", "unit") if options.headings else None
    units = _mapping(options.units, "term", "unit") if options.units else None
    with stages(f"reading {options.file.name}") as done:
        reading = read_yearbook(
            options.file,
            headings=headings,
            units=units,
            year=options.year,
            province=options.province,
            drop=options.drop,
            hidden=options.hidden,
            scope=options.scope,
            county_level="aggregate" if options.add_counties else "reject",
        )
        done()
    report = reading.report
    emit(options, report.text, lambda: json.loads(report.to_json()), lambda: _figures(reading))
    return 1 if len(report.flags) else 0


def _figures(reading: Any) -> pd.DataFrame:
    """The panel that was read, for a csv file."""
    frame: pd.DataFrame = reading.panel.frame
    return frame


def _mapping(path: Path, key: str, value: str, more: str = "") -> dict[str, Any]:
    """Key to value (or value and more) from JSON or a table with these headings."""
    from econshrink.core.errors import DataError, Fault  # noqa: PLC0415
    from econshrink.data import read_frame  # noqa: PLC0415

    if path.suffix.lower() == ".json":
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as problem:
            seen = f"no JSON that can be read ({problem})"
            raise DataError(Fault(seen, f"{{{key}: {value}}}", "Mend it.", str(path))) from None
        if not isinstance(found, dict):
            raise DataError(
                Fault("JSON of another shape", f"{{{key}: {value}}}", "Mend it.", str(path))
            )
        return {str(k): tuple(v) if isinstance(v, list) else v for k, v in found.items()}
    table = read_frame(path, (key, value))
    table.columns = table.columns.str.lower()
    further = table[more].fillna("") if more in table.columns else [""] * len(table)
    return {
        str(name): (str(term), str(unit)) if unit else str(term)
        for name, term, unit in zip(table[key], table[value], further, strict=True)
    }
