"""Instruments and random effects on random unbalanced panels: equal to linearmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st
from linearmodels.iv import IV2SLS, IVLIML
from linearmodels.panel import RandomEffects

from econshrink.inference.vcov import Clustered, Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.instrumental import Instrumented, Liml, TwoStage, fit_iv
from econshrink.panel.random_effects import SwamyArora, fit_re

SOME = settings(max_examples=12, derandomize=True, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def random_panel(seed):
    """An unbalanced panel with two endogenous covariates and three instruments."""
    rng = np.random.default_rng(seed)
    cities, years = rng.integers(12, 30), rng.integers(4, 9)
    codes = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)], names=["city", "year"])
    size = len(index)
    level = np.repeat(rng.normal(size=cities), years)
    z, v, x = rng.normal(size=(size, 3)), rng.normal(size=(size, 2)), rng.normal(size=size)
    frame = pd.DataFrame({"x": x + level, "z1": z[:, 0], "z2": z[:, 1], "z3": z[:, 2]}, index=index)
    frame["a"] = z[:, 0] + 0.5 * z[:, 2] + v[:, 0] + level
    frame["b"] = z[:, 1] - 0.5 * z[:, 2] + v[:, 1] + x
    frame["y"] = frame["a"] - frame["b"] + x + level + v.sum(axis=1) + rng.normal(size=size)
    keep = rng.random(size) < rng.uniform(0.7, 1.0)
    keep[: 3 * years] = True
    counts = pd.Series(keep, index=index).groupby("city").transform("sum").to_numpy()
    return CityPanel(frame[keep & (counts > 1)])


@SOME
@given(seed=seeds, limited=st.booleans(), years=st.booleans())
def test_instruments_equal_linearmodels_with_dummies(seed, limited, years):
    panel = random_panel(seed)
    frame = panel.frame
    city = frame.index.get_level_values("city")
    effects = [frame[["x"]].to_numpy(), pd.get_dummies(city, dtype=float)]
    if years:
        year = frame.index.get_level_values("year")
        effects.append(pd.get_dummies(year, dtype=float, drop_first=True))
    exog = pd.DataFrame(np.column_stack(effects), index=frame.index)
    model = (IVLIML if limited else IV2SLS)(
        frame["y"], exog, frame[["a", "b"]], frame[["z1", "z2", "z3"]]
    )
    spec = Spec("y", ("x", "a", "b"), ("city", "year") if years else ("city",))
    roles = Instrumented(("a", "b"), ("z1", "z2", "z3"))
    groups = pd.Series(pd.factorize(city)[0], index=frame.index)
    for option, theirs in (
        (Iid("none"), {"cov_type": "unadjusted"}),
        (Clustered("city", "none"), {"cov_type": "clustered", "clusters": groups}),
    ):
        ours = fit_iv(panel, spec, roles, Liml() if limited else TwoStage(), option)
        result = model.fit(**theirs)
        names = [0, "a", "b"]
        np.testing.assert_allclose(ours.coefficients, result.params[names], rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(ours.std_errors, result.std_errors[names], rtol=1e-9)


@SOME
@given(seed=seeds, adjusted=st.booleans())
def test_random_effects_equal_linearmodels(seed, adjusted):
    panel = random_panel(seed)
    frame = panel.frame.assign(Intercept=1.0)
    model = RandomEffects(frame["y"], frame[["Intercept", "x", "a"]])
    components = SwamyArora(harmonic=not adjusted)
    for option, theirs in (
        (Iid(), {"cov_type": "unadjusted"}),
        (Clustered("city", "linearmodels"), {"cov_type": "clustered", "cluster_entity": True}),
    ):
        ours = fit_re(panel, Spec("y", ("x", "a")), option, components)
        result = model.fit(small_sample=adjusted, **theirs)
        np.testing.assert_allclose(ours.coefficients, result.params, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(ours.std_errors, result.std_errors, rtol=1e-9)
