"""Real estate: net migration against earlier building, and prices where people came or went."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analyses.machinery.workspace import Workspace
from analyses.shared.sample_evidence import complete, evidence_panel, residents
from econshrink.data import load_price_months
from econshrink.report import BLUE, GREY, VERMILION, house_style, new_figure, panel_letter

START, PEAK, END = (2010, 12), (2021, 8), (2025, 12)
GROUPS = {"lost": "Lost residents", "some": "Gained up to 10%", "much": "Gained more"}
COLOURS = {"lost": VERMILION, "some": "#3A8FBF", "much": BLUE}
EDGE = 0.1


def run(work: Workspace) -> None:
    """Draw both panels."""
    with house_style():
        figure, grid = new_figure("two", 2.9, 1, 2)
        _building(grid[0, 0])
        counts, last = _prices(grid[0, 1])
        panel_letter(grid[0, 0], 0)
        panel_letter(grid[0, 1], 1)
    work.figure(
        figure,
        "article_estates",
        alt="Two panels. Left: scatter of net migration against log investment a head, both less "
        "the province mean, rising. Right: median second-hand house prices 2011 to 2025 of cities "
        "that lost residents, gained some and gained more: the more they gained the higher the "
        "path; all fall after August 2021.",
    )
    for group in GROUPS:
        stem = f"article.estates.{group}"
        work.count(f"{stem}.cities", int(counts[group]), "cities", "article_estates")
        work.result(f"{stem}.last", float(last[group]), "estimate", "", "article_estates")


def _building(axes: Axes) -> None:
    """Both variables less the mean of the province."""
    held = complete(evidence_panel(), ("migration", "investment_level"))
    frame = held.frame.droplevel("year")[["migration", "investment_level"]]
    province = held.attributes["province"].reindex(frame.index).to_numpy()
    within = frame - frame.groupby(province).transform("mean")
    lost = (held.frame["change"].droplevel("year") < 0).reindex(frame.index)
    axes.axhline(0, color=GREY, linewidth=0.5)
    axes.axvline(0, color=GREY, linewidth=0.5)
    for mine, mark, colour, name in (
        (~lost, "^", BLUE, "growing units"),
        (lost, "o", VERMILION, "losing units"),
    ):
        axes.plot(
            within.loc[mine, "investment_level"], within.loc[mine, "migration"], mark,
            color=colour, markersize=2.6, markeredgewidth=0, alpha=0.8, label=name,
        )  # fmt: skip
    axes.set(
        xlabel="Log investment a head 2008–10, less province mean",
        ylabel="Net migration 2010–20, less province mean",
    )
    axes.legend(loc="upper left", fontsize=7, handletextpad=0.2, borderaxespad=0.1)


def _prices(axes: Axes) -> tuple[pd.Series, pd.Series]:
    """Median index of second-hand homes by growth of residents, December 2010 = 100."""
    months = load_price_months()
    months = months[(months["series"] == "second_hand") & months["city"].notna()]
    number = (12 * months["year"] + months["month"]).astype(int)
    wide = months.assign(number=number).pivot(index="city", columns="number", values="on_month")
    first, last = (12 * year + month for year, month in (START, END))
    steps = np.log(wide.loc[:, first + 1 : last] / (100 if wide.max().max() > 50 else 1))
    level = 100 * np.exp(steps.cumsum(axis=1, skipna=False))
    growth = (residents(2020) / residents(2010) - 1).reindex(level.index)
    group = pd.Series(np.where(growth < 0, "lost", np.where(growth < EDGE, "some", "much")),
                      level.index)  # fmt: skip
    middle = level.groupby(group).median()
    year = (np.asarray(middle.columns, dtype=float) - 0.5) / 12
    axes.axhline(100, color=GREY, linewidth=0.5)
    axes.axvline((12 * PEAK[0] + PEAK[1] - 0.5) / 12, color=GREY, linewidth=0.6, linestyle=":")
    counts = group.value_counts()
    for place, (name, label) in enumerate(GROUPS.items()):
        axes.plot(year, middle.loc[name].to_numpy(), color=COLOURS[name])
        axes.text(0.04, 0.80 + 0.065 * place, f"{label}: {counts[name]} cities",
                  color=COLOURS[name], fontsize=7.5, transform=axes.transAxes)  # fmt: skip
    axes.set(
        xlim=(2010.9, 2026.1),
        xlabel="Year",
        ylabel="Second-hand prices, December 2010 = 100",
    )
    axes.set_xticks([2011, 2014, 2017, 2020, 2023, 2026])
    return counts, middle.iloc[:, -1]
