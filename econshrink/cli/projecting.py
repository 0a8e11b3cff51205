"""A forecast for the commands that need one: China's units, or a panel of the user's."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from econshrink.cli.figures import add_data, panel_of

if TYPE_CHECKING:
    from econshrink.nouns.forecast import Forecast


def add_projection(parser: argparse.ArgumentParser) -> None:
    """Options of a forecast."""
    parser.add_argument("--to", type=int, metavar="YEAR", help="last year (default: six years on)")
    parser.add_argument("--origin", type=int, metavar="YEAR", help="last year that is used")
    parser.add_argument(
        "--base", type=int, metavar="YEAR", help="losses count from it (default: China 2020)"
    )
    parser.add_argument(
        "--variable", default="population", metavar="COLUMN", help="persons (default: population)"
    )
    parser.add_argument("--group", metavar="COLUMN", help="units of a group share shocks")
    parser.add_argument("--draws", type=int, default=1000, help="joint draws (default: 1000)")
    parser.add_argument("--seed", type=int, help="seed of the draws (default: the package's)")
    add_data(parser)


def forecast_of(options: argparse.Namespace) -> Forecast:
    """Project every unit with the default model; what was left out stands in the notes."""
    from econshrink.atlas.futures import (  # noqa: PLC0415
        COUNTED,
        annual_figures,
        what_is_known,
    )
    from econshrink.cli.progress import stages  # noqa: PLC0415
    from econshrink.core.errors import Fault, SpecError  # noqa: PLC0415
    from econshrink.forecast import Background, project  # noqa: PLC0415
    from econshrink.nouns.country import CHINA, Country  # noqa: PLC0415

    own = bool(options.data or options.yearbook)
    with stages("reading", "projecting") as done:
        panel = panel_of(options, annual_figures)
        if options.variable not in panel.variables:
            known = ", ".join(panel.variables)
            remedy = "Name one with --variable."
            raise SpecError(Fault(f"no variable '{options.variable}'", f"one of {known}", remedy))
        origin = options.origin or panel.years[-1]
        done()
        made = project(
            panel,
            options.to or origin + 6,
            country=Country(options.group) if own else CHINA,
            known=Background() if own else what_is_known(),
            variable=options.variable,
            origin=origin,
            base_year=options.base or (origin if own else COUNTED),
            draws=options.draws,
            rng=options.seed,
        )
        done()
    return made
