"""Verbs with one panel or several: a table whose unit and time are named gives the same numbers."""

import numpy as np
import pandas as pd
import pytest

from econshrink import CityPanel, EconshrinkError, data, fit_cox, forecast, identify, shrinkage
from econshrink.shrinkage import NetLoss
from econshrink.survival import score_residual_table
from econshrink.tables import as_panel

WHO = {"unit": "county", "time": "t"}
YEARS = range(2010, 2021)


def people():
    rng = np.random.default_rng(5)
    steps = rng.normal(-0.01, 0.02, (6, len(YEARS))).cumsum(axis=1)
    names = pd.MultiIndex.from_product([[f"Union, {k}" for k in range(6)], YEARS])
    table = names.to_frame(index=False, name=["county", "t"])
    table["population"] = (5e5 * np.exp(steps)).ravel()
    table["built_up_km2"] = np.repeat(np.arange(20.0, 26.0), len(YEARS)) * (table["t"] - 2000)
    return table.sample(frac=1, random_state=2)


ANNUAL = people()
CENSUS = ANNUAL[ANNUAL["t"].isin([2010, 2020])].assign(population=lambda d: d["population"] * 0.98)
PANEL, COUNTED = as_panel(ANNUAL, **WHO), as_panel(CENSUS, **WHO)
LABELS = identify(PANEL, NetLoss("population"), (2010, 2020))
HISTORIES = shrinkage.city_histories(
    PANEL, shrinkage.Watch(shrinkage.ConsecutiveDecline(2), 2, 2011, 2020), stock="population"
)

CALLS = {
    "close_log_linear": lambda one, two, **who: data.close_log_linear(one, two, **who).panel.frame,
    "close_proportional": lambda a, b, **who: data.close_proportional(a, b, **who).panel.frame,
    "close_denton": lambda one, two, **who: data.close_denton(one, two, **who).panel.frame,
    "base_shift": lambda one, two, **who: data.base_shift(one, census=two, **who),
    "guard": lambda one, _, **who: pd.Series(
        [data.guard_within_decade(one, "population", **who) is None], dtype=float
    ),
    "set_aside": lambda one, _, **who: shrinkage.set_aside(
        one, "population", ["suspect"], **who
    ).frame,
    "information_set": lambda one, _, **who: forecast.information_set(
        one, 2020, group=None, censuses=(2010,), **who
    ).level,
    "land_ratios": lambda one, _, **who: shrinkage.land_ratios(
        LABELS, one, (2010, 2020), **who
    ).select_dtypes("number"),
    "expansion_by_label": lambda one, _, **who: shrinkage.expansion_by_label(
        LABELS, panel=one, window=(2010, 2020), **who
    ).select_dtypes("number"),
    "risk_spells": lambda one, _, **who: shrinkage.risk_spells(
        HISTORIES, panel=one, covariates=["built_up_km2"], **who
    ).frame.select_dtypes("number"),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_a_table_gives_what_its_panel_gives(call):
    hard = CALLS[call](PANEL, COUNTED)
    plain = CALLS[call](ANNUAL, CENSUS, **WHO)
    np.testing.assert_array_equal(np.asarray(plain, dtype=float), np.asarray(hard, dtype=float))


@pytest.mark.parametrize("bad", [3, "file.csv", None, ANNUAL.drop(columns="t")])
def test_a_second_table_that_is_none_ends_in_one_sentence(bad):
    with pytest.raises(EconshrinkError) as caught:
        data.close_log_linear(ANNUAL, bad, **WHO)
    assert len(caught.value.faults) == 1


def test_an_optional_panel_may_be_left_out():
    assert len(shrinkage.risk_spells(HISTORIES, panel=None).frame)


def test_score_residuals_of_a_table():
    rng = np.random.default_rng(3)
    life = pd.DataFrame({"T": rng.exponential(size=40) + 0.1, "E": 1, "age": rng.normal(size=40)})
    fit = fit_cox(life, "Surv(T, E) ~ age")
    found = score_residual_table(life, fit)
    assert list(found) == ["age"]
    assert abs(found["age"].sum()) < 1e-6


def test_a_panel_stays_a_panel():
    assert isinstance(shrinkage.set_aside(PANEL, "population", ["suspect"]), CityPanel)
