"""Inside an xlsx container: sizes first, then what a cell holds besides its value."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from econshrink.core.errors import DataError, Fault
from econshrink.data.open.grid import Limits, Looks
from econshrink.data.open.shown import BUILT_IN, changes

_CHUNK = 1 << 20
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,  # a damaged header asks for an unknown method
    RuntimeError,  # a damaged header says that the part is encrypted
)
_TAIL = 8192  # longest cell tag (with formula) that may straddle two chunks
_ADDRESS = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br\s*=\s*[\"']\s*([A-Za-z]+)(\d+)")
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_STYLE, _PLACE = re.compile(rb"\bs=[\"'](\d+)"), re.compile(rb"\br\s*=\s*[\"']\s*([A-Za-z]*)(\d+)")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']|\b(?:ht|width)=[\"']0(?:\.0*)?[\"']")
_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^>]*?\br=\"([A-Z]{1,3})(\d{1,7})\"[^>]*)>\s*"
    rb"(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?"
    rb"|(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v>(#[^<]*)</(?:\w+:)?v>)\s*</(?:\w+:)?c>"
)


@dataclass
class _Sheet:
    """What a scan of a worksheet's XML learned."""

    rows: int = 0
    last_row: int = 0
    last_column: int = 0
    hollow: dict[tuple[int, int], str] = field(default_factory=dict)
    looks: Looks = field(default_factory=Looks)
    row: int = -1
    column: int = -1


def scan_workbook(
    path: Path, limits: Limits
) -> dict[str, tuple[dict[tuple[int, int], str], Looks]]:
    """Check an xlsx container against the limits; list cells without a value, and looks.

    Declared sizes are added up before anything is unpacked. Then every part is unpacked once,
    in pieces that are thrown away: a part larger than it declares fails its checksum.

    For every sheet by name: the cells ``(row, column)`` that hold an error value (with its text)
    or a formula without a stored value (with an empty text), and what number formats and hidden
    rows and columns change. Too large or damaged is a `DataError`.
    """
    where = f"file {path.name}"
    try:
        with zipfile.ZipFile(path) as archive:
            declared = sum(entry.file_size for entry in archive.infolist())
            if declared > limits.unpacked_bytes:
                raise _too_large(f"{declared:,} bytes when unpacked", limits.unpacked_bytes, where)
            order = _sheet_parts(archive)
            formats = _formats(archive)
            found: dict[str, _Sheet] = {}
            for entry in archive.infolist():
                with archive.open(entry) as part:
                    if entry.filename in order.values():
                        found[entry.filename] = _scan_sheet(part, formats, limits, where)
                    else:
                        while part.read(_CHUNK):
                            pass
    except BROKEN as problem:
        raise DataError(
            Fault(
                f"a damaged workbook ({problem})",
                "a complete xlsx file",
                "Download or save it again.",
                where,
            )
        ) from problem
    return {
        name: (found[part].hollow, found[part].looks)
        for name, part in order.items()
        if part in found
    }


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of every sheet and the part that holds it, read from the workbook's relations."""
    names = {name.lower(): name for name in archive.namelist()}
    book_name = next(n for n in names if re.fullmatch(r"xl/workbook\d*\.xml", n))
    book = archive.read(names[book_name]).decode("utf-8", "replace")
    relations_name = names.get(book_name.replace("xl/", "xl/_rels/") + ".rels", "")
    relations = archive.read(relations_name).decode("utf-8", "replace") if relations_name else ""
    targets = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", relations):
        identity, target = re.search(r'\bId="([^"]*)"', tag), re.search(r'\bTarget="([^"]*)"', tag)
        if identity and target:
            place = target[1].lstrip("/")
            targets[identity[1]] = place if place.startswith("xl/") else f"xl/{place}"
    parts = {}
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        name, identity = re.search(r'\bname="([^"]*)"', tag), re.search(r'\b\w+:id="([^"]*)"', tag)
        if name and identity and identity[1] in targets:
            parts[_unescape(name[1])] = targets[identity[1]]
    return parts


def _formats(archive: zipfile.ZipFile) -> dict[int, str]:
    """Number formats that change what is seen, by the number of the cell style that uses them."""
    part = next((n for n in archive.namelist() if n.lower() == "xl/styles.xml"), "")
    text = archive.read(part).decode("utf-8", "replace") if part else ""
    codes = dict(BUILT_IN)
    for tag in re.findall(r"<(?:\w+:)?numFmt\b[^>]*>", text):
        number, code = _attribute(tag, "numFmtId"), _attribute(tag, "formatCode")
        if number.isdigit():
            codes[int(number)] = _unescape(code)
    block = re.search(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", text, re.DOTALL)
    tags = re.findall(r"<(?:\w+:)?xf\b[^>]*>", block[0]) if block else []
    used = [_attribute(tag, "numFmtId") for tag in tags]
    chosen = {i: codes.get(int(n), "") for i, n in enumerate(used) if n.isdigit()}
    return {style: code for style, code in chosen.items() if changes(code)}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"""\b{name}=(?:"([^"]*)"|'([^']*)')""", tag)
    return (found[1] or found[2] or "") if found else ""


def _unescape(text: str) -> str:
    for mark, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(mark, sign)
    numbered = re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), text)
    return numbered.replace("&amp;", "&")


def _scan_sheet(part: IO[bytes], formats: dict[int, str], limits: Limits, where: str) -> _Sheet:
    sheet, tail = _Sheet(), b""
    while chunk := part.read(_CHUNK):
        text = tail + chunk
        # Work up to the last complete cell; the rest is looked at with the next piece.
        ends = ((text.rfind(end), len(end)) for end in (b"</c>", b"</row>", b"/>"))
        place, length = max(ends)
        cut = len(text) if place < 0 or len(text) - place > _TAIL else place + length
        done, tail = text[:cut], text[cut:]
        _scan_piece(done, sheet, formats)
        _check_extent(sheet, limits, where)
    _scan_piece(tail, sheet, formats)
    _check_extent(sheet, limits, where)
    return sheet


def _scan_piece(text: bytes, sheet: _Sheet, formats: dict[int, str]) -> None:
    sheet.rows += len(_ROW.findall(text))
    _scan_looks(text, sheet, formats)
    letters = set()
    for found in _ADDRESS.finditer(text):
        letters.add(found[1])
        sheet.last_row = max(sheet.last_row, int(found[2]))
    sheet.last_column = max(sheet.last_column, *(_number(x) for x in letters), 0)
    if b"<f" not in text and b":f" not in text and b'"e"' not in text:
        return
    for found in _CELL.finditer(text):
        place = (int(found[3]) - 1, _number(found[2]) - 1)
        error = found[4]
        sheet.hollow[place] = error.decode("ascii", "replace") if error else ""


def _scan_looks(text: bytes, sheet: _Sheet, formats: dict[int, str]) -> None:
    """Hidden columns and rows, and cells whose format changes what is seen."""
    for tag in _COLUMN.findall(text):
        if _HIDDEN.search(tag):
            words = tag.decode("ascii", "replace")
            first, last = _attribute(words, "min"), _attribute(words, "max")
            if first.isdigit() and last.isdigit() and int(last) <= 16_384:
                sheet.looks.columns.update(range(int(first) - 1, int(last)))
    # Without a format to look for, the rows alone tell what is hidden.
    for found in (_ROW_OR_CELL if formats else _ROW).finditer(text):
        attributes = found[2] if formats else found[1]
        place = _PLACE.search(attributes)
        if not formats or found[1] == b"row":
            sheet.row = int(place[2]) - 1 if place else sheet.row + 1
            sheet.column = -1
            sheet.last_row = max(sheet.last_row, sheet.row + 1)
            if _HIDDEN.search(attributes):
                sheet.looks.rows.add(sheet.row)
            continue
        sheet.column = _number(place[1]) - 1 if place else sheet.column + 1
        if attributes.endswith(b"/"):
            continue  # formatted, and empty
        style = _STYLE.search(attributes)
        code = formats.get(int(style[1]) if style else 0)
        if code is not None:
            sheet.looks.formats[sheet.row, sheet.column] = code


def _number(letters: bytes) -> int:
    value = 0
    for letter in letters.upper():
        value = value * 26 + letter - 64
    return value


def _check_extent(sheet: _Sheet, limits: Limits, where: str) -> None:
    rows = max(sheet.rows, sheet.last_row)
    if rows > limits.rows:
        raise _too_large(f"a sheet of {rows:,} rows or more", limits.rows, where)
    if sheet.last_column > limits.columns:
        raise _too_large(f"a sheet of {sheet.last_column:,} columns", limits.columns, where)
    if rows * sheet.last_column > limits.cells:
        seen = f"a sheet of {rows:,} rows and {sheet.last_column:,} columns"
        raise _too_large(seen, limits.cells, where)


def _too_large(seen: str, limit: int, where: str) -> DataError:
    remedy = "Keep the rows of interest, or pass larger `limits`, if you trust the file."
    return DataError(Fault(seen, f"at most {limit:,}", remedy, where))


def protected(name: str) -> DataError:
    """The error for a workbook that opens with a password only."""
    return DataError(
        Fault(
            "a password-protected workbook",
            "a file that opens without a password",
            "Open it with its password and save it without one.",
            f"file {name}",
        )
    )
