"""Curves over time: survival steps with bands and numbers at risk, other curves as lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from econshrink.nouns.curve import Curve
from econshrink.report.canvas import drawn_on, percent_axis
from econshrink.report.language import word
from econshrink.report.style import CATEGORIES, DASHES, GREY, house_style

_STEPS = ("survival", "incidence", "cumulative_hazard")
_YLABELS = {
    "survival": "Share still without the event",
    "incidence": "Share with the event so far",
    "cumulative_hazard": "Cumulative hazard",
    "hazard": "Hazard a year",
    "event_time": "Effect",
}


def plot_curve(
    curve: Curve,
    *,
    xlabel: str,
    ylabel: str = "",
    at_risk: bool = True,
    width: str = "one",
    height: float | None = None,
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
    """Draw a curve: steps with bands for survival, incidence and cumulative hazard, else lines.

    Parameters
    ----------
    curve : Curve
    xlabel : str
        What time is, with its unit: ``"Years since 2011"``.
    ylabel : str
        Default by the kind of curve.
    at_risk : bool
        Print the numbers at risk below, if the curve has them.
    width : {"one", "two"}
    height : float, optional
        Inches.
    ax : Axes, optional
        Where to draw; default a new figure.
    lang : {"en", "zh"}

    Returns
    -------
    Axes
    """
    counts = at_risk and "at_risk" in curve.frame.columns
    groups = curve.groups
    with house_style():
        axes = drawn_on(ax, width, height)
        for number, group in enumerate(groups):
            frame = curve.frame[curve.frame["group"].astype(str) == group]
            _draw(axes, frame, curve.kind, number, group if len(groups) > 1 else "")
        last = float(curve.frame["time"].max())
        first = min(0.0, float(curve.frame["time"].min()))
        axes.set_xlim(first, last * 1.02)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.set(ylabel=ylabel or word(_YLABELS[curve.kind], lang))
        if curve.kind in ("survival", "incidence"):
            _share_limits(axes, curve)
        if curve.kind == "event_time":
            axes.axhline(0, color=GREY, linewidth=0.6)
        if len(groups) > 1:
            axes.legend(loc="best")
        if counts:
            _print_at_risk(axes, curve, xlabel, lang)
        else:
            axes.set_xlabel(xlabel)
    return axes


def _draw(axes: Axes, frame: pd.DataFrame, kind: str, number: int, label: str) -> None:
    colour = CATEGORIES[number % len(CATEGORIES)]
    style = DASHES[number % len(DASHES)]
    time = frame["time"].to_numpy(dtype=float)
    columns = [frame[name].to_numpy(dtype=float) for name in ("estimate", "conf_low", "conf_high")]
    if kind in _STEPS:
        start = 1.0 if kind == "survival" else 0.0
        if time[0] > 0:  # nothing has happened at time 0
            time = np.concatenate([[0.0], time])
            columns = [np.concatenate([[start], values]) for values in columns]
        line, low, high = columns
        axes.step(time, line, where="post", color=colour, linestyle=style, label=label)
        axes.fill_between(time, low, high, step="post", color=colour, alpha=0.18, linewidth=0)
        return
    line, low, high = columns
    axes.plot(time, line, color=colour, linestyle=style, marker="o", label=label)
    axes.fill_between(time, low, high, color=colour, alpha=0.18, linewidth=0)


def _share_limits(axes: Axes, curve: Curve) -> None:
    """Start at zero unless everything happens in the upper (or lower) third."""
    low = float(np.nanmin(curve.frame["conf_low"]))
    high = float(np.nanmax(curve.frame["conf_high"]))
    if curve.kind == "survival":
        axes.set_ylim(0 if low < 0.5 else max(0.0, np.floor(low * 20) / 20), 1.005)
    else:
        axes.set_ylim(0, 1.005 if high > 0.5 else min(1.0, np.ceil(high * 20) / 20))
    percent_axis(axes.yaxis, 0)


def _print_at_risk(axes: Axes, curve: Curve, xlabel: str, lang: str) -> None:
    """Numbers at risk under the ticks, one line a group."""
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    axes.set_xticks(ticks)
    several = len(curve.groups) > 1
    names = list(curve.groups) if several else [word("At risk", lang)]
    labels = []
    for tick in ticks:
        numbers = [_at_risk(curve, group, tick) for group in curve.groups]
        labels.append("\n".join([f"{tick:g}", *numbers]))
    axes.set_xticklabels(labels, linespacing=1.35)
    head = "\n".join(["", *names])
    axes.annotate(
        head,
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(-14, -6.2),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=7.5,
        linespacing=1.35,
        color="#333333",
    )
    axes.set_xlabel(f"{xlabel}; {word('below: cities at risk', lang)}" if several else xlabel)


def _at_risk(curve: Curve, group: str, tick: float) -> str:
    """Number at risk just before the first point at or after `tick`."""
    frame = curve.frame[curve.frame["group"].astype(str) == group]
    later = frame[frame["time"] >= tick - 1e-9]
    return f"{int(later['at_risk'].iloc[0]):,}" if len(later) else "–"
