"""Roles: the tests by hand, error rates under their nulls, planted roles found."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from econshrink.core.errors import DataError, SpecError
from econshrink.flows.gravity.roles import (
    core_tests,
    flips,
    flow_roles,
    panel_noise,
    probabilities,
    stability,
)
from econshrink.flows.network.role_tests import (
    benjamini_hochberg,
    beyond_p,
    effectiveness_error,
    equivalence_p,
)
from econshrink.flows.network.roles import ROLES, RoleRule, assign_roles
from econshrink.flows.network.trend import effectiveness_trend
from econshrink.inference.resampling import Resampling
from econshrink.lab.planted_flows import CORE, LOSER, RECEIVER, TWO_WAY, FlowSettings, plant_roles
from econshrink.nouns.flows import FlowNetwork


@pytest.fixture(scope="module")
def planted():
    return plant_roles(FlowSettings(flow_per_pair=400, inverse_shape=0.0), 11)


@pytest.fixture(scope="module")
def found(planted):
    return flow_roles(planted.network, resampling=Resampling(99, rng=np.random.default_rng(0)))


def test_clear_roles_are_all_found(planted, found):
    label, true = np.array(found.roles.labels), np.array(planted.roles)
    for role in (CORE, TWO_WAY, RECEIVER, LOSER):
        assert set(np.flatnonzero(true == role)) <= set(np.flatnonzero(label == role)), role


def test_standard_error_is_that_of_repeated_draws(planted):
    rng = np.random.default_rng(1)
    mean, kappa = planted.mean, 0.02
    draws = rng.poisson(mean * rng.gamma(1 / kappa, kappa, (4000, 13, 13)))
    out, into = draws.sum(axis=2), draws.sum(axis=1)
    spread = ((into - out) / (into + out)).std(axis=0)
    error = effectiveness_error(mean, mean + kappa * mean**2)
    np.testing.assert_allclose(error, spread, rtol=0.05)


def test_tests_hold_their_level_at_the_edge():
    rng = np.random.default_rng(2)
    estimate, error = rng.normal(0.05, 0.01, 40_000), np.full(40_000, 0.01)
    assert (equivalence_p(estimate, error, 0.05) < 0.05).mean() == pytest.approx(0.05, abs=0.005)
    assert (beyond_p(estimate, error, 0.05) < 0.05).mean() == pytest.approx(0.05, abs=0.005)


def test_benjamini_hochberg_equals_scipy():
    p = np.random.default_rng(3).random(20) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p))


def test_false_discoveries_are_held_when_nobody_gains():
    plan = FlowSettings(effectiveness=0.0, flow_per_pair=100, inverse_shape=0.01)
    wrong = 0
    for seed in range(30):
        drawn = plant_roles(plan, seed)
        core = np.array(drawn.roles) == CORE
        flows = np.asarray(drawn.network.flows)
        labels = assign_roles(drawn.network, core, flows + 0.01 * flows**2).labels
        wrong += any(label in {RECEIVER, LOSER} for label in labels)
    assert wrong <= 4  # with rate 0.05 at most, more than 4 of 30 has probability 0.016


def test_probabilities_are_sure_where_the_evidence_is(planted, found):
    table = probabilities(found, Resampling(30, rng=np.random.default_rng(0)))
    np.testing.assert_allclose(table.sum(axis=1), 1.0)
    assert tuple(table.columns) == ROLES
    true = np.array(planted.roles)
    assert (table.loc[true == CORE, CORE] > 0.9).all()
    assert (table.loc[true == LOSER, LOSER] > 0.9).all()


def test_year_blocks_and_the_noise_of_a_panel():
    drawn = plant_roles(FlowSettings(flow_per_pair=100, inverse_shape=0.02, years=6), 3)
    assert panel_noise(drawn.panel) == pytest.approx(0.02, rel=0.35)
    found = flow_roles(drawn.panel, resampling=Resampling(49, rng=np.random.default_rng(0)))
    table = probabilities(found, Resampling(30, rng=np.random.default_rng(0)), drawn.panel)
    np.testing.assert_allclose(table.sum(axis=1), 1.0)


def test_stability_flips_and_core_tests_are_shares(found):
    steady = stability(found)
    np.testing.assert_allclose(steady.sum(axis=1), 1.0)
    turned = flips(found, Resampling(8, rng=np.random.default_rng(0)))
    assert turned.between(0, 1).all()
    tests = core_tests(found, Resampling(19, rng=np.random.default_rng(0)))
    assert tests.index.tolist() == ["configuration", "gravity", "hierarchy"]
    assert tests["p_value"].between(1 / 20, 1).all()


def test_labels_follow_the_cities_when_they_are_reordered(planted, found):
    order = np.random.default_rng(0).permutation(13)
    net = found.network
    mixed = FlowNetwork(
        tuple(np.array(net.cities)[order]), net.flows[np.ix_(order, order)],
        stocks=net.stocks[order], coordinates=net.coordinates[order],
    )  # fmt: skip
    again = assign_roles(
        mixed, found.core.members[order], found.variance[np.ix_(order, order)],
        reciprocity_limit=found.reciprocity_limit[order],
    )  # fmt: skip
    assert again.labels == tuple(np.array(found.roles.labels, dtype=object)[order])


def test_a_disconnected_network_is_refused_with_the_cities_named(planted):
    flows = np.array(planted.network.flows)
    flows[11:, :11] = flows[:11, 11:] = 0.0
    with pytest.raises(DataError, match=r"2 groups of cities .* apart: City 12, City 13"):
        flow_roles(planted.network.with_flows(flows))


def test_what_roles_cannot_rest_on_is_refused(planted):
    net = planted.network
    core = np.array(planted.roles) == CORE
    with pytest.raises(DataError, match="shares"):
        assign_roles(replace(net, kind="shares"), core, net.flows)
    with pytest.raises(DataError, match=r"core \(3,\)"):
        assign_roles(net, core[:3], net.flows)
    with pytest.raises(DataError, match="three"):
        assign_roles(net, np.arange(13) > 1, net.flows)
    idle = np.array(net.flows)
    idle[:, 5] = idle[5, :] = 0
    with pytest.raises(DataError, match="no flow of City 6"):
        assign_roles(net.with_flows(idle), core, idle)
    with pytest.raises(SpecError, match=r"tau 1\.5"):
        RoleRule(tau=1.5)


def test_the_trend_of_effectiveness_has_its_error():
    plan = FlowSettings(flow_per_pair=100, inverse_shape=0.01, years=6)
    scores = []
    for seed in range(40):
        table = effectiveness_trend(plant_roles(plan, seed).panel, 0.01)
        scores.append((table["slope"] / table["std_error"]).to_numpy())
    assert np.mean(scores) == pytest.approx(0.0, abs=0.15)
    assert np.std(scores) == pytest.approx(1.0, abs=0.12)
    with pytest.raises(DataError, match="one year"):
        effectiveness_trend(plant_roles(seed=1).panel)
