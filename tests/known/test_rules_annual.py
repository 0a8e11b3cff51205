"""Rules on annual series: options of a run, shapes, quadrants, clusters."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist

from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage import (
    AlvesShapes,
    BreakAtGaps,
    BridgeGaps,
    ConsecutiveDecline,
    IntensityFrequency,
    LightsAndPeople,
    NetLoss,
    NightLightLoss,
    PathClusters,
    ReportStandard,
    SchillingLogan,
    Scirn,
    TurokMykhnenko,
    WomenToElderly,
)
from econshrink.shrinkage.benchmarks import Benchmark, weighted_mean_growth_by
from econshrink.shrinkage.catalogue.paths import clusters_of, warping_distances
from econshrink.shrinkage.identification import identify

NAN = np.nan


def columns(first, **variables):
    """One panel of annual figures: variable -> list of rows, one row a city."""
    rows = next(iter(variables.values()))
    years = list(range(first, first + len(rows[0])))
    names = [f"{number:06d}" for number in range(len(rows))]
    table = pd.DataFrame({"city": np.repeat(names, len(years)), "year": years * len(rows)})
    for name, figures in variables.items():
        table[name] = np.array(figures, dtype=float).ravel()
    return CityPanel.from_long(table)


def labels(panel, rule, window=None):
    return identify(panel, rule, window).frame["shrinking"].tolist()


def classes(panel, rule):
    return [None if pd.isna(k) else k for k in identify(panel, rule).frame["class"]]


GAPS = columns(
    2010,
    population=[
        [100, 99, NAN, 97, 98],  # falls 2011, then a gap that can be bridged: three falls
        [100, 99, NAN, 99, 98],  # bridged, the gap is flat
        [100, NAN, NAN, 97, 98],  # two missing years
        [NAN] * 5,
    ],
)


def test_three_ways_to_read_a_gap():
    assert labels(GAPS, ConsecutiveDecline(3)) == [pd.NA, pd.NA, pd.NA, pd.NA]
    assert labels(GAPS, ConsecutiveDecline(3, missing=BridgeGaps(1))) == [True, False, pd.NA, pd.NA]
    assert labels(GAPS, ConsecutiveDecline(3, missing=BridgeGaps(2))) == [True, False, True, pd.NA]
    broken = labels(GAPS, ConsecutiveDecline(3, missing=BreakAtGaps()))
    assert broken == [False, False, False, pd.NA]
    with pytest.raises(SpecError, match="at least one year"):
        BridgeGaps(0)
    # nothing is invented before the first figure or after the last
    open_ended = np.array([[NAN, 100.0, NAN, NAN, 72.9, NAN]])
    filled = BridgeGaps(2).stocks(open_ended)
    np.testing.assert_allclose(filled, [[NAN, 100.0, 90.0, 81.0, 72.9, NAN]])
    np.testing.assert_array_equal(BridgeGaps(1).stocks(open_ended), open_ended)


def test_latest_and_minimum_loss_of_a_run():
    panel = columns(
        2010,
        population=[[100, 99, 98, 97, 99], [101, 102, 100, 98, 96], [100, 99.9, 99.8, 99.7, 99.6]],
    )
    assert labels(panel, ConsecutiveDecline(3)) == [True, True, True]
    assert labels(panel, ConsecutiveDecline(3, latest=True)) == [False, True, True]
    # runs lose 3 %, 5.9 %, 0.3 %
    assert labels(panel, ConsecutiveDecline(3, minimum_loss=0.02)) == [True, True, False]
    assert classes(panel, ConsecutiveDecline(3)) == ["severe", "severe", "mild"]
    frame = identify(panel, ConsecutiveDecline(3, latest=True)).frame
    assert frame.loc["000002", ["onset", "detection"]].tolist() == [2012, 2014]


def test_options_are_printed_in_the_rule_id():
    rule = ConsecutiveDecline(3, missing=BridgeGaps(2), latest=True, minimum_loss=0.01)
    assert "BridgeGaps(longest=2)" in rule.rule_id
    assert "latest=yes" in rule.rule_id
    assert "minimum_loss=0.01" in rule.rule_id


def test_report_standard_benchmarks_and_options():
    panel = columns(
        2010,
        population=[[100, 99, 98, 97], [100, 99, 98, 97], [9e3, 8e3, 7e3, 6e3]],
        real_growth=[[NAN, 0.05, 0.05, 0.05], [NAN, 0.01, 0.01, 0.10], [NAN, 0.0, 0.0, 0.0]],
        output=[[1.0] * 4, [3.0] * 4, [1.0] * 4],
    )
    attributes = pd.DataFrame(
        {"province": ["X", "X", "Y"]}, index=pd.Index(panel.cities, name="city")
    )
    panel = CityPanel(panel.frame, attributes=attributes)
    nation = Benchmark("nation", (2011, 2012, 2013), (0.045,) * 3)
    assert labels(panel, ReportStandard("A&B", nation)) == [False, True, True]
    assert labels(panel, ReportStandard("A&B", nation, every_year=True)) == [False, False, True]
    # per head the first city grows by 6 percent a year against 7 of the nation
    per_head = Benchmark("nation per head", (2011, 2012, 2013), (0.07,) * 3)
    assert labels(panel, ReportStandard("A&B", per_head, per_head=True)) == [True, True, False]
    # province X: (0.05 + 3 * 0.01) / 4 = 0.02, last year 0.0875; Y is its own benchmark
    own = weighted_mean_growth_by(panel, "real_growth", "output", "province")
    assert dict(own.members)["X"].growth == pytest.approx((0.02, 0.02, 0.0875))
    assert labels(panel, ReportStandard("A&B", own)) == [False, True, False]
    found = identify(panel, ReportStandard("A", minimum_size=8e3))
    assert found.frame["shrinking"].tolist() == [pd.NA, pd.NA, True]
    assert found.excluded["reason"].tolist() == ["population below 8,000"] * 2


def test_scirn_needs_size_length_and_crisis():
    panel = columns(
        2010,
        population=[[2e4, 1.9e4, 1.8e4, 1.7e4]] * 3 + [[9e3, 8e3, 7e3, 6e3], [2e4, 1e4, 9e3, 1e4]],
        crisis=[[0, 0, 1, 0], [1, 0, 0, 0], [0, NAN, 0, 0], [0, 1, 1, 1], [0, 1, 1, 1]],
    )
    # the crisis of the second city lies before the run; the third city's is unknown
    assert labels(panel, Scirn()) == [True, False, pd.NA, pd.NA, False]
    reasons = identify(panel, Scirn()).excluded.set_index("city")["reason"]
    assert reasons["000003"] == "population below 10,000"
    with pytest.raises(DataError, match="no variable 'crisis'"):
        identify(columns(2010, population=[[1, 1, 1, 1]]), Scirn())


def trajectory_panel(*patterns):
    """Yearly stocks whose growth has the signs of each pattern."""
    paths = []
    for pattern in patterns:
        steps = [0.01 if sign == "+" else -0.01 for sign in pattern]
        paths.append((100 * np.exp(np.concatenate([[0], np.cumsum(steps)]))).tolist())
    return columns(2000, population=paths)


def test_the_nine_trajectories():
    panel = trajectory_panel(
        "+++++", "-++++", "--+++", "++++-", "-----", "+----", "+++--", "----+", "+-+--"
    )
    assert classes(panel, TurokMykhnenko(step=1)) == [
        "continuous growth",
        "long-term growth",
        "medium-term growth",
        "recent decline",
        "continuous decline",
        "long-term decline",
        "medium-term decline",
        "recent growth",
        "cyclic",
    ]
    assert labels(panel, TurokMykhnenko(step=1)) == [
        False, False, False, True, True, True, True, False, True,
    ]  # fmt: skip


def test_trajectories_are_relative_to_the_nation():
    panel = trajectory_panel("++++")
    nation = Benchmark("nation", tuple(range(2001, 2005)), (0.0, 0.0, 0.02, 0.02))
    assert classes(panel, TurokMykhnenko(nation, step=2)) == ["recent decline"]
    # growth of 2 percent in each two-year period against 0 and 4 percent
    assert labels(panel, TurokMykhnenko(nation, step=2)) == [True]


def test_alves_shapes():
    panel = columns(
        2000,
        population=[
            [100, 90, 85, 80, 75],  # peak at the start
            [100, 110, 120, 130, 110],  # peak late, lost 15 percent
            [100, 110, 120, 130, 125],  # lost under 10 percent
            [100, 120, 90, 110, 80],  # up, down, up, down
            [100, 110, 120, 130, 140],
            [100, NAN, 85, 80, 75],
        ],
        region=[[1, 1, 1, 1, 2]] + [[2, 2, 2, 2, 1]] * 5,
    )
    assert labels(panel, AlvesShapes()) == [True, True, True, True, False, pd.NA]
    assert classes(panel, AlvesShapes()) == [
        "persistent early",
        "recent",
        "mild",
        "cyclic",
        None,
        None,
    ]
    assert classes(panel, AlvesShapes(region_population="region"))[0] == "metropolitan"
    frame = identify(panel, AlvesShapes()).frame
    assert frame.loc["000001", "peak_year"] == 2003
    assert frame.loc["000001", "loss_since_peak"] == pytest.approx(1 - 110 / 130)
    every_other = identify(panel, AlvesShapes(step=2)).frame
    assert every_other.loc["000001", "peak_year"] == 2002
    assert every_other.loc["000001", "loss_since_peak"] == pytest.approx(1 - 110 / 120)


def test_night_light_rules_run_on_a_users_column_only():
    panel = columns(2013, population=[[10, 9, 8, 7]] * 2, night_lights=[[5, 4, 4, 3], [5, 4, 6, 7]])
    assert labels(panel, NightLightLoss()) == [True, False]
    assert labels(panel, LightsAndPeople()) == [True, False]
    assert classes(panel, LightsAndPeople()) == ["both fall", "people only"]
    without = columns(2013, population=[[10, 9, 8, 7]])
    for rule in (NightLightLoss(), LightsAndPeople(), IntensityFrequency()):
        with pytest.raises(DataError, match="no variable 'night_lights'"):
            identify(without, rule)


def test_slopes_of_lights_and_people_are_least_squares():
    rng = np.random.default_rng(1)
    values = rng.uniform(50, 100, (3, 6))
    panel = columns(2010, population=values.tolist(), night_lights=values.tolist())
    found = identify(panel, LightsAndPeople()).frame["people_slope"]
    expected = [np.polyfit(range(6), np.log(row), 1)[0] for row in values]
    assert found.tolist() == pytest.approx(expected)


def test_intensity_and_frequency():
    panel = columns(
        2010,
        population=[
            [100, 98, 96, 94, 92],  # always, deep
            [100, 101, 102, 103, 80],  # one crash
            [100, 99, 98, 97, 120],  # often, yet up
            [100, 101, 102, 103, 104],
            [100, 99, NAN, 97, 96],
        ],
    )
    rule = IntensityFrequency("population")
    assert labels(panel, rule) == [True, False, False, False, pd.NA]
    assert classes(panel, rule) == [
        "deep and frequent",
        "deep but rare",
        "frequent but shallow",
        "neither",
        None,
    ]
    frame = identify(panel, rule).frame
    assert frame["intensity"].iloc[0] == pytest.approx(np.log(0.92) / 4)
    assert frame["frequency"].iloc[1] == 0.25


def slow_warping(a, b):
    cost = np.full((len(a) + 1, len(b) + 1), np.inf)
    cost[0, 0] = 0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            step = min(cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1])
            cost[i, j] = np.linalg.norm(a[i - 1] - b[j - 1]) + step
    return cost[-1, -1]


def test_warping_distances_equal_the_textbook_recursion():
    paths = np.random.default_rng(3).normal(size=(5, 6, 2))
    found = warping_distances(paths)
    expected = [slow_warping(paths[i], paths[j]) for i in range(5) for j in range(i + 1, 5)]
    assert found.tolist() == pytest.approx(expected)


def test_medoids_are_found_and_equal_paths_share_a_cluster():
    x = np.array([0.0, 0.1, 0.2, 5.0, 5.1, 9.0])
    found = clusters_of(pdist(x[:, None]), 3)
    assert [len(set(found[part])) for part in (slice(0, 3), slice(3, 5), slice(5, 6))] == [1, 1, 1]
    assert len(set(found)) == 3
    same = clusters_of(pdist(np.zeros((4, 1))), 2)
    assert len(set(same)) == 1


def test_path_clusters_find_the_four_quadrants():
    rng = np.random.default_rng(5)
    time = np.arange(10)
    people, output = [], []
    for p, y in [(-0.03, 0.02), (-0.03, 0.12), (0.03, 0.02), (0.03, 0.12)]:
        for _ in range(6):
            people.append((100 * np.exp(p * time + rng.normal(0, 0.003, 10))).tolist())
            output.append((100 * np.exp(y * time + rng.normal(0, 0.003, 10))).tolist())
    people.append([NAN] * 10)
    output.append([1.0] * 10)
    panel = columns(2004, population=people, real_output=output)
    found = classes(panel, PathClusters(clusters=4))
    assert found == (
        ["both fall"] * 6 + ["people only"] * 6 + ["economy only"] * 6 + ["growth"] * 6 + [None]
    )
    assert labels(panel, PathClusters(clusters=4)) == [True] * 12 + [False] * 12 + [pd.NA]
    # each dimension counts in units of its own spread: stretching one changes nothing
    stretched = columns(2004, population=people, real_output=(np.array(output) ** 5).tolist())
    assert classes(stretched, PathClusters(clusters=4)) == found
    with pytest.raises(SpecError, match="more than 30"):
        identify(panel, PathClusters(clusters=30))


def test_a_dimming_of_exactly_the_threshold_is_none_and_a_threshold_is_a_share():
    panel = columns(2010, night_lights=[[10, 9], [10, 8.9]])
    assert labels(panel, NightLightLoss(threshold=0.1)) == [False, True]
    for rule in (NightLightLoss, SchillingLogan, NetLoss):
        with pytest.raises(SpecError, match="a share from 0 to below 1"):
            rule(threshold=7)
    with pytest.raises(SpecError, match="a ratio above 0"):
        WomenToElderly(threshold=0)


def test_a_benchmark_has_one_figure_a_year():
    with pytest.raises(DataError, match="2 years and 1 growth figures"):
        Benchmark("x", (2011, 2012), (0.1,))
