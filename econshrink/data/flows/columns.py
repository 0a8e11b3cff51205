"""What the readers of flows share: options that must be declared, and reading of their columns."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.data.open.faults import grouped, listed
from econshrink.data.open.grid import Grid, Limits, blank
from econshrink.data.open.table import label, one_table
from econshrink.data.yearbook.cells import read_cell, read_unit, read_year
from econshrink.data.yearbook.headings import caption_units

BLANK = "Write the figure, or 0 where nobody moved; a list with unknown pairs is a share list."


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


@dataclass(frozen=True, eq=False)
class Pairs:
    """A list of pairs: where it stands, its rows with origin, destination and figure, its unit."""

    grid: Grid
    frame: pd.DataFrame
    printed: str = ""


def read_pairs(
    path: str | os.PathLike[str],
    figure: str,
    limits: Limits,
    *,
    blanks: bool = False,
    columns: Mapping[str, str] | None = None,
) -> Pairs:
    """Read ``origin, destination`` and `figure`, and ``year`` (0 where there is none).

    `columns` says what these are called in the file. The frame's index is the row in the file.
    Shares keep the unit that stands behind them in the column ``unit``. With `blanks` a missing
    figure is NaN, otherwise a fault.
    """
    needed = ("origin", "destination", figure)
    called = _called(columns or {}, (*needed, "year"))
    asked = [*needed, *(["year"] if "year" in (columns or {}) else [])]
    table = one_table(path, [called[name] for name in asked], limits)
    grid, names = table.grid, [name.lower() for name in table.headings]
    places = {name: names.index(called[name]) for name in needed}
    printed = printed_unit(grid, table.head, table.headings[places[figure]])
    faults: list[Fault] = []
    rows = []
    for r in table.rows:
        ends = [label(grid.cell(r, places[end])) for end in ("origin", "destination")]
        for end, name in zip(("origin", "destination"), ends, strict=True):
            if not name:
                where = grid.where(r, places[end])
                faults.append(Fault(f"no {end}", "a city", "Write the city's name.", where))
        at = grid.where(r, places[figure])
        value, unit, fault = number_of(
            grid.cell(r, places[figure]), at, blanks=blanks, printed=printed
        )
        faults += [fault] if fault else []
        year = 0
        if called["year"] in names:
            column = names.index(called["year"])
            year = _year(grid.cell(r, column), grid.where(r, column), faults)
        rows.append((*ends, value, unit, year))
    raise_all(DataError, grouped(faults))
    read = [*needed, "unit", "year"]
    return Pairs(grid, pd.DataFrame(rows, index=list(table.rows), columns=read), printed)


def _called(columns: Mapping[str, str], roles: Sequence[str]) -> dict[str, str]:
    """Heading of every role in lower case; a role is its own heading unless `columns` says else."""
    strange = [str(role) for role in columns if role not in roles]
    if strange:
        seen, remedy = f"columns for {listed(strange)}", 'Write columns={"origin": "from"}.'
        raise SpecError(Fault(seen, f"roles among {', '.join(roles)}", remedy))
    return {role: str(columns.get(role, role)).strip().lower() for role in roles}


def printed_unit(grid: Grid, head: int, heading: str) -> str:
    """The unit of all figures: in the heading, or in a title above; empty if none is printed."""
    above = [str(v) for row in grid.rows[:head] for v in row if not blank(v)]
    brackets = re.findall(r"[(（\[]([^()（）\[\]]+)[)）\]]\s*$", heading)
    units = [read_unit(text) for text in brackets]
    for unit in [*units, *caption_units([heading]), *caption_units(above)]:
        if unit and {"persons", "share"} & set(dict(unit.factors)):
            return unit.text
    return ""


def number_of(
    cell: object, where: str, *, blanks: bool = False, printed: str = ""
) -> tuple[float, str, Fault | None]:
    """Figure of a cell and the unit behind it, else the one `printed` for all of them.

    Persons in 万 are multiplied out.
    """
    read = read_cell(cell)
    if read.number is None:
        if read.kind == "missing" and blanks:
            return np.nan, "", None
        seen = f"'{read.mark}'" if read.mark else "a blank cell"
        remedy = BLANK if read.kind == "missing" else "Mend the cell."
        if re.fullmatch(r"\d+,\d+", read.mark or ""):
            remedy = "Write decimal points, such as 100.5, or leave thousands without a comma."
        return np.nan, "", Fault(seen, "a number", remedy, where)
    printed = read.unit or printed
    if not printed:
        return float(read.number), "", None
    unit = read_unit(printed)
    share = unit.factor("share") if unit else None
    if share is not None:
        return float(read.number * share), "share", None
    persons = unit.factor("persons") if unit else None
    if persons is None:
        seen = f"the unit '{printed}'"
        return np.nan, "", Fault(seen, "persons or a share", "Mend the cell.", where)
    return float(read.number * persons), "persons", None


def _year(cell: object, where: str, faults: list[Fault]) -> int:
    year = read_year(cell)
    if year is not None:
        return year
    number = read_cell(cell).number
    if number is not None and number == number.to_integral_value() and abs(number) < Decimal(10**6):
        return int(number)
    seen = f"year '{cell}'" if label(cell) else "no year"
    faults.append(Fault(seen, "a whole year such as 2010", "Write the year in full.", where))
    return 0


def cities_of(pairs: Pairs, cities: Sequence[str] | None) -> list[str]:
    """Cities in the order wanted, after comparing them with those in the file."""
    seen = set(pairs.frame["origin"]) | set(pairs.frame["destination"])
    chosen = sorted(seen) if cities is None else [str(city) for city in cities]
    absent = [city for city in chosen if city not in seen]
    strangers = sorted(seen - set(chosen))
    place = pairs.grid.name
    faults = []
    if absent:
        what = "city" if len(absent) == 1 else "cities"
        seen_words = f"no row of {what} {listed(absent)}"
        faults.append(Fault(seen_words, "every city asked for", "Add it or ask without.", place))
    if strangers:
        words = listed([f"'{city}'" for city in strangers])
        what = "city" if len(strangers) == 1 else "cities"
        remedy = "Add it to `cities` or remove it."
        faults.append(Fault(f"{what} {words}", "cities asked for", remedy, place))
    raise_all(DataError, faults)
    return chosen


def totals_of(known: pd.Series, cities: Sequence[str], name: str) -> Floats:
    """Known totals in the order of the cities, by label and never by position.

    Raises
    ------
    DataError
        A city without a total, or twice in it; a total that is missing, negative or infinite.
    """
    index = [label(city) for city in known.index]
    series = pd.Series(values_of(known, name), index=index)
    faults = []
    twice = sorted(set(series.index[series.index.duplicated()]))
    absent = [city for city in cities if city not in series.index]
    if twice:
        faults.append(Fault(f"{listed(twice)} twice", "each city once", "Remove one.", name))
    if absent:
        seen = f"no total of {listed(absent)}"
        remedy = f"Give `{name}` the cities' names as its index, with every city of the file."
        faults.append(Fault(seen, "a total for every city", remedy, name))
    raise_all(DataError, faults)
    values: Floats = np.asarray(series.reindex(list(cities)), dtype=np.float64)
    bad = [city for city, v in zip(cities, values, strict=True) if not 0 <= v < np.inf]
    if bad:
        seen = f"no total of 0 or more for {listed(bad)}"
        raise DataError(Fault(seen, "persons", "Write the number of persons.", name))
    return values
