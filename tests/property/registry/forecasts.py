"""Canonical calls of forecasts: projecting, backtesting, scoring, ranking, monitoring."""

from functools import cache

import numpy as np
import pandas as pd

from econshrink import CityPanel, forecast
from tests.property.registry.adoption import DRAWN
from tests.property.registry.calls import Answer, Call, World, codes, rounded, score_world, told

PEOPLE = {"population": 1.0}
MODELS = {"last value": forecast.LastValue(), "drift": forecast.Drift(damping=0.8)}


def path_world() -> World:
    """Ten cities from 1995 to 2020."""
    rng = np.random.default_rng(27)
    cities, years = codes(10), range(1995, 2021)
    steps = rng.normal(0, 0.01, (10, 26)) + np.linspace(-0.02, 0.01, 10)[:, None]
    people = 2.0 ** rng.integers(18, 23, (10, 1)) * np.exp(np.cumsum(steps, axis=1))
    frame = pd.DataFrame([(c, t) for c in cities for t in years], columns=["city", "year"])
    frame["population"] = people.ravel()
    units = pd.DataFrame({"city": cities, "province": ["a", "b"] * 5})
    return {"panel": rounded(frame), "units": units}


def made(world: World) -> CityPanel:
    """The panel of a world."""
    units = world["units"].set_index("city").astype({"province": object})
    frame = world["panel"].drop(columns="irrelevant", errors="ignore")
    return CityPanel.from_long(frame, attributes=units, source="made")


def view(world: World) -> forecast.InformationSet:
    """What was known in 2020."""
    return forecast.information_set(made(world), 2020, censuses=())


def projected(world: World):
    """A projection of five years."""
    return forecast.project(made(world), 2025, model=MODELS["drift"], draws=40, rng=1)


def tested(world: World):
    """A backtest from three origins."""
    return forecast.backtest(made(world), models=MODELS, origins=(2011, 2014, 2017), draws=20)


def call(name: str, run, **options) -> Call:
    """A call on the world of paths; draws belong to the units in their order."""
    options.setdefault("but", DRAWN)
    return Call(f"forecast.{name}", path_world, run, **options)


def plain(name: str, run, **options) -> Call:
    """A call without draws."""
    return call(name, run, but={}, **options)


def by_city(name: str, run, **options) -> Call:
    """A call whose answer has one row a city, in their order."""
    return plain(name, lambda w: told(name, np.asarray(run(w)), made(w).cities), **options)


@cache
def _backtested() -> pd.DataFrame:
    return tested(path_world()).cases


def cases_world() -> World:
    """The cases of a backtest, as a table of its own."""
    return {"cases": rounded(_backtested().copy())}


def _cases(world: World) -> pd.DataFrame:
    return world["cases"]


def on_cases(name: str, run) -> Call:
    """A call on the cases of a backtest."""
    but = {"category": "names of models are texts", "other ids": "origin is a year here"}
    return Call(f"forecast.{name}", cases_world, run, rtol=1e-6, but=but)


def _start(world: World) -> pd.Series:
    return made(world).wide("population")[2020]


def _score_columns(world: World) -> dict[str, np.ndarray]:
    frame = world["scores"]
    return {c: np.asarray(frame[c], dtype=float) for c in ("truth", "point", "low", "high")}


def on_scores(name: str, run, **options) -> Call:
    """A call on scores."""
    return Call(f"forecast.{name}", score_world, lambda w: told(name, run(_score_columns(w))),
                but={"permuted rows": "figures in their order",
                     "other ids": "no ids"}, **options)  # fmt: skip


def _medians(world: World) -> Answer:
    found = projected(world)
    return told("median", np.median(found.draws, axis=2), found.cities, PEOPLE)


CALLS = (
    call("project", _medians, rtol=1e-6, scaled=("population",)),
    call("backtest", lambda w: told("case", tested(w).cases[["model", "city", "origin", "horizon",
         "crps"]].astype({"origin": str})), rtol=1e-6),
    call("score", lambda w: told("score", forecast.score(tested(w))[["mape", "crps", "gain"]]),
         rtol=1e-6, scaled=("population",)),
    call("withheld", lambda w: told("withheld", {str(h): float(len(m)) for h, m in
         forecast.withheld(tested(w)).items()})),
    on_cases("accuracy", lambda w: told("score", forecast.accuracy(_cases(w))[["mape", "crps"]])),
    on_cases("coverage", lambda w: told("inside", forecast.coverage(_cases(w), "horizon"))),
    on_cases("choose_before", lambda w: told("choice", {forecast.choose_before(
        _cases(w), 2016, "last value").model: 1.0})),
    on_cases("comparison", lambda w: told("gap", forecast.comparison(
        _cases(w), "last value", 1, 1)["difference"])),
    on_cases("paired_gain", lambda w: told("gain", forecast.paired_gain(
        _cases(w).query("horizon == 1"), "drift", "last value", draws=50, rng=1).gain)),
    call("rank", lambda w: told("rank", forecast.rank(projected(w)).frame)),
    call("rank_risk", lambda w: told("rank", forecast.rank_risk(projected(w), 0.05, 2025).frame)),
    call("already_lost", lambda w: told("lost", forecast.already_lost(
        projected(w), _start(w), 0.05, 2025)["probability"])),
    call("trajectories_table", lambda w: told("people", forecast.trajectories_table(
        projected(w)).groupby("city")["population"].mean(), unit=PEOPLE), rtol=1e-6,
        scaled=("population",)),
    call("event_probability", lambda w: told("p", forecast.event_probability(
        forecast.Trajectories.of(projected(w), _start(w).to_numpy()), forecast.Loss(0.05, 3)))),
    call("probability_drivers", lambda w: told("part", forecast.probability_drivers(
        projected(w), {part: np.full(len(made(w).cities), by) for part, by in
                       (("nation", -0.01), ("own", -0.02))}, 0.05, 2025))),
    call("hold_to_nation", lambda w: told("people", forecast.hold_to_nation(
        projected(w), _nation(w), _start(w).to_numpy()), made(w).cities), rtol=1e-6),
    on_cases("event_scores", lambda w: told("score", forecast.event_scores(
        _cases(w).query("horizon == 3"), 0.0)[["brier", "rate"]])),
    on_cases("score_events", lambda w: told("score", forecast.score_events(
        _cases(w).query("horizon == 3"), "00")[["brier", "rate"]])),
    on_cases("winner", lambda w: told("model", {forecast.winner({h: forecast.accuracy(
        _cases(w).query(f"horizon == {h}")) for h in (1, 3)}, "last value"): 1.0})),
    on_cases("split_errors", lambda w: told("share", forecast.split_errors(
        _cases(w), _cases(w).assign(truth=_cases(w)["truth"] * 1.25), ["model"]))),
    plain("outcome", lambda w: told("came", forecast.outcome(forecast.EventQuestion(
        "dip", lambda _: forecast.FirstPassage(0.02, 3), 3), view(w), 2010), made(w).cities)),
    plain("scenario_shift", lambda w: told("level", forecast.scenario_shift(
        forecast.Scenario("x", {"jobs": 0.02}, made(w).cities[:3]), made(w).cities,
        {"jobs": forecast.Response(0.5, 0.0)}, 1, 1).level)),
    plain("information_set", lambda w: told("level", view(w).level, made(w).cities)),
    plain("bridge", lambda w: told("year", forecast.bridge(view(w))[1])),
    plain("broken_since", lambda w: told("gone", {
        "count": float(len(forecast.broken_since(view(w), 2010, 0.02)))})),
    by_city("growth_paths", lambda w: np.column_stack(list(
        forecast.growth_paths(view(w), 3).values()))),
    by_city("census_step", lambda w: forecast.census_step(view(w), 2010)),
    plain("summed_view", lambda w: told("level", forecast.summed_view(
        view(w), ("a", "b")).level)),
    plain("unusable", lambda w: told("gone", {
        "count": float(len(forecast.unusable(view(w), _start(w))))})),
    plain("keep", lambda w: told("level", forecast.keep(
        view(w), list(made(w).cities)[:10]).level, made(w).cities)),
    by_city("standardise", lambda w: forecast.standardise(
        made(w).wide("population").to_numpy(), slice(0, 10)), scaled=("population",),
        shifted=("population",), rtol=1e-6),
    by_city("japan_index", lambda w: forecast.japan_index(
        made(w).wide("population").to_numpy()[:, 0], made(w).wide("population").to_numpy()[:, -1]),
        scaled=("population",)),
    by_city("korea_index", lambda w: forecast.korea_index(
        made(w).wide("population").to_numpy()[:, 0], made(w).wide("population").to_numpy()[:, -1]),
        scaled=("population",)),
    plain("korea_class", lambda w: told("class", pd.Series(forecast.korea_class(
        forecast.korea_index(made(w).wide("population").to_numpy()[:, 0],
                             made(w).wide("population").to_numpy()[:, -1])), made(w).cities))),
    on_scores("central_interval", lambda c: np.array(forecast.central_interval(c["truth"], 0.8))),
    on_scores("sorted_quantiles", lambda c: np.array(forecast.sorted_quantiles(
        np.sort(c["truth"]), (0.1, 0.5)))),
    on_scores("conformal_intervals", lambda c: np.array(forecast.conformal_intervals(
        c["low"], c["high"], (c["low"], c["high"], c["truth"]), 0.8))),
    on_scores("fit_spread", lambda c: forecast.fit_spread(
        c["truth"], np.zeros_like(c["truth"], dtype=np.intp), 1).at(
            np.array([[0.2, 0.8]]), np.array([0]))),
    on_scores("alarm_record", lambda c: forecast.alarm_record(
        np.column_stack([c["low"] > -1, c["high"] > 1]),
        np.where(c["truth"] > 0, 2011.0, np.nan), np.array([2010.0, 2011.0]), 1)),
)  # fmt: skip


def _nation(world: World):
    total = made(world).wide("population").sum().rename("population").reset_index()
    total["city"] = "nation"
    total["population"] *= 1.25
    panel = CityPanel.from_long(total, source="made")
    return forecast.project(panel, 2025, model=MODELS["drift"], draws=40, rng=1)
