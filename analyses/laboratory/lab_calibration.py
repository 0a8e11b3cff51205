"""The synthetic country beside the real one: moments it was built to resemble."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples import annual_panel
from econshrink import Table, load_china, simulate
from econshrink.core.seeds import generator
from econshrink.data import HoldGrowth, base_shift, load_census_age_sex, load_census_panel
from econshrink.lab import calibration_table
from econshrink.nouns import Cell, Row, Span

RUNS = 20


def run(work: Workspace) -> None:
    """Simulate, compare with targets and with the embedded figures."""
    draw = generator("lab.calibration")
    runs = [simulate(seed=int(draw.integers(2**62))) for _ in range(RUNS)]
    table = calibration_table(runs)
    real = _real()
    rows = []
    for entry in table.itertuples():
        key = slug(entry.moment.split(" (")[0])
        for part, value in (("simulated", entry.simulated), ("mc_error", entry.mc_error)):
            work.result(f"lab.calibration.{key}.{part}", value, "mc", "", "lab_calibration", True)
        measured = real.get(entry.moment)
        if measured is not None:
            work.result(f"lab.calibration.{key}.real", measured, "estimate", "", "lab_calibration")
        cells = [Cell(entry.target, ".3f"), Cell(measured, ".3f"), Cell(entry.simulated, ".3f")]
        cells += [Cell(entry.mc_error, ".3f"), Cell(entry.spread, ".3f")]
        rows.append(Row((Cell(_sentence(entry.moment)), *cells)))
    work.count("lab.calibration.runs", RUNS, "runs", "lab_calibration")
    work.table(
        Table(
            "lab_calibration",
            "The synthetic country: targets, our data and simulation",
            (
                (
                    Span("Moment"),
                    Span("Target"),
                    Span("Real"),
                    Span("Simulated"),
                    Span("MC error"),
                    Span("Spread"),
                ),
            ),
            tuple(rows),
            (
                f"Mean of {RUNS} synthetic countries of 300 units, its Monte Carlo error, and the "
                "standard deviation between countries. Targets are published national or census "
                "values that the simulation was set to resemble; real: the same moment of our "
                "data, "
                "where they hold it. The simulated column is synthetic and says nothing about "
                "China.",
            ),
            synthetic=True,
        )
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _real() -> dict[str, float]:
    """Moments of the embedded figures, by the name the laboratory gives them."""
    census, annual = load_census_panel(), annual_panel()
    counts = census.wide("population")[[2010, 2020]].dropna()
    growth = counts[2020] / counts[2010] - 1
    losers = growth.index[growth < 0]
    home = census.attributes["region"]
    ages = load_census_age_sex()
    old = ages[ages["age_from"] >= 65].groupby("year")["population"].sum()
    old = old / ages.groupby("year")["population"].sum()
    northeast = counts[home.reindex(counts.index) == "northeast"].sum()
    raw = annual.wide("population").reindex(losers).dropna(subset=[2010, 2019])
    shift = base_shift(annual, census, old_base=HoldGrowth(1))["shift"].abs()
    area = load_china().wide("built_up_km2").reindex(losers)
    shares = home.reindex(losers).value_counts(normalize=True)
    moments = {
        "cities losing population 2010-20, share": len(losers) / len(counts),
        "mean city growth 2010-20": growth.mean(),
        "standard deviation of city growth 2010-20": growth.std(ddof=0),
        "largest city growth 2010-20": growth.max(),
        "skewness of city growth 2010-20 (target: positive)": _skewness(growth),
        "losing cities in the east, share": shares["east"],
        "losing cities in the centre, share": shares["central"],
        "losing cities in the west, share": shares["west"],
        "losing cities in the northeast, share": shares["northeast"],
        "northeast, census growth 2010-20": northeast[2020] / northeast[2010] - 1,
        "losing cities that the annual figures show growing, share": float(
            (raw[2019] > raw[2010]).mean()
        ),
        "cities rebased by more than 5% in 2020, share": float((shift > 0.05).mean()),
        "cities rebased by less than 1% in 2020, share": float((shift < 0.01).mean()),
        "65 and over 2010, share": old[2010],
        "65 and over 2020, share": old[2020],
        "losing cities whose built-up area grew 2010-20, share": float(
            (area[2020] > area[2010]).mean()
        ),
    }
    return {name: float(value) for name, value in moments.items()}


def _skewness(values: pd.Series) -> float:
    score = (values - values.mean()) / values.std(ddof=0)
    return float(np.mean(score**3))
