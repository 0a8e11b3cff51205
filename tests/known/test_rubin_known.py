"""Rubin's rules against figures computed by hand, and their limits."""

from dataclasses import replace

import numpy as np
import pytest

from econshrink.core.errors import SpecError
from econshrink.inference.multiple import combine
from econshrink.nouns.estimate import Estimate


def estimate(coefficients, variances, **more):
    terms = tuple(f"x{i}" for i in range(len(coefficients)))
    return Estimate(
        "ols", terms, np.array(coefficients), np.diag(variances), "iid", "none", 100, **more
    )


THREE = [
    estimate([1.0, 2.0], [0.04, 0.01], df_t=50.0),
    estimate([1.3, 2.0], [0.05, 0.01], df_t=50.0),
    estimate([1.6, 2.0], [0.06, 0.01], df_t=50.0),
]


def test_three_imputations_by_hand():
    both = combine(THREE)
    # mean 1.3; W 0.05; B 0.09; T 0.05 + 4/3 * 0.09 = 0.17; lambda 12/17
    assert both.coefficients.tolist() == pytest.approx([1.3, 2.0])
    assert np.diag(both.covariance).tolist() == pytest.approx([0.17, 0.01])
    share = 12 / 17
    old = 2 / share**2
    observed = 50 * 51 / 53 * (1 - share)
    df = old * observed / (old + observed)
    r = share / (1 - share)
    assert both.stats["df[x0]"] == pytest.approx(df)
    assert both.stats["fmi[x0]"] == pytest.approx((r + 2 / (df + 3)) / (r + 1))
    assert both.stats["within_se[x0]"] == pytest.approx(np.sqrt(0.05))
    assert both.stats["between_se[x0]"] == pytest.approx(0.3)
    assert both.df_t == pytest.approx(df)
    assert "3 imputations combined by Rubin's rules" in both.notes


def test_a_term_that_no_imputation_moves():
    both = combine(THREE)
    assert both.stats["lambda[x1]"] == 0.0
    assert both.stats["df[x1]"] == pytest.approx(50 * 51 / 53)  # Barnard and Rubin, nothing missing
    assert both.stats["fmi[x1]"] == pytest.approx(2 / (50 * 51 / 53 + 3))


def test_normal_inference_has_the_degrees_of_rubin():
    large = [replace(each, df_t=float("inf")) for each in THREE]
    both = combine(large)
    assert both.df_t == pytest.approx(2 / (12 / 17) ** 2)
    assert np.isinf(both.stats["df[x1]"])
    assert both.stats["fmi[x1]"] == 0.0


def test_covariances_between_terms():
    moved = [
        estimate([1.0, 2.0], [0.04, 0.01]),
        estimate([2.0, 4.0], [0.04, 0.01]),
    ]
    between = np.array([[0.5, 1.0], [1.0, 2.0]])
    assert combine(moved).covariance == pytest.approx(np.diag([0.04, 0.01]) + 1.5 * between)


def test_what_cannot_be_combined():
    with pytest.raises(SpecError, match="at least two"):
        combine(THREE[:1])
    other = replace(THREE[1], method="probit", clusters={"city": 3})
    with pytest.raises(SpecError, match="2 problems"):
        combine([THREE[0], other])
    clustered = [replace(each, clusters={"city": 30 + i}) for i, each in enumerate(THREE)]
    assert combine(clustered).clusters == {"city": 30}
