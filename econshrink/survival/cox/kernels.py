"""Loops of the Cox likelihood that numba compiles: the same sums as the array form, row by row.

They are ordinary functions, so that they can be read, imported and tested without numba;
`compiled` turns them into machine code, kept on disk for the next run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from econshrink.core.errors import Fault, MissingExtra
from econshrink.survival.kernel.intervals import Floats, Ints

Bools = NDArray[np.bool_]
Kernel = Callable[..., Any]


@cache
def compiled(kernel: Kernel) -> Kernel:
    """Compile a function of this module; sums may be added up in another order, nothing else.

    Raises
    ------
    MissingExtra
        Numba is not installed.
    """
    try:
        import numba  # type: ignore[import-not-found]  # noqa: PLC0415  (optional)
    except ImportError as problem:
        raise MissingExtra(
            Fault(
                "no numba, which compiled estimation needs",
                "the extra 'fast'",
                "Install econshrink[fast], or leave out engine=Compiled().",
            )
        ) from problem
    made: Kernel = numba.njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract"})(
        kernel
    )
    return made


def relative_risks(
    x: Floats, weight: Floats, offset: Floats, begins: Ints, beta: Floats, eta: Floats, risk: Floats
) -> None:
    """Fill `eta` with the predictor less its stratum's largest, and `risk` with w exp(eta)."""
    m, k = x.shape
    for i in range(m):
        eta[i] = offset[i]
    for j in range(k):
        slope = beta[j]
        for i in range(m):
            eta[i] += x[i, j] * slope
    for s in range(len(begins) - 1):
        peak = -np.inf
        for i in range(begins[s], begins[s + 1]):
            peak = max(peak, eta[i])
        for i in range(begins[s], begins[s + 1]):
            eta[i] -= peak
            risk[i] = weight[i] * exp(eta[i])


def moments(
    x: Floats, deaths: Ints, lo: Ints, hi: Ints, single: bool, risk: Floats, size: int
) -> tuple[Floats, Floats]:
    """Risk and its products with x over the risk sets and over the events; both (d, 1 + k)."""
    m, k = x.shape
    everyone, dying = np.zeros((size + 1, k + 1)), np.zeros((size, k + 1))
    begin = 0
    while begin < m:  # rows with the same first time stand together
        time, end = lo[begin], begin + 1
        while end < m and lo[end] == time:
            end += 1
        run = risk[begin:end]
        everyone[time, 0] += run.sum()
        for j in range(k):
            column, total = x[begin:end, j], 0.0
            for i in range(len(run)):
                total += run[i] * column[i]
            everyone[time, j + 1] += total
        begin = end
    if not single:
        for i in range(m):
            r, time = risk[i], hi[i]
            everyone[time, 0] -= r
            for j in range(k):
                everyone[time, j + 1] -= r * x[i, j]
        for t in range(1, size):
            for j in range(k + 1):
                everyone[t, j] += everyone[t - 1, j]
    for i in deaths:
        r, time = risk[i], hi[i] - 1
        dying[time, 0] += r
        for j in range(k):
            dying[time, j + 1] += r * x[i, j]
    return everyone[:size], dying


def hazard_steps(
    everyone: Floats, dying: Floats, time: Ints, share: Floats, weight: Floats, sums: Floats
) -> tuple[float, float]:
    """Fill `sums` (5, d) with w/phi, w f/phi, w/phi^2, w f/phi^2, w f^2/phi^2.

    Returns the sum of w log phi, and the smallest risk set beside the largest.
    """
    total, least, most = 0.0, np.inf, 0.0
    for s in range(len(time)):
        t, f = time[s], share[s]
        phi = everyone[t, 0] - f * dying[t, 0]
        least, most = min(least, everyone[t, 0]), max(most, everyone[t, 0])
        total += weight[s] * log(phi) if phi > 0 else np.nan
        unit = weight[s] / phi
        square = unit / phi
        sums[0, t] += unit
        sums[1, t] += unit * f
        sums[2, t] += square
        sums[3, t] += square * f
        sums[4, t] += square * f * f
    return total, least / most


def expected_events(
    deaths: Ints, lo: Ints, hi: Ints, single: bool, risk: Floats, sums: Floats, expected: Floats
) -> None:
    """Fill `expected` (m,) with the weighted expected events of every row."""
    size = sums.shape[1]
    level = np.zeros(size + 1)
    for t in range(size):
        level[t + 1] = sums[0, t] if single else level[t] + sums[0, t]
    if single:
        for i in range(len(risk)):
            expected[i] = risk[i] * level[hi[i]]
    else:
        for i in range(len(risk)):
            expected[i] = risk[i] * (level[hi[i]] - level[lo[i]])
    for i in deaths:
        expected[i] -= risk[i] * sums[1, hi[i] - 1]


def derivatives(
    x: Floats,
    death_x: Floats,
    death_weight: Floats,
    expected: Floats,
    everyone: Floats,
    dying: Floats,
    sums: Floats,
) -> tuple[Floats, Floats]:
    """Score (k,) and information (k, k); blocks of rows stay in cache."""
    m, k = x.shape
    score, information = np.zeros(k), np.zeros((k, k))
    room = np.empty(256)
    for begin in range(0, m, 256):
        end = min(begin + 256, m)
        here, product = expected[begin:end], room[: end - begin]
        for j in range(k):
            column, total = x[begin:end, j], 0.0
            for i in range(len(here)):
                product[i] = here[i] * column[i]
                total += product[i]
            score[j] -= total
            for h in range(j + 1):
                other, total = x[begin:end, h], 0.0
                for i in range(len(here)):
                    total += product[i] * other[i]
                information[j, h] += total
    for j in range(k):
        column, total = death_x[:, j], 0.0
        for i in range(len(death_weight)):
            total += death_weight[i] * column[i]
        score[j] += total
    for t in range(len(everyone)):
        for j in range(k):
            at_risk = sums[2, t] * everyone[t, j + 1] - sums[3, t] * dying[t, j + 1]
            tied = sums[4, t] * dying[t, j + 1] - sums[3, t] * everyone[t, j + 1]
            for h in range(j + 1):
                information[j, h] -= at_risk * everyone[t, h + 1] + tied * dying[t, h + 1]
    for j in range(k):
        for h in range(j):
            information[h, j] = information[j, h]
    return score, information


def clustered_residuals(
    x: Floats,
    event: Bools,
    weight: Floats,
    lo: Ints,
    hi: Ints,
    risk: Floats,
    everyone: Floats,
    dying: Floats,
    sums: Floats,
    events: Floats,
    cluster: Ints,
    count: int,
) -> Floats:
    """Weighted score residuals summed within clusters, shape (count, k); `events` (d,) weights."""
    m, k = x.shape
    size = len(everyone)
    before, own = np.zeros((size + 1, k + 1)), np.zeros((size, k + 1))
    means = np.zeros((size, k))
    for t in range(size):
        before[t + 1, 0] = before[t, 0] + sums[0, t]
        own[t, 0] = sums[1, t]
        for j in range(k):
            s1, d1 = everyone[t, j + 1], dying[t, j + 1]
            before[t + 1, j + 1] = before[t, j + 1] + sums[2, t] * s1 - sums[3, t] * d1
            own[t, j + 1] = sums[3, t] * s1 - sums[4, t] * d1
            if events[t] > 0:
                means[t, j] = (sums[0, t] * s1 - sums[1, t] * d1) / events[t]
    total = np.zeros((count, k))
    for i in range(m):
        r, c, u, v = risk[i], cluster[i], lo[i], hi[i]
        hazard = before[v, 0] - before[u, 0]
        if event[i]:
            hazard -= own[v - 1, 0]
            for j in range(k):
                drift = before[v, j + 1] - before[u, j + 1] - own[v - 1, j + 1]
                here = r * (drift - x[i, j] * hazard)
                total[c, j] += here + weight[i] * (x[i, j] - means[v - 1, j])
        else:
            for j in range(k):
                drift = before[v, j + 1] - before[u, j + 1]
                total[c, j] += r * (drift - x[i, j] * hazard)
    return total
