"""Cases in which well-known programs give another answer than R: ours is R's.

Right and wrong values were recorded with statsmodels 0.15.0, greenwood 0.8.0, lifelines 0.30.3 and
R 4.2.2 with survival 3.5-3.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered, Heteroskedastic
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.cox.time_effects import proportional_hazards_test
from econshrink.survival.events.recurrent import fit_andersen_gill, fit_pwp
from econshrink.survival.frailty.fit import fit_frailty
from econshrink.survival.frailty.likelihood import LogNormalFrailty
from econshrink.survival.parametric.accelerated import fit_parametric
from econshrink.survival.parametric.likelihood import LogLogistic
from econshrink.survival.validation.discrimination import uno_concordance

PUBLIC = Path(__file__).parent / "survival_data"
HEART = ("age", "year", "surgery", "transplant")


def public(name: str, **columns: object) -> SpellTable:
    frame = pd.read_csv(PUBLIC / f"{name}.csv").assign(**columns)
    if "city" not in frame:
        frame = frame.assign(city=[f"{i:05d}" for i in range(len(frame))], start=0.0)
    return SpellTable(frame.dropna(subset=[c for c in ("ph.ecog",) if c in frame]), rule_id="trap")


def by_id(name: str) -> SpellTable:
    return public(name, city=lambda f: f["id"].map("{:04d}".format))


def lung(*needed: str) -> SpellTable:
    columns = {"stop": lambda f: f["time"], "event": lambda f: f["status"] - 1}
    table = public("lung", **columns)
    return SpellTable(table.frame.dropna(subset=list(needed)), rule_id="trap")


def yearly(rows_per_city: int = 20, cities: int = 300) -> pd.DataFrame:
    """Back-to-back rows, every event tied at a whole year, covariates that change."""
    rng = generator("trap.yearly")
    n = rows_per_city * cities
    start = np.tile(np.arange(rows_per_city, dtype=float), cities)
    x, z = rng.normal(size=n), rng.integers(0, 2, n)
    rate = np.exp(-2.5 + 0.5 * x - 0.4 * z)
    return pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(cities)], rows_per_city),
            "start": start,
            "stop": start + 1,
            "event": (rng.random(n) < -np.expm1(-rate)).astype(int),
            "x": x,
            "z": z,
        }
    )


def test_a_row_that_starts_at_an_event_time_is_not_at_risk_then() -> None:
    """Reading ``start <= t`` gives .0554 for transplant instead of .0103."""
    estimate = fit_cox(by_id("heart"), HEART)
    assert estimate.coefficient("transplant") == pytest.approx(-0.0102507724090828, rel=1e-7)
    nudged = by_id("heart").frame.copy()
    nudged["start"] += 1e-6
    moved = fit_cox(SpellTable(nudged, rule_id="trap"), HEART)
    assert moved.coefficients == pytest.approx(estimate.coefficients, rel=1e-12)


def test_back_to_back_yearly_rows_are_counted_once() -> None:
    frame = yearly()
    ours = fit_cox(SpellTable(frame, rule_id="trap"), ["x", "z"])
    apart = frame.assign(start=frame["start"] + 1e-6)
    again = fit_cox(SpellTable(apart, rule_id="trap"), ["x", "z"])
    assert again.coefficients == pytest.approx(ours.coefficients, rel=1e-13)
    assert (np.abs(ours.coefficients - [0.5, -0.4]) < 4 * ours.std_errors).all()
    # The mistake: rows that start at t counted beside those that end there.
    doubled = frame.assign(start=frame["start"] - 0.5)
    doubled["city"] = [f"{i:06d}" for i in range(len(frame))]
    wrong = fit_cox(SpellTable(doubled, rule_id="trap"), ["x", "z"])
    assert np.abs(wrong.coefficients - ours.coefficients).max() > 1e-3


@pytest.mark.parametrize(
    ("fit", "term", "right", "wrong"),
    [
        (lambda: fit_cox(by_id("heart"), HEART, vcov=Clustered()), "age", 0.01389189, 0.01386),
        (lambda: fit_andersen_gill(by_id("bladder2"), ("rx", "size", "number")), "rx",
         0.26556081, 0.25769),
        (lambda: fit_pwp(by_id("bladder2"), ("rx", "size", "number")), "rx", 0.20478677, 0.19727),
        (lambda: fit_cox(
            public("rossi", stop=lambda f: f["week"], event=lambda f: f["arrest"]),
            ("fin", "age", "race", "wexp", "mar", "paro", "prio"), vcov=Heteroskedastic()),
         "fin", 0.19554178, 0.19192),
    ],
)  # fmt: skip
def test_sandwich_that_knows_of_efron_ties(
    fit: object, term: str, right: float, wrong: float
) -> None:
    error = fit().std_error(term)
    assert error == pytest.approx(right, abs=5e-9)
    assert abs(error - wrong) > 1e-5


@pytest.mark.slow
def test_sandwich_of_late_entry_has_the_right_size() -> None:
    """A wrong sandwich here is 10% short: compare with the jackknife over cities."""
    frame = yearly(6, 250)
    table = SpellTable(frame, rule_id="trap")
    estimate = fit_cox(table, ["x", "z"], vcov=Clustered())
    left = [
        fit_cox(SpellTable(frame[frame["city"] != city], rule_id="trap"), ["x", "z"]).coefficients
        for city in frame["city"].unique()
    ]
    gaps = np.array(left) - np.mean(left, axis=0)
    jackknife = np.sqrt((gaps**2).sum(axis=0))
    assert estimate.std_errors == pytest.approx(jackknife, rel=0.04)


def test_fits_that_stop_early_elsewhere() -> None:
    cox = fit_cox(lung(), ("age", "sex", "ph.ecog"))
    assert cox.coefficient("sex") == pytest.approx(-0.552612395703631, rel=1e-8)
    everyone = pd.read_csv(PUBLIC / "lung.csv")
    everyone = everyone.assign(
        city=[f"{i:05d}" for i in range(228)], start=0.0, stop=everyone["time"],
        event=everyone["status"] - 1,
    )  # fmt: skip
    aft = fit_parametric(SpellTable(everyone, rule_id="trap"), ("age", "sex"), family=LogLogistic())
    assert aft.coefficient("(Intercept)") == pytest.approx(5.92232, abs=5e-6)
    assert aft.stats["loglik"] == pytest.approx(-1152.8972253, abs=5e-8)


def test_log_normal_frailty_reaches_its_variance() -> None:
    """R's default control stops at theta .0193884; its tight fit has .0193196220."""
    fit = fit_frailty(
        lung("inst"),
        ("age", "sex", "ph.ecog"),
        group="inst",
        law=LogNormalFrailty(),
    )
    assert fit.stats["theta"] == pytest.approx(0.0193196220, rel=1e-7)
    assert fit.coefficients == pytest.approx([0.01111499, -0.55664915, 0.49296255], abs=5e-9)


def test_uno_error_with_and_without_that_of_the_censoring_curve() -> None:
    """R's concordance(timewt = "n/G2") takes the censoring curve as known: .0235624 on lung.

    With its error, as ours has it first, the infinitesimal jackknife over cities is .0233030.
    """
    table = lung()
    names = ["age", "sex", "ph.ecog"]
    fit = fit_cox(table, names)
    risk = pd.Series(table.frame[names].to_numpy() @ fit.coefficients, index=table.frame["city"])
    found = uno_concordance(table, risk, float(table.frame["stop"].max()))
    assert found.std_error_known == pytest.approx(0.023562427215280193, rel=1e-8)
    assert found.std_error == pytest.approx(0.0233029776, rel=1e-8)


def test_joint_test_of_proportional_hazards_of_a_factor() -> None:
    """R's cox.zph with terms: the dummies of ph.ecog together, by survival 2.0.0 (its port)."""
    table = lung()
    grade = table.frame["ph.ecog"].clip(upper=2)
    frame = table.frame.assign(one=(grade == 1).astype(int), two=(grade == 2).astype(int))
    table = SpellTable(frame, rule_id="trap")
    fit = fit_cox(table, ["age", "sex", "one", "two"])
    found = proportional_hazards_test(table, fit, factors={"grade": ["one", "two"]})
    found = found.set_index("term")
    assert found.loc["grade", "chi2"] == pytest.approx(3.043186645141035, rel=1e-7)
    assert found.loc["grade", "df"] == 2
    assert found.loc["grade", "p_value"] == pytest.approx(0.2183636858383044, rel=1e-7)
    assert found.loc["GLOBAL", "chi2"] == pytest.approx(5.23697147349408, rel=1e-7)
