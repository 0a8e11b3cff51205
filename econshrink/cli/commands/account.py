"""``econshrink account``: births, deaths and net migration between two counts by age."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from econshrink.cli.figures import add_data, table_of
from econshrink.cli.output import add_output, emit, records

if TYPE_CHECKING:
    import pandas as pd

    from econshrink.demography.ageing import SurvivalRatios
    from econshrink.nouns.accounting import Accounting
    from econshrink.nouns.ages import AgeStructure

NAME = "account"
HELP = "account for the change of units between two counts: births, deaths, net migration"
EXAMPLES = (
    "account --by region",
    "account --nation open --out components.csv",
    "account --data ages.csv --survival survival.csv --unit region",
)
AGES = ("sex", "age_from", "population")
SURVIVAL = ("sex", "year_from", "age_from", "survival")
SHAPE = (
    "--data: a row a unit, year, sex (male, female) and age group, columns city, year, sex, "
    "age_from (0, 5, 10 ...), population, two years. --survival: columns sex, year_from, age_from, "
    "survival (share of a group alive five years on; age_from -5 for births)"
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--survival", type=Path, metavar="FILE", help=f"with --data. {SHAPE}")
    parser.add_argument(
        "--by",
        metavar="COLUMN",
        help="add units up: region, province, kind or resource_stage of China's, or a column of "
        "the table",
    )
    parser.add_argument(
        "--nation",
        choices=("open", "closed"),
        help="whether the sum of all units has net migration (default: closed for China, open for "
        "--data)",
    )
    parser.add_argument(
        "--children",
        choices=("residence", "mothers"),
        default="residence",
        help="whether children born since moved with their mothers (default: they did not move)",
    )
    add_data(parser, yearbook=False)
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Account and print."""
    from econshrink import account  # noqa: PLC0415
    from econshrink.demography import (  # noqa: PLC0415
        ByMothers,
        ByResidence,
        ClosedNation,
        OpenNation,
    )

    before, after, ratios, groups = _embedded(options) if options.data is None else _own(options)
    closed = (options.nation or ("open" if options.data else "closed")) == "closed"
    book = account(
        before,
        after,
        ratios,
        nation=ClosedNation() if closed else OpenNation(),
        children=ByMothers() if options.children == "mothers" else ByResidence(),
    )
    if groups is not None:
        book = book.by([str(groups[unit]) for unit in book.units])
    emit(options, lambda: str(book), lambda: _tree(book), book.components)
    return 0


def _tree(book: Accounting) -> dict[str, Any]:
    return {
        "start": book.start,
        "end": book.end,
        "rules": list(book.rules),
        "source": book.source,
        "components": records(book.components()),
        "synthetic": book.synthetic,
    }


_Parts = tuple["AgeStructure", "AgeStructure", "SurvivalRatios", "pd.Series | None"]


def _embedded(options: argparse.Namespace) -> _Parts:
    from econshrink.core.errors import Fault, SpecError  # noqa: PLC0415
    from econshrink.data import load_survival, load_territories  # noqa: PLC0415
    from econshrink.demography import survival_ratios  # noqa: PLC0415

    if options.survival or options.unit or options.time:
        seen = "--survival, --unit or --time without --data"
        raise SpecError(Fault(seen, "ages of your own", f"Give both. {SHAPE}."))
    held = load_territories()
    span = held.after.year - held.before.year
    ratios = survival_ratios(load_survival(), held.before.year, span)
    groups = _column(held.places, options.by) if options.by else None
    return held.before, held.after, ratios, groups


def _own(options: argparse.Namespace) -> _Parts:
    from econshrink.core.errors import DataError, Fault  # noqa: PLC0415
    from econshrink.demography import survival_ratios  # noqa: PLC0415
    from econshrink.nouns import AgeStructure  # noqa: PLC0415

    if options.survival is None:
        raise DataError(Fault("--data without --survival", "both tables", f"{SHAPE}."))
    roles = {"--unit": options.unit or "city", "--time": options.time or "year"}
    table = table_of(options.data, roles)
    lost = [name for name in AGES if name not in table.columns]
    if lost:
        seen = f"no column {', '.join(lost)} in {options.data.name}"
        raise DataError(Fault(seen, "ages in long form", f"{SHAPE}."))
    groups = None
    if options.by:
        fixed = table.drop_duplicates(roles["--unit"]).set_index(roles["--unit"])
        groups = _column(fixed.set_axis(fixed.index.astype(str)), options.by)
    table = table.rename(columns={roles["--unit"]: "city", roles["--time"]: "year"})
    years = sorted(table["year"].unique().tolist())
    if len(years) != 2:
        seen = f"{len(years)} years ({', '.join(map(str, years[:6]))}) in {options.data.name}"
        raise DataError(Fault(seen, "two years", "Keep the first and the last of a span."))
    survival = table_of(options.survival, {f"--survival ({name})": name for name in SURVIVAL})
    before, after = (
        AgeStructure.from_long(table, year, source=options.data.name) for year in years
    )
    return before, after, survival_ratios(survival, years[0], years[1] - years[0]), groups


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    from econshrink.core.errors import Fault, SpecError  # noqa: PLC0415

    if name not in table.columns:
        known = ", ".join(map(str, table.columns))
        raise SpecError(Fault(f"--by {name}", f"one of {known}", "Name a column of the units."))
    return table[name]
