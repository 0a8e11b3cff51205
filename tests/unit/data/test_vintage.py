"""Vintages: releases, pseudo-vintages of a compilation, and their refusals."""

import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.data import close_china, close_log_linear, load_china
from econshrink.data.vintage import Publication, pseudo_vintage
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.storage import from_json, to_json


def releases(**more):
    return pd.DataFrame(
        {
            "city": "230400",
            "year": [2010, 2011, 2010, 2012],
            "variable": ["population", "population", "population", "jobs"],
            "value": [100.0, 99.0, 105.0, 7.0],
            "published": [2011, 2012, 2013, 2013],
            **more,
        }
    )


def test_the_latest_release_by_then_counts():
    early, late = pseudo_vintage(releases(), 2012), pseudo_vintage(releases(), 2013)
    assert early.panel.wide("population").loc["230400"].tolist() == [100.0, 99.0]
    assert early.panel.variables == ("population",)
    assert late.panel.column("population")["230400"][2010] == 105.0
    assert late.panel.column("jobs")["230400"][2012] == 7.0
    assert (early.pseudo, early.kind) == (False, "vintage")
    assert early.dropped.to_numpy().tolist() == [
        ["jobs", "reported", 1],
        ["population", "reported", 1],
    ]
    again = from_json(to_json(early))
    assert again.known_in == 2012
    assert again.panel.digest() == early.panel.digest()


def test_statuses_and_the_synthetic_mark_come_along():
    table = releases(status=["reported", "suspect", "revised", "reported"], synthetic=True)
    panel = pseudo_vintage(table, 2013).panel
    assert panel.status.loc[("230400", 2010), "population"] == "revised"
    assert panel.status.loc[("230400", 2011), "population"] == "suspect"
    assert panel.synthetic


def test_releases_that_cannot_be():
    with pytest.raises(DataError, match="no column published"):
        pseudo_vintage(releases().drop(columns="published"), 2013)
    with pytest.raises(DataError, match="2 problems"):
        pseudo_vintage(releases(published=[2011, 2010, None, 2013]), 2013)
    with pytest.raises(DataError, match="several releases of 2010 in 2011"):
        pseudo_vintage(releases(published=[2011, 2012, 2011, 2013]), 2013)
    with pytest.raises(DataError, match="status guess"):
        pseudo_vintage(releases(status="guess"), 2013)
    with pytest.raises(DataError, match="2011 or later"):
        pseudo_vintage(releases(), 2010)


def compilation():
    index = pd.MultiIndex.from_product([["230400"], range(2010, 2016)], names=["city", "year"])
    status = ["reported", "interpolated", "interpolated", "reported", "rebased", "interpolated"]
    return CityPanel(
        pd.DataFrame({"population": [1.0, 2, 3, 4, 5, 6]}, index),
        pd.DataFrame({"population": status}, index),
        source="yearbooks",
    )


def test_a_compilation_gives_pseudo_vintages():
    vintage = pseudo_vintage(compilation(), 2013)
    assert (vintage.pseudo, vintage.panel.years) == (True, (2010,))
    assert "pseudo-vintage of one compilation, as known in 2013" in vintage.panel.source
    assert pseudo_vintage(compilation(), 2014).panel.years == (2010, 2011, 2012, 2013)
    late = pseudo_vintage(compilation(), 2030)
    assert late.panel.years == (2010, 2011, 2012, 2013)  # rewritten, and nothing to anchor 2015
    assert late.dropped.to_numpy().tolist() == [
        ["population", "interpolated", 1],
        ["population", "rebased", 1],
    ]
    known = Publication(rewritten={"rebased": 2021})
    assert pseudo_vintage(compilation(), 2020, known).panel.years == (2010, 2011, 2012, 2013)
    assert pseudo_vintage(compilation(), 2021, known).panel.years == (2010, 2011, 2012, 2013, 2014)
    with pytest.raises(DataError, match="2011 or later"):
        pseudo_vintage(compilation(), 2010)


def test_publication_options():
    assert pseudo_vintage(compilation(), 2010, Publication(lag=0)).panel.years == (2010,)
    with pytest.raises(SpecError, match="0 or more"):
        Publication(lag=-1)
    with pytest.raises(SpecError, match="statuses suspect"):
        Publication(rewritten={"suspect": 2021})


def test_china_as_known_before_the_census_of_2020():
    raw = pseudo_vintage(load_china(), 2016)
    assert raw.panel.years[-1] == 2015
    closed = pseudo_vintage(close_china().panel, 2016).panel
    moved = close_china().panel.status["population"] == "estimated"
    left = closed.frame["population"].dropna().index
    assert not moved.reindex(left).any()
    assert closed.frame["population_raw"].notna().sum() > 1500


def test_a_closed_cell_that_kept_its_flag_still_waits_for_the_census():
    years = range(2010, 2021)
    index = pd.MultiIndex.from_product([["230400"], years], names=["city", "year"])
    status = pd.DataFrame(
        {"population": ["suspect" if y == 2013 else "reported" for y in years]}, index
    )
    annual = CityPanel(pd.DataFrame({"population": [100.0] * 10 + [80.0]}, index), status)
    ends = annual.select(years=[2010, 2020])
    closed = close_log_linear(annual, ends).panel
    assert closed.status.loc[("230400", 2013), "population"] == "suspect"
    known = pseudo_vintage(closed, 2016).panel.frame
    assert known["population"].dropna().index.tolist() == [("230400", 2010)]
    assert known["population_raw"].notna().sum() == 6
    late = pseudo_vintage(closed, 2021, Publication(rewritten={"estimated": 2021})).panel.frame
    assert late["population"].notna().all()
