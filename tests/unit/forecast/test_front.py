"""Project, backtest, score, rank, plot any panel; what is missing is said in notes or one error."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, Country, DataError, SpecError
from econshrink.demography import national_growth
from econshrink.forecast import (
    Background,
    Drift,
    ErrorParts,
    EventQuestion,
    FirstPassage,
    LastValue,
    PathDesign,
    TwoPart,
    already_lost,
    backtest,
    choose_before,
    hold_to_nation,
    information_set,
    paired_gain,
    plot,
    project,
    rank,
    run_path_backtest,
    score,
    split_errors,
    trajectories_table,
    withheld,
    withheld_events,
)
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.storage import from_json, to_json
from econshrink.report import plot_forecast

UNITS = tuple(f"{k:06d}" for k in range(110000, 110024))
YEARS = range(1996, 2021)


def panel(seed=1, province=True, units=UNITS, years=YEARS, missing=()):
    rng = np.random.default_rng(seed)
    drift = rng.normal(-0.002, 0.008, (len(units), 1))
    level = 12 + rng.uniform(0, 2, (len(units), 1))
    level = level + (drift + rng.normal(0, 0.004, (len(units), len(years)))).cumsum(axis=1)
    table = pd.DataFrame(
        [
            (unit, year, np.exp(level[i, t]))
            for i, unit in enumerate(units)
            for t, year in enumerate(years)
            if (unit, year) not in missing
        ],
        columns=["city", "year", "population"],
    )
    kept = pd.DataFrame({"region": [f"r{i % 4}" for i in range(len(units))]}, index=list(units))
    return CityPanel.from_long(table, attributes=kept if province else None)


def test_a_bare_panel_is_projected_and_the_gaps_are_said():
    made = project(panel(province=False), 2025, draws=200)
    assert made.years == tuple(range(2021, 2026))
    text = " ".join(made.notes)
    for said in ("No province", "No census declared", "No ages", "held to no nation"):
        assert said in text
    assert made.of("people") is made
    assert list(made.part_sizes(2025).columns) == ["demography", "nation", "rebasing"]
    assert len(rank(made).frame) == len(UNITS)


def test_a_census_ahead_is_a_part_of_its_own():
    country = Country(group="region", censuses=(2000, 2010, 2020, 2030))
    made = project(panel(), 2031, country=country, draws=300)
    people = made.of("people")
    assert "rebasing" not in people.parts
    assert np.array_equal(made.at(2029), made.of("published").at(2029))
    assert made.at(2029) == pytest.approx(people.at(2029))
    sizes = made.part_sizes(2031)
    assert (sizes["rebasing"] > 0).all()
    assert made.part_sizes(2029)["rebasing"].max() < 1e-12
    assert np.median(made.at(2031), axis=1) == pytest.approx(np.median(people.at(2031), axis=1))
    again = from_json(to_json(made))
    assert np.array_equal(again.of("people").draws, people.draws)
    with pytest.raises(DataError, match="people or published"):
        made.of("persons")


def test_people_and_published_add_up_to_the_same_nation():
    country = Country(group="region", censuses=(2000, 2010, 2020, 2030))
    data = panel()
    made = project(data, 2031, country=country, draws=200)
    total = 1.5 * data.wide("population")[2020].sum()
    paths = total * np.exp(np.random.default_rng(0).normal(0, 0.003, (1, 11, 200)).cumsum(axis=1))
    nation = Forecast(("nation",), made.years, paths, np.array([total]), 2020, 2020, "walk")
    held = hold_to_nation(made, nation, data.wide("population")[2020].to_numpy())
    for kind in ("people", "published"):
        parts = held.of(kind)
        sums = parts.units.draws.sum(axis=0) + parts.rest.draws[0]
        assert np.abs(sums / held.nation.draws[0] - 1).max() < 1e-12
    assert np.array_equal(held.of("people").nation.draws, held.nation.draws)


def test_a_census_that_seems_due_is_said():
    made = project(panel(), 2031, country=Country("region", censuses=(2000, 2010, 2020)), draws=20)
    assert "A census seems due in 2030" in " ".join(made.notes)
    late = project(panel(), 2031, country=Country("region", censuses=(2030,)), draws=20)
    assert "No past census in the figures" in " ".join(late.notes)


def test_units_that_start_late_or_end_early_are_left_out_with_a_note():
    gone = {(UNITS[0], year) for year in YEARS if year < 2019}
    gone |= {(UNITS[1], year) for year in YEARS if year > 2015}
    gone |= {(UNITS[2], 2020)}
    made = project(panel(missing=gone), 2022, country=Country("region"), draws=20)
    assert set(UNITS) - set(made.cities) == {UNITS[0], UNITS[1]}
    said = " ".join(made.notes)
    assert "series too short or broken" in said
    assert "no recent figure" in said
    assert f"1 unit starts from a figure before 2020: {UNITS[2]}" in said


def test_scores_of_a_backtest():
    found = backtest(panel(), country=Country("region"), draws=100, horizons=(1, 3))
    table = score(found)
    assert table.loc[(1, "last value"), "gain"] == 0
    assert table.loc[(3, "mixture"), "gain"] > 0.1
    assert table.loc[(3, "mixture"), "independent"] < table.loc[(3, "mixture"), "origins"]
    cases = found.cases[found.cases["horizon"] == 3]
    gain = paired_gain(cases, "mixture", "last value", rng=1)
    assert gain.low < gain.gain < gain.high
    assert gain.groups == 4
    free = choose_before(found.cases, 2018, "last value")
    assert free.model == free.ratios.index[0] != "last value"
    assert choose_before(found.cases, 2018, "last value", "drift", 1.0).model == "drift"
    with pytest.raises(DataError, match="0 cases before 1990"):
        choose_before(found.cases, 1990, "last value")
    assert set(withheld(found)) == {1, 3}
    assert np.isnan(table.loc[(1, "drift"), "skill_logit_05"])  # no unit lost that much in a year
    same = split_errors(found.cases, found.cases, ["horizon"])
    assert same["demography"].to_numpy() == pytest.approx(1)
    assert same["rebasing"].to_numpy() == pytest.approx(0)


def test_medians_of_the_last_value_are_exact():
    made = project(panel(), 2025, country=Country("region"), model=LastValue(), draws=101)
    now = panel().wide("population")[2020].to_numpy()
    assert np.median(made.at(2025), axis=1) == pytest.approx(now, rel=1e-12)
    shown = already_lost(made, panel().wide("population")[2020], 0.05, 2025)
    assert shown["lost"].to_numpy() == pytest.approx(0)


def test_a_nation_without_ages_by_unit():
    natural = national_growth(UNITS, -0.001, first_origin=1996, last_year=2040)
    made = project(
        panel(), 2025, country=Country("region"), known=Background(natural=natural), draws=20
    )
    assert "no ages by unit" in " ".join(made.notes)
    short = national_growth(UNITS, -0.001, first_origin=1996, last_year=2022)
    with pytest.raises(DataError, match="natural growth until 2022"):
        project(panel(), 2025, country=Country("region"), known=Background(natural=short), draws=20)


def test_one_sentence_for_bad_input():
    data = panel()
    with pytest.raises(SpecError, match="no attribute 'province'"):
        project(data, 2025, country=Country("province"))
    with pytest.raises(SpecError, match="censuses"):
        Country(censuses=(2010, 2000))
    with pytest.raises(SpecError, match="last year 2019"):
        project(data, 2019)
    with pytest.raises(SpecError, match="a later year"):
        project(data, 2025, origin=1990)
    with pytest.raises(DataError, match="no unit that can be projected"):
        project(panel(years=range(2019, 2021)), 2025)
    for bad in (0.0, -5.0):
        wrong = data.frame.copy()
        wrong.iloc[3, 0] = bad
        with pytest.raises(DataError, match="persons above zero"):
            project(CityPanel(wrong, attributes=data.attributes), 2025)
    twice = pd.concat([data.frame.reset_index()] * 2)
    with pytest.raises(DataError):
        CityPanel.from_long(twice)
    with pytest.raises(DataError, match="no model 'none'"):
        score(backtest(data, draws=20, horizons=(1,), origins=(2015,)), "none")
    with pytest.raises(DataError, match="more than 7 years"):
        backtest(panel(years=range(2014, 2021)), draws=20, horizons=(1,))
    with pytest.raises(SpecError, match="half-life above 0"):
        ErrorParts(half_life=0)
    found = backtest(data, draws=20, horizons=(1, 2), origins=(2015,), models={"a": Drift()})
    with pytest.raises(DataError, match="the same cases of one horizon"):
        paired_gain(found.cases, "a", "a")


def shaped(count, first, last, attribute, seed):
    """A table of another country: its own years, groups and sizes, no ages, no statuses."""
    units = tuple(f"{k:06d}" for k in range(500000, 500000 + count))
    rng = np.random.default_rng(seed)
    years = range(first, last + 1)
    level = rng.uniform(7, 13, (count, 1)) + rng.normal(0, 0.006, (count, 1)) * np.arange(
        len(years)
    )
    level = level + rng.normal(0, 0.003, level.shape).cumsum(axis=1)
    table = pd.DataFrame(
        {
            "city": np.repeat(units, len(years)),
            "year": np.tile(list(years), count),
            "population": np.exp(level).round().ravel(),
        }
    )
    groups = pd.DataFrame({attribute: [f"g{k % 8}" for k in range(count)]}, index=list(units))
    return CityPanel.from_long(table, attributes=groups)


@pytest.mark.parametrize(
    ("count", "first", "last", "attribute", "censuses"),
    [
        (60, 1961, 2020, "country", (1971, 1981, 1991, 2001, 2011, 2021)),  # Europe's regions
        (40, 2005, 2023, "province", ()),  # Korea's register
        (120, 2000, 2020, "state", (2000, 2010, 2020, 2030)),  # counties
    ],
)
def test_panels_of_other_shapes(count, first, last, attribute, censuses):
    data = shaped(count, first, last, attribute, count)
    country = Country(attribute, censuses=censuses)
    made = project(data, last + 5, country=country, draws=60)
    assert len(made.cities) == count
    found = backtest(
        data, country=country, draws=60, horizons=(1, 3), origins=range(last - 6, last - 2)
    )
    table = score(found)
    assert (table["gain"].xs("mixture", level="model") > 0).all()
    assert len(rank(made).frame) == count
    assert len(trajectories_table(made)) == count * 5 * 60
    whole = trajectories_table(made).groupby(["year", "trajectory"])["population"].sum()
    assert whole.loc[last + 5].to_numpy() == pytest.approx(made.at(last + 5).sum(axis=0))


def test_a_forecast_is_drawn_behind_its_figures():
    made = project(panel(), 2025, country=Country("region"), draws=50)
    figure = plot_forecast(made, panel())
    assert sum(axes.get_visible() for axes in figure.axes) >= 6


def test_a_table_is_drawn_as_it_was_projected():
    """With names of its own for unit, time and variable."""
    table = panel().frame.reset_index().set_axis(["fips", "t", "people"], axis=1)
    named = {"unit": "fips", "time": "t"}
    made = project(table, 2025, variable="people", draws=50, **named)
    figure = plot(made, table, UNITS[:2], **named)
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == list(UNITS[:2])
    known = figure.axes[0].get_lines()[0].get_ydata()
    assert known[-1] * 1e6 == pytest.approx(table[table["fips"] == UNITS[0]]["people"].iloc[-1])
    assert len(plot(made).axes) == 1
    with pytest.raises(SpecError, match=r"Write plot\(forecast, data, cities\)"):
        plot(made, cities=UNITS[:2])
    with pytest.raises(DataError, match="no forecast or no name of elsewhere"):
        plot(made, table, ["elsewhere"], **named)


def test_events_on_paths_take_errors_in_parts_and_are_withheld_without_skill():
    view = information_set(panel(), 2020, group="region", censuses=())
    question = EventQuestion("loss", lambda _: FirstPassage(0.03, 3), 3)
    design = PathDesign(
        tuple(range(2008, 2017)), 2012, {"loss": question}, draws=60, spreading=ErrorParts()
    )
    assert not design.recalibrated
    models = {"damped": Drift(damping=0.8), "wrong": TwoPart(growing())}
    found = run_path_backtest(view.until, view, models, None, None, design)
    table = withheld_events(found)
    assert not table.loc[("loss", "damped"), "withheld"]
    assert table.loc[("loss", "damped"), "skill"] > table.loc[("loss", "wrong"), "skill"]
    flat = replace(found, cases=found.cases.assign(chance=found.cases["climatology"]))
    assert withheld_events(flat)["withheld"].all()


def growing():
    return national_growth(UNITS, 0.05, first_origin=1996, last_year=2040)


def test_a_truth_of_other_labels_or_units_is_told_and_the_remedies_work():
    data, origins = panel(), (2012,)
    truth = data.wide("population")
    usual = {"drift": Drift()}
    base = backtest(data, models=usual, origins=origins, draws=20).cases["crps"]
    wrong = truth.set_axis(truth.columns.astype(str), axis=1)
    with pytest.raises(DataError, match="years as integers"):
        backtest(data, models=usual, origins=origins, truth=wrong, draws=20)
    wrong.columns = wrong.columns.astype(str).astype(int)
    again = backtest(data, models=usual, origins=origins, truth=wrong, draws=20).cases["crps"]
    assert again.tolist() == pytest.approx(base.tolist())
    with pytest.raises(DataError, match="the panel's units"):
        backtest(data, models=usual, origins=origins, truth=truth.set_axis(range(len(truth))))
    with pytest.raises(DataError, match=r"0.0001 times the panel's"):
        backtest(data, models=usual, origins=origins, truth=truth / 1e4)


def test_figures_every_five_years_and_losses_that_are_no_shares_are_told():
    data = panel()
    with pytest.raises(DataError, match="figures every 5 years"):
        project(data.select(years=[y for y in data.years if y % 5 == 0]), 2025)
    made = project(data, 2025, model=LastValue(), draws=20)
    now = data.wide("population")[2020]
    for loss in (5, 1.0):
        with pytest.raises(DataError, match=r"Write 0\.05 for 5 percent"):
            rank(made, loss)
    with pytest.raises(SpecError, match="share of the base in"):
        already_lost(made, now, 5.0, 2025)
    with pytest.raises(DataError, match="no figure of"):
        already_lost(made, now.iloc[1:], 0.05, 2025)
    with pytest.raises(DataError, match="dates in 'now'"):
        already_lost(made, pd.Series(pd.Timestamp("2020-01-01"), now.index), 0.05, 2025)


def test_a_forecast_names_what_it_forecasts():
    people = panel()
    staff = people.with_variables({"staff": people.frame["population"] / 3})
    made = project(staff, 2022, variable="staff", draws=20)
    assert str(made).startswith("Forecast of staff, 2021–2022")
    assert "persons" not in str(made)
    assert str(project(people, 2022, draws=20)).startswith("Forecast of population")
    assert from_json(to_json(made)).variable == "staff"
    with pytest.raises(SpecError, match="Write last_year=2030, a year"):
        project(people, horizon=3)
