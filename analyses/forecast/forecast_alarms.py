"""Alarms of the model used: how early they rang and how often for nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import FIRST_TRUTH, known_at, truth
from analyses.shared.forecast_tables import LABELS
from econshrink import AgeStructure, Backtest, Table
from econshrink.data import load_births, load_census_age_sex
from econshrink.forecast import alarm_record, census_step, recount_alarm
from econshrink.nouns import Cell, Row, Span

LOSS_COLUMN, AHEAD = "chance_05", 5
RECOUNTS = {"past": (2010, (2014, 2015, 2016)), "now": (2020, (2020, 2021, 2022))}
FELL = -0.05
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
        "Alarms before a unit was 5% below its highest value since 2005",
        (tuple(map(Span, heads)),),
        tuple(rows),
        (
            f"{LABELS[used]}. An alarm rings where the probability of losing 5% in five years "
            "exceeds the cost of acting over the loss averted; it is false if the event does not "
            "follow within five years. Lead: from the first alarm to the event.",
        ),
    )


def recount_table(work: Workspace) -> Table:
    """Pupils against counted children: what the alarm foretold of a census, and how it is now."""
    rows = []
    view = known_at(FIRST_TRUTH)
    step = pd.Series(census_step(view, FIRST_TRUTH), index=list(view.cities)).dropna()
    step = step - step.median()
    for key, (counted, years) in RECOUNTS.items():
        alarm = recount_alarm(_pupils(years), _children(counted, years))
        title = f"Pupils of {years[0]}–{years[-1]}, children of {counted}"
        rung = alarm.index[alarm["alarm"]]
        stem = f"forecast.recount.{key}"
        work.count(f"{stem}.units", len(alarm), "units", "forecast_recount")
        work.count(f"{stem}.rung", len(rung), "units", "forecast_recount")
        cells = [Cell(title), Cell(len(alarm)), Cell(len(rung))]
        if counted == 2010:
            both = alarm.join(step.rename("step"), how="inner")
            fell = (both["step"] <= FELL).to_numpy()
            ranks = (-both["distance"]).rank().to_numpy()
            few, many = int(fell.sum()), int((~fell).sum())
            value = (ranks[fell].sum() - few * (few + 1) / 2) / (few * many)  # Mann-Whitney
            rang = both["alarm"].to_numpy()
            shares = {"auc": value, "hit": fell[rang].mean(), "quiet": fell[~rang].mean()}
            for name, share in shares.items():
                work.result(f"{stem}.{name}", float(share), "estimate", "", "forecast_recount")
            cells += [Cell(float(value), ".2f")]
            cells += [Cell(float(shares[name]), ".0%") for name in ("hit", "quiet")]
        else:
            cells += [Cell("–")] * 3
        rows.append(Row(tuple(cells)))
    heads = ("Alarm", "Units", "Rang", "AUC", "Fell, rang", "Fell, quiet")
    return Table(
        "forecast_recount",
        "An alarm of data quality: fewer pupils than counted children",
        (tuple(map(Span, heads)),),
        tuple(rows),
        (
            "Primary pupils over children counted in the census who are of school age then, log "
            "distance to the median unit; it rings 20% below. Fell: among units whose correction "
            f"is known, the census of 2020 counted at least {-FELL:.0%} fewer than recent growth "
            "implied, beyond the median of units. No forecast uses it: as a shift of the mean it "
            "makes errors larger.",
        ),
    )


def _pupils(years: tuple[int, ...]) -> pd.Series:
    wide = load_births().wide("primary_pupils").reindex(columns=list(years))
    return wide.where(wide > 0).mean(axis=1).dropna()


def _children(counted: int, years: tuple[int, ...]) -> pd.Series:
    """Children of a census who are six to eleven in the middle of the years, even in a group."""
    ages = AgeStructure.from_long(load_census_age_sex(), counted)
    since = years[len(years) // 2] - counted
    first, last = 6 - since, 12 - since
    lower = np.array(ages.lower)
    upper = np.append(lower[1:], lower[-1] + 5)
    part = np.clip((np.minimum(upper, last) - np.maximum(lower, first)) / (upper - lower), 0, 1)
    people = ages.persons.sum(axis=1) @ part
    return pd.Series(people, index=list(ages.cities))
