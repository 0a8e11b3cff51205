"""FlowNetwork and its readers: direction, unlisted mass, and every kind of bad input named."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError
from econshrink.data.flows.columns import Direction, SetAside, SharesOf
from econshrink.data.flows.lists import read_flow_list, read_flow_matrix, transposed_years
from econshrink.data.flows.shares import read_share_lists
from econshrink.flows.network.centrality import components
from econshrink.flows.network.strength import spread_unlisted, strength_bounds, strengths
from econshrink.nouns.flows import FlowNetwork, FlowPanel
from econshrink.nouns.storage import from_json, load, save, to_json

FLOWS = np.array([[0.0, 5.0, 1.0], [2.0, 0.0, 3.0], [8.0, 0.0, 0.0]])


def write(folder, text, name="flows.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def long_text(flows=FLOWS, year=""):
    rows = [
        f"{'abc'[i]},{'abc'[j]},{flows[i, j]:g}{year}" for i in range(3) for j in range(3) if i != j
    ]
    return "origin,destination,flow" + (",year\n" if year else "\n") + "\n".join(rows) + "\n"


def test_rows_are_origins_in_every_reader(tmp_path):
    long = read_flow_list(write(tmp_path, long_text())).networks[0]
    matrix = read_flow_matrix(
        write(tmp_path, "origin/destination,a,b,c\na,0,5,1\nb,2,0,3\nc,8,0,0\n"),
        Direction.ROWS_ARE_ORIGINS,
    )
    turned = read_flow_matrix(
        write(tmp_path, ",a,b,c\na,0,2,8\nb,5,0,0\nc,1,3,0\n"), Direction.ROWS_ARE_DESTINATIONS
    )
    for network in (long, matrix, turned):
        np.testing.assert_array_equal(network.flows, FLOWS)
        assert network.out_strength.tolist() == [6, 5, 8]


@pytest.mark.parametrize("corner", ["destination/origin", "流入\\流出", "to|from"])
def test_a_corner_cell_that_contradicts_the_declared_direction_is_refused(tmp_path, corner):
    path = write(tmp_path, f"{corner},a,b\na,0,5\nb,2,0\n")
    with pytest.raises(DataError, match="corner cell"):
        read_flow_matrix(path, Direction.ROWS_ARE_ORIGINS)
    assert read_flow_matrix(path, Direction.ROWS_ARE_DESTINATIONS).flows[1, 0] == 5


def test_known_totals_reveal_a_transposed_matrix(tmp_path):
    path = write(tmp_path, ",a,b,c\na,0,2,8\nb,5,0,0\nc,1,3,0\n")
    leavers = pd.Series(FLOWS.sum(axis=1), list("abc"))
    with pytest.raises(DataError, match="transposed"):
        read_flow_matrix(path, Direction.ROWS_ARE_ORIGINS, leavers=leavers)
    more = leavers + pd.Series([1, 0, 0], list("abc"))
    with pytest.raises(DataError, match="saw 6 leavers; expected 7"):
        read_flow_matrix(path, Direction.ROWS_ARE_DESTINATIONS, leavers=more)


def test_a_transposed_year_of_a_panel_is_named():
    rng = np.random.default_rng(0)
    mean = 50.0 * np.outer([4, 1, 1, 2, 1, 1], [1, 3, 1, 1, 1, 5])
    years = [np.where(np.eye(6) > 0, 0.0, rng.poisson(mean)) for _ in range(4)]
    years[2] = years[2].T
    panel = FlowPanel(tuple(FlowNetwork(tuple("abcdef"), f, year=t) for t, f in enumerate(years)))
    assert transposed_years(panel) == (2,)


def test_top_lists_keep_the_mass_they_leave_out(tmp_path):
    text = (
        "origin,destination,share\na,b,50\na,c,20\nb,a,40\nb,d,30\nc,a,90\nc,b,5\nd,a,60\nd,b,10\n"
    )
    net = read_share_lists(
        write(tmp_path, text), SharesOf.ORIGIN, percent=True,
        totals=pd.Series([1000.0, 100.0, 50.0, 10.0], list("abcd")),
    )  # fmt: skip
    assert net.unlisted_out.tolist() == pytest.approx([300, 30, 2.5, 3])
    assert net.out_strength.tolist() == pytest.approx([1000, 100, 50, 10])
    with pytest.raises(DataError, match="4 pairs that the source does not list"):
        strengths(net)
    bounds = strength_bounds(net)
    # d is listed by b (30); a leaves 300 unlisted but at most its least listed flow, 200
    assert bounds.loc["d", "in_low"] == pytest.approx(30)
    assert bounds.loc["d", "in_high"] == pytest.approx(30 + 200 + 2.5)
    whole = spread_unlisted(net)
    assert whole.complete
    assert whole.out_strength.tolist() == pytest.approx([1000, 100, 50, 10])
    assert "spread" in whole.notes[-1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("origin,destination,share\na,b,50\na,c,60\nb,a,9\nc,a,9\n", "add up to 1.1"),
        ("origin,destination,share\na,b,50\na,b,20\nb,a,9\n", "a pair twice"),
        ("origin,destination,share\na,b,50\nc,a,9\n", "no share of b"),
        ("origin,destination,share\na,b,150\nb,a,9\n", "share 1.5"),
        ("origin,destination,share\na,b,half\nb,a,9\n", "'half'"),
    ],
)
def test_bad_share_lists_are_refused(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_share_lists(write(tmp_path, text), SharesOf.ORIGIN, percent=True)


def test_absent_pairs_negative_flows_and_strangers_are_named(tmp_path):
    with pytest.raises(DataError, match="1 pairs without a flow, the first from a to b"):
        read_flow_list(write(tmp_path, long_text().replace("a,b,5\n", "")))
    with pytest.raises(DataError, match="flow -5; expected 0 or more"):
        read_flow_list(write(tmp_path, long_text().replace("a,b,5", "a,b,-5")))
    with pytest.raises(DataError, match="no row of city d"):
        read_flow_list(write(tmp_path, long_text()), cities=list("abcd"))
    with pytest.raises(DataError, match="city 'c'"):
        read_flow_list(write(tmp_path, long_text()), cities=list("ab"))
    with pytest.raises(DataError, match="a pair twice"):
        read_flow_list(write(tmp_path, long_text() + "a,b,5\n"))
    with pytest.raises(DataError, match="unmatched: c, d"):
        read_flow_matrix(write(tmp_path, ",a,c\na,0,1\nd,1,0\n"), Direction.ROWS_ARE_ORIGINS)
    with pytest.raises(DataError, match="no such file"):
        read_flow_list(tmp_path / "none.csv")


def test_moves_within_a_city_are_refused_or_set_aside(tmp_path):
    path = write(tmp_path, long_text() + "b,b,7\n")
    with pytest.raises(DataError, match="7 moves within b"):
        read_flow_list(path)
    network = read_flow_list(path, within=SetAside()).networks[0]
    np.testing.assert_array_equal(network.flows, FLOWS)
    assert network.notes == ("7 moves within cities set aside",)
    with pytest.raises(DataError, match="moves within the city"):
        FlowNetwork(tuple("abc"), FLOWS + np.eye(3))


def test_a_disconnected_network_is_seen():
    flows = np.zeros((4, 4))
    flows[0, 1] = flows[2, 3] = 1.0
    assert components(flows) == ((0, 1), (2, 3))
    assert components(FLOWS) == ((0, 1, 2),)


def test_all_faults_of_a_network_come_at_once():
    flows = np.array([[0.0, -1.0, np.inf], [0, 2, 0], [1, 1, 0]])
    with pytest.raises(DataError) as caught:
        FlowNetwork(tuple("abc"), flows)
    assert len(caught.value.faults) == 3
    with pytest.raises(DataError, match="twice"):
        FlowNetwork(("a", "a"), FLOWS[:2, :2] * (1 - np.eye(2)))
    with pytest.raises(DataError, match=r"shape \(2, 2\)"):
        FlowNetwork(tuple("abc"), np.zeros((2, 2)))


def test_a_panel_needs_the_same_cities_and_rising_years():
    first = FlowNetwork(tuple("abc"), FLOWS, year=2014)
    second = FlowNetwork(tuple("abc"), 2 * FLOWS, year=2015)
    panel = FlowPanel((first, second))
    np.testing.assert_array_equal(panel.total().flows, 3 * FLOWS)
    with pytest.raises(DataError, match="rising years"):
        FlowPanel((second, first))
    with pytest.raises(DataError, match="other cities"):
        FlowPanel((first, FlowNetwork(tuple("abd"), FLOWS, year=2015)))


def test_networks_survive_files(tmp_path):
    network = FlowNetwork(tuple("abc"), FLOWS, stocks=np.ones(3), year=2020, synthetic=True)
    again = from_json(to_json(network))
    np.testing.assert_array_equal(again.flows, FLOWS)
    assert again.synthetic
    assert again.year == 2020
    panel = load(save(FlowPanel((network,)), tmp_path / "panel.npz"))
    np.testing.assert_array_equal(panel.cube[0], FLOWS)


def test_the_graph_is_networkx_own(tmp_path):
    graph = nx.from_numpy_array(FLOWS, create_using=nx.DiGraph)
    network = read_flow_list(write(tmp_path, long_text())).networks[0]
    table = network.to_frame().set_index(["origin", "destination"])["flow"]
    for i, j, weight in graph.edges(data="weight"):
        assert table["abc"[i], "abc"[j]] == weight
