"""Agreement with statsmodels where it is right: discrete time, and Cox without ties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.duration.hazard_regression import PHReg

from econshrink.core.seeds import generator
from econshrink.inference.vcov import Clustered
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.discrete.hazard import fit_discrete_hazard
from econshrink.survival.discrete.likelihood import Cloglog, Logit

pytestmark = pytest.mark.slow
COVARIATES = ["x", "z"]


def yearly(*, tied: bool, cities: int = 150, years: int = 8) -> pd.DataFrame:
    rng = generator("reference.statsmodels")
    n = cities * years
    start = np.tile(np.arange(years, dtype=float), cities)
    x, z = rng.normal(size=n), rng.integers(0, 2, n)
    wait = rng.exponential(size=n) / np.exp(-1.5 + 0.5 * x - 0.4 * z)
    event = wait < 1
    stop = start + 1 if tied else start + np.where(event, wait, 1.0)
    number = np.repeat(np.arange(cities), years)
    return pd.DataFrame(
        {
            "city": np.char.zfill(number.astype(str), 6),
            "start": start,
            "stop": stop,
            "event": event.astype(int),
            "x": x,
            "z": z,
            "zone": number % 4,
            "lift": rng.normal(size=n),
        }
    )


@pytest.mark.parametrize(
    ("link", "theirs"),
    [(Cloglog(), sm.families.links.CLogLog()), (Logit(), sm.families.links.Logit())],
)
def test_discrete_time_with_clusters(link: object, theirs: object) -> None:
    frame = yearly(tied=True)
    design = np.column_stack([frame[COVARIATES], pd.get_dummies(frame["stop"]).astype(float)])
    family = sm.families.Binomial(link=theirs)
    other = sm.GLM(frame["event"], design, family=family).fit(
        tol=1e-14,
        maxiter=200,
        cov_type="cluster",
        cov_kwds={"groups": pd.factorize(frame["city"])[0], "use_correction": False},
    )
    ours = fit_discrete_hazard(SpellTable(frame, rule_id="reference"), COVARIATES, link=link)
    assert ours.coefficients == pytest.approx(other.params.to_numpy(), rel=1e-7)
    assert ours.std_errors == pytest.approx(other.bse.to_numpy(), rel=1e-7)
    assert ours.stats["loglik"] == pytest.approx(other.llf, rel=1e-12)


def test_cox_without_ties_with_strata_offset_and_clusters() -> None:
    """Entries are moved by 1e-9: statsmodels counts a row that starts at t as at risk at t."""
    frame = yearly(tied=False)
    model = PHReg(
        frame["stop"].to_numpy(),
        frame[COVARIATES].to_numpy(dtype=float),
        status=frame["event"].to_numpy(),
        entry=frame["start"].to_numpy() + 1e-9,
        strata=frame["zone"].to_numpy(),
        offset=frame["lift"].to_numpy(),
        ties="efron",
    )
    other = model.fit(groups=pd.factorize(frame["city"])[0])
    ours = fit_cox(
        SpellTable(frame, rule_id="reference"),
        COVARIATES,
        strata="zone",
        offset="lift",
        vcov=Clustered(),
    )
    assert ours.coefficients == pytest.approx(other.params, rel=1e-8)
    assert ours.std_errors == pytest.approx(other.bse, rel=1e-8)
    assert ours.stats["loglik"] == pytest.approx(other.llf, rel=1e-12)
