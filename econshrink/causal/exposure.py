"""Exposure of cities to national growth of industries: the leave-out shift-share shock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, codes, group_sums
from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, raise_all


@dataclass(frozen=True, eq=False)
class ShiftShare:
    """A shift-share variable taken apart.

    Parameters
    ----------
    cities : tuple of str
    sectors : tuple of str
        The K industries that enter.
    shares : ndarray, shape (n, K)
        First-year employment of the industry over *all* employment of the city. Rows need not
        sum to one.
    shocks : ndarray, shape (n, K)
        Log growth of the industry's employment outside the city's own group; the same in all
        rows if nothing is left out.
    national : ndarray, shape (K,)
        Log growth with no group left out.
    left_out : str
        What was left out, in words.
    """

    cities: tuple[str, ...]
    sectors: tuple[str, ...]
    shares: Floats
    shocks: Floats
    national: Floats
    left_out: str

    @property
    def value(self) -> pd.Series:
        """The shock of each city, Σ_k s_ik g_k(−i), log points; index city."""
        index = pd.Index(self.cities, name="city")
        return pd.Series((self.shares * self.shocks).sum(axis=1), index=index, name="shift_share")

    @property
    def share_sum(self) -> pd.Series:
        """Sum of the shares of each city: the control that incomplete shares need."""
        return pd.Series(
            self.shares.sum(axis=1), index=pd.Index(self.cities, name="city"), name="share_sum"
        )

    @property
    def share_table(self) -> pd.DataFrame:
        """Shares as a city × industry table."""
        return pd.DataFrame(
            self.shares, index=pd.Index(self.cities, name="city"), columns=list(self.sectors)
        )


def shift_share(
    start: pd.DataFrame,
    end: pd.DataFrame,
    *,
    without: Sequence[str] = (),
    groups: pd.Series | None = None,
) -> ShiftShare:
    """Industry shares of a city times the growth of these industries elsewhere (Bartik 1991).

    Parameters
    ----------
    start, end : DataFrame
        Employment by city (index) and industry (columns) in the first and last year, the same
        cities and industries in both. Both may be samples: a common sampling rate adds one
        constant to every growth rate, which the sum of the shares as a control takes out.
    without : sequence of str
        Industries left out of the sum, such as agriculture; the shares stay shares of all
        employment, so that they no longer sum to one and `share_sum` must be controlled for
        (Borusyak, Hull and Jaravel 2022).
    groups : Series, optional
        Group of each city, such as its province: growth is that outside the city's own group.
        None leaves nothing out.

    Returns
    -------
    ShiftShare

    Raises
    ------
    DataError
        Unlike cities or industries, negative or missing counts, a city without employment, an
        industry with no employment outside some group, one that is not there to leave out.

    Examples
    --------
    >>> start = pd.DataFrame({"farms": [5, 5], "mills": [5, 15]}, index=["110000", "120000"])
    >>> end = pd.DataFrame({"farms": [4, 5], "mills": [5, 30]}, index=["110000", "120000"])
    >>> own = pd.Series(["north", "south"], index=start.index)
    >>> shift_share(start, end, without=["farms"], groups=own).value.round(4).tolist()
    [0.3466, 0.0]
    """
    raise_all(DataError, _table_faults(start, end, without))
    kept = [name for name in start.columns if name not in without]
    first, last = values_of(start[kept]), values_of(end[kept])
    shares = first / values_of(start).sum(axis=1, keepdims=True)
    if groups is None:
        number, count = np.zeros(len(first), dtype=np.intp), 1
    else:
        number, count = codes(np.asarray(groups.reindex(start.index).astype(str)))
    elsewhere = []
    for counts in (first, last):
        own = group_sums(counts, number, count)[number]
        elsewhere.append(counts.sum(axis=0) - (own if groups is not None else 0.0))
    raise_all(DataError, _empty_faults(elsewhere, kept))
    shocks = np.log(elsewhere[1]) - np.log(elsewhere[0])
    national = np.log(last.sum(axis=0)) - np.log(first.sum(axis=0))
    return ShiftShare(
        tuple(str(city) for city in start.index),
        tuple(str(name) for name in kept),
        shares,
        np.broadcast_to(shocks, first.shape).copy(),
        national,
        "nothing" if groups is None else f"the own {groups.name or 'group'}",
    )


def _table_faults(start: pd.DataFrame, end: pd.DataFrame, without: Sequence[str]) -> list[Fault]:
    faults = []
    if list(start.index) != list(end.index) or list(start.columns) != list(end.columns):
        seen = f"tables of {start.shape} and {end.shape} whose cities or industries differ"
        return [Fault(seen, "the same cities and industries in both years", "Align them.")]
    for name, table in (("first year", start), ("last year", end)):
        numbers = values_of(table)
        wrong = ~(numbers >= 0)  # missing counts too
        if wrong.any():
            where = [str(table.index[row]) for row in np.flatnonzero(wrong.any(axis=1))[:5]]
            seen = f"{int(wrong.sum())} negative or missing counts ({', '.join(where)})"
            faults.append(Fault(seen, "counts of zero or more", "Mend or leave out.", name))
    idle = start.index[~(start.sum(axis=1) > 0)]
    if len(idle):
        seen = f"no employment in {', '.join(map(str, idle[:5]))}"
        faults.append(Fault(seen, "some in the first year", "Leave these cities out."))
    strange = [name for name in without if name not in start.columns]
    if strange:
        known = ", ".join(map(str, start.columns))
        faults.append(Fault(f"no industry {', '.join(strange)}", f"some of {known}", "Check it."))
    if len(set(start.columns) - set(without)) == 0:
        faults.append(Fault("no industry left", "at least one", "Leave out fewer."))
    return faults


def _empty_faults(elsewhere: list[Floats], kept: list[str]) -> list[Fault]:
    empty = [
        name
        for k, name in enumerate(kept)
        if any(not (np.atleast_2d(counts)[:, k] > 0).all() for counts in elsewhere)
    ]
    if not empty:
        return []
    seen = f"industries without employment outside some group: {', '.join(empty)}"
    return [Fault(seen, "some elsewhere in both years", "Merge small industries.")]
