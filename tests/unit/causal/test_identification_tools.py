"""Selection bounds, plausible exogeneity, diagrams, mechanical links, balance, permutation."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from econshrink.causal.balance import balance_table, holm
from econshrink.causal.controls import CausalDiagram, check_controls
from econshrink.causal.kernel.oster import Moments, bounds, delta_for
from econshrink.causal.mechanical import (
    Makeup,
    guard_mechanical,
    mechanical_links,
)
from econshrink.causal.plausible import (
    NormalBelief,
    Support,
    plausible_interval,
)
from econshrink.causal.selection import coefficient_stability
from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.linear_fit import LinearFit, least_squares
from econshrink.inference.permutation_within import permute_within
from econshrink.inference.resampling import Resampling
from econshrink.inference.vcov import Clustered, Heteroskedastic
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.fixed_effects import fit_fe
from econshrink.panel.instrumental import Instrumented, fit_iv
from econshrink.panel.resampling.cross_section import permutation_test

BY = Clustered("province")
EFFECTS = ("province",)


def make(seed=0, n=80) -> CityPanel:
    rng = generator(f"test.identification.{seed}")
    z, w, v = rng.normal(size=(3, n))
    x = z + v + w
    frame = pd.DataFrame({"y": 0.5 * x + v + w + rng.normal(size=n), "x": x, "z": z, "w": w})
    frame["q"] = rng.normal(size=n) + 0.5 * x
    frame["city"], frame["year"] = [f"{i:06d}" for i in range(n)], 2020
    places = pd.DataFrame({"province": np.resize(list("abcdefgh"), n)}, index=frame["city"])
    return CityPanel.from_long(frame, attributes=places)


# -- selection on unobservables ------------------------------------------------------------


def population(beta, delta, slope, one, two, rest, noise):
    """Exact moments of y = βx + w1 + w2 + e with selection of w2 δ times that of w1."""
    x_var = slope**2 * one + (delta * slope) ** 2 * two + rest
    joint = np.array(
        [
            [x_var, slope * one, delta * slope * two],
            [slope * one, one, 0],
            [delta * slope * two, 0, two],
        ]
    )
    weights = np.array([beta, 1.0, 1.0])
    y_var = float(weights @ joint @ weights) + noise
    cross = joint @ weights
    short = cross[0] / x_var
    both = np.linalg.solve(joint[:2, :2], cross[:2])
    moments = Moments(
        short, both[0], short**2 * x_var / y_var, float(both @ cross[:2]) / y_var, y_var, x_var,
        x_var - slope**2 * one,
    )  # fmt: skip
    return moments, (y_var - noise) / y_var


@given(
    st.floats(-2, 2),
    st.floats(-1.5, 1.5).filter(lambda value: abs(value) > 0.05),
    st.floats(0.2, 1.5),
    st.tuples(*[st.floats(0.2, 2.0)] * 4),
)
def test_oster_formulas_return_the_selection_that_made_the_moments(beta, delta, slope, variances):
    moments, r2_max = population(beta, delta, slope, *variances)
    assert delta_for(moments, r2_max, beta) == pytest.approx(delta, rel=1e-6, abs=1e-6)
    roots = bounds(moments, r2_max, delta)
    assert np.abs(roots - beta).min() < 1e-5 * (1 + abs(beta))


@pytest.mark.parametrize("outcome", [1e-9, 1.0, 1e6])
@pytest.mark.parametrize("treatment", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("delta", [0.5, 1.0, 2.0])
def test_oster_bounds_follow_the_units_of_outcome_and_treatment(outcome, treatment, delta):
    """A coefficient of rates on yuan, 1e-10 in size, has the bounds of one of order one."""
    moments, r2_max = population(0.7, 0.8, 0.9, 1.0, 0.6, 1.3, 0.5)
    unit = outcome / treatment
    other = Moments(
        moments.short * unit, moments.long * unit, moments.r2_short, moments.r2_long,
        moments.variance_y * outcome**2, moments.variance_x * treatment**2,
        moments.variance_x_left * treatment**2,
    )  # fmt: skip
    found = bounds(other, r2_max, delta)
    assert found == pytest.approx(bounds(moments, r2_max, delta) * unit, rel=1e-6)


def test_stability_is_that_of_two_regressions():
    panel = make()
    found = coefficient_stability(panel, Spec("y", ("x", "w", "q"), EFFECTS), "x")
    short = fit_fe(panel, Spec("y", ("x",), EFFECTS), BY)
    long = fit_fe(panel, Spec("y", ("x", "w", "q"), EFFECTS), BY)
    assert found.short == pytest.approx(short.coefficient("x"), rel=1e-10)
    assert found.long == pytest.approx(long.coefficient("x"), rel=1e-10)
    assert found.r2_short == pytest.approx(short.stats["r2_within"], rel=1e-9)
    assert found.r2_long == pytest.approx(long.stats["r2_within"], rel=1e-9)
    low, high = found.identified_set
    assert low <= found.long <= high


def test_stability_refuses_what_it_cannot_compare():
    with pytest.raises(SpecError, match="no controls"):
        coefficient_stability(make(), Spec("y", ("x",), EFFECTS), "x")
    with pytest.raises(SpecError, match="from that R² to one"):
        coefficient_stability(make(), Spec("y", ("x", "w"), EFFECTS), "x", r2_max=0.01)


# -- plausibly exogenous -------------------------------------------------------------------

HOW = Instrumented(("x",), ("z",))
SPEC = Spec("y", ("x", "w"), EFFECTS)


def test_no_direct_effect_gives_the_usual_interval():
    panel = make()
    row = fit_iv(panel, SPEC, HOW, vcov=BY).tidy().set_index("term").loc["x"]
    for belief in (Support(0, 0), NormalBelief(0, 0)):
        found = plausible_interval(panel, SPEC, HOW, belief, BY)
        assert (found.low, found.high) == pytest.approx((row["conf_low"], row["conf_high"]))


def test_a_known_direct_effect_is_taken_off_the_outcome():
    panel = make()
    gamma = 0.3
    moved = panel.with_variables({"less": panel.frame["y"] - gamma * panel.frame["z"]})
    row = fit_iv(moved, Spec("less", ("x", "w"), EFFECTS), HOW, vcov=BY).tidy()
    row = row.set_index("term").loc["x"]
    found = plausible_interval(panel, SPEC, HOW, Support(gamma, gamma), BY)
    assert (found.low, found.high) == pytest.approx((row["conf_low"], row["conf_high"]))
    local = plausible_interval(panel, SPEC, HOW, NormalBelief(gamma, 0), BY)
    centre = (local.low + local.high) / 2
    assert centre == pytest.approx(row["estimate"])


def test_wider_beliefs_give_wider_intervals():
    panel = make()
    widths = [plausible_interval(panel, SPEC, HOW, NormalBelief(0, sd), BY) for sd in (0, 0.1, 0.5)]
    lengths = [found.high - found.low for found in widths]
    assert lengths == sorted(lengths)
    with pytest.raises(SpecError, match="rising order"):
        Support(1, 0)
    two = Instrumented(("x",), ("z", "q"))
    with pytest.raises(SpecError, match="none named"):
        plausible_interval(panel, SPEC, two, Support(0, 0), BY)


# -- diagrams ------------------------------------------------------------------------------


def test_m_bias_a_control_that_opens_a_path():
    diagram = CausalDiagram(
        (("a", "m"), ("b", "m"), ("a", "x"), ("b", "y"), ("x", "y")), unobserved=("a", "b")
    )
    assert check_controls(diagram, "x", "y", []).valid
    check = check_controls(diagram, "x", "y", ["m"])
    assert not check.valid
    assert check.open_path == ("x", "a", "m", "b", "y")
    assert check.sufficient == ()


def test_a_confounder_must_be_held_and_an_effect_must_not():
    diagram = CausalDiagram((("c", "x"), ("c", "y"), ("x", "d"), ("x", "y"), ("y", "e")))
    assert check_controls(diagram, "x", "y", ["c"]).valid
    assert check_controls(diagram, "x", "y", []).open_path == ("x", "c", "y")
    assert check_controls(diagram, "x", "y", ["c", "d"]).descendants == ("d",)
    assert check_controls(diagram, "x", "y", ["c", "e"]).descendants == ("e",)


def test_an_unobserved_confounder_cannot_be_closed():
    diagram = CausalDiagram((("u", "x"), ("u", "y"), ("x", "y")), unobserved=("u",))
    check = check_controls(diagram, "x", "y", [])
    assert check.sufficient is None
    assert "no observed set" in check.verdict


def test_the_open_path_is_open():
    """On random diagrams: a path is reported exactly if the criterion's separation fails."""
    rng = generator("test.diagrams")
    for _ in range(60):
        order = list("abcdef")
        edges = tuple(
            (order[i], order[j])
            for i, j in itertools.combinations(range(6), 2)
            if rng.random() < 0.4
        )
        nodes = {node for edge in edges for node in edge}
        if not {"b", "f"} <= nodes:
            continue
        controls = [n for n in ("a", "c", "d") if n in nodes and rng.random() < 0.5]
        check = check_controls(CausalDiagram(edges), "b", "f", controls)
        if check.open_path:
            assert (check.open_path[0], check.open_path[-1]) == ("b", "f")
            assert (check.open_path[1], "b") in edges  # through the back door
        elif not check.mediators and not check.descendants:
            assert check.valid


def test_bad_diagrams_and_controls_are_named():
    with pytest.raises(SpecError, match="circle"):
        CausalDiagram((("a", "b"), ("b", "a")))
    diagram = CausalDiagram((("u", "x"), ("x", "y")), unobserved=("u",))
    with pytest.raises(SpecError) as caught:
        check_controls(diagram, "x", "y", ["u", "nonsense", "y"])
    for text in ("unobserved 'u'", "'nonsense'", "'y' among the controls"):
        assert text in str(caught.value)


# -- mechanical links ----------------------------------------------------------------------


def test_population_on_both_sides_is_refused():
    spec = Spec("total_rate", ("gdp_per_head", "log_employment_change", "employment_rate"))
    with pytest.raises(SpecError) as caught:
        guard_mechanical(spec)
    assert "gdp_per_head" in str(caught.value)
    assert "log_employment_change" in str(caught.value)
    assert "'employment_rate'" not in str(caught.value)


def test_a_shared_denominator_is_noted_and_not_refused():
    notes = guard_mechanical(Spec("net_migration_rate", ("in_migrants", "employment_rate")))
    assert notes == ("'in_migrants' shares a denominator (residents@start)",)


def test_the_user_can_say_what_a_variable_is_made_of():
    own = {"beds": Makeup(("beds@end",), ("residents@end",))}
    links = mechanical_links(Spec("total_rate", ("beds", "unknown")), own)
    assert [link.kind for link in links] == ["contains the outcome"]


# -- balance and permutation ---------------------------------------------------------------


def test_balance_is_one_regression_each():
    panel = make()
    table = balance_table(panel, Spec("y", ("z", "w"), EFFECTS), "z", ["q", "w"], BY)
    q = fit_fe(panel, Spec("q", ("z", "w"), EFFECTS), BY)
    w = fit_fe(panel, Spec("w", ("z",), EFFECTS), BY)
    assert table.loc["q", "estimate"] == pytest.approx(q.coefficient("z"))
    assert table.loc["w", "p_value"] == pytest.approx(w.p_value("z"))
    assert (table["p_holm"] >= table["p_value"]).all()


def test_holm_is_monotone_and_at_most_one():
    p = np.array([0.001, 0.2, 0.6, 0.02])
    np.testing.assert_allclose(holm(p), [0.004, 0.4, 0.6, 0.06])


def test_permutation_equals_refits():
    """Every deal's coefficient is that of the regression with the dealt column."""
    panel = make(n=24)
    spec = Spec("y", ("x", "w"), EFFECTS)
    found = permutation_test(panel, spec, "x", within="province", resampling=Resampling(20))
    own = fit_fe(panel, spec, BY)
    assert found.estimate == pytest.approx(own.coefficient("x"), rel=1e-10)
    province = panel.attribute("province").to_numpy()
    basis, _ = np.linalg.qr(
        np.column_stack([(province[:, None] == np.unique(province)).astype(float),
                         panel.frame["w"]])
    )  # fmt: skip
    slopes, _ = permute_within(
        panel.frame["x"].to_numpy(), panel.frame["y"].to_numpy(), basis,
        pd.factorize(province, sort=True)[0], Resampling(20), task="permute_within.y.x.province",
    )  # fmt: skip
    np.testing.assert_allclose(slopes[1:], found.draws.values[:, 0], rtol=1e-8)


def test_permutation_statistics_are_t_with_white_s_errors():
    rng = generator("test.permutation.t")
    x, y, controls = rng.normal(size=30), 3 * rng.normal(size=30), rng.normal(size=(30, 2))
    basis, _ = np.linalg.qr(controls)
    slopes, statistics = permute_within(
        x, y, basis, np.zeros(30, dtype=int), Resampling(5), task="test.t"
    )
    design = np.column_stack([x, controls])
    fit = LinearFit(y, design, *least_squares(y, design))
    error = np.sqrt(Heteroskedastic("HC0").covariance(fit, {}).matrix[0, 0])
    assert slopes[0] == pytest.approx(fit.coefficients[0], rel=1e-10)
    assert statistics[0] == pytest.approx(fit.coefficients[0] / error, rel=1e-10)


def test_values_stay_in_their_group():
    """With the group's mean as outcome and effects absorbed, no deal moves anything."""
    groups = np.repeat([0, 1], 5)
    values = np.r_[np.arange(5.0), np.arange(100.0, 105.0)]
    nothing = np.empty((10, 0))
    slopes, _ = permute_within(
        values, (groups == 1) * 1.0, nothing, groups, Resampling(50), task="test.stay"
    )
    # the sum over group 1 is the same in every deal
    np.testing.assert_allclose(slopes, values[5:].sum() / (values**2).sum())


def test_permutation_p_values_are_uniform_without_association():
    p_values = []
    for seed in range(120):
        rng = generator(f"test.uniform.{seed}")
        frame = pd.DataFrame(rng.normal(size=(30, 2)), columns=["y", "x"])
        frame["city"], frame["year"] = [f"{i:06d}" for i in range(30)], 2020
        places = pd.DataFrame({"province": np.resize(list("abc"), 30)}, index=frame["city"])
        panel = CityPanel.from_long(frame, attributes=places)
        test = permutation_test(
            panel, Spec("y", ("x",), EFFECTS), "x", within="province", resampling=Resampling(99)
        )
        p_values.append(test.p_value)
    share = float((np.array(p_values) <= 0.2).mean())
    assert share == pytest.approx(0.2, abs=3.5 * np.sqrt(0.2 * 0.8 / 120))


def test_permutation_refuses_what_cannot_be_dealt():
    panel = make(n=16)
    with pytest.raises(DataError, match="no term"):
        permutation_test(panel, SPEC, "nonsense", within="province", resampling=Resampling(9))
    with pytest.raises(SpecError, match="groups of one city"):
        permutation_test(panel, Spec("y", ("x",)), "x", within="city", resampling=Resampling(9))
