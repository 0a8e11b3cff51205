"""Gravity: equal to a GLM on dense dummies, separation named, nulls and sizes as they should be."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.linalg import qr

from econshrink.core.arrays import codes
from econshrink.core.errors import DataError, SpecError
from econshrink.flows.gravity.fit import fit_gravity, inverse_shape
from econshrink.flows.gravity.nulls import (
    city_sizes,
    configuration_null,
    distance_free,
    draw_flows,
    fit_distance,
    gravity_null,
    hierarchy_null,
)
from econshrink.flows.gravity.ppml import GravityEffects, fit_cube, sweep
from econshrink.flows.gravity.regressors import distances, log_distance, neighbours, same_group
from econshrink.inference.resampling import Resampling
from econshrink.inference.vcov import Clustered, Heteroskedastic
from econshrink.lab.planted_flows import FlowSettings, plant_roles
from econshrink.nouns.flows import FlowNetwork, FlowPanel


def panel_of(n=7, years=4, seed=0, mean=3.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, years, n, n))
    level = np.exp(
        0.4 * rng.normal(size=(years, n, 1))
        + 0.4 * rng.normal(size=(years, 1, n))
        + 0.5 * rng.normal(size=(1, n, n))
        + 0.3 * x[0]
        - 0.2 * x[1]
    )
    flows = rng.poisson(mean * level).astype(float)
    flows[:, np.arange(n), np.arange(n)] = 0.0
    flows[:, 0, 3] = 0.0  # a pair without any flow
    flows[1, 2, :] = 0.0  # a year in which nobody leaves
    nets = tuple(FlowNetwork(tuple("abcdefghij"[:n]), f, year=t) for t, f in enumerate(flows))
    return FlowPanel(nets), {"first": x[0], "second": x[1]}


def dense(panel, regressors, pair):
    """The same model as a GLM with a dummy for every effect."""
    cube = panel.cube
    year, i, j = np.nonzero(np.broadcast_to(~np.eye(cube.shape[1], dtype=bool), cube.shape))
    y = cube[year, i, j]
    n = cube.shape[1]
    keys = [year * n + i, year * n + j, *([i * n + j] if pair else [])]
    keep = np.ones(len(y), dtype=bool)
    for key in keys:
        keep &= np.bincount(key, weights=y)[key] > 0
    columns = [np.asarray(x)[year, i, j][keep] for x in regressors.values()]
    for key in keys:
        columns += list(np.eye(codes(key[keep])[1])[codes(key[keep])[0]].T)
    design = np.column_stack(columns)
    _, r, pivots = qr(design, mode="economic", pivoting=True)
    rank = int((np.abs(np.diag(r)) > 1e-9 * abs(r[0, 0])).sum())
    spare = set(pivots[rank:].tolist())  # redundant dummies
    assert not spare & {0, 1}
    return y[keep], design[:, [k for k in range(design.shape[1]) if k not in spare]]


@pytest.mark.parametrize("pair", [False, True])
def test_slopes_and_errors_equal_a_glm_on_dense_dummies(pair):
    panel, x = panel_of(6, 3)
    y, design = dense(panel, x, pair)
    glm = sm.GLM(y, design, family=sm.families.Poisson()).fit(
        tol=1e-14, maxiter=200, cov_type="HC0"
    )
    fit = fit_gravity(panel, x, effects=GravityEffects(pair=pair), vcov=Heteroskedastic("HC0"))
    np.testing.assert_allclose(fit.estimate.coefficients, glm.params[:2], rtol=1e-8)
    np.testing.assert_allclose(fit.estimate.std_errors, glm.bse[:2], rtol=1e-7)
    assert fit.estimate.nobs == len(y)
    np.testing.assert_allclose(np.sort(fit.mean[fit.mean > 0]), np.sort(glm.mu), rtol=1e-7)


def test_fitted_margins_are_the_observed_ones():
    panel, x = panel_of(seed=3)
    fit = fit_gravity(panel, x, effects=GravityEffects(pair=True))
    for axis in (0, 1, 2):
        np.testing.assert_allclose(fit.mean.sum(axis=axis), panel.cube.sum(axis=axis), atol=1e-7)
    assert np.isfinite(fit.pearson[fit.mean > 0]).all()
    assert fit.estimate.notes[0].startswith("With few years")


def test_scale_of_a_regressor_does_not_matter():
    panel, x = panel_of()
    plain = fit_gravity(panel, x).estimate
    scaled = fit_gravity(panel, {"first": 1e6 * x["first"] + 5e8, "second": x["second"]}).estimate
    assert scaled.coefficients[0] * 1e6 == pytest.approx(plain.coefficients[0], rel=1e-7)
    assert scaled.std_errors[0] * 1e6 == pytest.approx(plain.std_errors[0], rel=1e-6)


def test_order_of_cities_does_not_matter():
    panel, x = panel_of()
    order = np.random.default_rng(0).permutation(7)
    turn = lambda a: a[:, order][:, :, order]  # noqa: E731
    nets = tuple(FlowNetwork(tuple("abcdefg"), f, year=t) for t, f in enumerate(turn(panel.cube)))
    mixed = fit_gravity(FlowPanel(nets), {k: turn(v) for k, v in x.items()}).estimate
    plain = fit_gravity(panel, x).estimate
    np.testing.assert_allclose(mixed.coefficients, plain.coefficients, rtol=1e-8)
    np.testing.assert_allclose(mixed.covariance, plain.covariance, rtol=1e-6)


def test_separated_and_explained_regressors_are_named():
    panel, x = panel_of()
    never = np.zeros((7, 7))
    never[0, 3] = 1.0  # varies over a pair that never has a flow
    with pytest.raises(SpecError, match="'never' that varies over zero flows only"):
        fit_gravity(panel, {**x, "never": never})
    km = np.arange(49.0).reshape(7, 7)
    with pytest.raises(SpecError, match="'km' explained by the effects"):
        fit_gravity(panel, {**x, "km": km}, effects=GravityEffects(pair=True))
    with pytest.raises(SpecError, match="'twice' explained"):
        fit_gravity(panel, {**x, "twice": 2 * x["first"]})


def test_bad_regressors_and_groupings_are_refused():
    panel, x = panel_of()
    with pytest.raises(SpecError, match="no regressor"):
        fit_gravity(panel, {})
    with pytest.raises(SpecError, match="shape"):
        fit_gravity(panel, {"x": np.ones((3, 3))})
    with pytest.raises(SpecError, match="missing or infinite"):
        fit_gravity(panel, {"x": np.where(np.arange(49).reshape(7, 7) == 9, np.nan, 1.0)})
    with pytest.raises(SpecError, match="grouping 'city'"):
        fit_gravity(panel, x, vcov=Clustered("city"))


def test_swept_regressors_are_orthogonal_to_every_effect():
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(2, 3, 6, 6)), rng.random((3, 6, 6))
    swept = sweep(x, w, GravityEffects(pair=True))
    for axis in (1, 2, 3):
        assert np.abs((swept * w).sum(axis=axis)).max() < 1e-9


def test_effects_alone_reproduce_the_margins():
    rng = np.random.default_rng(2)
    flows = rng.poisson(5, (1, 6, 6)).astype(float) * (1 - np.eye(6))
    off = ~np.eye(6, dtype=bool)[None]
    mean = fit_cube(flows, np.empty((0, 1, 6, 6)), off, GravityEffects()).mean
    np.testing.assert_allclose(mean.sum(axis=1), flows.sum(axis=1), rtol=1e-9)


def test_sizes_free_of_distance_are_found():
    planted = plant_roles(FlowSettings(flow_per_pair=1e6, inverse_shape=0.0, effectiveness=0.0), 4)
    fit = fit_distance(planted.network, log_distance(planted.network))
    sizes = np.log(planted.mean.sum(axis=1))
    assert fit.estimate.coefficient("log_km") == pytest.approx(-1.0, abs=0.01)
    assert np.corrcoef(city_sizes(fit), sizes)[0, 1] < 0.999  # strength is not size
    assert distance_free(fit).sum() == pytest.approx(planted.network.flows.sum())


def test_nulls_keep_what_they_promise():
    planted = plant_roles(FlowSettings(flow_per_pair=100), 5)
    net, rng = planted.network, np.random.default_rng(0)
    fit = fit_distance(net, log_distance(net))
    chosen = Resampling(300, rng=rng)
    for flows in (configuration_null(net, chosen), gravity_null(fit, chosen)):
        np.testing.assert_allclose(flows.mean(axis=0).sum(axis=1), net.out_strength, rtol=0.02)
    spread = hierarchy_null(fit, Resampling(50, rng=rng))
    assert spread.shape == (50, 13, 13)
    assert spread.sum(axis=(1, 2)).mean() == pytest.approx(net.flows.sum(), rel=0.02)


def test_overdispersion_is_matched():
    rng = np.random.default_rng(1)
    mean = np.full((60, 60), 80.0)
    flows = draw_flows(mean, rng, 1, 0.03)[0]
    assert inverse_shape(flows.ravel(), mean.ravel(), 3600) == pytest.approx(0.03, rel=0.1)
    assert inverse_shape(np.full(9, 5.0), np.full(9, 5.0), 9) == 0.0


def test_distance_of_a_degree_and_same_place():
    assert distances(np.array([[0.0, 0.0], [0.0, 1.0]]))[0, 1] == pytest.approx(111.195, abs=0.01)
    place = np.array([[116.0, 39.0], [116.0, 39.0]])
    flows = np.array([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(DataError, match="in one place"):
        log_distance(FlowNetwork(("a", "b"), flows, coordinates=place))
    with pytest.raises(DataError, match="no coordinates"):
        log_distance(FlowNetwork(("a", "b"), flows))
    assert neighbours(FlowNetwork(("a", "b"), flows), [("b", "a")])[0, 1] == 1.0
    assert same_group(["x", "y"]).sum() == 0.0


def test_residuals_point_at_the_flow_that_was_raised():
    planted = plant_roles(FlowSettings(flow_per_pair=300, inverse_shape=0.0), 6)
    flows = np.array(planted.network.flows)
    flows[7, 9] *= 3
    net = planted.network.with_flows(flows)
    fit = fit_distance(net, log_distance(net))
    assert np.unravel_index(np.nanargmax(fit.pearson[0]), (13, 13)) == (7, 9)
    assert fit.residual_ratio[0][7, 9] > 2
