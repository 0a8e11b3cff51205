"""Parametric durations: truth under late entry, derivatives, scales, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered, Heteroskedastic
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.parametric.accelerated import fit_parametric
from econshrink.survival.parametric.gompertz import fit_gompertz
from econshrink.survival.parametric.likelihood import (
    Exponential,
    LogLogistic,
    LogNormal,
    Weibull,
    log_density,
    log_survival,
)

FAMILIES = [Exponential(), Weibull(), LogNormal(), LogLogistic()]


def durations(family: object, n: int = 3000) -> SpellTable:
    """log T = 1 + 0.5 x + sigma e, entering late, censored at 8."""
    rng = generator(f"unit.parametric.{family.name}")
    x = rng.normal(size=n)
    u = rng.uniform(size=n)
    error = {
        "log-normal": lambda: rng.normal(size=n),
        "log-logistic": lambda: np.log(u / (1 - u)),
    }.get(family.name, lambda: np.log(-np.log(u)))()
    sigma = 1.0 if isinstance(family, Exponential) else 0.6
    time = np.exp(1 + 0.5 * x + sigma * error)
    start = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, 2, n))
    frame = pd.DataFrame(
        {
            "city": [f"{i:06d}" for i in range(n)],
            "start": start,
            "stop": np.minimum(time, 8.0),
            "event": (time < 8).astype(int),
            "x": x,
        }
    )
    return SpellTable(frame[time > start], rule_id="unit")


@pytest.mark.parametrize("family", FAMILIES)
def test_truth_under_late_entry(family: object) -> None:
    fit = fit_parametric(durations(family), ["x"], family=family)
    truth = [1, 0.5] if isinstance(family, Exponential) else [1, 0.5, np.log(0.6)]
    assert (np.abs(fit.coefficients - truth) < 4 * fit.std_errors).all()
    assert (fit.std_errors < 0.06).all()
    for vcov in (Heteroskedastic(), Clustered()):
        robust = fit_parametric(durations(family), ["x"], family=family, vcov=vcov)
        assert robust.std_errors == pytest.approx(fit.std_errors, rel=0.15)


@pytest.mark.parametrize("family", FAMILIES)
def test_derivatives(family: object) -> None:
    z, h = np.linspace(-6, 3, 40), 1e-5
    for law in (log_density, log_survival):
        value, slope, bend = law(family, z)
        up, down = law(family, z + h), law(family, z - h)
        assert slope == pytest.approx((up[0] - down[0]) / (2 * h), rel=1e-6, abs=1e-7)
        assert bend == pytest.approx((up[1] - down[1]) / (2 * h), rel=1e-6, abs=1e-6)
        assert (bend <= 0).all()
        assert np.isfinite(value).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_cutting_rows_changes_nothing(family: object) -> None:
    whole = durations(family, 200)
    frame = whole.frame
    middle = (frame["start"] + frame["stop"]) / 2
    cut = pd.concat([frame.assign(stop=middle, event=0), frame.assign(start=middle)])
    split = fit_parametric(SpellTable(cut, rule_id="unit"), ["x"], family=family)
    fit = fit_parametric(whole, ["x"], family=family)
    assert split.coefficients == pytest.approx(fit.coefficients, rel=1e-9)
    assert split.stats["loglik"] == pytest.approx(fit.stats["loglik"], rel=1e-12)


def test_units_of_time_and_covariates() -> None:
    table = durations(Weibull(), 300)
    fit = fit_parametric(table, ["x"])
    frame = table.frame
    changed = frame.assign(
        start=frame["start"] * 1e6, stop=frame["stop"] * 1e6, x=frame["x"] * 1e8 + 1e9
    )
    other = fit_parametric(SpellTable(changed, rule_id="unit"), ["x"])
    assert other.coefficient("x") * 1e8 == pytest.approx(fit.coefficient("x"), rel=1e-7)
    assert other.std_error("x") * 1e8 == pytest.approx(fit.std_error("x"), rel=1e-7)
    assert other.stats["scale"] == pytest.approx(fit.stats["scale"], rel=1e-7)


def test_exponential_by_hand_and_weibull_as_proportional_hazards() -> None:
    table = durations(Weibull())
    frame = table.frame
    rate = frame["event"].sum() / (frame["stop"] - frame["start"]).sum()
    empty = fit_parametric(table, [], family=Exponential())
    assert empty.coefficient("(Intercept)") == pytest.approx(-np.log(rate), rel=1e-12)
    fit = fit_parametric(table, ["x"])
    hazard_ratio = -fit.coefficient("x") / fit.stats["scale"]
    cox = fit_cox(table, ["x"])
    assert hazard_ratio == pytest.approx(cox.coefficient("x"), abs=2 * cox.std_error("x"))


def test_refusals() -> None:
    frame = durations(Weibull(), 50).frame
    with pytest.raises(DataError, match="an entry at -1"):
        fit_parametric(SpellTable(frame.assign(start=-1.0), rule_id="unit"), ["x"])
    with pytest.raises(SpecError, match="x constant"):
        fit_parametric(SpellTable(frame.assign(x=3.0), rule_id="unit"), ["x"])
    with pytest.raises(SpecError, match="y a linear combination of x"):
        fit_parametric(SpellTable(frame.assign(y=1 - frame["x"]), rule_id="unit"), ["x", "y"])
    with pytest.raises(DataError, match="no events"):
        fit_parametric(SpellTable(frame.assign(event=0), rule_id="unit"), ["x"])


def growing(gamma: float, n: int = 4000) -> SpellTable:
    """Hazard exp(-2 + gamma t + 0.5 x), entering late, censored at 6."""
    rng = generator("unit.gompertz")
    x = rng.normal(size=n)
    needed = rng.exponential(size=n) / np.exp(-2 + 0.5 * x)
    time = np.log1p(gamma * needed) / gamma if gamma else needed
    start = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, 2, n))
    frame = pd.DataFrame(
        {
            "city": [f"{i:06d}" for i in range(n)],
            "start": start,
            "stop": np.minimum(time, 6.0),
            "event": (time < 6).astype(int),
            "x": x,
        }
    )
    return SpellTable(frame[time > start], rule_id="unit")


@pytest.mark.parametrize("gamma", [0.3, 0.0])
def test_gompertz_truth_and_cutting(gamma: float) -> None:
    table = growing(gamma)
    fit = fit_gompertz(table, ["x"])
    assert (np.abs(fit.coefficients - [-2, 0.5, gamma]) < 4 * fit.std_errors).all()
    robust = fit_gompertz(table, ["x"], vcov=Clustered())
    assert robust.std_errors == pytest.approx(fit.std_errors, rel=0.1)
    frame = table.frame
    middle = (frame["start"] + frame["stop"]) / 2
    cut = pd.concat([frame.assign(stop=middle, event=0), frame.assign(start=middle)])
    split = fit_gompertz(SpellTable(cut, rule_id="unit"), ["x"])
    assert split.coefficients == pytest.approx(fit.coefficients, rel=1e-9)
    assert split.stats["loglik"] == pytest.approx(fit.stats["loglik"], rel=1e-12)


def test_gompertz_likelihood_in_closed_form_and_units() -> None:
    table = growing(0.3, 300)
    fit = fit_gompertz(table, ["x"])
    frame = table.frame
    level, slope, gamma = fit.coefficients
    eta = level + slope * frame["x"]
    spent = np.exp(eta) * np.expm1(gamma * frame["stop"]) / gamma
    spent -= np.exp(eta) * np.expm1(gamma * frame["start"]) / gamma
    value = (frame["event"] * (eta + gamma * frame["stop"]) - spent).sum()
    assert fit.stats["loglik"] == pytest.approx(value, rel=1e-12)
    days = frame.assign(start=frame["start"] * 365.25, stop=frame["stop"] * 365.25)
    other = fit_gompertz(SpellTable(days, rule_id="unit"), ["x"])
    assert other.coefficient("t") * 365.25 == pytest.approx(gamma, rel=1e-10)
    assert other.coefficient("(Intercept)") == pytest.approx(level - np.log(365.25), rel=1e-10)
