"""Resampled fixed effects against literal refits of resampled rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.bootstrap import block_weights, solve_resamples
from econshrink.inference.gram.grams import block_sums, cluster_grams
from econshrink.inference.gram.wild import Rademacher, Webb, wild_draws, wild_parts
from econshrink.inference.jackknife import Jackknife
from econshrink.inference.resampling import BayesianBootstrap, PairsCluster, Resampling
from econshrink.inference.vcov import Clustered
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.resampling.engine import bootstrap_fe, resampler
from econshrink.panel.resampling.leave_out import leave_out_fe
from econshrink.panel.resampling.wild_and_placebo import placebo_fe, wild_bootstrap_fe

TERMS = ("a", "b", "c")


def make_panel(seed=0, cities=30, years=6, provinces=6, keep=0.85):
    rng = np.random.default_rng(seed)
    names = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([names, range(2000, 2000 + years)], names=["city", "year"])
    level = np.repeat(rng.normal(size=(cities, 1)), years, axis=0)
    x = rng.normal(size=(len(index), 3)) + level
    x[:, 1] = 1e4 * x[:, 1] + 5e5  # units of unlike size
    y = x @ [1.0, -1e-4, 0.0] + level[:, 0] + rng.normal(size=len(index)) * (1 + np.abs(x[:, 0]))
    frame = pd.DataFrame(np.column_stack([y, x]), index=index, columns=["y", *TERMS])
    frame["w"] = rng.uniform(0.5, 2.0, len(index))
    kept = rng.random(len(index)) < keep
    kept[: 3 * years] = True
    attributes = pd.DataFrame(
        {"province": [f"p{i % provinces}" for i in range(cities)]},
        index=pd.Index(names, name="city"),
    )
    return CityPanel(frame[kept], attributes=attributes)


def literal(panel, spec, copies):
    """Refit with the cities repeated by hand, every copy a city of its own."""
    parts = []
    for city, count in copies.items():
        for _ in range(int(count)):
            part = panel.frame.loc[[city]].reset_index()
            part["city"] = f"{len(parts):06d}"
            parts.append(part)
    return fit_fe(CityPanel.from_long(pd.concat(parts)), spec).coefficients


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("effects", [("city",), ("city", "year"), ("year",)])
def test_draws_equal_refits_of_resampled_rows(effects, weights):
    panel, spec = make_panel(), Spec("y", TERMS, effects, weights)
    engine = resampler(panel, spec)
    ones = solve_resamples(engine.grams, block_sums(engine.grams, np.ones((1, 30))))
    full = fit_fe(panel, spec).coefficients
    np.testing.assert_allclose(engine.coefficients(ones.coefficients)[0], full, rtol=1e-12)
    boot = bootstrap_fe(panel, spec, resampling=Resampling(5, rng=3))
    counts = block_weights(PairsCluster(), "bootstrap_fe.PairsCluster.city", 3, 30, 0)
    for draw in range(5):
        refit = literal(panel, spec, dict(zip(engine.units, counts[draw], strict=True)))
        np.testing.assert_allclose(boot.draws.values[draw], refit, rtol=1e-11)


def test_the_full_sample_is_recovered_from_another_outcome():
    # weights of one give zero change; a Gram of the outcome itself must give the estimate
    panel, spec = make_panel(1), Spec("y", TERMS, ("city", "year"))
    engine = resampler(panel, spec)
    scale = np.sqrt((engine.fit.x**2).sum(axis=0))
    columns = engine.fit.x / scale, engine.fit.y[:, None]
    grams = cluster_grams(engine.fit.effects, *columns, engine.groups)
    found = solve_resamples(grams, block_sums(grams, np.ones((1, 30)))).coefficients[0]
    np.testing.assert_allclose(found / scale, fit_fe(panel, spec).coefficients, rtol=1e-12)


def test_dirichlet_draws_equal_weighted_refits():
    panel, spec = make_panel(2), Spec("y", TERMS, ("city", "year"))
    boot = bootstrap_fe(panel, spec, resampling=Resampling(3, scheme=BayesianBootstrap(), rng=1))
    drawn = block_weights(BayesianBootstrap(), "bootstrap_fe.BayesianBootstrap.city", 1, 30, 0)
    for draw in range(3):
        frame = panel.frame.copy()
        frame["v"] = drawn[draw][frame.index.codes[0]]
        refit = fit_fe(CityPanel(frame), Spec("y", TERMS, ("city", "year"), "v"))
        np.testing.assert_allclose(boot.draws.values[draw], refit.coefficients, rtol=1e-11)


def test_provinces_contain_province_year_effects():
    panel = make_panel(3)
    spec = Spec("y", TERMS, ("city", "province^year"))
    boot = bootstrap_fe(panel, spec, resampling=Resampling(20, cluster="province"))
    drawn = block_weights(
        PairsCluster(), "bootstrap_fe.PairsCluster.province", boot.resampling.seed(), 6, 0
    )
    home = panel.attributes["province"]
    for draw in (0, 1):
        parts, labels = [], {}
        for province, count in enumerate(drawn[draw]):
            for copy in range(int(count)):
                for city in home.index[home == f"p{province}"]:
                    part = panel.frame.loc[[city]].reset_index()
                    part["city"] = f"{len(labels):06d}"
                    labels[f"{len(labels):06d}"] = f"p{province}-{copy}"
                    parts.append(part)
        attributes = pd.DataFrame({"province": labels})
        attributes.index.name = "city"
        again = CityPanel.from_long(pd.concat(parts), attributes=attributes)
        np.testing.assert_allclose(
            boot.draws.values[draw], fit_fe(again, spec).coefficients, rtol=1e-11
        )


def literal_blocks(panel, spec, weights):
    """Refit with one weight a city: what a resample of cities is, however its effects cross."""
    frame = panel.frame.copy()
    frame["v"] = np.asarray(weights)[frame.index.codes[0]]
    chosen = CityPanel(frame[frame["v"] > 0], attributes=panel.attributes)
    return fit_fe(chosen, Spec(spec.depvar, spec.covariates, spec.absorb, "v")).coefficients


@pytest.mark.parametrize("keep", [1.0, 0.85])
def test_cities_drawn_under_province_year_effects(keep):
    panel = make_panel(14, cities=60, years=7, provinces=5, keep=keep)
    spec = Spec("y", TERMS, ("city", "province^year"))
    engine = resampler(panel, spec)
    assert len(engine.grams.blocks) == 5
    assert all(block.even == (keep == 1.0) for block in engine.grams.blocks)
    boot = bootstrap_fe(panel, spec, resampling=Resampling(4, rng=1))
    drawn = block_weights(PairsCluster(), "bootstrap_fe.PairsCluster.city", 1, 60, 0)
    for draw in range(4):
        refit = literal_blocks(panel, spec, drawn[draw])
        np.testing.assert_allclose(boot.draws.values[draw], refit, rtol=1e-11)
    left = leave_out_fe(panel, spec)
    others = np.ones(60)
    others[7] = 0
    np.testing.assert_allclose(left.table.iloc[7], literal_blocks(panel, spec, others), rtol=1e-11)
    jackknife = fit_fe(panel, spec, Jackknife("city"))
    np.testing.assert_allclose(left.covariance, jackknife.covariance, rtol=1e-12)


def test_a_province_that_is_not_drawn_costs_no_coefficient():
    panel = make_panel(15, cities=24, years=5, provinces=8, keep=1.0)
    spec = Spec("y", TERMS, ("city", "province^year"))
    boot = bootstrap_fe(panel, spec, resampling=Resampling(100, rng=2))
    drawn = block_weights(PairsCluster(), "bootstrap_fe.PairsCluster.city", 2, 24, 0)[:100]
    counts = drawn @ (np.arange(24)[:, None] % 8 == np.arange(8))
    assert boot.fewer_effects == (counts == 0).any(axis=1).sum() > 0
    assert boot.short_of_rank == 0
    draw = int(np.flatnonzero((counts == 0).any(axis=1))[0])
    refit = literal_blocks(panel, spec, drawn[draw])
    np.testing.assert_allclose(boot.draws.values[draw], refit, rtol=1e-10)


def test_same_seed_same_bytes_for_any_division_of_the_work():
    panel, spec = make_panel(4), Spec("y", TERMS, ("city", "year"))
    one = bootstrap_fe(panel, spec, resampling=Resampling(600, rng=5))
    two = bootstrap_fe(panel, spec, resampling=Resampling(600, rng=5, jobs=2, backend="threading"))
    longer = bootstrap_fe(panel, spec, resampling=Resampling(700, rng=5))
    assert (
        one.draws.values.tobytes()
        == two.draws.values.tobytes()
        == longer.draws.values[:600].tobytes()
    )
    assert not np.array_equal(
        one.draws.values, bootstrap_fe(panel, spec, resampling=Resampling(600, rng=6)).draws.values
    )


@pytest.mark.slow
def test_processes_give_the_same_bytes():
    panel, spec = make_panel(4), Spec("y", TERMS, ("city", "year"))
    one, two = (bootstrap_fe(panel, spec, resampling=Resampling(600, jobs=jobs)) for jobs in (1, 2))
    assert one.draws.values.tobytes() == two.draws.values.tobytes()
    wild = [
        wild_bootstrap_fe(panel, spec, "a", resampling=Resampling(600, jobs=jobs))
        for jobs in (1, 2)
    ]
    assert repr(wild[0]) == repr(wild[1])  # df is nan: there is no law but the draws


def test_draws_short_of_rank_are_counted_and_nan():
    panel = make_panel(5)
    frame = panel.frame.copy()
    only = frame.index.codes[0] == 4
    frame["c"] = np.where(only, frame["c"], 0.0)  # varies in one city alone
    spec = Spec("y", TERMS, ("city", "year"))
    boot = bootstrap_fe(CityPanel(frame), spec, resampling=Resampling(300))
    drawn = block_weights(
        PairsCluster(), "bootstrap_fe.PairsCluster.city", boot.resampling.seed(), 30, 0
    )
    without = drawn[:, 4] == 0
    assert np.array_equal(np.isnan(boot.draws.values[:256]).all(axis=1), without)
    assert boot.short_of_rank == np.isnan(boot.draws.values[:, 0]).sum() > 50
    assert len(boot.draws.usable) == 300 - boot.short_of_rank
    assert "short of rank" in boot.as_estimate().notes[-1]
    whole = bootstrap_fe(
        CityPanel(frame), spec, resampling=Resampling(300, scheme=BayesianBootstrap())
    )
    assert whole.short_of_rank == 0
    left = leave_out_fe(CityPanel(frame), spec)
    assert list(left.table.index[left.table["a"].isna()]) == ["000004"]
    with pytest.raises(SpecError, match="000004"):
        _ = left.covariance


def test_a_year_absent_from_a_draw_costs_no_coefficient():
    panel = make_panel(6, keep=1.0)
    year = panel.frame.index.get_level_values("year")
    rare = (year != 2005) | (panel.frame.index.codes[0] < 2)  # two cities have the last year
    thin = CityPanel(panel.frame[rare])
    spec = Spec("y", TERMS, ("city", "year"))
    boot = bootstrap_fe(thin, spec, resampling=Resampling(40, rng=2))
    drawn = block_weights(PairsCluster(), "bootstrap_fe.PairsCluster.city", 2, 30, 0)[:40]
    absent = drawn[:, :2].sum(axis=1) == 0
    assert boot.fewer_effects == absent.sum() > 0
    assert boot.short_of_rank == 0
    draw = int(np.flatnonzero(absent)[0])
    refit = literal(thin, spec, dict(zip(thin.cities, drawn[draw], strict=True)))
    np.testing.assert_allclose(boot.draws.values[draw], refit, rtol=1e-11)


@pytest.mark.parametrize("by", ["city", "province"])
def test_leave_out_equals_refits_and_the_jackknife(by):
    panel, spec = make_panel(7), Spec("y", TERMS, ("city", "year"), "w")
    left = leave_out_fe(panel, spec, by)
    unit = left.table.index[2]
    home = panel.frame.index.get_level_values("city")
    if by == "province":
        home = panel.attributes["province"].loc[home].to_numpy()
    refit = fit_fe(CityPanel(panel.frame[home != unit]), spec)
    np.testing.assert_allclose(left.table.loc[unit], refit.coefficients, rtol=1e-11)
    jackknife = fit_fe(panel, spec, Jackknife(by))
    np.testing.assert_allclose(left.covariance, jackknife.covariance, rtol=1e-8)
    ours = left.as_estimate()
    assert (ours.vcov_label, ours.df_t) == (jackknife.vcov_label, jackknife.df_t)
    assert abs(left.influence("a").iloc[0]) == abs(left.influence("a")).max()


def literal_wild(panel, spec, term, signs, null, restricted, cluster):
    """t* of one vector of weights, by building y* and fitting again."""
    frame, others = panel.frame.copy(), tuple(t for t in spec.covariates if t != term)
    frame["moved"] = frame["y"] - null * frame[term]

    def residual(table, outcome, terms):
        again = CityPanel(table, attributes=panel.attributes)
        engine = resampler(again, Spec(outcome, terms, spec.absorb, spec.weights))
        root = np.ones(len(table)) if spec.weights is None else np.sqrt(table[spec.weights])
        return engine.fit.residuals / np.asarray(root)

    u = residual(frame, "moved", others) if restricted else residual(frame, "y", spec.covariates)
    centre = null if restricted else fit_fe(panel, spec).coefficient(term)
    home = frame.index.get_level_values("city")
    if cluster == "province":
        home = pd.Index(panel.attributes["province"].loc[home])
    codes = np.unique(home, return_inverse=True)[1]
    frame["y"] = centre * frame[term] + u * signs[codes]
    again = fit_fe(CityPanel(frame, attributes=panel.attributes), spec, Clustered(cluster, "none"))
    return (again.coefficient(term) - centre) / again.std_error(term)


@pytest.mark.parametrize("cluster", ["city", "province"])
@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("time", ["year", "province^year"])
def test_wild_statistics_equal_literal_refits(cluster, restricted, weights, time):
    panel, spec = make_panel(8, provinces=4), Spec("y", TERMS, ("city", time), weights)
    engine = resampler(panel, spec, cluster)
    parts = wild_parts(engine.grams, engine.inverse[0] / engine.scale)
    found = wild_draws(parts, Webb(), Resampling(4, rng=1), task="t")
    clusters = len(engine.units)
    signs = np.asarray(Webb().points)[generator("t.block0", 1).integers(0, 6, (256, clusters))]
    null = 0.3
    shift = (null - engine.fit.coefficients[0]) / engine.scale if restricted else 0.0
    theirs = [
        abs(literal_wild(panel, spec, "a", signs[i], null, restricted, cluster)) for i in range(4)
    ]
    np.testing.assert_allclose(found.statistics(shift), theirs, rtol=1e-10)


def test_wild_enumerates_all_signs_of_few_clusters():
    panel, spec = make_panel(9), Spec("y", TERMS, ("city", "year"))
    test = wild_bootstrap_fe(panel, spec, "a", resampling=Resampling(999, cluster="province"))
    assert "all sign vectors" in test.note
    assert (test.p_value * 64) % 2 == 0  # v and -v give the same |t*|
    with_null = wild_bootstrap_fe(
        panel, spec, "a", null=test.estimate, resampling=Resampling(999, cluster="province")
    )
    assert with_null.p_value == 1.0


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("weights", [Rademacher(), Webb()])
def test_wild_interval_holds_what_is_not_rejected(weights, restricted):
    panel, spec = make_panel(10), Spec("y", TERMS, ("city", "year"))
    options = {"weights": weights, "restricted": restricted, "resampling": Resampling(999)}
    test = wild_bootstrap_fe(panel, spec, "a", **options)
    reach = 1e-6 * test.std_error
    for limit, inward in ((test.conf_low, 1), (test.conf_high, -1)):
        inside = wild_bootstrap_fe(panel, spec, "a", null=limit + inward * reach, **options)
        outside = wild_bootstrap_fe(panel, spec, "a", null=limit - inward * reach, **options)
        assert outside.p_value <= 0.05 < inside.p_value
    clustered = fit_fe(panel, spec)
    assert test.std_error == clustered.std_error("a")
    width = (test.conf_high - test.conf_low) / (2 * 2.045 * test.std_error)
    assert 0.7 < width < 1.5


def test_adjusted_p_values_are_not_below_those_of_single_tests():
    panel, spec = make_panel(16), Spec("y", TERMS, ("city", "year"))
    boot = bootstrap_fe(panel, spec, resampling=Resampling(999))
    adjusted = boot.adjusted()
    away = np.abs(boot.draws.values - boot.estimate.coefficients)
    single = (1 + (away >= np.abs(boot.estimate.coefficients)).sum(axis=0)) / 1000
    assert list(adjusted.index) == list(TERMS)
    assert (adjusted >= single).all()
    assert adjusted["c"] == max(adjusted)  # the covariate without effect
    assert adjusted["a"] < 0.05


def test_placebo_equals_literal_refits():
    panel = make_panel(11, keep=1.0)
    spec = Spec("y", TERMS, ("city", "year"))
    test = placebo_fe(panel, spec, "a", resampling=Resampling(70, rng=4))
    order = generator("permute.block0", 4).permuted(np.tile(np.arange(30), (64, 1)), axis=1)
    paths = panel.frame["a"].to_numpy().reshape(30, -1)
    for draw in (0, 5):
        frame = panel.frame.assign(a=paths[order[draw]].ravel())
        refit = fit_fe(CityPanel(frame), spec).coefficient("a")
        assert test.draws.values[:, 0][draw] == pytest.approx(refit, rel=1e-11)
    longer = placebo_fe(
        panel, spec, "a", resampling=Resampling(200, rng=4, jobs=2, backend="threading")
    )
    assert test.draws.values[:, 0].tobytes() == longer.draws.values[:70, 0].tobytes()
    assert test.p_value == (1 + (abs(test.draws.values[:, 0]) >= abs(test.statistic)).sum()) / 71


def test_bad_input_is_told():
    panel, spec = make_panel(12), Spec("y", TERMS, ("city", "year"))
    with pytest.raises(SpecError, match="at least 2"):
        bootstrap_fe(panel, spec, resampling=Resampling(1))
    lonely = CityPanel(panel.frame, attributes=panel.attributes.assign(one="x"))
    with pytest.raises(SpecError, match="at least 2 clusters"):
        bootstrap_fe(lonely, spec, resampling=Resampling(9999, cluster="one"))
    with pytest.raises(DataError, match="no term 'z'"):
        wild_bootstrap_fe(panel, spec, "z")
    with pytest.raises(SpecError, match="level"):
        wild_bootstrap_fe(panel, spec, "a", level=95)
    with pytest.raises(SpecError, match="every city"):
        placebo_fe(panel, Spec("y", TERMS, ("city", "year"), "w"), "a")
    big = make_panel(13, cities=260, years=3, keep=1.0)
    with pytest.raises(SpecError, match="levels of effects that cross the clusters"):
        bootstrap_fe(big, spec, resampling=Resampling(9999, cluster="year"))
    exact = panel.with_variables({"y": panel.column("a") * 2.0})
    with pytest.raises(SpecError, match="perfect fit"):
        wild_bootstrap_fe(exact, spec, "a")
