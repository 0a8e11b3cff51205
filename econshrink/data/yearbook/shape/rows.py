"""What a row is about: the columns of names and codes, and the place a row names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from econshrink.core.errors import DataError, Fault
from econshrink.data.open.grid import Grid, blank
from econshrink.data.open.text import key
from econshrink.data.yearbook.shape.roles import CODE_WORDS, NAME_WORDS
from econshrink.data.yearbook.words.cells import read_cell, read_year
from econshrink.data.yearbook.words.names import UNKNOWN, Gazetteer, Place

_SAMPLE = 3000
_ID_COLUMNS = 15
_NUMBERED = re.compile(r"[甲乙丙丁]?")
_NAMED = {"unit", "county", "ambiguous"}
_AREAS = {"province", "nation", "total"}


@dataclass(frozen=True)
class Keys:
    """Columns of names and of codes, None where there is none."""

    name: int | None
    code: int | None


def place_of(
    row: Sequence[object],
    keys: tuple[int | None, int | None],
    gazetteer: Gazetteer,
    province: str = "",
    year: int | None = None,
) -> Place:
    """What the name of a row stands for, or its code where the name tells nothing."""
    name, code = keys
    found = gazetteer.match(at(row, name), province) if name is not None else UNKNOWN
    if found.kind in {"unknown", "ambiguous"} and code is not None:
        by_code = gazetteer.match_code(at(row, code), year)
        if by_code.kind != "unknown":
            return by_code
    return found


def at(row: Sequence[object], column: int | None) -> object:
    """Cell of a row, None beyond its end or without a column."""
    return row[column] if column is not None and column < len(row) else None


def find_keys(rows: list[list[object]], gazetteer: Gazetteer) -> Keys:
    """Columns of names and codes, by what their cells hold; headings settle a tie."""
    sample = rows[:_SAMPLE]
    width = min(max((len(r) for r in sample), default=0), _ID_COLUMNS)
    names: Counter[int] = Counter()
    codes: Counter[int] = Counter()
    provinces = set()  # columns that hold provinces: 北京市 there is no city's name
    for c in range(width):
        cells = [row[c] for row in sample if c < len(row) and not blank(row[c])]
        titles = {key(str(v)) for v in cells[:40] if isinstance(v, str)}
        kinds = [_weight(v, gazetteer) for v in cells if isinstance(v, str)]
        named = [v for v in cells if isinstance(v, str) and gazetteer.province(v)]
        if len(named) >= 0.8 * len(cells):
            provinces.add(c)
        names[c] = sum(kinds) + (1 if titles & NAME_WORDS and sum(kinds) else 0)
        coded = [gazetteer.match_code(v).kind in {"unit", "county", "ambiguous"} for v in cells]
        numeric = sum(looks_numeric(v) for v in cells)
        if sum(coded) and (titles & CODE_WORDS or (numeric > 1 and sum(coded) >= 0.8 * numeric)):
            codes[c] = sum(coded)
    name = max(names, key=lambda c: (names[c], -c), default=None)
    code = max(codes, key=lambda c: (codes[c], -c), default=None)
    if name is None or not names[name] or (code is not None and name in provinces):
        name = None
    return Keys(name, code)


def _weight(value: str, gazetteer: Gazetteer) -> int:
    """Two for a city, one for a municipality (a province as well); numbers are codes, no names."""
    if looks_numeric(value):
        return 0
    kind = gazetteer.match(value).kind
    return (1 if gazetteer.province(value) else 2) if kind in _NAMED else 0


def looks_numeric(value: object) -> bool:
    """Whether a cell holds a number."""
    return read_cell(value).kind == "number"


def is_data(row: Sequence[object], keys: Keys, gazetteer: Gazetteer) -> bool:
    """Whether a row names a place, or holds numbers that are no heading."""
    place = place_of(row, (keys.name, keys.code), gazetteer)
    if place.kind in _NAMED | _AREAS:
        return True
    label = at(row, keys.name if keys.name is not None else keys.code)
    if blank(label) or key(str(label)) in NAME_WORDS | CODE_WORDS:
        return False
    others = [v for c, v in enumerate(row) if c not in {keys.name, keys.code} and not blank(v)]
    numbers = [v for v in others if looks_numeric(v)]
    if is_numbering(numbers) and _NUMBERED.fullmatch(str(label).strip()):
        return False
    return any(read_year(v) is None for v in numbers)


def is_numbering(numbers: list[object]) -> bool:
    """The line 甲 1 2 3 … that numbers the columns."""
    values = [read_cell(v).number for v in numbers]
    return len(values) > 0 and all(v == i + 1 for i, v in enumerate(values))


def refuse_transposed(
    grid: Grid, rows: list[list[object]], keys: Keys, gazetteer: Gazetteer
) -> None:
    """More cities in one row than in the column of names: the sheet lies on its side."""
    columns = (keys.name, keys.code)
    down = sum(place_of(row, columns, gazetteer).kind in _NAMED for row in rows[:_SAMPLE])
    for r, row in enumerate(rows[:20]):
        cities = [v for v in row if isinstance(v, str) and gazetteer.match(v).kind == "unit"]
        if len(cities) > max(2, down):
            raise DataError(
                Fault(
                    f"cities across the columns ({', '.join(cities[:3])} …)",
                    "one row a city",
                    "Transpose the sheet and read it again.",
                    grid.where(r),
                )
            )
