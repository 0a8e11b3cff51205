"""Parquet files: read batch by batch, and written whole by whatever engine."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from econshrink.big.extras import extra
from econshrink.core.errors import DataError, Fault
from econshrink.core.files import PART


def open_parquet(path: Path) -> Any:
    """A file to read batch by batch; without `pre_buffer=False` all bytes read so far stay held."""
    return extra("pyarrow.parquet").ParquetFile(path, pre_buffer=False)


def write_parquet(rows: Any, target: Path) -> None:
    """Write an Ibis expression to one file, whole or not at all, in the order it has.

    Raises
    ------
    DataError
        The engine wrote where this process cannot read.
    """
    half = target.with_name(f".{target.name}{PART}")
    shutil.rmtree(half, ignore_errors=True)  # of a run that was killed
    rows.to_parquet(half)
    parts = sorted(half.glob("*.parquet"))
    if not parts and not half.is_file():
        seen = f"no rows in {half.parent} after the engine had written them"
        expected = "a folder that its workers and this process share"
        raise DataError(Fault(seen, expected, "Give Workspace(folder=) on a disk of both."))
    if parts:
        joined = half.with_name(f".joined{half.name}")
        _join(parts, joined)
        shutil.rmtree(half)
        half = joined
    half.replace(target)


def _join(parts: list[Path], target: Path) -> None:
    """Append parts, in the order of their names, which is that of their rows."""
    parquet = extra("pyarrow.parquet")
    schema = parquet.read_schema(parts[0])
    with parquet.ParquetWriter(target, schema) as writer:
        for part in parts:
            with open_parquet(part) as file:
                for batch in file.iter_batches():
                    writer.write_batch(batch)
