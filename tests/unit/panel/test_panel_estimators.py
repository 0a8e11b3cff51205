"""Random effects, between, differences, Mundlak and Hausman: identities and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import BetweenOLS, FirstDifferenceOLS, RandomEffects

from econshrink.core.errors import DataError, SpecError
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.between import fit_between
from econshrink.panel.differences import fit_fd, pairs
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.mundlak import fit_cre
from econshrink.panel.random_effects import Amemiya, SwamyArora, fit_re
from econshrink.panel.specification_test import hausman

PLAIN = Spec("y", ("a", "b"))


def make_panel(seed=0, cities=25, years=7, share=0.75, link=0.0) -> CityPanel:
    rng = np.random.default_rng(seed)
    codes = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)], names=["city", "year"])
    effect = np.repeat(rng.normal(size=cities), years)
    frame = pd.DataFrame(rng.normal(size=(len(index), 2)), index=index, columns=["a", "b"])
    frame["a"] += effect * link
    frame["y"] = 1 + frame["a"] - 0.5 * frame["b"] + effect + rng.normal(size=len(index))
    frame["level"] = np.repeat(rng.normal(size=cities), years)
    attributes = pd.DataFrame({"province": [str(i % 5) for i in range(cities)]}, index=codes)
    return CityPanel(frame[rng.random(len(index)) < share], attributes=attributes)


def theirs(model, panel, intercept=True, **options):
    x = panel.frame[["a", "b"]]
    x = x.assign(const=1.0)[["const", "a", "b"]] if intercept else x
    return model(panel.frame["y"], x).fit(**options)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.7, 1.1])
def test_random_effects_equal_linearmodels(seed, share):
    panel = make_panel(seed, share=share)
    for components, small in ((SwamyArora(), True), (SwamyArora(harmonic=True), False)):
        result = theirs(RandomEffects, panel, small_sample=small)
        ours = fit_re(panel, PLAIN, Iid(), components)
        np.testing.assert_allclose(ours.coefficients, result.params, rtol=1e-9)
        np.testing.assert_allclose(ours.std_errors, result.std_errors, rtol=1e-9)
        decomposition = result.variance_decomposition
        assert ours.stats["sigma2_city"] == pytest.approx(decomposition["Effects"], rel=1e-9)
        assert ours.stats["sigma2_idiosyncratic"] == pytest.approx(
            decomposition["Residual"], rel=1e-9
        )
        clustered = theirs(
            RandomEffects, panel, small_sample=small, cov_type="clustered", cluster_entity=True
        )
        mine = fit_re(panel, PLAIN, Clustered("city", "linearmodels"), components)
        np.testing.assert_allclose(mine.std_errors, clustered.std_errors, rtol=1e-9)


@pytest.mark.parametrize("share", [0.7, 1.1])
def test_between_equals_linearmodels(share):
    panel = make_panel(3, share=share)
    for ours, name in ((Iid(), "unadjusted"), (Heteroskedastic("HC1"), "robust")):
        result = theirs(BetweenOLS, panel, cov_type=name)
        mine = fit_between(panel, PLAIN, ours)
        np.testing.assert_allclose(mine.coefficients, result.params, rtol=1e-9)
        np.testing.assert_allclose(mine.std_errors, result.std_errors, rtol=1e-9)


@pytest.mark.parametrize("share", [0.7, 1.1])
def test_first_differences_equal_linearmodels(share):
    panel = make_panel(3, share=share)
    for ours, options in (
        (Iid(), {}),
        (Clustered("city", "linearmodels"), {"cov_type": "clustered", "cluster_entity": True}),
    ):
        result = theirs(FirstDifferenceOLS, panel, intercept=False, **options)
        mine = fit_fd(panel, PLAIN, ours, constant=False)
        assert mine.nobs == result.nobs
        np.testing.assert_allclose(mine.coefficients, result.params, rtol=1e-9)
        np.testing.assert_allclose(mine.std_errors, result.std_errors, rtol=1e-9)


def test_differences_of_two_years_equal_fixed_effects():
    panel = make_panel(5, years=2, share=1.1)
    spec = Spec("y", ("a", "b"), ("city", "year"))
    changes, levels = fit_fd(panel, spec), fit_fe(panel, spec)
    assert changes.terms == levels.terms
    np.testing.assert_allclose(changes.coefficients, levels.coefficients, rtol=1e-10)


def test_differences_absorb_the_year_and_count_what_they_lose():
    panel = make_panel(6)
    estimate = fit_fd(panel, Spec("y", ("a", "b"), ("city", "province^year")), years=2)
    table = panel.frame[["y", "a", "b"]]
    earlier = table.copy()
    earlier.index = earlier.index.set_levels(earlier.index.levels[1] + 2, level="year")
    change = (table - earlier).dropna()
    province = panel.attributes.loc[change.index.get_level_values("city"), "province"].to_numpy()
    cell = (
        pd.Series(province, index=change.index)
        + "|"
        + change.index.get_level_values("year").astype(str)
    )
    wide = pd.get_dummies(cell).to_numpy(float)
    alone = (wide[:, wide.sum(axis=0) == 1]).any(axis=1)
    full = np.column_stack([change[["a", "b"]], wide])
    wanted = np.linalg.lstsq(full, change["y"], rcond=None)[0][:2]
    np.testing.assert_allclose(estimate.coefficients, wanted, rtol=1e-9)
    assert estimate.stats["rows_unpaired"] == len(table) - len(change)
    assert estimate.stats["rows_singleton"] == alone.sum()
    assert estimate.nobs == len(change) - alone.sum()


def test_pairs_are_calendar_years_within_a_city():
    city = np.array([0, 0, 0, 1, 1])
    year = np.array([2000, 2001, 2003, 2001, 2003])
    later, earlier = pairs(city, year, 2)
    assert later.tolist() == [2, 4]
    assert earlier.tolist() == [1, 3]


def test_differences_refuse():
    panel = make_panel()
    with pytest.raises(SpecError, match="years=0"):
        fit_fd(panel, PLAIN, years=0)
    with pytest.raises(DataError, match="two years that are 30 apart"):
        fit_fd(panel, PLAIN, years=30)
    with pytest.raises(SpecError, match="'level' zero in all"):
        fit_fd(panel, Spec("y", ("a", "level")))


@pytest.mark.parametrize("share", [0.7, 1.1])
def test_mundlak_slopes_are_the_within_slopes(share):
    panel = make_panel(7, share=share, link=1.0)
    mundlak = fit_cre(panel, Spec("y", ("a", "b", "level")))
    fixed = fit_fe(panel, Spec("y", ("a", "b"), ("city",)), keep_singletons=True)
    assert mundlak.terms == ("Intercept", "a", "b", "level", "mean(a)", "mean(b)")
    np.testing.assert_allclose(mundlak.coefficients[1:3], fixed.coefficients, rtol=1e-9)


def test_year_dummies_in_mundlak_and_hausman():
    panel = make_panel(8, share=1.1, link=1.0)
    spec = Spec("y", ("a", "b", "C(year)"))
    mundlak = fit_cre(panel, spec)
    assert any("means alike in all cities left out" in note for note in mundlak.notes)
    fixed = fit_fe(panel, Spec("y", ("a", "b"), ("city", "year")))
    np.testing.assert_allclose(mundlak.coefficients[1:3], fixed.coefficients, rtol=1e-9)
    assert hausman(panel, spec, Clustered()).df == 2
    assert hausman(make_panel(8, share=1.1), spec).df == 2
    with pytest.raises(SpecError, match="Use a robust form"):
        hausman(panel, spec)


def test_hausman_tells_correlated_effects():
    alike = hausman(make_panel(9, cities=80, share=0.9), PLAIN, Clustered())
    linked = hausman(make_panel(9, cities=80, share=0.9, link=2.0), PLAIN, Clustered())
    assert alike.p_value > 0.01
    assert linked.p_value < 1e-6


def test_negative_city_variance_is_zero_and_told():
    rng = np.random.default_rng(1)
    panel = make_panel(10, share=1.1)
    frame = panel.frame.copy()
    noise = rng.normal(size=len(frame)).reshape(25, 7)
    noise -= noise.mean(axis=1, keepdims=True)
    frame["y"] = frame["a"] + noise.ravel()
    estimate = fit_re(CityPanel(frame), PLAIN)
    assert estimate.stats["sigma2_city"] == 0
    assert any("set to zero" in note for note in estimate.notes)


def test_what_they_refuse():
    panel = make_panel()
    effects = Spec("y", ("a",), ("city",))
    for fit in (fit_re, fit_between, fit_cre):
        with pytest.raises(SpecError, match="effects city to absorb"):
            fit(panel, effects)
    with pytest.raises(SpecError, match="a balanced panel"):
        fit_re(panel, PLAIN, components=Amemiya())
    with pytest.raises(SpecError, match=r"'amemiya'; expected SwamyArora\(\)"):
        fit_re(panel, PLAIN, components="amemiya")
    with pytest.raises(SpecError, match="clusters by year of city means"):
        fit_between(panel, PLAIN, Clustered("year"))
    with pytest.raises(SpecError, match="no covariate that varies within cities"):
        fit_re(panel, Spec("y", ("level",)))
