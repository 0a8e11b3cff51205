"""Centrality of cities in a flow network: PageRank in both directions, betweenness."""

from __future__ import annotations

import networkx as nx  # type: ignore[import-untyped]
import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import ConvergenceError, Fault
from econshrink.nouns.flows import FlowNetwork


def pagerank(flows: Floats, damping: float = 0.85, tolerance: float = 1e-12) -> Floats:
    """PageRank of the random mover who follows flows (Brin and Page 1998).

    x = d (P'x + Σ_dangling x / n) + (1 − d) / n, with P the flows over their row sums; a city
    nobody leaves sends its mass everywhere.

    Takes `flows` of shape (n, n): row: origin. Transpose for the reverse rank (who sends to the
    senders); `tolerance`: on the sum of absolute changes.

    Returns shape (n,): sums to one.
    """
    n = len(flows)
    out = flows.sum(axis=1)
    moving = np.divide(flows, out[:, None], out=np.zeros_like(flows), where=out[:, None] > 0)
    rank = np.full(n, 1.0 / n)
    for _ in range(1000):
        stuck = rank[out == 0].sum() / n
        new = damping * (rank @ moving + stuck) + (1.0 - damping) / n
        if np.abs(new - rank).sum() < tolerance:
            return np.asarray(new)
        rank = new
    raise ConvergenceError(
        Fault(f"PageRank not settled with damping {damping}", "a fixed point", "Lower the damping.")
    )


def centrality(network: FlowNetwork, damping: float = 0.85) -> pd.DataFrame:
    """PageRank, reverse PageRank and betweenness by city.

    Betweenness counts shortest paths whose links are as long as the inverse of their flow, both
    directions kept, normalised by (n − 1)(n − 2) (Brandes 2001, by networkx). Time grows with
    cities times flows above zero.

    Parameters
    ----------
    network : FlowNetwork
        Complete.
    damping : float

    Returns
    -------
    DataFrame
        Index: city; columns ``pagerank, reverse_pagerank, betweenness``.
    """
    network.require_complete("centrality")
    flows = np.asarray(network.flows)
    graph = as_graph(flows)
    lengths = {(i, j): 1.0 / w for i, j, w in graph.edges(data="weight")}
    nx.set_edge_attributes(graph, lengths, "length")
    between = nx.betweenness_centrality(graph, weight="length")
    return pd.DataFrame(
        {
            "pagerank": pagerank(flows, damping),
            "reverse_pagerank": pagerank(flows.T, damping),
            "betweenness": [between[i] for i in range(network.count)],
        },
        index=pd.Index(network.cities, name="city"),
    )


def components(flows: Floats) -> tuple[tuple[int, ...], ...]:
    """Weakly connected components, largest first: positions of cities that flows tie together."""
    found = nx.weakly_connected_components(as_graph(flows))
    return tuple(sorted((tuple(sorted(part)) for part in found), key=lambda p: (-len(p), p)))


def as_graph(flows: Floats) -> nx.DiGraph:
    """Directed networkx graph on positions 0 … n−1, flows above zero as ``weight``."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(flows)))
    rows, columns = np.nonzero(flows > 0)
    graph.add_weighted_edges_from(
        zip(rows.tolist(), columns.tolist(), flows[rows, columns].tolist(), strict=True)
    )
    return graph
