"""The verbs on real tables of other countries, and on a table shaped like counties."""

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, Country, DataError
from econshrink.data import load_europe, load_korea
from econshrink.forecast import Background, backtest, project, rank, score
from econshrink.report import plot_forecast


def europe():
    table = load_europe().groupby(["region", "year"], as_index=False)["population"].sum()
    rows = table.set_axis(["city", "year", "population"], axis=1)
    names = rows["city"].unique()
    place = pd.DataFrame({"country": [name[:2] for name in names]}, index=list(names))
    return CityPanel.from_long(rows, attributes=place), Country("country")


def korea():
    rows = load_korea()[["unit", "year", "population"]].dropna()
    rows = rows.set_axis(["city", "year", "population"], axis=1)
    return CityPanel.from_long(rows.astype({"city": str})), Country()


@pytest.mark.parametrize("make", [europe, korea])
def test_counts_five_years_apart_are_refused_in_one_sentence(make):
    data, country = make()
    with pytest.raises(DataError, match="figures every 5 years") as caught:
        project(data, data.years[-1] + 5, country=country, draws=20)
    assert len(caught.value.faults) == 1
    with pytest.raises(DataError):
        backtest(data, country=country, draws=20)


def yearly(make):
    """The same units with a figure every year between their counts, as a register would print."""
    data, country = make()
    wide = data.wide("population").dropna(axis=1, how="all").dropna()
    years = range(data.years[0] - 10, data.years[-1] + 1)
    log = np.log(wide)
    slope = (log.iloc[:, -1] - log.iloc[:, 0]) / (data.years[-1] - data.years[0])
    noise = np.random.default_rng(5).normal(0, 0.003, (len(wide), len(years))).cumsum(axis=1)
    level = log.iloc[:, [-1]].to_numpy() + slope.to_numpy()[:, None] * (np.array(years) - years[-1])
    rows = pd.DataFrame(np.exp(level + noise), index=wide.index, columns=list(years))
    long = rows.stack().rename("population").rename_axis(["city", "year"]).reset_index()
    place = data.attributes.loc[list(wide.index)] if len(data.attributes.columns) else None
    return CityPanel.from_long(long, attributes=place), country


def counties(count=2000, years=range(2006, 2023)):
    rng = np.random.default_rng(2)
    units = [f"{1 + k // 60:02d}{1 + k % 60:03d}" for k in range(count)]
    drift = rng.normal(-0.002, 0.008, (count, 1))
    level = rng.uniform(8, 13, (count, 1)) + drift * np.arange(len(years))
    level = level + rng.normal(0, 0.003, level.shape).cumsum(axis=1)
    table = pd.DataFrame(
        {
            "city": np.repeat(units, len(years)),
            "year": np.tile(list(years), count),
            "population": np.exp(level).round().ravel(),
        }
    )
    place = pd.DataFrame({"state": [unit[:2] for unit in units]}, index=units)
    return CityPanel.from_long(table, attributes=place), Country(
        "state", censuses=(2010, 2020, 2030)
    )


@pytest.mark.parametrize(
    "make",
    [lambda: yearly(europe), lambda: yearly(korea), counties],
    ids=["europe", "korea", "counties"],
)
def test_five_verbs_and_what_is_missing(make):
    data, country = make()
    last = data.years[-1]
    made = project(data, last + 3, country=country, draws=40)
    said = " ".join(made.notes)
    assert "No ages" in said
    assert "ages" not in made.model
    assert ("No province" in said) == (country.group is None)
    assert ("No census declared" in said) == (not country.censuses)
    left = len(data.cities) - len(made.cities)
    assert left == 0 or " left out, " in said
    assert rank(made).frame["probability"].between(0, 1).all()
    found = backtest(data, country=country, draws=30, horizons=(1, 3), origins=(last - 5, last - 4))
    table = score(found)
    assert set(table.index.get_level_values("model")) >= {"last value", "mixture"}
    assert np.isfinite(table["crps"]).all()
    assert plot_forecast(made, data).axes


def test_a_unit_whose_figures_do_not_join_is_left_out_and_said():
    data, country = counties(60)
    frame = data.frame.copy()
    unit = data.cities[7]
    late = frame.index.get_level_values("year") >= 2021
    mine = frame.index.get_level_values("city") == unit
    frame.loc[late & mine, "population"] *= 0.7  # a part of it went to a neighbour
    broken = CityPanel(frame, attributes=data.attributes)
    made = project(broken, 2025, country=country, draws=20)
    assert unit not in made.cities
    assert f"a step of 36% a year since 2017: {unit}" in " ".join(made.notes).replace("35%", "36%")
    kept = project(broken, 2025, country=country, draws=20, known=Background(joins=1.0))
    assert unit in kept.cities
    census = frame.copy()  # the same step into a census year is the census's
    census.loc[mine, "population"] = data.frame.loc[mine, "population"]
    after = census.index.get_level_values("year") >= 2020
    census.loc[after & mine, "population"] *= 0.7
    assert (
        unit
        in project(
            CityPanel(census, attributes=data.attributes), 2025, country=country, draws=20
        ).cities
    )


def test_no_unit_that_joins_is_one_sentence():
    data, country = counties(6)
    frame = data.frame.copy()
    frame.loc[frame.index.get_level_values("year") >= 2021, "population"] *= 0.5
    with pytest.raises(DataError, match="no unit that can be projected"):
        project(CityPanel(frame, attributes=data.attributes), 2025, country=country, draws=20)
