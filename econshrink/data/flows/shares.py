"""Read lists of the largest partners, keeping the mass that they leave out."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.data.flows.columns import (
    SharesOf,
    cities_of,
    numbers_of,
    read_table,
    require_columns,
)
from econshrink.nouns.flows import FlowNetwork


def read_share_lists(
    path: str | os.PathLike[str],
    of: SharesOf,
    *,
    percent: bool,
    totals: pd.Series | None = None,
    year: int | None = None,
    label: str = "",
) -> FlowNetwork:
    r"""Read ``origin, destination, share`` of the largest partners; keep the mass left out.

    Unlisted pairs stay unknown (NaN), never zero: one minus the listed shares, times the total,
    is kept as unlisted mass.

    Parameters
    ----------
    path : path
        CSV in UTF-8.
    of : SharesOf
        Whose total the shares divide.
    percent : bool
        True if shares are in percent.
    totals : Series, optional
        Persons by city (leavers or arrivals, as `of` says); default 1 each, and shares remain.
    year : int, optional
    label : str

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
    frame = read_table(path)
    require_columns(frame, ("origin", "destination", "share"), path)
    share = numbers_of(frame["share"], path) / (100.0 if percent else 1.0)
    chosen = cities_of(frame, None, path)
    table = frame.assign(share=share).pivot_table(
        index="origin", columns="destination", values="share", aggfunc="sum"
    )
    matrix = table.reindex(index=chosen, columns=chosen).to_numpy(dtype=np.float64, copy=True)
    np.fill_diagonal(matrix, np.where(np.isnan(np.diag(matrix)), 0.0, np.diag(matrix)))
    axis = 1 if of is SharesOf.ORIGIN else 0
    listed = np.nansum(matrix, axis=axis)
    weight = pd.Series(1.0, chosen) if totals is None else totals.reindex(chosen)
    raise_all(DataError, _share_faults(frame, share, listed, chosen, weight, str(path)))
    mass = weight.to_numpy(dtype=np.float64)
    scaled = matrix * (mass[:, None] if axis == 1 else mass[None, :])
    left = np.maximum(1.0 - listed, 0.0) * mass
    left[left < 1e-9 * mass] = 0.0
    return FlowNetwork(
        tuple(chosen),
        scaled,
        kind="shares" if totals is None else "counts",
        year=year,
        unlisted_out=left if axis == 1 else None,
        unlisted_in=left if axis == 0 else None,
        label=label,
        notes=(f"listed shares cover {listed.min():.0%} to {listed.max():.0%} of a city's total",),
    )


def _share_faults(
    frame: pd.DataFrame,
    share: pd.Series,
    listed: np.ndarray,
    cities: Sequence[str],
    weight: pd.Series,
    where: str,
) -> list[Fault]:
    faults = [
        Fault(f"share {share[i]:g}", "0 to 1", "Check `percent`.", f"{where}, row {i + 2}")
        for i in share.index[(share < 0) | (share > 1)]
    ]
    faults += [
        Fault("a pair twice", "each once", "Remove one.", f"{where}, row {i + 2}")
        for i in frame.index[frame.duplicated(["origin", "destination"])]
    ]
    faults += [
        Fault(
            f"shares that add up to {total:.3f}",
            "at most 1",
            "Check whose total they divide (`of`).",
            f"{where}: {city}",
        )
        for city, total in zip(cities, listed, strict=True)
        if total > 1 + 0.005
    ]
    faults += [
        Fault(f"no share of {city}", "a list for every city", "Add it.", where)
        for city, total in zip(cities, listed, strict=True)
        if total == 0
    ]
    faults += [
        Fault("no total", "persons", "Add it to `totals`.", f"{where}: {city}")
        for city in weight.index[weight.isna()]
    ]
    return faults
