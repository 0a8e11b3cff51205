"""Fixed effects from sums: what a part of the rows adds to the normal equations.

One pass over the rows gives the cross products of columns whose unit means are gone, their sums by
time and the table of units by times folded over units: these are the normal equations of a
two-way regression (Frisch, Waugh and Lovell). A second pass, with the effects of time known,
sweeps the rows and forms one Gram a unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.linalg import lapack, solve_triangular

from econshrink.core.arrays import Floats, Ints, symmetric
from econshrink.inference.absorption import RANK_TOLERANCE
from econshrink.inference.within_blocks import ROWS, Units, folded_cross, sweep_units


@dataclass(frozen=True, eq=False)
class Sample:
    """The rows of a part that the regression uses.

    Parameters
    ----------
    columns : tuple of ndarray, shape (n,)
        Outcome, then regressors.
    level : ndarray of int, shape (n,)
        Position of the time.
    weights : ndarray, shape (n,), optional
    units : Units
    chosen : ndarray of int, shape (U,)
        Which units of the part are left.
    counts : dict
        Rows ``missing``, ``zero_weight``, ``unit`` and ``time`` (singletons) left out.
    gaps : list of int
        Empty cells of each column and of the weights.
    negative : int
        Negative weights.
    """

    columns: tuple[Floats, ...]
    level: Ints
    weights: Floats | None
    units: Units
    chosen: Ints
    counts: dict[str, int]
    gaps: list[int]
    negative: int

    @property
    def unit_weight(self) -> Floats:
        """Sum of the weights of each unit."""
        if self.weights is None:
            return self.units.lengths.astype(float)
        if not len(self.weights):
            return np.zeros(0)
        return np.asarray(np.add.reduceat(self.weights, self.units.starts))


def sample(
    columns: Sequence[Floats],
    weights: Floats | None,
    level: Ints,
    lengths: Ints,
    alone: Ints,
    *,
    keep_singletons: bool,
) -> Sample:
    """Leave out rows with gaps, without weight, of the times `alone`, and units of one row."""
    everything = [*columns, weights] if weights is not None else list(columns)
    missing = np.zeros(len(level), dtype=bool)
    gaps = []
    for column in everything:
        empty = np.isnan(column)
        gaps.append(int(empty.sum()))
        missing |= empty
    idle = np.zeros(len(level), dtype=bool) if weights is None else ~missing & (weights == 0)
    negative = 0 if weights is None else int((weights[~missing] < 0).sum())
    single = ~missing & ~idle & np.isin(level, alone) if len(alone) else np.zeros(0, dtype=bool)
    used = ~(missing | idle)
    if len(single):
        used &= ~single
    code = np.repeat(np.arange(len(lengths)), lengths)
    left = np.bincount(code[used], minlength=len(lengths))
    solitary = left == 1 if not keep_singletons else np.zeros(len(left), dtype=bool)
    if solitary.any():
        used &= ~solitary[code]
    chosen = np.flatnonzero((left > 0) & ~solitary)
    kept = left[chosen].astype(np.intp)
    starts = np.concatenate([[0], np.cumsum(kept)[:-1]]).astype(np.intp) if len(kept) else kept
    whole = bool(used.all())
    counts = {
        "missing": int(missing.sum()),
        "zero_weight": int(idle.sum()),
        "time": int(single.sum()),
        "unit": int(solitary.sum()),
    }
    return Sample(
        tuple(columns) if whole else tuple(column[used] for column in columns),
        level if whole else level[used],
        weights if whole or weights is None else weights[used],
        _blocks(starts, kept),
        chosen,
        counts,
        gaps,
        negative,
    )


def _blocks(starts: Ints, lengths: Ints) -> Units:
    total = int(lengths.sum())
    cuts = np.unique(np.append(np.searchsorted(starts, np.arange(0, total, ROWS)), len(starts)))
    return Units(starts, lengths, cuts.astype(np.intp))


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over the rows of a part; v columns, T times.

    Parameters
    ----------
    counts : ndarray, shape (7 + v + 1,)
        Rows, rows used, units, the four reasons of `Sample.counts`; then gaps of each column (and
        of the weights, or 0).
    low, high : ndarray, shape (v,)
    raw : ndarray, shape (v, 3)
        Mean, sum of squares about it and sum of squares of each column, without weights.
    outcome : ndarray, shape (3,)
        Weight, weighted mean of the outcome and weighted squares about it.
    times : ndarray, shape (2, T)
        Rows and weight of each time.
    folded : ndarray, shape (T, T)
        C' diag(1/w_u) C, with C the weights by unit and time.
    sums : ndarray, shape (v, T)
        Weighted sums by time of the columns without unit means.
    gram : ndarray, shape (v, v)
        Their weighted cross products.
    negative : ndarray, shape (1,)
    """

    counts: Floats
    low: Floats
    high: Floats
    raw: Floats
    outcome: Floats
    times: Floats
    folded: Floats
    sums: Floats
    gram: Floats
    negative: Floats

    def packed(self) -> dict[str, Any]:
        """Lists that JSON gives back bit for bit."""
        return {one.name: getattr(self, one.name).tolist() for one in fields(self)}

    @classmethod
    def unpacked(cls, kept: dict[str, Any]) -> Moments:
        """From `packed`."""
        return cls(**{one.name: np.array(kept[one.name], dtype=float) for one in fields(cls)})


def moments(one: Sample, rows: int, times: int, *, two_way: bool) -> Moments:
    """What the rows of a part add up to; without `two_way`, nothing by pairs of times."""
    wide = times if two_way else 0
    v, n = len(one.columns), len(one.level)
    weights = [one.counts[name] for name in ("missing", "zero_weight", "time", "unit")]
    gaps = one.gaps if one.weights is not None else [*one.gaps, 0]
    counts = np.array([rows, n, len(one.chosen), *weights, *gaps], dtype=float)
    if not n:
        return Moments(
            counts,
            np.full(v, np.inf),
            np.full(v, -np.inf),
            np.zeros((v, 3)),
            np.zeros(3),
            np.zeros((2, times)),
            np.zeros((wide, wide)),
            np.zeros((v, wide)),
            np.zeros((v, v)),
            np.array([float(one.negative)]),
        )
    swept = np.array(one.columns)
    sweep_units(one.units, tuple(swept), one.weights, one.unit_weight)
    weighted = swept if one.weights is None else swept * one.weights
    sums = np.zeros((v, wide))
    for place, row in enumerate(weighted if two_way else ()):
        sums[place] = np.bincount(one.level, row, times)
    raw = np.empty((v, 3))
    for place, column in enumerate(one.columns):
        mean = float(column.mean())
        about = column - mean
        raw[place] = mean, about @ about, column @ column
    y, w = one.columns[0], one.weights
    size = float(n) if w is None else float(w.sum())
    centre = float(raw[0, 0]) if w is None else float(w @ y) / size
    about = y - centre
    outcome = np.array([size, centre, about @ (about if w is None else w * about)])
    present = np.bincount(one.level, minlength=times).astype(float)
    heavy = present if w is None else np.bincount(one.level, w, times).astype(float)
    folded = (
        folded_cross(one.units, one.level, times, w, one.unit_weight)
        if two_way
        else np.zeros((0, 0))
    )
    return Moments(
        counts,
        np.array([column.min() for column in one.columns]),
        np.array([column.max() for column in one.columns]),
        raw,
        outcome,
        np.stack([present, heavy]),
        folded,
        sums,
        weighted @ swept.T,
        np.array([float(one.negative)]),
    )


def added(parts: Sequence[Moments]) -> Moments:
    """Sums over all parts, in their order."""
    total = parts[0]
    for part in parts[1:]:
        total = Moments(
            total.counts + part.counts,
            np.minimum(total.low, part.low),
            np.maximum(total.high, part.high),
            _joined_raw(total, part),
            _joined(total.outcome, part.outcome),
            total.times + part.times,
            total.folded + part.folded,
            total.sums + part.sums,
            total.gram + part.gram,
            total.negative + part.negative,
        )
    return total


def _joined(a: Floats, b: Floats) -> Floats:
    """Weight, mean and squares about it of two sets together (Chan, Golub and LeVeque 1983)."""
    size = a[0] + b[0]
    if not size:
        return a
    gap = b[1] - a[1]
    return np.array([size, a[1] + gap * b[0] / size, a[2] + b[2] + gap**2 * a[0] * b[0] / size])


def _joined_raw(a: Moments, b: Moments) -> Floats:
    found = np.empty_like(a.raw)
    for place, (one, two) in enumerate(zip(a.raw, b.raw, strict=True)):
        left, right = (np.array([x.counts[1], *y[:2]]) for x, y in ((a, one), (b, two)))
        found[place] = *_joined(left, right)[1:], one[2] + two[2]
    return found


@dataclass(frozen=True, eq=False)
class TimeEffects:
    """The normal equations of the time dummies, unit means gone, solved.

    Parameters
    ----------
    inverse : ndarray, shape (T, T)
        A generalised inverse of them; zero without time effects.
    rank : int
    kept : ndarray of int
        Times whose dummies are not redundant.
    """

    inverse: Floats
    rank: int
    kept: Ints


def time_effects(total: Moments) -> TimeEffects:
    """Factor the normal equations D'WD − C' diag(1/w_u) C, redundant dummies left out."""
    weight = total.times[1]
    there = weight > 0
    scale = np.where(there, 1 / np.sqrt(np.where(there, weight, 1.0)), 0.0)
    normal = symmetric(np.diag(there.astype(float)) - scale[:, None] * total.folded * scale)
    triangle, pivots, rank, _ = lapack.dpstrf(normal, tol=RANK_TOLERANCE, lower=0)
    kept = pivots[:rank].astype(np.intp) - 1
    upper = np.triu(triangle[:rank, :rank])
    half = solve_triangular(upper, np.eye(int(rank)), trans="T")
    inverse = np.zeros_like(normal)
    inverse[np.ix_(kept, kept)] = half.T @ half
    return TimeEffects(scale[:, None] * inverse * scale, int(rank), np.sort(kept))


def swept_rows(one: Sample, shift: Floats | None) -> Floats:
    """Columns without unit means and time effects, shape (v, n); `shift` of shape (v, T)."""
    swept = np.array(one.columns)
    sweep_units(one.units, tuple(swept), one.weights, one.unit_weight)
    if shift is not None:
        for row, moved in zip(swept, shift, strict=True):
            np.subtract(row, moved[one.level], out=row)
        sweep_units(one.units, tuple(swept), one.weights, one.unit_weight)
    return swept


def unit_grams(rows: Floats, weights: Floats | None, units: Units) -> Floats:
    """Upper triangle of each unit's cross products, packed row by row: shape (U, v(v+1)/2)."""
    first, second = np.triu_indices(len(rows))
    found = np.empty((len(units.starts), len(first)))
    weighted = rows if weights is None else rows * weights
    for place, (i, j) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        found[:, place] = np.add.reduceat(weighted[i] * rows[j], units.starts)
    return found
