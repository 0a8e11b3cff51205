"""One table out of a file of any kind: a row of headings, and rows that fit under it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.open.faults import grouped, listed
from econshrink.data.open.grid import DEFAULT_LIMITS, Grid, Limits, blank
from econshrink.data.open.openers import files_of, open_all

_TITLES = 30  # rows above the headings that may hold titles


def label(value: object) -> str:
    """A cell as a name: codes stored as numbers without their decimals."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if blank(value) else str(value).strip("\ufeff\u200b \t\r\n\u3000\xa0")


@dataclass(frozen=True)
class Table:
    """A sheet, the row of its headings, and the rows below that hold anything."""

    grid: Grid
    head: int
    rows: tuple[int, ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings as printed, without those at the right that are empty."""
        names = [label(v) for v in self.grid.rows[self.head]]
        while names and not names[-1]:
            names.pop()
        return tuple(names)


def one_sheet(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> Grid:
    """The only sheet of a file (or of a folder) that holds anything.

    Raises
    ------
    DataError
        No such file, unreadable, empty, or several sheets.
    """
    paths, _ = files_of(Path(path))
    grids = open_all(paths, limits)
    filled = [g for g in grids if any(not blank(v) for row in g.rows for v in row)]
    if len(filled) == 1:
        return filled[0]
    notes = [f"{g.name}: {n}" for g in grids for n in g.notes if "not read" in n]
    seen = listed([g.name for g in filled]) if filled else "no cell that holds anything"
    raise DataError(
        Fault(
            "; ".join([f"{len(filled)} sheets ({seen})" if filled else seen, *notes]),
            "one sheet with the table",
            "Save the table in a file of its own.",
            str(path),
        )
    )


def one_table(
    path: str | os.PathLike[str], needed: Sequence[str], limits: Limits = DEFAULT_LIMITS
) -> Table:
    """The table whose headings include `needed` (compared in lower case).

    Raises
    ------
    DataError
        Headings or rows are missing, a heading stands twice, a row has a field too many or few.
    """
    grid = one_sheet(path, limits)
    filled = [r for r, row in enumerate(grid.rows) if not all(blank(v) for v in row)]
    heads = [r for r in filled[:_TITLES] if set(needed) <= _lower(grid.rows[r])]
    rows = [r for r in filled if heads and r > heads[0]]
    if not heads or not rows:
        head = heads[0] if heads else filled[0]
        names = [label(v) for v in grid.rows[head] if not blank(v)]
        raise DataError(
            Fault(
                f"columns {', '.join(names)} and {len(filled) - 1} rows",
                f"columns {', '.join(needed)} and at least one row",
                "Export it with its rows." if heads else "Rename the columns.",
                grid.where(head),
            )
        )
    table = Table(grid, heads[0], tuple(rows))
    refuse_misfits(table)
    return table


def refuse_misfits(table: Table) -> None:
    """Refuse headings that stand twice, and rows that are wider or narrower than the headings."""
    names = [name.lower() for name in table.headings]
    where = table.grid.where(table.head)
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    faults = [
        Fault(f"{listed(twice)} twice", "each heading once", "Rename or remove one.", where)
        for _ in twice[:1]
    ]
    text = not table.grid.sheet and not table.grid.labels
    for r in table.rows:
        line = table.grid.rows[r]
        extra = any(not blank(v) for v in line[len(names) :])
        if extra or (text and len(line) < len(names)):
            faults.append(
                Fault(
                    f"{len(line)} fields",
                    f"{len(names)} fields as in the heading",
                    "Put figures with thousands separators in quotation marks, or mend the row.",
                    table.grid.where(r, min(len(line), len(names))),
                )
            )
    raise_all(DataError, grouped(faults))


def _lower(row: Sequence[object]) -> set[str]:
    return {label(value).lower() for value in row}
