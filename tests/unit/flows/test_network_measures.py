"""Measures of networks: equal to networkx where defined alike, by hand elsewhere, invariances."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.core.errors import DataError
from econshrink.flows.network.backbone import backbone, disparity
from econshrink.flows.network.centrality import centrality, pagerank
from econshrink.flows.network.communities import communities, modularity
from econshrink.flows.network.dominance import dominance
from econshrink.flows.network.polycentricity import polycentricity, polycentricity_change
from econshrink.flows.network.strength import (
    network_effectiveness,
    network_reciprocity,
    participation,
    strengths,
)
from econshrink.inference.resampling import Resampling
from econshrink.nouns.flows import FlowNetwork
from econshrink.shrinkage.describe.concentration import (
    concentration,
    entropy,
    gini,
    primacy,
    rank_size,
    share_arithmetic,
    theil,
    theil_decomposition,
)
from econshrink.shrinkage.describe.convergence import beta_convergence, sigma_convergence


@pytest.fixture(scope="module")
def flows():
    rng = np.random.default_rng(5)
    matrix = np.round(rng.gamma(0.7, 40, (13, 13)))
    matrix[3, :] = 0.0  # nobody leaves: dangling
    matrix[:, 7] *= rng.random(13) < 0.5
    np.fill_diagonal(matrix, 0.0)
    return matrix


def network(matrix):
    return FlowNetwork(tuple(f"c{i:02d}" for i in range(len(matrix))), matrix)


def test_pagerank_betweenness_and_modularity_equal_networkx(flows):
    graph = nx.from_numpy_array(flows, create_using=nx.DiGraph)
    theirs = nx.pagerank(graph, alpha=0.85, tol=1e-14, max_iter=1000)
    ours = centrality(network(flows))
    np.testing.assert_allclose(ours["pagerank"], [theirs[i] for i in range(13)], atol=1e-12)
    back = nx.pagerank(graph.reverse(), alpha=0.85, tol=1e-14, max_iter=1000)
    np.testing.assert_allclose(ours["reverse_pagerank"], [back[i] for i in range(13)], atol=1e-12)
    for _, _, edge in graph.edges(data=True):
        edge["length"] = 1.0 / edge["weight"]
    between = nx.betweenness_centrality(graph, weight="length")
    np.testing.assert_allclose(ours["betweenness"], [between[i] for i in range(13)], rtol=1e-12)
    groups = [i % 3 for i in range(13)]
    parts = [{i for i in range(13) if i % 3 == g} for g in range(3)]
    assert modularity(flows, groups) == pytest.approx(
        nx.community.modularity(graph, parts, weight="weight"), rel=1e-12
    )


def test_strengths_equal_networkx_degrees(flows):
    graph = nx.from_numpy_array(flows, create_using=nx.DiGraph)
    table = strengths(network(flows))
    assert table["out"].tolist() == [d for _, d in graph.out_degree(weight="weight")]
    assert table["in"].tolist() == [d for _, d in graph.in_degree(weight="weight")]


def test_binary_reciprocity_equals_networkx():
    rng = np.random.default_rng(1)
    links = (rng.random((9, 9)) < 0.4).astype(float)
    np.fill_diagonal(links, 0)
    graph = nx.from_numpy_array(links, create_using=nx.DiGraph)
    assert network_reciprocity(links) == pytest.approx(nx.overall_reciprocity(graph))


def test_effectiveness_by_hand():
    matrix = np.array([[0.0, 30, 10], [10, 0, 20], [10, 20, 0]])
    table = strengths(network(matrix))
    # a: 20 in, 40 out; b: 50 in, 30 out; c: 30 in, 30 out
    assert table["effectiveness"].tolist() == pytest.approx([-20 / 60, 20 / 80, 0.0])
    assert network_effectiveness(matrix) == pytest.approx((20 + 20 + 0) / 200)
    assert table.loc["c00", "reciprocity"] == pytest.approx((10 + 10) / (30 + 10))


def test_communities_find_planted_groups():
    rng = np.random.default_rng(2)
    group = np.repeat([0, 1, 2], 5)
    matrix = rng.poisson(np.where(group[:, None] == group, 40, 4)).astype(float)
    np.fill_diagonal(matrix, 0)
    labels, value = communities(matrix, np.random.default_rng(0))
    assert labels.tolist() == group.tolist()
    assert value == pytest.approx(modularity(matrix, group.tolist()))


def test_dominance_by_hand():
    matrix = np.array([[0.0, 9, 2, 1], [5, 0, 4, 1], [8, 1, 0, 1], [1, 7, 2, 0]])
    table = dominance(network(matrix))
    # inflow 14, 17, 8, 3: b is largest; a looks to b, c to a, d to b
    assert table["looks_to"].tolist() == ["c01", "c00", "c00", "c01"]
    assert table["independent"].tolist() == [False, True, False, False]
    assert table["centre"].tolist() == ["c01"] * 4
    assert table["steps"].tolist() == [1, 0, 2, 1]


def test_disparity_keeps_the_heavy_flow_and_scales_away(flows):
    np.testing.assert_allclose(disparity(flows), disparity(flows * 7), atol=1e-12)
    star = np.zeros((6, 6))
    star[0, 1:] = [96, 1, 1, 1, 1]
    assert np.argwhere(backbone(star)).tolist() == [[0, 1]]
    assert disparity(star)[0, 1] == pytest.approx((1 - 0.96) ** 4)


def test_participation_by_hand():
    matrix = np.zeros((4, 4))
    matrix[0, 1:] = [2, 1, 1]
    assert participation(matrix, list("xxyy"))[0] == pytest.approx(1 - (0.5**2 + 0.5**2))


def test_concentration_by_hand():
    sizes = np.array([8.0, 4.0, 2.0, 2.0])
    share = sizes / 16
    assert theil(sizes) == pytest.approx(float(share @ np.log(share * 4)))
    assert entropy(sizes) == pytest.approx(1.75 * np.log(2))
    assert primacy(sizes) == pytest.approx(8 / 12)
    differences = np.abs(sizes[:, None] - sizes).sum() / (2 * 16 * 4)
    assert gini(sizes) == pytest.approx(differences)
    assert concentration(sizes)["centres"] == pytest.approx(2**1.75)


def test_zipf_has_exponent_near_one():
    slope, error = rank_size(1e6 / np.arange(1, 2001))
    assert slope == pytest.approx(1.0, abs=0.02)
    assert error == pytest.approx(slope * np.sqrt(2 / 2000))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.01, 1e6), min_size=4, max_size=20),
    st.integers(0, 1000),
    st.floats(0.01, 100),
)
def test_concentration_is_free_of_scale_and_order_and_theil_adds_up(values, seed, scale):
    sizes = np.array(values)
    rng = np.random.default_rng(seed)
    mixed = rng.permutation(sizes) * scale
    np.testing.assert_allclose(concentration(mixed), concentration(sizes), rtol=1e-9, atol=1e-12)
    groups = [f"g{k}" for k in rng.integers(3, size=len(sizes))]
    split = theil_decomposition(sizes, groups)
    assert split.between + split.within == pytest.approx(split.total, abs=1e-10)
    assert split.between >= -1e-12
    assert 0 <= polycentricity(sizes) <= 1 + 1e-12


@given(st.floats(0.05, 5), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_share_arithmetic_adds_up(growth, first, last):
    part, rest = share_arithmetic(growth, first, last)
    assert part * first + rest * (1 - first) == pytest.approx(growth)


def test_the_report_s_shares_by_hand():
    assert [round(f, 2) for f in share_arithmetic(1.5, 0.53, 0.58)] == [1.64, 1.34]
    assert [round(f, 2) for f in share_arithmetic(2.5, 0.53, 0.58)] == [2.74, 2.23]
    with pytest.raises(DataError, match="share 53"):
        share_arithmetic(1.5, 53, 58)


def test_beta_convergence_finds_the_planted_speed():
    rng = np.random.default_rng(3)
    first = pd.Series(np.exp(rng.normal(10, 1, 400)))
    last = np.exp(0.2 + 0.8 * np.log(first) + rng.normal(0, 0.1, 400))
    fit = beta_convergence(first, pd.Series(last, first.index), 10)
    assert abs(fit.coefficient("initial_level") + 0.02) < 3 * fit.std_error("initial_level")
    assert fit.stats["half_life"] == pytest.approx(-10 * np.log(2) / np.log(0.8), rel=0.1)


def test_sigma_convergence_tells_a_fall_from_none():
    rng = np.random.default_rng(4)
    start = rng.normal(0, 1, 80)
    still = np.exp(np.column_stack([start, start + rng.normal(0, 0.02, 80)]))
    fall = np.exp(np.column_stack([start, 0.5 * start]))
    frame = [pd.DataFrame(x, columns=[2010, 2020]) for x in (still, fall)]
    assert sigma_convergence(frame[0], np.random.default_rng(0), 199).p_value > 0.05
    moved = sigma_convergence(frame[1], np.random.default_rng(0), 199)
    assert moved.p_value < 0.02
    assert moved.log_ratio == pytest.approx(2 * np.log(0.5))


def test_a_change_of_polycentricity_has_an_interval_around_it():
    first, last = np.full((5, 5), 100.0), np.full((5, 5), 100.0)
    last[:, 0] = 900.0
    for matrix in (first, last):
        np.fill_diagonal(matrix, 0)
    change = polycentricity_change(first, last, Resampling(199, rng=np.random.default_rng(0)))
    assert change.conf_low < change.difference < change.conf_high < 0


def test_pagerank_of_an_empty_network_is_even():
    np.testing.assert_allclose(pagerank(np.zeros((4, 4))), 0.25)
