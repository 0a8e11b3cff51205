"""Normal equations of many resamples at once: elimination on packed Grams, with rank guards.

Each step of the elimination is one array operation over all resamples, so that a resample's digits
do not depend on which others are computed with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints

PIVOT_TOLERANCE = 1e-10  # pivot left of a column, relative to its own sum of squares


@dataclass(frozen=True, eq=False)
class Elimination:
    """Packed Grams after the elimination of leading columns.

    Parameters
    ----------
    packed : ndarray, shape (p(p+1)/2, B)
        Rows of eliminated columns hold the triangular factor, the others the Schur complement.
    usable : ndarray of bool, shape (c, B)
        False where an eliminated column was in the span of those before it (in that resample);
        it was passed over.
    """

    packed: Floats
    usable: np.ndarray


def row_starts(size: int) -> Ints:
    """Position of the diagonal of each row in a packed upper triangle, shape (p + 1,).

    Examples
    --------
    >>> row_starts(3)
    array([0, 3, 5, 6])
    """
    row = np.arange(size + 1)
    return np.asarray(row * size - row * (row - 1) // 2, dtype=np.intp)


def eliminate(packed: Floats, size: int, count: int) -> Elimination:
    """Eliminate the first `count` columns of packed Grams (symmetric Gaussian elimination).

    Takes `packed` of shape (p(p+1)/2, B); `size`: p; `count`: columns to eliminate.

    Examples
    --------
    >>> done = eliminate(np.array([[4.0], [2.0], [3.0]]), 2, 1)
    >>> done.packed.ravel(), done.usable.ravel()
    (array([4., 2., 2.]), array([ True]))
    """
    work, start = packed.copy(), row_starts(size)
    own = packed[start[:count]]
    usable = np.ones((count, packed.shape[1]), dtype=bool)
    for j in range(count):
        head = work[start[j] : start[j + 1]]
        usable[j] = head[0] > PIVOT_TOLERANCE * own[j]
        ratio = np.where(usable[j], 1.0, 0.0) / np.where(usable[j], head[0], 1.0)
        scaled = head * ratio
        for i in range(j + 1, size):
            work[start[i] : start[i + 1]] -= scaled[i - j] * head[i - j :]
    return Elimination(work, usable)


def back_substitute(done: Elimination, size: int, effects: int, slopes: int) -> Floats:
    """Coefficients of the regressors on the first outcome, shape (k, B).

    Takes `done`: of the first `effects` + `slopes` columns.

    Returns NaN in resamples where a regressor was not usable: none is guessed.

    Examples
    --------
    >>> packed = np.array([[4.0], [2.0], [3.0]])
    >>> back_substitute(eliminate(packed, 2, 1), 2, 0, 1)
    array([[0.5]])
    """
    start = row_starts(size)
    found = np.empty((slopes, done.packed.shape[1]))
    sound = done.usable[effects : effects + slopes].all(axis=0)
    for i in reversed(range(slopes)):
        row = done.packed[start[effects + i] : start[effects + i + 1]]
        rest = row[slopes - i].copy()
        for j in range(i + 1, slopes):
            rest -= row[j - i] * found[j]
        found[i] = np.where(sound, rest, np.nan) / np.where(sound, row[0], 1.0)
    return found


def sub_block(packed: Floats, size: int, columns: Ints) -> Floats:
    """Packed Gram of some columns, in the order given; shape (q(q+1)/2, B).

    Takes `packed` of shape (p(p+1)/2, B); `size`: p; `columns` of shape (q,).
    """
    first, second = np.triu_indices(len(columns))
    low = np.minimum(columns[first], columns[second])
    high = np.maximum(columns[first], columns[second])
    return np.asarray(packed[row_starts(size)[low] + high - low])


def last_coefficient(packed: Floats, size: int) -> tuple[Floats, np.ndarray]:
    """Coefficient of the last regressor, where the last column is the outcome.

    Takes `packed` of shape (p(p+1)/2, B); `size`: p: regressors and outcome.

    Returns coefficients of shape (B,), NaN where the design is short of rank, and where it is not.

    Examples
    --------
    >>> last_coefficient(np.array([[4.0], [2.0], [3.0]]), 2)
    (array([0.5]), array([ True]))
    """
    done = eliminate(packed, size, size - 1)
    sound = np.asarray(done.usable.all(axis=0))
    diagonal, cross = done.packed[-3], done.packed[-2]
    return np.where(sound, cross, np.nan) / np.where(sound, diagonal, 1.0), sound
