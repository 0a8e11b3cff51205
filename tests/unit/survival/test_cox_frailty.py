"""Frailty: truth, the boundary, the integrated likelihood by quadrature, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.frailty.fit import fit_frailty, frailty_effects
from econshrink.survival.frailty.likelihood import (
    DiagonalInformation,
    FullInformation,
    GammaFrailty,
    LogNormalFrailty,
    gamma_correction,
)
from econshrink.survival.options import Breslow


def grouped(groups: int = 30, size: int = 15, theta: float = 0.5) -> SpellTable:
    rng = generator(f"unit.frailty.{theta}")
    n = groups * size
    province = np.repeat(np.arange(groups), size)
    factor = rng.gamma(1 / theta, theta, groups) if theta else np.ones(groups)
    x = rng.normal(size=n)
    time = rng.exponential(1 / (factor[province] * np.exp(0.6 * x)))
    start = rng.uniform(0, 0.3, n)
    seen = time > start
    frame = pd.DataFrame(
        {
            "city": [f"{i:06d}" for i in range(n)],
            "start": start,
            "stop": np.minimum(time, 2.0),
            "event": (time < 2.0).astype(int),
            "x": x,
            "province": province,
        }
    )
    return SpellTable(frame[seen & (frame["stop"] > frame["start"])], rule_id="unit")


def test_gamma_frailty_near_the_truth_with_an_interval() -> None:
    fit = fit_frailty(grouped(), ["x"], group="province")
    stats = fit.stats
    assert abs(fit.coefficient("x") - 0.6) < 4 * fit.std_error("x")
    assert stats["theta_low"] < 0.5 < stats["theta_high"]
    assert stats["theta_low"] < stats["theta"] < stats["theta_high"]
    assert stats["theta_p"] < 1e-6
    for bound in ("theta_low", "theta_high"):
        there = fit_frailty(grouped(), ["x"], group="province", theta=stats[bound])
        gap = stats["integrated_loglik"] - there.stats["integrated_loglik"]
        assert 2 * gap == pytest.approx(3.841458820694124, abs=1e-6)


def test_no_better_theta_nearby() -> None:
    fit = fit_frailty(grouped(), ["x"], group="province")
    for factor in (0.999, 1.001):
        near = fit_frailty(grouped(), ["x"], group="province", theta=fit.stats["theta"] * factor)
        assert near.stats["integrated_loglik"] < fit.stats["integrated_loglik"]


def test_without_frailty_the_plain_fit_comes_back() -> None:
    # Provinces made of every fifteenth city are as alike as chance leaves them, or more.
    table = grouped(theta=0.0)
    ranked = table.frame.sort_values("stop").assign(province=lambda f: np.arange(len(f)) % 20)
    table = SpellTable(ranked, rule_id="unit")
    fit = fit_frailty(table, ["x"], group="province")
    plain = fit_cox(table, ["x"])
    assert fit.stats["theta"] == 0
    assert fit.coefficients == pytest.approx(plain.coefficients)
    assert "No sign of frailty" in fit.notes[0]
    assert frailty_effects(table, fit)["log_frailty"].eq(0).all()


def test_small_theta_tends_to_the_plain_likelihood() -> None:
    table = grouped()
    plain = fit_cox(table, ["x"])
    tiny = fit_frailty(table, ["x"], group="province", theta=1e-7)
    assert tiny.coefficients == pytest.approx(plain.coefficients, rel=1e-4)
    assert tiny.stats["integrated_loglik"] == pytest.approx(plain.stats["loglik"], abs=1e-3)


@pytest.mark.parametrize("theta", [0.05, 0.7, 4.0])
def test_correction_is_the_integral_over_the_frailty(theta: float) -> None:
    """For a group with d events and hazard L: maximum of the penalised term, plus correction."""
    law, hazard, d = GammaFrailty(), 3.0, 4.0
    w = np.log((1 / theta + d) / (1 / theta + hazard))
    penalised = d * w - hazard * np.exp(w) + law.penalty(np.array([w]), theta)[0]
    correction, slope = gamma_correction(theta, np.array([d]))
    nu = 1 / theta
    exact = special.gammaln(nu + d) - special.gammaln(nu)
    exact += nu * np.log(nu) - (nu + d) * np.log(nu + hazard)
    assert penalised + correction == pytest.approx(exact, abs=1e-10)
    step = 1e-6
    up, down = (gamma_correction(theta * np.exp(s), np.array([d]))[0] for s in (step, -step))
    assert slope == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_log_normal_effects_shrink_and_sum_near_zero() -> None:
    table = grouped()
    options = {"law": LogNormalFrailty(), "information": FullInformation(), "ties": Breslow()}
    fit = fit_frailty(table, ["x"], group="province", **options)
    effects = frailty_effects(table, fit)
    assert effects["log_frailty"].sum() == pytest.approx(0, abs=1e-8)
    assert len(effects) == 30
    mean_square = (effects["log_frailty"] ** 2 + effects["std_error"] ** 2).mean()
    assert mean_square == pytest.approx(fit.stats["theta"], rel=1e-8)


def test_refusals() -> None:
    table = grouped()
    with pytest.raises(SpecError, match="one group"):
        fit_frailty(SpellTable(table.frame.assign(all=1), rule_id="unit"), ["x"], group="all")
    with pytest.raises(SpecError, match="theta -1"):
        fit_frailty(table, ["x"], group="province", theta=-1.0)
    with pytest.raises(SpecError, match="no column 'zone'"):
        fit_frailty(table, ["x"], group="zone")
    with pytest.raises(DataError, match="a frailty model"):
        frailty_effects(table, fit_cox(table, ["x"]))


def test_the_default_information_is_named() -> None:
    table = grouped()
    normal = fit_frailty(table, ["x"], group="province", law=LogNormalFrailty())
    options = {"law": LogNormalFrailty(), "information": DiagonalInformation()}
    assert normal.stats == fit_frailty(table, ["x"], group="province", **options).stats
    assert "as R's coxph does" in normal.notes[1]
    gamma = fit_frailty(table, ["x"], group="province")
    diagonal = fit_frailty(table, ["x"], group="province", information=DiagonalInformation())
    assert "DiagonalInformation()" in gamma.notes[1]
    assert gamma.stats["theta"] == diagonal.stats["theta"]
    assert (gamma.coefficients == diagonal.coefficients).all()
