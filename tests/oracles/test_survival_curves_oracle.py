"""Curves, log-rank, parametric models and validation on 200 random tied, truncated tables."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import surpyval
from survival import survfit, survreg

from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered
from econshrink.nouns.spells import SpellTable
from econshrink.survival.curves.kaplan_meier import kaplan_meier, nelson_aalen
from econshrink.survival.curves.log_rank import FlemingHarrington, log_rank
from econshrink.survival.parametric.accelerated import fit_parametric
from econshrink.survival.parametric.likelihood import (
    Exponential,
    LogLogistic,
    LogNormal,
    Weibull,
)
from econshrink.survival.validation.accuracy import brier_scores
from econshrink.survival.validation.discrimination import time_dependent_auc

SETS = 200


def table(number: int) -> pd.DataFrame:
    """Yearly rows of up to forty cities in seven provinces, with late entry and repeated events."""
    draw = generator(f"oracle.curves.{number}")
    rows = []
    for city in range(int(draw.integers(20, 40))):
        entry = int(draw.integers(0, 4)) if city > 9 else 0  # somebody is at risk from the start
        effect = draw.normal()
        for year in range(entry, entry + int(draw.integers(2, 9))):
            x = effect + 0.5 * draw.normal()
            event = int(draw.random() < 0.12 + 0.1 * (x > 0))
            rows.append((f"c{city:02d}", f"p{city % 7}", city % 2, year, year + 1, event, x))
            if event and draw.random() < 0.7:
                break
    names = ["city", "province", "group", "start", "stop", "event", "x"]
    return pd.DataFrame(rows, columns=names)


def tables(step: int = 1) -> Iterator[pd.DataFrame]:
    for number in range(0, SETS, step):
        frame = table(number)
        if frame.groupby("group")["event"].sum().min() >= 3:
            yield frame


def arrays(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    return {
        "x": frame["stop"].to_numpy(float),
        "c": 1 - frame["event"].to_numpy(),
        "tl": frame["start"].to_numpy(float),
    }


def at(frame: pd.DataFrame, times: object) -> np.ndarray:
    place = np.searchsorted(frame["time"].to_numpy(), times, side="right") - 1
    return frame["estimate"].to_numpy()[place], frame["std_error"].to_numpy()[place]


def test_kaplan_meier_and_nelson_aalen_with_errors():
    """Levels of both packages; Greenwood's and clustered errors of one."""
    checked = 0
    for frame in tables():
        spells = SpellTable(frame, "oracle")
        theirs = survfit("Surv(start, stop, event) ~ 1", data=frame)
        alive = np.asarray(theirs.surv) > 0
        time = np.asarray(theirs.time)[alive]
        level, error = at(kaplan_meier(spells).frame, time)
        assert level == pytest.approx(np.asarray(theirs.surv)[alive], rel=1e-12)
        assert error / level == pytest.approx(np.asarray(theirs.std_err)[alive], rel=1e-9)
        clustered = survfit("Surv(start, stop, event) ~ 1", data=frame, cluster="province")
        _, robust = at(kaplan_meier(spells, cluster="province").frame, time)
        assert robust == pytest.approx(np.asarray(clustered.std_err)[alive], rel=1e-9)
        hazard, spread = at(nelson_aalen(spells).frame, time)
        assert hazard == pytest.approx(np.asarray(theirs.cumhaz)[alive], rel=1e-12)
        assert spread == pytest.approx(np.asarray(theirs.std_chaz)[alive], rel=1e-9)
        other = surpyval.KaplanMeier.fit(**arrays(frame))
        assert at(kaplan_meier(spells).frame, other.x)[0] == pytest.approx(other.R, abs=1e-12)
        checked += 1
    assert checked >= 0.9 * SETS


@pytest.mark.parametrize(("rho", "gamma"), [(0, 0), (1, 0), (0, 1)])
def test_log_rank_with_late_entry(rho, gamma):
    for frame in tables(2):
        ours = log_rank(SpellTable(frame, "oracle"), "group", weight=FlemingHarrington(rho, gamma))
        theirs = surpyval.logrank(
            Z=frame["group"].to_numpy(),
            weighting="fleming-harrington",
            rho=rho,
            gamma=gamma,
            **arrays(frame),
        )
        assert ours.statistic == pytest.approx(float(theirs.statistic), rel=1e-8)


LAWS = {
    "exponential": Exponential(),
    "weibull": Weibull(),
    "lognormal": LogNormal(),
    "loglogistic": LogLogistic(),
}


@pytest.mark.parametrize("law", list(LAWS))
def test_parametric_without_late_entry(law):
    """Coefficients, errors and clustered errors of one row a city."""
    for frame in tables(4):
        last = frame.groupby("city").tail(1).assign(start=0)
        ours = fit_parametric(SpellTable(last, "oracle"), ["x"], family=LAWS[law])
        control = {"rel_tolerance": 1e-12, "maxiter": 100}
        theirs = survreg("Surv(stop, event) ~ x", data=last, dist=law, **control)
        k = 2 if law == "exponential" else 3
        values = np.append(theirs.coefficients, np.log(theirs.scale))[:k]
        assert ours.coefficients == pytest.approx(values, rel=1e-6, abs=1e-8)
        errors = np.sqrt(np.diag(np.asarray(theirs.var)))
        assert ours.std_errors == pytest.approx(errors, rel=1e-5)
        robust = survreg(
            "Surv(stop, event) ~ x", data=last, dist=law, cluster="province", **control
        )
        vcov = Clustered("province")
        own = fit_parametric(SpellTable(last, "oracle"), ["x"], family=LAWS[law], vcov=vcov)
        assert own.std_errors == pytest.approx(np.sqrt(np.diag(np.asarray(robust.var))), rel=1e-5)


def test_weibull_with_late_entry():
    """Likelihood at its maximum and the effect; the package climbs without derivatives."""
    for frame in tables(20):
        ours = fit_parametric(SpellTable(frame, "oracle"), ["x"], family=Weibull())
        theirs = surpyval.WeibullAFT.fit(Z=frame[["x"]].to_numpy(), **arrays(frame))
        assert ours.stats["loglik"] == pytest.approx(-theirs.neg_ll(), abs=1e-4)
        assert ours.stats["loglik"] >= -theirs.neg_ll() - 1e-8
        assert abs(ours.coefficient("x")) == pytest.approx(abs(theirs.params[-1]), abs=2e-3)


def test_brier_and_auc_without_ties():
    """Dates of their own, so that conventions at ties cannot matter."""
    for number in range(0, SETS, 4):
        draw = generator(f"oracle.validation.{number}")
        n = 60
        time, lost = draw.exponential(5, n), draw.uniform(1, 12, n)
        frame = pd.DataFrame({"city": [f"{i:02d}" for i in range(n)], "start": 0.0})
        frame = frame.assign(stop=np.minimum(time, lost), event=(time <= lost).astype(int))
        horizons = np.array([2.0, 4.0])
        chance = draw.uniform(0.05, 0.95, n)
        risk = pd.DataFrame(dict.fromkeys(horizons, chance), index=frame["city"])
        spells = SpellTable(frame, "oracle")
        x, c = frame["stop"].to_numpy(), 1 - frame["event"].to_numpy()
        survival = np.repeat(1 - chance[:, None], 2, axis=1)
        _, theirs = surpyval.brier_score(x, c, survival, horizons)
        ours = brier_scores(spells, risk)["brier"].to_numpy()
        assert ours == pytest.approx(np.asarray(theirs), rel=1e-9)
        _, areas = surpyval.auc_td(x, c, chance, horizons)
        own = time_dependent_auc(spells, risk)["auc"].to_numpy()
        assert own == pytest.approx(np.asarray(areas), rel=1e-9)
