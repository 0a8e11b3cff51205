"""k-class estimators on arrays: two-stage least squares, LIML and Fuller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from econshrink.core.arrays import Floats, symmetric

RANK_TOLERANCE = 1e-9  # on unit columns


@dataclass(frozen=True, eq=False)
class KClassFit:
    """A fitted k-class estimator.

    Parameters
    ----------
    coefficients : ndarray, shape (k,)
    residuals : ndarray, shape (n,)
        Structural residuals y − Xb.
    projected : ndarray, shape (n, k)
        P_Z X, which the residuals multiply in robust covariances (as Stata and linearmodels do;
        for LIML X − κM_Z X differs from it by a term that vanishes as n grows).
    bread : ndarray, shape (k, k)
        (X'X − κ X'M_Z X)⁻¹.
    kappa : float
    """

    coefficients: Floats
    residuals: Floats
    projected: Floats
    bread: Floats
    kappa: float


def k_class(y: Floats, x: Floats, basis: Floats, kappa: float = 1.0) -> KClassFit:
    """Estimate b = (X'(I − κM_Z)X)⁻¹ X'(I − κM_Z)y; κ = 1 is two-stage least squares.

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
    basis : ndarray, shape (n, m)
        Orthonormal basis of all instruments, exogenous regressors among them.
    kappa : float

    Returns
    -------
    KClassFit

    Examples
    --------
    >>> z = np.array([[1.0], [1.0], [-1.0], [-1.0]]) / 2
    >>> fit = k_class(np.array([2.0, 4.0, -2.0, -4.0]), np.array([[1.0], [2.0], [-2.0], [-1.0]]), z)
    >>> fit.coefficients
    array([2.])
    """
    scale = np.sqrt((x**2).sum(axis=0))
    unit = x / scale
    outside = unit - basis @ (basis.T @ unit)
    scores_x = unit - kappa * outside
    inverse: Floats = np.asarray(np.linalg.inv(symmetric(scores_x.T @ unit)), dtype=np.float64)
    bread = symmetric(inverse)
    coefficients = bread @ (scores_x.T @ y)
    coefficients = coefficients + bread @ (scores_x.T @ (y - unit @ coefficients))
    residuals = y - unit @ coefficients
    return KClassFit(
        coefficients / scale,
        residuals,
        (unit - outside) * scale,
        bread / np.outer(scale, scale),
        kappa,
    )


def liml_kappa(y: Floats, endogenous: Floats, exogenous: Floats, basis: Floats) -> float:
    """Smallest root κ of |Y'M_V Y − κ Y'M_Z Y| = 0, Y = [y, endogenous].

    Takes `y` of shape (n,); `endogenous` of shape (n, p); `exogenous` of shape (n, q): orthonormal
    basis of the exogenous regressors V (q may be 0); `basis` of shape (n, m): orthonormal basis of
    all instruments Z.

    Returns κ, at least 1; equal to 1 if the model is just identified.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z, v = rng.normal(size=(50, 2)), rng.normal(size=(50, 1))
    >>> x = z[:, [0]] + v
    >>> none = np.empty((50, 0))
    >>> kappa = liml_kappa(x[:, 0] + v[:, 0], x, none, orthonormal(z))
    >>> 1 < kappa < 1.2
    True
    """
    both = np.column_stack([y, endogenous])
    both = both / np.sqrt((both**2).sum(axis=0))
    inner = both - exogenous @ (exogenous.T @ both)
    outer = both - basis @ (basis.T @ both)
    roots = eigh(symmetric(inner.T @ inner), symmetric(outer.T @ outer), eigvals_only=True)
    return float(max(roots.min(), 1.0))


def orthonormal(columns: Floats) -> Floats:
    """Orthonormal basis of the columns, shape (n, rank); redundant columns are left out.

    Examples
    --------
    >>> orthonormal(np.array([[3.0, 6.0], [4.0, 8.0]])).shape
    (2, 1)
    """
    if not columns.shape[1]:
        return columns
    unit = columns / np.sqrt((columns**2).sum(axis=0))
    left, size, _ = np.linalg.svd(unit, full_matrices=False)
    return np.asarray(left[:, size > RANK_TOLERANCE * size[0]])
