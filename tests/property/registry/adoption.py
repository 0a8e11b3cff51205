"""Canonical calls of policy evaluation: adoption, group-time effects, honest bounds."""

import numpy as np
import pandas as pd

from econshrink import CityPanel, causal
from econshrink.inference import Resampling
from tests.property.registry.calls import (
    Answer,
    Call,
    World,
    codes,
    estimate,
    rounded,
    single,
    told,
)

DRAWN = {
    "permuted rows": "draws belong to the units in their order",
    "other ids": "draws belong to the units in their order",
}
NORMAL = Resampling(2000, rng=0)


def adoption_world() -> World:
    """Twenty cities in eight years; four adopt in 2004, four in 2006, twelve never."""
    rng = np.random.default_rng(21)
    cities, years = codes(20), range(2000, 2008)
    first = np.repeat([2004.0, 2006.0, np.nan], [4, 4, 12])
    frame = pd.DataFrame([(c, t) for c in cities for t in years], columns=["city", "year"])
    since = frame["year"].to_numpy() - np.repeat(first, 8)
    frame["y"] = rng.normal(size=160) + np.where(since >= 0, 1.0, 0.0) + np.repeat(first == 2004, 8)
    units = pd.DataFrame({"city": cities, "first": first})
    return {"panel": rounded(frame), "units": units}


def made(world: World) -> causal.Adoption:
    """The adoption of a world."""
    panel = CityPanel.from_long(world["panel"], source="made")
    units = world["units"]
    first = pd.Series(np.asarray(units["first"], dtype=float), units["city"].astype(str))
    return causal.adoption(panel, "y", first.reindex(list(panel.cities)))


def study(world: World):
    """The event study of a world."""
    return causal.event_study(causal.group_time(made(world)), -3, 2)


def call(name: str, run, **options) -> Call:
    """A call on the world of adoptions; effects are in the outcome's unit."""
    options.setdefault("scaled", ("y",))
    return Call(f"causal.{name}", adoption_world, run, **options)


def _in_y(found: Answer) -> Answer:
    return {key: number._replace(unit={"y": 1.0}) for key, number in found.items()}


def _effects(fit) -> Answer:
    return _in_y({key: v for key, v in estimate(fit, "").items() if key[0] != "p_value"}) | {
        key: v._replace(unit={}) for key, v in estimate(fit, "").items() if key[0] == "p_value"
    }


def _group_time(world: World) -> Answer:
    frame = causal.group_time(made(world)).frame[["group", "time", "estimate", "std_error"]]
    return _in_y(told("effect", frame))


def _honest(world: World) -> Answer:
    found = causal.honest_interval(study(world), causal.RelativeMagnitudes(0.5))
    return _in_y(single("low", found.conf_low) | single("high", found.conf_high))


SHIFT = {"shifted": ("y",)}
CALLS = (
    call("adoption", lambda w: told(
        "first", np.nan_to_num(made(w).first), made(w).cities), **SHIFT),
    call("group_time", _group_time, **SHIFT),
    call("event_study", lambda w: _effects(study(w)), **SHIFT),
    call("overall_effect",
         lambda w: _effects(causal.overall_effect(causal.group_time(made(w)))), **SHIFT),
    call("event_curve", lambda w: _in_y(told("curve", causal.event_curve(study(w)).frame[
        ["estimate", "std_error"]])), **SHIFT),
    call("joint_pretest", lambda w: single("p", causal.joint_pretest(study(w)).p_value), **SHIFT),
    call("honest_interval", _honest, **SHIFT, rtol=1e-5),
    call("breakdown_value", lambda w: single("value", causal.breakdown_value(
        study(w), causal.RelativeMagnitudes)), **SHIFT, rtol=1e-4),
    call("pretrend_power", lambda w: single("power", causal.pretrend_power(
        study(w), 0.0, NORMAL).power), **SHIFT, rtol=1e-6),
    call("detectable_slope", lambda w: single("slope", causal.detectable_slope(
        study(w), 0.5, NORMAL), {"y": 1.0}), **SHIFT, rtol=1e-4),
    call("power_table", lambda w: _in_y(told("slope", causal.power_table(study(w), 1)["slope"])),
         **SHIFT, rtol=1e-4),
    call("effect_before", lambda w: single("effect", causal.effect_before(1)(made(w))),
         scaled=(), **SHIFT),
    call("placebo_cities", lambda w: single("treated", float(np.isfinite(
        causal.placebo_cities(made(w), 4, 1).first).sum()))),
    call("placebo_permutation_test", lambda w: single("p", causal.placebo_permutation_test(
        made(w), resampling=Resampling(49, rng=1)).p_value), **SHIFT, but=DRAWN),
)  # fmt: skip
