"""When the model is true: PIT uniform, coverage nominal in every class, counts honest."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.backtest import run_backtest
from econshrink.forecast.backtesting.design import BacktestDesign
from econshrink.forecast.backtesting.shocks import Space, draw_noise, estimate_shares, normal_scores
from econshrink.forecast.backtesting.spreading import Spreading
from econshrink.forecast.models.naive import NoChange
from econshrink.forecast.models.pooled import PooledGrowth
from econshrink.forecast.scores.draws import pit_distance
from econshrink.forecast.view import InformationSet

pytestmark = pytest.mark.slow
YEARS = tuple(range(1961, 2000))


def country(cities=200, provinces=30, seed=5, drift=0.0):
    """A random walk with shocks of province and city, none of the nation; no census years."""
    rng = np.random.default_rng(seed)
    groups = np.arange(cities) % provinces
    shape = (cities, len(YEARS))
    steps = 0.006 * rng.normal(size=(provinces, len(YEARS)))[groups] + 0.01 * rng.normal(size=shape)
    steps += drift * rng.normal(size=(cities, 1))
    level = rng.uniform(np.log(5e5), np.log(9e6), (cities, 1)) + steps.cumsum(axis=1)
    names = tuple(f"{i:06d}" for i in range(cities))
    return InformationSet(names, YEARS, level, groups, censuses=())


@pytest.fixture(scope="module")
def scored():
    view = country()
    truth = pd.DataFrame(np.exp(view.level), index=list(view.cities), columns=list(YEARS))
    design = BacktestDesign(
        tuple(range(1984, 1999, 2)),  # twenty years of record and more: shorter ones cover less
        (1, 5),
        draws=200,
        losses=(0.0, 0.02),
        spreading=Spreading(half_life=50.0),
        recalibrated=False,
    )
    return run_backtest(view.until, truth, {"true": NoChange(), "pooled": PooledGrowth()}, design)


def test_the_place_of_the_truth_is_uniform(scored):
    for horizon in (1, 5):
        part = scored.cases[
            (scored.cases["model"] == "true") & (scored.cases["horizon"] == horizon)
        ]
        # Kolmogorov's 1% point for the separate windows' cities, over the design effect of
        # provinces of seven cities with a correlation of a quarter
        windows = {1: 8, 5: 3}[horizon]
        effective = windows * 200 / (1 + 0.26 * 5.7)
        assert pit_distance(part["pit"].to_numpy()) < 1.63 / np.sqrt(effective)
        assert part["pit"].mean() == pytest.approx(0.5, abs=3 * 0.289 / np.sqrt(effective))


def test_coverage_is_nominal_in_every_size_class(scored):
    part = scored.cases.query("model == 'true'")
    for level, name in ((0.5, "inside50"), (0.8, "inside80"), (0.95, "inside95")):
        by_class = part.groupby(["horizon", "size"])[name].mean()
        assert len(by_class) == 8
        # three standard errors of a share in 120 independent cases: at five years three separate
        # windows of some forty cities a class, which share shocks by province
        assert (by_class - level).abs().max() < 3 * np.sqrt(level * (1 - level) / 120)


def test_a_model_that_learns_nothing_useful_covers_as_well(scored):
    """Drift is noise here: pooled growth must find that out and stay calibrated."""
    part = scored.cases.query("model == 'pooled'")
    assert part.groupby("horizon")["inside80"].mean().to_numpy() == pytest.approx(0.8, abs=0.04)


def test_probabilities_mean_what_they_say(scored):
    part = scored.cases.query("model == 'true' and horizon == 1")
    for loss in ("00", "02"):
        gap = part[f"chance_{loss}"].mean() - part[f"event_{loss}"].mean()
        assert abs(gap) < 0.03


def test_the_count_is_honest_only_with_joint_shocks(scored):
    counts = scored.counts.query("model == 'true' and loss == 0.0")
    inside = (counts["count"] >= counts["low80"]) & (counts["count"] <= counts["high80"])
    assert inside.mean() > 0.6  # 16 overlapping origin-horizons
    width = (counts["high80"] - counts["low80"]).mean()
    assert width > 1.5 * 2 * 1.2816 * np.sqrt(200 * 0.25)  # as if cities were independent


def test_shares_of_province_and_space_are_recovered():
    rng = generator("shares")
    side = 18
    index = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [
            np.column_stack([index[:, :-1].ravel(), index[:, 1:].ravel()]),
            np.column_stack([index[:-1].ravel(), index[1:].ravel()]),
        ]
    )
    groups = (index // side // 3 * 6 + index % side // 3).ravel()
    space = Space(pairs, side * side)
    noise = draw_noise(groups, space, 60, rng)
    from econshrink.forecast.backtesting.shocks import Shares  # noqa: PLC0415

    for true in (Shares(0.3, 0.2), Shares(0.0, 0.5), Shares(0.4, 0.0)):
        drawn = noise.scores(true, groups)
        assert drawn.var() == pytest.approx(1, abs=0.1)
        found = estimate_shares([normal_scores(column) for column in drawn.T], groups, space)
        assert found.province == pytest.approx(true.province, abs=0.08)
        assert found.space == pytest.approx(true.space, abs=0.1)
