"""Page of a finished table: its cells as they will be typeset."""

from __future__ import annotations

from typing import Any

from econshrink.nouns.show.page import Grid, Page


def table_page(table: Any) -> Page:
    """Title, heading lines, cells as printed, notes."""
    rows = []
    for row in table.rows:
        texts = [cell.text for cell in row.cells]
        rows.append((*texts, *[""] * (table.width - len(texts))))
    left = frozenset(i for i, sign in enumerate(table.align) if sign == "l")
    *lines, last = [tuple((span.text, span.width) for span in line) for line in table.header]
    if any(width > 1 for _, width in last):
        lines.append(last)
        last = tuple(("", 1) for _ in range(table.width))
    names = tuple(text for text, _ in last)
    grid = Grid(names, tuple(rows), left, over=tuple(lines))
    brief = f"{table.name}, {len(table.rows)} rows × {table.width} columns"
    title = table.title or table.name
    return Page(title, brief, (), (grid,), tuple(table.notes), table.synthetic)
