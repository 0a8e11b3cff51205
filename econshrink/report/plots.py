"""Plots of coefficients and rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from econshrink.core.errors import DataError, Fault
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.ranking import Ranking
from econshrink.report.canvas import new_figure, percent_axis
from econshrink.report.style import (
    CATEGORIES,
    GREY,
    MARKERS,
    VERMILION,
    house_style,
)


def plot_coefficients(
    estimates: Mapping[str, Estimate],
    labels: Mapping[str, str],
    *,
    xlabel: str,
    terms: Sequence[str] | None = None,
    level: float = 0.95,
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
    level : float
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
            tidy = estimate.tidy(level).set_index("term")
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
        axes.set_xlabel(f"{xlabel} ({level:.0%} intervals)")
        axes.tick_params(axis="y", length=0)
        if len(estimates) > 1:
            figure.legend(loc="outside lower center", ncols=min(4, len(estimates)))
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
