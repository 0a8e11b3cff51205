"""Instrumental variables with effects against linearmodels with dummies, and their diagnostics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linearmodels.iv import IV2SLS, IVGMM, IVLIML

from econshrink.core.errors import SpecError
from econshrink.core.seeds import generator
from econshrink.inference.jackknife import Jackknife
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.prepare import prepare
from econshrink.panel.fixed_effects import fit_fe, within
from econshrink.panel.instrumental import Instrumented, Liml, TwoStage, TwoStepGmm, fit_iv

TWO = Instrumented(("a", "b"), ("z1", "z2", "z3"))
SPEC = Spec("y", ("a", "x", "b"), ("city", "year"))


def make_panel(seed=0, cities=30, years=8, share=0.85, strength=1.0) -> CityPanel:
    rng = generator(f"test.iv.{seed}")
    codes = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)], names=["city", "year"])
    n = len(index)
    effect = np.repeat(rng.normal(size=cities), years)
    z = rng.normal(size=(n, 3)) + effect[:, None]
    v, x = rng.normal(size=(n, 2)), rng.normal(size=n)
    a = strength * (z[:, 0] + 0.5 * z[:, 2]) + v[:, 0] + effect
    b = strength * (z[:, 1] - 0.5 * z[:, 2]) + v[:, 1] + x
    y = a - b + x + effect + v.sum(axis=1) + rng.normal(size=n)
    frame = pd.DataFrame({"y": y, "a": a, "b": b, "x": x}, index=index)
    frame[["z1", "z2", "z3"]] = z
    frame["w"] = rng.uniform(0.5, 2, n)
    return CityPanel(frame[rng.random(n) < share])


def with_dummies(panel, model, weights=None, instruments=("z1", "z2", "z3"), **options):
    frame = panel.frame
    city = pd.get_dummies(frame.index.get_level_values("city"), dtype=float)
    year = pd.get_dummies(frame.index.get_level_values("year"), dtype=float, drop_first=True)
    exog = np.column_stack([frame["x"], city, year])
    exog = pd.DataFrame(exog, index=frame.index)
    w = None if weights is None else frame[weights]
    made = model(frame["y"], exog, frame[["a", "b"]], frame[list(instruments)], weights=w)
    result = made.fit(**options)
    order = ["a", 0, "b"]
    return result.params[order].to_numpy(), result.std_errors[order].to_numpy(), result


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize(("method", "theirs"), [(TwoStage(), IV2SLS), (Liml(), IVLIML)])
def test_equal_to_linearmodels_with_dummies(method, theirs, weights):
    panel = make_panel()
    spec = Spec("y", SPEC.covariates, SPEC.absorb, weights)
    cities = panel.frame.index.get_level_values("city").to_numpy()
    codes = pd.Series(pd.factorize(cities)[0], index=panel.frame.index)
    for vcov, options in (
        (Iid("none"), {"cov_type": "unadjusted"}),
        (Heteroskedastic("HC0"), {"cov_type": "robust"}),
        (Clustered("city", "none"), {"cov_type": "clustered", "clusters": codes}),
        (Iid("stata_areg"), {"cov_type": "unadjusted", "debiased": True}),
    ):
        b, se, _ = with_dummies(panel, theirs, weights, **options)
        ours = fit_iv(panel, spec, TWO, method, vcov)
        assert ours.terms == ("a", "x", "b")
        np.testing.assert_allclose(ours.coefficients, b, rtol=1e-9)
        np.testing.assert_allclose(ours.std_errors, se, rtol=1e-9)


def test_fuller_equals_linearmodels():
    panel = make_panel()
    frame = panel.frame
    exog = pd.DataFrame({"const": 1.0, "x": frame["x"]})
    result = IVLIML(frame["y"], exog, frame[["a", "b"]], frame[["z1", "z2", "z3"]], fuller=1).fit()
    ours = fit_iv(panel, Spec("y", ("x", "a", "b")), TWO, Liml(fuller=1), Iid("none"))
    np.testing.assert_allclose(ours.coefficients, result.params, rtol=1e-9)
    assert ours.stats["kappa"] == pytest.approx(result.kappa, rel=1e-12)


def test_just_identified_methods_agree():
    panel = make_panel()
    exact = Instrumented(("a", "b"), ("z1", "z2"))
    two, liml = fit_iv(panel, SPEC, exact), fit_iv(panel, SPEC, exact, Liml())
    np.testing.assert_allclose(two.coefficients, liml.coefficients, rtol=1e-8)
    assert liml.stats["kappa"] == pytest.approx(1, abs=1e-10)
    assert "hansen_j" not in two.stats


def test_two_step_gmm_equals_linearmodels_on_swept_columns():
    panel = make_panel()
    design = prepare(panel, Spec("y", ("a", "x", "b", "z1", "z2", "z3"), ("city", "year")))
    swept = within(design)
    table = pd.DataFrame(swept.x, columns=list(design.names))
    made = IVGMM(swept.y, table[["x"]], table[["a", "b"]], table[["z1", "z2", "z3"]])
    result = made.fit(cov_type="robust")
    ours = fit_iv(panel, SPEC, TWO, TwoStepGmm(), Heteroskedastic("HC0"))
    order = list(ours.terms)
    np.testing.assert_allclose(ours.coefficients, result.params[order], rtol=1e-8)
    np.testing.assert_allclose(ours.std_errors, result.std_errors[order], rtol=1e-8)
    plain = fit_iv(panel, SPEC, TWO, TwoStepGmm(), Iid())
    two = fit_iv(panel, SPEC, TWO, TwoStage(), Iid())
    np.testing.assert_allclose(plain.coefficients, two.coefficients)


def test_two_step_gmm_equals_linearmodels_without_effects():
    panel = make_panel()
    frame = panel.frame
    exog = pd.DataFrame({"const": 1.0, "x": frame["x"]})
    city = pd.Series(pd.factorize(frame.index.get_level_values("city"))[0], index=frame.index)
    columns = frame["y"], exog, frame[["a", "b"]], frame[["z1", "z2", "z3"]]
    spec = Spec("y", ("x", "a", "b"))
    for vcov, kind, options in (
        (Heteroskedastic("HC0"), "robust", {}),
        (Clustered("city", "none"), "clustered", {"clusters": city}),
    ):
        result = IVGMM(*columns, weight_type=kind, **options).fit(cov_type=kind, **options)
        ours = fit_iv(panel, spec, TWO, TwoStepGmm(), vcov)
        np.testing.assert_allclose(ours.coefficients, result.params, rtol=1e-8)
        np.testing.assert_allclose(ours.std_errors, result.std_errors, rtol=1e-8)
        assert ours.stats["hansen_j"] == pytest.approx(result.j_stat.stat, rel=1e-7)


def test_sargan_is_n_r_squared():
    panel = make_panel()
    _, _, result = with_dummies(panel, IV2SLS, cov_type="unadjusted")
    ours = fit_iv(panel, SPEC, TWO, TwoStage(), Iid())
    assert ours.stats["hansen_j"] == pytest.approx(result.sargan.stat, rel=1e-8)
    assert ours.stats["hansen_j_df"] == 1


def test_instruments_that_are_the_regressors_give_least_squares():
    panel = make_panel()
    twins = panel.with_variables({"a2": panel.frame["a"] * 3, "b2": panel.frame["b"]})
    # a2 and a are collinear, so the design must refuse, not divide by zero
    with pytest.raises(SpecError, match="collinear"):
        fit_iv(twins, SPEC, Instrumented(("a", "b"), ("a2", "b2")))


def test_effective_f_with_one_instrument_is_the_robust_t_squared():
    panel = make_panel()
    one = Instrumented(("a",), ("z1",))
    ours = fit_iv(panel, Spec("y", ("a", "x"), ("city", "year")), one)
    first = fit_fe(panel, Spec("a", ("z1", "x"), ("city", "year")), Clustered("city", "none"))
    reduced = fit_fe(panel, Spec("y", ("z1", "x"), ("city", "year")), Clustered("city", "none"))
    t_first = first.coefficient("z1") / first.std_error("z1")
    t_reduced = reduced.coefficient("z1") / reduced.std_error("z1")
    # the partialled regressions count one coefficient, so the factors differ a little
    bare = fit_iv(
        panel, Spec("y", ("a", "x"), ("city", "year")), one, vcov=Clustered("city", "none")
    )
    assert bare.stats["effective_f"] == pytest.approx(t_first**2, rel=1e-8)
    assert bare.stats["ar"] == pytest.approx(t_reduced**2, rel=1e-8)
    assert ours.stats["effective_f"] == pytest.approx(t_first**2, rel=0.1)


def test_weak_instruments_are_noted_with_the_effective_f():
    panel = make_panel(strength=0.03)
    estimate = fit_iv(panel, Spec("y", ("a", "x"), ("city",)), Instrumented(("a",), ("z1", "z3")))
    assert any(note.startswith("weak instruments: effective F") for note in estimate.notes)


def test_refusals():
    panel = make_panel()
    with pytest.raises(SpecError, match="1 instruments for 2 endogenous"):
        Instrumented(("a", "b"), ("z1",))
    with pytest.raises(SpecError, match="no endogenous covariate"):
        Instrumented((), ("z1",))
    with pytest.raises(SpecError, match="endogenous q not among the covariates"):
        fit_iv(panel, SPEC, Instrumented(("q",), ("z1",)))
    with pytest.raises(SpecError, match="instruments x among the covariates"):
        fit_iv(panel, SPEC, Instrumented(("a",), ("x",)))
    with pytest.raises(SpecError, match="fuller=-1"):
        Liml(-1)
    with pytest.raises(SpecError, match="a jackknife for an instrumental-variable fit"):
        fit_iv(panel, SPEC, TWO, vcov=Jackknife())
    with pytest.raises(SpecError, match="HC3 for an instrumental-variable fit"):
        fit_iv(panel, SPEC, TWO, vcov=Heteroskedastic("HC3"))


def test_instruments_that_do_not_identify():
    panel = make_panel()
    frame = panel.frame.copy()
    group = pd.factorize(frame.index.get_level_values("city"))[0] % 2 * 2.0 - 1
    # an instrument made orthogonal to everything swept: zero first stage
    frame["a"] = frame["x"] ** 2
    fit = fit_fe(
        CityPanel(frame.assign(group=group)), Spec("z1", ("x", "a"), ("city", "year")), Iid()
    )
    frame["z1"] = (
        frame["z1"] - fit.coefficient("a") * frame["a"] - fit.coefficient("x") * frame["x"]
    )
    with pytest.raises(SpecError, match="do not identify a"):
        fit_iv(
            CityPanel(frame),
            Spec("y", ("a", "x"), ("city", "year")),
            Instrumented(("a",), ("z1",)),
        )


@pytest.mark.slow
def test_least_squares_is_biased_and_iv_is_centred_with_honest_errors():
    """300 panels, coefficient 1 with errors that move the covariate upwards."""
    spec, one = Spec("y", ("a", "b", "x"), ("city", "year")), TWO
    plain, iv, hits = [], [], 0
    runs = 300
    for seed in range(runs):
        panel = make_panel(seed + 1, cities=60)
        plain.append(fit_fe(panel, spec).coefficient("a"))
        estimate = fit_iv(panel, spec, one)
        iv.append(estimate.coefficient("a"))
        low, high = estimate.tidy().loc[0, ["conf_low", "conf_high"]]
        hits += low <= 1 <= high
    assert np.mean(plain) > 1.2
    assert abs(np.mean(iv) - 1) < 0.01 + 3 * np.std(iv, ddof=1) / np.sqrt(runs)
    assert 0.91 < hits / runs < 0.985  # three binomial standard errors about 0.95


def test_several_endogenous_covariates_get_their_conditional_f():
    """Sanderson and Windmeijer: with one of two covariates unidentified both are low."""
    panel = make_panel()
    found = fit_iv(panel, SPEC, TWO).stats
    assert found["conditional_f[a]"] > 10
    assert found["conditional_f[b]"] > 10
    assert "effective_f" not in found
    weak = fit_iv(make_panel(strength=0.02), SPEC, TWO).stats
    assert max(weak["conditional_f[a]"], weak["conditional_f[b]"]) < 10


def test_the_warning_comes_with_several_endogenous_covariates_too():
    assert not any("weak" in note for note in fit_iv(make_panel(), SPEC, TWO).notes)
    found = fit_iv(make_panel(strength=0.02), SPEC, TWO)
    (note,) = [note for note in found.notes if "weak instruments" in note]
    for name in ("a", "b"):
        value = found.stats[f"conditional_f[{name}]"]
        assert (f"{name} {value:.2f}" in note) == (value < 10)
    assert f"Cragg-Donald F = {found.stats['cragg_donald']:.2f}" in note
    assert "iid errors" in note
    plain = fit_iv(make_panel(strength=0.02), SPEC, TWO, vcov=Iid())
    assert not any("iid errors" in note for note in plain.notes)
