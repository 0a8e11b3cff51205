"""Fixed effects by sweeping out against dummies written out, and the covariance options."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import SpecError
from econshrink.inference import absorption
from econshrink.inference.absorption import absorber, leverages, sweep
from econshrink.inference.vcov import Clustered, Heteroskedastic, Iid
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.nouns.storage import from_json, to_json
from econshrink.panel.fixed_effects import fit_fe


def make_panel(seed=0, cities=14, years=9, share=0.75, synthetic=False) -> CityPanel:
    rng = np.random.default_rng(seed)
    codes = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([codes, range(2000, 2000 + years)], names=["city", "year"])
    frame = pd.DataFrame(rng.normal(size=(len(index), 3)), index=index, columns=["y", "a", "b"])
    frame["weight"] = rng.uniform(0.5, 2, size=len(index))
    frame = frame[rng.random(len(index)) < share]
    attributes = pd.DataFrame({"province": [str(i % 4) for i in range(cities)]}, index=codes)
    return CityPanel(frame, attributes=attributes, source="test", synthetic=synthetic)


def dummies(codes):
    return (codes[:, None] == np.unique(codes)).astype(float)


def by_dummies(panel, effects, weights=None):
    """Coefficients of a and b, residuals and rank with every dummy written out."""
    columns = []
    for effect in effects:
        parts = [panel.attribute(p).astype(str).to_numpy() for p in effect.split("^")]
        label = np.array(["|".join(p) for p in zip(*parts, strict=True)])
        columns.append(dummies(label))
    x = panel.frame[["a", "b"]].to_numpy()
    full = np.column_stack([x, *columns])
    root = np.sqrt(np.ones(len(x)) if weights is None else panel.frame[weights].to_numpy())
    solution, *_ = np.linalg.lstsq(full * root[:, None], panel.frame["y"] * root, rcond=None)
    rank = np.linalg.matrix_rank(np.column_stack(columns))
    return solution[:2], panel.frame["y"].to_numpy() - full @ solution, rank, full * root[:, None]


@pytest.mark.parametrize(
    "effects",
    [("city",), ("city", "year"), ("city", "province^year"), ("city", "year", "province")],
)
@pytest.mark.parametrize("weights", [None, "weight"])
def test_equal_to_least_squares_with_dummies(effects, weights):
    panel = make_panel()
    spec = Spec("y", ("a", "b"), effects, weights=weights)
    estimate = fit_fe(panel, spec, Iid("stata_areg"), keep_singletons=True)
    b, u, rank, _ = by_dummies(panel, effects, weights)
    np.testing.assert_allclose(estimate.coefficients, b, rtol=1e-10)
    assert estimate.stats["effects_rank"] == rank
    w = 1.0 if weights is None else panel.frame[weights].to_numpy()
    assert estimate.stats["rss"] == pytest.approx((w * u**2).sum(), rel=1e-10)
    df = len(u) - 2 - rank
    assert estimate.stats["rmse"] == pytest.approx(np.sqrt((w * u**2).sum() / df), rel=1e-10)
    assert estimate.df_t == df


def test_iterations_and_factor_agree(monkeypatch):
    rng = np.random.default_rng(4)
    effects = [rng.integers(0, size, 4000) for size in (60, 50, 40)]
    effects = [np.unique(e, return_inverse=True)[1] for e in effects]
    values = rng.normal(size=(4000, 3)) * [1.0, 1e6, 1e-6]
    exact = sweep(absorber(effects), values)
    rank = absorber(effects[:2]).rank
    monkeypatch.setattr(absorption, "DENSE_LEVELS", 10)
    assert absorber(effects[:2]).rank == rank
    assert not absorber(effects).rank_exact
    np.testing.assert_allclose(
        sweep(absorber(effects), values) / [1, 1e6, 1e-6], exact / [1, 1e6, 1e-6], atol=1e-11
    )


def test_leverages_of_the_dummies():
    panel = make_panel()
    city = np.unique(panel.frame.index.get_level_values("city"), return_inverse=True)[1]
    year = np.unique(panel.frame.index.get_level_values("year"), return_inverse=True)[1]
    weight = panel.frame["weight"].to_numpy()
    full = np.column_stack([dummies(city), dummies(year)]) * np.sqrt(weight)[:, None]
    hat = np.diag(full @ np.linalg.pinv(full))
    np.testing.assert_allclose(leverages(absorber([city, year], weight), 17), hat, rtol=1e-9)


@pytest.mark.parametrize(("kind", "power"), [("HC2", 1), ("HC3", 2)])
def test_hc2_and_hc3_count_the_dummies_in_the_leverage(kind, power):
    panel = make_panel(share=1.0)
    estimate = fit_fe(panel, Spec("y", ("a", "b"), ("city", "year")), Heteroskedastic(kind))
    _, u, _, full = by_dummies(panel, ("city", "year"))
    inverse = np.linalg.pinv(full.T @ full)
    hat = np.einsum("ij,jk,ik->i", full, inverse, full)
    middle = (full * (u**2 / (1 - hat) ** power)[:, None]).T @ full
    wanted = (inverse @ middle @ inverse)[:2, :2]
    np.testing.assert_allclose(estimate.covariance, wanted, rtol=1e-8)


def test_perfectly_fitted_row_is_refused_by_hc3():
    panel = make_panel()
    thin = CityPanel(
        pd.concat(
            [
                panel.frame,
                pd.DataFrame(
                    {"y": 1.0, "a": 2.0, "b": 3.0, "weight": 1.0},
                    index=pd.MultiIndex.from_tuples([("000099", 2003)], names=["city", "year"]),
                ),
            ]
        )
    )
    with pytest.raises(SpecError, match="1 rows with leverage 1"):
        fit_fe(thin, Spec("y", ("a",), ("city",)), Heteroskedastic("HC3"), keep_singletons=True)


def test_multiway_clusters_by_inclusion_and_exclusion():
    panel = make_panel(seed=5, cities=30, years=12)
    spec = Spec("y", ("a", "b"), ("city", "year"))

    def matrix(*by):
        return fit_fe(panel, spec, Clustered(by, "none")).covariance

    three = matrix("city", "year", "province")
    wanted = (
        matrix("city")
        + matrix("year")
        + matrix("province")
        - matrix("city^year")
        - matrix("city")
        - matrix("province^year")
        + matrix("city^year")
    )  # city lies in province: the pair is the city
    np.testing.assert_allclose(three, wanted, rtol=1e-9, atol=1e-16)


def test_fewer_than_two_clusters_and_unknown_names():
    panel = make_panel()
    spec = Spec("y", ("a",), ("city",))
    attributes = panel.attributes.assign(country="CN")
    one = CityPanel(panel.frame, attributes=attributes)
    with pytest.raises(SpecError, match="1 cluster by country"):
        fit_fe(one, spec, Clustered("country"))
    with pytest.raises(SpecError, match="'region'"):
        fit_fe(panel, spec, Clustered("region"))
    with pytest.raises(SpecError, match="small-sample rule 'stata'"):
        Clustered("city", "stata")
    with pytest.raises(SpecError, match="one clustering"):
        Clustered(("city", "year"), "stata_areg")
    with pytest.raises(SpecError, match="distinct names"):
        Clustered(("city", "city"))
    with pytest.raises(SpecError, match="kind 'HC9'"):
        Heteroskedastic("HC9")


def test_xtreg_rule_needs_cities_nested_in_the_clusters():
    panel = make_panel()
    spec = Spec("y", ("a",), ("city", "year"))
    with pytest.raises(SpecError, match="not nested in the clusters"):
        fit_fe(panel, spec, Clustered("year", "stata_xtreg"))
    with pytest.raises(SpecError, match="city effects, the panels of xtreg"):
        fit_fe(panel, Spec("y", ("a",), ("year",)), Clustered("city", "stata_xtreg"))
    nested = fit_fe(panel, spec, Clustered("province", "stata_xtreg"))
    years = panel.frame.index.get_level_values("year").nunique()
    assert nested.stats["vcov_parameters"] == 1 + years  # a, constant, the other years


def test_estimate_carries_what_a_reader_needs():
    panel = make_panel(synthetic=True)
    frame = panel.frame.copy()
    frame.iloc[3, 0] = np.nan
    estimate = fit_fe(
        CityPanel(frame, attributes=panel.attributes, source="test", synthetic=True),
        Spec("y", ("a",), ("city", "year")),
    )
    assert estimate.synthetic
    assert estimate.method == "two-way fixed effects"
    assert estimate.vcov_label == "clustered by city"
    assert estimate.small_sample == "fixest"
    assert estimate.df_t == estimate.clusters["city"] - 1
    assert estimate.stats["rows_missing"] == 1
    assert any("1 of" in note and "(y 1)" in note for note in estimate.notes)
    assert len(estimate.provenance["data_digest"]) == 64
    again = from_json(to_json(estimate))
    np.testing.assert_array_equal(again.covariance, estimate.covariance)


def test_no_effects_is_an_error():
    with pytest.raises(SpecError, match="fit_pooled"):
        fit_fe(make_panel(), Spec("y", ("a",)))
