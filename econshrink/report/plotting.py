"""The figure of any noun: what ``noun.plot()`` calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.accounting import Accounting
from econshrink.nouns.ages import AgeStructure
from econshrink.nouns.backtest import Backtest
from econshrink.nouns.confidence_set import ConfidenceSet
from econshrink.nouns.curve import Curve
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.flows import FlowNetwork
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.identification import Identification
from econshrink.nouns.ranking import Ranking
from econshrink.report.canvas import SYNTHETIC_LABEL, stamp
from econshrink.report.fan import plot_total
from econshrink.report.language import word
from econshrink.report.noun_plots import (
    plot_components,
    plot_decomposition,
    plot_labels,
    plot_pyramid,
    plot_scores,
    plot_set,
    plot_strengths,
)
from econshrink.report.plots import plot_coefficients, plot_ranking
from econshrink.report.style import VERMILION
from econshrink.report.survival_plot import plot_curve

REMEDIES = {
    "SpellTable": "Draw a curve of it: kaplan_meier(spells).plot().",
    "CityPanel": "Label or fit it first: identify(panel, rule).plot(), fit_fe(panel, spec).plot().",
    "Table": "Print it, or write it with econshrink.report.write_table.",
    "FlowPanel": "Draw one of its networks: panel.networks[0].plot().",
    "HypothesisTest": "Print it; a test has no figure.",
}


def plot(noun: Any, *, ax: Axes | None = None, lang: str = "en", **options: Any) -> Axes:
    """Draw a noun on axes.

    Parameters
    ----------
    noun : Estimate, Curve, Identification, Accounting, AgeStructure, Forecast, Ranking, Backtest, \
FlowNetwork, Decomposition or ConfidenceSet
    ax : Axes, optional
        Where to draw; default a new figure in the house style.
    lang : {"en", "zh"}
        Language of the labels.
    **options
        Of the function that draws this noun: ``terms=``, ``level=``, ``labels=`` of an estimate,
        ``xlabel=`` of a curve, ``city=`` of a forecast, ``count=`` of a ranking or a network …

    Returns
    -------
    Axes

    Raises
    ------
    SpecError
        A noun without a figure, another language.
    """
    word("", lang)
    for kind, draw in _DRAWERS:
        if isinstance(noun, kind):
            try:
                axes = draw(noun, ax=ax, lang=lang, **options)
            except TypeError as problem:
                if "argument" not in str(problem) or not options:
                    raise
                seen = f"options {', '.join(options)} of a plot of {type(noun).__name__}"
                remedy = f"Leave out what does not belong there ({problem})."
                raise SpecError(Fault(seen, "options of its figure", remedy)) from problem
            if noun.synthetic if hasattr(noun, "synthetic") else False:
                _mark(axes, ax is None)
            return axes
    name = type(noun).__name__
    raise SpecError(
        Fault(f"a plot of a {name}", "a noun with a figure", REMEDIES.get(name, "Print it."))
    )


def _mark(axes: Axes, own: bool) -> None:
    figure = axes.get_figure(root=True)
    if own and isinstance(figure, Figure):
        stamp(figure)
        return
    axes.annotate(
        SYNTHETIC_LABEL,
        (1, 1),
        xycoords="axes fraction",
        ha="right",
        va="bottom",
        fontsize=7.5,
        fontweight="bold",
        color=VERMILION,
    )


def _coefficients(estimate: Estimate, *, ax: Axes | None, lang: str, **options: Any) -> Axes:
    options.setdefault("labels", {})
    options.setdefault("xlabel", word("Estimate", lang))
    labels = options.pop("labels")
    options.setdefault("width", "one")
    return plot_coefficients({estimate.method: estimate}, labels, ax=ax, lang=lang, **options)


def _curve(curve: Curve, *, ax: Axes | None, lang: str, **options: Any) -> Axes:
    options.setdefault("xlabel", word("Time", lang))
    return plot_curve(curve, ax=ax, lang=lang, **options)


def _ranking(ranking: Ranking, *, ax: Axes | None, lang: str, **options: Any) -> Axes:
    names = options.pop("names", {})
    return plot_ranking(ranking, names, ax=ax, lang=lang, **options)


_DRAWERS: tuple[tuple[type, Callable[..., Axes]], ...] = (
    (Estimate, _coefficients),
    (Curve, _curve),
    (Ranking, _ranking),
    (Forecast, plot_total),
    (Identification, plot_labels),
    (Accounting, plot_components),
    (AgeStructure, plot_pyramid),
    (Backtest, plot_scores),
    (ConfidenceSet, plot_set),
    (Decomposition, plot_decomposition),
    (FlowNetwork, plot_strengths),
)
