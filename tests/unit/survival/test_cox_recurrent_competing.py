"""Recurrent events and competing ends: the tables built, hand-computed curves, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.vcov import Iid
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.curves.aalen_johansen import aalen_johansen
from econshrink.survival.curves.kaplan_meier import kaplan_meier
from econshrink.survival.events.competing import (
    fine_gray_table,
    fit_cause_specific,
    fit_fine_gray,
)
from econshrink.survival.events.recurrent import (
    EventEffects,
    GapTime,
    conditional_table,
    fit_pwp,
    fit_wlw,
    marginal_table,
)

PUBLIC = Path(__file__).parents[2] / "reference" / "survival_data"


def table(frame: pd.DataFrame) -> SpellTable:
    return SpellTable(frame, rule_id="unit")


def twice() -> SpellTable:
    """One city with events at 3 and 8, entering at 1; another without events."""
    frame = pd.DataFrame(
        {
            "city": ["a", "a", "a", "b"],
            "start": [1, 3, 8, 0],
            "stop": [3, 8, 9, 6],
            "event": [1, 1, 0, 0],
            "x": [1.0, 1.0, 1.0, 0.0],
        }
    )
    return table(frame)


def test_conditional_table_numbers_events_and_resets_the_clock() -> None:
    total = conditional_table(twice()).frame
    assert total["event_number"].tolist() == [1, 2, 3, 1]
    assert total["start"].tolist() == [1, 3, 8, 0]
    gap = conditional_table(twice(), GapTime(), most=2).frame.sort_values(["home", "event_number"])
    assert sorted(zip(gap["start"], gap["stop"], gap["event_number"], strict=True)) == [
        (0, 1, 2), (0, 5, 2), (0, 6, 1), (1, 3, 1),
    ]  # fmt: skip


def test_marginal_table_keeps_cities_at_risk_of_every_event() -> None:
    frame = marginal_table(twice(), ("x",), 2).frame
    rows = frame[["home", "event_number", "start", "stop", "event"]].to_numpy().tolist()
    assert sorted(rows) == [
        ["a", 1, 1.0, 3.0, 1], ["a", 2, 1.0, 8.0, 1], ["b", 1, 0.0, 6.0, 0], ["b", 2, 0.0, 6.0, 0],
    ]  # fmt: skip
    with pytest.raises(SpecError, match="between 1 and 2"):
        marginal_table(twice(), ("x",), 3)


def test_marginal_table_of_start_stop_rows_is_the_published_layout() -> None:
    frame = pd.read_csv(PUBLIC / "bladder2.csv")
    spells = table(frame.assign(city=frame["id"].map("{:04d}".format)))
    ours = marginal_table(spells, ("rx", "size", "number"), 4).frame
    published = pd.read_csv(PUBLIC / "bladder.csv").sort_values(["id", "enum"])
    ours = ours.sort_values(["id", "event_number"])
    for mine, theirs in (("stop", "stop"), ("event", "event"), ("event_number", "enum")):
        assert ours[mine].astype(int).tolist() == published[theirs].tolist()
    assert ours["start"].eq(0).all()


def test_effects_by_event_are_separate_fits_when_strata_do_not_meet() -> None:
    """With a coefficient an event, each stratum's fit stands alone."""
    frame = pd.read_csv(PUBLIC / "bladder2.csv")
    spells = table(frame.assign(city=frame["id"].map("{:04d}".format)))
    joint = fit_pwp(spells, ["rx", "number"], effects=EventEffects(), most=3)
    numbered = conditional_table(spells, most=3).frame
    for event in (1, 2, 3):
        alone = fit_cox(table(numbered[numbered["event_number"] == event]), ["rx", "number"])
        assert joint.coefficient(f"rx:event {event}") == pytest.approx(alone.coefficient("rx"))
    marginal = fit_wlw(spells, ["rx"], events=2, effects=EventEffects(), vcov=Iid())
    assert marginal.terms == ("rx:event 1", "rx:event 2")


def ends() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city": list("abcdef"),
            "start": 0.0,
            "stop": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "event": [1, 1, 0, 1, 1, 0],
            "end": ["loss", "merger", "", "loss", "merger", ""],
            "x": [1.0, 0.0, 1.0, 0.0, 1.0, 0.0],
        }
    )


def test_incidence_by_hand_and_sum_with_survival() -> None:
    curve = aalen_johansen(table(ends()), "end").frame
    loss = curve[curve["group"] == "loss"]
    assert loss["time"].tolist() == [0, 1, 2, 4, 5]
    assert loss["estimate"].tolist() == pytest.approx(
        [0, 1 / 6, 1 / 6, 1 / 6 + 2 / 9, 1 / 6 + 2 / 9]
    )
    total = curve.groupby("time")["estimate"].sum().to_numpy()
    survival = kaplan_meier(table(ends())).frame
    survival = survival[survival["time"].isin([0, 1, 2, 4, 5])]["estimate"].to_numpy()
    assert total == pytest.approx(1 - survival)
    assert (curve["conf_low"] <= curve["estimate"]).all()


def test_splitting_rows_leaves_incidence_and_error() -> None:
    frame = ends()
    late = frame["stop"] > 1
    first = frame[late].assign(stop=1.0, event=0, end="")
    cut = pd.concat([frame.assign(start=np.where(late, 1.0, 0.0)), first])
    pd.testing.assert_frame_equal(
        aalen_johansen(table(cut), "end").frame, aalen_johansen(table(frame), "end").frame
    )


def test_error_of_incidence_without_censoring_is_binomial() -> None:
    rng = generator("unit.incidence")
    n = 50
    frame = pd.DataFrame(
        {
            "city": [f"{i:03d}" for i in range(n)],
            "start": 0.0,
            "stop": rng.permutation(n) + 1.0,
            "event": 1,
            "end": np.where(rng.random(n) < 0.4, "loss", "merger"),
        }
    )
    last = aalen_johansen(table(frame), "end", by=None).frame.groupby("group").last()
    share = (frame["end"] == "loss").mean()
    assert last.loc["loss", "estimate"] == pytest.approx(share)
    assert last.loc["loss", "std_error"] == pytest.approx(np.sqrt(share * (1 - share) / n))


def test_fine_gray_without_censoring_keeps_everyone_to_the_end() -> None:
    """Then the subdistribution model is a Cox model with other ends at risk for ever."""
    rng = generator("unit.fine_gray")
    n = 120
    frame = pd.DataFrame(
        {
            "city": [f"{i:03d}" for i in range(n)],
            "start": 0.0,
            "stop": rng.integers(1, 9, n).astype(float),
            "event": 1,
            "end": np.where(rng.random(n) < 0.5, "loss", "merger"),
            "x": rng.normal(size=n),
        }
    )
    ours = fit_fine_gray(table(frame), ["x"], causes="end", cause="loss", vcov=Iid())
    kept = frame.assign(
        event=(frame["end"] == "loss").astype(int),
        stop=np.where(frame["end"] == "loss", frame["stop"], 99.0),
    )
    assert ours.coefficient("x") == pytest.approx(fit_cox(table(kept), ["x"]).coefficient("x"))
    split = fit_cause_specific(table(frame), ["x"], causes="end", cause="loss")
    assert split.coefficient("x") != pytest.approx(ours.coefficient("x"), rel=1e-3)


def test_fine_gray_weights_by_hand() -> None:
    """b ends otherwise at 2; c is censored at 3 with four at risk: G falls to 3/4."""
    frame = fine_gray_table(table(ends()), ("x",), causes="end", cause="loss").frame
    b = frame[frame["home"] == "b"]
    assert b[["start", "stop"]].to_numpy().tolist() == [[0.0, 2.0], [2.0, 4.0]]
    assert b["fine_gray_weight"].tolist() == pytest.approx([1.0, 0.75])


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"start": [0.5, 0, 0, 0, 0, 0]}, SpecError, "enter after time 0"),
        ({"end": ["loss", "", "", "loss", "merger", ""]}, SpecError, "1 events without a cause"),
        ({"end": "merger"}, SpecError, "cause 'loss'"),
        ({"x": np.nan}, DataError, "column x"),
    ],
)
def test_fine_gray_refuses(change: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        fit_fine_gray(table(ends().assign(**change)), ["x"], causes="end", cause="loss")


def test_fine_gray_refuses_covariates_that_change() -> None:
    frame = ends()
    more = frame[frame["city"] == "f"].assign(start=6.0, stop=7.0, x=5.0)
    with pytest.raises(SpecError, match="'x' changes within cities"):
        fit_fine_gray(table(pd.concat([frame, more])), ["x"], causes="end", cause="loss")


def test_incidence_by_group_is_that_of_each_group() -> None:
    frame = ends().assign(zone=list("nnnsss"))
    both = aalen_johansen(table(frame), "end", by="zone").frame
    assert set(both["group"]) == {"n: loss", "n: merger", "s: loss", "s: merger"}
    south = aalen_johansen(table(frame[frame["zone"] == "s"]), "end").frame
    mine = both[both["group"] == "s: loss"]["estimate"].tolist()
    assert mine == south[south["group"] == "loss"]["estimate"].tolist()
