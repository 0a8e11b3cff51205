"""Plots of forecast scores: reliability, PIT, decision curves, counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from econshrink.core.errors import DataError, Fault
from econshrink.report.canvas import new_figure, percent_axis
from econshrink.report.style import BLACK, CATEGORIES, DASHES, GREY, LOSS, MARKERS, house_style


def plot_calibration(
    curves: Mapping[str, pd.DataFrame],
    pits: Mapping[str, np.ndarray],
    benefits: pd.DataFrame,
) -> Figure:
    """Three panels: frequency against probability, PIT histograms, decision curves.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        Model to columns ``probability, frequency, low, high, cases``.
    pits : mapping of str to ndarray
        Label to PIT values between 0 and 1.
    benefits : DataFrame
        Index: threshold; one column of net benefit a model.

    Raises
    ------
    DataError
        Nothing to draw, or PIT values outside [0, 1].
    """
    if not curves or not pits or benefits.empty:
        raise DataError(Fault("an empty panel", "curves, PIT values and benefits", "Add them."))
    if any(((v < 0) | (v > 1)).any() for v in pits.values()):
        raise DataError(Fault("PIT values outside [0, 1]", "0 to 1", "Check the draws."))
    with house_style():
        figure, grid = new_figure("two", 3.1, 1, 3)
        _reliability(grid[0, 0], curves)
        _pit(grid[0, 1], pits)
        _benefit(grid[0, 2], benefits, list(curves))
    return figure


def _reliability(axes: Axes, curves: Mapping[str, pd.DataFrame]) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6)
    for number, (name, curve) in enumerate(curves.items()):
        middle = curve["frequency"]
        reach = np.vstack([middle - curve["low"], curve["high"] - middle]).clip(min=0)
        axes.errorbar(
            curve["probability"],
            middle,
            yerr=reach,
            fmt=MARKERS[number],
            color=CATEGORIES[number],
            linestyle=DASHES[number % len(DASHES)],
            linewidth=0.9,
            elinewidth=0.6,
            markersize=3,
            label=name,
        )
    axes.set(xlabel="Probability forecast", ylabel="Frequency found", xlim=(0, 1), ylim=(0, 1))
    percent_axis(axes.xaxis, 0)
    percent_axis(axes.yaxis, 0)
    _below(axes, "(a) Reliability")


def _pit(axes: Axes, pits: Mapping[str, np.ndarray]) -> None:
    edges = np.linspace(0, 1, 11)
    for number, (name, values) in enumerate(pits.items()):
        share = np.histogram(values, edges)[0] / len(values) * 10
        axes.stairs(
            share,
            edges,
            color=CATEGORIES[number],
            linestyle=DASHES[number % len(DASHES)],
            linewidth=1.0,
            label=name,
        )
    axes.axhline(1, color=GREY, linewidth=0.6)
    axes.set(xlabel="Truth among the draws (PIT)", ylabel="Density", ylim=(0, None))
    _below(axes, "(b) Place of the truth")


def _benefit(axes: Axes, benefits: pd.DataFrame, order: list[str]) -> None:
    axes.axhline(0, color=GREY, linewidth=0.6)
    for name in benefits.columns:
        number = order.index(name) if name in order else len(order)
        style = {"color": CATEGORIES[number], "linestyle": DASHES[number % len(DASHES)]}
        axes.plot(benefits.index, benefits[name], linewidth=1.0, label=name, **style)
    axes.set(xlabel="Cost over loss", ylabel="Net benefit")
    top = float(benefits.max().max())
    axes.set_ylim(-0.15 * top, 1.05 * top)
    percent_axis(axes.xaxis, 0)
    _below(axes, "(c) Decisions")


def _below(axes: Axes, title: str) -> None:
    """Title of a panel, and its legend clear of the curves."""
    axes.set_title(title, loc="left", pad=4)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), fontsize=7.2)


def plot_counts(
    counts: Mapping[str, np.ndarray], independent: Mapping[str, float], *, xlabel: str
) -> Figure:
    """Distribution of a number of cities, one row a forecast.

    Parameters
    ----------
    counts : mapping of str to ndarray
        Label to counts, one a draw.
    independent : mapping of str to float
        Standard deviation the count would have if cities were independent, drawn as a thick bar
        around the mean, two of them to each side.
    xlabel : str

    Raises
    ------
    DataError
        Nothing to draw.
    """
    if not counts:
        raise DataError(Fault("no counts", "at least one forecast", "Add one."))
    with house_style():
        figure, grid = new_figure("two", 0.6 + 0.45 * len(counts))
        axes: Axes = grid[0, 0]
        for row, (name, values) in enumerate(counts.items()):
            density, edges = np.histogram(values, bins=40, density=True)
            y = row + 0.3 - 0.75 * density / density.max()
            axes.fill_between(
                np.repeat(edges, 2)[1:-1], np.repeat(y, 2), row + 0.3, color=LOSS, alpha=0.45, lw=0
            )
            low, high = np.quantile(values, (0.1, 0.9))
            axes.plot([low, high], [row + 0.36] * 2, color=LOSS, linewidth=1.2)
            reach = 2 * independent[name]
            mean = float(np.mean(values))
            axes.plot([mean - reach, mean + reach], [row + 0.46] * 2, color=BLACK, linewidth=2.0)
            axes.plot(mean, row + 0.36, "o", color=LOSS, markersize=3)
        axes.set_yticks(np.arange(len(counts)) + 0.1, list(counts))
        axes.set_ylim(len(counts) - 0.3, -0.6)
        axes.set_xlabel(xlabel)
        axes.tick_params(axis="y", length=0)
    return figure
