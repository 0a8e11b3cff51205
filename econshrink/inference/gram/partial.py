"""Effects partialled out of many resamples at once, and their coefficients, with rank guards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.inference.gram.grams import ClusterGrams, GramBlock, packed, square_index
from econshrink.inference.gram.solve import PIVOT_TOLERANCE, back_substitute, eliminate, row_starts

TINY = np.finfo(float).tiny


@dataclass(frozen=True, eq=False)
class Partialled:
    """Normal equations of B resamples after the effects are gone.

    Parameters
    ----------
    matrix : ndarray, shape (B, v, v)
        Cross products of regressors and outcomes.
    own : ndarray, shape (B, v)
        Their sums of squares before: what the rank guard measures pivots against.
    fewer : ndarray of bool, shape (B,)
        True where a dummy was absent or redundant (a year without rows).
    """

    matrix: Floats
    own: Floats
    fewer: np.ndarray


def partial_out(grams: ClusterGrams, sums: Sequence[Floats]) -> Partialled:
    """Partial the effects across clusters out of every resample, block by block.

    Takes `sums`: see `block_sums`.

    With D the dummies of a block and V the other columns, V'V − V'D (D'D)⁻¹ D'V. Where D'D is a
    multiple n of the identity that is V'V − (D'V)'(D'V) / n; elsewhere D'D is factored in every
    resample.
    """
    size, v = len(sums[0]), grams.columns
    matrix, own = np.zeros((size, v, v)), np.zeros((size, v))
    fewer = np.zeros(size, dtype=bool)
    for block, rows in zip(grams.blocks, sums, strict=True):
        core, cells, normal = block.split(rows)
        own += np.einsum("bii->bi", core)
        matrix += core
        if block.even:
            share = np.where(normal > 0, normal, 1.0)[:, None, None]  # no cluster drawn: no cells
            matrix -= cells.transpose(0, 2, 1) @ cells / share
            fewer |= normal <= 0
        elif block.effects:
            fitted, short = _explained(block, core, cells, normal)
            matrix -= fitted
            fewer |= short
    return Partialled(matrix, own, fewer)


def coefficients(found: Partialled, slopes: int) -> tuple[Floats, np.ndarray]:
    """Coefficients of the regressors on the first outcome.

    Takes `slopes`: regressors k, the first columns.

    Returns coefficients, shape (B, k), NaN where the regressors are short of rank (none is
    guessed), and where they are.
    """
    system = found.matrix[:, : slopes + 1, : slopes + 1].copy()
    own = found.own[:, : slopes + 1]
    system[:, slopes, slopes] += own[:, slopes] + TINY  # so that the last pivot is positive
    try:
        lower = np.linalg.cholesky(system)
    except np.linalg.LinAlgError:
        done = eliminate(np.ascontiguousarray(packed(system).T), slopes + 1, slopes)
        solved = back_substitute(done, slopes + 1, 0, slopes).T
        lost = ~done.usable.all(axis=0)
        pivots = done.packed[row_starts(slopes + 1)[:slopes]].T
    else:
        pivots = np.einsum("bii->bi", lower)[:, :slopes] ** 2
        lost = np.zeros(len(system), dtype=bool)
        solved = np.empty((len(system), slopes))
        for i in reversed(range(slopes)):
            known = (lower[:, i + 1 : slopes, i] * solved[:, i + 1 :]).sum(axis=1)
            solved[:, i] = (lower[:, slopes, i] - known) / lower[:, i, i]
    lost = lost | (pivots <= PIVOT_TOLERANCE * own[:, :slopes]).any(axis=1)
    solved[lost] = np.nan
    return solved, np.asarray(lost)


def _explained(
    block: GramBlock, core: Floats, cells: Floats, normal: Floats
) -> tuple[Floats, np.ndarray]:
    """V'D (D'D)⁻¹ D'V of every resample, redundant dummies passed over, and where there are any.

    The Cholesky factor of [D'D, D'V; V'D, big] holds L⁻¹D'V in its last rows; with a big multiple
    of the identity below, that factor exists whatever V is.
    """
    m, v = block.effects, block.columns
    own = np.einsum("bii->bi", normal)
    absent = own == 0
    whole = np.zeros((len(core), m + v, m + v))
    whole[:, :m, :m], whole[:, m:, :m] = normal, cells.transpose(0, 2, 1)
    whole[:, np.arange(m), np.arange(m)] += absent  # a year without rows solves to zero
    big = 2 * np.einsum("bii->b", core) + TINY
    whole[:, np.arange(m, m + v), np.arange(m, m + v)] = big[:, None]
    try:
        lower = np.linalg.cholesky(whole)  # reads the lower triangle alone
    except np.linalg.LinAlgError:
        return _explained_slowly(block, core, cells, normal)
    pivots = np.einsum("bii->bi", lower)[:, :m] ** 2
    if (~absent & (pivots <= PIVOT_TOLERANCE * own)).any():
        return _explained_slowly(block, core, cells, normal)
    half = lower[:, m:, :m]
    return np.asarray(half @ half.transpose(0, 2, 1)), absent.any(axis=1)


def _explained_slowly(
    block: GramBlock, core: Floats, cells: Floats, normal: Floats
) -> tuple[Floats, np.ndarray]:
    m, v = block.effects, block.columns
    whole = np.concatenate(
        [
            np.concatenate([normal, cells], axis=2),
            np.concatenate([cells.transpose(0, 2, 1), core], axis=2),
        ],
        axis=1,
    )
    done = eliminate(np.ascontiguousarray(packed(whole).T), m + v, m)
    left = done.packed[-(v * (v + 1) // 2) :].T[:, square_index(v)].reshape(-1, v, v)
    return core - left, np.asarray(~done.usable.all(axis=0))
