"""Roles from a network alone: gravity gives the sizes, the noise and the null reciprocity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault
from econshrink.flows.gravity.fit import GravityFit, fit_gravity, inverse_shape
from econshrink.flows.gravity.nulls import (
    city_sizes,
    configuration_null,
    fit_distance,
    gravity_null,
    hierarchy_null,
)
from econshrink.flows.gravity.ppml import GravityEffects, fit_cube
from econshrink.flows.gravity.regressors import log_distance
from econshrink.flows.network.centrality import components
from econshrink.flows.network.core_periphery import (
    Core,
    core_by_size,
    core_p_value,
    null_fits,
    separation,
)
from econshrink.flows.network.role_stability import (
    gamma_draws,
    label_flips,
    role_probabilities,
    role_stability,
)
from econshrink.flows.network.roles import RoleRule, Roles, assign_roles
from econshrink.inference.resampling import Resampling
from econshrink.inference.vcov import Heteroskedastic
from econshrink.nouns.flows import FlowNetwork, FlowPanel

ENOUGH_YEARS = 3  # from here pair effects are taken out before the noise is measured


@dataclass(frozen=True, eq=False)
class FlowRoles:
    """Roles of a network, or of a panel's sum, with all that they rest on.

    Parameters
    ----------
    network : FlowNetwork
        The flows that were labelled.
    gravity : GravityFit
        Fit on log distance.
    core : Core
    kappa : float
        Overdispersion, Var = μ + κμ² a year.
    variance : ndarray, shape (n, n)
        Of each flow in `network`.
    reciprocity_limit : ndarray, shape (n,)
    roles : Roles
    """

    network: FlowNetwork
    gravity: GravityFit
    core: Core
    kappa: float
    variance: Floats
    reciprocity_limit: Floats
    roles: Roles


def flow_roles(
    flows: FlowNetwork | FlowPanel,
    rule: RoleRule | None = None,
    resampling: Resampling = Resampling(199),  # noqa: B008
) -> FlowRoles:
    """Label the cities of a network by the formal rule.

    A gravity model with distance gives each city's size free of distance; the flows choose how
    many of the largest are the core (`core_by_size`). The noise is the overdispersion around that
    model or, in three years or more, around a model with pair effects. The limit of reciprocity
    is its quantile under the gravity model.

    Parameters
    ----------
    flows : FlowNetwork or FlowPanel
        Complete counts with coordinates; years are added up.
    rule : RoleRule, optional
    resampling : Resampling
        Of the null reciprocity; no scheme and no cluster.

    Returns
    -------
    FlowRoles

    Raises
    ------
    DataError
        Shares, unlisted pairs, no coordinates, or cities that no flow ties to the others: their
        sizes cannot be compared.
    """
    chosen = rule or RoleRule()
    nulls = replace(resampling, rng=resampling.generator("flow_roles"))
    panel = flows if isinstance(flows, FlowPanel) else None
    network = flows.total() if isinstance(flows, FlowPanel) else flows
    network.require_counts("roles")
    _connected(network)
    fit = fit_distance(network, log_distance(network))
    core = core_by_size(np.asarray(network.flows), city_sizes(fit))
    if panel is not None and len(panel.networks) > 1:
        kappa = panel_noise(panel)
        cube = panel.cube
        variance = (cube + kappa * cube**2).sum(axis=0)
    else:
        kappa = fit.estimate.stats["inverse_shape"]
        variance = np.asarray(network.flows + kappa * network.flows**2)
    limit = np.quantile(
        [_reciprocity(drawn) for drawn in gravity_null(fit, nulls)],
        chosen.reciprocity_level,
        axis=0,
    )
    roles = assign_roles(network, core.members, variance, chosen, limit)
    return FlowRoles(network, fit, core, kappa, variance, limit, roles)


def panel_noise(panel: FlowPanel) -> float:
    """Overdispersion κ of a year's flow around origin, destination and (3+ years) pair effects."""
    cube = panel.cube
    years, n, _ = cube.shape
    if years < ENOUGH_YEARS:
        x = {"log_km": log_distance(panel.networks[0])}
        return fit_gravity(panel, x, vcov=Heteroskedastic("HC1")).estimate.stats["inverse_shape"]
    sample = np.broadcast_to(~np.eye(n, dtype=bool), cube.shape)
    solved = fit_cube(cube, np.empty((0, *cube.shape)), sample, GravityEffects(pair=True))
    pairs = int(solved.used.any(axis=0).sum())
    freedom = int(solved.used.sum()) - pairs - years * (2 * n - 1) + (2 * n - 1)
    return inverse_shape(cube[solved.used], solved.mean[solved.used], max(freedom, 1))


def probabilities(
    found: FlowRoles,
    resampling: Resampling = Resampling(500),  # noqa: B008
    panel: FlowPanel | None = None,
) -> pd.DataFrame:
    """Probability of each role by city.

    Without `panel`, flows are drawn from gammas with their mean and variance; with it, whole
    years are drawn with replacement and added up (a block bootstrap, for five years or more).
    The core is found again in every draw.
    """
    rng = resampling.plain("drawn flows").generator("role_probabilities")
    draws = resampling.draws
    if panel is None:
        drawn: Iterable[Floats] = gamma_draws(
            np.asarray(found.network.flows), found.variance, rng, draws
        )
    else:
        cube = panel.cube
        picks = rng.integers(len(cube), size=(draws, len(cube)))
        drawn = (cube[pick].sum(axis=0) for pick in picks)
    log_km = log_distance(found.network)

    def core_of(flows: Floats) -> np.ndarray:
        fit = fit_distance(found.network.with_flows(flows), log_km)
        return core_by_size(flows, city_sizes(fit)).members

    return role_probabilities(
        found.network, drawn, core_of, found.roles.rule, found.reciprocity_limit
    )


def stability(found: FlowRoles) -> pd.DataFrame:
    """Share of threshold choices under which each city has each role."""
    return role_stability(
        found.network, found.core.members, found.variance, found.reciprocity_limit
    )


def flips(found: FlowRoles, resampling: Resampling = Resampling(100)) -> pd.Series:  # noqa: B008
    """Share of draws in which each label changes when one mover in ten is left out.

    The whole rule runs again in every draw, core and noise included; overdispersion stays.
    """
    log_km = log_distance(found.network)

    def label(network: FlowNetwork) -> tuple[str, ...]:
        core = core_by_size(np.asarray(network.flows), city_sizes(fit_distance(network, log_km)))
        share = network.flows.sum() / found.network.flows.sum()
        variance = network.flows + share**2 * np.maximum(found.variance - found.network.flows, 0.0)
        return assign_roles(
            network, core.members, np.asarray(variance), found.roles.rule, found.reciprocity_limit
        ).labels

    return label_flips(found.network, label, resampling)


def core_tests(
    found: FlowRoles,
    resampling: Resampling = Resampling(199),  # noqa: B008
) -> pd.DataFrame:
    """Three questions about the core, each with its null.

    ``configuration`` keeps strengths and ``gravity`` strengths and distance: do the core cities
    exchange more than that says (fit of the core)? Strengths hold the core itself, so neither can
    certify one. ``hierarchy`` keeps distance and the spread of sizes but draws sizes from one
    smooth distribution: is the core set apart (`separation` of log sizes)?

    Returns
    -------
    DataFrame
        Index: null; columns ``statistic, observed, mean`` under the null, ``p_value``.
    """
    log_km = log_distance(found.network)

    def sizes(flows: Floats) -> Floats:
        return city_sizes(fit_distance(found.network.with_flows(flows), log_km))

    def best(flows: Floats) -> float:
        return core_by_size(flows, sizes(flows)).fit

    def apart(flows: Floats) -> float:
        return separation(sizes(flows))

    flows = np.asarray(found.network.flows)
    shared = replace(resampling, rng=resampling.generator("core_tests"))
    asked = (
        ("configuration", "fit", best, configuration_null(found.network, shared, found.kappa)),
        ("gravity", "fit", best, gravity_null(found.gravity, shared)),
        ("hierarchy", "separation", apart, hierarchy_null(found.gravity, shared)),
    )
    rows = []
    for name, statistic, measure, nulls in asked:
        observed, fits = measure(flows), null_fits(nulls, measure)
        p_value = core_p_value(observed, fits)
        rows.append((name, statistic, observed, float(fits.mean()), p_value))
    columns = ["null", "statistic", "observed", "mean", "p_value"]
    return pd.DataFrame(rows, columns=columns).set_index("null")


def _connected(network: FlowNetwork) -> None:
    parts = components(np.asarray(network.flows))
    if len(parts) > 1:
        apart = ", ".join(network.labels[i] for part in parts[1:] for i in part)
        raise DataError(
            Fault(
                f"{len(parts)} groups of cities without flows between them; apart: {apart}",
                "one connected network",
                "Leave these cities out, or study each group by itself.",
                network.label,
            )
        )


def _reciprocity(flows: Floats) -> Floats:
    least, most = np.minimum(flows, flows.T), np.maximum(flows, flows.T)
    return np.asarray(least.sum(axis=1) / np.maximum(most.sum(axis=1), 1e-300))
