"""Promises of docstrings that no other test holds, each by its own identity."""

import itertools

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, data, flows, forecast, shrinkage
from econshrink.core.errors import SpecError
from econshrink.forecast.backtesting.paired import split_errors


def test_polycentricity_has_the_same_ends_whatever_the_number_of_cities():
    for n in (3, 10, 200):
        assert flows.polycentricity(np.full(n, 7.0)) == pytest.approx(1.0)
        assert flows.polycentricity(np.eye(n)[0]) == pytest.approx(0.0, abs=1e-12)


def test_fair_crps_of_few_draws_is_that_of_many_on_average():
    rng = np.random.default_rng(0)
    draws, truth = rng.normal(size=7), np.array([0.3])
    few = [
        forecast.crps(np.array([draws[list(chosen)]]), truth, fair=True)[0]
        for chosen in itertools.combinations(range(7), 3)
    ]
    assert np.mean(few) == pytest.approx(forecast.crps(draws[None], truth, fair=True)[0])
    biased = [
        forecast.crps(np.array([draws[list(chosen)]]), truth)[0]
        for chosen in itertools.combinations(range(7), 3)
    ]
    assert np.mean(biased) > forecast.crps(draws[None], truth)[0]


def test_shares_of_the_choices_add_up_to_the_main_effects():
    rng = np.random.default_rng(1)
    grid = pd.DataFrame(list(itertools.product("ab", "xyz", "uv")), columns=["p", "q", "r"])
    grid["share"] = rng.random(len(grid))
    found = shrinkage.variance_decomposition(grid, ["p", "q", "r"])["share"]
    dummies = pd.get_dummies(grid[["p", "q", "r"]], drop_first=True).to_numpy(float)
    x = np.column_stack([np.ones(len(grid)), dummies])
    left = grid["share"] - x @ np.linalg.solve(x.T @ x, x.T @ grid["share"])
    main = 1 - (left**2).sum() / ((grid["share"] - grid["share"].mean()) ** 2).sum()
    assert found.drop("interactions").sum() == pytest.approx(main)
    assert found.sum() == pytest.approx(1.0)


def test_squared_errors_are_split_without_a_rest():
    rng = np.random.default_rng(2)
    keys = {"model": "m", "origin": 2010, "horizon": 5, "city": [f"{i:06d}" for i in range(30)]}
    median = rng.normal(12, 1, 30)
    published = pd.DataFrame({**keys, "truth": median + rng.normal(0, 0.1, 30), "median": median})
    closed = published.assign(truth=published["truth"] + rng.normal(0, 0.05, 30))
    found = split_errors(published, closed, ["horizon"])
    assert (found["demography"] + found["rebasing"]).tolist() == pytest.approx([1.0])


def test_a_cell_set_aside_is_as_if_never_published():
    frame = pd.DataFrame({"city": "110000", "year": [2010, 2011], "population": [1.0, 2.0]})
    index = pd.MultiIndex.from_frame(frame[["city", "year"]])
    status = pd.DataFrame({"population": ["reported", "suspect"]}, index)
    panel = CityPanel.from_long(frame, status=status)
    held = shrinkage.set_aside(panel, "population", ["suspect"])
    only = CityPanel.from_long(frame.assign(population=[1.0, np.nan]), status=status.where(
        status["population"].eq("reported").to_numpy()[:, None]))  # fmt: skip
    assert held.column("population").isna().tolist() == [False, True]
    assert held.digest() == only.digest()


def test_imputed_figures_are_observed_figures():
    rng = np.random.default_rng(3)
    rows = [(f"{i:06d}", t) for i in range(15) for t in range(2010, 2016)]
    frame = pd.DataFrame(rows, columns=["city", "year"])
    frame[["y", "x"]] = rng.normal(size=(len(frame), 2))
    gaps = frame.assign(y=frame["y"].where(rng.random(len(frame)) > 0.2))
    seen = set(gaps["y"].dropna())
    made = data.impute(CityPanel.from_long(gaps), ["y"], 2, rng, auxiliary=["x"])
    for panel in made.panels:
        assert set(panel.column("y")) <= seen


@pytest.mark.parametrize("window", [(2010, 2015), (2010, 2013)])
def test_a_window_without_halves_is_refused(window):
    frame = pd.DataFrame({"city": "110000", "year": range(2010, 2016), "population": 1.0})
    frame["real_output"] = 1.0
    with pytest.raises(SpecError):
        shrinkage.identify(CityPanel.from_long(frame), shrinkage.CompositeDegree(), window)
