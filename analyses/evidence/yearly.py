"""Yearly growth and changes of jobs, investment and prices, within segments of reporting."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.shared.sample_evidence import investment
from analyses.shared.samples import growth_panel
from econshrink import CityPanel
from econshrink.data import load_jobs, load_main_cities, load_prices

BREAK = 2013  # first year of the second reporting of jobs
SEGMENTS: dict[str, tuple[str, range]] = {
    "early": ("2006–12", range(2006, 2013)),
    "middle": ("2014–19", range(2014, 2020)),
    "late": ("2022–24", range(2022, 2025)),
}
TIMES = {"same": ("the same year", 0), "before": ("the year before", 1)}


def yearly_panel() -> CityPanel:
    """Growth as published, with yearly log changes of the regressors, of the year and before."""
    panel = growth_panel()
    changes = {"hired": hired(), "built": np.log(investment()).diff(axis=1)}
    main = load_main_cities()
    sound = main.wide("investment").where(main.wide_status("investment") == "reported")
    changes["built_main"] = np.log(sound).diff(axis=1)
    prices = load_prices()
    grown = prices.wide("second_hand_growth")
    changes["priced"] = np.log(grown.where(prices.wide_status("second_hand_growth") == "reported"))
    index = panel.frame.index
    columns = {"growth": panel.frame["growth"]}
    for name, wide in changes.items():
        for _, lag in TIMES.values():
            long = wide.set_axis(wide.columns + lag, axis=1).stack()
            columns[f"{name}_{lag}"] = pd.Series(long.reindex(index).to_numpy(dtype=float), index)
    kept = index.get_level_values("year") >= SEGMENTS["early"][1][0]
    frame = pd.DataFrame(columns, index)[kept]
    return CityPanel(frame, attributes=panel.attributes, source=panel.source)


def hired() -> pd.DataFrame:
    """Yearly log change of reported jobs, city × year, never across the change of reporting."""
    jobs = load_jobs()
    people = np.log(jobs.wide("employees").where(jobs.wide_status("employees") == "reported"))
    change = people.diff(axis=1)
    change[BREAK] = np.nan
    return change
