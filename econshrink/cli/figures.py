"""What a command runs on: the embedded figures, or a file of the user's."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from econshrink.nouns.panel import CityPanel


def add_data(parser: argparse.ArgumentParser) -> None:
    """Options that name a table of the user's."""
    parser.add_argument("--data", type=Path, metavar="FILE", help="a table instead of China's")


def panel_of(options: argparse.Namespace, embedded: Callable[[], CityPanel]) -> CityPanel:
    """The panel a command runs on."""
    if options.data is None:
        return embedded()
    import pandas as pd  # noqa: PLC0415

    from econshrink.core.errors import DataError, Fault  # noqa: PLC0415
    from econshrink.nouns.panel import CityPanel  # noqa: PLC0415

    try:
        table = pd.read_csv(options.data, dtype={"city": str})
    except (OSError, ValueError) as problem:
        raise DataError(
            Fault(
                str(problem), "a csv file with city and year", "Check the path.", str(options.data)
            )
        ) from problem
    return CityPanel.from_long(table, source=options.data.name)
