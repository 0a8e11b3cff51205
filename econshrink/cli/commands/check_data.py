"""``econshrink check-data``: read a yearbook file and report on every row."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from econshrink.cli.figures import add_wording, wording_of
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
    add_wording(parser)
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

    headings, units = wording_of(options)
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
