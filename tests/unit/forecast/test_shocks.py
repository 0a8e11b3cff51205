"""Spatial shocks: the sparse road of many cities equals the dense one of few."""

from __future__ import annotations

import numpy as np
import pytest

from econshrink.forecast.backtesting import shocks
from econshrink.forecast.backtesting.shocks import Shares, Space, draw_noise, estimate_shares


@pytest.mark.parametrize("links", [0, 150])
def test_many_cities_take_the_sparse_road_to_the_same_numbers(monkeypatch, links):
    rng = np.random.default_rng(0)
    count, groups = 90, rng.integers(0, 7, 90)
    pairs = rng.integers(0, count, (links, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    scores = [rng.normal(size=count) + rng.normal(size=7)[groups] for _ in range(3)]
    scores[0][::4] = np.nan

    def run():
        space = Space(pairs, count)
        noise = draw_noise(groups, space, 20, np.random.default_rng(1))
        near = space.near(pairs[:, 0], pairs[:, 1])
        return noise.space, near, space.mean_within(groups), estimate_shares(scores, groups, space)

    dense = run()
    monkeypatch.setattr(shocks, "DENSE", 0)
    monkeypatch.setattr(shocks, "BLOCK", 4)
    sparse = run()
    for one, other in zip(dense[:3], sparse[:3], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    assert dense[3].province == pytest.approx(sparse[3].province, abs=1e-12)
    assert dense[3].space == pytest.approx(sparse[3].space, abs=1e-12)


def test_shares_are_mean_products_of_pairs():
    groups = np.array([0, 0, 0, 1, 1, 2])
    score = np.array([1.0, 2.0, np.nan, 3.0, -1.0, 5.0])
    found = estimate_shares([score], groups, Space(np.empty((0, 2), dtype=np.intp), 6))
    assert found == Shares(0.0, 0.0)  # the products are 2 and -3, their mean is negative
    found = estimate_shares([np.abs(score) / 4], groups, Space(np.empty((0, 2), dtype=np.intp), 6))
    assert found.province == pytest.approx((2 + 3) / 2 / 16)
