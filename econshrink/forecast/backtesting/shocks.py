"""Joint shocks: what nation, province, neighbours and city each add to a forecast's error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError

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
        """Matrix whose rows have unit length: shocks are ``root @ e``."""
        a, b = self.pairs.T if len(self.pairs) else np.empty((2, 0), dtype=np.intp)
        links = np.zeros((self.count, self.count))
        links[a, b] = links[b, a] = 1.0
        degree = np.maximum(links.sum(axis=1, keepdims=True), 1)
        inverse = np.linalg.inv(np.eye(self.count) - self.reach * links / degree)
        return np.asarray(inverse / np.sqrt((inverse**2).sum(axis=1, keepdims=True)))

    @cached_property
    def correlation(self) -> Floats:
        """Correlation of the cities' spatial shocks, shape (count, count)."""
        return np.asarray(self.root @ self.root.T)


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
        space.root @ rng.standard_normal((count, draws)),
        rng.standard_normal((count, draws)),
    )


def estimate_shares(scores: list[Floats], groups: Ints, space: Space) -> Shares:
    """Moments: products of scores of two cities in one province, or across a border.

    `scores` are normal scores of past errors (cities,), one array an origin, NaN where there is
    none. The mean product of neighbours in different provinces, over the correlation that `space`
    gives them, is the spatial share; what is left of the mean product of two cities of one province
    is the province's.
    """
    together = groups[:, None] == groups[None, :]
    np.fill_diagonal(together, False)
    a, b = space.pairs.T if len(space.pairs) else np.empty((2, 0), dtype=np.intp)
    across = groups[a] != groups[b]
    near = space.correlation
    inside, border = [], []
    for score in scores:
        known = ~np.isnan(score)
        filled = np.where(known, score, 0.0)
        pairs = together & known[:, None] & known[None, :]
        if pairs.any():
            inside.append(np.outer(filled, filled)[pairs].mean())
        cross = across & known[a] & known[b]
        if cross.any():
            border.append((filled[a] * filled[b])[cross].mean())
    touching = float(near[a[across], b[across]].mean()) if across.any() else 1.0
    spatial = float(np.clip(np.mean(border) / touching, 0, 0.9)) if border else 0.0
    within = float(near[together].mean()) if together.any() else 0.0
    province = float(np.mean(inside)) - spatial * within if inside else 0.0
    return Shares(float(np.clip(province, 0, 0.95 - spatial)), spatial)


def normal_scores(values: Floats) -> Floats:
    """Van der Waerden scores of the values that are there; NaN stays NaN."""
    scores = np.full(len(values), np.nan)
    known = np.flatnonzero(~np.isnan(values))
    ranks = np.argsort(np.argsort(values[known], kind="stable"), kind="stable") + 1
    scores[known] = special.ndtri(ranks / (len(known) + 1))
    return scores
