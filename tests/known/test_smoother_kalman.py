"""The growth model against a Kalman smoother, the Denton solver against another one."""

import numpy as np
import pytest
from statsmodels.tsa.interp.denton import dentonm
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

from econshrink.core.seeds import generator
from econshrink.data.closing.denton import denton
from econshrink.data.closing.growth_model import (
    GrowthModel,
    log_densities,
    true_levels,
)

MODEL = GrowthModel(0.003, 0.012, 0.002, 0.004, 0.6, 0.001, 0.003, 0.002, 0.0015)


def kalman(model, seen):
    """Smoothed level, its variance and the log likelihood; state: level, growth, drift, wander."""
    years = len(seen)
    data = np.full((2, years), np.nan)
    data[0, :-1] = seen[:-1]
    data[1, -1] = seen[-1]
    filter_ = KalmanSmoother(k_endog=2, k_states=4, k_posdef=3)
    filter_.bind(np.asfortranarray(data))
    filter_["design"] = np.array([[model.passed, 0, 0, 1.0], [1.0, 0, 0, 0]])
    filter_["obs_cov"] = np.diag([model.noise**2, 0.0])
    # State at t: m(t), g(t+1), b, b t + w(t).
    filter_["transition"] = np.array([[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1.0]])
    filter_["selection"] = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1.0]])
    filter_["state_cov"] = np.diag([model.yearly**2, model.step**2, model.wander**2])
    spread, drift = model.spread**2, model.drift_spread**2
    start = np.zeros((4, 4))  # of t = 1
    start[:2, :2] = [[spread + model.yearly**2, spread], [spread, spread + model.step**2]]
    start[2:, 2:] = [[drift, drift], [drift, drift + model.wander**2]]
    filter_.initialize_known(
        np.array([model.growth, model.growth, model.drift, model.drift]), start
    )
    result = filter_.smooth()
    return result.smoothed_state[0], result.smoothed_state_cov[0, 0], result.llf_obs.sum()


@pytest.mark.parametrize("gaps", [[], [2, 5], [0, 1, 2, 3, 4, 5, 6, 7]])
def test_exact_conditioning_is_the_kalman_smoother(gaps):
    seen = generator("test.kalman").normal(0, 0.02, (3, 10)).cumsum(axis=1)
    seen[:, gaps] = np.nan
    mean, covariance = true_levels(MODEL, seen)
    density = log_densities(MODEL, seen)
    for city in range(3):
        level, variance, likelihood = kalman(MODEL, seen[city])
        assert mean[city] == pytest.approx(level, abs=1e-10)
        assert np.diag(covariance[city]) == pytest.approx(variance, abs=1e-12)
        assert density[city] == pytest.approx(likelihood, abs=1e-8)


def test_denton_sums_against_another_solver():
    rng = generator("test.denton")
    indicator = rng.uniform(50, 150, 20)
    sums = rng.uniform(400, 600, 5)
    rows = np.kron(np.eye(5), np.ones(4))
    ours = denton(indicator[None, :], rows, sums[None, :])[0]
    assert rows @ ours == pytest.approx(sums, rel=1e-12)
    theirs = np.asarray(dentonm(indicator, sums, freq="aq")).ravel()
    assert ours == pytest.approx(theirs, rel=1e-8)
