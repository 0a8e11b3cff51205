"""Plots of coefficients, rankings and tables of shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from econshrink.core.errors import DataError, Fault
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.ranking import Ranking
from econshrink.report.canvas import drawn_on, legend_below, percent_axis
from econshrink.report.fan import plot_fan
from econshrink.report.language import word
from econshrink.report.style import (
    BLACK,
    CATEGORIES,
    GREY,
    MARKERS,
    VERMILION,
    house_style,
)

__all__ = ["plot_bars", "plot_coefficients", "plot_fan", "plot_ranking"]


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


def plot_bars(
    frame: pd.DataFrame,
    *,
    xlabel: str,
    percent: bool = False,
    reference: Mapping[str, float] | None = None,
    width: str = "two",
    ax: Axes | None = None,
) -> Axes:
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
    ax : Axes, optional
        Where to draw; default a new figure.

    Returns
    -------
    Axes
    """
    thickness = 0.8 / frame.shape[1]
    with house_style():
        height = 0.7 + 0.17 * max(1.3, frame.shape[1]) * len(frame)
        axes = drawn_on(ax, width, height)
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
            legend_below(axes, ax is None, frame.shape[1] + len(reference or {}))
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
