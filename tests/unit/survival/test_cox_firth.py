"""Firth's penalty: the definition maximised by brute force, monotone likelihoods, limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from econshrink.core.errors import ConvergenceError, DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.cox.firth import fit_firth, penalised_point
from econshrink.survival.cox.fit import fit_cox, prepare
from econshrink.survival.design import survival_arrays
from econshrink.survival.kernel.cox_likelihood import hazards, score_and_information
from econshrink.survival.options import Breslow, Efron


def table(n: int = 60, events: float = 0.3) -> SpellTable:
    """Late entry and many ties."""
    rng = generator("unit.firth")
    start = rng.integers(0, 3, n).astype(float)
    frame = pd.DataFrame(
        {
            "city": [f"{i:06d}" for i in range(n)],
            "start": start,
            "stop": start + rng.integers(1, 5, n),
            "event": (rng.random(n) < events).astype(int),
            "x": rng.normal(size=n),
            "z": rng.integers(0, 2, n).astype(float),
            "zone": rng.integers(0, 2, n),
        }
    )
    return SpellTable(frame, rule_id="unit")


def sets_of(spells: SpellTable, ties: str) -> object:
    design = SurvivalSpec(("x", "z"), ties, ("zone",))
    return prepare(survival_arrays(spells, design), design)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_score_of_the_penalty(ties: str) -> None:
    sets = sets_of(table(), ties)
    beta, h = np.array([0.7, -0.4]), 1e-6
    slope = [
        (penalised_point(sets, beta + u).loglik - penalised_point(sets, beta - u).loglik) / (2 * h)
        for u in np.eye(2) * h
    ]
    assert penalised_point(sets, beta).score == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("ties", [Efron(), Breslow()])
def test_against_a_search_without_derivatives(ties: object) -> None:
    spells = table()
    sets = sets_of(spells, ties.name)

    def loss(beta: np.ndarray) -> float:
        state = hazards(sets, beta * sets.scale)
        information = score_and_information(sets, state)[1]
        return -state.loglik - np.linalg.slogdet(information)[1] / 2

    found = optimize.minimize(loss, np.zeros(2), method="Nelder-Mead",
                              options={"xatol": 1e-9, "fatol": 1e-13})  # fmt: skip
    fit = fit_firth(spells, ["x", "z"], ties=ties, strata="zone")
    assert fit.coefficients == pytest.approx(found.x, abs=1e-6)


def test_limits_lie_on_the_profile() -> None:
    spells = table()
    fit = fit_firth(spells, ["x", "z"], strata="zone")
    sets = sets_of(spells, "efron")
    for bound in ("low", "high"):
        value = fit.stats[f"{bound}:x"]
        profile = optimize.minimize_scalar(
            lambda z, value=value: -penalised_point(
                sets, np.array([value, z]) * sets.scale
            ).loglik,
            bounds=(-5, 5), method="bounded", options={"xatol": 1e-10},
        )  # fmt: skip
        units = np.log(sets.scale).sum()  # the fit reports in the units of the covariates
        drop = 2 * (fit.stats["penalised_loglik"] - units + profile.fun)
        assert drop == pytest.approx(3.841458820694124, abs=1e-6)
    assert fit.stats["low:x"] < fit.coefficient("x") < fit.stats["high:x"]
    assert 0 < fit.stats["p:x"] < 1


def test_without_a_level_the_estimate_is_the_same_and_no_profile_is_taken() -> None:
    spells = table()
    fit, bare = fit_firth(spells, ["x", "z"]), fit_firth(spells, ["x", "z"], level=None)
    np.testing.assert_array_equal(bare.coefficients, fit.coefficients)
    np.testing.assert_array_equal(bare.covariance, fit.covariance)
    profile = {f"{name}:{x}" for name in ("low", "high", "p") for x in "xz"}
    assert set(fit.stats) - set(bare.stats) == profile
    assert bare.notes == ()


def test_monotone_likelihood_has_a_finite_answer() -> None:
    frame = table().frame
    perfect = frame.assign(z=((frame["event"] == 1) | (frame["x"] > 1)).astype(float))
    spells = SpellTable(perfect, rule_id="unit")
    with pytest.raises(ConvergenceError, match="Firth"):
        fit_cox(spells, ["x", "z"])
    fit = fit_firth(spells, ["x", "z"])
    assert 0 < fit.coefficient("z") < 20
    assert fit.stats["low:z"] > 0
    assert fit.stats["p:z"] < 0.01


def test_many_events_leave_little_to_correct_and_units_do_not_matter() -> None:
    spells = table(1500, 0.7)
    plain, fit = fit_cox(spells, ["x", "z"]), fit_firth(spells, ["x", "z"])
    assert fit.coefficients == pytest.approx(plain.coefficients, abs=2e-3)
    scaled = SpellTable(spells.frame.assign(x=spells.frame["x"] * 1e8 + 3e9), rule_id="unit")
    other = fit_firth(scaled, ["x", "z"])
    assert other.coefficient("x") * 1e8 == pytest.approx(fit.coefficient("x"), rel=1e-6)
    assert other.stats["high:x"] * 1e8 == pytest.approx(fit.stats["high:x"], rel=1e-6)


def test_refusals() -> None:
    spells = table()
    with pytest.raises(SpecError, match="z2 a linear combination"):
        fit_firth(SpellTable(spells.frame.assign(z2=2 * spells.frame["z"]), rule_id="unit"),
                  ["z", "z2"])  # fmt: skip
    with pytest.raises(SpecError, match="between 0 and 1"):
        fit_firth(spells, ["x"], level=95)
    with pytest.raises(SpecError, match="no covariates"):
        fit_firth(spells, [])
    with pytest.raises(DataError, match="no events"):
        fit_firth(SpellTable(spells.frame.assign(event=0), rule_id="unit"), ["x"])
