"""What no rule may depend on: the unit of measurement, the order of cities, other cities."""

import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st

from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage import ConsecutiveDecline, NetLoss
from econshrink.shrinkage.identification import identify

RULES = [NetLoss(), NetLoss(threshold=0.05), ConsecutiveDecline(2), ConsecutiveDecline(3, 0.001)]


def build(values, names=None):
    cities, years = values.shape
    names = names or [f"{c:06d}" for c in range(cities)]
    table = pd.DataFrame(
        {
            "city": np.repeat(names, years),
            "year": np.tile(np.arange(2000, 2000 + years), cities),
            "population": values.ravel(),
        }
    )
    return CityPanel.from_long(table)


series = st.lists(
    st.lists(st.integers(50, 150), min_size=6, max_size=6), min_size=1, max_size=6
).map(lambda rows: np.array(rows, dtype=float))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(series, st.sampled_from(RULES), st.sampled_from([2.0, 1024.0]))
def test_scaling_all_populations_changes_nothing(values, rule, factor):
    one, other = identify(build(values), rule), identify(build(values * factor), rule)
    assert one.shrinking == other.shrinking


@settings(max_examples=40, derandomize=True, deadline=None)
@given(series, st.sampled_from(RULES))
def test_a_city_is_judged_by_its_own_figures(values, rule):
    together = identify(build(values), rule).frame["shrinking"].tolist()
    alone = [identify(build(row[None, :]), rule).count == 1 for row in values]
    assert together == alone


@settings(max_examples=40, derandomize=True, deadline=None)
@given(series, st.sampled_from(RULES[2:]))
def test_a_missing_year_never_turns_undefined_into_no(values, rule):
    whole = identify(build(values), rule)
    holes = values.copy()
    holes[:, 3] = np.nan
    known = identify(build(holes), rule).frame["shrinking"]
    for city, label in known.items():
        if label is not pd.NA:
            assert label == whole.frame.loc[city, "shrinking"]


@settings(max_examples=40, derandomize=True, deadline=None)
@given(series)
def test_longer_runs_and_wider_tolerances_find_fewer(values):
    data = build(values)
    two, three = (set(identify(data, ConsecutiveDecline(k)).shrinking) for k in (2, 3))
    strict = set(identify(data, ConsecutiveDecline(2, 0.05)).shrinking)
    assert three <= two
    assert strict <= two
