"""Random intercepts, identical rows, splines and predictions of discrete-time hazards."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special

from econshrink.core.errors import ConvergenceError, DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered, Heteroskedastic
from econshrink.nouns.spells import SpellTable
from econshrink.nouns.storage import from_json, to_json
from econshrink.survival.discrete.design import (
    DurationDummies,
    DurationLog,
    DurationPolynomial,
    DurationSpline,
    PeriodDesign,
    duration_of,
)
from econshrink.survival.discrete.hazard import fit_discrete_hazard
from econshrink.survival.discrete.likelihood import Cells, Cloglog, Link, Logit, collapse
from econshrink.survival.discrete.prediction import (
    marginal_effects,
    predict_hazard,
    predict_onset,
)
from econshrink.survival.discrete.random import SIGMA, fit_random_hazard


def rows(groups: int = 12, each: int = 15, sigma: float = 0.9) -> pd.DataFrame:
    rng = generator("unit.random")
    home = np.repeat(np.arange(groups), each)
    x = rng.normal(size=len(home))
    eta = -1.2 + 0.6 * x + sigma * rng.normal(size=groups)[home]
    event = (rng.random(len(home)) < -np.expm1(-np.exp(eta))).astype(int)
    city = [f"{i:06d}" for i in range(len(home))]
    data = {"city": city, "start": 0, "stop": 1, "event": event, "x": x, "home": home}
    return pd.DataFrame(data)


def table(frame: pd.DataFrame) -> SpellTable:
    return SpellTable(frame, rule_id="unit")


def integrated(frame: pd.DataFrame, theta: np.ndarray, link: Link) -> float:
    """Log-likelihood on a dense grid of b: the trapezoid rule is exact to rounding here."""
    grid = np.linspace(-9, 9, 3601)
    total = 0.0
    for _, one in frame.groupby("home"):
        eta = (theta[0] * one["x"].to_numpy() + theta[1])[:, None] + theta[2] * grid
        p = special.expit(eta) if isinstance(link, Logit) else -np.expm1(-np.exp(eta))
        chance = np.where(one["event"].to_numpy()[:, None] == 1, p, 1 - p).prod(axis=0)
        total += np.log(np.trapezoid(chance * np.exp(-(grid**2) / 2), grid) / np.sqrt(2 * np.pi))
    return total


@pytest.mark.parametrize("link", [Cloglog(), Logit()])
def test_the_likelihood_is_the_integral(link: Link) -> None:
    frame = rows()
    fit = fit_random_hazard(table(frame), ["x"], group="home", link=link, nodes=25)
    theta = fit.coefficients
    top = integrated(frame, theta, link)
    assert fit.stats["loglik"] == pytest.approx(top, abs=1e-7)
    for j in range(3):
        for sign in (-1, 1):
            assert integrated(frame, theta + sign * 0.02 * np.eye(3)[j], link) < top
    for name in ("sigma_low", "sigma_high"):
        assert 0 < fit.stats[name] < 10
    assert fit.stats["sigma_low"] < fit.coefficient(SIGMA) < fit.stats["sigma_high"]


def test_without_spread_between_groups_sigma_is_zero() -> None:
    frame = rows(sigma=0.0).assign(home=lambda f: np.arange(len(f)) % 12)
    balanced = frame.assign(event=np.tile([0, 1, 0], 60))
    balanced = balanced.assign(home=np.arange(180) // 15)
    fit = fit_random_hazard(table(balanced), ["x"], group="home")
    plain = fit_discrete_hazard(table(balanced), ["x"], duration=DurationPolynomial(0))
    assert fit.stats["sigma"] == 0
    assert fit.stats["sigma_p"] == 1
    assert fit.coefficients[:2] == pytest.approx(plain.coefficients, rel=1e-9)
    assert "sigma is 0" in fit.notes[0]


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({}, {"nodes": 1}, SpecError, "1 nodes"),
        ({"home": 1}, {}, SpecError, "1 group"),
        ({}, {"group": "nowhere"}, SpecError, "no column 'nowhere'"),
        ({"event": 0}, {}, DataError, "no events"),
        ({"x": lambda f: f["event"] + 0.0}, {}, ConvergenceError, "x"),
    ],
)
def test_refusals(change: dict, options: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        fit_random_hazard(table(rows().assign(**change)), ["x"], **({"group": "home"} | options))


def test_identical_rows_are_joined_and_nothing_changes() -> None:
    rng = generator("unit.cells")
    n = 3000
    x = rng.integers(0, 3, (n, 2)).astype(float)
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(n // 5)], 5),
            "start": np.tile(range(5), n // 5),
            "stop": np.tile(range(1, 6), n // 5),
            "event": (rng.random(n) < -np.expm1(-np.exp(-2 + x @ [0.4, -0.3]))).astype(int),
            "x": x[:, 0],
            "z": x[:, 1],
        }
    )
    jitter = frame.assign(x=frame["x"] + 1e-9 * rng.normal(size=n))  # no two rows alike
    for vcov in (Clustered(), Heteroskedastic()):
        joined = fit_discrete_hazard(table(frame), ["x", "z"], vcov=vcov)
        apart = fit_discrete_hazard(table(jitter), ["x", "z"], vcov=vcov)
        assert joined.coefficients == pytest.approx(apart.coefficients, rel=1e-6)
        assert joined.covariance == pytest.approx(apart.covariance, rel=1e-5, abs=1e-9)


def test_cells_hold_every_row_once() -> None:
    rng = generator("unit.cells.count")
    x = rng.integers(0, 2, (500, 3)).astype(float)
    design = PeriodDesign(x, ("a", "b", "c"), np.zeros(0, np.intp), 0, np.eye(3))
    event = (rng.random(500) < 0.3).astype(float)
    cells: Cells = collapse(design, event, np.zeros(500))
    assert len(cells.events) == 8
    assert cells.events.sum() == event.sum()
    assert (cells.events + cells.survivors).sum() == 500
    assert cells.cell is not None
    assert (cells.design.x[cells.cell] == x).all()


@pytest.mark.parametrize(
    "duration",
    [DurationDummies(), DurationLog(), DurationPolynomial(2), DurationSpline((1.0, 2.0, 4.0))],
)
def test_predictions_at_the_data_are_the_fit(duration: object) -> None:
    rng = generator("unit.predict")
    n = 400
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(n)], 4),
            "start": np.tile(range(4), n),
            "stop": np.tile(range(1, 5), n),
            "event": (rng.random(4 * n) < 0.2).astype(int),
            "x": rng.normal(size=4 * n),
        }
    )
    spells = table(frame)
    fit = fit_discrete_hazard(spells, ["x"], duration=duration, link=Logit())
    path = frame.head(4).assign(path="p")
    hazard = predict_hazard(fit, path).frame
    onset = predict_onset(fit, path).frame
    left = np.cumprod(1 - hazard["estimate"].to_numpy())
    assert onset["estimate"].to_numpy() == pytest.approx([0, *(1 - left)], rel=1e-10)
    assert (hazard["conf_low"] < hazard["estimate"]).all()
    assert (onset["conf_high"][1:] > onset["estimate"][1:]).all()
    # with an intercept, mean fitted and mean observed agree under the logit
    effect = marginal_effects(spells, fit)
    assert effect["mean_hazard"][0] == pytest.approx(frame["event"].mean(), rel=1e-8)
    assert duration_of(fit.spec) == duration
    assert from_json(to_json(fit)).spec == fit.spec


def test_marginal_effect_is_a_difference_of_means() -> None:
    frame = rows()
    fit = fit_discrete_hazard(table(frame), ["x"], duration=DurationPolynomial(0))
    step = 1e-5

    def mean(shift: float) -> float:
        path = frame.assign(path=frame["city"], x=frame["x"] + shift)
        return float(predict_hazard(fit, path).frame["estimate"].mean())

    effect = marginal_effects(table(frame), fit).iloc[0]
    assert effect["estimate"] == pytest.approx((mean(step) - mean(-step)) / (2 * step), rel=1e-6)
    assert effect["std_error"] > 0


def test_paths_that_cannot_be() -> None:
    fit = fit_discrete_hazard(table(rows()), ["x"], duration=DurationPolynomial(0))
    path = pd.DataFrame({"path": "p", "start": [0, 2], "stop": [1, 3], "x": 0.0})
    with pytest.raises(DataError, match="gaps or overlaps"):
        predict_hazard(fit, path)
    with pytest.raises(DataError, match="no column x"):
        predict_hazard(fit, path.drop(columns="x"))
    with pytest.raises(DataError, match="finite numbers"):
        predict_onset(fit, path.assign(x=np.nan))
    mixed = fit_random_hazard(table(rows()), ["x"], group="home")
    with pytest.raises(DataError, match="without random intercepts"):
        predict_hazard(mixed, path.head(1))
    with pytest.raises(SpecError, match="knots"):
        DurationSpline((1.0, 1.0, 2.0))
