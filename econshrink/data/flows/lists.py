"""Read flow networks from long lists and from matrices, with the direction declared and tested."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.flows.columns import (
    Direction,
    Refuse,
    Within,
    cities_of,
    numbers_of,
    read_table,
    require_columns,
    years_of,
)
from econshrink.nouns.flows import FlowNetwork, FlowPanel

ORIGIN_WORDS = ("origin", "from", "source", "流出", "来源")
DESTINATION_WORDS = ("destination", "to", "target", "流入", "去向")


def read_flow_list(
    path: str | os.PathLike[str],
    *,
    cities: Sequence[str] | None = None,
    within: Within | None = None,
    label: str = "",
) -> FlowPanel:
    """Read ``origin, destination, flow`` and, for several years, ``year``.

    Every pair of cities must be there in every year, 0 where nobody moved: an absent pair is
    not a zero. Optional columns: none other is read.

    Parameters
    ----------
    path : path
        CSV in UTF-8.
    cities : sequence of str, optional
        The cities that must be there, in the order wanted; default all in the file, sorted.
    within : Refuse or SetAside, optional
        What to do with moves within a city; default `Refuse`.
    label : str

    Returns
    -------
    FlowPanel
        One network a year (year 0 if the file has none).

    Raises
    ------
    DataError
        Missing columns, text that is no number, a pair twice, absent pairs, unknown cities.
    """
    frame = read_table(path)
    require_columns(frame, ("origin", "destination", "flow"), path)
    frame["flow"] = numbers_of(frame["flow"], path)
    years = years_of(frame, path)
    chosen = cities_of(frame, cities, path)
    faults = []
    for year, part in frame.groupby(years, sort=True):
        twice = part.duplicated(["origin", "destination"])
        faults += [
            Fault("a pair twice", "each once", "Add them up.", f"{path}: {row.origin} to "
                  f"{row.destination}, year {year}")
            for row in part[twice].itertuples()
        ]  # fmt: skip
    raise_all(DataError, faults)
    networks = []
    for year, part in frame.groupby(years, sort=True):
        table = part.pivot(index="origin", columns="destination", values="flow")
        matrix = table.reindex(index=chosen, columns=chosen).to_numpy(dtype=np.float64, copy=True)
        notes = _settle_diagonal(matrix, chosen, within or Refuse(), str(path))
        networks.append(
            FlowNetwork(tuple(chosen), matrix, year=int(str(year)), label=label, notes=notes)
        )
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
) -> FlowNetwork:
    """Read a square matrix with cities in its first row and first column.

    The direction must be declared. It is tested against the words in the corner cell and against
    known totals, if given: a matrix whose row sums are the arrivals is transposed, and is refused.

    Parameters
    ----------
    path : path
        CSV in UTF-8.
    direction : Direction
    year : int, optional
    leavers, arrivals : Series, optional
        Known totals by city.
    within : Refuse or SetAside, optional
    label : str

    Returns
    -------
    FlowNetwork

    Raises
    ------
    DataError
        Not square, other cities in rows than in columns, a direction that the corner cell or the
        totals contradict, negative flows.
    """
    raw = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    corner = str(raw.columns[0])
    rows = raw.iloc[:, 0].str.strip().tolist()
    columns = [str(name).strip() for name in raw.columns[1:]]
    if sorted(rows) != sorted(columns) or len(set(rows)) < len(rows):
        odd = sorted(set(rows) ^ set(columns)) or [r for r in rows if rows.count(r) > 1]
        raise DataError(
            Fault(
                f"{len(rows)} rows and {len(columns)} columns; unmatched: {', '.join(odd)}",
                "the same cities in rows and columns, each once",
                "Add the missing city, with zeros if nobody moves.",
                str(path),
            )
        )
    table = pd.DataFrame(raw.iloc[:, 1:].to_numpy(), index=rows, columns=columns)[rows]
    stacked = numbers_of(pd.Series(table.to_numpy().ravel()), path)
    matrix = stacked.to_numpy(dtype=np.float64, copy=True).reshape(len(rows), len(rows))
    raise_all(DataError, _corner_faults(corner, direction, str(path)))
    if direction is Direction.ROWS_ARE_DESTINATIONS:
        matrix = matrix.T.copy()
    notes = _settle_diagonal(matrix, rows, within or Refuse(), str(path))
    network = FlowNetwork(tuple(rows), matrix, year=year, label=label, notes=notes)
    raise_all(DataError, total_faults(network, leavers, arrivals))
    return network


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
        wanted = known.reindex(list(network.cities)).to_numpy(dtype=float)
        mine, swapped = (_gap(sums[kind], wanted) for kind in (name, other))
        if mine > tolerance and swapped <= tolerance:
            faults.append(
                Fault(
                    f"sums of rows that equal the {other}"
                    if name == "arrivals"
                    else "sums of columns that equal the leavers",
                    "rows that are origins",
                    "The matrix is transposed: declare the other direction.",
                    network.label,
                )
            )
        elif mine > tolerance:
            worst = int(np.nanargmax(np.abs(sums[name] - wanted)))
            faults.append(
                Fault(
                    f"{sums[name][worst]:g} {name}",
                    f"{wanted[worst]:g}",
                    "Check the city's row and column.",
                    network.cities[worst],
                )
            )
    return faults


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
        raise_all(
            DataError,
            [
                Fault(
                    f"{inside[i]:g} moves within {names[i]}",
                    "none",
                    "Leave them out, or read with within=SetAside().",
                    where,
                )
                for i in np.flatnonzero(inside).tolist()
            ],
        )
    np.fill_diagonal(matrix, 0.0)
    return (f"{inside.sum():,.0f} moves within cities set aside",) if inside.any() else ()


def _corner_faults(corner: str, direction: Direction, where: str) -> list[Fault]:
    """The words before and after the stroke in the corner cell name rows and columns."""
    text = corner.lower().replace("\\", "/").replace("|", "/")
    if "/" not in text:
        return []
    rows, columns = (part.strip() for part in text.split("/", 1))
    says_origin = any(word in rows for word in ORIGIN_WORDS) or any(
        word in columns for word in DESTINATION_WORDS
    )
    says_destination = any(word in rows for word in DESTINATION_WORDS) or any(
        word in columns for word in ORIGIN_WORDS
    )
    said = {"origin": says_origin, "destination": says_destination}
    other = {"origin": "destination", "destination": "origin"}[direction.value]
    if said[other] and not said[direction.value]:
        return [
            Fault(
                f"corner cell '{corner}'",
                f"rows that are {direction.value}s, as declared",
                "Declare the other direction, or mend the corner cell.",
                where,
            )
        ]
    return []


def _gap(sums: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.nanmax(np.abs(sums - wanted) / np.maximum(np.abs(wanted), 1.0)))
