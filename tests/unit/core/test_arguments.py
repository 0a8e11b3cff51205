"""The door of public functions: what is clearly of another kind is told in one sentence."""

import pickle

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, Spec, forecast, shrinkage, spatial
from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.country import Country
from econshrink.panel import prepare

YEARS = range(2000, 2021)


@pytest.fixture(scope="module")
def frame():
    rows = [(f"{k:06d}", y, 1e5 * (k + 1) * 0.99 ** (y - 2000)) for k in range(4) for y in YEARS]
    return pd.DataFrame(rows, columns=["city", "year", "population"])


@pytest.fixture(scope="module")
def panel(frame):
    return CityPanel.from_long(frame, source="made")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"last_year": 2025.5}, "last_year=.*2025.5; expected a whole number"),
        ({"last_year": "2025"}, "expected a whole number"),
        ({"draws": True}, "expected a whole number"),
        ({"origin": 2010.5}, "Leave it out, or pass a whole number"),
        ({"model": "drift"}, "expected a PathModel"),
        ({"country": "China"}, "expected a Country"),
        ({"country": Country}, "saw the class Country.*country=Country()"),
        ({"known": {}}, "expected a Background"),
        ({"variable": ("population",)}, "expected a text"),
    ],
)
def test_an_argument_of_another_kind_is_named(panel, wrong, words):
    with pytest.raises(SpecError, match=words):
        forecast.project(panel, **{"last_year": 2022, "draws": 5, "rng": 1, **wrong})


def test_a_table_in_the_place_of_a_panel_is_told_how_to_become_one(frame):
    with pytest.raises(SpecError, match="as_panel\\(df, unit="):
        prepare(frame, Spec("population", ("year",)))


def test_a_group_that_a_table_lacks_is_told(frame):
    with pytest.raises(DataError, match=r"no attribute 'province'.*group=None"):
        forecast.information_set(frame, 2020)


@pytest.mark.parametrize("wrong", [("2010",), (2010.5,), "2010", 2010])
def test_collections_are_looked_into_and_texts_are_not_split(panel, wrong):
    with pytest.raises(SpecError, match="expected a list of whole numbers"):
        forecast.backtest(panel, origins=wrong)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(pd.Timestamp("2020-01-01"), ["a"]),
        pd.Series([pd.Timedelta(days=1)], ["a"]),
        pd.Series(pd.period_range("2020", periods=1, freq="Y"), ["a"]),
        pd.Series([1j], ["a"]),
    ],
)
def test_ticks_are_no_figures(values):
    with pytest.raises(DataError, match="expected a column of numbers"):
        shrinkage.size_classes(values)
    with pytest.raises(DataError, match="expected a column of numbers"):
        forecast.brier(np.asarray([values.iloc[0]]), np.ones(1))


def test_a_column_that_a_table_lacks_is_told():
    with pytest.raises(DataError, match=r"no column 'chance_00'.*model, group"):
        forecast.score_events(pd.DataFrame({"model": ["a"], "group": ["b"]}), "00")
    with pytest.raises(DataError, match=r"no lon and no lat.*rename"):
        spatial.distance_to_core(pd.DataFrame({"x": [1.0]}, ["a"]), ["a"])


def test_a_public_function_is_pickled_by_its_public_name():
    again = pickle.loads(pickle.dumps(forecast.project))
    assert again is forecast.project
    assert forecast.project.__wrapped__.__module__ == "econshrink.forecast.front"


def test_an_argument_that_a_function_lacks_ends_in_one_sentence(panel):
    with pytest.raises(TypeError, match="saw until= in project") as caught:  # as Python's own is
        forecast.project(panel, 2022, until=2030)
    assert isinstance(caught.value, SpecError)
