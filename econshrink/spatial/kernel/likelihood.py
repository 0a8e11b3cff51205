"""Concentrated Gaussian likelihood of spatial panels and its one-dimensional search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from econshrink.core.arrays import Floats, least_norm
from econshrink.core.errors import ConvergenceError, Fault
from econshrink.spatial.kernel.determinant import LogDeterminant, Triple

GRID = (-0.999, -0.95, -0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999)
ROUGH = 1e-4  # first search on function values; the second solves the score
FINE = 1e-13
BOUNDARY = 2e-3  # a maximum this close to ±1 is no interior maximum


@dataclass(frozen=True)
class Counting:
    """How often a panel's rows and log-determinant count in the likelihood.

    Parameters
    ----------
    rows : int
        Independent rows: N = nT, or (n − 1)(T − 1) after the transformation.
    periods : int
        Multiple of the log-determinant: T, or T − 1.
    without_unit_root : bool
        Take the eigenvalue 1 of W, which belongs to the year effects, out of the determinant
        and the traces.

    Examples
    --------
    >>> Counting(50, 5, False).rows
    50
    """

    rows: int
    periods: int
    without_unit_root: bool


@dataclass(frozen=True, eq=False)
class LagResiduals:
    """Residuals e(ρ) = e0 − ρ e1 of a spatial lag model; Z is projected out beforehand.

    Parameters
    ----------
    e0, e1 : ndarray, shape (2,)
        Outcome and its spatial lag in coordinates of the triangular factor.
    """

    e0: Floats
    e1: Floats

    @classmethod
    def of(cls, y: Floats, wy: Floats, z: Floats) -> LagResiduals:
        """From swept columns y, Wy (n,) and regressors Z (n, k)."""
        triangle: Floats = np.asarray(np.linalg.qr(np.column_stack([z, y, wy]), mode="r"))
        k = z.shape[1]
        return cls(triangle[k:, k], triangle[k:, k + 1])

    def at(self, rho: float) -> tuple[float, float]:
        """Residual sum of squares and its derivative."""
        e = self.e0 - rho * self.e1
        return float(e @ e), float(-2 * e @ self.e1)


@dataclass(frozen=True, eq=False)
class ErrorResiduals:
    """Residuals e(λ) of y − λWy on X − λWX, the spatial error model.

    Parameters
    ----------
    triangle : ndarray, shape (m, m)
        Triangular factor of the columns [X, WX, y, Wy].
    covariates : int
        Columns k of X.
    """

    triangle: Floats
    covariates: int

    @classmethod
    def of(cls, y: Floats, wy: Floats, x: Floats, wx: Floats) -> ErrorResiduals:
        """From swept columns y, Wy (n,), X and WX (n, k)."""
        stacked = np.column_stack([x, wx, y, wy])
        return cls(np.asarray(np.linalg.qr(stacked, mode="r")), x.shape[1])

    def at(self, lam: float) -> tuple[float, float]:
        """Residual sum of squares, minimised over β, and its derivative."""
        k, r = self.covariates, self.triangle
        filtered = r[:, :k] - lam * r[:, k : 2 * k]
        target = r[:, 2 * k] - lam * r[:, 2 * k + 1]
        beta, _ = least_norm(filtered, target)
        e = target - filtered @ beta
        moved = r[:, 2 * k + 1] - r[:, k : 2 * k] @ beta
        return float(e @ e), float(-2 * e @ moved)


Residuals = LagResiduals | ErrorResiduals


@dataclass(frozen=True, eq=False)
class SpatialFit:
    """The maximum of the concentrated likelihood.

    Parameters
    ----------
    rho : float
        Spatial parameter.
    rss, sigma2 : float
        Residual sum of squares; error variance rss / rows.
    loglik : float
    score : float
        Derivative of the concentrated log-likelihood at `rho`: zero but for rounding.
    evaluations : int
        Values of the likelihood and its score that were computed.
    curve : callable
        log|I − ρW|, tr G and tr G² near `rho`.
    """

    rho: float
    rss: float
    sigma2: float
    loglik: float
    score: float
    evaluations: int
    curve: Callable[[float], Triple]


def maximise(residuals: Residuals, determinant: LogDeterminant, counting: Counting) -> SpatialFit:
    """Maximise −(rows/2) log e(ρ)'e(ρ) + periods · log|I − ρW| over −1 < ρ < 1.

    A grid brackets the highest point, function values refine it, and the root of the score gives
    the last digits (bracketed, 1e-13).

    Raises `ConvergenceError`: a maximum at the boundary of the parameter space, or a score without
    a root.

    Examples
    --------
    >>> from scipy import sparse
    >>> from econshrink.spatial.kernel.determinant import Eigenvalues
    >>> ring = np.roll(np.eye(4), 1, axis=1) / 2 + np.roll(np.eye(4), -1, axis=1) / 2
    >>> y = np.array([1.0, 2.0, -1.0, 0.5])
    >>> fit = maximise(LagResiduals.of(y, ring @ y, np.ones((4, 1))),
    ...                Eigenvalues.of(sparse.csr_array(ring)), Counting(4, 1, False))
    >>> abs(fit.score) < 1e-9
    True
    """
    cache: dict[float, float] = {}

    def loss(rho: float) -> float:
        if rho not in cache:
            rss = residuals.at(rho)[0]
            log_det = determinant.value(rho) - _unit(counting, rho)[0]
            cache[rho] = counting.rows / 2 * float(np.log(rss)) - counting.periods * log_det
        return cache[rho]

    best = int(np.argmin([loss(rho) for rho in GRID]))
    low, high = GRID[max(best - 1, 0)], GRID[min(best + 1, len(GRID) - 1)]
    rough = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": ROUGH})
    near = float(rough.x)
    if not abs(near) < 1 - BOUNDARY:
        raise ConvergenceError(
            Fault(
                f"a likelihood that rises up to {near:.4f}",
                "a maximum inside (-1, 1)",
                "Absorb year effects, or look for a trend or a covariate that was left out.",
                "spatial parameter",
            )
        )
    reach = min(0.05, (1 - abs(near)) / 2)
    curve = determinant.smooth(near - reach, near + reach)

    def slope(rho: float) -> float:
        rss, change = residuals.at(rho)
        trace = curve(rho)[1] - _unit(counting, rho)[1]
        return counting.rows / 2 * change / rss + counting.periods * trace

    left, right = near - 0.9 * reach, near + 0.9 * reach
    if not slope(left) < 0 < slope(right):
        raise ConvergenceError(
            Fault(
                f"a score of {slope(left):.3g} and {slope(right):.3g} beside {near:.4f}",
                "a score that changes its sign",
                "Look for covariates that nearly determine the outcome.",
                "spatial parameter",
            )
        )
    rho, record = brentq(slope, left, right, xtol=FINE, rtol=1e-14, full_output=True)
    rss = residuals.at(rho)[0]
    sigma2 = rss / counting.rows
    log_det = curve(rho)[0] - _unit(counting, rho)[0]
    loglik = counting.periods * log_det - counting.rows / 2 * (np.log(2 * np.pi * sigma2) + 1)
    count = len(cache) + int(record.function_calls)
    return SpatialFit(float(rho), rss, sigma2, float(loglik), -slope(rho), count, curve)


def _unit(counting: Counting, rho: float) -> tuple[float, float]:
    """Share of the eigenvalue 1 in the log-determinant and in tr G."""
    if not counting.without_unit_root:
        return 0.0, 0.0
    return float(np.log1p(-rho)), 1 / (1 - rho)
