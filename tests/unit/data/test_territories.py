"""Territories of the accounting: nobody is lost, tabulations agree with published totals."""

import pandas as pd
import pytest

from econshrink.data import (
    MERGED_TERRITORIES,
    load_census,
    load_census_age_sex,
    load_territories,
    load_units,
)

START, END = 2010, 2020


@pytest.fixture(scope="module")
def held():
    return load_territories()


def test_every_person_of_both_censuses_is_in_one_row(held):
    table = load_census_age_sex().groupby("year")["population"].sum()
    assert held.before.total.sum() == table[START] == 1_332_810_869
    assert held.after.total.sum() == table[END] == 1_409_778_724
    assert held.before.cities == held.after.cities == tuple(held.places.index)


def test_the_main_sample_is_on_the_published_boundaries(held):
    """Tabulated and published totals agree within 0.2 percent in both years, or a unit is out."""
    published = load_census().set_index(["city", "year"])["population"].unstack()
    for year, ages in ((START, held.before), (END, held.after)):
        own = pd.Series(ages.total, ages.cities)[held.main]
        assert (own / published.loc[held.main, year] - 1).abs().max() < 0.002
    units = load_units()
    prefecture = set(units.index[units["in_337"]])
    assert len(held.main) == 306
    assert set(held.main) | set(held.left_out.index) == prefecture
    assert not set(held.main) & set(held.left_out.index)


def test_merged_units_have_one_territory_together():
    """Where published totals cover the whole territory, the sums agree in both years."""
    published = load_census().set_index(["city", "year"])["population"].unstack()
    held = load_territories()
    parts_left_out = {"130600", "610100"}  # Dingzhou and Xiongan; Yangling and part of Xixian
    for members, reason in MERGED_TERRITORIES:
        if members[0] in parts_left_out:
            continue
        totals = published.reindex(list(members)).sum()
        for year, ages in ((START, held.before), (END, held.after)):
            own = ages.select([members[0]]).total.item()
            assert own == pytest.approx(totals[year], rel=1e-6), reason
