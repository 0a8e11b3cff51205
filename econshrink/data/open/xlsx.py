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
from econshrink.data.open.grid import Limits

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
_ADDRESS = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=\"([A-Z]{1,3})(\d{1,7})\"")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
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


def scan_workbook(path: Path, limits: Limits) -> dict[str, dict[tuple[int, int], str]]:
    """Check an xlsx container against the limits and list its cells without a value.

    Declared sizes are added up before anything is unpacked. Then every part is unpacked once,
    in pieces that are thrown away: a part larger than it declares fails its checksum.

    Parameters
    ----------
    path : Path
        An xlsx or xlsm file.
    limits : Limits
        Bytes, rows, columns and cells allowed.

    Returns
    -------
    dict
        For every sheet by name the cells ``(row, column)`` that hold an error value (with its
        text) or a formula without a stored value (with an empty text).

    Raises
    ------
    DataError
        Too large or damaged.
    """
    where = f"file {path.name}"
    try:
        with zipfile.ZipFile(path) as archive:
            declared = sum(entry.file_size for entry in archive.infolist())
            if declared > limits.unpacked_bytes:
                raise _too_large(f"{declared:,} bytes when unpacked", limits.unpacked_bytes, where)
            order = _sheet_parts(archive)
            found: dict[str, _Sheet] = {}
            for entry in archive.infolist():
                with archive.open(entry) as part:
                    if entry.filename in order.values():
                        found[entry.filename] = _scan_sheet(part, limits, where)
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
    return {name: found[part].hollow for name, part in order.items() if part in found}


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


def _unescape(text: str) -> str:
    for mark, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(mark, sign)
    numbered = re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), text)
    return numbered.replace("&amp;", "&")


def _scan_sheet(part: IO[bytes], limits: Limits, where: str) -> _Sheet:
    sheet, tail = _Sheet(), b""
    while chunk := part.read(_CHUNK):
        text = tail + chunk
        # Work up to the last complete cell; the rest is looked at with the next piece.
        cut = max(text.rfind(b"</c>"), text.rfind(b"</row>"), text.rfind(b"/>"))
        cut = len(text) if cut < 0 or len(text) - cut > _TAIL else cut + 4
        done, tail = text[:cut], text[cut:]
        _scan_piece(done, sheet)
        _check_extent(sheet, limits, where)
    _scan_piece(tail, sheet)
    _check_extent(sheet, limits, where)
    return sheet


def _scan_piece(text: bytes, sheet: _Sheet) -> None:
    sheet.rows += len(_ROW.findall(text))
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


def _number(letters: bytes) -> int:
    value = 0
    for letter in letters:
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
