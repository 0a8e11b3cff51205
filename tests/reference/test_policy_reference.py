"""Group-time effects on mpdta equal those of R's did (policy_data/README.md)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from econshrink.causal.policy.adoption import adoption
from econshrink.causal.policy.group_time import (
    NotYetTreated,
    VaryingBase,
    event_study,
    group_time,
    overall_effect,
)
from econshrink.nouns.panel import CityPanel

FOLDER = Path(__file__).parent / "policy_data"
# ATT(g, t) of R's did to four decimals; before treatment against the year before.
PUBLISHED = {
    2004: {2004: -0.0105, 2005: -0.0704, 2006: -0.1373, 2007: -0.1008},
    2006: {2004: 0.0065, 2005: -0.0028, 2006: -0.0046, 2007: -0.0412},
    2007: {2004: 0.0305, 2005: -0.0027, 2006: -0.0311, 2007: -0.0261},
}


def mpdta():
    wide = pd.read_csv(FOLDER / "mpdta.csv")
    wide["city"] = wide["countyreal"].astype(str).str.zfill(6)
    first = wide.set_index("city")["first_treat"].astype(float).replace(0.0, np.nan)
    long = wide.melt(["city"], [str(y) for y in range(2003, 2008)], "year", "lemp")
    long["year"] = long["year"].astype(int)
    return adoption(CityPanel.from_long(long[["city", "year", "lemp"]]), "lemp", first)


@pytest.fixture(scope="module")
def data():
    return mpdta()


def test_group_time_effects_are_those_of_did(data):
    found = group_time(data, base=VaryingBase()).frame.set_index(["group", "time"])["estimate"]
    assert len(found) == 12
    for group, row in PUBLISHED.items():
        for time, value in row.items():
            assert round(found[group, time], 4) == value, (group, time)


def test_the_simple_average_is_minus_four_per_cent(data):
    # did: overall ATT −0.0400 with standard error 0.012 (its bootstrap varies in the third digit)
    found = overall_effect(group_time(data))
    assert found.coefficients[0] == pytest.approx(-0.0400, abs=5e-5)
    assert found.std_errors[0] == pytest.approx(0.012, abs=5e-4)


def test_event_study_by_hand(data):
    study = event_study(group_time(data), -3, 3)
    effects = group_time(data).frame.set_index(["group", "time"])["estimate"]
    size = {g: (data.first == g).sum() for g in (2004, 2006, 2007)}
    by_hand = (size[2004] * effects[2004, 2005] + size[2006] * effects[2006, 2007]) / (
        size[2004] + size[2006]
    )
    assert study.coefficient("e1") == pytest.approx(by_hand, rel=1e-12)
    assert "e-1" not in study.terms
    assert study.notes == (
        "event time -3: 2 of 3 cohorts",
        "event time -2: 2 of 3 cohorts",
        "event time 1: 2 of 3 cohorts",
        "event time 2: 1 of 3 cohorts",
        "event time 3: 1 of 3 cohorts",
    )


def test_not_yet_treated_counties_join_the_comparison(data):
    frame = group_time(data, NotYetTreated(), VaryingBase()).frame.set_index(["group", "time"])
    # counties of 2006 and 2007 are untreated in 2004; only the never treated are left in 2007
    assert frame.loc[(2004, 2004), "controls"] == 309 + 40 + 131
    assert frame.loc[(2004, 2007), "controls"] == 309
