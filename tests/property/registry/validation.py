"""Canonical calls of predictions of survival and of their validation."""

import numpy as np
import pandas as pd

from econshrink import Resampling, SpellTable, survival
from tests.property.registry.adoption import DRAWN
from tests.property.registry.calls import Answer, Call, World, spell_world, told, yearly_world
from tests.property.registry.survival import UNITS, _cox, _paths, fit, made

XV = ("x", "v")


def single_world() -> World:
    """One spell of every city, all from 0, some censored."""
    world = spell_world()
    frame = world["spells"].drop_duplicates("city").reset_index(drop=True)
    frame["stop"] -= frame["start"]
    frame["start"] = 0.0
    frame["cause"] = frame["cause"].where(frame["event"] == 1, "")
    return {"spells": frame}


def _risk(world: World) -> pd.Series:
    frame = world["spells"]
    return pd.Series(
        1 / (1 + np.exp(-np.asarray(frame["x"], dtype=float))), frame["city"].astype(str)
    )


def _risks(world: World) -> pd.DataFrame:
    risk = _risk(world)
    return pd.DataFrame({3.0: risk * 0.5, 6.0: risk * 0.8})


def _change(world: World) -> Answer:
    found = survival.average_survival_change(
        made(world), _cox(world), made(world).frame, survival.SetTo("x", 0.0), 4.0
    )
    return told("change", found)


def _hazard(world: World, verb) -> Answer:
    estimate = survival.fit_discrete_hazard(
        SpellTable(world["spells"], rule_id="made"), XV, duration=survival.DurationPolynomial(1)
    )
    path = _paths(world).assign(start=[0.0, 1.0], stop=[1.0, 2.0])
    return told("hazard", verb(estimate, path).frame)


def _parametric(world: World) -> Answer:
    people = pd.DataFrame({"group": ["a"], "x": [0.5], "v": [0.0]})
    estimate = survival.fit_parametric(made(world), XV)
    return told("survival", survival.parametric_survival(estimate, people, [2.0, 6.0]).frame)


def _hidden(world: World) -> Answer:
    ends = world["spells"].groupby(world["spells"]["city"].astype(str))["event"].transform("max")
    frame = world["spells"].assign(uncertain=ends.astype(float))
    found = survival.fit_hidden_onset(
        SpellTable(frame, rule_id="made"), XV, observation=survival.IntervalOnsets()
    )
    return told("b", dict(zip(found.terms, map(float, found.coefficients), strict=True)))


def single(name: str, run, **options) -> Call:
    """A call on spells from zero."""
    return Call(f"survival.{name}", single_world, run, **options)


def call(name: str, run, **options) -> Call:
    """A call on the world of spells."""
    return Call(f"survival.{name}", spell_world, run, **options)


CALLS = (
    single("brier_scores", lambda w: told("score", survival.brier_scores(made(w), _risks(w)))),
    single("integrated_brier",
           lambda w: told("score", survival.integrated_brier(made(w), _risks(w)))),
    single("calibration", lambda w: told("group", survival.calibration(
        made(w), _risk(w), 6.0, groups=3).groups.reset_index(drop=True))),
    single("time_dependent_auc", lambda w: told("auc", survival.time_dependent_auc(
        made(w), _risks(w))[["horizon", "auc", "std_error"]])),
    single("uno_concordance", lambda w: told("c", survival.uno_concordance(
        made(w), _risk(w), 6.0))),
    call("average_survival_change", _change, rtol=1e-6),
    Call("survival.predict_hazard", yearly_world,
         lambda w: _hazard(w, survival.predict_hazard), rtol=1e-6),
    Call("survival.predict_onset", yearly_world,
         lambda w: _hazard(w, survival.predict_onset), rtol=1e-6),
    call("parametric_survival", _parametric, rtol=1e-5),
    Call("survival.fit_hidden_onset", yearly_world, _hidden, rtol=1e-4),
    single("fit_fine_gray", fit(survival.fit_fine_gray, causes="cause", cause="p"), **UNITS,
         rtol=1e-6),
    call("cross_validate_cox", lambda w: told("deviance", np.asarray(survival.cross_validate_cox(
        made(w), XV, 1, folds=3).path.loglik)), but=DRAWN, rtol=1e-5),
    call("bootstrap_incidence", lambda w: told("curve", survival.bootstrap_incidence(
        made(w), "cause", resampling=Resampling(19, rng=1)).frame), but=DRAWN),
)  # fmt: skip
