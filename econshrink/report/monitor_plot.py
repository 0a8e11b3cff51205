"""Plot of the early-warning monitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from econshrink.errors import DataError, Fault
from econshrink.report.canvas import new_figure, percent_axis, whole_axis
from econshrink.report.style import CATEGORIES, DASHES, GREY, MARKERS, house_style


def plot_monitor(
    years: Sequence[int],
    sums: Mapping[str, np.ndarray],
    alarms: pd.DataFrame,
    threshold: float,
) -> Figure:
    """Two panels: quartiles of cumulative sums by group, and the share of cities in alarm.

    Parameters
    ----------
    years : sequence of int
    sums : mapping of str to ndarray, shape (cities, years)
        Label of the group to its cumulative sums against falls.
    alarms : DataFrame
        Index: years; one column of shares a component.
    threshold : float
        Drawn as a line.

    Raises
    ------
    DataError
        A group without cities, or years that do not fit.
    """
    wrong = [
        name for name, s in sums.items() if s.ndim != 2 or s.shape[1] != len(years) or not len(s)
    ]
    if wrong or not sums:
        seen = f"sums of {', '.join(wrong) or 'no group'}"
        raise DataError(Fault(seen, f"cities × {len(years)} years", "Align them."))
    with house_style():
        figure, grid = new_figure("two", 2.5, 1, 2)
        left, right = grid[0]
        for number, (name, values) in enumerate(sums.items()):
            low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
            colour = CATEGORIES[number]
            left.fill_between(years, low, high, color=colour, alpha=0.2, linewidth=0)
            left.plot(years, middle, color=colour, linestyle=DASHES[number], label=name)
        left.axhline(threshold, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
        left.set_ylabel("Cumulative sum (standard deviations)")
        left.legend(loc="center left", fontsize=6.5)
        for number, name in enumerate(alarms.columns):
            right.plot(
                alarms.index,
                alarms[name],
                color=CATEGORIES[2 + number],
                marker=MARKERS[number],
                linestyle=DASHES[number],
                label=f"{name} growth",
            )
        right.set_ylabel("Units in alarm")
        right.set_ylim(0, None)
        percent_axis(right.yaxis, 0)
        right.legend(loc="upper left", fontsize=6.5)
        for axes in (left, right):
            whole_axis(axes.xaxis)
    return figure
