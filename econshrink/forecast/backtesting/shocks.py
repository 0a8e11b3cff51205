"""Joint shocks: what nation, province, neighbours and city each add to a forecast's error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from econshrink.core.arrays import Floats, Ints, blocks
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields

LARGE = 1000  # units above which no matrix of all pairs is made
TINY = 1e-6  # spatial weights that are left out there
REACH = 0.7  # how strongly a neighbour's shock is felt in the spatial component


@dataclass(frozen=True)
@typed_fields
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
        whole = float(self.province) + float(self.space)  # a NumPy integer would overflow
        if min(self.province, self.space) < 0 or whole > 1 + 1e-12:
            seen = f"shares {self.province:g} and {self.space:g}"
            raise SpecError(Fault(seen, "at least 0, together at most 1", "Mend the shares."))

    @property
    def city(self) -> float:
        """Share of the city's own shock."""
        return max(1.0 - self.province - self.space, 0.0)


@dataclass(frozen=True, eq=False)
class Space:
    """Spatially correlated normal shocks of unit variance: ``(I - ρW)⁻¹ e``, rescaled.

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
    def root(self) -> Floats | sparse.csr_array:
        """Matrix whose rows have unit length: shocks are ``root @ e``.

        Dense up to `LARGE` units; beyond, the series ``I + ρW + ρ²W² + …`` without what is
        smaller than `TINY`.
        """
        a, b = self.pairs.T if len(self.pairs) else np.empty((2, 0), dtype=np.intp)
        if self.count > LARGE:
            return _thin_root(a, b, self.count, self.reach)
        links = np.zeros((self.count, self.count))
        links[a, b] = links[b, a] = 1.0
        degree = np.maximum(links.sum(axis=1, keepdims=True), 1)
        inverse = np.linalg.inv(np.eye(self.count) - self.reach * links / degree)
        return np.asarray(inverse / np.sqrt((inverse**2).sum(axis=1, keepdims=True)))

    @cached_property
    def correlation(self) -> Floats:
        """Correlation of the cities' spatial shocks, shape (count, count); dense."""
        root = self.root if isinstance(self.root, np.ndarray) else self.root.toarray()
        return np.asarray(root @ root.T)

    def shared(self, groups: Ints) -> tuple[NDArray[np.bool_], float, float]:
        """Which pairs are of two groups; mean correlation of those, and of two units of one."""
        key = groups.tobytes()
        if key not in self._shared:
            a, b = self.pairs.T if len(self.pairs) else np.empty((2, 0), dtype=np.intp)
            across = groups[a] != groups[b]
            touching = self.between(a[across], b[across]) if across.any() else 1.0
            self._shared[key] = across, touching, self.inside(groups)
        return self._shared[key]

    @cached_property
    def _shared(self) -> dict[bytes, tuple[NDArray[np.bool_], float, float]]:
        return {}

    def between(self, a: Ints, b: Ints) -> float:
        """Mean correlation of the spatial shocks of some pairs of units."""
        if isinstance(self.root, np.ndarray):
            return float(self.correlation[a, b].mean())
        root = self.root
        rows = (slice(first, first + LARGE) for first in range(0, len(a), LARGE))
        return sum(float((root[a[k]] * root[b[k]]).sum()) for k in rows) / len(a)

    def inside(self, groups: Ints) -> float:
        """Mean correlation of two units of one group; 0 if no group has two."""
        if isinstance(self.root, np.ndarray):
            together = _together(groups)
            return float(self.correlation[together].mean()) if together.any() else 0.0
        count = np.bincount(groups).astype(float)
        member = sparse.csr_array(
            (np.ones(len(groups)), (groups, np.arange(len(groups)))), (len(count), len(groups))
        )
        square = float((member @ self.root).power(2).sum())
        pairs = float((count * (count - 1)).sum())
        return (square - len(groups)) / pairs if pairs else 0.0


def _thin_root(a: Ints, b: Ints, count: int, reach: float) -> sparse.csr_array:
    ends = (np.concatenate([a, b]), np.concatenate([b, a]))
    links = sparse.csr_array((np.ones(len(ends[0])), ends), (count, count))
    links.data[:] = 1.0  # a pair given twice is one
    degree = np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1)
    step = sparse.diags_array(reach / degree) @ links
    term = sparse.eye_array(count, format="csr")
    total = term.copy()
    while term.nnz:
        term = sparse.csr_array(step @ term)
        term.data[term.data < TINY] = 0.0
        term.eliminate_zeros()
        total = total + term
    length = np.sqrt(np.asarray(total.power(2).sum(axis=1)).ravel())
    return sparse.csr_array(sparse.diags_array(1 / length) @ total)


def _together(groups: Ints) -> NDArray[np.bool_]:
    """Pairs of different units in one group, dense."""
    together = groups[:, None] == groups[None, :]
    np.fill_diagonal(together, False)
    return np.asarray(together)


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

    @cached_property
    def chances(self) -> tuple[Floats, Floats]:
        """Provinces' and cities' shocks as chances between 0 and 1."""
        return special.ndtr(self.province), special.ndtr(self.city)

    def scores(self, shares: Shares, groups: Ints) -> Floats:
        """Normal scores of all cities, each row of mean 0 and variance 1, shape (cities, draws)."""
        scores = np.zeros_like(self.city)
        for rows in blocks(*scores.shape):
            self.add_scores(scores[rows], shares, groups, 1.0, rows)
        return scores

    def add_scores(
        self, to: Floats, shares: Shares, groups: Ints, step: float, rows: slice
    ) -> None:
        """Add `step` times the scores of some cities to their array, in place."""
        to += np.multiply(step * np.sqrt(shares.city), self.city[rows])
        if shares.province:
            to += step * np.sqrt(shares.province) * self.province[groups[rows]]
        if shares.space:
            to += np.multiply(step * np.sqrt(shares.space), self.space[rows])


def draw_noise(groups: Ints, space: Space, draws: int, rng: np.random.Generator) -> Noise:
    """Draw shocks of every kind."""
    if draws < 1:
        raise SpecError(Fault(f"{draws} draws", "at least one", "Ask for more."))
    count = len(groups)
    return Noise(
        rng.standard_normal(draws),
        rng.standard_normal((int(groups.max()) + 1, draws)),
        np.asarray(space.root @ rng.standard_normal((count, draws))),
        rng.standard_normal((count, draws)),
    )


def estimate_shares(scores: list[Floats], groups: Ints, space: Space) -> Shares:
    """Moments: products of scores of two cities in one province, or across a border.

    `scores` are normal scores of past errors (cities,), one array an origin, NaN where there is
    none. The mean product of neighbours in different provinces, over the correlation that `space`
    gives them, is the spatial share; what is left of the mean product of two cities of one province
    is the province's.
    """
    return shares_of([mean_products(score, groups, space) for score in scores], groups, space)


Products = tuple[float | None, float | None]


def mean_products(score: Floats, groups: Ints, space: Space) -> Products:
    """Mean product of two scores of one origin in a group, and across a border; None without."""
    known = ~np.isnan(score)
    filled = np.where(known, score, 0.0)
    across, _, _ = space.shared(groups)
    a, b = space.pairs.T if len(space.pairs) else np.empty((2, 0), dtype=np.intp)
    cross = across & known[a] & known[b]
    border = float((filled[a] * filled[b])[cross].mean()) if cross.any() else None
    return _product(filled, known, groups), border


def shares_of(products: list[Products], groups: Ints, space: Space) -> Shares:
    """`estimate_shares` from the mean products of every origin."""
    _, touching, within = space.shared(groups)
    inside = [product for product, _ in products if product is not None]
    border = [product for _, product in products if product is not None]
    spatial = float(np.clip(np.mean(border) / touching, 0, 0.9)) if border else 0.0
    province = float(np.mean(inside)) - spatial * within if inside else 0.0
    return Shares(float(np.clip(province, 0, 0.95 - spatial)), spatial)


def _product(filled: Floats, known: NDArray[np.bool_], groups: Ints) -> float | None:
    """Mean product of two known scores of one group: all pairs by sums; None without a pair."""
    count = np.bincount(groups, weights=known)
    pairs = float((count * (count - 1)).sum())
    if not pairs:
        return None
    sums, squares = np.bincount(groups, weights=filled), np.bincount(groups, weights=filled**2)
    return float((sums**2 - squares).sum()) / pairs


def normal_scores(values: Floats) -> Floats:
    """Van der Waerden scores of the values that are there; NaN stays NaN."""
    scores = np.full(len(values), np.nan)
    known = np.flatnonzero(~np.isnan(values))
    ascending = known[np.argsort(values[known], kind="stable")]
    scores[ascending] = special.ndtri(np.arange(1, len(known) + 1) / (len(known) + 1))
    return scores
