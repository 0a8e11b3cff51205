"""Stored numbers of other programs and of an earlier prototype on one simulated Durbin panel.

Origin: 300 cities, 20 years, six nearest neighbours, rho .4, city and year effects; spreg 1.9.1
`ML_LagFE(slx_lags=1, time_effects=True)`, run in November 2026. The data were not stored, so what
can be checked is how the printed numbers hang together. spreg prints two splits of the effects:
"simple" (direct = beta) and "full" (direct = beta tr(S)/n); both leave theta tr(SW)/n out of the
direct effect. The four-digit rounding of the prints sets the tolerances.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.spatial import cKDTree

from econshrink.core.seeds import generator
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.spatial.fit import fit_spatial
from econshrink.spatial.impacts import spatial_impacts
from econshrink.spatial.kernel.determinant import Eigenvalues, SparseLU
from econshrink.spatial.neighbours import Neighbours
from econshrink.spatial.options import DemeanFirst, WFirst

RHO = 0.418445  # spreg .41844
FULL = {"x1": 0.5162, "x2": -0.3072}  # spreg, "full" direct effects: beta tr(S)/n
SIMPLE_X1 = 0.4998  # spreg, "simple" direct effect of x1: beta
TOTAL = {"x1": 1.1254, "x2": -0.2868}  # both programs
DIRECT = {"x1": 0.5283, "x2": -0.2970}  # prototype, dense inverse
INDIRECT = {"x1": 0.5971, "x2": 0.0101}
MISSING_X1 = 0.0121  # theta tr(SW)/n of x1
N, YEARS = 300, 20


@pytest.fixture(scope="module")
def printed():
    """An estimate with the printed coefficients; tr(SW) follows from tr(S) = n + rho tr(SW)."""
    trace_s = FULL["x1"] / SIMPLE_X1
    beta = {name: full / trace_s for name, full in FULL.items()}
    theta = {name: TOTAL[name] * (1 - RHO) - beta[name] for name in beta}
    b = np.array([*beta.values(), *theta.values(), RHO])
    stats = {"trace_g": (trace_s - 1) / RHO, "trace_g2": 0.0, "cities": float(N)}
    terms = ("x1", "x2", "W(x1)", "W(x2)", "rho")
    return Estimate(
        "spatial Durbin (SDM)",
        terms,
        b,
        np.eye(5),
        "none",
        "none",
        N * YEARS,
        stats=stats,
        kind="sdm",
    )


@pytest.mark.parametrize("name", ["x1", "x2"])
def test_effects_follow_from_the_printed_coefficients(printed, name):
    found = spatial_impacts(printed)
    assert found.coefficient(f"direct({name})") == pytest.approx(DIRECT[name], abs=2e-4)
    assert found.coefficient(f"indirect({name})") == pytest.approx(INDIRECT[name], abs=3e-4)
    assert found.coefficient(f"total({name})") == pytest.approx(TOTAL[name], abs=1e-12)


def test_the_gap_to_the_other_split_is_the_lagged_covariate(printed):
    gap = spatial_impacts(printed).coefficient("direct(x1)") - FULL["x1"]
    assert gap == pytest.approx(MISSING_X1, abs=2e-4)
    assert DIRECT["x1"] - FULL["x1"] == pytest.approx(MISSING_X1, abs=1e-10)


@pytest.fixture(scope="module")
def drawn():
    """A new draw of the same design."""
    rng = generator("tests.reference.spatial")
    near = cKDTree(points := rng.random((N, 2))).query(points, 7)[1][:, 1:]
    cells = (np.repeat(np.arange(N), 6), near.ravel())
    w = sparse.csr_array((np.full(6 * N, 1 / 6), cells), shape=(N, N))
    x = rng.normal(size=(3, N, YEARS))
    mean = rng.normal(size=(N, 1)) + rng.normal(size=YEARS) + rng.normal(size=(N, YEARS))
    for covariate, beta, theta in zip(x, (0.5, -0.3, 0.2), (0.2, 0.1, 0.0), strict=True):
        mean = mean + beta * covariate + theta * (w @ covariate)
    y = np.linalg.solve(np.eye(N) - 0.4 * w.toarray(), mean)
    cities = tuple(f"{i:06d}" for i in range(N))
    index = {"city": np.repeat(cities, YEARS), "year": [*range(2001, 2001 + YEARS)] * N}
    columns = {"y": y.ravel()} | dict(zip(("x1", "x2", "x3"), x.reshape(3, -1), strict=True))
    return CityPanel.from_long(pd.DataFrame(index | columns)), Neighbours(cities, w)


def test_factors_and_eigenvalues_give_one_rho(drawn):
    """The prototype printed .418445 by both."""
    panel, w = drawn
    spec = Spec("y", ("x1", "x2", "x3"), ("city", "year"))
    one = fit_spatial(panel, spec, w, determinant=Eigenvalues.of(w.matrix))
    two = fit_spatial(panel, spec, w, determinant=SparseLU(w.matrix))
    assert one.coefficient("rho") == pytest.approx(two.coefficient("rho"), abs=1e-10)
    assert abs(two.coefficient("rho") - 0.4) < 4 * two.std_error("rho") + 0.02


def test_the_order_of_w_and_demeaning_moves_the_third_digit(drawn):
    """Stored: .418445 with W first (dummy variables), .41769757 demeaned first."""
    panel, w = drawn
    spec = Spec("y", ("x1", "x2", "x3"), ("city", "year"))
    first = fit_spatial(panel, spec, w, order=WFirst()).coefficient("rho")
    last = fit_spatial(panel, spec, w, order=DemeanFirst()).coefficient("rho")
    assert 1e-5 < abs(first - last) < 5e-3
    balanced = ring(w.cities)  # columns that sum to one: the order does not matter
    same = fit_spatial(panel, spec, balanced, order=WFirst()).coefficient("rho")
    also = fit_spatial(panel, spec, balanced, order=DemeanFirst()).coefficient("rho")
    assert same == pytest.approx(also, abs=1e-10)


def ring(cities):
    after = cities[1:] + cities[:1]
    return Neighbours.from_pairs(pd.DataFrame({"city_a": cities, "city_b": after}))
