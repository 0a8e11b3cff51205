"""Residuals, predictions, average effects, tests and another covariance after a fit."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.inference.restrictions import wald_test
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.counts import fit_poisson
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.pooled import fit_pooled
from econshrink.panel.postestimation import (
    average_effects,
    fitted,
    predict,
    residuals,
    with_vcov,
)

SPEC = Spec("y", ("x", "z"), ("city", "year"))


def table(cities=12, years=6):
    rng = np.random.default_rng(5)
    n = cities * years
    x, z, u = rng.normal(size=(3, n))
    unit = np.repeat(rng.normal(size=cities), years)
    return pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(cities)], years),
            "year": [*range(2000, 2000 + years)] * cities,
            "x": x,
            "z": z,
            "w": rng.uniform(1, 3, n),
            "kind": np.arange(n) % 3,
            "y": x - 0.5 * z + unit + u,
            "count": rng.poisson(np.exp(0.3 * x + unit)).astype(float),
        }
    )


@pytest.fixture(scope="module")
def panel():
    return CityPanel.from_long(table())


@pytest.mark.parametrize("effects", [("city",), ("city", "year"), ()])
@pytest.mark.parametrize("weights", [None, "w"])
def test_residuals_are_orthogonal_and_add_up(panel, effects, weights):
    spec = Spec("y", ("x", "z"), effects, weights)
    fit = fit_fe(panel, spec) if effects else fit_pooled(panel, spec)
    error, mean = residuals(fit, panel), fitted(fit, panel)
    np.testing.assert_allclose(error + mean, panel.column("y"), atol=1e-12)
    weight = panel.column("w") if weights else 1.0
    for name in ("x", "z"):
        assert abs(float((weight * error * panel.column(name)).sum())) < 1e-9
    total = float((weight * error**2).sum())
    assert total == pytest.approx(fit.stats["rss"], rel=1e-9)


def test_fitted_counts_reproduce_the_totals_of_every_level(panel):
    fit = fit_poisson(panel, Spec("count", ("x",), ("city", "year")))
    mean, error = fitted(fit, panel), residuals(fit, panel)
    assert (mean > 0).all()
    for level in ("city", "year"):
        assert error.groupby(level).sum().abs().max() < 1e-8
    assert abs(float((error * panel.column("x").reindex(error.index)).sum())) < 1e-7


def test_predictions_of_the_rows_used_are_the_fitted_values(panel):
    for fit in (
        fit_fe(panel, SPEC),
        fit_pooled(panel, Spec("y", ("x", "np.power(z, 2)"))),
        fit_poisson(panel, Spec("count", ("x",), ("city",))),
    ):
        again = predict(fit, panel, panel)
        np.testing.assert_allclose(
            again.reindex(fitted(fit, panel).index), fitted(fit, panel), 1e-8
        )
        assert predict(fit, data=panel).name == "prediction"


def test_new_rows_take_the_effects_of_known_levels(panel):
    fit = fit_fe(panel, Spec("y", ("x", "z"), ("city",)))
    new = CityPanel.from_long(
        pd.DataFrame(
            {"city": ["000003", "000003"], "year": [2010, 2011], "x": [1.0, 2.0], "z": 0.0}
        )
    )
    low, high = predict(fit, new, panel)
    assert high - low == pytest.approx(fit.coefficient("x"))
    effect = (fitted(fit, panel) - _slopes(fit, panel)).loc["000003"].iloc[0]
    assert low == pytest.approx(fit.coefficient("x") + effect)


def _slopes(fit, panel):
    return sum(fit.coefficient(name) * panel.column(name) for name in fit.terms)


def test_unknown_levels_are_an_error_not_a_guess(panel):
    new = pd.DataFrame({"city": ["999999"], "year": [2003], "x": [1.0], "z": [0.0]})
    fresh = CityPanel.from_long(new)
    with pytest.raises(DataError, match="effect 'city' that the model has not seen"):
        predict(fit_fe(panel, SPEC), fresh, panel)
    later = CityPanel.from_long(new.assign(city="000001", year=2030))
    with pytest.raises(DataError, match="effect 'year'"):
        predict(fit_fe(panel, SPEC), later, panel)
    by_year = fit_pooled(panel, Spec("y", ("x", "C(year)")))
    with pytest.raises(DataError, match=r"new levels of 'C\(year\)'"):
        predict(by_year, later, panel)
    known = CityPanel.from_long(new.assign(year=2004))
    expected = by_year.coefficient("Intercept") + by_year.coefficient("x")
    expected += by_year.coefficient("C(year)[T.2004]")
    assert predict(by_year, known, panel).iloc[0] == pytest.approx(expected)


def test_lags_of_new_rows_look_back_into_the_old(panel):
    fit = fit_pooled(panel, Spec("y", ("lag(x)",)))
    new = CityPanel.from_long(pd.DataFrame({"city": ["000001"], "year": [2006], "x": [9.0]}))
    value = panel.column("x").loc[("000001", 2005)]
    expected = fit.coefficient("Intercept") + fit.coefficient("lag(x)") * value
    assert predict(fit, new, panel).iloc[0] == pytest.approx(expected)


def test_unconnected_effects_have_no_prediction():
    frame = table(8, 8)
    first = frame["city"] < "000004"
    early, late = first & (frame["year"] < 2004), ~first & (frame["year"] >= 2004)
    panel = CityPanel.from_long(frame[early | late])
    fit = fit_fe(panel, Spec("y", ("x",), ("city", "year")), Iid())
    new = CityPanel.from_long(pd.DataFrame({"city": ["000000"], "year": [2005], "x": [0.0]}))
    with pytest.raises(SpecError, match="not connected"):
        predict(fit, new, panel)


def test_other_figures_and_other_models_are_refused(panel):
    fit = fit_fe(panel, SPEC)
    other = CityPanel.from_long(table().assign(x=1.0 + table()["x"]))
    with pytest.raises(DataError, match="figures other than"):
        residuals(fit, other)
    assert residuals(fit, table()).equals(residuals(fit, panel))
    with pytest.raises(DataError, match="figures other than"):
        residuals(fit, table().assign(x=1.0 + table()["x"]))
    with pytest.raises(DataError, match="The estimate comes first"):
        residuals(table(), fit)
    cox = Estimate("Cox", ("x",), np.ones(1), np.eye(1), "", "none", 9, kind="cox")
    with pytest.raises(SpecError, match="the kind 'cox'"):
        fitted(cox, panel)
    with pytest.raises(DataError, match=r"predict\(estimate, newdata, data\)"):
        predict(fit, panel)


def test_another_covariance_is_that_of_a_new_fit(panel):
    for fit, again in (
        (fit_fe(panel, SPEC), fit_fe(panel, SPEC, Heteroskedastic("HC1"))),
        (fit_pooled(panel, Spec("y", ("x",))), None),
        (fit_poisson(panel, Spec("count", ("x",), ("city",)), offset="np.log(w)"), None),
    ):
        other = with_vcov(fit, panel, Heteroskedastic("HC1"))
        np.testing.assert_allclose(other.coefficients, fit.coefficients, rtol=1e-12)
        assert "(HC1)" in other.vcov_label
        if again is not None:
            np.testing.assert_array_equal(other.covariance, again.covariance)
    with pytest.raises(SpecError, match=r"Clustered\('city'\)"):
        with_vcov(fit_fe(panel, SPEC), panel, "robust")


def test_kept_singletons_stay_kept():
    frame = table().iloc[:-5]
    panel = CityPanel.from_long(frame)
    fit = fit_fe(panel, SPEC, keep_singletons=True)
    assert with_vcov(fit, panel, Iid()).nobs == fit.nobs == len(frame)


def test_average_effects_follow_the_chain_rule(panel):
    fit = fit_fe(panel, Spec("y", ("x", "np.power(x, 2)", "x:z"), ("city",)))
    effects = average_effects(fit, panel)
    x, z = panel.column("x").mean(), panel.column("z").mean()
    weights = {"x": np.array([1.0, 2 * x, z]), "z": np.array([0.0, 0.0, x])}
    for name, weight in weights.items():
        assert effects.coefficient(name) == pytest.approx(weight @ fit.coefficients, rel=1e-6)
        spread = np.sqrt(weight @ fit.covariance @ weight)
        assert effects.std_error(name) == pytest.approx(spread, rel=1e-6)
    assert effects.terms == ("x", "z")
    with pytest.raises(SpecError, match="variable 'w'"):
        average_effects(fit, panel, ["w"])


def test_average_effects_of_counts_are_slopes_times_the_mean(panel):
    fit = fit_poisson(panel, Spec("count", ("x",), ("city",)))
    effects = average_effects(fit, panel)
    mean = fit.stats["mean_depvar"]
    assert effects.coefficient("x") == pytest.approx(mean * fit.coefficient("x"), rel=1e-7)
    assert effects.std_error("x") == pytest.approx(mean * fit.std_error("x"), rel=1e-6)
    constant = fit_poisson(panel, Spec("count", ("x",)))
    assert average_effects(constant, panel).std_error("x") > 0


def test_a_lag_is_a_variable_of_its_own_and_categories_are_none(panel):
    fit = fit_pooled(panel, Spec("y", ("x", "lag(x)", "C(kind)")))
    effects = average_effects(fit, panel)
    assert effects.terms == ("x", "lag(x)")
    np.testing.assert_allclose(effects.coefficients, fit.coefficients[1:3], rtol=1e-7)


NAMED = Estimate(
    "m",
    ("Intercept", "x", "np.log(x)", "C(year)[T.2011]", "x:z"),
    np.array([1.0, 2.0, 3.0, 4.0, 5.0]),
    np.diag([1.0, 2.0, 3.0, 4.0, 5.0]),
    "iid",
    "none",
    50,
)


@pytest.mark.parametrize(
    ("text", "statistic"),
    [
        ("x = 0", 2.0),
        ("x", 2.0),
        ("x = np.log(x)", 1 / 5),
        ("2*x - np.log(x) = 1", 0.0),
        ("C(year)[T.2011] = 2 * x", 0.0),
        ("x:z / 5 = 1", 0.0),
        ("-x = -(3 - 1)", 0.0),
        ("x = 0, np.log(x) = 0", 5.0),
        (["x", "x:z"], 7.0),
        (np.array([0.0, 1.0, 0.0, 0.0, 0.0]), 2.0),
    ],
)
def test_hypotheses_are_read_with_their_names(text, statistic):
    assert wald_test(NAMED, text).statistic == pytest.approx(statistic)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("w = 0", "'w' in 'w', not a term"),
        ("x * x = 1", "not linear"),
        ("x = 1 = 2", "at most one '='"),
        ("", "no hypothesis"),
        ("1 = 1", "without a term"),
        ("x = 0, 2*x = 0", "repeat or contradict"),
        ("__import__('os').getcwd() = 0", "not a term"),
        ("x +", "a linear expression"),
        ("x / 0 = 1", "not linear"),
        (np.ones((1, 2)), "a matrix"),
    ],
)
def test_what_is_no_linear_hypothesis_is_refused(text, message):
    with pytest.raises(SpecError, match=message):
        wald_test(NAMED, text)


def test_few_clusters_get_the_f_law(panel):
    test = wald_test(fit_fe(panel, SPEC, Clustered("city")), "x = 0, z = 0")
    assert test.df == 2
    assert test.note.startswith("F(2, 11) = ")
