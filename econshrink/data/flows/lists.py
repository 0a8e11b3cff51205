"""Read flow networks from long lists and from matrices, with the direction declared and tested."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.flows.columns import (
    Direction,
    Pairs,
    Refuse,
    Within,
    cities_of,
    number_of,
    printed_unit,
    read_pairs,
    totals_of,
)
from econshrink.data.open.faults import grouped, listed
from econshrink.data.open.grid import DEFAULT_LIMITS, Grid, Limits, blank
from econshrink.data.open.table import Table, label as name_of, one_sheet, refuse_misfits
from econshrink.data.yearbook.names import TOTALS
from econshrink.nouns.flows import FlowNetwork, FlowPanel

ORIGIN_WORDS = ("origin", "from", "source", "流出", "来源")
DESTINATION_WORDS = ("destination", "to", "target", "流入", "去向")


def read_flow_list(
    path: str | os.PathLike[str],
    *,
    cities: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    within: Within | None = None,
    label: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> FlowPanel:
    """Read ``origin, destination, flow`` and, for several years, ``year``.

    Every pair of cities must be there in every year, 0 where nobody moved: an absent pair is
    not a zero. Optional columns: none other is read. A unit of persons behind the figure's heading,
    as in ``flow (万人)``, or in a title above the table is multiplied out.

    Parameters
    ----------
    path : path
        A file of any kind that `read_yearbook` opens, with one table; encoding and separator
        are found out.
    cities : sequence of str, optional
        The cities that must be there, in the order wanted; default all in the file, sorted.
    columns : mapping of str to str, optional
        What ``origin``, ``destination``, ``flow`` and ``year`` are called in the file, such as
        ``{"origin": "from", "destination": "to", "flow": "movers"}``.
    within : Refuse or SetAside, optional
        What to do with moves within a city; default `Refuse`.
    label : str
    limits : Limits
        Largest file, sheet and unpacked size that is read.

    Returns
    -------
    FlowPanel
        One network a year (year 0 if the file has none).

    Raises
    ------
    DataError
        Unreadable file, missing columns, ragged rows, text that is no number, a year that is not
        whole, a pair twice, absent pairs, unknown cities, shares in the place of counts.
    """
    pairs = read_pairs(path, "flow", limits, columns=columns)
    frame = pairs.frame
    raise_all(DataError, _unit_faults(pairs))
    raise_all(DataError, _total_rows(pairs))
    chosen = cities_of(pairs, cities)
    raise_all(DataError, twice_faults(pairs, "Add them up."))
    networks = []
    for year, part in frame.groupby("year", sort=True):
        table = part.pivot(index="origin", columns="destination", values="flow")
        matrix = table.reindex(index=chosen, columns=chosen).to_numpy(dtype=np.float64, copy=True)
        raise_all(DataError, share_faults(matrix, pairs.grid.name))
        notes = _settle_diagonal(matrix, chosen, within or Refuse(), str(path))
        networks.append(
            FlowNetwork(
                tuple(chosen), matrix, year=int(str(year)), label=label,
                notes=(*_cautions(pairs.grid), *notes),
            )
        )  # fmt: skip
    return FlowPanel(tuple(networks))


def read_flow_matrix(
    path: str | os.PathLike[str],
    direction: Direction,
    *,
    year: int | None = None,
    leavers: pd.Series | None = None,
    arrivals: pd.Series | None = None,
    within: Within | None = None,
    label: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> FlowNetwork:
    """Read a square matrix with cities in its first row and first column.

    Rows and columns are matched by their names, never by their position. The direction must be
    declared. It is tested against the words in the corner cell and against known totals, if
    given: a matrix whose row sums are the arrivals is transposed, and is refused. Where nothing
    confirms the direction a note in the network says so. A row and a column of printed totals
    are checked and left out.

    Parameters
    ----------
    path : path
        A file of any kind that `read_yearbook` opens, with one table.
    direction : Direction
    year : int, optional
    leavers, arrivals : Series, optional
        Known totals by city.
    within : Refuse or SetAside, optional
    label : str
    limits : Limits
        Largest file, sheet and unpacked size that is read.

    Returns
    -------
    FlowNetwork

    Raises
    ------
    DataError
        Unreadable file, not square, other cities in rows than in columns, a direction that the
        corner cell or the totals contradict, negative flows, shares in the place of counts.
    """
    table = _matrix_table(one_sheet(path, limits))
    grid, rows = table.grid, [name_of(table.grid.cell(r, 0)) for r in table.rows]
    corner, columns = table.headings[0], list(table.headings[1:])
    if sorted(rows) != sorted(columns) or len(set(rows)) < len(rows):
        odd = sorted(set(rows) ^ set(columns)) or [r for r in rows if rows.count(r) > 1]
        raise DataError(
            Fault(
                f"{len(rows)} rows and {len(columns)} columns; unmatched: {listed(odd)}",
                "the same cities in rows and columns, each once",
                "Add the missing city, with zeros if nobody moves.",
                str(path),
            )
        )
    printed = printed_unit(grid, table.head, corner)
    values, faults = np.empty((len(rows), len(rows))), []
    at = [columns.index(row) + 1 for row in rows]  # by name, whatever the order
    for i, r in enumerate(table.rows):
        for j, c in enumerate(at):
            cell, where = grid.cell(r, c), grid.where(r, c)
            value, unit, fault = number_of(cell, where, blanks=i == j, printed=printed)
            if unit == "share" and fault is None:
                fault = _no_counts(grid.where(r, c))
            values[i, j] = 0.0 if i == j and np.isnan(value) else value
            faults += [fault] if fault else []
    raise_all(DataError, grouped([replace(f, where=_without_column(f.where)) for f in faults]
                                 if len(faults) > len(rows) else faults))  # fmt: skip
    values, rows, margin = _without_totals(values, rows, str(path))
    raise_all(DataError, _corner_faults(corner, direction, str(path)))
    raise_all(DataError, share_faults(values, grid.name))
    matrix = values.T.copy() if direction is Direction.ROWS_ARE_DESTINATIONS else values
    notes = (*_cautions(grid), *margin)
    notes += _settle_diagonal(matrix, rows, within or Refuse(), str(path))
    network = FlowNetwork(tuple(rows), matrix, year=year, label=label, notes=notes)
    raise_all(DataError, total_faults(network, leavers, arrivals))
    if _said(corner) or _totals_tell(network, leavers, arrivals):
        return network
    note = (
        f"nothing confirms that rows are {direction.value}s, as declared: give `leavers` or "
        "`arrivals`, or name rows and columns in the corner cell (origin/destination)"
    )
    return replace(network, notes=(*network.notes, note))


def _matrix_table(grid: Grid) -> Table:
    """Rows and headings of a matrix: titles (a single cell) above it are passed over."""
    grid = _without_margins(grid)
    filled = [r for r, row in enumerate(grid.rows) if not all(blank(v) for v in row)]
    heads = [r for r in filled if sum(not blank(v) for v in grid.rows[r]) > 1]
    rows = tuple(r for r in filled if heads and r > heads[0])
    if not rows:
        raise DataError(
            Fault(
                "no rows under a row of cities",
                "a square matrix with cities in its first row and first column",
                "Write the cities into the first row and the first column.",
                grid.name,
            )
        )
    table = Table(grid, heads[0], rows)
    refuse_misfits(table)
    return table


def _without_margins(grid: Grid) -> Grid:
    """The sheet without empty columns at its left."""
    starts = [next((c for c, v in enumerate(row) if not blank(v)), None) for row in grid.rows]
    wide = [s for s, row in zip(starts, grid.rows, strict=True)
            if s is not None and sum(not blank(v) for v in row) > 1]  # fmt: skip
    left = min(wide[1:], default=0)
    return replace(grid, rows=tuple(row[left:] for row in grid.rows)) if left else grid


def _without_totals(
    values: Floats, rows: list[str], where: str
) -> tuple[Floats, list[str], tuple[str, ...]]:
    """The matrix without a row and a column of printed totals, which must be its sums."""
    totals = [i for i, name in enumerate(rows) if name.lower() in TOTALS]
    if len(totals) != 1:
        return values, rows, ()
    [i] = totals
    inner = np.delete(np.delete(values, i, 0), i, 1)
    sums = (
        (inner.sum(axis=1), np.delete(values[:, i], i)),
        (inner.sum(axis=0), np.delete(values[i], i)),
    )
    gap = max(_gap(found, printed) for found, printed in sums)
    if gap > 0.02:
        seen = f"printed totals ('{rows[i]}') that differ from the sums by up to {gap:.0%}"
        remedy = "Mend the figure, or remove the row and the column of totals."
        raise DataError(Fault(seen, "the sums of the rows and columns", remedy, where))
    kept = [name for k, name in enumerate(rows) if k != i]
    return inner, kept, (f"row and column '{rows[i]}' are the sums of the others and left out",)


def _no_counts(where: str) -> Fault:
    return Fault(
        "a share",
        "counts of persons",
        "Multiply every share by its total, or read a list of shares with `read_share_lists`.",
        where,
    )


def share_faults(matrix: Floats, where: str) -> list[Fault]:
    """Shares in the place of counts: every row (or column) adds up to 1 or to 100."""
    if len(matrix) < 3 or np.isnan(matrix).all():
        return []
    whole = bool(np.all(np.nan_to_num(matrix) == np.round(np.nan_to_num(matrix))))
    for kind, axis in (("rows", 1), ("columns", 0)):
        inside = np.nan_to_num(matrix)
        for sums in (inside.sum(axis=axis), inside.sum(axis=axis) - np.diag(inside)):
            filled = sums[sums > 0]
            for size in (1.0, 100.0):
                even = len(filled) >= 3 and bool(np.all(np.abs(filled / size - 1) < 0.005))
                if even and not (whole and size == 1.0):
                    seen = f"{kind} that all add up to {size:g}: shares, no counts"
                    return [replace(_no_counts(where), seen=seen)]
    return []


def _unit_faults(pairs: Pairs) -> list[Fault]:
    """Figures with a percent sign in a list of counts."""
    column = [name.lower() for name in map(name_of, pairs.grid.rows[0])]
    place = column.index("flow") if "flow" in column else None
    shares = pairs.frame.index[pairs.frame["unit"] == "share"]
    return grouped([_no_counts(pairs.grid.where(r, place)) for r in shares])


def _total_rows(pairs: Pairs) -> list[Fault]:
    """Rows whose origin or destination is a sum of others."""
    frame = pairs.frame
    faults = []
    for end in ("origin", "destination"):
        sums = frame[frame[end].str.strip().isin(TOTALS)]
        faults += [
            Fault(f"the {end} {name}", "a city", "Leave out rows of totals.", pairs.grid.where(row))
            for row, name in zip(map(int, sums.index), sums[end], strict=True)
        ]
    return grouped(faults)


def twice_faults(pairs: Pairs, remedy: str) -> list[Fault]:
    """Pairs that stand more than once in a year."""
    frame = pairs.frame
    again = frame[frame.duplicated(["origin", "destination", "year"])]
    ends = zip(again.index, again["origin"], again["destination"], again["year"], strict=True)
    faults = []
    for row, origin, destination, year in ends:
        seen = f"a pair twice, {origin} to {destination}" + (f" in {year}" if year else "")
        faults.append(Fault(seen, "each once", remedy, pairs.grid.where(int(row))))
    return grouped(faults)


def total_faults(
    network: FlowNetwork,
    leavers: pd.Series | None,
    arrivals: pd.Series | None,
    tolerance: float = 0.02,
) -> list[Fault]:
    """Compare sums with known totals; name the transposition if that is what explains them."""
    faults = []
    sums = {"leavers": network.out_strength, "arrivals": network.in_strength}
    for name, known in (("leavers", leavers), ("arrivals", arrivals)):
        if known is None:
            continue
        other = "arrivals" if name == "leavers" else "leavers"
        wanted = totals_of(known, network.cities, name)
        mine, swapped = (_gap(sums[kind], wanted) for kind in (name, other))
        if mine > tolerance and (swapped <= tolerance or swapped < mine / 4):
            faults.append(
                Fault(
                    f"sums of {'rows' if name == 'arrivals' else 'columns'} that equal the {name}",
                    "rows that are origins",
                    "The matrix is transposed: declare the other direction.",
                    network.label,
                )
            )
        elif mine > tolerance:
            worst = int(np.argmax(np.abs(sums[name] - wanted) / np.maximum(wanted, 1.0)))
            faults.append(
                Fault(
                    f"{sums[name][worst]:g} {name}",
                    f"{wanted[worst]:g}",
                    "Check the city's row and column.",
                    network.cities[worst],
                )
            )
    return faults


def _totals_tell(
    network: FlowNetwork, leavers: pd.Series | None, arrivals: pd.Series | None
) -> bool:
    """Whether known totals (which fit) would not fit the transposed matrix as well."""
    swapped = {"leavers": network.in_strength, "arrivals": network.out_strength}
    return any(
        known is not None and _gap(swapped[name], totals_of(known, network.cities, name)) > 0.02
        for name, known in (("leavers", leavers), ("arrivals", arrivals))
    )


def _cautions(grid: Grid) -> tuple[str, ...]:
    """What the sheet hides or shows otherwise than it stores."""
    return tuple(note for note in grid.notes if "hidden" in note or "format" in note)


def _without_column(where: str) -> str:
    return where.split(", column", maxsplit=1)[0]


def transposed_years(panel: FlowPanel) -> tuple[int, ...]:
    """Years whose asymmetry runs against the other years': probably transposed.

    The net flow of each pair, (F_ij − F_ji) / (F_ij + F_ji), is correlated with its mean over the
    other years; a year below −0.3 is named.
    """
    cube = panel.cube
    both = cube + cube.transpose(0, 2, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        skew = np.nan_to_num((cube - cube.transpose(0, 2, 1)) / both)
    upper = skew[:, *np.triu_indices(cube.shape[1], 1)]
    found = []
    for number, year in enumerate(panel.years):
        others = np.delete(upper, number, axis=0)
        if not len(others) or not (upper[number].std() > 0 and others.mean(axis=0).std() > 0):
            continue
        if np.corrcoef(upper[number], others.mean(axis=0))[0, 1] < -0.3:
            found.append(year)
    return tuple(found)


def _settle_diagonal(
    matrix: np.ndarray, names: Sequence[str], within: Within, where: str
) -> tuple[str, ...]:
    """Zero the diagonal in place of a fresh array, or refuse what stands there."""
    inside = np.nan_to_num(np.diag(matrix).copy())
    if inside.any() and isinstance(within, Refuse):
        moves = [f"{inside[i]:g} moves within {names[i]}" for i in np.flatnonzero(inside).tolist()]
        remedy = "Leave them out, or read with within=SetAside()."
        raise DataError(Fault(listed(moves), "none", remedy, where))
    np.fill_diagonal(matrix, 0.0)
    return (f"{inside.sum():,.0f} moves within cities set aside",) if inside.any() else ()


def _said(corner: str) -> set[str]:
    """What the words before and after the stroke in the corner cell say the rows are."""
    text = corner.lower().replace("\\", "/").replace("|", "/")
    if "/" not in text:
        return set()
    rows, columns = (part.strip() for part in text.split("/", 1))
    first, second = ORIGIN_WORDS, DESTINATION_WORDS
    said = set()
    for name, here, there in (("origin", first, second), ("destination", second, first)):
        if any(word in rows for word in here) or any(word in columns for word in there):
            said.add(name)
    return said


def _corner_faults(corner: str, direction: Direction, where: str) -> list[Fault]:
    said = _said(corner)
    if not said or direction.value in said:
        return []
    return [
        Fault(
            f"corner cell '{corner}'",
            f"rows that are {direction.value}s, as declared",
            "Declare the other direction, or mend the corner cell.",
            where,
        )
    ]


def _gap(sums: Floats, wanted: Floats) -> float:
    return float(np.max(np.abs(sums - wanted) / np.maximum(np.abs(wanted), 1.0)))
