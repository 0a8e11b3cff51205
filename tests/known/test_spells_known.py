"""Onset dates and expansion of hand-made series."""

import numpy as np
import pandas as pd
import pytest

from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage import ConsecutiveDecline, NetLoss, onsets_by_year
from econshrink.shrinkage.describe.expansion import expansion_by_label, land_ratios
from econshrink.shrinkage.identification import identify

FIGURES = {  # 2010 … 2017
    "110000": [100, 101, 102, 103, 104, 105, 106, 107],  # never falls
    "120000": [100, 101, 100, 99, 98, 97, 98, 99],  # onset 2012
    "130000": [100, 99, 98, 97, 96, 95, 94, 93],  # falls at the baseline already
    "140000": [100, 101, 102, 103, 104, 103, 102, 101],  # onset 2015, seen in 2017
    "150000": [100, np.nan, 102, 103, 104, 105, 106, 107],  # figure missing
}


def panel(**extra):
    table = pd.DataFrame(
        [
            {"city": city, "year": year, "population": value}
            for city, values in FIGURES.items()
            for year, value in zip(range(2010, 2018), values, strict=True)
        ]
    )
    return CityPanel.from_long(table.assign(**extra))


def test_first_onsets_by_year():
    counts = onsets_by_year(panel(), ConsecutiveDecline(3), (2010, 2017))
    assert counts.to_dict() == {2011: 1, 2012: 1, 2013: 0, 2014: 0, 2015: 1}


def test_expansion_is_told_for_losers_and_growers():
    area = np.tile(np.linspace(10, 17, 8), 5)
    area[8:16] = 10.0  # 120000, a loser, does not expand
    area[32] = np.nan  # 150000, a grower, has no figure at the start
    labels = identify(panel(), NetLoss())
    table = expansion_by_label(labels, panel(built_up_km2=area), (2010, 2017))
    assert table.loc["shrinking", ["units", "expanding"]].tolist() == [2, 1]
    assert table.loc["shrinking", "expanding_share"] == 0.5
    assert table.loc["other", ["units", "without_area", "expanding"]].tolist() == [2, 1, 2]
    assert table.loc["other", "median_growth"] == pytest.approx(0.7)
    assert table.loc["shrinking", "area_added_km2"] == pytest.approx(7.0)


def test_land_ratios_by_hand():
    area = np.tile(np.linspace(10, 17, 8), 5)
    labels = identify(panel(), NetLoss())
    table = land_ratios(labels, panel(built_up_km2=area), (2010, 2017))
    loser = table.loc["130000"]  # 100 -> 93 people, 10 -> 17 km2
    assert loser["m2_per_person_lost"] == pytest.approx(7e6 / 7)
    assert loser["m2_per_person"] == pytest.approx(17e6 / 93)
    assert loser["gap"] == pytest.approx(np.log(1.7) - np.log(0.93))
    assert loser["rate_ratio"] == pytest.approx(np.log(1.7) / np.log(0.93))
    assert np.isnan(table.loc["110000", "m2_per_person_lost"])
