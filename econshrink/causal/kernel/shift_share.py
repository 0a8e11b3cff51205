"""Inference with shift-share regressors: exposure-robust covariance, shocks as observations.

Cities with similar industry shares have similar residuals, whatever the distance between them.
With shares w_is, the residual regressor X̃ (controls partialled out) and residuals u, Adão,
Kolesár and Morales (2019, Quarterly Journal of Economics 134) use
V = Σ_s x̂_s² R_s² / (Σ_i X̃_i²)², R_s = Σ_i w_is u_i, and x̂ the coefficients of X̃ on the shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats, least_norm, symmetric
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.inference.linear_fit import Covariance, Labels, LinearFit

COLLINEAR = 1e-10  # smallest singular value of the shares, relative, that still counts as full rank


@dataclass(frozen=True)
@typed_fields
class ExposureRobust:
    """Errors correlated through shared exposure to sectors (AKM).

    With h = X (X'X)⁻¹ the weights of the residuals in the coefficients,
    V = Σ_s a_s a_s' R_s² with a = (W'W)⁻¹ W'h, W the shares and R = W'u. For one shift-share
    regressor, its controls absorbed or partialled out, this is the AKM formula; with an
    instrument X stands for its projection, and the formula is theirs too. Only the row of a
    shift-share term has this meaning: other terms of the same fit get a number that ignores all
    variation outside the shares.

    Parameters
    ----------
    shares : tuple of str
        Variables or city attributes that hold the shares.
    null : float, optional
        AKM0: residuals with the coefficient set to this value. The fit must have one coefficient.

    Raises
    ------
    SpecError
        No shares, a share twice; on use: collinear shares, not more cities than sectors, a null
        for several coefficients.

    Examples
    --------
    >>> ExposureRobust(("share_mining", "share_mills")).groupings
    ('number:share_mining', 'number:share_mills')
    """

    shares: tuple[str, ...]
    null: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shares", tuple(self.shares))
        faults = []
        if not self.shares:
            faults.append(Fault("no shares", "one variable a sector", "Name the share columns."))
        if len(set(self.shares)) < len(self.shares):
            faults.append(Fault("a share twice", "each once", "Remove the repeat."))
        raise_all(SpecError, faults)

    @property
    def groupings(self) -> tuple[str, ...]:
        """Row labels it needs."""
        return tuple(f"number:{name}" for name in self.shares)

    def covariance(self, fit: LinearFit, labels: Labels) -> Covariance:
        """Covariance of the coefficients of `fit`."""
        weights = np.column_stack([labels[name] for name in self.groupings]).astype(float)
        residuals = fit.residuals
        if self.null is not None:
            if fit.slopes != 1:
                seen = f"a null for {fit.slopes} coefficients"
                raise SpecError(Fault(seen, "one coefficient", "Partial out the controls first."))
            gain = fit.x[:, 0] * (fit.coefficients[0] - self.null)
            residuals = residuals + gain
        matrix = exposure_matrix(fit.x @ fit.bread, residuals, weights)
        kind = "AKM" if self.null is None else "AKM0"
        label = f"exposure-robust ({kind}), {len(self.shares)} sectors"
        stats = {"vcov_factor": 1.0, "vcov_sectors": float(len(self.shares))}
        note = "the covariance is meant for the shift-share term alone"
        notes = (note,) if fit.slopes > 1 else ()
        return Covariance(matrix, label, "none", float("inf"), {}, stats, notes, kind.lower())


def exposure_matrix(influence: Floats, residuals: Floats, shares: Floats) -> Floats:
    """Σ_s a_s a_s' R_s², shape (k, k).

    Takes `influence` of shape (n, k): X (X'X)⁻¹: the weight of each residual in each coefficient;
    `residuals` of shape (n,); `shares` of shape (n, S).

    Raises `SpecError`: shares that are collinear, or fewer cities than sectors.
    """
    projected = sector_coefficients(influence, shares)
    sums = shares.T @ residuals
    half = projected * sums[:, None]
    return symmetric(half.T @ half)


def sector_coefficients(values: Floats, shares: Floats) -> Floats:
    """Least-squares coefficients of `values` (n, k) on the shares (n, S): shape (S, k).

    Raises `SpecError`: collinear shares, or fewer cities than sectors.

    Examples
    --------
    >>> sector_coefficients(np.array([[2.0], [4.0]]), np.diag([1.0, 2.0])).ravel()
    array([2., 2.])
    """
    rows, sectors = shares.shape
    size = np.sqrt((shares**2).sum(axis=0))
    unit = shares / np.where(size > 0, size, 1.0)
    singular = np.linalg.svd(unit, compute_uv=False)
    if rows < sectors or not size.all() or singular.min() < COLLINEAR * singular.max():
        raise SpecError(
            Fault(
                f"shares of {sectors} sectors in {rows} cities that are collinear or zero",
                "independent shares and more cities than sectors",
                "Merge sectors.",
            )
        )
    return least_norm(shares, values)[0]


def akm0_interval(
    outcome: Floats, treatment: Floats, instrument: Floats, shares: Floats, level: float = 0.95
) -> tuple[tuple[float, float], ...]:
    """Values β not rejected by the exposure-robust test that imposes the null (AKM0).

    (X̃'(y − βx))² ≤ z² Σ_s x̂_s² (Σ_i w_is (y_i − βx_i))² is a quadratic inequality in β, whose
    solutions may be an interval, two rays or the line: it is right with weak instruments too.

    Parameters
    ----------
    outcome, treatment, instrument : ndarray, shape (n,)
        Controls and effects partialled out; without an instrument pass the treatment twice.
    shares : ndarray, shape (n, S)
    level : float

    Returns
    -------
    tuple of (float, float)

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=40)
    >>> y = x + 0.1 * rng.normal(size=40)
    >>> [tuple(round(end, 2) for end in pair) for pair in akm0_interval(y, x, x, np.eye(40))]
    [(0.98, 1.04)]
    """
    projected = sector_coefficients(instrument[:, None], shares)[:, 0]
    critical = float(special.ndtri(0.5 + level / 2)) ** 2
    y_sums, x_sums = shares.T @ outcome, shares.T @ treatment
    top, bottom = float(instrument @ outcome), float(instrument @ treatment)
    square = bottom**2 - critical * float((projected * x_sums) @ (projected * x_sums))
    cross = top * bottom - critical * float((projected * x_sums) @ (projected * y_sums))
    constant = top**2 - critical * float((projected * y_sums) @ (projected * y_sums))
    return quadratic_set(square, -2 * cross, constant)


def quadratic_set(a: float, b: float, c: float) -> tuple[tuple[float, float], ...]:
    """All β with aβ² + bβ + c ≤ 0."""
    inner = b * b - 4 * a * c
    if inner < 0:
        return ((-np.inf, np.inf),) if a < 0 else ()
    root = np.sqrt(inner)
    stable = -0.5 * (b + (root if b >= 0 else -root))
    ends = sorted([stable / a, c / stable] if stable else [-root / (2 * a), root / (2 * a)])
    low, high = float(ends[0]), float(ends[1])
    return ((low, high),) if a > 0 else ((-np.inf, low), (high, np.inf))


@dataclass(frozen=True, eq=False)
class ShockLevel:
    """A shift-share regression moved to the level of shocks (Borusyak, Hull and Jaravel 2022).

    Parameters
    ----------
    outcome, treatment : ndarray, shape (S,)
        Exposure-weighted means of the residualised outcome and treatment.
    weights : ndarray, shape (S,)
        Σ_i w_is, scaled to sum to one.
    coefficient : float
        Two-stage estimate with the shocks as the instrument: that of the city-level regression.
    std_error : float
        Heteroskedasticity-robust at the level of shocks.
    effective_shocks : float
        Inverse of the sum of squared weights.
    """

    outcome: Floats
    treatment: Floats
    weights: Floats
    coefficient: float
    std_error: float
    effective_shocks: float


def shock_level(outcome: Floats, treatment: Floats, shares: Floats, shocks: Floats) -> ShockLevel:
    """Regress shock-level means of the outcome on those of the treatment, shocks as instrument.

    Takes `outcome, treatment` of shape (n,): controls and effects partialled out, the sum of the
    shares among the controls; `shares` of shape (n, S); `shocks` of shape (S,): the same for all
    cities (nothing left out).

    Raises `SpecError`: a sector nobody is exposed to, or fewer than three sectors.
    """
    total = shares.sum(axis=0)
    if len(total) < 3 or not (total > 0).all():
        seen = f"{len(total)} sectors, {int((total <= 0).sum())} without exposure"
        raise SpecError(Fault(seen, "three sectors or more, all in use", "Merge sectors."))
    y, x = (shares.T @ outcome) / total, (shares.T @ treatment) / total
    weights = total / total.sum()
    centred = shocks - weights @ shocks
    strength = float((weights * centred) @ x)
    coefficient = float((weights * centred) @ y) / strength
    residuals = y - coefficient * x
    residuals = residuals - weights @ residuals
    slope = float((weights * centred) @ residuals) / float((weights * centred) @ centred)
    scores = weights * centred * (residuals - slope * centred)
    return ShockLevel(
        y,
        x,
        weights,
        coefficient,
        float(np.sqrt(scores @ scores) / abs(strength)),
        float(1 / (weights @ weights)),
    )


@dataclass(frozen=True, eq=False)
class Rotemberg:
    """A shift-share estimate as a weighted sum of one estimate a sector.

    Parameters
    ----------
    weights : ndarray, shape (K,)
        α_k, summing to one; may be negative.
    estimates : ndarray, shape (K,)
        β_k with the share of sector k (times its shock) as the only instrument.
    """

    weights: Floats
    estimates: Floats

    @property
    def total(self) -> float:
        """Σ α_k β_k, the shift-share estimate."""
        return float(self.weights @ self.estimates)


def rotemberg(outcome: Floats, treatment: Floats, parts: Floats) -> Rotemberg:
    """Rotemberg weights of the parts of a shift-share instrument.

    Takes `outcome, treatment` of shape (n,): controls and effects partialled out; `parts` of shape
    (n, K): s_ik g_k, whose row sums are the instrument.

    Raises `SpecError`: an instrument without covariance with the treatment.

    α_k = (part_k'x) / (Σ part'x) and β_k = (part_k'y) / (part_k'x) (Goldsmith-Pinkham, Sorkin and
    Swift 2020, American Economic Review 110). A sector whose part does not move the treatment has
    weight zero and no estimate of its own, which is shown as zero.

    Examples
    --------
    >>> x = np.array([1.0, -1.0, 0.5, -0.5])
    >>> parts = np.column_stack([x, 0.5 * x])
    >>> found = rotemberg(2 * x, x, parts)
    >>> found.weights.round(3), found.total
    (array([0.667, 0.333]), 2.0)
    """
    strength = parts.T @ treatment
    if not np.isfinite(strength).all() or strength.sum() == 0:
        seen = "an instrument that does not move with the treatment"
        raise SpecError(Fault(seen, "some first stage", "Look at shares and shocks."))
    moved = np.where(strength == 0, np.nan, strength)
    estimates = (parts.T @ outcome) / moved
    return Rotemberg(strength / strength.sum(), np.where(strength == 0, 0.0, estimates))
