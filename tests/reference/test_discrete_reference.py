"""Random intercepts, splines and interval censoring against R (hazard_data/discrete.R)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from econshrink.nouns.spells import SpellTable
from econshrink.survival.discrete.design import DurationPolynomial, DurationSpline
from econshrink.survival.discrete.hazard import fit_discrete_hazard
from econshrink.survival.discrete.hidden_onset import IntervalOnsets, fit_hidden_onset
from econshrink.survival.discrete.likelihood import Cloglog, Link, Logit
from econshrink.survival.discrete.prediction import predict_hazard
from econshrink.survival.discrete.random import SIGMA, fit_random_hazard

HERE = Path(__file__).parent / "hazard_data"
NAMES = {"(Intercept)": "(Intercept)", "stop": "t", "x": "x", "z": "z"}


def expected(model: str) -> pd.Series:
    table = pd.read_csv(HERE / "discrete.csv", keep_default_na=False)
    mine = table[table["model"] == model]
    assert len(mine)
    return mine.set_index(["quantity", "term"])["value"].astype(float)


def simulated() -> SpellTable:
    frame = pd.read_csv(HERE / "random.csv")
    city = frame["city"].astype(str).str.zfill(6)
    return SpellTable(frame.assign(city=city, start=frame["stop"] - 1), rule_id="reference")


@pytest.mark.slow
@pytest.mark.parametrize("link", [Cloglog(), Logit()])
@pytest.mark.parametrize("group", ["province", "city"])
def test_random_intercepts_are_those_of_glmer(link: Link, group: str) -> None:
    """The optimum is flat: the likelihood agrees to 1e-6, coefficients to glmer's own tolerance.

    Ours is never below glmer's by more than rounding, so what is left is where glmer stopped.
    """
    theirs = expected(f"glmer {link.name} {group} 25")
    ours = fit_random_hazard(
        simulated(), ["x", "z"], group=group, link=link, duration=DurationPolynomial(1), nodes=25
    )
    gap = ours.stats["loglik"] - theirs["loglik", ""]
    assert -1e-8 < gap < 1e-6
    assert ours.coefficient(SIGMA) == pytest.approx(theirs["sigma", ""], rel=1e-5)
    for name, own in NAMES.items():
        assert ours.coefficient(own) == pytest.approx(theirs["coefficient", name], rel=2e-5)
        # glmer differentiates the deviance numerically
        assert ours.std_error(own) == pytest.approx(theirs["std_error", name], rel=1e-4)


def test_the_spline_spans_the_space_of_ns() -> None:
    theirs = expected("ns cloglog")
    spells = simulated()
    fit = fit_discrete_hazard(spells, ["x", "z"], duration=DurationSpline((1, 2, 4, 6)))
    assert fit.stats["loglik"] == pytest.approx(theirs["loglik", ""], abs=1e-8)
    for name in ("x", "z"):
        assert fit.coefficient(name) == pytest.approx(theirs["coefficient", name], rel=1e-7)
    path = pd.DataFrame({"path": "p", "start": range(6), "stop": range(1, 7), "x": 0.0, "z": 0.0})
    hazard = predict_hazard(fit, path).frame["estimate"]
    for j in range(6):
        assert hazard[j] == pytest.approx(theirs["hazard", f"t{j + 1}"], rel=1e-7)


def test_interval_censoring_with_a_constant_hazard_is_the_exponential_model() -> None:
    """`survreg` with interval2 data; its coefficients are minus the log hazard ratios."""
    theirs = expected("survreg exponential interval")
    data = pd.read_csv(HERE / "interval.csv")
    rows = []
    for one in data.itertuples():
        end = int(one.left if np.isnan(one.right) else one.right)
        for t in range(1, end + 1):
            inside = not np.isnan(one.right) and t > one.left
            last = inside and t == end
            rows.append((f"{one.city:06d}", t - 1, t, int(last), int(inside), one.x))
    frame = pd.DataFrame(rows, columns=["city", "start", "stop", "event", "uncertain", "x"])
    fit = fit_hidden_onset(SpellTable(frame, "reference"), ["x"], observation=IntervalOnsets())
    assert fit.stats["loglik"] == pytest.approx(theirs["loglik", ""], abs=1e-8)
    for name in ("x", "(Intercept)"):
        assert fit.coefficient(name) == pytest.approx(theirs["coefficient", name], rel=1e-7)
        assert fit.std_error(name) == pytest.approx(theirs["std_error", name], rel=1e-7)
