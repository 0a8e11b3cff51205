"""Fixed effects on random unbalanced panels: equal to linearmodels, and their invariances."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st
from linearmodels.panel import PanelOLS
from linearmodels.shared.exceptions import SingletonWarning

from econshrink.inference.kernel import DriscollKraay
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe

TERMS = ("a", "b", "c")
MANY = settings(max_examples=10, derandomize=True, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def random_frame(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    cities, years = rng.integers(8, 25), rng.integers(5, 10)
    codes = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)], names=["city", "year"])
    level = np.repeat(rng.normal(size=(cities, 1)), years, axis=0)
    x = rng.normal(size=(len(index), 3)) + level
    y = x @ [1.0, -0.5, 0.0] + level[:, 0] + rng.normal(size=len(index)) * (1 + np.abs(x[:, 0]))
    frame = pd.DataFrame(np.column_stack([y, x]), index=index, columns=["y", *TERMS])
    frame["w"] = rng.uniform(0.5, 2.0, len(index))
    keep = rng.random(len(index)) < rng.uniform(0.6, 1.0)
    keep[: 3 * years] = True  # three complete cities keep every year linked
    return frame[keep]


def their_model(frame: pd.DataFrame, effects: tuple[str, ...], weighted: bool) -> PanelOLS:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingletonWarning)  # the singletons that ours drops too
        return PanelOLS(
            frame["y"],
            frame[list(TERMS)],
            entity_effects="city" in effects,
            time_effects="year" in effects,
            weights=frame["w"] if weighted else None,
            singletons=False,
        )


@settings(MANY, max_examples=6)
@given(
    seed=seeds,
    effects=st.sampled_from([("city",), ("city", "year"), ("year",)]),
    weighted=st.booleans(),
)
def test_equal_to_panelols(seed, effects, weighted):
    frame = random_frame(seed)
    spec = Spec("y", TERMS, effects, weights="w" if weighted else None)
    panel, model = CityPanel(frame), their_model(frame, effects, weighted)
    for ours, options in (
        (Iid("linearmodels"), {"cov_type": "unadjusted"}),
        (Heteroskedastic("HC1", "linearmodels"), {"cov_type": "robust"}),
        (Clustered("city", "linearmodels"), {"cov_type": "clustered", "cluster_entity": True}),
        (Clustered("year", "linearmodels"), {"cov_type": "clustered", "cluster_time": True}),
        (DriscollKraay(None, "linearmodels"), {"cov_type": "kernel", "kernel": "bartlett"}),
    ):
        mine, theirs = fit_fe(panel, spec, ours), model.fit(**options)
        np.testing.assert_allclose(mine.coefficients, theirs.params, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(mine.std_errors, theirs.std_errors, rtol=1e-9)
        assert mine.nobs == theirs.nobs
        if not isinstance(ours, DriscollKraay):  # whose t has one degree less than years
            assert mine.df_t == theirs.df_resid


@MANY
@given(seed=seeds)
def test_row_order_does_not_matter(seed):
    frame = random_frame(seed)
    spec = Spec("y", TERMS, ("city", "year"))
    shuffled = frame.sample(frac=1.0, random_state=seed % 2**31)
    one, two = fit_fe(CityPanel(frame), spec), fit_fe(CityPanel(shuffled), spec)
    np.testing.assert_array_equal(one.coefficients, two.coefficients)
    np.testing.assert_array_equal(one.covariance, two.covariance)


@MANY
@given(seed=seeds, up=st.integers(-9, 9), down=st.integers(-9, 9))
def test_scale_of_outcome_and_regressors(seed, up, down):
    frame = random_frame(seed)
    spec = Spec("y", TERMS, ("city", "year"))
    plain = fit_fe(CityPanel(frame), spec)
    scaled = fit_fe(
        CityPanel(frame.assign(y=frame["y"] * 10.0**up, a=frame["a"] * 10.0**down)), spec
    )
    ratio = 10.0**up / np.array([10.0**down, 1.0, 1.0])
    np.testing.assert_allclose(
        scaled.coefficients, plain.coefficients * ratio, rtol=1e-8, atol=1e-12 * 10.0**up
    )
    np.testing.assert_allclose(scaled.std_errors, plain.std_errors * ratio, rtol=1e-9)


@MANY
@given(seed=seeds)
def test_constants_by_city_and_year_change_nothing(seed):
    frame = random_frame(seed)
    rng = np.random.default_rng(seed)
    spec = Spec("y", TERMS, ("city", "year"))
    city = pd.factorize(frame.index.get_level_values("city"))[0]
    year = pd.factorize(frame.index.get_level_values("year"))[0]
    shift = 100 * rng.normal(size=50)[city] + 100 * rng.normal(size=50)[year]
    plain = fit_fe(CityPanel(frame), spec)
    moved = fit_fe(CityPanel(frame.assign(y=frame["y"] + shift, b=frame["b"] - 2 * shift)), spec)
    np.testing.assert_allclose(moved.coefficients, plain.coefficients, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(moved.std_errors, plain.std_errors, rtol=1e-9)
