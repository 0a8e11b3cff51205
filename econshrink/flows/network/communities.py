"""Communities: groups of cities that exchange more than their sizes say (directed modularity)."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx  # type: ignore[import-untyped]
import numpy as np

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import DataError, Fault
from econshrink.core.seeds import Rng, as_generator
from econshrink.flows.network.centrality import as_graph


def modularity(flows: Floats, groups: Sequence[object], resolution: float = 1.0) -> float:
    """Directed weighted modularity Q = Σ_ij [F_ij − γ out_i in_j / m] δ(g_i, g_j) / m.

    Leicht and Newman (2008), m the total flow.

    Parameters
    ----------
    flows : ndarray, shape (n, n)
    groups : sequence, length n
    resolution : float
        γ.

    Returns
    -------
    float

    Examples
    --------
    >>> flows = np.array([[0.0, 2, 0, 0], [2, 0, 0, 0], [0, 0, 0, 2], [0, 0, 2, 0]])
    >>> modularity(flows, [0, 0, 1, 1])
    0.5
    """
    numbers, count = codes(list(groups))
    if len(numbers) != len(flows):
        raise DataError(Fault(f"{len(numbers)} groups", f"{len(flows)}", "One a city."))
    member = np.eye(count)[numbers]
    total = float(flows.sum())
    inside = np.trace(member.T @ flows @ member)
    expected = (member.T @ flows.sum(axis=1)) @ (member.T @ flows.sum(axis=0)) / total
    return float((inside - resolution * expected) / total)


def communities(
    flows: Floats, rng: Rng = None, *, resolution: float = 1.0, tries: int = 20
) -> tuple[np.ndarray, float]:
    """Groups of highest modularity among several Louvain runs (networkx, directed).

    Time grows with the flows above zero times the passes of Louvain, more in large networks.

    Parameters
    ----------
    flows : ndarray, shape (n, n)
    rng : int or numpy.random.Generator, optional
    resolution : float
    tries : int
        Runs from different orders; the best is kept.

    Returns
    -------
    tuple
        Group numbers, shape (n,), 0 for the group of the first city and so on, and Q.
    """
    graph = as_graph(flows)
    best, best_q = np.zeros(len(flows), dtype=np.intp), -np.inf
    drawn = as_generator(rng, "communities")
    for seed in drawn.integers(2**31, size=tries).tolist():
        parts = nx.community.louvain_communities(
            graph, weight="weight", resolution=resolution, seed=seed
        )
        labels = np.empty(len(flows), dtype=np.intp)
        for number, part in enumerate(sorted(parts, key=min)):
            labels[list(part)] = number
        value = modularity(flows, labels.tolist(), resolution)
        if value > best_q + 1e-12:
            best, best_q = labels, value
    return best, float(best_q)
