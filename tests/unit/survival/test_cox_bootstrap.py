"""Cluster bootstrap: equal to repeating rows, close to the sandwich, honest about failures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.core.seeds import generator
from econshrink.inference.resampling import BayesianBootstrap, Resampling
from econshrink.inference.vcov import Clustered, Iid
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.bootstrap import OneStep, bootstrap_cox, with_bootstrap
from econshrink.survival.cox.fit import fit_cox
from econshrink.survival.options import Breslow, Efron, FrequencyWeights


def yearly(cities: int = 120, years: int = 6) -> pd.DataFrame:
    rng = generator("unit.bootstrap")
    n = cities * years
    start = np.tile(np.arange(years, dtype=float), cities)
    own = np.repeat(rng.normal(size=cities), years)
    x, z = own + rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    hazard = np.exp(-2 + 0.4 * x - 0.3 * z)
    return pd.DataFrame(
        {
            "city": np.repeat([f"{i:06d}" for i in range(cities)], years),
            "start": start,
            "stop": start + 1,
            "event": (rng.random(n) < -np.expm1(-hazard)).astype(int),
            "x": x,
            "z": z,
        }
    )


def table(frame: pd.DataFrame) -> SpellTable:
    return SpellTable(frame, rule_id="unit")


@pytest.mark.parametrize("ties", [Efron(), Breslow()])
def test_a_draw_is_the_fit_to_repeated_rows(ties: object) -> None:
    frame = yearly()
    fit = fit_cox(table(frame), ["x", "z"], ties=ties)
    draws = bootstrap_cox(table(frame), fit, Resampling(3, rng=generator("draw")))
    picks = generator("draw").multinomial(120, np.full(120, 1 / 120), size=3)
    for row, pick in zip(draws.to_numpy(), picks, strict=True):
        numbers = pd.factorize(frame["city"])[0]
        repeated = frame.loc[frame.index.repeat(pick[numbers])]
        copy = repeated.groupby(level=0).cumcount().astype(str)
        literal = table(repeated.assign(city=repeated["city"] + "-" + copy))
        assert row == pytest.approx(fit_cox(literal, ["x", "z"], ties=ties).coefficients, rel=1e-9)


def test_both_forms_are_close_to_the_sandwich() -> None:
    frame = yearly()
    fit = fit_cox(table(frame), ["x", "z"], vcov=Clustered())
    draws = bootstrap_cox(table(frame), fit, Resampling(200, rng=generator("full")))
    many = Resampling(2000, rng=generator("quick"))
    quick = bootstrap_cox(table(frame), fit, many, method=OneStep())
    assert with_bootstrap(fit, draws).std_errors == pytest.approx(fit.std_errors, rel=0.2)
    assert with_bootstrap(fit, quick).std_errors == pytest.approx(fit.std_errors, rel=0.06)
    found = with_bootstrap(fit, draws)
    assert found.stats["low:x"] < fit.coefficient("x") < found.stats["high:x"]
    assert found.stats["draws_failed"] == 0
    assert "bootstrap of clusters by city" in found.vcov_label


def test_failed_draws_are_kept_and_told() -> None:
    frame = yearly(15, 3).assign(rare=lambda f: (f["city"] == "000003").astype(float))
    frame.loc[frame["city"] == "000003", "event"] = [0, 1, 0]
    fit = fit_cox(table(frame), ["x", "rare"])
    draws = bootstrap_cox(table(frame), fit, Resampling(40, rng=generator("rare")))
    failed = int(draws.isna().any(axis=1).sum())
    assert 5 < failed < 30  # some 37% of draws miss the one city that is different
    summary = with_bootstrap(fit, draws)
    assert summary.stats["draws_failed"] == failed
    assert f"{failed} of 40 draws" in summary.notes[-1]


def test_refusals() -> None:
    frame = yearly(20, 3).assign(w=1, all=1)
    fit = fit_cox(table(frame), ["x"])
    weighted = fit_cox(table(frame), ["x"], weights=FrequencyWeights("w"))
    rng = generator("refuse")
    with pytest.raises(SpecError, match="no scheme"):
        bootstrap_cox(table(frame), fit, Resampling(9, BayesianBootstrap(), rng=rng))
    with pytest.raises(SpecError, match="a weighted model"):
        bootstrap_cox(table(frame), weighted, Resampling(rng=rng))
    with pytest.raises(SpecError, match="one cluster"):
        bootstrap_cox(table(frame), fit, Resampling(cluster="all", rng=rng))
    with pytest.raises(DataError, match="columns"):
        with_bootstrap(fit, pd.DataFrame({"z": [1.0, 2.0]}))


@pytest.mark.parametrize("ties", [Efron(), Breslow()])
def test_integer_weights_are_repeated_rows_to_the_last_digits(ties: object) -> None:
    """Coefficients, model-based and clustered errors and likelihood, to 1e-12."""
    frame = yearly()
    cities = frame["city"].unique()
    counts = generator("replication").integers(0, 4, len(cities))
    weight = frame["city"].map(dict(zip(cities, counts, strict=True)))
    repeated = frame.loc[frame.index.repeat(weight)]
    copy = repeated.groupby(level=0).cumcount().astype(str)
    literal = table(repeated.assign(home=repeated["city"], city=repeated["city"] + "-" + copy))
    weighted = table(frame.assign(w=weight, home=frame["city"]))
    for vcov in (Iid(), Clustered("home")):
        options = {"ties": ties, "vcov": vcov}
        one = fit_cox(weighted, ["x", "z"], weights=FrequencyWeights("w"), **options)
        two = fit_cox(literal, ["x", "z"], **options)
        assert one.coefficients == pytest.approx(two.coefficients, rel=1e-12, abs=1e-14)
        assert one.std_errors == pytest.approx(two.std_errors, rel=1e-12)
        assert one.stats["loglik"] == pytest.approx(two.stats["loglik"], rel=1e-13)
        assert one.nobs == two.nobs
