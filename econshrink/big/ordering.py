"""Rows in order of unit and time: files that are, or a sorted copy; where units begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from econshrink.big.arrow_columns import key_gaps, plain, run_starts
from econshrink.big.extras import extra
from econshrink.big.parquet_files import open_parquet
from econshrink.big.sorting import sorted_copy
from econshrink.big.source import BigTable, Files
from econshrink.core.arrays import Ints
from econshrink.core.errors import DataError, Fault, raise_all

BATCH = 131_072  # rows looked at together


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
        files = sorted_copy(table, wanted)
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
        raise_all(DataError, key_gaps(self.table, unit.null_count, time.null_count))
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


def _batches(path: Path, columns: list[str]) -> Iterator[Any]:
    with open_parquet(path) as file:
        for batch in file.iter_batches(batch_size=BATCH, columns=columns):
            yield batch.select(columns)


def _by_first_unit(paths: list[Path], table: BigTable) -> list[tuple[Path, int]]:
    """Files with their rows, in order of their first units; empty ones left out."""
    found = []
    for path in paths:
        with open_parquet(path) as file:
            size = file.metadata.num_rows
        if size:
            batch = next(_batches(path, [table.unit, table.time]))
            raise_all(
                DataError, key_gaps(table, batch.column(0).null_count, batch.column(1).null_count)
            )
            first = (plain(batch.column(0))[0].as_py(), batch.column(1)[0].as_py())
            found.append((first, path, size))
    return [(path, size) for _, path, size in sorted(found)]
