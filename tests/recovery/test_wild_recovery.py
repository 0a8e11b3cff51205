"""Wild and pairs cluster bootstrap on simulated panels with 31 provinces: nominal coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from econshrink.core.seeds import generator
from econshrink.inference.gram.wild import Rademacher, Webb, wild_draws, wild_p_value, wild_parts
from econshrink.inference.resampling import Resampling
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.resampling.engine import bootstrap_fe, resampler

PROVINCES, YEARS, TRUTH = 31, 6, 0.5
SPEC = Spec("y", ("x", "z"), ("city", "year"))
LEVEL = 0.01 / 4  # Bonferroni over the four tests of this file


def simulate(rng):
    """Unequal provinces; regressor and error move together within a province and year."""
    sizes = 2 + np.arange(PROVINCES) % 5
    home = np.repeat(np.arange(PROVINCES), sizes)
    shape = (len(home), YEARS)
    common = rng.normal(size=(2, PROVINCES, YEARS)).cumsum(axis=2)[:, home]
    x = rng.normal(size=shape) + common[0]
    z = rng.normal(size=shape)
    error = (rng.normal(size=shape) + common[1]) * (1 + 0.3 * np.abs(x))
    y = TRUTH * x - 0.2 * z + error + rng.normal(size=(len(home), 1))
    codes = [f"{i:06d}" for i in range(len(home))]
    index = pd.MultiIndex.from_product([codes, range(2010, 2010 + YEARS)], names=["city", "year"])
    frame = pd.DataFrame({"y": y.ravel(), "x": x.ravel(), "z": z.ravel()}, index=index)
    province = pd.DataFrame({"province": [f"p{i:02d}" for i in home]}, index=codes)
    return CityPanel(frame[rng.random(len(frame)) < 0.95], attributes=province.rename_axis("city"))


def covers(engine, weights, restricted, seed):
    """Whether the 95 % interval, inverted from the test, holds the truth."""
    parts = wild_parts(engine.grams, engine.inverse[0] / engine.scale)
    found = wild_draws(parts, weights, Resampling(399, rng=seed))
    shift = (TRUTH - engine.fit.coefficients[0]) / engine.scale
    return wild_p_value(found, -shift / parts.std_error, shift, restricted) > 0.05


@pytest.mark.slow
def test_wild_intervals_cover_with_31_provinces():
    rng = generator("test.wild.recovery")
    kinds = [(Rademacher(), True), (Webb(), True), (Rademacher(), False)]
    covered = np.zeros(len(kinds), dtype=int)
    for replicate in range(400):
        engine = resampler(simulate(rng), SPEC, "province")
        covered += [covers(engine, *kind, replicate) for kind in kinds]
    for kind, count in zip(kinds, covered, strict=True):
        error = np.sqrt(0.95 * 0.05 / 400)
        told = f"{kind}: coverage {count / 400:.3f}, Monte Carlo error {error:.3f}"
        assert binomtest(int(count), 400, 0.95).pvalue > LEVEL, told


@pytest.mark.slow
def test_pairs_bootstrap_measures_the_spread_of_the_estimator():
    rng = generator("test.pairs.recovery")
    found = [
        bootstrap_fe(simulate(rng), SPEC, resampling=Resampling(256, cluster="province", rng=i))
        .tidy()
        .iloc[0]
        for i in range(200)
    ]
    spread = np.std([row["estimate"] for row in found], ddof=1)
    errors = np.array([row["std_error"] for row in found])
    # a standard deviation from 200 replicates is known to 1/sqrt(400) = 5 %
    assert np.sqrt((errors**2).mean()) == pytest.approx(spread, rel=4 * 0.05)
