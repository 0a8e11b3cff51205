"""Cox regression against a plain double loop, and what must not change it."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.core.errors import DataError, EconshrinkError
from econshrink.inference.vcov import Clustered
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.concordance import concordance
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.curves.kaplan_meier import kaplan_meier
from econshrink.survival.kernel.cox_likelihood import (
    hazards,
    score_and_information,
    score_residuals,
)
from econshrink.survival.kernel.risk_sets import Intervals, build_risk_sets
from econshrink.survival.options import Breslow, Efron, FrequencyWeights, ImportanceWeights

SEEDS = st.integers(0, 10**6)


def tied_table(seed: int, n: int = 80) -> pd.DataFrame:
    """Late entry, many ties, three strata, clusters of rows that do not overlap."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 5, n).astype(float)
    return pd.DataFrame(
        {
            "city": [f"{i:06d}" for i in range(n)],
            "start": start,
            "stop": start + rng.integers(1, 5, n),
            "event": (rng.random(n) < 0.6).astype(int),
            "x": rng.normal(size=n),
            "z": rng.normal(size=n) + rng.integers(0, 2, n),
            "zone": rng.integers(0, 3, n),
            "province": rng.integers(0, 12, n),
            "w": rng.integers(1, 4, n),
        }
    )


def table(frame: pd.DataFrame) -> SpellTable:
    return SpellTable(frame, rule_id="property")


def slow_loglik(frame: pd.DataFrame, beta: np.ndarray, average: bool) -> float:
    """Efron or Breslow with importance weights, straight from the definition."""
    total = 0.0
    x = frame[["x", "z"]].to_numpy()
    eta = x @ beta
    for zone in frame["zone"].unique():
        for time in frame.loc[(frame["zone"] == zone) & (frame["event"] == 1), "stop"].unique():
            here = frame["zone"] == zone
            at_risk = here & (frame["start"] < time) & (frame["stop"] >= time)
            dead = here & (frame["stop"] == time) & (frame["event"] == 1)
            w = frame["w"].to_numpy()
            d, mean = int(dead.sum()), w[dead].mean()
            s0, d0 = (w * np.exp(eta))[at_risk].sum(), (w * np.exp(eta))[dead].sum()
            total += (w * eta)[dead].sum()
            for j in range(d):
                total -= mean * np.log(s0 - (j / d if average else 0.0) * d0)
    return float(total)


@settings(derandomize=True, max_examples=8, deadline=None)
@given(seed=SEEDS, average=st.booleans())
def test_likelihood_score_and_information_against_the_definition(seed: int, average: bool) -> None:
    frame = tied_table(seed, 40)
    sets = build_risk_sets(
        frame["start"].to_numpy(),
        frame["stop"].to_numpy(),
        frame["event"].to_numpy() == 1,
        frame[["x", "z"]].to_numpy(),
        frame["zone"].to_numpy(),
        frame["w"].to_numpy(dtype=float),
        np.zeros(len(frame)),
        average_ties=average,
        frequency=False,
    )
    beta = np.array([0.4, -0.3])
    step = 1e-5
    state = hazards(sets, beta * sets.scale)
    assert state.loglik == pytest.approx(slow_loglik(frame, beta, average), rel=1e-11)
    score, information = score_and_information(sets, state)
    unit = np.eye(2) * step
    slope = [
        (slow_loglik(frame, beta + u, average) - slow_loglik(frame, beta - u, average)) / (2 * step)
        for u in unit
    ]
    assert score * sets.scale == pytest.approx(slope, rel=1e-5, abs=1e-5)
    near = [score_and_information(sets, hazards(sets, (beta + u) * sets.scale))[0] for u in unit]
    far = [score_and_information(sets, hazards(sets, (beta - u) * sets.scale))[0] for u in unit]
    curvature = -(np.array(near) - np.array(far)) / (2 * step)
    assert information * sets.scale[:, None] == pytest.approx(curvature, rel=1e-5, abs=1e-5)
    residuals = score_residuals(sets, state)
    assert sets.weight @ residuals == pytest.approx(score, rel=1e-9, abs=1e-9)


@settings(derandomize=True, max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_frequencies_are_literal_repetition(seed: int) -> None:
    frame = tied_table(seed)
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    repeated["city"] = [f"{i:06d}" for i in range(len(repeated))]
    options = {"strata": "zone", "vcov": Clustered("province")}
    for ties in (Efron(), Breslow()):
        weighted = fit_cox(
            table(frame), ["x", "z"], ties=ties, weights=FrequencyWeights("w"), **options
        )
        literal = fit_cox(table(repeated), ["x", "z"], ties=ties, **options)
        assert weighted.nobs == literal.nobs
        assert weighted.coefficients == pytest.approx(literal.coefficients, rel=1e-12, abs=1e-13)
        assert weighted.covariance == pytest.approx(literal.covariance, rel=1e-11, abs=1e-14)
        assert weighted.stats["loglik"] == pytest.approx(literal.stats["loglik"], rel=1e-12)


@settings(derandomize=True, max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_cutting_rows_and_stretching_time_change_nothing(seed: int) -> None:
    frame = tied_table(seed)
    whole = fit_cox(table(frame), ["x", "z"], vcov=Clustered())
    long = frame.loc[frame.index.repeat((frame["stop"] - frame["start"]).astype(int))]
    offset = long.groupby(level=0).cumcount()
    cut = long.assign(
        start=long["start"] + offset,
        stop=long["start"] + offset + 1,
        event=long["event"] * (long["start"] + offset + 1 == long["stop"]),
    )
    cut = cut.assign(start=np.expm1(cut["start"] / 3), stop=np.expm1(cut["stop"] / 3))
    split = fit_cox(table(cut), ["x", "z"], vcov=Clustered())
    assert split.coefficients == pytest.approx(whole.coefficients, rel=1e-10, abs=1e-12)
    assert split.covariance == pytest.approx(whole.covariance, rel=1e-10, abs=1e-13)


@settings(derandomize=True, max_examples=12, deadline=None)
@given(seed=SEEDS, factor=st.floats(1e-6, 1e6), shift=st.floats(-1e3, 1e3))
def test_units_order_and_equal_weights_change_nothing(
    seed: int, factor: float, shift: float
) -> None:
    frame = tied_table(seed)
    plain = fit_cox(table(frame), ["x", "z"])
    changed = frame.assign(x=(frame["x"] + shift) * factor, w=2.5).sample(frac=1, random_state=seed)
    other = fit_cox(table(changed), ["x", "z"], weights=ImportanceWeights("w"))
    assert other.coefficients * [factor, 1] == pytest.approx(
        plain.coefficients, rel=1e-8, abs=1e-10
    )


@settings(derandomize=True, max_examples=30, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 60), size=st.integers(1, 33))
def test_three_ways_to_sum_over_risk_sets_agree(seed: int, n: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    lo = np.sort(rng.integers(0, size, n))
    hi = rng.integers(lo + 1, size + 1)
    cover = (lo[:, None] <= np.arange(size)) & (np.arange(size) < hi[:, None])
    values, increments = rng.normal(size=(n, 2)), rng.normal(size=(size, 2))
    ranges = Intervals(lo, hi, size, single=False)
    for additive in (False, True):
        assert np.allclose(ranges.scatter(values, additive), cover.T @ values)
        assert np.allclose(ranges.gather(increments, additive), cover @ increments)
        assert np.allclose(ranges.gather(increments[:, 0], additive), cover @ increments[:, 0])
    once = Intervals(lo, lo + 1, size, single=True)
    assert np.allclose(once.scatter(values), (cover & (np.arange(size) == lo[:, None])).T @ values)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(seed=SEEDS, n=st.integers(2, 12))
def test_tiny_tables_give_a_number_or_a_clear_error(seed: int, n: int) -> None:
    """With few rows the likelihood is often monotone: never a silent nonsense."""
    frame = tied_table(seed, n)
    frame["z"] = (frame["z"] > 0.5).astype(float)
    with suppress(EconshrinkError):
        estimate = fit_cox(table(frame), ["x", "z"])
        assert np.abs(estimate.coefficients).max() < 1e3
        assert (estimate.std_errors < 1e3).all()


@settings(derandomize=True, max_examples=10, deadline=None)
@given(seed=SEEDS, unit=st.sampled_from([0.1, 1 / 3, 0.7, 1e-3]), origin=st.sampled_from([0, 2010]))
def test_rounding_of_times_decides_nothing(seed: int, unit: float, origin: int) -> None:
    """Months as floats: 3 * 0.1 and 0.1 + 0.2 are one time, whichever way a row came by it."""
    frame = tied_table(seed)
    whole = fit_cox(table(frame), ["x", "z"])
    noisy = frame.assign(
        start=origin + frame["start"] * unit,
        stop=origin + frame["start"] * unit + (frame["stop"] - frame["start"]) * unit,
    )
    other = fit_cox(table(noisy), ["x", "z"])
    assert other.coefficients == pytest.approx(whole.coefficients, rel=1e-12, abs=1e-14)
    steps = kaplan_meier(table(frame)).frame
    again = kaplan_meier(
        table(noisy.assign(start=noisy["start"] - origin, stop=noisy["stop"] - origin))
    ).frame
    assert len(again) == len(steps)
    assert again["estimate"].to_numpy() == pytest.approx(steps["estimate"].to_numpy())


def test_a_row_that_is_empty_up_to_rounding_is_refused() -> None:
    frame = tied_table(1)
    frame.loc[0, ["start", "stop"]] = [3.3, 3.3 + 1e-14]
    with pytest.raises(DataError, match="up to rounding"):
        fit_cox(table(frame), ["x"])


@settings(derandomize=True, max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_concordance_against_every_pair(seed: int) -> None:
    frame = tied_table(seed, 40)
    frame["x"] = frame["x"].round(0)
    spells = table(frame)
    estimate = fit_cox(spells, ["x"], strata="zone", weights=ImportanceWeights("w"))
    risk = frame["x"].to_numpy() * estimate.coefficient("x")
    count = dict.fromkeys(("concordant", "discordant", "tied_risk", "tied_time", "tied_both"), 0.0)
    for i in frame.index[frame["event"] == 1]:
        for j in frame.index:
            a, b = frame.loc[i], frame.loc[j]
            at_risk = b["start"] < a["stop"] <= b["stop"] and a["zone"] == b["zone"]
            if i == j or not at_risk:
                continue
            together = b["stop"] == a["stop"] and b["event"] == 1
            weight = a["w"] * b["w"] * (0.5 if together else 1.0)
            if together:
                kind = "tied_both" if risk[i] == risk[j] else "tied_time"
            else:
                sign = np.sign(risk[i] - risk[j])
                kind = {1: "concordant", -1: "discordant", 0: "tied_risk"}[int(sign)]
            count[kind] += weight
    found = concordance(spells, estimate)
    for kind, value in count.items():
        assert getattr(found, kind) == pytest.approx(value)
