"""Spatial shocks of many units: the thin form has the numbers of the dense one."""

import numpy as np
import pytest

from econshrink.forecast.backtesting import shocks
from econshrink.forecast.backtesting.shocks import Space, draw_noise, estimate_shares


def grid(side):
    number = np.arange(side * side).reshape(side, side)
    right = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    down = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    return np.vstack([right, down])


def test_thin_and_dense_agree(monkeypatch):
    side = 12
    pairs, groups = grid(side), np.arange(side * side) // 16
    pairs = np.vstack([pairs, pairs[:3, ::-1]])  # twice, the other way round
    rng = np.random.default_rng(0)
    scores = [rng.normal(size=side * side) for _ in range(3)]
    scores[0][5] = np.nan
    dense = Space(pairs, side * side)
    known = estimate_shares(scores, groups, dense), draw_noise(groups, dense, 4, rng).space.std()
    monkeypatch.setattr(shocks, "LARGE", 10)
    thin = Space(pairs, side * side)
    assert np.abs(thin.root.toarray() - dense.root).max() < 1e-5
    assert (thin.root.power(2).sum(axis=1)) == pytest.approx(1)
    across = groups[pairs[:, 0]] != groups[pairs[:, 1]]
    ends = pairs[across].T
    assert thin.between(*ends) == pytest.approx(dense.correlation[tuple(ends)].mean(), abs=1e-5)
    found = estimate_shares(scores, groups, thin)
    assert (found.province, found.space) == pytest.approx(
        (known[0].province, known[0].space), abs=1e-4
    )
    alone = Space(np.empty((0, 2), dtype=np.intp), side * side)
    assert alone.root.nnz == side * side
    assert alone.inside(groups) == pytest.approx(0)


def test_many_units_need_no_matrix_of_all_pairs():
    side = 70
    space = Space(grid(side), side * side)
    groups = np.arange(side * side) // 70
    noise = draw_noise(groups, space, 50, np.random.default_rng(1))
    assert noise.space.std() == pytest.approx(1, abs=0.05)
    assert space.root.nnz < side * side * 1500
