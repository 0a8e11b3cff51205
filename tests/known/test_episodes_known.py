"""Fates, rows at risk and accounts of hand-made series, and the same from the older road."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.core.errors import DataError
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage import ConsecutiveDecline, NetLoss
from econshrink.shrinkage.decline import RecoveryRule
from econshrink.shrinkage.episodes.histories import city_histories
from econshrink.shrinkage.episodes.merge_rows import Changing, Events, merge_rows
from econshrink.shrinkage.episodes.risk_sets import (
    CalendarTime,
    OnsetEvents,
    RecoveryEvents,
    SpellTime,
    risk_spells,
)
from econshrink.shrinkage.episodes.states import DetectionDate, Watch, yearly_states

NAN = np.nan
FIRST = 2010
FIGURES = {
    "110000": [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21],  # never falls
    "120000": [10, 11, 10, 9, 8, 9, 10, 11, 10, 9, 8, 7],  # falls, recovers, falls again
    "130000": [10, 9, 8, 7, 6, 7, 8, 9, 10, 11, 12, 13],  # falls when the record begins
    "140000": [10, 11, 12, NAN, 11, 10, 9, 8, 9, 9, 9, 9],  # begins to fall in a gap
    "150000": [10, 11, 12, 13, 14, 13, 12, 13, 14, 15, 14, 13],  # two falls only; end not known
    "210000": [10, 11, 12, 13, 14, 15, 16, 15, 14, 13, 12, 11],  # merged in 2019 while falling
}
THREE = ConsecutiveDecline(3)
WATCH = Watch(THREE, 3, 2011, 2021)
RECOVERY = RecoveryRule(rises=2, regained=0.5)


def panel(**extra: object) -> CityPanel:
    table = pd.DataFrame(
        [
            {"city": city, "year": FIRST + j, "population": value}
            for city, values in FIGURES.items()
            for j, value in enumerate(values)
        ]
    )
    return CityPanel.from_long(table.assign(**extra))


def fates(city: str, watch: Watch = WATCH, **options: object) -> list[str]:
    frame = city_histories(panel(), watch, RECOVERY, **options).frame
    return [fate.split()[0] for fate in frame.loc[frame["city"] == city, "fate"]]


def test_fates_by_hand() -> None:
    assert fates("110000") == ["entry", *["at"] * 8, "undecided", "undecided"]
    once = ["onset", "shrinking", "shrinking", "shrinking"]
    assert fates("120000") == ["entry", *once, "recovery", "at", *once]
    ends = ["undecided"] * 2  # the record ends before an onset there could be confirmed
    assert fates("130000") == [*["shrinking"] * 5, "recovery", *["at"] * 3, *ends]
    # 12 -> ? -> 11 -> 10 -> 9: the state of 2013 and 2014 is unknown, 2015 is inside a run
    assert fates("140000")[:7] == [
        "entry", "undecided", "unknown", "unknown", "onset", "shrinking", "shrinking"
    ]  # fmt: skip
    assert fates("150000")[-3:] == ["at", "unknown", "unknown"]
    assert fates("210000", mergers={"210000": 2019})[6:] == [
        "onset", "shrinking", "merger", "merged", "merged"
    ]  # fmt: skip


def test_detection_knows_only_what_was_known() -> None:
    watch = replace(WATCH, dating=DetectionDate())
    states, _ = yearly_states(panel(), watch)
    assert states.loc["120000"].tolist()[:5] == [0, 0, 0, 1, 0]  # three falls are complete in 2014
    assert fates("120000", watch)[:4] == ["entry", "undecided", "at", "onset"]
    assert fates("150000", watch)[-2:] == ["at", "at"]  # no look ahead, so nothing is open


def test_onset_rows_account_for_every_city_year() -> None:
    histories = city_histories(panel(), WATCH, RECOVERY, mergers={"210000": 2019})
    spells = risk_spells(histories, OnsetEvents())
    assert spells.account["rows"].sum() == 6 * 11
    counts = spells.account.set_index("what")["rows"]
    assert counts["row with event"] == 2  # 120000 in 2012, 210000 in 2017
    assert counts["onset known only to lie in a gap"] == 1
    assert counts["after an earlier decline"] == 5  # 120000 two rows, 130000 three
    assert dict(zip(spells.dropped["city"], spells.dropped["reason"], strict=True)) == {
        "130000": "shrinking; recovery; after an earlier decline; undecided",
        "140000": "entry; undecided; unknown; onset known only to lie in a gap; shrinking",
    }
    again = risk_spells(histories, OnsetEvents(first_only=False), clock=SpellTime())
    assert again.events == 3
    second = again.frame[again.frame["city"] == "120000#2"]
    assert second[["year", "start", "stop", "event", "number"]].to_numpy().tolist() == [
        [2017, 0, 1, 0, 2],
        [2018, 1, 2, 1, 2],
    ]


def test_an_onset_in_a_gap_becomes_uncertain_rows() -> None:
    spells = risk_spells(city_histories(panel(), WATCH, RECOVERY), OnsetEvents(gaps=True))
    rows = spells.frame[spells.frame["city"] == "140000"]
    assert rows["year"].tolist() == [2013, 2014, 2015]
    assert rows["uncertain"].tolist() == [1, 1, 1]
    assert rows["event"].tolist() == [0, 0, 1]
    assert spells.account["rows"].sum() == 6 * 11


def test_recovery_rows_run_from_the_onset() -> None:
    histories = city_histories(panel(), WATCH, RECOVERY, mergers={"210000": 2019})
    spells = risk_spells(histories, RecoveryEvents(), clock=SpellTime())
    frame = spells.frame
    first = frame[frame["city"] == "120000"]
    assert first[["stop", "event"]].to_numpy().tolist() == [[1, 0], [2, 0], [3, 0], [4, 1]]
    assert frame.loc[frame["home"] == "210000", "cause"].tolist() == ["", "merger"]
    assert "130000" not in set(frame["home"])  # its onset is not known
    wider = risk_spells(histories, RecoveryEvents(True), clock=CalendarTime(2010))
    assert "130000" in set(wider.frame["home"])
    with pytest.raises(DataError, match="without a known onset"):
        risk_spells(histories, RecoveryEvents(True), clock=SpellTime())


def test_a_distrusted_step_cuts_the_record() -> None:
    watch = replace(WATCH, distrusted=(2016,))
    assert watch.pieces == ((2011, 2015), (2017, 2021))
    histories = city_histories(panel(), watch, RECOVERY)
    assert histories.account()["rows"].sum() == 6 * 11
    assert histories.account().loc["distrusted", "rows"] == 6
    # 120000 enters anew in 2017 and its second onset keeps its number
    frame = histories.frame.query("city == '120000'").set_index("year")
    assert frame.loc[2017, "fate"] == "entry"
    assert frame.loc[2018, ["fate", "spell"]].tolist() == ["onset", 2]


def test_covariates_are_taken_and_missing_ones_accounted_for() -> None:
    x = np.arange(72.0)
    x[3] = np.nan  # 110000 in 2013
    histories = city_histories(panel(), WATCH, RECOVERY)
    spells = risk_spells(histories, panel=panel(x=x), covariates=["x"])
    assert spells.account.set_index("what").loc["no x", "rows"] == 1
    assert spells.frame.loc[spells.frame["city"] == "110000", "x"].iloc[0] == 2
    with pytest.raises(DataError, match="no covariate 'z'"):
        risk_spells(histories, panel=panel(), covariates=["z"])


def test_rows_outside_the_years_are_accounted_for() -> None:
    histories = city_histories(panel(), WATCH, RECOVERY)
    spells = risk_spells(histories, years=(2013, 2018))
    assert spells.frame["year"].between(2013, 2018).all()
    counts = spells.account.set_index("what")["rows"]
    assert counts.sum() == 6 * 11
    assert counts["outside 2013–2018"] > 0


def test_any_rule_serves() -> None:
    """Loss over five years: a city shrinks in every year of such a window."""
    states, _ = yearly_states(panel(), Watch(NetLoss(), 5, 2011, 2021))
    assert states.loc["110000"].dropna().eq(0).all()
    assert states.loc["130000", [2011, 2012, 2013, 2014, 2015]].eq(1).all()

    @dataclass(frozen=True)
    class Never:
        name, source, formula = "never", "own", "no"
        classes, needs, rule_id = (), ("population",), "never(population)"

        def judge(self, panel: CityPanel, window: tuple[int, int]) -> pd.DataFrame:
            del window
            return pd.DataFrame({"shrinking": 0.0}, index=panel.wide("population").index)

    histories = city_histories(panel(), Watch(Never(), 1, 2011, 2021), RECOVERY)
    assert (
        histories.account().loc["at risk", "rows"] == 6 * 10 - 2
    )  # not the two steps of a missing figure


def test_first_onsets_are_those_the_rule_dates() -> None:
    """Among cities not falling in the base year, rows at risk end where the rule sees an onset."""
    rng = np.random.default_rng(7)
    level = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (80, 10)), axis=1))
    table = pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(80)], 10),
            "year": np.tile(range(2010, 2020), 80),
            "population": level.ravel(),
        }
    )
    synthetic = CityPanel.from_long(table, synthetic=True)
    onset = THREE.judge(synthetic, (2011, 2019))["onset"]
    histories = city_histories(synthetic, Watch(THREE, 3, 2011, 2019))
    new = risk_spells(histories, clock=CalendarTime(2011))
    assert new.synthetic
    events = dict(new.frame.query("event == 1")[["city", "year"]].to_numpy().tolist())
    stocks = synthetic.wide("population")
    steady = stocks.index[stocks[2011] >= stocks[2010]].intersection(new.frame["city"])
    expected = onset.reindex(steady).dropna().astype(int).to_dict()
    assert len(expected) > 10
    assert {city: year for city, year in events.items() if city in steady} == expected


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        (replace(WATCH, first=2010), "steps 2010–2021"),
        (replace(WATCH, last=2030), "steps 2011–2030"),
        (replace(WATCH, years=0), "windows of 0 years"),
        (replace(WATCH, distrusted=(2013, 2016, 2019)), "pieces of at most 2"),
    ],
)
def test_watches_that_cannot_be(watch: Watch, words: str) -> None:
    with pytest.raises(DataError, match=words):
        city_histories(panel(), watch)


def test_mergers_of_strangers_are_refused() -> None:
    with pytest.raises(DataError, match="a merger of 999999"):
        city_histories(panel(), WATCH, mergers={"999999": 2015})
    with pytest.raises(DataError, match="in 1990"):
        city_histories(panel(), WATCH, mergers={"110000": 1990})


def base(**columns: object) -> pd.DataFrame:
    frame = pd.DataFrame({"city": ["a", "a"], "start": [0.0, 6.0], "stop": [4.0, 9.0]})
    return frame.assign(**columns)


def records(*times: float) -> pd.DataFrame:
    return pd.DataFrame({"city": "a", "time": times, "value": 1.0})


def test_events_that_no_row_can_have_are_counted() -> None:
    spells, account = merge_rows(base(), Events(records(0, 5, 6, 2.5, 10)), rule_id="unit")
    assert spells.events == 1
    line = account.iloc[0]
    assert line[["leading", "gap", "within", "late", "used"]].tolist() == [2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (base(stop=[0.0, 9.0]), "exit after the entry"),
        (base(start=[0.0, 3.0]), "do not overlap"),
        (base(start=[np.nan, 6.0]), "finite number"),
        (base(stop=[np.inf, 9.0]), "finite number"),
    ],
)
def test_rows_that_cannot_be(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        merge_rows(frame, Events(records(2.0)), rule_id="unit")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_records_without_a_time_are_refused(bad: float) -> None:
    with pytest.raises(DataError, match="times that are not finite"):
        merge_rows(base(), Changing("x", records(1.0, bad)), rule_id="unit")
    with pytest.raises(DataError, match="without value"):
        merge_rows(base(), Changing("x", records(1.0)[["city", "time"]]), rule_id="unit")


@settings(deadline=None)
@given(st.lists(st.integers(-3, 24).map(lambda n: n / 2), min_size=1, max_size=12))
def test_cutting_keeps_time_at_risk_and_accounts_for_every_record(times: list[float]) -> None:
    spells, account = merge_rows(
        base(), Changing("x", records(*times)), Events(records(*times)), rule_id="unit"
    )
    frame = spells.frame
    assert (frame["stop"] - frame["start"]).sum() == pytest.approx(7.0)
    places = account.drop(
        columns=["change", "records", "tied", "rows_before", "rows_split", "rows_after", "used"]
    )
    assert (places.sum(axis=1) == len(times)).all()
    assert frame["event"].sum() == len({t for t in times if t in set(frame["stop"])})
