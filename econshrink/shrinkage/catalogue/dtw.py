"""Dynamic time warping of many paths at once, and clusters of them."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import squareform

from econshrink.core.arrays import Floats, Ints


def warping_distances(paths: Floats) -> Floats:
    """Dynamic-time-warping distance of every pair of paths, condensed as scipy wants it.

    The cost of matching two points is their Euclidean distance; a warping path moves by one
    step in either or both series, and its costs add up.

    Parameters
    ----------
    paths : ndarray, shape (n, times, dimensions)

    Returns
    -------
    ndarray, shape (n * (n - 1) / 2,)

    Source: Sakoe and Chiba 1978 (symmetric steps, no window).

    Examples
    --------
    >>> early = np.array([0.0, 1.0, 1.0, 1.0])[:, None]
    >>> late = np.array([0.0, 0.0, 0.0, 1.0])[:, None]
    >>> flat = np.zeros((4, 1))
    >>> warping_distances(np.stack([early, late, flat])).tolist()
    [0.0, 3.0, 1.0]
    """
    count, times, _ = paths.shape
    left, right = np.triu_indices(count, k=1)
    previous = np.full((times + 1, len(left)), np.inf)
    previous[0] = 0.0
    for i in range(times):
        current = np.full((times + 1, len(left)), np.inf)
        for j in range(times):
            cost = np.sqrt(((paths[left, i] - paths[right, j]) ** 2).sum(axis=1))
            best = np.minimum(np.minimum(previous[j + 1], current[j]), previous[j])
            current[j + 1] = cost + best
        previous = current
    return previous[times]


def clusters_of(distances: Floats, count: int, rounds: int = 100) -> Ints:
    """Clusters 1 … count around medoids, the members with the least total distance.

    Greedy start (each new medoid lowers the total distance to the nearest medoid most), then
    assignment and new medoids in turn until nothing changes. Without random numbers: the same
    distances give the same clusters.

    Parameters
    ----------
    distances : ndarray
        Condensed, as from `warping_distances`.
    count : int
    rounds : int
        Most rounds of assignment.

    Source: Kaufman and Rousseeuw 1990 (build phase); Park and Jun 2009 (rounds).

    Examples
    --------
    >>> from scipy.spatial.distance import pdist
    >>> x = np.array([0.0, 1.0, 10.0, 11.0, 12.0])
    >>> clusters_of(pdist(x[:, None]), 2).tolist()
    [2, 2, 1, 1, 1]
    """
    table = squareform(distances)
    medoids = _greedy(table, count)
    for _ in range(rounds):
        member = table[:, medoids].argmin(axis=1)
        fresh = np.array(
            [
                # of two equal paths only the first keeps members: the second stays as it is
                own[table[np.ix_(own, own)].sum(axis=1).argmin()] if len(own) else medoids[k]
                for k, own in enumerate(np.flatnonzero(member == k) for k in range(count))
            ]
        )
        if (fresh == medoids).all():
            break
        medoids = fresh
    return np.asarray(table[:, medoids].argmin(axis=1) + 1, dtype=np.intp)


def _greedy(table: Floats, count: int) -> Ints:
    chosen = [int(table.sum(axis=1).argmin())]
    nearest = table[chosen[0]]
    while len(chosen) < count:
        gain = np.maximum(nearest[None, :] - table, 0.0).sum(axis=1)
        gain[chosen] = -1.0  # identical paths would otherwise be chosen twice
        chosen.append(int(gain.argmax()))
        nearest = np.minimum(nearest, table[chosen[-1]])
    return np.array(chosen, dtype=np.intp)
