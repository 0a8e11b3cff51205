"""``econshrink risk``: units by the probability of a loss."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from econshrink.cli.output import add_output, emit, records
from econshrink.cli.projecting import add_projection, forecast_of

if TYPE_CHECKING:
    from econshrink.nouns.ranking import Ranking

NAME = "risk"
HELP = "rank units by the probability of losing a share of their population"
EXAMPLES = (
    "risk --loss 0.05 --to 2030",
    "risk --loss 0.1 --to 2035 --out ranking.csv",
    "risk --data towns.xlsx --unit fips --time year --variable people --loss 0.03 --json",
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--loss", type=float, default=0.05, metavar="SHARE", help="share lost (default: 0.05)"
    )
    add_projection(parser)
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Project, rank and print."""
    from econshrink.core.errors import Fault, SpecError  # noqa: PLC0415
    from econshrink.forecast import rank_risk  # noqa: PLC0415

    if not 0 < options.loss < 1:
        remedy = "Write 0.05 for five percent."
        raise SpecError(Fault(f"--loss {options.loss:g}", "a share between 0 and 1", remedy))
    made = forecast_of(options)
    ranking = rank_risk(made, options.loss, made.years[-1])
    emit(
        options,
        lambda: str(ranking),
        lambda: _tree(ranking),
        lambda: ranking.frame.set_index("city"),
    )
    return 0


def _tree(ranking: Ranking) -> dict[str, Any]:
    return {
        "event": ranking.event,
        "model": ranking.model,
        "draws": ranking.draws,
        "ranking": records(ranking.frame.set_index("city")),
        "notes": list(ranking.notes),
        "synthetic": ranking.synthetic,
    }
