"""Discrete-time hazards: cutting rows, links, dummies, clusters, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special

from econshrink.core.errors import ConvergenceError, DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.discrete.design import (
    DurationDummies,
    DurationLog,
    DurationPolynomial,
    split_periods,
)
from econshrink.survival.discrete.hazard import fit_discrete_hazard
from econshrink.survival.discrete.likelihood import Cloglog, Logit
from econshrink.survival.options import Exact


def yearly(n: int = 300, years: int = 5) -> pd.DataFrame:
    rng = generator("unit.discrete")
    x, z = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    city = np.array([f"{i:06d}" for i in range(n)])
    rows, alive = [], np.ones(n, bool)
    for year in range(1, years + 1):
        event = rng.random(n) < -np.expm1(-np.exp(-2 + 0.1 * year + 0.5 * x - 0.4 * z))
        part = {"city": city, "start": year - 1, "stop": year, "event": event, "x": x, "z": z}
        rows.append(pd.DataFrame(part)[alive])
        alive &= ~event
    frame = pd.concat(rows, ignore_index=True).astype({"event": int})
    return frame.assign(province=frame["city"].str[-1])


def table(frame: pd.DataFrame) -> SpellTable:
    return SpellTable(frame, rule_id="unit")


def test_split_keeps_time_at_risk_and_events() -> None:
    whole = table(
        pd.DataFrame(
            {
                "city": ["a", "b"],
                "start": [0.0, 1.5],
                "stop": [2.5, 4.0],
                "event": [1, 0],
                "x": [7, 8],
            }
        )
    )
    cut = split_periods(whole).frame
    assert cut["start"].tolist() == [0, 1, 2, 1.5, 2, 3]
    assert cut["stop"].tolist() == [1, 2, 2.5, 2, 3, 4]
    assert cut["event"].tolist() == [0, 0, 1, 0, 0, 0]
    assert cut["x"].tolist() == [7, 7, 7, 8, 8, 8]
    with pytest.raises(SpecError, match="width"):
        split_periods(whole, 0)


@pytest.mark.parametrize("link", [Cloglog(), Logit()])
@pytest.mark.parametrize("duration", [DurationDummies(), DurationPolynomial(2), DurationLog()])
def test_scores_vanish_at_the_maximum(link: object, duration: object) -> None:
    frame = yearly()
    fit = fit_discrete_hazard(table(frame), ["x", "z"], link=link, duration=duration)
    eta = frame["x"] * fit.coefficient("x") + frame["z"] * fit.coefficient("z")
    for term in fit.terms[2:]:
        column = {
            "(Intercept)": 1.0,
            "t": frame["stop"],
            "t^2": frame["stop"] ** 2,
            "log(t)": np.log(frame["stop"]),
        }.get(term, frame["stop"] == float(term.partition("=")[2] or -1))
        eta = eta + fit.coefficient(term) * column
    event = frame["event"]
    if isinstance(link, Logit):
        slope = event - special.expit(eta)
    else:
        hazard = np.exp(eta)
        slope = np.where(event == 1, hazard / np.expm1(hazard), -hazard)
    for column in (frame["x"], frame["z"], 1.0, frame["stop"]):
        assert (slope * column).sum() == pytest.approx(0, abs=1e-7)


def test_dummies_equal_dense_columns() -> None:
    frame = yearly()
    inside = fit_discrete_hazard(table(frame), ["x"], vcov=Clustered("province"))
    dense = frame.assign(**{f"d{k}": (frame["stop"] == k).astype(float) for k in range(2, 6)})
    outside = fit_discrete_hazard(
        table(dense),
        ["x", "d2", "d3", "d4", "d5"],
        duration=DurationPolynomial(0),
        vcov=Clustered("province"),
    )
    assert inside.coefficient("x") == pytest.approx(outside.coefficient("x"), rel=1e-10)
    assert inside.std_error("x") == pytest.approx(outside.std_error("x"), rel=1e-9)
    first = outside.coefficient("(Intercept)")
    assert inside.coefficient("duration=1") == pytest.approx(first, rel=1e-10)
    assert inside.clusters == {"province": 10}


def test_rows_that_are_their_own_clusters_are_robust() -> None:
    frame = yearly().assign(row=lambda f: f.index)
    by_row = fit_discrete_hazard(table(frame), ["x"], vcov=Heteroskedastic())
    clustered = fit_discrete_hazard(table(frame), ["x"], vcov=Clustered("row"))
    assert by_row.covariance == pytest.approx(clustered.covariance, rel=1e-9)


def test_logit_with_dummies_is_close_to_the_exact_partial_likelihood() -> None:
    """Conditioning on the number of events or estimating an intercept: nearly the same."""
    frame = yearly(120, 4)
    exact = fit_cox(table(frame), ["x", "z"], ties=Exact())
    logit = fit_discrete_hazard(table(frame), ["x", "z"], link=Logit(), vcov=Iid())
    assert logit.coefficients[:2] == pytest.approx(exact.coefficients, rel=0.05)


def test_cloglog_finds_the_truth() -> None:
    fit = fit_discrete_hazard(table(yearly(20000)), ["x", "z"])
    truth = np.array([0.5, -0.4])
    assert (np.abs(fit.coefficients[:2] - truth) < 4 * fit.std_errors[:2]).all()
    assert (fit.std_errors[:2] < 0.05).all()


def test_scales_and_offset() -> None:
    frame = yearly()
    plain = fit_discrete_hazard(table(frame), ["x", "z"])
    moved = fit_discrete_hazard(table(frame.assign(x=frame["x"] * 1e8 + 1e9)), ["x", "z"])
    assert moved.coefficient("x") * 1e8 == pytest.approx(plain.coefficient("x"), rel=1e-8)
    assert moved.std_error("x") * 1e8 == pytest.approx(plain.std_error("x"), rel=1e-8)
    shifted = fit_discrete_hazard(table(frame.assign(lift=0.7)), ["x", "z"], offset="lift")
    assert shifted.coefficient("duration=1") == pytest.approx(plain.coefficient("duration=1") - 0.7)


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({"stop": lambda f: f["stop"] - 0.25 * f["event"]}, {}, DataError, "one period a row"),
        ({"event": lambda f: f["event"] * (f["stop"] != 3)}, {}, DataError, "duration 3"),
        ({"x": 1.0}, {}, SpecError, "x constant"),
        ({"x": lambda f: 2 * f["z"] + 1}, {}, SpecError, "z a linear combination of x"),
        ({"event": 0}, {}, DataError, "no events"),
        (
            {"start": lambda f: f["start"] - 1, "stop": lambda f: f["stop"] - 1},
            {"duration": DurationLog()},
            DataError,
            "duration 0",
        ),
    ],
)
def test_refusals(change: dict, options: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        fit_discrete_hazard(table(yearly().assign(**change)), ["x", "z"], **options)


@pytest.mark.parametrize("link", [Cloglog(), Logit()])
def test_separation_is_named(link: object) -> None:
    frame = yearly().assign(safe=lambda f: (f["event"] == 0) & (f["x"] > 0))
    with pytest.raises(ConvergenceError, match="safe"):
        fit_discrete_hazard(table(frame.astype({"safe": float})), ["x", "safe"], link=link)
