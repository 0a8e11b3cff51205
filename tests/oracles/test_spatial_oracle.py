"""Spatial models against spreg (one-way panels, Columbus); published Produc and Columbus numbers.

spreg 1.9.0 has no year effects for panels; its direct and indirect effects follow another split,
so parameters and totals are compared. Columbus is one cross-section: a pooled regression.
"""

import numpy as np
import pandas as pd
import pytest
import spreg
from libpysal import examples, io
from libpysal.weights import W
from linearmodels.datasets import munnell

from econshrink.inference.vcov import Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.pooled import fit_pooled
from econshrink.panel.random_effects import fit_re
from econshrink.spatial.fit import fit_spatial
from econshrink.spatial.impacts import spatial_impacts
from econshrink.spatial.neighbours import Neighbours
from econshrink.spatial.options import SpatialDurbin, SpatialError, SpatialLag

N, T = 60, 7


def ring(seed):
    """Random row-standardised weights with four neighbours each."""
    rng = np.random.default_rng(seed)
    dense = np.zeros((N, N))
    for i in range(N):
        dense[i, rng.choice([j for j in range(N) if j != i], 4, replace=False)] = 0.25
    return dense


def spatial_panel(seed):
    rng = np.random.default_rng(seed)
    dense = ring(seed)
    x = rng.normal(size=(2, N, T))
    mean = 0.5 * x[0] - 0.3 * x[1] + 0.2 * dense @ x[0] + rng.normal(size=(N, 1))
    y = np.linalg.solve(np.eye(N) - 0.4 * dense, mean + rng.normal(size=(N, T)))
    codes = [f"{i:06d}" for i in range(N)]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + T)], names=["city", "year"])
    frame = pd.DataFrame({"y": y.ravel(), "a": x[0].ravel(), "b": x[1].ravel()}, index=index)
    return CityPanel(frame), dense, (y, x)


def weights(dense):
    around = {i: list(np.flatnonzero(dense[i])) for i in range(N)}
    made = W(around, {i: [1.0] * len(around[i]) for i in around}, silence_warnings=True)
    made.transform = "r"
    return made


@pytest.mark.parametrize("seed", range(3))
def test_one_way_lag_and_error_panels(seed):
    panel, dense, (y, x) = spatial_panel(seed)
    spec = Spec("y", ("a", "b"), ("city",))
    neighbours = Neighbours(panel.cities, _sparse(dense))
    long_x = np.column_stack([x[0].T.ravel(), x[1].T.ravel()])  # years outside, cities inside
    long_y = y.T.reshape(-1, 1)
    lag = spreg.Panel_FE_Lag(long_y, long_x, weights(dense))
    ours = fit_spatial(panel, spec, neighbours, SpatialLag())
    assert ours.coefficient("rho") == pytest.approx(float(np.ravel(lag.rho)[0]), rel=1e-5)
    np.testing.assert_allclose(ours.coefficients[:2], np.ravel(lag.betas)[:2], rtol=1e-5)
    error = spreg.Panel_FE_Error(long_y, long_x, weights(dense))
    ours = fit_spatial(panel, spec, neighbours, SpatialError())
    assert ours.coefficient("lambda") == pytest.approx(float(np.ravel(error.lam)[0]), rel=1e-5)
    np.testing.assert_allclose(ours.coefficients[:2], np.ravel(error.betas)[:2], rtol=1e-5)


@pytest.mark.parametrize("seed", range(2))
def test_totals_follow_from_the_parameters(seed):
    """Total effects by the sum of S(W), formed densely, at spreg's parameters."""
    panel, dense, (y, x) = spatial_panel(seed)
    neighbours = Neighbours(panel.cities, _sparse(dense))
    spec = Spec("y", ("a", "b"), ("city",))
    moved = np.column_stack(
        [x[0].T.ravel(), x[1].T.ravel(), (dense @ x[0]).T.ravel(), (dense @ x[1]).T.ravel()]
    )
    lag = spreg.Panel_FE_Lag(y.T.reshape(-1, 1), moved, weights(dense))
    ours = fit_spatial(panel, spec, neighbours, SpatialDurbin())
    np.testing.assert_allclose(ours.coefficients[:4], np.ravel(lag.betas)[:4], rtol=1e-5)
    rho, betas = float(np.ravel(lag.rho)[0]), np.ravel(lag.betas)
    inverse = np.linalg.inv(np.eye(N) - rho * dense)
    effects = spatial_impacts(ours).tidy().set_index("term")["estimate"]
    for place, name in enumerate("ab"):
        total = (inverse @ (betas[place] * np.eye(N) + betas[place + 2] * dense)).sum() / N
        assert effects[f"total({name})"] == pytest.approx(total, rel=1e-5)


def test_columbus():
    """Ordinary least squares of Anselin (1988), to the printed digits, and against spreg."""
    table = io.open(examples.get_path("columbus.dbf"))
    crime, income, value = (np.array(table.by_col(c)) for c in ("CRIME", "INC", "HOVAL"))
    codes = [f"{i:06d}" for i in range(49)]
    index = pd.MultiIndex.from_product([codes, [1980]], names=["city", "year"])
    frame = pd.DataFrame({"crime": crime, "income": income, "value": value}, index=index)
    fit = fit_pooled(CityPanel(frame), Spec("crime", ("income", "value")), Iid())
    theirs = spreg.OLS(crime[:, None], np.column_stack([income, value]))
    np.testing.assert_allclose(fit.coefficients, theirs.betas.ravel(), rtol=1e-9)
    np.testing.assert_allclose(fit.std_errors, theirs.std_err, rtol=1e-9)
    np.testing.assert_allclose(fit.coefficients, [68.618961, -1.597311, -0.273931], atol=5e-7)


def test_produc():
    """Within and Swamy-Arora of Munnell's states, as in Baltagi's book and plm."""
    data = munnell.load()
    data.columns = [str(c).lower() for c in data.columns]
    frame = pd.DataFrame(
        {
            "gsp": np.log(data["gsp"]),
            "pcap": np.log(data["p_cap"]),
            "pc": np.log(data["pc"]),
            "emp": np.log(data["emp"]),
            "unemp": data["unemp"],
        }
    )
    frame["city"] = [f"{code:06d}" for code in pd.factorize(data["state"])[0]]
    frame["year"] = data["yr"].astype(int).to_numpy()
    panel = CityPanel.from_long(frame)
    names = ("pcap", "pc", "emp", "unemp")
    within = fit_fe(panel, Spec("gsp", names, ("city",)), Iid("stata_areg"))
    wanted = [-0.0261497, 0.2920069, 0.7681595, -0.0052977]
    np.testing.assert_allclose(within.coefficients, wanted, atol=6e-8)
    errors = [0.0290016, 0.0251197, 0.0300917, 0.0009887]
    np.testing.assert_allclose(within.std_errors, errors, atol=6e-8)
    random = fit_re(panel, Spec("gsp", names), Iid())
    wanted = [2.1354, 0.0044386, 0.3105484, 0.7296705, -0.0061725]
    np.testing.assert_allclose(random.coefficients, wanted, atol=6e-5)
    np.testing.assert_allclose(random.coefficients[1:], wanted[1:], atol=6e-8)
    errors = [0.1335, 0.0234173, 0.0198047, 0.0249202, 0.0009073]
    np.testing.assert_allclose(random.std_errors[1:], errors[1:], atol=6e-8)


def _sparse(dense):
    from scipy import sparse  # noqa: PLC0415

    return sparse.csr_array(dense)
