"""Figures out of one table: every row kept or listed, every cell a figure, missing or a fault."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from econshrink.core.errors import Fault
from econshrink.data.open.grid import Grid, blank
from econshrink.data.open.text import plain
from econshrink.data.yearbook.cells import Cell, convert, read_cell
from econshrink.data.yearbook.layout import Block, Column, place_of
from econshrink.data.yearbook.meaning import Meaning, Meanings, Settings
from econshrink.data.yearbook.names import Gazetteer, Place, digits_of
from econshrink.data.yearbook.report import Address, Collector, Key

_AREAS = {"province": "province total", "nation": "national total", "total": "total"}
HOLLOW = "a formula without a stored value"
Cells = dict[int, Cell]


def read_block(
    grid: Grid,
    rows: list[list[object]],
    block: Block,
    sheet: int,
    stands_under: str,
    gazetteer: Gazetteer,
    settings: Settings,
    out: Collector,
) -> str:
    """Read the rows of one block into the collector."""
    for row, kind in block.heading_rows:
        if kind != "blank row":
            out.list_row(sheet, row, kind)
    list_columns(grid, block, sheet, settings.scope, out)
    filled = carry_down(grid, rows, block)
    places = Places(grid, filled, block, gazetteer, out, settings.province, stands_under)
    meanings = Meanings(grid, filled, block, settings, out)
    figures = tuple(c for c in block.columns if c.role in {"figure", "value"})
    reader = _Reader(grid, sheet, figures, places, meanings, gazetteer, out)
    bare = places.bare_provinces(figures)
    for row in range(block.first, block.last):
        if not all(blank(v) for v in grid.rows[row]):
            reader.read(row, bare)
    return places.stands_under


@dataclass(frozen=True)
class _Reader:
    """Decides row by row; everything it finds goes to the collector."""

    grid: Grid
    sheet: int
    figures: tuple[Column, ...]
    places: Places
    meanings: Meanings
    gazetteer: Gazetteer
    out: Collector

    def read(self, row: int, bare: bool) -> None:
        cells = {c.index: self._cell(row, c.index) for c in self.figures}
        filled = any(not blank(self.grid.cell(row, c)) for c in cells)
        numbers = any(cell.kind == "number" for cell in cells.values())
        dropped = self.places.dropped(row, self.meanings.settings.drop)
        if dropped:
            self.out.dropped.add(dropped)
            self.out.list_row(self.sheet, row, f"code {dropped} dropped as asked")
            return
        place = self.places.place(row, self.meanings.year(row), filled=filled, bare=bare)
        if place.kind in _AREAS or (not filled and self._opens_province(row, place)):
            self._read_area(row, place, cells, numbers)
        elif place.kind == "ambiguous":
            self.out.list_row(self.sheet, row, "ambiguous name")
            self.places.refuse_ambiguous(row, place)
        elif place.kind == "unit":
            self._read_unit(row, place, cells)
        elif place.kind == "county":
            self._read_county(row, place, cells)
        elif numbers:
            label = self.places.label(row)
            near = self.gazetteer.similar(label) if label else ()
            hint = f"; looks like {', '.join(near)}" if near else ""
            reason = "no unit of this name" if label else "figures without a city"
            self.out.list_row(self.sheet, row, reason + hint)
        else:
            self.out.list_row(self.sheet, row, "text row")

    def _opens_province(self, row: int, place: Place) -> bool:
        """北京市 without a figure opens its own part of a yearbook table."""
        stacked = ("province", "year", "indicator")
        flat = all(self.meanings.block.column(role) is None for role in stacked)
        return (
            flat and place.kind == "unit" and bool(self.gazetteer.province(self.places.label(row)))
        )

    def _cell(self, row: int, column: int) -> Cell:
        value = self.grid.cell(row, column)
        if blank(value) and (row, column) in self.grid.hollow:
            error = self.grid.hollow[row, column]
            return read_cell(error) if error else Cell("text", mark=HOLLOW)
        return read_cell(value)

    def _read_area(self, row: int, place: Place, cells: Cells, numbers: bool) -> None:
        if place.kind in {"province", "unit"}:
            self.places.stands_under = place.code
        if not numbers:
            kind = "text row" if place.kind == "total" else "province heading"
            self.out.list_row(self.sheet, row, kind)
            return
        area = place.code or self.meanings.settings.province
        for column in self.figures if area else ():
            cell = cells[column.index]
            meaning = self.meanings.of(row, column, cell) if cell.number is not None else None
            year = self.meanings.year(row, column) if meaning else None
            if meaning and year and cell.number is not None and self.meanings.wanted(meaning):
                value = convert(cell.number, meaning.measure.factor)
                address = (self.sheet, row, column.index)
                self.out.totals.append((area, year, meaning.variable, value, address))
        kept = ", kept in `totals`" if area else " of rows that are not named"
        self.out.list_row(self.sheet, row, _AREAS[place.kind] + kept)

    def _read_unit(self, row: int, place: Place, cells: Cells) -> None:
        taken = False
        for column in self.figures:
            taken |= self._read_figure(row, column, cells[column.index], place.code)
        if taken:
            self.out.kept.add((self.sheet, row))
            self.out.matches[self.places.label(row), place.code, place.how] += 1
        else:
            self.out.list_row(self.sheet, row, self._why_nothing(row, place))

    def _why_nothing(self, row: int, place: Place) -> str:
        last = self.gazetteer.last_year.get(place.code)
        if last is not None:
            return f"unit abolished; figures end in {last}"
        if not self.figures:
            return "no column under a known heading"
        said = str(self.meanings.said(row, "indicator") or "")
        if said.strip() and self.meanings.inside(said).entry is None:
            return f"indicator '{plain(said)}' is not in the heading table"
        if self.meanings.settings.scope != "both" and self.out.other_scopes:
            return "figures of the other scope, or read already"
        return "repeats figures already read"

    def _known(self, row: int, column: Column, cell: Cell, city: str) -> tuple[Key, Meaning] | None:
        """Key and meaning of a cell that is to be read, None if it is not."""
        meaning = self.meanings.of(row, column, cell)
        if meaning is None or not self.meanings.wanted(meaning):
            return None
        year = self.meanings.year(row, column)
        if year is None:
            return None
        if cell.kind == "text":
            self._refuse_text(cell, (self.sheet, row, column.index), meaning.variable)
            return None
        return (city, year, meaning.variable), meaning

    def _read_figure(self, row: int, column: Column, cell: Cell, city: str) -> bool:
        known = self._known(row, column, cell, city)
        if known is None:
            return False
        key, meaning = known
        address = (self.sheet, row, column.index)
        last = self.gazetteer.last_year.get(city)
        ended = last is not None and key[1] > last
        if cell.number is None:
            return not ended and self.out.put_missing(key, cell.reason, cell.mark, address)
        value = convert(cell.number, meaning.measure.factor)
        if ended:
            reason = f"{self.gazetteer.label(city)} was abolished; figures end in {last}"
            self.out.reject(key, value, address, reason)
            return False
        if cell.mark:
            self.out.marks.append((cell.mark, address))
        self._count(column, meaning)
        return self.out.put(key, value, address)

    def _refuse_text(self, cell: Cell, address: Address, variable: str) -> None:
        remedy = "Mend the cell."
        if cell.mark == HOLLOW:
            remedy = "Open the file in a spreadsheet program and save it, to store the results."
        self.out.faults.append(
            Fault(
                cell.mark if cell.mark == HOLLOW else f"'{cell.mark}'",
                f"a number or a missing mark for {variable}",
                remedy,
                self.out.where(address),
            )
        )

    def _read_county(self, row: int, place: Place, cells: Cells) -> None:
        unit = self.gazetteer.label(place.code) if place.code else "a unit its name does not tell"
        reason = f"{place.how} of {unit}"
        if self.meanings.settings.county_level == "reject" or not place.code:
            self.out.list_row(self.sheet, row, reason)
            return
        for column in self.figures:
            cell = cells[column.index]
            known = self._known(row, column, cell, place.code)
            if known is None:
                continue
            key, meaning = known
            number = cell.number
            value = None if number is None else convert(number, meaning.measure.factor)
            address = (self.sheet, row, column.index)
            if meaning.indicator.additive:
                self.out.parts.setdefault(key, []).append((value, address))
                self._count(column, meaning)
            elif value is not None:
                self.out.reject(key, value, address, "not additive: no sum of county-level figures")
        self.out.list_row(self.sheet, row, f"{reason}, not added up")

    def _count(self, column: Column, meaning: Meaning) -> None:
        measure, heading = meaning.measure, meaning.heading
        factor = format(measure.factor, "f")
        place = (str(self.sheet), str(column.index), heading.text, meaning.variable)
        mark = (*place, measure.unit, factor, measure.source)
        self.out.conversions[mark] += 1
        notes = self.out.unit_notes.setdefault(mark, set())
        if heading.entry is not None and heading.entry.note:
            notes.add(heading.entry.note)
        if not meaning.scope:
            notes.add("scope not stated, taken as the whole city (全市)")


@dataclass
class Places:
    """Places of the rows of one block; remembers the province that rows stand under."""

    grid: Grid
    rows: list[list[object]]
    block: Block
    gazetteer: Gazetteer
    out: Collector
    default_province: str
    stands_under: str

    def label(self, row: int) -> str:
        """Printed name of the row, else its code, else nothing."""
        for role in ("city", "code"):
            value = self._at(row, role)
            if not blank(value):
                return plain(str(value))
        return ""

    def province(self, row: int) -> str:
        """Province the row names, or stands under."""
        if self.block.column("province") is not None:
            return self.gazetteer.province(self._at(row, "province"))
        return self.stands_under or self.default_province

    def place(self, row: int, year: int | None, *, filled: bool, bare: bool) -> Place:
        """Place of a row.

        `filled` says whether it has figures, `bare` whether provinces without 省 have figures in
        this sheet: then 吉林 may be the province.
        """
        keys = (self.block.column("city"), self.block.column("code"))
        province = self.province(row)
        place = place_of(self.rows[row], keys, self.gazetteer, province, year)
        if place.kind == "ambiguous" and place.how == "province or city":
            state, *units = place.candidates
            if not filled:
                return Place("province", state, "province")
            if not bare and state == "220000":
                return Place("unit", units[0], "without suffix; the sheet lists cities only")
        if place.kind == "unit":
            self._check_code(row, province)
            self._check_province(row, place, province)
        return place

    def bare_provinces(self, figures: Sequence[Column]) -> bool:
        """Whether province rows without 省 carry figures."""
        if self.block.column("city") is None or self.block.column("province") is not None:
            return False
        for row in range(self.block.first, self.block.last):
            label = self._at(row, "city")
            if not isinstance(label, str) or self.gazetteer.match(label).kind != "province":
                continue
            if plain(label).endswith(("省", "自治区")) or "rovince" in label:
                continue
            if any(read_cell(self.grid.cell(row, c.index)).kind == "number" for c in figures):
                return True
        return False

    def dropped(self, row: int, drop: Collection[str]) -> str:
        """The code by which a row is left out: the printed one, else its unit's; empty if none."""
        if not drop:
            return ""
        printed = digits_of(self._at(row, "code")) or digits_of(self._at(row, "city"))
        code = printed or self.gazetteer.match(self._at(row, "city"), self.province(row)).code
        return next((c for c in drop if c in {code, code[:6]}), "")

    def refuse_ambiguous(self, row: int, place: Place) -> None:
        """The fault that lists the units a name may stand for."""
        names = ", ".join(self.gazetteer.label(code) for code in place.candidates)
        city = self.block.column("city")
        self.out.faults.append(
            Fault(
                f"'{self.label(row)}', which may be {names}",
                "a name that stands for one unit",
                "Add a province or code column, write the Chinese name, or pass `province`.",
                self.grid.where(row, city if city is not None else self.block.column("code")),
            )
        )

    def _check_code(self, row: int, province: str) -> None:
        """Name and code of a row must say the same; former codes do."""
        name, code = self._at(row, "city"), self._at(row, "code")
        by_name = self.gazetteer.match(name, province)
        by_code = self.gazetteer.match_code(code)
        told = by_code.kind in {"unit", "county", "ambiguous"} and by_name.kind == "unit"
        if told and by_name.code not in (by_code.candidates or (by_code.code,)):
            self.out.faults.append(
                Fault(
                    f"name {name} with the code {code} of {self.gazetteer.label(by_code.code)}",
                    f"the code of {self.gazetteer.label(by_name.code)}",
                    "Mend the name or the code.",
                    self.grid.where(row, self.block.column("code")),
                )
            )

    def _check_province(self, row: int, place: Place, province: str) -> None:
        column = self.block.column("province")
        if column is None or not province or province[:2] == place.code[:2]:
            return
        self.out.faults.append(
            Fault(
                f"{self.label(row)} ({self.gazetteer.label(place.code)}) in the province "
                f"{plain(str(self._at(row, 'province')))}",
                f"the province {place.code[:2]}0000",
                "Mend the province or the name.",
                self.grid.where(row, column),
            )
        )

    def _at(self, row: int, role: str) -> object:
        index = self.block.column(role)
        values = self.rows[row]
        return values[index] if index is not None and index < len(values) else None


def carry_down(grid: Grid, rows: list[list[object]], block: Block) -> list[list[object]]:
    """Rows with province, city, year, indicator and unit filled down where printed once a run.

    A lone gap is a gap: only a column that is mostly blank, and never repeats itself in the next
    row, is filled. A column of cities is filled only in a table with a row a year or indicator.
    """
    out = [list(row) for row in rows]
    stacked = block.column("year") is not None or block.column("indicator") is not None
    for role in ("province", "city", "year", "indicator", "unit"):
        index = block.column(role)
        if index is None or (role == "city" and not stacked):
            continue
        inside = range(block.first, block.last)
        if not any(index < len(rows[r]) and blank(rows[r][index]) for r in inside):
            continue
        span = [
            r
            for r in inside
            if index < len(rows[r]) and sum(not blank(v) for v in grid.rows[r]) > 1
        ]
        values = [rows[r][index] for r in span]
        if 2 * sum(blank(v) for v in values) < len(values) or _repeats(values):
            continue
        last: object = None
        for r in span:
            last = rows[r][index] if not blank(rows[r][index]) else last
            out[r][index] = last
    return out


def list_columns(grid: Grid, block: Block, sheet: int, scope: str, out: Collector) -> None:
    """List the columns that hold something and are not read."""
    for column in block.columns:
        span = range(block.first, block.last)
        count = sum(not blank(grid.cell(row, column.index)) for row in span)
        heading = column.heading
        other = bool(heading.scope) and scope not in {heading.scope, "both"}
        if count and column.role == "unused":
            reason = "heading not in the table" if heading.text else "no heading"
            out.skip_column(sheet, column.index, heading.text, count, reason)
        elif count and other and column.role in {"figure", "value"}:
            out.other_scopes.add(heading.scope)
            reason = f"scope {heading.scope} was not asked for"
            out.skip_column(sheet, column.index, heading.text, count, reason)


def _repeats(values: Sequence[object]) -> bool:
    """Whether a value stands twice in a row: then blanks are gaps, not runs."""
    return any(not blank(a) and a == b for a, b in pairwise(values))
