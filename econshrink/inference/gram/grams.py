"""Cluster Grams: one small cross-product matrix a cluster, from which resamples are computed.

The rows are touched once. A resample gives every cluster a weight; its Gram is the weighted sum of
the clusters' Grams, so all resamples together are one matrix product. Effects nested in the
clusters are swept out beforehand, which commutes with weighting whole clusters; a cluster drawn
twice then counts as two. Effects across clusters (years) stay as columns, so that each resample
estimates them afresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from econshrink.arrays import Floats, Ints, is_nested
from econshrink.errors import Fault, SpecError
from econshrink.inference.absorption import absorber, sweep
from econshrink.inference.gram.solve import eliminate, row_starts

MOST_EFFECTS = 250  # levels of effects across clusters; a resample costs their cube over six
ABSORBED = 1e-10  # norm of a dummy left after the sweep, relative to its own


@dataclass(frozen=True, eq=False)
class ClusterGrams:
    """Cross products of the columns [effects, regressors, outcomes] within each cluster.

    Parameters
    ----------
    packed : ndarray, shape (p(p+1)/2, G)
        Upper triangles, row by row; one column a cluster.
    effects, slopes, outcomes : int
        Numbers of columns of each kind, in this order; p is their sum.
    """

    packed: Floats
    effects: int
    slopes: int
    outcomes: int

    @property
    def size(self) -> int:
        """Columns p."""
        return self.effects + self.slopes + self.outcomes

    @property
    def clusters(self) -> int:
        """Clusters G."""
        return int(self.packed.shape[1])


def cluster_grams(effects: Floats, x: Floats, y: Floats, groups: Ints) -> ClusterGrams:
    """Cross products within clusters.

    Parameters
    ----------
    effects : ndarray, shape (n, m)
        Dummies of effects across clusters; m may be 0. See `crossing_effects`.
    x : ndarray, shape (n, k)
    y : ndarray, shape (n, o)
        One or several outcomes.
    groups : ndarray of int, shape (n,)
        Dense codes of the clusters.

    Returns
    -------
    ClusterGrams

    Raises
    ------
    SpecError
        Fewer than two clusters.

    Examples
    --------
    >>> x, y = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [0.0], [2.0]])
    >>> cluster_grams(np.empty((3, 0)), x, y, np.array([0, 0, 1])).packed
    array([[5., 9.],
           [1., 6.],
           [1., 4.]])
    """
    count = int(groups.max()) + 1
    if count < 2:
        raise SpecError(Fault(f"{count} cluster", "at least 2 clusters", "Use a finer unit."))
    columns = np.column_stack([effects, x, y])
    order = np.argsort(groups, kind="stable")
    columns, edges = columns[order], np.searchsorted(groups[order], np.arange(count + 1))
    upper = np.triu_indices(columns.shape[1])
    packed = np.empty((count, len(upper[0])))
    for g in range(count):
        rows = columns[edges[g] : edges[g + 1]]
        packed[g] = (rows.T @ rows)[upper]
    return ClusterGrams(np.ascontiguousarray(packed.T), effects.shape[1], x.shape[1], y.shape[1])


def crossing_effects(
    effects: Sequence[Ints], groups: Ints, weights: Floats | None = None
) -> Floats:
    """Dummies of the effects that are not nested in the clusters, the nested ones swept out.

    Parameters
    ----------
    effects : sequence of ndarray of int, each of shape (n,)
        Dense codes.
    groups : ndarray of int, shape (n,)
        Dense codes of the clusters.
    weights : ndarray, shape (n,), optional
        Positive analytic weights; the result is multiplied by their roots.

    Returns
    -------
    ndarray, shape (n, m)
        Linearly independent columns of unit norm.

    Raises
    ------
    SpecError
        More than `MOST_EFFECTS` levels: an effect such as ``province^year`` with city clusters.

    Examples
    --------
    >>> city, year = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> crossing_effects([city, year], city).ravel()
    array([-0.5,  0.5, -0.5,  0.5])
    """
    nested = [codes for codes in effects if is_nested(codes, groups)]
    across = [codes for codes in effects if not is_nested(codes, groups)]
    levels = sum(int(codes.max()) + 1 for codes in across)
    if levels > MOST_EFFECTS:
        raise SpecError(
            Fault(
                f"{levels} levels of effects that cross the clusters",
                f"at most {MOST_EFFECTS}",
                "Cluster by a unit that contains them (province for province^year), or absorb "
                "coarser effects.",
            )
        )
    raw = np.column_stack(
        [
            np.ones((len(groups), 0 if nested else 1)),
            *((c[:, None] == np.arange(1, int(c.max()) + 1)).astype(float) for c in across),
        ]
    )
    root = np.ones(len(groups)) if weights is None else np.sqrt(weights)
    dummies = sweep(absorber(nested, weights), raw) if nested and raw.shape[1] else raw
    dummies, raw = dummies * root[:, None], raw * root[:, None]
    norm = np.sqrt((dummies**2).sum(axis=0))
    kept = norm > ABSORBED * np.sqrt((raw**2).sum(axis=0))
    dummies = dummies[:, kept] / norm[kept]
    size = dummies.shape[1]
    gram = (dummies.T @ dummies)[np.triu_indices(size)][:, None]
    return np.asarray(dummies[:, eliminate(gram, size, size).usable[:, 0]])


def weighted_grams(grams: ClusterGrams, weights: Floats) -> Floats:
    """Packed Grams of B resamples: the weighted sums over clusters, shape (p(p+1)/2, B).

    Parameters
    ----------
    grams : ClusterGrams
    weights : ndarray, shape (B, G)

    Examples
    --------
    >>> x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [0.0]])
    >>> grams = cluster_grams(np.empty((2, 0)), x, y, np.array([0, 1]))
    >>> weighted_grams(grams, np.array([[2.0, 1.0]])).ravel()
    array([6., 2., 2.])
    """
    return np.asarray(grams.packed @ weights.T)


def grams_without(grams: ClusterGrams, units: Ints) -> Floats:
    """Packed Grams without each unit in turn, by downdates; shape (p(p+1)/2, U).

    Parameters
    ----------
    grams : ClusterGrams
    units : ndarray of int, shape (G,)
        Unit of each cluster: ``arange(G)`` leaves out clusters, province codes leave out
        provinces.

    Examples
    --------
    >>> x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [0.0]])
    >>> grams = cluster_grams(np.empty((2, 0)), x, y, np.array([0, 1]))
    >>> grams_without(grams, np.arange(2))
    array([[4., 1.],
           [0., 1.],
           [0., 1.]])
    """
    count = int(units.max()) + 1
    parts = grams.packed
    if not np.array_equal(units, np.arange(grams.clusters)):
        parts = parts @ (units[:, None] == np.arange(count)).astype(float)
    return np.asarray(parts.sum(axis=1, keepdims=True) - parts)


def square_grams(packed: Floats, size: int) -> Floats:
    """Unpack upper triangles, shape (P, B), into symmetric matrices, shape (B, p, p).

    Examples
    --------
    >>> square_grams(np.array([[1.0], [2.0], [3.0]]), 2)[0]
    array([[1., 2.],
           [2., 3.]])
    """
    first, second = np.triu_indices(size)
    full = np.empty((packed.shape[1], size, size))
    full[:, first, second] = packed.T
    full[:, second, first] = packed.T
    return full


def sub_block(packed: Floats, size: int, columns: Ints) -> Floats:
    """Packed Gram of some columns, in the order given; shape (q(q+1)/2, B).

    Parameters
    ----------
    packed : ndarray, shape (p(p+1)/2, B)
    size : int
        p.
    columns : ndarray of int, shape (q,)

    Examples
    --------
    >>> sub_block(np.array([[1.0], [2.0], [3.0]]), 2, np.array([1, 0])).ravel()
    array([3., 2., 1.])
    """
    first, second = np.triu_indices(len(columns))
    low = np.minimum(columns[first], columns[second])
    high = np.maximum(columns[first], columns[second])
    return np.asarray(packed[row_starts(size)[low] + high - low])
