"""Shift-share tools: hand-computed errors, equivalences, weights that add up, bad shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.causal.exposure import shift_share
from econshrink.causal.exposure_housing import housing_exposure
from econshrink.causal.kernel.shift_share import (
    ExposureRobust,
    akm0_interval,
    exposure_matrix,
    quadratic_set,
    shock_level,
)
from econshrink.causal.residuals import residualise
from econshrink.causal.shifts import (
    ShiftShareDesign,
    akm0_set,
    fit_shock_level,
    rotemberg_table,
)
from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.linear_fit import LinearFit, least_squares
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.instrumental import Instrumented, fit_iv

SECTORS = ("a", "b", "c", "d")
NAMES = tuple(f"s_{name}" for name in SECTORS)


def make(seed=0, n=90, complete=False):
    rng = generator(f"test.shift_share.{seed}")
    provinces = [f"p{i}" for i in range(9)]
    cities = [f"{i:06d}" for i in range(n)]
    jobs = pd.DataFrame(rng.gamma(2.0, 100, size=(n, 5)), index=cities, columns=[*SECTORS, "farm"])
    later = jobs * np.exp(rng.normal(0.1, 0.3, size=5) + 0.1 * rng.normal(size=(n, 5)))
    own = pd.Series(np.resize(provinces, n), index=cities, name="province")
    without = [] if complete else ["farm"]
    if complete:
        jobs, later = jobs.drop(columns="farm"), later.drop(columns="farm")
    national = shift_share(jobs, later, without=without)
    outside = shift_share(jobs, later, without=without, groups=own)
    x = national.value.to_numpy()
    treatment = 2 * x + rng.normal(0, 0.1, n)
    frame = pd.DataFrame({"y": treatment + rng.normal(size=n), "x": treatment, "z": x})
    frame["out"], frame["sum"] = outside.value.to_numpy(), national.share_sum.to_numpy()
    frame["w"] = rng.normal(size=n)
    frame[list(NAMES)] = national.shares
    frame["city"], frame["year"] = cities, 2020
    places = pd.DataFrame({"province": own})
    return CityPanel.from_long(frame, attributes=places), national, outside


def test_akm_by_hand():
    """Two sectors, three cities; every number written out."""
    shares = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    x = np.array([1.0, 0.0, -1.0])
    u = np.array([0.2, -0.1, 0.3])
    # shares on x: normal equations [[1.25, .25], [.25, 1.25]] b = [1, -1], so b = [1, -1]
    # sector sums of residuals: 0.2 - 0.05 = 0.15 and -0.05 + 0.3 = 0.25; x'x = 2
    expected = (1.0**2 * 0.15**2 + 1.0**2 * 0.25**2) / 2**2
    found = exposure_matrix((x / 2)[:, None], u, shares)
    assert found[0, 0] == pytest.approx(expected, rel=1e-14)


def test_one_sector_a_city_gives_white():
    rng = generator("test.akm.white")
    x, y = rng.normal(size=(2, 30))
    b, u, bread = least_squares(y, x[:, None])
    fit = LinearFit(y, x[:, None], b, u, bread)
    names = tuple(f"s{i}" for i in range(30))
    labels = {f"number:s{i}": np.eye(30)[i] for i in range(30)}
    found = ExposureRobust(names).covariance(fit, labels).matrix[0, 0]
    assert found == pytest.approx(float((x**2 * u**2).sum() / (x @ x) ** 2), rel=1e-12)


def test_akm_of_instrumental_variables():
    """The covariance object on the two-stage fit is the formula of the authors."""
    panel, *_ = make()
    spec = Spec("y", ("x", "w", "sum"), ("province",))
    estimate = fit_iv(panel, spec, Instrumented(("x",), ("z",)), vcov=ExposureRobust(NAMES))
    full = Spec("y", ("x", "z", "w", "sum"), ("province",))
    found = residualise(panel, full, ["x", "z"])
    y, x, z = (found.columns[name] for name in ("y", "x", "z"))
    beta = (z @ y) / (z @ x)
    shares = panel.frame[list(NAMES)].to_numpy()
    coefficients = np.linalg.lstsq(shares, z, rcond=None)[0]
    sums = shares.T @ (y - beta * x)
    error = np.sqrt(((coefficients * sums) ** 2).sum()) / abs(z @ x)
    assert estimate.coefficient("x") == pytest.approx(beta, rel=1e-9)
    assert estimate.std_error("x") == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("complete", [False, True])
def test_regression_across_shocks_equals_that_across_cities(complete):
    panel, national, _ = make(complete=complete)
    controls = ("w",) if complete else ("w", "sum")
    spec = Spec("y", ("x", *controls), ("province",))
    across_cities = fit_iv(panel, spec, Instrumented(("x",), ("z",))).coefficient("x")
    design = ShiftShareDesign("x", "z", NAMES)
    shocks = pd.Series(national.national, index=list(NAMES))
    across_shocks = fit_shock_level(panel, spec, design, shocks)
    assert across_shocks.estimate == pytest.approx(across_cities, rel=1e-12)
    assert across_shocks.sectors == 4
    assert 1 <= across_shocks.effective_shocks <= 4


def test_shock_level_coefficient_needs_no_centring_when_shares_are_controlled():
    panel, national, _ = make()
    found = residualise(panel, Spec("y", ("x", "w", "sum"), ("province",)), ["x"])
    shares = panel.frame[list(NAMES)].to_numpy()
    one, two = (
        shock_level(found.columns["y"], found.columns["x"], shares, national.national + add)
        for add in (0.0, 5.0)
    )
    assert one.coefficient == pytest.approx(two.coefficient, rel=1e-9)


def test_rotemberg_weights_add_up():
    panel, _, outside = make()
    spec = Spec("y", ("x", "w", "sum"), ("province",))
    design = ShiftShareDesign("x", "out", NAMES)
    shocks = pd.DataFrame(outside.shocks, index=list(outside.cities), columns=list(SECTORS))
    table = rotemberg_table(panel, spec, design, shocks)
    whole = fit_iv(panel, spec, Instrumented(("x",), ("out",))).coefficient("x")
    assert table["weight"].sum() == pytest.approx(1, abs=1e-12)
    assert table["contribution"].sum() == pytest.approx(whole, rel=1e-10)
    # the part of one sector as the only instrument
    first = table.index[0]
    position = NAMES.index(first)
    part = panel.frame[first] * outside.shocks[:, position]
    alone = fit_iv(
        panel.with_variables({"part": part}), spec, Instrumented(("x",), ("part",))
    ).coefficient("x")
    assert table.loc[first, "estimate"] == pytest.approx(alone, rel=1e-9)


def test_first_stage_f_of_a_sector():
    panel, _, outside = make()
    spec = Spec("y", ("x", "w", "sum"), ("province",))
    shocks = pd.DataFrame(outside.shocks, index=list(outside.cities), columns=list(SECTORS))
    table = rotemberg_table(panel, spec, ShiftShareDesign("x", "out", NAMES), shocks)
    from econshrink.inference.vcov import Iid  # noqa: PLC0415

    part = panel.frame["s_a"] * outside.shocks[:, 0]
    wide = panel.with_variables({"part": part})
    first = fit_fe(wide, Spec("x", ("part", "w", "sum"), ("province",)), Iid("stata_areg"))
    t = first.coefficient("part") / first.std_error("part")
    assert table.loc["s_a", "first_stage_f"] == pytest.approx(t**2, rel=1e-8)


def test_akm0_set_is_where_the_test_keeps_the_null():
    panel, *_ = make()
    spec = Spec("y", ("x", "w", "sum"), ("province",))
    found = akm0_set(panel, spec, ShiftShareDesign("x", "z", NAMES))
    residuals = residualise(panel, Spec("y", ("x", "z", "w", "sum"), ("province",)), ["x", "z"])
    y, x, z = (residuals.columns[name] for name in ("y", "x", "z"))
    shares = panel.frame[list(NAMES)].to_numpy()
    projected = np.linalg.lstsq(shares, z, rcond=None)[0]
    for beta in np.linspace(-8, 8, 401):
        u = y - beta * x
        t = abs(z @ u) / np.sqrt(((projected * (shares.T @ u)) ** 2).sum())
        assert found.contains(float(beta)) == (t <= 1.959963984540054) or abs(t - 1.96) < 1e-3


def test_akm0_object_uses_the_residuals_of_the_null():
    rng = generator("test.akm0")
    shares = rng.dirichlet(np.ones(5), 60)
    x, y = shares @ rng.normal(size=5), rng.normal(size=60)
    x, y = x - x.mean(), y - y.mean()
    b, u, bread = least_squares(y, x[:, None])
    fit = LinearFit(y, x[:, None], b, u, bread)
    labels = {f"number:{k}": shares[:, k] for k in range(5)}
    names = tuple(str(k) for k in range(5))
    found = ExposureRobust(names, null=0.0).covariance(fit, labels).matrix[0, 0]
    assert found == pytest.approx(exposure_matrix((x / (x @ x))[:, None], y, shares)[0, 0])
    two = np.column_stack([x, y**2])
    fit2 = LinearFit(y, two, *least_squares(y, two))
    with pytest.raises(SpecError, match="one coefficient"):
        ExposureRobust(names, null=0.0).covariance(fit2, labels)


def test_quadratic_sets():
    assert quadratic_set(1, 0, 1) == ()
    assert quadratic_set(1, -3, 2) == ((1.0, 2.0),)
    low = akm0_interval(
        np.ones(4), np.array([1.0, -1, 1, -1]), np.array([1.0, 1, -1, -1]), np.eye(4)
    )
    assert low == ((-np.inf, np.inf),)


@pytest.mark.parametrize("b", [-3.0, -0.5, 0.5, 3.0])
def test_ends_of_a_quadratic_set_lose_no_digits_beside_a_far_one(b):
    """Roots −b and, as near as can be told, −c/b: the small one is not a difference of large."""
    tiny = 1e-13
    low, high = quadratic_set(1.0, b, tiny)[0]
    near, far = (low, high) if b < 0 else (high, low)
    assert far == pytest.approx(-b, rel=1e-12)
    assert near == pytest.approx(-tiny / b, rel=1e-11)


def test_leaving_out_removes_the_own_province():
    panel, national, outside = make()
    assert np.ptp(national.shocks, axis=0).max() == 0
    assert np.ptp(outside.shocks, axis=0).min() > 0
    assert (outside.share_sum < 1).all()
    assert len(panel.cities) == 90


def test_bad_tables_are_named_together():
    start = pd.DataFrame({"a": [1.0, -1.0], "b": [2.0, 0.0]}, index=["000001", "000002"])
    with pytest.raises(DataError) as caught:
        shift_share(start, start, without=["c"])
    assert "negative" in str(caught.value)
    assert "no industry c" in str(caught.value)
    assert "no employment in 000002" in str(caught.value)
    with pytest.raises(DataError, match="differ"):
        shift_share(start, start.rename(columns={"a": "z"}))


def test_collinear_shares_are_refused():
    shares = np.column_stack([np.linspace(0.1, 0.5, 9)] * 2)
    with pytest.raises(SpecError, match="collinear"):
        exposure_matrix(np.ones((9, 1)), np.ones(9), shares)
    with pytest.raises(SpecError, match="twice"):
        ExposureRobust(("a", "a"))


def test_shocks_that_do_not_fit_are_refused():
    panel, *_ = make()
    spec, design = Spec("y", ("x",), ("province",)), ShiftShareDesign("x", "z", NAMES)
    with pytest.raises(DataError, match="4 columns"):
        rotemberg_table(panel, spec, design, pd.DataFrame({"a": [1.0]}, index=["000000"]))
    with pytest.raises(DataError, match="one shock a share"):
        fit_shock_level(panel, spec, design, pd.Series([1.0]))


def test_housing_exposure_refuses_gaps():
    with pytest.raises(DataError, match="no column"):
        housing_exposure(pd.DataFrame({"employed_sample": [1.0]}), pd.DataFrame())
