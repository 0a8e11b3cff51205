"""Loops over rows and event times for a tile of reweighted draws, which numba compiles.

The innermost loop runs over the T draws of the tile: every number of a row is read once for all of
them, and processors do several at once. Like those of `cox_kernels` they run as plain Python too.
"""

from __future__ import annotations

from math import exp

from econshrink.survival.cox.kernels import Bools
from econshrink.survival.kernel.intervals import Floats, Ints


def draw_risks(
    x: Floats,
    base: Floats,
    cluster: Ints,
    counts: Floats,
    change: Floats,
    risks: Floats,
    room: Floats,
) -> None:
    """Fill `risks` (m, T) with copies of each row's cluster times `base` times exp(x change).

    The exponential is a Taylor polynomial at 1/64 of the argument, squared six times: up to 4 its
    error is below 1e-13 of the value, and it runs on several draws at once.
    """
    m, k = x.shape
    draws = counts.shape[1]
    for i in range(m):
        copies, out, factor = counts[cluster[i]], risks[i], base[i]
        for b in range(draws):
            room[b] = 0.0
        for j in range(k):
            value, slopes = x[i, j] * 0.015625, change[j]
            for b in range(draws):
                room[b] += value * slopes[b]
        size = 0.0
        for b in range(draws):
            size += room[b] * room[b]
        if size <= 0.0625 * 0.0625:  # then none is larger in absolute value
            for b in range(draws):
                z = room[b]
                p = (1.0 / 362880.0) * z + 1.0 / 40320.0
                p = p * z + 1.0 / 5040.0
                p = p * z + 1.0 / 720.0
                p = p * z + 1.0 / 120.0
                p = p * z + 1.0 / 24.0
                p = p * z + 1.0 / 6.0
                p = p * z + 0.5
                p = p * z + 1.0
                p = p * z + 1.0
                p *= p
                p *= p
                p *= p
                p *= p
                p *= p
                p *= p
                out[b] = factor * copies[b] * p
        else:
            for b in range(draws):
                out[b] = factor * copies[b] * exp(64.0 * room[b])


def draw_moments(
    x: Floats,
    lo: Ints,
    hi: Ints,
    leaving: Ints,
    risks: Floats,
    room: Floats,
    everyone: Floats,
) -> None:
    """Fill `everyone` (d, 1 + k, T) with risk and its products with x over the risk sets.

    Parameters
    ----------
    leaving : ndarray of int, shape (m,)
        Rows in the order of `hi`; none if every row covers one time, and nothing is subtracted.
    risks : ndarray, shape (m, T)
    room : ndarray, shape (1 + k, T)
        Zeros; the risk set on its way through time.
    """
    m, k = x.shape
    draws = risks.shape[1]
    first = last = 0
    for t in range(len(everyone)):
        while first < m and lo[first] == t:
            risk = risks[first]
            for b in range(draws):
                room[0, b] += risk[b]
            for j in range(k):
                value, sums = x[first, j], room[j + 1]
                for b in range(draws):
                    sums[b] += value * risk[b]
            first += 1
        for j in range(k + 1):
            now, sums = everyone[t, j], room[j]
            for b in range(draws):
                now[b] = sums[b]
                if len(leaving) == 0:
                    sums[b] = 0.0
        while last < len(leaving) and hi[leaving[last]] == t + 1:
            i = leaving[last]
            risk = risks[i]
            for b in range(draws):
                room[0, b] -= risk[b]
            for j in range(k):
                value, sums = x[i, j], room[j + 1]
                for b in range(draws):
                    sums[b] -= value * risk[b]
            last += 1


def draw_deaths(x: Floats, deaths: Ints, hi: Ints, risks: Floats, dying: Floats) -> None:
    """Fill `dying` (d, 1 + k, T) with the same over the rows that end in an event, `deaths`."""
    k, draws = x.shape[1], risks.shape[1]
    for t in range(len(dying)):
        for j in range(k + 1):
            for b in range(draws):
                dying[t, j, b] = 0.0
    for i in deaths:
        risk, dead = risks[i], dying[hi[i] - 1]
        for b in range(draws):
            dead[0, b] += risk[b]
        for j in range(k):
            value, sums = x[i, j], dead[j + 1]
            for b in range(draws):
                sums[b] += value * risk[b]


def draw_hazards(
    everyone: Floats, dying: Floats, events: Floats, average: bool, sums: Floats, extremes: Floats
) -> None:
    """Fill `sums` (d, 5, T) with what tied events contribute; see `cox_kernels.hazard_steps`.

    Parameters
    ----------
    events : ndarray, shape (d, T)
        Events of every draw, in whole numbers.
    average : bool
        True for Efron, False for Breslow.
    extremes : ndarray, shape (2, T)
        Becomes the smallest summed risk at an event and the largest at any time.
    """
    draws = events.shape[1]
    for t in range(len(events)):
        total, tied, out = everyone[t, 0], dying[t, 0], sums[t]
        for b in range(draws):
            many, risk = events[t, b], total[b]
            extremes[1, b] = max(extremes[1, b], risk)
            for q in range(5):
                out[q, b] = 0.0
            if many > 0:
                extremes[0, b] = min(extremes[0, b], risk)
                unit = (1.0 if average else many) / risk
                out[0, b] = unit
                out[2, b] = unit / risk
            if average and many > 1:
                for step in range(1, int(many)):
                    share = step / many
                    unit = 1.0 / (risk - share * tied[b])
                    out[0, b] += unit
                    out[1, b] += share * unit
                    out[2, b] += unit * unit
                    out[3, b] += share * unit * unit
                    out[4, b] += share * share * unit * unit


def draw_means(
    everyone: Floats, dying: Floats, sums: Floats, room: Floats, score: Floats, information: Floats
) -> None:
    """Take the expected covariates of the events off `score` (k, T), their squares off the rest.

    `information` is (k, k, T), its lower triangle used; `room` (2, k, T) is scratch.
    """
    k, draws = score.shape
    for t in range(len(sums)):
        plain, shared, q0, q1, q2 = sums[t, 0], sums[t, 1], sums[t, 2], sums[t, 3], sums[t, 4]
        for j in range(k):
            s1, d1, total = everyone[t, j + 1], dying[t, j + 1], score[j]
            at_risk, tied = room[0, j], room[1, j]
            for b in range(draws):
                total[b] -= plain[b] * s1[b] - shared[b] * d1[b]
                at_risk[b] = q0[b] * s1[b] - q1[b] * d1[b]
                tied[b] = q2[b] * d1[b] - q1[b] * s1[b]
            for h in range(j + 1):
                s2, d2, square = everyone[t, h + 1], dying[t, h + 1], information[j, h]
                for b in range(draws):
                    square[b] -= at_risk[b] * s2[b] + tied[b] * d2[b]


def draw_squares(
    x: Floats,
    event: Bools,
    lo: Ints,
    hi: Ints,
    single: bool,
    risks: Floats,
    sums: Floats,
    room: Floats,
    information: Floats,
) -> None:
    """Add the products of x weighted by expected events to `information` (k, k, T), lower triangle.

    `room` (d + 1, T) becomes the cumulative hazard before every time, or its step if `single`.
    """
    m, k = x.shape
    draws = risks.shape[1]
    for b in range(draws):
        room[0, b] = 0.0
    for t in range(len(sums)):
        for b in range(draws):
            room[t + 1, b] = sums[t, 0, b] if single else room[t, b] + sums[t, 0, b]
    for i in range(m):
        expected, until = risks[i], room[hi[i]]
        since = room[0] if single else room[lo[i]]
        for b in range(draws):
            hazard = until[b] - since[b]
            expected[b] *= hazard - sums[hi[i] - 1, 1, b] if event[i] else hazard
        for j in range(k):
            for h in range(j + 1):
                value, square = x[i, j] * x[i, h], information[j, h]
                for b in range(draws):
                    square[b] += value * expected[b]
