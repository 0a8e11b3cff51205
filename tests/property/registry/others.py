"""Canonical calls of spatial and causal work, decomposition, scores and array inference."""

import numpy as np
import pandas as pd

from econshrink import causal, decompose, forecast, inference, panel as panels, spatial
from econshrink.inference import Resampling
from tests.property.registry.calls import (
    Answer,
    Call,
    World,
    estimate,
    numbers,
    panel_world,
    place_world,
    score_world,
    single,
)
from tests.property.registry.panel import DRAWN, ONE, TWO, made

FEW = Resampling(draws=49, rng=1)
IV = panels.Instrumented(("x",), ("z",))
PARTS = {"first": ("x",), "second": ("v",)}


def _links(world: World) -> spatial.Neighbours:
    return spatial.Neighbours.from_pairs(
        world["pairs"].astype(str), sorted(world["places"]["city"])
    )


def _values(world: World) -> pd.Series:
    frame = world["places"]
    return pd.Series(frame["value"].to_numpy(float), index=pd.Index(frame["city"].astype(str)))


def _moran(world: World) -> Answer:
    found = spatial.moran(_values(world), _links(world), None)
    return single("i", found.statistic) | single("error", found.std_error)


def _ring(world: World) -> spatial.Neighbours:
    """Neighbours by longitude, whatever the cities are called."""
    units = world["units"].sort_values("longitude")["city"].astype(str).to_list()
    pairs = pd.DataFrame({"city_a": units, "city_b": units[1:] + units[:1]})
    return spatial.Neighbours.from_pairs(pairs, sorted(units))


def _spatial(world: World) -> Answer:
    return _plain(estimate(spatial.fit_spatial(made(world), TWO, _ring(world))))


def _plain(answer: Answer) -> Answer:
    return {key: number._replace(unit={}) for key, number in answer.items()}


def _weak(world: World) -> Answer:
    found = causal.fit_weak_iv(made(world), TWO, IV)
    (low, high), *_ = found.anderson_rubin.intervals
    unit = {"y": 1.0, "x": -1.0}
    return single("f", found.effective_f) | single("low", low, unit) | single("high", high, unit)


def _plausible(world: World) -> Answer:
    found = causal.plausible_interval(made(world), TWO, IV, causal.Support(0.0, 0.0))
    (low, high), *_ = found.intervals
    unit = {"y": 1.0, "x": -1.0}
    return single("low", low, unit) | single("high", high, unit)


def _stability(world: World) -> Answer:
    found = causal.coefficient_stability(made(world), ONE, "x")
    unit = {"y": 1.0, "x": -1.0}
    return (
        single("short", found.short, unit)
        | single("long", found.long, unit)
        | single("delta", found.delta)
    )


def _parts(found) -> Answer:
    frame = found.frame.reset_index()
    texts = [c for c in frame.columns if frame[c].dtype.kind not in "fiub"]
    return numbers("part", frame.set_index(texts)["estimate"])


def _scored(run):
    def call(world: World) -> Answer:
        frame = world["scores"]
        columns = {c: frame[c].to_numpy(float) for c in frame if c not in ("city", "irrelevant")}
        return single("score", float(np.mean(run(columns))))

    return call


def on_panel(verb: str, run, **options) -> Call:
    """A call on the panel world."""
    return Call(verb, panel_world, run, **options)


def on_scores(verb: str, run, **options) -> Call:
    """A call on scores."""
    return Call(f"forecast.{verb}", score_world, _scored(run), **options)


ALL = ("y", "x", "v", "z")
CALLS = (
    Call("spatial.moran", place_world, _moran, scaled=("value",), shifted=("value",)),
    on_panel("spatial.fit_spatial", _spatial, rtol=1e-5),
    on_panel("spatial.lm_tests", lambda w: numbers("lm", dict(enumerate(
        t.statistic for t in spatial.lm_tests(made(w), TWO, _ring(w))))), scaled=("y",), rtol=1e-6),
    on_panel("spatial.residual_moran", lambda w: single("i", spatial.residual_moran(
        made(w), TWO, _ring(w)).statistic), scaled=("y", "x", "v"), rtol=1e-6),
    on_panel("causal.fit_weak_iv", _weak, scaled=ALL, shifted=ALL, rtol=1e-5),
    on_panel("causal.plausible_interval", _plausible, scaled=ALL, shifted=ALL, rtol=1e-6),
    on_panel("causal.coefficient_stability", _stability, scaled=("y", "x", "v"), rtol=1e-6),
    on_panel("decompose.shapley_r2", lambda w: _parts(decompose.shapley_r2(
        made(w), ONE, PARTS, FEW)), scaled=("y", "x", "v"), shifted=("y", "x", "v"), but=DRAWN),
    on_panel("decompose.gelbach", lambda w: _plain(_parts(decompose.gelbach(
        made(w), ONE, ("x",), {"second": ("v",)}, FEW))),
        scaled=("v",), but=DRAWN),
    on_panel("decompose.covariance_shares", lambda w: _parts(decompose.covariance_shares(
        _summed(w), "total", ("x", "v"), FEW)), but=DRAWN),
    on_panel("inference.haversine", lambda w: single("km", float(inference.haversine(
        w["units"]["latitude"].to_numpy(float), w["units"]["longitude"].to_numpy(float)).sum()))),
    on_panel("inference.combine", lambda w: _plain(estimate(inference.combine(
        [panels.fit_fe(made(w), TWO), panels.fit_fe(made(w), TWO, keep_singletons=True)])))),
    on_scores("brier", lambda c: forecast.brier(c["probability"], c["event"])),
    on_scores("crps", lambda c: forecast.crps(
        np.stack([c["point"], c["low"], c["high"]], axis=0).T, c["truth"])),
    on_scores("interval_score", lambda c: forecast.interval_score(
        c["low"], c["high"], c["truth"], 0.8)),
    on_scores("covered", lambda c: forecast.covered(c["low"], c["high"], c["truth"])),
    on_scores("mape", lambda c: forecast.mape(np.exp(c["point"]), np.exp(c["truth"]))),
    on_scores("net_benefit", lambda c: forecast.net_benefit(
        c["probability"], c["event"], np.array([0.3]))),
    on_scores("alert_value", lambda c: forecast.alert_value(
        c["probability"], c["event"], np.array([0.3]))),
    on_scores("calibration_curve", lambda c: forecast.calibration_curve(
        c["probability"], c["event"], 5).frequency),
)  # fmt: skip


def _summed(world: World):
    data = made(world)
    return data.with_variables({"total": data.column("x") + data.column("v")})
