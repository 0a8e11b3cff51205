"""Synthetic: what the same hazard models find where there are thousands of onsets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_models import fit_clustered_cox
from analyses.shared.hazard_sample import (
    COVARIATES,
    FIRST,
    LABELS,
    LAST,
    WatchedRule,
    onset_histories,
)
from econshrink import CityPanel, SpellTable, Table, simulate
from econshrink.lab import LabRun, LabSettings
from econshrink.nouns import Cell, Row, Span
from econshrink.shrinkage import CalendarTime, ConsecutiveDecline, risk_spells

COUNTRIES = 26
RULE = WatchedRule("three_falls", "Three falls", ConsecutiveDecline(3), 3)
UNIT = {"floor_area_2010": "Housing stock a head, 2010 (standard deviations)"}


def run(work: Workspace) -> None:
    """Pool many synthetic countries, then look at them one by one."""
    true, seen = [], []
    for number in range(COUNTRIES):
        country = simulate(LabSettings(), 1000 + number)
        covariates = _covariates(country)
        true.append(_rows(country.true, covariates, number))
        seen.append(_rows(country.observed, covariates, number))
    pooled = replace(fit_clustered_cox(_stacked(true), COVARIATES), notes=(), synthetic=True)
    work.estimate("lab.hazard.cox", pooled, "lab_power", kind="iterative")
    events = pooled.stats["events"]
    work.result("lab.hazard.cox.events", events, "mc", "onsets", "lab_power", synthetic=True)
    _one_by_one(work, true, seen, pooled.tidy().set_index("term")["estimate"])


def _covariates(country: LabRun) -> CityPanel:
    """The covariates of the real models, from the country's true figures."""
    panel = country.true
    growth = pd.concat([panel.lag("real_growth", lag) for lag in (1, 2, 3)], axis=1)
    year = panel.years.index(2010)
    children = country.ages[:, year, :, :5].sum(axis=(1, 2))
    women = country.ages[:, year, 1, 15:50].sum(axis=1)
    stock = panel.wide("housing_stock")[2010] / panel.wide("population")[2010]
    fixed = {
        "elderly_2010": 100 * panel.wide("share_65_plus")[2010],
        "children_2010": pd.Series(100 * children / women, list(panel.cities)),
        "floor_area_2010": (stock - stock.mean()) / stock.std(),
    }
    columns = {name: _spread(panel, values) for name, values in fixed.items()}
    return panel.with_variables(
        {"growth_before": 100 * growth.mean(axis=1, skipna=False), **columns}
    )


def _spread(panel: CityPanel, values: pd.Series) -> pd.Series:
    cities = panel.frame.index.get_level_values("city")
    return pd.Series(values.reindex(cities).to_numpy(), panel.frame.index)


def _rows(panel: CityPanel, covariates: CityPanel, number: int) -> SpellTable:
    spells = risk_spells(
        onset_histories(panel, RULE),
        clock=CalendarTime(FIRST - 1),
        panel=covariates,
        covariates=COVARIATES,
        years=(FIRST, LAST),
    )
    home = f"{number:02d}-" + spells.frame["home"]
    province = f"{number:02d}-" + spells.frame["home"].map(panel.attributes["province"]).astype(str)
    frame = spells.frame.assign(city=home, home=home, province=province)
    return replace(spells, frame=frame)


def _stacked(tables: list[SpellTable]) -> SpellTable:
    frame = pd.concat([table.frame for table in tables], ignore_index=True)
    return SpellTable(frame, tables[0].rule_id, tables[0].origin, synthetic=True)


def _one_by_one(
    work: Workspace, true: list[SpellTable], seen: list[SpellTable], pooled: pd.Series
) -> None:
    """How often one country alone finds what all of them together say."""
    rows = []
    for name, tables in (("true", true), ("published", seen)):
        fits = [fit_clustered_cox(table, COVARIATES).tidy().set_index("term") for table in tables]
        events = float(np.mean([table.events for table in tables]))
        work.result(f"lab.hazard.{name}.country_events", events, "mc", "onsets", "lab_power", True)
        for term in COVARIATES:
            found = pd.DataFrame([fit.loc[term] for fit in fits])
            right = np.sign(found["estimate"]) == np.sign(pooled[term])
            share = float((right & (found["p_value"].astype(float) < 0.05)).mean())
            spread = float(found["estimate"].astype(float).std())
            stem = f"lab.hazard.{name}.{term}"
            work.result(f"{stem}.found", share, "mc", "share", "lab_power", True)
            cells = (Cell(float(pooled[term]), ".3f"), Cell(spread, ".3f"), Cell(share, ".0%"))
            rows.append(Row((Cell((LABELS | UNIT)[term]), Cell(name), Cell(events, ".0f"), *cells)))
    heads = ("Covariate", "Series", "Onsets", "All countries", "Spread", "Found")
    work.table(
        Table(
            "lab_power",
            "Synthetic: what one country alone would find",
            (tuple(Span(head) for head in heads),),
            tuple(rows),
            (
                f"Cox model, clustered by province, in each of {COUNTRIES} simulated countries. "
                "Onsets: mean of a country. All countries: coefficient of the pooled fit on true "
                "values. Spread: standard deviation of the coefficient over countries. Found: "
                "share of countries in which it has that sign and a p-value below 0.05.",
            ),
            align="llrrrr",
            synthetic=True,
        )
    )
