"""Table: what is printed, with every number kept unrounded behind its text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.show.tables import table_page
from econshrink.nouns.storage import register


@register
@dataclass(frozen=True)
class Cell:
    """One cell: a number with its format, or text.

    Parameters
    ----------
    value : float, int, str or None
        None prints as an en dash. A numpy scalar becomes the Python number it holds.
    format : str
        Python format specification for a number, such as ``",.0f"``, ``".3f"``, ``".1%"``.
    before, after : str
        Text around the number: parentheses, stars.

    Examples
    --------
    >>> Cell(0.1234, ".3f", "(", ")").text
    '(0.123)'
    >>> Cell(-1234567, ",.0f").text
    '−1,234,567'
    """

    value: float | int | str | None
    format: str = ""
    before: str = ""
    after: str = ""

    def __post_init__(self) -> None:
        held: object = self.value
        if isinstance(held, np.generic):
            object.__setattr__(self, "value", held.item())

    @property
    def text(self) -> str:
        """The cell as printed, with a proper minus sign."""
        if self.value is None or (isinstance(self.value, float) and math.isnan(self.value)):
            return "–"
        if isinstance(self.value, str):
            return f"{self.before}{self.value}{self.after}"
        number = format(self.value, self.format)
        digits = number.strip("-0.,%")
        if number.startswith("-") and not digits:  # no negative zero
            number = number[1:]
        return f"{self.before}{number.replace('-', '−')}{self.after}"

    @property
    def is_number(self) -> bool:
        """True if the cell holds a number."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)


@register
@dataclass(frozen=True)
class Row:
    """A row: `kind` is ``"body"``, ``"group"`` (a heading across) or ``"rule"`` (a line above)."""

    cells: tuple[Cell, ...]
    kind: str = "body"

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", tuple(self.cells))


@register
@dataclass(frozen=True)
class Span:
    """A heading over `width` columns."""

    text: str
    width: int = 1


@register
@dataclass(frozen=True, repr=False)
class Table(Shown):
    """A table ready to be written in any format.

    Parameters
    ----------
    name : str
        File name without ending, and key of cross references: ``"census_counts"``.
    title : str
    header : tuple of tuple of Span
        One tuple a heading line; widths of each line add up to the number of columns.
    rows : tuple of Row
    notes : tuple of str
        Printed below the table: sources, rules, units, standard errors.
    align : str
        One of ``l``, ``r``, ``c`` per column; default: first left, others right.
    synthetic : bool
        Prints the label "SYNTHETIC" in the notes.

    Raises
    ------
    DataError
        A row or heading line whose width differs, or a table without rows.
    """

    name: str
    title: str
    header: tuple[tuple[Span, ...], ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    align: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "header", tuple(tuple(line) for line in self.header))
        object.__setattr__(self, "rows", tuple(self.rows))
        object.__setattr__(self, "notes", tuple(self.notes))
        width = sum(span.width for span in self.header[-1]) if self.header else 0
        faults = []
        if not self.rows or not width:
            faults.append(Fault("no rows or no heading", "at least one of each", "Add them."))
        for number, line in enumerate(self.header):
            if sum(span.width for span in line) != width:
                faults.append(_width(f"heading line {number}", width))
        for number, row in enumerate(self.rows):
            if row.kind == "group" and len(row.cells) == 1:
                continue
            if len(row.cells) != width:
                faults.append(_width(f"row {number} with {len(row.cells)} cells", width))
        align = self.align or "l" + "r" * (width - 1)
        if len(align) != width or set(align) - set("lrc"):
            faults.append(Fault(f"alignment '{align}'", f"{width} of l, r, c", "Mend it."))
        raise_all(DataError, faults)
        object.__setattr__(self, "align", align)

    def _page(self) -> Page:
        return table_page(self)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.align)


def _width(seen: str, width: int) -> Fault:
    return Fault(seen, f"{width} columns", "Give every line the same number of columns.")
