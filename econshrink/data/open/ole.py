"""The workbook stream of an xls file: its extent is measured before it is unpacked into cells."""

from __future__ import annotations

import struct
from pathlib import Path

from econshrink.core.errors import DataError, Fault
from econshrink.data.open.grid import Limits, Looks
from econshrink.data.open.shown import BUILT_IN, changes

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_LAST_REGULAR = 0xFFFFFFF9
_BOF, _FILEPASS, _STRINGS, _DIMENSIONS, _SHEET = 0x0809, 0x002F, 0x00FC, 0x0200, 0x0085
# Records that begin with the row and column of a cell (the last column, for runs of cells).
_CELLS = {0x0006, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}
_RUNS = {0x00BD, 0x00BE}
_FORMAT, _XF, _ROW, _COLUMNS, _MANY_NUMBERS = 0x041E, 0x00E0, 0x0208, 0x007D, 0x00BD
_NUMBERS = {0x0006, 0x0203, 0x027E}  # formula, number, compact number


def rebuilt_xls(path: Path, limits: Limits) -> tuple[bytes, list[Looks]] | None:
    """Check the sheets of an xls file and put its workbook into a fresh container.

    The parser trusts sizes in the container's header and in two records and sets memory aside
    for them: these are checked or written anew, so that a damaged file cannot exhaust memory.

    Raises
    ------
    DataError
        Too large, or not a container that holds together.
    """
    where = f"file {path.name}"
    try:
        stream = workbook_stream(path.read_bytes())
        if _scan_records(stream, limits, where):
            return None
        return fresh_container(_without_dimensions(stream)), looks_of(stream)
    except (struct.error, IndexError, ValueError) as problem:
        raise DataError(
            Fault(
                f"a damaged workbook ({problem})",
                "a complete xls file",
                "Open it in a spreadsheet program and save it as xlsx.",
                where,
            )
        ) from problem


def workbook_stream(content: bytes) -> bytes:
    """Bytes of the stream named Workbook (or Book) in an OLE container."""
    shift, mini_shift = struct.unpack_from("<HH", content, 30)
    if not 7 <= shift <= 16 or not 4 <= mini_shift < shift:
        raise ValueError("sector sizes")
    size = 1 << shift
    first_directory = struct.unpack_from("<I", content, 48)[0]
    cutoff, first_mini = struct.unpack_from("<II", content, 56)
    table: list[int] = []
    for sector in _table_sectors(content, size):
        table += struct.unpack_from(f"<{size // 4}I", content, (sector + 1) * size)
    directory = b"".join(
        content[(s + 1) * size : (s + 2) * size] for s in _chain(table, first_directory)
    )
    entries = [directory[i : i + 128] for i in range(0, len(directory) - 127, 128)]
    root = entries[0]
    for entry in entries:
        length = struct.unpack_from("<H", entry, 64)[0]
        name = entry[: max(length - 2, 0)].decode("utf-16-le", "replace")
        start, count = struct.unpack_from("<II", entry, 116)
        if name not in {"Workbook", "Book"} or entry[66] != 2:
            continue
        if count >= cutoff:
            return _whole(_joined(content, table, start, size, size), count)
        root_start = struct.unpack_from("<I", root, 116)[0]
        small = _joined(content, table, root_start, size, size)
        mini: list[int] = []
        for sector in _chain(table, first_mini) if first_mini <= _LAST_REGULAR else []:
            mini += struct.unpack_from(f"<{size // 4}I", content, (sector + 1) * size)
        return _whole(_joined(small, mini, start, 1 << mini_shift, 0), count)
    raise ValueError("no workbook stream")


def _whole(stream: bytes, count: int) -> bytes:
    if len(stream) < count:
        raise ValueError(f"{len(stream):,} of {count:,} bytes")
    return stream[:count]


def _table_sectors(content: bytes, size: int) -> list[int]:
    """Sectors of the allocation table: 109 in the header, more in a chain of their own."""
    sectors = [s for s in struct.unpack_from("<109I", content, 76) if s <= _LAST_REGULAR]
    following = struct.unpack_from("<I", content, 68)[0]
    seen: set[int] = set()
    while following <= _LAST_REGULAR and following not in seen:
        seen.add(following)
        words = struct.unpack_from(f"<{size // 4}I", content, (following + 1) * size)
        sectors += [s for s in words[:-1] if s <= _LAST_REGULAR]
        following = words[-1]
    return sectors


def _chain(table: list[int], start: int) -> list[int]:
    chain: list[int] = []
    seen: set[int] = set()
    while start not in {_END, _FREE}:
        if start in seen:
            raise ValueError("a chain of sectors that runs in a circle")
        seen.add(start)
        chain.append(start)
        start = table[start]
    return chain


def _joined(content: bytes, table: list[int], start: int, size: int, offset: int) -> bytes:
    return b"".join(
        content[offset + s * size : offset + (s + 1) * size] for s in _chain(table, start)
    )


def _scan_records(stream: bytes, limits: Limits, where: str) -> bool:
    position, rows, columns = 0, 0, 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == _FILEPASS:
            return True
        if kind == _STRINGS and length >= 8:
            if struct.unpack_from("<I", stream, position + 8)[0] > len(stream):
                raise ValueError("a table of strings larger than the file")
        elif kind == _SHEET and length >= 4:
            if struct.unpack_from("<I", stream, position + 4)[0] > len(stream):
                raise ValueError("a sheet beyond the end of the file")
        elif kind == _BOF:
            rows, columns = 0, 0
        elif kind in _CELLS | _RUNS and length >= 6:
            row, column = struct.unpack_from("<HH", stream, position + 4)
            if kind in _RUNS:
                column = struct.unpack_from("<H", stream, position + 2 + length)[0]
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            if rows > limits.rows or columns > limits.columns or rows * columns > limits.cells:
                raise DataError(
                    Fault(
                        f"a sheet of {rows:,} rows and {columns:,} columns",
                        f"at most {limits.rows:,} rows, {limits.columns:,} columns and "
                        f"{limits.cells:,} cells",
                        "Keep the rows of interest, or pass larger `limits`.",
                        where,
                    )
                )
        position += 4 + length
    return False


def looks_of(stream: bytes) -> list[Looks]:
    """Number formats that change what is seen, hidden rows and columns, sheet by sheet.

    Records of [MS-XLS]: FORMAT, XF, BOUNDSHEET, ROW, COLINFO and the cells that hold numbers.
    """
    codes, used, sheets = dict(BUILT_IN), [], {}
    here: Looks | None = None
    position = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        body = stream[position + 4 : position + 4 + length]
        if kind == _FORMAT and length >= 5:
            codes[struct.unpack_from("<H", body)[0]] = _format_code(body)
        elif kind == _XF and length >= 4:
            used.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _SHEET and length >= 4:
            sheets[struct.unpack_from("<I", body)[0]] = Looks()
        elif kind == _BOF:
            here = sheets.get(position, here)
        elif kind == _ROW and length >= 16 and here is not None:
            row, height, flags = struct.unpack_from("<H4xH4xH", body)
            if flags & 0x20 or height & 0x7FFF == 0:
                here.rows.add(row)
        elif kind == _COLUMNS and length >= 10 and here is not None:
            first, last, width, _, flags = struct.unpack_from("<5H", body)
            if flags & 1 or width == 0:
                here.columns.update(range(first, min(last, 255) + 1))
        elif kind in _NUMBERS and length >= 6 and here is not None:
            row, column, style = struct.unpack_from("<3H", body)
            _note(here, row, column, style, used, codes)
        elif kind == _MANY_NUMBERS and length >= 6 and here is not None:
            row, column = struct.unpack_from("<2H", body)
            for i in range((length - 6) // 6):
                style = struct.unpack_from("<H", body, 4 + 6 * i)[0]
                _note(here, row, column + i, style, used, codes)
        position += 4 + length
    return list(sheets.values())


def _note(
    here: Looks, row: int, column: int, style: int, used: list[int], codes: dict[int, str]
) -> None:
    code = codes.get(used[style], "") if style < len(used) else ""
    if code and changes(code):
        here.formats[row, column] = code


def _format_code(body: bytes) -> str:
    """Text of a FORMAT record: BIFF8 has a length of two bytes and a flag, BIFF5 one byte."""
    count, flag = struct.unpack_from("<HB", body, 2)
    if flag in {0, 1} and len(body) == 5 + count * (1 + flag):
        return body[5:].decode("utf-16-le" if flag else "latin-1", "replace")
    return body[3 : 3 + body[2]].decode("gb18030", "replace")


def _without_dimensions(stream: bytes) -> bytes:
    """The stream with the printed extents of its sheets set to nothing; cells tell the true one."""
    out, position = bytearray(stream), 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == _DIMENSIONS:
            out[position + 4 : position + 4 + length] = bytes(length)
        position += 4 + length
    return bytes(out[: len(stream)])


def fresh_container(stream: bytes) -> bytes:
    """OLE container with one stream named Workbook: header, tables, directory, sectors."""
    size = max(len(stream), 4096)  # shorter streams would live in a stream of their own
    sectors = -(-size // 512)
    tables, lists = 1, 0
    while tables * 128 < tables + lists + 1 + sectors:
        tables += 1
        lists = -(-max(tables - 109, 0) // 127)
    first = tables + lists + 1
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFC] * lists + [_END]
    chain += [*range(first + 1, first + sectors), _END]
    chain += [_FREE] * (tables * 128 - len(chain))
    numbers = list(range(tables))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIII", 0, tables, tables + lists, 0, 4096, _END)
    header += struct.pack("<III", 0, tables if lists else _END, lists)
    header += struct.pack("<109I", *(numbers[:109] + [_FREE] * (109 - tables)))
    listed = b""
    for i in range(lists):
        words = numbers[109 + 127 * i : 109 + 127 * (i + 1)]
        words += [_FREE] * (127 - len(words))
        listed += struct.pack("<128I", *words, tables + i + 1 if i + 1 < lists else _END)
    directory = _entry("Root Entry", 5, _END, 0, 1) + _entry("Workbook", 2, first, size, _FREE)
    body = struct.pack(f"<{len(chain)}I", *chain) + listed + directory.ljust(512, b"\0")
    return header + body + stream.ljust(sectors * 512, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
    coded = (name + "\0").encode("utf-16-le")
    head = struct.pack("<HBBIII", len(coded), kind, 1, _FREE, _FREE, child)
    return coded.ljust(64, b"\0") + head + bytes(36) + struct.pack("<III", start, size, 0)
