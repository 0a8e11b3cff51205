"""What a cell measures: term, year, scope and unit, from its column, its row and the captions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.open.grid import DEFAULT_LIMITS, Grid, Limits, blank
from econshrink.data.yearbook.cells import Cell, Unit, read_unit, read_year
from econshrink.data.yearbook.headings import (
    DISTRICTS,
    OWN_UNIT,
    Context,
    Entry,
    Heading,
    HeadingTable,
    Indicator,
    ScopeName,
    heading_table,
    read_heading,
)
from econshrink.data.yearbook.layout import Block, Column
from econshrink.data.yearbook.report import Collector

Scope = Literal["city", "districts", "both"]
CountyLevel = Literal["reject", "aggregate"]


@dataclass(frozen=True)
class Settings:
    """How to read: see `econshrink.data.yearbook.read_yearbook` for every field."""

    table: HeadingTable = field(default_factory=heading_table)
    scope: Scope = "city"
    county_level: CountyLevel = "reject"
    units: Mapping[str, str] = field(default_factory=dict)
    year: int | Mapping[str, int] | None = None
    province: str = ""
    drop: tuple[str, ...] = ()
    detect: bool = True
    limits: Limits = DEFAULT_LIMITS

    def __post_init__(self) -> None:
        faults = []
        choices = (
            ("scope", self.scope, ("city", "districts", "both")),
            ("county_level", self.county_level, ("reject", "aggregate")),
        )
        for name, value, allowed in choices:
            if value not in allowed:
                expected = f"one of {', '.join(allowed)}"
                faults.append(Fault(f"{name}={value!r}", expected, "Choose one of them."))
        for term, text in self.units.items():
            indicator = self.table.indicators.get(term)
            unit = read_unit(text)
            if indicator is None:
                known = ", ".join(sorted(self.table.indicators))
                faults.append(Fault(f"units for '{term}'", f"one of {known}", "Use our term."))
            elif unit is None or unit.factor(indicator.dimension) is None:
                expected = f"a unit of {indicator.dimension}"
                faults.append(Fault(f"unit '{text}' for {term}", expected, "Write it as printed."))
        raise_all(DataError, faults)

    def year_of(self, file: str) -> int | None:
        """Year the user gave for a file, None if not given."""
        return self.year.get(file) if isinstance(self.year, Mapping) else self.year


_EMPTY = Heading("")


@dataclass(frozen=True)
class Meaning:
    """What the cells of one column (and one indicator, in a long table) measure."""

    indicator: Indicator
    heading: Heading
    scope: ScopeName
    measure: Measure

    @property
    def variable(self) -> str:
        """Name of the variable in the panel."""
        return self.indicator.term + (DISTRICTS if self.scope == "districts" else "")


@dataclass
class Meanings:
    """Finds and remembers the meaning of the cells of one block; tells every fault once."""

    grid: Grid
    rows: list[list[object]]
    block: Block
    settings: Settings
    out: Collector
    _known: dict[tuple[Hashable, ...], Meaning | None] = field(default_factory=dict)
    _inside: dict[str, Heading] = field(default_factory=dict)
    _told: set[tuple[Hashable, ...]] = field(default_factory=set)

    def of(self, row: int, column: Column, cell: Cell) -> Meaning | None:
        """Meaning of a cell, None if it cannot be known (told once, as a fault)."""
        said = tuple(str(self.said(row, role) or "") for role in ("indicator", "unit", "scope"))
        known = (column.index, *said, cell.unit)
        if known not in self._known:
            self._known[known] = self._find(row, column, cell, *said)
        return self._known[known]

    def said(self, row: int, role: str) -> object:
        """What the row itself says in the column of that role."""
        index = self.block.column(role)
        values = self.rows[row]
        return values[index] if index is not None and index < len(values) else None

    def inside(self, text: str) -> Heading:
        """A long table's indicator, read as a heading."""
        if text not in self._inside:
            blank_text = not text.strip()
            self._inside[text] = _EMPTY if blank_text else read_heading([text], self.settings.table)
        return self._inside[text]

    def year(self, row: int, column: Column | None = None) -> int | None:
        """Year of a cell, or of a row; a fault if a filled cell has none."""
        if column is not None and column.heading.year is not None:
            return column.heading.year
        if self.block.column("year") is not None:
            year = read_year(self.said(row, "year"))
        else:
            inside = self.inside(str(self.said(row, "indicator") or ""))
            given = self.settings.year_of(self.grid.file)
            year = given or inside.year or self.block.context.year
        if year is None and column is not None and not blank(self.grid.cell(row, column.index)):
            self._refuse_year(row, column)
        return year

    def wanted(self, meaning: Meaning) -> bool:
        """Whether figures of this scope were asked for."""
        scope = meaning.scope or "city"
        if self.settings.scope in {scope, "both"}:
            return True
        self.out.other_scopes.add(scope)
        return False

    def _find(
        self, row: int, column: Column, cell: Cell, indicator: str, unit: str, scope: str
    ) -> Meaning | None:
        heading, inside = column.heading, self.inside(indicator)
        entry = heading.entry or inside.entry
        if entry is None and not indicator.strip():
            entry = self.block.context.entry
        if not self._entry_is_clear(row, column, entry, inside, indicator) or entry is None:
            return None
        found = self.settings.table.indicators[entry.term]
        heading = replace(heading, entry=entry, unit=inside.unit or heading.unit)
        stated = self.inside(scope).scope
        measure = unit_of(found, heading, unit, cell.unit, self.block.context, self.settings.units)
        if isinstance(measure, Fault):
            self.out.faults.append(replace(measure, where=self.grid.where(row, column.index)))
            return None
        where = heading.scope or stated or inside.scope or self.block.context.scope
        return Meaning(found, heading, where, measure)

    def _entry_is_clear(
        self, row: int, column: Column, entry: Entry | None, inside: Heading, indicator: str
    ) -> bool:
        heading = column.heading
        if entry is None:
            if not indicator.strip():
                seen = f"figures under '{heading.text}' without an indicator"
                expected = "a heading, an indicator column or a title of the heading table"
                remedy = "Pass `headings` with the heading or title as printed."
                self._tell(("indicator", column.index), row, column, (seen, expected, remedy))
            return False
        if entry.candidates:
            word = heading.rest or indicator
            seen = f"heading '{heading.text or indicator}'"
            expected = f"which of {', '.join(entry.candidates)} it holds"
            remedy = f"Pass headings={{'{word}': '{entry.candidates[0]}'}} or another of them."
            self._tell(("candidates", entry.term), row, column, (seen, expected, remedy))
            return False
        conflict = inside.conflict or heading.conflict
        if conflict:
            seen = f"a heading in which {conflict}"
            fault = (seen, "lines that agree", "Pass `headings` for this heading.")
            self._tell(("conflict", column.index), row, column, fault)
        return not conflict

    def _refuse_year(self, row: int, column: Column) -> None:
        index = self.block.column("year")
        if index is not None:
            fault = (f"year {self.said(row, 'year')!r}", "a year such as 2010", "Mend the cell.")
            year_column = next(c for c in self.block.columns if c.index == index)
            self._tell(("year", row), row, year_column, fault)
            return
        edition = " but that of the edition" if self.block.context.edition else ""
        expected = "a year in the headings, the rows, the title, the sheet or the file name"
        remedy = "Pass `year=` (the figures' own year, one before the edition)."
        self._tell(("year",), row, column, (f"no year{edition}", expected, remedy))

    def _tell(
        self,
        mark: tuple[Hashable, ...],
        row: int,
        column: Column,
        fault: tuple[str, str, str],
    ) -> None:
        if mark not in self._told:
            self._told.add(mark)
            self.out.faults.append(Fault(*fault, self.grid.where(row, column.index)))


@dataclass(frozen=True)
class Measure:
    """Printed unit, exact factor to our unit, and where the unit stands."""

    unit: str
    factor: Decimal
    source: str


def unit_of(
    indicator: Indicator,
    heading: Heading,
    row_unit: str,
    cell_unit: str,
    context: Context,
    given: Mapping[str, str],
) -> Measure | Fault:
    """Unit of a cell: behind the figure, in the row, in the heading, given, or in the caption."""
    for text, source in ((cell_unit, "behind the figure"), (row_unit, "unit column")):
        if text.strip():
            return _measured(read_unit(text), text, indicator, source)
    if heading.unit is not None:
        return _measured(heading.unit, heading.unit.text, indicator, "heading")
    entry = heading.entry
    if entry is not None and entry.unit == OWN_UNIT:
        return Measure("", Decimal(1), "our own name and unit")
    if entry is not None and entry.unit:
        return _measured(read_unit(entry.unit), entry.unit, indicator, "heading table")
    if indicator.term in given:
        text = given[indicator.term]
        return _measured(read_unit(text), text, indicator, "given by the user")
    fitting = {u.text: f for u in context.units if (f := u.factor(indicator.dimension)) is not None}
    if len(set(fitting.values())) == 1:
        text, factor = next(iter(fitting.items()))
        return Measure(text, factor, "caption")
    if indicator.usual_unit and not fitting:
        return _measured(
            read_unit(indicator.usual_unit),
            indicator.usual_unit,
            indicator,
            "assumed, none printed",
        )
    seen = f"units {', '.join(fitting)} in the caption" if fitting else "no unit"
    return Fault(
        f"{seen} for {indicator.term} (heading '{heading.text}')",
        f"a unit of {indicator.dimension}",
        f"Pass units={{'{indicator.term}': '…'}} with the unit as the yearbook prints it.",
    )


def _measured(unit: Unit | None, text: str, indicator: Indicator, source: str) -> Measure | Fault:
    factor = unit.factor(indicator.dimension) if unit is not None else None
    if factor is None:
        return Fault(
            f"the unit '{text}' ({source}) for {indicator.term}",
            f"a unit of {indicator.dimension}",
            "Mend the unit, or map the heading to another term with `headings`.",
        )
    return Measure(text, factor, source)
