"""Permutation test of one regressor dealt out within groups, studentised."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats, Ints, codes
from econshrink.core.seeds import generator
from econshrink.inference.resampling import Resampling

BLOCK = 512  # fixed, so that the digits do not depend on the number of draws
SPANNED = 1e-10


def permute_within(
    values: Floats,
    outcome: Floats,
    controls: Floats,
    groups: Ints,
    resampling: Resampling,
    *,
    task: str,
) -> tuple[Floats, Floats]:
    """Coefficients and t statistics of a regressor with its values dealt out anew within groups.

    Takes `values` of shape (n,): the regressor as it is; `outcome` of shape (n,); `controls` of
    shape (n, q): orthonormal basis of everything else, effects and constant among it; `groups` of
    shape (n,): values are exchanged between rows of one group only; `task`: name of the random
    stream.

    Returns coefficients and HC0 t statistics, shape (draws + 1,) each; the first is that of the
    order given. NaN where the dealt regressor is in the span of the controls.

    Studentised permutation keeps its size for the weak null of no association, not only for the
    sharp one (DiCiccio and Romano 2017, Journal of the American Statistical Association 112).
    """
    free = outcome - controls @ (controls.T @ outcome)
    order = np.argsort(groups, kind="stable")
    sorted_groups = groups[order].astype(float)
    found = [_statistics(values[None, :], free, controls)]
    draws, seed = resampling.draws, resampling.seed()
    blocks = -(-draws // BLOCK)
    for block in range(blocks):
        rng = generator(f"{task}.block{block}", seed)
        keys = rng.random((BLOCK, len(values))) + sorted_groups
        place = np.argsort(keys, axis=1)
        dealt = np.empty((BLOCK, len(values)))
        dealt[:, order] = values[order][place]
        found.append(_statistics(dealt, free, controls))
    coefficients = np.concatenate([pair[0] for pair in found])[: draws + 1]
    statistics = np.concatenate([pair[1] for pair in found])[: draws + 1]
    return coefficients, statistics


def dense_groups(labels: np.ndarray) -> Ints:
    """Codes 0 … G−1 of labels.

    Examples
    --------
    >>> dense_groups(np.array(["b", "a", "b"]))
    array([1, 0, 1])
    """
    return codes(labels)[0]


def _statistics(dealt: Floats, free: Floats, controls: Floats) -> tuple[Floats, Floats]:
    left = dealt - (dealt @ controls) @ controls.T
    own = (left**2).sum(axis=1)
    sound = own > SPANNED * ((dealt - dealt.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    size = np.where(sound, own, 1.0)
    slope = np.where(sound, left @ free / size, np.nan)
    rest = free - slope[:, None] * left
    error = np.sqrt(((left * rest) ** 2).sum(axis=1)) / size
    return slope, slope / error
