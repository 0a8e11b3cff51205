"""A reader that takes a table only if every cell of it is what its schema and record say."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all

REMEDY = "Reinstall econshrink, or rebuild its tables from their sources."


@dataclass(frozen=True)
class Text:
    """Text, free or one of `choices`."""

    choices: tuple[str, ...] = ()
    optional: bool = False

    def wrong(self, cell: str, _codes: frozenset[str] | None) -> str | None:
        """What was expected if `cell` does not fit, otherwise None."""
        if self.choices and cell not in self.choices:
            return f"one of {', '.join(self.choices)}"
        return None


@dataclass(frozen=True)
class Code:
    """A six-digit GB/T 2260 code that the table of units knows."""

    optional: bool = False

    def wrong(self, cell: str, codes: frozenset[str] | None) -> str | None:
        """What was expected if `cell` does not fit, otherwise None."""
        if len(cell) != 6 or not (cell.isascii() and cell.isdigit()):
            return "a six-digit unit code"
        if codes is not None and cell not in codes:
            return "a unit code of the table of units"
        return None


@dataclass(frozen=True)
class Integer:
    """A whole number from `low` to `high`."""

    low: int
    high: int
    optional: bool = False

    def wrong(self, cell: str, _codes: frozenset[str] | None) -> str | None:
        """What was expected if `cell` does not fit, otherwise None."""
        digits = cell.removeprefix("-")
        if digits.isascii() and digits.isdigit() and self.low <= int(cell) <= self.high:
            return None
        return f"a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Number:
    """A finite decimal number from `low` to `high`."""

    low: float
    high: float
    optional: bool = False

    def wrong(self, cell: str, _codes: frozenset[str] | None) -> str | None:
        """What was expected if `cell` does not fit, otherwise None."""
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if self.low <= value <= self.high:
            return None
        return f"a number from {self.low:g} to {self.high:g}"


Kind = Text | Code | Integer | Number


@dataclass(frozen=True)
class TableSchema:
    """Columns of a table with what may stand in them, and the columns that identify a row."""

    columns: Mapping[str, Kind]
    key: tuple[str, ...]


@dataclass(frozen=True)
class TableRecord:
    """What a table held when it was written.

    Parameters
    ----------
    rows : int
        Number of rows under the header.
    sha256 : str
        Digest of the uncompressed bytes.
    columns : mapping of str to str
        Digest of each column, to name the column that was edited.
    groups : callable, optional
        Gives, for each value of the first key column, its number of rows and the CRC-32 of
        their bytes. Called only if the digest differs, to name what is missing or edited.
    """

    rows: int
    sha256: str
    columns: Mapping[str, str] = field(default_factory=dict)
    groups: Callable[[], Mapping[str, tuple[int, int]]] | None = None


def read_table(
    path: Path,
    schema: TableSchema,
    record: TableRecord | None = None,
    codes: frozenset[str] | None = None,
) -> pd.DataFrame:
    """Read a gzip-compressed CSV table, or say in one error what is wrong with it.

    A table whose digest equals its record was checked when it was written and is parsed at
    once. Any other table is inspected cell by cell. It is UTF-8 with line feeds and a header, its
    rows sorted by key, cells empty where figures do not exist. Text comes back as ``str``, whole
    numbers as ``int64``, or ``float64`` where cells may be empty; without `record` the schema
    alone is enforced, without `codes` the form of codes.

    Raises
    ------
    DataError
        Missing, truncated or damaged file; other columns; a cell that is not of its kind;
        unknown unit code; year out of range; repeated, unsorted or missing rows; edited cells.
        All are listed at once with file, line and column.
    """
    raw = decompress(path, None if record is None else record.rows + 1)
    if record is None or hashlib.sha256(raw).hexdigest() != record.sha256:
        raise_all(DataError, inspect(raw, path.name, schema, record, codes))
    return _parse(raw, schema)


def decompress(path: Path, lines: int | None = None) -> bytes:
    """Bytes of a gzip file; a `DataError` names the line after which a damaged one stops."""
    try:
        packed = path.read_bytes()
    except OSError as error:
        seen = f"no readable file ({error.strerror})"
        raise DataError(Fault(seen, f"a table at {path}", REMEDY, path.name)) from error
    stream = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    problem = ""
    try:
        parts += [stream.decompress(packed[i : i + 65536]) for i in range(0, len(packed), 65536)]
    except zlib.error as error:
        problem = f"a damaged gzip stream ({error})"
        parts = _readable(packed)
    if not problem and not stream.eof:
        problem = "a gzip stream that stops early"
    elif not problem and stream.unused_data:
        problem = f"{len(stream.unused_data)} bytes after the end of the gzip stream"
    raw = b"".join(parts)
    if problem:
        readable = raw.count(b"\n")
        whole = "a whole table" if lines is None else f"{lines} lines"
        raise DataError(Fault(problem, whole, REMEDY, f"{path.name}, after line {readable}"))
    return raw


def _readable(packed: bytes) -> list[bytes]:
    """Whatever can be decompressed before the damage, byte by byte."""
    stream, parts = zlib.decompressobj(wbits=31), []
    for i in range(len(packed)):
        try:
            parts.append(stream.decompress(packed[i : i + 1]))
        except zlib.error:
            break
    return parts


def inspect(
    raw: bytes,
    name: str,
    schema: TableSchema,
    record: TableRecord | None = None,
    codes: frozenset[str] | None = None,
) -> list[Fault]:
    """Every fault of a table's uncompressed bytes; empty if it is sound."""
    try:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        return [Fault(f"unreadable text ({error})", "UTF-8 comma-separated text", REMEDY, name)]
    header = list(schema.columns)
    if not rows or rows[0] != header:
        seen = f"columns {', '.join(rows[0])}" if rows else "an empty file"
        return [Fault(seen, f"columns {', '.join(header)}", REMEDY, f"{name}, line 1")]
    faults = [
        *_cell_faults(rows, name, schema, codes),
        *_key_faults(rows, name, schema),
    ]
    if record is not None:
        faults += _record_faults(rows, name, schema, record)
        if not faults and hashlib.sha256(raw).hexdigest() != record.sha256:
            faults = [Fault("other bytes than were written", record.sha256, REMEDY, name)]
    return faults


def _cell_faults(
    rows: Sequence[Sequence[str]], name: str, schema: TableSchema, codes: frozenset[str] | None
) -> Iterator[Fault]:
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(schema.columns):
            wanted = f"{len(schema.columns)} cells"
            yield Fault(f"{len(row)} cells", wanted, REMEDY, f"{name}, line {line}")
            continue
        for cell, (column, kind) in zip(row, schema.columns.items(), strict=True):
            if cell == "" and kind.optional:
                continue
            expected = kind.wrong(cell, codes)
            if expected is not None:
                yield Fault(repr(cell), expected, REMEDY, f"{name}, line {line}, column {column}")


def _key_faults(rows: Sequence[Sequence[str]], name: str, schema: TableSchema) -> Iterator[Fault]:
    places = [list(schema.columns).index(column) for column in schema.key]
    whole = [isinstance(schema.columns[column], Integer) for column in schema.key]
    columns = ", ".join(schema.key)
    seen: dict[tuple[str | int, ...], int] = {}
    previous: tuple[str | int, ...] | None = None
    for line, row in enumerate(rows[1:], start=2):
        where = f"{name}, line {line}, column {columns}"
        try:
            cells = [row[place] for place in places]
            key = tuple(int(c) if w else c for c, w in zip(cells, whole, strict=True))
        except (IndexError, ValueError):
            continue  # already reported cell by cell
        label = ", ".join(cells)
        if key in seen:
            yield Fault(f"({label}) again, first in line {seen[key]}", "one row", REMEDY, where)
        elif previous is not None and key < previous:
            yield Fault(f"({label}) out of order", f"rows sorted by {columns}", REMEDY, where)
        seen.setdefault(key, line)
        previous = key


def _record_faults(
    rows: Sequence[Sequence[str]], name: str, schema: TableSchema, record: TableRecord
) -> Iterator[Fault]:
    if len(rows) - 1 != record.rows:
        yield Fault(f"{len(rows) - 1} rows", f"{record.rows} rows", REMEDY, name)
    digests = column_digests(rows)
    if len(rows) - 1 == record.rows:
        edited = [c for c, digest in record.columns.items() if digests.get(c) != digest]
    else:
        edited = []
    if edited:
        seen = "figures that differ from those written"
        where = f"{name}, column {', '.join(edited)}"
        yield Fault(seen, "the digests of the record", REMEDY, where)
    if record.groups is None:
        return
    place = list(schema.columns).index(schema.key[0])
    found, wanted = group_digests(rows, place), record.groups()
    for group in sorted({*found, *wanted}):
        if found.get(group) != wanted.get(group):
            have, want = found.get(group, (0, 0))[0], wanted.get(group, (0, 0))[0]
            seen = f"{have} rows" if have != want else f"{have} rows with other contents"
            where = f"{name}, rows of {schema.key[0]} {group}"
            yield Fault(seen, f"{want} rows as written", REMEDY, where)


def column_digests(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """SHA-256 of each column's cells joined by line feeds; the first row is the header."""
    return {
        name: hashlib.sha256(
            "\n".join(row[i] if i < len(row) else "" for row in rows[1:]).encode()
        ).hexdigest()
        for i, name in enumerate(rows[0])
    }


def group_digests(rows: Sequence[Sequence[str]], place: int) -> dict[str, tuple[int, int]]:
    """Number of rows and CRC-32 of the rows that share a value in column `place`."""
    groups: dict[str, tuple[int, int]] = {}
    for row in rows[1:]:
        group = row[place] if place < len(row) else ""
        count, crc = groups.get(group, (0, 0))
        groups[group] = (count + 1, zlib.crc32(("\x1f".join(row) + "\n").encode(), crc))
    return groups


def _parse(raw: bytes, schema: TableSchema) -> pd.DataFrame:
    """Columns of their kinds; `float` rounds a decimal correctly, whatever pandas' parser does."""
    reader = csv.reader(io.StringIO(raw.decode("utf-8"), newline=""))
    next(reader)
    cells: list[tuple[str, ...]] = list(zip(*reader, strict=True))
    if not cells:
        cells = [()] * len(schema.columns)
    columns = zip(schema.columns.items(), cells, strict=True)
    return pd.DataFrame({name: _column(kind, column) for (name, kind), column in columns})


def _column(kind: Kind, cells: tuple[str, ...]) -> pd.Series:
    if isinstance(kind, Text | Code):
        return pd.Series([cell or None for cell in cells], dtype="str")
    if isinstance(kind, Integer) and not kind.optional:
        return pd.Series([int(cell) for cell in cells], dtype="int64")
    return pd.Series([float(cell) if cell else math.nan for cell in cells], dtype="float64")
