"""Fan charts of forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.panel import CityPanel
from econshrink.report.canvas import drawn_on, new_figure
from econshrink.report.language import word
from econshrink.report.style import (
    BLACK,
    GREEN,
    GREY,
    house_style,
)

MILLION = 1e6


def plot_forecast(
    forecast: Forecast,
    data: CityPanel,
    cities: Sequence[str] | None = None,
    *,
    variable: str = "population",
    columns: int = 3,
) -> Figure:
    """Fan charts of a forecast behind the panel it was made from.

    Parameters
    ----------
    forecast : Forecast
    data : CityPanel
    cities : sequence of str, optional
        By default the six whose median falls most.
    variable : str
    columns : int

    Returns
    -------
    Figure
        See `plot_fan`.

    Raises
    ------
    DataError
        A city without forecast.
    """
    if cities is None:
        middle = np.median(forecast.draws[:, -1], axis=1) / forecast.base
        cities = [forecast.cities[row] for row in np.argsort(middle, kind="stable")[:6]]
    table = data.column(variable).rename("population").reset_index()
    names = {city: city for city in cities}
    if "name_en" in data.attributes.columns:
        known = data.attributes["name_en"].dropna()
        names |= {city: str(known[city]) for city in cities if city in known.index}
    return plot_fan(forecast, cities, table, names, columns=columns)


def plot_fan(
    forecast: Forecast,
    cities: Sequence[str],
    history: pd.DataFrame,
    names: Mapping[str, str],
    *,
    probabilities: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
    columns: int = 3,
    lang: str = "en",
    parts: bool = False,
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
    lang : {"en", "zh"}
    parts : bool
        Dashed lines where the outer band would end without what a census may correct
        (`Forecast.of` people).

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
    forecast = forecast.select(cities=cities)
    quantiles = forecast.quantiles(probabilities)
    outer = (probabilities[0], probabilities[-1])
    people = forecast.of("people").quantiles(outer) / MILLION if parts else None
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
            if people is not None:
                ends = people.loc[[city]].to_numpy()
                axes.plot(forecast.years, ends, color=GREEN, linewidth=0.8, linestyle=(0, (4, 2)))
            base = float(forecast.base[forecast.cities.index(city)]) / MILLION
            axes.axhline(base, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0)
            axes.set_title(names[city], loc="left", pad=3)
        for number, axes in enumerate(grid.flat):
            if number >= len(cities):
                axes.set_axis_off()
            axes.tick_params(labelbottom=number + columns >= len(cities))
        figure.supylabel(word("Population (million)", lang), fontsize=8)
        handles = _fan_handles(list(probabilities), forecast.base_year, lang)
        if parts:
            label = word("without rebasing", lang)
            dashed = Line2D([], [], color=GREEN, lw=0.8, linestyle=(0, (4, 2)), label=label)
            handles.insert(-1, dashed)
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=3 if parts else len(handles),
        )
    return figure


def plot_total(
    forecast: Forecast,
    *,
    city: str | None = None,
    probabilities: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
    """Fan of the sum of all units, or of one of them, on one pair of axes.

    Parameters
    ----------
    forecast : Forecast
    city : str, optional
        Code of the unit; default the sum of all.
    probabilities : sequence of float
        As in `plot_fan`.
    ax : Axes, optional
        Where to draw; default a new figure.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
        Millions of persons against years.

    Raises
    ------
    DataError
        A unit without forecast.
    """
    if city is not None and city not in forecast.cities:
        known = ", ".join(forecast.cities[:5])
        raise DataError(Fault(f"no forecast of {city}", f"one of {known} …", "Check the code."))
    rows = slice(None) if city is None else [forecast.cities.index(city)]
    draws = forecast.draws[rows].sum(axis=0) / MILLION
    bands = pd.DataFrame(np.quantile(draws, list(probabilities), axis=1).T)
    with house_style():
        axes = drawn_on(ax)
        past = pd.DataFrame({"year": [], "population": []})
        _fan(axes, forecast, past, bands, list(probabilities))
        base = float(forecast.base[rows].sum()) / MILLION
        axes.axhline(base, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0)
        axes.set_title(word("All units together", lang) if city is None else city, loc="left")
        axes.set_ylabel(word("Population (million)", lang))
        axes.legend(handles=_fan_handles(list(probabilities), forecast.base_year, lang)[1:])
    return axes


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
        axes.fill_between(years, low, high, color=GREEN, alpha=alpha, linewidth=0)
    axes.plot(years, values[:, middle], color=GREEN)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    axes.margins(x=0.02, y=0.1)


def _fan_handles(levels: list[float], base_year: int, lang: str) -> list[Line2D | Patch]:
    middle = len(levels) // 2
    patches: list[Line2D | Patch] = []
    patches.append(Line2D([], [], color=BLACK, linewidth=1.1, label=word("known", lang)))
    patches.append(Line2D([], [], color=GREEN, label=word("median of the draws", lang)))
    for step in reversed(range(middle)):
        share = levels[-1 - step] - levels[step]
        alpha = 1 - np.prod([1 - (0.22 + 0.18 * k) for k in range(step + 1)])
        patches.append(
            Patch(facecolor=GREEN, alpha=alpha, label=f"{share:.0%} {word('of the draws', lang)}")
        )
    patches.append(
        Line2D(
            [],
            [],
            color=GREY,
            linewidth=0.6,
            linestyle=(0, (2, 2)),
            label=f"{base_year} {word('level', lang)}",
        )
    )
    return patches
