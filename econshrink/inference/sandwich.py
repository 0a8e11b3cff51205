"""Sandwich matrices: independent rows, clusters in several ways, repair of what is not positive."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from econshrink.core.arrays import Floats, Ints, group_sums, pair_codes, symmetric
from econshrink.core.errors import Fault, SpecError


def sandwich(bread: Floats, scores: Floats) -> Floats:
    """B (Σ s_i s_i') B, shape (k, k).

    Takes `bread` of shape (k, k); `scores` of shape (G, k): one row an independent unit: a row of
    the data, or a cluster's sum.

    Examples
    --------
    >>> sandwich(np.array([[0.5]]), np.array([[1.0], [-1.0]]))
    array([[0.5]])
    """
    half = scores @ bread
    return np.asarray(half.T @ half)


def clustered_matrix(
    bread: Floats, x: Floats, residuals: Floats, ways: list[Ints], each: bool = False
) -> tuple[Floats, tuple[str, ...]]:
    """Clustered sandwich by inclusion and exclusion, without a small-sample factor.

    Takes `bread` of shape (k, k); `x` of shape (n, k); `residuals` of shape (n,); `ways` of shape
    (n,): codes of the clusterings; `each`: multiply each component by its own G/(G−1).

    Returns the matrix, shape (k, k), and notes: one if negative eigenvalues were set to zero.

    Examples
    --------
    >>> x, u, city = np.ones((3, 1)), np.array([1.0, 1.0, -2.0]), np.array([0, 0, 1])
    >>> clustered_matrix(np.array([[0.5]]), x, u, [city])[0]
    array([[2.]])
    """
    total = np.zeros_like(bread)
    for size in range(1, len(ways) + 1):
        for chosen in combinations(ways, size):
            joint = chosen[0]
            for other in chosen[1:]:
                joint, _ = pair_codes(joint, other)
            count = int(joint.max()) + 1
            part = sandwich(bread, score_sums(x, residuals, joint, count))
            share = count / (count - 1) if each else 1.0
            total = total + (-1) ** (size + 1) * share * part
    return repaired(total) if len(ways) > 1 else (symmetric(total), ())


def score_sums(x: Floats, residuals: Floats, groups: Ints, count: int) -> Floats:
    """Sums of x_i u_i within groups, shape (count, k), without a table of all rows' scores.

    Examples
    --------
    >>> score_sums(np.ones((3, 1)), np.array([1.0, 1.0, -2.0]), np.array([0, 0, 1]), 2)
    array([[ 2.],
           [-2.]])
    """
    sums = np.empty((count, x.shape[1]))
    for place, column in enumerate(x.T):
        sums[:, place] = group_sums(column * residuals, groups, count)
    return sums


def repaired(matrix: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Set negative eigenvalues to zero (after scaling to a unit diagonal), and say so.

    Eigenvalues above −1e-12 of the largest are rounding and leave the matrix as it is.

    Takes `matrix` of shape (k, k).

    Returns the matrix, and a note if it was repaired.

    Raises `SpecError`: no variance is positive: nothing sensible can be made of such a sum.

    Examples
    --------
    >>> fixed, notes = repaired(np.array([[1.0, 2.0], [2.0, 1.0]]))
    >>> fixed.round(3), len(notes)
    (array([[1.5, 1.5],
           [1.5, 1.5]]), 1)
    """
    matrix = symmetric(matrix)
    scale = np.sqrt(np.abs(np.diag(matrix)))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    if values.min() >= -1e-12 * values.max() and (np.diag(matrix) >= 0).all():
        return matrix, ()
    if (np.diag(matrix) <= 0).all():
        raise SpecError(
            Fault(
                "a covariance whose variances are all negative",
                "a sum that is close to positive semi-definite",
                "Use a Bartlett kernel, another cutoff or a single clustering.",
            )
        )
    lifted = (vectors * np.clip(values, 0.0, None)) @ vectors.T * np.outer(scale, scale)
    note = (
        f"covariance was not positive semi-definite (smallest scaled eigenvalue "
        f"{values.min():.3g}); negative eigenvalues were set to zero"
    )
    return symmetric(lifted), (note,)
