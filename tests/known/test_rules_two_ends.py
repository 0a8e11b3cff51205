"""Rules that compare the ends of a window or of its periods, on figures whose answer is plain."""

import numpy as np
import pandas as pd
import pytest

import econshrink.shrinkage
from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.country import CHINA
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.storage import from_json, to_json
from econshrink.shrinkage import (
    AlvesShapes,
    Beauregard,
    CompositeDegree,
    ConsecutiveDecline,
    LiCaoYu,
    LiMykhnenko,
    LongWu,
    NetLoss,
    OswaltRieniets,
    SchillingLogan,
    WolffWiechmann,
    WomenToElderly,
    YoungWomenLoss,
    prevalence,
    registered,
    rule_table,
)
from econshrink.shrinkage.catalogue.rule import CatalogueRule, built_in
from econshrink.shrinkage.describe.sizes import size_classes
from econshrink.shrinkage.identification import identify

NAN = np.nan


def columns(years, **variables):
    """One panel: variable -> list of rows, one row of figures a city."""
    cities = len(next(iter(variables.values())))
    names = [f"{number:06d}" for number in range(cities)]
    table = pd.DataFrame({"city": np.repeat(names, len(years)), "year": list(years) * cities})
    for name, rows in variables.items():
        table[name] = np.array(rows, dtype=float).ravel()
    return CityPanel.from_long(table)


def labels(panel, rule, window=None):
    return identify(panel, rule, window).frame["shrinking"].tolist()


def classes(panel, rule, window=None):
    return [None if pd.isna(k) else k for k in identify(panel, rule, window).frame["class"]]


def test_at_least_sixteen_rules_each_with_source_and_formula():
    table = rule_table()
    assert len(table) >= 16
    assert table["rule_id"].is_unique
    assert (table[["title", "source", "formula", "needs"]] != "").all().all()
    assert set(registered()) == set(table.index)


def test_every_class_of_the_catalogue_is_listed_and_public():
    listed = {type(rule) for rule, _ in registered().values()}
    assert set(CatalogueRule.__subclasses__()) == listed
    assert {rule.__name__ for rule in listed} <= set(dir(econshrink.shrinkage))


def test_identifier_and_needs_follow_from_the_fields():
    assert LongWu("urban").needs == ("urban", "built_up_km2")
    assert LongWu("urban").rule_id == "long_wu(urban, area=built_up_km2)"
    assert AlvesShapes(region_population="region").needs == ("population", "region")
    assert AlvesShapes().rule_id == "alves_shapes(population, step=1, mild=0.1, region=none)"
    quiet = ConsecutiveDecline(2, latest=True).rule_id
    assert quiet == "consecutive_decline(population, years=2, tolerance=0, latest=yes)"


def test_a_key_is_listed_once():
    with pytest.raises(SpecError, match="'long_wu' again"):
        built_in("long_wu", "again")(LongWu)


def test_severity_classes_of_net_loss():
    # ten years: 0.4 %, exactly 0.5 %, 0.9 %, 2 % a year
    ends = [100 * (1 - rate) ** 10 for rate in (0.004, 0.0051, 0.009, 0.02)]
    panel = columns((2010, 2020), population=[[100, end] for end in ends] + [[100, 101]])
    found = classes(panel, NetLoss())
    assert found == ["mild", "moderate", "moderate", "severe", None]


def test_oswalt_rieniets_ten_percent_or_one_percent_a_year():
    years = (2010, 2012, 2020)
    panel = columns(
        years,
        population=[
            [100, 95, 90],  # exactly 10 percent: at least
            [100, 95, 91],  # 9 percent, 0.94 percent a year
            [100, 80, 89],  # 11 percent, but has turned
            [100, 105, 106],
            [100, NAN, NAN],
        ],
    )
    assert labels(panel, OswaltRieniets()) == [True, False, True, False, pd.NA]
    assert classes(panel, OswaltRieniets()) == ["permanent", None, "temporary", None, None]
    # over two years 5 percent is more than 1 percent a year
    assert labels(panel, OswaltRieniets(), (2010, 2012)) == [True, True, True, False, pd.NA]


def test_schilling_logan_needs_all_three():
    panel = columns(
        (1980, 2020),
        population=[[100, 75], [100, 75], [100, 75], [100, 76], [100, 70]],
        vacancy=[[0.05, 0.10], [0.05, 0.05], [0.05, 0.10], [0.05, 0.10], [NAN, 0.1]],
        industrial=[[1, 1], [1, 1], [0, 0], [1, 1], [1, 1]],
    )
    assert labels(panel, SchillingLogan()) == [True, False, False, False, pd.NA]
    with pytest.raises(DataError, match="no variable 'vacancy'"):
        identify(columns((1980, 2020), population=[[1, 1]]), SchillingLogan())


def test_long_wu_differs_from_net_loss_only_where_area_shrinks_faster():
    panel = columns(
        (2000, 2010),
        population=[[100, 90], [100, 90], [100, 110]],
        built_up_km2=[[10, 10], [10, 8], [10, 20]],
    )
    assert labels(panel, LongWu()) == [True, False, False]
    assert labels(panel, NetLoss()) == [True, True, False]


def test_li_cao_yu_narrow_and_broad():
    panel = columns(
        (2010, 2015),
        population=[[100, 90], [100, 90], [100, 110], [100, 110]],
        urban=[[50, 55], [50, 45], [50, 45], [50, 60]],
    )
    assert labels(panel, LiCaoYu(narrow=False)) == [True, True, False, False]
    assert labels(panel, LiCaoYu(narrow=True)) == [False, True, True, False]
    assert classes(panel, LiCaoYu(narrow=True)) == ["broad only", "narrow", "narrow", None]


DECADES = columns(
    (1990, 2000, 2010, 2020),
    population=[
        [100, 90, 81, 72.9],  # loses every decade, 10 percent each
        [100, 90, 95, 85.5],  # first and last
        [100, 90, 95, 99],  # first only
        [100, 90, 80, 90],  # two in a row, then grows
        [100, 110, 120, 130],
        [100, NAN, 95, 90],
    ],
)


def test_beauregard_counts_losing_decades():
    frame = identify(DECADES, Beauregard()).frame
    assert frame["shrinking"].tolist() == [True, True, True, True, False, True]
    assert frame["losing_periods"].tolist() == [3, 2, 1, 2, 0, 1]
    assert frame["persistence"].tolist() == [3, 1, 1, 2, 0, 1]
    assert frame["severity"].iloc[0] == pytest.approx(0.10)
    assert frame["severity"].iloc[3] == pytest.approx((0.1 + 10 / 90) / 2)
    assert classes(DECADES, Beauregard())[:5] == ["chronic", "single", "single", "repeated", None]
    # with three needed, the city with a gap may or may not reach them
    assert labels(DECADES, Beauregard(minimum=3)) == [True, False, False, False, False, pd.NA]


def test_prevalence_and_severity_by_decade():
    table = prevalence(DECADES, (1990, 2020))
    assert table["units"].tolist() == [5, 5, 6]
    assert table["losing"].tolist() == [4, 2, 3]
    assert table["prevalence"].tolist() == pytest.approx([0.8, 0.4, 0.5])
    assert table.loc["1990–2000", "severity"] == pytest.approx(0.10)


def test_li_mykhnenko_looks_at_the_last_decade():
    assert labels(DECADES, LiMykhnenko()) == [True, True, False, False, False, True]
    assert classes(DECADES, LiMykhnenko()) == [
        "continuous",
        "recent",
        "earlier",
        "earlier",
        None,
        "recent",
    ]


def test_wolff_wiechmann_threshold_is_fifteen_hundredths_of_a_percent():
    after = 100 * (1 - 0.0015) ** 10
    panel = columns(
        (1990, 2000, 2010),
        population=[
            [100, after * 0.9999, after * 0.9999 * 0.98],
            [100, after * 1.0001, after * 1.0001 * 0.98],
            [100, 90, 95],
            [100, after * 1.0001, 99],
        ],
    )
    assert labels(panel, WolffWiechmann()) == [True, True, True, False]
    assert classes(panel, WolffWiechmann()) == ["continuous", "recent", "temporary", None]


def test_periods_must_fill_the_window():
    with pytest.raises(SpecError, match="10, 20, 30"):
        identify(DECADES, LiMykhnenko(), (1990, 2015))


def test_composite_degree_weighs_the_changes():
    years = (2011, 2014, 2017)
    panel = columns(
        years,
        population=[[100, 95, 90], [100, 90, 95], [100, 104, 98]],
        real_output=[[100, 100, 105], [100, 98, 104], [100, 101, 101]],
    )
    found = identify(panel, CompositeDegree()).frame
    assert found["degree"].tolist() == pytest.approx([-0.025, -0.005, -0.005])
    assert found["shrinking"].tolist() == [True, True, True]
    # first halves -2.5 %, -6 %, +2.5 %; second halves about 0, +5.8 %, -2.9 %
    assert classes(panel, CompositeDegree()) == ["long term", "short term", "short term"]
    with pytest.raises(SpecError, match="sum to 1"):
        CompositeDegree((("population", 0.5),))
    with pytest.raises(SpecError, match="even number"):
        identify(panel, CompositeDegree(), (2014, 2017))


def test_women_to_elderly_limits():
    ratios = [0.19, 0.2, 0.5, 1.0, 1.5]
    panel = columns(
        (2010, 2020),
        women_20_39=[[1, r * 100] for r in ratios] + [[1, NAN]],
        people_65_plus=[[1, 100]] * 6,
    )
    assert labels(panel, WomenToElderly()) == [True, True, False, False, False, pd.NA]
    assert classes(panel, WomenToElderly()) == [
        "high risk",
        "at risk",
        "caution",
        "normal",
        "low risk",
        None,
    ]


def test_young_women_halve():
    panel = columns((2020, 2050), women_20_39=[[100, 50], [100, 51], [100, 30]])
    assert labels(panel, YoungWomenLoss()) == [True, False, True]


def test_labels_and_classes_survive_being_stored():
    found = identify(DECADES, Beauregard(minimum=3))
    again = from_json(to_json(found))
    assert again.rule_id == found.rule_id
    assert again.frame["shrinking"].tolist() == found.frame["shrinking"].tolist()
    assert again.frame["class"].fillna("").tolist() == found.frame["class"].fillna("").tolist()


def test_size_classes_start_at_their_limits():
    limits = [5e5, 1e6, 3e6, 5e6, 1e7]
    urban = pd.Series([limit - 1 for limit in limits] + [1e7, NAN])
    found = size_classes(urban)
    assert found.tolist()[:6] == list(CHINA.size_classes)
    assert found.isna().tolist() == [False] * 6 + [True]
