"""Edges of the numerics that only a wrong sign or a moved number shows."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from econshrink.causal.kernel.oster import Moments
from econshrink.causal.kernel.shift_share import sector_coefficients
from econshrink.causal.kernel.weak_sets import accepted
from econshrink.core.errors import SpecError
from econshrink.inference.hypothesis import wald
from econshrink.inference.linear_fit import LinearFit, least_squares
from econshrink.inference.small_sample import parameter_count, sizes_of
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
