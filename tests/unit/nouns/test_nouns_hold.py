"""What nouns promise of themselves: frozen, read-only, checked when made, equal by identity."""

import dataclasses
import hashlib
import importlib
import typing

import numpy as np
import pandas as pd
import pytest

import econshrink
from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.accounting import Accounting
from econshrink.nouns.ages import AgeStructure
from econshrink.nouns.backtest import Backtest
from econshrink.nouns.country import CHINA, Country
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.flows import FlowNetwork, FlowPanel
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.panel import ROWS, CityPanel
from econshrink.nouns.ranking import Ranking
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.table import Row, Span, Table

NAMESPACES = [
    "", "nouns", "inference", "data", "lab", "demography", "shrinkage", "panel", "survival",
    "flows", "spatial", "causal", "decompose", "forecast", "report", "tables",
]  # fmt: skip


def public_dataclasses():
    rooms = [
        econshrink if not n else importlib.import_module(f"econshrink.{n}") for n in NAMESPACES
    ]
    found = [getattr(room, name) for room in rooms for name in dir(room)]
    classes = {kind for kind in found if isinstance(kind, type) and dataclasses.is_dataclass(kind)}
    return sorted(classes, key=lambda kind: (kind.__module__, kind.__name__))


@pytest.mark.parametrize("kind", public_dataclasses(), ids=lambda kind: kind.__name__)
def test_every_public_dataclass_is_frozen_and_compares_what_can_be_compared(kind):
    made = kind.__dataclass_params__
    assert made.frozen
    hints = " ".join(str(hint) for hint in typing.get_type_hints(kind).values())
    if "ndarray" in hints or "DataFrame" in hints or "Series" in hints:
        assert not made.eq, "arrays and tables have no truth value"


def cells(value, shape=(2, 2, 3)):
    return np.full(shape, value)


def book(**changed):
    whole = {
        "units": ("a", "b"), "start": 2010, "end": 2015, "lower": (0, 5, 10),
        "before": cells(10), "survivors": cells(9), "after": cells(9),
        "native": cells(2, (2, 2, 1)), "births": cells(3, (2, 2, 1)),
    }  # fmt: skip
    names = {field.name for field in dataclasses.fields(Accounting)}
    for name in names - set(whole):
        if name in {"coverage", "arrived", "moved"}:
            whole[name] = cells(0)
    return Accounting(**{**whole, **changed})


def test_counts_cannot_be_written():
    ages = AgeStructure(("a",), 2010, (0, 5), np.ones((1, 2, 2)))
    net = FlowNetwork(("a", "b"), np.array([[0.0, 1.0], [2.0, 0.0]]))
    for array in (ages.persons, net.flows, book().before, book().births):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("lower", [(0, 5, 11), (5, 10, 15), (0,), (0, 0, 0), (10, 5, 0)])
def test_ages_of_an_account_are_equal_groups_from_zero(lower):
    with pytest.raises(DataError, match="0, w, 2w"):
        book(lower=lower)


def test_ten_units_are_named_and_no_more():
    units = tuple(f"u{i:02d}" for i in range(12))
    wide = {name: np.repeat(getattr(book(), name)[:1], 12, axis=0) for name in
            ("before", "after", "coverage", "native", "births")}  # fmt: skip
    with pytest.raises(DataError) as caught:
        book(units=units, survivors=cells(11, (12, 2, 3)), **wide)
    assert "u09" in str(caught.value)
    assert "u10" not in str(caught.value)


def test_repeated_cells_of_ages_are_told_by_city_sex_and_age():
    rows = [("a", sex, age, 5) for sex in ("male", "female") for age in (0, 5)]
    table = pd.DataFrame([*rows, rows[0]], columns=["city", "sex", "age_from", "population"])
    with pytest.raises(DataError, match="city a, male, age 0: saw a cell more than once"):
        AgeStructure.from_long(table, 2010)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_country_has_one_class_more_than_limits(count):
    with pytest.raises(SpecError, match="one class more than limits"):
        Country(size_classes=("s",) * count, size_limits=(1.0, 2.0))
    assert Country(size_classes=("s", "m", "l"), size_limits=(1.0, 2.0)).prefix == 0


def test_groups_come_from_codes_then_attributes_then_nowhere():
    frame = pd.DataFrame({"city": ["110000", "120000"], "year": 2010, "y": 1.0})
    places = pd.DataFrame({"state": ["n", "s"]}, ["110000", "120000"])
    panel = CityPanel.from_long(frame, attributes=places)
    assert CHINA.groups(["110000"]).tolist() == ["11"]
    assert Country("state").groups(panel.cities, panel).tolist() == ["n", "s"]
    assert Country("state").groups(panel.cities).tolist() == ["", ""]
    assert Country("other").groups(panel.cities, panel).tolist() == ["", ""]


def test_a_backtest_names_the_columns_that_its_cases_lack():
    empty = pd.DataFrame()
    with pytest.raises(DataError, match=r"cases without .*model"):
        Backtest(pd.DataFrame({"x": [1.0]}), empty, empty, empty, empty)


def test_shares_of_a_decomposition_are_numbered_anew():
    found = decomposition()
    assert found.shares().columns.tolist() == ["target", "part", "estimate"]
    assert found.shares().index.tolist() == [0, 1]
    assert found.shares()["estimate"].tolist() == [0.25, 0.75]


def decomposition():
    frame = pd.DataFrame({"target": "t", "part": ["total", "a", "b"], "estimate": [4.0, 1.0, 3.0]})
    needed = {field.name for field in dataclasses.fields(Decomposition)}
    extra = dict.fromkeys(("std_error", "conf_low", "conf_high"), np.nan)
    kept = {name: value for name, value in {"method": "m"}.items() if name in needed}
    return Decomposition(frame=frame.assign(**extra), **kept)


@pytest.mark.parametrize("years", [(2010, 2010), (2011, 2010), (2010, None), (None, None)])
def test_years_of_flows_rise_and_are_named(years):
    nets = [FlowNetwork(("a", "b"), np.ones((2, 2)) - np.eye(2), year=year) for year in years]
    with pytest.raises(DataError, match="rising years"):
        FlowPanel(tuple(nets))


def test_quantiles_are_those_of_the_draws():
    draws = np.arange(1.0, 12.0).reshape(1, 1, 11)
    future = Forecast(("a",), (2021,), draws, np.array([10.0]), 2020, 2020, "m")
    found = future.quantiles()
    assert found.columns.tolist() == ["q10", "q50", "q90"]
    assert found.to_numpy().tolist() == [[2.0, 6.0, 10.0]]


@pytest.mark.parametrize("count", [1, ROWS // 50 + 1])
def test_the_digest_is_that_of_the_lines(count):
    """Six-character codes: ``city,year`` joined by line feeds, then each column's doubles."""
    cities, years = [f"{i:06d}" for i in range(count)], range(1960, 2010)
    frame = pd.DataFrame([(c, t) for c in cities for t in years], columns=["city", "year"])
    lines = "\n".join(f"{c},{t}" for c in cities for t in years)
    ones = np.ones(len(frame), dtype="<f8").tobytes()
    expected = hashlib.sha256(f"synthetic=False\n{lines}\ny\n".encode() + ones).hexdigest()
    assert CityPanel.from_long(frame.assign(y=1.0)).digest() == expected


def test_years_far_away_are_counted():
    one = pd.DataFrame({"city": ["110000"] * 2, "year": [2010, 9999999], "y": 1.0})
    two = pd.DataFrame({"city": ["110000"] * 3, "year": [2010, 9999998, 9999999], "y": 1.0})
    with pytest.raises(DataError) as caught:
        CityPanel.from_long(one)
    assert "more rows" not in str(caught.value)
    with pytest.raises(DataError, match="and 1 more rows"):
        CityPanel.from_long(two)


def test_the_type_of_an_identifier_is_named():
    mixed = pd.DataFrame({"city": pd.Series([True, 3], dtype=object), "year": 2010, "y": 1.0})
    with pytest.raises(DataError, match="bool"):
        CityPanel.from_long(mixed)


def test_every_repeated_or_wrong_column_is_told_at_once():
    frame = pd.DataFrame([["110000", 2010, 1.0, 2.0, "a"]], columns=["city", "year", "y", "y", "z"])
    with pytest.raises(DataError) as caught:
        CityPanel.from_long(frame)
    assert "two columns called 'y'" in str(caught.value)
    assert "column z" in str(caught.value)


@pytest.mark.parametrize("chance", [-0.5, 1.5, np.nan])
def test_a_ranking_holds_probabilities(chance):
    frame = pd.DataFrame({"city": ["a"], "probability": [chance], "rank": [1], "rank_low": [1],
                          "rank_high": [1]})  # fmt: skip
    with pytest.raises(DataError, match="probability outside"):
        Ranking(frame, "e", "m", 10)


def test_spells_are_real_unless_they_say_so_and_the_first_row_overlaps_nothing():
    rows = pd.DataFrame({"city": ["a", "a", "b"], "start": [0.0, 2.0, 1.0], "stop": [2.0, 3.0, 4.0],
                         "event": [0, 1, 0]})  # fmt: skip
    assert not SpellTable(rows, rule_id="r").synthetic
    made = SpellTable.from_durations(
        pd.DataFrame({"T": [1.0, 2.0], "E": [1, 0]}), duration="T", event="E"
    )
    assert not made.synthetic
    assert not SpellTable.from_rows(rows, start="start", stop="stop", event="event", unit="city"
                                    ).synthetic  # fmt: skip
    with pytest.raises(DataError, match="a row starting at 1 inside"):
        SpellTable(rows.assign(start=[0.0, 1.0, 1.0]), rule_id="r")
    back = rows.iloc[[2, 0, 1]]
    assert len(SpellTable(back, rule_id="r").frame) == 3


def test_a_table_has_rows_and_a_heading_and_every_row_is_measured():
    head = ((Span("a"), Span("b")),)
    with pytest.raises(DataError, match="no rows or no heading"):
        Table("n", "t", head, ())
    group, short = Row(("g",), kind="group"), Row((1.0,))
    with pytest.raises(DataError, match="row 1 with 1 cells"):
        Table("n", "t", head, (group, short))
