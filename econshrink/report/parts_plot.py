"""Plots of parts that add up: stacked bars, profiles by age, parts with bands by target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from econshrink.core.errors import DataError, Fault
from econshrink.nouns.decomposition import TOTAL, Decomposition
from econshrink.report.canvas import label_ends, new_figure, percent_axis
from econshrink.report.style import BLACK, CATEGORIES, DASHES, GREY, house_style


def plot_stacked(
    frame: pd.DataFrame,
    *,
    xlabel: str,
    total: str = "Total",
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Horizontal bars stacked to the right and to the left of zero, the sum as a mark.

    Parameters
    ----------
    frame : DataFrame
        Index: places, top to bottom; columns: parts; shares of the whole, printed in percent.
    xlabel : str
    total : str
        Name of the sum in the legend.
    colours : mapping, optional
        Part -> colour; parts not named take those of categories.

    Returns
    -------
    Figure
    """
    if frame.isna().to_numpy().any():
        raise DataError(Fault("a part without a value", "every part of every place", "Complete."))
    with house_style():
        figure, grid = new_figure("two", 0.9 + 0.24 * len(frame))
        axes = grid[0, 0]
        place = np.arange(len(frame), dtype=float)
        above, below = np.zeros(len(frame)), np.zeros(len(frame))
        for number, name in enumerate(frame.columns):
            values = frame[name].to_numpy(dtype=float)
            left = np.where(values >= 0, above, below)
            colour = _colour(str(name), number, colours)
            axes.barh(place, values, 0.66, left=left, color=colour, label=str(name))
            above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
        sums = frame.sum(axis=1).to_numpy(dtype=float)
        axes.plot(sums, place, "D", color="white", markeredgecolor=BLACK, label=total)
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.set_yticks(place, [str(label) for label in frame.index])
        axes.set_ylim(len(frame) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(xlabel)
        percent_axis(axes.xaxis, 0)
        figure.legend(loc="outside lower center", ncols=min(5, frame.shape[1] + 1))
    return figure


def plot_profiles(
    panels: Sequence[tuple[str, pd.DataFrame]],
    *,
    xlabel: str,
    ylabel: str,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Lines over age side by side, one panel a set of groups, on one scale.

    Parameters
    ----------
    panels : sequence of (title, DataFrame)
        Index: ages; columns: groups; shares, printed in percent.
    xlabel, ylabel : str
    colours : mapping, optional
        Group -> colour; groups not named take those of categories.

    Returns
    -------
    Figure
    """
    with house_style():
        figure, grid = new_figure("two", 2.9, 1, len(panels), sharey=True)
        for number, (title, frame) in enumerate(panels):
            axes = grid[0, number]
            axes.axhline(0, color=GREY, linewidth=0.6)
            for line, name in enumerate(frame.columns):
                style = DASHES[line % len(DASHES)]
                axes.plot(
                    frame.index,
                    frame[name],
                    color=_colour(str(name), line, colours),
                    linestyle=style,
                    label=str(name),
                )
            axes.set_title(f"({chr(ord('a') + number)}) {title}", loc="left", pad=4)
            axes.set_xlabel(xlabel)
            percent_axis(axes.yaxis, 0)
        for axes in grid[0]:
            label_ends(axes)
        grid[0, 0].set_ylabel(ylabel)
    return figure


def plot_parts(
    results: Mapping[str, Decomposition],
    targets: Mapping[str, str],
    labels: Mapping[str, str],
    *,
    xlabel: str,
    columns: int = 3,
) -> Figure:
    """Parts of several targets with their bands, a panel a target, a colour a result.

    Parameters
    ----------
    results : mapping
        Name -> decomposition; all hold the targets.
    targets : mapping
        Target -> title of its panel, in order.
    labels : mapping
        Part -> text on the axis, in order; parts not named are not drawn. ``"total"`` may be one.
    xlabel : str
    columns : int
        Panels side by side.

    Returns
    -------
    Figure
    """
    lines = -(-len(targets) // columns)
    step = 0.8 / (len(results) + 1)
    with house_style():
        height = 0.6 + lines * (0.4 + 0.15 * len(labels) * max(1.0, 0.72 * len(results)))
        figure, grid = new_figure("two", height, lines, columns, sharex=True, sharey=True)
        flat = grid.ravel()
        for number, (target, title) in enumerate(targets.items()):
            axes = flat[number]
            axes.axvline(0, color=GREY, linewidth=0.6)
            for order, (name, result) in enumerate(results.items()):
                rows = result.frame[result.frame["target"] == target].set_index("part")
                rows = rows.loc[[part for part in labels if part in rows.index]]
                place = [list(labels).index(p) - 0.4 + step * (order + 1) for p in rows.index]
                colour = CATEGORIES[order % len(CATEGORIES)]
                axes.hlines(place, rows["conf_low"], rows["conf_high"], color=colour, linewidth=1)
                whole = rows.index == TOTAL
                for chosen, mark in ((~whole, "o"), (whole, "D")):
                    axes.plot(
                        rows["estimate"][chosen],
                        np.array(place)[chosen],
                        mark,
                        color=colour,
                        markersize=3.2,
                        label=name if mark == "o" and number == 0 else None,
                    )
            axes.set_title(title, pad=3)
            axes.set_yticks(range(len(labels)), list(labels.values()))
            axes.set_ylim(len(labels) - 0.4, -0.6)
            axes.tick_params(axis="y", length=0)
        for number, axes in enumerate(flat):
            axes.set_visible(number < len(targets))
            axes.tick_params(labelbottom=number + columns >= len(targets))
        figure.supxlabel(xlabel, fontsize=8)
        if len(results) > 1:
            figure.legend(loc="outside upper center", ncols=len(results))
    return figure


def _colour(name: str, number: int, colours: Mapping[str, str] | None) -> str:
    return (colours or {}).get(name, CATEGORIES[number % len(CATEGORIES)])
