"""Cluster Grams on random unbalanced panels: exact, and indifferent to labels and order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from econshrink.inference.gram.grams import (
    cluster_grams,
    crossing_effects,
    grams_without,
    square_grams,
    sub_block,
    weighted_grams,
)
from econshrink.inference.gram.solve import back_substitute, eliminate, schur_complement

SOME = settings(max_examples=25, derandomize=True, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def random_rows(seed):
    rng = np.random.default_rng(seed)
    cities, years = rng.integers(5, 15), rng.integers(3, 8)
    city, year = (each.ravel() for each in np.indices((cities, years)))
    keep = rng.random(len(city)) < 0.8
    keep[: 2 * years] = True
    city = np.unique(city[keep], return_inverse=True)[1]
    year = year[keep]
    weights = rng.uniform(0.5, 2.0, len(city))
    x = rng.normal(size=(len(city), 2))
    return city, year, weights, x, x @ [1.0, -2.0] + rng.normal(size=len(city)), rng


def within_city(values, city, weights):
    sums = np.array([np.bincount(city, weights * column) for column in values.T]).T
    return values - (sums / np.bincount(city, weights)[:, None])[city]


@SOME
@given(seed=seeds)
def test_weighted_clusters_equal_dummy_regressions(seed):
    city, year, weights, x, y, rng = random_rows(seed)
    columns = within_city(np.column_stack([x, y]), city, weights) * np.sqrt(weights)[:, None]
    dummies = crossing_effects([city, year], city, weights)
    grams = cluster_grams(dummies, columns[:, :2], columns[:, 2:], city)
    drawn = rng.uniform(0.5, 2.0, (3, city.max() + 1))
    packed = weighted_grams(grams, drawn)
    done = eliminate(packed, grams.size, grams.effects + 2)
    found = back_substitute(done, grams.size, grams.effects, 2)
    left = schur_complement(packed, grams.size, grams.effects).packed
    everything = np.column_stack([x, np.eye(city.max() + 1)[city], np.eye(year.max() + 1)[year]])
    for draw in range(3):
        root = np.sqrt(weights * drawn[draw][city])
        literal = np.linalg.lstsq(everything * root[:, None], y * root, rcond=None)[0]
        np.testing.assert_allclose(found[:, draw], literal[:2], rtol=1e-9, atol=1e-11)
        block = square_grams(left[:, draw : draw + 1], 3)[0]
        np.testing.assert_allclose(
            np.linalg.solve(block[:2, :2], block[:2, 2]), literal[:2], rtol=1e-9, atol=1e-11
        )


@SOME
@given(seed=seeds)
def test_order_of_rows_and_labels_do_not_matter(seed):
    city, year, _, x, y, rng = random_rows(seed)
    mix, relabel = rng.permutation(len(y)), rng.permutation(city.max() + 1)
    dummies = crossing_effects([city, year], city)
    one = cluster_grams(dummies, x, y[:, None], city)
    two = cluster_grams(dummies[mix], x[mix], y[mix, None], relabel[city][mix])
    np.testing.assert_allclose(one.packed, two.packed[:, relabel], rtol=1e-12, atol=1e-12)


@SOME
@given(seed=seeds)
def test_downdates_and_sub_blocks(seed):
    city, _, _, x, y, rng = random_rows(seed)
    grams = cluster_grams(np.empty((len(y), 0)), x, y[:, None], city)
    units = np.unique(rng.integers(0, 3, grams.clusters), return_inverse=True)[1]
    if units.max() == 0:
        return
    without = grams_without(grams, units)
    for unit in range(units.max() + 1):
        rows = np.column_stack([x, y])[units[city] != unit]
        np.testing.assert_allclose(
            square_grams(without[:, [unit]], 3)[0], rows.T @ rows, rtol=1e-9, atol=1e-9
        )
    order = np.array([2, 0])
    block = square_grams(sub_block(grams.packed, 3, order), 2)
    np.testing.assert_array_equal(block, square_grams(grams.packed, 3)[:, order][:, :, order])


@SOME
@given(seed=seeds)
def test_a_draw_does_not_depend_on_its_neighbours(seed):
    city, year, _, x, y, rng = random_rows(seed)
    grams = cluster_grams(crossing_effects([city, year], city), x, y[:, None], city)
    packed = weighted_grams(grams, rng.integers(0, 3, (7, grams.clusters)).astype(float))
    count = grams.effects + 2
    whole = eliminate(packed, grams.size, count)
    for part in (slice(0, 1), slice(3, 7)):
        alone = eliminate(packed[:, part], grams.size, count)
        assert alone.packed.tobytes() == np.ascontiguousarray(whole.packed[:, part]).tobytes()
        np.testing.assert_array_equal(alone.usable, whole.usable[:, part])
