"""Alarms of the model used: how early they rang and how often for nothing."""

from __future__ import annotations

import numpy as np

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import truth
from analyses.shared.forecast_tables import LABELS
from econshrink import Backtest, Table
from econshrink.forecast import alarm_record
from econshrink.nouns import Cell, Row, Span

LOSS_COLUMN, AHEAD = "chance_05", 5
CUTS = (0.2, 0.3, 0.5)  # alarms ring where the probability exceeds the cost over the loss


def alarm_table(work: Workspace, found: Backtest, used: str) -> Table:
    """Lead time and false alarms for the first time a city is 5% below its peak since 2005."""
    cases = found.cases[(found.cases["model"] == used) & (found.cases["horizon"] == AHEAD)]
    chance = cases.pivot_table(index="city", columns="origin", values=LOSS_COLUMN)
    level = np.log(truth().reindex(chance.index).loc[:, 2005:].to_numpy(dtype=float))
    peak = np.fmax.accumulate(np.where(np.isnan(level), -np.inf, level), axis=1)
    fallen = level - peak <= np.log(0.95)
    onset = np.where(fallen.any(axis=1), 2005.0 + fallen.argmax(axis=1), np.nan)
    years = np.arange(2005.0, 2025.0)
    chance = chance.reindex(columns=years.astype(int))
    rows = []
    for cut in CUTS:
        record = alarm_record((chance > cut).to_numpy(), onset, years, AHEAD)
        stem = f"forecast.alarm.{round(100 * cut)}"
        work.result(f"{stem}.lead", record.lead_time, "mc", "years", "forecast_alarms")
        work.result(f"{stem}.false", record.false_alarms_per_100, "mc", "", "forecast_alarms")
        work.count(f"{stem}.warned", record.warned, "units", "forecast_alarms")
        cells = (
            Cell(cut, ".0%"), Cell(record.warned, "d"), Cell(record.events, "d"),
            Cell(record.lead_time, ".1f"), Cell(record.false_alarms_per_100, ".1f"),
            Cell(record.watched, ",d"),
        )  # fmt: skip
        rows.append(Row(cells))
    work.count("forecast.alarm.events", int(np.isfinite(onset).sum()), "units", "forecast_alarms")
    heads = ("Cost over loss", "Warned", "Events", "Lead (years)", "False per 100", "City-years")
    return Table(
        "forecast_alarms",
        "Alarms before a unit was 5% below its highest figure since 2005",
        (tuple(map(Span, heads)),),
        tuple(rows),
        (
            f"{LABELS[used]}. An alarm rings where the probability of losing 5% in five years "
            "exceeds the cost of acting over the loss averted; it is false if the event does not "
            "follow within five years. Lead: from the first alarm to the event.",
        ),
    )
