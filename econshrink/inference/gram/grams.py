"""Cluster Grams: one small cross-product matrix a cluster, from which resamples are computed.

The rows are touched once. A resample gives every cluster a weight; its cross products are the
weighted sums of the clusters', so all resamples together are one matrix product. Effects nested in
the clusters are swept out beforehand, which commutes with weighting whole clusters; a cluster drawn
twice then counts as two. Effects across clusters stay as columns, so that each resample estimates
them afresh. Clusters that share no level of such an effect (provinces under province^year) form
blocks whose columns never meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import solve_triangular

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.gram.crossing import crossing_dummies, crossing_effects, linked_blocks

MOST_EFFECTS = 250  # columns of effects in a block; a resample costs their cube over six
EVEN = 1e-12  # relative differences between clusters that are rounding


@dataclass(frozen=True, eq=False)
class GramBlock:
    """Cross products within each cluster of columns D (effects) and V = [regressors, outcomes].

    Parameters
    ----------
    members : ndarray of int, shape (g,)
        The clusters of the block.
    table : ndarray, shape (g, P)
        A row a cluster: V'V packed by rows of its upper triangle, D'V by rows, then D'D packed,
        or one number n if `even`.
    effects, columns : int
        Columns of D and of V.
    even : bool
        True if D'D is n times the identity in every cluster, as in a balanced panel (D is chosen
        so). The effects of a resample then need no equations: they are weighted means.
    """

    members: Ints
    table: Floats
    effects: int
    columns: int
    even: bool

    def split(self, rows: Floats) -> tuple[Floats, Floats, Floats]:
        """Parts of rows such as those of `table`, shape (B, P).

        Returns
        -------
        tuple of ndarray
            V'V of shape (B, v, v), D'V of shape (B, m, v), and D'D of shape (B, m, m), or (B,)
            if `even`.
        """
        v, m = self.columns, self.effects
        inner, cross = v * (v + 1) // 2, m * v
        core = rows[:, :inner][:, square_index(v)].reshape(len(rows), v, v)
        cells = rows[:, inner : inner + cross].reshape(len(rows), m, v)
        rest = rows[:, inner + cross :]
        if self.even:
            return core, cells, rest[:, 0]
        return core, cells, rest[:, square_index(m)].reshape(len(rows), m, m)


@dataclass(frozen=True, eq=False)
class ClusterGrams:
    """Cross products of a regression's columns within each of G clusters.

    Parameters
    ----------
    blocks : tuple of GramBlock
        Every cluster is in one of them.
    clusters, slopes, outcomes : int
        Clusters G, regressors k and outcomes.
    """

    blocks: tuple[GramBlock, ...]
    clusters: int
    slopes: int
    outcomes: int

    @property
    def columns(self) -> int:
        """Regressors and outcomes v."""
        return self.slopes + self.outcomes

    @property
    def effects(self) -> int:
        """Columns of effects across clusters, over all blocks."""
        return sum(block.effects for block in self.blocks)


def cluster_grams(
    effects: Sequence[Ints], x: Floats, y: Floats, groups: Ints, weights: Floats | None = None
) -> ClusterGrams:
    """Cross products within clusters.

    Takes `effects` of shape (n,): dense codes of the effects, nested ones among them; may be empty;
    `x` of shape (n, k); `y` of shape (n, o): one or several outcomes. Both are swept of (at least)
    the nested effects and multiplied by the roots of the weights; `groups` of shape (n,): dense
    codes of the clusters; `weights` of shape (n,): positive analytic weights.

    Raises `SpecError`: fewer than two clusters; more than `MOST_EFFECTS` columns of effects in a
    block.
    """
    count = int(groups.max()) + 1
    if count < 2:
        raise SpecError(Fault(f"{count} cluster", "at least 2 clusters", "Use a finer unit."))
    nested, across = crossing_effects(effects, groups)
    home = linked_blocks(across, groups) if across else np.zeros(count, dtype=np.intp)
    _check_size(across, home[groups])
    root = np.ones(len(groups)) if weights is None else np.sqrt(weights)
    blocks = []
    for number in range(int(home.max()) + 1):
        members = np.flatnonzero(home == number)
        rows = np.flatnonzero(home[groups] == number)
        weight = None if weights is None else weights[rows]
        parts = [e[rows] for e in nested], [e[rows] for e in across]
        dummies = crossing_dummies(*parts, weight) if across else np.empty((len(rows), 0))
        columns = np.column_stack([x[rows], y[rows]])
        local = np.searchsorted(members, groups[rows])
        blocks.append(_block(members, dummies * root[rows, None], columns, local))
    return ClusterGrams(tuple(blocks), count, x.shape[1], y.shape[1])


def block_sums(grams: ClusterGrams, weights: Floats) -> list[Floats]:
    """Weighted sums over clusters of the blocks' tables: for each block of shape (B, P).

    Takes `weights` of shape (B, G).
    """
    if len(grams.blocks) == 1:
        return [np.asarray(weights @ grams.blocks[0].table)]
    return [np.ascontiguousarray(weights[:, block.members]) @ block.table for block in grams.blocks]


def sums_without(grams: ClusterGrams, left_out: Ints) -> list[Floats]:
    """Sums over clusters without one of them, by downdates: for each block of shape (B, P).

    Takes `left_out` of shape (B,): the cluster that each of the B samples lacks.
    """
    found = []
    for block in grams.blocks:
        sums = np.repeat(block.table.sum(axis=0)[None], len(left_out), axis=0)
        place = np.minimum(np.searchsorted(block.members, left_out), len(block.members) - 1)
        inside = block.members[place] == left_out
        sums[inside] -= block.table[place[inside]]
        found.append(sums)
    return found


def square_index(size: int) -> Ints:
    """Positions in a packed upper triangle of the cells of the full matrix, row by row."""
    full = np.empty((size, size), dtype=np.intp)
    first, second = np.triu_indices(size)
    full[first, second] = full[second, first] = np.arange(len(first))
    return full.ravel()


def packed(square: Floats) -> Floats:
    """Upper triangles of symmetric matrices (B, p, p), row by row: shape (B, p(p+1)/2)."""
    return np.asarray(square[:, *np.triu_indices(square.shape[1])])


def _check_size(across: Sequence[Ints], home: Ints) -> None:
    levels = np.zeros(int(home.max()) + 1, dtype=np.intp)
    for codes in across:
        block_of_level = np.zeros(int(codes.max()) + 1, dtype=np.intp)
        block_of_level[codes] = home
        levels += np.bincount(block_of_level, minlength=len(levels))
    if levels.max() > MOST_EFFECTS:
        raise SpecError(
            Fault(
                f"{levels.max()} levels of effects that cross the clusters and hang together",
                f"at most {MOST_EFFECTS}",
                "Cluster by a unit that contains them, or absorb coarser effects.",
            )
        )


def _block(members: Ints, dummies: Floats, columns: Floats, groups: Ints) -> GramBlock:
    m, v = dummies.shape[1], columns.shape[1]
    normal = _products(dummies, dummies, groups, len(members))
    total = normal.sum(axis=0)
    share = np.trace(normal, axis1=1, axis2=2) / np.trace(total) if m else np.ones(len(members))
    gap = np.abs(normal - share[:, None, None] * total).max(initial=0.0)
    even = bool(gap <= EVEN * np.abs(total).max(initial=0.0))
    if even and m:  # other columns of the same span, orthonormal over the whole block
        dummies = solve_triangular(np.linalg.cholesky(total), dummies.T, lower=True).T
    parts = [
        packed(_products(columns, columns, groups, len(members))),
        _products(dummies, columns, groups, len(members)).reshape(len(members), m * v),
    ]
    if m:
        parts.append(share[:, None] if even else packed(normal))
    return GramBlock(members, np.concatenate(parts, axis=1), m, v, even and m > 0)


def _products(left: Floats, right: Floats, groups: Ints, count: int) -> Floats:
    """left_g'right_g of every cluster, shape (count, a, b); clusters of one length at a time."""
    found = np.empty((count, left.shape[1], right.shape[1]))
    order = np.argsort(groups, kind="stable")
    edges = np.searchsorted(groups[order], np.arange(count + 1))
    lengths = np.array([end - start for start, end in pairwise(edges)])
    for length in np.unique(lengths):
        chosen = np.flatnonzero(lengths == length)
        rows = order[edges[chosen][:, None] + np.arange(length)]
        found[chosen] = left[rows].transpose(0, 2, 1) @ right[rows]
    return found
