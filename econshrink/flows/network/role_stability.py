"""How firm roles are: over thresholds, over plausible flows, and when movers are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.flows.network.roles import (
    BALANCED,
    CORE,
    LOSER,
    RECEIVER,
    ROLES,
    TWO_WAY,
    RoleRule,
    assign_roles,
    turns_over_much,
)
from econshrink.flows.network.strength import strengths
from econshrink.inference.resampling import Resampling
from econshrink.nouns.flows import FlowNetwork


def role_stability(
    network: FlowNetwork,
    core: np.ndarray,
    variance: Floats,
    reciprocity_limit: Floats | None = None,
    *,
    taus: Iterable[float] = (0.025, 0.05, 0.075, 0.1),
    quantiles: Iterable[float] = (0.5, 2 / 3, 0.75),
    sizes: Iterable[float] = (0.01, 0.05, 0.1),
) -> pd.DataFrame:
    """Share of threshold choices under which each city has each role; index city, columns roles."""
    labels = [
        assign_roles(
            network,
            core,
            variance,
            RoleRule(tau=tau, size=size, fdr=size, turnover_quantile=quantile),
            reciprocity_limit,
        ).labels
        for tau in taus
        for quantile in quantiles
        for size in sizes
    ]
    return _shares(labels, network)


def role_probabilities(
    network: FlowNetwork,
    draws: Iterable[Floats],
    core_of: Callable[[Floats], np.ndarray],
    rule: RoleRule | None = None,
    reciprocity_limit: Floats | None = None,
) -> pd.DataFrame:
    """Share of drawn networks in which each city lies in the region of each role.

    The regions are those of the rule without its tests: core; else |effectiveness| ≤ τ with much
    turnover or reciprocity above the limit; above τ; below −τ; the rest balanced.

    Takes `network`: gives cities and stocks; `draws` of shape (n, n): plausible mean flows, such as
    `gamma_draws` or sums of resampled years; `core_of`: flows -> core, shape (n,);
    `reciprocity_limit` of shape (n,).

    Returns a frame with index city and columns `ROLES`; rows sum to one.
    """
    chosen = rule or RoleRule()
    labels = []
    for flows in draws:
        drawn = replace(network, flows=flows)
        outer = ~core_of(flows)
        table = strengths(drawn)
        effect = table["effectiveness"].to_numpy()
        lively = turns_over_much(table["turnover"].to_numpy(), outer, chosen)
        if reciprocity_limit is not None:
            lively |= table["reciprocity"].to_numpy() > reciprocity_limit
        role = np.full(network.count, BALANCED, dtype=object)
        role[effect > chosen.tau], role[effect < -chosen.tau] = RECEIVER, LOSER
        role[(np.abs(effect) <= chosen.tau) & lively] = TWO_WAY
        role[~outer] = CORE
        labels.append(tuple(role))
    return _shares(labels, network)


def gamma_draws(
    flows: Floats, variance: Floats, rng: np.random.Generator, count: int
) -> Iterable[Floats]:
    """Plausible mean flows: gamma with mean F and the given variance (at least 1 where F is 0).

    Examples
    --------
    >>> draw = next(iter(gamma_draws(np.array([[0.0, 9], [9, 0]]), np.array([[0.0, 9], [9, 0]]),
    ...                              np.random.default_rng(0), 1)))
    >>> draw.shape, float(draw[0, 0])
    ((2, 2), 0.0)
    """
    off = ~np.eye(len(flows), dtype=bool)
    mean = np.where(flows > 0, flows, 0.5)
    spread = np.where(flows > 0, np.maximum(variance, flows), 0.5)
    for _ in range(count):
        yield np.where(off, rng.gamma(mean**2 / spread, spread / mean), 0.0)


def label_flips(
    network: FlowNetwork,
    label: Callable[[FlowNetwork], tuple[str, ...]],
    resampling: Resampling = Resampling(200),  # noqa: B008
    *,
    left_out: float = 0.1,
) -> pd.Series:
    """Share of draws in which a city's label changes when movers are left out at random.

    Takes `network`: whole counts; `label`: network -> role of each city; run on the full network
    too; `resampling`: no scheme and no cluster; `left_out`: share of movers left out, one in ten by
    default.

    Returns a series with index city.
    """
    counts = np.asarray(network.flows)
    if not np.array_equal(counts, np.round(counts)):
        raise DataError(Fault("flows that are no whole numbers", "counts", "Do not rescale them."))
    base = np.array(label(network), dtype=object)
    whole = counts.astype(np.int64)
    changed = np.zeros(network.count)
    rng = resampling.plain("movers left out").generator("label_flips")
    for _ in range(resampling.draws):
        kept = rng.binomial(whole, 1.0 - left_out).astype(np.float64)
        changed += np.array(label(replace(network, flows=kept)), dtype=object) != base
    return pd.Series(
        changed / resampling.draws, index=pd.Index(network.cities, name="city"), name="flips"
    )


def _shares(labels: list[tuple[str, ...]], network: FlowNetwork) -> pd.DataFrame:
    table = np.array(labels, dtype=object)
    return pd.DataFrame(
        {role: (table == role).mean(axis=0) for role in ROLES},
        index=pd.Index(network.cities, name="city"),
    )
