"""What became of every row, column and cell: gathered while reading, then shown."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field

import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.data.open.grid import Grid
from econshrink.data.open.text import column_letter

MISSING_COLUMNS = ("city", "year", "variable", "reason", "mark", "file", "sheet", "row", "column")
FLAG_COLUMNS = ("city", "year", "variable", "rule", "status", "detail")


@dataclass(frozen=True)
class RowNote:
    """A row that gave no figure to the panel: where it stands, its first words, the reason."""

    file: str
    sheet: str
    row: int
    text: str
    reason: str


@dataclass(frozen=True)
class CellNote:
    """A figure that was read and not put into the panel, with the reason."""

    file: str
    sheet: str
    row: int
    column: str
    variable: str
    value: float
    reason: str


@dataclass(frozen=True)
class ColumnNote:
    """A column that was not read, with the reason and the number of cells it holds."""

    file: str
    sheet: str
    column: str
    heading: str
    cells: int
    reason: str


@dataclass(frozen=True)
class Conversion:
    """Figures of one column under one term: printed unit, factor, where the unit was found."""

    file: str
    sheet: str
    column: str
    heading: str
    variable: str
    unit: str
    factor: str
    unit_from: str
    figures: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MatchNote:
    """A printed name (or code), the unit it was matched to, how, and on how many rows."""

    printed: str
    city: str
    name: str
    how: str
    rows: int


@dataclass(frozen=True, eq=False)
class QualityReport:
    """What became of every row of the files.

    Parameters
    ----------
    files : tuple of str
        Sheets that were read, with remarks on encoding and the like.
    skipped : tuple of str
        Files and sheets that hold no table of cities, with the reason.
    rows_in : int
        Rows that hold anything at all.
    rows_kept : int
        Rows that gave at least one figure, or a missing cell with its reason.
    rows : tuple of RowNote
        All other rows: titles, headings, province rows, footnotes, rejected rows.
    cells : tuple of CellNote
        Figures left out of the panel although their row was kept.
    columns : tuple of ColumnNote
        Columns that were not read.
    conversions : tuple of Conversion
        Units.
    matches : tuple of MatchNote
        Names.
    missing : DataFrame
        Missing cells with the printed mark and the reason (`MISSING_COLUMNS`).
    flags : DataFrame
        Findings of the detectors (`FLAG_COLUMNS`).
    notes : tuple of str
        Cautions, such as assumed units and scopes.
    figures : int
        Figures in the panel.

    Raises
    ------
    DataError
        Rows in do not equal rows kept plus rows listed.
    """

    files: tuple[str, ...]
    skipped: tuple[str, ...]
    rows_in: int
    rows_kept: int
    rows: tuple[RowNote, ...]
    cells: tuple[CellNote, ...] = ()
    columns: tuple[ColumnNote, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    matches: tuple[MatchNote, ...] = ()
    missing: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=MISSING_COLUMNS))
    flags: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=FLAG_COLUMNS))
    notes: tuple[str, ...] = ()
    figures: int = 0

    def __post_init__(self) -> None:
        if self.rows_in != self.rows_kept + len(self.rows):
            raise DataError(
                Fault(
                    f"{self.rows_in} rows in, {self.rows_kept} kept, {len(self.rows)} listed",
                    "every row kept or listed",
                    "This is a fault of the reader; please report it with the file's layout.",
                    ", ".join(self.files[:3]),
                )
            )

    def to_json(self) -> str:
        """The whole report as JSON text with sorted keys."""
        tree: dict[str, object] = {
            name: [asdict(item) for item in getattr(self, name)]
            for name in ("rows", "cells", "columns", "conversions", "matches")
        }
        tree |= {
            "files": list(self.files),
            "skipped": list(self.skipped),
            "rows_in": self.rows_in,
            "rows_kept": self.rows_kept,
            "figures": self.figures,
            "notes": list(self.notes),
            "missing": _records(self.missing),
            "flags": _records(self.flags),
        }
        return json.dumps(tree, ensure_ascii=False, sort_keys=True, allow_nan=False)

    def text(self, limit: int = 20) -> str:
        """The report for people; long lists are cut after `limit` lines and counted."""
        lines = [
            f"{self.rows_in} rows = {self.rows_kept} kept + {len(self.rows)} listed; "
            f"{self.figures} figures, {len(self.missing)} missing cells, "
            f"{len(self.flags)} flagged cells"
        ]
        reasons = Counter(note.reason for note in self.rows)
        parts: dict[str, list[str]] = {
            "Read": list(self.files),
            "Not read": list(self.skipped),
            "Cautions": list(self.notes),
            "Units": [_conversion_line(c) for c in self.conversions],
            "Columns not read": [
                f"{c.file} {c.sheet} {c.column} '{c.heading}' ({c.cells} cells): {c.reason}"
                for c in self.columns
            ],
            "Rows listed, by reason": [f"{n:>6}  {r}" for r, n in reasons.most_common()],
            "Rejected rows": [
                f"{n.file} {n.sheet} row {n.row}: {n.text}: {n.reason}"
                for n in self.rows
                if n.reason not in QUIET_REASONS
            ],
            "Rejected figures": [
                f"{n.file} {n.sheet} {n.column}{n.row} {n.variable} {n.value:g}: {n.reason}"
                for n in self.cells
            ],
            "Missing cells, by reason": _counts(self.missing, "reason"),
            "Names not printed in full": [
                f"{m.printed} -> {m.name}: {m.how} ({m.rows} rows)"
                for m in self.matches
                if m.how not in {"full name", "without suffix"}
            ],
            "Flagged cells, by rule": _counts(self.flags, "rule"),
        }
        for title, items in parts.items():
            if items:
                lines += ["", f"{title} ({len(items)})", *(f"  {item}" for item in items[:limit])]
                if len(items) > limit:
                    lines.append(f"  … and {len(items) - limit} more")
        return "\n".join(lines)


QUIET_REASONS = {"title", "heading", "unit row", "row of column numbers", "text row",
                 "province heading"}  # fmt: skip


def _conversion_line(item: Conversion) -> str:
    notes = f"; {'; '.join(item.notes)}" if item.notes else ""
    return (
        f"{item.variable} from '{item.heading}' ({item.file} {item.sheet} {item.column}): "
        f"{item.unit or 'own unit'} × {item.factor}, {item.unit_from}, "
        f"{item.figures} figures{notes}"
    )


def _counts(frame: pd.DataFrame, column: str) -> list[str]:
    return [f"{count:>6}  {value}" for value, count in frame[column].value_counts().items()]


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {
            str(name): value.item() if hasattr(value, "item") else value
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]


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
    dropped: set[str] = field(default_factory=set)

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
                    "Remove one of the two, leave one out by its code (`drop`), or read the tables "
                    "apart.",
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
