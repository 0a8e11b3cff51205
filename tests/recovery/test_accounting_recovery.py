"""The laboratory knows births, deaths and moves: what the accounting finds, with what bias."""

import numpy as np
import pytest

from econshrink.demography.accounting import account
from econshrink.demography.accounting_options import ClosedNation, OpenNation
from econshrink.demography.ageing import SurvivalRatios
from econshrink.lab import LabSettings, simulate
from econshrink.lab.country import demography
from econshrink.nouns.ages import AgeStructure

START, END = 2010, 2020


@pytest.fixture(scope="module")
def run():
    return simulate(LabSettings(last_year=END), seed=7)


def ages(run, year):
    cities, first = run.true.cities, run.true.years[0]
    return AgeStructure(
        cities, year, tuple(range(86)), run.ages[:, year - first], "laboratory", True
    )


def ratios(run, *, harsher=1.0):
    """The laboratory's own survival, or one with another force of mortality."""
    steps = [
        demography.survival_rates(run.settings.demography, float(year + 1 - run.true.years[0]))
        for year in range(START, END)
    ]
    forward, newborn = (np.stack(parts) for parts in zip(*steps, strict=True))
    return SurvivalRatios(START, 1, forward**harsher, newborn)


def truth(run):
    """Natural change and net migration of the decade by city, persons."""
    flows = run.true.frame.loc[(slice(None), list(range(START + 1, END + 1))), :]
    sums = flows[["births", "deaths", "net_migration"]].groupby("city").sum()
    return sums["births"] - sums["deaths"], sums["net_migration"]


def test_own_survival_recovers_deaths_births_and_moves(run):
    book = account(ages(run, START), ages(run, END), ratios(run))
    found = book.components()
    natural, moved = truth(run)
    nation = found.sum()
    # nationally nobody moves: what is left is the rounding of deaths by chance, city by city
    assert abs(nation["migration"]) < 2e-6 * nation["population_start"]
    assert nation["natural"] == pytest.approx(natural.sum(), rel=1e-4)
    size = found["population_start"].to_numpy()
    rate, true = found["migration"].to_numpy() / size, moved.to_numpy() / size
    assert np.corrcoef(rate, true)[0, 1] > 0.999
    slope = np.polyfit(true, rate, 1)[0]
    # Movers' deaths count where they came from and their children where they live, so that the
    # residual is nearer to zero than the flow, by the share of movers who are or become children.
    assert 0.88 < slope < 0.96
    assert found["change"].sum() == natural.sum()
    assert book.synthetic


def test_too_harsh_a_table_makes_migrants_and_closing_removes_them(run):
    _, moved = truth(run)
    harsh = ratios(run, harsher=1.15)
    size = ages(run, START).total
    base = account(ages(run, START), ages(run, END), ratios(run)).components()["migration"]
    errors = {}
    for nation in (OpenNation(), ClosedNation()):
        book = account(ages(run, START), ages(run, END), harsh, nation=nation)
        errors[nation.closed] = ((book.components()["migration"] - base) / size).to_numpy()
    assert errors[False].min() > 0.005  # everywhere survivors the table killed look like arrivals
    assert np.abs(errors[True]).max() < 0.0025
    assert abs(errors[True].mean()) < 0.0005
    assert moved.sum() == 0
