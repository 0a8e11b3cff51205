"""Dynamic panel GMM: a literal small computation, truth by simulation, and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import SpecError
from econshrink.core.seeds import generator
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.dynamic import DifferenceGmm, SystemGmm, fit_gmm
from econshrink.panel.dynamic_instruments import (
    Exogenous,
    LaggedDifferences,
    LaggedLevels,
    YearDummies,
)
from econshrink.panel.dynamic_rows import moment_data
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.kernel.gmm import (
    MomentData,
    one_step,
    robust_one_step,
    serial_correlation,
    two_step,
)

PLAIN = Spec("y", ("lag(y)", "x"), ("city",))
BASIC = (LaggedLevels("y"), Exogenous(("x",)))


def make_panel(seed=0, cities=60, years=7, share=1.1, rho=0.5) -> CityPanel:
    rng = generator(f"test.gmm.{seed}")
    codes = [f"{i:06d}" for i in range(cities)]
    effect, x = rng.normal(size=cities), rng.normal(size=(cities, years + 20))
    y = np.zeros((cities, years + 20))
    noise = rng.normal(size=y.shape)
    for t in range(1, y.shape[1]):
        y[:, t] = rho * y[:, t - 1] + x[:, t] + effect + noise[:, t]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)], names=["city", "year"])
    frame = pd.DataFrame({"y": y[:, 20:].ravel(), "x": x[:, 20:].ravel()}, index=index)
    return CityPanel(frame[rng.random(len(index)) < share])


def test_one_step_is_the_textbook_formula_city_by_city():
    panel = make_panel(cities=12, years=6, share=0.9)
    wide_y, wide_x = panel.wide("y"), panel.wide("x")
    years = list(wide_y.columns)
    columns = [(t, s) for t in years for s in years if s <= t - 2]
    total, xz, zy = 0.0, 0.0, 0.0
    rows = 0
    for city in panel.cities:
        y, x = wide_y.loc[city], wide_x.loc[city]
        used = [
            t for t in years[2:] if np.isfinite([y[t], y[t - 1], y[t - 2], x[t], x[t - 1]]).all()
        ]
        if not used:
            continue
        z = np.zeros((len(used), len(columns) + 1))
        for r, t in enumerate(used):
            for c, (year, s) in enumerate(columns):
                if year == t and np.isfinite(y[s]):
                    z[r, c] = y[s]
            z[r, -1] = x[t] - x[t - 1]
        dx = np.array([[y[t - 1] - y[t - 2], x[t] - x[t - 1]] for t in used])
        dy = np.array([y[t] - y[t - 1] for t in used])
        gap = np.abs(np.subtract.outer(used, used))
        h = 2.0 * (gap == 0) - 1.0 * (gap == 1)
        total, xz, zy = total + z.T @ h @ z, xz + dx.T @ z, zy + z.T @ dy
        rows += len(used)
    weight = np.linalg.pinv(total)
    wanted = np.linalg.solve(xz @ weight @ xz.T, xz @ weight @ zy)
    estimate = fit_gmm(panel, PLAIN, BASIC, DifferenceGmm(1))
    np.testing.assert_allclose(estimate.coefficients, wanted, rtol=1e-8)
    assert estimate.nobs == rows


def test_collapsed_instruments_are_sums_of_the_uncollapsed():
    panel = make_panel(share=0.9)
    wide, _, _, _ = moment_data(panel, PLAIN, BASIC)
    narrow, _, _, _ = moment_data(
        panel, PLAIN, (LaggedLevels("y", collapse=True), Exogenous(("x",)))
    )
    assert narrow.z.shape[1] == 5 + 1  # lags 2 to 6, and x
    assert wide.z.shape[1] == 1 + 2 + 3 + 4 + 5 + 1
    np.testing.assert_allclose(narrow.z[:, :5].sum(axis=1), wide.z[:, :-1].sum(axis=1))


def test_limits_on_lags_limit_the_columns():
    panel = make_panel()
    limited = (LaggedLevels("y", 2, 3), Exogenous(("x",)))
    data, _, _, _ = moment_data(panel, PLAIN, limited)
    assert data.z.shape[1] == 5 + 4 + 1


def test_scale_of_an_instrument_does_not_matter():
    panel = make_panel(share=0.9)
    big = panel.with_variables({"y6": panel.frame["y"] * 1e6})
    one = fit_gmm(panel, PLAIN, BASIC)
    two = fit_gmm(big, PLAIN, (LaggedLevels("y6"), Exogenous(("x",))))
    np.testing.assert_allclose(two.coefficients, one.coefficients, rtol=1e-7)
    np.testing.assert_allclose(two.std_errors, one.std_errors, rtol=1e-7)


def test_just_identified_steps_agree_and_the_correction_vanishes():
    panel = make_panel()
    exact = (LaggedLevels("y", 2, 2, collapse=True), Exogenous(("x",)))
    data, _, _, _ = moment_data(panel, PLAIN, exact)
    first = one_step(data)
    second = two_step(data, first)
    np.testing.assert_allclose(first.coefficients, second.coefficients, rtol=1e-9)
    one = fit_gmm(panel, PLAIN, exact, DifferenceGmm(1))
    two = fit_gmm(panel, PLAIN, exact, DifferenceGmm(2))
    np.testing.assert_allclose(one.std_errors, two.std_errors, rtol=1e-6)
    assert one.stats["hansen_df"] == 0


def test_more_instruments_than_cities_is_noted():
    panel = make_panel(cities=10)
    estimate = fit_gmm(panel, PLAIN, BASIC)
    assert any("Hansen test is unreliable" in note for note in estimate.notes)


@pytest.mark.slow
def test_gmm_is_centred_where_within_is_not_and_its_errors_are_honest():
    """200 panels of 200 cities and 7 years, rho = 0.5: bias and coverage of 95 % intervals."""
    runs = 200
    lists = {
        "difference": ((LaggedLevels("y", collapse=True), Exogenous(("x",))), DifferenceGmm()),
        "system": (
            (
                LaggedLevels("y", collapse=True),
                LaggedDifferences("y", collapse=True),
                Exogenous(("x",), "both"),
                YearDummies("level"),
            ),
            SystemGmm(),
        ),
    }
    within, found, hits = [], {name: [] for name in lists}, dict.fromkeys(lists, 0)
    for seed in range(runs):
        panel = make_panel(seed + 1, cities=200)
        within.append(fit_fe(panel, PLAIN).coefficients[0])
        for name, (instruments, method) in lists.items():
            estimate = fit_gmm(panel, PLAIN, instruments, method)
            found[name].append(estimate.coefficients[0])
            low, high = estimate.tidy().loc[0, ["conf_low", "conf_high"]]
            hits[name] += low <= 0.5 <= high
    assert np.mean(within) < 0.45  # Nickell bias
    for name, values in found.items():
        error = np.std(values, ddof=1) / np.sqrt(runs)
        assert abs(np.mean(values) - 0.5) < 0.01 + 3 * error, name
        # three binomial standard errors of 0.0154 about 0.95
        assert hits[name] / runs > 0.90, name


def test_refusals():
    panel = make_panel()
    with pytest.raises(SpecError, match="effects none"):
        fit_gmm(panel, Spec("y", ("lag(y)",)), BASIC)
    with pytest.raises(SpecError, match="no instruments"):
        fit_gmm(panel, PLAIN, ())
    with pytest.raises(SpecError, match=r"(?s)no variable 'q'.*lags 3 to 2 of y"):
        fit_gmm(panel, PLAIN, (LaggedLevels("q"), LaggedLevels("y", 3, 2)))
    with pytest.raises(SpecError, match="1 instruments and 2 coefficients"):
        fit_gmm(panel, PLAIN, (Exogenous(("x",)),))
    with pytest.raises(SpecError, match="no city with two successive years"):
        fit_gmm(panel.select(years=[2000, 2001]), PLAIN, BASIC)
    with pytest.raises(SpecError, match="steps=3"):
        DifferenceGmm(3)
    with pytest.raises(SpecError, match="equation 'up'"):
        Exogenous(("x",), "up")
    constant = panel.with_variables({"c": panel.frame["x"] * 0 + 2})
    with pytest.raises(SpecError, match="'c' zero in all"):
        fit_gmm(constant, Spec("y", ("lag(y)", "c"), ("city",)), BASIC)


def test_one_step_with_fewer_cities_than_coefficients_says_what_it_cannot_test():
    panel = make_panel(cities=3, years=9)
    spec = Spec("y", ("lag(y)", "x"), ("city", "year"))
    instruments = (*BASIC, YearDummies())
    estimate = fit_gmm(panel, spec, instruments, DifferenceGmm(1, corrected=False))
    assert any(note.startswith("no Hansen test") for note in estimate.notes)
    assert "hansen" not in estimate.stats
    with pytest.raises(SpecError, match="do not identify 9 coefficients"):
        fit_gmm(panel, spec, instruments, DifferenceGmm(2))


def test_serial_correlation_is_the_textbook_sum_over_cities():
    """m_j of Arellano and Bond (1991), city by city, with the robust variance."""
    data = stacked(cities=25, years=5)
    fit = one_step(data)
    covariance = robust_one_step(data, fit)
    gain = fit.inverse @ data.x.T @ data.z @ fit.weight
    for order in (1, 2, 3):
        total, spread, mixed, pull = 0.0, 0.0, 0.0, 0.0
        for city in range(25):
            mine = data.city == city
            lagged = np.zeros(5)
            lagged[order:] = fit.residuals[mine][:-order]
            product = lagged @ fit.residuals[mine]
            total, spread = total + product, spread + product**2
            mixed = mixed + data.z[mine].T @ fit.residuals[mine] * product
            pull = pull + lagged @ data.x[mine]
        variance = spread - 2 * pull @ gain @ mixed + pull @ covariance @ pull
        found = serial_correlation(data, fit, covariance, order)
        assert found.statistic == pytest.approx(total / np.sqrt(variance), rel=1e-10)


def test_residuals_too_far_apart_have_no_serial_correlation():
    data = stacked(cities=9, years=3)
    fit = one_step(data)
    for variance in (None, 1.0):
        found = serial_correlation(data, fit, robust_one_step(data, fit), 3, variance)
        assert np.isnan(found.statistic)


def stacked(cities, years):
    rng = generator(f"test.gmm.stacked.{cities}")
    n = cities * years
    z, v = rng.normal(size=(n, 3)), rng.normal(size=n)
    x = np.column_stack([z[:, 0] + z[:, 2] + v, z[:, 1]])
    year = np.tile(np.arange(2001, 2001 + years), cities)
    y = x @ [0.5, -1.0] + v + rng.normal(size=n)
    city = np.repeat(np.arange(cities), years)
    return MomentData(y, x, z, city, year, np.ones(n, dtype=bool))
