"""The accounting of China closes, and its words follow from its numbers."""

import pandas as pd
import pytest

from analyses.demography.accounting_checks import verdict
from analyses.shared.census_span import national_ratios
from econshrink.data import load_territories
from econshrink.demography.accounting import account
from econshrink.demography.accounting_options import ClosedNation


def test_accounting_of_china_closes_and_adds_up():
    held = load_territories()
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
