"""Residuals, baseline, prediction, drift tests, concordance and log-rank."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.concordance import concordance
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.cox.prediction import baseline_hazard, predict_survival
from econshrink.survival.cox.residuals import (
    martingale_residuals,
    schoenfeld_residuals,
    score_residual_table,
)
from econshrink.survival.cox.time_effects import LogTime, proportional_hazards_test
from econshrink.survival.curves.kaplan_meier import nelson_aalen
from econshrink.survival.curves.log_rank import FlemingHarrington, log_rank
from econshrink.survival.options import Breslow, Exact, ImportanceWeights


def panel() -> SpellTable:
    """Yearly rows with ties, an offset, weights and strata."""
    rng = generator("unit.cox_tools")
    n = 300
    start = rng.integers(0, 6, n).astype(float)
    frame = pd.DataFrame(
        {
            "city": [f"{i:06d}" for i in range(n)],
            "start": start,
            "stop": start + rng.integers(1, 6, n),
            "event": rng.integers(0, 2, n),
            "x": rng.normal(size=n),
            "z": rng.integers(0, 2, n),
            "zone": rng.integers(0, 2, n),
            "lift": rng.normal(size=n) / 5,
            "w": rng.uniform(0.5, 2, n),
        }
    )
    return SpellTable(frame, rule_id="unit")


OPTIONS = {"strata": "zone", "offset": "lift", "weights": ImportanceWeights("w")}


@pytest.mark.parametrize("ties", [None, Breslow()])
def test_weighted_residuals_sum_to_zero(ties: object) -> None:
    table = panel()
    options = OPTIONS if ties is None else {**OPTIONS, "ties": ties}
    estimate = fit_cox(table, ["x", "z"], **options)
    weight = table.frame["w"].to_numpy()
    assert weight @ martingale_residuals(table, estimate) == pytest.approx(0, abs=1e-9)
    scores = weight @ score_residual_table(table, estimate).to_numpy()
    assert scores == pytest.approx([0, 0], abs=1e-8)
    events = schoenfeld_residuals(table, estimate)
    assert len(events) == table.events
    assert set(events["stratum"]) == {"0", "1"}


def test_score_residuals_are_what_leaving_a_row_out_does() -> None:
    """To first order, dropping weight from a row moves the estimate by its dfbeta."""
    table = panel()
    base = fit_cox(table, ["x", "z"], weights=ImportanceWeights("w"), ties=Breslow())
    scores = score_residual_table(table, base).to_numpy()
    row = 17
    nudged = table.frame["w"].where(table.frame.index != row, table.frame["w"] + 1e-5)
    moved = fit_cox(
        SpellTable(table.frame.assign(w=nudged), rule_id="unit"),
        ["x", "z"],
        weights=ImportanceWeights("w"),
        ties=Breslow(),
    )
    slope = (moved.coefficients - base.coefficients) / 1e-5
    assert slope == pytest.approx(base.covariance @ scores[row], rel=1e-3)


def test_baseline_at_zero_coefficients_is_nelson_aalen_under_breslow() -> None:
    table = panel()
    estimate = fit_cox(table, ["x"], ties=Breslow())
    curve = baseline_hazard(table, estimate).frame
    reference = nelson_aalen(table).frame
    reference = reference[reference["events"] > 0]
    ratio = curve["estimate"].to_numpy() / reference["estimate"].to_numpy()
    # x has mean zero and a small effect: the two are close but not the same.
    assert np.abs(ratio - 1).max() < 0.2


def test_constant_path_follows_the_baseline() -> None:
    table = panel()
    estimate = fit_cox(table, ["x", "z"])
    paths = pd.DataFrame({"path": "p", "start": [0, 2, 5], "stop": [2, 5, 12], "x": 0.3, "z": 1})
    curve = predict_survival(table, estimate, paths).frame
    base = baseline_hazard(table, estimate).frame["estimate"].to_numpy()
    ratio = np.exp(estimate.coefficients @ [0.3, 1])
    assert curve["estimate"].iloc[1:].to_numpy() == pytest.approx(np.exp(-base * ratio))
    assert curve["conf_low"].iloc[1:].lt(curve["estimate"].iloc[1:]).all()


def test_conditional_survival_multiplies_up() -> None:
    table = panel()
    estimate = fit_cox(table, ["x", "z"], strata="zone")
    rows = {"x": [0.0, 1.0], "z": [0, 1], "zone": 1}
    whole = pd.DataFrame({"path": "whole", "start": [0, 4], "stop": [4, 9], **rows})
    parts = whole.assign(path=["early", "late"])
    last = predict_survival(table, estimate, pd.concat([whole, parts])).frame.groupby("group")
    end = last["estimate"].last()
    assert end["whole"] == pytest.approx(end["early"] * end["late"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stop": [3, 9]}, "gaps or overlaps"),
        ({"x": [0.0, np.nan]}, "gaps or text in 'x'"),
        ({"zone": [7, 7]}, "another stratum"),
    ],
)
def test_paths_with_faults_are_refused(change: dict, words: str) -> None:
    table = panel()
    estimate = fit_cox(table, ["x"], strata="zone")
    path = pd.DataFrame({"path": "p", "start": [0, 4], "stop": [4, 9], "x": 0.0, "zone": 1})
    with pytest.raises(DataError, match=words):
        predict_survival(table, estimate, path.assign(**change))


def test_delta_method_of_prediction_against_small_changes() -> None:
    """The share of the variance that comes from the coefficients, by numerical differentiation."""
    table = panel()
    estimate = fit_cox(table, ["x"], ties=Breslow())
    path = pd.DataFrame({"path": "p", "start": [0], "stop": [12], "x": [1.0]})

    def hazard(beta: float) -> float:
        moved = table.frame.assign(fixed=table.frame["x"] * beta)
        base = fit_cox(SpellTable(moved, rule_id="unit"), ["z"], offset="fixed", ties=Breslow())
        shifted = moved.assign(fixed=moved["fixed"] + moved["z"] * -base.coefficient("z"))
        risk = np.exp(shifted["x"] * beta)
        total = 0.0
        for time in sorted(moved.loc[moved["event"] == 1, "stop"].unique()):
            at_risk = (moved["start"] < time) & (moved["stop"] >= time)
            dead = ((moved["stop"] == time) & (moved["event"] == 1)).sum()
            total += dead / risk[at_risk].sum()
        return total * np.exp(beta)

    b = estimate.coefficient("x")
    slope = (hazard(b + 1e-5) - hazard(b - 1e-5)) / 2e-5
    own = 0.0
    risk = np.exp(table.frame["x"] * b)
    for time in sorted(table.frame.loc[table.frame["event"] == 1, "stop"].unique()):
        at_risk = (table.frame["start"] < time) & (table.frame["stop"] >= time)
        dead = ((table.frame["stop"] == time) & (table.frame["event"] == 1)).sum()
        own += np.exp(2 * b) * dead / risk[at_risk].sum() ** 2
    expected = np.sqrt(own + slope**2 * estimate.covariance[0, 0])
    last = predict_survival(table, estimate, path).frame.iloc[-1]
    assert last["std_error"] / last["estimate"] == pytest.approx(expected, rel=1e-6)


def test_exact_ties_have_no_row_residuals() -> None:
    table = panel()
    small = SpellTable(table.frame.head(60), rule_id="unit")
    estimate = fit_cox(small, ["x"], ties=Exact())
    with pytest.raises(SpecError, match="exact ties"):
        martingale_residuals(small, estimate)


def test_another_table_is_refused() -> None:
    table = panel()
    estimate = fit_cox(table, ["x"])
    with pytest.raises(DataError, match="300 rows of the fit"):
        martingale_residuals(SpellTable(table.frame.head(200), rule_id="unit"), estimate)


def test_drift_is_found_and_log_of_zero_refused() -> None:
    rng = generator("unit.drift")
    n = 800
    x = rng.integers(0, 2, n)
    time = rng.exponential(1.0, n)
    time = np.where((x == 1) & (time > 0.5), 0.5 + (time - 0.5) * 5, time)
    frame = pd.DataFrame(
        {"city": [f"{i:06d}" for i in range(n)], "start": 0.0, "stop": time, "event": 1, "x": x}
    )
    table = SpellTable(frame, rule_id="unit")
    test = proportional_hazards_test(table, fit_cox(table, ["x"]))
    assert test["p_value"].iloc[0] < 1e-6
    moved = SpellTable(frame.assign(start=-1.0, stop=frame["stop"] - 0.5), rule_id="unit")
    with pytest.raises(DataError, match="above 0"):
        proportional_hazards_test(moved, fit_cox(moved, ["x"]), LogTime())


def test_concordance_by_hand() -> None:
    """Four rows, the third censored: pairs (1,2) (1,3) (1,4) (2,3) (2,4) compare."""
    frame = pd.DataFrame(
        {
            "city": list("abcd"),
            "start": 0,
            "stop": [1, 2, 3, 4],
            "event": [1, 1, 0, 1],
            "x": [1.0, 3.0, 2.0, 1.0],
        }
    )
    table = SpellTable(frame, rule_id="unit")
    estimate = fit_cox(table, ["x"])
    found = concordance(table, estimate)
    assert found.tied_risk == 1
    assert found.concordant == 2
    assert found.discordant == 2
    assert found.estimate == 0.5


def test_log_rank_strata_add_up_and_weights_differ() -> None:
    table = panel()
    plain = log_rank(table, "z")
    assert plain.df == 1
    assert plain.table["observed"].sum() == table.events
    assert plain.table["expected"].sum() == pytest.approx(table.events)
    stratified = log_rank(table, "z", strata="zone")
    assert stratified.statistic != plain.statistic
    late = log_rank(table, "z", weight=FlemingHarrington(0, 1))
    assert late.statistic != plain.statistic
    with pytest.raises(SpecError, match="one group"):
        log_rank(SpellTable(table.frame.assign(z=1), rule_id="unit"), "z")


def test_log_rank_is_the_score_test_of_breslow_without_ties() -> None:
    frame = panel().frame
    untied = frame.assign(stop=frame["stop"] + np.arange(len(frame)) * 1e-6)
    table = SpellTable(untied, rule_id="unit")
    score = fit_cox(table, ["z"]).stats["score_chi2"]
    assert log_rank(table, "z").statistic == pytest.approx(score)
