"""Each rule on hand-made series whose answer is plain to see."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage import ConsecutiveDecline, NetLoss, ReportStandard, register, registered
from econshrink.shrinkage.benchmarks import Benchmark, weighted_mean_growth
from econshrink.shrinkage.identification import identify

YEARS = range(2010, 2017)


def panel(**cities):
    """Cities given as lists of population from 2010 on."""
    rows = [
        {"city": f"{number:06d}", "year": year, "population": value, "name": name}
        for number, (name, values) in enumerate(cities.items())
        for year, value in zip(YEARS, values, strict=True)
    ]
    table = pd.DataFrame(rows)
    names = table.drop_duplicates("city").set_index("city")[["name"]]
    return CityPanel.from_long(table.drop(columns="name"), attributes=names)


def labels(result, source):
    return dict(zip(source.attributes["name"], result.frame["shrinking"].tolist(), strict=True))


SERIES = panel(
    grows=[100, 101, 102, 103, 104, 105, 106],
    falls=[100, 99, 98, 97, 96, 95, 94],
    twice=[100, 99, 98, 99, 98, 97, 98],
    late=[100, 101, 102, 103, 102, 101, 100],
    flat=[100, 100, 100, 100, 100, 100, 100],
    gap=[100, 99, np.nan, 97, 96, 95, 96],
    gap_but_falls=[100, 99, np.nan, 97, 96, 95, 94],
)


def test_three_falls_in_a_row():
    found = labels(identify(SERIES, ConsecutiveDecline(3)), SERIES)
    assert found == {
        "grows": False,
        "falls": True,
        "twice": False,
        "late": True,
        "flat": False,
        "gap": pd.NA,
        "gap_but_falls": True,
    }


def test_onset_is_the_first_fall_and_detection_the_third():
    frame = identify(SERIES, ConsecutiveDecline(3)).frame
    assert frame.loc["000003", ["onset", "detection"]].tolist() == [2014, 2016]
    assert frame.loc["000001", ["onset", "detection", "runs"]].tolist() == [2011, 2013, 4]
    assert np.isnan(frame.loc["000000", "onset"])


def test_a_fall_of_exactly_the_tolerance_is_no_fall():
    one = panel(x=[100, 99, 98.01, 97.0299, 96.059601, 95.09900499, 94.148014940])
    step = -np.log(0.99)
    assert identify(one, ConsecutiveDecline(3, tolerance=step * 0.999)).count == 1
    assert identify(one, ConsecutiveDecline(3, tolerance=step * 1.001)).count == 0
    assert identify(panel(flat=[100] * 7), ConsecutiveDecline(3)).count == 0


def test_the_whole_run_lies_inside_the_window():
    late = panel(late=[100, 101, 102, 103, 102, 101, 100])
    assert identify(late, ConsecutiveDecline(3), (2010, 2015)).count == 0
    assert identify(late, ConsecutiveDecline(3), (2013, 2016)).count == 1
    with pytest.raises(SpecError, match="at least 4"):
        identify(late, ConsecutiveDecline(3), (2014, 2016))


def test_net_loss_is_strict_and_its_threshold_is_a_share():
    ends = panel(
        same=[100] * 7, less=[100] * 6 + [99], ten=[100] * 6 + [90], none=[np.nan] + [1] * 6
    )
    found = identify(ends, NetLoss())
    assert labels(found, ends) == {"same": False, "less": True, "ten": True, "none": pd.NA}
    assert identify(ends, NetLoss(threshold=0.05)).shrinking == ("000002",)
    assert found.excluded["city"].tolist() == ["000003"]
    assert found.frame.loc["000002", ["change", "growth"]].tolist() == [-10.0, pytest.approx(-0.1)]


def economy(growth, area):
    base = panel(falls=[100, 99, 98, 97, 96, 95, 94])
    return base.with_variables(
        {
            "real_growth": pd.Series(growth, index=base.frame.index, dtype=float),
            "built_up_km2": pd.Series(area, index=base.frame.index, dtype=float),
        }
    )


NATION = Benchmark("nation", tuple(YEARS), (0.08,) * 7)
GROWING_AREA = [10, 11, 12, 13, 14, 15, 16]
CONSTANT_AREA = [10] * 7


@pytest.mark.parametrize(
    ("parts", "growth", "area", "expected"),
    [
        ("A&B", 0.05, GROWING_AREA, True),
        ("A&B", 0.08, GROWING_AREA, False),  # equal to the nation is not below it
        ("A&B", 0.10, GROWING_AREA, False),
        ("A&C", 0.10, GROWING_AREA, True),
        ("A&C", 0.10, CONSTANT_AREA, False),  # outruns people, but does not grow
        ("A&B&C", 0.05, GROWING_AREA, True),
        ("A&B&C", 0.05, CONSTANT_AREA, False),
        ("A&(B|C)", 0.05, CONSTANT_AREA, True),
        ("A&(B|C)", 0.10, GROWING_AREA, True),
        ("A&(B|C)", 0.10, CONSTANT_AREA, False),
        ("A&C", 0.05, [np.nan] * 7, pd.NA),  # no area: undefined, never false
        ("A&B&C", 0.10, [np.nan] * 7, False),  # B already fails
        ("A&(B|C)", 0.05, [np.nan] * 7, True),  # B already holds
        ("A&(B|C)", 0.10, [np.nan] * 7, pd.NA),
    ],
)
def test_the_three_part_standard(parts, growth, area, expected):
    rule = ReportStandard(parts, NATION if "B" in parts else None)
    found = identify(economy([growth] * 7, area), rule).frame["shrinking"].iloc[0]
    assert found is expected or found == expected


def test_part_c_is_undefined_for_windows_after_the_last_area():
    rule = ReportStandard("A&C")
    area = [10, 9, 8, 7, np.nan, np.nan, np.nan]
    found = identify(economy([0.0] * 7, area), rule, (2013, 2016)).frame["shrinking"]
    assert found.isna().all()


def test_the_margin_of_part_c():
    rule = ReportStandard("A&C", expansion_margin=10.0)
    assert identify(economy([0.0] * 7, GROWING_AREA), rule).count == 0


def test_a_missing_variable_is_named_not_guessed():
    with pytest.raises(DataError, match="no variable 'built_up_km2'"):
        identify(SERIES, ReportStandard("A&C"))
    with pytest.raises(SpecError, match="part B without a benchmark"):
        ReportStandard("A&B")
    with pytest.raises(DataError, match="window 2005–2016"):
        identify(SERIES, NetLoss(), (2005, 2016))


def test_sample_benchmark_weights_by_last_years_level():
    table = pd.DataFrame(
        {
            "city": ["a00000"] * 2 + ["b00000"] * 2,
            "year": [2010, 2011] * 2,
            "g": [np.nan, 0.10, np.nan, 0.02],
            "y": [30.0, 99.0, 10.0, 99.0],
        }
    )
    mean = weighted_mean_growth(CityPanel.from_long(table), "g", "y", "sample")
    assert mean.years == (2011,)
    assert mean.growth[0] == pytest.approx(0.08)


def test_a_five_yearly_panel_says_why_no_city_can_be_judged():
    table = pd.DataFrame(
        {
            "city": ["230400"] * 3 + ["110000"] * 3,
            "year": [2000, 2005, 2010] * 2,
            "population": [3, 2, 1, 1, 2, 3],
        }
    )
    found = identify(CityPanel.from_long(table), ConsecutiveDecline(2))
    printed = " ".join(str(found).split())  # whatever the width of the page
    assert printed.startswith("0 of 0 units shrink by consecutive_decline")
    assert (
        "2 left out: figures that consecutive_decline(population, years=2, tolerance=0) needs are "
        "missing: no city has population in 2001–2004, 2006–2009"
    ) in printed
    assert "left out" not in str(identify(CityPanel.from_long(table), NetLoss()))


def test_rule_ids_tell_rules_apart():
    rules = [NetLoss(), NetLoss("urban"), NetLoss(threshold=0.1), ConsecutiveDecline(2)]
    rules += [ConsecutiveDecline(), ReportStandard("A"), ReportStandard("A&B", NATION)]
    assert len({rule.rule_id for rule in rules}) == len(rules)
    assert {"census_loss", "census_urban_loss", "report_standard"} <= set(registered())
    with pytest.raises(SpecError, match="again"):
        register(NetLoss(), "census_loss", "twice")
