"""Closure of annual series to censuses on a table on disk, written as Parquet files."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from econshrink.big.extras import extra
from econshrink.big.identification import source_name
from econshrink.big.ordering import Ordered, ordered
from econshrink.big.reading import part_panel, read_between, read_part
from econshrink.big.source import BigTable, checked_table, scan
from econshrink.big.workspace import at_work
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.files import write_file
from econshrink.data.closing import closure as in_memory
from econshrink.data.closing.old_base import OldBaseRule, StraightLine
from econshrink.data.closing.result import Closure
from econshrink.nouns.panel import CityPanel

CloseRule = OldBaseRule | StraightLine
_Close = Callable[[CityPanel, CityPanel], Closure]


@dataclass(frozen=True, eq=False)
class BigClosure:
    """A closed series on disk, and what could not be closed.

    Parameters
    ----------
    table : BigTable
        Columns unit, time, the closed variable, ``<variable>_raw`` and ``<variable>_status``.
    excluded : DataFrame
        Columns `city` and `reason`: every unit of either input that is not in `table`.
    rule : str
        The rule with all its options.
    """

    table: BigTable
    excluded: pd.DataFrame
    rule: str


def close_log_linear(
    annual: BigTable,
    census: BigTable,
    variable: str = "population",
    *,
    to: Path | str,
    old_base: CloseRule = in_memory.DEFAULT,
    censuses: tuple[int, int] = (2010, 2020),
) -> BigClosure:
    """Close annual series on disk to two censuses, as `data.close_log_linear` does in memory.

    Parameters
    ----------
    annual, census : BigTable
        Annual and census figures of the same variable and units.
    variable : str
    to : Path or str
        Folder for the closed series, one Parquet file a part.
    old_base, censuses
        As in memory. Cells carry no status here, so none is passed over as unsound.

    Returns
    -------
    BigClosure

    Raises
    ------
    DataError
        The variable or a census year is missing, a figure is not positive; a folder that holds
        other files.
    """
    one = partial(
        in_memory.close_log_linear, variable=variable, old_base=old_base, censuses=censuses
    )
    name = f"close_log_linear({variable}; censuses {censuses[0]}, {censuses[1]}; {old_base!r})"
    return _closed(annual, census, variable, Path(to), one, name, censuses)


def close_proportional(
    annual: BigTable,
    census: BigTable,
    variable: str = "population",
    *,
    to: Path | str,
    old_base: OldBaseRule = in_memory.DEFAULT,
    censuses: tuple[int, int] = (2010, 2020),
) -> BigClosure:
    """Close annual series on disk by the proportional error of closure (Das Gupta).

    Parameters, result and errors are those of `close_log_linear`; see `data.close_proportional`.
    """
    one = partial(
        in_memory.close_proportional, variable=variable, old_base=old_base, censuses=censuses
    )
    name = f"close_proportional({variable}; censuses {censuses[0]}, {censuses[1]}; {old_base!r})"
    return _closed(annual, census, variable, Path(to), one, name, censuses)


def _closed(
    annual: BigTable,
    census: BigTable,
    variable: str,
    to: Path,
    one: _Close,
    rule: str,
    censuses: tuple[int, int],
) -> BigClosure:
    for table in (annual, census):
        checked_table(table, "a closure")
        table.require(figures=[variable])
    if annual.synthetic != census.synthetic:
        seen = f"annual synthetic={annual.synthetic}, census synthetic={census.synthetic}"
        raise DataError(Fault(seen, "both real or both simulated", "Do not mix them."))
    rows, counts = ordered(annual, [variable]), ordered(census, [variable])
    faults = []
    for name, found in (("annual", rows), ("census", counts)):
        absent = [str(year) for year in censuses if year not in found.times]
        if absent:
            expected = f"{censuses[0]} and {censuses[1]}"
            seen = f"no year {', '.join(absent)}"
            faults.append(Fault(seen, expected, "Check the table.", f"{name} table"))
    raise_all(DataError, faults)
    key = (annual.source.fingerprint, census.source.fingerprint, rule, annual.unit, annual.time)
    with at_work(annual.workspace, "closure", *key) as place:
        _own_folder(to, rule + place.digest)
        size = rows.rows * 40.0
        place.require_space(size, f"closing {rows.rows:,} rows")
        task = partial(_part, annual, census, rows, counts, variable, one, to)
        parts = place.over(task, range(rows.parts), "closing")
    excluded = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    if len(excluded) and not any(to.glob("*.parquet")):
        seen = "no unit with the figures the closure needs"
        raise DataError(Fault(seen, "at least one", "Check that both tables share their codes."))
    closed = scan(
        to,
        unit=annual.unit,
        time=annual.time,
        workspace=annual.workspace,
        synthetic=annual.synthetic,
    )
    return BigClosure(closed, excluded, rule)


def _own_folder(to: Path, run: str) -> None:
    """Refuse a folder with files of another run."""
    mark = to / ".closure"
    if mark.exists() and mark.read_text(encoding="utf-8") == run:
        return
    if to.exists() and any(to.iterdir()):
        seen = f"files in {to} that are not of this closure"
        raise DataError(Fault(seen, "an empty folder, or a new one", "Name another."))
    write_file(mark, run)


def _part(
    annual: BigTable,
    census: BigTable,
    rows: Ordered,
    counts: Ordered,
    variable: str,
    one: _Close,
    to: Path,
    part: int,
) -> dict[str, list[Any]]:
    """Close the units of a part into a file; those that cannot be, with the reason."""
    found = read_part(annual, rows, part, [variable])
    high = rows.firsts[part + 1] if part + 1 < rows.parts else None
    low = rows.firsts[part] if part else None
    panels = [part_panel(annual, found, _span(rows), source_name(annual))]
    about = _census(census, counts, variable, low, high)
    if about is None:
        reason = "no census figure"
        return {"city": found.units, "reason": [reason] * len(found.units)}
    panels.append(about)
    try:
        closed = one(*panels)
    except DataError as problem:
        if "no city with the figures" not in str(problem):
            raise
        reason = "not the figures the closure needs, nor has any unit of this part"
        units = sorted({*panels[0].cities, *panels[1].cities})
        return {"city": units, "reason": [reason] * len(units)}
    frame = closed.panel.frame[[variable, f"{variable}_raw"]]
    index = frame.index
    arrow = extra("pyarrow")
    written = pd.DataFrame(
        {
            annual.unit: index.get_level_values("city"),
            annual.time: index.get_level_values("year"),
            variable: frame[variable].to_numpy(),
            f"{variable}_raw": frame[f"{variable}_raw"].to_numpy(),
            f"{variable}_status": closed.panel.status[variable].astype("str").to_numpy(),
        }
    )[_really(found, index)]
    buffer = io.BytesIO()
    extra("pyarrow.parquet").write_table(
        arrow.Table.from_pandas(written, preserve_index=False), buffer
    )
    write_file(to / f"{part:05d}.parquet", buffer.getvalue())
    return {name: closed.excluded[name].tolist() for name in ("city", "reason")}


def _really(found: Any, index: pd.Index) -> np.ndarray:
    """Rows of the index that the table has; `part_panel` adds years to make it complete."""
    place = pd.Index(found.units).get_indexer(index.get_level_values("city"))
    unit = np.repeat(np.arange(len(found.units)), found.lengths)
    low, width = int(found.time.min()), int(np.ptp(found.time)) + 1
    there = unit * width + (found.time - low)
    year = index.get_level_values("year").to_numpy() - low
    inside = (year >= 0) & (year < width)
    return np.asarray(inside & np.isin(place * width + year, there))


def _span(rows: Ordered) -> tuple[int, int]:
    return int(rows.times[0]), int(rows.times[-1])


def _census(
    census: BigTable, counts: Ordered, variable: str, low: Any, high: Any
) -> CityPanel | None:
    """Census figures of the units from `low` to before `high`."""
    firsts = list(counts.firsts)
    begin = 0 if low is None else max(sum(first <= low for first in firsts) - 1, 0)
    end = counts.parts if high is None else sum(first < high for first in firsts)
    if begin >= end:
        return None
    found = read_between(census, counts, int(counts.cuts[begin]), int(counts.cuts[end]), [variable])
    chosen = np.array(
        [(low is None or unit >= low) and (high is None or unit < high) for unit in found.units]
    )
    if not chosen.any():
        return None
    used = np.repeat(chosen, found.lengths)
    lengths = found.lengths[chosen]
    kept = type(found)(
        [unit for unit, yes in zip(found.units, chosen, strict=True) if yes],
        np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp),
        found.time[used],
        {name: column[used] for name, column in found.figures.items()},
    )
    return part_panel(census, kept, _span(counts), source_name(census))
