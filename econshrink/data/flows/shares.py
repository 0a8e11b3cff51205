"""Read lists of the largest partners, keeping the mass that they leave out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.flows.columns import Pairs, SharesOf, cities_of, read_pairs, totals_of
from econshrink.data.flows.lists import twice_faults
from econshrink.data.open.faults import grouped, listed
from econshrink.data.open.grid import DEFAULT_LIMITS, Limits
from econshrink.nouns.flows import FlowNetwork


def read_share_lists(
    path: str | os.PathLike[str],
    of: SharesOf,
    *,
    percent: bool,
    totals: pd.Series | None = None,
    year: int | None = None,
    columns: Mapping[str, str] | None = None,
    label: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> FlowNetwork:
    r"""Read ``origin, destination, share`` of the largest partners; keep the mass left out.

    Unlisted pairs stay unknown (NaN), never zero, and so do pairs whose share is blank: one minus
    the listed shares, times the total, is kept as unlisted mass.

    Parameters
    ----------
    path : path
        A file of any kind that `read_yearbook` opens, with one table.
    of : SharesOf
        Whose total the shares divide.
    percent : bool
        True if shares are in percent; a share with a percent sign is divided once either way.
    totals : Series, optional
        Persons by city (leavers or arrivals, as `of` says); default 1 each, and shares remain.
    year : int, optional
    columns : mapping of str to str, optional
        What ``origin``, ``destination``, ``share`` and ``year`` are called in the file.
    label : str
    limits : Limits
        Largest file, sheet and unpacked size that is read.

    Returns
    -------
    FlowNetwork

    Raises
    ------
    DataError
        Shares outside 0 to 1, lists that add up to more than 1, cities without a list or a total.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> text = "origin,destination,share\na,b,60\nb,a,70\nc,a,50\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "top1.csv"
    ...     _ = file.write_text(text)
    ...     net = read_share_lists(file, SharesOf.ORIGIN, percent=True)
    >>> net.unlisted_out
    array([0.4, 0.3, 0.5])
    """
    pairs = read_pairs(path, "share", limits, blanks=True, columns=columns)
    raise_all(DataError, twice_faults(pairs, "Remove one."))
    frame = pairs.frame
    signed = (frame["unit"] == "share").to_numpy()
    scale = 100.0 if percent else 1.0
    share = frame["share"].where(signed, frame["share"] / scale)
    chosen = cities_of(pairs, None)
    table = frame.assign(share=share).pivot(index="origin", columns="destination", values="share")
    matrix = table.reindex(index=chosen, columns=chosen).to_numpy(dtype=np.float64, copy=True)
    np.fill_diagonal(matrix, np.nan_to_num(np.diag(matrix)))
    axis = 1 if of is SharesOf.ORIGIN else 0
    listed_sum = np.nansum(matrix, axis=axis)
    raise_all(DataError, _share_faults(pairs, share, listed_sum, chosen, percent))
    mass = np.ones(len(chosen)) if totals is None else totals_of(totals, chosen, "totals")
    scaled = matrix * (mass[:, None] if axis == 1 else mass[None, :])
    left = np.maximum(1.0 - listed_sum, 0.0) * mass
    left[left < 1e-9 * mass] = 0.0
    notes = [
        f"listed shares cover {listed_sum.min():.0%} to {listed_sum.max():.0%} of a city's total"
    ]
    blanks = int(share.isna().sum())
    if blanks:
        notes.append(f"{blanks} listed pairs without a share, kept as unknown and not as zero")
    return FlowNetwork(
        tuple(chosen),
        scaled,
        kind="shares" if totals is None else "counts",
        year=year,
        unlisted_out=left if axis == 1 else None,
        unlisted_in=left if axis == 0 else None,
        label=label,
        notes=tuple(notes),
    )


def _share_faults(
    pairs: Pairs, share: pd.Series, sums: Floats, cities: Sequence[str], percent: bool
) -> list[Fault]:
    grid = pairs.grid
    outside = share.index[(share < 0) | (share > 1)]
    remedy = (
        "Check `percent`, or the figure." if percent else "Pass percent=True, or mend the figure."
    )
    faults = grouped(
        [Fault(f"share {share[r]:g}", "0 to 1", remedy, grid.where(r)) for r in outside]
    )
    plain = bool((pairs.frame["unit"] != "share").any())
    if ((percent and plain) or pairs.printed) and bool(np.all(sums * 100.0 < 1.0 + 0.005)):
        said = f"under a heading in {pairs.printed}" if pairs.printed else "with percent=True"
        seen = f"lists that add up to {sums.max() * 100.0:.3g} at most, {said}"
        expected = "shares in percent; no list covers one percent of its total"
        remedy = "Pass percent=False, or write a percent sign behind every share."
        if pairs.printed:
            remedy = f"Take '{pairs.printed}' out of the heading, or write the shares in percent."
        faults.append(Fault(seen, expected, remedy, grid.name))
    much = [(c, s) for c, s in zip(cities, sums, strict=True) if s > 1 + 0.005]
    if much and not len(outside):
        seen = f"shares that add up to {much[0][1]:.3f}"
        where = f"{grid.name}: {listed([city for city, _ in much])}"
        faults.append(Fault(seen, "at most 1", "Check whose total they divide (`of`).", where))
    none = [city for city, total in zip(cities, sums, strict=True) if total == 0]
    if none:
        seen = f"no share of {listed(none)}"
        faults.append(Fault(seen, "a list for every city", "Add it.", grid.name))
    return faults


@dataclass(frozen=True, eq=False)
class Reconciliation:
    """Flows out of two lists of shares, and how far the lists disagree.

    Parameters
    ----------
    network : FlowNetwork
        The reconciled flows; a pair that neither list has is unknown (NaN).
    residuals : DataFrame
        Pairs that both lists have: ``origin, destination, by_origin, by_destination, used,
        residual`` (by origin less by destination, in persons).
    """

    network: FlowNetwork
    residuals: pd.DataFrame


def reconcile_shares(by_origin: FlowNetwork, by_destination: FlowNetwork) -> Reconciliation:
    """One network out of the origins' shares and the destinations' shares, which may disagree.

    Rule: a pair that both lists have gets the mean of its two figures (the least-squares
    answer when both are equally good); a pair that one list has gets that figure; a pair in
    neither list stays unknown. Mass that is left of the leavers and of the arrivals is unlisted.

    Parameters
    ----------
    by_origin, by_destination : FlowNetwork
        From `read_share_lists` with ``SharesOf.ORIGIN`` and ``SharesOf.DESTINATION``, both with
        totals, of the same cities and year.

    Returns
    -------
    Reconciliation
        Residuals pair by pair; the network's notes give their size and the totals' difference.

    Raises
    ------
    DataError
        Shares without totals, other cities, other years, the two lists in the wrong places.

    Examples
    --------
    >>> out = FlowNetwork(("a", "b"), np.array([[0.0, 6.0], [4.0, 0.0]]), unlisted_out=[0, 0])
    >>> into = FlowNetwork(("a", "b"), np.array([[0.0, 8.0], [4.0, 0.0]]), unlisted_in=[0, 0])
    >>> reconcile_shares(out, into).network.flows[0, 1]
    np.float64(7.0)
    """
    raise_all(DataError, _pair_faults(by_origin, by_destination))
    order = [by_destination.cities.index(city) for city in by_origin.cities]
    first, second = by_origin.flows, by_destination.flows[np.ix_(order, order)]
    both = np.isfinite(first) & np.isfinite(second) & ~np.eye(len(order), dtype=bool)
    used = np.where(both, (first + second) / 2, np.where(np.isfinite(first), first, second))
    rows, columns = np.nonzero(both)
    names = np.array(by_origin.cities)
    residuals = pd.DataFrame(
        {
            "origin": names[rows],
            "destination": names[columns],
            "by_origin": first[both],
            "by_destination": second[both],
            "used": used[both],
            "residual": (first - second)[both],
        }
    )
    leaving, arriving = by_origin.out_strength, by_destination.in_strength[order]
    size = float(np.abs(residuals["residual"]).sum() / max(residuals["used"].sum(), 1e-300))
    notes = (
        f"{len(residuals)} pairs stand in both lists and get the mean of their two figures; these "
        f"differ by {size:.1%} of the flow between them, at most {_worst(residuals)}",
        f"leavers add up to {leaving.sum():,.0f}, arrivals to {arriving.sum():,.0f}",
    )
    known = np.nan_to_num(used)
    network = FlowNetwork(
        by_origin.cities,
        used,
        year=by_origin.year,
        names_en=by_origin.names_en,
        names_zh=by_origin.names_zh,
        unlisted_out=np.maximum(leaving - known.sum(axis=1), 0.0),
        unlisted_in=np.maximum(arriving - known.sum(axis=0), 0.0),
        label=by_origin.label or by_destination.label,
        notes=notes,
        synthetic=by_origin.synthetic or by_destination.synthetic,
    )
    return Reconciliation(network, residuals)


def _worst(residuals: pd.DataFrame) -> str:
    if residuals.empty:
        return "0"
    i = int(residuals["residual"].abs().to_numpy().argmax())
    gap, origin, destination = (residuals[c].iloc[i] for c in ("residual", "origin", "destination"))
    return f"{abs(gap):,.4g} from {origin} to {destination}"


def _pair_faults(first: FlowNetwork, second: FlowNetwork) -> list[Fault]:
    faults = [
        Fault(
            f"{name} in shares, without totals",
            "counts",
            "Read the list with `totals`, the persons by city.",
            name,
        )
        for name, network in (("by_origin", first), ("by_destination", second))
        if network.kind != "counts"
    ]
    if first.unlisted_out is None or second.unlisted_in is None:
        seen = "lists whose shares divide another total"
        expected = "shares of the origin first, shares of the destination second"
        remedy = "Read them with SharesOf.ORIGIN and SharesOf.DESTINATION, in this order."
        faults.append(Fault(seen, expected, remedy))
    odd = sorted(set(first.cities) ^ set(second.cities))
    if odd:
        seen = f"{listed(odd)} in one list alone"
        faults.append(Fault(seen, "the same cities", "Add the missing cities, or drop the others."))
    if first.year != second.year:
        seen = f"years {first.year} and {second.year}"
        faults.append(Fault(seen, "one year", "Read lists of the same year."))
    return faults
