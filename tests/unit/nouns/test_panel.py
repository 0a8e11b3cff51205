"""CityPanel: what it refuses, and what it keeps."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError
from econshrink.nouns.panel import CityPanel


def long(**columns):
    return pd.DataFrame({"city": ["110000", "110000"], "year": [2010, 2011], **columns})


def test_collects_every_mistake_before_raising():
    table = pd.DataFrame({"city": ["110000", "110000", 12], "year": [2010, 2010, 3000], "x": 1.0})
    with pytest.raises(DataError) as caught:
        CityPanel.from_long(table)
    text = str(caught.value)
    assert len(caught.value.faults) == 3
    for part in ("more than once", "years 1900 to 2200", "two types"):
        assert part in text


@pytest.mark.parametrize("value", ["a", "1,000", np.inf])
def test_refuses_a_cell_that_is_no_finite_number_and_says_where(value):
    with pytest.raises(DataError, match=r"column x, \(city, year\) \('110000', 2011\)"):
        CityPanel.from_long(long(x=[1.0, value]))


def test_refuses_an_empty_panel():
    with pytest.raises(DataError, match="at least one row"):
        CityPanel.from_long(long(x=[1.0, 2.0]).iloc[:0])
    with pytest.raises(DataError, match="0 variables"):
        CityPanel.from_long(long())


def test_refuses_a_status_outside_the_vocabulary():
    panel = CityPanel.from_long(long(x=[1.0, 2.0]))
    status = pd.DataFrame({"x": ["reported", "guessed"]}, index=panel.frame.index)
    with pytest.raises(DataError, match="'guessed'"):
        CityPanel(panel.frame, status)


def test_refuses_a_city_without_attributes():
    attributes = pd.DataFrame({"province": ["Hebei"]}, index=["130600"])
    with pytest.raises(DataError, match="no attributes for 1 cities"):
        CityPanel.from_long(long(x=[1.0, 2.0]), attributes=attributes)


def test_lag_is_by_calendar_year_not_by_row():
    table = pd.DataFrame({"city": "110000", "year": [2010, 2012, 2013], "x": [1.0, 2.0, 3.0]})
    assert CityPanel.from_long(table).lag("x").isna().tolist() == [True, True, False]


def test_wide_has_a_column_for_a_year_nobody_reported():
    table = pd.DataFrame({"city": "110000", "year": [2010, 2012], "x": [1.0, 2.0]})
    wide = CityPanel.from_long(table).wide("x")
    assert wide.columns.tolist() == [2010, 2011, 2012]
    assert wide.loc["110000", 2011] != wide.loc["110000", 2011]


def test_selecting_an_unknown_city_is_an_error():
    panel = CityPanel.from_long(long(x=[1.0, 2.0]))
    with pytest.raises(DataError, match="city 999999"):
        panel.select(cities=["110000", "999999"])


def test_a_selection_keeps_status_and_order_of_what_is_asked():
    panel = CityPanel.from_long(long(x=[1.0, 2.0], y=[3.0, 4.0], z=[5.0, 6.0]))
    status = pd.DataFrame({"x": ["reported", "estimated"]}, index=panel.frame.index)
    panel = CityPanel(panel.frame, status)
    some = panel.select(years=[2011], variables=["z", "x", "z"])
    assert some.variables == ("z", "x")
    assert some.frame.to_numpy().tolist() == [[6.0, 2.0]]
    assert some.status["x"].tolist() == ["estimated"]
    assert panel.select(variables=["y"]).status.columns.empty
    assert panel.select(variables=panel.variables).digest() == panel.digest()


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({"variables": ["x", "w"]}, "variable w"),
        ({"variables": []}, "no variable asked for"),
        ({"years": [2010, 2012]}, "year 2012"),
        ({"cities": [110000]}, "city 110000; expected .*'110000'"),
    ],
)
def test_what_is_not_there_cannot_be_selected(asked, seen):
    with pytest.raises(DataError, match=seen):
        CityPanel.from_long(long(x=[1.0, 2.0])).select(**asked)


def test_does_not_change_its_argument_and_is_not_changed_through_it():
    table = long(x=[1.0, 2.0]).set_index(["city", "year"])
    panel = CityPanel(table)
    table.iloc[0, 0] = 99.0
    assert panel.column("x").tolist() == [1.0, 2.0]


def test_digest_follows_the_figures_not_the_row_order():
    table = long(x=[1.0, np.nan])
    one = CityPanel.from_long(table)
    assert one.digest() == CityPanel.from_long(table.iloc[::-1]).digest()
    assert one.digest() != CityPanel.from_long(long(x=[1.0, 2.0])).digest()


def test_unknown_variable_lists_the_known_ones():
    with pytest.raises(DataError, match="one of x"):
        CityPanel.from_long(long(x=[1.0, 2.0])).column("y")
