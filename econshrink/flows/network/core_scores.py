"""Continuous core scores: directed MINRES, and Rombach's averaged over shapes of the core."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import ConvergenceError, Fault
from econshrink.core.seeds import Rng, as_generator
from econshrink.flows.network.core_periphery import check_flows


def minres(
    flows: Floats, iterations: int = 2000, tolerance: float = 1e-12
) -> tuple[Floats, Floats]:
    """Directed MINRES: scores x (sending), y (receiving) that minimise Σ_{i≠j} (F_ij − x_i y_j)².

    Boyd and others (2010), by alternating least squares from the strengths.

    Parameters
    ----------
    flows : ndarray, shape (n, n)
    iterations : int
    tolerance : float
        On the relative change of the residual sum.

    Returns
    -------
    tuple of ndarray, each of shape (n,)
        Both with the same norm.

    Examples
    --------
    >>> x, y = np.array([3.0, 2, 1, 1]), np.array([4.0, 1, 1, 2])
    >>> flows = np.outer(x, y); np.fill_diagonal(flows, 0)
    >>> out, into = minres(flows)
    >>> bool(np.allclose(np.outer(out, into), np.outer(x, y)))
    True
    """
    check_flows(flows)
    matrix = flows.copy()
    np.fill_diagonal(matrix, 0.0)
    out, into = matrix.sum(axis=1), matrix.sum(axis=0)
    scale = np.sqrt(matrix.sum())
    out, into = out / scale, into / scale
    last = np.inf
    for _ in range(iterations):
        out = matrix @ into / np.maximum((into**2).sum() - into**2, 1e-300)
        into = matrix.T @ out / np.maximum((out**2).sum() - out**2, 1e-300)
        gap = matrix - np.outer(out, into)
        np.fill_diagonal(gap, 0.0)
        loss = float((gap**2).sum())
        if abs(last - loss) <= tolerance * float((matrix**2).sum()):
            balance = np.sqrt(np.linalg.norm(into) / np.linalg.norm(out))
            return np.asarray(out * balance), np.asarray(into / balance)
        last = loss
    raise ConvergenceError(
        Fault(f"MINRES unsettled after {iterations} steps", "a minimum", "Look for lone cities.")
    )


def rombach(
    flows: Floats,
    rng: Rng = None,
    *,
    sharpness: tuple[float, ...] = (0.25, 0.5, 0.75),
    shares: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5),
    tries: int = 5,
) -> Floats:
    """Core scores of Rombach and others (2017), averaged over shapes of the core.

    For a core of share 1 − β and sharpness α the city in place k of an ordering has score
    k (1 − α) / (2 ⌊βn⌋) up to k = ⌊βn⌋ and above (k − ⌊βn⌋)(1 − α) / (2 (n − ⌊βn⌋)) + (1 + α)/2.
    The ordering maximises R = Σ_ij F_ij c_i c_j by exchanges of two cities. Scores are weighted
    by R and scaled to a largest of one. Time grows with the square of the cities an exchange, and
    more cities need more exchanges.

    Parameters
    ----------
    flows : ndarray, shape (n, n)
    rng : int or numpy.random.Generator, optional
    sharpness : tuple of float
        α values.
    shares : tuple of float
        Shares 1 − β of the core.
    tries : int
        Starts of the search, the first by strength.

    Returns
    -------
    ndarray, shape (n,)
    """
    check_flows(flows)
    both = flows + flows.T
    n = len(flows)
    total, drawn = np.zeros(n), as_generator(rng, "rombach")
    for alpha in sharpness:
        for share in shares:
            ladder = _transition(n, alpha, 1.0 - share)
            orders = [_exchange(both, ladder, _start(both, k, drawn)) for k in range(tries)]
            scores = np.zeros((tries, n))
            for number, order in enumerate(orders):
                scores[number, order] = ladder
            gains = np.einsum("ki,ij,kj->k", scores, both, scores)
            best = int(gains.argmax())
            total += gains[best] * scores[best]
    return np.asarray(total / total.max())


def _transition(n: int, alpha: float, beta: float) -> Floats:
    """Scores by place, rising; the last places are the core."""
    edge = int(np.floor(beta * n))
    place = np.arange(1, n + 1, dtype=np.float64)
    low = place * (1 - alpha) / (2 * max(edge, 1))
    high = (place - edge) * (1 - alpha) / (2 * max(n - edge, 1)) + (1 + alpha) / 2
    return np.where(place <= edge, low, high)


def _start(both: Floats, number: int, rng: np.random.Generator) -> np.ndarray:
    if number == 0:
        return np.argsort(both.sum(axis=1), kind="stable")
    return rng.permutation(len(both))


def _exchange(both: Floats, ladder: Floats, order: np.ndarray) -> np.ndarray:
    """Exchange the two cities whose exchange gains most until none gains."""
    n = len(order)
    score = np.empty(n)
    score[order] = ladder
    for _ in range(50 * n):
        pull = both @ score
        gap = score[:, None] - score  # c_i − c_j
        # c_i and c_j change places: the pair's own term stays as it is
        gain = -gap * (pull[:, None] - pull) - gap**2 * both
        best = int(gain.argmax())
        i, j = divmod(best, n)
        if gain[i, j] <= 1e-9 * float(both.sum()):
            break
        score[i], score[j] = score[j], score[i]
    return np.argsort(score, kind="stable")
