"""Parts of an ordered table as arrays, or as a panel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from econshrink.big.arrow_columns import plain, run_starts
from econshrink.big.extras import extra
from econshrink.big.ordering import BATCH, Ordered
from econshrink.big.parquet_files import open_parquet
from econshrink.big.source import BigTable
from econshrink.core.arrays import Floats, Ints
from econshrink.nouns.panel import CityPanel


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of whole units, in order.

    Parameters
    ----------
    units : list
        Identifiers of the U units.
    starts : ndarray of int, shape (U,)
        First row of each.
    time : ndarray of int, shape (n,)
    figures : dict of str to ndarray, shape (n,)
        Columns as floats; NaN where a cell is empty, or NaN in the file.
    """

    units: list[Any]
    starts: Ints
    time: Ints
    figures: dict[str, Floats]

    @property
    def lengths(self) -> Ints:
        """Rows of each unit."""
        return np.diff(self.starts, append=len(self.time))


def read_part(table: BigTable, rows: Ordered, part: int, figures: Iterable[str]) -> Rows:
    """One part of an ordered table."""
    return read_between(table, rows, int(rows.cuts[part]), int(rows.cuts[part + 1]), figures)


def read_between(
    table: BigTable, rows: Ordered, first: int, last: int, figures: Iterable[str]
) -> Rows:
    """Rows from `first` to before `last`, which begin and end with whole units."""
    arrow, compute = extra("pyarrow"), extra("pyarrow.compute")
    names = list(dict.fromkeys(figures))
    columns = list(dict.fromkeys([table.unit, table.time, *names]))
    batches, edge = [], 0
    for path, size in zip(rows.files, rows.sizes.tolist(), strict=True):
        if edge < last and first < edge + size:
            batches += _slices(path, columns, max(first - edge, 0), min(last - edge, size))
        edge += size
    found = arrow.concat_tables(batches, promote_options="permissive")  # int32 beside int64
    unit = _whole(found.column(table.unit))
    starts = run_starts(unit)
    return Rows(
        unit.take(arrow.array(starts)).to_pylist(),
        starts,
        _whole(found.column(table.time)).to_numpy(zero_copy_only=False).astype(np.int64),
        {name: _floats(_whole(found.column(name)), arrow, compute) for name in names},
    )


def part_panel(table: BigTable, rows: Rows, span: tuple[int, int], source: str) -> CityPanel:
    """Rows as a panel whose years reach from the first to the last of `span`.

    Years without any row are added to the first unit, empty: they make a table by year complete
    and say nothing about the unit.
    """
    years = np.arange(span[0], span[1] + 1)
    there = np.zeros(len(years), dtype=bool)
    there[rows.time - span[0]] = True
    extra_years = np.flatnonzero(~there)
    unit = np.repeat(np.arange(len(rows.units)), rows.lengths)
    codes = (
        np.concatenate([unit, np.zeros(len(extra_years), dtype=np.intp)]),
        np.concatenate([rows.time - span[0], extra_years]),
    )
    levels = (pd.Index(rows.units), pd.Index(years))
    index = pd.MultiIndex(levels, codes, names=["city", "year"], verify_integrity=False)  # type: ignore[arg-type]
    empty = np.full(len(extra_years), np.nan)
    figures = {name: np.concatenate([column, empty]) for name, column in rows.figures.items()}
    frame = pd.DataFrame(figures, index=index)
    return CityPanel(
        frame, source=source, synthetic=table.synthetic, unit=table.unit, time=table.time
    )


def _slices(path: Any, columns: list[str], first: int, last: int) -> list[Any]:
    """Rows of one file from `first` to before `last`; only the row groups that hold them."""
    found: list[Any] = []
    with open_parquet(path) as file:
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
        edges = np.concatenate([[0], np.cumsum(sizes)])
        groups = [i for i in range(len(sizes)) if edges[i] < last and first < edges[i + 1]]
        edge = int(edges[groups[0]]) if groups else 0
        stream = file.iter_batches(batch_size=BATCH, row_groups=groups, columns=columns)
        for batch in stream:
            if edge >= last:
                break
            start, stop = max(first - edge, 0), min(last - edge, len(batch))
            if start < stop:
                found.append(_plain_batch(batch.select(columns).slice(start, stop - start)))
            edge += len(batch)
    return found


def _plain_batch(batch: Any) -> Any:
    """The batch with dictionaries written out: those of two batches need not be the same."""
    columns = [plain(column) for column in batch.columns]
    batch = extra("pyarrow").RecordBatch.from_arrays(columns, names=batch.schema.names)
    return extra("pyarrow").Table.from_batches([batch])


def _whole(column: Any) -> Any:
    combined = column.combine_chunks()
    if hasattr(combined, "chunks"):  # more than one chunk is left only where they cannot be joined
        return extra("pyarrow").concat_arrays(combined.chunks)
    return combined


def _floats(column: Any, arrow: Any, compute: Any) -> Floats:
    if not arrow.types.is_float64(column.type):
        column = compute.cast(column, arrow.float64(), safe=False)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=float)
