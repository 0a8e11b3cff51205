"""Errors in parts against three truths, targets met or missed, and the headline of 2030."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.forecast_parts import (
    FIRST_TRUTH,
    HORIZON_END,
    LOSS,
    USED,
    choice,
    headline,
    scored,
    targets,
)
from econshrink import Table
from econshrink.forecast import NationalForecast, split_errors
from econshrink.nouns import Cell, Row, Span

YEARS, SURE, BAND = (2030, HORIZON_END), 0.8, (0.1, 0.5, 0.9)
REGIONS = {
    "": "All",
    "east": "East",
    "central": "Central",
    "west": "West",
    "northeast": "Northeast",
}


def run(work: Workspace) -> None:
    """Score, split, test against the targets, project with variants of the assumptions."""
    cases = {"published": scored(False), "closed": scored(True)}
    early, _ = choice(cases["published"])
    work.result("forecast.parts.model", early.model, "label")
    for name, ratio in early.ratios.items():
        work.result(f"forecast.parts.early.{slug(str(name))}", float(ratio), "mc", "share")
    work.table(_targets(work, targets(cases)))
    work.table(_splits(work, cases))
    work.table(_headline(work))


def _targets(work: Workspace, found: pd.DataFrame) -> Table:
    rows = []
    for number, row in enumerate(found.itertuples()):
        verdict = str(row.verdict)
        stem = f"forecast.parts.target.{number:02d}"
        work.result(stem, float(row.found), "mc", "", "forecast_parts_targets")
        work.result(f"{stem}.verdict", verdict, "label")
        rows.append(Row((Cell(str(row.target)), Cell(float(row.found), ".3f"), Cell(verdict))))
    return Table(
        "forecast_parts_targets",
        "Targets of the mixture that is held to the nation",
        (tuple(map(Span, ("Target", "Found", "Verdict"))),),
        tuple(rows),
        (
            "Published: figures as they were printed. Closed: series closed to both censuses, as "
            "output only. One window of five or ten years is independent of another, at most.",
        ),
        align="lrl",
    )


def _splits(work: Workspace, cases: dict[str, pd.DataFrame]) -> Table:
    mine = {k: table[table["model"] == USED] for k, table in cases.items()}
    late = mine["published"]
    late = late[late["origin"] + late["horizon"] >= FIRST_TRUTH]
    whole = split_errors(late, mine["closed"], ["horizon"])
    parts = split_errors(late, mine["closed"], ["horizon", "region"])
    rows = []
    for horizon, total in whole.iterrows():
        for key, name in REGIONS.items():
            row = total if not key else parts.loc[(horizon, key)]
            stem = f"forecast.parts.split.h{horizon}.{key or 'all'}"
            for column in ("rmse", "demography", "rebasing"):
                work.result(f"{stem}.{column}", float(row[column]), "mc", "", "forecast_rebasing")
            rows.append(
                Row(
                    (
                        Cell(f"{horizon} years" if not key else ""),
                        Cell(name),
                        Cell(int(row["cases"])),
                        Cell(100 * float(row["rmse"]), ".1f"),
                        Cell(float(row["demography"]), ".0%"),
                        Cell(float(row["rebasing"]), ".0%"),
                    )
                )
            )
    heads = ("Horizon", "Region", "Cases", "RMSE", "People", "Census")
    return Table(
        "forecast_rebasing",
        "Squared error of the mixture, split into what people did and what the census corrected",
        (tuple(map(Span, heads)),),
        tuple(rows),
        (
            f"Targets {FIRST_TRUTH} to 2024; RMSE in log points. Each share holds half of what "
            "both have in common. Closing allots the correction of a decade by a rule.",
        ),
        align="llrrrr",
    )


def _headline(work: Workspace) -> Table:
    variants: dict[str, NationalForecast] = {
        "Nation calibrated to official births and deaths": headline(),
        "Rates as the tables give them": headline(meet=False),
        "Fertility 15% higher": headline(fertility=1.15),
        "Fertility 15% lower": headline(fertility=0.85),
    }
    rows = []
    for name, made in variants.items():
        for year in YEARS:
            stem = f"forecast.headline.{slug(name)}.y{year}"
            counts = made.units.loss_counts(LOSS, year)
            low, middle, high = np.quantile(counts, BAND)
            people = float(np.median(made.of("people").units.loss_counts(LOSS, year)))
            sure = int((made.units.loss_probability(LOSS, year) >= SURE).sum())
            change = float(made.nation.at(year)[0].mean() / made.nation.base[0] - 1)
            for key, value in {
                "median": middle, "low": low, "high": high, "people": people, "nation": change,
            }.items():  # fmt: skip
                work.result(f"{stem}.{key}", float(value), "mc", "", "forecast_headline")
            work.count(f"{stem}.sure", sure, "units", "forecast_headline")
            rows.append(
                Row(
                    (
                        Cell(name if year == YEARS[0] else ""),
                        Cell(year, "d"),
                        Cell(float(middle), ".0f"),
                        Cell(f"{low:.0f} to {high:.0f}"),
                        Cell(people, ".0f"),
                        Cell(sure),
                        Cell(change, ".1%"),
                    )
                )
            )
    first = next(iter(variants.values()))
    work.count("forecast.headline.units", len(first.units.cities), "units", "forecast_headline")
    heads = ("Assumption", "Year", "Units", "8 in 10", "Without rebasing", "At .8", "Nation")
    return Table(
        "forecast_headline",
        f"Units at least {LOSS:.0%} below 2020, of {len(first.units.cities)}",
        (tuple(map(Span, heads)),),
        tuple(rows),
        (
            "Median and central 80% of the number in each draw; every draw of the units and the "
            "rest adds up to a draw of the nation. At .8: units with at least that probability. "
            f"{HORIZON_END} is a projection of what present rates lead to. Nation: mean change "
            "since 2024.",
        ),
        align="lrrrrrr",
    )
