"""Gelbach's decomposition against pyfixest, coefficients and bootstrapped errors."""

import warnings

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from econshrink.decompose.omitted import gelbach
from econshrink.inference.resampling import Resampling
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec

PARTS = {"first": ("x21", "x22"), "second": ("x23",)}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(20)
    n = 400
    x1 = rng.normal(size=n)
    x2 = 0.5 * x1[:, None] + rng.normal(size=(n, 3))
    y = x1 + x2 @ [1.0, -0.5, 0.25] + rng.normal(size=n)
    frame = pd.DataFrame({"x1": x1, "y": y, "home": np.arange(n) % 40})
    frame[["x21", "x22", "x23"]] = x2
    return frame


def ours(frame, draws):
    codes = [f"{i:06d}" for i in range(len(frame))]
    homes = pd.DataFrame({"home": frame["home"].astype(str).to_numpy()}, index=codes)
    panel = CityPanel.from_long(
        frame.drop(columns="home").assign(city=codes, year=2020),
        attributes=homes.rename_axis("city"),
    )
    spec = Spec("y", ("x1", "x21", "x22", "x23"))
    return gelbach(panel, spec, ("x1",), PARTS, resampling=Resampling(draws, cluster="home"))


def theirs(data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of their use of pandas
        return _decomposed(data, **options)


def _decomposed(data, **options):
    fit = pf.feols("y ~ x1 + x21 + x22 + x23", data=data, vcov={"CRV1": "home"})
    return fit.decompose(
        decomp_var="x1",
        combine_covariates={name: list(members) for name, members in PARTS.items()},
        **options,
    )


def test_coefficients(data):
    expected = theirs(data, only_coef=True).results.absolute
    found = ours(data, 10)
    for part, name in {"total": "direct_effect", "full": "full_effect"}.items():
        assert found.number("x1", part) == pytest.approx(float(expected[name]), abs=1e-10)
    for part in PARTS:
        assert found.number("x1", part) == pytest.approx(float(expected[part]), abs=1e-10)


def test_clustered_errors_are_of_the_size_of_their_bootstrap(data):
    """Their limits come from resampled clusters; ours from influences and from resamples."""
    table = theirs(data, cluster="home", reps=2000, seed=1, nthreads=1).tidy()
    rows = table[table["panels"] == "Levels (units)"]
    found = ours(data, 1999)
    for part in PARTS:
        row = rows.loc[part]
        spread = (row["ci_upper"] - row["ci_lower"]) / (2 * 1.96)
        # a limit from 2,000 draws has a Monte Carlo error near 4 percent
        assert found.number("x1", part, "std_error") == pytest.approx(spread, rel=0.12)
        width = found.number("x1", part, "conf_high") - found.number("x1", part, "conf_low")
        assert width == pytest.approx(row["ci_upper"] - row["ci_lower"], rel=0.12)
