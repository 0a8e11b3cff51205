"""Penalised Cox models: optimality conditions, limits, units, honest cross-validation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.survival_spec import SurvivalSpec
from econshrink.survival.cox.cross_validation import cross_validate_cox
from econshrink.survival.cox.fit import fit_cox, partial_point, prepare
from econshrink.survival.cox.penalised import ElasticNet, Ridge, fit_cox_path, fit_cox_ridge
from econshrink.survival.design import survival_arrays
from econshrink.survival.options import Exact

NAMES = ["x", "z", "noise", "copy"]


def table(seed: int, cities: int = 50) -> SpellTable:
    """Yearly rows in two zones; `copy` all but repeats `x`."""
    rng = np.random.default_rng(seed)
    years = 4
    n = cities * years
    x, z, noise = rng.normal(size=(3, n))
    hazard = 0.25 * np.exp(0.8 * x - 0.5 * z)
    start = np.tile(np.arange(years, dtype=float), cities)
    columns = {"x": x, "z": 1e3 * z, "noise": noise, "copy": x + 0.05 * rng.normal(size=n)}
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(cities)], years),
            "start": start,
            "stop": start + rng.integers(1, 2, n),
            "event": (rng.random(n) < -np.expm1(-hazard)).astype(int),
            "zone": np.repeat(np.arange(cities) % 2, years),
            **columns,
        }
    )
    return SpellTable(frame, rule_id="property")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.3, 1.0]))
def test_optimality_conditions(seed: int, mix: float) -> None:
    """Score / n = lambda (a sign(b) + (1 - a) b) where b is not zero, and at most lambda a else."""
    spells = table(seed)
    path = fit_cox_path(spells, NAMES, ElasticNet(mix, count=6, smallest=0.05), strata="zone")
    design = SurvivalSpec(tuple(NAMES), ties="efron", strata=("zone",))
    arrays = survival_arrays(spells, design)
    sets = prepare(arrays, design)
    spread, n = arrays.x.std(axis=0), len(arrays.x)
    for penalty, beta in zip(path.penalties, path.coefficients, strict=True):
        score = partial_point(sets, beta * sets.scale).score * sets.scale / spread / n
        b = beta * spread
        smooth = score - penalty * (1 - mix) * b
        used = b != 0
        assert smooth[used] == pytest.approx(penalty * mix * np.sign(b[used]), abs=1e-8)
        assert (np.abs(smooth[~used]) <= penalty * mix + 1e-8).all()


def test_limits_and_units() -> None:
    spells = table(3)
    plain = fit_cox(spells, ["x", "z", "noise"])
    weak = fit_cox_path(spells, ["x", "z", "noise"], ElasticNet(1.0, (1e-9,)))
    assert weak.coefficients[0] == pytest.approx(plain.coefficients, rel=1e-5)
    assert weak.loglik[0] == pytest.approx(plain.stats["loglik"], abs=1e-8)
    none = fit_cox_ridge(spells, ["x", "z", "noise"], Ridge(0.0))
    assert none.coefficients == pytest.approx(plain.coefficients, rel=1e-9)
    assert none.covariance == pytest.approx(plain.covariance, rel=1e-8)
    assert none.stats["df"] == pytest.approx(3, rel=1e-9)
    path = fit_cox_path(spells, NAMES)
    assert not path.coefficients[0].any()
    assert path.frame()["nonzero"].iloc[-1] == 4
    assert (np.diff(path.loglik) > -1e-9).all()
    other = SpellTable(spells.frame.assign(x=lambda f: 5 - 1e6 * f["x"]), rule_id="property")
    again = fit_cox_path(other, NAMES)
    assert again.penalties == pytest.approx(path.penalties, rel=1e-9)
    assert -1e6 * again.coefficients[:, 0] == pytest.approx(path.coefficients[:, 0], abs=1e-7)


def test_ridge_is_the_smooth_end_of_the_path() -> None:
    """theta s^2 (divisor n - 1) is n lambda s^2 (divisor n) at lambda = theta / (n - 1)."""
    spells = table(4)
    n = len(spells.frame)
    ridge = fit_cox_ridge(spells, NAMES, Ridge(7.0), strata="zone")
    path = fit_cox_path(spells, NAMES, ElasticNet(0.0, (7.0 / (n - 1),)), strata="zone")
    assert path.coefficients[0] == pytest.approx(ridge.coefficients, rel=1e-8)
    assert path.loglik[0] == pytest.approx(ridge.stats["loglik"], abs=1e-9)


def test_cross_validation_keeps_cities_whole() -> None:
    spells = table(5, 80)
    penalty = ElasticNet(count=12, smallest=0.01)
    found = cross_validate_cox(spells, NAMES, generator("unit.cv"), penalty, folds=5)
    assert found.simplest <= found.best
    assert found.score[found.best] > found.score[0]  # some covariates beat none
    # By hand: leave out each fold's cities, fit, and see what they add.
    fold = generator("unit.cv").permutation(np.arange(80) % 5)[spells.city_codes]
    score = 0.0
    value = float(found.path.penalties[4])
    for number in range(5):
        kept = SpellTable(spells.frame[fold != number], rule_id="property")
        part = fit_cox_path(kept, NAMES, ElasticNet(penalties=(value,)))
        index = spells.frame[NAMES].to_numpy() @ part.coefficients[0]
        whole = SpellTable(spells.frame.assign(index=index, rest=0.0), rule_id="property")
        design = SurvivalSpec(("x",), ties="efron", offset="index")
        sets = prepare(survival_arrays(whole, design), design)
        score += partial_point(sets, np.zeros(1)).loglik - part.loglik[0]
    assert found.score[4] == pytest.approx(score, abs=1e-7)


def test_refusals() -> None:
    spells = table(6)
    flat = SpellTable(spells.frame.assign(x=1.0), rule_id="property")
    with pytest.raises(SpecError, match="x constant"):
        fit_cox_path(flat, NAMES)
    with pytest.raises(SpecError, match="exact ties"):
        fit_cox_path(spells, NAMES, ties=Exact())
    with pytest.raises(SpecError, match="no covariates"):
        fit_cox_ridge(spells, [], Ridge(1.0))
    with pytest.raises(SpecError, match="mix 2"):
        ElasticNet(2.0)
    with pytest.raises(SpecError, match="theta"):
        Ridge(-1.0)
    with pytest.raises(SpecError, match="99 folds"):
        cross_validate_cox(spells, NAMES, generator("unit.cv"), folds=99)
    lonely = spells.frame.assign(event=lambda f: ((f["city"] == "000000") & (f["stop"] == 1)) * 1)
    with pytest.raises(DataError, match="no events outside fold"):
        cross_validate_cox(
            SpellTable(lonely, "property"), ["x"], generator("unit.cv"), ElasticNet(0.0), folds=5
        )
