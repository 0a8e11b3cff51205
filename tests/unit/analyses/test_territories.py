"""Territories of the accounting: nobody is lost, tabulations agree with published totals."""

import pandas as pd
import pytest

from analyses.demography.accounting_checks import verdict
from analyses.shared.territories import END, MERGED, START, left_out, national_ratios, territories
from econshrink.data import load_census, load_census_age_sex, load_units
from econshrink.demography.accounting import account
from econshrink.demography.accounting_options import ClosedNation


@pytest.fixture(scope="module")
def held():
    return territories()


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
    assert set(held.main) | set(left_out().index) == prefecture
    assert not set(held.main) & set(left_out().index)


def test_merged_units_have_one_territory_together():
    """Where published totals cover the whole territory, the sums agree in both years."""
    published = load_census().set_index(["city", "year"])["population"].unstack()
    held = territories()
    parts_left_out = {"130600", "610100"}  # Dingzhou and Xiongan; Yangling and part of Xixian
    for members, reason in MERGED:
        if members[0] in parts_left_out:
            continue
        totals = published.reindex(list(members)).sum()
        for year, ages in ((START, held.before), (END, held.after)):
            own = ages.select([members[0]]).total.item()
            assert own == pytest.approx(totals[year], rel=1e-6), reason


def test_accounting_of_china_closes_and_adds_up(held):
    book = account(held.before, held.after, national_ratios(), nation=ClosedNation())
    parts = book.components()
    assert (parts["population_end"] == held.after.total).all()
    regions = book.by(held.places["region"].tolist()).components()
    provinces = book.by(held.places["province"].tolist()).components()
    pd.testing.assert_series_equal(regions.sum(), provinces.sum())
    assert parts["migration"].sum() == 0
    assert provinces.loc["Heilongjiang", "change"] == 31_850_088 - 38_313_991
    # published births of 2011-2020 are 169.3 million, deaths 98.0 million
    assert parts["births"].sum() == pytest.approx(169.3e6, rel=0.01)
    assert parts["deaths"].sum() == pytest.approx(98.0e6, rel=0.01)


def test_words_follow_from_numbers():
    assert verdict(-0.1, 0.7) == "supported"
    assert verdict(-0.01, 0.2) == "supported in part"
    assert verdict(0.01, 0.9) == "not supported"
