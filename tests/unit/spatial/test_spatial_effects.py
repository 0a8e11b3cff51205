"""Impacts and tests of spatial panels against dense inverses and dense quadratic forms."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.spatial import cKDTree

from econshrink.core.errors import SpecError
from econshrink.inference.resampling import Resampling
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe
from econshrink.spatial.diagnostics import lm_tests, residual_moran
from econshrink.spatial.fit import fit_spatial
from econshrink.spatial.impacts import Simulation, spatial_impacts
from econshrink.spatial.neighbours import Neighbours
from econshrink.spatial.options import (
    SLX,
    DummyVariables,
    LeeYu,
    SpatialDurbin,
    SpatialError,
    SpatialLag,
)

SPEC = Spec("y", ("a", "b"), ("city", "year"))
N, T = 40, 6


def simulated(rho=0.4, seed=3, n=N, years=T):
    rng = np.random.default_rng(seed)
    points = rng.random((n, 2))
    near = cKDTree(points).query(points, 5)[1][:, 1:]
    cells = (np.repeat(np.arange(n), 4), near.ravel())
    w = sparse.csr_array((np.full(4 * n, 0.25), cells), shape=(n, n))
    a, b, e = rng.normal(size=(3, n, years))
    mean = a - 0.5 * b + 0.3 * (w @ a) + rng.normal(size=(n, 1)) + rng.normal(size=years) + e
    y = np.linalg.solve(np.eye(n) - rho * w.toarray(), mean)
    cities = tuple(f"{i:06d}" for i in range(n))
    columns = {"y": y.ravel(), "a": a.ravel(), "b": b.ravel()}
    index = {"city": np.repeat(cities, years), "year": [*range(2001, 2001 + years)] * n}
    return CityPanel.from_long(pd.DataFrame(index | columns)), Neighbours(cities, w)


PANEL, W = simulated()
DENSE = W.matrix.toarray()


def dense_impacts(b, terms):
    """Mean diagonal and mean row sum of dy/dx = S (βI + θW), from the dense inverse."""
    at = dict(zip(terms, b, strict=True))
    inverse = np.linalg.inv(np.eye(N) - at.get("rho", 0.0) * DENSE)
    values = []
    for name in ("a", "b"):
        effect = inverse @ (at[name] * np.eye(N) + at.get(f"W({name})", 0.0) * DENSE)
        direct, total = np.trace(effect) / N, effect.sum() / N
        values += [direct, total - direct, total]
    return np.array(values)


@pytest.mark.parametrize("model", [SpatialLag(), SpatialDurbin(), SpatialDurbin(("a",)), SLX()])
def test_impacts_and_their_standard_errors_equal_dense_ones(model):
    estimate = fit_spatial(PANEL, SPEC, W, model)
    impacts = spatial_impacts(estimate)
    b, v = estimate.coefficients, estimate.covariance
    np.testing.assert_allclose(
        impacts.coefficients, dense_impacts(b, estimate.terms), rtol=1e-9, atol=1e-12
    )
    steps = 1e-5 * np.eye(len(b))
    slopes = np.column_stack(
        [
            (dense_impacts(b + s, estimate.terms) - dense_impacts(b - s, estimate.terms)) / 2e-5
            for s in steps
        ]
    )
    np.testing.assert_allclose(impacts.covariance, slopes @ v @ slopes.T, rtol=1e-6, atol=1e-12)
    assert impacts.terms[:3] == ("direct(a)", "indirect(a)", "total(a)")


def test_the_direct_effect_holds_the_part_of_the_lagged_covariate():
    estimate = fit_spatial(PANEL, SPEC, W)
    g = estimate.stats["trace_g"]
    short = estimate.coefficient("a") * (1 + estimate.coefficient("rho") * g)
    missing = estimate.coefficient("W(a)") * g
    direct = spatial_impacts(estimate).coefficient("direct(a)")
    assert direct == pytest.approx(short + missing, rel=1e-12)
    assert abs(missing) > 1e-3


@pytest.mark.parametrize("model", [SpatialDurbin(), SLX()])
def test_simulated_standard_errors_agree_with_the_delta_method(model):
    panel, w = simulated(seed=5, n=100, years=20)
    estimate = fit_spatial(panel, SPEC, w, model)
    delta = spatial_impacts(estimate)
    drawn = spatial_impacts(estimate, Simulation(w, Resampling(4000)))
    np.testing.assert_allclose(drawn.std_errors, delta.std_errors, rtol=0.06)
    np.testing.assert_array_equal(drawn.coefficients, delta.coefficients)
    again = spatial_impacts(estimate, Simulation(w, Resampling(4000)))
    np.testing.assert_array_equal(drawn.covariance, again.covariance)
    assert "0 draws with rho outside" in drawn.notes[-1]


def test_impacts_of_other_estimates_are_refused():
    with pytest.raises(SpecError, match="the coefficients themselves are the effects"):
        spatial_impacts(fit_spatial(PANEL, SPEC, W, SpatialError()))
    with pytest.raises(SpecError, match="a spatial lag, Durbin or SLX"):
        spatial_impacts(fit_fe(PANEL, SPEC))
    impacts = spatial_impacts(fit_spatial(PANEL, SPEC, W))
    with pytest.raises(SpecError, match="average effects"):
        spatial_impacts(impacts)
    with pytest.raises(SpecError, match="at least 100"):
        Simulation(W, Resampling(10))
    _, other = simulated(seed=9)
    with pytest.raises(SpecError, match="not those of the estimate"):
        spatial_impacts(fit_spatial(PANEL, SPEC, W), Simulation(other))


def dense_parts(transformed):
    """Projection, lag matrix, columns and covariates of the model, from dense nT × nT matrices."""
    centre_n, centre_t = np.eye(N) - 1 / N, np.eye(T) - 1 / T
    sweep, wide = np.kron(centre_n, centre_t), np.kron(DENSE, np.eye(T))
    x = sweep @ PANEL.frame[["a", "b"]].to_numpy()
    y = sweep @ PANEL.frame["y"].to_numpy()
    project = np.eye(N * T) - x @ np.linalg.pinv(x)
    inner = sweep @ wide @ sweep if transformed else wide
    return sweep, wide, x, y, project, inner


@pytest.mark.parametrize("likelihood", [LeeYu(), DummyVariables()])
def test_lm_tests_equal_dense_formulas(likelihood):
    transformed = isinstance(likelihood, LeeYu)
    sweep, wide, _, y, project, inner = dense_parts(transformed)
    e = project @ y
    s2 = e @ e / ((N - 1) * (T - 1) if transformed else N * T)
    shift = np.trace(inner)
    c = np.trace(inner @ inner) + np.trace(inner.T @ inner)
    wy = sweep @ wide @ PANEL.frame["y"].to_numpy()
    d_lag, d_error = e @ wy / s2 - shift, e @ wide @ e / s2 - shift
    fitted = project @ sweep @ wide @ (y - e)
    j = c + fitted @ fitted / s2
    truth = [
        d_lag**2 / j,
        d_error**2 / c,
        (d_lag - d_error) ** 2 / (j - c),
        (d_error - c / j * d_lag) ** 2 / (c * (1 - c / j)),
    ]
    found = lm_tests(PANEL, SPEC, W, likelihood=likelihood)
    np.testing.assert_allclose([test.statistic for test in found], truth, rtol=1e-9)


def test_the_lm_statistics_split_the_joint_test():
    """LM lag + robust LM error = LM error + robust LM lag (Anselin, Bera, Florax, Yoon 1996)."""
    lag, error, robust_lag, robust_error = (t.statistic for t in lm_tests(PANEL, SPEC, W))
    assert lag + robust_error == pytest.approx(error + robust_lag, rel=1e-10)


@pytest.mark.parametrize("lagged", [(), None])
def test_residual_moran_equals_dense_moments(lagged):
    sweep, wide, x, y, project, _ = dense_parts(transformed=True)
    if lagged is None:
        raw = PANEL.frame[["a", "b"]].to_numpy()
        x = np.hstack([x, sweep @ wide @ raw])
        project = np.eye(N * T) - x @ np.linalg.pinv(x)
    whole = project @ sweep
    a, d = whole @ wide @ whole, np.linalg.matrix_rank(whole)
    e = whole @ y
    mean = np.trace(a) / d
    second = (np.trace(a @ a) + np.trace(a @ a.T) + np.trace(a) ** 2) / (d * (d + 2))
    found = residual_moran(PANEL, SPEC, W, lagged=lagged)
    assert found.statistic == pytest.approx(e @ wide @ e / (e @ e), rel=1e-10)
    assert found.expectation == pytest.approx(mean, rel=1e-10)
    assert found.std_error == pytest.approx(np.sqrt(second - mean**2), rel=1e-9)
    assert found.z == pytest.approx((found.statistic - mean) / found.std_error, rel=1e-10)


def test_lag_and_error_that_cannot_be_told_apart_are_refused():
    """On a bipartite pair W² = I, so that the spatial lag of W(x) is x again."""
    cities = [f"{i:06d}" for i in range(10)]
    pairs = pd.DataFrame({"city_a": cities[::2], "city_b": cities[1::2]})
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(50, 2)), columns=["y", "a"])
    frame = frame.assign(city=np.repeat(cities, 5), year=[*range(2001, 2006)] * 10)
    panel = CityPanel.from_long(frame)
    spec = Spec("y", ("a",), ("city", "year"))
    with pytest.raises(SpecError, match="told apart"):
        lm_tests(panel, spec, Neighbours.from_pairs(pairs), lagged=None)
