"""The accounting identity: exact sums, a hand-made country, invariances, clear errors."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.core.arrays import largest_remainder
from econshrink.core.errors import DataError, SpecError
from econshrink.demography.accounting import account, national_residual, relative_mortality
from econshrink.demography.accounting_options import (
    ByMothers,
    ByResidence,
    ClosedNation,
    OpenNation,
)
from econshrink.demography.ageing import SurvivalRatios, predicted_ages
from econshrink.nouns.accounting import Accounting
from econshrink.nouns.ages import AgeStructure
from econshrink.nouns.storage import from_json, to_json

LOWER = tuple(range(0, 90, 5))
NATIONS = (OpenNation(), ClosedNation())
RULES = (ByResidence(), ByMothers())


def table(seed):
    """Five-year ratios that fall with age, with fertility at 20-39."""
    rng = np.random.default_rng(seed)
    fall = 0.999 - 0.6 * (np.arange(18) / 17) ** 4
    fertility = np.zeros((2, 18))
    fertility[:, 4:8] = 0.07
    return SurvivalRatios(
        2010, 5, fall * rng.uniform(0.98, 1, (2, 2, 18)), rng.uniform(0.97, 1, (2, 2)), fertility
    )


def counts(seed, units=7, year=2010, low=1):
    rng = np.random.default_rng(seed)
    codes = tuple(f"{110000 + 100 * i}" for i in range(units))
    return AgeStructure(codes, year, LOWER, rng.integers(low, 9000, (units, 2, 18)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(NATIONS), st.sampled_from(RULES))
def test_it_closes_to_the_person_and_sums_over_any_grouping(seed, nation, children):
    before, after = counts(seed), counts(seed + 1, year=2020)
    book = account(before, after, table(seed), nation=nation, children=children)
    parts = book.components()
    np.testing.assert_array_equal(parts["population_end"], after.total)
    np.testing.assert_array_equal(
        parts["change"], parts["births"] - parts["deaths"] + parts["coverage"] + parts["migration"]
    )
    assert (parts.dtypes == np.int64).all()
    groups = [f"g{int(unit) // 100 % 3}" for unit in book.units]
    coarse = book.by(groups).components()
    pd.testing.assert_frame_equal(coarse, parts.groupby(groups).sum().rename_axis("unit"))
    nationwide = book.by(["nation"] * 7)
    pd.testing.assert_series_equal(nationwide.components().iloc[0], parts.sum(), check_names=False)
    if isinstance(nation, ClosedNation):
        assert not nationwide.migration.any()
    by_age = book.migration_by_age((0, 10, 30, 65)).sum(axis=1)
    np.testing.assert_array_equal(by_age, parts["migration"])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_units_does_not_matter(seed, random):
    before, after = counts(seed), counts(seed + 1, year=2020)
    order = list(before.cities)
    random.shuffle(order)
    turned = account(before.select(order), after.select(order[::-1]), table(seed))
    pd.testing.assert_frame_equal(
        turned.components(), account(before, after, table(seed)).components()
    )


def projected(seed, units=7):
    """A country without migration, in whole persons at both ends."""
    before, ratios = counts(seed, units), table(seed)
    people, _ = predicted_ages(before, ratios)
    return before, AgeStructure(before.cities, 2020, LOWER, np.rint(people)), ratios


@pytest.mark.parametrize("nation", NATIONS)
def test_without_migration_the_residual_is_rounding(nation):
    """Survivors are rounded within the nation's cells and the count within the unit's."""
    before, after, ratios = projected(3)
    book = account(before, after, ratios, nation=nation)
    # the open group sums three roundings, every other cell two
    assert np.abs(book.migration).max() <= 3
    assert np.abs(book.coverage).max() <= 2
    deaths = before.total - predicted_ages(before, ratios)[0][:, :, 2:].sum(axis=(1, 2))
    born = book.births.sum(axis=(1, 2)) - book.native.sum(axis=(1, 2))
    assert np.abs(book.components()["deaths"] - born - deaths).max() <= 36
    predicted = predicted_ages(before, ratios)[1]
    # births of the last five years are those of ages 0-4; boys and girls were split by BOYS
    assert np.abs(book.births[:, :, 0].sum(axis=1) - predicted[:, 1]).max() <= 4
    assert np.abs(book.births[:, :, 1].sum(axis=1) - predicted[:, 0]).max() <= 4


def test_known_movers_are_found_again():
    """Movers between two units at the end of the span are recovered cell by cell."""
    before, after, ratios = projected(5)
    moved = np.array(after.persons)
    moved[0, :, 4:8] -= 40
    moved[3, :, 4:8] += 40
    book = account(before, AgeStructure(after.cities, 2020, LOWER, moved), ratios)
    np.testing.assert_allclose(book.migration[0, :, 4:8], -40, atol=3)
    np.testing.assert_allclose(book.migration[3, :, 4:8], 40, atol=3)
    assert abs(int(book.components()["migration_cohorts"].sum())) <= 3 * 2 * 16


def test_a_miscounted_age_becomes_coverage_in_a_closed_nation():
    """A census that misses a tenth of the young makes false migrants, unless closed."""
    before, after, ratios = projected(8)
    missed = np.array(before.persons)
    missed[:, :, 0] = np.rint(0.9 * missed[:, :, 0])
    short = AgeStructure(before.cities, 2010, LOWER, missed)
    open_book = account(short, after, ratios)
    closed = account(short, after, ratios, nation=ClosedNation())
    truth = 0.1 * before.persons[:, :, 0] * ratios.forward(LOWER)[:, 0]
    np.testing.assert_allclose(open_book.migration[:, :, 2], truth, atol=3)
    np.testing.assert_allclose(closed.migration[:, :, 2], 0, atol=3)
    np.testing.assert_allclose(closed.coverage[:, :, 2], truth, atol=3)
    assert national_residual(open_book)["residual"].iloc[0] == open_book.migration[:, :, 2].sum()


def test_relative_mortality_is_undone():
    """A unit that dies at twice the nation's force is accounted for when told so."""
    before, ratios = counts(2), table(2)
    force = pd.Series(1.0, index=before.cities)
    force.iloc[2] = 2.0
    alive = before.persons * ratios.forward(LOWER) ** force.to_numpy()[:, None, None]
    later = np.zeros_like(alive)
    later[:, :, 2:17], later[:, :, 17] = alive[:, :, :15], alive[:, :, 15:].sum(axis=2)
    after = AgeStructure(before.cities, 2020, LOWER, np.rint(later))
    told = account(before, after, ratios, relative_mortality=force)
    untold = account(before, after, ratios)
    assert np.abs(told.migration).max() <= 3
    assert untold.migration[2].sum() < -1000


def test_relative_mortality_is_standardised_by_age():
    """An old unit with the nation's rates has a high crude rate and a ratio of one."""
    young, old = np.tile([90, 10], (2, 1)), np.tile([10, 90], (2, 1))
    ages = AgeStructure(("110000", "120000", "130000"), 2010, (0, 65), np.stack([young, old, old]))
    rates = np.array([[0.001, 0.04], [0.001, 0.02]])
    crude = pd.Series({"110000": (0.09 + 0.01 * 30) / 100, "120000": (0.01 + 0.09 * 30) / 100})
    found = relative_mortality(ages, crude, rates)
    np.testing.assert_allclose(found, 1, rtol=1e-12)


def test_children_follow_their_mothers_by_hand():
    """A quarter of women's rate at 0-4 and three quarters at 5-9, of the children there."""
    before, after, ratios = projected(4, units=1)
    more = np.array(after.persons)
    women = more[:, 1, 3:10].copy()
    more[:, 1, 3:10] += women  # women double, so half of those there came
    grown = AgeStructure(after.cities, 2020, LOWER, more)
    book = account(before, grown, ratios, children=ByMothers())
    kids = after.persons[0, :, :2]
    np.testing.assert_allclose(book.migration[0, :, 0], 0.25 * 0.5 * kids[:, 0], atol=1.5)
    np.testing.assert_allclose(book.migration[0, :, 1], 0.75 * 0.5 * kids[:, 1], atol=1.5)
    stay = account(before, grown, ratios)
    assert stay.components()["natural"].item() > book.components()["natural"].item()


def test_zero_ages_and_empty_cells_are_fine_and_empty_units_have_no_rate():
    before, after, ratios = projected(6)
    hole = np.array(before.persons)
    hole[0, :, 7] = 0
    hole[1] = 0
    book = account(AgeStructure(before.cities, 2010, LOWER, hole), after, ratios)
    assert book.migration[0, 0, 9] == after.persons[0, 0, 9]
    with pytest.raises(DataError, match="nobody in 110100 in 2010"):
        book.rates()
    everywhere = hole.copy()
    everywhere[:, :, 7] = 0
    with pytest.raises(DataError, match="of age 45 and no survivors"):
        account(
            AgeStructure(before.cities, 2010, LOWER, everywhere),
            after,
            ratios,
            nation=ClosedNation(),
        )


def test_units_years_ages_and_mortality_must_fit():
    before, after, ratios = projected(7)
    with pytest.raises(DataError) as caught:
        account(before.select(before.cities[1:]), after.select(after.cities[:-1]), ratios)
    assert "1 units in 2010 only: 110600" in str(caught.value)
    assert "1 units in 2020 only: 110000" in str(caught.value)
    with pytest.raises(DataError, match="counts of 2010 and 2010"):
        account(before, before, ratios)
    with pytest.raises(DataError, match="the same groups"):
        account(before.grouped((0, 10, 20)), after.grouped((0, 10, 20)), ratios)
    with pytest.raises(DataError, match="open from 10 over 10 years"):
        account(before.grouped((0, 5, 10)), after.grouped((0, 5, 10)), ratios)
    with pytest.raises(DataError, match="no positive relative mortality of 110000"):
        account(before, after, ratios, relative_mortality=pd.Series({"110100": 1.0}))
    yearly = SurvivalRatios(2010, 1, np.full((1, 2, 18), 0.9), np.ones((1, 2)))
    single = AgeStructure(before.cities, 2010, tuple(range(18)), before.persons)
    later = AgeStructure(before.cities, 2011, tuple(range(18)), after.persons)
    with pytest.raises(SpecError, match="two five-year groups"):
        account(single, later, yearly, children=ByMothers())


def test_the_noun_refuses_impossible_counts_and_unknown_units():
    before, after, ratios = projected(1)
    book = account(before, after, ratios)
    arrays = {
        name: getattr(book, name)
        for name in ("before", "after", "survivors", "coverage", "native", "births")
    }
    with pytest.raises(DataError, match="more survivors than persons in 110000"):
        Accounting(
            book.units,
            2010,
            2020,
            LOWER,
            **(arrays | {"survivors": book.before + (book.before > 0)}),
        )
    with pytest.raises(DataError, match="2 groups of children, 2010 to 2015"):
        Accounting(book.units, 2010, 2015, LOWER, **arrays)
    with pytest.raises(DataError, match="no unit 999999"):
        book.select(["999999"])
    with pytest.raises(DataError, match="1 labels for 7 units"):
        book.by(["a"])


def test_storage_keeps_every_person():
    before, after, ratios = projected(9)
    book = account(before, after, ratios, nation=ClosedNation())
    again = from_json(to_json(book))
    pd.testing.assert_frame_equal(again.components(), book.components())
    assert again.rules == book.rules


def test_merged_territories_add_up():
    ages = counts(1)
    joined = ages.merged({"110000": "110100+", "110100": "110100+", "999999": "x"})
    assert len(joined.cities) == 6
    total = ages.select(["110000", "110100"]).persons.sum(axis=0)
    np.testing.assert_array_equal(joined.select(["110100+"]).persons[0], total)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20))
def test_largest_remainder_is_close_and_meets_the_total(values):
    array = np.array(values)
    whole = largest_remainder(array)
    assert whole.sum() == np.rint(array.sum())
    assert np.abs(whole - array).max() < 1 + 1e-9
