"""Joint shocks: what nation, province, neighbours and city each add to a forecast's error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special
from scipy.sparse.linalg import SuperLU, splu

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError

DENSE = 1500  # cities up to which the spatial shocks' matrix is inverted
BLOCK = 256  # cities at a time beyond
REACH = 0.7  # how strongly a neighbour's shock is felt in the spatial component


@dataclass(frozen=True)
class Shares:
    """Parts of the variance of a city's error about the nation's.

    Parameters
    ----------
    province, space : float
        At least 0, together at most 1; the rest is the city's own.
    """

    province: float
    space: float

    def __post_init__(self) -> None:
        if min(self.province, self.space) < 0 or self.province + self.space > 1 + 1e-12:
            seen = f"shares {self.province:g} and {self.space:g}"
            raise SpecError(Fault(seen, "at least 0, together at most 1", "Mend the shares."))

    @property
    def city(self) -> float:
        """Share of the city's own shock."""
        return max(1.0 - self.province - self.space, 0.0)


@dataclass(frozen=True, eq=False)
class Space:
    """Spatially correlated normal shocks of unit variance: ``(I - ρW)⁻¹ e``, rescaled.

    Beyond 1,500 cities no matrix of cities by cities is made: a sparse factor solves for blocks of
    them. Memory then grows with the cities, the time of the rescaling still with their square.

    Parameters
    ----------
    pairs : ndarray of int, shape (m, 2)
        Neighbours by position.
    count : int
        Number of cities; those without neighbours get shocks of their own.
    reach : float
        ρ in [0, 1).
    """

    pairs: NDArray[np.intp]
    count: int
    reach: float = REACH

    def __post_init__(self) -> None:
        if not 0 <= self.reach < 1:
            raise SpecError(Fault(f"reach {self.reach}", "at least 0, below 1", "Mend it."))

    @cached_property
    def root(self) -> Floats:
        """Matrix whose rows have unit length: shocks are ``root @ e``; for few cities only."""
        a, b = self.pairs.T if len(self.pairs) else np.empty((2, 0), dtype=np.intp)
        links = np.zeros((self.count, self.count))
        links[a, b] = links[b, a] = 1.0
        degree = np.maximum(links.sum(axis=1, keepdims=True), 1)
        inverse = np.linalg.inv(np.eye(self.count) - self.reach * links / degree)
        return np.asarray(inverse / np.sqrt((inverse**2).sum(axis=1, keepdims=True)))

    def spread(self, shocks: Floats) -> Floats:
        """``root @ shocks``, shape (count, draws): by a sparse factor where cities are many."""
        if self.count <= DENSE:
            return np.asarray(self.root @ shocks)
        return np.asarray(self._factor.solve(shocks) / self._norms[:, None])

    def near(self, first: Ints, second: Ints) -> Floats:
        """Correlation of the spatial shocks of pairs of cities, shape (m,)."""
        if self.count <= DENSE:
            return np.asarray(self.correlation[first, second])
        found = np.zeros(len(first))
        order = np.argsort(first, kind="stable")
        names, starts = np.unique(first[order], return_index=True)
        ends = np.append(starts[1:], len(first))
        for begin in range(0, len(names), BLOCK):
            here = names[begin : begin + BLOCK]
            rows = self._correlations(here)  # (count, block)
            for place, (start, end) in enumerate(
                zip(starts[begin : begin + BLOCK], ends[begin : begin + BLOCK], strict=True)
            ):
                chosen = order[start:end]
                found[chosen] = rows[second[chosen], place]
        return found

    def mean_within(self, groups: Ints) -> float:
        """Mean correlation over the pairs of two cities of one group; 0 without any."""
        sizes = np.bincount(groups)
        pairs = float((sizes * (sizes - 1.0)).sum())
        if not pairs:
            return 0.0
        if self.count <= DENSE:
            together = groups[:, None] == groups[None, :]
            np.fill_diagonal(together, False)
            return float(self.correlation[together].mean())
        # the sum of a group's block is the squared length of root' times the group's dummy
        total = 0.0
        for begin in range(0, len(sizes), BLOCK):
            some = np.arange(begin, min(begin + BLOCK, len(sizes)))
            dummies = (groups[:, None] == some) / self._norms[:, None]
            total += float((self._transposed.solve(dummies) ** 2).sum())
        return (total - self.count) / pairs

    @cached_property
    def correlation(self) -> Floats:
        """Correlation of the cities' spatial shocks, shape (count, count); for few cities only."""
        return np.asarray(self.root @ self.root.T)

    @cached_property
    def _system(self) -> sparse.csc_matrix:
        """I − ρW, W the neighbours of each city with equal weights, shape (count, count)."""
        a, b = self.pairs.T if len(self.pairs) else np.empty((2, 0), dtype=np.intp)
        cells = np.concatenate([a, b]), np.concatenate([b, a])
        links = sparse.csc_matrix((np.ones(2 * len(a)), cells), shape=(self.count,) * 2)
        links.data[:] = 1.0  # a pair given twice is one
        degree = np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1)
        inside = sparse.diags(1 / degree) @ links
        return sparse.csc_matrix(sparse.identity(self.count) - self.reach * inside)

    @cached_property
    def _factor(self) -> SuperLU:
        return splu(self._system)

    @cached_property
    def _transposed(self) -> SuperLU:
        return splu(sparse.csc_matrix(self._system.T))

    @cached_property
    def _norms(self) -> Floats:
        """Lengths of the rows of the inverse, a block of rows at a time."""
        found = np.empty(self.count)
        for begin in range(0, self.count, BLOCK):
            some = np.arange(begin, min(begin + BLOCK, self.count))
            found[some] = np.sqrt((self._rows(some) ** 2).sum(axis=0))
        return found

    def _rows(self, cities: Ints) -> Floats:
        """Rows of the inverse as columns, shape (count, len(cities))."""
        unit = np.zeros((self.count, len(cities)))
        unit[cities, np.arange(len(cities))] = 1.0
        return np.asarray(self._transposed.solve(unit))

    def _correlations(self, cities: Ints) -> Floats:
        """Columns of the correlation, shape (count, len(cities))."""
        rows = self._rows(cities) / self._norms[cities]
        return np.asarray(self._factor.solve(rows) / self._norms[:, None])


@dataclass(frozen=True, eq=False)
class Noise:
    """Independent standard normal shocks of each kind, which models then mix by their shares.

    All models of a backtest may use the same noise: their differences are then not luck.

    Parameters
    ----------
    nation : ndarray, shape (draws,)
    province : ndarray, shape (provinces, draws)
    space, city : ndarray, shape (cities, draws)
        The spatial one is correlated between neighbours.
    """

    nation: Floats
    province: Floats
    space: Floats
    city: Floats

    def scores(self, shares: Shares, groups: Ints) -> Floats:
        """Normal scores of all cities, each row of mean 0 and variance 1, shape (cities, draws)."""
        total: Floats = np.sqrt(shares.city) * self.city
        total += np.sqrt(shares.province) * self.province[groups]
        total += np.sqrt(shares.space) * self.space
        return total


def draw_noise(groups: Ints, space: Space, draws: int, rng: np.random.Generator) -> Noise:
    """Draw shocks of every kind."""
    if draws < 1:
        raise SpecError(Fault(f"{draws} draws", "at least one", "Ask for more."))
    count = len(groups)
    return Noise(
        rng.standard_normal(draws),
        rng.standard_normal((int(groups.max()) + 1, draws)),
        space.spread(rng.standard_normal((count, draws))),
        rng.standard_normal((count, draws)),
    )


def estimate_shares(scores: list[Floats], groups: Ints, space: Space) -> Shares:
    """Moments: products of scores of two cities in one province, or across a border.

    `scores` are normal scores of past errors (cities,), one array an origin, NaN where there is
    none. The mean product of neighbours in different provinces, over the correlation that `space`
    gives them, is the spatial share; what is left of the mean product of two cities of one province
    is the province's.
    """
    a, b = space.pairs.T if len(space.pairs) else np.empty((2, 0), dtype=np.intp)
    across = groups[a] != groups[b]
    inside, border = [], []
    for score in scores:
        known = ~np.isnan(score)
        filled = np.where(known, score, 0.0)
        sizes = np.bincount(groups, known.astype(float))
        pairs = float((sizes * (sizes - 1)).sum())
        if pairs:  # all products within a province: the square of the sum less the squares
            sums = np.bincount(groups, filled)
            inside.append(float((sums**2).sum() - (filled**2).sum()) / pairs)
        cross = across & known[a] & known[b]
        if cross.any():
            border.append((filled[a] * filled[b])[cross].mean())
    touching = float(space.near(a[across], b[across]).mean()) if across.any() else 1.0
    spatial = float(np.clip(np.mean(border) / touching, 0, 0.9)) if border else 0.0
    province = float(np.mean(inside)) - spatial * space.mean_within(groups) if inside else 0.0
    return Shares(float(np.clip(province, 0, 0.95 - spatial)), spatial)


def normal_scores(values: Floats) -> Floats:
    """Van der Waerden scores of the values that are there; NaN stays NaN."""
    scores = np.full(len(values), np.nan)
    known = np.flatnonzero(~np.isnan(values))
    ranks = np.argsort(np.argsort(values[known], kind="stable"), kind="stable") + 1
    scores[known] = special.ndtri(ranks / (len(known) + 1))
    return scores
