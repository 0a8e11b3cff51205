"""A page as HTML for a notebook: the reader's own colours, so that it is legible light and dark."""

from __future__ import annotations

from html import escape

from econshrink.nouns.show.page import SYNTHETIC, Grid, Page

# Colours come from the page around it: rules are the text's own colour, thinned.
_STYLE = (
    "<style>"
    ".econshrink{font-size:.9em;max-width:60em;color:inherit}"
    ".econshrink table{border-collapse:collapse;margin:.4em 0;background:none;"
    "border-top:1.5px solid currentColor;border-bottom:1.5px solid currentColor;"
    "font-variant-numeric:tabular-nums}"
    ".econshrink thead th{border-bottom:1px solid currentColor;font-weight:600}"
    ".econshrink th,.econshrink td{padding:.15em .7em;background:none;color:inherit;border-left:0;"
    "border-right:0;white-space:nowrap}"
    ".econshrink caption{caption-side:top;text-align:left;padding:.3em 0}"
    ".econshrink .facts,.econshrink .notes{margin:.2em 0;opacity:.85}"
    ".econshrink .synthetic{font-weight:700;border:1px solid currentColor;padding:0 .4em}"
    "</style>"
)


def as_html(page: Page) -> str:
    """The page as one ``<div>``; every text is escaped.

    Examples
    --------
    >>> html = as_html(Page("a < b", "t", notes=("n & m",)))
    >>> "a &lt; b" in html, "n &amp; m" in html
    (True, True)
    """
    parts = [_STYLE, '<div class="econshrink">', f"<strong>{escape(page.title)}</strong>"]
    if page.facts:
        facts = [f"{escape(name)}: {escape(value)}" for name, value in page.facts]
        parts.append(f'<div class="facts">{" · ".join(facts)}</div>')
    parts += [_table(grid) for grid in page.grids]
    for note in page.foot:
        text = escape(note)
        inner = f'<span class="synthetic">{text}</span>' if note == SYNTHETIC else text
        parts.append(f'<div class="notes">{inner}</div>')
    return "\n".join([*parts, "</div>"])


def _table(grid: Grid) -> str:
    def side(place: int) -> str:
        return "left" if place in grid.left else "right"

    caption = f"<caption>{escape(grid.caption)}</caption>" if grid.caption else ""
    head = "".join(
        f'<th scope="col" style="text-align:{side(place)}">{escape(name)}</th>'
        for place, name in enumerate(grid.columns)
    )
    above = "".join(
        "<tr>"
        + "".join(
            f'<th scope="colgroup" colspan="{count}" style="text-align:center">{escape(text)}</th>'
            for text, count in spans
        )
        + "</tr>"
        for spans in grid.over
    )
    rows = []
    for row in grid.rows:
        cells = "".join(
            f'<td style="text-align:{side(place)}">{escape(text)}</td>'
            for place, text in enumerate(row)
        )
        rows.append(f"<tr>{cells}</tr>")
    body = "\n".join(rows)
    return f"<table>{caption}<thead>{above}<tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"
