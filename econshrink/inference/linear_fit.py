"""What a covariance estimator needs of a linear fit, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.linalg import solve_triangular

from econshrink.core.arrays import Floats, Ints, squares
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.absorption import Absorber

UNIT, TIME = "(unit)", "(time)"  # row labels of a panel, whatever its columns are called
WELL_CONDITIONED = 0.05  # smallest eigenvalue of the Gram of unit columns
Labels = Mapping[str, np.ndarray]  # codes of groupings, calendar years, or coordinates


@dataclass(frozen=True, eq=False)
class LinearFit:
    """Arrays of a fitted linear model y = Xb + u after all transformations.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Transformed outcome (swept, quasi-demeaned, multiplied by root weights …).
    x : ndarray, shape (n, k)
        Transformed regressors; for instrumental variables their projection on the instruments.
    coefficients : ndarray, shape (k,)
    residuals : ndarray, shape (n,)
        Transformed residuals; for instrumental variables those of the structural equation.
    bread : ndarray, shape (k, k)
        (X'X)⁻¹.
    effects : tuple of ndarray of int, each of shape (n,)
        Codes of the absorbed effects.
    effect_names : tuple of str
    effects_rank : int
        Rank of their dummies together.
    absorber : Absorber, optional
        The projection, where leverages of the dummies are asked for.
    least_squares : bool
        True if the coefficients are least squares of y on x; False for instrumental variables,
        where leverages and the jackknife would need the first stage too.
    unit : str
        Name of the effect that is the panel's unit.
    """

    y: Floats
    x: Floats
    coefficients: Floats
    residuals: Floats
    bread: Floats
    effects: tuple[Ints, ...] = ()
    effect_names: tuple[str, ...] = ()
    effects_rank: int = 0
    absorber: Absorber | None = None
    least_squares: bool = True
    unit: str = "city"

    @property
    def nobs(self) -> int:
        """Rows n."""
        return len(self.residuals)

    @property
    def slopes(self) -> int:
        """Estimated coefficients k."""
        return int(self.x.shape[1])

    @property
    def scores(self) -> Floats:
        """Rows x_i u_i, shape (n, k)."""
        return np.asarray(self.x * self.residuals[:, None])

    @property
    def rss(self) -> float:
        """Residual sum of squares."""
        return float(self.residuals @ self.residuals)


@dataclass(frozen=True, eq=False)
class Covariance:
    """A covariance matrix with everything that must be printed under it.

    Parameters
    ----------
    matrix : ndarray, shape (k, k)
    label : str
        The estimator in words.
    small_sample : str
        Name of the small-sample rule.
    df_t : float
        Degrees of freedom of the t statistics.
    clusters : dict
        Clustering variable to number of clusters.
    stats : dict
        Factor, parameter counts, lags, cutoffs.
    notes : tuple of str
        Repairs and warnings.
    kind : str
        What it is, for code to read, such as ``"clustered"``; `label` is for people.
    """

    matrix: Floats
    label: str
    small_sample: str
    df_t: float
    clusters: dict[str, int] = field(default_factory=dict)
    stats: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    kind: str = ""


class Vcov(Protocol):
    """A covariance option: which row labels it needs, and the covariance of a fit."""

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs: `UNIT`, `TIME`, their names, or city attributes."""

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:
        """Covariance of the coefficients of `fit`; `labels` holds codes of the groupings."""


def only_least_squares(fit: LinearFit, what: str) -> None:
    """Raise a `SpecError` if `fit` is not least squares, which `what` needs.

    Examples
    --------
    >>> x, y = np.ones((3, 1)), np.array([1.0, 2.0, 6.0])
    >>> only_least_squares(LinearFit(y, x, *least_squares(y, x)), "a jackknife")
    """
    if not fit.least_squares:
        raise SpecError(
            Fault(
                f"{what} for an instrumental-variable fit",
                "a least-squares fit",
                "Use Heteroskedastic('HC1'), Clustered, DriscollKraay or Conley.",
            )
        )


def least_squares(y: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """Ordinary least squares: coefficients, residuals and (X'X)⁻¹.

    By the refined normal equations of unit columns where these are far from collinear, which costs
    a fraction of QR and loses no digit there; by QR elsewhere.

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
        Of full column rank: the caller has checked it.

    Returns
    -------
    tuple of ndarray
        Shapes (k,), (n,) and (k, k).

    Examples
    --------
    >>> b, u, bread = least_squares(np.array([1.0, 2.0, 4.0]), np.array([[1.0], [2.0], [4.0]]))
    >>> b.round(12), float(bread[0, 0].round(6))
    (array([1.]), 0.047619)
    """
    scale = np.sqrt(squares(x))
    gram = x.T @ x / np.outer(scale, scale)
    if x.shape[1] and np.linalg.eigvalsh(gram)[0] > WELL_CONDITIONED:
        lower = np.linalg.cholesky(gram)
        coefficients, residuals = np.zeros(x.shape[1]), y
        for _ in range(2):  # refined: the residual of the solution is fitted again
            half = solve_triangular(lower, x.T @ residuals / scale, lower=True)
            coefficients = coefficients + solve_triangular(lower, half, lower=True, trans="T")
            fitted = x @ (coefficients / scale)
            residuals = np.subtract(y, fitted, out=fitted)
        inverse = solve_triangular(lower, np.eye(len(lower)), lower=True).T / scale[:, None]
        return coefficients / scale, residuals, inverse @ inverse.T
    unit = x / scale
    q, r = np.linalg.qr(unit)
    coefficients = solve_triangular(r, q.T @ y)
    coefficients = coefficients + solve_triangular(r, q.T @ (y - unit @ coefficients))
    inverse = solve_triangular(r, np.eye(len(r))) / scale[:, None]
    coefficients = coefficients / scale
    return coefficients, y - x @ coefficients, inverse @ inverse.T
