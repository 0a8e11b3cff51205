"""Confidence sets with weak instruments: shapes, brute force, invariances, conditional law."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from econshrink.causal.kernel.clr import clr_p_value
from econshrink.causal.kernel.weak_sets import ar_critical, ar_set, ar_statistic, clr_set, clr_test
from econshrink.causal.weak import fit_weak_iv
from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.conley import Conley
from econshrink.inference.jackknife import Jackknife
from econshrink.inference.linear_fit import LinearFit, least_squares
from econshrink.inference.vcov import Clustered, Heteroskedastic
from econshrink.nouns.confidence_set import ConfidenceSet
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.instrumental import Instrumented
from econshrink.panel.kernel.reduced_form import ReducedForm
from econshrink.panel.kernel.weak_instruments import (
    conditional_f,
    cragg_donald,
    effective_f_critical,
    reduced_form,
)

INFINITY = float("inf")


def random_form(seed: int, instruments: int, strength: float = 3.0) -> ReducedForm:
    rng = generator(f"test.weak_sets.{seed}")
    root = rng.normal(size=(2 * instruments, 2 * instruments))
    matrix = root @ root.T / instruments + 0.3 * np.eye(2 * instruments)
    noise = np.linalg.cholesky(matrix) @ rng.normal(size=2 * instruments)
    x = strength * rng.normal(size=instruments) + noise[instruments:]
    return ReducedForm(0.7 * x + noise[:instruments], x, matrix)


def small_panel(seed: int = 0, strength: float = 0.5, instruments: int = 2) -> CityPanel:
    rng = generator(f"test.weak_panel.{seed}")
    n = 120
    province = np.repeat([f"p{i}" for i in range(20)], 6)
    z, w = rng.normal(size=(n, instruments)), rng.normal(size=n)
    v = rng.normal(size=n) + np.repeat(rng.normal(size=20), 6)
    x = strength * z.sum(axis=1) + v + w
    frame = pd.DataFrame({"y": 0.4 * x + v + rng.normal(size=n) + w, "x": x, "w": w})
    frame[[f"z{i}" for i in range(instruments)]] = z
    frame["city"], frame["year"] = [f"{i:06d}" for i in range(n)], 2020
    places = pd.DataFrame(
        {
            "province": province,
            "latitude": rng.uniform(25, 45, n),
            "longitude": rng.uniform(100, 120, n),
        },
        index=frame["city"],
    )
    return CityPanel.from_long(frame, attributes=places)


@pytest.mark.parametrize("instruments", [1, 2, 4])
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("strength", [0.0, 3.0])
def test_ar_set_is_where_the_statistic_is_small(seed, instruments, strength):
    form = random_form(seed, instruments, strength)
    intervals, critical = ar_set(form), ar_critical(form, 0.95)
    grid = np.concatenate([np.linspace(-30, 30, 801), [-1e6, 1e6]])
    for beta in grid:
        inside = any(low <= beta <= high for low, high in intervals)
        statistic = ar_statistic(form, float(beta))
        assert inside == (statistic <= critical) or abs(statistic - critical) < 1e-6 * critical


def test_all_shapes_occur():
    def one(outcome, endogenous, error):
        form = ReducedForm(np.array([outcome]), np.array([endogenous]), error * np.eye(2))
        return ConfidenceSet("AR", "x", ar_set(form)).kind

    assert one(1.0, 1.0, 0.01) == "bounded"
    assert one(1.0, 0.1, 1.0) == "line"
    assert one(5.0, 0.1, 1.0) == "two rays"
    rejected = ReducedForm(np.array([9.0, -9.0]), np.array([9.0, 9.0]), np.eye(4))
    assert ConfidenceSet("AR", "x", ar_set(rejected)).kind == "empty"
    # two instruments that point to different values: both are kept, what lies between is not
    v = np.diag([0.05, 0.05, 1.0, 1.0])
    split = ReducedForm(np.array([3.0, -3.0]), np.array([1.0, 1.0]), v)
    assert ConfidenceSet("AR", "x", ar_set(split)).kind in {"two rays", "disjoint"}


@pytest.mark.parametrize("seed", range(4))
def test_sets_follow_scale_and_shift(seed):
    form = random_form(seed, 2)
    size = form.instruments
    scale = np.kron(np.diag([5.0, 0.1]), np.eye(size))
    shift = np.block([[np.eye(size), 2 * np.eye(size)], [np.zeros((size, size)), np.eye(size)]])
    scaled = ReducedForm(5 * form.outcome, 0.1 * form.endogenous, scale @ form.covariance @ scale.T)
    moved = ReducedForm(
        form.outcome + 2 * form.endogenous, form.endogenous, shift @ form.covariance @ shift.T
    )
    for method in (ar_set, clr_set):
        base = np.array(method(form))
        np.testing.assert_allclose(np.array(method(scaled)), 50 * base, rtol=1e-6)
        np.testing.assert_allclose(np.array(method(moved)), base + 2, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_rotated_instruments_give_the_same_sets(seed):
    form = random_form(seed, 3)
    turn, _ = np.linalg.qr(generator(f"test.turn.{seed}").normal(size=(3, 3)))
    both = np.kron(np.eye(2), turn)
    turned = ReducedForm(
        turn @ form.outcome, turn @ form.endogenous, both @ form.covariance @ both.T
    )
    assert ar_statistic(turned, 0.3) == pytest.approx(ar_statistic(form, 0.3), rel=1e-9)
    assert clr_test(turned, 0.3) == pytest.approx(clr_test(form, 0.3), rel=1e-7)


def test_clr_set_ends_where_the_test_has_five_per_cent():
    form = random_form(1, 3)
    for low, high in clr_set(form):
        for end in (low, high):
            if np.isfinite(end):
                assert clr_test(form, end) == pytest.approx(0.05, abs=1e-8)


@pytest.mark.parametrize(("strength", "instruments"), [(2.0, 2), (10.0, 4), (40.0, 3)])
def test_conditional_law_by_simulation(strength, instruments):
    rng = generator("test.clr")
    draws = 400_000
    a, b = rng.chisquare(1, draws), rng.chisquare(instruments - 1, draws)
    root = np.sqrt((a + b + strength) ** 2 - 4 * b * strength)
    ratio = 0.5 * (a + b - strength + root)
    for value in (1.0, 4.0, 8.0):
        share = float((ratio > value).mean())
        error = 4 * np.sqrt(share * (1 - share) / draws)
        assert clr_p_value(value, strength, instruments) == pytest.approx(share, abs=error)


def test_one_instrument_makes_ar_and_clr_one():
    panel = small_panel(instruments=1)
    how = Instrumented(("x",), ("z0",))
    found = fit_weak_iv(panel, Spec("y", ("x", "w"), ("province",)), how, Clustered("province"))
    assert found.anderson_rubin.intervals == found.conditional_lr.intervals


@pytest.mark.parametrize(
    "vcov", [Clustered("province"), Heteroskedastic("HC0"), Conley(300)], ids=repr
)
def test_ar_statistic_is_the_score_test_of_the_instruments(vcov):
    """AR(β) = Z'u (scores' covariance)⁻¹ Z'u with u = y − βx less the exogenous."""
    panel = small_panel()
    how = Instrumented(("x",), ("z0", "z1"))
    found = fit_weak_iv(panel, Spec("y", ("x", "w"), ("province",)), how, vcov)
    beta = 0.25
    wide = panel.with_variables({"u": panel.frame["y"] - beta * panel.frame["x"]})
    swept = {}
    for name in ("u", "z0", "z1", "w"):
        values = wide.frame[name] - wide.frame[name].groupby(
            wide.attribute("province").to_numpy()
        ).transform("mean")
        swept[name] = values.to_numpy()
    w = swept["w"] / np.linalg.norm(swept["w"])
    u, z = swept["u"] - w * (w @ swept["u"]), np.column_stack([swept["z0"], swept["z1"]])
    z = z - np.outer(w, w @ z)
    scores = z * u[:, None]
    if isinstance(vcov, Clustered):
        groups = pd.factorize(wide.attribute("province"))[0]
        sums = np.zeros((20, 2))
        np.add.at(sums, groups, scores)
        middle = sums.T @ sums
    elif isinstance(vcov, Conley):
        from econshrink.inference.conley import haversine  # noqa: PLC0415

        places = wide.attributes.loc[list(wide.cities)]
        distance = haversine(places["latitude"].to_numpy(), places["longitude"].to_numpy())
        middle = scores.T @ vcov.kernel.weights(distance / 300) @ scores
    else:
        middle = scores.T @ scores
    total = scores.sum(axis=0)
    expected = float(total @ np.linalg.solve(middle, total))
    assert found.ar_at(beta) == pytest.approx(expected, rel=1e-8)


def test_hotelling_critical_value_keeps_its_size_with_few_clusters():
    """Cluster scores that are normal and alike: the size is exact, where F(L, G − 1) is not."""
    rng = generator("test.hotelling")
    size, groups, draws = 2, 12, 20_000
    scores = rng.normal(size=(draws, groups, size))
    total = scores.sum(axis=1)
    middle = np.einsum("dgi,dgj->dij", scores, scores)
    statistic = np.einsum("di,di->d", total, np.linalg.solve(middle, total[..., None])[..., 0])
    form = ReducedForm(np.ones(size), np.ones(size), np.eye(2 * size), clusters=float(groups))
    share = float((statistic > ar_critical(form, 0.95)).mean())
    assert share == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / draws))


def test_sanderson_windmeijer_f_of_one_regressor_is_the_first_stage_f():
    panel = small_panel()
    frame = panel.frame - panel.frame.mean()
    z, _ = np.linalg.qr(frame[["z0", "z1"]].to_numpy())
    x = frame[["x"]].to_numpy()
    value = conditional_f(x, z, 3)[0]
    explained = float(((z.T @ x) ** 2).sum())
    rest = float((x**2).sum()) - explained
    assert value == pytest.approx(explained / 2 / (rest / (len(x) - 3)), rel=1e-12)


def test_cragg_donald_of_one_regressor_is_the_first_stage_f():
    rng = generator("test.cragg_donald")
    z, _ = np.linalg.qr(rng.normal(size=(80, 3)))
    x = (2 * z.sum(axis=1) + rng.normal(size=80))[:, None]
    assert cragg_donald(x, z, 4) == pytest.approx(conditional_f(x, z, 4)[0], rel=1e-12)
    both = np.column_stack([x, rng.normal(size=80)])
    assert cragg_donald(both @ [[1.0, 2.0], [3.0, -1.0]], z, 4) == pytest.approx(
        cragg_donald(both, z, 4), rel=1e-9
    )


def test_critical_values_of_the_effective_f():
    """23.1, 15.1 and 12.0 for a bias of 10, 20 and 30 % with one instrument, whatever its unit.

    Montiel Olea and Pflueger (2013, Journal of Business & Economic Statistics 31), table 1.
    """
    for bias, known in ((0.05, 37.4), (0.1, 23.1), (0.2, 15.1), (0.3, 12.0)):
        for unit in (1e-8, 1.0, 1e8):
            found = effective_f_critical(unit * np.eye(1), bias)
            assert found == pytest.approx(known, abs=0.05)
    matrix = np.diag([1.0, 0.3, 0.1])
    assert effective_f_critical(1e6 * matrix) == pytest.approx(effective_f_critical(matrix))


def test_strength_is_told_apart_from_the_null_by_its_own_covariance():
    """Cov(π_x, π_y − βπ_x): from the joint covariance, or from first-stage residuals if given."""
    form = random_form(3, 2)
    v = form.covariance
    rows = np.hstack([v[2:], 2 * v[2:, 2:]])
    for beta in (-1.5, 0.0, 2.0):
        map_to_gap = np.hstack([np.eye(2), -beta * np.eye(2)])
        cross, own = form.strength_blocks(beta)
        assert cross == pytest.approx(v[2:] @ map_to_gap.T, rel=1e-12)
        assert own == pytest.approx(v[2:, 2:], rel=1e-12)
        cross, own = replace(form, first_stage=rows).strength_blocks(beta)
        assert cross == pytest.approx(v[2:] @ map_to_gap.T, rel=1e-12)
        assert own == pytest.approx(2 * v[2:, 2:], rel=1e-12)


def test_first_stages_have_no_leverages():
    """Reduced forms are swept of the exogenous regressors: HC3 and the jackknife are refused."""
    rng = generator("test.reduced_form")
    x, y = rng.normal(size=(30, 1)), rng.normal(size=30)
    like = LinearFit(y, x, *least_squares(y, x))
    basis, _ = np.linalg.qr(rng.normal(size=(30, 3)))
    found = reduced_form(like, y, basis[:, :2], basis[:, 2:])
    assert found.coefficients == pytest.approx(basis.T @ y, rel=1e-12)
    for vcov in (Heteroskedastic("HC3"), Jackknife()):
        with pytest.raises(SpecError, match="instrumental-variable fit"):
            vcov.covariance(found, {"(unit)": np.arange(30)})


def test_sanderson_windmeijer_f_sees_a_direction_that_is_not_identified():
    rng = generator("test.sw")
    z, _ = np.linalg.qr(rng.normal(size=(300, 3)))
    strong = 20 * z[:, 0] + rng.normal(size=300)
    both = np.column_stack([strong, 20 * z[:, 0] + rng.normal(size=300)])
    alone = conditional_f(both[:, :1], z, 4)[0]
    together = conditional_f(both, z, 4)
    assert alone > 50
    assert (together < 5).all()


def test_wrong_requests_are_named():
    panel = small_panel()
    with pytest.raises(SpecError, match="endogenous"):
        fit_weak_iv(panel, Spec("y", ("x", "w")), Instrumented(("x", "w"), ("z0", "z1")))
    singular = ReducedForm(np.ones(2), np.ones(2), np.ones((4, 4)))
    with pytest.raises(SpecError, match="full rank"):
        ar_set(singular)
    few = ReducedForm(np.ones(3), np.ones(3), np.eye(6), clusters=3.0)
    with pytest.raises(SpecError, match="more clusters"):
        ar_set(few)
    with pytest.raises(DataError, match="rising order"):
        ConfidenceSet("AR", "x", ((1.0, 0.0),))


def test_weak_points_are_not_allowed_and_strong_ones_are():
    weak = small_panel(strength=0.02, instruments=1)
    strong = small_panel(strength=2.0, instruments=1)
    how = Instrumented(("x",), ("z0",))
    spec = Spec("y", ("x",), ("province",))
    assert not fit_weak_iv(weak, spec, how, Clustered("province")).point_allowed
    assert fit_weak_iv(strong, spec, how, Clustered("province")).point_allowed


def test_first_stage_t_squared_is_the_effective_f_with_clusters_and_controls():
    panel = small_panel(instruments=1)
    spec = Spec("y", ("x", "w"), ("province",))
    vcov = Clustered("province")
    found = fit_weak_iv(panel, spec, Instrumented(("x",), ("z0",)), vcov)
    first = fit_fe(panel, Spec("x", ("z0", "w"), ("province",)), vcov).tidy().set_index("term")
    assert found.effective_f == pytest.approx(first.loc["z0", "statistic"] ** 2, rel=1e-9)
