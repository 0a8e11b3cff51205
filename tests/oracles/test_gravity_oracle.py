"""Gravity against pyfixest: slopes and clustered errors with two- and three-way effects."""

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from econshrink.flows.gravity.fit import fit_gravity
from econshrink.flows.gravity.ppml import GravityEffects
from econshrink.inference.vcov import Clustered, Heteroskedastic
from econshrink.nouns.flows import FlowNetwork, FlowPanel


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    n, years = 14, 5
    x = rng.normal(size=(2, years, n, n))
    level = np.exp(
        0.5 * rng.normal(size=(years, n, 1))
        + 0.5 * rng.normal(size=(years, 1, n))
        + 0.6 * rng.normal(size=(1, n, n))
        + 0.3 * x[0]
        - 0.2 * x[1]
    )
    cube = rng.poisson(2 * level).astype(float)
    cube[:, np.arange(n), np.arange(n)] = 0
    cities = tuple(f"c{i:02d}" for i in range(n))
    panel = FlowPanel(tuple(FlowNetwork(cities, f, year=t) for t, f in enumerate(cube)))
    year, i, j = np.nonzero(np.broadcast_to(~np.eye(n, dtype=bool), cube.shape))
    frame = pd.DataFrame(
        {
            "flow": cube[year, i, j], "first": x[0][year, i, j], "second": x[1][year, i, j],
            "oy": year * n + i, "dy": year * n + j, "pair": i * n + j, "origin": i,
            "destination": j,
        }
    )  # fmt: skip
    return panel, {"first": x[0], "second": x[1]}, frame


@pytest.mark.parametrize("pair", [False, True])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Heteroskedastic("HC1"), "hetero"),
        (Clustered("pair"), {"CRV1": "pair"}),
        (Clustered("origin"), {"CRV1": "origin"}),
        (Clustered(("origin", "destination")), {"CRV1": "origin+destination"}),
    ],
    ids=["hetero", "pair", "origin", "both"],
)
def test_slopes_and_errors(data, pair, ours, theirs):
    panel, x, frame = data
    formula = "flow ~ first + second | oy + dy" + (" + pair" if pair else "")
    fit = pf.fepois(
        formula, frame, vcov=theirs, iwls_tol=1e-12, fixef_tol=1e-12, separation_check=["fe"]
    )
    mine = fit_gravity(panel, x, effects=GravityEffects(pair=pair), vcov=ours).estimate
    np.testing.assert_allclose(mine.coefficients, fit.coef().to_numpy(), rtol=1e-6)
    np.testing.assert_allclose(mine.std_errors, fit.se().to_numpy(), rtol=1e-6)
