"""Columns of Arrow: dictionaries written out, runs of equal values, gaps in keys."""

from __future__ import annotations

from typing import Any

import numpy as np

from econshrink.big.extras import extra
from econshrink.big.source import BigTable
from econshrink.core.arrays import Ints
from econshrink.core.errors import Fault


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


def key_gaps(table: BigTable, units: int, times: int) -> list[Fault]:
    """Faults of rows without unit or time."""
    return [
        Fault(f"{count} rows without '{name}'", "one in every row", "Drop or complete them.")
        for name, count in ((table.unit, units), (table.time, times))
        if count
    ]
