"""Many specifications of one regression from one set of cluster Grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve

from econshrink.core.arrays import Floats
from econshrink.inference.gram.grams import ClusterGrams, block_sums, packed, square_index
from econshrink.inference.gram.partial import partial_out
from econshrink.inference.gram.solve import last_coefficient, sub_block

WORST_CONDITION = 1e8  # of a Gram scaled to a unit diagonal; half the digits are left


@dataclass(frozen=True)
class Choice:
    """One specification: which columns are used.

    Parameters
    ----------
    controls : tuple of int
        Positions among the regressors, without the focal one.
    focal : int
        Position of the regressor whose coefficient is asked for.
    outcome : int
        Position among the outcomes.
    """

    controls: tuple[int, ...]
    focal: int
    outcome: int = 0


@dataclass(frozen=True, eq=False)
class CurvePoints:
    """Focal coefficients of S specifications.

    Parameters
    ----------
    coefficients, std_errors : ndarray, shape (S,)
        Clustered standard errors without a small-sample factor.
    conditions : ndarray, shape (S,)
        Condition number of the Gram of the regressors, scaled to a unit diagonal. Results with
        more than `WORST_CONDITION` must not be used.
    """

    coefficients: Floats
    std_errors: Floats
    conditions: Floats


def fold(grams: ClusterGrams) -> Floats:
    """Partial the effects out of the Grams of all clusters, as in the full sample.

    Returns shape (v(v+1)/2, G): packed Grams of the fully demeaned regressors and outcomes of every
    cluster: with A = (D'D)⁻¹D'V over all clusters, (V_g − D_g A)'(V_g − D_g A).

    Examples
    --------
    >>> from econshrink.inference.gram.grams import cluster_grams
    >>> city, year = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> x, y = np.array([[-1.0], [1], [-2], [2]]), np.array([[-1.0], [1], [0], [0]])
    >>> fold(cluster_grams([city, year], x, y, city))
    array([[ 0.5,  0.5],
           [-0.5, -0.5],
           [ 0.5,  0.5]])
    """
    found = np.empty((grams.clusters, grams.columns * (grams.columns + 1) // 2))
    for block in grams.blocks:
        core, cells, normal = block.split(block.table)
        if block.effects:
            total = cells.sum(axis=0)
            if block.even:
                own = (normal / normal.sum())[:, None, None] * (total.T @ total) / normal.sum()
                away = total / normal.sum()
            else:
                away = solve(normal.sum(axis=0), total, assume_a="pos")
                own = away.T @ normal @ away
            cross = cells.transpose(0, 2, 1) @ away
            core = core - cross - cross.transpose(0, 2, 1) + own
        found[block.members] = packed(core)
    return np.ascontiguousarray(found.T)


def curve_points(
    folded: Floats, slopes: int, outcomes: int, choices: Sequence[Choice]
) -> CurvePoints:
    """Focal coefficients and clustered standard errors of all specifications.

    With R the sum of the folded Grams, b = R_AA⁻¹R_Ay and a = R_AA⁻¹e_f; a cluster contributes
    h_g = a'(R_g,Ay − R_g,AA b) to the coefficient, and the variance is Σ h_g². All h of all
    specifications are one matrix product with the packed Grams.

    Takes `folded` of shape (v(v+1)/2, G): see `fold`.

    Examples
    --------
    >>> from econshrink.inference.gram.grams import cluster_grams
    >>> x, y = np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])
    >>> folded = fold(cluster_grams((), x, y, np.array([0, 1])))
    >>> points = curve_points(folded, 1, 1, [Choice((), 0)])
    >>> points.coefficients.round(3), points.std_errors.round(3)
    (array([2.2]), array([0.226]))
    """
    k, size, count = slopes, slopes + outcomes, len(choices)
    total = folded.sum(axis=1)[square_index(size)].reshape(size, size)
    used = np.zeros((count, k))
    focal = np.array([choice.focal for choice in choices])
    outcome = k + np.array([choice.outcome for choice in choices])
    for row, choice in enumerate(choices):
        used[row, [*choice.controls, choice.focal]] = 1.0
    scale = np.sqrt(np.diag(total))[:k]
    matrix = used[:, :, None] * (total[:k, :k] / np.outer(scale, scale)) * used[:, None, :]
    matrix[:, np.arange(k), np.arange(k)] = 1.0  # columns not used solve to zero
    values = np.linalg.eigvalsh(matrix)
    with np.errstate(divide="ignore"):
        conditions = np.where(values[:, 0] > 0, values[:, -1] / values[:, 0], np.inf)
    sound = conditions < 1 / np.finfo(float).eps
    matrix[~sound] = np.eye(k)
    right = np.stack([used * (total[:k, outcome].T / scale), np.eye(k)[focal]], axis=2)
    solved = np.linalg.solve(matrix, right) / scale[:, None]
    coefficients = solved[:, :, 0]
    pull = np.zeros((count, size))
    pull[:, :k] = solved[:, :, 1] / scale[focal][:, None]
    rest = np.zeros((count, size))
    rest[:, :k] = -coefficients
    rest[np.arange(count), outcome] += 1.0
    first, second = np.triu_indices(size)
    product = pull[:, first] * rest[:, second] + pull[:, second] * rest[:, first]
    product[:, first == second] /= 2
    parts = product @ folded
    found = np.where(sound, coefficients[np.arange(count), focal], np.nan)
    return CurvePoints(found, np.sqrt((parts**2).sum(axis=1)), conditions)


def curve_draws(grams: ClusterGrams, choices: Sequence[Choice], weights: Floats) -> Floats:
    """Focal coefficients of all specifications in resamples, shape (B, S).

    The effects are partialled out of every resample's own Gram, so they are estimated afresh.

    Takes `grams`: with effects; `weights` of shape (B, G).

    Returns NaN where a specification is short of rank in a resample.

    Examples
    --------
    >>> from econshrink.inference.gram.grams import cluster_grams
    >>> x, y = np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])
    >>> grams = cluster_grams((), x, y, np.array([0, 1]))
    >>> curve_draws(grams, [Choice((), 0)], np.array([[1.0, 1.0], [2.0, 0.0]])).ravel()
    array([2.2, 3. ])
    """
    left = partial_out(grams, block_sums(grams, weights)).matrix
    size, rows = grams.columns, np.ascontiguousarray(packed(left).T)
    found = np.empty((len(choices), len(weights)))
    for row, choice in enumerate(choices):
        columns = np.array([*choice.controls, choice.focal, grams.slopes + choice.outcome])
        block = sub_block(rows, size, columns)
        found[row], _ = last_coefficient(block, len(columns))
    return np.ascontiguousarray(found.T)
