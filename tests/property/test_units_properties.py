"""Units do not matter: any column times 10⁻⁹ … 10⁹ moves every public estimate as it must.

A coefficient carries the units of the outcome over those of its term; t statistics, fit
statistics, degrees of freedom and verdicts stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from econshrink.causal.balance import balance_table
from econshrink.causal.policy.adoption import Adoption
from econshrink.causal.policy.group_time import event_study, group_time, joint_pretest
from econshrink.causal.policy.honest import Smoothness, breakdown_value, honest_interval
from econshrink.causal.policy.pretrends import pretrend_power
from econshrink.causal.selection import coefficient_stability
from econshrink.causal.shifts import ShiftShareDesign, akm0_set, fit_shock_level
from econshrink.causal.weak import fit_weak_iv
from econshrink.decompose.components import component_means
from econshrink.decompose.covariances import covariance_shares
from econshrink.decompose.oaxaca import ThreeFold, TwoFold, oaxaca_blinder
from econshrink.decompose.omitted import gelbach
from econshrink.decompose.shapley import shapley_predicted, shapley_r2
from econshrink.flows.gravity.fit import fit_gravity
from econshrink.inference.conley import Conley
from econshrink.inference.jackknife import Jackknife
from econshrink.inference.kernel import DriscollKraay, NeweyWest
from econshrink.inference.pcse import BeckKatz
from econshrink.inference.resampling import Resampling
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.flows import FlowNetwork
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.between import fit_between
from econshrink.panel.differences import fit_fd
from econshrink.panel.dynamic import DifferenceGmm, SystemGmm, fit_gmm
from econshrink.panel.dynamic_instruments import (
    Exogenous,
    LaggedDifferences,
    LaggedLevels,
    YearDummies,
)
from econshrink.panel.explain import explain_std_errors
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.instrumental import Instrumented, Liml, TwoStage, TwoStepGmm, fit_iv
from econshrink.panel.mundlak import fit_cre
from econshrink.panel.pooled import fit_pooled
from econshrink.panel.random_effects import (
    Amemiya,
    Nerlove,
    SwamyArora,
    WallaceHussain,
    fit_re,
)
from econshrink.panel.resampling.cross_section import permutation_test
from econshrink.panel.resampling.engine import bootstrap_fe
from econshrink.panel.resampling.leave_out import leave_out_fe
from econshrink.panel.resampling.specification_curve import curve_inference, specification_curve
from econshrink.panel.resampling.wild_and_placebo import placebo_fe, wild_bootstrap_fe
from econshrink.panel.specification_test import hausman
from econshrink.spatial.diagnostics import lm_tests, residual_moran
from econshrink.spatial.fit import fit_spatial
from econshrink.spatial.impacts import spatial_impacts
from econshrink.spatial.neighbours import Neighbours
from econshrink.spatial.options import SLX, SpatialDurbin, SpatialError, SpatialLag

CITIES, YEARS = 24, 8
CODES = tuple(f"{110000 + i}" for i in range(CITIES))
PLACES = pd.DataFrame(
    {
        "province": [f"p{i % 6}" for i in range(CITIES)],
        "kind": [f"k{i % 2}" for i in range(CITIES)],
        "latitude": 30.0 + np.arange(CITIES) / 5,
        "longitude": 110.0 + (np.arange(CITIES) * 7 % 11) / 3,
    },
    index=pd.Index(CODES, name="city"),
)
RING = Neighbours.from_pairs(
    pd.DataFrame({"city_a": CODES * 2, "city_b": (*CODES[1:], CODES[0], *CODES[5:], *CODES[:5])})
)
SHOCKS = pd.Series([0.3, -0.2, 0.5, 0.1])
SCALED = ("y", "x", "x2", "w", "z1", "z2", "n", "treated")
FREE = {
    "r2", "r2_within", "rho", "theta_min", "theta_max", "effective_f", "cragg_donald", "ar",
    "hansen", "hansen_j", "m1", "m2", "kappa", "vcov_factor", "trace_g",
}  # fmt: skip


def _columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    n = CITIES * YEARS
    city = np.repeat(rng.normal(size=CITIES), YEARS)
    z1, z2, w, v, u, e, late = rng.normal(size=(7, n))
    x, x2 = z1 + 0.5 * z2 + 0.5 * v + 0.3 * city, z2 - 0.4 * z1 + 0.5 * u
    grid, before = np.empty((CITIES, YEARS)), rng.normal(size=CITIES)
    for year in range(YEARS):
        news = (late + 0.5 * w).reshape(CITIES, YEARS)[:, year]
        grid[:, year] = before = 0.5 * before + city[::YEARS] + news
    shares = rng.dirichlet(np.ones(4), size=n).T
    bartik = SHOCKS.to_numpy() @ shares
    return {
        "y": 1 + 0.7 * x - 0.4 * x2 + 0.5 * w + city + 0.6 * v + 0.3 * u + e,
        "x": x, "x2": x2, "w": w, "z1": z1, "z2": z2, "n": grid.ravel(), "bartik": bartik,
        "treated": 0.3 * x + 5 * bartik, **{f"s{k}": shares[k] for k in range(4)},
    }  # fmt: skip


BASE = _columns()
Factors = Mapping[str, float]


def panel_of(factors: Factors, years: int = YEARS) -> CityPanel:
    """The panel with columns multiplied; `part` and `rest` add up to y whatever its unit."""
    table = {name: values * factors.get(name, 1.0) for name, values in BASE.items()}
    frame = pd.DataFrame(table | {"part": BASE["w"] * factors.get("y", 1.0)})
    frame["rest"] = frame["y"] - frame["part"]
    frame["city"], frame["year"] = np.repeat(CODES, YEARS), [*range(2010, 2010 + YEARS)] * CITIES
    frame["side"] = (frame["city"].astype(int) % 3 == 0).astype(float)
    frame = frame[frame["year"] < 2010 + years]
    return CityPanel.from_long(frame, attributes=PLACES)


@dataclass(frozen=True)
class Answer:
    """Numbers in units of an outcome over a term's, and numbers without units."""

    carrying: dict[tuple[str, str], float]
    free: dict[str, float]


def of_estimate(found: Estimate, outcome: str = "y") -> Answer:
    table = found.tidy().set_index("term")
    free = {f"t({term})": float(value) for term, value in table["statistic"].items()}
    free |= {
        name: value
        for name, value in found.stats.items()
        if name in FREE or name.startswith("conditional_f")
    }
    values = {(outcome, str(term)): float(value) for term, value in table["estimate"].items()}
    return Answer(values, free | {"df_t": found.df_t})


def of_parts(found: Decomposition, outcome: str = "y") -> Answer:
    """A decomposition in units of the outcome, or of none (``""``)."""
    frame = found.frame
    names = [f"{target}|{part}" for target, part in zip(frame.target, frame.part, strict=True)]
    values = {
        (outcome, f"{name}:{column}"): float(value)
        for column in ("estimate", "std_error", "conf_low")
        for name, value in zip(names, frame[column], strict=True)
    }
    return Answer(values, {})


def _unit(term: str, factors: Factors) -> float:
    """Unit of a term: that of the column it is made of; of dummies and constants none."""
    inner = term
    while "(" in inner:
        inner = inner.split("(", 1)[1].rsplit(")", 1)[0].split(",")[0]
    return factors.get(inner, 1.0)


PLAIN = Spec("y", ("x", "x2", "w"))
BOTH = Spec("y", ("x", "x2", "w"), ("city", "year"))
ONE, TWO = Instrumented(("x",), ("z1", "z2")), Instrumented(("x", "x2"), ("z1", "z2"))
LAGGED = Spec("n", ("lag(n)", "w"), ("city", "year"))
OWN = (LaggedLevels("n", 2, 4, collapse=True), Exogenous(("w",)), YearDummies())
DESIGN = ShiftShareDesign("treated", "bartik", tuple(f"s{k}" for k in range(4)))
DRAWS = Resampling(9, cluster="city")
PARTS = {"one": ("x",), "other": ("x2", "w")}
RULES = (SwamyArora(), SwamyArora(harmonic=True), WallaceHussain(), Amemiya(), Nerlove())
VCOVS = (
    Iid(), Heteroskedastic("HC1"), Heteroskedastic("HC3"), Clustered("province"), Jackknife("city"),
    Clustered(("city", "year")), DriscollKraay(2), NeweyWest(2), BeckKatz(), Conley(300.0),
)  # fmt: skip


def _unbalanced(panel: CityPanel) -> CityPanel:
    rows = np.arange(len(panel.frame)) % 11 != 3
    return CityPanel(panel.frame[rows], attributes=panel.attributes)


def _wild(panel: CityPanel) -> Answer:
    found = wild_bootstrap_fe(panel, BOTH, "x", Resampling(99))
    limits = {("y", "x"): found.conf_low}
    return Answer(limits, {"p": found.p_value, "t": found.statistic})


def _boot(panel: CityPanel) -> Answer:
    return of_estimate(bootstrap_fe(panel, BOTH, Resampling(20)).as_estimate())


def _curve(panel: CityPanel) -> Answer:
    specs = [Spec("y", names, ("city", "year")) for names in (("x",), ("x", "w"), ("x", "x2"))]
    curve = specification_curve(panel, specs, "x")
    joint = curve_inference(curve, Resampling(20))
    free = {f"p{k}": float(p) for k, p in enumerate(joint.adjusted)}
    free |= {f"t{k}": float(t) for k, t in enumerate(curve.table["statistic"])}
    return Answer({("y", "x"): float(curve.table["estimate"].iloc[1])}, free)


def _hausman(panel: CityPanel) -> Answer:
    tests = hausman(panel, Spec("y", ("x",))), hausman(panel, PLAIN, Clustered("city"))
    return Answer({}, {test.name: test.statistic for test in tests})


def _explain(panel: CityPanel) -> Answer:
    table = explain_std_errors(fit_fe(panel, BOTH))
    return Answer({}, dict(zip(table["rule"], table["ratio"], strict=True)))


def _permuted(panel: CityPanel) -> Answer:
    tests = (placebo_fe(panel, Spec("y", ("x", "w"), ("city", "year")), "x", Resampling(19)),)
    return Answer({("y", "x"): tests[0].statistic}, {"p": tests[0].p_value})


def _dealt(panel: CityPanel) -> Answer:
    spec = Spec("y", ("x", "w"), ("province",))
    found = permutation_test(panel, spec, "x", within="province", resampling=Resampling(19))
    return Answer({("y", "x"): found.estimate}, {"p": found.p_value, "t": found.statistic})


def _stability(panel: CityPanel) -> Answer:
    found = coefficient_stability(panel, PLAIN, "x")
    free = {"delta": found.delta, "short": found.r2_short, "long": found.r2_long}
    return Answer({("y", "x"): found.bound}, free)


def _weak(panel: CityPanel) -> Answer:
    found = fit_weak_iv(panel, Spec("y", ("x", "w"), ("city", "year")), ONE)
    low = {("y", "x"): found.anderson_rubin.low}
    free = {"f": found.effective_f, "critical": found.critical_f, "lr": found.conditional_lr.low}
    return Answer(low, {name: free[name] for name in ("f", "critical")})


def _clr(panel: CityPanel) -> Answer:
    found = fit_weak_iv(panel, Spec("y", ("x", "w"), ("city", "year")), ONE)
    return Answer({("y", "x"): found.conditional_lr.high}, {"kind": float(found.point_allowed)})


def _shifts(panel: CityPanel) -> Answer:
    spec = Spec("y", ("treated", "w"))
    one = akm0_set(panel, spec, DESIGN)
    other = fit_shock_level(panel, spec, DESIGN, SHOCKS)
    return Answer(
        {("y", "treated"): one.low, ("y", " treated".strip()): one.high},
        {"t": other.estimate / other.std_error},
    )


def _balance(panel: CityPanel) -> Answer:
    table = balance_table(panel, Spec("y", ("x", "w"), ("province",)), "x", ["z1", "x2"])
    free = {f"{name}.{c}": float(table.loc[name, c]) for name in table.index
            for c in ("statistic", "p_holm", "per_sd")}  # fmt: skip
    return Answer({("z1", "x"): float(table.loc["z1", "estimate"])}, free)


def _policy(panel: CityPanel) -> Answer:
    grid = panel.frame["y"].to_numpy().reshape(CITIES, YEARS)
    first = np.where(np.arange(CITIES) % 4 == 0, np.inf, 2014.0 + np.arange(CITIES) % 2)
    data = Adoption(CODES, tuple(range(2010, 2010 + YEARS)), grid, first)
    study = event_study(group_time(data), -3, 2)
    size = float(study.std_errors.mean())
    honest = honest_interval(study, Smoothness(0.1 * size))
    power = pretrend_power(study, 0.3 * size, Resampling(20_000, rng=np.random.default_rng(0)))
    answer = of_estimate(study)
    free = {"power": power.power, "breakdown": breakdown_value(study, Smoothness) / size,
            "joint": joint_pretest(study).statistic}  # fmt: skip
    return Answer(answer.carrying | {("y", "honest"): honest.conf_low}, answer.free | free)


def _spatial_tests(panel: CityPanel) -> Answer:
    tests = (*lm_tests(panel, BOTH, RING), residual_moran(panel, BOTH, RING))
    return Answer({}, {f"{k}": test.statistic for k, test in enumerate(tests)})


def _spatial(model: SpatialLag | SpatialError | SpatialDurbin | SLX) -> Make:
    def make(panel: CityPanel) -> Answer:
        found = fit_spatial(panel, BOTH, RING, model)
        answer = of_estimate(found)
        if isinstance(model, SpatialError):
            return answer
        more = of_estimate(spatial_impacts(found))
        return Answer(answer.carrying | more.carrying, answer.free | more.free)

    return make


Make = Callable[[CityPanel], Answer]
# name -> (one canonical call, years of the panel)
VERBS: dict[str, tuple[Make, int]] = {
    **{f"fit_fe {vcov}": (lambda p, v=vcov: of_estimate(fit_fe(p, BOTH, v)), YEARS)
       for vcov in VCOVS},
    **{f"fit_re {rule.label}": (
        lambda p, r=rule: of_estimate(fit_re(p, PLAIN, components=r)), YEARS)
       for rule in RULES},
    **{f"fit_iv {how}": (lambda p, h=how, i=instruments: of_estimate(fit_iv(p, BOTH, i, h)), YEARS)
       for instruments in (ONE, TWO) for how in (TwoStage(), Liml(), TwoStepGmm())},
    **{f"fit_spatial {model}": (_spatial(model), YEARS)
       for model in (SpatialLag(), SpatialError(), SpatialDurbin(), SLX())},
    "fit_re unbalanced": (lambda p: of_estimate(fit_re(_unbalanced(p), PLAIN)), YEARS),
    "fit_pooled": (lambda p: of_estimate(fit_pooled(p, PLAIN)), YEARS),
    "fit_between": (lambda p: of_estimate(fit_between(p, PLAIN)), YEARS),
    "fit_fd": (lambda p: of_estimate(fit_fd(p, PLAIN)), YEARS),
    "fit_cre": (lambda p: of_estimate(fit_cre(p, PLAIN)), YEARS),
    "fit_gmm": (lambda p: of_estimate(fit_gmm(p, LAGGED, OWN), "n"), YEARS),
    "fit_gmm one step": (
        lambda p: of_estimate(fit_gmm(p, LAGGED, OWN, DifferenceGmm(steps=1)), "n"), YEARS),
    "fit_gmm system": (
        lambda p: of_estimate(fit_gmm(
            p, LAGGED, (*OWN, LaggedDifferences("n", collapse=True)), SystemGmm()), "n"), YEARS),
    "leave_out_fe": (lambda p: of_estimate(leave_out_fe(p, BOTH).as_estimate()), YEARS),
    "bootstrap_fe": (_boot, YEARS),
    "wild_bootstrap_fe": (_wild, YEARS),
    "placebo_fe": (_permuted, YEARS),
    "permutation_test": (_dealt, 1),
    "curve_inference": (_curve, YEARS),
    "hausman": (_hausman, YEARS),
    "explain_std_errors": (_explain, YEARS),
    "coefficient_stability": (_stability, YEARS),
    "weak sets": (_weak, YEARS),
    "conditional likelihood ratio": (_clr, YEARS),
    "shift-share": (_shifts, 1),
    "balance_table": (_balance, YEARS),
    "policy": (_policy, YEARS),
    "spatial tests": (_spatial_tests, YEARS),
    "shapley_r2": (lambda p: of_parts(shapley_r2(p, PLAIN, PARTS, DRAWS), ""), 1),
    "shapley_predicted": (
        lambda p: of_parts(shapley_predicted(p, PLAIN, PARTS, "kind", resampling=DRAWS)), 1),
    "gelbach": (lambda p: of_parts(gelbach(
        p, Spec("y", ("side", "x", "x2", "w")), ("side",), PARTS, DRAWS)), 1),
    **{f"oaxaca_blinder {fold}": (
        lambda p, f=fold: of_parts(oaxaca_blinder(p, PLAIN, PARTS, "side", f, DRAWS)), 1)
       for fold in (TwoFold(), ThreeFold())},
    "covariance_shares": (
        lambda p: of_parts(covariance_shares(p, "y", ("part", "rest"), DRAWS), ""), 1),
    "component_means": (
        lambda p: of_parts(component_means(
            p, "y", ("part", "rest"), "kind", resampling=DRAWS)), 1),
}  # fmt: skip


@cache
def _at_base(name: str) -> Answer:
    make, years = VERBS[name]
    return make(panel_of({}, years))


def check(name: str, factors: Factors) -> None:
    make, years = VERBS[name]
    base, moved = _at_base(name), make(panel_of(factors, years))
    assert base.free.keys() == moved.free.keys()
    for label, value in base.free.items():
        assert moved.free[label] == pytest.approx(value, rel=1e-5, abs=1e-7, nan_ok=True), label
    for (outcome, term), value in base.carrying.items():
        own = factors.get(outcome, 1.0) / (1.0 if ":" in term else _unit(term, factors))
        if term in ("rho", "lambda"):
            own = 1.0
        got = moved.carrying[outcome, term] / own
        assert got == pytest.approx(value, rel=1e-5, abs=1e-8, nan_ok=True), (outcome, term)


@pytest.mark.parametrize("name", VERBS)
@settings(max_examples=2, deadline=None, derandomize=True)
@given(powers=st.tuples(*[st.integers(-9, 9) for _ in SCALED]))
def test_units_do_not_matter(name, powers):
    check(name, {c: 10.0**power for c, power in zip(SCALED, powers, strict=True)})


@settings(max_examples=8, deadline=None, derandomize=True)
@given(powers=st.tuples(st.integers(-9, 9), st.integers(-9, 9)))
def test_units_of_gravity_regressors_do_not_matter(powers):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 9, 9))
    flows = rng.poisson(np.exp(3 - 0.5 * a + 0.2 * b)).astype(float)
    np.fill_diagonal(flows, 0)
    network = FlowNetwork(tuple("abcdefghi"), flows)
    scale = [10.0**power for power in powers]
    one = fit_gravity(network, {"a": a, "b": b}, vcov=Heteroskedastic("HC1")).estimate
    two = fit_gravity(
        network, {"a": a * scale[0], "b": b * scale[1]}, vcov=Heteroskedastic("HC1")
    ).estimate
    np.testing.assert_allclose(two.coefficients * scale, one.coefficients, rtol=1e-6)
    np.testing.assert_allclose(two.std_errors * scale, one.std_errors, rtol=1e-6)


def test_gdp_in_yuan_beside_a_rate_gives_the_same_random_effects():
    """Means of 10¹² beside means of 10⁻² once lost the smaller column to a relative cut-off."""
    rng = np.random.default_rng(2)
    frame = panel_of({}).frame.reset_index()
    frame["gdp"] = 3e11 * (4 + frame["w"])
    frame["rate"] = 0.01 * (2 + frame["x"])
    frame["out"] = frame["y"] + 40 * frame["rate"] + np.repeat(rng.normal(size=CITIES), YEARS)
    frame = frame.iloc[np.arange(len(frame)) % 11 != 3]
    found = [
        fit_re(
            CityPanel.from_long(frame.assign(gdp=frame["gdp"] / unit)),
            Spec("out", ("gdp", "rate")),
        )
        for unit in (1.0, 1e8)
    ]
    assert found[0].stats["rho"] == pytest.approx(found[1].stats["rho"], rel=1e-8)
    assert found[0].coefficient("rate") == pytest.approx(found[1].coefficient("rate"), rel=1e-8)
