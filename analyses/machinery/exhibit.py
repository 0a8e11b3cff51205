"""Exhibit: columns declared once, from which a frame becomes a printed table and its results."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from analyses.machinery.results import Result
from econshrink import DataError, Fault, SpecError, Table
from econshrink.core.errors import raise_all
from econshrink.nouns import Cell, Row, Span

_FIELDS = {"row", "column"}


@dataclass(frozen=True)
class Column:
    """One column: how it is printed, how it is recorded, or both.

    Parameters
    ----------
    name : str
        Column of the frame.
    title : str, optional
        Heading; None if the column is recorded but not printed.
    format : str
        Format of a printed number, as in `Cell`; empty for text.
    kind, unit : str
        Of its entries in results.json, as in `Result`; no kind: printed but not recorded.
    id : str
        Pattern of its ids, in place of the exhibit's.
    over : str
        Heading above the heading; neighbours with the same one share it.
    times : float
        Printed is the value times this, such as 100 for percentage points; recorded is the value.
    before, after : str
        Printed around a number, such as parentheses.
    align : str
        ``l``, ``r`` or ``c``; default: the first printed column left, others right.
    """

    name: str
    title: str | None = None
    format: str = ""
    kind: str = ""
    unit: str = ""
    id: str = ""
    over: str = ""
    times: float = 1.0
    before: str = ""
    after: str = ""
    align: str = ""

    def cell(self, value: object) -> Cell:
        """The value as printed; missing numbers print as an en dash."""
        if isinstance(value, str):
            return Cell(value)
        if value is None or pd.isna(value):  # type: ignore[call-overload]
            return Cell(None)
        number = self.times * float(value)  # type: ignore[arg-type]
        shown = int(value) if self.format.endswith("d") else number  # type: ignore[call-overload]
        return Cell(shown, self.format, self.before, self.after)


@dataclass(frozen=True)
class Exhibit:
    """A table of the paper: what it is called, what its columns are, what its numbers are called.

    Parameters
    ----------
    name, title : str
        As in `Table`; `name` also stands in every entry of results.json.
    ids : str
        Pattern of the ids: ``{row}`` is the label of the frame's row, ``{column}`` the column's
        name, as in ``"expansion.{row}.{column}"``.
    columns : tuple of Column
    group : str
        Column of the frame that holds headings across: one is printed where it changes.
    synthetic : bool

    Raises
    ------
    SpecError
        No column, a name twice, or a pattern with another field.

    Examples
    --------
    >>> shown = Column("units", "Units", "d", "count", "cities")
    >>> exhibit = Exhibit("sizes", "Sizes", "size.{row}.{column}", (Column("label", ""), shown))
    >>> frame = pd.DataFrame({"label": ["Small"], "units": [7]}, index=["small"])
    >>> [cell.text for cell in exhibit.table(frame).rows[0].cells]
    ['Small', '7']
    >>> [(result.id, result.value) for result in exhibit.results(frame)]
    [('size.small.units', 7)]
    """

    name: str
    title: str
    ids: str
    columns: tuple[Column, ...]
    group: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        names = [column.name for column in self.columns]
        faults = [
            Fault(f"column '{name}' twice", "each once", "Rename one.", f"exhibit {self.name}")
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
        if not self._printed:
            faults.append(Fault("no column with a title", "at least one", "Give one a title."))
        for pattern in (self.ids, *(column.id for column in self.columns)):
            odd = {field for _, field, _, _ in string.Formatter().parse(pattern) if field} - _FIELDS
            if odd:
                faults.append(
                    Fault(
                        f"pattern '{pattern}'",
                        "no field but {row} and {column}",
                        f"Write {', '.join(sorted(odd))} out.",
                        f"exhibit {self.name}",
                    )
                )
        raise_all(SpecError, faults)

    def table(self, frame: pd.DataFrame, notes: Sequence[str] = ()) -> Table:
        """The printed table: one row a row of the frame, headings where `group` changes."""
        self._check(frame)
        columns = self._printed
        heads = [tuple(Span(column.title or "") for column in columns)]
        if any(column.over for column in columns):
            runs = groupby(columns, key=lambda column: column.over)
            heads.insert(0, tuple(Span(text, len(list(run))) for text, run in runs))
        rows, heading = [], None
        for line in frame.to_dict("records"):
            if self.group and line[self.group] != heading:
                heading = line[self.group]
                rows.append(Row((Cell(heading),), "group"))
            rows.append(Row(tuple(column.cell(line[column.name]) for column in columns)))
        usual = ["l", *"r" * (len(columns) - 1)]
        align = "".join(c.align or side for c, side in zip(columns, usual, strict=True))
        return Table(
            self.name, self.title, tuple(heads), tuple(rows), tuple(notes), align, self.synthetic
        )

    def results(self, frame: pd.DataFrame) -> Iterator[Result]:
        """The entries of results.json; a missing number has none."""
        self._check(frame)
        for column in self.columns:
            for row, value in frame[column.name].items() if column.kind else ():
                if pd.isna(value):
                    continue
                plain = value.item() if hasattr(value, "item") else value
                if column.kind == "count" and float(plain).is_integer():
                    plain = int(plain)  # a missing cell elsewhere turns a column into floats
                key = (column.id or self.ids).format(row=row, column=column.name)
                yield Result(key, plain, column.kind, column.unit, self.name, self.synthetic)

    @property
    def _printed(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.title is not None)

    def _check(self, frame: pd.DataFrame) -> None:
        wanted = [*(column.name for column in self.columns), *filter(None, [self.group])]
        faults = [
            Fault(
                f"a frame without '{name}'",
                f"the declared columns {', '.join(wanted)}",
                "Compute it, or take it out of the declaration.",
                f"exhibit {self.name}",
            )
            for name in wanted
            if name not in frame
        ]
        raise_all(DataError, faults)
