"""A user's tables of jobs, investment, prices and flows: what is wrong is found and said."""

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel
from econshrink.core.errors import DataError
from econshrink.core.seeds import generator
from econshrink.data import (
    DriverColumns,
    MedianStep,
    Negative,
    check_drivers,
    check_flow_direction,
    detect,
    load_flows,
    load_jobs,
    load_prices,
)
from econshrink.data.quality.wide import wide

JOBS = DriverColumns(persons=("employees",))


def panel_of(values, variable="employees", first=2008, status=None):
    cities = [f"{230100 + i}" for i in range(len(values))]
    years = range(first, first + len(values[0]))
    index = pd.MultiIndex.from_product([cities, years], names=["city", "year"])
    frame = pd.DataFrame({variable: np.ravel(values)}, index=index)
    flags = None if status is None else pd.DataFrame({variable: np.ravel(status)}, index=index)
    return CityPanel(frame, pd.DataFrame() if flags is None else flags)


def grown(seed, step=0.0, cities=60, years=12, at=6):
    """Levels that grow by some two percent a year, with one step common to most cities."""
    rng = generator("test.driver_tables", seed)
    growth = rng.normal(0.02, 0.04, (cities, years))
    growth[:, at] += step * (rng.random(cities) < 0.8)
    return np.round(np.exp(12 + growth.cumsum(axis=1)))


def test_the_break_of_2013_is_found_in_the_embedded_jobs_and_no_other():
    bare = CityPanel(load_jobs().frame[["employees"]])
    (fault,) = check_drivers(bare, JOBS)
    assert "cities steps by +12.5% from 2012 to 2013" in fault.seen
    assert "from 2013 on only" in fault.remedy
    assert list(MedianStep().steps(wide(bare, "employees"))) == [2013]


def test_a_planted_break_is_found_in_its_year_and_none_without_one():
    hits = sum(
        list(MedianStep().steps(wide(panel_of(grown(seed, step=0.16)), "employees"))) == [2014]
        for seed in range(50)
    )
    false = sum(bool(check_drivers(panel_of(grown(seed)), JOBS)) for seed in range(50))
    assert (hits, false) == (50, 0)


def test_following_the_remedy_silences_the_fault():
    values = grown(3, step=0.15)
    status = np.full(values.shape, "reported", dtype=object)
    assert check_drivers(panel_of(values, status=status), JOBS)
    status[:, 6] = "rebased"
    assert check_drivers(panel_of(values, status=status), JOBS) == ()
    first = panel_of(values[:, :6])
    assert check_drivers(first, JOBS) == ()


def test_few_cities_give_no_verdict_on_a_break():
    assert MedianStep().steps(wide(panel_of(grown(1, 0.5, cities=5)), "employees")) == {}
    assert MedianStep().steps(wide(panel_of([[1.0, 2.0]] * 12), "employees")) == {}


def test_detectors_flag_cells():
    panel = panel_of(grown(3, step=0.15))
    flags = detect(panel, "employees", [MedianStep(), Negative()])
    assert set(flags["year"]) == {2014}
    assert len(flags) == 60
    below = panel_of([[3.0, -1.0, 2.0]], "investment")
    flags = detect(below, "investment", [Negative()])
    assert flags[["year", "rule", "status"]].values.tolist() == [[2009, "negative", "suspect"]]


def test_employees_above_population_and_units_that_differ():
    frame = panel_of(grown(2)).frame
    columns = DriverColumns(persons=("employees",), population="population")
    sound = CityPanel(frame.assign(population=frame["employees"] * 5))
    assert check_drivers(sound, columns) == ()
    slip = sound.frame.copy()
    slip.iloc[7, 1] /= 10
    (fault,) = check_drivers(CityPanel(slip), columns)
    assert fault.seen.startswith(
        "1 figures of employees above population, the first in 230100 2015"
    )
    assert "Mend the cells" in fault.remedy
    (fault,) = check_drivers(CityPanel(frame.assign(population=frame["employees"] / 2000)), columns)
    assert "bring both to persons" in fault.remedy
    assert fault.seen.startswith("720 figures")


def test_negative_investment_is_one_fault_with_its_first_cell():
    panel = panel_of([[3.0, -1.5, 2.0], [-4.0, 5.0, 6.0]], "investment")
    (fault,) = check_drivers(panel, DriverColumns(amounts=("investment",)))
    assert fault.seen == "2 negative figures, the first in 230100 2009 (-1.5)"
    assert fault.where == "column investment"


def index_faults(values, first=2008):
    panel = panel_of(values, "price", first)
    return check_drivers(panel, DriverColumns(indices=("price",)))


def test_an_index_with_its_base_year_or_on_the_year_before_passes():
    levels = grown(5)
    assert index_faults(100 * levels / levels[:, [4]]) == ()
    assert index_faults(levels / levels[:, [0]]) == ()
    rng = generator("test.driver_tables", 9)
    assert index_faults(100 * np.exp(rng.normal(0.03, 0.05, (40, 8)))) == ()
    growth = load_prices().frame[["second_hand_growth"]]
    assert check_drivers(CityPanel(growth), DriverColumns(indices=("second_hand_growth",))) == ()


def test_an_index_without_a_base_or_with_two_is_named():
    levels = grown(5)
    based = 100 * levels / levels[:, [4]]
    (fault,) = index_faults(np.delete(based, 4, axis=1))
    assert fault.seen.startswith("no year in which all cities stand at one value")
    (fault,) = index_faults(levels)
    assert "base" in fault.expected
    anew = based.copy()
    anew[:, 8:] = 100 * levels[:, 8:] / levels[:, [8]]
    (fault,) = index_faults(anew)
    assert fault.seen == "a base in 2012 and 2016: the level starts anew"
    levels = load_prices().frame[["second_hand_mean"]]
    (fault,) = check_drivers(CityPanel(levels), DriverColumns(indices=("second_hand_mean",)))
    assert "no factors on the year before" in fault.seen


def test_unknown_columns_are_named_together():
    with pytest.raises(DataError) as caught:
        check_drivers(panel_of(grown(1)), DriverColumns(("jobs",), ("cash",), (), "people"))
    assert len(caught.value.faults) == 3


def test_flows_without_a_direction():
    week = load_flows().to_frame()
    assert check_flow_direction(week) == ()
    renamed = week.rename(columns={"origin": "city_1", "destination": "city_2"})
    (fault,) = check_flow_direction(renamed)
    assert fault.seen == "columns city_1 and city_2"
    half = week[week["origin"] < week["destination"]]
    (fault,) = check_flow_direction(half)
    assert fault.seen == "78 pairs, each listed one way only"
    turned = week.rename(columns={"origin": "destination", "destination": "origin"})
    both = pd.concat([week, turned])
    summed = both.groupby(["origin", "destination"], as_index=False)["flow"].sum()
    (fault,) = check_flow_direction(summed)
    assert fault.seen == "the same figure both ways in every pair"
    chinese = week.rename(columns={"origin": "来源", "destination": "去向"})
    assert check_flow_direction(chinese) == ()
    yearly = pd.concat([week.assign(year=2019), week.assign(year=2020)])
    assert check_flow_direction(yearly) == ()
    with pytest.raises(DataError, match="saw columns origin, flow"):
        check_flow_direction(week[["origin", "flow"]])
