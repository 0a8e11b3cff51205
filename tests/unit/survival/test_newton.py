"""Newton's method on likelihoods small enough to be known."""

from __future__ import annotations

import numpy as np
import pytest

from econshrink.survival.kernel.newton import Point, maximise

X = np.array([[0.0], [1.0]])


def parabola(beta: np.ndarray) -> Point:
    """Maximum at 2."""
    gap = beta - 2.0
    return Point(beta, float(-(gap @ gap)), -2 * gap, np.array([[2.0]]))


@pytest.mark.parametrize(("start", "steps"), [(2.0, 1), (0.0, 2), (-7.0, 2)])
def test_a_parabola_is_climbed_in_one_step_and_recognised_in_the_next(start, steps):
    found = maximise(parabola, X, ("x",), np.array([start]))
    assert found.best.beta.tolist() == [2.0]
    assert found.null.beta.tolist() == [start]
    assert found.inverse.tolist() == [[0.5]]
    assert found.iterations == steps


@pytest.mark.parametrize("below", [1e-3, np.inf, np.nan])
def test_the_last_step_is_not_taken_downhill(below):
    """At the maximum a step is rounding: one that ends lower, or nowhere, is left out."""
    start = np.array([2.0 + 1e-8])

    def evaluate(beta: np.ndarray) -> Point:
        point = parabola(beta)
        loglik = point.loglik if beta == start else point.loglik - below
        return Point(beta, loglik, point.score, point.information)

    found = maximise(evaluate, X, ("x",), start)
    assert found.best.beta.tolist() == start.tolist()
