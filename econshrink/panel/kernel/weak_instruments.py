"""Diagnostics of instruments: effective F, Cragg-Donald, Anderson-Rubin, overidentification."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import eigh
from scipy.stats import ncx2

from econshrink.core.arrays import Floats, least_norm, symmetric
from econshrink.inference.hypothesis import chi_squared, wald
from econshrink.inference.linear_fit import Labels, LinearFit, Vcov
from econshrink.inference.vcov import Iid
from econshrink.nouns.hypothesis import HypothesisTest
from econshrink.panel.kernel.reduced_form import ReducedForm


def reduced_form(
    like: LinearFit, outcome: Floats, excluded: Floats, exogenous: Floats
) -> LinearFit:
    """Least squares of one outcome on excluded instruments, the exogenous regressors beside.

    Parameters
    ----------
    like : LinearFit
        Carries the absorbed effects for the small-sample rules.
    outcome : ndarray, shape (n,)
        Exogenous regressors already partialled out.
    excluded : ndarray, shape (n, L)
        Orthonormal, exogenous regressors partialled out.
    exogenous : ndarray, shape (n, q)
        Orthonormal basis of the exogenous regressors; they count as parameters.

    Returns
    -------
    LinearFit
        The first L coefficients are those of the instruments.
    """
    x = np.column_stack([excluded, exogenous])
    coefficients = x.T @ outcome
    residuals = outcome - x @ coefficients
    return replace(
        like,
        y=outcome,
        x=x,
        coefficients=coefficients,
        residuals=residuals,
        bread=np.eye(x.shape[1]),
        least_squares=False,
    )


def joint_reduced_form(
    outcome: LinearFit, endogenous: LinearFit, instruments: int, vcov: Vcov, labels: Labels
) -> ReducedForm:
    """Reduced forms of outcome and endogenous regressor with their joint covariance.

    Parameters
    ----------
    outcome, endogenous : LinearFit
        From `reduced_form` on the same instruments.
    instruments : int
        L.
    vcov : Vcov
    labels : mapping

    Returns
    -------
    ReducedForm

    Notes
    -----
    The covariance imposes the null: scores are instrument times y − βx, the exogenous regressors
    out and the instruments not, without a small-sample factor. Scores of both equations go to the
    covariance option side by side, so that clusters, kernels and distances act across equations.
    Iid errors have the covariance of the two residuals instead, which makes AR an exact F.
    """
    pair = outcome.coefficients[:instruments], endogenous.coefficients[:instruments]
    single = vcov.covariance(outcome, labels)
    if isinstance(vcov, Iid):
        both = np.column_stack([outcome.residuals, endogenous.residuals])
        spread = both.T @ both / outcome.nobs * single.stats["vcov_factor"]
        known = np.asarray(np.kron(spread, np.eye(instruments)), dtype=np.float64)
        return ReducedForm(*pair, known, df=single.df_t)
    z = outcome.x[:, :instruments]
    parts = (outcome.y, endogenous.y, endogenous.residuals)
    scores = np.column_stack([z * column[:, None] for column in parts])
    stacked = replace(
        outcome,
        x=scores,
        coefficients=np.zeros(scores.shape[1]),
        residuals=np.ones(len(scores)),
        bread=np.eye(scores.shape[1]),
    )
    found = vcov.covariance(stacked, labels)
    matrix = found.matrix / found.stats["vcov_factor"]
    half = 2 * instruments
    groups = float(min(found.clusters.values())) if found.clusters else np.inf
    return ReducedForm(*pair, matrix[:half, :half], matrix[half:], clusters=groups)


def effective_f(first: LinearFit, instruments: int, vcov: Vcov, labels: Labels) -> float:
    """Effective first-stage F of one endogenous regressor (Montiel Olea and Pflueger 2013).

    F = π'π / tr(V) with the instruments orthonormal, π their coefficients and V the covariance of
    π that the second stage uses.

    Parameters
    ----------
    first : LinearFit
        From `reduced_form` of the endogenous regressor.
    instruments : int
        L.
    vcov : Vcov
    labels : mapping

    Returns
    -------
    float
        Below 10 instruments are weak by the old rule of thumb; `effective_f_critical` is the
        stricter one.
    """
    matrix = vcov.covariance(first, labels).matrix[:instruments, :instruments]
    spread = float(np.trace(matrix))
    strength = float(np.sum(first.coefficients[:instruments] ** 2))
    return float(strength / spread) if spread > 0 else float("inf")


def effective_f_critical(matrix: Floats, bias: float = 0.1, size: float = 0.05) -> float:
    """Critical value of the effective F: below it the worst-case relative bias may exceed `bias`.

    The simplified (conservative) value of Montiel Olea and Pflueger (2013): with x = 1/bias and
    K = tr(V)² (1 + 2x) / (tr(V'V) + 2x tr(V) max eval V) effective degrees of freedom, the upper
    `size` point of a non-central chi-squared with K degrees and non-centrality x K, over K.

    Takes `matrix` of shape (L, L): covariance V of the first-stage coefficients of orthonormal
    instruments; `bias`: share of the worst-case bias that is tolerated.
    """
    x = 1 / bias
    trace = float(np.trace(matrix))
    largest = float(np.linalg.eigvalsh(symmetric(matrix)).max())
    degrees = trace**2 * (1 + 2 * x) / (float((matrix**2).sum()) + 2 * x * trace * largest)
    return float(ncx2.isf(size, degrees, x * degrees) / degrees)


def conditional_f(endogenous: Floats, excluded: Floats, parameters: int) -> Floats:
    """First-stage F of each of several endogenous regressors, given the others (iid errors).

    Regressor j less its two-stage projection on the other p − 1 is regressed on the instruments;
    F has L − p + 1 degrees of freedom (Sanderson and Windmeijer 2016, Journal of Econometrics
    190). With one endogenous regressor it is the usual first-stage F.

    Takes `endogenous` of shape (n, p): exogenous regressors partialled out; `excluded` of shape (n,
    L): orthonormal, exogenous regressors partialled out; `parameters`: parameters of the first
    stage, absorbed effects included.

    Returns shape (p,).
    """
    rows, count = endogenous.shape
    inside = excluded.T @ endogenous
    values = np.empty(count)
    for j in range(count):
        others = np.delete(np.arange(count), j)
        slope = least_norm(inside[:, others], inside[:, j])[0]
        left = endogenous[:, j] - endogenous[:, others] @ slope
        fitted = excluded.T @ left
        explained = float(fitted @ fitted)
        noise = (float(left @ left) - explained) / (rows - parameters)
        values[j] = explained / noise / (excluded.shape[1] - count + 1)
    return values


def cragg_donald(endogenous: Floats, excluded: Floats, parameters: int) -> float:
    """Smallest eigenvalue of the first-stage F matrix (Cragg and Donald 1993), iid errors.

    Takes `endogenous` of shape (n, p): exogenous regressors partialled out; `excluded` of shape (n,
    L): orthonormal, exogenous regressors partialled out; `parameters`: parameters of the first
    stage, absorbed effects included.
    """
    inside = excluded.T @ endogenous
    outside = endogenous - excluded @ inside
    noise = outside.T @ outside / (len(endogenous) - parameters)
    roots = eigh(symmetric(inside.T @ inside), symmetric(noise), eigvals_only=True)
    return float(roots.min() / excluded.shape[1])


def anderson_rubin(
    reduced: LinearFit, instruments: int, vcov: Vcov, labels: Labels
) -> HypothesisTest:
    """Test that all endogenous coefficients are zero, right with weak instruments too.

    Wald test of the excluded instruments in the reduced form (Anderson and Rubin 1949).

    Takes `reduced`: from `reduced_form` of the outcome; `instruments`: L.
    """
    covariance = vcov.covariance(reduced, labels).matrix[:instruments, :instruments]
    null = "all endogenous coefficients are zero"
    return wald("Anderson-Rubin", null, reduced.coefficients[:instruments], covariance)


def moment_weight(like: LinearFit, basis: Floats, vcov: Vcov, labels: Labels) -> tuple[Floats, int]:
    """Efficient GMM weight: inverse covariance of Z'u at the residuals of a first step, its rank.

    Takes `basis` of shape (n, m): orthonormal basis of all instruments; `vcov`: its small-sample
    factor is taken out.

    Returns shape (m, m), and the rank: below m with fewer clusters than instruments.
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

    Takes `like`: the first-step fit; its residuals weight the moments; `y` of shape (n,); `x` of
    shape (n, k); `basis` of shape (n, m): orthonormal basis of all instruments.

    Returns a chi-squared test with m − k degrees of freedom.
    """
    weight, rank = moment_weight(like, basis, vcov, labels)
    cross, target = basis.T @ x, basis.T @ y
    coefficients = np.linalg.solve(cross.T @ weight @ cross, cross.T @ weight @ target)
    gap = target - cross @ coefficients
    statistic = float(gap @ weight @ gap)
    return chi_squared("Hansen J", "instruments valid", statistic, rank - x.shape[1])
