"""Every survival estimator on every kind of bad input: a clear error or the right answer.

The cases are those a panel of cities brings: no events, one event, all events at one time, a
covariate that separates, does not vary or is missing, gaps, odd years, huge and tiny units.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import ConvergenceError, DataError, EconshrinkError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.resampling import Resampling
from econshrink.inference.vcov import Clustered
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.firth import fit_firth
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.cox.time_effects import with_time_effect
from econshrink.survival.curves.aalen_johansen import aalen_johansen
from econshrink.survival.curves.bootstrap_bands import bootstrap_incidence, bootstrap_survival
from econshrink.survival.curves.kaplan_meier import kaplan_meier, nelson_aalen
from econshrink.survival.curves.log_rank import log_rank
from econshrink.survival.curves.summaries import clustered_restricted_means
from econshrink.survival.events.competing import fit_cause_specific, fit_fine_gray
from econshrink.survival.events.recurrent import GapTime, fit_andersen_gill, fit_pwp, fit_wlw
from econshrink.survival.frailty.fit import fit_frailty
from econshrink.survival.frailty.likelihood import LogNormalFrailty
from econshrink.survival.options import Breslow, Efron, Exact
from econshrink.survival.parametric.accelerated import fit_parametric
from econshrink.survival.parametric.gompertz import fit_gompertz
from econshrink.survival.parametric.likelihood import (
    Exponential,
    LogLogistic,
    LogNormal,
    Weibull,
)

TERMS = ["x", "z"]
Fit = Callable[[SpellTable], Estimate]


def rows(cities: int = 40, years: int = 6) -> pd.DataFrame:
    rng = generator("unit.bad_input")
    found = []
    for city in range(cities):
        level = rng.normal()
        for year in range(years):
            event = int(rng.random() < 0.15 * np.exp(0.4 * level))
            cause = ("loss", "merger")[int(rng.integers(2))] if event else ""
            x = level + 0.3 * rng.normal()
            found.append((f"{city:03d}", year, year + 1, event, cause, x, city % 2, city % 5))
            if event and rng.random() < 0.6:
                break
    names = ["city", "start", "stop", "event", "cause", "x", "z", "province"]
    frame = pd.DataFrame(found, columns=names)
    return frame.assign(fixed=frame.groupby("city")["x"].transform("first"))


def table(frame: pd.DataFrame) -> SpellTable:
    return SpellTable(frame, rule_id="unit")


def fine_gray(spells: SpellTable) -> Estimate:
    """First ends only, with the covariate of the first row."""
    frame = spells.frame.assign(x=spells.frame["fixed"])
    frame = frame[frame.groupby("city")["event"].cumsum() - frame["event"] == 0]
    return fit_fine_gray(table(frame), TERMS, causes="cause", cause="loss")


COX: dict[str, Fit] = {
    "efron": lambda t: fit_cox(t, TERMS, ties=Efron()),
    "breslow": lambda t: fit_cox(t, TERMS, ties=Breslow()),
    "exact": lambda t: fit_cox(t, TERMS, ties=Exact()),
    "clustered": lambda t: fit_cox(t, TERMS, vcov=Clustered()),
    "firth": lambda t: fit_firth(t, TERMS),
    "gamma frailty": lambda t: fit_frailty(t, TERMS, group="province"),
    "normal frailty": lambda t: fit_frailty(t, TERMS, group="province", law=LogNormalFrailty()),
    "andersen-gill": lambda t: fit_andersen_gill(t, TERMS),
    "pwp": lambda t: fit_pwp(t, TERMS, most=2),
    "pwp gap": lambda t: fit_pwp(t, TERMS, clock=GapTime(), most=2),
    "wlw": lambda t: fit_wlw(t, TERMS, events=1),
    "cause": lambda t: fit_cause_specific(t, TERMS, causes="cause", cause="loss"),
    "fine-gray": fine_gray,
}
SHAPED: dict[str, Fit] = {
    "weibull": lambda t: fit_parametric(t, TERMS, family=Weibull()),
    "log-normal": lambda t: fit_parametric(t, TERMS, family=LogNormal()),
    "log-logistic": lambda t: fit_parametric(t, TERMS, family=LogLogistic()),
    "weibull intervals": lambda t: fit_parametric(t, TERMS, last_free="start"),
    "gompertz": lambda t: fit_gompertz(t, TERMS),
    "gompertz intervals": lambda t: fit_gompertz(t, TERMS, last_free="start"),
}
PARAMETRIC = {"exponential": lambda t: fit_parametric(t, TERMS, family=Exponential()), **SHAPED}
REGRESSIONS = {**COX, **PARAMETRIC}
CURVES = {
    "kaplan-meier": lambda t: kaplan_meier(t, cluster="city"),
    "nelson-aalen": lambda t: nelson_aalen(t, cluster="city"),
    "bootstrap": lambda t: bootstrap_survival(t, resampling=Resampling(20, rng=generator("bad"))),
}
every_regression = pytest.mark.parametrize("name", list(REGRESSIONS))


def refused(name: str, spells: SpellTable, error: type[EconshrinkError], words: str) -> None:
    with pytest.raises(error, match=words):
        REGRESSIONS[name](spells)


def finite(estimate: Estimate) -> bool:
    return bool(np.isfinite(estimate.coefficients).all() and (estimate.std_errors > 0).all())


@every_regression
def test_the_plain_case_works(name: str) -> None:
    assert finite(plain(name))


@every_regression
def test_monotone_likelihood_and_separation(name: str) -> None:
    """x is high in exactly the rows that end in an event; z is 1 in exactly the cities with one."""
    frame = rows()
    event = frame["event"] == 1
    hit = frame.groupby("city")["event"].transform("max")
    for column, values in (("x", np.where(event, 5.0, 0.0)), ("z", hit)):
        spells = table(frame.assign(**{column: values}, fixed=hit if column == "x" else frame["x"]))
        if name == "fine-gray":
            spells = table(frame.assign(z=hit))
        if name == "firth":
            fit = REGRESSIONS[name](spells)
            assert finite(fit)
            assert fit.coefficient(column) > 0
            assert fit.stats[f"low:{column}"] > 0
            assert fit.stats[f"p:{column}"] < 1e-4
        else:
            refused(name, spells, ConvergenceError, "rises for ever along|without inverse")


@every_regression
def test_zero_events(name: str) -> None:
    none = table(rows().assign(event=0, cause=""))
    refused(name, none, DataError, "no events")


def test_zero_events_of_curves_and_tests() -> None:
    none = table(rows().assign(event=0, cause=""))
    for name, curve in CURVES.items():
        last = curve(none).frame.iloc[-1]
        assert last["estimate"] == (0 if name == "nelson-aalen" else 1)
        assert last["std_error"] == 0
    assert clustered_restricted_means(none, 6.0)["restricted_mean"][0] == 6
    with pytest.raises(DataError, match="no events"):
        aalen_johansen(none, "cause")
    with pytest.raises(DataError, match="no events"):
        bootstrap_incidence(none, "cause")
    for cluster in (None, "city"):
        with pytest.raises(DataError, match="no event while two groups"):
            log_rank(none, "z", cluster=cluster)


@every_regression
def test_one_event(name: str) -> None:
    """One event never pins two coefficients down: an error, or Firth's finite answer."""
    frame = rows()
    first = np.arange(len(frame)) == np.flatnonzero(frame["event"] == 1)[3]
    one = frame.assign(event=first.astype(int), cause=np.where(first, "loss", ""))
    if name == "firth":
        fit = REGRESSIONS[name](table(one))
        assert finite(fit)
        assert fit.stats["events_per_parameter"] == 0.5
    else:
        refused(name, table(one), ConvergenceError, "rises for ever|without inverse|no rise")


def test_one_event_of_curves() -> None:
    frame = rows().assign(event=0)
    frame.loc[frame["city"] == "002", "event"] = [1, *[0] * (sum(frame["city"] == "002") - 1)]
    survival = kaplan_meier(table(frame)).frame
    assert survival["estimate"].iloc[-1] == pytest.approx(1 - 1 / 40)
    assert nelson_aalen(table(frame)).frame["estimate"].iloc[-1] == pytest.approx(1 / 40)


@every_regression
def test_all_tied(name: str) -> None:
    """All events at one time, all exits too: only models without a shape can be fitted."""
    frame = rows()
    last = frame[frame.groupby("city")["event"].cumsum() - frame["event"] == 0]
    last = last.groupby("city").tail(1)
    tied = table(last.assign(start=0, stop=3))
    if name in SHAPED:
        refused(name, tied, SpecError, "all run from 0 to 3")
        return
    fit = REGRESSIONS[name](tied)
    assert finite(fit)
    if name == "exponential":
        rate = np.exp(-(fit.coefficients @ [np.ones(40), last["x"], last["z"]]))
        assert (rate * 3).sum() == pytest.approx(last["event"].sum())
    if name == "exact":
        # One risk set: a logistic model with the number of events given; its slope is steeper.
        other = REGRESSIONS["breslow"](tied)
        assert abs(fit.coefficient("x")) > abs(other.coefficient("x"))


@every_regression
def test_times_that_are_no_whole_years(name: str) -> None:
    """A tenth of a year is not a binary number: equal times must stay equal."""
    frame = rows()
    tenths = frame.assign(start=frame["start"] * 0.1, stop=frame["stop"] * 0.1)
    same_effects(name, table(tenths), 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1e8, 1e-8])
@every_regression
def test_huge_and_tiny_units(name: str, factor: float) -> None:
    frame = rows()
    scaled = frame.assign(x=frame["x"] * factor, fixed=frame["fixed"] * factor)
    same_effects(name, table(scaled), factor)
    times = frame.assign(start=frame["start"] * factor, stop=frame["stop"] * factor)
    same_effects(name, table(times), 1.0)
    far = frame.assign(x=frame["x"] + 1e8, fixed=frame["fixed"] + 1e8)
    same_effects(name, table(far), 1.0)


@cache
def plain(name: str) -> Estimate:
    return REGRESSIONS[name](table(rows()))


def same_effects(name: str, other: SpellTable, factor: float) -> None:
    """The effects and errors of x and z are those of the plain case but for the unit of x."""
    first, second = plain(name), REGRESSIONS[name](other)
    for term, unit in (("x", factor), ("z", 1.0)):
        error = first.std_error(term)
        assert second.coefficient(term) * unit == pytest.approx(
            first.coefficient(term), abs=1e-6 * error
        )
        assert second.std_error(term) * unit == pytest.approx(error, rel=1e-6)


@every_regression
def test_a_gap_is_time_not_at_risk(name: str) -> None:
    """What follows a gap counts like the late entry of another city."""
    frame = rows()
    frame = frame[frame.groupby("city")["event"].cumsum() - frame["event"] == 0]
    gone = frame[~((frame["start"] == 2) & (frame["city"] < "020"))]
    after = gone["start"] > 2
    renamed = gone.assign(city=gone["city"].where(~after, gone["city"] + "b"))
    if name == "fine-gray":  # its censoring curve knows of neither
        refused(name, table(gone), SpecError, "a gap in the rows of")
        refused(name, table(renamed), SpecError, "cities that enter after time 0")
        return
    first, second = REGRESSIONS[name](table(gone)), REGRESSIONS[name](table(renamed))
    assert second.coefficients == pytest.approx(first.coefficients, rel=1e-8, abs=1e-10)


@every_regression
def test_a_constant_or_collinear_covariate_is_named(name: str) -> None:
    frame = rows()
    refused(name, table(frame.assign(x=3.0, fixed=3.0)), SpecError, "x constant")
    twin = frame["z"] * 2.0 + 1
    refused(name, table(frame.assign(x=twin, fixed=twin)), SpecError, "linear combination of x")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, "many"])
@every_regression
def test_values_that_are_no_numbers_are_counted_and_placed(name: str, value: object) -> None:
    frame = rows().astype({"x": object, "fixed": object})
    frame.loc[frame["city"] == "007", ["x", "fixed"]] = value
    error, words = DataError, "column x, city 007.*values that are not finite numbers"
    if name == "wlw" and str(value) == "nan":  # it must compare rows before it can join them
        error, words = SpecError, "rows without 'x'"
    if value == "many":  # one word makes the column no column of numbers
        words = "column x: saw a mixture of float and str in 'x'"
    refused(name, table(frame), error, words)


@every_regression
def test_an_unknown_covariate_is_named(name: str) -> None:
    frame = rows().drop(columns=["z"])
    refused(name, table(frame), SpecError, "'?z'?")


def test_one_city_and_two_cities() -> None:
    frame = rows()
    single = table(frame[frame["city"] == "000"])
    with pytest.raises(SpecError, match="constant within every risk set"):
        fit_cox(single, TERMS)
    with pytest.raises(SpecError, match="one cluster"):
        bootstrap_survival(single)
    with pytest.raises(SpecError, match="one group"):
        log_rank(single, "z")
    pair = table(frame[frame["city"] < "002"])
    for name, fit in REGRESSIONS.items():
        if name == "exponential":  # two rates and a covariate that moves: a finite maximum
            assert (fit(pair).std_errors > 1).all()
            continue
        with pytest.raises(EconshrinkError, match=r"linear combination|for ever|inverse|no rise"):
            fit(pair)


STRUCTURES = {
    "exit before entry": ({"start": 3, "stop": 2}, "entry 3 and exit 2"),
    "exit at entry": ({"start": 2, "stop": 2}, "entry 2 and exit 2"),
    "event of two": ({"event": 2}, "event 2"),
    "no exit": ({"stop": np.nan}, "column stop"),
    "endless": ({"stop": np.inf}, "column stop"),
    "text": ({"start": "1990s"}, "column start"),
    "overlap": ({"start": 0.5, "stop": 1.5}, "inside an earlier row"),
}


@pytest.mark.parametrize("case", list(STRUCTURES))
def test_no_estimator_ever_sees_a_broken_table(case: str) -> None:
    """The table itself refuses, and names the city or the row."""
    change, words = STRUCTURES[case]
    frame = rows().astype({"start": object, "stop": object})
    for column, value in change.items():
        frame.loc[1, column] = value
    with pytest.raises(DataError, match=words) as caught:
        table(frame)
    assert "city 000" in str(caught.value) or "row 1" in str(caught.value)


def test_all_faults_of_a_table_are_told_at_once() -> None:
    frame = rows()
    frame.loc[[1, 9], "event"] = 2
    frame.loc[[3, 20], "stop"] = -1
    with pytest.raises(DataError) as caught:
        table(frame)
    assert len(caught.value.faults) >= 4


def test_exits_equal_to_entries_up_to_rounding() -> None:
    frame = rows().astype({"stop": float})
    frame.loc[0, "stop"] = 1e-14
    for fit in (partial(fit_cox, covariates=TERMS), kaplan_meier, partial(log_rank, by="z")):
        with pytest.raises(DataError, match="up to rounding"):
            fit(table(frame))


def test_time_effects_of_bad_columns() -> None:
    with pytest.raises(SpecError, match="no column 'y'"):
        with_time_effect(table(rows()), ["y"])
    frame = rows()
    frame.loc[4, "x"] = np.nan
    with pytest.raises(SpecError, match="1 rows without 'x'"):
        with_time_effect(table(frame), ["x"])


def test_fine_gray_never_drops_an_event() -> None:
    with pytest.raises(SpecError, match="rows after an event of"):
        fit_fine_gray(table(rows()), ["z"], causes="cause", cause="loss")
