"""Hostile files: damaged bytes, damaged structure, hostile cells, for every reader."""

from __future__ import annotations

import functools
import importlib
import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.data import (
    Direction,
    SharesOf,
    read_flow_list,
    read_flow_matrix,
    read_share_lists,
    read_yearbook,
)
from econshrink.data.open.openers import open_file
from tools.soak.fuzz.target import Call, Target
from tools.soak.fuzz.values import TEXTS

Rng = np.random.Generator

_TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b",", b"\t", b";", b"\r", b"\n", b"\r\n", b"''",
    b"\x1a", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"<", b"</row>", b"</c>",
    b'r="XFD1048576"',
    b't="s"', b't="d"', b"<v>99999999</v>", b"1E400", b"&#0;", b"&x;", b"<!ENTITY a 'b'>",
    b"-" * 40,
    b"\xa1\xa1", b"\x81", b"9" * 400, b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff",
)  # fmt: skip


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Where the files lie; removed when the process ends."""
    fast = Path("/dev/shm")
    return tempfile.TemporaryDirectory(
        prefix="econshrink-fuzz-", dir=fast if fast.is_dir() else None
    )


@functools.cache
def _corpus() -> dict[str, list[bytes]]:
    """Small whole files of every kind, as the tests of the readers write them."""
    makers = importlib.import_module("tests.data.yearbook_files")
    found: dict[str, list[bytes]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in makers.CASES:
            if "folder" in case.container:
                continue
            path = makers.write_case(case, Path(folder)).path
            found.setdefault(case.container, []).append(path.read_bytes())
    flows = "origin,destination,year,flow\n" + "".join(
        f"{i},{j},{year},{(7 * int(i, 36) + int(j, 36) + year) % 50}\n"
        for year in (2010, 2015)
        for i in "ABCD"
        for j in "ABCD"
        if i != j
    )
    found["flows"] = [flows.encode()]
    square = "city,A,B,C,D\n" + "".join(
        f"{i}," + ",".join(str(0 if i == j else 3 + k) for k, j in enumerate("ABCD")) + "\n"
        for i in "ABCD"
    )
    found["matrix"] = [square.encode()]
    shares = "origin,destination,share\n" + "".join(
        f"{i},{j},0.{3 if i < j else 2}\n" for i in "ABCD" for j in "ABCD" if i != j
    )
    found["shares"] = [shares.encode()]
    return found


def damaged(rng: Rng, whole: bytes, other: bytes) -> bytes:
    """Flip, cut, double, splice: a handful of times."""
    content = bytearray(whole)
    for _ in range(int(rng.integers(1, 5))):
        size = len(content)
        if not size:
            break
        at = int(rng.integers(size))
        far = min(size, at + int(rng.geometric(0.02)))
        kind = int(rng.integers(8))
        if kind <= 1:
            for place in rng.integers(0, size, int(rng.integers(1, 9))):
                content[place] ^= int(rng.integers(1, 256))
        elif kind == 2:
            del content[at:far]
        elif kind == 3:
            content[at:at] = content[at:far]
        elif kind == 4:
            content[at:at] = _TOKENS[int(rng.integers(len(_TOKENS)))]
        elif kind == 5:
            content[at:far] = _TOKENS[int(rng.integers(len(_TOKENS)))]
        elif kind == 6:
            del content[at:]
        else:
            start = int(rng.integers(len(other)))
            content[at:far] = other[start : start + int(rng.geometric(0.01))]
    return bytes(content)


def _one(rng: Rng, kinds: tuple[str, ...]) -> bytes:
    held = _corpus()[kinds[int(rng.integers(len(kinds)))]]
    return held[int(rng.integers(len(held)))]


def _written(content: bytes, ending: str) -> Path:
    path = Path(_folder().name) / f"file{ending}"
    path.write_bytes(content)
    return path


def _bytes(kinds: tuple[str, ...], ending: str, rng: Rng) -> Call:
    content = damaged(rng, _one(rng, kinds), _one(rng, kinds))
    return lambda: open_file(_written(content, ending))


def _inside(rng: Rng) -> Call:
    """Damage one part of an intact container, or the container's order."""
    whole = _one(rng, ("xlsx", "xlsm"))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    hurt = int(rng.integers(len(parts)))
    name, text = parts[hurt]
    kind = int(rng.integers(6))
    if kind <= 3:
        parts[hurt] = (name, damaged(rng, text, parts[int(rng.integers(len(parts)))][1]))
    elif kind == 4:
        del parts[hurt]
    else:
        parts[hurt] = (name.replace("sheet1", "sheet../../x").upper(), text)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for part, body in parts:
            archive.writestr(part, body)
    return lambda: open_file(_written(buffer.getvalue(), ".xlsx"))


def _table(rng: Rng, whole: bytes) -> bytes:
    """The same table with other cells, rows, columns, separators and encodings."""
    try:
        text = whole.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = whole.decode("gb18030", errors="replace")
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(int(rng.integers(1, 4))):
        i = int(rng.integers(len(rows))) if rng.random() < 0.7 else 0
        row = rows[i]
        kind = int(rng.integers(9))
        j = int(rng.integers(len(row))) if row else 0
        if kind <= 3 and row:
            row[j] = TEXTS[int(rng.integers(len(TEXTS)))]
        elif kind == 4 and row:
            row[j] = repr(float(rng.normal() * 10.0 ** rng.integers(-5, 12)))
        elif kind == 5:
            rows.insert(i, list(rows[int(rng.integers(len(rows)))]))
        elif kind == 6 and row:
            del row[j]
        elif kind == 7:
            row.append("1")
        elif len(rows) > 1:
            del rows[i]
    separator = (",", ",", ",", ";", "\t", "|")[int(rng.integers(6))]
    made = "\n".join(separator.join(row) for row in rows)
    encoding = ("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be", "big5")[
        int(rng.integers(7))
    ]
    return made.encode(encoding, errors="replace")


def _yearbook(rng: Rng) -> Call:
    content = _table(rng, _one(rng, ("csv",)))
    return lambda: read_yearbook(_written(content, ".csv"), detect=False)


def _flow_content(kind: str, rng: Rng) -> bytes:
    whole = _one(rng, (kind,))
    return damaged(rng, whole, whole) if rng.random() < 0.3 else _table(rng, whole)


def _list(rng: Rng) -> Call:
    content = _flow_content("flows", rng)
    return lambda: read_flow_list(_written(content, ".csv"))


def _matrix(rng: Rng) -> Call:
    content, side = _flow_content("matrix", rng), list(Direction)[int(rng.integers(2))]
    totals = pd.Series({city: float(rng.integers(0, 30)) for city in "ABCD"})
    given = totals if rng.random() < 0.3 else None
    return lambda: read_flow_matrix(_written(content, ".csv"), side, leavers=given)


def _shares(rng: Rng) -> Call:
    content, of = _flow_content("shares", rng), list(SharesOf)[int(rng.integers(2))]
    percent = bool(rng.random() < 0.5)
    return lambda: read_share_lists(_written(content, ".csv"), of, percent=percent)


TARGETS = (
    Target("bytes.csv", 1.0, functools.partial(_bytes, ("csv",), ".csv")),
    Target("bytes.xlsx", 1.0, functools.partial(_bytes, ("xlsx", "xlsm"), ".xlsx")),
    Target("bytes.xls", 1.0, functools.partial(_bytes, ("xls",), ".xls")),
    Target("bytes.dta", 1.0, functools.partial(_bytes, ("dta",), ".dta")),
    Target("inside.xlsx", 1.0, _inside),
    Target("table.yearbook", 2.0, _yearbook),
    Target("table.flow_list", 1.0, _list),
    Target("table.flow_matrix", 1.0, _matrix),
    Target("table.share_lists", 1.0, _shares),
)
