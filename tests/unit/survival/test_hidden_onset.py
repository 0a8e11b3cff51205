"""Hidden onsets: brute force over all dates, the exact case, identification, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special

from econshrink.core.errors import ConvergenceError, DataError, EconshrinkError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered, Iid
from econshrink.nouns.spells import SpellTable
from econshrink.survival.discrete.design import DurationDummies, DurationPolynomial
from econshrink.survival.discrete.hazard import fit_discrete_hazard
from econshrink.survival.discrete.hidden_onset import (
    ExactOnsets,
    HiddenRows,
    IntervalOnsets,
    MisclassifiedOnsets,
    Observation,
    city_terms,
    fit_hidden_onset,
)
from econshrink.survival.discrete.likelihood import Cloglog, Link, Logit

CONSTANT = DurationPolynomial(0)


def yearly(n: int = 120, years: int = 6, seed: str = "unit.hidden") -> pd.DataFrame:
    """Rows until the first event, with a covariate that changes."""
    rng = generator(seed)
    x = rng.normal(size=(n, years))
    hazard = -np.expm1(-np.exp(-1.6 + 0.7 * x))
    event = rng.random((n, years)) < hazard
    first = np.where(event.any(axis=1), event.argmax(axis=1), years - 1)
    rows = [
        (f"{i:06d}", t, t + 1, int(event[i, t]), x[i, t], f"p{i % 7}")
        for i in range(n)
        for t in range(first[i] + 1)
    ]
    return pd.DataFrame(rows, columns=["city", "start", "stop", "event", "x", "province"])


def table(frame: pd.DataFrame) -> SpellTable:
    return SpellTable(frame, rule_id="unit")


def brute(frame: pd.DataFrame, beta: np.ndarray, link: Link, seen: Observation) -> float:
    """Sum over every possible date of the onset, city by city."""
    total = 0.0
    for rows in frame.groupby("city").indices.values():
        x, y, open_ = (frame[name].to_numpy()[rows] for name in ("x", "event", "uncertain"))
        eta = beta[0] * x + beta[1]
        p = special.expit(eta) if isinstance(link, Logit) else -np.expm1(-np.exp(eta))
        m, likelihood = len(x), 0.0
        for s in range(m + 1):  # s = m: no onset within the rows
            chance = np.prod(1 - p[:s]) * (p[s] if s < m else 1.0)
            likelihood += chance * np.prod([shown(y[t], open_[t], t - s, seen) for t in range(m)])
        total += np.log(likelihood)
    return total


def shown(y: int, open_: int, since: int, seen: Observation) -> float:
    """Probability of what one row shows, `since` rows after the onset (negative: before it)."""
    if isinstance(seen, MisclassifiedOnsets):
        positive = 1 - seen.specificity
        if since == 0 or (since > 0 and seen.lasting):
            positive = seen.sensitivity
        return positive if y else 1 - positive
    if isinstance(seen, IntervalOnsets) and open_:
        return 1.0 if y == 0 else float(since >= 0)
    if since < 0:
        return float(y == 0)
    return float(y == 1) if since == 0 else 0.0


CASES = [
    ExactOnsets(),
    IntervalOnsets(),
    MisclassifiedOnsets(0.8, 0.97),
    MisclassifiedOnsets(0.7, 0.95, lasting=True),
]


@pytest.mark.parametrize("link", [Cloglog(), Logit()])
@pytest.mark.parametrize("seen", CASES, ids=["exact", "interval", "once", "lasting"])
def test_the_maximum_is_that_of_the_sum_over_all_dates(link: Link, seen: Observation) -> None:
    frame = yearly(60)
    ends = frame.groupby("city")["event"].transform("last") == 1
    near = frame.groupby("city")["stop"].transform("last") - frame["stop"] < 3
    frame = frame.assign(uncertain=(ends & near).astype(int))
    fit = fit_hidden_onset(table(frame), ["x"], observation=seen, link=link)
    peak = brute(frame, fit.coefficients, link, seen)
    assert fit.stats["loglik"] == pytest.approx(peak, rel=1e-10)
    for move in ((0.01, 0), (0, 0.01), (0.01, 0.01), (0.01, -0.01)):
        for sign in (1, -1):
            assert brute(frame, fit.coefficients + sign * np.array(move), link, seen) < peak


def test_derivatives_are_those_of_differences() -> None:
    rng = generator("unit.hidden.derivatives")
    n, k = 40, 3
    rows = HiddenRows(
        rng.normal(size=(n, k)),
        np.zeros(n),
        np.sort(rng.integers(0, 9, n)),
        *(rng.random(n) for _ in range(3)),
    )
    rows = HiddenRows(rows.x, rows.offset, pd.factorize(rows.city)[0], *(rng.random((3, n))))
    beta, step = rng.normal(size=k) / 3, 1e-5
    at = city_terms(rows, beta, Cloglog())
    for j in range(k):
        move = np.eye(k)[j] * step
        up, down = (city_terms(rows, beta + s * move, Cloglog()) for s in (1, -1))
        slope = (up.loglik - down.loglik) / (2 * step)
        assert at.score[:, j] == pytest.approx(slope, abs=1e-7)
        bend = (up.score.sum(axis=0) - down.score.sum(axis=0)) / (2 * step)
        assert -at.information[j] == pytest.approx(bend, abs=1e-6)


def test_exact_onsets_are_the_ordinary_model() -> None:
    spells = table(yearly())
    hidden = fit_hidden_onset(
        spells, ["x"], observation=ExactOnsets(), duration=DurationDummies(), vcov=Iid()
    )
    plain = fit_discrete_hazard(spells, ["x"])
    assert hidden.coefficients == pytest.approx(plain.coefficients, abs=1e-9)
    clustered = fit_hidden_onset(
        spells, ["x"], observation=ExactOnsets(), vcov=Clustered("province")
    )
    same = fit_discrete_hazard(spells, ["x"], duration=CONSTANT, vcov=Clustered("province"))
    assert clustered.covariance == pytest.approx(same.covariance, rel=1e-7)
    assert clustered.clusters == {"province": 7}


def test_perfect_eyes_are_exact_and_short_intervals_too() -> None:
    frame = yearly().assign(uncertain=0)
    exact = fit_hidden_onset(table(frame), ["x"], observation=ExactOnsets())
    for seen in (MisclassifiedOnsets(1.0, 1.0), IntervalOnsets()):
        fit = fit_hidden_onset(table(frame), ["x"], observation=seen)
        assert fit.coefficients == pytest.approx(exact.coefficients, abs=1e-8)


def test_late_reports_are_a_sensitivity_of_their_own_by_row() -> None:
    """Dropping the last year is less efficient but agrees; ignoring the delay does not."""
    frame = yearly(20000, 4)
    rng = generator("unit.hidden.delay")
    known = np.where(frame["stop"] == 4, 0.3, 1.0)
    lost = rng.random(len(frame)) > known
    late = frame.assign(event=frame["event"] * ~lost, known=known)
    fit = fit_hidden_onset(table(late), ["x"], observation=MisclassifiedOnsets("known"))
    truth = np.array([0.7, -1.6])
    assert (np.abs(fit.coefficients - truth) < 4 * fit.std_errors).all()
    naive = fit_discrete_hazard(table(late), ["x"], duration=CONSTANT)
    assert naive.coefficient("(Intercept)") < -1.6 - 4 * naive.std_error("(Intercept)")


def test_scales_do_not_matter() -> None:
    frame = yearly()
    seen = MisclassifiedOnsets(0.8, 0.97)
    plain = fit_hidden_onset(table(frame), ["x"], observation=seen)
    for scale in (1e8, 1e-8):
        moved = fit_hidden_onset(
            table(frame.assign(x=(frame["x"] + 3) * scale)), ["x"], observation=seen
        )
        assert moved.coefficient("x") * scale == pytest.approx(plain.coefficient("x"), rel=1e-6)
        assert moved.std_error("x") * scale == pytest.approx(plain.std_error("x"), rel=1e-6)


@pytest.mark.parametrize(
    ("change", "seen", "error", "words"),
    [
        ({}, MisclassifiedOnsets(0.5, 0.4), SpecError, "no better than chance"),
        ({}, MisclassifiedOnsets(1.2), SpecError, "sensitivity up to 1.2"),
        ({}, MisclassifiedOnsets("seen"), SpecError, "no column 'seen'"),
        ({}, IntervalOnsets(), SpecError, "no column 'uncertain'"),
        ({"uncertain": 1}, IntervalOnsets(), DataError, "without an event"),
        ({"uncertain": 0.5}, IntervalOnsets(), DataError, "other than 0 and 1"),
        ({"event": 0}, ExactOnsets(), DataError, "no events"),
        ({"x": 1.0}, ExactOnsets(), SpecError, "x constant"),
        ({"x": np.inf}, ExactOnsets(), DataError, "not finite"),
        ({"x": lambda f: f["event"] + 0.0}, ExactOnsets(), ConvergenceError, "x"),
    ],
)
def test_refusals(change: dict, seen: Observation, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        fit_hidden_onset(table(yearly().assign(**change)), ["x"], observation=seen)


def test_fewer_events_than_errors_alone_would_make_is_said() -> None:
    frame = yearly(400).assign(event=lambda f: f["event"] * (f["city"] < "000010"))
    with pytest.raises(EconshrinkError, match="errors alone"):
        fit_hidden_onset(table(frame), ["x"], observation=MisclassifiedOnsets(0.9, 0.8))


def test_one_event_is_an_answer() -> None:
    frame = yearly(30)
    first = frame.index[frame["event"] == 1][0]
    one = frame.assign(event=(frame.index == first).astype(int))
    fit = fit_hidden_onset(table(one), [], observation=ExactOnsets())
    assert fit.stats["events"] == 1
    rate = 1 / len(one)
    assert fit.coefficient("(Intercept)") == pytest.approx(np.log(-np.log1p(-rate)), rel=1e-8)


def test_clusters_must_hold_whole_cities() -> None:
    frame = yearly().assign(half=lambda f: f["stop"] % 2)
    with pytest.raises(SpecError, match="several clusters"):
        fit_hidden_onset(table(frame), ["x"], observation=ExactOnsets(), vcov=Clustered("half"))
