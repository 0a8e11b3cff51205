"""What a command runs on: the embedded figures, or a file of the user's."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

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
    parser.set_defaults(data=None, yearbook=None, unit=None, time=None)
    if yearbook:
        source.add_argument(
            "--yearbook",
            type=Path,
            metavar="FILE",
            help="a Chinese yearbook, file or folder, as check-data reads it",
        )
    if unit:
        parser.add_argument("--unit", metavar="COLUMN", help="column of units (default: city)")
    if time:
        parser.add_argument("--time", metavar="COLUMN", help="column of years (default: year)")


def panel_of(
    options: argparse.Namespace,
    embedded: Callable[[], CityPanel],
    mentioned: tuple[str, ...] | None = None,
) -> CityPanel:
    """The panel a command runs on; `mentioned` are the texts that say which columns it needs."""
    if options.yearbook is not None:
        from econshrink.data import read_yearbook  # noqa: PLC0415

        return read_yearbook(options.yearbook).panel
    if options.data is None:
        return embedded()
    from econshrink.tables import as_panel  # noqa: PLC0415

    unit, time = options.unit or "city", options.time or "year"
    table = table_of(options.data, {"--unit": unit, "--time": time})
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
