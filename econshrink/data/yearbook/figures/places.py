"""Which unit, province or county a row is about, with every contradiction told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from econshrink.core.errors import Fault
from econshrink.data.open.grid import Grid, blank
from econshrink.data.open.text import plain
from econshrink.data.yearbook.figures.collect import Collector
from econshrink.data.yearbook.shape.layout import Block, Column
from econshrink.data.yearbook.shape.rows import place_of
from econshrink.data.yearbook.words.cells import read_cell
from econshrink.data.yearbook.words.names import Gazetteer, Place


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
