"""Names printed once for a run of rows, and columns that are not read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from econshrink.data.open.grid import Grid, blank
from econshrink.data.yearbook.figures.collect import Collector
from econshrink.data.yearbook.shape.layout import Block


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
