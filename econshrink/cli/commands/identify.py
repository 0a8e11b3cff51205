"""``econshrink identify``: which cities shrink by a rule."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from econshrink.cli.figures import add_data, panel_of
from econshrink.cli.output import add_output, emit

if TYPE_CHECKING:
    from econshrink.nouns.identification import Identification

NAME = "identify"
HELP = "count and list shrinking cities by a rule"
EXAMPLES = (
    "identify --rule census_loss",
    "identify --rule three_falls --series annual --window 2011 2019",
    "identify --rule census_loss --data towns.csv --unit fips --time year --variable pop",
    "identify --rule census_loss --yearbook population.xlsx --json",
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--rule", required=True, help="key of a registered rule")
    parser.add_argument(
        "--series",
        choices=("census", "annual"),
        default="census",
        help="which embedded figures to use (default: the two censuses)",
    )
    parser.add_argument("--window", type=int, nargs=2, metavar=("FIRST", "LAST"))
    parser.add_argument(
        "--variable", metavar="COLUMN", help="persons in your --data (default: population)"
    )
    add_data(parser)
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Label, count and print."""
    from econshrink.core.errors import DataError, Fault, SpecError  # noqa: PLC0415
    from econshrink.data import load_census_panel, load_china  # noqa: PLC0415
    from econshrink.shrinkage import identify, registered  # noqa: PLC0415

    known = registered()
    if options.rule not in known:
        raise SpecError(
            Fault(f"rule '{options.rule}'", f"one of {', '.join(known)}", "See `econshrink rules`.")
        )
    rule = known[options.rule][0]
    embedded = {"census": load_census_panel, "annual": load_china}
    panel = panel_of(options, embedded[options.series], population=options.variable)
    window = (options.window[0], options.window[1]) if options.window else None
    labels = identify(panel, rule, window)
    if not labels.units:
        reasons = "; ".join(sorted(set(labels.excluded["reason"])))
        own = options.data or options.yearbook
        remedy = "Use another window, or add the figures." if own else "Use `--series annual`, "
        raise DataError(
            Fault(
                f"no unit that {labels.rule_id} can judge: {reasons}",
                "the yearly figures the rule needs",
                remedy if own else f"{remedy}another window, or your own --data.",
            )
        )
    emit(options, lambda: str(labels), lambda: _tree(labels), lambda: labels.frame)
    return 0


def _tree(labels: Identification) -> dict[str, Any]:
    known = labels.frame["shrinking"].astype(object).where(labels.frame["shrinking"].notna(), None)
    return {
        "rule_id": labels.rule_id,
        "concept": labels.concept,
        "series": labels.series,
        "sample": labels.sample,
        "window": labels.window,
        "units": labels.units,
        "shrinking": labels.count,
        "labels": known.to_dict(),
    }
