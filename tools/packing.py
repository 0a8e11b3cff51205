"""What every recorded build needs: listed inputs, canonical bytes, files without a time."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from econshrink.core.errors import DataError, Fault, raise_all


def listed(path: Path) -> dict[str, str]:
    """File name -> SHA-256, from lines of digest and name."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in map(str.split, lines)}


def check_inputs(folder: Path, inputs: Mapping[str, str]) -> None:
    """Raise one `DataError` naming every input that is missing or differs from the listed one."""
    absent = [name for name in inputs if not (folder / name).is_file()]
    faults = []
    if absent:
        remedy = "Give the folder that holds them all."
        faults.append(Fault(f"no {', '.join(absent)}", "all inputs", remedy, str(folder)))
    for name, digest in inputs.items():
        if name in absent:
            continue
        seen = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if seen != digest:
            remedy = "Take the recorded version, or review the change and record its digest."
            faults.append(Fault(seen, f"SHA-256 {digest}", remedy, str(folder / name)))
    raise_all(DataError, faults)


def plain(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """The bytes of a table: UTF-8, line feeds, columns in the order given."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    return text.getvalue().encode("utf-8")


def pack(raw: bytes) -> bytes:
    """Compress without file name and time, so that the same table gives the same file."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as stream:
        stream.write(raw)
    return buffer.getvalue()
