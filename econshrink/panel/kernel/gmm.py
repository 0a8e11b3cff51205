"""Linear GMM on stacked difference and level rows: estimates, corrections, tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, Ints, group_sums, symmetric
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.hypothesis import chi_squared, normal
from econshrink.nouns.hypothesis import HypothesisTest

RANK_TOLERANCE = 1e-11  # eigenvalues of a moment matrix with unit diagonal, relative to the largest


@dataclass(frozen=True, eq=False)
class MomentData:
    """Stacked rows of a dynamic panel: differences first, then levels (if any).

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
    z : ndarray, shape (n, m)
        Instruments, zero where there is none.
    city : ndarray of int, shape (n,)
        Dense codes 0 … G-1.
    year : ndarray of int, shape (n,)
    differenced : ndarray of bool, shape (n,)
    """

    y: Floats
    x: Floats
    z: Floats
    city: Ints
    year: Ints
    differenced: np.ndarray

    @property
    def cities(self) -> int:
        """Number of cities G."""
        return int(self.city.max()) + 1


@dataclass(frozen=True, eq=False)
class GmmFit:
    """One step of linear GMM.

    Parameters
    ----------
    coefficients : ndarray, shape (k,)
    residuals : ndarray, shape (n,)
    weight : ndarray, shape (m, m)
        W, the generalised inverse of the moments' second moments.
    inverse : ndarray, shape (k, k)
        M = (X'Z W Z'X)⁻¹.
    moments : ndarray, shape (G, m)
        Z_i'u_i by city.
    rank : int
        Rank of the matrix that W inverts.
    """

    coefficients: Floats
    residuals: Floats
    weight: Floats
    inverse: Floats
    moments: Floats
    rank: int


def one_step(data: MomentData) -> GmmFit:
    """One-step GMM with W₁ = (Σ_i Z_i'H_iZ_i)⁻¹, H = RR'.

    R stacks the difference matrix D over the identity of the level rows: H = DD' (2 on the
    diagonal, −1 beside it) for differences alone, [DD', D; D', I] for the system.

    Examples
    --------
    >>> data = MomentData(
    ...     np.array([1.0, -1.0, 3.0]), np.ones((3, 1)), np.ones((3, 1)), np.arange(3),
    ...     np.full(3, 2001), np.array([True] * 3))
    >>> one_step(data).coefficients.round(12)
    array([1.])
    """
    return _solve(data, _initial_moments(data))


def two_step(data: MomentData, first: GmmFit) -> GmmFit:
    """Two-step GMM with W₂ = (Σ_i Z_i'û_iû_i'Z_i)⁻¹ from the first step's residuals."""
    return _solve(data, first.moments.T @ first.moments)


def robust_one_step(data: MomentData, fit: GmmFit) -> Floats:
    """Sandwich covariance of one-step GMM, clustered by city, no factor."""
    gain = fit.inverse @ data.x.T @ data.z @ fit.weight
    half = fit.moments @ gain.T
    return np.asarray(half.T @ half)


def error_variance(data: MomentData, fit: GmmFit) -> float:
    """σ² of the level errors from differenced residuals: u'u / (2 (n − k)), difference rows.

    Examples
    --------
    >>> data = MomentData(
    ...     np.array([1.0, -1.0, 2.0]), np.ones((3, 1)), np.ones((3, 1)), np.arange(3),
    ...     np.full(3, 2001), np.array([True] * 3))
    >>> round(error_variance(data, one_step(data)), 6)
    1.166667
    """
    u = fit.residuals[data.differenced]
    return float((u @ u) / (2 * (len(u) - data.x.shape[1])))


def windmeijer(data: MomentData, first: GmmFit, second: GmmFit) -> Floats:
    """Finite-sample corrected two-step covariance (Windmeijer 2005).

    V = M₂ + DM₂ + M₂D' + DV₁D'; column j of D is −M₂X'ZW₂ (∂S/∂b_j) W₂Z'û₂ with
    ∂S/∂b_j = −Σ_i (Z_i'x_ij û_i'Z_i + Z_i'û_i x_ij'Z_i) at the first step.
    """
    k = data.x.shape[1]
    pull = second.weight @ data.z.T @ second.residuals
    along = first.moments @ pull
    change = np.empty((data.z.shape[1], k))
    for j in range(k):
        cross = group_sums(data.z * data.x[:, [j]], data.city, data.cities)
        change[:, j] = -(cross.T @ along + first.moments.T @ (cross @ pull))
    slope = -second.inverse @ data.x.T @ data.z @ second.weight @ change
    plain, base = second.inverse, robust_one_step(data, first)
    return symmetric(plain + slope @ plain + plain @ slope.T + slope @ base @ slope.T)


def overidentification(
    name: str, data: MomentData, fit: GmmFit, weight: Floats, rank: int, variance: float = 1.0
) -> HypothesisTest:
    """Test û'Z W Z'û / variance that the instruments are valid; df = rank of W less k."""
    moment = data.z.T @ fit.residuals
    statistic = float(moment @ weight @ moment) / variance
    return chi_squared(name, "instruments valid", statistic, rank - data.x.shape[1])


def serial_correlation(
    data: MomentData, fit: GmmFit, covariance: Floats, order: int, variance: float | None = None
) -> HypothesisTest:
    """Arellano-Bond test m_j of no serial correlation of order j in differenced residuals.

    Parameters
    ----------
    data : MomentData
    fit : GmmFit
    covariance : ndarray, shape (k, k)
        Covariance of the coefficients that enters the variance of the statistic.
    order : int
    variance : float, optional
        σ² of the level errors: the statistic for homoskedastic one-step errors; without it the
        residuals' own products are used (robust).

    Returns
    -------
    HypothesisTest
        Standard normal under the null; a statistic of nan if no city has residuals that far apart.
    """
    rows = np.flatnonzero(data.differenced)
    u, x = fit.residuals[rows], data.x[rows]
    city, year = data.city[rows].astype(np.int64), data.year[rows]
    earlier = _shift(city, year, u, order)
    products = np.bincount(city, weights=earlier * u, minlength=data.cities)
    pull = earlier @ x
    gain = fit.inverse @ data.x.T @ data.z @ fit.weight
    if variance is None:
        own = float(products @ products)
        mixed = fit.moments.T @ products
    else:
        own, mixed = _homoskedastic(data, rows, earlier, variance)
    spread = own - 2 * float(pull @ gain @ mixed) + float(pull @ covariance @ pull)
    statistic = float(products.sum()) / np.sqrt(spread) if spread > 0 else float("nan")
    return normal(f"m{order}", f"no serial correlation of order {order}", statistic)


def _homoskedastic(
    data: MomentData, rows: Ints, earlier: Floats, variance: float
) -> tuple[float, Floats]:
    """σ² e'He and σ² Z'H e for e the lagged residuals, H that of the first step."""
    whole = np.zeros(len(data.y))
    whole[rows] = earlier
    spread = _level_space(data, whole[:, None])
    instruments = _level_space(data, data.z)
    return (
        variance * float((spread**2).sum()),
        variance * np.asarray(instruments.T @ spread).ravel(),
    )


def _shift(city: Ints, year: Ints, values: Floats, order: int) -> Floats:
    """Values `order` calendar years earlier in the same city, zero where there are none."""
    key = city * (int(np.ptp(year)) + 1 + order) + (year - year.min())
    sorter = np.argsort(key)
    place = np.minimum(np.searchsorted(key[sorter], key - order), len(key) - 1)
    found = key[sorter][place] == key - order
    return np.where(found, values[sorter][place], 0.0)


def _level_space(data: MomentData, columns: Floats) -> Floats:
    """R'Z: difference rows go to their year and, with a minus, to the year before."""
    first = int(data.year.min()) - 1
    span = int(data.year.max()) - first + 1
    place = data.city * span + (data.year - first)
    spread = np.zeros((data.cities * span, columns.shape[1]))
    d = data.differenced
    spread[place[d]] += columns[d]
    spread[place[d] - 1] -= columns[d]
    spread[place[~d]] += columns[~d]
    return spread


def _initial_moments(data: MomentData) -> Floats:
    spread = _level_space(data, data.z)
    return np.asarray(spread.T @ spread)


def _solve(data: MomentData, second_moments: Floats) -> GmmFit:
    weight, rank = generalised_inverse(second_moments)
    cross = data.x.T @ data.z
    scale = np.sqrt((data.x**2).sum(axis=0))
    cross_scaled = cross / scale[:, None]
    information = symmetric(np.asarray(cross_scaled @ weight @ cross_scaled.T, dtype=np.float64))
    size = np.sqrt(np.abs(np.diag(information)))
    if not size.all() or np.linalg.eigvalsh(information / np.outer(size, size)).min() < 1e-12:
        raise SpecError(
            Fault(
                f"moments of rank {rank} from {data.cities} cities that do not identify "
                f"{data.x.shape[1]} coefficients",
                "more cities and instruments than coefficients",
                "Use fewer covariates or year effects, one step, or other instruments.",
            )
        )
    inverse = symmetric(np.asarray(np.linalg.inv(information), dtype=np.float64))
    inverse = inverse / np.outer(scale, scale)
    coefficients = inverse @ (cross @ (weight @ (data.z.T @ data.y)))
    residuals = data.y - data.x @ coefficients
    moments = group_sums(data.z * residuals[:, None], data.city, data.cities)
    return GmmFit(coefficients, residuals, weight, inverse, moments, rank)


def generalised_inverse(matrix: Floats) -> tuple[Floats, int]:
    """Moore-Penrose inverse of a moment matrix scaled to a unit diagonal, and its rank.

    Examples
    --------
    >>> inverse, rank = generalised_inverse(np.array([[4.0, 0.0], [0.0, 0.0]]))
    >>> inverse, rank
    (array([[0.25, 0.  ],
           [0.  , 0.  ]]), 1)
    """
    scale = np.sqrt(np.diag(matrix))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(symmetric(matrix / np.outer(scale, scale)))
    keep = values > RANK_TOLERANCE * values.max()
    half = vectors[:, keep] / np.sqrt(values[keep]) / scale[:, None]
    return half @ half.T, int(keep.sum())
