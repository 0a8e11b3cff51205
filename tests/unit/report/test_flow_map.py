"""The map of flows: equal bytes, what is drawn, bad input; the laboratory behind it."""

import numpy as np
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.flows.network.roles import ROLES
from econshrink.lab.planted_flows import CORE, LOSER, RECEIVER, FlowSettings, plant_roles
from econshrink.nouns.flows import FlowNetwork
from econshrink.report.canvas import save_figure
from econshrink.report.flow_map import plot_flows


@pytest.fixture(scope="module")
def planted():
    return plant_roles(seed=2)


def kinds(planted):
    return dict(zip(planted.network.cities, planted.roles, strict=True))


def test_the_same_network_gives_the_same_bytes(planted, tmp_path):
    for folder in ("one", "two"):
        figure = plot_flows(planted.network, kinds(planted), ROLES, height=2.5)
        save_figure(figure, tmp_path / folder, "flows", synthetic=True)
    names = [f"flows_synthetic.{ending}" for ending in ("svg", "pdf", "png")]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_arrows_are_those_asked_for_and_widths_are_proportional(planted):
    shown = np.zeros((13, 13), dtype=bool)
    shown[0, 1] = shown[4, 0] = True
    figure = plot_flows(planted.network, kinds(planted), ROLES, shown=shown)
    arrows = figure.axes[0].patches
    assert len(arrows) == 2
    flows = planted.network.flows
    ratio = flows[4, 0] / flows[0, 1]
    widths = sorted(patch.get_linewidth() for patch in arrows)
    assert widths[0] / widths[1] == pytest.approx(min(ratio, 1 / ratio), rel=1e-6)


def test_what_cannot_be_drawn_is_refused(planted):
    with pytest.raises(DataError, match="no kind of 001"):
        plot_flows(planted.network, {}, ROLES)
    with pytest.raises(DataError, match="no coordinates"):
        plot_flows(FlowNetwork(("a", "b"), np.array([[0.0, 1], [1, 0]])), {}, ROLES)


def test_planted_means_have_the_stated_effectiveness_and_distance_decay(planted):
    mean = planted.mean
    effect = (mean.sum(axis=0) - mean.sum(axis=1)) / (mean.sum(axis=0) + mean.sum(axis=1))
    np.testing.assert_allclose(effect, planted.effectiveness, atol=1e-9)
    roles = np.array(planted.roles)
    np.testing.assert_allclose(effect[roles == RECEIVER], 0.2, atol=1e-9)
    np.testing.assert_allclose(effect[roles == LOSER], -0.2, atol=1e-9)
    # odds ratios are those of distance: symmetric reach, so they do not depend on direction
    odds = mean[0, 5] * mean[6, 9] / (mean[0, 9] * mean[6, 5])
    back = mean[5, 0] * mean[9, 6] / (mean[9, 0] * mean[5, 6])
    assert odds == pytest.approx(back, rel=1e-9)


def test_the_same_seed_gives_the_same_network_and_settings_are_checked():
    first, again = plant_roles(seed=5), plant_roles(seed=5)
    np.testing.assert_array_equal(first.network.flows, again.network.flows)
    assert FlowSettings().digest() != FlowSettings(decay=2.0).digest()
    with pytest.raises(SpecError, match="one core"):
        FlowSettings(roles=(LOSER,) * 13)
    with pytest.raises(SpecError, match="flow_per_pair"):
        FlowSettings(flow_per_pair=-1.0)
    with pytest.raises(SpecError, match="cannot balance"):
        plant_roles(FlowSettings(roles=(CORE, *(RECEIVER,) * 12), effectiveness=0.8, core_size=0.2))
