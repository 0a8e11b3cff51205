"""The command line: ``econshrink rules | identify | check-data | totals``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from econshrink.core.errors import DataError, EconshrinkError, Fault, SpecError
from econshrink.data import check_official_totals, load_census_panel, load_china
from econshrink.data.yearbook.reader import check_data
from econshrink.nouns.identification import Identification
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue import registered
from econshrink.shrinkage.identification import identify


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status.

    Examples
    --------
    >>> main(["identify", "--rule", "census_loss"])  # doctest: +ELLIPSIS
    149 of 336 cities shrink by net_loss(population, threshold=0) ...
    0
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except EconshrinkError as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="econshrink", description="Shrinking cities.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    rules = commands.add_parser("rules", help="list the registered identification rules")
    rules.set_defaults(run=_rules)
    found = commands.add_parser("identify", help="count and list shrinking cities by a rule")
    found.add_argument("--rule", required=True, help="key of a registered rule")
    found.add_argument("--data", type=Path, help="csv with city, year and the rule's variables")
    found.add_argument(
        "--series",
        choices=("census", "annual"),
        default="census",
        help="which embedded figures to use (default: the two censuses)",
    )
    found.add_argument("--window", type=int, nargs=2, metavar=("FIRST", "LAST"))
    found.add_argument("--json", action="store_true", help="print labels as JSON")
    found.set_defaults(run=_identify)
    checked = commands.add_parser("check-data", help="read a yearbook file and report on it")
    checked.add_argument("file", type=Path, help="file or folder")
    checked.add_argument("--json", action="store_true", help="report for machines")
    checked.set_defaults(run=_check_data)
    totals = commands.add_parser("totals", help="check the embedded figures against totals")
    totals.set_defaults(run=_totals)
    return parser


def _rules(options: argparse.Namespace) -> int:
    del options
    for key, (rule, title) in registered().items():
        print(f"{key}\n  {title}\n  {rule.formula}\n  needs {', '.join(rule.needs)}")
    return 0


def _identify(options: argparse.Namespace) -> int:
    known = registered()
    if options.rule not in known:
        raise SpecError(
            Fault(f"rule '{options.rule}'", f"one of {', '.join(known)}", "See `econshrink rules`.")
        )
    rule = known[options.rule][0]
    embedded = {"census": load_census_panel, "annual": load_china}
    panel = _read(options.data) if options.data else embedded[options.series]()
    window = (options.window[0], options.window[1]) if options.window else None
    labels = identify(panel, rule, window)
    if not labels.units:
        raise DataError(
            Fault(
                f"no unit that {labels.rule_id} can judge on {panel.years[0]}–{panel.years[-1]}",
                "the yearly figures the rule needs",
                "Use `--series annual`, another window, or your own --data.",
            )
        )
    print(_as_json(labels) if options.json else labels)
    return 0


def _read(path: Path) -> CityPanel:
    try:
        table = pd.read_csv(path, dtype={"city": str})
    except (OSError, ValueError) as problem:
        raise DataError(
            Fault(str(problem), "a csv file with city and year", "Check the path.", str(path))
        ) from problem
    return CityPanel.from_long(table, source=path.name)


def _as_json(labels: Identification) -> str:
    known = labels.frame["shrinking"].astype(object).where(labels.frame["shrinking"].notna(), None)
    return json.dumps(
        {
            "rule_id": labels.rule_id,
            "concept": labels.concept,
            "series": labels.series,
            "sample": labels.sample,
            "window": labels.window,
            "units": labels.units,
            "shrinking": labels.count,
            "labels": known.to_dict(),
        },
        ensure_ascii=False,
        indent=1,
    )


def _check_data(options: argparse.Namespace) -> int:
    print(check_data(options.file, as_json=options.json))
    return 0


def _totals(options: argparse.Namespace) -> int:
    del options
    checks = check_official_totals()
    for row in checks.itertuples():
        print(f"{'ok  ' if row.ok else 'MISS'}  {row.check}: {row.got}")
    return 0 if checks["ok"].all() else 1


if __name__ == "__main__":
    sys.exit(main())
