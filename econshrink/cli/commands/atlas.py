"""``econshrink atlas``: one file that shows what is known of every unit."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from econshrink.cli.figures import add_data, panel_of

if TYPE_CHECKING:
    from econshrink.report import AtlasContent

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
        "--variable", metavar="COLUMN", help="persons (default: population, or the only numbers)"
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
    from econshrink.core.errors import DataError, Fault  # noqa: PLC0415
    from econshrink.report import write_atlas  # noqa: PLC0415

    content = _own(options) if options.data or options.yearbook else _china()
    try:
        write_atlas(content, options.out)
    except OSError as problem:
        seen = f"a file that cannot be written ({problem.strerror})"
        fault = Fault(seen, "a place to write to", "Check --out.", str(options.out))
        raise DataError(fault) from None
    print(f"{options.out}: {len(content.units):,} units, {len(content.measures)} measures")
    for text in content.absent:
        print(f"absent: {text.en}")
    return 0


def _china() -> AtlasContent:
    from econshrink.atlas.whole import china_content  # noqa: PLC0415
    from econshrink.cli.progress import stages  # noqa: PLC0415

    with stages("reading", "rules", "forecast") as done:
        return china_content(done)


def _own(options: argparse.Namespace) -> AtlasContent:
    from econshrink.atlas import panel_atlas  # noqa: PLC0415
    from econshrink.data import load_china  # noqa: PLC0415

    return panel_atlas(
        panel_of(options, load_china),
        options.variable,
        group=options.group,
        names=(options.name, options.name_zh),
        outlines=options.outlines,
    )
