"""Information matrices of spatial lag and spatial error panels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, symmetric
from econshrink.core.errors import ConvergenceError, Fault
from econshrink.spatial.kernel.likelihood import Counting
from econshrink.spatial.kernel.traces import Traces


@dataclass(frozen=True, eq=False)
class Pieces:
    """What both information matrices need.

    Parameters
    ----------
    z : ndarray, shape (N, k)
        Swept regressors: Z for the lag model, X − λWX for the error model.
    residuals : ndarray, shape (N,)
    moved : ndarray, shape (N,)
        −∂e/∂ρ: swept Wy for the lag model, swept W(y − Xβ) for the error model.
    moved_z : ndarray, shape (N, k), or None
        Swept WX for the error model; None for the lag model.
    mean_moved : ndarray, shape (N,)
        Expectation of `moved`: swept G Zδ for the lag model, 0 for the error model.
    sigma2 : float
    """

    z: Floats
    residuals: Floats
    moved: Floats
    moved_z: Floats | None
    mean_moved: Floats
    sigma2: float


def expected(pieces: Pieces, traces: Traces, rho: float, counting: Counting) -> Floats:
    """Fisher information of (δ, ρ, σ²), shape (k + 2, k + 2).

    Ord (1975), Elhorst (2010). With r rows, p periods, G = W(I − ρW)⁻¹ and h = G Zδ:
    I_δδ = Z'Z/σ², I_δρ = Z'h/σ², I_ρρ = p (tr G² + tr G'G) + h'h/σ², I_ρσ² = p tr G/σ²,
    I_σ²σ² = r/(2σ⁴); for the error model h = 0. After the transformation of Lee and Yu (2010)
    the traces are those of the matrix without the eigenvalue 1: tr G − 1/(1−ρ),
    tr G² − 1/(1−ρ)² and tr G'G − |G'ι|²/n.
    """
    g, g2, gram = _counted(traces, rho, counting)
    h, s2 = pieces.mean_moved, pieces.sigma2
    return _assemble(
        pieces.z.T @ pieces.z / s2,
        pieces.z.T @ h / s2,
        counting.periods * (g2 + gram) + float(h @ h) / s2,
        counting.periods * g / s2,
        counting.rows / (2 * s2**2),
    )


def observed(pieces: Pieces, traces: Traces, rho: float, counting: Counting) -> Floats:
    """Minus the Hessian of the log-likelihood at its maximum, shape (k + 2, k + 2).

    Needs tr G² alone, which is exact: no trace is estimated.
    """
    _, g2, _ = _counted(traces, rho, counting)
    s2, moved = pieces.sigma2, pieces.moved
    cross = pieces.z.T @ moved
    if pieces.moved_z is not None:
        cross = cross + pieces.moved_z.T @ pieces.residuals
    return _assemble(
        pieces.z.T @ pieces.z / s2,
        cross / s2,
        counting.periods * g2 + float(moved @ moved) / s2,
        float(pieces.residuals @ moved) / s2**2,
        counting.rows / (2 * s2**2),
    )


def year_effect_bias(g_mean: float, rho: float, periods: int, variance: float) -> float:
    """First-order bias of ρ when year effects are parameters of the likelihood.

    The concentrated score has mean p (tr G/n − 1/(1 − ρ)) instead of 0, with p = T − 1 (T without
    city effects); times the variance of ρ this is the bias, of order 1/n whatever T is.

    Takes `g_mean`: tr G/n; `periods`: p; `variance`: asymptotic variance of ρ.
    """
    return periods * (g_mean - 1 / (1 - rho)) * variance


def covariance(information: Floats) -> Floats:
    """Inverse of an information matrix, scaled so that units do not matter.

    Raises `ConvergenceError`: the information matrix is not positive definite.

    Examples
    --------
    >>> covariance(np.array([[4.0, 0.0], [0.0, 1e12]])).diagonal()
    array([2.5e-01, 1.0e-12])
    """
    diagonal = np.diag(information)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, np.nan))
    scaled = information / np.outer(scale, scale)
    if not np.isfinite(scaled).all() or np.linalg.eigvalsh(scaled).min() < 1e-13:
        raise ConvergenceError(
            Fault(
                "an information matrix that is not positive definite",
                "a strict maximum of the likelihood",
                "Leave out covariates that nearly determine others, or their spatial lags.",
            )
        )
    return symmetric(np.linalg.inv(scaled) / np.outer(scale, scale))


def _counted(traces: Traces, rho: float, counting: Counting) -> tuple[float, float, float]:
    if not counting.without_unit_root:
        return traces.g, traces.g2, traces.gram
    unit = 1 / (1 - rho)
    return traces.g - unit, traces.g2 - unit**2, traces.gram - traces.column_mean_square


def _assemble(dd: Floats, dr: Floats, rr: float, rs: float, ss: float) -> Floats:
    k = len(dd)
    matrix = np.zeros((k + 2, k + 2))
    matrix[:k, :k] = dd
    matrix[:k, k] = matrix[k, :k] = dr
    matrix[k, k], matrix[k, k + 1], matrix[k + 1, k], matrix[k + 1, k + 1] = rr, rs, rs, ss
    return matrix
