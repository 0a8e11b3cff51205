"""The compiled loops give the numbers of the array form, whatever the table looks like."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.seeds import generator
from econshrink.nouns.spells import SpellTable
from econshrink.survival.cox.bootstrap import bootstrap_cox
from econshrink.survival.cox.regression import fit_cox
from econshrink.survival.options import (
    Breslow,
    ClusterRobust,
    Compiled,
    Efron,
    FrequencyWeights,
    ImportanceWeights,
)

COVARIATES = ("x", "z", "far")


def table(number: int) -> SpellTable:
    """Late entry; yearly rows, long rows with ties, or distinct times, by turns."""
    draw = generator(f"oracle.compiled.{number}")
    cities, years = int(draw.integers(25, 60)), 6
    n = cities * years
    start = np.tile(np.arange(years, dtype=float), cities)
    length = np.ones(n)
    if number % 3:
        length = draw.integers(1, 4, n).astype(float)
        start = start * 4 + draw.integers(0, 2, n)
    if number % 3 == 2:
        length = length * draw.random(n) + 0.01
    frame = pd.DataFrame(
        {
            "city": np.repeat([f"c{i:03d}" for i in range(cities)], years),
            "start": start,
            "stop": start + length,
            "event": (draw.random(n) < 0.35).astype(int),
            "x": draw.normal(size=n),
            "z": draw.integers(0, 2, n),
            "far": 1e6 + draw.normal(size=n) * 1e3,
            "zone": np.repeat(draw.integers(0, 3, cities), years),
            "province": np.repeat(draw.integers(0, 9, cities), years),
            "often": draw.integers(0, 4, n),
            "weight": draw.random(n) + 0.2,
            "known": draw.normal(size=n) * 0.3,
        }
    )
    return SpellTable(frame[draw.random(n) < 0.9], rule_id="oracle")


@pytest.mark.parametrize("number", range(30))
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ties": Breslow()},
        {"strata": "zone", "offset": "known"},
        {"weights": FrequencyWeights("often")},
        {"weights": ImportanceWeights("weight"), "strata": "zone", "ties": Breslow()},
    ],
    ids=["efron", "breslow", "strata", "frequency", "importance"],
)
def test_fits_are_equal(number, options):
    spells = table(number)
    for vcov in (ClusterRobust(), ClusterRobust("province")):
        arrays = fit_cox(spells, COVARIATES, vcov=vcov, **options)
        loops = fit_cox(spells, COVARIATES, vcov=vcov, engine=Compiled(), **options)
        gap = np.abs(loops.coefficients - arrays.coefficients)
        assert (gap <= 1e-10 * (np.abs(arrays.coefficients) + arrays.std_errors)).all()
        assert loops.covariance == pytest.approx(arrays.covariance, rel=1e-10, abs=1e-22)
        assert loops.stats == pytest.approx(arrays.stats, rel=1e-10)


@pytest.mark.parametrize("number", range(6))
def test_draws_are_equal(number):
    spells = table(number)
    for ties in (Efron(), Breslow()):
        fit = fit_cox(spells, COVARIATES, ties=ties)
        arrays, loops = (
            bootstrap_cox(spells, fit, generator("draws"), draws=70, **engine).to_numpy()
            for engine in ({}, {"engine": Compiled()})
        )
        assert loops / fit.std_errors == pytest.approx(
            arrays / fit.std_errors, rel=1e-10, abs=1e-10, nan_ok=True
        )


def test_hard_tables_take_the_careful_way():
    """Risks over forty orders of magnitude: sums by difference would lose every digit."""
    draw = generator("oracle.compiled.hard")
    frame = table(1).frame.assign(known=lambda f: 90 * draw.random(len(f)))
    spells = SpellTable(frame, rule_id="oracle")
    arrays, loops = (
        fit_cox(spells, ("x", "z"), offset="known", vcov=ClusterRobust(), **engine)
        for engine in ({}, {"engine": Compiled()})
    )
    assert loops.coefficients == pytest.approx(arrays.coefficients, rel=1e-9)
    assert loops.std_errors == pytest.approx(arrays.std_errors, rel=1e-9)
