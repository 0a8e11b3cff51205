"""Diagnostics of instruments: effective F, Cragg-Donald, Anderson-Rubin, overidentification."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import eigh

from econshrink.arrays import Floats, symmetric
from econshrink.inference.linear_fit import Labels, LinearFit, Vcov
from econshrink.inference.wald import HypothesisTest, chi_squared, wald


def reduced_form(like: LinearFit, outcome: Floats, excluded: Floats) -> LinearFit:
    """Least squares of one outcome on orthonormal excluded instruments.

    Parameters
    ----------
    like : LinearFit
        Carries the absorbed effects for the small-sample rules.
    outcome : ndarray, shape (n,)
        Exogenous regressors already partialled out.
    excluded : ndarray, shape (n, L)
        Orthonormal.

    Returns
    -------
    LinearFit
    """
    coefficients = excluded.T @ outcome
    residuals = outcome - excluded @ coefficients
    return replace(
        like,
        y=outcome,
        x=excluded,
        coefficients=coefficients,
        residuals=residuals,
        bread=np.eye(excluded.shape[1]),
        least_squares=False,
    )


def effective_f(first: LinearFit, vcov: Vcov, labels: Labels) -> float:
    """Effective first-stage F of one endogenous regressor (Montiel Olea and Pflueger 2013).

    F = π'π / tr(V) with the instruments orthonormal, π their coefficients and V the covariance of
    π that the second stage uses.

    Parameters
    ----------
    first : LinearFit
        From `reduced_form` of the endogenous regressor.
    vcov : Vcov
    labels : mapping

    Returns
    -------
    float
        Below 10 instruments are weak by the old rule of thumb; 23.1 bounds the bias at a tenth
        of the worst case with one instrument and five per cent size.
    """
    spread = float(np.trace(vcov.covariance(first, labels).matrix))
    strength = float(np.sum(first.coefficients**2))
    return float(strength / spread) if spread > 0 else float("inf")


def cragg_donald(endogenous: Floats, excluded: Floats, parameters: int) -> float:
    """Smallest eigenvalue of the first-stage F matrix (Cragg and Donald 1993), iid errors.

    Parameters
    ----------
    endogenous : ndarray, shape (n, p)
        Exogenous regressors partialled out.
    excluded : ndarray, shape (n, L)
        Orthonormal, exogenous regressors partialled out.
    parameters : int
        Parameters of the first stage, absorbed effects included.

    Returns
    -------
    float
    """
    inside = excluded.T @ endogenous
    outside = endogenous - excluded @ inside
    noise = outside.T @ outside / (len(endogenous) - parameters)
    roots = eigh(symmetric(inside.T @ inside), symmetric(noise), eigvals_only=True)
    return float(roots.min() / excluded.shape[1])


def anderson_rubin(reduced: LinearFit, vcov: Vcov, labels: Labels) -> HypothesisTest:
    """Test that all endogenous coefficients are zero, right with weak instruments too.

    Wald test of the excluded instruments in the reduced form (Anderson and Rubin 1949).

    Parameters
    ----------
    reduced : LinearFit
        From `reduced_form` of the outcome.
    vcov : Vcov
    labels : mapping

    Returns
    -------
    HypothesisTest
    """
    covariance = vcov.covariance(reduced, labels).matrix
    null = "all endogenous coefficients are zero"
    return wald("Anderson-Rubin", null, reduced.coefficients, covariance)


def moment_weight(like: LinearFit, basis: Floats, vcov: Vcov, labels: Labels) -> tuple[Floats, int]:
    """Efficient GMM weight: inverse covariance of Z'u at the residuals of a first step, its rank.

    Parameters
    ----------
    like : LinearFit
    basis : ndarray, shape (n, m)
        Orthonormal basis of all instruments.
    vcov : Vcov
        Its small-sample factor is taken out.
    labels : mapping

    Returns
    -------
    tuple
        Shape (m, m), and the rank: below m with fewer clusters than instruments.
    """
    at_moments = replace(like, x=basis, bread=np.eye(basis.shape[1]))
    found = vcov.covariance(at_moments, labels)
    moments = found.matrix / found.stats["vcov_factor"]
    weight = np.asarray(np.linalg.pinv(moments, hermitian=True, rcond=1e-11), dtype=np.float64)
    return weight, int(np.linalg.matrix_rank(moments, hermitian=True, rtol=1e-11))


def hansen_j(
    like: LinearFit, y: Floats, x: Floats, basis: Floats, vcov: Vcov, labels: Labels
) -> HypothesisTest:
    """Overidentification test at the efficient two-step GMM estimate (Hansen 1982).

    With iid errors this is Sargan's n R². The moments' covariance is that of the covariance
    option, without its small-sample factor, at the first step's residuals.

    Parameters
    ----------
    like : LinearFit
        The first-step fit; its residuals weight the moments.
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
    basis : ndarray, shape (n, m)
        Orthonormal basis of all instruments.
    vcov : Vcov
    labels : mapping

    Returns
    -------
    HypothesisTest
        Chi-squared with m − k degrees of freedom.
    """
    weight, rank = moment_weight(like, basis, vcov, labels)
    cross, target = basis.T @ x, basis.T @ y
    coefficients = np.linalg.solve(cross.T @ weight @ cross, cross.T @ weight @ target)
    gap = target - cross @ coefficients
    statistic = float(gap @ weight @ gap)
    return chi_squared("Hansen J", "instruments valid", statistic, rank - x.shape[1])
