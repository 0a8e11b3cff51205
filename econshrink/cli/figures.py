"""What a command runs on: the embedded figures, or a file of the user's."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from econshrink.nouns.panel import CityPanel

KINDS = "csv, tsv, xlsx, xls, dta or parquet"


def add_data(
    parser: argparse.ArgumentParser, *, unit: bool = True, time: bool = True, yearbook: bool = True
) -> None:
    """Options that name a table of the user's, and who and when in it."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help=f"a table instead of the embedded figures: {KINDS}",
    )
    parser.set_defaults(data=None, yearbook=None, unit=None, time=None, headings=None, units=None)
    if yearbook:
        source.add_argument(
            "--yearbook",
            type=Path,
            metavar="FILE",
            help="a Chinese yearbook, file or folder, as check-data reads it",
        )
        add_wording(parser)
    if unit:
        parser.add_argument("--unit", metavar="COLUMN", help="column of units (default: city)")
    if time:
        parser.add_argument("--time", metavar="COLUMN", help="column of years (default: year)")


def add_wording(parser: argparse.ArgumentParser) -> None:
    """Options that say what a yearbook's headings mean and in which units its figures are."""
    parser.add_argument(
        "--headings",
        type=Path,
        metavar="FILE",
        help="further headings: a table heading, term (and unit), or JSON {heading: term}; a term "
        "may be a role such as city, code or year",
    )
    parser.add_argument(
        "--units",
        type=Path,
        metavar="FILE",
        help="units of figures over which none is printed: a table term, unit, or JSON",
    )


def wording_of(options: argparse.Namespace) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Further headings and units of figures, where they were given."""
    headings = _mapping(options.headings, "heading", "term", "unit") if options.headings else None
    units = _mapping(options.units, "term", "unit") if options.units else None
    return headings, units


def panel_of(
    options: argparse.Namespace,
    embedded: Callable[[], CityPanel],
    mentioned: tuple[str, ...] | None = None,
    population: str | None = None,
) -> CityPanel:
    """The panel a command runs on.

    `mentioned` are the texts that say which columns it needs, `population` is what the file calls
    the persons that rules ask for.
    """
    if options.yearbook is not None:
        from econshrink.data import read_yearbook  # noqa: PLC0415

        headings, units = wording_of(options)
        return read_yearbook(options.yearbook, headings=headings, units=units).panel
    if options.data is None:
        return embedded()
    from econshrink.tables import as_panel  # noqa: PLC0415

    unit, time = options.unit or "city", options.time or "year"
    roles = {"--unit": unit, "--time": time, **({"--variable": population} if population else {})}
    table = table_of(options.data, roles)
    if population and population != "population":
        table = table.drop(columns="population", errors="ignore")
        table = table.assign(population=table[population])
    return as_panel(table, unit, time, mentioned=mentioned, source=options.data.name)


def table_of(path: Path, roles: dict[str, str]) -> pd.DataFrame:
    """The table of a file; `roles` are the options that name columns, and the names."""
    from econshrink.core.errors import DataError, Fault  # noqa: PLC0415
    from econshrink.data import read_frame  # noqa: PLC0415

    named = list(dict.fromkeys(roles.values()))
    table = read_frame(path)
    if not set(named) <= set(table.columns):  # the headings may stand under titles
        table = _under_titles(path, named, table)
    lost = [f"{option} {name}" for option, name in roles.items() if name not in table.columns]
    if lost:
        shown = ", ".join(map(str, table.columns[:12])) + (" …" if table.shape[1] > 12 else "")
        options = " and ".join(option.split()[0] for option in lost)
        remedy = f"Name them with {options}."
        raise DataError(
            Fault(f"columns {shown}", f"a column for {', '.join(lost)}", remedy, f"file {path}")
        )
    return table


def _under_titles(path: Path, named: list[str], first: pd.DataFrame) -> pd.DataFrame:
    from econshrink.core.errors import DataError  # noqa: PLC0415
    from econshrink.data import read_frame  # noqa: PLC0415

    try:
        return read_frame(path, named)
    except DataError:
        return first  # whose columns the message lists


def _mapping(path: Path, key: str, value: str, more: str = "") -> dict[str, Any]:
    """Key to value (or value and more) from JSON or a table with these headings."""
    import json  # noqa: PLC0415

    from econshrink.core.errors import DataError, Fault  # noqa: PLC0415
    from econshrink.data import read_frame  # noqa: PLC0415

    if path.suffix.lower() == ".json":
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as problem:
            seen = f"no JSON that can be read ({problem})"
            raise DataError(Fault(seen, f"{{{key}: {value}}}", "Mend it.", str(path))) from None
        if not isinstance(found, dict):
            raise DataError(
                Fault("JSON of another shape", f"{{{key}: {value}}}", "Mend it.", str(path))
            )
        return {str(k): tuple(v) if isinstance(v, list) else v for k, v in found.items()}
    table = read_frame(path, (key, value))
    table.columns = table.columns.str.lower()
    further = table[more].fillna("") if more in table.columns else [""] * len(table)
    return {
        str(name): (str(term), str(unit)) if unit else str(term)
        for name, term, unit in zip(table[key], table[value], further, strict=True)
    }
