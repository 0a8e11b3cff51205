"""First passages, questions on trajectories and their backtest by hand; refusals."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.forecast.backtesting.backtest import check_mute
from econshrink.forecast.backtesting.loop import STACKED
from econshrink.forecast.backtesting.outcomes import (
    EventQuestion,
    concerned,
    outcome,
    past_outcomes,
)
from econshrink.forecast.backtesting.record import keep_record
from econshrink.forecast.backtesting.references import base_rate, decline_logit
from econshrink.forecast.backtesting.spreading import Spreading, learn_persistence
from econshrink.forecast.events.hazard import PassageHazard
from econshrink.forecast.events.passage_rows import CENSUS, COVARIATES, covariates, passage_rows
from econshrink.forecast.events.path_backtest import HAZARD, PathDesign, run_path_backtest
from econshrink.forecast.events.trajectories import (
    EventExpression,
    FallingRun,
    FirstPassage,
    Recovery,
    Trajectories,
)
from econshrink.forecast.models.naive import Drift, NoChange
from econshrink.forecast.view import InformationSet
from econshrink.survival.discrete.prediction import predict_onset

DIP = EventQuestion("dip", lambda _: FirstPassage(0.05, 3), 3)


def country(cities=60, years=26, seed=4, spread=0.02, censuses=(2010,)):
    """A random walk with drifts of its own, until 2015."""
    rng = generator("tests.event_paths", seed)
    steps = rng.normal(0, spread, (cities, years)) + rng.normal(0, spread / 2, (cities, 1))
    level = rng.uniform(13, 16, (cities, 1)) + steps.cumsum(axis=1)
    names = tuple(f"{i:06d}" for i in range(cities))
    span = tuple(range(2016 - years, 2016))
    return InformationSet(names, span, level, np.arange(cities) % 6, censuses=censuses)


def path(rows):
    values = np.array(rows, dtype=float)[:, :, None]
    years = tuple(range(2020, 2020 + values.shape[1]))
    return Trajectories(tuple("abcdefg"[: len(values)]), years, values)


def test_first_passage_by_hand():
    seen = path([[100, 95, 100], [100, 96, 97], [100, 100, 100], [100, 101, 99]])
    assert FirstPassage(0.05, 2).happens(seen)[:, 0].tolist() == [True, False, False, False]
    assert FirstPassage(0.0, 2).happens(seen)[:, 0].tolist() == [True, True, False, True]
    assert FirstPassage(0.0, 1).happens(seen)[:, 0].tolist() == [True, True, False, False]
    assert "5%" in FirstPassage(0.05, 2).label
    assert "at all" in FirstPassage(0, 2).label
    with pytest.raises(SpecError, match=r"\[0, 1\)"):
        FirstPassage(-0.1, 2)
    with pytest.raises(SpecError, match="horizon of 0"):
        FirstPassage(0.05, 0).happens(seen)


def test_a_recovery_counts_only_after_what_was_seen():
    done_before = path([[100, 90, 95, 96, 80, 80], [100, 90, 80, 85, 92, 92]])
    both = Recovery(2, 0.5, 5).happens(done_before)[:, 0]
    later = Recovery(2, 0.5, 2, behind=3).happens(done_before)[:, 0]
    assert both.tolist() == [True, True]
    assert later.tolist() == [False, True]
    with pytest.raises(SpecError, match="rises"):
        Recovery(2, 0.5, 2, behind=-1)


def test_questions_are_asked_of_those_that_have_fallen():
    regain = EventQuestion("r", lambda _: Recovery(1, 0.5, 1, 2), 1, 2, 0.05)
    level = np.log(
        [
            [100, 90, 90, 96],
            [100, 90, 91, 96],
            [100, 96, 95, 95],
            [100, 96, 96, 99],
            [100, 80, 70, 70],
        ]
    )
    level[4, 3] = np.nan
    view = InformationSet(
        tuple("abcde"), (2010, 2011, 2012, 2013), level, np.zeros(5, dtype=np.intp)
    )
    assert concerned(regain, view.until(2012)).tolist() == [True, False, True, False, True]
    assert np.array_equal(
        outcome(regain, view, 2012), [1, np.nan, 0, np.nan, np.nan], equal_nan=True
    )
    assert np.isnan(outcome(regain, view, 2011)).all()  # two years behind are not in the view
    assert np.isnan(outcome(regain, view, 2013)).all()  # nor a year ahead


@pytest.mark.parametrize("bad", [(0, 0, 0.0), (1, -1, 0.0), (1, 0, 0.1), (1, 1, 1.0)])
def test_questions_that_make_no_sense_are_refused(bad):
    with pytest.raises(SpecError, match="question"):
        EventQuestion("q", lambda _: FirstPassage(0.0, 1), *bad)


def test_references_of_any_event_learn_from_past_origins_only():
    view = country()
    past = list(past_outcomes(DIP, view, 5))
    assert [then.origin for then, _ in past] == list(range(1995, 2013))
    rate = base_rate(view, past)
    assert rate[0] == pytest.approx(np.nanmean([event for _, event in past]))
    logit = decline_logit(view, past)
    assert 0 < logit.min() < logit.max() < 1
    assert base_rate(view, []).tolist() == [0.5] * 60
    assert decline_logit(view, []).tolist() == [0.5] * 60
    never = [(then, np.zeros(60)) for then, _ in past]
    assert decline_logit(view, never).tolist() == [0.0] * 60  # no fit: the frequency


def test_rows_of_first_passage_by_hand():
    level = np.log(
        [
            [100, 101, 102, 103, 96, 97],
            [100, 99, 98, 99, np.nan, 90],
            [100, 101, 102, 103, 104, 105],
        ]
    )
    years = tuple(range(2007, 2013))
    view = InformationSet(
        ("a", "b", "c"), years, level, np.zeros(3, dtype=np.intp), censuses=(2011,)
    )
    rows = passage_rows(view, 0.05, 5, 2)
    found = pd.DataFrame(
        {"city": rows.city, "origin": rows.origin, "period": rows.period, "event": rows.event}
    )
    of = dict(list(found.groupby("city")))
    # a falls 5% below 2009 and 2010 in 2011, its second and first year; from 2011 it does not
    assert of[0][["origin", "period", "event"]].to_numpy().tolist() == [
        [2009, 1, 0], [2009, 2, 1], [2010, 1, 1], [2011, 1, 0],
    ]  # fmt: skip
    # b is censored at its gap; c never falls
    assert of[1][["origin", "period"]].to_numpy().tolist() == [[2009, 1]]
    assert not of[1]["event"].any()
    assert not of[2]["event"].any()
    assert rows.census.tolist() == ((rows.origin + rows.period) == 2011).tolist()
    year = pd.Series(rows.weight).groupby([rows.city, rows.origin + rows.period]).sum()
    assert year.to_numpy() == pytest.approx(1)  # each city-year counts once
    assert rows.left_out == 1  # b at 2010, the year before its gap
    assert len(COVARIATES) == rows.x.shape[1]


def test_covariates_stay_known_and_extras_wait_until_they_are_out():
    view = country()
    extra = np.full(view.level.shape, np.nan)
    extra[:, -1] = np.arange(60)
    seen = InformationSet(view.cities, view.years, view.level, view.groups, {"ages": extra})
    assert covariates(seen, ("ages",))[:, -1].mean() == pytest.approx(0)
    assert covariates(seen, ("ages",))[:, -1].std() > 10
    assert (covariates(seen.until(2014), ("ages",))[:, -1] == 0).all()


def test_the_hazard_agrees_with_the_prediction_of_the_estimator():
    view = country()
    fit = PassageHazard(shares=(0.05,)).fit(view)
    estimate = fit.edges[0].estimate
    chance = fit.chance(view, np.array([1, 4]))
    x = covariates(view)[3]
    table = pd.DataFrame({"path": "p", "start": range(4), "stop": range(1, 5), CENSUS: 0.0})
    for name, value in zip(COVARIATES, x, strict=True):
        table[name] = value
    curve = predict_onset(estimate, table).frame["estimate"].to_numpy()
    assert chance[3, 0] == pytest.approx(curve[[1, 4]], rel=1e-12)


def test_probabilities_rise_with_the_horizon_and_fall_with_the_edge():
    view = country(censuses=(2010, 2020))
    fit = PassageHazard(shares=(0.0, 0.01, 0.02, 0.05, 0.1)).fit(view)
    chance = fit.chance(view, np.arange(1, 16))
    assert ((chance >= 0) & (chance <= 1)).all()
    assert (np.diff(chance, axis=2) >= 0).all()
    assert (np.diff(chance, axis=1) <= 0).all()


def test_the_hazard_knows_neither_order_nor_units():
    view, options = country(), PassageHazard()
    steps = np.array([1, 5])
    chance = options.fit(view).chance(view, steps)
    order = generator("tests.order").permutation(60)
    moved = InformationSet(
        tuple(view.cities[i] for i in order), view.years, view.level[order], view.groups[order],
        censuses=view.censuses,
    )  # fmt: skip
    assert options.fit(moved).chance(moved, steps) == pytest.approx(chance[order], abs=1e-9)
    larger = InformationSet(
        view.cities, view.years, view.level + np.log(1000), view.groups, censuses=view.censuses
    )
    assert options.fit(larger).chance(larger, steps) == pytest.approx(chance, abs=1e-9)


def test_the_hazard_sees_no_later_figure():
    view = country()
    extra = {"ages": generator("tests.ages").normal(size=view.level.shape)}
    view = InformationSet(
        view.cities, view.years, view.level, view.groups, extra, censuses=view.censuses
    )
    options, steps = PassageHazard(extra=("ages",)), np.array([1, 5])

    def speak(seen):
        return options.fit(seen).chance(seen, steps)

    rng = generator("tests.mute")
    check_mute(speak, "hazard", view, 2010, rng)
    kept = []

    def leak(seen):
        kept.append(seen.level[:, -1].mean())
        return np.array([np.mean(kept)])

    with pytest.raises(DataError, match="leaks"):
        check_mute(leak, "a gossip", view, 2010, generator("tests.leak", 3))


def test_too_few_events_leave_a_hazard_without_covariates():
    rising = country(spread=1e-4)
    rising = InformationSet(
        rising.cities, rising.years, rising.level + 0.01 * np.arange(26), rising.groups, censuses=()
    )
    edge = PassageHazard(shares=(0.05,)).fit(rising).edges[0]
    assert edge.estimate is None
    assert "0 passages in" in edge.note
    chance = PassageHazard(shares=(0.05,)).fit(rising).chance(rising, np.array([1, 10, 30]))
    assert 0 < chance.max() < 0.05
    assert np.ptp(chance[:, 0, 0]) == 0
    falling = InformationSet(
        rising.cities, rising.years, rising.level - 0.1 * np.arange(26), rising.groups, censuses=()
    )
    edge = PassageHazard(shares=(0.05,)).fit(falling).edges[0]
    assert edge.estimate is None
    assert "no covariates" in edge.note
    chance = PassageHazard(shares=(0.05,)).fit(falling).chance(falling, np.array([1]))
    assert chance.min() > 0.99


def test_covariates_that_do_not_vary_are_named():
    edge = PassageHazard(shares=(0.02,)).fit(country(censuses=())).edges[0]
    assert edge.estimate is not None
    assert CENSUS in edge.note
    assert CENSUS not in edge.estimate.terms


def test_cities_without_a_record_get_no_probability():
    view = country()
    level = view.level.copy()
    level[7, -6:-1] = np.nan
    view = InformationSet(view.cities, view.years, level, view.groups, censuses=view.censuses)
    chance = PassageHazard().fit(view).chance(view, np.array([5]))
    assert np.isnan(chance[7]).all()
    assert np.isfinite(np.delete(chance, 7, axis=0)).all()


def test_bad_input_to_the_hazard_ends_in_words():
    view = country()
    fit = PassageHazard().fit(view)
    for steps in ([0], [3, 2], []):
        with pytest.raises(SpecError, match="horizons"):
            fit.chance(view, np.array(steps, dtype=int))
    with pytest.raises(DataError, match="no past origin"):
        PassageHazard().fit(view.until(1994))
    with pytest.raises(DataError, match="population of zero"):
        InformationSet(("a",), (2000, 2001), np.array([[1.0, -np.inf]]), np.zeros(1, dtype=np.intp))
    for bad in ({"shares": ()}, {"shares": (0.1, 0.0)}, {"longest": 0}, {"theta": -1.0}):
        with pytest.raises(SpecError):
            PassageHazard(**bad)
    with pytest.raises(DataError, match="negative"):
        path([[1, -1]])


@pytest.mark.parametrize(("kind", "power"), [("walk", 0.5), ("ray", 0.05)])
def test_persistence_is_learnt_from_the_record(kind, power):
    """A random walk has errors of one half; errors that grow in proportion stay as they began."""
    rng = generator("tests.persistence")
    cities, years = 400, 16
    steps = rng.normal(0, 0.01, (cities, years))
    if kind == "ray":
        steps = np.repeat(rng.normal(0, 0.01, (cities, 1)), years, axis=1)
    names = tuple(f"{i:06d}" for i in range(cities))
    view = InformationSet(
        names, tuple(range(2001, 2017)), 14 + steps.cumsum(axis=1), np.zeros(cities, dtype=np.intp),
        censuses=(),
    )  # fmt: skip
    record = keep_record(NoChange(), view, np.array([1, 2, 5]), 5)
    assert learn_persistence(record, view, 5) == pytest.approx(power, abs=0.04)
    one = keep_record(NoChange(), view, np.array([1]), 5)
    assert learn_persistence(one, view, 5) == 0.5


@pytest.fixture(scope="module")
def scored():
    view = country(80, 30, spread=0.03)
    questions = {
        "dip": DIP,
        "run": EventQuestion("run", lambda _: FallingRun(2, 3), 3),
        "written": EventQuestion(
            "low", lambda year: EventExpression(f"P[{year + 3}] < 0.9 * P[{year}]"), 3
        ),
        "back": EventQuestion("back", lambda _: Recovery(1, 0.3, 3, 3), 3, 3, 0.02),
    }
    design = PathDesign(
        tuple(range(2001, 2013)), 2006, questions, ("still", "drift"), 200,
        Spreading(persistence=None),
    )  # fmt: skip
    models = {"still": NoChange(), "drift": Drift(), "damped": Drift(damping=0.8)}
    level = view.level.copy()
    level[3, view.years.index(2008)] = np.nan
    truth = InformationSet(view.cities, view.years, level, view.groups, censuses=view.censuses)
    hazard = PassageHazard(shares=(0.05,))

    def weights(origin):
        return {"still": 0.5, "damped": 0.5}

    found = run_path_backtest(truth.until, truth, models, weights, hazard, design)
    return found, truth, questions, design, models


def test_all_models_are_scored_on_the_same_cases(scored):
    found, truth, questions, _, _ = scored
    assert set(found.cases["model"]) == {"still", "drift", STACKED, HAZARD}
    sizes = found.cases.groupby(["question", "origin", "model"]).size().unstack()
    assert sizes[["still", "drift", STACKED]].nunique(axis=1).eq(1).all()
    assert sizes[HAZARD].dropna().index.get_level_values(0).unique().tolist() == ["dip"]
    assert found.cases[["chance", "climatology", "logit"]].stack().between(0, 1).all()
    one = found.cases.query("question == 'dip' and origin == 2006 and model == 'drift'")
    by_hand = pd.Series(outcome(questions["dip"], truth, 2006), index=list(truth.cities))
    assert one.set_index("city")["event"].equals(
        by_hand.dropna().rename("event").rename_axis("city")
    )


def test_counts_and_exclusions_of_the_paths(scored):
    found, _, _, _, _ = scored
    gone = found.excluded.query("question == 'dip'")
    assert set(gone["city"]) == {"000003"}
    assert set(gone.query("origin in [2006, 2007]")["reason"]) == {
        "no usable figure in a year ahead"
    }
    assert "origin" in gone.query("origin == 2008")["reason"].iloc[0]
    row = found.counts.query("question == 'run' and model == 'still' and origin == 2010").iloc[0]
    own = found.cases.query("question == 'run' and model == 'still' and origin == 2010")
    assert row["count"] == own["event"].sum()
    assert row["cases"] == len(own)
    assert row["mean"] == pytest.approx(own["chance"].sum())
    assert found.counts.query("model == 'hazard'")["crps"].isna().all()
    assert (found.fits["covariates"]).all()
    assert len(found.fits) == 7


def test_a_path_backtest_refuses_views_that_do_not_fit(scored):
    _, truth, questions, design, models = scored
    with pytest.raises(DataError, match="leak"):
        run_path_backtest(lambda _: truth, truth, models, None, None, design)
    early = PathDesign((1990,), 1990, questions, draws=5)
    with pytest.raises(DataError, match="nothing to score"):
        run_path_backtest(truth.until, truth, models, None, None, early)
    for bad in ({"origins": ()}, {"questions": {}}, {"draws": 1}):
        with pytest.raises(SpecError):
            PathDesign(**({"origins": (2000,), "first": 2000, "questions": questions} | bad))
