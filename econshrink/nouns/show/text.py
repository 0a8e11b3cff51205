"""A page as text for a terminal: grids aligned, notes wrapped to the width."""

from __future__ import annotations

import textwrap
import unicodedata

from econshrink.nouns.show.page import Grid, Page

WIDTH = 79
_GAP = "  "


def as_text(page: Page, width: int = WIDTH) -> str:
    """The page in lines; grids keep their width, everything else is wrapped.

    Examples
    --------
    >>> print(as_text(Page("T", "t", (("Rows", "3"),), (Grid(("a", "b"), (("x", "1"),)),))))
    T
    Rows: 3
    ────
    a  b
    ────
    x  1
    ────
    """
    grids = [_grid_lines(grid) for grid in page.grids]
    room = max([width, *(cells(line) for lines in grids for line in lines)])
    lines = _wrapped(page.title, room, "")
    lines += _fact_lines(page.facts, room)
    for grid, body in zip(page.grids, grids, strict=True):
        if grid.caption:
            lines += ["", *_wrapped(grid.caption, room, "")]
        lines += body
    for note in page.foot:
        lines += _wrapped(note, room, "  ")
    return "\n".join(lines)


def cells(text: str) -> int:
    """Columns a text takes in a terminal: Chinese signs take two.

    Examples
    --------
    >>> cells("鹤岗 a")
    6
    """
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _fact_lines(facts: tuple[tuple[str, str], ...], room: int) -> list[str]:
    """Facts joined by semicolons as long as they fit, a long one on lines of its own."""
    lines: list[str] = []
    current = ""
    for name, value in facts:
        piece = f"{name}: {value}"
        if current and cells(current) + 3 + cells(piece) <= room:
            current = f"{current} · {piece}"
            continue
        if current:
            lines += _wrapped(current, room, "  ")
        current = piece
    return [*lines, *(_wrapped(current, room, "  ") if current else [])]


def _wrapped(text: str, room: int, indent: str) -> list[str]:
    if cells(text) <= room:
        return [text]
    if cells(text) == len(text):
        return textwrap.wrap(text, room, subsequent_indent=indent, break_on_hyphens=False)
    lines, current = [], ""
    for word in text.split(" "):
        trial = f"{current} {word}" if current else word
        if current and cells(trial) > room:
            lines.append(current)
            current = indent + word
        else:
            current = trial
    return [*lines, current]


def _grid_lines(grid: Grid) -> list[str]:
    table = [grid.columns, *grid.rows]
    widths = [max(cells(row[place]) for row in table) for place in range(len(grid.columns))]
    rule = "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))

    def line(row: tuple[str, ...]) -> str:
        parts = []
        for place, (text, size) in enumerate(zip(row, widths, strict=True)):
            pad = " " * (size - cells(text))
            parts.append(text + pad if place in grid.left else pad + text)
        return _GAP.join(parts).rstrip()

    above = [_span_line(spans, widths) for spans in grid.over]
    return [rule, *above, line(grid.columns), rule, *(line(row) for row in grid.rows), rule]


def _span_line(spans: tuple[tuple[str, int], ...], widths: list[int]) -> str:
    """Texts in the middle of the columns they span."""
    parts, start = [], 0
    for text, count in spans:
        room = sum(widths[start : start + count]) + len(_GAP) * (count - 1)
        left = max(room - cells(text), 0) // 2
        parts.append(" " * left + text + " " * max(room - cells(text) - left, 0))
        start += count
    return _GAP.join(parts).rstrip()
