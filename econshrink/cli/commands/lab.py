"""``econshrink lab``: a synthetic country whose truth is known."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from econshrink.cli.output import add_output, emit, records

if TYPE_CHECKING:
    import pandas as pd

    from econshrink.nouns.panel import CityPanel

NAME = "lab"
HELP = "simulate a country and write its panel, labelled synthetic"
EXAMPLES = (
    "lab",
    "lab --seed 7 --cities 120 --out country.csv",
    "lab --table true --last 2015 --json",
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--seed", type=int, help="master seed (default: the package's)")
    parser.add_argument("--cities", type=int, help="number of cities (default: 297)")
    parser.add_argument("--last", type=int, metavar="YEAR", help="last year (default: 2024)")
    parser.add_argument(
        "--table",
        choices=("observed", "true", "census"),
        default="observed",
        help="as published (default), the truth, or the censuses alone",
    )
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Simulate and print or write."""
    from econshrink import simulate  # noqa: PLC0415
    from econshrink.cli.progress import stages  # noqa: PLC0415
    from econshrink.core.seeds import MASTER_SEED  # noqa: PLC0415
    from econshrink.lab import LabSettings, PlaceSettings  # noqa: PLC0415

    places = PlaceSettings() if options.cities is None else PlaceSettings(cities=options.cities)
    settings = LabSettings(places=places)
    if options.last is not None:
        settings = LabSettings(places=places, last_year=options.last)
    seed = MASTER_SEED if options.seed is None else options.seed
    with stages("simulating") as done:
        country = simulate(settings, seed)
        done()
    panel: CityPanel = getattr(country, options.table)
    emit(
        options,
        lambda: str(panel),
        lambda: {"synthetic": True, "seed": seed, "rows": records(_rows(panel))},
        lambda: _rows(panel),
    )
    return 0


def _rows(panel: CityPanel) -> pd.DataFrame:
    """The panel with region and province, every row marked."""
    known = [name for name in ("region", "province") if name in panel.attributes.columns]
    frame = panel.frame.join(panel.attributes[known], on="city")
    frame.insert(0, "synthetic", "synthetic")
    return frame
