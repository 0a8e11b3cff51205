"""One plain figure each for nouns that have no finer one: drawn on one pair of axes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.accounting import Accounting
from econshrink.nouns.ages import AgeStructure
from econshrink.nouns.backtest import Backtest
from econshrink.nouns.confidence_set import ConfidenceSet
from econshrink.nouns.decomposition import TOTAL, Decomposition
from econshrink.nouns.flows import FlowNetwork
from econshrink.nouns.identification import Identification
from econshrink.report.canvas import drawn_on, percent_axis
from econshrink.report.language import word
from econshrink.report.style import (
    BLUE,
    CATEGORIES,
    DASHES,
    GREEN,
    GREY,
    PURPLE,
    VERMILION,
    house_style,
)

_COMPONENTS = ("births", "deaths", "coverage", "migration", "change")


def plot_components(book: Accounting, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Components of change of all units together, in persons; deaths to the left."""
    total = book.components().sum()
    values = np.array([float(total[name]) for name in _COMPONENTS])
    values[1] *= -1
    with house_style():
        axes = drawn_on(ax)
        colours = [BLUE if value >= 0 else VERMILION for value in values]
        axes.barh(range(len(values)), values, 0.7, color=colours)
        axes.set_yticks(range(len(values)), [word(name, lang) for name in _COMPONENTS])
        axes.invert_yaxis()
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.set_xlabel(f"{word('Persons', lang)}, {book.start}–{book.end}")
    return axes


def plot_pyramid(ages: AgeStructure, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Age pyramid of all units together: men to the left, women to the right."""
    men, women = ages.persons.sum(axis=0).astype(float)
    place = np.arange(len(ages.lower))
    with house_style():
        axes = drawn_on(ax)
        axes.barh(place, -men, 0.9, color=GREEN, label=word("male", lang))
        axes.barh(place, women, 0.9, color=PURPLE, label=word("female", lang))
        axes.set_yticks(place[::2], [str(age) for age in ages.lower[::2]])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
        axes.set(xlabel=f"{word('Persons', lang)}, {ages.year}", ylabel=word("Age", lang))
        axes.legend(loc="best")
    return axes


def plot_scores(backtest: Backtest, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Mean CRPS of every model by horizon."""
    means = backtest.cases.groupby(["model", "horizon"], sort=False, observed=True)["crps"].mean()
    with house_style():
        axes = drawn_on(ax)
        for number, model in enumerate(backtest.models):
            line = means.loc[model].sort_index()
            style = DASHES[number % len(DASHES)]
            colour = CATEGORIES[number % len(CATEGORIES)]
            x, y = line.index.to_numpy(dtype=float), line.to_numpy(dtype=float)
            axes.plot(x, y, linestyle=style, color=colour, marker="o", label=model)
        axes.set(xlabel=word("Horizon (years)", lang), ylabel=word("Mean CRPS", lang))
        axes.legend(loc="best")
    return axes


def plot_set(region: ConfidenceSet, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """The intervals of a confidence set as bars on a line; rays end at the edge."""
    ends = [end for pair in region.intervals for end in pair if np.isfinite(end)]
    low, high = (min(ends), max(ends)) if ends else (-1.0, 1.0)
    margin = 0.15 * (high - low or abs(high) or 1.0)
    with house_style():
        axes = drawn_on(ax, height=1.2)
        for first, last in region.intervals:
            axes.hlines(0, max(first, low - margin), min(last, high + margin), color=BLUE, lw=4)
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.set_xlim(low - margin, high + margin)
        axes.set_yticks([0], [region.term])
        axes.set_xlabel(f"{word('Estimate', lang)}: {region.level:.0%}, {region.method}")
    return axes


def plot_decomposition(
    parts: Decomposition, *, target: str | None = None, ax: Axes | None = None, lang: str = "en"
) -> Axes:
    """Parts of one target with their intervals; the total last."""
    chosen = target if target is not None else parts.targets[0]
    if chosen not in parts.targets:
        known = ", ".join(parts.targets)
        raise SpecError(Fault(f"target '{chosen}'", f"one of {known}", "Name one of them."))
    frame = parts.frame[parts.frame["target"].astype(str) == chosen]
    values = frame["estimate"].to_numpy(dtype=float)
    low, high = (frame[name].to_numpy(dtype=float) for name in ("conf_low", "conf_high"))
    place = np.arange(len(frame))
    with house_style():
        axes = drawn_on(ax, height=0.9 + 0.2 * len(frame))
        colours = [GREY if part == TOTAL else BLUE for part in frame["part"]]
        axes.barh(place, values, 0.7, color=colours)
        axes.hlines(place, low, high, color="black", linewidth=0.8)
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.set_yticks(place, frame["part"].astype(str).tolist())
        axes.invert_yaxis()
        axes.set_title(chosen, loc="left")
        axes.set_xlabel(word("Estimate", lang))
    return axes


def plot_labels(labels: Identification, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Growth of the cities, shrinking ones in colour; the title says rule, series and window."""
    if "growth" not in labels.frame.columns:
        columns = ", ".join(map(str, labels.frame.columns))
        remedy = "Draw a map of the labels instead: econshrink.report.draw_map."
        raise SpecError(Fault(f"columns {columns}", "a column growth", remedy))
    known = labels.frame[labels.frame["shrinking"].notna() & labels.frame["growth"].notna()]
    growth = known["growth"].to_numpy(dtype=float)
    falling = known["shrinking"].to_numpy(dtype=bool)
    edges = np.histogram_bin_edges(growth, bins=30)
    first, last = labels.window
    with house_style():
        axes = drawn_on(ax)
        names = [word("shrinking", lang), word("not shrinking", lang)]
        held = [growth[falling], growth[~falling]]
        axes.hist(held, edges.tolist(), stacked=True, color=[VERMILION, BLUE], label=names)
        axes.axvline(0, color=GREY, linewidth=0.6)
        percent_axis(axes.xaxis, 0)
        window = f"{labels.rule_id}\n{labels.concept}, {labels.series}, {first}–{last}"
        axes.set_title(f"{labels.count}/{labels.units}: {window}", loc="left", fontsize=7)
        axes.set(xlabel=word("Growth over the window", lang), ylabel=word("Cities", lang))
        axes.legend(loc="best")
    return axes


def plot_strengths(
    network: FlowNetwork, *, count: int = 15, ax: Axes | None = None, lang: str = "en"
) -> Axes:
    """Mass leaving and arriving of the cities that most leave."""
    leaving = network.out_strength
    order = np.argsort(-leaving, kind="stable")[:count]
    place = np.arange(len(order), dtype=float)
    with house_style():
        axes = drawn_on(ax, "two", 0.7 + 0.2 * len(order))
        axes.barh(place - 0.2, leaving[order], 0.38, color=VERMILION, label=word("leaving", lang))
        if network.unlisted_out is None or network.complete:
            arriving = network.in_strength[order]
            axes.barh(place + 0.2, arriving, 0.38, color=BLUE, label=word("arriving", lang))
        axes.set_yticks(place, [str(network.labels[i]) for i in order])
        axes.invert_yaxis()
        axes.set_xlabel(network.label or network.kind)
        axes.legend(loc="best")
    return axes
