"""``econshrink forecast``: joint draws of every unit's population."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from econshrink.cli.output import add_output, emit, records
from econshrink.cli.projecting import add_projection, forecast_of

if TYPE_CHECKING:
    import pandas as pd

    from econshrink.nouns.forecast import Forecast

NAME = "forecast"
HELP = "project the population of every unit, with quantiles of joint draws"
EXAMPLES = (
    "forecast --to 2030",
    "forecast --to 2035 --out quantiles.csv",
    "forecast --data towns.csv --unit fips --time year --variable people --group state",
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_projection(parser)
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Project and print."""
    made = forecast_of(options)
    emit(options, lambda: str(made), lambda: _tree(made), lambda: _quantiles(made))
    return 0


def _quantiles(made: Forecast) -> pd.DataFrame:
    return made.quantiles((0.05, 0.25, 0.5, 0.75, 0.95))


def _tree(made: Forecast) -> dict[str, Any]:
    return {
        "model": made.model,
        "origin": made.origin,
        "base_year": made.base_year,
        "years": list(made.years),
        "draws": made.draws.shape[2],
        "quantiles": records(_quantiles(made)),
        "notes": list(made.notes),
        "synthetic": made.synthetic,
    }
