"""Verbs on panels take any table whose unit and time are named."""

import numpy as np
import pandas as pd
import pytest

from econshrink import DataError, SpecError, identify
from econshrink.data import detect_all
from econshrink.forecast import backtest, project
from econshrink.shrinkage import NetLoss, log_growth, registered, severity
from econshrink.tables import as_panel


def counties() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    level = rng.normal(10, 0.5, 12).repeat(15) - 0.01 * np.tile(np.arange(15), 12)
    fips = np.repeat([f"{k:05d}" for k in range(12)], 15)
    people = np.exp(level + rng.normal(0, 0.01, 180))
    return pd.DataFrame({"fips": fips, "yr": np.tile(np.arange(2006, 2021), 12), "pop": people})


NAMES = {"unit": "fips", "time": "yr"}


def test_a_table_and_its_panel_give_the_same_labels_in_any_order():
    table, window = counties(), (2006, 2020)
    panel = identify(as_panel(table, **NAMES), NetLoss("pop"), window)
    for given in (table, table.sample(frac=1.0, random_state=0), table.set_index(["fips", "yr"])):
        names = NAMES if "fips" in given.columns else {}
        found = identify(given, NetLoss("pop"), window, **names)
        assert found.frame.equals(panel.frame)
    assert "(pop, 2006–2020;" in str(panel)


def test_forecasts_of_a_table_equal_those_of_its_panel():
    table, panel = counties(), as_panel(counties(), **NAMES)
    options = {"variable": "pop", "draws": 20, "rng": 3}
    ours = project(table, 2023, **options, **NAMES)
    assert np.array_equal(ours.draws, project(panel, 2023, **options).draws)
    cases = backtest(table, variable="pop", draws=20, **NAMES).cases
    assert cases.equals(backtest(panel, variable="pop", draws=20).cases)


def test_the_other_verbs_of_a_panel_too():
    table = counties()
    own = table.rename(columns={"pop": "population"})
    assert len(severity(own, (2006, 2020), **NAMES)) == 12
    assert len(log_growth(table, "pop", **NAMES)) == 180
    assert detect_all(table, **NAMES) is not None


def test_what_is_missing_is_told_in_one_sentence():
    with pytest.raises(DataError, match="no unit= and no time="):
        identify(counties(), NetLoss("pop"), (2006, 2020))
    with pytest.raises(SpecError, match="no table in identify"):
        identify(rule=NetLoss("pop"))
    with pytest.raises(SpecError, match="registered"):
        identify(counties(), "census_loss", (2006, 2020), **NAMES)
    rule = registered()["census_loss"][0]
    people = counties().rename(columns={"pop": "population"})
    assert identify(people, rule, (2006, 2020), **NAMES).units == 12
