"""Labour demand by sector, unemployment, wages and the shift-share shock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Counts, Floats
from econshrink.core.seeds import generator
from econshrink.lab.country.economy import JobSettings
from econshrink.lab.country.places import Places

UNEMPLOYMENT_BOUNDS = (0.005, 0.35)


def first_shares(settings: JobSettings, places: Places, seed: int) -> Floats:
    """Sector shares of each city in the first year, shape (n, K), rows summing to one.

    Resource cities have a larger mining sector; the rest is log-normal around the nation.
    """
    national = np.array([sector.share for sector in settings.sectors])
    noise = generator("lab.jobs.shares", seed).standard_normal((places.count, len(national)))
    shares = national * np.exp(settings.share_sd * noise)
    for k, sector in enumerate(settings.sectors):
        if sector.name == "mining":
            shares[:, k] *= np.where(places.resource, settings.resource_weight, 1.0)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64)


def sector_trends(settings: JobSettings, demand: Floats, resource: NDArray[np.bool_]) -> Floats:
    """Annual log trend of each city's sectors, shape (n, K); the nation's mean is zero."""
    trends = np.array([sector.trend for sector in settings.sectors])
    weights = demand.sum(axis=0) / demand.sum()
    trends = np.tile(trends - weights @ trends, (len(demand), 1))
    for k, sector in enumerate(settings.sectors):
        if sector.name == "mining":
            trends[:, k] -= settings.depletion * resource
    return trends


def grow_demand(
    settings: JobSettings, demand: Floats, supply: Floats, trends: Floats, shock: Floats
) -> Floats:
    """Labour demand by sector a year later, shape (n, K): jobs follow people.

    ``d ln D_ik = trend_ik + shock_ik + adjustment × ln(supply_i / D_i)``, with `demand` (n, K) and
    `supply` (n,), the labour force less normal unemployment, of last year.
    """
    gap = np.log(supply / demand.sum(axis=1))
    growth = trends + shock + settings.adjustment * gap[:, None]
    return np.asarray(demand * np.exp(growth), dtype=np.float64)


def labour_market(
    settings: JobSettings, demand: Floats, labour_force: Floats
) -> tuple[Floats, Floats]:
    """Unemployment rate and log wage gap, both shape (n,), from demand relative to supply.

    Unemployment is ``u* (D/S)^-e`` within (0.5 %, 35 %) and the wage rises by
    ``wage_response × ln(D/S)``, with S the labour force less normal unemployment.
    """
    ratio = np.log(demand / (labour_force * (1.0 - settings.normal_unemployment)))
    rate = settings.normal_unemployment * np.exp(-settings.unemployment_response * ratio)
    return np.clip(rate, *UNEMPLOYMENT_BOUNDS), settings.wage_response * ratio


def count_jobs(demand: Floats, labour_force: Floats, unemployment: Floats) -> Counts:
    """Filled jobs by sector in whole persons, shape (n, K)."""
    filled = labour_force * (1.0 - unemployment)
    shares = demand / demand.sum(axis=1, keepdims=True)
    return np.asarray(np.rint(shares * filled[:, None]), dtype=np.int64)


def shift_share(jobs: Counts, province: Counts) -> Floats:
    """Leave-out shift-share shock, shape (T, n): first-year shares times sector growth elsewhere.

    ``z_it = sum_k s_ik,0 ln(J_k,t(-p) / J_k,t-1(-p))`` where the sums of jobs (T, n, K) leave out
    the city's own province p (Bartik 1991; Goldsmith-Pinkham, Sorkin and Swift 2020). Row 0 is
    missing.
    """
    counts = jobs.astype(np.float64)
    groups = np.zeros((int(province.max()) + 1, len(province)))
    groups[province, np.arange(len(province))] = 1.0
    by_province = np.einsum("pn,tnk->tpk", groups, counts, optimize=True)
    elsewhere = by_province.sum(axis=1, keepdims=True) - by_province
    growth = np.diff(np.log(np.maximum(elsewhere, 1.0)), axis=0)
    shares = counts[0] / counts[0].sum(axis=1, keepdims=True)
    z = np.einsum("nk,tnk->tn", shares, growth[:, province], optimize=True)
    return np.vstack([np.full((1, z.shape[1]), np.nan), z])
