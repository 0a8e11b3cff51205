"""Rows in order of unit and time: files that are, or a sorted copy; where units begin."""

from __future__ import annotations

import math
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from econshrink.big.extras import extra
from econshrink.big.source import TEXT, BigTable, Files
from econshrink.big.workspace import Place, at_work
from econshrink.core.arrays import Ints
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.files import PART

BATCH = 131_072  # rows looked at together
SAMPLE = 20_000  # units from which the ranges of a sorted copy are cut
RANGE_SHARE = 0.25  # of the memory limit that the rows of one range may fill, as plain numbers
TEXT_BYTES = 24  # an identifier of ordinary length with what a database keeps beside it


@dataclass(frozen=True, eq=False)
class Ordered:
    """Parquet files whose rows, one file after the other, are in order of unit and time.

    Parameters
    ----------
    files : tuple of Path
    sizes : ndarray of int
        Rows of each file.
    cuts : ndarray of int, shape (P + 1,)
        First row of each part, counted over all files; a part holds whole units.
    firsts : tuple
        First unit of each part.
    times : ndarray of int
        Distinct times, in order.
    units : int
    """

    files: tuple[Path, ...]
    sizes: Ints
    cuts: Ints
    firsts: tuple[Any, ...]
    times: Ints
    units: int

    @property
    def parts(self) -> int:
        """Number of parts."""
        return len(self.cuts) - 1

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.cuts[-1])


class NotInOrder(Exception):
    """Rows that a reader of sorted files cannot use."""


def ordered(table: BigTable, columns: Iterable[str]) -> Ordered:
    """The rows in order of unit and time, with these columns at least.

    Raises
    ------
    DataError
        Rows without unit or time, a pair of them twice, or no room for a sorted copy.
    """
    wanted = tuple(sorted({table.unit, table.time, *columns}))
    rows = table.workspace.part_rows
    if isinstance(table.source, Files):
        if "in order" not in table.known:
            try:
                table.known["in order"] = look_through(table.source.paths, table, rows)
            except NotInOrder:
                table.known["in order"] = None
        if table.known["in order"] is not None:
            return table.known["in order"]  # type: ignore[no-any-return]
    if wanted not in table.known:
        files = _sorted_copy(table, wanted)
        try:
            table.known[wanted] = look_through(files, table, rows)
        except NotInOrder as problem:
            seen = f"an order of '{table.unit}' that is not that of its characters"
            fault = Fault(seen, "an engine that sorts text by bytes", "Sort the files by unit.")
            raise DataError(fault) from problem
    return table.known[wanted]  # type: ignore[no-any-return]


def look_through(paths: Iterable[Path], table: BigTable, part_rows: int) -> Ordered:
    """Read unit and time of every row once: complete, in order, without repeats.

    Raises `NotInOrder` at the first row that is not; `DataError` for rows without unit or time,
    and for repeats.
    """
    files = _by_first_unit(list(paths), table)
    watch = _Watch(table, part_rows)
    for path, _ in files:
        for batch in _batches(path, [table.unit, table.time]):
            watch.see(batch.column(0), batch.column(1))
    sizes = np.array([size for _, size in files], dtype=np.intp)
    return watch.found(tuple(path for path, _ in files), sizes)


class _Watch:
    """Goes through batches of unit and time."""

    def __init__(self, table: BigTable, part_rows: int) -> None:
        self.table, self.part_rows = table, part_rows
        self.rows = self.units = self.repeats = 0
        self.repeat = ""
        self.last: tuple[Any, int] | None = None
        self.cuts: list[int] = []
        self.firsts: list[Any] = []
        self.times: set[int] = set()

    def see(self, unit: Any, time: Any) -> None:
        """Take in a batch."""
        if not len(unit):
            return
        unit = plain(unit)
        raise_all(DataError, _gaps(self.table, unit.null_count, time.null_count))
        when = time.to_numpy(zero_copy_only=False).astype(np.int64)
        starts = run_starts(unit)
        names = unit.take(extra("pyarrow").array(starts)).to_pylist()
        same = self.last is not None and names[0] == self.last[0]
        before = [self.last[0]] if self.last is not None and not same else []
        chain = before + names
        if any(a >= b for a, b in pairwise(chain)):
            raise NotInOrder
        steps = np.diff(when)
        steps[starts[1:] - 1] = 1
        if same and self.last is not None:
            steps = np.append(when[0] - self.last[1], steps)
        if (steps < 0).any():
            raise NotInOrder
        if (steps == 0).any():
            self.repeats += int((steps == 0).sum())
            at = int(np.flatnonzero(steps == 0)[0]) + (0 if same else 1)
            self.repeat = self.repeat or f"({unit[at].as_py()!r}, {int(when[at])})"
        fresh = starts[1:] if same else starts
        self.units += len(fresh)
        self._cut(starts, names, same)
        self.times.update(extra("pyarrow.compute").unique(time).to_pylist())
        self.last = (names[-1], int(when[-1]))
        self.rows += len(when)

    def _cut(self, starts: Ints, names: list[Any], same: bool) -> None:
        """Begin a part at the first unit that starts at or after each multiple of its size."""
        for place in range(int(same), len(starts)):
            row = self.rows + int(starts[place])
            if not self.cuts or row >= self.cuts[-1] + self.part_rows:
                self.cuts.append(row)
                self.firsts.append(names[place])

    def found(self, files: tuple[Path, ...], sizes: Ints) -> Ordered:
        """What all batches together were."""
        if self.repeats:
            keys = f"({self.table.unit}, {self.table.time})"
            seen = f"{self.repeats} rows that repeat a pair {keys}, the first {self.repeat}"
            fault = Fault(seen, "one row for each pair", "Aggregate or remove repeats.")
            raise DataError(fault)
        if not self.rows:
            raise DataError(Fault("a table without rows", "at least one", "Check the source."))
        cuts = np.array([*self.cuts, self.rows], dtype=np.intp)
        times = np.array(sorted(self.times), dtype=np.int64)
        return Ordered(files, sizes, cuts, tuple(self.firsts), times, self.units)


def plain(column: Any) -> Any:
    """An Arrow array whose dictionary, if it has one, is written out."""
    return column.dictionary_decode() if hasattr(column, "dictionary_decode") else column


def run_starts(unit: Any) -> Ints:
    """First position of each run of equal units in an Arrow array."""
    if len(unit) == 1:
        return np.zeros(1, dtype=np.intp)
    differs = extra("pyarrow.compute").not_equal(unit.slice(1), unit.slice(0, len(unit) - 1))
    changes = np.flatnonzero(differs.to_numpy(zero_copy_only=False)) + 1
    return np.concatenate([[0], changes]).astype(np.intp)


def _batches(path: Path, columns: list[str]) -> Iterator[Any]:
    with extra("pyarrow.parquet").ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH, columns=columns):
            yield batch.select(columns)


def _by_first_unit(paths: list[Path], table: BigTable) -> list[tuple[Path, int]]:
    """Files with their rows, in order of their first units; empty ones left out."""
    found = []
    for path in paths:
        with extra("pyarrow.parquet").ParquetFile(path) as file:
            size = file.metadata.num_rows
        if size:
            batch = next(_batches(path, [table.unit, table.time]))
            raise_all(
                DataError, _gaps(table, batch.column(0).null_count, batch.column(1).null_count)
            )
            first = (plain(batch.column(0))[0].as_py(), batch.column(1)[0].as_py())
            found.append((first, path, size))
    return [(path, size) for _, path, size in sorted(found)]


def _gaps(table: BigTable, units: int, times: int) -> list[Fault]:
    return [
        Fault(f"{count} rows without '{name}'", "one in every row", "Drop or complete them.")
        for name, count in ((table.unit, units), (table.time, times))
        if count
    ]


def _sorted_copy(table: BigTable, columns: tuple[str, ...]) -> list[Path]:
    """Write the rows in order of unit and time, a range of units after the other."""
    workspace = replace(table.workspace, jobs=1)
    if workspace.folder is None:  # for as long as the table is in use
        folder = tempfile.mkdtemp(prefix="econshrink-ordered-")
        weakref.finalize(table, shutil.rmtree, folder, ignore_errors=True)
        workspace = replace(workspace, folder=folder)
    key = (table.source.fingerprint, table.unit, table.time, columns)
    with (
        at_work(workspace, "ordered", *key) as place,
        table.expression(place.folder / "spill") as all_,
    ):
        rows = all_.select(*columns)
        plan = place.over(partial(_plan, place, rows, table), [columns], "plan")[0]
        ends = [None, *plan, None]
        ranges = list(pairwise(ends))
        task = partial(_sort_range, rows, table, place.folder)
        written = place.over(task, list(enumerate(ranges)), "sorting")
    return [place.folder / name for name in written]


def _plan(place: Place, rows: Any, table: BigTable, columns: tuple[str, ...]) -> list[Any]:
    """Units at which a range ends, so that one fits in memory; refused if the disk is too small."""
    unit, time = rows[table.unit], rows[table.time]
    counts = rows.aggregate(
        n=rows.count(), units=unit.isnull().sum(), times=time.isnull().sum()
    ).to_pyarrow()
    total, units, times = (int(counts[name][0].as_py() or 0) for name in ("n", "units", "times"))
    raise_all(DataError, _gaps(table, units, times))
    if not total:
        raise DataError(Fault("a table without rows", "at least one", "Check the source."))
    width = sum(TEXT_BYTES if table.kind(name) == TEXT else 8 for name in columns)
    count = math.ceil(total * width / (RANGE_SHARE * table.workspace.memory_mb * 1e6))
    place.require_space(
        total * width * (1 + 1 / count), f"sorting {total:,} rows by '{table.unit}'"
    )
    if count == 1:
        return []
    share = min(1.0, SAMPLE * 2 / total)
    sample = rows.select(table.unit).sample(share, seed=1).limit(SAMPLE * 3).to_pyarrow()
    drawn = np.sort(np.array(plain(sample.column(0).combine_chunks()).to_pylist(), dtype=object))
    at = (np.arange(1, count) * len(drawn)) // count
    return sorted(set(drawn[at].tolist())) if len(drawn) else []


def _sort_range(rows: Any, table: BigTable, folder: Path, item: tuple[int, tuple[Any, Any]]) -> str:
    """Write the units from one end (of this range) to the other (of the next) to a file."""
    number, (low, high) = item
    unit = rows[table.unit]
    chosen = rows if low is None else rows.filter(unit >= low)
    chosen = chosen if high is None else chosen.filter(unit < high)
    target = folder / f"{number:05d}.parquet"
    half = target.with_name(f".{target.name}{PART}")
    chosen.order_by([table.unit, table.time]).to_parquet(half)
    half.replace(target)
    return target.name
