"""Shapley and Owen values of a game whose values are arrays: the one core of all decompositions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError

MOST_PLAYERS = 12  # every subset is regressed: 4,096 of them

Value = Callable[[tuple[int, ...]], Floats]


def owen_values(unions: Sequence[Sequence[int]], value: Value) -> Floats:
    """Exact Owen values: each player's mean marginal contribution over orders that keep unions.

    With one player a union they are Shapley values. The values of a union's players add up to
    the Shapley value of the union in the game between unions.

    Parameters
    ----------
    unions : sequence of sequence of int
        Players, numbered from 0, each in one union; at most `MOST_PLAYERS` unions, and as many
        players in one.
    value : callable
        Takes a sorted tuple of players, returns an array (any shape); the empty tuple included.

    Returns
    -------
    ndarray, shape (players, …)

    Raises
    ------
    SpecError
        Too many unions or players in one.

    Notes
    -----
    Shapley (1953); Owen (1977). For R² they are the LMG shares of Lindeman, Merenda and Gold
    (1980), by groups as in Huettner and Sunder (2012, *Electronic Journal of Statistics* 6).

    Examples
    --------
    >>> worth = {(): 0.0, (0,): 10.0, (1,): 20.0, (0, 1): 50.0}
    >>> owen_values([[0], [1]], lambda players: np.array(worth[players]))
    array([20., 30.])
    """
    most = max(len(unions), *(len(members) for members in unions))
    if most > MOST_PLAYERS:
        seen = f"{most} players in one game"
        raise SpecError(Fault(seen, f"at most {MOST_PLAYERS}", "Join regressors in groups."))
    known: dict[tuple[int, ...], Floats] = {}

    def worth(players: Sequence[int]) -> Floats:
        key = tuple(sorted(players))
        if key not in known:
            known[key] = np.asarray(value(key), dtype=np.float64)
        return known[key]

    shares: dict[int, Floats] = {}
    for k, members in enumerate(unions):
        others = [union for j, union in enumerate(unions) if j != k]
        for player in members:
            rest = [p for p in members if p != player]
            total = np.zeros_like(worth(()))
            for outer, inner, weight in _coalitions(others, rest):
                ahead = [*outer, *inner]
                total = total + weight * (worth([*ahead, player]) - worth(ahead))
            shares[player] = total
    return np.stack([shares[player] for player in sorted(shares)])


def _coalitions(
    others: list[Sequence[int]], rest: list[int]
) -> list[tuple[list[int], tuple[int, ...], float]]:
    """Players ahead of one player, with the share of orders in which they are just those."""
    found = []
    m, n = len(others) + 1, len(rest) + 1
    for size in range(len(others) + 1):
        outside = factorial(size) * factorial(m - size - 1) / factorial(m)
        for chosen in combinations(others, size):
            outer = [player for union in chosen for player in union]
            for within in range(len(rest) + 1):
                inside = factorial(within) * factorial(n - within - 1) / factorial(n)
                found += [(outer, inner, outside * inside) for inner in combinations(rest, within)]
    return found
