"""Writers of `Table`: Typst, LaTeX, CSV, Markdown and HTML, each with its own escaping."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from econshrink.core.files import inert, write_file
from econshrink.nouns.table import Cell, Row, Span, Table
from econshrink.report.escape import escape_html, escape_latex, escape_markdown, escape_typst

SYNTHETIC_NOTE = "SYNTHETIC: simulated data, not measured ones."
_ALIGN_TYPST = {"l": "left", "r": "right", "c": "center"}
_ALIGN_MARKDOWN = {"l": ":--", "r": "--:", "c": ":-:"}


def file_stem(table: Table) -> str:
    """File name without ending: the name, and for simulated figures that they are.

    Examples
    --------
    >>> file_stem(Table("counts", "Counts", ((Span("n"),),), (Row((Cell(1),)),), synthetic=True))
    'counts_synthetic'
    """
    return f"{table.name}_synthetic" if table.synthetic else table.name


def write_table(table: Table, directory: Path) -> tuple[Path, ...]:
    """Write a table in all formats.

    Parameters
    ----------
    table : Table
    directory : Path
        Receives ``<name>.typ``, ``.tex``, ``.csv``, ``.md`` and ``.html``.

    Returns
    -------
    tuple of Path
        The five files, each written atomically.
    """
    writers: dict[str, Callable[[Table], str]] = {
        "typ": to_typst,
        "tex": to_latex,
        "csv": to_csv,
        "md": to_markdown,
        "html": to_html,
    }
    stem = file_stem(table)
    return tuple(
        write_file(directory / f"{stem}.{ending}", write(table))
        for ending, write in writers.items()
    )


def notes_of(table: Table) -> tuple[str, ...]:
    """Notes with the label of simulated figures in front, if they are."""
    return (SYNTHETIC_NOTE, *table.notes) if table.synthetic else table.notes


def to_typst(table: Table) -> str:
    """Typst figure with caption, booktabs-like rules, notes, and the label ``<tab-NAME>``."""
    lines = [
        "#figure(",
        "  kind: table,",
        f"  caption: [{escape_typst(table.title)}],",
        "  {",
        "    table(",
        f"      columns: {table.width},",
        f"      align: ({', '.join(_ALIGN_TYPST[sign] for sign in table.align)},),",
        "      stroke: none,",
        "      table.hline(stroke: 0.8pt),",
        "      table.header(",
    ]
    for number, line in enumerate(table.header):
        lines.append("        " + " ".join(_typst_span(span) for span in line))
        if number + 1 < len(table.header):
            lines += [
                f"        table.hline(start: {first}, end: {last}, stroke: 0.4pt),"
                for first, last in _covered(line)
            ]
    lines += ["      ),", "      table.hline(stroke: 0.4pt),"]
    for row in table.rows:
        if row.kind == "rule":
            lines.append("      table.hline(stroke: 0.4pt),")
        lines.append("      " + _typst_row(row, table.width))
    lines += ["      table.hline(stroke: 0.8pt),", "    )"]
    notes = " ".join(escape_typst(_sentence(note)) for note in notes_of(table))
    if notes:  # a file that is included sees no function of the including one
        lines += [
            "    block(width: 100%, above: 0.5em, align(left, par(justify: true,",
            f"      text(size: 0.85em)[_Notes:_ {notes}])))",
        ]
    lines += ["  },", f") <tab-{file_stem(table)}>", ""]
    return "\n".join(lines)


def _typst_span(span: Span) -> str:
    text = f"[{escape_typst(span.text)}]"
    return (
        f"table.cell(colspan: {span.width}, align: center){text}," if span.width > 1 else f"{text},"
    )


def _typst_row(row: Row, width: int) -> str:
    if row.kind == "group":
        text = escape_typst(row.cells[0].text)
        if len(row.cells) == 1:
            return f"table.cell(colspan: {width}, align: left)[#emph[{text}]],"
    return " ".join(f"{_typst_cell(cell.text)}," for cell in row.cells)


def _typst_cell(text: str) -> str:
    """Text as it stands, which is typeset faster than markup; markup where quotes are to curl."""
    if any(sign in text for sign in "'\"\\\n") or "  " in text:
        return f"[{escape_typst(text)}]"
    return f'"{text}"'


def to_latex(table: Table) -> str:
    r"""Plain ``tabular`` with booktabs rules, title, notes and label in a ``table`` float.

    Needs only ``\usepackage{booktabs}`` (and a font with Chinese glyphs where names are Chinese).
    """
    lines = [
        r"\begin{table}[tbp]",
        r"\centering",
        rf"\caption{{{escape_latex(table.title)}}}",
        rf"\label{{tab:{file_stem(table)}}}",
        rf"\begin{{tabular}}{{{table.align}}}",
        r"\toprule",
    ]
    for number, line in enumerate(table.header):
        lines.append(" & ".join(_latex_span(span) for span in line) + r" \\")
        if number + 1 < len(table.header):
            lines += [rf"\cmidrule(lr){{{first + 1}-{last}}}" for first, last in _covered(line)]
    lines.append(r"\midrule")
    for row in table.rows:
        if row.kind == "rule":
            lines.append(r"\midrule")
        lines.append(_latex_row(row, table.width))
    lines += [r"\bottomrule", r"\end{tabular}"]
    notes = " ".join(escape_latex(_sentence(note)) for note in notes_of(table))
    if notes:
        lines.append(
            rf"\par\smallskip\parbox{{\linewidth}}{{\footnotesize\emph{{Notes:}} {notes}}}"
        )
    return "\n".join([*lines, r"\end{table}", ""])


def _latex_span(span: Span) -> str:
    text = escape_latex(span.text)
    return rf"\multicolumn{{{span.width}}}{{c}}{{{text}}}" if span.width > 1 else _guarded(text)


def _latex_row(row: Row, width: int) -> str:
    if row.kind == "group" and len(row.cells) == 1:
        text = escape_latex(row.cells[0].text)
        return rf"\multicolumn{{{width}}}{{l}}{{\emph{{{text}}}}} \\"
    return " & ".join(_guarded(escape_latex(cell.text)) for cell in row.cells) + r" \\"


def _guarded(text: str) -> str:
    r"""Keep a leading bracket from being read as the optional argument of ``\\``."""
    return "{}" + text if text.startswith(("[", "*")) else text


def to_csv(table: Table) -> str:
    """Comma-separated values with unrounded numbers; headings of several lines are joined.

    Stars and parentheses are left out, group headings fill a first column ``group``.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    grouped = any(row.kind == "group" for row in table.rows)
    writer.writerow([*(["group"] if grouped else []), *map(inert, _flat_header(table))])
    group = ""
    for row in table.rows:
        if row.kind == "group":
            group = row.cells[0].text
            if len(row.cells) == 1:
                continue
        cells = [_raw(cell) for cell in row.cells]
        writer.writerow([inert(group), *cells] if grouped else cells)
    return buffer.getvalue()


def _raw(cell: Cell) -> str:
    if cell.is_number:
        value = cell.value
        return "" if value != value else repr(value)  # noqa: PLR0124  (NaN is an empty cell)
    return "" if cell.value is None else inert(str(cell.value))


def _flat_header(table: Table) -> list[str]:
    columns: list[list[str]] = [[] for _ in range(table.width)]
    for line in table.header:
        names = [span.text for span in line for _ in range(span.width)]
        for column, name in zip(columns, names, strict=True):
            if name and (not column or column[-1] != name):
                column.append(name)
    return [": ".join(column) for column in columns]


def to_markdown(table: Table) -> str:
    """Pipe table with title and notes; Markdown has one heading line, so several are joined."""
    names = [escape_markdown(name) for name in _flat_header(table)]
    lines = [f"**{escape_markdown(table.title)}**", "", _pipes(names)]
    lines.append("|" + "|".join(_ALIGN_MARKDOWN[sign] for sign in table.align) + "|")
    for row in table.rows:
        texts = [escape_markdown(cell.text) for cell in row.cells]
        if row.kind == "group":
            texts = [f"*{texts[0]}*", *texts[1:], *[""] * (table.width - len(texts))]
        lines.append(_pipes(texts))
    notes = [escape_markdown(_sentence(note)) for note in notes_of(table)]
    if notes:
        lines += ["", f"*Notes:* {' '.join(notes)}"]
    return "\n".join(lines) + "\n"


def _pipes(texts: Iterable[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def to_html(table: Table) -> str:
    """HTML ``<table>`` with caption, scopes for screen readers, and notes in the foot."""
    lines = [f'<table id="tab-{escape_html(file_stem(table))}" class="exhibit">']
    lines.append(f"<caption>{escape_html(table.title)}</caption>")
    lines.append("<thead>")
    for line in table.header:
        cells = "".join(
            f'<th scope="col{"group" if span.width > 1 else ""}" colspan="{span.width}">'
            f"{escape_html(span.text)}</th>"
            for span in line
        )
        lines.append(f"<tr>{cells}</tr>")
    lines += ["</thead>", "<tbody>"]
    lines += [_html_row(row, table) for row in table.rows]
    lines.append("</tbody>")
    notes = " ".join(escape_html(_sentence(note)) for note in notes_of(table))
    if notes:
        cell = f'<td colspan="{table.width}"><em>Notes:</em> {notes}</td>'
        lines.append(f"<tfoot><tr>{cell}</tr></tfoot>")
    return "\n".join([*lines, "</table>", ""])


def _html_row(row: Row, table: Table) -> str:
    kind = f' class="{row.kind}"' if row.kind != "body" else ""
    if row.kind == "group" and len(row.cells) == 1:
        text = escape_html(row.cells[0].text)
        return f'<tr{kind}><th scope="rowgroup" colspan="{table.width}">{text}</th></tr>'
    cells = "".join(_html_cells(row, table.align))
    return f"<tr{kind}>{cells}</tr>"


def _html_cells(row: Row, align: str) -> Iterator[str]:
    sides = {"l": "left", "r": "right", "c": "center"}
    for cell, sign in zip(row.cells, align, strict=True):
        value = f' data-value="{cell.value!r}"' if cell.is_number else ""
        yield f'<td style="text-align:{sides[sign]}"{value}>{escape_html(cell.text)}</td>'


def _covered(line: Iterable[Span]) -> list[tuple[int, int]]:
    """Column ranges under the headings of a line that span several columns and say something."""
    ranges, start = [], 0
    for span in line:
        if span.width > 1 and span.text:
            ranges.append((start, start + span.width))
        start += span.width
    return ranges


def _sentence(note: str) -> str:
    """A note that ends as a sentence does."""
    text = note.strip()
    return text if not text or text[-1] in ".!?。" else f"{text}."
