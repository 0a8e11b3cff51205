"""A sorted copy of a table: scattered once into ranges of units, each of which fits in memory.

Every row is read twice and written twice, however many ranges there are.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from econshrink.big.arrow_columns import key_gaps, plain
from econshrink.big.extras import extra
from econshrink.big.parquet_files import open_parquet, write_parquet
from econshrink.big.source import TEXT, WHOLE, BigTable, Files
from econshrink.big.workspace import Place, at_work
from econshrink.core.arrays import Ints
from econshrink.core.errors import DataError, Fault, raise_all

AT_ONCE = 500_000  # rows that are scattered together
SAMPLE = 20_000  # units from which the ranges are cut
RANGE_SHARE = 0.25  # of the memory limit that the rows of one range may fill, as plain numbers
TEXT_BYTES = 24  # an identifier of ordinary length with what a database keeps beside it


def sorted_copy(table: BigTable, columns: tuple[str, ...]) -> list[Path]:
    """Write the rows in order of unit and time; the files, one a range of units."""
    workspace = replace(table.workspace, jobs=1)
    if workspace.folder is None:  # for as long as the table is in use
        folder = tempfile.mkdtemp(prefix="econshrink-ordered-")
        weakref.finalize(table, shutil.rmtree, folder, ignore_errors=True)
        workspace = replace(workspace, folder=folder)
    key = (table.source.fingerprint, table.unit, table.time, columns)
    with at_work(workspace, "ordered", *key) as place:
        plan = place.over(partial(_plan, place, table), [columns], "plan")[0]
        if plan:
            scatter = partial(_scatter, table, columns, place.folder)
            ranges = place.over(scatter, [plan], "scattering")[0]
        else:
            ranges = [""]
        sort = partial(_sort_range, table, columns, place.folder)
        written = place.over(sort, ranges, "sorting")
    return [place.folder / name for name in written]


def _plan(place: Place, table: BigTable, columns: tuple[str, ...]) -> list[Any]:
    """Units at which a range ends, so that one fits in memory; refused if the disk is too small."""
    with table.expression(place.folder / "spill") as rows:
        unit, time = rows[table.unit], rows[table.time]
        counted = rows.aggregate(
            n=rows.count(), units=unit.isnull().sum(), times=time.isnull().sum()
        ).to_pyarrow()
        total, units, times = (
            int(counted[name][0].as_py() or 0) for name in ("n", "units", "times")
        )
        raise_all(DataError, key_gaps(table, units, times))
        if not total:
            raise DataError(Fault("a table without rows", "at least one", "Check the source."))
        width = sum(TEXT_BYTES if table.kind(name) == TEXT else 8 for name in columns)
        count = math.ceil(total * width / (RANGE_SHARE * table.workspace.memory_mb * 1e6))
        twice = 2.0 if count > 1 else 1.0
        place.require_space(total * width * twice, f"sorting {total:,} rows by '{table.unit}'")
        if count == 1 or rows.get_backend().name != "duckdb":  # others sort with their own means
            return []
        # by hashes: the same rows on every run, which not every engine's sample can promise
        every = max(total // (2 * SAMPLE), 1)
        chosen = (unit.hash() % every + time.hash() % every) % every == 0
        sample = rows.filter(chosen).select(table.unit).to_pyarrow()
    drawn = sorted(plain(sample.column(0).combine_chunks()).to_pylist())
    at = (np.arange(1, count) * len(drawn)) // count
    return sorted({drawn[place] for place in at.tolist()}) if drawn else []


def _scatter(table: BigTable, columns: tuple[str, ...], folder: Path, ends: list[Any]) -> list[str]:
    """Read every row once and write it to the file of its range; the files' names."""
    arrow, parquet = extra("pyarrow"), extra("pyarrow.parquet")
    names = [f"range-{number:05d}.parquet" for number in range(len(ends) + 1)]
    writers: dict[int, Any] = {}
    try:
        for batch in _batches(table, columns, folder / "spill"):
            home = _ranges(batch.column(table.unit), ends, table.kind(table.unit))
            order = np.argsort(home, kind="stable")
            edges = np.searchsorted(home[order], np.arange(len(names) + 1))
            sorted_batch = batch.take(arrow.array(order))
            for number in np.flatnonzero(np.diff(edges)).tolist():
                if number not in writers:
                    writers[number] = parquet.ParquetWriter(folder / names[number], batch.schema)
                size = int(edges[number + 1] - edges[number])
                writers[number].write_table(sorted_batch.slice(int(edges[number]), size))
    finally:
        for writer in writers.values():
            writer.close()
    return [names[number] for number in sorted(writers)]


def _ranges(unit: Any, ends: list[Any], kind: str) -> Ints:
    """Number of the range of each unit: how many ends are not above it."""
    unit = unit.combine_chunks() if hasattr(unit, "combine_chunks") else unit
    if kind == WHOLE:
        values = unit.to_numpy(zero_copy_only=False)
        return np.asarray(np.searchsorted(np.array(ends), values, side="right"), dtype=np.intp)
    coded = unit.dictionary_encode()
    coded = coded.combine_chunks() if hasattr(coded, "combine_chunks") else coded
    words = np.array(coded.dictionary.to_pylist(), dtype=object)
    home = np.searchsorted(np.array(ends, dtype=object), words, side="right")
    place = coded.indices.to_numpy(zero_copy_only=False)
    return np.asarray(home[place], dtype=np.intp)


def _batches(table: BigTable, columns: tuple[str, ...], spill: Path) -> Iterator[Any]:
    """All rows in whatever order, some hundred thousand at a time: tables of one schema."""
    arrow = extra("pyarrow")
    if isinstance(table.source, Files):
        schema = _common_schema(table.source.paths, columns)
        for path in table.source.paths:
            with open_parquet(path) as file:
                for batch in file.iter_batches(batch_size=AT_ONCE, columns=list(columns)):
                    parts = [plain(batch.column(name)) for name in columns]
                    yield arrow.Table.from_arrays(parts, names=list(columns)).cast(schema)
        return
    with table.expression(spill) as rows:
        for batch in rows.select(*columns).to_pyarrow_batches(chunk_size=AT_ONCE):
            yield arrow.Table.from_batches([batch])


def _common_schema(paths: tuple[Path, ...], columns: tuple[str, ...]) -> Any:
    """One type a column for all files, wide enough for each: int32 in one and int64 in another."""
    arrow, parquet = extra("pyarrow"), extra("pyarrow.parquet")
    found = []
    for path in paths:
        schema = parquet.read_schema(path)
        kinds = [schema.field(name).type for name in columns]
        kinds = [kind.value_type if arrow.types.is_dictionary(kind) else kind for kind in kinds]
        found.append(arrow.schema(list(zip(columns, kinds, strict=True))))
    return arrow.unify_schemas(found, promote_options="permissive")


def _sort_range(table: BigTable, columns: tuple[str, ...], folder: Path, name: str) -> str:
    """Sort one range, or the whole table for want of ranges, by the embedded database."""
    target = folder / f"sorted-{name or 'all.parquet'}"
    if name and target.exists() and not (folder / name).exists():
        return target.name  # killed between the last two steps
    source = replace(table, source=Files((folder / name,))) if name else table
    with source.expression(folder / "spill") as rows:
        write_parquet(rows.select(*columns).order_by([table.unit, table.time]), target)
    if name:
        (folder / name).unlink()
    return target.name
