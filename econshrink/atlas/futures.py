"""Forecasts as an atlas shows them: chances, quantiles, numbers of units, and who has none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.atlas.china import ChinaFigures
from econshrink.data import (
    Publication,
    load_adjacency,
    load_boundary_changes,
    load_china,
    pseudo_vintage,
    rebase_boundaries,
)
from econshrink.forecast import Background, SizeClasses, project
from econshrink.nouns.country import CHINA
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.panel import CityPanel
from econshrink.report import Future, Text

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
LOSS = 0.05
YEARS = (2030, 2035)
SOUND = ("reported", "rebased")  # statuses of China's figures that a forecast starts from
COUNTED = 2020  # the census from which China's losses are counted
FORECAST = Text("Forecast", "预测")


def future_of(
    made: Forecast,
    key: str,
    title: Text,
    note: Text,
    years: tuple[int, ...] = YEARS,
    *,
    whole: bool = True,
    group: Text = FORECAST,
    mark: str = "",
) -> Future:
    """What an atlas shows of a forecast: chances, numbers of units, quantiles.

    Parameters
    ----------
    made : Forecast
    key : str
    title, note : Text
    years : tuple of int
        Years whose chances are shown; those the forecast lacks are left out.
    whole : bool
        Also the quantiles of every year, for the fan.
    group : Text
    mark : str

    Returns
    -------
    Future
        Quantiles are rounded to persons.
    """
    shown = [year for year in years if year in made.years] or [made.years[-1]]
    chances = pd.DataFrame({year: made.loss_probability(LOSS, year) for year in shown})
    quantiles = {}
    if whole:
        table = made.quantiles(LEVELS)
        quantiles = {level: table[f"q{100 * level:g}"].unstack().round() for level in LEVELS}
    expected = {}
    for year in shown:
        low, middle, high = np.quantile(made.loss_counts(LOSS, year), (0.1, 0.5, 0.9))
        expected[year] = (float(low), float(middle), float(high))
    return Future(key, title, chances, quantiles, expected, group, note, mark)


def annual_figures() -> CityPanel:
    """Annual figures of China on the territory of the last year."""
    return rebase_boundaries(load_china(), load_boundary_changes())


def what_is_known() -> Background:
    """Neighbours of China's cities; figures as far as they were out a year after the origin."""
    published = Publication(rewritten={"rebased": 0})
    return Background(
        pairs=load_adjacency(),
        classes=SizeClasses(),
        usable=SOUND,
        vintage=lambda panel, origin: pseudo_vintage(panel, origin + 1, published).panel,
    )


def china_futures(figures: ChinaFigures) -> tuple[Future, dict[str, tuple[Text, ...]]]:
    """The default projection of the units of China, and a remark for each one without."""
    panel = annual_figures()
    made = project(
        panel,
        YEARS[-1],
        country=CHINA,
        known=what_is_known(),
        origin=panel.years[-1],
        base_year=COUNTED,
    )
    note = Text(
        f"{made.model}; {made.draws.shape[2]:,} joint draws from the figures of {made.origin}.",
        f"由{made.origin}年数据出发的{made.draws.shape[2]:,}次联合抽样；默认混合模型。",
    )
    future = future_of(made, "default", Text("Default projection", "默认预测"), note)
    held = set(made.cities)
    there = set(panel.cities)
    gone: dict[str, tuple[Text, ...]] = {}
    for unit in map(str, figures.units.index):
        if unit not in held:
            no_series = unit not in there
            gone[unit] = (no_forecast_text("" if no_series else "figures missing, flagged or too "
                                           "short at the origin or in 2020"),)  # fmt: skip
    return future, gone


_REASONS = {
    "": "没有年度人口数据",
    "no recent figure": "没有近年可用数据",
    "no figure in the base year": "基年没有数据",
    "series too short or broken": "序列过短或中断",
}


def no_forecast_text(reason: str) -> Text:
    """One line on why a unit has no forecast.

    Examples
    --------
    >>> no_forecast_text("no recent figure").en
    'No forecast: no recent figure.'
    """
    why = reason or "no annual population figures"
    if reason.startswith("below"):
        zh = "人口过少"
    elif reason.startswith("a step"):
        zh = "2020年以来数据有跳跃"
    else:
        zh = _REASONS.get(reason, "起点年或2020年数据缺失、被标记或过短")
    return Text(f"No forecast: {why}.", f"没有预测：{zh}。")
