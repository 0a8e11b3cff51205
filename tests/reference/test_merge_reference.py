"""Rows merged from dated records against `tmerge` of R's survival (made by hazard_data/merge.R)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.shrinkage.episodes.merge_rows import PLACES, Changing, Counting, Events, merge_rows

HERE = Path(__file__).parent / "hazard_data"


def read(name: str) -> pd.DataFrame:
    frame = pd.read_csv(HERE / f"{name}.csv")
    return frame.assign(city=frame["id"].astype(str).str.zfill(6)) if "id" in frame else frame


def test_rows_values_events_and_counts_are_those_of_tmerge() -> None:
    changes, events, expected = read("merge_changes"), read("merge_events"), read("merge_rows")
    base = read("merge_base")[["city", "start", "stop"]]
    spells, account = merge_rows(
        base,
        Changing("x", changes),
        Counting("k", changes),
        Events(events),
        rule_id="reference",
    )
    ours = spells.frame
    theirs = expected.sort_values(["city", "tstart"]).reset_index(drop=True)
    assert len(ours) == len(theirs) == 117
    assert ours["start"].tolist() == theirs["tstart"].tolist()
    assert ours["stop"].tolist() == theirs["tstop"].tolist()
    np.testing.assert_array_equal(ours["x"], theirs["x"])  # NaN before the first record in both
    assert ours["k"].tolist() == theirs["k"].tolist()
    assert ours["event"].tolist() == theirs["ev"].tolist()
    counts = read("merge_counts").rename(columns={"missid": "unknown city"})
    for place in (*PLACES, "tied"):
        assert account[place].tolist() == counts[place].tolist(), place
    assert (account[list(PLACES)].sum(axis=1) == account["records"]).all()
    assert (account["rows_before"] + account["rows_split"] == account["rows_after"]).all()
    assert account["used"].iloc[-1] == ours["event"].sum() == 27
