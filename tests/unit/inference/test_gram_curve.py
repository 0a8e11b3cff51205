"""Specification curves from Grams against single fits; Romano-Wolf against its definition."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.inference.bootstrap import block_weights
from econshrink.inference.multiplicity import romano_wolf
from econshrink.inference.resampling import PairsCluster, Resampling
from econshrink.inference.vcov import Clustered
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.resampling.specification_curve import curve_inference, specification_curve

OTHERS = ("b", "c", "d")


def make_panel(seed=0, cities=30, years=6, holes=0.0):
    rng = np.random.default_rng(seed)
    names = [f"{i:06d}" for i in range(cities)]
    index = pd.MultiIndex.from_product([names, range(2000, 2000 + years)], names=["city", "year"])
    level = np.repeat(rng.normal(size=(cities, 1)), years, axis=0)
    x = rng.normal(size=(len(index), 4)) * [1, 1e3, 1e-3, 1] + level * [1, 1e3, 1e-3, 1]
    y = x[:, 0] + 1e-3 * x[:, 1] + level[:, 0] + rng.normal(size=len(index))
    frame = pd.DataFrame(np.column_stack([y, np.exp(y / 5), x]), index=index)
    frame.columns = ["y", "z", "a", *OTHERS]
    frame["w"] = rng.uniform(0.5, 2.0, len(index))
    frame = frame[rng.random(len(index)) < 0.9].copy()
    if holes:
        frame.loc[rng.random(len(frame)) < holes, "c"] = np.nan
        frame.loc[frame.index.codes[0] == 7, "d"] = np.nan  # one city is absent from a sample
    province = pd.DataFrame({"province": [f"p{i % 6}" for i in range(cities)]}, index=names)
    return CityPanel(frame, attributes=province.rename_axis("city"))


def all_specs():
    sets = [chosen for size in range(4) for chosen in combinations(OTHERS, size)]
    specs = [Spec(y, ("a", *s), ("city", "year")) for y in ("y", "z") for s in sets]
    specs += [Spec("y", (*s, "a"), ("city",), "w") for s in sets]
    specs += [Spec("y", ("a", *s), ("city", "province^year")) for s in sets[:3]]
    return [*specs, Spec("y", ("np.exp(d)", "a", "a:b"), ("city", "year"))]


@pytest.mark.parametrize("cluster", ["city", "province"])
@pytest.mark.parametrize("rule", ["fixest", "linearmodels"])
def test_every_point_equals_its_own_fit(cluster, rule):
    panel, specs = make_panel(holes=0.1), all_specs()
    curve = specification_curve(panel, specs, "a", cluster=cluster, small_sample=rule)
    assert len(curve.engines) > 4  # patterns of missing cells, outcomes apart
    for row, spec in zip(curve.table.itertuples(), specs, strict=True):
        fit = fit_fe(panel, spec, Clustered(cluster, rule))
        assert row.formula == spec.formula
        assert row.estimate == pytest.approx(fit.coefficient("a"), rel=1e-11)
        assert row.std_error == pytest.approx(fit.std_error("a"), rel=1e-11)
        assert row.p_value == pytest.approx(fit.p_value("a"), rel=1e-9)
        assert (row.nobs, row.df_t, row.clusters) == (fit.nobs, fit.df_t, fit.clusters[cluster])


def test_joint_draws_equal_refits_of_the_same_cities():
    panel, specs = make_panel(1, holes=0.1), all_specs()[:8]
    curve = specification_curve(panel, specs, "a")
    found = curve_inference(curve, resampling=Resampling(300, rng=2))
    drawn = block_weights(PairsCluster(), "curve.PairsCluster.city", 2, 30, 0)
    for draw in (0, 3):
        parts = []
        for city, count in zip(panel.cities, drawn[draw], strict=True):
            for _ in range(int(count)):
                part = panel.frame.loc[[city]].reset_index()
                parts.append(part.assign(city=f"{len(parts):06d}"))
        again = CityPanel.from_long(pd.concat(parts))
        for at, spec in enumerate(specs):
            refit = fit_fe(again, spec).coefficient("a")
            assert found.draws.values[draw, at] == pytest.approx(refit, rel=1e-11)
    longer = curve_inference(curve, resampling=Resampling(400, rng=2, jobs=2, backend="threading"))
    assert found.draws.values.tobytes() == longer.draws.values[:300].tobytes()


def test_joint_draws_under_province_year_effects():
    panel = make_panel(6, cities=36)
    specs = [Spec("y", ("a", *s), ("city", "province^year")) for s in ((), ("b",), OTHERS)]
    curve = specification_curve(panel, specs, "a")
    found = curve_inference(curve, resampling=Resampling(2, rng=4))
    drawn = block_weights(PairsCluster(), "curve.PairsCluster.city", 4, 36, 0)
    for draw in range(2):
        frame = panel.frame.assign(v=drawn[draw][panel.frame.index.codes[0]])
        chosen = CityPanel(frame[frame["v"] > 0], attributes=panel.attributes)
        for spec, value in zip(specs, found.draws.values[draw], strict=True):
            again = Spec("y", spec.covariates, spec.absorb, "v")
            assert value == pytest.approx(fit_fe(chosen, again).coefficient("a"), rel=1e-10)


def test_inference_follows_its_definitions():
    panel, specs = make_panel(2), all_specs()[:8]
    curve = specification_curve(panel, specs, "a")
    found = curve_inference(curve, resampling=Resampling(199))
    estimate, error = curve.table["estimate"].to_numpy(), curve.table["std_error"].to_numpy()
    null = found.draws.values - estimate
    summary = found.summary.set_index("test")
    medians = np.abs(np.median(null, axis=1))
    expected = (1 + (medians >= np.median(estimate)).sum()) / 200
    assert summary.loc["median estimate", "p_value"] == expected
    assert summary.loc["share significant", "value"] == 1.0
    assert (found.adjusted <= 0.01).all()  # the coefficient is one, everywhere
    np.testing.assert_array_equal(found.adjusted, romano_wolf(estimate / error, null / error))
    spread = found.draws.values.std(axis=0) / error
    assert ((spread > 0.7) & (spread < 1.4)).all()


def brute_force(statistics, null):
    left, least, adjusted = set(range(len(statistics))), 0.0, {}
    while left:
        top = max(left, key=lambda s: abs(statistics[s]))
        reached = sum(max(abs(row[s]) for s in left) >= abs(statistics[top]) for row in null)
        least = max(least, (1 + reached) / (len(null) + 1))
        adjusted[top] = least
        left.remove(top)
    return [adjusted[s] for s in range(len(statistics))]


def test_romano_wolf_is_its_definition():
    rng = np.random.default_rng(0)
    statistics, null = rng.normal(size=7) * 2, rng.normal(size=(99, 7))
    assert romano_wolf(statistics, null).tolist() == brute_force(statistics, null)
    single = np.array(
        [(1 + (abs(c) >= abs(t)).sum()) / 100 for t, c in zip(statistics, null.T, strict=True)]
    )
    assert (romano_wolf(statistics, null) >= single).all()
    with pytest.raises(DataError, match="finite"):
        romano_wolf(statistics, np.where(null > 2, np.nan, null))
    with pytest.raises(DataError, match="shapes"):
        romano_wolf(statistics, null[:, :3])


def test_bad_input_is_told():
    panel = make_panel(3)
    good = Spec("y", ("a", "b"), ("city", "year"))
    for specs, words in (
        ([], "no specifications"),
        ([good, good], "given twice"),
        ([Spec("y", ("b",), ("city",))], "no 'a' in it"),
        ([Spec("y", ("a",))], "no effects"),
        ([Spec("y", ("a", "nothing"), ("city",))], "no variable 'nothing'"),
        ([good, Spec("y", ("a", "b", "twin"), ("city", "year"))], "condition number"),
        ([good, Spec("y", ("a", "np.log(z)"), ("city", "year"))], "perfect fit"),
        ([good, Spec("y", ("a", "fixed"), ("city", "year"))], "no variation left"),
    ):
        frame = panel.frame.assign(fixed=panel.frame.index.codes[0].astype(float))
        rng = np.random.default_rng(0)
        frame["twin"] = frame["b"] + 1e-3 * rng.normal(size=len(frame))
        with pytest.raises(SpecError, match=words):
            specification_curve(CityPanel(frame), specs, "a")
    # two near twins in different specifications do no harm
    specs = [good, Spec("y", ("a", "twin"), ("city", "year"))]
    assert len(specification_curve(CityPanel(frame), specs, "a").table) == 2


def test_draws_short_of_rank_are_left_out_of_the_tests():
    panel = make_panel(4)
    frame = panel.frame.copy()
    frame["d"] = np.where(frame.index.codes[0] == 4, frame["d"], 0.0)
    specs = [Spec("y", names, ("city", "year")) for names in (("a",), ("a", "d"))]
    found = curve_inference(
        specification_curve(CityPanel(frame), specs, "a"), resampling=Resampling(200)
    )
    missing = np.isnan(found.draws.values)
    assert not missing[:, 0].any()
    assert found.draws.lost == missing[:, 1].sum() > 40
    assert f"{200 - found.draws.lost} draws" in found.label
