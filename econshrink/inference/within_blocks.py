"""Sweep one or two effects out of rows ordered by the first, a block of whole units at a time.

The dummies of the second effect, say years, solve their own normal equations (Frisch, Waugh and
Lovell). A block of about 32,000 rows stays in cache while its unit means, its year sums and its
part of the table of units by years are formed, so every pass reads the rows once and no sparse
matrix is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints

ROWS = 32_768  # in a block: five columns of them are 1.3 MB
MOST_LEVELS = 256  # of the second effect: a block's table of units by levels is dense
ROUNDING = 1e-15  # sums by level that are left, relative to the column: sweep again above it
SMALL = 200_000  # rows that are swept twice without asking

Solve = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Units:
    """Runs of rows that belong to one unit, and the blocks they are taken in.

    Parameters
    ----------
    starts : ndarray of int, shape (U,)
        First row of each unit.
    lengths : ndarray of int, shape (U,)
    cuts : ndarray of int, shape (B + 1,)
        First unit of each block, and U.
    """

    starts: Ints
    lengths: Ints
    cuts: Ints

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        """Units and rows of each block."""
        ends = np.append(self.starts, self.starts[-1] + self.lengths[-1])
        for first, last in zip(self.cuts[:-1], self.cuts[1:], strict=True):
            yield slice(int(first), int(last)), slice(int(ends[first]), int(ends[last]))


def ordered_units(lead: Ints) -> Units | None:
    """Units of rows whose codes 0, 1, … are in order, or None if they are not.

    Examples
    --------
    >>> ordered_units(np.array([0, 0, 1])).starts
    array([0, 2])
    >>> ordered_units(np.array([0, 1, 0])) is None
    True
    """
    if not len(lead):
        return None
    starts = np.flatnonzero(lead[1:] != lead[:-1]) + 1
    starts = np.concatenate([[0], starts]).astype(np.intp)
    if lead[0] != 0 or len(starts) != int(lead[-1]) + 1 or (np.diff(lead[starts]) != 1).any():
        return None
    lengths = np.diff(starts, append=len(lead))
    goals = np.arange(0, len(lead), ROWS)
    cuts = np.unique(np.append(np.searchsorted(starts, goals), len(starts)))
    return Units(starts, lengths, cuts.astype(np.intp))


def folded_cross(
    units: Units, second: Ints, levels: int, weights: Floats | None, unit_weight: Floats
) -> Floats:
    """C' diag(1/w_u) C, shape (levels, levels), with C the weights by unit and level."""
    total = np.zeros((levels, levels))
    for who, rows in units.blocks():
        count = who.stop - who.start
        local = np.repeat(np.arange(count) * levels, units.lengths[who])
        weight = None if weights is None else weights[rows]
        cross = np.bincount(local + second[rows], weight, count * levels).reshape(count, levels)
        total += cross.T @ (cross / unit_weight[who, None])
    return total


def sweep_units(
    units: Units, columns: Sequence[Floats], weights: Floats | None, unit_weight: Floats
) -> None:
    """Remove unit means from columns of shape (n,), in place, twice against rounding."""
    for who, rows in units.blocks():
        part = [column[rows] for column in columns]
        for _ in range(2):
            _demean(part, units, who, rows, weights, unit_weight)


def sweep_two(
    units: Units,
    second: Ints,
    scale: Floats,
    columns: Sequence[Floats],
    weights: Floats | None,
    unit_weight: Floats,
    solve: Solve,
) -> None:
    """Remove unit means and the second effect from columns of shape (n,), in place.

    Takes `scale` of shape (levels,): the factor that brings each level's dummy to unit norm;
    `solve`: from sums of demeaned columns by scaled dummy, shape (levels, v), to their
    coefficients.
    """
    sums = np.zeros((len(columns), len(scale)))
    for who, rows in units.blocks():
        part = [column[rows] for column in columns]
        _demean(part, units, who, rows, weights, unit_weight)
        _demean(part, units, who, rows, weights, unit_weight)
        _add_sums(sums, part, second[rows], None if weights is None else weights[rows])
    for turn in range(3):
        shift = scale[:, None] * solve(scale[:, None] * sums.T)
        sums = np.zeros_like(sums)
        size = np.zeros(len(columns))
        for who, rows in units.blocks():
            part, level = [column[rows] for column in columns], second[rows]
            for row, moved in zip(part, shift.T, strict=True):
                np.subtract(row, moved[level], out=row)
            _demean(part, units, who, rows, weights, unit_weight)
            weight = None if weights is None else weights[rows]
            _add_sums(sums, part, level, weight)
            size += [np.einsum("i,i", row, row if weight is None else row * weight) for row in part]
        left = np.abs(sums * scale).max(axis=1, initial=0.0)
        if (turn or len(second) > SMALL) and (left <= ROUNDING * np.sqrt(size)).all():
            break


def _demean(
    part: Sequence[Floats],
    units: Units,
    who: slice,
    rows: slice,
    weights: Floats | None,
    unit_weight: Floats,
) -> None:
    """Take each unit's mean from the columns of a block, in place."""
    starts = units.starts[who] - rows.start
    lengths = units.lengths[who]
    share = 1.0 / unit_weight[who]
    for row in part:
        weighted = row if weights is None else row * weights[rows]
        means = np.add.reduceat(weighted, starts) * share
        np.subtract(row, np.repeat(means, lengths), out=row)


def _add_sums(sums: Floats, part: Sequence[Floats], level: Ints, weight: Floats | None) -> None:
    for total, row in zip(sums, part, strict=True):
        weighted = row if weight is None else row * weight
        np.add(total, np.bincount(level, weighted, len(total)), out=total)
