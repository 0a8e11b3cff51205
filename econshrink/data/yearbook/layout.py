"""Where on a sheet the headings, the cities and the figures are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from econshrink.core.errors import DataError, Fault
from econshrink.data.open.grid import Grid, blank
from econshrink.data.open.text import key, plain
from econshrink.data.yearbook.cells import read_cell, read_year
from econshrink.data.yearbook.headings import (
    CODE_WORDS,
    NAME_WORDS,
    UNIT_LABEL,
    Context,
    Heading,
    HeadingTable,
    read_context,
    read_heading,
)
from econshrink.data.yearbook.names import UNKNOWN, Gazetteer, Place

_CONTINUED = re.compile(r"续\s*表|^\s*\(?continued|\bcontinued\)?\s*\d*\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """One column: its role (``figure``, ``city``, ``code`` …, ``unused``) and heading."""

    index: int
    role: str
    heading: Heading


@dataclass(frozen=True)
class Block:
    """A table on a sheet: rows ``first`` to ``last`` (exclusive) under one set of headings.

    Parameters
    ----------
    columns : tuple of Column
        All columns.
    context : Context
        What titles, sheet name and file name say.
    first, last : int
        Data rows.
    heading_rows : tuple of (int, str)
        Rows above the data and what each is.
    """

    columns: tuple[Column, ...]
    context: Context
    first: int
    last: int
    heading_rows: tuple[tuple[int, str], ...]

    def column(self, role: str) -> int | None:
        """Position of the column with that role, None if there is none."""
        return self._positions.get(role)

    @cached_property
    def _positions(self) -> dict[str, int]:
        """First column of every role."""
        return {column.role: column.index for column in reversed(self.columns)}


def find_blocks(grid: Grid, table: HeadingTable, gazetteer: Gazetteer) -> list[Block]:
    """Find the tables of a sheet.

    Raises
    ------
    DataError
        Cities stand across the columns.
    """
    rows = spread_merged(grid)
    keys = find_keys(rows, gazetteer, table.roles)
    refuse_transposed(grid, rows, keys, gazetteer)
    if keys.name is None and keys.code is None:
        return []
    starts = _block_starts(rows, keys, gazetteer)
    blocks: list[Block] = []
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        first = next((r for r in range(start, end) if is_data(rows[r], keys, gazetteer)), None)
        if first is None:  # headings without data below: rows of the block above them
            blocks[-1:] = [replace(block, last=end) for block in blocks[-1:]]
            continue
        before = blocks[-1] if blocks else None
        blocks.append(_block(grid, rows, (start, first, end), keys, table, gazetteer, before))
    return blocks


def spread_merged(grid: Grid) -> list[list[object]]:
    """Rows with the value of a merged range in each of its cells."""
    rows = [list(row) for row in grid.rows]
    for (top, left), (bottom, right) in grid.merged:
        value = grid.cell(top, left) if top < len(rows) else None
        for r in range(top, min(bottom + 1, len(rows))):
            for c in range(left, min(right + 1, len(rows[r]))):
                rows[r][c] = value
    return rows


def _block_starts(rows: list[list[object]], keys: Keys, gazetteer: Gazetteer) -> list[int]:
    """Row 0 and every row at which headings begin anew."""
    starts, seen_data = [0], False
    for r, row in enumerate(rows):
        if is_data(row, keys, gazetteer):
            seen_data = True
        elif seen_data and _begins_headings(row, keys):
            start = r
            while start - 1 > starts[-1] and _is_caption(rows[start - 1], keys, gazetteer):
                start -= 1
            starts.append(start)
            seen_data = False
    return starts


def _begins_headings(row: Sequence[object], keys: Keys) -> bool:
    texts = [str(v) for v in row if not blank(v)]
    if any(_CONTINUED.search(plain(text)) for text in texts) and len(set(texts)) <= 3:
        return True
    label = at(row, keys.name if keys.name is not None else keys.code)
    return not blank(label) and key(str(label)) in NAME_WORDS | CODE_WORDS and len(set(texts)) > 1


def _is_caption(row: Sequence[object], keys: Keys, gazetteer: Gazetteer) -> bool:
    texts = {str(v) for v in row if not blank(v)}
    footnote = any(plain(t).startswith(("注", "资料来源", "说明", "Note", "Source")) for t in texts)
    return 0 < len(texts) <= 2 and not footnote and not is_data(row, keys, gazetteer)


def _block(
    grid: Grid,
    rows: list[list[object]],
    bounds: tuple[int, int, int],
    keys: Keys,
    table: HeadingTable,
    gazetteer: Gazetteer,
    before: Block | None,
) -> Block:
    start, first, end = bounds
    lines, captions, kinds = [], [], []
    for r in range(start, first):
        kind = _kind_of_heading_row(grid, rows, r, first, keys)
        kinds.append((r, kind))
        if kind == "heading":
            lines.append(r)
        elif kind != "blank row":
            captions += list(dict.fromkeys(str(v) for v in grid.rows[r] if not blank(v)))
    context = read_context(captions, grid.sheet, grid.file, table)
    if before is not None:
        context = context.over(before.context)
    if not lines and before is not None:
        return Block(before.columns, context, first, end, tuple(kinds))
    texts = _heading_lines(grid, rows, lines, keys)
    columns = _columns(grid, rows[first:end], texts, keys, table, gazetteer)
    return Block(columns, context, first, end, tuple(kinds))


def _kind_of_heading_row(
    grid: Grid, rows: list[list[object]], r: int, first: int, keys: Keys
) -> str:
    cells = [(c, str(v)) for c, v in enumerate(grid.rows[r]) if not blank(v)]
    if not cells:
        return "blank row"
    labels = [text for _, text in cells if _is_unit_label(text)]
    rest = [(c, text) for c, text in cells if not _is_unit_label(text)]
    if labels and len(rest) <= 1 and all(c in {0, keys.name} for c, _ in rest):
        return "unit row" if not rest else "title"
    named = keys.name if keys.name is not None else keys.code
    if len({text for _, text in cells}) == 1:
        column = cells[0][0]
        spread = sum(not blank(v) for v in rows[r])
        if column in {0, named} and (r + 1 < first or spread > 1):
            return "title"
        if spread == len(rows[r]) and len(rows[r]) > 2:
            return "title"
    numbers = [v for c, v in enumerate(grid.rows[r]) if c != named and not blank(v)]
    if numbers and all(looks_numeric(v) for v in numbers) and is_numbering(numbers):
        return "row of column numbers"
    return "heading"


def _is_unit_label(text: str) -> bool:
    return bool(UNIT_LABEL.match(plain(text)))


def _heading_lines(
    grid: Grid, rows: list[list[object]], lines: list[int], keys: Keys
) -> list[list[str]]:
    """Heading rows as text; an upper line without merged cells is carried to the right."""
    width = max((len(row) for row in rows), default=0)
    texts = [
        ["" if c >= len(rows[r]) or blank(rows[r][c]) else str(_shown(rows[r][c]))
         for c in range(width)] for r in lines
    ]  # fmt: skip
    height = len(grid.rows)  # a range may be declared beyond the sheet
    merged = {r for (t, _), (b, _) in grid.merged for r in range(t, min(b + 1, height))}
    start = max(k for k in (keys.name, keys.code, 0) if k is not None)
    for i, r in enumerate(lines[:-1]):
        if r in merged:
            continue
        last = ""
        for c in range(start + 1, width):
            below = any(texts[j][c] for j in range(i + 1, len(lines)))
            last = texts[i][c] or last
            texts[i][c] = last if below else texts[i][c]
    return texts


def _shown(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _columns(
    grid: Grid,
    data: list[list[object]],
    texts: list[list[str]],
    keys: Keys,
    table: HeadingTable,
    gazetteer: Gazetteer,
) -> tuple[Column, ...]:
    width = max((len(row) for row in data), default=0)
    columns = []
    for c in range(width):
        lines = [line[c] for line in texts if c < len(line) and line[c]]
        heading = read_heading(lines, table)
        if c < len(grid.labels) and grid.labels[c] and heading.entry is None:
            heading = read_heading([grid.labels[c]], table)
            lines.append(grid.labels[c])
        columns.append(Column(c, _role(c, lines, heading, keys, table), heading))
    if all(column.role != "province" for column in columns):
        columns = [_by_content(column, data, gazetteer) for column in columns]
    return tuple(columns)


def _role(c: int, lines: list[str], heading: Heading, keys: Keys, table: HeadingTable) -> str:
    if c == keys.name:
        return "city"
    if c == keys.code:
        return "code"
    told = next((role for line in lines if (role := table.roles.get(key(line)))), "")
    if told:
        return told
    if heading.entry is not None or (heading.year is not None and not heading.rest):
        return "figure"
    return next((role for line in lines if (role := table.role(line))), "unused")


def _by_content(column: Column, data: list[list[object]], gazetteer: Gazetteer) -> Column:
    """A column of province names needs no heading."""
    if column.role != "unused":
        return column
    cells = [row[column.index] for row in data[:200] if column.index < len(row)]
    named = [v for v in cells if isinstance(v, str) and not blank(v)]
    if named and sum(bool(gazetteer.province(v)) for v in named) > 0.8 * len(named):
        return Column(column.index, "province", column.heading)
    return column


_SAMPLE = 3000
_ID_COLUMNS = 15
_TOLD = 10**9  # a column that the user named outweighs any content
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


def find_keys(
    rows: list[list[object]], gazetteer: Gazetteer, told: Mapping[str, str] | None = None
) -> Keys:
    """Columns of names and codes, by what their cells hold; headings settle a tie."""
    sample = rows[:_SAMPLE]
    width = min(max((len(r) for r in sample), default=0), _ID_COLUMNS)
    names: Counter[int] = Counter()
    codes: Counter[int] = Counter()
    provinces = set()  # columns that hold provinces: 北京市 there is no city's name
    for c in range(width):
        cells = [row[c] for row in sample if c < len(row) and not blank(row[c])]
        titles = {key(str(v)) for v in cells[:40] if isinstance(v, str)}
        roles = {told[title] for title in titles if title in told} if told else set()
        if roles and not roles & {"city", "code"}:
            continue
        kinds = [_weight(v, gazetteer) for v in cells if isinstance(v, str)]
        named = [v for v in cells if isinstance(v, str) and gazetteer.province(v)]
        if len(named) >= 0.8 * len(cells):
            provinces.add(c)
        names[c] = sum(kinds) + (1 if titles & NAME_WORDS and sum(kinds) else 0)
        coded = [gazetteer.match_code(v).kind in {"unit", "county", "ambiguous"} for v in cells]
        numeric = sum(looks_numeric(v) for v in cells)
        if sum(coded) and (titles & CODE_WORDS or (numeric > 1 and sum(coded) >= 0.8 * numeric)):
            codes[c] = sum(coded)
        for role, found in (("city", names), ("code", codes)):
            if role in roles:
                found[c] = _TOLD
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
