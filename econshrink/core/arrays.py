"""Pure numerics shared by the estimators: group sums, demeaning, rank."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]  # positions and codes
BLOCK = 32_768  # numbers worked on at a time
Counts = NDArray[np.int64]  # persons, years: the same width on every machine


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Slices of rows that stay in the processor's cache while several steps run over them.

    Examples
    --------
    >>> [rows.stop for rows in blocks(5, BLOCK // 2)]
    [2, 4, 5]
    """
    height = max(BLOCK // max(columns, 1), 1)
    return (slice(first, min(first + height, rows)) for first in range(0, rows, height))


def read_only(values: Floats) -> Floats:
    """Give an array away: its owner can then hold it without a copy.

    Examples
    --------
    >>> read_only(np.zeros(2)).flags.writeable
    False
    """
    if isinstance(values.base, np.ndarray):
        values.base.setflags(write=False)
    values.setflags(write=False)
    return values


def kept(values: Floats) -> Floats:
    """The same numbers where nobody can change them: a copy, unless they are given away.

    Examples
    --------
    >>> mine, given = np.zeros(2), read_only(np.zeros(2))
    >>> kept(mine) is mine, kept(given) is given
    (False, True)
    """
    whole = np.asarray(values, dtype=float)
    holder = whole if whole.base is None else whole.base
    given = isinstance(holder, np.ndarray) and not holder.flags.writeable
    return whole if given and not whole.flags.writeable else read_only(whole.copy(order="K"))


def codes(labels: NDArray[np.generic] | list[object]) -> tuple[Ints, int]:
    """Number the distinct labels 0, 1, …, G-1 in sorted order.

    Returns
    -------
    tuple
        Codes of shape (n,) and the number of groups G.

    Examples
    --------
    >>> codes(["b", "a", "b"])
    (array([1, 0, 1]), 2)
    """
    values = np.asarray(labels)
    if values.dtype.kind == "i" and values.size:  # counting beats sorting where the range is short
        low = int(values.min())
        span = int(values.max()) - low + 1
        if span <= 4 * values.size:
            # dense codes come back as they are
            shifted = values.ravel().astype(np.intp, copy=False)
            shifted = shifted - low if low else shifted
            used = np.bincount(shifted, minlength=span) > 0
            if used.all():
                return shifted, span
            return (used.cumsum() - 1)[shifted], int(used.sum())
    try:
        levels, numbers = np.unique(values, return_inverse=True)
    except TypeError:  # labels of several types have no order: theirs is by type, then by text
        texts = np.array([f"{type(value).__name__} {value}" for value in values.ravel()])
        levels, numbers = np.unique(texts, return_inverse=True)
    return numbers.astype(np.intp).ravel(), len(levels)


def group_sums(values: Floats, groups: Ints, count: int) -> Floats:
    """Sum the rows of `values` (n or n×k) within groups; shape (count,) or (count, k).

    Examples
    --------
    >>> group_sums(np.array([1.0, 2.0, 4.0]), np.array([0, 1, 0]), 2)
    array([5., 2.])
    """
    if values.ndim == 1:
        sums: Floats = np.bincount(groups, weights=values, minlength=count).astype(np.float64)
        return sums
    steps = np.diff(groups)
    if len(groups) and values.shape[1] and (steps >= 0).all():  # sorted: sum runs of rows
        starts = np.concatenate([[0], np.flatnonzero(steps) + 1])
        table = np.zeros((count, values.shape[1]))
        table[groups[starts]] = np.add.reduceat(values, starts, axis=0)
        return table
    columns = [np.bincount(groups, weights=column, minlength=count) for column in values.T]
    return np.column_stack(columns) if columns else np.empty((count, 0))


def stable_order(keys: Ints, count: int) -> Ints:
    """Positions that sort integers 0, ..., count-1, equal ones in their order; linear time.

    Sixteen bits at a time, the smaller ones first: numpy sorts those by radix.

    Examples
    --------
    >>> stable_order(np.array([2, 0, 70_000, 0]), 70_001)
    array([1, 3, 0, 2])
    """
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    shift = 16
    while count > 1 << shift:
        digits = (keys >> shift).astype(np.uint16)
        order = order[np.argsort(digits[order], kind="stable")]
        shift += 16
    return order


def squares(columns: Floats) -> Floats:
    """Sum of squares of every column of an (n, k) array, shape (k,).

    Examples
    --------
    >>> squares(np.array([[1.0, 2.0], [3.0, 0.0]]))
    array([10.,  4.])
    """
    return np.asarray(np.einsum("ij,ij->j", columns, columns))


def pair_codes(first: Ints, second: Ints) -> tuple[Ints, int]:
    """Number the distinct pairs of two codings; the coding of their intersection.

    Examples
    --------
    >>> pair_codes(np.array([0, 0, 1]), np.array([1, 1, 0]))
    (array([0, 0, 1]), 2)
    """
    width = int(second.max()) + 1 if second.size else 1
    return codes(first.astype(np.int64) * width + second)


def is_nested(inner: Ints, outer: Ints) -> bool:
    """Tell whether every group of `inner` lies within one group of `outer`.

    Examples
    --------
    >>> is_nested(np.array([0, 1, 2]), np.array([0, 0, 1]))
    True
    >>> is_nested(np.array([0, 0, 1]), np.array([0, 1, 2]))
    False
    """
    if not inner.size or np.array_equal(inner, outer):
        return True
    if inner.size > 1 << 16 and not is_nested(inner[: 1 << 12], outer[: 1 << 12]):
        return False  # most that are not show it at once
    representative = np.zeros(int(inner.max()) + 1, dtype=outer.dtype)
    representative[inner] = outer
    return bool((representative[inner] == outer).all())


def symmetric(matrix: Floats) -> Floats:
    """Average a square matrix with its transpose: rounding leaves no asymmetry.

    Examples
    --------
    >>> symmetric(np.array([[1.0, 2.0], [4.0, 1.0]]))
    array([[1., 3.],
           [3., 1.]])
    """
    return (matrix + matrix.T) / 2


def least_norm(columns: Floats, targets: Floats, tolerance: float = 1e-9) -> tuple[Floats, int]:
    """Least-squares coefficients of `targets` on columns that may be collinear, and their rank.

    The columns are brought to unit length first, so that neither rank nor fit depends on units;
    of many solutions it is the one of least norm on that scale. A column of zeros gets zero.

    Parameters
    ----------
    columns : ndarray, shape (n, k)
    targets : ndarray, shape (n,) or (n, m)
    tolerance : float
        Singular value that counts as zero, relative to the largest.

    Returns
    -------
    tuple
        Shape (k,) or (k, m), and the rank.

    Examples
    --------
    >>> x = np.array([[1e12, 1.0], [1e12, 2.0], [1e12, 4.0]])
    >>> found, rank = least_norm(x, np.array([3.0, 5.0, 9.0]))
    >>> (found * [1e12, 1.0]).round(9), rank
    (array([1., 2.]), 2)
    """
    size = np.sqrt(squares(columns))
    size = np.where(size > 0, size, 1.0)
    found, _, rank, _ = np.linalg.lstsq(columns / size, targets, rcond=tolerance)
    return np.asarray((found.T / size).T), int(rank)


def weighted_gram(x: Floats, weights: Floats) -> Floats:
    """Cross product X' diag(w) X of (n, k) columns, a block of rows at a time; shape (k, k).

    The weighted rows are never all in memory, and each block is still in cache when it is used.

    Examples
    --------
    >>> weighted_gram(np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([2.0, 3.0]))
    array([[ 2.,  4.],
           [ 4., 11.]])
    """
    n, k = x.shape
    gram = np.zeros((k, k))
    block = 4096
    weighted = np.empty((min(n, block), k), order="F")
    for begin in range(0, n, block):
        part = x[begin : begin + block]
        chunk = np.multiply(part, weights[begin : begin + block, None], out=weighted[: len(part)])
        gram += chunk.T @ part
    return gram


def weighted_mean(values: Floats, weights: Floats | None) -> Floats:
    """Mean of the rows (n,) or (n, k), with weights if there are any.

    Examples
    --------
    >>> float(weighted_mean(np.array([1.0, 4.0]), np.array([2.0, 1.0])))
    2.0
    """
    return np.asarray(np.average(values, axis=0, weights=weights))


def group_means(values: Floats, groups: Ints) -> Floats:
    """Unweighted mean within groups, each in use; shape (G,) or (G, k).

    Examples
    --------
    >>> group_means(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1]))
    array([2., 5.])
    """
    counts = np.bincount(groups)
    sums = group_sums(values, groups, len(counts))
    return np.asarray(sums / (counts if values.ndim == 1 else counts[:, None]))


def largest_remainder(values: Floats, totals: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Round down, then add one where the remainders are largest until each column meets its total.

    Parameters
    ----------
    values : ndarray, shape (n, …)
        Not negative; rounded within each column along the first axis.
    totals : ndarray of int, shape (…), optional
        Sum of each column after rounding; default the rounded sum of the column.

    Returns
    -------
    ndarray of int, shape (n, …)
        No cell is off by one or more. Of equal remainders the first row is served first.

    Examples
    --------
    >>> largest_remainder(np.array([1.2, 2.5, 0.4])).tolist()
    [1, 3, 0]
    """
    below = np.floor(values)
    sums = np.rint(values.sum(axis=0)) if totals is None else np.asarray(totals, dtype=np.float64)
    order = np.argsort(below - values, axis=0, kind="stable")
    rank = np.argsort(order, axis=0, kind="stable")
    return np.asarray(below + (rank < sums - below.sum(axis=0)), dtype=np.int64)


def own_group_mean(values: Floats, groups: Ints) -> Floats:
    """Mean of each row's group over the values that are there; NaN where none is.

    Examples
    --------
    >>> own_group_mean(np.array([1.0, 3.0, np.nan]), np.array([0, 0, 1])).tolist()
    [2.0, 2.0, nan]
    """
    there = ~np.isnan(values)
    size = int(groups.max()) + 1
    count = np.bincount(groups[there], minlength=size).astype(float)
    total = np.bincount(groups[there], weights=values[there], minlength=size)
    mean = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    return np.asarray(mean[groups])


def shrink(growth: Floats, noise: Floats, groups: Ints) -> Floats:
    """Empirical-Bayes mean of each value given its group's; NaN stays NaN.

    Examples
    --------
    >>> shrink(np.array([0.02, -0.02]), np.zeros(2), np.array([0, 0])).tolist()
    [0.02, -0.02]
    >>> shrink(np.array([0.02, -0.02]), np.ones(2), np.array([0, 0])).tolist()
    [0.0, 0.0]
    """
    centre = own_group_mean(growth, groups)
    away = growth - centre
    known = ~np.isnan(away)
    size = np.bincount(groups[known], minlength=int(groups.max()) + 1)[groups]
    many = known & (size > 1)
    if not many.any():
        return growth
    inflate = size[many] / (size[many] - 1)
    true = max(float(np.mean(away[many] ** 2 * inflate) - np.mean(noise[many])), 0.0)
    kept = np.divide(true, true + noise, out=np.ones_like(noise), where=(true + noise) > 0)
    return np.asarray(centre + kept * away)
