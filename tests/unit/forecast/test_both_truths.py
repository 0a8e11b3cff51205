"""Draws against two truths, trees for losses, trajectories as files, the recount alarm."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from econshrink import DataError, SpecError
from econshrink.forecast import (
    BacktestDesign,
    Drift,
    ErrorParts,
    InformationSet,
    LastValue,
    LossTrees,
    keep_record,
    recount_alarm,
    run_backtest,
    run_both_backtests,
    trajectories_table,
    write_trajectories,
)
from econshrink.nouns.forecast import Forecast

UNITS = tuple(f"{k:06d}" for k in range(110000, 110060))
YEARS = tuple(range(1985, 2013))
CENSUSES = (1990, 2000, 2010)


def planted(seed=3):
    rng = np.random.default_rng(seed)
    drift = rng.normal(-0.006, 0.012, (len(UNITS), 1))
    people = rng.uniform(12, 15, (len(UNITS), 1)) + drift * np.arange(len(YEARS))
    people = people + rng.normal(0, 0.004, people.shape).cumsum(axis=1)
    moved = np.zeros(people.shape)
    for census in CENSUSES:
        moved[:, YEARS.index(census) :] += rng.normal(0, 0.03, (len(UNITS), 1))
    view = InformationSet(UNITS, YEARS, people + moved, np.arange(60) % 6, censuses=CENSUSES)
    return view, people


def frame(level):
    return pd.DataFrame(np.exp(level), index=list(UNITS), columns=list(YEARS))


def test_both_truths_are_scored_on_the_same_draws():
    view, people = planted()
    models = {"last": LastValue(), "damped": Drift(damping=0.8)}
    design = BacktestDesign(
        (2003, 2007), (1, 5), 60, spreading=ErrorParts(), recalibrated=False, stacked=False
    )
    published, closed = frame(view.level), frame(people)
    both = run_both_backtests(view.until, published, closed, models, design)
    alone = run_backtest(view.until, published, models, design)
    pd.testing.assert_frame_equal(both[0].cases, alone.cases)
    pd.testing.assert_frame_equal(both[0].counts, alone.counts)
    plain = replace(design, spreading=ErrorParts(published=False))
    other = run_backtest(view.until, closed, models, plain, start=closed)
    left, right = both[1].cases, other.cases
    assert list(left.columns) == list(right.columns)
    for column in ("truth", "median", "crps", "inside80"):
        assert left[column].to_numpy(float) == pytest.approx(right[column].to_numpy(float))
    assert set(both[0].cases["model"]) == {"last", "damped"}
    assert both[1].counts.empty
    with pytest.raises(SpecError, match="Use `run_backtest`"):
        run_both_backtests(
            view.until, published, closed, models, replace(design, recalibrated=True)
        )
    with pytest.raises(SpecError, match="ErrorParts"):
        run_both_backtests(view.until, published, closed, models, BacktestDesign((2003,), (1,), 20))


def test_trees_know_who_falls():
    view, _ = planted()
    record = keep_record(Drift(damping=0.8), view.until(2007), np.array([1, 3]), 5)
    trees = LossTrees(iterations=30, least=10)
    chance = trees.chance(view.until(2007), record, 3, 0.05)
    assert chance.shape == (60,)
    assert ((chance >= 0) & (chance <= 1)).all()
    lost = view.at(2010) - view.at(2007) <= np.log(0.95)
    assert chance[lost].mean() > chance[~lost].mean() + 0.1
    changed = replace(view, level=view.level + np.where(np.array(YEARS) > 2007, 0.3, 0.0))
    assert np.array_equal(chance, trees.chance(changed.until(2007), record, 3, 0.05))


def test_trees_fall_back_and_refuse():
    view, _ = planted()
    seen = view.until(2007)
    record = keep_record(Drift(), seen, np.array([1, 3]), 5)
    rare = LossTrees().chance(seen, record, 3, 0.9)
    assert (rare == rare[0]).all()
    with pytest.raises(SpecError, match="horizon 5"):
        LossTrees().chance(seen, record, 5, 0.05)
    with pytest.raises(SpecError, match="variables jobs"):
        LossTrees(extra=("jobs",)).chance(seen, record, 3, 0.05)
    with pytest.raises(SpecError, match="at least one tree"):
        LossTrees(iterations=0)
    wide = replace(seen, extra={"jobs": np.zeros(seen.level.shape)})
    assert np.isfinite(LossTrees(extra=("jobs",), least=10).chance(wide, record, 3, 0.05)).all()


def small():
    draws = np.exp(np.random.default_rng(1).normal(12, 0.1, (2, 3, 4)))
    parts = {"nation": np.zeros((1, 3, 4))}
    return Forecast(("a", "b"), (2021, 2022, 2023), draws, [1e5, 2e5], 2020, 2020, "walk",
                    parts=parts)  # fmt: skip


def test_trajectories_are_files_of_others(tmp_path):
    made = small()
    table = pd.read_csv(write_trajectories(made, tmp_path / "paths.csv"))
    whole = trajectories_table(made)
    assert len(table) == 24
    assert table["population"].to_numpy() == pytest.approx(whole["population"], abs=0.5)
    with np.load(write_trajectories(made, tmp_path / "paths.npz"), allow_pickle=False) as held:
        assert np.array_equal(held["population"], made.draws)
        assert held["city"].tolist() == ["a", "b"]
        assert held["year"].tolist() == [2021, 2022, 2023]
        assert held["part_nation"].shape == (1, 3, 4)
    for name in ("paths.xlsx", "none/paths.csv"):
        with pytest.raises(DataError, match=r"ends in \.csv or \.npz"):
            write_trajectories(made, tmp_path / name)


def test_the_recount_alarm_rings_for_missing_pupils():
    units = [f"{k:06d}" for k in range(9)]
    children = pd.Series(1000.0, index=units)
    pupils = pd.Series(np.linspace(960, 1040, 9), index=units)
    assert not recount_alarm(pupils, children)["alarm"].any()
    pupils["000004"] = 700.0
    found = recount_alarm(pupils, children)
    assert found.index[0] == "000004"
    assert found["alarm"].tolist() == [True] + [False] * 8
    assert recount_alarm(10 * pupils, children)["distance"].to_numpy() == pytest.approx(
        found["distance"].to_numpy()
    )
    for bad in (pupils * 0, pupils.iloc[:0]):
        with pytest.raises(DataError, match="Mend the figures"):
            recount_alarm(bad, children)
