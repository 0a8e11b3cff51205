"""Kernel, spatial, jackknife and panel-corrected covariances against their definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import SpecError
from econshrink.inference.conley import EARTH_RADIUS_KM, Bartlett, Conley, Uniform, haversine
from econshrink.inference.jackknife import Jackknife, leave_one_out
from econshrink.inference.kernel import DriscollKraay, NeweyWest
from econshrink.inference.pcse import BeckKatz
from econshrink.inference.small_sample import RULES
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.prepare import prepare
from econshrink.panel.differences import fit_fd
from econshrink.panel.explain import explain_std_errors
from econshrink.panel.fixed_effects import fit_fe, linear_fit, within
from econshrink.panel.pooled import fit_pooled

SPEC = Spec("y", ("a", "b"), ("city", "year"))


def make_panel(seed=0, cities=15, years=8, share=0.8, drop_year=None) -> CityPanel:
    rng = np.random.default_rng(seed)
    codes = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)], names=["city", "year"])
    frame = pd.DataFrame(rng.normal(size=(len(index), 3)), index=index, columns=["y", "a", "b"])
    frame["weight"] = rng.uniform(0.5, 2, size=len(index))
    keep = rng.random(len(index)) < share
    if drop_year:
        keep &= index.get_level_values("year") != drop_year
    attributes = pd.DataFrame(
        {
            "province": [str(i % 5) for i in range(cities)],
            "latitude": 30 + rng.uniform(0, 8, cities),
            "longitude": 110 + rng.uniform(0, 8, cities),
        },
        index=codes,
    )
    return CityPanel(frame[keep], attributes=attributes)


def arrays(panel, spec=SPEC):
    design = prepare(panel, spec)
    return design, linear_fit(design, within(design))


@pytest.mark.parametrize("kernel", ["bartlett", "uniform"])
@pytest.mark.parametrize("own", [False, True])
def test_conley_is_the_direct_double_sum(kernel, own):
    panel = make_panel(drop_year=2003)
    design, fit = arrays(panel)
    places = panel.attributes.loc[list(design.cities)].to_numpy()[:, 1:].astype(float)
    lat, lon = np.radians(places[design.city]).T
    middle, scores = np.zeros((2, 2)), fit.scores
    for i in range(fit.nobs):
        for j in range(fit.nobs):
            cosine = np.sin(lat[i]) * np.sin(lat[j]) + np.cos(lat[i]) * np.cos(lat[j]) * np.cos(
                lon[i] - lon[j]
            )
            same = design.city[i] == design.city[j]
            distance = 0.0 if same else EARTH_RADIUS_KM * np.arccos(cosine)
            near = max(1 - distance / 300, 0) if kernel == "bartlett" else float(distance <= 300)
            gap = abs(design.year[i] - design.year[j])
            if own and gap > 0 and not same:
                near = 0.0
            middle += near * max(1 - gap / 3, 0) * np.outer(scores[i], scores[j])
    wanted = fit.bread @ middle @ fit.bread
    shape = Bartlett() if kernel == "bartlett" else Uniform()
    estimate = fit_fe(panel, SPEC, Conley(300, lags=2, kernel=shape, own_lags_only=own))
    assert not any("semi-definite" in note for note in estimate.notes)
    np.testing.assert_allclose(estimate.covariance, wanted, rtol=1e-7)


def test_conley_ends_at_heteroskedastic_and_at_city_clusters():
    panel = make_panel()
    tiny = fit_fe(panel, SPEC, Conley(1e-6)).covariance
    np.testing.assert_allclose(tiny, fit_fe(panel, SPEC, Heteroskedastic("HC0")).covariance)
    years = fit_fe(panel, SPEC, Conley(1e-6, lags=3)).covariance
    np.testing.assert_allclose(years, fit_fe(panel, SPEC, NeweyWest(3, "none")).covariance)
    whole = fit_fe(panel, SPEC, Conley(1e6, kernel=Uniform(), lags=2)).covariance
    np.testing.assert_allclose(
        whole, fit_fe(panel, SPEC, DriscollKraay(2, "none")).covariance, atol=1e-15
    )


def chain(signs) -> CityPanel:
    """Cities on the equator 100 km apart, residuals of alternating sign."""
    n = len(signs)
    codes = [f"{i:06d}" for i in range(n)]
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"y": signs, "a": np.linspace(1, 2, n), "b": rng.normal(size=n)},
        index=pd.MultiIndex.from_arrays([codes, [2020] * n], names=["city", "year"]),
    )
    places = pd.DataFrame({"latitude": 0.0, "longitude": np.arange(n) * 100 / 111.195}, codes)
    return CityPanel(frame, attributes=places)


def test_conley_that_is_not_positive_is_repaired_and_says_so():
    panel = chain(np.where(np.arange(40) % 2, 1.0, -1.0))
    uniform = Conley(150, kernel=Uniform())
    spec = Spec("y", ("a", "b"))
    estimate = fit_pooled(panel, spec, uniform)
    assert any("not positive semi-definite" in note for note in estimate.notes)
    assert np.linalg.eigvalsh(estimate.covariance).min() > -1e-16
    with pytest.raises(SpecError, match="variances are all negative"):
        fit_pooled(panel, Spec("y", ("a",)), uniform)


def test_conley_coordinates_are_checked():
    panel = make_panel()
    with pytest.raises(SpecError, match="no variable or city attribute 'lat'"):
        fit_fe(panel, SPEC, Conley(100, latitude="lat"))
    swapped = CityPanel(panel.frame, attributes=panel.attributes.assign(latitude=120.0))
    with pytest.raises(SpecError, match="coordinates out of range"):
        fit_fe(swapped, SPEC, Conley(100))
    holed = panel.attributes.copy()
    holed.loc["000003", "longitude"] = np.nan
    with pytest.raises(SpecError, match="'longitude' missing"):
        fit_fe(CityPanel(panel.frame, attributes=holed), SPEC, Conley(100))
    with pytest.raises(SpecError, match=r"(?s)cutoff_km=0.*lags=-1"):
        Conley(0, lags=-1)
    with pytest.raises(SpecError, match="kernel='round'"):
        Conley(10, kernel="round")


def test_haversine_of_known_places():
    # Beijing to Shanghai, about 1,067 km
    distance = haversine(np.array([39.9042, 31.2304]), np.array([116.4074, 121.4737]))[0, 1]
    assert distance == pytest.approx(1067, abs=2)


def test_newey_west_is_the_direct_double_sum():
    panel = make_panel(drop_year=2004)
    design, fit = arrays(panel)
    gap = np.abs(design.year[:, None] - design.year)
    weight = np.clip(1 - gap / 3, 0, None) * (design.city[:, None] == design.city)
    wanted = fit.bread @ fit.scores.T @ weight @ fit.scores @ fit.bread
    estimate = fit_fe(panel, SPEC, NeweyWest(2, "none"))
    np.testing.assert_allclose(estimate.covariance, wanted, rtol=1e-10)


def test_driscoll_kraay_counts_calendar_years():
    panel = make_panel(drop_year=2004)
    design, fit = arrays(panel)
    gap = np.abs(design.year[:, None] - design.year)
    wanted = fit.bread @ fit.scores.T @ np.clip(1 - gap / 3, 0, None) @ fit.scores @ fit.bread
    estimate = fit_fe(panel, SPEC, DriscollKraay(2, "none"))
    np.testing.assert_allclose(estimate.covariance, wanted, rtol=1e-9)
    assert estimate.df_t == len(np.unique(design.year)) - 1


def test_lags_are_checked():
    with pytest.raises(SpecError, match="lags=-1"):
        DriscollKraay(-1)
    with pytest.raises(SpecError, match="8 lags and 8 years"):
        fit_fe(make_panel(), SPEC, NeweyWest(8))


@pytest.mark.parametrize(
    ("by", "weights"),
    [("city", "weight"), ("province", None), ("year", "weight"), ("province^year", None)],
)
def test_jackknife_is_a_literal_refit(by, weights):
    panel = make_panel(seed=6, cities=12, years=6, share=0.95)
    spec = Spec("y", ("a", "b"), ("city", "year"), weights=weights)
    design, fit = arrays(panel, spec)
    parts = [panel.attribute(part).astype(str).to_numpy() for part in by.split("^")]
    label = np.array(["|".join(p) for p in zip(*parts, strict=True)])[design.rows]
    groups = np.unique(label, return_inverse=True)[1]
    left = leave_one_out(fit, groups)
    for g in range(len(left)):
        rest = CityPanel(panel.frame.iloc[design.rows[groups != g]], attributes=panel.attributes)
        refit = fit_fe(rest, spec, Iid(), keep_singletons=True)
        np.testing.assert_allclose(left[g], refit.coefficients, rtol=1e-8)
    estimate = fit_fe(panel, spec, Jackknife(by))
    spread = left - fit.coefficients
    wanted = (len(left) - 1) / len(left) * spread.T @ spread
    np.testing.assert_allclose(estimate.covariance, wanted, rtol=1e-9)


def test_jackknife_names_the_trouble():
    panel = make_panel()
    frame = panel.frame.copy()
    frame["a"] = np.where(frame.index.get_level_values("city") == "000001", frame["a"], 0.0)
    with pytest.raises(SpecError, match="1 clusters without which"):
        fit_fe(CityPanel(frame, attributes=panel.attributes), SPEC, Jackknife())


def test_panel_corrected_is_the_direct_sum_in_a_balanced_panel():
    panel = make_panel(share=1.1)
    _, fit = arrays(panel)
    x, u = fit.x.reshape(15, 8, 2), fit.residuals.reshape(15, 8)
    middle = np.einsum("itk,ij,jtl->kl", x, u @ u.T / 8, x)
    estimate = fit_fe(panel, SPEC, BeckKatz("year"))
    np.testing.assert_allclose(estimate.covariance, fit.bread @ middle @ fit.bread, rtol=1e-10)


@pytest.mark.parametrize("effects", [("city",), ("city", "year"), ("city", "province^year")])
@pytest.mark.parametrize("by", ["city", "province", "year", None])
def test_explanation_equals_the_fits_it_speaks_of(effects, by):
    panel = make_panel(cities=40, share=0.9)
    spec = Spec("y", ("a", "b"), effects)

    def option(rule):
        return Clustered(by, rule) if by else Heteroskedastic("HC1", rule)

    table = explain_std_errors(fit_fe(panel, spec, option("fixest"))).set_index("rule")
    shown = 0
    for rule in RULES:
        if rule not in table.index:
            continue
        actual = fit_fe(panel, spec, option(rule))
        found = table.loc[rule, ["se(a)", "se(b)"]].astype(float)
        np.testing.assert_allclose(found, actual.std_errors, rtol=1e-12)
        shown += 1
    assert shown >= len(RULES) - 1  # xtreg does not apply to clusters by year
    assert table["used"].sum() == 1
    assert table.loc["fixest", "ratio"] == pytest.approx(1, rel=1e-14)


def test_explanation_of_differences_knows_no_xtreg():
    spec = Spec("y", ("a", "b"), ("city", "year"))
    estimate = fit_fd(make_panel(cities=40), spec)
    table = explain_std_errors(estimate).set_index("rule")
    assert "stata_xtreg" not in table.index
    areg = fit_fd(make_panel(cities=40), spec, Clustered("city", "stata_areg"))
    assert table.loc["stata_areg", "se(a)"] == pytest.approx(areg.std_error("a"), rel=1e-12)


@pytest.mark.parametrize("effects", [("city",), ("city", "year"), ("city", "province^year")])
@pytest.mark.parametrize("by", [("city", "year"), ("province", "year"), ("city", "province^year")])
@pytest.mark.parametrize("start", ["fixest", "fixest_conventional"])
def test_explanation_of_several_clusterings_equals_the_fits(effects, by, start):
    panel, spec = make_panel(cities=40, share=0.9), Spec("y", ("a", "b"), effects)
    table = explain_std_errors(fit_fe(panel, spec, Clustered(by, start))).set_index("rule")
    assert {"linearmodels", "fixest_conventional", "fixest", "none"} <= set(table.index)
    for rule in table.index:
        actual = fit_fe(panel, spec, Clustered(by, rule))
        found = table.loc[rule, ["se(a)", "se(b)"]].astype(float)
        np.testing.assert_allclose(found, actual.std_errors, rtol=1e-12, err_msg=rule)


@pytest.mark.parametrize("option", [DriscollKraay, NeweyWest])
def test_explanation_of_kernels_equals_the_fits(option):
    panel, spec = make_panel(cities=40, share=0.9), Spec("y", ("a", "b"), ("city", "year"))
    table = explain_std_errors(fit_fe(panel, spec, option(2, "none"))).set_index("rule")
    assert table.loc["none", "used"]
    for rule in table.index:
        actual = fit_fe(panel, spec, option(2, rule))
        found = table.loc[rule, ["se(a)", "se(b)"]].astype(float)
        np.testing.assert_allclose(found, actual.std_errors, rtol=1e-12, err_msg=rule)


def test_explanation_of_the_jackknife_and_what_has_no_rules():
    table = explain_std_errors(fit_fe(make_panel(), SPEC, Jackknife("city"))).set_index("rule")
    groups, size, parameters = 15, len(make_panel().frame), 2 + 8  # covariates and years
    wanted = (groups / (groups - 1)) ** 2 * (size - 1) / (size - parameters)
    assert table.loc["fixest", "ratio"] ** 2 == pytest.approx(wanted, rel=1e-12)
    with pytest.raises(SpecError, match="HC0, HC1, clustered"):
        explain_std_errors(fit_fe(make_panel(), SPEC, Heteroskedastic("HC3")))


def test_fewer_clusters_than_coefficients_is_told():
    panel = make_panel(cities=40)
    spec = Spec("y", ("a", "b"), ("city", "year"))
    two = CityPanel(panel.frame, attributes=panel.attributes.assign(half=_halves(panel)))
    estimate = fit_fe(two, spec, Clustered("half"))
    assert any("2 clusters for 2 coefficients" in note for note in estimate.notes)
    assert np.linalg.matrix_rank(estimate.covariance, tol=1e-12) == 1


def _halves(panel):
    return [("a", "b")[i % 2] for i in range(len(panel.attributes))]


def test_pooled_cross_section_with_province_clusters():
    panel = make_panel(cities=40, share=1.1).select(years=[2001])
    estimate = fit_pooled(panel, Spec("y", ("a", "b")), Clustered("province", "stata_areg"))
    x = np.column_stack([np.ones(40), panel.frame[["a", "b"]]])
    b = np.linalg.lstsq(x, panel.frame["y"], rcond=None)[0]
    u = panel.frame["y"].to_numpy() - x @ b
    group = np.arange(40) % 5
    sums = np.array([(x * u[:, None])[group == g].sum(axis=0) for g in range(5)])
    bread = np.linalg.inv(x.T @ x)
    wanted = 5 / 4 * 39 / 37 * bread @ sums.T @ sums @ bread
    np.testing.assert_allclose(estimate.coefficients, b, rtol=1e-10)
    np.testing.assert_allclose(estimate.covariance, wanted, rtol=1e-9)
    assert estimate.df_t == 4
