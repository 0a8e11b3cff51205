"""Spatial models of one year: a constant swept out, the likelihood of the textbook."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import minimize_scalar

from econshrink.core.errors import SpecError
from econshrink.core.seeds import generator
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.spatial.fit import fit_spatial
from econshrink.spatial.kernel.determinant import Eigenvalues, SparseLU
from econshrink.spatial.kernel.likelihood import Counting, LagResiduals, maximise
from econshrink.spatial.neighbours import Neighbours
from econshrink.spatial.options import SpatialLag


@pytest.fixture(scope="module")
def case():
    rng = generator("test.spatial_cross_section")
    cities = [f"{i:06d}" for i in range(40)]
    pairs = pd.DataFrame({"city_a": cities, "city_b": cities[1:] + cities[:1]})
    extra = pd.DataFrame({"city_a": cities[::4], "city_b": np.roll(cities[::4], -2)})
    neighbours = Neighbours.from_pairs(pd.concat([pairs, extra]))
    w = neighbours.matrix.toarray()
    x = rng.normal(size=40)
    y = np.linalg.solve(np.eye(40) - 0.4 * w, 1 + x + 0.5 * rng.normal(size=40))
    panel = CityPanel.from_long(pd.DataFrame({"city": cities, "year": 2020, "y": y, "x": x}))
    return panel, neighbours, w, y, x


def test_one_year_equals_the_likelihood_with_a_constant(case):
    panel, neighbours, w, y, x = case
    found = fit_spatial(panel, Spec("y", ("x",)), neighbours, SpatialLag())
    design = np.column_stack([np.ones(len(y)), x])

    def loss(rho):
        left = y - rho * w @ y
        rest = left - design @ np.linalg.lstsq(design, left, rcond=None)[0]
        _, log_det = np.linalg.slogdet(np.eye(len(y)) - rho * w)
        return len(y) / 2 * np.log(rest @ rest) - log_det

    best = minimize_scalar(loss, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-12})
    assert found.coefficient("rho") == pytest.approx(best.x, abs=1e-7)
    slope = np.linalg.lstsq(design, y - best.x * w @ y, rcond=None)[0][1]
    assert found.coefficient("x") == pytest.approx(slope, abs=1e-7)


def test_several_years_still_need_effects(case):
    panel, neighbours, *_ = case
    twice = pd.concat([panel.frame, panel.frame.rename(index={2020: 2021}, level="year")])
    both = CityPanel(twice.sort_index())
    with pytest.raises(SpecError, match="city and year"):
        fit_spatial(both, Spec("y", ("x",)), neighbours, SpatialLag())


@pytest.mark.parametrize("rho", [-0.97, 0.0, 0.97])
@pytest.mark.parametrize("determinant", [Eigenvalues.of, SparseLU])
def test_the_maximum_is_found_next_to_the_ends_of_the_parameter_space(rho, determinant):
    """The score is solved within the space: at 1 the log-determinant is infinite."""
    ring = np.roll(np.eye(60), 1, axis=1) / 2 + np.roll(np.eye(60), -1, axis=1) / 2
    w = sparse.csr_array(ring)
    y = np.linalg.solve(np.eye(60) - rho * ring, generator("test.ends").normal(size=60))
    residuals = LagResiduals.of(y, ring @ y, np.empty((60, 0)))
    found = maximise(residuals, determinant(w), Counting(60, 1, False))

    def loss(value):
        log_det = np.linalg.slogdet(np.eye(60) - value * ring)[1]
        return 30 * np.log(residuals.at(value)[0]) - log_det

    best = minimize_scalar(
        loss, bounds=(found.rho - 0.01, min(found.rho + 0.01, 0.9999)), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    assert found.rho == pytest.approx(best.x, abs=1e-6)
    assert found.rho == pytest.approx(rho, abs=0.15)
    assert abs(found.score) < 1e-6
