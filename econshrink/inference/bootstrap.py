"""Coefficients of resampled clusters, all draws by matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.parallel import parallel_map
from econshrink.core.seeds import generator
from econshrink.inference.gram.grams import ClusterGrams, block_sums
from econshrink.inference.gram.partial import coefficients, partial_out
from econshrink.inference.resampling import Resampling, Scheme

BLOCK = 256  # draws computed together; fixed, so that no digit depends on how work is divided


@dataclass(frozen=True, eq=False)
class Resamples:
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


def solve_resamples(grams: ClusterGrams, sums: Sequence[Floats]) -> Resamples:
    """Coefficients of resamples given their cross products, see `block_sums`; one outcome."""
    found = partial_out(grams, sums)
    solved, lost = coefficients(found, grams.slopes)
    return Resamples(solved, lost, found.fewer)


def block_weights(scheme: Scheme, task: str, seed: int, clusters: int, block: int) -> Floats:
    """Weights of the draws of one block, shape (`BLOCK`, G); they depend on nothing else."""
    return scheme.weights(generator(f"{task}.block{block}", seed), BLOCK, clusters)


def resample(grams: ClusterGrams, resampling: Resampling, *, task: str = "bootstrap") -> Resamples:
    """Draw cluster weights and re-estimate, all draws by matrix products.

    Parameters
    ----------
    grams : ClusterGrams
        With one outcome; the clusters are those of its blocks.
    resampling : Resampling
    task : str
        Names the random stream.

    Returns
    -------
    Resamples

    Examples
    --------
    >>> from econshrink.inference.gram.grams import cluster_grams
    >>> x = np.arange(1.0, 7.0)[:, None]
    >>> grams = cluster_grams((), x, 2 * x, np.repeat([0, 1, 2], 2))
    >>> resample(grams, Resampling(3)).coefficients.ravel()
    array([2., 2., 2.])
    """
    draws = resampling.draws
    blocks = -(-draws // BLOCK)
    one = partial(_block, grams, resampling.weighting, task, resampling.seed())
    jobs, backend = resampling.jobs, resampling.backend
    parts = parallel_map(one, range(blocks), jobs=jobs, backend=backend)
    return Resamples(
        np.concatenate([part.coefficients for part in parts])[:draws],
        np.concatenate([part.lost for part in parts])[:draws],
        np.concatenate([part.fewer for part in parts])[:draws],
    )


def _block(grams: ClusterGrams, scheme: Scheme, task: str, seed: int, block: int) -> Resamples:
    weights = block_weights(scheme, task, seed, grams.clusters, block)
    return solve_resamples(grams, block_sums(grams, weights))  # always whole: digits stay put
