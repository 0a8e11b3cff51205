"""Log-determinants of I − ρW and their derivatives, by sparse LU factors or by eigenvalues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.polynomial import Chebyshev
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from econshrink.core.arrays import Floats
from econshrink.core.errors import ConvergenceError, Fault

EIGENVALUES_UP_TO = 200  # cities: beyond, sparse factors are faster than all eigenvalues
DEGREES = (16, 32, 64, 128)  # of the interpolant, until its last terms are rounding
TAIL_TOLERANCE = 1e-11  # of the last terms, relative to the largest

Triple = tuple[float, float, float]


class LogDeterminant(Protocol):
    """log|I − ρW| for −1 < ρ < 1 and a row-standardised W."""

    def value(self, rho: float) -> float:
        """log|I − ρW|."""

    def smooth(self, low: float, high: float) -> Callable[[float], Triple]:
        """Function of ρ in [low, high]: log|I − ρW|, tr G and tr G², G = W (I − ρW)⁻¹."""


@dataclass(frozen=True, eq=False)
class Eigenvalues:
    """log|I − ρW| = Σ log|1 − ρω_j| over the eigenvalues ω_j of W (Ord 1975).

    Parameters
    ----------
    roots : ndarray of complex, shape (n,)

    Examples
    --------
    >>> pair = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> round(Eigenvalues.of(pair).value(0.5), 6)  # log(1 − 0.25)
    -0.287682
    """

    roots: np.ndarray

    @classmethod
    def of(cls, w: sparse.csr_array) -> Eigenvalues:
        """All eigenvalues of `w`, by a dense decomposition."""
        return cls(np.linalg.eigvals(w.toarray()))

    def value(self, rho: float) -> float:
        """log|I − ρW|."""
        return float(np.log(np.abs(1 - rho * self.roots)).sum())

    def smooth(self, low: float, high: float) -> Callable[[float], Triple]:  # noqa: ARG002
        """Function of ρ: log|I − ρW|, tr G and tr G²."""

        def at(rho: float) -> Triple:
            g = self.roots / (1 - rho * self.roots)
            return self.value(rho), float(g.sum().real), float((g**2).sum().real)

        return at


@dataclass(frozen=True, eq=False)
class SparseLU:
    """log|I − ρW| = Σ log|u_jj| of a sparse LU factor (Pace and Barry 1997).

    Derivatives come from a Chebyshev interpolant of exact values on the interval asked for:
    tr G = −d log|I − ρW| / dρ and tr G² is minus the second derivative. The degree doubles until
    the last terms are rounding.

    Parameters
    ----------
    w : sparse matrix, shape (n, n)

    Examples
    --------
    >>> pair = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> round(SparseLU(pair).value(0.5), 6)
    -0.287682
    >>> [round(v, 6) for v in SparseLU(pair).smooth(0.4, 0.6)(0.5)]
    [-0.287682, 1.333333, 4.444444]
    """

    w: sparse.csr_array

    def value(self, rho: float) -> float:
        """log|I − ρW|."""
        return float(np.log(np.abs(factor(self.w, rho).U.diagonal())).sum())

    def smooth(self, low: float, high: float) -> Callable[[float], Triple]:
        """Function of ρ in [low, high]: log|I − ρW|, tr G and tr G²."""
        values = np.vectorize(self.value, otypes=[float])
        for degree in DEGREES:
            curve = Chebyshev.interpolate(values, degree, domain=[low, high])
            tail = float(np.abs(curve.coef[-2:]).max())
            if tail <= TAIL_TOLERANCE * max(1.0, float(np.abs(curve.coef).max())):
                break
        else:
            raise ConvergenceError(
                Fault(
                    f"log-determinant on [{low:.4f}, {high:.4f}] not smooth enough "
                    f"(last term {tail:.1e} at degree {degree})",
                    "values that a polynomial follows to rounding",
                    "Use Eigenvalues, or look at cities with extreme weights.",
                )
            )
        slope, curvature = curve.deriv(1), curve.deriv(2)
        return lambda rho: (float(curve(rho)), -float(slope(rho)), -float(curvature(rho)))


def log_determinant(w: sparse.csr_array) -> LogDeterminant:
    """Eigenvalues for few cities, sparse factors for many.

    Examples
    --------
    >>> pair = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> type(log_determinant(pair)).__name__
    'Eigenvalues'
    """
    return Eigenvalues.of(w) if w.shape[0] <= EIGENVALUES_UP_TO else SparseLU(w)


def factor(w: sparse.csr_array, rho: float) -> SuperLU:
    """Sparse LU factor of I − ρW.

    Rows of I − ρW are diagonally dominant for |ρ| < 1 and row-standardised W, so the factor
    needs no pivoting and keeps the sparsity of the minimum-degree order.

    Examples
    --------
    >>> pair = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> factor(pair, 0.5).solve(np.array([1.0, 0.0])).round(6)
    array([1.333333, 0.666667])
    """
    system = sparse.csc_array(sparse.eye_array(w.shape[0], format="csc") - rho * w)
    return splu(
        system,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )


def apply_multiplier(w: sparse.csr_array, rho: float, columns: Floats) -> Floats:
    """G v = W (I − ρW)⁻¹ v for every column v, shape (n, m).

    Examples
    --------
    >>> pair = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> apply_multiplier(pair, 0.5, np.array([[1.0], [0.0]])).round(6).ravel()
    array([0.666667, 1.333333])
    """
    return np.asarray(factor(w, rho).solve(np.ascontiguousarray(w @ columns)))
