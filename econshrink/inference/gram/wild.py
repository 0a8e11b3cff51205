"""Wild cluster bootstrap of one coefficient, from cluster Grams and scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import solve

from econshrink.core.arrays import Floats
from econshrink.core.errors import ConvergenceError, Fault, SpecError
from econshrink.core.parallel import parallel_map
from econshrink.core.seeds import generator
from econshrink.inference.gram.grams import ClusterGrams
from econshrink.inference.gram.wild_sums import WildParts, wild_sums
from econshrink.inference.resampling import Resampling

BLOCK = 256  # draws computed together; fixed, so that no digit depends on how work is divided
TIE = 1e-10  # statistics closer than this, relatively, are equal: v and −v give the same |t*|
WIDEST = 1e6  # confidence limits are sought up to this many standard errors away
BISECTIONS = 60


@dataclass(frozen=True)
class Rademacher:
    """Weights −1 and 1 with equal chance; all 2^G vectors if they are no more than the draws.

    Examples
    --------
    >>> Rademacher().points
    (-1.0, 1.0)
    """

    @property
    def points(self) -> tuple[float, ...]:
        """Equally likely values."""
        return (-1.0, 1.0)


@dataclass(frozen=True)
class Webb:
    """Six points ±√(1/2), ±1, ±√(3/2) (Webb 2014): for fewer than about a dozen clusters.

    Examples
    --------
    >>> round(sum(point**2 for point in Webb().points) / 6, 12)
    1.0
    """

    @property
    def points(self) -> tuple[float, ...]:
        """Equally likely values."""
        half, more = 0.5**0.5, 1.5**0.5
        return (-more, -1.0, -half, half, 1.0, more)


@dataclass(frozen=True, eq=False)
class WildDraws:
    """Bootstrap t statistics as functions of c = null − estimate.

    t*(c) = (u − c e) / √(uu − 2c ue + c² ee), each of shape (B,); `exact` if all sign vectors were
    enumerated.
    """

    u: Floats
    e: Floats
    uu: Floats
    ue: Floats
    ee: Floats
    exact: bool

    def statistics(self, shift: float) -> Floats:
        """|t*| at c = shift, shape (B,)."""
        variance = self.uu - 2 * shift * self.ue + shift**2 * self.ee
        scale = self.uu + shift**2 * self.ee
        above = np.abs(self.u - shift * self.e)
        positive = variance > 1e-14 * scale  # else no cluster contributes: t* is unbounded
        root = np.sqrt(np.where(positive, variance, 1.0))
        return np.asarray(np.where(positive, above / root, np.inf))


def wild_parts(grams: ClusterGrams, focal: Floats) -> WildParts:
    """Prepare the wild bootstrap of the combination `focal` of coefficients.

    Parameters
    ----------
    grams : ClusterGrams
        Regressors orthonormal and orthogonal to the effects, one outcome: the residuals.
    focal : ndarray, shape (k,)
        The coefficient in terms of those of the orthonormal regressors.

    Returns
    -------
    WildParts

    Notes
    -----
    The dummies of effects across clusters are carried along: flipping the residuals of whole
    cities moves the year means, so the years are estimated afresh in each bootstrap sample.

    Examples
    --------
    >>> from econshrink.inference.gram.grams import cluster_grams
    >>> x, u = np.array([[0.6], [0.8]]), np.array([[0.8], [-0.6]])
    >>> grams = cluster_grams((), x, u, np.array([0, 1]))
    >>> wild_parts(grams, np.array([1.0])).influence_u.round(2)
    array([ 0.48, -0.48])
    """
    k, width = grams.slopes, grams.effects + grams.slopes
    column = focal / (focal @ focal)
    influence_u, influence_e = np.empty(grams.clusters), np.empty(grams.clusters)
    scores_u, scores_e, pull = (np.zeros((grams.clusters, width)) for _ in range(3))
    start = k
    for block in grams.blocks:
        core, cells, normal = block.split(block.table)
        at, stop = block.members, start + block.effects
        pull[at, :k], pull[at, start:stop] = core[:, :k, :k] @ focal, cells[:, :, :k] @ focal
        influence_u[at], influence_e[at] = core[:, :k, -1] @ focal, pull[at, :k] @ column
        scores_u[at, :k], scores_e[at, :k] = core[:, :k, -1], core[:, :k, :k] @ column
        total = normal.sum() * np.eye(block.effects) if block.even else normal.sum(axis=0)
        if block.effects:
            spread = solve(total, np.eye(block.effects), assume_a="pos")
            scores_u[at, start:stop] = cells[:, :, -1] @ spread
            scores_e[at, start:stop] = (cells[:, :, :k] @ column) @ spread
        start = stop
    return WildParts(influence_u, influence_e, scores_u, scores_e, pull)


def wild_draws(
    parts: WildParts,
    weights: Rademacher | Webb,
    resampling: Resampling,
    *,
    task: str = "wild",
) -> WildDraws:
    """Draw weights for the clusters and compute the parts of the bootstrap t statistics.

    Parameters
    ----------
    parts : WildParts
    weights : Rademacher or Webb
    resampling : Resampling
        If all vectors of signs are no more than its draws, they are enumerated instead.
    task : str
        Names the random stream.

    Returns
    -------
    WildDraws

    Raises
    ------
    SpecError
        No variation of the residuals between clusters.

    Examples
    --------
    >>> ones = np.ones((2, 1))
    >>> parts = WildParts(np.array([1.0, -1.0]), np.ones(2), ones, ones, 0 * ones)
    >>> wild_draws(parts, Rademacher(), Resampling(10)).u
    array([ 0.,  2., -2.,  0.])
    """
    clusters = len(parts.influence_u)
    if not parts.std_error > 0:
        seen = f"a standard error of {parts.std_error} between clusters"
        raise SpecError(Fault(seen, "residuals that vary between clusters", "Check the outcome."))
    draws, seed = resampling.draws, resampling.seed()
    exact = isinstance(weights, Rademacher) and 2**clusters <= draws
    total = 2**clusters if exact else draws
    one = partial(_block, parts, weights.points, exact, task, seed, total)
    found = parallel_map(
        one, range(-(-total // BLOCK)), jobs=resampling.jobs, backend=resampling.backend
    )
    u, e, uu, ue, ee = np.concatenate(found, axis=1)
    return WildDraws(u, e, uu, ue, ee, exact)


def wild_p_value(draws: WildDraws, statistic: float, shift: float, restricted: bool) -> float:
    """Two-sided p-value of the null estimate + shift.

    Takes `statistic`: t of the estimate against this null, same standard error as the draws;
    `shift`: null less estimate; `restricted`: impose the null on the residuals (WCR) or not (WCU).

    Returns #{|t*| ≥ |t|} over all sign vectors, or with one added above and below for random draws.
    """
    null = draws.statistics(shift if restricted else 0.0)
    reached = int((null >= abs(statistic) * (1 - TIE)).sum())
    return reached / len(null) if draws.exact else (1 + reached) / (len(null) + 1)


def wild_interval(
    draws: WildDraws, std_error: float, level: float, restricted: bool
) -> tuple[float, float]:
    """Confidence limits less the estimate: the nulls that are just not rejected.

    Parameters
    ----------
    draws : WildDraws
    std_error : float
        Without a small-sample factor.
    level : float
    restricted : bool

    Returns
    -------
    tuple of float
        Lower (negative) and upper (positive) distance; infinite if even a million standard
        errors away no null is rejected, as happens with very few clusters.

    Raises
    ------
    ConvergenceError
        The search did not close in.
    """
    alpha = 1 - level

    def kept(shift: float) -> bool:
        return wild_p_value(draws, -shift / std_error, shift, restricted) > alpha

    limits = []
    for sign in (-1.0, 1.0):
        inner, outer = 0.0, 2.0 * std_error
        while kept(sign * outer) and outer < WIDEST * std_error:
            inner, outer = outer, 2 * outer
        if outer >= WIDEST * std_error:
            limits.append(sign * np.inf)
            continue
        for _ in range(BISECTIONS):
            middle = (inner + outer) / 2
            inner, outer = (middle, outer) if kept(sign * middle) else (inner, middle)
        if outer - inner > 1e-9 * std_error:
            fault = Fault(f"limits {inner} and {outer}", "one limit", "Report this.")
            raise ConvergenceError(fault)
        limits.append(sign * inner)
    return limits[0], limits[1]


def _block(
    parts: WildParts,
    points: tuple[float, ...],
    exact: bool,
    task: str,
    seed: int,
    total: int,
    block: int,
) -> Floats:
    clusters = len(parts.influence_u)
    if exact:
        number = block * BLOCK + np.arange(BLOCK)
        v = 2.0 * ((number[:, None] >> np.arange(clusters)) & 1) - 1.0
    else:
        rng = generator(f"{task}.block{block}", seed)
        v = np.asarray(points)[rng.integers(0, len(points), (BLOCK, clusters))]
    return wild_sums(parts, np.asarray(v, dtype=np.float64))[:, : total - block * BLOCK]
