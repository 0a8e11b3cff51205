"""Ridge hazards: no penalty, an independent optimiser, another package, invariances, refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.vcov import Iid
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.penalised import Ridge
from econshrink.survival.discrete.design import DurationDummies, DurationPolynomial
from econshrink.survival.discrete.hazard import fit_discrete_hazard
from econshrink.survival.discrete.likelihood import Cloglog, Logit
from econshrink.survival.discrete.ridge import fit_discrete_ridge
from econshrink.survival.options import ImportanceWeights

NAMES = ["x", "z"]
CONSTANT = DurationPolynomial(0)


def spells(n=400, seed=1):
    rng = generator("tests.ridge", seed)
    x, z = rng.normal(2, 3, n), rng.normal(size=n)
    event = rng.random(n) < -np.expm1(-np.exp(-1 + 0.2 * x - 0.5 * z))
    table = pd.DataFrame({"city": [f"{i:06d}" for i in range(n)], "start": 0, "stop": 1})
    table = table.assign(event=event.astype(int), x=x, z=z, w=rng.uniform(0.2, 1.0, n))
    return SpellTable(table, rule_id="test")


@pytest.mark.parametrize("link", [Cloglog(), Logit()], ids=lambda link: link.name)
@pytest.mark.parametrize("duration", [CONSTANT, DurationDummies()], ids=["constant", "dummies"])
def test_without_a_penalty_it_is_the_plain_hazard(link, duration):
    table = spells()
    plain = fit_discrete_hazard(table, NAMES, link=link, duration=duration, vcov=Iid())
    ridge = fit_discrete_ridge(table, NAMES, Ridge(0.0), link=link, duration=duration)
    assert ridge.terms == plain.terms
    assert ridge.coefficients == pytest.approx(plain.coefficients, abs=1e-8)
    assert ridge.stats["df"] == pytest.approx(3)
    assert ridge.stats["loglik"] == pytest.approx(plain.stats["loglik"])


@pytest.mark.parametrize("theta", [0.5, 10.0, 200.0])
def test_it_is_the_maximum_of_the_penalised_likelihood(theta):
    """Against a quasi-Newton search on the formula as it is written."""
    table = spells()
    frame = table.frame
    x = frame[NAMES].to_numpy()
    s, y, w = x.std(axis=0, ddof=1), frame["event"].to_numpy(), frame["w"].to_numpy()

    def cost(beta):
        rate = np.exp(np.clip(beta[0] + x @ beta[1:], -30, 30))
        loglik = np.where(y == 1, np.log(-np.expm1(-rate)), -rate) @ w
        return -loglik + theta / 2 * ((s * beta[1:]) ** 2).sum()

    best = minimize(cost, np.array([-1.0, 0, 0]), method="BFGS", options={"gtol": 1e-7}).x
    fit = fit_discrete_ridge(
        table, NAMES, Ridge(theta), duration=CONSTANT, weights=ImportanceWeights("w")
    )
    # the search stops where its numerical gradient is 1e-6 or so
    assert fit.coefficients == pytest.approx([best[1], best[2], best[0]], abs=2e-5)
    assert fit.stats["penalty"] == pytest.approx(theta / 2 * ((s * best[1:]) ** 2).sum(), abs=1e-4)


def test_statsmodels_finds_the_same():
    table, theta = spells(), 20.0
    x = table.frame[NAMES].to_numpy()
    s = x.std(axis=0, ddof=1)
    design = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / s])
    family = sm.families.Binomial(sm.families.links.CLogLog())
    strength = np.array([0.0, theta, theta]) / len(x)  # its likelihood is a mean
    other = sm.GLM(table.frame["event"].to_numpy(), design, family=family).fit_regularized(
        alpha=strength, L1_wt=0.0, cnvrg_tol=1e-12, maxiter=1000
    )
    ours = fit_discrete_ridge(table, NAMES, Ridge(theta), duration=CONSTANT)
    # its coordinate descent stops some 1e-5 before the maximum: ours must be higher, and near
    assert ours.coefficients[:2] * s == pytest.approx(other.params[1:], abs=5e-5)
    rate = np.exp(design @ other.params)
    event = table.frame["event"].to_numpy() == 1
    loglik = np.where(event, np.log(-np.expm1(-rate)), -rate).sum()
    theirs = loglik - theta / 2 * (other.params[1:] ** 2).sum()
    assert theirs - 1e-9 <= ours.stats["loglik"] - ours.stats["penalty"] < theirs + 1e-6


def test_units_of_a_covariate_do_not_matter():
    table = spells()
    fit = fit_discrete_ridge(table, NAMES, Ridge(5.0), duration=CONSTANT)
    other = SpellTable(table.frame.assign(x=1000 * table.frame["x"] - 7), rule_id="test")
    again = fit_discrete_ridge(other, NAMES, Ridge(5.0), duration=CONSTANT)
    assert 1000 * again.coefficient("x") == pytest.approx(fit.coefficient("x"))
    assert again.stats["loglik"] == pytest.approx(fit.stats["loglik"])


def test_a_stronger_penalty_shrinks_and_leaves_the_frequency():
    table = spells()
    sizes = []
    for theta in (0.0, 10.0, 1e3, 1e7):
        fit = fit_discrete_ridge(table, NAMES, Ridge(theta), duration=CONSTANT)
        sizes.append(float(np.abs(fit.coefficients[:2]).sum()))
    assert sizes == sorted(sizes, reverse=True)
    assert -np.expm1(-np.exp(fit.coefficients[-1])) == pytest.approx(
        table.frame["event"].mean(), abs=1e-3
    )
    assert fit.stats["df"] == pytest.approx(1, abs=1e-2)


def test_separation_is_no_obstacle_but_bad_input_is():
    table = spells()
    apart = SpellTable(table.frame.assign(x=table.frame["event"] + 0.0), rule_id="test")
    fit = fit_discrete_ridge(apart, ["x"], Ridge(1.0), duration=CONSTANT)
    assert 1 < fit.coefficient("x") < 20
    still = SpellTable(table.frame.assign(x=1.0), rule_id="test")
    with pytest.raises(SpecError, match="constant"):
        fit_discrete_ridge(still, NAMES, Ridge(1.0), duration=CONSTANT)
    none = SpellTable(table.frame.assign(event=0), rule_id="test")
    with pytest.raises(DataError, match="no events"):
        fit_discrete_ridge(none, NAMES, Ridge(1.0), duration=CONSTANT)
    with pytest.raises(SpecError, match="theta"):
        Ridge(-1.0)
