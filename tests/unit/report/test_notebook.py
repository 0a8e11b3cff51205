"""Figures in a notebook: once, at the end of the cell, in the house style."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.axes import Axes

from econshrink.nouns.forecast import Forecast
from econshrink.report import notebook


@pytest.fixture
def cell(monkeypatch):
    """A notebook's shell; what was displayed stands in `shown`, `end` ends the cell."""
    hooks = []

    def shown(data, *, raw, metadata):
        assert raw
        assert data["image/png"].startswith(b"\x89PNG")
        found.shown.append(metadata["image/png"]["width"])

    events = SimpleNamespace(
        register=lambda name, hook: hooks.append((name, hook)),
        unregister=lambda name, hook: hooks.remove((name, hook)),
    )
    shell = SimpleNamespace(kernel=object(), events=events)

    def end():
        for name, hook in hooks.copy():
            assert name == "post_execute"
            hook()

    found = SimpleNamespace(shown=[], end=end, shell=shell)
    display = SimpleNamespace(display=shown)
    fake = SimpleNamespace(get_ipython=lambda: found.shell, display=display)
    monkeypatch.setitem(sys.modules, "IPython", fake)
    return found


@pytest.fixture
def made():
    draws = np.exp(np.random.default_rng(0).normal(10, 0.1, (2, 3, 20)))
    return Forecast(("a", "b"), (2021, 2022, 2023), draws, draws[:, 0, 0], 2020, 2020, "m")


def test_axes_are_shown_when_the_cell_ends(cell, made):
    axes = made.plot()
    assert isinstance(axes, Axes)
    assert cell.shown == []  # they can still be changed
    cell.end()
    assert cell.shown == [325]
    cell.end()
    assert cell.shown == [325]


def test_the_value_of_a_cell_is_shown_once(cell, made):
    made.plot().figure._ipython_display_()  # as IPython does with it
    cell.end()
    assert len(cell.shown) == 1


def test_axes_of_somebody_else_are_left_to_them(cell, made):
    figure = made.plot().figure
    cell.end()
    made.plot(ax=figure.axes[0])
    cell.end()
    assert len(cell.shown) == 1


@pytest.mark.parametrize("shell", [None, SimpleNamespace()])
def test_a_terminal_shows_nothing(cell, made, shell):
    cell.shell = shell
    made.plot()
    assert not notebook._waiting
    cell.end()
    assert cell.shown == []
