"""Collector: figures, missing cells and remarks gathered over all sheets, each with its address."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from econshrink.core.errors import Fault
from econshrink.data.open.grid import Grid
from econshrink.data.open.text import column_letter
from econshrink.data.yearbook.figures.report import CellNote, ColumnNote, RowNote

Key = tuple[str, int, str]
Address = tuple[int, int, int]


@dataclass
class Collector:
    """What the sheets gave so far. `figures` and `missing` are by (city, year, variable)."""

    grids: list[Grid] = field(default_factory=list)
    figures: dict[Key, tuple[float, Address]] = field(default_factory=dict)
    missing: dict[Key, tuple[str, str, Address]] = field(default_factory=dict)
    parts: dict[Key, list[tuple[float | None, Address]]] = field(default_factory=dict)
    totals: list[tuple[str, int, str, float, Address]] = field(default_factory=list)
    rows_in: int = 0
    kept: set[tuple[int, int]] = field(default_factory=set)
    rows: dict[tuple[int, int], RowNote] = field(default_factory=dict)
    cells: list[CellNote] = field(default_factory=list)
    columns: list[ColumnNote] = field(default_factory=list)
    conversions: Counter[tuple[str, ...]] = field(default_factory=Counter)
    unit_notes: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    matches: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    marks: list[tuple[str, Address]] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    other_scopes: set[str] = field(default_factory=set)

    def open(self, grid: Grid) -> int:
        """Register a sheet; its number stands in every address."""
        self.grids.append(grid)
        return len(self.grids) - 1

    def where(self, address: Address) -> str:
        """Address for people."""
        return self.grids[address[0]].where(address[1], address[2])

    def put(self, key: Key, value: float, address: Address) -> bool:
        """Add a figure; True if it is new, False if it repeats one; a contradiction is a fault."""
        before = self.figures.get(key)
        if before is None:
            self.figures[key] = (value, address)
            self.missing.pop(key, None)
            return True
        if abs(before[0] - value) > 1e-9 * max(abs(before[0]), abs(value)):
            city, year, variable = key
            self.faults.append(
                Fault(
                    f"{variable} of {city} in {year} a second time, {value:g} after {before[0]:g} "
                    f"in {self.where(before[1])}",
                    "one figure a city, year and variable",
                    "Remove one of the two, or read the tables apart.",
                    self.where(address),
                )
            )
        return False

    def put_missing(self, key: Key, reason: str, mark: str, address: Address) -> bool:
        """Add a missing cell; True if nothing is known yet for its key."""
        if key in self.figures or key in self.missing:
            return False
        self.missing[key] = (reason, mark, address)
        return True

    def list_row(self, sheet: int, row: int, reason: str, text: str = "") -> None:
        """List a row that gives no figure."""
        grid = self.grids[sheet]
        shown = text or " ".join(str(v) for v in grid.rows[row] if str(v).strip())[:60]
        self.rows[sheet, row] = RowNote(grid.file, grid.sheet, row + 1, shown, reason)

    def reject(self, key: Key, value: float, address: Address, reason: str) -> None:
        """List a figure that is not put into the panel."""
        grid = self.grids[address[0]]
        letter = column_letter(address[2])
        note = CellNote(grid.file, grid.sheet, address[1] + 1, letter, key[2], value, reason)
        self.cells.append(note)

    def skip_column(self, sheet: int, column: int, heading: str, cells: int, reason: str) -> None:
        """List a column that is not read."""
        grid = self.grids[sheet]
        self.columns.append(
            ColumnNote(grid.file, grid.sheet, column_letter(column), heading, cells, reason)
        )
