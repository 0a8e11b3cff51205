"""Coefficients without one unit after the other, from the rows of each unit alone.

With X the swept regressors of a unit (times root weights), e its residuals and H its part of the
projection on regressors and effects of time, leaving the unit out moves the coefficients by
(X'X)⁻¹ X_u' (I − H_u)⁻¹ e_u (Cook 1977), effects of time estimated afresh: no other unit is read.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from econshrink.big.kernel.moments import Sample
from econshrink.core.arrays import Floats

AT_ONCE = 4096  # units: their matrices of times by times take some MB
SINGULAR = 1e-10  # smallest eigenvalue of I − H below which a unit carries something alone


def left_out_changes(
    rows: Floats, one: Sample, bread: Floats, inverse: Floats, times: int
) -> tuple[Floats, int]:
    """B − b without each unit, shape (U, k), and how many units cannot be spared.

    Takes `rows` of shape (k + 1, n): swept regressors and residuals, without root weights;
    `bread` of shape (k, k); `inverse` of shape (T, T): of the normal equations of time.
    """
    changes = np.empty((len(one.chosen), len(rows) - 1))
    lost = 0
    for block, table, weight in _dense(rows, one, times):
        x, e = table[:, :, :-1], table[:, :, -1]
        hat = x @ bread @ x.transpose(0, 2, 1) + _time_part(weight, inverse)
        slack = np.eye(times) - hat
        solved, bad = _solve(slack, e, x)
        lost += bad
        changes[block] = np.einsum("utk,ut->uk", x, solved) @ bread
    return changes, lost


def changes_one_way(grams: Floats, whole: Floats) -> tuple[Floats, int]:
    """The same without effects of time, from the Grams of the units alone.

    Takes `grams` of shape (U, k + 1, k + 1): regressors and residuals; `whole`: their sum.
    """
    k = len(whole) - 1
    scale = np.sqrt(np.diag(whole)[:k])
    rest = (whole[:k, :k] - grams[:, :k, :k]) / np.outer(scale, scale)
    bad = np.linalg.eigvalsh(rest)[:, 0] < SINGULAR
    rest[bad] = np.eye(k)
    moved = np.linalg.solve(rest, (grams[:, :k, k] / scale)[:, :, None])[:, :, 0]
    return np.asarray(moved / scale, dtype=float), int(bad.sum())


def _dense(rows: Floats, one: Sample, times: int) -> Iterator[tuple[slice, Floats, Floats]]:
    """Blocks of (units, times, columns) times root weights; zero where there is no row."""
    starts, lengths = one.units.starts, one.units.lengths
    root = None if one.weights is None else np.sqrt(one.weights)
    for first in range(0, len(starts), AT_ONCE):
        block = slice(first, min(first + AT_ONCE, len(starts)))
        begin, end = int(starts[block][0]), int(starts[block][-1] + lengths[block][-1])
        here = slice(begin, end)
        size = block.stop - block.start
        cell = np.repeat(np.arange(size), lengths[block]) * times + one.level[here]
        table = np.zeros((size * times, len(rows)))
        weight = np.zeros(size * times)
        weight[cell] = 1.0 if one.weights is None else one.weights[here]
        values = rows[:, here] if root is None else rows[:, here] * root[here]
        table[cell] = values.T
        yield block, table.reshape(size, times, len(rows)), weight.reshape(size, times)


def _time_part(weight: Floats, inverse: Floats) -> Floats:
    """Projection on the dummies of time without unit means, shape (units, T, T)."""
    total = weight.sum(axis=1)
    folded = weight @ inverse
    level = np.einsum("ut,ut->u", folded, weight) / total**2
    mean = folded / total[:, None]
    inner = inverse[None] - mean[:, :, None] - mean[:, None, :] + level[:, None, None]
    root = np.sqrt(weight)
    part: Floats = root[:, :, None] * inner * root[:, None, :]
    return part


def _solve(slack: Floats, e: Floats, x: Floats) -> tuple[Floats, int]:
    """(I − H)⁻¹ e; where I − H is singular, the least-norm solution, if it matters not."""
    try:
        smallest = np.einsum("uii->ui", np.linalg.cholesky(slack)).min() ** 2
        if smallest > SINGULAR:
            return np.asarray(np.linalg.solve(slack, e[:, :, None])[:, :, 0], dtype=float), 0
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(slack)
    gone = values < SINGULAR
    onto = np.einsum("uts,utk->usk", vectors, x)
    size = np.sqrt((x**2).sum(axis=1)).max(initial=0.0)
    needed = gone & (np.abs(onto) > 1e-6 * max(size, 1e-300)).any(axis=2)
    along = np.einsum("uts,ut->us", vectors, e) / np.where(gone, 1.0, values)
    along[gone] = 0.0
    return np.einsum("uts,us->ut", vectors, along), int(needed.any(axis=1).sum())
