"""Scores are proper, and do not depend on order or unit."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from econshrink.forecast.scores.draws import crps, draws_below, energy_score, interval_score, pit
from econshrink.forecast.scores.events import auc, brier, log_score, murphy

NUMBERS = st.floats(-1e3, 1e3, allow_nan=False, width=32)
CHANCES = st.floats(0.0, 1.0, width=32)


@settings(max_examples=60, deadline=None)
@given(arrays(float, 9, elements=NUMBERS), NUMBERS, st.floats(0.125, 8.0), NUMBERS)
def test_crps_moves_with_unit_and_not_with_place_or_order(draws, truth, scale, shift):
    base = float(crps(draws, np.array(truth)))
    assert base >= -1e-9
    assert float(crps(draws[::-1], np.array(truth))) == pytest.approx(base, abs=1e-9)
    moved = float(crps(scale * draws + shift, np.array(scale * truth + shift)))
    assert moved == pytest.approx(scale * base, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.02, 0.98), st.floats(0.0, 1.0))
def test_brier_and_log_score_are_proper(true, claimed):
    """The expected score of the truth is never beaten by another claim."""

    def expected(score, p):
        return true * score(np.array([p]), np.array([1.0])) + (1 - true) * score(
            np.array([p]), np.array([0.0])
        )

    assert expected(brier, true) <= expected(brier, claimed) + 1e-12
    assert expected(log_score, true) <= expected(log_score, claimed) + 1e-12


@settings(max_examples=30, deadline=None)
@given(st.floats(-1.5, 1.5), st.floats(0.4, 2.5))
def test_crps_interval_and_energy_score_are_proper(shift, scale):
    """Averaged over truths from N(0, 1), no other normal forecast scores better."""
    grid = (np.arange(400) + 0.5) / 400
    from scipy.special import ndtri  # noqa: PLC0415

    normal = ndtri(grid)
    other = shift + scale * normal
    truths = normal[::2]

    def mean(forecast):
        return float(np.mean([crps(forecast, np.array(y)) for y in truths]))

    assert mean(normal) <= mean(other) + 1e-9

    def winkler(forecast):
        low, high = np.quantile(forecast, (0.1, 0.9))
        ends = np.full(len(truths), low), np.full(len(truths), high)
        return float(interval_score(*ends, truths, 0.8).mean())

    assert winkler(normal) <= winkler(other) + 0.02  # quantiles of 400 points are not exact
    energy = [energy_score(normal[None, ::8], np.array([y])) for y in truths[::10]]
    worse = [energy_score(other[None, ::8], np.array([y])) for y in truths[::10]]
    assert np.mean(energy) <= np.mean(worse) + 0.01


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_murphys_parts_add_up_and_ranks_ignore_monotone_changes(data):
    size = data.draw(st.integers(2, 60))
    p = data.draw(arrays(float, size, elements=CHANCES))
    y = data.draw(arrays(float, size, elements=st.sampled_from([0.0, 1.0])))
    parts = murphy(p, y, bins=data.draw(st.integers(1, 20)))
    assert parts.score == pytest.approx(brier(p, y), abs=1e-12)
    if 0 < y.mean() < 1:
        # halving keeps order and ties exactly
        assert auc(p / 2, y) == pytest.approx(auc(p, y), abs=1e-12)
        assert auc(p, 1 - y) == pytest.approx(1 - auc(p, y), abs=1e-12)


def test_pit_is_uniform_if_the_truth_is_one_more_draw():
    rng = np.random.default_rng(0)
    values = rng.poisson(3.0, size=(4000, 20)).astype(float)  # ties on purpose
    place = pit(values[:, :19], values[:, 19], rng.random(4000))
    counts = np.histogram(place, 10, (0, 1))[0]
    assert ((counts - 400) ** 2 / 400).sum() < 27.9  # chi-squared, 9 degrees, 0.1%


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 10_000))
def test_sorted_draws_are_counted_and_scored_as_unsorted_ones(size, rows, seed):
    rng = np.random.default_rng(seed)
    draws = rng.integers(-4, 5, (rows, size)).astype(float)  # ties on purpose
    aim = rng.integers(-6, 7, rows).astype(float)
    ranked = np.sort(draws, axis=1)
    assert draws_below(ranked, aim).tolist() == (draws < aim[:, None]).sum(axis=1).tolist()
    upto = draws_below(ranked, aim, or_equal=True)
    assert upto.tolist() == (draws <= aim[:, None]).sum(axis=1).tolist()
    assert np.array_equal(pit(ranked, aim, ordered=True), pit(draws, aim))
    direct = np.abs(draws - aim[:, None]).mean(axis=1)
    direct -= np.abs(draws[:, :, None] - draws[:, None, :]).mean(axis=(1, 2)) / 2
    assert crps(ranked, aim, ordered=True) == pytest.approx(direct, abs=1e-12)


def test_crps_keeps_its_digits_at_large_levels():
    rng = np.random.default_rng(0)
    draws, truth = rng.normal(size=(3, 400)), np.array([0.1, 5.0, -5.0])
    draws, truth = np.round(draws * 2**20) / 2**20, np.round(truth * 2**20) / 2**20
    small, large = crps(draws, truth), crps(draws + 2.0**30, truth + 2.0**30)
    assert large == pytest.approx(small, rel=1e-13)
