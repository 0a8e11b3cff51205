"""What the readers of flows share: options that must be declared, and reading of their columns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all


class Direction(Enum):
    """What the rows of a matrix are; it must be said, a matrix does not show it."""

    ROWS_ARE_ORIGINS = "origin"
    ROWS_ARE_DESTINATIONS = "destination"


class SharesOf(Enum):
    """Whose total a list of shares divides: the origin's leavers or the destination's arrivals."""

    ORIGIN = "origin"
    DESTINATION = "destination"


@dataclass(frozen=True)
class Refuse:
    """Moves within a city are an error."""


@dataclass(frozen=True)
class SetAside:
    """Moves within a city are left out and counted in the notes."""


Within = Refuse | SetAside


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a CSV file as stripped text with lower-case headings."""
    file = Path(path)
    if not file.is_file():
        raise DataError(Fault("no such file", "a CSV file", "Check the path.", str(path)))
    frame = pd.read_csv(file, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    stripped: pd.DataFrame = frame.apply(lambda column: column.str.strip())
    return stripped


def require_columns(
    frame: pd.DataFrame, names: Sequence[str], path: str | os.PathLike[str]
) -> None:
    """Refuse a table without rows or without these columns."""
    absent = [name for name in names if name not in frame.columns]
    if absent or frame.empty:
        raise DataError(
            Fault(
                f"columns {', '.join(frame.columns)} and {len(frame)} rows",
                f"columns {', '.join(names)} and at least one row",
                "Rename the columns.",
                str(path),
            )
        )


def numbers_of(column: pd.Series, path: str | os.PathLike[str]) -> pd.Series:
    """Turn a column into numbers, naming every row that is none."""
    values = pd.to_numeric(column, errors="coerce")
    raise_all(
        DataError,
        [
            Fault(
                f"'{column[i]}'", "a number", "Write 0 where nobody moves.", f"{path}, row {i + 2}"
            )
            for i in column.index[values.isna()]
        ],
    )
    return values.astype("float64")


def years_of(frame: pd.DataFrame, path: str | os.PathLike[str]) -> pd.Series:
    """Years of the rows; 0 where the file has no such column."""
    if "year" not in frame.columns:
        return pd.Series(0, frame.index)
    return numbers_of(frame["year"], path).astype("int64")


def cities_of(
    frame: pd.DataFrame, cities: Sequence[str] | None, path: str | os.PathLike[str]
) -> list[str]:
    """Cities in the order wanted, after comparing them with those in the file."""
    seen = set(frame["origin"]) | set(frame["destination"])
    chosen = sorted(seen) if cities is None else [str(city) for city in cities]
    faults = [
        Fault(f"no row of city {city}", "every city asked for", "Add it or ask without.", str(path))
        for city in chosen
        if city not in seen
    ]
    faults += [
        Fault(f"city '{city}'", "a city asked for", "Add it to `cities` or remove it.", str(path))
        for city in sorted(seen - set(chosen))
    ]
    raise_all(DataError, faults)
    return chosen
