"""Designs: what is evaluated, what is left out and counted, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.prepare import prepare, row_labels
from econshrink.panel.design.rank import collinear_sets
from econshrink.panel.fixed_effects import fit_fe, within

CITIES, YEARS = ("110000", "120000", "130100", "130200"), range(2010, 2016)


def make_panel(**changes) -> CityPanel:
    rng = np.random.default_rng(3)
    index = pd.MultiIndex.from_product([CITIES, YEARS], names=["city", "year"])
    frame = pd.DataFrame(rng.normal(size=(24, 3)), index=index, columns=["y", "x", "z"])
    frame["gdp"] = np.exp(frame["z"])
    frame["weight"] = 1.0 + np.arange(24)
    for name, values in changes.items():
        frame[name] = values
    attributes = pd.DataFrame({"province": ["A", "B", "C", "C"]}, index=list(CITIES))
    return CityPanel(frame, attributes=attributes)


def test_expressions_and_lags_by_calendar_year():
    panel = make_panel()
    spec = Spec("y", ("np.log(gdp)", "x:z", "lag(x)", "diff(x, 2)"), ("city",))
    design = prepare(panel, spec)
    assert design.names == ("np.log(gdp)", "x:z", "lag(x)", "diff(x, 2)")
    frame = panel.frame.iloc[design.rows]
    np.testing.assert_allclose(design.x[:, 0], frame["z"], rtol=1e-12)
    np.testing.assert_allclose(design.x[:, 1], frame["x"] * frame["z"])
    np.testing.assert_array_equal(design.x[:, 2], panel.lag("x").iloc[design.rows])
    lagged = panel.lag("x", 2).iloc[design.rows]
    np.testing.assert_allclose(design.x[:, 3], frame["x"] - lagged)
    assert design.dropped["missing"] == 8  # two years of four cities


def test_lag_does_not_cross_a_gap():
    panel = make_panel()
    years = [2010, 2011, 2013, 2014, 2015]
    design = prepare(panel.select(years=years), Spec("y", ("lag(x)",), ("city",)))
    assert sorted(set(design.year)) == [2011, 2014, 2015]


def test_missing_cells_are_counted_by_variable():
    y, x = np.arange(24.0) ** 2, np.arange(24.0) ** 1.5
    y[[0, 5]], x[[5, 6, 7]] = np.nan, np.nan
    design = prepare(make_panel(y=y, x=x), Spec("y", ("x",), ("city", "year")))
    assert design.dropped == {"missing": 5 - 1, "zero_weight": 0, "singleton": 0}
    assert design.notes == ("4 of 24 rows left out for missing values (y 2, x 3)",)
    assert design.stats["rows_dropped"] == 4


def test_missing_attribute_is_counted():
    panel = make_panel()
    attributes = panel.attributes.copy()
    attributes.loc["110000", "province"] = None
    holed = CityPanel(panel.frame, attributes=attributes)
    design = prepare(holed, Spec("y", ("x",), ("province",)))
    assert design.dropped["missing"] == 6
    assert "province 6" in design.notes[0]


def test_singletons_are_dropped_until_none_is_left():
    panel = make_panel()
    # city 110000 keeps one year; 130200 alone in 2015 after 120000 and 130100 lose it
    keep = [
        not (city == "110000" and year > 2010)
        and not (city in {"120000", "130100"} and year == 2015)
        for city, year in panel.frame.index
    ]
    thin = CityPanel(panel.frame[keep], attributes=panel.attributes)
    spec = Spec("y", ("x",), ("city", "year"))
    design = prepare(thin, spec)
    assert design.dropped["singleton"] == 2
    assert design.notes == ("2 rows left out as singletons (city 1, year 1)",)
    assert prepare(thin, spec, keep_singletons=True).nobs == design.nobs + 2


def test_zero_weight_rows_are_counted_and_negative_ones_refused():
    weight = np.ones(24)
    weight[[1, 2]] = 0
    spec = Spec("y", ("x",), ("city",), weights="weight")
    assert prepare(make_panel(weight=weight), spec).dropped["zero_weight"] == 2
    weight[3] = -1
    with pytest.raises(DataError, match="1 negative weights"):
        prepare(make_panel(weight=weight), spec)


def test_every_unknown_name_is_listed():
    spec = Spec("why", ("ex", "np.log(zed)", "x +* z"), ("cty", "province^yr"), weights="w")
    with pytest.raises(SpecError) as caught:
        prepare(make_panel(), spec)
    text = str(caught.value)
    for name in ("'why'", "'ex'", "'zed'", "x +* z", "'cty'", "'yr'", "'w'"):
        assert name in text
    assert len(caught.value.faults) == 7


def test_logarithm_of_zero_is_an_error_with_its_place():
    gdp = np.ones(24)
    gdp[7], gdp[9] = 0.0, -1.0
    with pytest.raises(SpecError, match=r"undefined or infinite in 2 rows") as caught:
        prepare(make_panel(gdp=gdp), Spec("y", ("np.log(gdp)",), ("city",)))
    assert "city 120000, year 2011" in str(caught.value)


def test_logarithm_of_a_lagged_zero_is_an_error_too():
    gdp = np.ones(24)
    gdp[7] = 0.0
    with pytest.raises(SpecError, match=r"undefined or infinite in 1 rows"):
        prepare(make_panel(gdp=gdp), Spec("y", ("np.log(lag(gdp))",), ("city",)))
    rich = make_panel(gdp=np.exp(np.arange(24.0) ** 2 / 100))
    assert prepare(rich, Spec("y", ("diff(np.log(gdp))",), ("city",))).nobs == 20


@pytest.mark.parametrize(
    ("changes", "spec", "message"),
    [
        ({"x": np.nan}, Spec("y", ("x", "z")), "no figure at all for 'x'"),
        ({"x": 3.0}, Spec("y", ("x", "z")), r"'x' is constant \(3\)"),
        ({"y": 0.0}, Spec("y", ("x",)), "'y' is constant"),
        (
            {"x": [1.0, np.nan] * 12, "z": [np.nan, 1.0] * 12},
            Spec("y", ("x", "z")),
            r"no rows left \(left out: missing 24\)",
        ),
    ],
)
def test_columns_that_cannot_be_used(changes, spec, message):
    with pytest.raises(DataError, match=message):
        prepare(make_panel(**changes), spec)


def test_one_city_and_one_year_are_refused():
    panel = make_panel()
    with pytest.raises(DataError, match="one level of effect 'city'"):
        prepare(panel.select(cities=["110000"]), Spec("y", ("x",), ("city",)))
    with pytest.raises(DataError, match=r"no rows left .*singleton 4"):
        prepare(panel.select(years=[2012]), Spec("y", ("x",), ("city", "year")))


def test_absorbed_and_collinear_covariates_are_named_with_the_set():
    panel = make_panel()
    level = np.repeat([1.0, 5.0, 2.0, 7.0], 6)
    frame = panel.frame.assign(level=level, trend=panel.frame.index.get_level_values("year"))
    frame["sum"] = 1e6 * (frame["x"] + frame["z"] + level)
    odd = CityPanel(frame, attributes=panel.attributes)
    spec = Spec("y", ("x", "level", "trend", "z", "sum"), ("city", "year"))
    with pytest.raises(SpecError) as caught:
        within(prepare(odd, spec))
    text = str(caught.value)
    assert "'level' has no variation left within city and year" in text
    assert "'trend' has no variation left within city and year" in text
    assert "'x', 'z', 'sum' are collinear within city and year" in text


def test_outcome_absorbed_by_the_effects():
    with pytest.raises(SpecError, match="outcome 'y' has no variation left within city"):
        within(prepare(make_panel(y=np.repeat([1.0, 2, 3, 4], 6)), Spec("y", ("x",), ("city",))))


def test_more_parameters_than_rows():
    few = make_panel().select(cities=CITIES[:2], years=[2010, 2011])
    with pytest.raises(SpecError, match=r"4 rows and 4 parameters \(1 covariates, 3 effects\)"):
        within(prepare(few, Spec("y", ("x",), ("city", "year"))))


def test_collinear_sets_do_not_depend_on_scale():
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 50))
    x = np.column_stack([a * 1e-9, b * 1e9, c, a - b])
    assert collinear_sets(x, list("abcd")) == [("a", "b", "d")]
    assert collinear_sets(x[:, :3], list("abc")) == []


def test_row_labels_of_a_missing_attribute_are_refused():
    panel = make_panel()
    attributes = panel.attributes.copy()
    attributes.loc["130200", "province"] = None
    holed = CityPanel(panel.frame, attributes=attributes)
    design = prepare(holed, Spec("y", ("x",), ("city",)))
    with pytest.raises(SpecError, match=r"no 'province' for 1 cities \(130200\)"):
        row_labels(holed, design, ["province"])


def test_prepare_leaves_the_panel_alone():
    panel = make_panel()
    before = panel.digest()
    prepare(panel, Spec("y", ("x", "np.log(gdp)"), ("city",), weights="weight"))
    assert panel.digest() == before


@pytest.mark.parametrize("term", ["np.log(gdp)", "gdp:x", "diff(gdp)", "I(gdp / 2)"])
def test_a_covariate_that_contains_the_outcome_is_refused(term):
    with pytest.raises(SpecError, match="the outcome 'gdp' in the covariate"):
        prepare(make_panel(), Spec("gdp", ("x", term), ("city",)))
    lagged = prepare(make_panel(), Spec("gdp", ("x", "lag(gdp)", "lag(np.log(gdp), 2)"), ("city",)))
    assert len(lagged.names) == 3


def test_the_outcome_under_another_name_is_a_perfect_fit():
    panel = make_panel()
    copy = panel.with_variables({"double": 2.0 * panel.column("y") + 3.0})
    with pytest.raises(SpecError, match="a covariate that contains the outcome"):
        fit_fe(copy, Spec("y", ("x", "double"), ("city", "year")))
