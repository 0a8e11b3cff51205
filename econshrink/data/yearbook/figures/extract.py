"""Figures out of one block: every row kept or listed, every cell a figure, missing or a fault."""

from __future__ import annotations

from dataclasses import dataclass

from econshrink.core.errors import Fault
from econshrink.data.open.grid import Grid, blank
from econshrink.data.open.text import plain
from econshrink.data.yearbook.figures.collect import Address, Collector, Key
from econshrink.data.yearbook.figures.meaning import Meaning, Meanings
from econshrink.data.yearbook.figures.places import Places
from econshrink.data.yearbook.figures.runs import carry_down, list_columns
from econshrink.data.yearbook.figures.settings import Settings
from econshrink.data.yearbook.shape.layout import Block, Column
from econshrink.data.yearbook.words.cells import Cell, read_cell
from econshrink.data.yearbook.words.names import Gazetteer, Place
from econshrink.data.yearbook.words.units import convert

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
    """Read the rows of one block into the collector.

    Parameters
    ----------
    grid : Grid
        The sheet as it is in the file.
    rows : list of list
        Its rows with merged cells spread.
    block : Block
        The table to read.
    sheet : int
        Number of the sheet in the collector.
    stands_under : str
        Province code of the last province row above the block.
    gazetteer, settings, out
        Names, options and the collector that is filled.

    Returns
    -------
    str
        Province code that rows below the block stand under.
    """
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
