"""Confidence sets that hold with weak instruments: Anderson-Rubin and conditional likelihood ratio.

Both work on the reduced form: coefficients π_y and π_x of outcome and endogenous regressor on L
instruments. g(β) = π_y − β π_x has covariance Ω(β), a quadratic in β; AR(β) = g'Ω⁻¹g is
chi-squared with L degrees of freedom at the true β in large samples, weak instruments or not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special
from scipy.linalg import eig
from scipy.optimize import brentq

from econshrink.causal.kernel.clr import clr_p_value
from econshrink.core.arrays import Floats, symmetric
from econshrink.core.errors import Fault, SpecError
from econshrink.panel.kernel.reduced_form import ReducedForm

Intervals = tuple[tuple[float, float], ...]
GRID = 721  # angles on which the conditional test is evaluated before its ends are refined
REAL = 1e-7  # imaginary part, relative to size, below which a root counts as real


def checked_reduced_form(form: ReducedForm) -> ReducedForm:
    """Return `form`, or raise a `SpecError` if its covariance is not positive definite.

    Examples
    --------
    >>> form = ReducedForm(np.array([1.0]), np.array([2.0]), np.eye(2))
    >>> checked_reduced_form(form) is form
    True
    """
    size = np.sqrt(np.abs(np.diag(form.covariance)))
    scaled = form.covariance / np.outer(size, size) if size.all() else form.covariance
    if not size.all() or np.linalg.eigvalsh(scaled).min() < 1e-11:
        seen = f"a reduced-form covariance of {2 * form.instruments} coefficients without full rank"
        remedy = "Use fewer instruments, more clusters or another covariance."
        raise SpecError(Fault(seen, "a positive definite one", remedy))
    return form


def ar_statistic(form: ReducedForm, beta: float) -> float:
    """Anderson-Rubin statistic at one value, chi-squared with L degrees of freedom.

    Examples
    --------
    >>> ar_statistic(ReducedForm(np.array([1.0]), np.array([2.0]), np.eye(2)), 0.5)
    0.0
    """
    gap = form.gap(beta)
    return float(gap @ np.linalg.solve(form.gap_covariance(beta), gap))


def ar_set(form: ReducedForm, level: float = 0.95) -> Intervals:
    """All β with AR(β) at most its critical value, exactly.

    AR(β) = c if and only if det(c Ω(β) − g(β) g(β)') = 0, a quadratic eigenvalue problem of size
    L whose real roots are the ends of the set; between them the statistic is looked at once.

    Returns intervals: possibly unbounded, several or none.

    Raises `SpecError`: a covariance without full rank.
    """
    checked_reduced_form(form)
    critical = ar_critical(form, level)
    v_yy, v_yx, v_xx = form.blocks()
    y, x = form.outcome, form.endogenous
    constant = critical * v_yy - np.outer(y, y)
    linear = -critical * (v_yx + v_yx.T) + np.outer(y, x) + np.outer(x, y)
    square = critical * v_xx - np.outer(x, x)
    roots = _real_roots(constant, linear, square)
    return accepted(roots, lambda beta: ar_statistic(form, beta) <= critical)


def ar_critical(form: ReducedForm, level: float) -> float:
    """Critical value of the Anderson-Rubin statistic.

    With G clusters and scores under the null, AR = G T²/(G − 1 + T²) with T² Hotelling's statistic
    of the G cluster scores, so that (G − L)/L · AR/(G − AR) is F(L, G − L) if these are normal
    and alike: AR ≤ G L q/(G − L + L q), q the quantile. With iid errors it is L times the
    quantile of F(L, df), and with neither that of chi-squared.

    Examples
    --------
    >>> one, two = np.array([1.0]), np.eye(2)
    >>> round(ar_critical(ReducedForm(one, one, two), 0.95), 4)
    3.8415
    >>> round(ar_critical(ReducedForm(one, one, two, clusters=30.0), 0.95), 4)
    3.7817
    """
    size = form.instruments
    if np.isfinite(form.clusters):
        room = form.clusters - size
        if room < 1:
            seen = f"{form.clusters:.0f} clusters for {size} instruments"
            raise SpecError(Fault(seen, "more clusters than instruments", "Use fewer."))
        q = float(special.fdtri(size, room, level))
        return float(form.clusters * size * q / (room + size * q))
    if np.isfinite(form.df):
        return float(size * special.fdtri(size, form.df, level))
    return float(special.chdtri(size, 1 - level))


def clr_set(form: ReducedForm, level: float = 0.95) -> Intervals:
    """All β that the conditional likelihood ratio test does not reject (Moreira 2003).

    The test is evaluated on a grid of angles β = tan θ around the point that fits best, and the
    ends are refined; with one instrument it is the Anderson-Rubin set. Critical values are those
    of large samples.

    Raises `SpecError`: a covariance without full rank.
    """
    if form.instruments == 1:
        return ar_set(form, level)
    checked_reduced_form(form)
    scale = _scale(form)

    def excess(theta: float) -> float:
        return clr_test(form, float(scale * np.tan(theta))) - (1 - level)

    grid = np.linspace(-np.pi / 2, np.pi / 2, GRID)[1:-1]
    values = [excess(float(theta)) for theta in grid]
    roots = [
        scale * np.tan(brentq(excess, grid[i], grid[i + 1], xtol=1e-13))
        for i in range(len(grid) - 1)
        if values[i] * values[i + 1] < 0
    ]
    return accepted(np.array(roots), lambda beta: clr_test(form, beta) >= 1 - level)


def clr_test(form: ReducedForm, beta: float) -> float:
    """P-value of the conditional likelihood ratio test at one value.

    S = Ω^{-1/2} g carries the null, T the strength of the instruments given S; with Q_S = S'S,
    LR = ½(Q_S − Q_T + √((Q_S + Q_T)² − 4(Q_S Q_T − Q_ST²))) and its law given Q_T is known. This
    is Moreira's (2003) test with iid errors, and the conditional quasi-likelihood ratio test in
    minimum-distance form otherwise (Kleibergen 2007; Finlay and Magnusson 2009).

    Parameters
    ----------
    form : ReducedForm
    beta : float

    Returns
    -------
    float
    """
    omega = form.gap_covariance(beta)
    root = np.linalg.cholesky(omega)
    s = np.linalg.solve(root, form.gap(beta))
    cross, first = form.strength_blocks(beta)
    projected = np.linalg.solve(root, cross.T)
    d = form.endogenous - projected.T @ s
    spread = symmetric(first - projected.T @ projected)
    strength = float(d @ np.linalg.solve(spread, d))
    direction = np.linalg.solve(root, d)
    along = float(direction @ s) ** 2 / float(direction @ direction)
    total = float(s @ s)
    inner = (total + strength) ** 2 - 4 * strength * (total - along)
    ratio = 0.5 * (total - strength + np.sqrt(max(inner, 0.0)))
    return clr_p_value(ratio, strength, form.instruments)


def accepted(roots: Floats, inside: Callable[[float], bool]) -> Intervals:
    """Intervals of the line between `roots` in which `inside` holds, neighbours merged.

    Examples
    --------
    >>> accepted(np.array([-1.0, 2.0]), lambda beta: not -1 < beta < 2)
    ((-inf, -1.0), (2.0, inf))
    """
    ends = np.unique(roots)
    if not len(ends):
        return ((-np.inf, np.inf),) if inside(0.0) else ()
    reach = max(float(ends[-1] - ends[0]), float(np.abs(ends).max()), 1e-8)
    points = [ends[0] - reach, *((ends[1:] + ends[:-1]) / 2), ends[-1] + reach]
    bounds = [-np.inf, *ends.tolist(), np.inf]
    found: list[tuple[float, float]] = []
    for low, high, point in zip(bounds[:-1], bounds[1:], points, strict=True):
        if not inside(float(point)):
            continue
        if found and found[-1][1] == low:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return tuple(found)


def _real_roots(constant: Floats, linear: Floats, square: Floats) -> Floats:
    """Real β with det(constant + β linear + β² square) = 0, by linearisation."""
    size = len(constant)
    scale = np.sqrt(np.abs(constant).max() / np.abs(square).max())
    linear, square = scale * linear, scale**2 * square
    zero, eye = np.zeros((size, size)), np.eye(size)
    left = np.block([[zero, eye], [-constant, -linear]])
    right = np.block([[eye, zero], [zero, square]])
    norm = max(np.abs(left[size:]).max(), np.abs(right[size:, size:]).max())
    left[size:] /= norm
    right[size:] /= norm
    values = eig(left, right, right=False)
    values = values[np.isfinite(values)]
    real = np.abs(values.imag) <= REAL * np.maximum(1.0, np.abs(values))
    return np.asarray(np.sort(values.real[real]) * scale, dtype=np.float64)


def _scale(form: ReducedForm) -> float:
    """A size of β at which half of the grid of angles lies on either side."""
    v_yy, _, v_xx = form.blocks()
    return float(np.sqrt(np.trace(v_yy) / np.trace(v_xx)))
