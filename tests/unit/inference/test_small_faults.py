"""Edges of the numerics that only a wrong sign or a moved number shows."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from econshrink.causal.kernel.oster import Moments
from econshrink.causal.kernel.shift_share import sector_coefficients
from econshrink.causal.kernel.weak_sets import accepted
from econshrink.core.errors import SpecError
from econshrink.inference import pcse
from econshrink.inference.absorption import absorber
from econshrink.inference.conley import Uniform, near_weights
from econshrink.inference.gram.grams import block_sums, cluster_grams
from econshrink.inference.gram.partial import coefficients, partial_out
from econshrink.inference.hypothesis import wald
from econshrink.inference.linear_fit import TIME, UNIT, LinearFit, least_squares
from econshrink.inference.multiple import combine
from econshrink.inference.pcse import BeckKatz
from econshrink.inference.small_sample import RULES, Sizes, parameter_count, sizes_of
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.spells import SpellTable
from econshrink.panel.kernel.gmm import overidentification
from econshrink.survival.cox.fit import fit_cox


@pytest.mark.parametrize(
    "covariance",
    [np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([[1.0, 1.0], [1.0, 1.0]]),
     np.array([[-1.0, 0.0], [0.0, 1.0]])],
)  # fmt: skip
def test_a_covariance_that_is_none_tests_nothing(covariance):
    with pytest.raises(SpecError, match="not positive definite"):
        wald("t", "b = 0", np.ones(2), covariance)


def test_nested_levels_and_free_ones_are_counted_as_fixest_counts_them():
    """Three effects of 2, 3 and 4 levels: 2 + 3 + 4 less two constants, besides the slopes."""
    rng = np.random.default_rng(0)
    effects = tuple(rng.permutation(np.arange(48) % levels) for levels in (2, 3, 4))
    x, y = rng.normal(size=(48, 2)), rng.normal(size=48)
    fit = LinearFit(y, x, *least_squares(y, x), effects, ("a", "b", "c"), 7)
    assert parameter_count("fixest", sizes_of(fit, [])) == 2 + 7
    assert 48 - sizes_of(fit, []).nobs == 0


def test_overidentification_is_the_form_of_the_moments():
    z, u = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]).T, np.array([1.0, 2.0, 3.0])
    data = SimpleNamespace(z=z, x=np.ones((3, 1)))
    fit = SimpleNamespace(residuals=u)
    found = overidentification("J", data, fit, np.diag([1.0, 2.0]), 2)
    assert found.statistic == 1.0 * 4**2 + 2.0 * 5**2
    assert found.df == 1
    assert overidentification("J", data, fit, np.diag([1.0, 2.0]), 2, 4.0).statistic == 16.5


@pytest.mark.parametrize("end", [1.0, 3.0])
def test_touching_intervals_are_one(end):
    """Between the roots 1 and 3 of (β - 1)(β - 3), and beyond, with and without a gap."""
    found = accepted(np.array([1.0, 3.0]), lambda beta: beta < end)
    assert found == ((-np.inf, end),)


@pytest.mark.parametrize(
    "wrong", [{"variance_y": 0.0}, {"variance_y": -0.5}, {"variance_x_left": 0.0},
              {"variance_x_left": 1.5}]
)  # fmt: skip
def test_moments_without_variance_are_refused(wrong):
    good = {"short": 1.0, "long": 0.5, "r2_short": 0.1, "r2_long": 0.2, "variance_y": 1.0,
            "variance_x": 1.0, "variance_x_left": 0.5}  # fmt: skip
    Moments(**good)
    with pytest.raises(SpecError, match="positive variances"):
        Moments(**{**good, **wrong})


def test_a_sector_without_a_share_is_named_without_a_warning():
    with pytest.raises(SpecError, match="collinear or zero"):
        sector_coefficients(np.ones((3, 1)), np.array([[1.0, 0.0], [0.5, 0.0], [0.2, 0.0]]))


def test_only_the_collinear_covariates_are_named():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"city": [f"{i:06d}" for i in range(60)], "start": 0.0,
                         "stop": rng.exponential(1.0, 60) + 0.1, "event": 1})  # fmt: skip
    rows[["far", "a", "b"]] = rng.normal(size=(60, 3))
    rows["sum"] = rows["a"] + rows["b"]
    with pytest.raises(SpecError, match="sum a linear combination of a, b") as caught:
        fit_cox(SpellTable(rows, rule_id="r"), ["far", "a", "b", "sum"])
    assert "far" not in str(caught.value)


# N − K of every rule with 60 rows, 2 slopes and the effects of city (12 levels) and year (5),
# their dummies of rank 16: clustered by city, and not clustered.
RULE_COUNTS = {
    "none": (0, 0), "fixest": (7, 18), "fixest_none": (2, 2), "fixest_full": (18, 18),
    "fixest_conventional": (7, 18), "linearmodels": (18, 18), "linearmodels_slopes": (2, 2),
    "linearmodels_effects": (16, 16), "linearmodels_group": (18, 18),
    "linearmodels_effects_group": (16, 16), "stata_areg": (18, 18), "stata_xtreg": (7, 18),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_counts_parameters_as_its_formula_says(rule):
    sizes = Sizes(60, 2, (12, 5), 16, (12,), ((True,), (False,)), ("city", "year"))
    alone = replace(sizes, clusters=(), nested=((), ()))
    assert (parameter_count(rule, sizes), parameter_count(rule, alone)) == RULE_COUNTS[rule]


def test_one_nested_effect_counts_nothing_in_linearmodels():
    sizes = Sizes(60, 2, (12,), 12, (4,), ((True,),), ("city",))
    assert parameter_count("linearmodels", sizes) == 2
    assert parameter_count("linearmodels", replace(sizes, nested=((False,),))) == 2 + 12


def test_the_rank_of_dummies_is_exact_where_they_are_factored():
    """Three effects of 4, 3 and 2 levels crossed: 4 + 3 + 2 less two; of one and two likewise."""
    codes = [each.ravel() for each in np.indices((4, 3, 2))]
    for count, rank in ((1, 4), (2, 6), (3, 7)):
        found = absorber(codes[:count])
        assert (found.rank, found.rank_exact) == (rank, True)


def test_least_squares_without_regressors_leave_the_outcome():
    y = np.array([1.0, -2.0, 4.0])
    coefficients, residuals, bread = least_squares(y, np.empty((3, 0)))
    assert coefficients.shape == (0,)
    assert bread.shape == (0, 0)
    assert residuals.tolist() == y.tolist()


def test_coefficients_are_those_of_the_first_of_several_outcomes():
    rng = np.random.default_rng(2)
    x, y, groups = rng.normal(size=(40, 2)), rng.normal(size=(40, 3)), np.arange(40) // 8
    drawn = rng.integers(1, 4, (6, 5)).astype(float)
    for grams in (cluster_grams((), x, y, groups), cluster_grams((), x, y[:, :1], groups)):
        found, lost = coefficients(partial_out(grams, block_sums(grams, drawn)), 2)
        assert not lost.any()
        for draw, copies in zip(found, drawn, strict=True):
            rows = np.repeat(np.arange(40), copies[groups].astype(int))
            literal = np.linalg.lstsq(x[rows], y[rows, 0], rcond=None)[0]
            assert draw == pytest.approx(literal, rel=1e-9)


def test_a_table_of_pairs_that_is_too_large_is_refused(monkeypatch):
    """Two years of six cities: 12 cells hold the covariates, 36 the cities in pairs."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(12, 1)), rng.normal(size=12)
    fit = LinearFit(y, x, *least_squares(y, x))
    labels = {UNIT: np.repeat(np.arange(6), 2), TIME: np.tile([2010, 2011], 6)}
    assert BeckKatz("year").covariance(fit, labels).matrix.shape == (1, 1)
    monkeypatch.setattr(pcse, "MOST_CELLS", 35)
    with pytest.raises(SpecError, match="a smaller panel"):
        BeckKatz("year").covariance(fit, labels)


def test_only_pairs_within_the_distance_are_stored():
    """On a line of latitude 1° apart (111 km), each point sees two on either side."""
    near = near_weights(np.arange(20.0), np.zeros(20), 250.0, Uniform())
    assert near.nnz == 20 + 2 * (19 + 18)
    assert (near.toarray() == (np.abs(np.subtract.outer(*[np.arange(20)] * 2)) <= 2)).all()


def test_combined_estimates_say_what_the_first_one_is():
    one = Estimate("ols", ("x",), np.ones(1), np.eye(1), "iid", "none", 50,
                   provenance={"data": "first"}, vcov_kind="iid")  # fmt: skip
    both = combine([one, replace(one, provenance={"data": "second"})])
    assert (both.provenance, both.vcov_kind) == ({"data": "first"}, "iid")
