"""Cox on random tied, late-entry, clustered tables against two independent implementations."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg
from surpyval import CoxPH
from survival import coxph

from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.options import Breslow, Efron

SETS = 200
TIGHT = {"eps": 1e-11, "toler_chol": 1e-12}


def table(number):
    """Yearly rows of up to forty cities, with late entry, ties and few or many events."""
    draw = generator(f"oracle.cox.{number}")
    cities = int(draw.integers(15, 40))
    rows = []
    for city in range(cities):
        entry = int(draw.integers(0, 4))
        effect = draw.normal(size=2)
        for year in range(entry, entry + int(draw.integers(2, 9))):
            x = effect * 0.5 + draw.normal(size=2)
            event = int(draw.random() < 0.12 + 0.1 * (x[0] > 0))
            rows.append((f"c{city:02d}", f"p{city % 7}", year, year + 1, event, *x))
            if event and draw.random() < 0.7:
                break
    return pd.DataFrame(rows, columns=["city", "province", "start", "stop", "event", "x1", "x2"])


@pytest.mark.parametrize("method", ["efron", "breslow"])
def test_coefficients_and_errors_of_two_packages(method):
    ties = Efron() if method == "efron" else Breslow()
    checked = 0
    for number in range(SETS):
        frame = table(number)
        if frame["event"].sum() < 6:
            continue
        ours = fit_cox(SpellTable(frame, "oracle"), ("x1", "x2"), ties=ties)
        theirs = coxph("Surv(start, stop, event) ~ x1 + x2", data=frame, ties=method, **TIGHT)
        assert ours.coefficients == pytest.approx(np.asarray(theirs.coefficients), rel=1e-7)
        other = CoxPH.fit(
            x=frame["stop"].to_numpy(float),
            Z=frame[["x1", "x2"]].to_numpy(),
            c=1 - frame["event"].to_numpy(),
            tl=frame["start"].to_numpy(float),
            tie_method=method,
        )
        assert ours.coefficients == pytest.approx(np.asarray(other.params), rel=1e-6)
        checked += 1
    assert checked >= 0.9 * SETS


def test_cluster_errors():
    for number in range(SETS):
        frame = table(number)
        ours = fit_cox(SpellTable(frame, "oracle"), ("x1", "x2"), vcov=Clustered("province"))
        theirs = coxph(
            "Surv(start, stop, event) ~ x1 + x2",
            data=frame,
            cluster="province",
            eps=1e-11,
            toler_chol=1e-12,
        )
        errors = np.sqrt(np.diag(np.asarray(theirs.var)))
        assert ours.std_errors == pytest.approx(errors, rel=1e-6)


@pytest.mark.parametrize("ties", [Efron(), Breslow()], ids=["efron", "breslow"])
def test_who_enters_at_an_event_is_not_yet_at_risk(ties):
    """As in R; statsmodels counts such a unit, and agrees where it enters a moment later."""
    frame = table(3).drop(columns=["city", "province"]).assign(start=lambda t: t["start"] + 1.0)
    frame["stop"] = frame["stop"] + 1.0
    ours = fit_cox(frame, "Surv(start, stop, event) ~ x1 + x2", ties=ties).coefficients

    def theirs(later):
        model = PHReg(
            frame["stop"].to_numpy(),
            frame[["x1", "x2"]].to_numpy(),
            status=frame["event"].to_numpy(),
            entry=frame["start"].to_numpy() + later,
            ties=type(ties).__name__.lower(),
        )
        return model.fit().params

    assert ours == pytest.approx(theirs(1e-6), rel=1e-6)
    assert np.abs(ours - theirs(0.0)).max() > 1e-3
