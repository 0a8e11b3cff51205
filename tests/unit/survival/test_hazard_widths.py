"""A hazard fitted on one length of period, predicted over rows of another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError
from econshrink.core.seeds import generator
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.penalised import Ridge
from econshrink.survival.discrete.design import (
    Duration,
    DurationDummies,
    DurationLog,
    DurationPolynomial,
    DurationSpline,
    split_periods,
)
from econshrink.survival.discrete.hazard import fit_discrete_hazard
from econshrink.survival.discrete.likelihood import Cloglog, Link, Logit
from econshrink.survival.discrete.prediction import (
    marginal_effects,
    predict_hazard,
    predict_onset,
)
from econshrink.survival.discrete.ridge import fit_discrete_ridge

DURATIONS = [
    DurationPolynomial(0),
    DurationPolynomial(2),
    DurationLog(),
    DurationSpline((1, 3, 5)),
    DurationDummies(),
]


def yearly(cities: int = 200, years: int = 6, width: float = 1.0) -> SpellTable:
    draw = generator("unit.widths")
    year = np.tile(np.arange(years), cities)
    x = draw.normal(size=cities * years)
    hazard = -np.expm1(-np.exp(-2.4 + 0.3 * x + 0.1 * year))
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"{i:04d}" for i in range(cities)], years),
            "start": width * year,
            "stop": width * (year + 1),
            "event": (draw.random(cities * years) < hazard).astype(int),
            "x": x,
            "known": 0.2 * draw.normal(size=cities * years),
        }
    )
    return SpellTable(frame, rule_id="unit")


def path(*edges: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"path": "p", "start": edges[:-1], "stop": edges[1:], "x": 0.4, "known": 0.1}
    )


def chance(fit: Estimate, *edges: float) -> float:
    return float(predict_onset(fit, path(*edges)).frame["estimate"].iloc[-1])


def test_five_years_in_one_row_by_hand() -> None:
    """Two events in twelve yearly rows: a hazard of 1/6, and over five years 1 - (5/6)^5."""
    rows = SpellTable(
        pd.DataFrame(
            {
                "city": [f"{i:02d}" for i in range(12)],
                "start": 0,
                "stop": 1,
                "event": [1, 1] + [0] * 10,
            }
        ),
        rule_id="unit",
    )
    for link in (Cloglog(), Logit()):
        fit = fit_discrete_hazard(rows, [], link=link, duration=DurationPolynomial(0))
        whole = pd.DataFrame({"path": ["p"], "start": [0.0], "stop": [5.0]})
        expected = 1 - (5 / 6) ** 5
        assert predict_hazard(fit, whole).frame["estimate"][0] == pytest.approx(expected, rel=1e-9)
        assert predict_onset(fit, whole).frame["estimate"][1] == pytest.approx(expected, rel=1e-9)
    fit = fit_discrete_hazard(rows, [], duration=DurationPolynomial(0))
    quarter = pd.DataFrame({"path": ["p"], "start": [0.0], "stop": [0.25]})
    expected = 1 - (5 / 6) ** 0.25
    assert predict_hazard(fit, quarter).frame["estimate"][0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("duration", DURATIONS)
@pytest.mark.parametrize("link", [Cloglog(), Logit()])
def test_one_long_row_is_its_years(duration: Duration, link: Link) -> None:
    fit = fit_discrete_hazard(yearly(), ["x"], link=link, duration=duration, offset="known")
    years = predict_onset(fit, path(0, 1, 2, 3, 4, 5)).frame.iloc[-1]
    whole = predict_onset(fit, path(0, 5)).frame.iloc[-1]
    mixed = predict_onset(fit, path(0, 2, 5)).frame.iloc[-1]
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        assert whole[column] == pytest.approx(years[column], rel=1e-12)
        assert mixed[column] == pytest.approx(years[column], rel=1e-12)
    row = predict_hazard(fit, path(0, 5)).frame.iloc[0]
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        assert row[column] == pytest.approx(years[column], rel=1e-12)
    late = predict_hazard(fit, path(2, 5)).frame["estimate"][0]
    survived = (1 - years["estimate"]) / (1 - chance(fit, 0, 1, 2))
    assert late == pytest.approx(1 - survived, rel=1e-12)


@pytest.mark.parametrize("duration", DURATIONS)
def test_quarters_of_a_year_make_the_year(duration: Duration) -> None:
    fit = fit_discrete_hazard(yearly(), ["x"], duration=duration, offset="known")
    quarters = np.arange(0, 2.25, 0.25)
    assert chance(fit, *quarters) == pytest.approx(chance(fit, 0, 1, 2), rel=1e-12)
    assert chance(fit, 0, 0.4, 1.7, 2) == pytest.approx(chance(fit, 0, 1, 2), rel=1e-12)
    single = predict_hazard(fit, path(0, 0.25)).frame.iloc[0]
    year = predict_hazard(fit, path(0, 1)).frame.iloc[0]
    for column in ("estimate", "conf_low", "conf_high"):
        assert 1 - single[column] == pytest.approx((1 - year[column]) ** 0.25, rel=1e-9)


def test_a_logit_cannot_be_divided() -> None:
    fit = fit_discrete_hazard(yearly(), ["x"], link=Logit(), duration=DurationPolynomial(1))
    for predict in (predict_hazard, predict_onset):
        with pytest.raises(DataError, match=r"(?s)0\.25 units of time.*whole periods"):
            predict(fit, path(0, 0.25, 0.5))
    divisible = fit_discrete_hazard(yearly(), ["x"], duration=DurationPolynomial(1))
    assert len(predict_hazard(divisible, path(0, 0.25, 0.5)).frame) == 2  # as the remedy says


def test_the_periods_are_those_of_the_fit() -> None:
    """Months counted in twelfths of a year: a year is twelve of them, a fraction of .1 is exact."""
    for width in (1 / 12, 0.1, 5.0):
        fit = fit_discrete_hazard(yearly(width=width), ["x"], duration=DurationDummies())
        assert fit.spec.width == pytest.approx(width)
        edges = [width * k for k in range(6)]
        assert chance(fit, 0, 5 * width) == pytest.approx(chance(fit, *edges), rel=1e-12)
    constant = {"duration": DurationPolynomial(0)}
    unit, five = (fit_discrete_hazard(yearly(width=w), ["x"], **constant) for w in (1.0, 5.0))
    assert chance(unit, 0, 5) == pytest.approx(chance(five, 0, 25), rel=1e-12)
    with pytest.raises(DataError, match="durations 7"):
        predict_hazard(fit_discrete_hazard(yearly(), ["x"], duration=DurationDummies()), path(0, 7))


def test_a_ridge_hazard_predicts_and_effects_ask_for_periods() -> None:
    fit = fit_discrete_ridge(yearly(), ["x"], Ridge(1.0))
    assert chance(fit, 0, 3) == pytest.approx(chance(fit, 0, 1, 2, 3), rel=1e-12)
    wide = SpellTable(
        yearly().frame.assign(start=lambda f: 5 * f["start"], stop=lambda f: 5 * f["stop"]), "unit"
    )
    with pytest.raises(DataError, match="one period of the model"):
        marginal_effects(wide, fit)
    assert len(marginal_effects(split_periods(wide), fit)) == 1  # as the remedy says
