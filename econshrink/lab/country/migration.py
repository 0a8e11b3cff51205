"""Gravity migration in whole persons: what leaves one city arrives in another, nothing is lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Counts, Floats
from econshrink.lab.country.people import MigrationSettings
from econshrink.lab.country.places import Places

Singles = NDArray[np.float32]

NEAR_KM = 40.0  # added to every distance: cost of moving at all
BLOCK = 64  # rows handled at once, small enough for the processor's cache
BALANCING_ROUNDS = 40
MOST_LEAVING = 0.6  # no age group loses more than this share in a year


def age_profile(ages: int, weights: Floats) -> Floats:
    """Relative propensity to leave by age (Rogers-Castro), mean 1 under `weights`.

    A falling curve for children, a double exponential for labour migrants and a constant
    (Rogers and Castro 1981, *Model Migration Schedules*).

    Parameters
    ----------
    ages : int
        Number of single-year groups.
    weights : ndarray, shape (ages,)
        Age structure that fixes the mean.

    Examples
    --------
    >>> profile = age_profile(86, np.full(86, 1 / 86))
    >>> int(profile.argmax()), round(float(profile.mean()), 9)
    (24, 1.0)
    """
    x = np.arange(ages, dtype=np.float64)
    labour = np.exp(-0.09 * (x - 20.0) - np.exp(-0.35 * (x - 20.0)))
    curve = 0.018 * np.exp(-0.10 * x) + 0.07 * labour + 0.003
    return np.asarray(curve / (curve * weights).sum() * weights.sum(), dtype=np.float64)


def make_kernel(settings: MigrationSettings, places: Places, border: float) -> Singles:
    """Deterrence ``(d + 40 km)^-g exp(-border [other province])``, zero at home, shape (n, n)."""
    # In double precision until the end, so that processors agree on every single-precision digit.
    x, y = places.sites.T
    distance = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    kernel = np.exp(-settings.distance * np.log1p(distance / NEAR_KM))
    away = places.province[:, None] != places.province[None, :]
    kernel *= np.where(away, np.exp(-border), 1.0)
    np.fill_diagonal(kernel, 0.0)
    return np.asarray(kernel, dtype=np.float32)


def balance(kernel: Singles, leaving: Floats, arriving: Floats) -> Floats:
    """Destination weights under which `leaving` flows produce `arriving`, shape (n,).

    Flows are ``leaving_i K_ij w_j / sum_l K_il w_l``; the weights are found by proportional
    fitting. `arriving` is scaled to the sum of `leaving`.
    """
    goal, origin = arriving / arriving.sum(), leaving / leaving.sum()
    weights = goal
    for _ in range(BALANCING_ROUNDS):
        weights = weights * goal / expected_arrivals(kernel, origin, weights)
        weights = weights / weights.sum()
    return np.asarray(weights, dtype=np.float64)


def expected_arrivals(kernel: Singles, leaving: Floats, weights: Floats) -> Floats:
    """Expected in-migrants by city under the gravity model; permuting cities permutes them."""
    # Double precision: whole persons are cut from these, and the order in which a processor adds
    # single-precision numbers would decide who moves.
    table = kernel.astype(np.float64)
    return np.asarray(weights * (table.T @ (leaving / (table @ weights))))


def draw_flows(
    kernel: Singles, leaving: Counts, weights: Floats, uniforms: Floats, *, keep: bool = False
) -> tuple[Counts, NDArray[np.int32] | None]:
    """Send every leaver to a destination.

    The expected flows of an origin follow `kernel` (n, n; zero on the diagonal) times `weights`
    (n,). They are cumulated, shifted by one uniform draw and cut to whole numbers (systematic
    sampling): every flow is its expectation rounded up or down, the flows of an origin add up to
    its leavers exactly, and their expectation is unbiased.
    """
    n = len(leaving)
    running_total = np.zeros(n)
    table = np.empty((n, n), dtype=np.int32) if keep else None
    for start in range(0, n, BLOCK):
        rows = slice(start, start + BLOCK)
        total = leaving[rows].astype(np.float64)[:, None]
        running = np.cumsum(kernel[rows] * weights, axis=1, dtype=np.float64)
        running *= total / running[:, -1:]
        running[:, -1:] = total
        np.minimum(running, total, out=running)
        running += uniforms[rows, None]
        np.floor(running, out=running)
        running_total += running.sum(axis=0)
        if table is not None:
            table[rows] = np.diff(running, axis=1, prepend=0.0)
    arriving = np.diff(running_total, prepend=0.0).astype(np.int64)
    return arriving, table


def allocate_ages(arriving: Counts, pool: Counts) -> Counts:
    """Give the arrivals of each city their sexes and ages out of the national pool of migrants.

    Arrivals (n,) and pool (k,) have the same sum; the result (n, k) is non-negative with row sums
    `arriving` and column sums `pool` exactly: each cell is the proportional share cut to a whole
    number plus a few of the persons left over, which are dealt out evenly.
    """
    total = int(pool.sum())
    if total == 0:
        return np.zeros((len(arriving), len(pool)), dtype=np.int64)
    whole = np.floor(arriving[:, None] * (pool / total)[None, :]).astype(np.int64)
    # Rounding of the product can lift a share onto the next whole number; take those back.
    rows = arriving - whole.sum(axis=1)
    columns = pool - whole.sum(axis=0)
    if min(rows.min(), columns.min()) < 0:
        whole = np.maximum(whole - 1, 0)
        rows, columns = arriving - whole.sum(axis=1), pool - whole.sum(axis=0)
    city = np.repeat(np.arange(len(arriving)), rows)
    kind = np.repeat(np.arange(len(pool)), columns)
    within = np.arange(len(kind)) - np.repeat(np.cumsum(columns) - columns, columns)
    kind = kind[np.argsort((within + 0.5) / columns[kind], kind="stable")]
    rest = np.bincount(city * len(pool) + kind, minlength=whole.size)
    return whole + rest.reshape(whole.shape)


def draw_leavers(people: Counts, rates: Floats, uniforms: NDArray[np.floating]) -> Counts:
    """Leavers by city, sex and age: ``floor(people × rate + u)``, never more than are there."""
    return np.floor(people * np.minimum(rates, MOST_LEAVING) + uniforms).astype(np.int64)
