"""Tables as Word documents: booktabs-like rules, notes below; extra ``econshrink[word]``."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from econshrink.core.errors import Fault, MissingExtra
from econshrink.nouns.table import Table
from econshrink.report.table import notes_of

_RULES = {"top": "12", "head": "6", "bottom": "12"}  # eighths of a point


def to_word(table: Table, path: str | Path) -> Path:
    """Write a table as a ``.docx`` file: title, table with three rules, notes.

    Parameters
    ----------
    table : Table
    path : str or Path

    Returns
    -------
    Path

    Raises
    ------
    MissingExtra
        python-docx is not installed.
    """
    docx = _docx()
    document = docx.Document()
    document.add_paragraph().add_run(table.title).bold = True
    grid = document.add_table(rows=0, cols=table.width)
    for line in table.header:
        cells = grid.add_row().cells
        start = 0
        for span in line:
            cell = cells[start]
            if span.width > 1:
                cell = cell.merge(cells[start + span.width - 1])
            _write(docx, cell, span.text, "l" if start == 0 else "c")
            start += span.width
    for row in table.rows:
        cells = grid.add_row().cells
        for place, (cell, sign) in enumerate(zip(row.cells, table.align, strict=False)):
            target = cells[place]
            if row.kind == "group" and len(row.cells) == 1:
                target = target.merge(cells[-1])
            _write(docx, target, cell.text, sign)
        if row.kind == "rule":
            _rule(docx, cells, "top", _RULES["head"])
    rows = grid.rows
    _rule(docx, rows[0].cells, "top", _RULES["top"])
    _rule(docx, rows[len(table.header) - 1].cells, "bottom", _RULES["head"])
    _rule(docx, rows[len(rows) - 1].cells, "bottom", _RULES["bottom"])
    if notes_of(table):
        paragraph = document.add_paragraph()
        paragraph.add_run("Notes: ").italic = True
        run = paragraph.add_run(" ".join(_sentence(note) for note in notes_of(table)))
        run.font.size = docx.shared.Pt(9)
    target = Path(path)
    document.save(str(target))
    return target


def _docx() -> ModuleType:
    try:
        docx = importlib.import_module("docx")
        for part in ("docx.shared", "docx.enum.text", "docx.oxml", "docx.oxml.ns"):
            importlib.import_module(part)
    except ModuleNotFoundError as problem:
        if (problem.name or "").split(".")[0] != "docx":
            raise
        raise MissingExtra(
            Fault(
                "no python-docx",
                "the package of the extra econshrink[word]",
                "Install it: pip install 'econshrink[word]'.",
            )
        ) from problem
    return docx


def _write(docx: ModuleType, cell: Any, text: str, align: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = docx.shared.Pt(0)
    sides = docx.enum.text.WD_ALIGN_PARAGRAPH
    paragraph.alignment = {"l": sides.LEFT, "r": sides.RIGHT, "c": sides.CENTER}[align]
    paragraph.add_run(text).font.size = docx.shared.Pt(10)


def _rule(docx: ModuleType, cells: Any, side: str, size: str) -> None:
    for cell in cells:
        properties = cell._tc.get_or_add_tcPr()
        borders = properties.find(docx.oxml.ns.qn("w:tcBorders"))
        if borders is None:
            borders = docx.oxml.OxmlElement("w:tcBorders")
            properties.append(borders)
        if borders.find(docx.oxml.ns.qn(f"w:{side}")) is not None:
            continue
        edge = docx.oxml.OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", "0"), ("color", "auto")):
            edge.set(docx.oxml.ns.qn(f"w:{name}"), value)
        borders.append(edge)


def _sentence(note: str) -> str:
    text = note.strip()
    return text if not text or text[-1] in ".!?。" else f"{text}."
