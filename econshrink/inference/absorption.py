"""Sweep categorical effects out of columns: exact partialling, factored once and reused.

One effect is demeaned. With several, the effect with most levels is demeaned and the dummies of
the others solve their own normal equations (Frisch, Waugh and Lovell), by a pivoted Cholesky
factor when they are few and by conjugate gradients when they are many. Rows ordered by the leading
effect with one other beside it, a panel's usual case, take the road of `within_blocks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from scipy import sparse
from scipy.linalg import lapack, solve_triangular
from scipy.sparse import csgraph

from econshrink.core.arrays import Floats, Ints, group_sums, symmetric
from econshrink.core.errors import ConvergenceError, Fault
from econshrink.inference.within_blocks import (
    MOST_LEVELS,
    Units,
    folded_cross,
    ordered_units,
    sweep_two,
    sweep_units,
)

DENSE_LEVELS = 1500  # up to here the dummies are factored; n³/3 operations, about a second
DENSE_CROSS = 2_000_000  # cells of the table of levels by dummies, 16 MB
RANK_TOLERANCE = 1e-10  # on pivots of a matrix scaled to a diagonal of at most one
RESIDUAL_TOLERANCE = 1e-12  # group means left after the sweep, relative to the column


@dataclass(frozen=True, eq=False)
class Absorber:
    """A projection that removes weighted group means; made by `absorber`.

    Parameters
    ----------
    lead : ndarray of int, shape (n,)
        Codes of the effect that is demeaned.
    lead_weight : ndarray, shape (L,)
        Sum of the weights in each of its levels.
    others : tuple of ndarray of int, each of shape (n,)
        Codes of the other effects.
    kept : ndarray of int or None
        Columns of `rest` that are not redundant; None if there are too many to factor.
    triangle : ndarray or None
        Cholesky factor of the normal equations of the kept columns.
    weights : ndarray or None
    rank : int
        Rank of all dummies together.
    rank_exact : bool
        False if `rank` is the count of levels less the evident redundancies (three or more
        effects that were too large to factor).
    units : Units, optional
        Runs of rows of the leading effect, where they are in order and there is at most one other
        effect, of few levels.
    """

    lead: Ints
    lead_weight: Floats
    others: tuple[Ints, ...]
    kept: Ints | None
    triangle: Floats | None
    weights: Floats | None
    rank: int
    rank_exact: bool
    units: Units | None = None

    @cached_property
    def scale(self) -> Floats:
        """One over the weighted norm of each dummy of the other effects."""
        return _scale(self.others, self.weights)

    @cached_property
    def rest(self) -> sparse.csr_matrix:
        """Dummies of the other effects, scaled to unit weighted norm, shape (n, m)."""
        return _scaled_dummies(self.others, self.scale)


def absorber(effects: Sequence[Ints], weights: Floats | None = None) -> Absorber:
    """Prepare the projection that sweeps out `effects`.

    Takes `effects` of shape (n,): codes 0 … L-1 of every effect, at least one, each level in use;
    `weights` of shape (n,): positive analytic weights.

    With the largest effect demeaned, the normal equations of the remaining dummies D are
    S = D'WD − C' diag(1/w_l) C, where C holds the weights by level and dummy. Redundant dummies
    (one for every connected component of a two-way design) show up as zero pivots.
    """
    order = sorted(range(len(effects)), key=lambda i: (-int(effects[i].max()), i))
    lead, others = effects[order[0]], tuple(effects[i] for i in order[1:])
    levels, further = int(lead.max()) + 1, sum(int(codes.max()) + 1 for codes in others)
    units = ordered_units(lead) if len(others) < 2 and further <= MOST_LEVELS else None
    if weights is not None:
        lead_weight = group_sums(weights, lead, levels)
    else:
        lead_weight = (np.bincount(lead) if units is None else units.lengths).astype(float)
    if not others:
        return Absorber(lead, lead_weight, (), None, None, weights, levels, True, units)
    if further > DENSE_LEVELS:
        rank, exact = _counted_rank(lead, others)
        return Absorber(lead, lead_weight, others, None, None, weights, rank, exact)
    if units is not None:
        scale = _scale(others, weights)
        folded = folded_cross(units, others[0], further, weights, lead_weight)
        normal = symmetric(np.eye(further) - scale[:, None] * folded * scale)
    else:
        weight = np.ones(len(lead)) if weights is None else weights
        rest = _scaled_dummies(others, _scale(others, weights))
        normal = _normal_equations(rest, lead, lead_weight, weight)
    triangle, pivots, rank, _ = lapack.dpstrf(normal, tol=RANK_TOLERANCE, lower=0)
    kept = pivots[:rank].astype(np.intp) - 1
    upper = np.triu(triangle[:rank, :rank])
    rank = levels + int(rank)
    return Absorber(lead, lead_weight, others, kept, upper, weights, rank, True, units)


def sweep(projection: Absorber, values: Floats) -> Floats:
    """Remove the effects from `values`; the result is orthogonal to every dummy.

    Takes `values` of shape (n,) or (n, k).

    Returns an array of the shape of `values`.

    Raises `ConvergenceError`: the iterations for very many levels did not reach 1e-12.
    """
    columns = values.reshape(len(values), -1)
    if projection.units is not None:
        found = np.array(columns.T, order="C")
        sweep_columns(projection, tuple(found))
        return np.ascontiguousarray(found.T).reshape(values.shape)
    swept = _demean(projection, columns)
    if not projection.others:
        swept = _demean(projection, swept)  # the second removes rounding
    else:
        goal = RESIDUAL_TOLERANCE * np.sqrt((swept**2).sum(axis=0))
        for _ in range(2):  # again, the second removes rounding
            swept = _demean(projection, swept - projection.rest @ _solve(projection, swept, goal))
    return swept.reshape(values.shape)


def sweep_columns(projection: Absorber, columns: Sequence[Floats]) -> None:
    """`sweep` of separate columns of shape (n,), each in one piece, in place."""
    units, weights, lead_weight = projection.units, projection.weights, projection.lead_weight
    if units is None:
        swept = sweep(projection, np.column_stack(tuple(columns)))
        for column, values in zip(columns, swept.T, strict=True):
            column[:] = values
    elif not projection.others:
        sweep_units(units, columns, weights, lead_weight)
    else:
        solve = partial(_solve_factored, projection)
        other, scale = projection.others[0], projection.scale
        sweep_two(units, other, scale, columns, weights, lead_weight, solve)


def leverages(projection: Absorber, block: int = 4096) -> Floats:
    """Diagonal of the (weighted) projection on the dummies, shape (n,).

    Raises `ConvergenceError`: there are too many levels to factor their normal equations.
    """
    weight = np.ones(len(projection.lead)) if projection.weights is None else projection.weights
    diagonal = weight / projection.lead_weight[projection.lead]
    if not projection.others:
        return diagonal
    if projection.kept is None or projection.triangle is None:
        raise ConvergenceError(
            Fault(
                f"effects with {projection.rest.shape[1]} further levels",
                f"at most {DENSE_LEVELS} where leverages are needed",
                "Use HC1 or clustered standard errors.",
            )
        )
    dummies = sparse.csr_matrix(projection.rest[:, projection.kept])
    means = _lead_means(dummies, projection, weight)
    for start in range(0, len(weight), block):
        rows = slice(start, start + block)
        centred = dummies[rows].toarray() - means[projection.lead[rows]]
        half = solve_triangular(projection.triangle, centred.T, trans="T")
        diagonal[rows] += weight[rows] * (half**2).sum(axis=0)
    return diagonal


def _dummies(codes: Ints) -> sparse.csr_matrix:
    n = len(codes)
    return sparse.csr_matrix((np.ones(n), codes, np.arange(n + 1)), shape=(n, int(codes.max()) + 1))


def _scale(effects: Sequence[Ints], weights: Floats | None) -> Floats:
    """One over the weighted norm of each dummy of several effects, one effect after another."""
    totals = [np.bincount(codes, weights).astype(float) for codes in effects]
    return np.asarray(1.0 / np.sqrt(np.concatenate(totals)))


def _scaled_dummies(effects: Sequence[Ints], scale: Floats) -> sparse.csr_matrix:
    """Dummies of several effects side by side, each column of unit weighted norm."""
    sizes = [int(codes.max()) + 1 for codes in effects]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
    columns = np.column_stack([c + o for c, o in zip(effects, offsets[:-1], strict=True)])
    rows = np.arange(len(columns) + 1) * len(effects)
    shape = (len(columns), int(offsets[-1]))
    return sparse.csr_matrix((scale[columns].ravel(), columns.ravel(), rows), shape=shape)


def _lead_means(dummies: sparse.csr_matrix, projection: Absorber, weight: Floats) -> Floats:
    """Weighted means of the dummies in each level of the leading effect, dense."""
    sums = (_dummies(projection.lead).T @ dummies.multiply(weight[:, None])).toarray()
    return np.asarray(sums / projection.lead_weight[:, None])


def _normal_equations(
    rest: sparse.csr_matrix, lead: Ints, lead_weight: Floats, weight: Floats
) -> Floats:
    repeats = np.diff(rest.indptr)
    data = rest.data * np.repeat(weight, repeats)
    weighted = sparse.csr_matrix((data, rest.indices, rest.indptr), shape=rest.shape)
    size = len(lead_weight) * rest.shape[1]
    if size <= DENSE_CROSS:  # a table of weights by level and dummy, counted
        place = np.repeat(lead, repeats) * rest.shape[1] + rest.indices
        cross = np.bincount(place, data, size).reshape(-1, rest.shape[1])
        folded = cross.T @ (cross / lead_weight[:, None])
        return symmetric((rest.T @ weighted).toarray() - folded)
    sums = _dummies(lead).T @ weighted
    scaled = sparse.diags(1.0 / lead_weight) @ sums
    return symmetric((rest.T @ weighted - sums.T @ scaled).toarray())


def _counted_rank(lead: Ints, others: Sequence[Ints]) -> tuple[int, bool]:
    levels = [int(codes.max()) + 1 for codes in (lead, *others)]
    if len(others) > 1:
        return sum(levels) - len(others), False
    links = sparse.coo_matrix(
        (np.ones(len(lead)), (lead, levels[0] + others[0])), shape=(sum(levels),) * 2
    )
    parts, _ = csgraph.connected_components(links, directed=False)
    return sum(levels) - int(parts), True


def _demean(projection: Absorber, columns: Floats) -> Floats:
    weights = projection.weights
    weighted = columns if weights is None else columns * weights[:, None]
    sums = group_sums(weighted, projection.lead, len(projection.lead_weight))
    return columns - (sums / projection.lead_weight[:, None])[projection.lead]


def _solve(projection: Absorber, swept: Floats, goal: Floats) -> Floats:
    """Coefficients of the scaled dummies in a regression on columns that are demeaned."""
    weights = projection.weights
    weighted = swept if weights is None else swept * weights[:, None]
    right = np.asarray(projection.rest.T @ weighted)
    if projection.kept is None:
        return _conjugate_gradients(projection, right, goal**2)
    return _solve_factored(projection, right)


def _solve_factored(projection: Absorber, right: Floats) -> Floats:
    """The same from sums by dummy, shape (m, v)."""
    kept, triangle = projection.kept, projection.triangle
    assert kept is not None
    assert triangle is not None
    solution = np.zeros_like(right)
    half = solve_triangular(triangle, right[kept], trans="T")
    solution[kept] = solve_triangular(triangle, half)
    return solution


def _conjugate_gradients(
    projection: Absorber, right: Floats, goal: Floats, limit: int = 5000
) -> Floats:
    rest, weights = projection.rest, projection.weights
    solution = np.zeros_like(right)
    residual, direction = right.copy(), right.copy()
    size = (residual**2).sum(axis=0)
    for _ in range(limit):
        active = size > goal
        if not active.any():
            return solution
        moved = _demean(projection, np.asarray(rest @ direction))
        image = np.asarray(rest.T @ (moved if weights is None else moved * weights[:, None]))
        curvature = (direction * image).sum(axis=0)
        step = np.where(active, size / np.where(active, curvature, 1.0), 0.0)
        solution = solution + step * direction
        residual = residual - step * image
        fresh = (residual**2).sum(axis=0)
        ratio = np.where(active, fresh / np.where(active, size, 1.0), 0.0)
        direction = residual + ratio * direction
        size = fresh
    raise ConvergenceError(
        Fault(
            f"effects not swept out to {RESIDUAL_TOLERANCE} after {limit} iterations",
            "effects whose levels are well connected",
            "Drop levels that are linked by few rows, or use fewer effects.",
        )
    )
