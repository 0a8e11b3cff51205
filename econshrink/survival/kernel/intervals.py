"""Sums over risk sets: rows that cover a range of event times, without a loop over time.

Row i covers the grid indices lo[i], ..., hi[i] - 1. `scatter` adds a row's value to every time it
covers; `gather` adds up, for every row, the values of the times it covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import group_sums, stable_order

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

RANGE = 1e-6  # ratio of the smallest to the largest risk set below which nothing is subtracted


@dataclass(frozen=True, eq=False)
class Intervals:
    """Ranges of grid indices, one a row.

    Parameters
    ----------
    lo, hi : ndarray of int, shape (n,)
        First index covered and the one after the last; ``lo < hi``, and `lo` never falls.
    size : int
        Number of grid times d.
    single : bool
        True if every row covers exactly one time, as with yearly rows.
    """

    lo: Ints
    hi: Ints
    size: int
    single: bool

    def scatter(self, values: Floats, additive: bool = False) -> Floats:
        """Sum `values` (n or n×k) over the rows at risk at every time; shape (d,) or (d, k).

        With ``additive=True`` nothing is ever subtracted, so that small risk sets keep all their
        digits beside large ones; this costs a factor log d.
        """
        if values.ndim == 2:
            return self.scatter_products(values, np.ones(len(values)), additive)
        if self.single:
            return self._entering(values, self.size)
        if additive:
            return self._scatter_tree(values)
        flow = self._entering(values, self.size + 1)
        flow -= group_sums(values, self.hi, self.size + 1)
        return np.cumsum(flow[: self.size])

    def scatter_products(self, x: Floats, factor: Floats, additive: bool = False) -> Floats:
        """Sum the columns of `x` (n, k) times `factor` (n,) over risk sets; shape (d, k)."""
        sums = np.empty((self.size, x.shape[1]))
        product = np.empty(len(factor))  # one buffer for all columns: they stay in cache
        for j in range(x.shape[1]):
            np.multiply(x[:, j], factor, out=product)
            sums[:, j] = self.scatter(product, additive)
        return sums

    def gather(self, increments: Floats, additive: bool = False) -> Floats:
        """Sum `increments` (d or d×k) over the times every row covers; shape (n,) or (n, k)."""
        if self.single:
            return increments[self.lo]
        if additive:
            return self._gather_tree(increments)
        level = np.zeros((self.size + 1, *increments.shape[1:]))
        np.cumsum(increments, axis=0, out=level[1:])
        difference: Floats = level[self.hi] - level[self.lo]
        return difference

    @cached_property
    def leaving(self) -> Ints:
        """Rows in the order of `hi`."""
        return stable_order(self.hi, self.size + 1)

    @cached_property
    def _begins(self) -> Ints:
        """First row of each run of equal `lo`."""
        return np.flatnonzero(np.append(True, self.lo[1:] != self.lo[:-1]))

    def _entering(self, values: Floats, size: int) -> Floats:
        """Sum over the rows that start at each index; rows are in that order."""
        total = np.zeros(size)
        total[self.lo[self._begins]] = np.add.reduceat(values, self._begins)
        return total

    def _leaves(self) -> int:
        return 1 << max(int(self.size - 1).bit_length(), 0)

    def _scatter_tree(self, values: Floats) -> Floats:
        """Put each row on the few dyadic blocks that tile its range, then push sums down."""
        leaves = self._leaves()
        blocks = np.zeros(2 * leaves)
        for row, node in _tiles(self.lo + leaves, self.hi + leaves):
            blocks += group_sums(values[row], node, 2 * leaves)
        first = 1
        while first < leaves:
            parents = blocks[first : 2 * first]
            blocks[2 * first : 4 * first] += np.repeat(parents, 2)
            first *= 2
        return blocks[leaves : leaves + self.size]

    def _gather_tree(self, increments: Floats) -> Floats:
        """Sum increments up into dyadic blocks, then read the blocks that tile each range."""
        leaves = self._leaves()
        blocks = np.zeros((2 * leaves, *increments.shape[1:]))
        blocks[leaves : leaves + self.size] = increments
        first = leaves // 2
        while first >= 1:
            children = blocks[2 * first : 4 * first]
            blocks[first : 2 * first] = children[0::2] + children[1::2]
            first //= 2
        total = np.zeros((len(self.lo), *increments.shape[1:]))
        for row, node in _tiles(self.lo + leaves, self.hi + leaves):
            total[row] += blocks[node]
        return total


def _tiles(left: Ints, right: Ints) -> list[tuple[Ints, Ints]]:
    """Rows and the dyadic blocks that tile [left, right), one level of the tree at a time."""
    found: list[tuple[Ints, Ints]] = []
    while True:
        open_ = left < right
        if not open_.any():
            return found
        odd = np.flatnonzero(open_ & (left & 1 == 1))
        found.append((odd, left[odd]))
        left = left + (open_ & (left & 1 == 1))
        odd = np.flatnonzero((left < right) & (right & 1 == 1))
        found.append((odd, right[odd] - 1))
        right = right - ((left < right) & (right & 1 == 1))
        left, right = left >> 1, right >> 1
