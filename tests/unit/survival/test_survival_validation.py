"""Measures of predicted risk: by hand, against weighted sums written out, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.nouns.curve import Curve
from econshrink.nouns.spells import SpellTable
from econshrink.survival.validation.accuracy import brier_scores, integrated_brier
from econshrink.survival.validation.calibration import calibration
from econshrink.survival.validation.discrimination import (
    time_dependent_auc,
    uno_concordance,
)
from econshrink.survival.validation.outcomes import landmark_outcomes, risk_table


def spells(rows: list[tuple], **columns: object) -> SpellTable:
    frame = pd.DataFrame(rows, columns=["city", "start", "stop", "event"]).assign(**columns)
    return SpellTable(frame, rule_id="unit")


def tied(n: int = 60) -> tuple[SpellTable, pd.Series]:
    """One row a city, yearly exits with ties between events and losses."""
    rng = generator("unit.validation")
    frame = pd.DataFrame(
        {
            "city": [f"c{i:03d}" for i in range(n)],
            "start": 0,
            "stop": rng.integers(1, 9, n),
            "event": rng.integers(0, 2, n),
            "zone": [f"z{i % 11:02d}" for i in range(n)],
        }
    )
    risk = pd.Series(np.round(rng.uniform(0.05, 0.95, n), 1), index=frame["city"])
    return SpellTable(frame, rule_id="unit"), risk


class WrittenOut:
    """The measures with a weight a city, by loops: nothing shared with the code under test."""

    def __init__(self, table: SpellTable, risk: pd.Series) -> None:
        self.time = table.frame["stop"].to_numpy()
        self.event = table.frame["event"].to_numpy() == 1
        self.risk = risk.to_numpy()

    def seen(self, t: float, w: np.ndarray) -> float:
        level = 1.0
        for s in np.unique(self.time[~self.event]):
            if s < t:
                at_risk = (self.time > s) | ((self.time == s) & ~self.event)
                level *= 1 - w[(self.time == s) & ~self.event].sum() / w[at_risk].sum()
        return level

    def brier(self, h: float, w: np.ndarray) -> float:
        total = 0.0
        for i, (t, e) in enumerate(zip(self.time, self.event, strict=True)):
            if e and t <= h:
                total += w[i] * (1 - self.risk[i]) ** 2 / self.seen(t, w)
            elif t >= h:
                total += w[i] * self.risk[i] ** 2 / self.seen(h, w)
        return total / w.sum()

    def auc(self, h: float, w: np.ndarray) -> float:
        top = bottom = 0.0
        for i in np.flatnonzero(self.event & (self.time <= h)):
            for j in np.flatnonzero((self.time >= h) & ~(self.event & (self.time <= h))):
                pair = w[i] * w[j] / self.seen(self.time[i], w) / self.seen(h, w)
                bottom += pair
                gap = self.risk[i] - self.risk[j]
                top += pair * (0.5 if gap == 0 else gap > 0)
        return top / bottom

    def uno_known(self, h: float, w: np.ndarray) -> float:
        return self.uno(h, w, np.ones(len(w)))

    def uno(self, h: float, w: np.ndarray, lost: np.ndarray | None = None) -> float:
        """With the chance of being seen re-estimated under the weights, or under `lost`."""
        lost = w if lost is None else lost
        top = bottom = 0.0
        for i in np.flatnonzero(self.event & (self.time <= h)):
            for j in range(len(w)):
                later = self.time[j] > self.time[i]
                if later or (self.time[j] == self.time[i] and not self.event[j]):
                    pair = w[i] * w[j] / self.seen(self.time[i], lost) ** 2
                    bottom += pair
                    gap = self.risk[i] - self.risk[j]
                    top += pair * (0.5 if gap == 0 else gap > 0)
        return top / bottom

    def error(self, measure: object, h: float, cluster: np.ndarray) -> float:
        """Infinitesimal jackknife over clusters by central differences."""
        total = 0.0
        for name in np.unique(cluster):
            ends = []
            for step in (1e-5, -1e-5):
                w = np.ones(len(self.time))
                w[cluster == name] += step
                ends.append(measure(h, w))
            total += ((ends[0] - ends[1]) / 2e-5) ** 2
        return np.sqrt(total)


@pytest.mark.parametrize("column", ["city", "zone"])
def test_measures_and_their_errors_against_loops(column: str) -> None:
    table, risk = tied(20)
    plain = WrittenOut(table, risk)
    ones = np.ones(len(risk))
    cluster = table.frame[column].to_numpy()
    brier = brier_scores(table, risk.to_frame(5.0), cluster=column).iloc[0]
    assert brier["brier"] == pytest.approx(plain.brier(5, ones), rel=1e-12)
    assert brier["std_error"] == pytest.approx(plain.error(plain.brier, 5, cluster), rel=1e-7)
    auc = time_dependent_auc(table, risk.to_frame(5.0), cluster=column).iloc[0]
    assert auc["auc"] == pytest.approx(plain.auc(5, ones), rel=1e-12)
    assert auc["std_error"] == pytest.approx(plain.error(plain.auc, 5, cluster), rel=1e-7)
    uno = uno_concordance(table, risk, 6.0, cluster=column)
    assert uno.estimate == pytest.approx(plain.uno(6, ones), rel=1e-12)
    assert uno.std_error == pytest.approx(plain.error(plain.uno, 6, cluster), rel=1e-7)
    known = plain.error(plain.uno_known, 6, cluster)
    assert uno.std_error_known == pytest.approx(known, rel=1e-7)
    assert uno.std_error_known != uno.std_error


def test_error_of_uno_is_near_that_of_leaving_cities_out() -> None:
    """The jackknife proper; its difference from the infinitesimal one is of the order 1 / n."""
    table, risk = tied(150)
    plain, n = WrittenOut(table, risk), len(risk)
    found = uno_concordance(table, risk, 6.0)
    without = [plain.uno(6, 1.0 - (np.arange(n) == i)) for i in range(n)]
    jackknife = np.sqrt((n - 1) / n * ((without - np.mean(without)) ** 2).sum())
    assert found.std_error == pytest.approx(jackknife, rel=5 / n)


def test_nobody_lost_is_the_plain_mean() -> None:
    table, risk = tied()
    full = SpellTable(table.frame.assign(event=1), rule_id="unit")
    died = full.frame["stop"].to_numpy() <= 4
    expected = ((died - risk.to_numpy()) ** 2).mean()
    found = brier_scores(full, risk.to_frame(4.0)).iloc[0]
    assert found["brier"] == pytest.approx(expected, rel=1e-13)
    assert found["null"] == pytest.approx(died.mean() * (1 - died.mean()), rel=1e-12)
    assert found["std_error"] == pytest.approx(
        ((died - risk.to_numpy()) ** 2).std() / np.sqrt(len(risk)), rel=1e-12
    )


def test_a_city_lost_at_the_horizon_is_known_to_be_free_of_the_event() -> None:
    """Yearly panels end at the horizon: those cities are controls, not losses."""
    rows = [("a", 0, 5, 0), ("b", 0, 5, 0), ("c", 0, 3, 1), ("d", 0, 5, 1)]
    risk = pd.Series([0.1, 0.2, 0.9, 0.8], index=list("abcd"))
    found = time_dependent_auc(spells(rows), risk.to_frame(5.0)).iloc[0]
    assert (found["auc"], found["cases"], found["controls"]) == (1.0, 2, 2)
    score = brier_scores(spells(rows), risk.to_frame(5.0))["brier"][0]
    assert score == pytest.approx((0.01 + 0.04 + 0.01 + 0.04) / 4)


def test_order_of_cities_and_monotone_scores_change_nothing() -> None:
    table, risk = tied()
    shuffled = risk.sample(frac=1, random_state=1)
    one, two = uno_concordance(table, risk, 6.0), uno_concordance(table, shuffled, 6.0)
    assert two.estimate == pytest.approx(one.estimate, rel=1e-12)
    assert two.std_error == pytest.approx(one.std_error, rel=1e-9)
    assert uno_concordance(table, np.exp(9 * risk), 6.0).estimate == one.estimate
    assert uno_concordance(table, -risk, 6.0).estimate == pytest.approx(1 - one.estimate)


def test_yearly_rows_of_a_city_are_one_outcome() -> None:
    table, risk = tied()
    rows = [
        (row.city, year, year + 1, int(row.event == 1 and year + 1 == row.stop))
        for row in table.frame.itertuples()
        for year in range(int(row.stop))
    ]
    whole, cut = (brier_scores(t, risk.to_frame(5.0)) for t in (table, spells(rows)))
    pd.testing.assert_frame_equal(whole, cut, rtol=1e-12)


def test_a_landmark_asks_about_those_at_risk_then() -> None:
    """b enters late, a has its event before; recurrent events count once."""
    rows = [("a", 0, 2, 1), ("b", 4, 6, 1), ("c", 0, 5, 1), ("c", 5, 7, 1), ("d", 1, 8, 0)]
    found = landmark_outcomes(spells(rows), ["d", "c"], origin=3.0)
    assert found.city.tolist() == ["d", "c"]
    assert found.time.tolist() == [5, 2]
    assert found.event.tolist() == [False, True]


@pytest.mark.parametrize(
    ("cities", "words"),
    [
        (["c", "d", "b"], "a prediction for b, a city that enters later"),
        (["c", "d", "a"], "a prediction for a, a city without rows after it"),
        (["c"], "no prediction for 1 cities at risk, the first d"),
        (["c", "d", "d"], "named twice"),
    ],
)
def test_late_entry_is_never_silent(cities: list[str], words: str) -> None:
    rows = [("a", 0, 2, 1), ("b", 4, 6, 1), ("c", 0, 5, 1), ("d", 1, 8, 0)]
    with pytest.raises(DataError, match=words):
        landmark_outcomes(spells(rows), cities, origin=3.0)


def test_gaps_and_horizons_are_refused() -> None:
    rows = [("a", 0, 2, 0), ("a", 3, 5, 1), ("b", 0, 5, 0)]
    risk = pd.Series([0.5, 0.4], index=["a", "b"])
    with pytest.raises(DataError, match="city a: saw no rows from 2 to 3"):
        uno_concordance(spells(rows), risk, 5.0)
    table, risk = tied()
    with pytest.raises(DataError, match="beyond the last exit"):
        brier_scores(table, risk.to_frame(20.0))
    with pytest.raises(DataError, match="0 cases"):
        time_dependent_auc(table, risk.to_frame(0.5))
    with pytest.raises(SpecError, match="increasing horizons"):
        integrated_brier(table, pd.DataFrame({5.0: risk, 3.0: risk}))
    with pytest.raises(SpecError, match="horizons after 0"):
        brier_scores(table, risk.to_frame(0.0))
    with pytest.raises(SpecError, match="increasing horizons"):
        brier_scores(table, risk.to_frame("late"))
    with pytest.raises(DataError, match="between 0 and 1"):
        brier_scores(table, risk.to_frame(5.0) * 3)
    with pytest.raises(DataError, match="saw prediction nan"):
        uno_concordance(table, risk.where(risk < 0.9), 5.0)
    with pytest.raises(DataError, match="two or more"):
        integrated_brier(table, risk.to_frame(5.0))
    with pytest.raises(DataError, match="no comparable pair"):
        uno_concordance(SpellTable(table.frame.assign(event=0), rule_id="unit"), risk, 5.0)


def test_calibration_finds_its_groups_and_its_slope() -> None:
    """Risks that are true have slope 1; halved on the cloglog scale, slope 2."""
    rng = generator("unit.calibration")
    n, h = 800, 5.0
    eta = np.clip(rng.normal(size=n), -3, 3)
    rate = 0.15 * np.exp(eta)
    time = rng.exponential(1 / rate)
    lost = rng.uniform(2, 12, n)
    table = SpellTable(
        pd.DataFrame(
            {
                "city": [f"{i:05d}" for i in range(n)],
                "start": 0.0,
                "stop": np.minimum(time, lost),
                "event": (time <= lost).astype(int),
            }
        ),
        rule_id="unit",
    )
    risk = pd.Series(-np.expm1(-rate * h), index=[f"{i:05d}" for i in range(n)])
    found = calibration(table, risk, h, groups=5)
    assert abs(found.slope - 1) < 3 * found.slope_error
    assert abs(found.predicted - found.observed) < 3 * found.std_error
    inside = found.groups["predicted"].between(found.groups["conf_low"], found.groups["conf_high"])
    assert inside.sum() >= 4
    assert found.groups["cities"].tolist() == [160] * 5
    flat = pd.Series(-np.expm1(-np.exp(eta / 2)), index=risk.index)
    half = calibration(table, flat, h)
    assert half.slope == pytest.approx(2 * found.slope, rel=1e-6)
    same = calibration(table, pd.Series(0.4, index=risk.index), h, groups=1)
    assert np.isnan(same.slope)
    assert same.predicted == pytest.approx(0.4)
    with pytest.raises(SpecError, match="5 groups of 1 distinct"):
        calibration(table, pd.Series(0.4, index=risk.index), h)
    certain = calibration(table, risk.where(risk > 0.5, 0.0), h, groups=2)
    assert np.isnan(certain.slope)
    assert "exactly 0 or 1" in certain.notes[0]


def test_risk_table_reads_steps() -> None:
    frame = pd.DataFrame(
        {"time": [2.0, 3.0], "estimate": [1.0, 0.6], "std_error": 0.0, "conf_low": 0.0}
    ).assign(conf_high=1.0, group="a")
    table = risk_table(Curve(frame, "survival"), [1.0, 2.5, 3.0])
    assert table.loc["a"].tolist() == pytest.approx([0.0, 0.0, 0.4])
    with pytest.raises(DataError, match="kind hazard"):
        risk_table(Curve(frame, "hazard"), [1.0])
