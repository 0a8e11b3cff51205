"""The support matrix, the collaboration counterfactual, and flows of a user in `make paper`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyses.config import TASKS
from analyses.machinery.tasks import Task
from analyses.machinery.user_files import FLOWS, with_flows
from analyses.shared.flow_source import load_flows, synthetic_flows, user_flows
from econshrink.core.errors import DataError, SpecError
from econshrink.flows.gravity.collaboration import BetterLinks, collaboration_gains
from econshrink.flows.gravity.nulls import fit_distance
from econshrink.flows.gravity.regressors import log_distance
from econshrink.inference.resampling import Resampling
from econshrink.lab.planted_flows import FlowSettings, plant_roles
from econshrink.shrinkage.describe.support import RISKS, SupportRule, support_matrix


def test_every_city_is_in_one_cell_or_named():
    cities = [f"{k:06d}" for k in range(60)]
    rng = np.random.default_rng(0)
    paths = pd.DataFrame(
        {"path": rng.choice(["resource", "ecological"], 60), "probability": rng.random(60)}, cities
    )
    risk = pd.Series(rng.random(58), cities[:58])
    capacity = pd.Series(rng.gamma(2, 0.5, 60), cities)
    found = support_matrix(paths, risk, capacity)
    assert found.counts().to_numpy().sum() == 58 == len(found.frame)
    assert found.left_out["reason"].tolist() == ["no risk", "no risk"]
    high = found.frame[found.frame["risk_class"] == "high"]
    assert (high["risk"] >= 2 / 3).all()
    assert set(found.frame["risk_class"]) <= set(RISKS)


def test_thresholds_are_inclusive_at_their_edge_and_rules_checked():
    paths = pd.DataFrame({"path": ["x"], "probability": [1.0]}, ["100000"])
    one = pd.Series({"100000": 2 / 3})
    assert support_matrix(paths, one, one * 1.5).frame["risk_class"].item() == "high"
    assert support_matrix(paths, one, one * 1.5).frame["capacity_class"].item() == "strong"
    with pytest.raises(SpecError, match="cuts"):
        SupportRule((0.7, 0.3))
    with pytest.raises(SpecError, match="no support for low risk, weak capacity"):
        SupportRule(support={})
    with pytest.raises(DataError, match="risk outside"):
        support_matrix(paths, one * 3, one)


@pytest.fixture(scope="module")
def fit():
    network = plant_roles(FlowSettings(flow_per_pair=100), 1).network
    return fit_distance(network, log_distance(network))


def test_better_links_redirect_moves_and_make_none(fit):
    pairs = np.zeros((13, 13), dtype=bool)
    pairs[4, 5] = pairs[5, 4] = True
    found = collaboration_gains(
        fit, pairs, resampling=Resampling(500, rng=np.random.default_rng(0))
    )
    arrivals = fit.mean[0].sum(axis=0)
    assert (found.frame["in"] * arrivals).sum() == pytest.approx(0.0, abs=1e-8)
    assert found.frame["in"].iloc[[4, 5]].gt(0).all()
    assert found.frame["in"].drop(found.frame.index[[4, 5]]).lt(0).all()
    assert found.moves[1] < found.moves[0] < found.moves[2]


def test_linking_everybody_changes_nothing_and_nonsense_is_refused(fit):
    every = ~np.eye(13, dtype=bool)
    same = collaboration_gains(fit, every, resampling=Resampling(5, rng=np.random.default_rng(0)))
    np.testing.assert_allclose(same.frame[["in", "net"]], 0.0, atol=1e-9)
    one_way = np.zeros((13, 13), dtype=bool)
    one_way[0, 1] = True
    with pytest.raises(SpecError, match="symmetric"):
        collaboration_gains(fit, one_way, resampling=Resampling(500, rng=np.random.default_rng(0)))
    with pytest.raises(SpecError, match="closer 2"):
        collaboration_gains(fit, every, BetterLinks(2.0))


def flows_file(folder, names):
    rng = np.random.default_rng(0)
    rows = [
        f"{a},{b},{rng.poisson(40)},{year}"
        for year in (2021, 2022)
        for a in names
        for b in names
        if a != b
    ]
    path = folder / "mine.csv"
    path.write_text("origin,destination,flow,year\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_a_users_flows_replace_the_synthetic_network(tmp_path):
    path = flows_file(tmp_path, ["北京", "Tianjin", "130100", "唐山市", "Baoding"])
    tasks = with_flows(TASKS, str(path), tmp_path)
    task = next(task for task in tasks if task.name == "network_flows")
    assert task.inputs == (FLOWS,)
    panel = load_flows(tmp_path)
    assert not panel.networks[0].synthetic
    assert set(panel.networks[0].cities) == {"110000", "120000", "130100", "130200", "130600"}
    assert panel.years == (2021, 2022)
    assert panel.networks[0].coordinates.shape == (5, 2)
    # without the option the copy goes and the synthetic network is back
    assert with_flows(TASKS, "", tmp_path) == tuple(TASKS)
    assert load_flows(tmp_path).networks[0].synthetic


def test_files_and_cities_that_do_not_exist_are_named(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        with_flows((Task("network_flows"),), str(tmp_path / "none.csv"), tmp_path)
    with pytest.raises(DataError, match="city 'Suzhou'"):  # two units have this name
        user_flows(flows_file(tmp_path, ["110000", "Suzhou", "130100", "130200"]))


def test_the_synthetic_network_lies_on_the_real_map():
    panel = synthetic_flows()
    first = panel.networks[0]
    assert first.names_en[0] == "Beijing"
    assert first.names_zh[-1] == "衡水市"
    km = np.exp(log_distance(first))
    assert 90 < km[0, 1] < 130  # between points inside Beijing and Tianjin


def test_the_makefile_hands_the_flows_over():
    text = (Path(__file__).parents[3] / "Makefile").read_text(encoding="utf-8")
    assert '$(if $(FLOWS),--flows "$(FLOWS)")' in text
