"""What nouns promise of themselves: read-only, and checked when made."""

import dataclasses
import hashlib
import itertools

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.accounting import Accounting
from econshrink.nouns.ages import AgeStructure
from econshrink.nouns.backtest import Backtest
from econshrink.nouns.confidence_set import ConfidenceSet
from econshrink.nouns.country import CHINA, Country
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.draws import Draws
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.flows import FlowNetwork, FlowPanel
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.panel import ROWS, CityPanel
from econshrink.nouns.ranking import Ranking
from econshrink.nouns.spec import Spec
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.table import Cell, Row, Span, Table


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
    with pytest.raises(DataError, match="cases without model, origin"):
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


@pytest.mark.parametrize("other", [2**63, True, []])
def test_identifiers_that_pandas_cannot_hold_are_refused(other):
    mixed = pd.Series([other, np.timedelta64(1, "D")], dtype=object)
    with pytest.raises(DataError, match="identifiers that cannot be told apart"):
        CityPanel.from_long(pd.DataFrame({"city": mixed, "year": 2010, "y": 1.0}))


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


@pytest.mark.parametrize("shape", [(1, 2, 3), (2, 2, 2), (2, 6), (1, 2, 2, 1)])
def test_ages_fit_their_units_sexes_and_groups(shape):
    with pytest.raises(DataError, match="counts of shape"):
        AgeStructure(("a",), 2010, (0, 5), np.ones(shape))
    with pytest.raises(DataError, match="a unit or more"):
        AgeStructure((), 2010, (0, 5), np.ones((0, 2, 2)))


def test_cases_of_a_backtest_are_of_one_horizon_and_a_span_of_targets():
    rows = [(origin, horizon) for origin in (2000, 2005, 2010) for horizon in (1, 5)]
    cases = pd.DataFrame(rows, columns=["origin", "horizon"])
    for name in ("model", "city", "group", "size", "level", "truth", "median", "crps"):
        cases[name] = 0.0
    found = Backtest(cases, *[pd.DataFrame()] * 4).of(5, 2006, 2010)
    assert found[["origin", "horizon"]].to_numpy().tolist() == [[2005, 5]]


def test_a_confidence_set_is_closed_and_its_level_a_share():
    pair = ConfidenceSet("AR", "x", ((-1.0, 0.5), (2.0, 3.0)))
    inside = {-1.0, 0.0, 0.5, 2.0, 3.0}
    for value in (-1.1, -1.0, 0.0, 0.5, 0.6, 1.9, 2.0, 3.0, 3.1):
        assert pair.contains(value) == (value in inside)
    for level in (-0.1, 0.0, 1.0, 1.5, 95.0):
        with pytest.raises(DataError, match="a share between 0 and 1"):
            ConfidenceSet("AR", "x", ((0.0, 1.0),), level)


def test_china_counts_every_ten_years_and_sorts_cities_by_the_notice_of_2014():
    """国发〔2014〕51号: half a million, one, three, five and ten million residents."""
    assert all(year % 10 == 0 for year in CHINA.censuses)
    assert CHINA.size_limits == (500_000, 1_000_000, 3_000_000, 5_000_000, 10_000_000)


def test_a_decomposition_keeps_its_own_columns_and_has_no_draws_unless_told():
    found = decomposition()
    named = ["target", "part", "estimate", "std_error", "conf_low", "conf_high"]
    assert found.frame.columns.tolist() == named
    assert (found.draws, found.draws_lost) == (0, 0)


def test_limits_of_draws_are_those_of_95_per_cent_by_default():
    draws = Draws(("x", "z"), np.random.default_rng(0).normal(size=(50, 2)), "by hand")
    expected = np.quantile(draws.values, [0.025, 0.975], axis=0).T
    assert draws.intervals().to_numpy() == pytest.approx(expected, rel=1e-12)


def estimate(coefficients=(1.0, 2.0), covariance=((1.0, 0.0), (0.0, 1.0))):
    numbers = np.array(coefficients), np.array(covariance)
    return Estimate("ols", ("a", "b"), *numbers, "iid", "none", 9)


@pytest.mark.parametrize(
    ("coefficients", "covariance"),
    [((1.0,), np.eye(2)), ((1.0, 2.0, 3.0), np.eye(2)), ((1.0, 2.0), np.eye(3)),
     ((1.0, 2.0), np.ones(2)), (((1.0, 2.0),), np.eye(2))],
)  # fmt: skip
def test_an_estimate_has_a_number_for_every_term(coefficients, covariance):
    with pytest.raises(DataError, match="matching shapes"):
        estimate(coefficients, covariance)


@pytest.mark.parametrize("level", [-0.5, 0.0, 1.0, 1.5, 95.0])
def test_limits_of_an_estimate_need_a_share(level):
    with pytest.raises(DataError, match="a share between 0 and 1"):
        estimate().confint(level)


def test_years_of_flows_are_added_and_named():
    nets = [FlowNetwork(("a", "b"), np.array([[0.0, 1.0], [2.0, 0.0]]) * n, year=2009 + n)
            for n in (1, 2, 3)]  # fmt: skip
    whole = FlowPanel(tuple(nets)).total()
    assert whole.flows.tolist() == [[0.0, 6.0], [12.0, 0.0]]
    assert whole.notes == ("sum of 3 years, 2010–2012",)
    short = FlowNetwork(("a", "b"), np.array([[0.0, np.nan], [2.0, 0.0]]), year=2013,
                        unlisted_out=np.array([1.0, 0.0]))  # fmt: skip
    with pytest.raises(DataError, match="every pair, for adding years"):
        FlowPanel((*nets, short)).total()


def future(shape=(2, 1, 50), base=(10.0, 20.0), parts=None):
    draws = np.exp(np.random.default_rng(1).normal(size=shape))
    names, years = ("a", "b"), (2021,)
    return Forecast(names, years, draws, np.array(base), 2020, 2020, "m", parts=parts or {})


@pytest.mark.parametrize(
    "shape", [(2, 1), (2, 1, 3, 1), (1, 1, 3), (3, 1, 3), (2, 2, 3), (2, 1, 0)]
)
def test_draws_are_cities_by_years_by_draws(shape):
    with pytest.raises(DataError, match="at least one draw"):
        future(shape)


@pytest.mark.parametrize("base", [(1.0,), (1.0, 1.0, 1.0), ((1.0, 1.0),), (1.0, 0.0)])
def test_every_city_has_a_base(base):
    with pytest.raises(DataError, match="one per city, above 0"):
        future(base=base)


def test_parts_of_a_forecast_are_taken_off_its_log():
    """People are published figures without the rebasing; every other part stays."""
    rng = np.random.default_rng(2)
    parts = {name: rng.normal(size=(1, 1, 50)) for name in ("nation", "rebasing", "weather")}
    whole = future(parts=parts)
    people = whole.of("people")
    assert set(people.parts) == {"nation", "weather"}
    assert people.draws == pytest.approx(whole.draws * np.exp(-parts["rebasing"]), rel=1e-12)
    left = np.log(whole.draws) - sum(parts.values())
    sizes = whole.part_sizes(2021)
    assert sizes["demography"].to_numpy() == pytest.approx(left[:, 0].std(axis=1), rel=1e-12)
    assert sizes["nation"].to_numpy() == pytest.approx([parts["nation"].std()] * 2, rel=1e-12)


def test_a_forecast_of_some_cities_and_years_has_the_same_draws():
    rng = np.random.default_rng(4)
    draws, names, years = np.exp(rng.normal(size=(3, 4, 7))), ("a", "b", "c"), range(2021, 2025)
    parts = {"nation": rng.normal(size=(1, 4, 7)), "rebasing": rng.normal(size=(3, 4, 7))}
    base = np.array([1.0, 2.0, 3.0])
    whole = Forecast(names, tuple(years), draws, base, 2020, 2020, "m", parts=parts)
    some = whole.select(cities=["c", "a", "c"], years=[2024, 2022])
    assert (some.cities, some.years, some.base.tolist()) == (("a", "c"), (2022, 2024), [1.0, 3.0])
    assert np.array_equal(some.draws, draws[[0, 2]][:, [1, 3]])
    assert some.parts["nation"].shape == (1, 2, 7)
    people, same = whole.of("people").select(years=[2023]), whole.select(years=[2023]).of("people")
    assert np.array_equal(people.draws, same.draws)
    assert np.array_equal(whole.select().draws, draws)
    for asked, seen in (({"cities": ["d"]}, "city d"), ({"years": []}, "no year asked for")):
        with pytest.raises(DataError, match=f"{seen}; expected values present in the forecast"):
            whole.select(**asked)


def test_a_forecast_copies_what_others_can_change():
    draws, base = np.ones((1, 1, 3)), np.ones(1)
    made = Forecast(("a",), (2021,), draws, base, 2020, 2020, "m")
    view = draws[:]
    view.setflags(write=False)  # the array behind it can still be changed
    seen = Forecast(("a",), (2021,), view, base, 2020, 2020, "m")
    draws[:], base[:] = 5.0, 5.0
    assert made.draws.max() == seen.draws.max() == made.base.max() == 1.0
    again = dataclasses.replace(made, notes=("n",))
    assert again.draws is made.draws
    with pytest.raises(ValueError, match="read-only"):
        again.draws[0] = 2.0


def test_labels_count_in_the_digest_with_their_type():
    """A missing label is no text, and both count by type, length and text."""
    frame = pd.DataFrame({"y": 1.0}, pd.MultiIndex.from_product(
        [["110000"], [2010, 2011]], names=["city", "year"]))  # fmt: skip
    labels = pd.DataFrame({"party": ["red", None]}, frame.index)
    found = CityPanel(frame, labels=labels).digest()
    lines, ones = "110000,2010\n110000,2011", np.ones(2, dtype="<f8").tobytes()
    told = hashlib.sha256(f"synthetic=False\n{lines}\ny\n".encode() + ones)
    told.update(b"\nparty\ns3:redn4:None")
    assert found == told.hexdigest()


@pytest.mark.parametrize("dtype", ["Int64", "int32", "category"])
def test_years_of_any_integer_type_are_the_same_index(dtype):
    table = pd.DataFrame({"city": ["110000", "110000"], "year": [2010, 2011], "y": 1.0})
    plain = CityPanel.from_long(table).frame.index
    found = CityPanel.from_long(table.astype({"year": dtype})).frame.index
    assert isinstance(found.levels[1].dtype, np.dtype)
    assert found.equals(plain)


@pytest.mark.parametrize("names", [["city"], ["city", "year", "month"], ["year", "city"]])
def test_an_index_of_other_levels_is_refused(names):
    values = [pd.array([2010, 2011], dtype="Int64")] * len(names)
    frame = pd.DataFrame({"y": [1.0, 2.0]}, pd.MultiIndex.from_arrays(values, names=names))
    with pytest.raises(DataError, match=r"an index \(city, year\)"):
        CityPanel(frame)


@pytest.mark.parametrize(("repeats", "told"), [(1, "city and year"), (2, "2 pairs (city, year)")])
def test_repeated_rows_of_a_panel_are_counted(repeats, told):
    rows = [("110000", 2010, 1.0), ("110000", 2011, 1.0)]
    table = pd.DataFrame([*rows, *rows[:repeats]], columns=["city", "year", "y"])
    with pytest.raises(DataError, match="one row a city and year") as caught:
        CityPanel.from_long(table)
    assert told in str(caught.value)
    assert ("pairs" in str(caught.value)) == (repeats > 1)


def test_a_level_that_names_a_city_twice_hides_no_repeat():
    index = pd.MultiIndex(
        levels=[["110000", "110000"], [2010]], codes=[[0, 1], [0, 0]], names=["city", "year"],
        verify_integrity=False,
    )  # fmt: skip
    with pytest.raises(DataError, match="more than once"):
        CityPanel(pd.DataFrame({"y": [1.0, 2.0]}, index))


@pytest.mark.parametrize("formula", ["y ~ x", "y ~ x + z", "y ~ x | city", "y ~ x | city + year"])
def test_a_formula_is_read_and_written(formula):
    assert Spec.parse(formula).formula == formula


def test_spells_are_sorted_whatever_the_order_of_their_rows():
    rows = pd.DataFrame({"city": ["a", "a", "b", "c"], "start": [0.0, 2.0, 1.0, 0.0],
                         "stop": [2.0, 3.0, 4.0, 1.0], "event": [0, 1, 0, 1]})  # fmt: skip
    for order in itertools.permutations(range(4)):
        mixed = SpellTable(rows.iloc[list(order)], rule_id="r")
        pd.testing.assert_frame_equal(mixed.frame, rows)
        assert mixed.city_codes.tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("gaps", [[1], [1, 3], [0, 2, 3]])
def test_rows_without_a_city_are_told_once_with_the_first(gaps):
    rows = pd.DataFrame({"city": list("abcd"), "start": 0.0, "stop": 1.0, "event": 0})
    rows.loc[gaps, "city"] = None
    with pytest.raises(DataError, match=f"row {gaps[0]}") as caught:
        SpellTable(rows, rule_id="r")
    told, more = str(caught.value), len(gaps) - 1
    assert ("more rows" in told) == (more > 0)
    assert more == 0 or f"and {more} more rows" in told


def test_a_fault_of_many_rows_is_told_once_and_overlaps_by_row():
    rows = pd.DataFrame({"city": list("abcdefgh"), "start": 0.0, "stop": 0.0, "event": 0})
    with pytest.raises(DataError, match="and 7 more rows") as caught:
        SpellTable(rows, rule_id="r")
    assert len(caught.value.faults) == 1
    rows = pd.DataFrame({"city": ["a", "a", "a", "b"], "start": [0.0, 1.0, 5.0, 0.0],
                         "stop": [2.0, 3.0, 6.0, 9.0], "event": 0})  # fmt: skip
    with pytest.raises(DataError, match="a row starting at 1 inside") as caught:
        SpellTable(rows, rule_id="r")
    assert len(caught.value.faults) == 1


HEAD = ((Span("a"), Span("b")),)


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"header": ()}, "no rows or no heading"), ({"rows": ()}, "no rows or no heading"),
     ({"header": ((Span("both", 3),), *HEAD)}, "heading line 0"),
     ({"align": "l"}, "alignment 'l'"), ({"align": "lx"}, "alignment 'lx'")],
)  # fmt: skip
def test_a_table_is_of_one_width(changed, told):
    whole = {"header": ((Span("both", 2),), *HEAD), "rows": (Row((Cell("x"), Cell(1.0))),)}
    assert Table("n", "t", **whole).width == 2
    with pytest.raises(DataError, match=told):
        Table("n", "t", **{**whole, **changed})
