"""Early warning: cumulative sums on natural and migratory growth before a census corrects them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analyses.ages import natural_of_years
from analyses.forecast_setup import BASE, LAST_YEAR, known_at
from analyses.workspace import Workspace
from econshrink.forecast.monitor import Cusum, standardise
from econshrink.report.monitor_plot import plot_monitor

CALM, FIRST, LAST = slice(0, 5), 2011, 2019  # monitored years on one census base
LOSS = 0.05


def run(work: Workspace) -> None:
    """Watch both components and see whom the census of 2020 found to have lost."""
    work.figure(_monitor(work), "forecast_monitor")


def _monitor(work: Workspace) -> Figure:
    """Cumulative sums on natural and migratory growth, 2011-19, before the census corrected it."""
    view = known_at(LAST)
    years = list(range(FIRST, LAST + 1))
    growth = np.column_stack([view.at(y) - view.at(y - 1) for y in years])
    natural = natural_of_years(view.cities, years)
    rule = Cusum()
    alarms = {}
    for name, rates in (("natural", natural), ("migratory", growth - natural)):
        scores = standardise(rates, CALM)
        rung = rule.alarms(scores)
        alarms[name] = pd.Series(rung.mean(axis=0), index=years)
        work.count(f"monitor.{name}.rung", int(rung.any(axis=1).sum()), "units", "forecast_monitor")
    fell = known_at(LAST_YEAR).at(BASE) - view.at(2010) <= np.log(1 - LOSS)
    scores = standardise(growth - natural, CALM)
    rung = rule.alarms(scores).any(axis=1)
    known = ~np.isnan(scores).all(axis=1) & ~np.isnan(known_at(LAST_YEAR).at(BASE))
    work.count("monitor.units", int(known.sum()), "units", "forecast_monitor")
    for word, chosen in (("losers", fell & known), ("others", ~fell & known)):
        work.count(f"monitor.{word}", int(chosen.sum()), "units", "forecast_monitor")
        share = float(rung[chosen].mean())
        work.result(f"monitor.{word}.rung", share, "estimate", "share", "forecast_monitor")
    down = rule.sums(scores)[0]
    return plot_monitor(
        years,
        {"lost 5% or more, 2010–20": down[fell & known], "others": down[~fell & known]},
        pd.DataFrame(alarms),
        rule.threshold,
    )
