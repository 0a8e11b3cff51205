"""Concentration of sizes: Gini, Theil with decomposition, HHI, entropy, primacy, rank and size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, codes, group_sums
from econshrink.core.errors import DataError, Fault, raise_all


def gini(sizes: Floats) -> float:
    """Gini coefficient Σ_ij |x_i − x_j| / (2 n² mean); at most (n − 1) / n.

    Examples
    --------
    >>> gini(np.array([1.0, 3.0])), gini(np.array([2.0, 2.0]))
    (0.25, 0.0)
    """
    x = np.sort(_sizes(sizes))
    n = len(x)
    return float((2 * np.arange(1, n + 1) - n - 1) @ x / (n * x.sum()))


def theil(sizes: Floats) -> float:
    """Theil's T, Σ s_i ln(n s_i) with shares s: 0 if equal, ln n if one holds all.

    Examples
    --------
    >>> theil(np.array([1.0, 1.0])), round(theil(np.array([1.0, 0.0])), 6)
    (0.0, 0.693147)
    """
    share = _shares(sizes)
    held = share[share > 0]
    return float(held @ np.log(len(share) * held))


def herfindahl(sizes: Floats) -> float:
    """Herfindahl–Hirschman index Σ s_i², from 1/n to 1.

    Examples
    --------
    >>> herfindahl(np.array([1.0, 1.0]))
    0.5
    """
    share = _shares(sizes)
    return float(share @ share)


def entropy(sizes: Floats) -> float:
    """Shannon entropy −Σ s_i ln s_i; its exponential is an effective number of centres.

    Examples
    --------
    >>> float(np.exp(entropy(np.array([1.0, 1.0]))).round(12))
    2.0
    """
    share = _shares(sizes)
    held = share[share > 0]
    return float(-held @ np.log(held))


def primacy(sizes: Floats) -> float:
    """Share of the largest in the total of the two largest: 0.5 if the two are alike.

    Examples
    --------
    >>> primacy(np.array([6.0, 2.0, 1.0]))
    0.75
    """
    first, second = np.sort(_sizes(sizes))[::-1][:2]
    return float(first / (first + second))


def rank_size(sizes: Floats) -> tuple[float, float]:
    """Pareto exponent from ln(rank − 1/2) on ln(size), and its standard error b·√(2/n).

    Gabaix and Ibragimov (2011): the shift removes the small-sample bias, and the least-squares
    error would be far too small.

    Returns
    -------
    tuple of float
        Exponent b (1 is Zipf's law; smaller is more concentrated) and standard error.

    Raises
    ------
    DataError
        Fewer than three sizes above zero, or all alike.
    """
    x = np.sort(_sizes(sizes))[::-1]
    x = x[x > 0]
    if len(x) < 3 or x[0] == x[-1]:
        raise DataError(Fault(f"{len(x)} sizes above 0", "three, not all alike", "Add units."))
    y, z = np.log(np.arange(1, len(x) + 1) - 0.5), np.log(x)
    slope = -float((z - z.mean()) @ y / ((z - z.mean()) ** 2).sum())
    return slope, slope * float(np.sqrt(2.0 / len(x)))


def concentration(sizes: Floats) -> pd.Series:
    """All indices of one distribution: gini, theil, herfindahl, entropy, primacy, centres.

    Examples
    --------
    >>> concentration(np.array([3.0, 1.0])).round(4)["gini"]
    np.float64(0.25)
    """
    spread = entropy(sizes)
    return pd.Series(
        {
            "gini": gini(sizes),
            "theil": theil(sizes),
            "herfindahl": herfindahl(sizes),
            "entropy": spread,
            "primacy": primacy(sizes),
            "centres": float(np.exp(spread)),
        }
    )


@dataclass(frozen=True, eq=False)
class TheilDecomposition:
    """Theil's T split by groups.

    Parameters
    ----------
    total, between, within : float
        total = between + within.
    groups : DataFrame
        Index: group; columns ``units, share`` of the total, ``theil`` inside, ``within`` its
        part of the within term.
    """

    total: float
    between: float
    within: float
    groups: pd.DataFrame


def theil_decomposition(sizes: Floats, groups: Sequence[str]) -> TheilDecomposition:
    """Split Theil's T into a part between groups and parts within them (Theil 1967).

    T = Σ_g S_g ln(S_g / (n_g / n)) + Σ_g S_g T_g with S_g the group's share, n_g its units.

    Parameters
    ----------
    sizes : ndarray, shape (n,)
    groups : sequence of str, length n

    Returns
    -------
    TheilDecomposition

    Examples
    --------
    >>> split = theil_decomposition(np.array([4.0, 4.0, 1.0, 1.0]), ["x", "x", "y", "y"])
    >>> round(split.between, 6) == round(split.total, 6), split.within
    (True, 0.0)
    """
    x = _sizes(sizes)
    if len(groups) != len(x):
        raise DataError(Fault(f"{len(groups)} groups", f"{len(x)}", "One a unit."))
    numbers, count = codes(list(groups))
    units = np.bincount(numbers, minlength=count)
    share = group_sums(x, numbers, count) / x.sum()
    inside = np.array(
        [theil(x[numbers == g]) if share[g] > 0 and units[g] > 1 else 0.0 for g in range(count)]
    )
    held = share > 0
    between = float(share[held] @ np.log(share[held] * len(x) / units[held]))
    table = pd.DataFrame(
        {"units": units, "share": share, "theil": inside, "within": share * inside},
        index=pd.Index(sorted(set(groups)), name="group"),
    )
    return TheilDecomposition(theil(x), between, float(table["within"].sum()), table)


def share_arithmetic(growth: float, share_first: float, share_last: float) -> tuple[float, float]:
    """By what factors a part and the rest grew, given the growth of the whole and two shares.

    Parameters
    ----------
    growth : float
        Last total over first total.
    share_first, share_last : float
        The part's share in both years, above 0 and below 1.

    Returns
    -------
    tuple of float
        growth · last / first of the part, growth · (1 − last) / (1 − first) of the rest.

    Raises
    ------
    DataError
        A growth that is not positive or shares outside (0, 1).

    Examples
    --------
    >>> [round(factor, 2) for factor in share_arithmetic(1.5, 0.53, 0.58)]
    [1.64, 1.34]
    """
    faults = [
        Fault(f"share {share}", "above 0 and below 1", "Give a share, not percent.")
        for share in (share_first, share_last)
        if not 0 < share < 1
    ]
    if not growth > 0:
        faults.append(Fault(f"growth {growth}", "above 0", "Give last total over first total."))
    raise_all(DataError, faults)
    return growth * share_last / share_first, growth * (1 - share_last) / (1 - share_first)


def _sizes(sizes: Floats) -> Floats:
    x = np.asarray(sizes, dtype=np.float64)
    bad = ~np.isfinite(x) | (x < 0)
    faults = [
        Fault(f"size {x[i]:g}", "0 or more", "Mend it.", f"unit {i}") for i in np.flatnonzero(bad)
    ]
    if x.ndim != 1 or len(x) < 2 or not (bad.any() or x.sum() > 0):
        faults.append(Fault("fewer than two sizes, or all 0", "sizes above 0", "Add units."))
    raise_all(DataError, faults)
    return x


def _shares(sizes: Floats) -> Floats:
    x = _sizes(sizes)
    return np.asarray(x / x.sum())
