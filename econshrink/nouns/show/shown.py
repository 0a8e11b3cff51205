"""Shown: what every noun inherits so that it prints, shows itself in a notebook, and plots.

A name that results of other packages carry, `summary` or `params`, ends in one sentence that says
what to write here; it is an `AttributeError` too, so that `hasattr` says no.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from econshrink.nouns.show.elsewhere import PRIVATE, absent, no_item
from econshrink.nouns.show.html import as_html
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.text import as_text

# The one late import upwards: a noun hands itself to the room that draws.
PLOTTER = "econshrink.report.plotting"


class Shown:
    """Printing, HTML and plotting of a noun that can describe itself as a `Page`."""

    def _page(self) -> Page:
        raise NotImplementedError

    def __str__(self) -> str:
        return as_text(self._page())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._page().brief}>"

    def _repr_html_(self) -> str:
        return as_html(self._page())

    if not TYPE_CHECKING:  # a checker of types knows what a noun has

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") and name not in PRIVATE:  # copying, notebooks ask for these
                raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
            raise absent(self, name)

        def __getitem__(self, key: object) -> Any:
            raise no_item(self, key)

        __iter__ = None  # an item that is not there must not make it a sequence

    def plot(self, ax: Any = None, lang: str = "en", **options: Any) -> Any:
        """Draw it; a noun without a figure of its own says which verb draws it.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; default a new figure in the house style.
        lang : {"en", "zh"}
            Language of the labels.
        **options
            Of the noun's figure, such as ``terms=`` of an estimate or ``city=`` of a forecast.

        Returns
        -------
        Axes
        """
        return importlib.import_module(PLOTTER).plot(self, ax=ax, lang=lang, **options)
