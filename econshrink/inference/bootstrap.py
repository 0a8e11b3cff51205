"""Resampling whole clusters: weights of the pairs and the Bayesian bootstrap, and their draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.parallel import parallel_map
from econshrink.core.seeds import MASTER_SEED, generator
from econshrink.inference.gram.grams import ClusterGrams, block_sums
from econshrink.inference.gram.partial import coefficients, partial_out

BLOCK = 256  # draws computed together; fixed, so that no digit depends on how work is divided


class Scheme(Protocol):
    """A way to draw cluster weights."""

    @property
    def label(self) -> str:
        """The scheme in words."""

    def weights(self, rng: np.random.Generator, draws: int, clusters: int) -> Floats:
        """Weights of shape (draws, clusters), with mean one."""


@dataclass(frozen=True)
class PairsCluster:
    """Clusters drawn with replacement, as many as there are (pairs cluster bootstrap).

    Examples
    --------
    >>> PairsCluster().weights(np.random.default_rng(0), 3, 5).sum(axis=1)
    array([5., 5., 5.])
    """

    @property
    def label(self) -> str:
        """The scheme in words."""
        return "pairs cluster bootstrap"

    def weights(self, rng: np.random.Generator, draws: int, clusters: int) -> Floats:
        """Counts of shape (draws, clusters)."""
        cells = rng.integers(0, clusters, (draws, clusters))
        cells += clusters * np.arange(draws)[:, None]
        counts = np.bincount(cells.ravel(), minlength=draws * clusters)
        return counts.reshape(draws, clusters).astype(float)


@dataclass(frozen=True)
class BayesianBootstrap:
    """Dirichlet(1, …, 1) weights, times the number of clusters (Rubin 1981).

    No cluster is ever left out altogether, so a covariate that varies in few clusters stays
    identified in every draw.

    Examples
    --------
    >>> BayesianBootstrap().weights(np.random.default_rng(0), 2, 5).sum(axis=1).round(9)
    array([5., 5.])
    """

    @property
    def label(self) -> str:
        """The scheme in words."""
        return "Bayesian cluster bootstrap (Dirichlet weights)"

    def weights(self, rng: np.random.Generator, draws: int, clusters: int) -> Floats:
        """Weights of shape (draws, clusters)."""
        raw = rng.standard_exponential((draws, clusters))
        return np.asarray(raw / raw.mean(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Draws:
    """Coefficients of resamples.

    Parameters
    ----------
    coefficients : ndarray, shape (B, k)
        NaN in draws that are short of rank.
    lost : ndarray of bool, shape (B,)
        Draws in which a regressor was in the span of the others.
    fewer : ndarray of bool, shape (B,)
        Draws in which a dummy was absent or redundant (a year without rows); its coefficient is
        not defined there, those of the regressors are.
    """

    coefficients: Floats
    lost: np.ndarray
    fewer: np.ndarray

    @property
    def short_of_rank(self) -> int:
        """Number of draws that are lost."""
        return int(self.lost.sum())

    @property
    def fewer_effects(self) -> int:
        """Number of draws with fewer effects."""
        return int(self.fewer.sum())


def checked_draws(draws: int) -> int:
    """Return `draws`, or raise a `SpecError` if there are fewer than two.

    Examples
    --------
    >>> checked_draws(999)
    999
    """
    if draws < 2:
        raise SpecError(Fault(f"{draws} draws", "at least 2", "Ask for 999 or more."))
    return draws


def solve_resamples(grams: ClusterGrams, sums: Sequence[Floats]) -> Draws:
    """Coefficients of resamples given their cross products.

    Parameters
    ----------
    grams : ClusterGrams
        With one outcome.
    sums : sequence of ndarray
        See `block_sums`.

    Returns
    -------
    Draws

    Examples
    --------
    >>> from econshrink.inference.gram.grams import cluster_grams
    >>> x, y = np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])
    >>> grams = cluster_grams((), x, y, np.array([0, 1]))
    >>> solve_resamples(grams, block_sums(grams, np.array([[1.0, 0.0]]))).coefficients
    array([[3.]])
    """
    found = partial_out(grams, sums)
    solved, lost = coefficients(found, grams.slopes)
    return Draws(solved, lost, found.fewer)


def block_weights(scheme: Scheme, task: str, seed: int, clusters: int, block: int) -> Floats:
    """Weights of the draws of one block, shape (`BLOCK`, G); they depend on nothing else.

    Examples
    --------
    >>> block_weights(PairsCluster(), "a", 1, 4, 0).shape
    (256, 4)
    """
    return scheme.weights(generator(f"{task}.block{block}", seed), BLOCK, clusters)


def resample(
    grams: ClusterGrams,
    scheme: Scheme,
    draws: int,
    *,
    task: str = "bootstrap",
    seed: int = MASTER_SEED,
    jobs: int | None = None,
    backend: str = "loky",
) -> Draws:
    """Draw cluster weights and re-estimate, all draws by matrix products.

    Parameters
    ----------
    grams : ClusterGrams
        With one outcome.
    scheme : Scheme
        `PairsCluster` or `BayesianBootstrap`.
    draws : int
    task : str
        Names the random stream.
    seed : int
    jobs, backend
        See `parallel_map`; the numbers do not depend on them. The first draws of a longer run
        are those of a shorter one.

    Returns
    -------
    Draws

    Raises
    ------
    SpecError
        Fewer than two draws.

    Examples
    --------
    >>> from econshrink.inference.gram.grams import cluster_grams
    >>> x = np.arange(1.0, 7.0)[:, None]
    >>> grams = cluster_grams((), x, 2 * x, np.repeat([0, 1, 2], 2))
    >>> resample(grams, PairsCluster(), 3).coefficients.ravel()
    array([2., 2., 2.])
    """
    blocks = -(-checked_draws(draws) // BLOCK)
    one = partial(_block, grams, scheme, task, seed)
    parts = parallel_map(one, range(blocks), jobs=jobs, backend=backend)
    return Draws(
        np.concatenate([part.coefficients for part in parts])[:draws],
        np.concatenate([part.lost for part in parts])[:draws],
        np.concatenate([part.fewer for part in parts])[:draws],
    )


def _block(grams: ClusterGrams, scheme: Scheme, task: str, seed: int, block: int) -> Draws:
    weights = block_weights(scheme, task, seed, grams.clusters, block)
    return solve_resamples(grams, block_sums(grams, weights))  # always whole: digits stay put
