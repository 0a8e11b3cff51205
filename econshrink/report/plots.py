"""Plots of forecasts, coefficients, rankings and tables of shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from econshrink.errors import DataError, Fault, raise_all
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.ranking import Ranking
from econshrink.report.canvas import new_figure, percent_axis
from econshrink.report.style import (
    BLACK,
    BLUE,
    CATEGORIES,
    GREY,
    MARKERS,
    VERMILION,
    house_style,
)

MILLION = 1e6


def plot_fan(
    forecast: Forecast,
    cities: Sequence[str],
    history: pd.DataFrame,
    names: Mapping[str, str],
    *,
    probabilities: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
    columns: int = 3,
) -> Figure:
    """Fan charts: past population and the quantiles of its draws, one panel a city.

    Parameters
    ----------
    forecast : Forecast
    cities : sequence of str
        Codes, in the order of the panels.
    history : DataFrame
        Columns ``city, year, population`` (persons).
    names : mapping
        Code -> label of the panel.
    probabilities : sequence of float
        Odd number, symmetric around 0.5: bands between the outer pairs, a line at the middle.
    columns : int
        Panels in a row.

    Returns
    -------
    Figure
        Millions of persons against years, each panel with its own scale.

    Raises
    ------
    DataError
        A city without forecast or name.
    """
    raise_all(
        DataError,
        [
            Fault(f"no forecast or no name of {city}", "both", "Choose another city.", "plot_fan")
            for city in cities
            if city not in forecast.cities or city not in names
        ],
    )
    quantiles = forecast.quantiles(probabilities)
    rows = -(-len(cities) // columns)
    with house_style():
        figure, grid = new_figure("two", 0.35 + 1.5 * rows, rows, columns, sharex=True)
        for axes, city in zip(grid.flat, cities, strict=False):
            past = history[history["city"] == city].sort_values("year")
            _fan(
                axes,
                forecast,
                past,
                quantiles.loc[[city]] / MILLION,
                list(probabilities),
            )
            base = float(forecast.base[forecast.cities.index(city)]) / MILLION
            axes.axhline(base, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0)
            axes.set_title(names[city], loc="left", pad=3)
        for number, axes in enumerate(grid.flat):
            if number >= len(cities):
                axes.set_axis_off()
            axes.tick_params(labelbottom=number + columns >= len(cities))
        figure.supylabel("Population (million)", fontsize=8)
        _fan_legend(figure, list(probabilities), forecast.base_year)
    return figure


def _fan(
    axes: Axes, forecast: Forecast, past: pd.DataFrame, bands: pd.DataFrame, levels: list[float]
) -> None:
    values = bands.to_numpy()
    years = np.array(forecast.years, dtype=float)
    if len(past):
        x, y = past["year"].to_numpy(dtype=float), past["population"].to_numpy() / MILLION
        axes.plot(x, y, color=BLACK, linewidth=1.1)
        if x[-1] < years[0]:  # the fan opens at the last known figure
            years = np.concatenate([[x[-1]], years])
            values = np.vstack([np.full(values.shape[1], y[-1]), values])
    middle = len(levels) // 2
    for step in range(middle):
        alpha = 0.22 + 0.18 * step
        low, high = values[:, step], values[:, -1 - step]
        axes.fill_between(years, low, high, color=BLUE, alpha=alpha, linewidth=0)
    axes.plot(years, values[:, middle], color=BLUE)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    axes.margins(x=0.02, y=0.1)


def _fan_legend(figure: Figure, levels: list[float], base_year: int) -> None:
    middle = len(levels) // 2
    patches: list[Line2D | Patch] = []
    patches.append(Line2D([], [], color=BLACK, linewidth=1.1, label="known"))
    patches.append(Line2D([], [], color=BLUE, label="median of the draws"))
    for step in reversed(range(middle)):
        share = levels[-1 - step] - levels[step]
        alpha = 1 - np.prod([1 - (0.22 + 0.18 * k) for k in range(step + 1)])
        patches.append(Patch(facecolor=BLUE, alpha=alpha, label=f"{share:.0%} of the draws"))
    patches.append(
        Line2D([], [], color=GREY, linewidth=0.6, linestyle=(0, (2, 2)), label=f"{base_year} level")
    )
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches))


def plot_coefficients(
    estimates: Mapping[str, Estimate],
    labels: Mapping[str, str],
    *,
    xlabel: str,
    terms: Sequence[str] | None = None,
    conf_level: float = 0.95,
    width: str = "two",
) -> Figure:
    """Coefficients with confidence intervals, terms down, models side by side in colour.

    Parameters
    ----------
    estimates : mapping
        Name of the model -> its estimate.
    labels : mapping
        Term -> text on the axis; a term without one prints as it is.
    xlabel : str
        What a coefficient is, with its unit.
    terms : sequence of str, optional
        Which terms, in which order; default all, in order of appearance.
    conf_level : float
    width : {"one", "two"}

    Returns
    -------
    Figure
    """
    found = [term for estimate in estimates.values() for term in estimate.terms]
    shown = list(terms) if terms is not None else list(dict.fromkeys(found))
    absent = sorted(set(shown) - set(found))
    if absent:
        raise DataError(
            Fault(f"no term {', '.join(absent)}", "terms of the estimates", "Check the spelling.")
        )
    step = 0.8 / (len(estimates) + 1)
    with house_style():
        height = 0.75 + 0.2 * len(shown) * max(1.4, 0.8 * len(estimates))
        figure, grid = new_figure(width, height)
        axes: Axes = grid[0, 0]
        axes.axvline(0, color=GREY, linewidth=0.6)
        for number, (name, estimate) in enumerate(estimates.items()):
            tidy = estimate.tidy(conf_level).set_index("term")
            mine = [term for term in shown if term in estimate.terms]
            rows = tidy.loc[mine]
            y = [shown.index(term) - 0.4 + step * (number + 1) for term in mine]
            reach = [rows["estimate"] - rows["conf_low"], rows["conf_high"] - rows["estimate"]]
            axes.errorbar(
                rows["estimate"],
                y,
                xerr=np.vstack([part.to_numpy() for part in reach]),
                fmt=MARKERS[number % len(MARKERS)],
                color=CATEGORIES[number % len(CATEGORIES)],
                elinewidth=1.0,
                capsize=0,
                label=name,
            )
        axes.set_yticks(range(len(shown)), [labels.get(term, term) for term in shown])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlabel(f"{xlabel} ({conf_level:.0%} intervals)")
        axes.tick_params(axis="y", length=0)
        if len(estimates) > 1:
            figure.legend(loc="outside lower center", ncols=min(4, len(estimates)))
    return figure


def plot_bars(
    frame: pd.DataFrame,
    *,
    xlabel: str,
    percent: bool = False,
    reference: Mapping[str, float] | None = None,
    width: str = "two",
) -> Figure:
    """Horizontal bars, one group a row of `frame` and one colour a column, values at their ends.

    Parameters
    ----------
    frame : DataFrame
        Index: categories, top to bottom; columns: series; missing values draw no bar.
    xlabel : str
        What is shown, with its unit.
    percent : bool
        Values are shares, printed in percent.
    reference : mapping, optional
        Label -> position of a dashed line, such as the nation's share.
    width : {"one", "two"}

    Returns
    -------
    Figure
    """
    thickness = 0.8 / frame.shape[1]
    with house_style():
        height = 0.7 + 0.17 * max(1.3, frame.shape[1]) * len(frame)
        figure, grid = new_figure(width, height)
        axes: Axes = grid[0, 0]
        base = np.arange(len(frame), dtype=float)
        for number, name in enumerate(frame.columns):
            place = base - 0.4 + thickness * (number + 0.5)
            colour = CATEGORIES[number % len(CATEGORIES)]
            values = frame[name].to_numpy(dtype=float)
            bars = axes.barh(place, values, thickness * 0.92, color=colour, label=str(name))
            texts = ["" if np.isnan(v) else f"{v:.1%}" if percent else f"{v:,g}" for v in values]
            white = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
            texts = [text.replace("-", "−") for text in texts]
            axes.bar_label(bars, texts, padding=3, fontsize=7, bbox=white)
        for text, position in (reference or {}).items():
            axes.axvline(position, color=BLACK, linewidth=0.8, linestyle=(0, (4, 2)), label=text)
        axes.set_yticks(base, [str(label) for label in frame.index])
        axes.set_ylim(len(frame) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(xlabel)
        axes.margins(x=0.08)
        if percent:
            percent_axis(axes.xaxis, 0)
        if frame.shape[1] > 1 or reference:
            figure.legend(loc="outside lower center", ncols=frame.shape[1] + len(reference or {}))
    return figure


def plot_ranking(
    ranking: Ranking, names: Mapping[str, str], count: int = 25, *, width: str = "two"
) -> Figure:
    """Probabilities of the first `count` cities with the ranks Monte Carlo error leaves open.

    Parameters
    ----------
    ranking : Ranking
    names : mapping
        Code -> name.
    count : int
    width : {"one", "two"}

    Returns
    -------
    Figure
    """
    top = ranking.top(count)
    with house_style():
        figure, grid = new_figure(width, 0.6 + 0.17 * len(top))
        axes: Axes = grid[0, 0]
        place = np.arange(len(top), dtype=float)
        values = top["probability"].to_numpy()
        axes.hlines(place, 0, values, color=VERMILION, linewidth=1.0)
        axes.plot(values, place, "o", color=VERMILION)
        for y, value, low, high in zip(
            place, values, top["rank_low"], top["rank_high"], strict=True
        ):
            ranks = f"rank {low:.0f}" if low == high else f"rank {low:.0f}–{high:.0f}"
            axes.annotate(
                f"{value:.0%}, {ranks}",
                (value, y),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=7,
            )
        axes.set_yticks(place, [names.get(city, city) for city in top["city"]])
        axes.set_ylim(len(top) - 0.4, -0.6)
        axes.set_xlim(0, 1.0)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(f"Probability: {ranking.event}")
        percent_axis(axes.xaxis, 0)
    return figure
