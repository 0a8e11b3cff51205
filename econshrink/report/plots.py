"""Plots of coefficients and rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from econshrink.core.errors import DataError, Fault
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.ranking import Ranking
from econshrink.report.canvas import drawn_on, legend_below, percent_axis
from econshrink.report.language import word
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
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
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
    ax : Axes, optional
        Where to draw; default a new figure.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
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
        axes = drawn_on(ax, width, height)
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
        intervals = word("{level} intervals", lang).format(level=f"{level:.0%}")
        axes.set_xlabel(f"{xlabel} ({intervals})")
        axes.tick_params(axis="y", length=0)
        if len(estimates) > 1:
            legend_below(axes, ax is None, min(4, len(estimates)))
    return axes


def plot_ranking(
    ranking: Ranking,
    names: Mapping[str, str],
    count: int = 25,
    *,
    width: str = "two",
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
    """Probabilities of the first `count` cities with the ranks Monte Carlo error leaves open.

    Parameters
    ----------
    ranking : Ranking
    names : mapping
        Code -> name.
    count : int
    width : {"one", "two"}
    ax : Axes, optional
        Where to draw; default a new figure.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    top = ranking.top(count)
    with house_style():
        axes = drawn_on(ax, width, 0.6 + 0.17 * len(top))
        place = np.arange(len(top), dtype=float)
        values = top["probability"].to_numpy()
        axes.hlines(place, 0, values, color=VERMILION, linewidth=1.0)
        axes.plot(values, place, "o", color=VERMILION)
        for y, value, low, high in zip(
            place, values, top["rank_low"], top["rank_high"], strict=True
        ):
            ranks = f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
            axes.annotate(
                f"{value:.0%}, {word('rank', lang)} {ranks}",
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
        axes.set_xlabel(f"{word('Probability', lang)}: {ranking.event}")
        percent_axis(axes.xaxis, 0)
    return axes
