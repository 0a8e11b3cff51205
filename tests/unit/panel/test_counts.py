"""Poisson pseudo-maximum likelihood with absorbed effects: against dummies, and properties."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from econshrink.core.errors import DataError, SpecError
from econshrink.inference.jackknife import Jackknife
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.nouns.storage import from_json, to_json
from econshrink.panel.counts import fit_poisson
from econshrink.panel.kernel.poisson import fit_poisson_rows

SPEC = Spec("y", ("x", "z"), ("city", "year"))


def table(cities=25, years=8, seed=3):
    rng = np.random.default_rng(seed)
    n = cities * years
    x, z = rng.normal(size=(2, n))
    unit = np.repeat(rng.normal(size=cities), years)
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(cities)], years),
            "year": [*range(2000, 2000 + years)] * cities,
            "x": x,
            "z": z,
            "size": rng.uniform(5, 50, n),
            "w": rng.uniform(0.5, 2, n),
        }
    )
    return frame.assign(y=rng.poisson(np.exp(0.5 * x - 0.2 * z + unit)).astype(float))


def panel(frame=None):
    return CityPanel.from_long(table() if frame is None else frame)


def dummies(frame):
    """Regressors and a full set of dummies for cities and years, of rows whose city has counts."""
    kept = frame[frame.groupby("city")["y"].transform("sum") > 0]
    wide = pd.get_dummies(kept[["city", "year"]].astype(str), dtype=float)
    wide = wide.drop(columns=[name for name in wide if name.startswith("year")][:1])
    return kept, pd.concat([kept[["x", "z"]], wide], axis=1)


@pytest.mark.parametrize("offset", [None, "np.log(size)"])
def test_slopes_and_errors_are_those_of_a_regression_with_dummies(offset):
    frame = table()
    kept, x = dummies(frame)
    shift = None if offset is None else np.log(kept["size"])
    model = sm.GLM(kept["y"], x, family=sm.families.Poisson(), offset=shift)
    plain = model.fit(tol=1e-13, maxiter=100)
    ours = fit_poisson(panel(frame), SPEC, Heteroskedastic("HC0"), offset=offset)
    np.testing.assert_allclose(ours.coefficients, plain.params[["x", "z"]], rtol=1e-8)
    robust = model.fit(tol=1e-13, maxiter=100, cov_type="HC0")
    np.testing.assert_allclose(ours.std_errors, robust.bse[["x", "z"]], rtol=1e-6)
    assert ours.stats["loglik"] == pytest.approx(plain.llf, rel=1e-10)
    assert ours.stats["deviance"] == pytest.approx(plain.deviance, rel=1e-9)
    dispersed = model.fit(tol=1e-13, maxiter=100, scale="X2")
    quasi = fit_poisson(panel(frame), SPEC, Iid(), offset=offset)
    np.testing.assert_allclose(quasi.std_errors, dispersed.bse[["x", "z"]], rtol=1e-6)
    assert quasi.stats["dispersion"] == pytest.approx(dispersed.scale, rel=1e-8)


def test_without_effects_there_is_a_constant():
    frame = table()
    x = sm.add_constant(frame[["x", "z"]])
    plain = sm.GLM(frame["y"], x, family=sm.families.Poisson()).fit(tol=1e-13)
    ours = fit_poisson(panel(frame), Spec("y", ("x", "z")), Heteroskedastic("HC0"))
    assert ours.terms == ("Intercept", "x", "z")
    np.testing.assert_allclose(ours.coefficients, plain.params, rtol=1e-8)
    assert ours.kind == "poisson"


def test_weights_repeat_rows():
    frame = table().assign(w=lambda f: 1.0 + (np.arange(len(f)) % 3))
    ours = fit_poisson(panel(frame), Spec("y", ("x", "z"), ("city",), "w"), Heteroskedastic("HC0"))
    kept, x = dummies(frame)
    x = x[[name for name in x if not name.startswith("year")]]
    model = sm.GLM(kept["y"], x, family=sm.families.Poisson(), freq_weights=kept["w"])
    np.testing.assert_allclose(
        ours.coefficients, model.fit(tol=1e-13).params[["x", "z"]], rtol=1e-8
    )


def test_units_of_columns_change_nothing():
    frame = table()
    ours = fit_poisson(panel(frame), SPEC)
    scaled = frame.assign(y=frame["y"] * 1e6, x=frame["x"] * 1e-7 + 3e-3, z=frame["z"] * 1e9)
    other = fit_poisson(panel(scaled), SPEC)
    unit = np.array([1e-7, 1e9])
    np.testing.assert_allclose(other.coefficients * unit, ours.coefficients, rtol=1e-6)
    np.testing.assert_allclose(other.std_errors * unit, ours.std_errors, rtol=1e-6)


def test_one_effect_has_the_conditional_likelihood_s_slope():
    frame = table(cities=12, years=2)
    ours = fit_poisson(panel(frame), Spec("y", ("x",), ("city",)), Heteroskedastic("HC0"))
    wide = frame.pivot(index="city", columns="year")
    total = wide["y"].sum(axis=1)
    used = total[total > 0].index  # two years: a binomial logit of the second year's share
    step = (wide["x"][2001] - wide["x"][2000])[used].to_numpy()
    y = wide["y"].loc[used].to_numpy()
    logit = sm.GLM(y[:, ::-1], step[:, None], family=sm.families.Binomial()).fit(tol=1e-13)
    assert ours.coefficient("x") == pytest.approx(float(logit.params[0]), rel=1e-8)


def test_levels_with_zeros_only_are_left_out_and_counted():
    frame = table()
    frame.loc[frame["city"] == "000003", "y"] = 0.0
    ours = fit_poisson(panel(frame), SPEC)
    alone = fit_poisson(panel(frame[frame["city"] != "000003"]), SPEC)
    np.testing.assert_allclose(ours.coefficients, alone.coefficients, rtol=1e-10)
    assert ours.stats["rows_all_zero"] == 8
    assert ours.nobs == alone.nobs
    assert ours.clusters == alone.clusters
    assert "zeros only" in " ".join(ours.notes)


def test_separated_regressors_are_named():
    frame = table()
    only_zeros = np.where(frame["y"] == 0, frame["x"], 0.0)
    with pytest.raises(SpecError, match="'d' varies over zero outcomes only"):
        fit_poisson(panel(frame.assign(d=only_zeros)), Spec("y", ("x", "d"), ("city",)))
    with pytest.raises(SpecError, match="separated"):
        fit_poisson(panel(frame.assign(d=only_zeros)), Spec("y", ("x", "d")))


@pytest.mark.parametrize(
    ("change", "spec", "vcov", "message"),
    [
        ({"y": -1.0}, SPEC, Clustered(), "negative values of 'y'"),
        ({}, Spec("y", ("x", "u"), ("city",)), Clustered(), "'u' has no variation left within"),
        ({}, SPEC, Heteroskedastic("HC3"), "HC3"),
        ({}, SPEC, Jackknife("city"), "jackknife"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_one_sentence(change, spec, vcov, message):
    frame = table()
    frame = frame.assign(u=frame["city"].astype(float))
    for name, value in change.items():
        frame.loc[5, name] = value
    with pytest.raises((SpecError, DataError), match=message):
        fit_poisson(panel(frame), spec, vcov)


def test_a_missing_offset_is_an_error_not_a_lost_row():
    frame = table()
    frame.loc[7, "size"] = np.nan
    with pytest.raises(DataError, match="missing in 1 of"):
        fit_poisson(panel(frame), SPEC, offset="np.log(size)")


def test_the_estimate_survives_a_file_and_prints_rates():
    estimate = fit_poisson(panel(), SPEC)
    again = from_json(to_json(estimate))
    np.testing.assert_array_equal(again.coefficients, estimate.coefficients)
    assert "rate ratio" in str(estimate)


def test_means_settle_also_where_the_slope_is_zero_from_the_start():
    """Each count comes with x = −1 and x = 1: no step moves the slope, but the means need many."""
    level, x = np.repeat(np.arange(6), 8), np.tile([-1.0, 1.0], 24)
    y = np.repeat(np.random.default_rng(4).poisson(10.0 ** np.repeat(np.arange(6) - 2.0, 4)) + 1, 2)
    fit = fit_poisson_rows(y.astype(float), x[:, None], [level])
    assert fit.slopes == pytest.approx(0, abs=1e-12)
    means = np.bincount(level, y) / np.bincount(level)
    assert fit.mean == pytest.approx(means[level], rel=1e-9)
