"""Spatial panels against dense likelihoods, explicit dummies, numerical Hessians and bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from econshrink.core.errors import ConvergenceError, SpecError
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.nouns.storage import from_json, to_json
from econshrink.spatial.fit import fit_spatial
from econshrink.spatial.kernel.determinant import Eigenvalues, SparseLU
from econshrink.spatial.kernel.traces import ExactTraces, StochasticTraces
from econshrink.spatial.neighbours import Neighbours
from econshrink.spatial.options import (
    SLX,
    DemeanFirst,
    DummyVariables,
    ExpectedInformation,
    LeeYu,
    ObservedInformation,
    SpatialDurbin,
    SpatialError,
    SpatialLag,
    WFirst,
)

SPEC = Spec("y", ("a", "b"), ("city", "year"))


def weights(n, rng, k=4):
    points = rng.random((n, 2))
    _, near = cKDTree(points).query(points, k + 1)
    cells = (np.repeat(np.arange(n), k), near[:, 1:].ravel())
    matrix = sparse.csr_array((np.full(n * k, 1 / k), cells), shape=(n, n))
    return Neighbours(tuple(f"{i:06d}" for i in range(n)), matrix)


def simulated(n=15, years=6, rho=0.4, lam=0.0, theta=(0.3, 0.1), seed=1):
    rng = np.random.default_rng(seed)
    w = weights(n, rng)
    dense = w.matrix.toarray()
    a, b, e = rng.normal(size=(3, n, years))
    effects = rng.normal(size=(n, 1)) + rng.normal(size=(1, years))
    u = np.linalg.solve(np.eye(n) - lam * dense, e)
    mean = a - 0.5 * b + theta[0] * dense @ a + theta[1] * dense @ b + effects
    y = np.linalg.solve(np.eye(n) - rho * dense, mean + u)
    frame = pd.DataFrame(
        {
            "city": np.repeat(w.cities, years),
            "year": list(range(2001, 2001 + years)) * n,
            "y": y.ravel(),
            "a": a.ravel(),
            "b": b.ravel(),
        }
    )
    return CityPanel.from_long(frame), w


PANEL, W = simulated()
N, T = 15, 6
BIG_W = np.kron(W.matrix.toarray(), np.eye(T))  # rows ordered by city, then year
DUMMIES = np.hstack(
    [np.kron(np.eye(N), np.ones((T, 1))), np.kron(np.ones((N, 1)), np.eye(T)[:, 1:])]
)
Y = PANEL.frame["y"].to_numpy()
X = PANEL.frame[["a", "b"]].to_numpy()


def dense_loglik(parameters, model, z):
    """Log-likelihood of all parameters with a dummy for every city and year: no concentration."""
    k = z.shape[1]
    slopes, rho, log_s2 = parameters[:k], parameters[k], parameters[k + 1]
    whole = np.hstack([z, DUMMIES]) @ np.r_[slopes, parameters[k + 2 :]]
    lag = np.eye(N * T) - rho * BIG_W
    e = lag @ (Y - whole) if isinstance(model, SpatialError) else lag @ Y - whole
    log_det = T * np.linalg.slogdet(np.eye(N) - rho * W.matrix.toarray())[1]
    return log_det - N * T / 2 * (np.log(2 * np.pi) + log_s2) - e @ e / (2 * np.exp(log_s2))


def regressors(model):
    return np.hstack([X, BIG_W @ X]) if isinstance(model, SpatialDurbin) else X


def full_parameters(estimate, model, z):
    """Our estimate completed by the dummies' least-squares coefficients."""
    k = z.shape[1]
    b, rho = estimate.coefficients[:k], estimate.coefficients[k]
    lag = np.eye(N * T) - rho * BIG_W
    if isinstance(model, SpatialError):
        rest, dummies = lag @ (Y - z @ b), lag @ DUMMIES
    else:
        rest, dummies = lag @ Y - z @ b, DUMMIES
    c = np.linalg.lstsq(dummies, rest, rcond=None)[0]
    return np.r_[b, rho, np.log(estimate.stats["sigma2"]), c]


def differences(function, at, step=1e-4):
    """Gradient and Hessian by central differences."""
    size = len(at)
    unit = np.eye(size) * step
    gradient = np.array([function(at + u) - function(at - u) for u in unit]) / (2 * step)
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            corners = [
                function(at + s * unit[i] + t * unit[j]) * s * t for s in (1, -1) for t in (1, -1)
            ]
            hessian[i, j] = hessian[j, i] = sum(corners) / (4 * step**2)
    return gradient, hessian


@pytest.mark.parametrize("model", [SpatialLag(), SpatialDurbin(), SpatialError()])
def test_maximum_and_standard_errors_equal_the_dense_likelihood_with_dummies(model):
    estimate = fit_spatial(PANEL, SPEC, W, model, information=ObservedInformation())
    z = regressors(model)
    at = full_parameters(estimate, model, z)
    assert dense_loglik(at, model, z) == pytest.approx(estimate.stats["loglik"], abs=1e-9)
    gradient, hessian = differences(lambda p: dense_loglik(p, model, z), at)
    assert np.abs(gradient).max() < 2e-6
    k = z.shape[1]
    errors = np.sqrt(np.diag(np.linalg.inv(-hessian)))[: k + 1]
    np.testing.assert_allclose(estimate.std_errors, errors, rtol=1e-5)
    assert np.linalg.eigvalsh(hessian).max() < 0


@pytest.mark.parametrize("model", [SpatialLag(), SpatialDurbin(), SpatialError()])
def test_a_general_optimiser_finds_the_same_maximum(model):
    estimate = fit_spatial(PANEL, SPEC, W, model)
    z = regressors(model)
    outcome, k = Y, z.shape[1]
    sweep = np.eye(N * T) - DUMMIES @ np.linalg.pinv(DUMMIES)
    wide = W.matrix.toarray()

    def loss(p):
        lag = outcome - p[k] * BIG_W @ outcome
        body = z - p[k] * BIG_W @ z if isinstance(model, SpatialError) else z
        e = sweep @ (lag - body @ p[:k])
        return N * T / 2 * np.log(e @ e) - T * np.linalg.slogdet(np.eye(N) - p[k] * wide)[1]

    found = minimize(loss, np.zeros(k + 1), method="BFGS", options={"gtol": 1e-7})
    np.testing.assert_allclose(estimate.coefficients, found.x, atol=1e-6)


@pytest.mark.parametrize("model", [SpatialLag(), SpatialDurbin(), SpatialError()])
def test_expected_information_equals_its_dense_formula(model):
    """Fisher information of all parameters, dummies included, from dense matrices."""
    estimate = fit_spatial(PANEL, SPEC, W, model)
    z = regressors(model)
    k, s2 = z.shape[1], estimate.stats["sigma2"]
    at = full_parameters(estimate, model, z)
    rho, slopes = at[k], np.r_[at[:k], at[k + 2 :]]
    lag = np.eye(N * T) - rho * BIG_W
    g = BIG_W @ np.linalg.inv(lag)
    body = np.hstack([z, DUMMIES])
    if isinstance(model, SpatialError):
        body, h = lag @ body, np.zeros(N * T)
    else:
        h = g @ body @ slopes
    m = body.shape[1]
    information = np.zeros((m + 2, m + 2))
    information[:m, :m] = body.T @ body / s2
    information[:m, m] = information[m, :m] = body.T @ h / s2
    information[m, m] = np.trace(g @ g) + np.trace(g.T @ g) + h @ h / s2
    information[m, m + 1] = information[m + 1, m] = np.trace(g) / s2
    information[m + 1, m + 1] = N * T / (2 * s2**2)
    keep = [*range(k), m]
    errors = np.sqrt(np.diag(np.linalg.inv(information)))[keep]
    np.testing.assert_allclose(estimate.std_errors, errors, rtol=1e-9)


def orthonormal(size):
    """Columns that span what is orthogonal to the constant."""
    return np.linalg.svd(np.eye(size) - 1 / size)[0][:, : size - 1]


@pytest.mark.parametrize("model", [SpatialDurbin(), SpatialError()])
def test_lee_yu_equals_the_likelihood_of_explicitly_transformed_data(model):
    f_n, f_t = orthonormal(N), orthonormal(T)
    both = np.kron(f_n, f_t).T
    small = f_n.T @ W.matrix.toarray() @ f_n
    y, z = both @ Y, both @ regressors(model)
    k, rows = z.shape[1], (N - 1) * (T - 1)
    wide = np.kron(small, np.eye(T - 1))

    def loglik(p):
        lag = np.eye(rows) - p[k] * wide
        e = lag @ (y - z @ p[:k]) if isinstance(model, SpatialError) else lag @ y - z @ p[:k]
        log_det = (T - 1) * np.linalg.slogdet(np.eye(N - 1) - p[k] * small)[1]
        return log_det - rows / 2 * np.log(2 * np.pi * p[k + 1]) - e @ e / (2 * p[k + 1])

    estimate = fit_spatial(
        PANEL, SPEC, W, model, likelihood=LeeYu(), information=ObservedInformation()
    )
    at = np.r_[estimate.coefficients, estimate.stats["sigma2"]]
    assert loglik(at) == pytest.approx(estimate.stats["loglik"], abs=1e-9)
    gradient, hessian = differences(loglik, at)
    assert np.abs(gradient).max() < 2e-6
    errors = np.sqrt(np.diag(np.linalg.inv(-hessian)))[: k + 1]
    np.testing.assert_allclose(estimate.std_errors, errors, rtol=1e-5)
    expected = fit_spatial(PANEL, SPEC, W, model, likelihood=LeeYu())
    g = wide @ np.linalg.inv(np.eye(rows) - at[k] * wide)
    h = np.zeros(rows) if isinstance(model, SpatialError) else g @ z @ at[:k]
    body = (np.eye(rows) - at[k] * wide) @ z if isinstance(model, SpatialError) else z
    s2 = at[k + 1]
    information = np.zeros((k + 2, k + 2))
    information[:k, :k] = body.T @ body / s2
    information[:k, k] = information[k, :k] = body.T @ h / s2
    information[k, k] = np.trace(g @ g) + np.trace(g.T @ g) + h @ h / s2
    information[k, k + 1] = information[k + 1, k] = np.trace(g) / s2
    information[k + 1, k + 1] = rows / (2 * s2**2)
    dense = np.sqrt(np.diag(np.linalg.inv(information)))[: k + 1]
    np.testing.assert_allclose(expected.std_errors, dense, rtol=1e-9)


def test_demean_first_equals_a_dense_search_on_demeaned_data_and_differs_from_w_first():
    sweep = np.eye(N * T) - DUMMIES @ np.linalg.pinv(DUMMIES)
    y, x = sweep @ Y, sweep @ X
    z = np.hstack([x, BIG_W @ x])
    estimate = fit_spatial(PANEL, SPEC, W, order=DemeanFirst(), information=ObservedInformation())

    def loglik(p):
        e = y - p[4] * BIG_W @ y - z @ p[:4]
        log_det = T * np.linalg.slogdet(np.eye(N) - p[4] * W.matrix.toarray())[1]
        return log_det - N * T / 2 * np.log(2 * np.pi * p[5]) - e @ e / (2 * p[5])

    at = np.r_[estimate.coefficients, estimate.stats["sigma2"]]
    gradient, hessian = differences(loglik, at)
    assert np.abs(gradient).max() < 2e-6
    errors = np.sqrt(np.diag(np.linalg.inv(-hessian)))[:5]
    np.testing.assert_allclose(estimate.std_errors, errors, rtol=1e-5)
    other = fit_spatial(PANEL, SPEC, W, order=WFirst())
    assert abs(estimate.coefficient("rho") - other.coefficient("rho")) > 1e-4
    assert "W first" in other.notes[0]
    assert "demean first" in estimate.notes[0]


def test_slx_equals_least_squares_with_dummies():
    estimate = fit_spatial(PANEL, SPEC, W, SLX(("b",)))
    z = np.hstack([X, (BIG_W @ X)[:, 1:], DUMMIES])
    b, rss, *_ = np.linalg.lstsq(z, Y, rcond=None)
    assert estimate.terms == ("a", "b", "W(b)")
    np.testing.assert_allclose(estimate.coefficients, b[:3], rtol=1e-10)
    bread = np.linalg.inv(z.T @ z)
    errors = np.sqrt(np.diag(bread)[:3] * rss[0] / (N * T))
    np.testing.assert_allclose(estimate.std_errors, errors, rtol=1e-9)
    smaller = fit_spatial(PANEL, SPEC, W, SLX(("b",)), likelihood=LeeYu())
    ratio = np.sqrt(N * T / ((N - 1) * (T - 1)))
    np.testing.assert_allclose(smaller.std_errors, errors * ratio, rtol=1e-9)


def test_factors_and_eigenvalues_give_the_same_fit():
    panel, w = simulated(60, 5, seed=4)
    one = fit_spatial(panel, SPEC, w, determinant=Eigenvalues.of(w.matrix))
    two = fit_spatial(panel, SPEC, w, determinant=SparseLU(w.matrix))
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=0, atol=1e-11)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-8)
    assert abs(one.stats["score"]) < 1e-7
    assert abs(two.stats["score"]) < 1e-7


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.5, 0.95])
def test_determinants_and_their_derivatives_equal_dense_ones(rho):
    w = weights(80, np.random.default_rng(2)).matrix
    dense = w.toarray()
    inverse = np.linalg.inv(np.eye(80) - rho * dense)
    g = dense @ inverse
    truth = (np.linalg.slogdet(np.eye(80) - rho * dense)[1], np.trace(g), np.trace(g @ g))
    reach = (1 - abs(rho)) / 2
    for determinant in (Eigenvalues.of(w), SparseLU(w)):
        assert determinant.value(rho) == pytest.approx(truth[0], abs=1e-11)
        found = determinant.smooth(rho - reach, rho + reach)(rho)
        np.testing.assert_allclose(found, truth, rtol=1e-7, atol=1e-8)
    exact, _ = ExactTraces().gram(w, rho)
    assert exact == pytest.approx((g**2).sum(), rel=1e-11)
    rough, error = StochasticTraces(400).gram(w, rho)
    assert abs(rough - exact) < 4 * error + 1e-9 * exact
    assert StochasticTraces(400).gram(w, rho) == (rough, error)


def test_probes_move_standard_errors_little():
    panel, w = simulated(60, 5, seed=4)
    exact = fit_spatial(panel, SPEC, w)
    rough = fit_spatial(panel, SPEC, w, information=ExpectedInformation(StochasticTraces()))
    np.testing.assert_allclose(rough.std_errors, exact.std_errors, rtol=5e-3)
    assert 0 < rough.stats["trace_gram_error"] < 0.02
    assert any("probes" in note for note in rough.notes)


def test_units_and_the_order_of_cities_do_not_matter():
    frame = PANEL.frame.assign(a=PANEL.frame["a"] * 1e6, y=PANEL.frame["y"] * 1e3)
    scaled = fit_spatial(CityPanel(frame), SPEC, W)
    plain = fit_spatial(PANEL, SPEC, W)
    units = np.array([1e-3, 1e3, 1e-3, 1e3, 1])
    np.testing.assert_allclose(scaled.coefficients, plain.coefficients * units, rtol=1e-9)
    np.testing.assert_allclose(scaled.std_errors, plain.std_errors * units, rtol=1e-7)
    back = np.arange(N)[::-1]
    turned = Neighbours(W.cities[::-1], sparse.csr_array(W.matrix[back][:, back]))
    again = fit_spatial(PANEL, SPEC, turned)
    np.testing.assert_allclose(again.coefficients, plain.coefficients, rtol=1e-10)


def test_common_shocks_pass_for_spillover_without_year_effects():
    panel, w = simulated(40, 10, seed=5)
    one_way = fit_spatial(panel, Spec("y", ("a", "b"), ("city",)), w)
    two_way = fit_spatial(panel, SPEC, w)
    assert one_way.coefficient("rho") > two_way.coefficient("rho") + 0.2
    assert any("common shocks" in note for note in one_way.notes)
    assert not any("common shocks" in note for note in two_way.notes)


def test_an_estimate_survives_storage():
    estimate = fit_spatial(PANEL, SPEC, W, SpatialError(), likelihood=DummyVariables())
    again = from_json(to_json(estimate))
    assert again.terms == ("a", "b", "lambda")
    np.testing.assert_array_equal(again.covariance, estimate.covariance)


def cut(neighbours, keep):
    rows = np.array(keep)
    return Neighbours(
        tuple(neighbours.cities[i] for i in keep),
        sparse.csr_array(neighbours.matrix[rows][:, rows]),
    )


def changed(matrix):
    return Neighbours(W.cities, sparse.csr_array(matrix))


def test_weights_that_do_not_fit_are_refused():
    dense = W.matrix.toarray()
    empty = dense.copy()
    empty[3] = 0
    loop = dense.copy()
    loop[0] = np.eye(N)[0]
    pairs = pd.DataFrame({"city_a": W.cities[:-2], "city_b": W.cities[1:-1]})
    island = Neighbours.from_pairs(pairs, cities=PANEL.cities)
    more = Neighbours((*W.cities, "999999"), sparse.csr_array(np.pad(dense, ((0, 1), (0, 1)))))
    cases = {
        "islands.*000003": changed(empty),
        "islands.*000014": island,
        "no weights for 2 cities": cut(W, range(13)),
        "other cities.*999999": more,
        "rows that sum to 2": changed(2 * dense),
        "negative": changed(-dense),
        "its own neighbour": changed(loop),
        "square": Neighbours(W.cities, sparse.csr_array(dense[:5])),
    }
    for message, neighbours in cases.items():
        with pytest.raises(SpecError, match=message):
            fit_spatial(PANEL, SPEC, neighbours)


def test_panels_and_models_that_do_not_fit_are_refused():
    frame = PANEL.frame
    with pytest.raises(SpecError, match="balanced panel"):
        fit_spatial(CityPanel(frame.drop(index=frame.index[7])), SPEC, W)
    gap = frame.copy()
    gap.iloc[8, 1] = np.nan
    with pytest.raises(SpecError, match="000001 5"):
        fit_spatial(CityPanel(gap), SPEC, W)
    lost = frame.copy()
    lost.loc["000004", "a"] = np.nan
    with pytest.raises(SpecError, match=r"without a complete row .000004"):
        fit_spatial(CityPanel(lost), SPEC, W)
    with pytest.raises(SpecError, match="common shocks"):
        fit_spatial(PANEL, Spec("y", ("a",), ()), W)
    with pytest.raises(SpecError, match="no weights in a spatial panel"):
        fit_spatial(PANEL, Spec("y", ("a",), ("city", "year"), "b"), W)
    with pytest.raises(SpecError, match="spatial lag of 'z'"):
        fit_spatial(PANEL, SPEC, W, SpatialDurbin(("z",)))
    with pytest.raises(SpecError, match="LeeYu with DemeanFirst"):
        fit_spatial(PANEL, SPEC, W, order=DemeanFirst(), likelihood=LeeYu())
    named = CityPanel(frame.rename(columns={"a": "rho"}))
    with pytest.raises(SpecError, match="called 'rho'"):
        fit_spatial(named, Spec("y", ("rho",), ("city", "year")), W)
    twice = CityPanel(frame.rename(columns={"b": "W(a)"}))
    with pytest.raises(SpecError, match=r"called 'W\(a\)'"):
        fit_spatial(twice, Spec("y", ("a", "W(a)"), ("city", "year")), W)
    _, other = simulated(seed=9)
    with pytest.raises(SpecError, match="determinant of the same weights"):
        fit_spatial(PANEL, SPEC, W, determinant=Eigenvalues.of(other.matrix))
    lagged = frame.assign(c=BIG_W @ X[:, 0])
    with pytest.raises(SpecError, match="collinear"):
        fit_spatial(CityPanel(lagged), Spec("y", ("a", "c"), ("city", "year")), W)
    fit_spatial(CityPanel(lagged), Spec("y", ("a", "c"), ("city", "year")), W, SpatialError())
    still = frame.assign(c=np.repeat(np.arange(N), T))
    with pytest.raises(SpecError, match="no variation left"):
        fit_spatial(CityPanel(still), Spec("y", ("c",), ("city", "year")), W)
    with pytest.raises(SpecError, match="at least 2"):
        StochasticTraces(1)


def test_a_maximum_at_the_boundary_is_refused():
    """Common shocks without year effects, and hardly anything else: the lag explains the city."""
    rng = np.random.default_rng(0)
    common = np.tile(rng.normal(size=T), N)
    frame = PANEL.frame.assign(y=common + 1e-6 * rng.normal(size=N * T))
    with pytest.raises(ConvergenceError, match="a maximum inside"):
        fit_spatial(CityPanel(frame), Spec("y", ("a",), ("city",)), W, SpatialLag())
