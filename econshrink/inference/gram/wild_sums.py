"""Sums over clusters that make a wild bootstrap t: draw by draw, or expanded into products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats


@dataclass(frozen=True, eq=False)
class WildParts:
    """What a wild bootstrap needs of each cluster, beside a coefficient's estimate.

    With c = null − estimate the residuals under the null are u − c·e, e the focal regressor after
    the others are partialled out, so everything below comes twice: for u and for e.

    Parameters
    ----------
    influence_u, influence_e : ndarray, shape (G,)
        Clusters' parts of the coefficient in a regression of u, of e, on all regressors.
    scores_u, scores_e : ndarray, shape (G, p)
        The same for all coefficients (effects across clusters included), before summation.
    pull : ndarray, shape (G, p)
        What a unit change of each coefficient does to the clusters' parts.
    """

    influence_u: Floats
    influence_e: Floats
    scores_u: Floats
    scores_e: Floats
    pull: Floats

    @property
    def std_error(self) -> float:
        """Clustered standard error without a small-sample factor."""
        return float(np.sqrt((self.influence_u**2).sum()))


def wild_sums(parts: WildParts, v: Floats) -> Floats:
    """Numerators and variances of B draws, shape (5, B): u, e, uu, ue, ee of `WildDraws`.

    Takes `v` of shape (B, G): weights of the clusters.

    With few clusters the variances may vanish, so the clusters' parts are formed and squared. With
    many, the squares are expanded: for residuals a and b, q the influences, r the pulls and
    δ = Σ v s, Σ (v q_a − r'δ_a)(v q_b − r'δ_b) = Σ v² q_a q_b − δ_a'Σ v q_b r − δ_b'Σ v q_a r
    + δ_a'(Σ r r')δ_b, and nothing of size B × G is formed.

    Examples
    --------
    >>> parts = WildParts(*(np.array([0.3, -0.3]) for _ in range(2)), *(np.zeros((2, 1)),) * 3)
    >>> wild_sums(parts, np.array([[1.0, -1.0]])).ravel().round(2)
    array([0.6 , 0.6 , 0.18, 0.18, 0.18])
    """
    clusters, width = parts.pull.shape
    return _expanded(parts, v) if clusters > 2 * width else _direct(parts, v)


def _direct(parts: WildParts, v: Floats) -> Floats:
    left_u = v * parts.influence_u - (v @ parts.scores_u) @ parts.pull.T
    left_e = v * parts.influence_e - (v @ parts.scores_e) @ parts.pull.T
    return np.stack(
        [
            v @ parts.influence_u,
            v @ parts.influence_e,
            (left_u**2).sum(axis=1),
            (left_u * left_e).sum(axis=1),
            (left_e**2).sum(axis=1),
        ]
    )


def _expanded(parts: WildParts, v: Floats) -> Floats:
    q_u, q_e, r = parts.influence_u, parts.influence_e, parts.pull
    width = r.shape[1]
    columns = [parts.scores_u, parts.scores_e, q_u[:, None] * r, q_e[:, None] * r]
    found = v @ np.column_stack([*columns, q_u, q_e])
    delta_u, delta_e, cross_u, cross_e = (found[:, i * width : (i + 1) * width] for i in range(4))
    own = (v**2) @ np.column_stack([q_u**2, q_u * q_e, q_e**2])
    gram = r.T @ r
    moved_u, moved_e = delta_u @ gram, delta_e @ gram

    def dot(a: Floats, b: Floats) -> Floats:
        return np.asarray((a * b).sum(axis=1))

    return np.stack(
        [
            found[:, -2],
            found[:, -1],
            own[:, 0] - 2 * dot(delta_u, cross_u) + dot(moved_u, delta_u),
            own[:, 1] - dot(delta_u, cross_e) - dot(delta_e, cross_u) + dot(moved_u, delta_e),
            own[:, 2] - 2 * dot(delta_e, cross_e) + dot(moved_e, delta_e),
        ]
    )
