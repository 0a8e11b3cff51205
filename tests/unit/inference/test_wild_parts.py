"""The pieces of the wild cluster bootstrap: units, ties of signs, limits and their search."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from econshrink.inference.gram.grams import cluster_grams
from econshrink.inference.gram.wild import (
    Rademacher,
    Webb,
    WildDraws,
    wild_draws,
    wild_interval,
    wild_p_value,
    wild_parts,
)
from econshrink.inference.gram.wild_sums import WildParts, wild_sums
from econshrink.inference.resampling import Resampling


def parts_of(clusters: int, unit: float = 1.0, seed: int = 0) -> WildParts:
    """A regression on one column in clusters of four rows, its outcome measured in a unit."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(clusters), 4)
    x = rng.normal(size=4 * clusters) + rng.normal(size=clusters)[groups]
    y = rng.normal(size=4 * clusters) + rng.normal(size=clusters)[groups]
    x = (x / np.sqrt(x @ x))[:, None]
    residuals = unit * (y - x[:, 0] * (x[:, 0] @ y))
    grams = cluster_grams((), x, residuals[:, None], groups)
    return wild_parts(grams, np.array([1.0]))


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e4, 1e9])
@pytest.mark.parametrize("clusters", [5, 12])
def test_tests_and_limits_follow_the_unit_of_the_outcome(clusters, unit):
    one, other = parts_of(clusters), parts_of(clusters, unit=unit)
    draws, same = (
        wild_draws(parts, Webb(), Resampling(199, rng=1), task="unit") for parts in (one, other)
    )
    for shift in (-0.3, 0.0, 0.7):
        assert same.statistics(unit * shift) == pytest.approx(draws.statistics(shift), rel=1e-9)
    for restricted in (True, False):
        limits = np.array(wild_interval(draws, one.std_error, 0.9, restricted))
        moved = wild_interval(same, other.std_error, 0.9, restricted)
        assert np.isfinite(limits).all()
        assert moved == pytest.approx(unit * limits, rel=1e-8)


def test_limits_are_the_nulls_that_are_just_kept():
    """Also where they lie beyond the first guess of two standard errors."""
    parts = parts_of(7, seed=3)
    draws = wild_draws(parts, Webb(), Resampling(499, rng=1))
    for level in (0.5, 0.9, 0.98):
        for limit in wild_interval(draws, parts.std_error, level, restricted=False):
            near, far = (
                wild_p_value(draws, -shift / parts.std_error, shift, restricted=False)
                for shift in (limit * (1 - 1e-6), limit * (1 + 1e-6))
            )
            assert near > 1 - level >= far
    assert wild_interval(draws, parts.std_error, 0.98, restricted=False)[1] > 2 * parts.std_error


def test_three_clusters_reject_nothing():
    """Of eight vectors of signs two have the sample's |t|: no p-value is below a quarter."""
    parts = parts_of(3)
    draws = wild_draws(parts, Rademacher(), Resampling(99))
    assert draws.exact
    assert wild_interval(draws, parts.std_error, 0.95, restricted=True) == (-np.inf, np.inf)


def test_unrestricted_draws_are_those_of_the_estimate():
    draws = wild_draws(parts_of(9), Webb(), Resampling(199, rng=1))
    expected = np.abs(draws.u) / np.sqrt(draws.uu)
    for shift in (-2.0, 0.0, 1.0):
        found = wild_p_value(draws, 1.5, shift, restricted=False)
        assert found == (1 + (expected >= 1.5).sum()) / 200


def test_a_draw_without_variance_is_without_bound():
    values = [np.array(v) for v in ([1.0, 2.0], [0.0, 0.0], [0.0, 4.0], [0.0, 0.0], [0.0, 0.0])]
    assert WildDraws(*values, exact=True).statistics(0.0).tolist() == [np.inf, 1.0]


@pytest.mark.parametrize("clusters", [3, 8, 9, 10])
def test_every_vector_of_signs_comes_once(clusters):
    influence = 2.0 ** np.arange(clusters)
    zero = np.zeros((clusters, 1))
    parts = WildParts(influence, influence, zero, zero, zero)
    draws = wild_draws(parts, Rademacher(), Resampling(1024))
    sums = sorted(float(np.dot(v, influence)) for v in itertools.product([-1, 1], repeat=clusters))
    assert sorted(draws.u.tolist()) == sums


def test_few_clusters_have_sums_of_squares_as_variances():
    """Where clusters' parts cancel, an expanded square may come out below zero."""
    rng = np.random.default_rng(5)
    for _ in range(100):
        scores, pull = rng.normal(size=(2, 3, 2))
        influence = pull @ scores.sum(axis=0)  # signs all alike: nothing is left of any cluster
        sums = wild_sums(WildParts(influence, influence, scores, scores, pull), np.ones((1, 3)))
        assert (sums[[2, 4]] >= 0).all()
        assert sums[2:] == pytest.approx(0, abs=1e-25)
