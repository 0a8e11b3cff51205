"""Kaplan-Meier and Nelson-Aalen: hand-computed tables with late entry, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.nouns.spells import SpellTable
from econshrink.survival.curves.kaplan_meier import LogBand, PlainBand, kaplan_meier, nelson_aalen
from econshrink.survival.curves.summaries import (
    restricted_mean,
    restricted_mean_differences,
    survival_quantile,
)


def table(rows: list[tuple], **columns: object) -> SpellTable:
    frame = pd.DataFrame(rows, columns=["city", "start", "stop", "event"]).assign(**columns)
    return SpellTable(frame, rule_id="unit")


LATE = [("a", 0, 2, 1), ("b", 0, 4, 0), ("c", 1, 3, 1), ("d", 2, 5, 1), ("e", 3, 6, 0)]


def test_late_entry_by_hand() -> None:
    """At 2: a, b, c at risk (d starts at 2: not yet). At 3: b, c, d. At 5: d, e."""
    frame = kaplan_meier(table(LATE)).frame
    assert frame["time"].tolist() == [0, 2, 3, 5, 6]
    assert frame["at_risk"].tolist() == [2, 3, 3, 2, 1]
    assert frame["events"].tolist() == [0, 1, 1, 1, 0]
    assert frame["estimate"].tolist() == pytest.approx([1, 2 / 3, 4 / 9, 2 / 9, 2 / 9])
    greenwood = 1 / (3 * 2) + 1 / (3 * 2) + 1 / (2 * 1)
    assert frame["std_error"].iloc[3] == pytest.approx(2 / 9 * np.sqrt(greenwood))


def test_splitting_rows_changes_nothing() -> None:
    whole = kaplan_meier(table([("a", 0, 3, 1), ("b", 0, 3, 0), ("c", 0, 2, 1)])).frame
    cut = [("a", 0, 1, 0), ("a", 1, 2, 0), ("a", 2, 3, 1), ("b", 0, 2, 0), ("b", 2, 3, 0)]
    pd.testing.assert_frame_equal(kaplan_meier(table([*cut, ("c", 0, 2, 1)])).frame, whole)


def test_weights_repeat_rows() -> None:
    rows = [("a", 0, 1, 1), ("b", 0, 2, 0), ("c", 0, 3, 1)]
    weighted = kaplan_meier(table(rows, w=[2, 1, 3]), weights="w").frame
    names = iter("abcdef")
    literal = [
        (next(names), *row[1:]) for row, n in zip(rows, (2, 1, 3), strict=True) for _ in range(n)
    ]
    pd.testing.assert_frame_equal(kaplan_meier(table(literal)).frame, weighted)


def test_everyone_gone_early_is_said_and_has_no_band() -> None:
    curve = kaplan_meier(table([("a", 0, 1, 1), ("b", 2, 3, 1), ("c", 2, 4, 0)]))
    assert curve.frame["estimate"].iloc[1:].eq(0).all()
    assert curve.frame["conf_low"].iloc[1:].isna().all()
    assert "every row at risk had the event at 1" in curve.notes[0]


def test_no_event_leaves_survival_at_one() -> None:
    frame = kaplan_meier(table([("a", 0, 1, 0), ("b", 0, 2, 0)])).frame
    assert frame["estimate"].eq(1).all()
    assert frame["conf_low"].eq(1).all()


def test_groups_and_an_entry_before_zero() -> None:
    curve = kaplan_meier(table([("a", -2, 1, 1), ("b", 0, 2, 0)], zone=["north", "south"]), "zone")
    assert curve.groups == ("north", "south")
    assert curve.frame.loc[curve.frame["group"] == "north", "time"].iloc[0] == -2


@pytest.mark.parametrize("band", [LogBand(), PlainBand()])
def test_other_bands_hold_the_estimate(band: object) -> None:
    frame = kaplan_meier(table(LATE), band=band).frame
    assert (frame["conf_low"] <= frame["estimate"]).all()
    assert (frame["conf_high"] >= frame["estimate"]).all()
    assert frame["conf_high"].max() <= 1


def test_nelson_aalen_by_hand() -> None:
    frame = nelson_aalen(table(LATE)).frame
    assert frame["estimate"].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 7 / 6, 7 / 6])
    assert frame["std_error"].iloc[-1] == pytest.approx(np.sqrt(1 / 9 + 1 / 9 + 1 / 4))


def test_median_on_a_flat_stretch_is_its_middle() -> None:
    rows = [(name, 0, time, 1) for name, time in zip("abcd", (1, 2, 5, 6), strict=True)]
    assert survival_quantile(kaplan_meier(table(rows)))["quantile"].iloc[0] == 3.5
    assert np.isnan(survival_quantile(kaplan_meier(table(LATE)), 0.9)["quantile"].iloc[0])


def test_restricted_mean_by_hand() -> None:
    mean = restricted_mean(kaplan_meier(table(LATE)), 4)["restricted_mean"].iloc[0]
    assert mean == pytest.approx(2 * 1 + 1 * 2 / 3 + 1 * 4 / 9)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: kaplan_meier(table(LATE), level=95), SpecError, "between 0 and 1"),
        (lambda: kaplan_meier(table(LATE), by="zone"), SpecError, "no column 'zone'"),
        (lambda: kaplan_meier(table(LATE, w=-1.0), weights="w"), DataError, "weights below 0"),
        (lambda: kaplan_meier(table(LATE, g=[1, 2, None, 1, 2]), "g"), SpecError, "1 rows without"),
        (lambda: restricted_mean(kaplan_meier(table(LATE)), 9), DataError, "beyond the last exit"),
        (lambda: survival_quantile(nelson_aalen(table(LATE))), DataError, "survival with at_risk"),
        (lambda: survival_quantile(kaplan_meier(table(LATE)), 50), SpecError, "between 0 and 1"),
    ],
)
def test_wrong_requests(call: object, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_differences_of_restricted_means() -> None:
    curve = kaplan_meier(table(LATE, zone=list("nnnss")), "zone")
    means = restricted_mean(curve, 4)
    found = restricted_mean_differences(curve, 4).iloc[0]
    assert found["difference"] == pytest.approx(
        means["restricted_mean"].iloc[1] - means["restricted_mean"].iloc[0]
    )
    assert found["std_error"] ** 2 == pytest.approx((means["std_error"] ** 2).sum())
    with pytest.raises(DataError, match="one group"):
        restricted_mean_differences(kaplan_meier(table(LATE)), 4)
