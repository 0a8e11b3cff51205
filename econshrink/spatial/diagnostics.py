"""Lagrange multiplier tests and Moran's I for residuals of panels with fixed effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse, special

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.hypothesis import chi_squared
from econshrink.inference.linear_fit import least_squares
from econshrink.nouns.hypothesis import HypothesisTest
from econshrink.nouns.spec import Spec
from econshrink.panel.design.entrance import enter
from econshrink.spatial.design import SpatialDesign, spatial_design
from econshrink.spatial.kernel.likelihood import Counting
from econshrink.spatial.neighbours import Neighbours
from econshrink.spatial.options import LeeYu, Likelihood, WFirst


@dataclass(frozen=True, repr=False, kw_only=True)
class ResidualMoran(HypothesisTest):
    """Moran's I of residuals, all years pooled, with its exact moments under the null.

    ``statistic`` is I = e'(I_T ⊗ W)e / e'e, ``p_value`` two-sided, from the normal law of `z`.

    Parameters
    ----------
    expectation, std_error : float
        Moments for independent normal errors and these covariates and effects.
    z : float
        (I − expectation) / std_error.
    """

    expectation: float
    std_error: float
    z: float


def lm_tests(
    data: Any,
    spec: Spec | str,
    neighbours: Neighbours,
    *,
    unit: str | None = None,
    time: str | None = None,
    lagged: tuple[str, ...] | None = (),
    likelihood: Likelihood = LeeYu(),  # noqa: B008 - a frozen option, never changed,
) -> tuple[HypothesisTest, HypothesisTest, HypothesisTest, HypothesisTest]:
    """Tests of least squares with fixed effects against a spatial lag or spatial error.

    Parameters
    ----------
    panel, spec, neighbours
        As for `fit_spatial`.
    lagged : tuple of str, or None
        Covariates whose spatial lag is in the null model (None: all), to test SLX against the
        Durbin model.
    likelihood : LeeYu or DummyVariables
        Whose scores are tested. Residuals that were swept of year effects have e'We of mean
        −(T−1)σ², which `LeeYu` takes off and the textbook form with all rows does not: its
        tests reject far too often, the more so the longer the panel.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    tuple of HypothesisTest
        Lag, error, lag robust to an error process, error robust to a lag; one degree of freedom
        each.

    Raises
    ------
    SpecError, DataError
        See `spatial_design`; a spatial lag of the fitted values that the covariates determine.

    Notes
    -----
    With r rows, p years, τ = tr W (0, or −1 after the transformation), d_y = e'Wy/σ² − pτ,
    d_e = e'We/σ² − pτ, C = p tr(WW + W'W) and J = C + (WXb)'M(WXb)/σ²: lag d_y²/J, error d_e²/C,
    robust (d_y − d_e)²/(J − C) and (d_e − C d_y/J)²/(C (1 − C/J)). Anselin, Le Gallo and Jayet
    (2008); Debarsy and Ertur (2010). Memory is a few columns of length nT.

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> cities = [f"{i:06d}" for i in range(12)]
    >>> ring = Neighbours.from_pairs(
    ...     pd.DataFrame({"city_a": cities, "city_b": cities[1:] + cities[:1]}))
    >>> rng = np.random.default_rng(3)
    >>> x, e = rng.normal(size=(12, 20)), rng.normal(size=(12, 20))
    >>> y = np.linalg.solve(np.eye(12) - 0.4 * ring.matrix.toarray(), x + e)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat(cities, 20), "year": [*range(2000, 2020)] * 12,
    ...     "y": y.ravel(), "x": x.ravel()}))
    >>> tests = lm_tests(panel, Spec("y", ("x",), ("city", "year")), ring)
    >>> [test.name for test in tests], tests[0].p_value < 0.001
    (['LM lag', 'LM error', 'robust LM lag', 'robust LM error'], True)
    """
    panel, spec, _ = enter(data, spec, unit=unit, time=time, also=None)
    found = spatial_design(panel, spec, neighbours, WFirst(), lagged)
    counts = found.counting(likelihood)
    z = np.hstack([found.x, found.wx])
    b, e, _ = least_squares(found.y, z)
    sigma2 = float(e @ e) / counts.rows
    trace, squares, gram = _weights_traces(found.w, counts)
    centre = counts.periods * trace
    lag = float(e @ found.wy) / sigma2 - centre
    error = float(e @ _lagged(found, e)) / sigma2 - centre
    scale = counts.periods * (squares + gram)
    _, outside, _ = least_squares(found.sweep(_lagged(found, z @ b)), z)
    extra = float(outside @ outside) / sigma2
    if not extra > 1e-10 * scale:
        raise SpecError(
            Fault(
                "spatial lags of the fitted values that the covariates determine",
                "covariates whose spatial lags are not all in the model",
                "Test with fewer `lagged` covariates; lag and error cannot be told apart here.",
            )
        )
    joint = scale + extra
    none = "no spatial dependence"
    return (
        chi_squared("LM lag", none, lag**2 / joint, 1),
        chi_squared("LM error", none, error**2 / scale, 1),
        chi_squared(
            "robust LM lag", "no spatial lag, given an error process", (lag - error) ** 2 / extra, 1
        ),
        chi_squared(
            "robust LM error",
            "no error process, given a spatial lag",
            (error - scale / joint * lag) ** 2 / (scale * (1 - scale / joint)),
            1,
        ),
    )


def residual_moran(
    data: Any,
    spec: Spec | str,
    neighbours: Neighbours,
    *,
    unit: str | None = None,
    time: str | None = None,
    lagged: tuple[str, ...] | None = (),
) -> ResidualMoran:
    """Moran's I of the residuals of least squares with fixed effects.

    Parameters
    ----------
    panel, spec, neighbours, lagged
        As for `lm_tests`.
    unit, time : str, optional
        Columns that say who and when; not for a `CityPanel`.

    Returns
    -------
    ResidualMoran

    Raises
    ------
    SpecError, DataError
        See `spatial_design`.

    Notes
    -----
    Moments of a ratio of quadratic forms in normal errors (Cliff and Ord 1981, chapter 8): with
    M the projection on the residuals, A = M(I_T ⊗ W)M and d its rank,
    E = tr A/d and E² + Var = [tr A² + tr AA' + (tr A)²]/(d(d + 2)).

    Examples
    --------
    >>> from econshrink.nouns.panel import CityPanel
    >>> import pandas as pd
    >>> cities = [f"{i:06d}" for i in range(12)]
    >>> ring = Neighbours.from_pairs(
    ...     pd.DataFrame({"city_a": cities, "city_b": cities[1:] + cities[:1]}))
    >>> rng = np.random.default_rng(3)
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": np.repeat(cities, 20), "year": [*range(2000, 2020)] * 12,
    ...     "y": rng.normal(size=240), "x": rng.normal(size=240)}))
    >>> found = residual_moran(panel, Spec("y", ("x",), ("city", "year")), ring)
    >>> round(found.expectation, 4), found.p_value > 0.05
    (-0.0913, True)
    """
    panel, spec, _ = enter(data, spec, unit=unit, time=time, also=None)
    found = spatial_design(panel, spec, neighbours, WFirst(), lagged)
    counts = found.counting(LeeYu())
    z = np.hstack([found.x, found.wx])
    _, e, _ = least_squares(found.y, z)
    observed = float(e @ _lagged(found, e)) / float(e @ e)
    q = np.linalg.qr(z / np.sqrt((z**2).sum(axis=0)))[0]
    right, left = _swept_lag(found, q, found.w), _swept_lag(found, q, sparse.csr_array(found.w.T))
    inner = q.T @ right
    trace, squares, gram = (counts.periods * t for t in _weights_traces(found.w, counts))
    trace -= float(np.trace(inner))
    squares += float(-2 * (left * right).sum() + (inner * inner.T).sum())
    gram += float(-(left**2).sum() - (right**2).sum() + (inner**2).sum())
    d = counts.rows - z.shape[1]
    expectation = trace / d
    variance = (squares + gram + trace**2) / (d * (d + 2)) - expectation**2
    std_error = float(np.sqrt(variance))
    score = (observed - expectation) / std_error
    p_value = float(2 * special.ndtr(-abs(score)))
    return ResidualMoran(
        name="Moran's I of residuals",
        null="no spatial autocorrelation of the errors",
        statistic=observed,
        df=float("nan"),
        p_value=p_value,
        expectation=expectation,
        std_error=std_error,
        z=score,
    )


def _weights_traces(w: sparse.csr_array, counts: Counting) -> tuple[float, float, float]:
    """Traces of W, WW and W'W, less the eigenvalue 1 if year effects were transformed away."""
    squares, gram = float(w.multiply(w.T).sum()), float((w.data**2).sum())
    if not counts.without_unit_root:
        return 0.0, squares, gram
    sums = np.asarray(w.sum(axis=0)).ravel()
    return -1.0, squares - 1, gram - float(sums @ sums) / w.shape[0]


def _lagged(found: SpatialDesign, column: Floats) -> Floats:
    return np.asarray(found.w @ column.reshape(found.cities, -1)).ravel()


def _swept_lag(found: SpatialDesign, columns: Floats, w: sparse.csr_array) -> Floats:
    """M0 (I ⊗ W) q for every column, M0 the sweep of the effects."""
    lagged = np.asarray(w @ columns.reshape(found.cities, -1)).reshape(columns.shape)
    return found.sweep(lagged)
