"""CRPS and energy score equal to scoringrules."""

import numpy as np
import pytest
import scoringrules as sr

from econshrink.forecast.scores.draws import crps, energy_score, interval_score


def test_crps_equals_scoringrules():
    rng = np.random.default_rng(7)
    draws, truth = rng.normal(size=(300, 50)), rng.normal(size=300)
    assert crps(draws, truth) == pytest.approx(
        sr.crps_ensemble(truth, draws, estimator="nrg"), abs=1e-12
    )
    assert crps(draws, truth, fair=True) == pytest.approx(
        sr.crps_ensemble(truth, draws, estimator="fair"), abs=1e-12
    )


def test_energy_and_interval_scores_equal_scoringrules():
    rng = np.random.default_rng(8)
    draws, truth = rng.normal(size=(4, 60)), rng.normal(size=4)
    other = float(sr.es_ensemble(truth, draws.T))
    assert energy_score(draws, truth) == pytest.approx(other, abs=1e-12)
    low, high = np.full(4, -1.0), np.full(4, 0.8)
    assert interval_score(low, high, truth, 0.8) == pytest.approx(
        sr.interval_score(truth, low, high, 0.2), abs=1e-12
    )
