"""Cluster Grams on random unbalanced panels: exact, and indifferent to labels and order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from econshrink.inference.gram.grams import (
    block_sums,
    cluster_grams,
    packed,
    square_index,
    sums_without,
)
from econshrink.inference.gram.partial import coefficients, partial_out
from econshrink.inference.gram.solve import sub_block
from econshrink.inference.gram.wild_sums import WildParts, _direct, _expanded

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


def dummies(codes):
    return np.eye(codes.max() + 1)[codes]


def components(left, right):
    """Parts of the graph whose edges join the codes of a row."""
    links = coo_array((np.ones(len(left)), (left, right + left.max() + 1)))
    links.resize((left.max() + right.max() + 2,) * 2)
    return connected_components(links, directed=False)[0]


@SOME
@given(seed=seeds, blocks=st.integers(1, 3))
def test_weighted_clusters_equal_dummy_regressions(seed, blocks):
    city, year, weights, x, y, rng = random_rows(seed)
    home = city % blocks  # years of each block of cities are effects of their own
    time = np.unique(home * 100 + year, return_inverse=True)[1]
    columns = within_city(np.column_stack([x, y]), city, weights) * np.sqrt(weights)[:, None]
    grams = cluster_grams([city, time], columns[:, :2], columns[:, 2:], city, weights)
    assert len(grams.blocks) == components(city, time)  # blocks, and cities that share no year
    drawn = rng.uniform(0.5, 2.0, (3, city.max() + 1))
    left = partial_out(grams, block_sums(grams, drawn))
    found, lost = coefficients(left, 2)
    everything = np.column_stack([x, dummies(city), dummies(time)])
    for draw in range(3):
        root = np.sqrt(weights * drawn[draw][city])
        literal, _, rank, _ = np.linalg.lstsq(everything * root[:, None], y * root, rcond=None)
        effects = np.linalg.matrix_rank(everything[:, 2:])
        assert lost[draw] == (rank < 2 + effects)
        if lost[draw]:
            assert np.isnan(found[draw]).all()
            continue
        np.testing.assert_allclose(found[draw], literal[:2], rtol=1e-8, atol=1e-10)


@SOME
@given(seed=seeds)
def test_a_balanced_panel_needs_no_equations_for_its_years(seed):
    rng = np.random.default_rng(seed)
    cities, years = rng.integers(5, 12), rng.integers(3, 7)
    city, year = (each.ravel() for each in np.indices((cities, years)))
    x, y = rng.normal(size=(len(city), 2)), rng.normal(size=len(city))
    columns = within_city(np.column_stack([x, y]), city, np.ones(len(city)))
    grams = cluster_grams([city, year], columns[:, :2], columns[:, 2:], city)
    assert grams.blocks[0].even
    drawn = rng.integers(0, 3, (4, cities)) + np.eye(4, cities)
    found, lost = coefficients(partial_out(grams, block_sums(grams, drawn)), 2)
    everything = np.column_stack([x, dummies(city), dummies(year)])
    for draw in range(4):
        root = np.sqrt(drawn[draw][city])
        literal, _, rank, _ = np.linalg.lstsq(everything * root[:, None], y * root, rcond=None)
        effects = np.linalg.matrix_rank(everything[:, 2:] * root[:, None])
        assert lost[draw] == (rank < 2 + effects)  # such as one city drawn alone
        if lost[draw]:
            assert np.isnan(found[draw]).all()
            continue
        np.testing.assert_allclose(found[draw], literal[:2], rtol=1e-8, atol=1e-10)


@SOME
@given(seed=seeds)
def test_order_of_rows_and_labels_do_not_matter(seed):
    city, year, _, x, y, rng = random_rows(seed)
    mix, relabel = rng.permutation(len(y)), rng.permutation(city.max() + 1)
    one = cluster_grams([city, year], x, y[:, None], city)
    two = cluster_grams([city[mix], year[mix]], x[mix], y[mix, None], relabel[city][mix])
    np.testing.assert_allclose(
        one.blocks[0].table, two.blocks[0].table[relabel], rtol=1e-11, atol=1e-11
    )


@SOME
@given(seed=seeds)
def test_downdates_and_sub_blocks(seed):
    city, _, _, x, y, _ = random_rows(seed)
    grams = cluster_grams((), x, y[:, None], city)
    (without,) = sums_without(grams, np.arange(grams.clusters))
    for unit in range(grams.clusters):
        rows = np.column_stack([x, y])[city != unit]
        square = without[unit][square_index(3)].reshape(3, 3)
        np.testing.assert_allclose(square, rows.T @ rows, rtol=1e-9, atol=1e-9)
    order = np.array([2, 0])
    full = without[:, square_index(3)].reshape(-1, 3, 3)
    block = sub_block(without.T, 3, order)
    np.testing.assert_array_equal(block.T, packed(full[:, order][:, :, order]))


@SOME
@given(seed=seeds)
def test_a_draw_does_not_depend_on_its_neighbours(seed):
    city, year, _, x, y, rng = random_rows(seed)
    grams = cluster_grams([city, year], x, y[:, None], city)
    sums = block_sums(grams, rng.integers(1, 4, (7, grams.clusters)).astype(float))
    whole = coefficients(partial_out(grams, sums), 2)[0]
    for part in (slice(0, 1), slice(3, 7)):
        alone = coefficients(partial_out(grams, [each[part] for each in sums]), 2)[0]
        assert alone.tobytes() == whole[part].tobytes()


@SOME
@given(seed=seeds)
def test_expanded_sums_of_the_wild_bootstrap_are_the_direct_ones(seed):
    rng = np.random.default_rng(seed)
    clusters, width = 40, 6
    parts = WildParts(*rng.normal(size=(2, clusters)), *rng.normal(size=(3, clusters, width)))
    v = rng.choice([-(1.5**0.5), -1.0, 0.5**0.5, 1.0], (5, clusters))
    np.testing.assert_allclose(_expanded(parts, v), _direct(parts, v), rtol=1e-10, atol=1e-9)
