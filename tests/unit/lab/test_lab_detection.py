"""The rule of consecutive falls and the repairs of a decade."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import SpecError
from econshrink.lab import (
    LabSettings,
    PlaceSettings,
    detection_experiment,
    detection_experiments,
    smoothed_country,
)
from econshrink.lab.detection import REPAIRS, Decade, falls_in_a_row

SMALL = replace(LabSettings(), last_year=2020, places=PlaceSettings(cities=64))


def naive(row, years):
    run = best = 0
    for before, after in itertools.pairwise(row):
        run = run + 1 if after < before else 0
        best = max(best, run)
    return best >= years


def test_falls_in_a_row_agree_with_counting():
    series = np.random.default_rng(1).integers(0, 6, (500, 9)).astype(float)
    for years in (1, 2, 3, 8, 9):
        expected = [naive(row, years) for row in series]
        np.testing.assert_array_equal(falls_in_a_row(series, years), expected)


def test_repairs_keep_both_censuses_and_leave_the_raw_series_alone():
    raw = np.exp(np.random.default_rng(2).normal(0, 0.1, (20, 11)))
    before = raw.copy()
    for repair in REPAIRS.values():
        out = repair(Decade(raw))
        np.testing.assert_allclose(out[:, [0, -1]], raw[:, [0, -1]], rtol=1e-12)
        assert out.shape == raw.shape
    np.testing.assert_array_equal(raw, before)


def test_closure_recovers_a_constant_missed_growth():
    true = 100 * np.exp(-0.01 * np.arange(11))[None, :]
    raw = 100 * np.exp(0.002 * np.arange(11))[None, :]
    raw[0, -1] = true[0, -1]
    np.testing.assert_allclose(REPAIRS["closed"](Decade(raw)), true, rtol=1e-12)


def test_experiment_refuses_what_it_cannot_do():
    with pytest.raises(SpecError, match="1 replicates"):
        detection_experiment(SMALL, replicates=1)
    with pytest.raises(SpecError, match="2015"):
        detection_experiment(SMALL, replicates=2, first=2015)


def test_experiment_takes_further_repairs_and_scores_them():
    table = detection_experiment(
        smoothed_country(SMALL),
        replicates=2,
        repairs={"all fall": lambda d: d.raw * 0 - np.arange(11), "raw": REPAIRS["raw"]},
    ).set_index("series")
    assert table.loc["all fall", "sensitivity"] == 1.0
    assert table.loc["all fall", "specificity"] == 0.0
    assert table.loc["all fall", "flagged"] == 1.0
    assert 0 < table.loc["raw", "truth"] < 1


def test_without_smoothing_and_noise_the_raw_series_finds_nearly_all():
    table = detection_experiment(smoothed_country(SMALL, 0.0, 0.0), replicates=2)
    raw = table.set_index("series").loc["raw"]
    assert raw["sensitivity"] > 0.98
    assert raw["specificity"] > 0.98


def test_countries_that_only_publish_differently_give_what_each_gives_alone() -> None:
    places = {
        "missed": smoothed_country(SMALL, 0.7, 0.0),
        "noisy": smoothed_country(SMALL, 0.0, 0.005),
        "plain": SMALL,
    }
    found = detection_experiments(places, replicates=2)
    for name, settings in places.items():
        alone = detection_experiment(settings, replicates=2)
        pd.testing.assert_frame_equal(found[name], alone, check_exact=True)
