"""Grid: one sheet as it stands in the file, with addresses for messages; and its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from econshrink.core.field_types import typed_fields
from econshrink.data.open.text import column_letter

Rows = tuple[tuple[object, ...], ...]
Merged = tuple[tuple[tuple[int, int], tuple[int, int]], ...]


@dataclass(frozen=True)
class Grid:
    """Cells of one sheet.

    Parameters
    ----------
    file, sheet : str
        Names; `sheet` is empty for files that have none.
    rows : tuple of tuple
        Cells as they are in the file; rows may differ in length in delimited text.
    merged : tuple
        Merged ranges ``((top, left), (bottom, right))``, counted from zero, inclusive.
    hollow : Mapping
        ``(row, column)`` of cells without a usable value, and what they hold (a formula that
        was never calculated, an error value).
    labels : tuple of str
        Longer labels of the columns, where the format keeps them apart (Stata).
    notes : tuple of str
        Remarks on the file, such as its encoding.
    """

    file: str
    sheet: str
    rows: Rows
    merged: Merged = ()
    hollow: Mapping[tuple[int, int], str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns of the longest row."""
        return max((len(row) for row in self.rows), default=0)

    @property
    def name(self) -> str:
        """File and sheet in one text."""
        return f"file {self.file}" + (f", sheet {self.sheet}" if self.sheet else "")

    def cell(self, row: int, column: int) -> object:
        """The cell, or None beyond the end of a short row."""
        line = self.rows[row]
        return line[column] if column < len(line) else None

    def where(self, row: int | None = None, column: int | None = None) -> str:
        """Address for people: file, sheet, row (from one) and column (letter)."""
        place = self.name
        if row is not None:
            place += f", row {row + 1}"
        if column is not None:
            place += f", column {column_letter(column)}"
        return place


@dataclass
class Looks:
    """What a sheet's cells look like: number formats that change a figure, what is hidden."""

    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)


def blank(value: object) -> bool:
    r"""Whether a cell holds nothing to see.

    Examples
    --------
    >>> blank(" \u3000"), blank(0.0)
    (True, False)
    """
    if isinstance(value, str):
        return not value or not value.strip("\ufeff\u200b \t\r\n\u3000")
    return value is None


@dataclass(frozen=True)
@typed_fields
class Limits:
    """Largest input that is read.

    Parameters
    ----------
    file_bytes : int
        Size of the file on disk.
    unpacked_bytes : int
        Size of everything inside an xlsx container, as declared and as verified.
    rows, columns : int
        Rows and columns of one sheet.
    cells : int
        Rows times columns of one sheet: a single far-off cell makes a sheet that large.
    """

    file_bytes: int = 200_000_000
    unpacked_bytes: int = 400_000_000
    rows: int = 500_000
    columns: int = 4_096
    cells: int = 10_000_000


DEFAULT_LIMITS = Limits()


def spans(numbers: Sequence[int]) -> str:
    """Rising numbers in words: ``5, 7–9``."""
    out: list[list[int]] = []
    for number in numbers:
        if out and number == out[-1][-1] + 1:
            out[-1] = [out[-1][0], number]
        else:
            out.append([number])
    return ", ".join("–".join(map(str, span)) for span in out)
