"""Null flows: networks that have some of the features of the observed one, and no others."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.flows.gravity.fit import GravityFit, fit_gravity
from econshrink.flows.gravity.ppml import GravityEffects, fit_cube
from econshrink.inference.resampling import Resampling
from econshrink.inference.vcov import Heteroskedastic
from econshrink.nouns.flows import FlowNetwork


def configuration_null(
    network: FlowNetwork,
    resampling: Resampling = Resampling(199),  # noqa: B008
    inverse_shape: float = 0.0,
) -> Floats:
    """Flows that know only how much leaves and reaches each city, in expectation.

    The mean is a_i b_j off the diagonal with the observed strengths. A core that consists in
    large strengths is part of this null, so it cannot certify one (Kojaku and Masuda 2018): it
    asks whether core cities exchange more with each other than their sizes say. Memory grows with
    draws times pairs of cities.

    Parameters
    ----------
    network : FlowNetwork
        Complete counts.
    resampling : Resampling
        No scheme and no cluster.
    inverse_shape : float
        Overdispersion κ, Var = μ + κμ².

    Returns
    -------
    ndarray, shape (draws, n, n)
    """
    network.require_complete("a null")
    network.require_counts("a null")
    off = ~np.eye(network.count, dtype=bool)[None]
    mean = fit_cube(network.flows[None], np.empty((0, *off.shape)), off, GravityEffects()).mean[0]
    rng = resampling.plain("a null").generator("configuration_null")
    return draw_flows(mean, rng, resampling.draws, inverse_shape)


def gravity_null(
    fit: GravityFit,
    resampling: Resampling = Resampling(199),  # noqa: B008
) -> Floats:
    """Flows of one fitted year that know strengths, distance and the other regressors.

    Returns
    -------
    ndarray, shape (draws, n, n)
        Drawn with the overdispersion of the fit.

    Raises
    ------
    SpecError
        A fit of several years: fit their sum.
    """
    if len(fit.mean) != 1:
        raise SpecError(
            Fault(f"a fit of {len(fit.mean)} years", "one year", "Fit `panel.total()`.")
        )
    rng = resampling.plain("a null").generator("gravity_null")
    return draw_flows(fit.mean[0], rng, resampling.draws, fit.estimate.stats["inverse_shape"])


def hierarchy_null(
    fit: GravityFit,
    resampling: Resampling = Resampling(199),  # noqa: B008
) -> Floats:
    """Flows between cities of one smooth hierarchy of sizes: no group set apart.

    Log sizes (the mean of a city's origin and destination effects) are drawn from a normal
    distribution with the observed mean and spread; distance and overdispersion are kept. A
    separate core is more than the largest cities of such a hierarchy.

    Returns
    -------
    ndarray, shape (draws, n, n)
    """
    sizes = city_sizes(fit)
    reach = fit.mean[0] / np.exp(sizes[:, None] + sizes)
    n = len(sizes)
    rng, draws = resampling.plain("a null").generator("hierarchy_null"), resampling.draws
    result = np.empty((draws, n, n))
    for number in range(draws):
        drawn = rng.normal(sizes.mean(), sizes.std(ddof=1), n)
        mean = reach * np.exp(drawn[:, None] + drawn)
        mean *= fit.mean[0].sum() / mean.sum()
        result[number] = draw_flows(mean, rng, 1, fit.estimate.stats["inverse_shape"])[0]
    return result


def city_sizes(fit: GravityFit) -> Floats:
    """Log size of each city, free of distance: mean of its origin and destination effects.

    Takes `fit`: one year, or several, which are averaged.

    Returns shape (n,): centred at zero.
    """
    index = np.einsum("k,ktij->tij", fit.estimate.coefficients, fit.regressors)
    off = ~np.eye(fit.mean.shape[1], dtype=bool)
    with np.errstate(divide="ignore"):
        effects = np.log(fit.mean) - index  # origin_i + destination_j off the diagonal
    effects = np.where(off & np.isfinite(effects), effects, np.nan).mean(axis=0)
    rows, columns = np.nanmean(effects, axis=1), np.nanmean(effects, axis=0)
    n = len(rows)
    # row means leave out the own destination effect, hence the factor
    sizes = (rows + columns) * (n - 1) / (2 * (n - 2))
    return np.asarray(sizes - sizes.mean())


def draw_flows(
    mean: Floats, rng: np.random.Generator, draws: int, inverse_shape: float = 0.0
) -> Floats:
    """Poisson or gamma–Poisson counts with this mean; shape (draws, n, n)."""
    size = (draws, *mean.shape)
    if inverse_shape <= 0:
        return np.asarray(rng.poisson(mean, size), dtype=np.float64)
    luck = rng.gamma(1.0 / inverse_shape, inverse_shape, size)
    return np.asarray(rng.poisson(mean * luck), dtype=np.float64)


def distance_free(fit: GravityFit) -> Floats:
    """Flows of the first year over exp(x'β): what they would be if all pairs were alike.

    Returns shape (n, n): scaled to the observed total.
    """
    index = np.einsum("k,kij->ij", fit.estimate.coefficients, fit.regressors[:, 0])
    flows = fit.panel.cube[0] / np.exp(index - index.max())
    return np.asarray(flows * fit.panel.cube[0].sum() / flows.sum())


def fit_distance(network: FlowNetwork, log_km: Floats) -> GravityFit:
    """Gravity of one network on log distance alone, the model the nulls and roles rest on."""
    return fit_gravity(network, {"log_km": log_km}, vcov=Heteroskedastic("HC1"))
