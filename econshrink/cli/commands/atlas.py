"""``econshrink atlas``: one file that shows what is known of every unit."""

from __future__ import annotations

import argparse
from pathlib import Path

from econshrink.cli.figures import add_data

NAME = "atlas"
HELP = "write a map, table and page of every unit into one file for the browser"
EXAMPLES = (
    "atlas --out atlas.html",
    "atlas --data towns.csv --unit fips --time year --outlines towns.geojson",
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--out", type=Path, default=Path("atlas.html"), metavar="FILE", help="default: atlas.html"
    )
    parser.add_argument(
        "--variable", default="population", metavar="COLUMN", help="persons (default: population)"
    )
    parser.add_argument("--name", metavar="COLUMN", help="names of units in --data")
    parser.add_argument("--name-zh", metavar="COLUMN", help="their Chinese names")
    parser.add_argument("--group", metavar="COLUMN", help="units of a group share shocks")
    parser.add_argument(
        "--outlines",
        type=Path,
        metavar="FILE",
        help="GeoJSON in degrees whose features have the property unit_code",
    )
    add_data(parser)


def run(options: argparse.Namespace) -> int:
    """Gather, write, say what is absent."""
    from econshrink.cli.gathering.answer import answer  # noqa: PLC0415

    return answer(options)
