"""Effects by time, profile intervals, changes in survival, intervals of dates, prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.covariate_change import (
    SetTo,
    Shift,
    average_survival_change,
)
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.cox.prediction import predict_survival
from econshrink.survival.cox.profile import profile_intervals
from econshrink.survival.cox.time_effects import AfterTime, IdentityTime, with_time_effect
from econshrink.survival.discrete.design import split_periods
from econshrink.survival.discrete.hazard import fit_discrete_hazard
from econshrink.survival.discrete.likelihood import Logit
from econshrink.survival.options import Exact
from econshrink.survival.parametric.accelerated import fit_parametric
from econshrink.survival.parametric.gompertz import fit_gompertz
from econshrink.survival.parametric.likelihood import (
    Exponential,
    LogLogistic,
    LogNormal,
    Weibull,
)
from econshrink.survival.parametric.prediction import parametric_survival
from econshrink.survival.ratios import hazard_ratios

FAMILIES = [Exponential(), Weibull(), LogNormal(), LogLogistic()]


def cities(n: int = 250) -> SpellTable:
    rng = generator("unit.effects")
    x, z = rng.normal(size=n), rng.integers(0, 2, n)
    time = rng.weibull(1.4, n) * 6 * np.exp(-0.4 * x + 0.3 * z)
    start = np.where(rng.random(n) < 0.4, rng.integers(1, 4, n), 0).astype(float)
    lost = rng.uniform(4, 12, n)
    frame = pd.DataFrame(
        {
            "city": [f"{i:04d}" for i in range(n)],
            "start": start,
            "stop": np.minimum(time, lost),
            "event": (time <= lost).astype(int),
            "x": x,
            "z": z,
            "zone": rng.integers(0, 2, n),
        }
    )
    return SpellTable(frame[frame["stop"] > frame["start"]], rule_id="unit")


def yearly(table: SpellTable) -> SpellTable:
    """The same cities, events known by year: the year before is the last without it."""
    frame = table.frame
    stop = np.ceil(frame["stop"])
    free = np.maximum(stop - 1, frame["start"])
    return SpellTable(frame.assign(stop=stop, free=free), rule_id="unit")


def test_an_effect_that_jumps_is_two_effects() -> None:
    """Before and after a time the partial likelihood falls apart into two fits."""
    table = cities()
    moved = with_time_effect(table, ["x"], AfterTime(3.0))
    fit = fit_cox(moved, ["x", "x:t>3"])
    early = table.frame[table.frame["start"] < 3]
    early = early.assign(
        event=early["event"] * (early["stop"] <= 3), stop=np.minimum(early["stop"], 3.0)
    )
    late = table.frame[table.frame["stop"] > 3]
    late = late.assign(start=np.maximum(late["start"], 3.0))
    before, after = (fit_cox(SpellTable(f, rule_id="unit"), ["x"]) for f in (early, late))
    assert fit.coefficient("x") == pytest.approx(before.coefficient("x"), rel=1e-9)
    total = fit.coefficients.sum()
    assert total == pytest.approx(after.coefficient("x"), rel=1e-9)
    assert fit.stats["loglik"] == pytest.approx(before.stats["loglik"] + after.stats["loglik"])


def test_cutting_keeps_events_time_and_other_coefficients() -> None:
    table = cities()
    cut = with_time_effect(table, ["x", "z"], IdentityTime())
    spent = (cut.frame["stop"] - cut.frame["start"]).sum()
    assert spent == pytest.approx((table.frame["stop"] - table.frame["start"]).sum())
    assert cut.events == table.events
    assert fit_cox(cut, ["x"]).coefficients == pytest.approx(fit_cox(table, ["x"]).coefficients)
    rows = yearly(table).frame
    whole = SpellTable(rows.assign(start=rows["stop"] - 1), rule_id="unit")
    assert len(with_time_effect(whole, ["x"]).frame) == len(rows)  # yearly rows stay as they are
    shifted = table.frame.assign(start=table.frame["start"] - 20, stop=table.frame["stop"] - 20)
    early = SpellTable(shifted, rule_id="unit")
    with pytest.raises(DataError, match="exits after 0"):
        with_time_effect(early, ["x"])


def test_profile_limits_drop_by_the_quantile_and_need_no_wald() -> None:
    table = cities()
    fit = fit_cox(table, ["x", "z"], strata="zone")
    found = profile_intervals(table, fit).set_index("term")
    for end in ("conf_low", "conf_high"):
        held = table.frame.assign(fixed=found.loc["z", end] * table.frame["z"])
        other = fit_cox(SpellTable(held, rule_id="unit"), ["x"], strata="zone", offset="fixed")
        drop = 2 * (fit.stats["loglik"] - other.stats["loglik"])
        assert drop == pytest.approx(3.841458820694124, abs=1e-7)
    without = fit_cox(table, ["x"], strata="zone")
    gain = 2 * (fit.stats["loglik"] - without.stats["loglik"])
    assert found.loc["z", "lr_chi2"] == pytest.approx(gain, rel=1e-8)
    assert fit.coefficient("x") == found.loc["x", "estimate"]
    small = SpellTable(table.frame.head(40), rule_id="unit")
    exact = fit_cox(small, ["x"], ties=Exact())
    with pytest.raises(SpecError, match="exact ties"):
        profile_intervals(small, exact)


def test_units_of_profile_limits() -> None:
    table = cities()
    far = SpellTable(table.frame.assign(x=table.frame["x"] * 1e8 + 1e9), rule_id="unit")
    near, scaled = (profile_intervals(t, fit_cox(t, ["x"])) for t in (table, far))
    assert scaled["conf_low"][0] * 1e8 == pytest.approx(near["conf_low"][0], rel=1e-6)


@pytest.mark.parametrize("strata", [None, "zone"])
def test_average_change_is_the_mean_of_predictions(strata: str | None) -> None:
    table = cities()
    fit = fit_cox(table, ["x", "z"], strata=strata, vcov=Clustered("city"))
    people = table.frame.head(30)
    found = average_survival_change(table, fit, people, SetTo("z"), 5.0, origin=1.0)
    paths = people.assign(path=people["city"], start=1.0, stop=5.0)
    means = []
    for z in (0, 1):
        curve = predict_survival(table, fit, paths.assign(z=z)).frame
        means.append(curve.groupby("group")["estimate"].last().mean())
    assert found["survival_before"] == pytest.approx(means[0], rel=1e-10)
    assert found["change"] == pytest.approx(means[1] - means[0], rel=1e-9)
    alone = average_survival_change(table, fit, people.head(1), SetTo("z", 0, 0), 5.0)
    assert alone["change"] == 0
    assert alone["p_value"] == 1
    raised = average_survival_change(table, fit, people, Shift("x", 0.01), 5.0)
    twice = average_survival_change(table, fit, people, Shift("x", 0.02), 5.0)
    assert twice["change"] == pytest.approx(2 * raised["change"], rel=0.02)


@pytest.mark.slow
def test_error_of_the_change_against_the_bootstrap() -> None:
    table = cities()
    people = table.frame.head(40)

    def change(t: SpellTable) -> pd.Series:
        return average_survival_change(t, fit_cox(t, ["x", "z"]), people, SetTo("z"), 5.0)

    rng = generator("unit.change")
    draws = []
    for _ in range(80):
        rows = table.frame.iloc[rng.integers(0, len(table.frame), len(table.frame))]
        again = rows.assign(city=[f"{i:04d}" for i in range(len(rows))])
        draws.append(change(SpellTable(again, rule_id="unit"))["change"])
    assert change(table)["std_error"] == pytest.approx(np.std(draws, ddof=1), rel=0.25)


def test_changes_that_are_refused() -> None:
    table = cities()
    fit = fit_cox(table, ["x", "z"], strata="zone")
    people = table.frame.head(5)
    with pytest.raises(SpecError, match="a change in 'y'"):
        average_survival_change(table, fit, people, SetTo("y"), 5.0)
    with pytest.raises(DataError, match="2 problems"):
        average_survival_change(table, fit, people.assign(x=np.nan), SetTo("z"), 50.0)
    with pytest.raises(DataError, match="stratum 7"):
        average_survival_change(table, fit, people.assign(zone=7), SetTo("z"), 5.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_narrow_intervals_are_dates_and_wide_ones_keep_the_truth(family: object) -> None:
    table = cities()
    exact = fit_parametric(table, ["x"], family=family)
    frame = table.frame
    width = 1e-5
    near = SpellTable(
        frame.assign(free=np.maximum(frame["stop"] - width, frame["start"])), rule_id="unit"
    )
    close = fit_parametric(near, ["x"], family=family, last_free="free")
    assert close.coefficients == pytest.approx(exact.coefficients, abs=1e-4)
    density = close.stats["loglik"] - near.events * np.log(width)
    assert density == pytest.approx(exact.stats["loglik"], abs=1e-2)
    wide = fit_parametric(yearly(table), ["x"], family=family, last_free="free")
    assert wide.coefficients == pytest.approx(exact.coefficients, abs=0.06)
    assert wide.stats["interval_events"] == table.events


def test_hazard_ratios_of_cox_and_grouped_hazards() -> None:
    table = cities()
    cox = fit_cox(table, ["x", "z"])
    ratios = hazard_ratios(cox)
    assert ratios["log_ratio"].to_numpy() == pytest.approx(cox.coefficients)
    assert ratios["conf_low"].to_numpy() == pytest.approx(np.exp(cox.tidy()["conf_low"]))
    rng = np.random.default_rng(7)
    x, years = rng.normal(size=80), rng.integers(1, 5, 80)
    frame = pd.DataFrame({"city": np.arange(80), "start": 0, "stop": years, "x": x})
    frame["event"] = (np.arange(80) % 3 > 0).astype(int)
    rows = split_periods(SpellTable(frame))
    grouped = fit_discrete_hazard(rows, ["x"])
    assert hazard_ratios(grouped)["log_ratio"].tolist() == [grouped.coefficient("x")]
    with pytest.raises(SpecError, match="Cloglog"):
        hazard_ratios(fit_discrete_hazard(rows, ["x"], link=Logit()))


@pytest.mark.parametrize("family", [*FAMILIES, "gompertz"])
def test_an_interval_ends_where_the_rows_are_cut(family: object) -> None:
    """Survival to the start of the interval and an event within it: two rows say the same."""
    table = yearly(cities())
    frame = table.frame
    waiting = frame[(frame["event"] == 1) & (frame["free"] > frame["start"])]
    cut = pd.concat(
        [
            frame.drop(waiting.index),
            waiting.assign(stop=waiting["free"], event=0),
            waiting.assign(start=waiting["free"]),
        ]
    )

    def fit(rows: pd.DataFrame) -> object:
        spells = SpellTable(rows, rule_id="unit")
        if family == "gompertz":
            return fit_gompertz(spells, ["x"], last_free="free", vcov=Clustered())
        options = {"family": family, "last_free": "free", "vcov": Clustered()}
        return fit_parametric(spells, ["x"], **options)

    one, two = fit(frame), fit(cut)
    assert two.coefficients == pytest.approx(one.coefficients, rel=1e-8)
    assert two.std_errors == pytest.approx(one.std_errors, rel=1e-8)
    assert two.stats["loglik"] == pytest.approx(one.stats["loglik"], rel=1e-12)


def test_intervals_that_make_no_sense() -> None:
    table = yearly(cities())
    with pytest.raises(SpecError, match="last time free"):
        fit_parametric(table, ["x"], last_free="known")
    for value in (np.nan, 99.0, -1.0):
        wrong = SpellTable(table.frame.assign(free=value), rule_id="unit")
        with pytest.raises(DataError, match=f"free {value:g}"):
            fit_parametric(wrong, ["x"], last_free="free")
        with pytest.raises(DataError, match=f"free {value:g}"):
            fit_gompertz(wrong, ["x"], last_free="free")


def test_hazard_ratios_of_three_laws() -> None:
    table = cities()
    weibull = hazard_ratios(fit_parametric(table, ["x", "z"]))
    cox = fit_cox(table, ["x", "z"])
    assert weibull["log_ratio"].to_numpy() == pytest.approx(cox.coefficients, abs=0.05)
    assert weibull["std_error"].to_numpy() == pytest.approx(cox.std_errors, rel=0.1)
    gompertz = fit_gompertz(table, ["x", "z"])
    own = hazard_ratios(gompertz)
    assert own["log_ratio"].to_numpy() == pytest.approx(gompertz.coefficients[1:3])
    with pytest.raises(SpecError, match="not proportional"):
        hazard_ratios(fit_parametric(table, ["x"], family=LogNormal()))


@pytest.mark.parametrize("family", [*FAMILIES, "gompertz"])
def test_parametric_survival_and_its_slope(family: object) -> None:
    """Follows a known formula, multiplies up, and its error is that of small changes."""
    table = cities()
    if family == "gompertz":
        fit = fit_gompertz(table, ["x"])
    else:
        fit = fit_parametric(table, ["x"], family=family)
    people = pd.DataFrame({"group": ["a", "b"], "x": [0.0, 1.0]})
    whole = parametric_survival(fit, people, [2.0, 5.0]).frame.set_index(["group", "time"])
    late = parametric_survival(fit, people, [5.0], origin=2.0).frame.set_index(["group", "time"])
    for name in ("a", "b"):
        product = whole.loc[(name, 2.0), "estimate"] * late.loc[(name, 5.0), "estimate"]
        assert whole.loc[(name, 5.0), "estimate"] == pytest.approx(product, rel=1e-12)
    gradient = []
    for j in range(len(fit.terms)):
        ends = []
        for step in (1e-6, -1e-6):
            moved = fit.coefficients.copy()
            moved[j] += step
            other = type(fit)(**{**fit.__dict__, "coefficients": moved})
            row = parametric_survival(other, people, [5.0], origin=2.0).frame
            ends.append(row.set_index(["group", "time"]).loc[("b", 5.0), "estimate"])
        gradient.append((ends[0] - ends[1]) / 2e-6)
    expected = np.sqrt(np.array(gradient) @ fit.covariance @ gradient)
    assert late.loc[("b", 5.0), "std_error"] == pytest.approx(expected, rel=1e-6)
    with pytest.raises(DataError, match="3 problems"):
        parametric_survival(fit, pd.DataFrame({"group": ["a", "a"]}), [1.0], origin=2.0)
    with pytest.raises(DataError, match="a parametric model"):
        parametric_survival(fit_cox(table, ["x"]), people, [1.0])
