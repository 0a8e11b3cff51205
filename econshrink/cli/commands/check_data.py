"""``econshrink check-data``: read a yearbook file and report on every row."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "check-data"
HELP = "read a yearbook file and report on it"
EXAMPLES = ("check-data yearbook.xlsx", "check-data folder --json")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", type=Path, help="file or folder")
    parser.add_argument("--json", action="store_true", help="report for machines")


def run(options: argparse.Namespace) -> int:
    """Read and report."""
    from econshrink.data import check_data  # noqa: PLC0415

    print(check_data(options.file, as_json=options.json))
    return 0
