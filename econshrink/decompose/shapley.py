"""Shapley and Owen values of a regression: of R², and of the decline it predicts for places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.seeds import MASTER_SEED
from econshrink.decompose.rows import (
    Rows,
    assemble_decomposition,
    centred,
    cross_section,
    draw_weights,
    full_rank,
    moments,
    slopes,
    with_totals,
)
from econshrink.inference.bootstrap import PairsCluster, Scheme
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter

MOST_PLAYERS = 12  # every subset is regressed: 4,096 of them
UNEXPLAINED = "unexplained"

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


def shapley_r2(
    data: Any,
    model: Spec | str,
    parts: Mapping[str, Sequence[str]],
    *,
    unit: str | None = None,
    time: str | None = None,
    cluster: str = "province",
    scheme: Scheme = PairsCluster(),  # noqa: B008 - a frozen option, never changed
    draws: int = 999,
    seed: int = MASTER_SEED,
) -> Decomposition:
    """Shares of R² by groups of regressors (LMG), each group a player.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
        Without effects and weights.
    parts : mapping
        Name of a group to its covariates.
    cluster : str
        Unit that is resampled.
    scheme : PairsCluster or BayesianBootstrap
    draws : int
    seed : int
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Decomposition
        Target ``"R2"``, whose total is R².

    Raises
    ------
    SpecError, DataError
        See `cross_section`; collinear regressors; more than 12 groups.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"city": [f"{i:06d}" for i in range(60)], "year": 2020,
    ...                       "a": rng.normal(size=60), "b": rng.normal(size=60)})
    >>> panel = CityPanel.from_long(frame.assign(y=frame["a"] + 0.1 * frame["b"]))
    >>> found = shapley_r2(panel, Spec("y", ("a", "b")), {"A": ("a",), "B": ("b",)},
    ...                    cluster="city", draws=99)
    >>> found.number("R2", "A") > 0.9 and abs(found.number("R2", "total") - 1) < 1e-12
    True
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    rows = cross_section(panel, spec, parts, cluster)
    columns = np.column_stack([np.ones(len(rows.y)), rows.x, rows.y])
    weights = _weights(rows, scheme, draws, "shapley_r2", seed)
    _, centre = centred(moments(_scaled(columns), rows.clusters, weights))

    k = rows.x.shape[1]
    sound = full_rank(centre[:, :k, :k])

    def r2(players: tuple[int, ...]) -> Floats:
        chosen = _columns(rows, players)
        if not len(chosen):
            return np.zeros(len(centre))
        cross = centre[:, chosen, -1]
        b = slopes(centre[:, chosen[:, None], chosen], cross, sound)
        return np.asarray((b * cross).sum(axis=1) / centre[:, -1, -1])

    values = owen_values([[k] for k in range(len(rows.parts))], r2).T
    labels, sums = with_totals([("R2", name) for name in rows.parts], values)
    raise_all(SpecError, _collinear(sums[0], rows))
    method = "Shapley values of R² (LMG), groups of regressors as players"
    return assemble_decomposition(rows, method, labels, sums[0], sums[1:], scheme)


def shapley_predicted(
    data: Any,
    model: Spec | str,
    parts: Mapping[str, Sequence[str]],
    by: str,
    *,
    unit: str | None = None,
    time: str | None = None,
    cluster: str = "province",
    scheme: Scheme = PairsCluster(),  # noqa: B008
    draws: int = 999,
    seed: int = MASTER_SEED,
) -> Decomposition:
    """Decompose how far each class of places lies from the mean of all, by drivers.

    The value of a set of drivers is the class's mean prediction from a regression on this set
    alone, less the mean of all; a driver's share averages what it adds over all orders. What the
    full regression does not predict is the part ``"unexplained"``.

    Parameters
    ----------
    data : CityPanel or any table
        A DataFrame of pandas, polars or pyarrow with `unit` and `time` named, or indexed so.
    model : Spec or str
    parts : mapping
        Name of a group to its covariates.
    by : str
        City attribute whose labels are the classes (region, resource stage).
    cluster, scheme, draws, seed
        As in `shapley_r2`.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    Decomposition
        A target a class; its total is the class's mean outcome less the mean of all.

    Raises
    ------
    SpecError, DataError
        As `shapley_r2`; a row without a label.

    Notes
    -----
    An accounting of association: it has no causal reading unless the regression has one. The
    value function follows Shorrocks (2013, *Journal of Economic Inequality* 11). It is linear in
    the outcome, so that shares of natural change and of migration add up to those of the total.
    """
    panel, spec, _ = enter(data, model, unit=unit, time=time, also=None)
    rows = cross_section(panel, spec, parts, cluster)
    classes = np.array(sorted(set(rows.attribute(by))))
    member = (rows.attribute(by)[:, None] == classes).astype(np.float64)
    columns = np.column_stack([np.ones(len(rows.y)), rows.x, rows.y, member])
    k, m = rows.x.shape[1], len(classes)
    weights = _weights(rows, scheme, draws, f"shapley_predicted.{by}", seed)
    products = moments(columns, rows.clusters, weights)
    mean, centre = centred(products)
    count = products[:, 0, k + 2 :]
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = products[:, k + 2 :, 1 : k + 2] / count[:, :, None] - mean[:, None, : k + 1]

    sound = full_rank(centre[:, :k, :k])

    def predicted(players: tuple[int, ...]) -> Floats:
        chosen = _columns(rows, players)
        if not len(chosen):
            return np.zeros((len(centre), m))
        b = slopes(centre[:, chosen[:, None], chosen], centre[:, chosen, k], sound)
        return np.asarray((gap[:, :, chosen] * b[:, None, :]).sum(axis=2))

    values = owen_values([[j] for j in range(len(rows.parts))], predicted)
    left = gap[:, :, k] - values.sum(axis=0)
    every = np.concatenate([values, left[None]])  # parts, draws, classes
    names = [*rows.parts, UNEXPLAINED]
    labels = [(str(place), name) for place in classes for name in names]
    flat = every.transpose(1, 2, 0).reshape(len(centre), -1)
    labels, sums = with_totals(labels, flat)
    raise_all(SpecError, _collinear(sums[0], rows))
    method = f"Shapley values of the predicted mean by {by}, less the mean of all"
    return assemble_decomposition(rows, method, labels, sums[0], sums[1:], scheme)


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


def _weights(rows: Rows, scheme: Scheme, draws: int, task: str, seed: int) -> Floats:
    """Weights of the full sample (ones), then of the draws."""
    drawn = draw_weights(rows, scheme, draws, f"{task}.{rows.cluster}", seed)
    return np.vstack([np.ones(rows.cluster_count), drawn])


def _columns(rows: Rows, players: tuple[int, ...]) -> Ints:
    groups = list(rows.parts.values())
    chosen = [groups[player] for player in players]
    return np.concatenate(chosen) if chosen else np.empty(0, dtype=np.intp)


def _scaled(columns: Floats) -> Floats:
    """Columns behind the first, less their mean and over their spread: R² does not change."""
    rest = columns[:, 1:]
    return np.column_stack([columns[:, 0], (rest - rest.mean(axis=0)) / rest.std(axis=0)])


def _collinear(estimates: Floats, rows: Rows) -> list[Fault]:
    if np.isfinite(estimates).all():
        return []
    seen = f"collinear regressors among {', '.join(rows.names)}"
    return [Fault(seen, "independent regressors", "Leave one of them out.")]
