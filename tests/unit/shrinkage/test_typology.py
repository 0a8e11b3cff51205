"""Paths of transformation on cities whose structure is plain; clusters as a check."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.shrinkage.describe.clusters import adjusted_rand, cluster_check
from econshrink.shrinkage.describe.typology import (
    PATHS,
    PathDraws,
    PathThresholds,
    location_quotients,
    path_scores,
    path_types,
)

INDUSTRIES = [
    "agriculture",
    "mining",
    "manufacturing",
    "hotels_catering",
    "culture_sports_entertainment",
    "other",
]
AVERAGE = [3000, 100, 2000, 300, 60, 4540]


def economy():
    """Twenty average cities and one of each kind."""
    rows = {f"avg{n:03d}": AVERAGE for n in range(20)}
    rows["mining"] = [2000, 1500, 1500, 300, 60, 4640]
    rows["touris"] = [2000, 50, 1000, 1500, 400, 5050]
    rows["forest"] = [7000, 20, 500, 200, 40, 2240]
    rows["suburb"] = AVERAGE
    rows["compac"] = AVERAGE
    return pd.DataFrame.from_dict(rows, orient="index", columns=INDUSTRIES)


def places():
    frame = pd.DataFrame(
        {"resource_stage": "none", "density": 300.0, "distance_km": 400.0, "urban_shift": 0.2},
        index=["mining", "touris", "forest", "suburb", "compac"],
    )
    frame.loc["forest", "density"] = 20.0
    frame.loc["suburb", "distance_km"] = 30.0
    frame.loc["compac", "urban_shift"] = 0.9
    return frame


def test_location_quotients_average_to_one():
    counts = economy()
    lq = location_quotients(counts)
    weights = counts.sum(axis=1) / counts.to_numpy().sum()
    np.testing.assert_allclose(lq.T @ weights, 1.0)
    share = 1500 / 10000
    assert lq.loc["mining", "mining"] == pytest.approx(
        share / (counts["mining"].sum() / counts.to_numpy().sum())
    )


def test_scores_are_logs_over_the_threshold():
    lq = pd.DataFrame({"mining": [3.0], "tourism": [1.25], "agriculture": [1.5]}, index=["x"])
    place = pd.DataFrame(
        {"resource_stage": "none", "density": 150.0, "distance_km": 200.0, "urban_shift": 0.25},
        index=["x"],
    )
    found = path_scores(lq, place, PathThresholds()).iloc[0]
    assert found.tolist() == pytest.approx([0.0, np.log(2), 0.0, 0.0, -np.log(2)])
    lq["mining"] = 0.01
    assert path_scores(lq, place, PathThresholds()).loc["x", "resource"] == -2.0
    for stage, least in (("declining", np.log(2)), ("growing", np.log(2)), ("regenerating", 0.0)):
        listed = path_scores(lq, place.assign(resource_stage=stage), PathThresholds())
        assert listed.loc["x", "resource"] == pytest.approx(least)
    own_list = path_scores(lq, place.assign(ecological=1), PathThresholds())
    assert own_list.loc["x", "ecological"] == pytest.approx(np.log(2))


def test_each_kind_is_found_with_its_probability():
    found = path_types(economy(), places(), np.random.default_rng(1))
    assert found.frame["path"].to_dict() == {
        "mining": "resource",
        "touris": "cultural tourism",
        "forest": "ecological",
        "suburb": "regional collaboration",
        "compac": "smart shrinkage",
    }
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1.0)
    assert (found.frame["probability"] > 0.5).all()
    assert (found.frame["stability"] > 0.9).all()
    assert found.frame["stability"].between(0, 1).all()
    table = found.table()
    assert table["cities"].tolist() == [1, 1, 1, 1, 1]
    assert table["expected"].sum() == pytest.approx(5.0)
    assert tuple(table.index) == PATHS


def test_small_samples_and_vague_thresholds_make_labels_less_sure():
    near = places()
    near["distance_km"] = 100.0
    near["urban_shift"] = 0.25
    counts = economy()
    spread = [
        path_types(
            counts // divisor,
            near.loc[["suburb"]],
            np.random.default_rng(2),
            uncertainty=PathDraws(300, threshold_sd=sd),
        )
        .frame["stability"]
        .iloc[0]
        for divisor, sd in ((1, 0.01), (20, 0.5))
    ]
    assert spread[1] <= spread[0] + 0.1
    one = path_types(
        counts, near.loc[["suburb"]], np.random.default_rng(2), uncertainty=PathDraws(1)
    )
    assert one.frame["stability"].iloc[0] in {0.0, 1.0}


def test_without_uncertainty_the_probability_is_the_softmax_of_the_scores():
    big = economy() * 1_000_000
    none = PathDraws(3, design_effect=1.0, threshold_sd=0.0)
    found = path_types(big, places(), np.random.default_rng(3), uncertainty=none)
    raised = np.exp(found.scores / 0.5)
    np.testing.assert_allclose(
        found.probabilities, raised.div(raised.sum(axis=1), axis=0), atol=2e-3
    )


def test_missing_figures_are_listed_and_mistakes_refused():
    gap = places()
    gap.loc["forest", "urban_shift"] = np.nan
    found = path_types(economy(), gap, np.random.default_rng(4), uncertainty=PathDraws(5))
    assert "forest" not in found.frame.index
    assert found.left_out.values.tolist() == [["forest", "no urban_shift"]]
    wrong = places().assign(resource_stage="rich").drop(columns="density")
    with pytest.raises(DataError, match="no column density"):
        path_types(economy(), wrong, np.random.default_rng(4))
    with pytest.raises(DataError, match="resource stage 'rich'"):
        path_types(economy(), places().assign(resource_stage="rich"), np.random.default_rng(4))
    with pytest.raises(DataError, match="no industry 'mining'"):
        path_types(economy().drop(columns="mining"), places(), np.random.default_rng(4))
    with pytest.raises(SpecError, match="mining -1"):
        PathThresholds(mining=-1)


def test_adjusted_rand_by_hand():
    a = np.array([0, 0, 0, 1, 1, 1])
    b = np.array([0, 0, 1, 1, 2, 2])
    # pairs together in both: 2; in a: 6; in b: 3; expected 6 * 3 / 15
    assert adjusted_rand(a, b) == pytest.approx((2 - 18 / 15) / (4.5 - 18 / 15))
    assert adjusted_rand(a, 1 - a) == 1.0


def test_clusters_find_planted_groups():
    rng = np.random.default_rng(6)
    centres = np.array([[0, 0], [6, 0], [0, 6]])
    kind = np.repeat([0, 1, 2], 15)
    features = pd.DataFrame(centres[kind] + rng.normal(size=(45, 2)), columns=["a", "b"])
    types = pd.Series(np.array(["x", "y", "z"])[kind])
    found = cluster_check(features, types, 3, rng, bootstraps=10)
    assert found.agreement > 0.9
    assert found.stability > 0.8
    assert found.cross.to_numpy().sum() == 45
    scaled = features.assign(a=features["a"] * 1e4 + 3e5)
    again = cluster_check(scaled, types, 3, np.random.default_rng(7), bootstraps=1)
    assert adjusted_rand(again.cluster.to_numpy(), found.cluster.to_numpy()) == pytest.approx(1.0)
    noise = pd.Series(rng.permutation(types))
    assert abs(cluster_check(features, noise, 3, rng, bootstraps=1).agreement) < 0.15
    with pytest.raises(DataError, match="without a type"):
        cluster_check(features, types.iloc[:10], 3, rng)
