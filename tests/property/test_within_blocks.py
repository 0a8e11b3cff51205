"""The block road of one- and two-way effects equals the general road, and dummies themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.core.arrays import codes
from econshrink.inference import within_blocks
from econshrink.inference.absorption import absorber, leverages, sweep, sweep_columns
from econshrink.inference.sandwich import score_sums

MANY = settings(max_examples=40, derandomize=True, deadline=None)


def sample(seed: int, weighted: bool, ways: int):
    """Unbalanced rows with gaps, units of one row, and now and then two parts without a link."""
    rng = np.random.default_rng(seed)
    units, years = int(rng.integers(2, 60)), int(rng.integers(2, 12))
    keep = rng.random(units * years) < rng.uniform(0.15, 1.0)
    keep[:2] = True
    unit, year = np.repeat(np.arange(units), years)[keep], np.tile(np.arange(years), units)[keep]
    if rng.random() < 0.3:  # half the units in other years than the rest
        year = np.where(unit < units // 2, year, year + years)
    effects = [codes(unit)[0], codes(year)[0]][:ways]
    values = rng.normal(size=(len(unit), 3)) + rng.normal(size=units)[unit, None] * 10
    values[:, 2] += 1e6
    weights = rng.uniform(0.1, 5.0, len(unit)) if weighted else None
    return effects, values, weights


@MANY
@given(seed=st.integers(0, 2**32 - 1), weighted=st.booleans(), ways=st.sampled_from([1, 2]))
def test_blocks_equal_the_general_road_and_dummies(seed, weighted, ways):
    effects, values, weights = sample(seed, weighted, ways)
    projection = absorber(effects, weights)
    if int(effects[0].max()) < int(effects[-1].max()):
        in_order = bool((np.diff(effects[-1]) >= 0).all())  # the longer effect leads
        assert (projection.units is None) is not in_order
        return
    assert projection.units is not None
    general = replace(projection, units=None)
    found = sweep(projection, values)
    scale = np.sqrt(values.var(axis=0)) + 1e-6 * np.abs(values).max(axis=0)
    np.testing.assert_allclose(found / scale, sweep(general, values) / scale, atol=1e-10)
    spent = values.T.copy()
    sweep_columns(projection, tuple(spent))
    np.testing.assert_array_equal(spent, found.T)
    np.testing.assert_allclose(leverages(projection), leverages(general), atol=1e-10)
    root = np.ones(len(values)) if weights is None else np.sqrt(weights)
    dummies = np.column_stack([e[:, None] == np.arange(e.max() + 1) for e in effects])
    dummies = dummies * root[:, None]
    fitted = dummies @ np.linalg.lstsq(dummies, values * root[:, None], rcond=None)[0]
    np.testing.assert_allclose(
        found * root[:, None] / scale, (values * root[:, None] - fitted) / scale, atol=1e-7
    )
    assert projection.rank == np.linalg.matrix_rank(dummies)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ways", [1, 2])
def test_block_borders_do_not_show(monkeypatch, weighted, ways):
    effects, values, weights = sample(3, weighted, ways)
    whole = sweep(absorber(effects, weights), values)
    for rows in (1, 7, 50):  # units longer than a block are taken whole
        monkeypatch.setattr(within_blocks, "ROWS", rows)
        parts = sweep(absorber(effects, weights), values)
        np.testing.assert_allclose(parts, whole, rtol=1e-10, atol=1e-9)


def test_many_rows_stop_when_the_year_sums_are_gone(monkeypatch):
    effects, values, _ = sample(5, False, 2)
    twice = sweep(absorber(effects), values)
    monkeypatch.setattr(within_blocks, "SMALL", 0)
    np.testing.assert_allclose(sweep(absorber(effects), values), twice, rtol=1e-10, atol=1e-9)


def test_rows_out_of_order_take_the_general_road():
    unit, year = np.array([0, 1, 0, 1, 2, 2]), np.array([0, 0, 1, 1, 0, 1])
    projection = absorber([unit, year])
    assert projection.units is None
    order = np.argsort(unit, kind="stable")
    values = np.arange(6.0)[:, None] ** 2
    ordered = sweep(absorber([unit[order], year[order]]), values[order])
    np.testing.assert_allclose(sweep(projection, values)[order], ordered, atol=1e-12)


def test_score_sums_are_sums_of_scores():
    rng = np.random.default_rng(0)
    x, u, g = rng.normal(size=(9, 2)), rng.normal(size=9), np.array([0, 1, 1, 0, 2, 2, 2, 1, 0])
    expected = [(x * u[:, None])[g == i].sum(axis=0) for i in range(3)]
    np.testing.assert_allclose(score_sums(x, u, g, 3), expected, atol=1e-14)
