"""Tiny, holed, degenerate panels: an estimate with sound variances or one clear refusal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st

from econshrink.core.errors import EconshrinkError
from econshrink.inference.conley import Conley
from econshrink.inference.jackknife import Jackknife
from econshrink.inference.kernel import DriscollKraay, NeweyWest
from econshrink.inference.pcse import BeckKatz
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.estimate import Estimate
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
from econshrink.panel.specification_test import hausman

OPTIONS = (
    Iid(),
    Iid("none"),
    Heteroskedastic("HC1"),
    Heteroskedastic("HC3"),
    Clustered(),
    Clustered(("city", "year")),
    Clustered("province", "stata_xtreg"),
    Clustered("province^year"),
    DriscollKraay(),
    NeweyWest(),
    Conley(300, 1),
    Jackknife(),
    Jackknife("year"),
    BeckKatz(),
)
EFFECTS = (("city",), ("city", "year"), ("province^year",), ("city", "province^year"), ("year",))


def column(rng, kind: int, n: int, years: int) -> np.ndarray:
    if kind == 0:
        return rng.normal(size=n * years)
    if kind == 1:
        return rng.integers(0, 2, n * years).astype(float)
    if kind == 2:
        return np.repeat(rng.normal(size=n), years)
    return np.tile(rng.normal(size=years), n)


def odd_panel(rng) -> CityPanel:
    n, years = int(rng.integers(1, 10)), int(rng.integers(1, 8))
    codes = [f"{i:06d}" for i in range(n)]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)], names=["city", "year"])
    columns = {name: column(rng, rng.integers(0, 4), n, years) for name in "yabz"}
    if rng.random() < 0.7:
        columns["y"] = rng.normal(size=n * years)
    frame = pd.DataFrame(columns, index=index)
    frame["w"] = rng.integers(0, 3, n * years)
    frame = frame.mask(rng.random(frame.shape) < rng.choice([0, 0.1, 0.5]))
    frame = frame[rng.random(len(frame)) < rng.choice([1.0, 0.8, 0.4])]
    attributes = pd.DataFrame(
        {
            "province": [str(i % 3) for i in range(n)],
            "latitude": rng.uniform(20, 40, n),
            "longitude": rng.uniform(100, 120, n),
        },
        index=codes,
    )
    return CityPanel(frame, attributes=attributes)


def attempt(call):
    """The result, or the refusal; any other exception is a fault of ours and goes through."""
    try:
        return call()
    except EconshrinkError as refusal:
        return refusal


def calls(panel, vcov, effects, weights, pick):
    two = ("a", "b")
    plain, swept = Spec("y", two), Spec("y", two, effects, weights)
    dynamic = Spec("y", ("lag(y)", "a"), ("city", "year") if pick % 2 else ("city",))
    steps = {"steps": 1 + pick % 2, "corrected": bool(pick % 3)}
    system = (
        LaggedLevels("y", collapse=True),
        LaggedDifferences("y"),
        Exogenous(("a",), "both"),
        YearDummies("level"),
    )
    method = (TwoStage(), Liml(), TwoStepGmm())[pick % 3]
    outer = swept if pick % 3 else Spec("y", two, (), weights)
    rules = (SwamyArora(), SwamyArora(harmonic=True), WallaceHussain(), Amemiya(), Nerlove())
    components = rules[pick % len(rules)]
    yield lambda: fit_fe(panel, swept, vcov)
    yield lambda: fit_pooled(panel, Spec("y", two, (), weights), vcov)
    yield lambda: fit_between(panel, plain, vcov)
    yield lambda: fit_re(panel, plain, vcov, components)
    yield lambda: fit_cre(panel, plain, vcov)
    yield lambda: hausman(panel, plain)
    yield lambda: hausman(panel, plain, vcov)
    yield lambda: fit_fd(panel, Spec("y", two, effects), vcov, years=1 + pick % 2)
    basic = (LaggedLevels("y"), Exogenous(("a",)), YearDummies())
    yield lambda: fit_gmm(panel, dynamic, basic, DifferenceGmm(**steps))
    yield lambda: fit_gmm(panel, dynamic, system, SystemGmm(**steps))
    yield lambda: fit_iv(panel, outer, Instrumented(("a",), ("z",)), method, vcov)
    yield lambda: explain_std_errors(fit_fe(panel, swept, Clustered()))


@settings(max_examples=25, derandomize=True, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    vcov=st.sampled_from(OPTIONS),
    effects=st.sampled_from(EFFECTS),
    weights=st.sampled_from([None, None, "w"]),
)
def test_an_estimate_or_one_clear_refusal(seed, vcov, effects, weights):
    rng = np.random.default_rng(seed)
    panel = attempt(lambda: odd_panel(rng))
    if isinstance(panel, EconshrinkError):  # no rows at all
        return
    for call in calls(panel, vcov, effects, weights, seed % 30):
        result = attempt(call)
        if isinstance(result, EconshrinkError):
            assert result.faults
            assert all(fault.seen and fault.expected and fault.remedy for fault in result.faults)
        if isinstance(result, Estimate):
            assert (np.diag(result.covariance) >= 0).all()
            assert result.nobs > 0
            assert result.small_sample


def test_the_panels_are_not_all_refused():
    """Guard of the test above: a fair share of the calls must give an estimate."""
    results = []
    for seed in range(12):
        panel = attempt(lambda seed=seed: odd_panel(np.random.default_rng(seed)))
        if isinstance(panel, CityPanel):
            option = OPTIONS[seed % len(OPTIONS)]
            results += [attempt(call) for call in calls(panel, option, ("city",), None, seed)]
    assert np.mean([not isinstance(result, EconshrinkError) for result in results]) > 0.1
