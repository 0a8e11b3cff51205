"""The headline of the article: units at least a twentieth below 2020, known and drawn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_parts import projected_units
from analyses.shared.forecast_setup import (
    HORIZON_END,
    LOSS,
)
from econshrink import Forecast
from econshrink.data import load_boundaries, load_units
from econshrink.forecast import (
    NationalForecast,
)
from econshrink.report import (
    GREY,
    VERMILION,
    Binned,
    draw_map,
    house_style,
    new_figure,
)

BASE, NOW, YEAR = 2020, 2024, 2030
SURE, BAND = 0.8, (0.1, 0.5, 0.9)
BLACK, GREEN = "#111111", "#009E73"
FEWEST = 15  # cases behind a point of the reliability curve


def article_headline(work: Workspace, made: NationalForecast, people: Forecast) -> None:
    """Counts of units at least a twentieth below 2020: known to 2024, drawn after.

    `people` are the units of `made` without what a census corrects.
    """
    view, base = projected_units()
    start = base.reindex(list(view.cities)).to_numpy()
    known = {
        year: int((np.exp(view.at(year)) <= (1 - LOSS) * start).sum())
        for year in range(BASE + 1, NOW + 1)
    }
    stem = "article.forecast"
    work.count(f"{stem}.fewest", FEWEST, "cases", "article_calibration")
    work.count(f"{stem}.units", len(made.units.cities), "units", "article_headline")
    work.result(f"{stem}.loss", LOSS, "estimate", "share", "article_headline")
    work.count(f"{stem}.y{NOW}.count", known[NOW], "units", "article_headline")
    chances = made.units.loss_probability(LOSS, YEAR)
    for year in (YEAR, HORIZON_END):
        counts = made.units.loss_counts(LOSS, year)
        for key, value in zip(("low", "median", "high"), np.quantile(counts, BAND), strict=True):
            work.result(f"{stem}.y{year}.{key}", float(value), "mc", "units", "article_headline")
        alone = float(np.median(people.loss_counts(LOSS, year)))
        work.result(f"{stem}.y{year}.people", alone, "mc", "units")
        change = float(made.nation.at(year)[0].mean() / made.nation.base[0] - 1)
        work.result(f"{stem}.y{year}.nation", change, "mc", "share")
    work.count(f"{stem}.y{YEAR}.sure", int((chances >= SURE).sum()), "units", "article_headline")
    named = chances.index[chances >= SURE]
    north = int((load_units()["region"].reindex(named) == "northeast").sum())
    work.count(f"{stem}.y{YEAR}.sure_northeast", north, "units", "article_headline")
    boundaries = load_boundaries()
    title = f"Probability of a loss of {LOSS:.0%} or more, {BASE}–{YEAR}"
    scale = Binned((0.2, 0.4, 0.6, 0.8), title, diverging=False)
    work.figure(
        draw_map(chances, boundaries, scale),
        "article_map",
        alt="Map of China by prefecture-level unit, coloured by the probability of a loss of five "
        "percent or more from 2020 to 2030: highest in the Northeast, low along the coast.",
    )
    work.figure(
        _path(known, made.units, people),
        "article_headline",
        alt="Number of units five percent or more below 2020, by year: as published to 2024, then "
        "the median and bands of the draws to 2035, rising.",
    )


def _path(known: Mapping[int, int], units: Forecast, people: Forecast) -> Figure:
    years = np.arange(NOW + 1, HORIZON_END + 1)
    counts = np.array([units.loss_counts(LOSS, year) for year in years])
    alone = [np.median(people.loss_counts(LOSS, year)) for year in years]
    low, lower, middle, upper, high = np.quantile(counts, (0.1, 0.25, 0.5, 0.75, 0.9), axis=1)
    with house_style():
        figure, grid = new_figure("two", 2.6)
        axes: Axes = grid[0, 0]
        first = known[NOW]
        joined = np.array([NOW, *years])

        def from_now(path: np.ndarray) -> np.ndarray:
            return np.array([first, *path])

        axes.fill_between(joined, from_now(low), from_now(high), color=VERMILION, alpha=0.18, lw=0)
        axes.fill_between(
            joined, from_now(lower), from_now(upper), color=VERMILION, alpha=0.28, lw=0
        )
        axes.plot(joined, from_now(middle), color=VERMILION)
        axes.plot(joined, from_now(np.array(alone)), color=BLACK, linewidth=1.0,
                  linestyle=(0, (5, 2)))  # fmt: skip
        axes.plot(list(known), list(known.values()), "o-", color=BLACK, markersize=3.5)
        axes.axhline(first, color=GREY, linewidth=0.8, linestyle=":")
        axes.annotate("as published", (NOW - 1.9, known[NOW - 1] + 9), fontsize=7.5)
        axes.annotate("median, and half and eight in ten of the draws", (2023.2, 128),
                      color=VERMILION, fontsize=7.5)  # fmt: skip
        axes.annotate("median without a correction by the census of 2030", (2030.2, 78),
                      fontsize=7.5)  # fmt: skip
        axes.annotate("no change after 2024", (2031.5, first + 3), color=GREY, fontsize=7.5)
        axes.axvline(YEAR, color=GREY, linewidth=0.5)
        axes.set(
            xlim=(BASE + 0.8, HORIZON_END + 0.2), ylim=(0, None),
            ylabel=f"Units {LOSS:.0%} or more below {BASE}",
        )  # fmt: skip
        axes.set_xticks(range(BASE + 1, HORIZON_END + 1, 2))
    return figure
