"""Figures in a notebook: shown as drawn, once, without pyplot."""

from __future__ import annotations

import io
import sys
from typing import Any

from matplotlib.figure import Figure

from econshrink.report.style import house_style

DENSITY = 200  # dots an inch: two for each of the screen's
_waiting: list[Figure] = []


class NotebookFigure(Figure):
    """A figure that a notebook shows in the house style, whatever its own settings are."""

    def _ipython_display_(self) -> None:
        _display(self)


def show_later(figure: Figure) -> None:
    """Show a figure when the cell of a notebook that draws it ends; elsewhere do nothing.

    Who asks for axes changes them after they are drawn. A figure that is the value of its cell is
    not shown twice.
    """
    shell = _notebook()
    if shell is None:
        return
    if not _waiting:
        shell.events.register("post_execute", _show)
    _waiting.append(figure)


def _show() -> None:
    shell = _notebook()
    if shell is not None:
        shell.events.unregister("post_execute", _show)
    while _waiting:  # each takes itself off
        _display(_waiting[0])


def _display(figure: Figure) -> None:
    if figure in _waiting:
        _waiting.remove(figure)
    buffer = io.BytesIO()
    with house_style():
        figure.savefig(buffer, format="png", dpi=DENSITY)
    wide, high = (round(inches * DENSITY / 2) for inches in figure.get_size_inches())
    data = {"image/png": buffer.getvalue(), "text/plain": repr(figure)}
    size = {"image/png": {"width": wide, "height": high}}
    sys.modules["IPython"].display.display(data, raw=True, metadata=size)


def _notebook() -> Any:
    """The shell of a notebook's kernel, if this is one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if hasattr(shell, "kernel") else None
