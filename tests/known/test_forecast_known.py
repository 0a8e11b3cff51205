"""Views, models, spread, events and projections by hand."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.arrays import shrink
from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.backtest import check_blind, run_backtest
from econshrink.forecast.backtesting.conformal import (
    Recalibration,
    SizeClasses,
    conformal_intervals,
    fit_spread,
    recalibrate,
)
from econshrink.forecast.backtesting.design import BacktestDesign
from econshrink.forecast.backtesting.parts import ErrorParts
from econshrink.forecast.backtesting.record import keep_record
from econshrink.forecast.backtesting.references import has_lost
from econshrink.forecast.backtesting.spreading import Spreading
from econshrink.forecast.backtesting.stack import Stack, stack_weights
from econshrink.forecast.backtesting.summary import accuracy
from econshrink.forecast.events.trajectories import (
    EventExpression,
    FallingRun,
    Halving,
    Loss,
    Recovery,
    Trajectories,
    event_probability,
)
from econshrink.forecast.models.boosted import Boosted
from econshrink.forecast.models.naive import Drift, LastValue, NoChange, growth_paths
from econshrink.forecast.models.natural import NaturalAndMigration
from econshrink.forecast.models.past import past_origins
from econshrink.forecast.models.pooled import PooledGrowth
from econshrink.forecast.models.shares import ShareOfGrowth, ShiftShare
from econshrink.forecast.models.shrunk import ShrunkDrift
from econshrink.forecast.models.theta import Theta
from econshrink.forecast.projection import Mixture, bridge, broken_since, project_view, unusable
from econshrink.forecast.risk import probability_drivers, rank_risk, shapley
from econshrink.forecast.view import InformationSet, information_set, keep, recent_growth
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.panel import CityPanel

CITIES = ("110000", "120000", "130000", "140000")
RATES = np.array([0.01, -0.02, 0.0, 0.03])
GROUPS = np.array([0, 0, 1, 1])
MODELS = [
    NoChange(),
    LastValue(),
    Drift(),
    Drift(damping=0.8),
    ShrunkDrift(),
    ShareOfGrowth(),
    ShiftShare(),
    Theta(),
    PooledGrowth(),
    Boosted(least=2, iterations=2),
]


def view(first=2001, last=2009, rates=RATES, level=14.0):
    years = tuple(range(first, last + 1))
    steps = np.arange(len(years))
    return InformationSet(CITIES, years, level + rates[:, None] * steps, GROUPS)


def noisy(first=1996, last=2009, seed=1):
    base = view(first, last)
    noise = np.random.default_rng(seed).normal(0, 0.01, base.level.shape).cumsum(axis=1)
    return InformationSet(CITIES, base.years, base.level + noise, GROUPS)


def test_paths_by_hand():
    steps = np.array([1, 3])
    damped = 0.8 + 0.64 + 0.512
    assert NoChange().path(view(), steps).tolist() == np.zeros((4, 2)).tolist()
    assert Drift().path(view(), steps) == pytest.approx(RATES[:, None] * [1, 3])
    assert Drift(damping=0.8).path(view(), steps) == pytest.approx(RATES[:, None] * [0.8, damped])
    # noiseless growth needs no shrinking
    shrunk = ShrunkDrift().path(view(), steps)
    assert shrunk == pytest.approx(RATES[:, None] * [0.8, damped])
    # half the slope on top of the last figure, which smoothing follows exactly here
    half = Theta(factors=(1.0,)).path(view(), steps)
    assert half == pytest.approx(RATES[:, None] / 2 * [1, 3])
    province = np.array([-0.005, -0.005, 0.015, 0.015])
    shifts = ShiftShare(province=0.9, city=0.5).path(view(), np.array([2]))[:, 0]
    expected = province * (0.9 + 0.81) + (RATES - province) * 0.75
    assert shifts == pytest.approx(expected)
    persons = (1 - np.exp(-5 * RATES)) / 5
    share = ShareOfGrowth().path(view(), steps)[:, 0]
    assert share == pytest.approx(np.log1p(persons * 0.8))


def test_parts_of_a_drift_add_up_to_it():
    parts = growth_paths(view(), 3)
    total = sum(parts.values())
    assert total == pytest.approx(Drift(damping=0.8).path(view(), np.array([3]))[:, 0])
    assert parts["nation"] == pytest.approx(np.full(4, 0.005 * 1.952))


def test_the_step_into_a_census_is_no_growth():
    level = view(2006, 2013).level.copy()
    level[:, 4:] -= 0.3  # the census of 2010 found a third less
    jumped = InformationSet(CITIES, tuple(range(2006, 2014)), level, GROUPS)
    assert recent_growth(jumped, 5) == pytest.approx(RATES)
    assert recent_growth(jumped.until(2010), 3) == pytest.approx(RATES)


def test_gaps_are_bridged_inside_the_window_only():
    base = view()
    level = base.level.copy()
    level[0, 3:6] = np.nan  # 2004-06; 2007 to 2009 remain
    level[1, :-1] = np.nan  # one figure
    level[2, -1] = np.nan  # no figure at the origin
    found = recent_growth(InformationSet(CITIES, base.years, level, GROUPS), 5)
    assert found[0] == pytest.approx(0.01)
    assert np.isnan(found[1:3]).all()


def test_shrinking_is_empirical_bayes():
    growth = np.array([0.02, 0.0, 0.05, 0.01])
    noise = np.full(4, 1e-4)
    centre = np.array([0.01, 0.01, 0.03, 0.03])
    # moments: mean of squared deviations about the province, times 2 / (2 - 1), minus noise
    true = np.mean(2 * (growth - centre) ** 2) - 1e-4
    expected = centre + true / (true + 1e-4) * (growth - centre)
    assert shrink(growth, noise, GROUPS) == pytest.approx(expected)


def test_pooling_learns_persistence_from_the_past():
    rng = np.random.default_rng(3)
    count = 200
    groups = np.arange(count) % 10
    drift = rng.normal(0, 0.01, count)
    years = tuple(range(2001, 2010))
    # growth that halves every year
    steps = drift[:, None] * 0.5 ** np.arange(9)
    long = InformationSet(
        tuple(f"{i:06d}" for i in range(count)), years, 14 + steps.cumsum(axis=1), groups
    )
    slopes = PooledGrowth(window=2, ridge=0.0).slopes(long, 1)
    # mean of the last two steps is 1.5 of the last; the next is half of the last: 1 / 3
    assert slopes == pytest.approx([1 / 3, 1 / 3], abs=1e-9)
    prior = PooledGrowth(window=2, ridge=1e9).slopes(long, 1)
    assert prior == pytest.approx([0.8, 0.8], abs=1e-3)


def test_natural_growth_and_migration_by_hand():
    natural = np.tile([0.004, 0.002, 0.0, -0.002], (4, 1))
    model = NaturalAndMigration(natural, 2008, 2009, damping=0.5)
    path = model.path(view(), np.array([1, 2]))
    # known years 2008-09: natural 0.003 a year; ahead 0.000 and -0.002
    migration = RATES - 0.003
    assert path[:, 0] == pytest.approx(0.0 + migration * 0.5)
    assert path[:, 1] == pytest.approx(-0.002 + migration * 0.75)
    early = model.path(view(2001, 2008), np.array([1]))[:, 0]
    assert early == pytest.approx(RATES * 0.5)
    with pytest.raises(DataError, match="Project it further"):
        model.path(view(), np.array([3]))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.label)
def test_no_model_sees_later_figures(model):
    long = noisy()
    check_blind(model, long, 2007, np.array([1, 2]), generator("blind"))


def test_a_leak_is_found():
    class Remembers:
        label = "one that remembers"
        seen = 0.0

        def path(self, view, horizons):
            self.seen = max(self.seen, float(np.nanmax(np.abs(view.level))))
            return np.full((len(view.cities), len(horizons)), self.seen)

    with pytest.raises(DataError, match="leaks"):
        check_blind(Remembers(), noisy(), 2005, np.array([1]), generator("blind"))


def panel(last=2012):
    rows = [
        {"city": city, "year": year, "population": 1e6 * np.exp(rate * (year - 2000))}
        for city, rate in zip(CITIES, RATES, strict=True)
        for year in range(2000, last + 1)
    ]
    places = pd.DataFrame({"province": ["N", "N", "S", "S"]}, index=list(CITIES))
    return CityPanel.from_long(pd.DataFrame(rows), attributes=places)


def test_a_view_refuses_later_figures_and_empty_cities():
    assert information_set(panel(), 2012).groups.tolist() == [0, 0, 1, 1]
    with pytest.raises(DataError, match=r"figures of 2010, 2011, 2012 with origin 2009"):
        information_set(panel(), 2009)
    with pytest.raises(SpecError, match="a leak"):
        information_set(panel(), 2012).at(2013)
    with pytest.raises(SpecError, match="only be shortened"):
        information_set(panel(), 2012).until(2013)
    empty = panel().frame.copy()
    empty.loc[("120000", 2004), "population"] = 0.0
    with pytest.raises(DataError, match=r"city 120000: saw 0 persons in 2004"):
        information_set(CityPanel(empty, attributes=panel().attributes), 2012)


def test_past_origins_prefer_as_many_censuses_ahead():
    long = view(1996, 2012)
    assert past_origins(long, 5, 3) == [2000, 2001, 2002, 2003, 2004]
    assert past_origins(long.until(2008), 5, 3) == [1999, 2000, 2001, 2002, 2003][:1]


def test_spread_is_conformal_by_class():
    residuals = np.concatenate([np.arange(1.0, 40.0), 10 * np.arange(1.0, 40.0)])
    classes = np.repeat([0, 1], 39)
    spread = fit_spread(residuals, classes, 2)
    got = spread.at(np.array([[0.5, 0.25], [0.5, 0.25]]), np.array([0, 1]))
    assert got == pytest.approx(np.array([[20.0, 10.0], [200.0, 100.0]]), abs=1e-6)
    few = fit_spread(residuals[:40], classes[:40], 2)  # one case in class 1 borrows from all
    assert few.pools[1].shape == (40,)
    heavy = fit_spread(
        np.array([0.0, 1.0]), np.zeros(2, int), 1, weights=np.array([3.0, 1.0]), least=1
    )
    assert heavy.weights[0] == pytest.approx([2.5 / 6, 4.5 / 6], abs=1e-9)


def test_conformal_intervals_by_hand_and_too_few_cases():
    past = (np.zeros(9), np.ones(9), np.linspace(0.5, 2.1, 9))
    low, high = conformal_intervals(np.zeros(1), np.ones(1), past, 0.8)
    # misses -0.5, -0.3, …, 1.1; the 8th smallest of 9 is 0.9
    assert (low[0], high[0]) == pytest.approx((-0.9, 1.9))
    with pytest.raises(DataError, match=r"at least 19 for a level of 0\.95"):
        conformal_intervals(np.zeros(1), np.ones(1), past, 0.95)
    # truths so deep inside that the ends would pass each other: they meet in the middle
    wide = (np.full(9, -10.0), np.full(9, 10.0), np.zeros(9))
    low, high = conformal_intervals(np.array([1.0]), np.array([2.0]), wide, 0.8)
    assert (low.tolist(), high.tolist()) == ([1.5], [1.5])


def test_recalibration_mends_the_spread_and_keeps_middle_and_order():
    rng = np.random.default_rng(6)
    wide = recalibrate(0.5 + (rng.random(999) - 0.5) / 2)  # truths only in the central half
    draws = rng.normal(size=(3, 2000))
    mended = wide.apply(draws)
    assert np.argsort(mended, axis=1).tolist() == np.argsort(draws, axis=1).tolist()
    low, high = np.quantile(mended, (0.1, 0.9), axis=1)
    before = np.quantile(draws, (0.3, 0.7), axis=1)
    assert (low, high) == (pytest.approx(before[0], abs=0.05), pytest.approx(before[1], abs=0.05))
    assert np.median(mended, axis=1) == pytest.approx(np.median(draws, axis=1), abs=0.01)
    even = Recalibration((np.arange(1, 1000)) / 1000)
    assert even.apply(draws) == pytest.approx(draws, abs=0.2)


def test_size_classes():
    classes = SizeClasses()
    assert classes.of(np.log([1e6, 2e6, 5e6, 7e6])).tolist() == [0, 1, 2, 3]
    assert classes.labels == ("below 2 m", "2–4 m", "4–6 m", "6 m and over")
    with pytest.raises(SpecError, match="ascending"):
        SizeClasses((2e6, 1e6))


def test_stack_weights_minimise_the_crps_of_the_mixture():
    miss, gap = np.array([1.0, 1.2]), np.array([[0.5, 1.4], [1.4, 0.6]])
    weights = stack_weights(miss, gap, 0.0)
    grid = np.linspace(0, 1, 1001)
    values = [
        np.array([w, 1 - w]) @ miss - np.array([w, 1 - w]) @ gap @ np.array([w, 1 - w]) / 2
        for w in grid
    ]
    assert weights[0] == pytest.approx(grid[int(np.argmin(values))], abs=2e-3)
    members = [np.zeros((2, 100)), np.ones((2, 100))]
    mixed = Stack((0.25, 0.75)).mix(members, generator("mix"))
    assert mixed.mean() == 0.75
    assert (mixed[0] == mixed[1]).all()  # a draw comes whole from one model
    with pytest.raises(SpecError, match="adding up to 1"):
        Stack((0.5, 0.6))


def trajectories(rows):
    values = np.array(rows, dtype=float)[:, :, None]
    cities = CITIES[: len(rows)]
    return Trajectories(cities, tuple(range(2024, 2024 + values.shape[1])), values)


def test_events_by_hand():
    path = trajectories(
        [
            [100, 99, 98, 97, 99, 101],  # three falls, then all regained
            [100, 101, 99, 98, 94, 94],  # three falls to 2028, 6% lost
            [100, 90, 95, 80, 60, 49],
        ]
    )
    assert event_probability(path, Loss(0.05, 5)).tolist() == [0, 1, 1]
    assert event_probability(path, FallingRun(3, 3)).tolist() == [1, 0, 0]
    assert event_probability(path, FallingRun(3, 5)).tolist() == [1, 1, 1]
    assert event_probability(path, Halving(5)).tolist() == [0, 0, 1]
    assert event_probability(path, Recovery(2, 0.5, 5)).tolist() == [1, 0, 0]
    assert event_probability(path, Recovery(1, 0.5, 2)).tolist() == [0, 0, 1]
    assert event_probability(path, EventExpression("P[2029] <= 0.95 * P[2024]")).tolist() == [
        0,
        1,
        1,
    ]


def test_written_events_know_a_small_language():
    path = trajectories([[100, 90, 80, 85], [100, 110, 120, 130]])

    def says(text):
        return EventExpression(text).happens(path)[:, 0].tolist()

    assert says("min(P) < 85 and not P[2027] > P[2024]") == [True, False]
    assert says("falls(P) >= 2 or max(P[2025:2026]) == 120") == [True, True]
    assert says("90 <= mean(P) < 100") == [False, False]
    assert says("log(P[2027] / P[2024]) > 0.2") == [False, True]
    assert says("-P[2025] + 5 * 2 < abs(-85)") == [True, True]


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('ls') < 1",
        "P.__class__ == 1",
        "(lambda: 1)() < 2",
        "[x for x in P] == 1",
        "P[2023] < 1",
        "P[True] < 1",
        "P[2025] ** 2 < 1",
        "P[2024]",
        "P < 100",
        "open('x') < 1",
        "min(P, 1) < 1",
        "'a' < 'b'",
        "1 < 2",
        "not P[2024]",
        "(P[2024] < 1) + 1 < 2",
        "P[2025:2024:2] < 1",
        "min(P[2026:2025]) < 1",
        "P[2024] <",
        "x" * 501,
        "1" * 400 + " < P[2024]",
        "(" * 240 + "1" + ")" * 240,
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(SpecError):
        EventExpression(text).happens(trajectories([[100, 90]]))


def test_bad_horizons_and_draws_end_in_words():
    path = trajectories([[100, 90]])
    with pytest.raises(SpecError, match="horizon of 0"):
        Loss(0.05, 0).happens(path)
    with pytest.raises(SpecError, match="horizon of 2 years"):
        Loss(0.05, 2).happens(path)
    with pytest.raises(DataError, match="negative"):
        trajectories([[100, -1]])
    with pytest.raises(SpecError, match=r"horizons \[0\]"):
        BacktestDesign((2005,), (0,))
    with pytest.raises(SpecError, match="ascending years"):
        BacktestDesign((2006, 2005))
    base = pd.Series(np.exp(14.0), index=list(CITIES))
    with pytest.raises(SpecError, match="last year 2009"):
        project_view(noisy(), Mixture((NoChange(),)), 2009, base, 2009, 10, generator("x"))
    with pytest.raises(DataError, match="city 110000"):
        project_view(noisy(), Mixture((NoChange(),)), 2011, base * 0, 2009, 10, generator("x"))
    with pytest.raises(DataError, match="5 years of figures"):
        project_view(view(2005, 2009), Mixture((NoChange(),)), 2011, base, 2009, 10, generator("x"))


def test_projection_by_hand_when_the_rule_never_erred():
    exact = view(1996, 2009)
    base = pd.Series(np.exp(14.0), index=list(CITIES))
    future = project_view(exact, Mixture((Drift(),)), 2011, base, 1996, 5, generator("test"))
    expected = np.exp(14 + RATES * 15)
    assert future.at(2011) == pytest.approx(np.repeat(expected[:, None], 5, axis=1), rel=1e-9)
    assert future.years == (2010, 2011)


def test_cities_without_figures_are_carried_or_listed():
    level = view().level.copy()
    level[0, -1] = np.nan
    level[1, -3:] = np.nan
    level[3, :-1] = np.nan
    carried, last = bridge(InformationSet(CITIES, view().years, level, GROUPS))
    assert carried.at(2009)[0] == level[0, -2]
    assert last.tolist()[0] == 2008
    assert np.isnan(last.tolist()[1])
    base = pd.Series([1e6, 1e6, 100.0, 1e6], index=list(CITIES))
    gone = unusable(carried, base, 10_000)
    assert gone.to_dict() == {
        "120000": "no recent figure",
        "130000": "below 10000 residents",
        "140000": "series too short or broken",
    }
    jumped = view().level.copy()
    jumped[1, 6:] -= 0.4
    assert list(broken_since(InformationSet(CITIES, view().years, jumped, GROUPS), 2005).index) == [
        "120000"
    ]
    assert broken_since(view(), 2005).empty
    assert keep(carried, ["110000"]).groups.tolist() == [0]


def test_errors_of_longer_horizons_are_stretched_from_shorter_ones():
    record = keep_record(NoChange(), noisy(2000, 2009), np.array([1, 3, 9]), 5)
    assert record.errors(noisy(2000, 2009), 3, 5).stretch == 1.0
    far = record.errors(noisy(2000, 2009), 9, 5)
    assert far.horizon == 3
    assert 3**0.5 <= far.stretch <= 3


def test_ranks_share_ties_and_stay_inside_their_intervals():
    draws = np.array([[[90.0] * 4], [[90.0] * 4], [[90.0, 100, 100, 100]], [[100.0] * 4]])
    future = Forecast(CITIES, (2030,), draws, np.full(4, 100.0), 2020, 2024, "test")
    frame = rank_risk(future, 0.05, 2030).frame
    assert frame["rank"].tolist() == [1, 1, 3, 4]
    assert frame["probability"].tolist() == [1.0, 1.0, 0.25, 0.0]
    assert ((frame["rank_low"] <= frame["rank"]) & (frame["rank"] <= frame["rank_high"])).all()
    assert (frame["place_low"] <= frame["place_high"]).all()


def test_shapley_values_of_a_product_and_of_a_probability():
    table = shapley(("a", "b"), lambda on: np.array([6.0 if len(on) == 2 else 0.0]))
    assert table.iloc[0].tolist() == [3.0, 3.0]
    rng = np.random.default_rng(9)
    draws = 100 * np.exp(rng.normal(-0.05, 0.05, size=(4, 1, 500)))
    future = Forecast(CITIES, (2030,), draws, np.full(4, 100.0), 2020, 2024, "test")
    parts = {"one": np.full(4, -0.04), "two": np.full(4, -0.01)}
    drivers = probability_drivers(future, parts, 0.05, 2030)
    total = drivers.sum(axis=1)
    assert total.to_numpy() == pytest.approx(future.loss_probability(0.05, 2030).to_numpy())
    assert (drivers["one"] > drivers["two"]).all()
    with pytest.raises(SpecError, match="9 drivers"):
        shapley(tuple("abcdefghi"), lambda _: np.zeros(1))


def test_a_backtest_scores_all_models_on_the_same_cities():
    long = noisy(1996, 2019)
    truth = pd.DataFrame(np.exp(long.level), index=list(CITIES), columns=list(long.years))
    truth.loc["110000", 2014] = np.nan
    told = []
    design = BacktestDesign((2005, 2007, 2009), (1, 5), draws=50)
    models = {"stay": NoChange(), "drift": Drift()}
    found = run_backtest(long.until, truth, models, design, progress=told.append)
    assert found.models == ("stay", "drift", "stacked")
    sizes = found.cases.groupby(["origin", "horizon", "model"]).size().unstack("model")
    assert (sizes.nunique(axis=1) == 1).all()
    assert sizes.loc[(2009, 5), "stay"] == 3
    lost = found.excluded
    assert lost["city"].tolist() == ["110000"]
    assert lost["reason"].tolist() == ["no usable figure in the target year"]
    assert len(told) == 3
    again = run_backtest(long.until, truth, models, design)
    pd.testing.assert_frame_equal(found.cases, again.cases)


@pytest.mark.parametrize("recalibrated", [True, False])
def test_the_last_value_is_the_median_of_its_draws(recalibrated):
    """No change drawn from its own errors has another one: they are skewed, and draws are few."""
    long = noisy(1990, 2019)
    truth = pd.DataFrame(np.exp(long.level), index=list(CITIES), columns=list(long.years))
    design = BacktestDesign(
        tuple(range(2000, 2015)), (1, 5), draws=101, recalibrated=recalibrated, stream="point"
    )
    kept = {}

    def keep(view, horizon, name, draws):
        kept.setdefault((view.origin, horizon), {})[name] = draws.copy()

    models = {"still": NoChange(), "last": LastValue()}
    found = run_backtest(long.until, truth, models, design, keep=keep)
    medians = found.cases.groupby("model")["median"]
    assert medians.get_group("last").abs().max() < 1e-15
    assert medians.get_group("still").abs().max() > 0.01
    if not recalibrated:  # the same draws, each city's shifted as one
        for draws in kept.values():
            assert np.ptp(draws["still"] - draws["last"], axis=1).max() < 1e-12
    point = accuracy(found.cases)["mape"]["last"]
    plain = [
        np.mean(np.abs(np.exp(-part["truth"]) - 1))
        for _, part in found.cases.query("model == 'last'").groupby("origin")
    ]
    assert point == pytest.approx(np.mean(plain))


@pytest.mark.parametrize("spreading", [Spreading(), ErrorParts()])
def test_what_is_neither_scored_nor_learnt_from_is_not_drawn(spreading):
    """Longer horizons at late origins are left out, and the others are as with all of them."""
    long = noisy(1989, 2019)  # no census after the last truth
    truth = pd.DataFrame(np.exp(long.level), index=list(CITIES), columns=list(long.years))
    origins = tuple(range(2001, 2019))
    seen = {}

    def keep(view, horizon, name, draws):
        seen.setdefault(horizon, {})[view.origin, name] = draws.copy()

    def drawn(last):
        seen.clear()
        design = BacktestDesign(
            origins, (1, 3, 5), draws=51, spreading=spreading, recalibrated=False, stream="late"
        )
        found = run_backtest(
            long.until, truth[range(1989, last + 1)], {"last": LastValue()}, design, keep=keep
        )
        return found.cases, {h: dict(kept) for h, kept in seen.items()}

    cases, short = drawn(2015)
    assert max(origin for origin, _ in short[5]) == 2013  # a stack would learn from it in 2018
    whole, full = drawn(2019)
    assert {h: max(o for o, _ in kept) for h, kept in full.items()} == {1: 2018, 3: 2016, 5: 2014}
    for horizon, kept in short.items():
        for key, draws in kept.items():
            assert np.array_equal(draws, full[horizon][key])
    early = whole[whole["origin"] + whole["horizon"] <= 2015].reset_index(drop=True)
    pd.testing.assert_frame_equal(cases, early)


def test_the_last_value_stays_the_median_of_a_projection():
    view = noisy(1990, 2015)
    base = pd.Series(np.exp(view.at(2015)), index=list(CITIES))
    made = project_view(view, Mixture((LastValue(),)), 2020, base, 2015, 51, generator("point"))
    middle = np.log(np.median(made.draws, axis=-1))
    assert middle == pytest.approx(np.repeat(view.at(2015)[:, None], 5, axis=1))


def test_a_backtest_refuses_a_view_that_sees_too_much():
    long = noisy(1996, 2019)
    truth = pd.DataFrame(np.exp(long.level), index=list(CITIES), columns=list(long.years))
    design = BacktestDesign((2009,), (1,), draws=10)
    with pytest.raises(DataError, match="a view until 2019 for origin 2009"):
        run_backtest(lambda _: long, truth, {"stay": NoChange()}, design)


def test_a_loss_of_exactly_the_share_is_one_and_an_equal_figure_no_fall():
    change = np.array([0.0, -1e-9, np.log1p(-0.05), -0.04])
    assert has_lost(change, 0.0).tolist() == [False, True, True, True]
    assert has_lost(change, 0.05).tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ShiftShare(province=3),
        lambda: ShareOfGrowth(window=1),
        lambda: ShrunkDrift(damping=-0.1),
    ],
)
def test_options_out_of_bounds_are_refused(wrong):
    with pytest.raises(SpecError):
        wrong()


def test_randomness_is_none_a_seed_or_a_generator():
    view = noisy(1990, 2015)
    base = pd.Series(np.exp(view.at(2015)), index=list(CITIES))

    def made(rng):
        return project_view(view, Mixture((Drift(),)), 2018, base, 2015, 11, rng).draws

    assert np.array_equal(made(None), made(generator("forecast.project")))
    assert np.array_equal(made(7), made(generator("forecast.project", 7)))
    assert not np.array_equal(made(None), made(7))
