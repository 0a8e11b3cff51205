"""Two-part and scaled models: by hand, blind, closed over the units, with and without ages."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.data import load_fertility, load_survival
from econshrink.demography.projection.natural import (
    NaturalGrowth,
    NaturalTable,
    Tabulation,
    held_ratios,
    national_growth,
    natural_growth,
    rates_of,
)
from econshrink.forecast.backtesting.backtest import check_blind
from econshrink.forecast.models.naive import Drift
from econshrink.forecast.models.parted import AveragePath, ScaledDrift, TwoPart, national_mixture
from econshrink.forecast.models.shrunk import ShrunkDrift
from econshrink.forecast.view import InformationSet
from econshrink.nouns.ages import AgeStructure

UNITS = ("a", "b", "c")
GROUPS = np.array([0, 0, 1])
LOWER = tuple(range(0, 90, 5))


def view(last=2015, seed=0):
    years = tuple(range(2001, last + 1))
    steps = np.random.default_rng(seed).normal(0.004, 0.01, (3, 30)).cumsum(axis=1)
    return InformationSet(UNITS, years, 13 + steps[:, : len(years)], GROUPS)


def tables(rate=0.002):
    growth = rate + 0.001 * np.arange(3)[:, None] * np.ones((3, 20))
    return NaturalGrowth(UNITS, {2012: NaturalTable(2010, growth)})


def counted(year, units=UNITS):
    persons = np.random.default_rng(year).integers(500, 900, (len(units), 2, len(LOWER)))
    return AgeStructure(units, year, LOWER, persons)


def together(change, people):
    return np.log(people @ np.exp(change) / people.sum())


def test_migration_closes_over_the_units():
    seen = view()
    path = TwoPart(tables(), 0.9).path(seen, np.array([1, 5]))
    ahead = tables().known(2015).ahead(2015, np.array([1, 5]))
    parts = TwoPart(tables(), 0.9).parts(seen, np.array([1, 5]))
    assert np.array_equal(parts["natural"], ahead)
    assert np.array_equal(parts["natural"] + parts["migration"], path)
    assert TwoPart(tables()).parts(seen.until(2011), np.array([1])) is None
    people = np.exp(seen.at(2015))
    assert people @ (path - ahead) == pytest.approx(0, abs=1e-6 * people.sum() * 1e-3)


def test_scaled_drift_grows_as_the_nation_does():
    seen, steps = view(), np.array([1, 3, 8])
    path = ScaledDrift(tables()).path(seen, steps)
    people = np.exp(seen.at(2015))
    assert together(path, people) == pytest.approx(
        together(tables().known(2015).ahead(2015, steps), people)
    )
    spread = path - Drift(damping=0.9).path(seen, steps)
    assert spread == pytest.approx(np.repeat(spread[:1], 3, axis=0))


def test_without_ages_they_fall_back_and_say_so():
    seen, steps = view(), np.array([1, 4])
    assert TwoPart(None, 0.8).path(seen, steps) == pytest.approx(ShrunkDrift().path(seen, steps))
    assert ScaledDrift(None).path(seen, steps) == pytest.approx(
        Drift(damping=0.9).path(seen, steps)
    )
    early = seen.until(2011)
    assert TwoPart(tables()).path(early, steps) == pytest.approx(
        ShrunkDrift(damping=0.9).path(early, steps)
    )
    assert "No ages were out in 2011" in TwoPart(tables()).notes(early)[0]
    assert len(national_mixture(None).notes(seen)) == 2
    assert national_mixture(tables()).notes(seen) == ()


def test_the_mean_of_paths():
    seen, steps = view(), np.array([2])
    parts = [m.path(seen, steps) for m in national_mixture(tables()).models]
    assert national_mixture(tables()).path(seen, steps) == pytest.approx(sum(parts) / 3)
    with pytest.raises(SpecError, match="one share a model"):
        AveragePath((Drift(),), (0.5,))


@pytest.mark.parametrize("model", national_mixture(tables()).models)
def test_models_are_blind(model):
    check_blind(model, view(), 2013, np.array([1, 2]), rng=1)


def test_an_origin_sees_no_later_tabulation_and_no_later_fertility():
    fertility, survival = load_fertility(), load_survival()
    built = [Tabulation(counted(2010), 2012), Tabulation(counted(2020), 2022)]

    def grown(tabulations, rates):
        return natural_growth(
            UNITS, GROUPS, tabulations, survival, rates, last_origin=2022, horizon=5
        )

    full = grown(built, fertility)
    assert sorted(full.tables) == list(range(2012, 2023))
    assert full.known(2011) is None
    assert (full.known(2021).start, full.known(2022).start) == (2010, 2020)
    other = [built[0], Tabulation(counted(2019), 2022)]
    changed = fertility.assign(asfr=fertility["asfr"].where(fertility["year"] <= 2018, 0.01))
    later = grown([other[0], built[1]], changed)
    for origin in range(2012, 2019):
        assert np.array_equal(full.tables[origin].growth, later.tables[origin].growth)
    assert not np.array_equal(full.tables[2019].growth, later.tables[2019].growth)


def test_a_unit_without_ages_grows_as_all_do():
    built = [Tabulation(counted(2010, ("a", "b")), 2012)]
    found = natural_growth(
        UNITS, GROUPS, built, load_survival(), load_fertility(), last_origin=2012, horizon=2
    )
    growth = found.known(2012).growth
    people = counted(2010, ("a", "b")).total
    assert growth[2, :1] == pytest.approx(together(growth[:2, :1], people))
    assert "1 units without ages" in found.notes[0]


def test_one_rate_for_the_nation():
    same = national_growth(UNITS, -0.001, first_origin=2015, last_year=2025)
    assert same.known(2015).ahead(2015, np.array([10])) == pytest.approx(-0.01 * np.ones((3, 1)))
    path = ScaledDrift(same).path(view(), np.array([10]))
    assert together(path, np.exp(view().at(2015))) == pytest.approx(-0.01)


def test_bad_input_is_one_sentence():
    with pytest.raises(DataError, match="no natural growth of d"):
        tables().of(("a", "d"))
    with pytest.raises(DataError, match="a horizon of 30 years from 2015"):
        TwoPart(tables()).path(view(), np.array([30]))
    with pytest.raises(DataError, match="known in 2009"):
        NaturalGrowth(UNITS, {2009: NaturalTable(2010, np.zeros((3, 2)))})
    with pytest.raises(DataError, match="published in 2009"):
        Tabulation(counted(2010), 2009)
    with pytest.raises(DataError, match="no fertility of 1990"):
        rates_of(load_fertility(), 1990, LOWER)
    with pytest.raises(DataError, match="no tabulation published by 2011"):
        natural_growth(
            UNITS, GROUPS, [Tabulation(counted(2010), 2012)], load_survival(), load_fertility(),
            last_origin=2011, horizon=2,
        )  # fmt: skip
    assert isinstance(held_ratios(load_survival(), 2010, 7).horizon, int)
    assert pd.Series(held_ratios(load_survival(), 2010, 7).steps[0].ravel()).equals(
        pd.Series(held_ratios(load_survival(), 2010, 7).steps[1].ravel())
    )
