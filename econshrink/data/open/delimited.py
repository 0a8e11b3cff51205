"""Delimited text: the encoding and the separator are found out, never assumed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

from econshrink.core.errors import DataError, Fault
from econshrink.data.open.grid import Grid, Limits

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
SEPARATORS = (",", "\t", ";", "|", "，")
_SAMPLE = 400
_NAMES = {"cp950": "Big5"}


def read_delimited(path: Path, limits: Limits) -> Grid:
    """Read a csv, tsv or txt file.

    Raises
    ------
    DataError
        No encoding fits, no separator gives columns, a quotation mark never closes, too large.
    """
    text, encoding = decode(path.read_bytes(), path.name)
    separator = find_separator(text, path.name)
    rows: list[tuple[object, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    where = f"file {path.name}"
    cells = 0
    try:
        for row in reader:
            rows.append(tuple(row))
            cells += len(row)
            if len(rows) > limits.rows or cells > limits.cells or len(row) > limits.columns:
                raise DataError(
                    Fault(
                        f"more than {len(rows) - 1:,} rows or {cells:,} cells",
                        f"at most {limits.rows:,} rows, {limits.columns:,} columns and "
                        f"{limits.cells:,} cells",
                        "Keep the rows of interest, or pass larger `limits`.",
                        where,
                    )
                )
    except csv.Error as problem:
        raise DataError(
            Fault(
                f"text that does not parse ({problem})",
                "quotation marks in pairs",
                "Mend the quotation marks in or above this row.",
                f"{where}, row {len(rows) + 1}",
            )
        ) from problem
    names = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar", "，": "full-width comma"}
    note = f"encoding {_NAMES.get(encoding, encoding)}, separator {names[separator]}"
    return Grid(path.name, "", tuple(rows), notes=(note,))


def decode(content: bytes, name: str) -> tuple[str, str]:
    """Text and encoding: byte-order mark, UTF-16 without one, UTF-8, then GB18030 or Big5.

    Most bytes of Big5 are valid GB18030 as well, but give rare characters there: the encoding
    under which more of the characters are common ones is taken.

    Examples
    --------
    >>> decode("年份,城市".encode("gb18030"), "a.csv")
    ('年份,城市', 'gb18030')
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _decoded(content, (encoding,), name)
    zeros = content[:4000]
    if zeros.count(0) > len(zeros) // 8:
        order = "utf-16-le" if zeros[1::2].count(0) >= zeros[0::2].count(0) else "utf-16-be"
        return _decoded(content, (order,), name)
    chinese = ("cp950", "gb18030") if _is_big5(content) else ("gb18030",)
    return _decoded(content, ("utf-8", *chinese), name)


def _is_big5(content: bytes) -> bool:
    """Whether Big5 explains the bytes clearly better than GB18030 does."""
    shares = []
    for read, first, last in (("cp950", 0xA4, 0xC6), ("gb18030", 0xB0, 0xD7)):
        try:
            signs = [c for c in content.decode(read) if not c.isascii()]
        except UnicodeDecodeError:
            shares.append(-1.0)
            continue
        table = read if read == "cp950" else "gb2312"
        leads = [c.encode(table, "ignore")[:1] for c in signs]
        common = sum(bool(lead) and first <= lead[0] <= last for lead in leads)
        shares.append(common / max(len(signs), 1))
    return shares[0] > shares[1] + 0.1


def _decoded(content: bytes, encodings: tuple[str, ...], name: str) -> tuple[str, str]:
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, encoding
    raise DataError(
        Fault(
            "bytes that are no text in UTF-8, UTF-16, GB18030 or Big5",
            "a text file in one of these encodings",
            "Save it as UTF-8; if it is a workbook, give it its true ending.",
            f"file {name}",
        )
    )


def find_separator(text: str, name: str) -> str:
    r"""The separator that gives most rows the same number (two or more) of fields.

    Examples
    --------
    >>> find_separator("a;b;c\n1,5;2;3\n", "a.csv")
    ';'
    """
    sample = "".join(text.splitlines(keepends=True)[:_SAMPLE])
    best, score = "", (0.0, 0)
    for separator in SEPARATORS:
        try:
            widths = [
                len(row) for row in csv.reader(io.StringIO(sample), delimiter=separator) if row
            ]
        except csv.Error:
            continue
        counts = Counter(width for width in widths if width > 1)
        if not counts:
            continue
        width, rows = max(counts.items(), key=lambda item: (item[1], item[0]))
        if (rows / len(widths), width) > score:
            best, score = separator, (rows / len(widths), width)
    if not best:
        raise DataError(
            Fault(
                "text in a single column",
                "columns separated by comma, tab, semicolon or bar",
                "Export the table again with one of these separators.",
                f"file {name}, row 1, column A",
            )
        )
    return best
