"""An early-warning monitor run over the past: cumulative sums of what migration did to growth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.ages import natural_growth
from analyses.shared.samples import UNRELIABLE, annual_panel, boundary_units
from econshrink import CityPanel, Table
from econshrink.forecast import Cusum, standardise
from econshrink.nouns import Cell, Row, Span
from econshrink.shrinkage import log_growth, set_aside

FIRST, LAST, REBASED = 2011, 2024, (2020,)
REFERENCE = 5  # years 2011-2015
CENSUSES = (2010, 2020)
LIMITS = (4.0, 5.0, 8.0)
FALL = 0.01  # residents lost 2020-2024 that count as an event


def run(work: Workspace) -> None:
    """Split growth, follow it, compare alarms up to 2019 with the years after 2020."""
    panel = set_aside(annual_panel(), "population", UNRELIABLE)
    panel = panel.select(cities=[c for c in panel.cities if c not in boundary_units()])
    growth = log_growth(panel, "population").unstack("year").reindex(columns=range(FIRST, LAST + 1))
    growth[list(REBASED)] = np.nan
    natural = _natural(panel.cities, growth.columns)
    migration = growth - natural
    z = standardise(migration.to_numpy(), slice(0, REFERENCE))
    usable = np.isfinite(z).any(axis=1)
    by_ages = Cusum(limit=LIMITS[1]).follow(standardise(natural.to_numpy(), slice(0, REFERENCE)))
    work.count("monitor.natural.alarms", int(by_ages.alarm_down.any(axis=1).sum()), "units")
    work.count("monitor.units", int(usable.sum()), "units", "monitor")
    work.count("monitor.not_judged", int((~usable).sum()), "units", "monitor")
    work.table(_table(work, panel, z[usable], migration.index[usable], migration.columns))


def _natural(cities: tuple[str, ...], years: pd.Index) -> pd.DataFrame:
    """Yearly natural growth that the ages of the last census imply, no migration."""
    early, late = CENSUSES
    made = np.hstack(
        [
            natural_growth(cities, early, late - early),
            natural_growth(cities, late, int(years[-1]) - late),
        ]
    )
    span = range(early + 1, int(years[-1]) + 1)
    return pd.DataFrame(made, index=pd.Index(cities, name="city"), columns=span)[list(years)]


def _table(
    work: Workspace, panel: CityPanel, z: np.ndarray, cities: pd.Index, years: pd.Index
) -> Table:
    stocks = panel.wide("population").reindex(cities)
    fell = (stocks[LAST] / stocks[2020] - 1 <= -FALL).to_numpy()
    known = stocks[[2020, LAST]].notna().all(axis=1).to_numpy()
    early = (years <= 2019) & (years > FIRST + REFERENCE - 1)
    span = int(early.sum())
    work.count("monitor.judged_after", int(known.sum()), "units", "monitor")
    work.count("monitor.fell", int((fell & known).sum()), "units", "monitor")
    rows = []
    for limit in LIMITS:
        rule = Cusum(limit=limit)
        alarm = rule.follow(z).alarm_down[:, early].any(axis=1)
        hits = alarm[fell & known].mean()
        false = alarm[~fell & known].mean()
        per_100 = 100 * false / span
        nominal = 100 / rule.run_length()
        stem = f"monitor.limit_{limit:.0f}"
        numbers = {"alarms": alarm[known].mean(), "hits": hits, "false": false}
        for name, value in numbers.items():
            work.result(f"{stem}.{name}", float(value), "estimate", "share", "monitor")
        work.result(f"{stem}.false_per_100", float(per_100), "estimate", "", "monitor")
        work.result(f"{stem}.nominal_per_100", float(nominal), "estimate", "", "monitor")
        cells = (Cell(float(v), ".0%") for v in numbers.values())
        rows.append(
            Row(
                (
                    Cell(f"{limit:.0f}"),
                    *cells,
                    Cell(float(per_100), ".1f"),
                    Cell(float(nominal), ".2f"),
                )
            )
        )
    return Table(
        "monitor",
        "Alarms of the monitor by 2019 and what happened from 2020 to 2024",
        (
            (Span(""), Span("Share of units with an alarm", 3), Span("False per 100 years", 2)),
            (Span("Limit"), Span("all"), Span(f"fell {FALL:.0%}+"), Span("did not"),
             Span("seen"), Span("in theory")),
        ),
        tuple(rows),
        (
            "Downward cumulative sum (Page 1954; slack half a standard deviation) of yearly growth "
            "of published residents less the natural growth that the last census's ages imply at "
            f"national rates. Usual years: {FIRST}–{FIRST + REFERENCE - 1}; followed to 2019, no "
            "later figure used. Units on one territory with values that no rule calls doubtful.",
            "In theory: one-sided false-alarm rate if yearly values were independent and normal "
            "around the usual level. Published values between censuses are smooth, so usual years "
            "look quieter than they were and the alarm rate is far above theory.",
        ),
    )  # fmt: skip
