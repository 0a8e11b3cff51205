"""Scores of predictive draws: CRPS, PIT, intervals, energy score."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError
from econshrink.forecast.scores.checks import draws_and_truth


def crps(draws: Floats, truth: Floats, *, fair: bool = False, ordered: bool = False) -> Floats:
    """Continuous ranked probability score of each case, in the unit of the draws.

    ``mean|x - y| - sum|x_i - x_j| / (2 m²)``, with ``m (m - 1)`` if `fair`: then its expectation
    does not depend on the number of draws (Ferro 2014).

    Parameters
    ----------
    draws : ndarray, shape (..., m)
    truth : ndarray, shape (...)
    fair : bool
    ordered : bool
        True if the draws are sorted along the last axis, which saves the sorting.

    Returns
    -------
    ndarray, shape (...)
        0 is best. Of a single draw: the absolute error.

    Examples
    --------
    >>> float(crps(np.array([0.0, 1.0]), np.array(0.0)))
    0.25
    >>> float(crps(np.array([3.0]), np.array(1.0)))
    2.0
    """
    draws, truth = draws_and_truth(draws, truth, ordered=ordered)
    size = draws.shape[-1]
    if fair and size < 2:
        raise SpecError(Fault("one draw", "at least two for the fair score", "Draw more."))
    ranked = draws if ordered else np.sort(draws, axis=-1)
    return _crps(ranked, truth, draws_below(ranked, truth), fair=fair)


def crps_and_pit(ranked: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """`crps` and `pit` of draws sorted along the last axis, from one search for the truth.

    Examples
    --------
    >>> [float(x) for x in crps_and_pit(np.array([0.0, 1.0]), np.array(0.0))]
    [0.25, 0.3333333333333333]
    """
    ranked, truth = draws_and_truth(ranked, truth, ordered=True)
    below = draws_below(ranked, truth)
    return _crps(ranked, truth, below), _pit(below, _ties(ranked, truth, below), ranked.shape[-1])


def _crps(ranked: Floats, truth: Floats, below: Ints, *, fair: bool = False) -> Floats:
    size = ranked.shape[-1]
    weights = 2 * np.arange(1, size + 1) - size - 1
    away = ranked - truth[..., None]  # so that large levels cost no digits
    spread = (away @ weights.astype(float)) / (size * (size - 1 if fair else size))
    return np.asarray(_mean_size(away, below) - spread)


def _mean_size(ranked: Floats, below: Ints) -> Floats:
    """Mean absolute value of sorted numbers, `below` of which are negative, from two sums."""
    size = ranked.shape[-1]
    flat, cut = ranked.ravel(), below.ravel()
    starts = size * np.arange(cut.size)
    ends = starts + np.minimum(cut, size - 1)
    sums = np.add.reduceat(flat, np.column_stack([starts, ends]).ravel())
    first, rest = sums[0::2], sums[1::2]
    whole = cut == size  # the last draw is no rest; an empty stretch is summed as its first number
    first = np.where(ends > starts, first, 0.0) + np.where(whole, rest, 0.0)
    rest = np.where(whole, 0.0, rest)
    first, rest = first.reshape(below.shape), rest.reshape(below.shape)
    return np.asarray((rest - first) / size)


def draws_below(ranked: Floats, value: Floats, *, or_equal: bool = False) -> Ints:
    """How many draws, sorted along the last axis, are below a value each, by bisection.

    Examples
    --------
    >>> draws_below(np.array([[1.0, 2.0, 2.0, 5.0]]), np.array([2.0])).tolist()
    [1]
    >>> draws_below(np.array([[1.0, 2.0, 2.0, 5.0]]), np.array([2.0]), or_equal=True).tolist()
    [3]
    """
    size = ranked.shape[-1]
    rows = ranked.reshape(-1, size)
    aim = np.broadcast_to(value, ranked.shape[:-1]).ravel()
    every = np.arange(len(rows))
    found = np.zeros(len(rows), dtype=np.intp)
    stride = 1 << size.bit_length()
    while stride := stride >> 1:  # the next bit of the answer
        there = found + stride
        last = rows[every, np.minimum(there, size) - 1]
        fits = (last <= aim) if or_equal else (last < aim)
        found = np.where(fits & (there <= size), there, found)
    return found.reshape(ranked.shape[:-1])


def pit(
    draws: Floats, truth: Floats, noise: Floats | None = None, *, ordered: bool = False
) -> Floats:
    """Probability integral transform: where the truth lies among the draws of the last axis.

    Uniform if the truth is one more draw. ``(below + noise (ties + 1)) / (m + 1)``, where uniform
    `noise` places the truth inside its step; 0.5 without it. Sorted draws need not be searched
    whole: say `ordered`.
    """
    draws, truth = draws_and_truth(draws, truth, ordered=ordered)
    if ordered:
        below = draws_below(draws, truth)
        ties = _ties(draws, truth, below)
    else:
        below = (draws < truth[..., None]).sum(axis=-1)
        ties = (draws == truth[..., None]).sum(axis=-1)
    return _pit(below, ties, draws.shape[-1], noise)


def _ties(ranked: Floats, truth: Floats, below: Ints) -> Ints:
    """How many sorted draws equal a truth that so many are below."""
    at = np.minimum(below, ranked.shape[-1] - 1)[..., None]
    if not (np.take_along_axis(ranked, at, axis=-1)[..., 0] == truth).any():  # as a rule
        return np.zeros_like(below)
    return draws_below(ranked, truth, or_equal=True) - below


def _pit(below: Ints, ties: Ints, size: int, noise: Floats | None = None) -> Floats:
    within = 0.5 if noise is None else np.asarray(noise, dtype=float)
    return np.asarray((below + within * (ties + 1)) / (size + 1))


def central_interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Lower and upper end of the central interval of `level`, from quantiles of the draws.

    Examples
    --------
    >>> central_interval(np.arange(11.0), 0.8)
    (array(1.), array(9.))
    """
    _check_level(level)
    tail = (1 - level) / 2
    low, high = np.quantile(np.asarray(draws, dtype=float), (tail, 1 - tail), axis=-1)
    return np.asarray(low), np.asarray(high)


def sorted_quantiles(ordered: Floats, levels: tuple[float, ...]) -> list[Floats]:
    """Quantiles of draws sorted along the last axis, interpolated as `numpy.quantile` does.

    Examples
    --------
    >>> [float(q) for q in sorted_quantiles(np.array([1.0, 2.0, 4.0]), (0.5, 0.75))]
    [2.0, 3.0]
    """
    found = []
    for level in levels:
        place = level * (ordered.shape[-1] - 1)
        low = min(int(place), max(ordered.shape[-1] - 2, 0))
        high = min(low + 1, ordered.shape[-1] - 1)
        part = place - low
        found.append(np.asarray(ordered[..., low] * (1 - part) + ordered[..., high] * part))
    return found


def interval_score(low: Floats, high: Floats, truth: Floats, level: float) -> Floats:
    """Interval (Winkler) score: width, plus ``2 / (1 - level)`` times the distance outside.

    Examples
    --------
    >>> interval_score(np.array([0.0]), np.array([1.0]), np.array([1.5]), 0.8).round(6)
    array([6.])
    """
    _check_level(level)
    low, high, truth = (np.asarray(x, dtype=float) for x in (low, high, truth))
    if (high < low).any():
        raise SpecError(Fault("an upper end below the lower one", "low ≤ high", "Swap them."))
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return np.asarray(high - low + 2 / (1 - level) * outside)


def covered(low: Floats, high: Floats, truth: Floats) -> Floats:
    """1 where the interval holds the truth (ends included), else 0.

    Examples
    --------
    >>> covered(np.zeros(2), np.ones(2), np.array([0.5, 2.0])).tolist()
    [1.0, 0.0]
    """
    low, high, truth = (np.asarray(x, dtype=float) for x in (low, high, truth))
    return ((low <= truth) & (truth <= high)).astype(np.float64)


def energy_score(draws: Floats, truth: Floats, pairs: int | None = None) -> float:
    """Energy score of one joint outcome (k,) from draws (k, m); of a single number it is the CRPS.

    ``mean‖x - y‖ - mean‖x - x'‖ / 2`` (Gneiting and Raftery 2007). `pairs` estimates the second
    mean from draws that many places apart instead of all pairs: for many draws, in random order.
    """
    draws, truth = draws_and_truth(draws, truth)
    count = draws.shape[1]
    away = float(_lengths(draws - truth[:, None]).mean())
    shifts = range(count) if pairs is None else (s % count for s in range(1, 1 + pairs))
    gaps, between = [], np.empty_like(draws)
    for shift in shifts:
        np.subtract(draws[:, shift:], draws[:, : count - shift], out=between[:, shift:])
        np.subtract(draws[:, :shift], draws[:, count - shift :], out=between[:, :shift])
        gaps.append(_lengths(between).mean())
    return away - float(np.mean(gaps)) / 2


def _lengths(columns: Floats) -> Floats:
    """Euclidean length of each column."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", columns, columns)))


def pit_distance(values: Floats) -> float:
    """Largest distance between the distribution of PIT values and the uniform (Kolmogorov)."""
    ordered = np.sort(np.asarray(values, dtype=float).ravel())
    count = len(ordered)
    steps = np.arange(count + 1) / count
    return float(max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max()))


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise SpecError(Fault(f"level {level}", "between 0 and 1", "Give 0.8 for 80%."))
