"""Canvas: size of a figure, saving it with fixed bytes, axes of shares and counts."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from econshrink.core.errors import Fault, SpecError
from econshrink.core.files import write_file
from econshrink.report.notebook import NotebookFigure, show_later
from econshrink.report.style import VERMILION, WIDTHS, house_style

SYNTHETIC_LABEL = "SYNTHETIC"
LABEL_ROOM = 0.2  # inches kept free for it at the top
# Without a date two runs write the same bytes.
_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {},
}

# Without an engine of its own a figure stays as it was laid out.
_UNMOVED: dict[Any, Any] = {"figure.constrained_layout.use": False, "figure.autolayout": False}

# Outlines of paths to a hundredth of a point: a map is a third smaller and looks the same.
_PATH = re.compile(rb' d="[^"]*"')
_LONG = re.compile(rb"-?\d+\.\d{3,}")


def _hundredths(path: re.Match[bytes]) -> bytes:
    return _LONG.sub(lambda number: b"%.2f" % float(number[0]), path[0])


def new_figure(
    width: str = "one",
    height: float | None = None,
    rows: int = 1,
    columns: int = 1,
    **options: Any,
) -> tuple[Figure, NDArray[Any]]:
    """Open a figure of one or two columns' width, outside pyplot's global state.

    Call it inside ``with house_style():``, as the plot functions do.

    Parameters
    ----------
    width : {"one", "two"}
        3.25 or 6.2 inches.
    height : float, optional
        Inches; default 0.68 of the width.
    rows, columns : int
        Grid of panels.
    **options
        Passed to `Figure.subplots`, such as ``sharey=True``.

    Returns
    -------
    tuple
        The figure and an array of axes, shape (rows, columns).

    Raises
    ------
    SpecError
        Another width.
    """
    if width not in WIDTHS:
        raise SpecError(Fault(f"width '{width}'", "'one' or 'two'", "Choose one."))
    size = (WIDTHS[width], height or 0.68 * WIDTHS[width])
    figure = NotebookFigure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, np.asarray(axes)


def drawn_on(ax: Axes | None, width: str = "one", height: float | None = None) -> Axes:
    """The axes given, or those of a new figure, which a notebook shows when its cell ends."""
    if ax is not None:
        return ax
    figure, grid = new_figure(width, height)
    show_later(figure)
    axes: Axes = grid[0, 0]
    return axes


def legend_below(axes: Axes, own: bool, columns: int) -> None:
    """A legend under a figure of one's own, or inside axes that belong to somebody else's."""
    figure = axes.get_figure(root=True)
    if own and isinstance(figure, Figure):
        figure.legend(loc="outside lower center", ncols=columns)
    else:
        axes.legend(loc="best")


def label_ends(axes: Axes, room: float = 0.3, step: float = 0.075) -> None:
    """Write the label of every labelled line beside its last point, in place of a legend.

    Parameters
    ----------
    axes : Axes
        With its final vertical limits.
    room : float
        Added on the right, as a share of the horizontal range.
    step : float
        Smallest distance between two labels, as a share of the vertical range.
    """
    lines = [line for line in axes.get_lines() if not str(line.get_label()).startswith("_")]
    low, high = axes.get_ylim()
    ends = [(float(np.asarray(line.get_ydata())[-1]) - low) / (high - low) for line in lines]
    order = sorted(range(len(lines)), key=lambda k: ends[k])
    places = spread([ends[k] for k in order], step)
    left = axes.get_xlim()[0]
    right = max(float(np.asarray(line.get_xdata(), dtype=float)[-1]) for line in lines)
    axes.set_xlim(left, right + room * (right - left))
    for k, place in zip(order, places, strict=True):
        axes.annotate(
            str(lines[k].get_label()),
            (right, low + place * (high - low)),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=lines[k].get_color(),
            fontsize=7.5,
        )


def spread(ends: Sequence[float], step: float) -> list[float]:
    """Move ascending places apart by at least `step`, staying around where they were.

    Examples
    --------
    >>> [round(place, 2) for place in spread([0.5, 0.5, 0.9], 0.1)]
    [0.45, 0.55, 0.9]
    """
    groups = [[end] for end in ends]

    def middle(group: list[float]) -> float:
        return sum(group) / len(group)

    merged = True
    while merged:
        merged = False
        for k in range(len(groups) - 1):
            reach = step * (len(groups[k]) + len(groups[k + 1])) / 2
            if middle(groups[k + 1]) - middle(groups[k]) < reach - 1e-12:
                groups[k : k + 2] = [groups[k] + groups[k + 1]]
                merged = True
                break
    return [
        middle(group) + step * (place - (len(group) - 1) / 2)
        for group in groups
        for place in range(len(group))
    ]


def save_figure(
    figure: Figure | Axes, directory: Path, name: str, *, synthetic: bool = False
) -> tuple[Path, ...]:
    """Write a figure as SVG, PDF and PNG with the same bytes on every run.

    Parameters
    ----------
    figure : Figure or Axes
        Axes stand for the figure they are in.
    directory : Path
    name : str
        File name without ending.
    synthetic : bool
        Prints "SYNTHETIC" in the corner and appends ``_synthetic`` to the name.

    Returns
    -------
    tuple of Path
        The three files, each written atomically.
    """
    if isinstance(figure, Axes):
        whole = figure.get_figure(root=True)
        assert isinstance(whole, Figure)
        figure = whole
    stem = f"{name}_synthetic" if synthetic else name
    written = []
    with house_style(), ExitStack() as after:
        if synthetic:
            stamp(figure)
        engine = figure.get_layout_engine()
        if engine is not None:  # laid out once, not anew for every format, which also draws twice
            engine.execute(figure)
            after.callback(figure.set_layout_engine, engine)
            after.enter_context(rc_context(_UNMOVED))
            figure.set_layout_engine(None)
        for ending, metadata in _METADATA.items():
            buffer = io.BytesIO()
            figure.savefig(buffer, format=ending, metadata=metadata)
            content = buffer.getvalue()
            if ending == "svg":
                content = _PATH.sub(_hundredths, content)
            written.append(write_file(directory / f"{stem}.{ending}", content))
    return tuple(written)


def stamp(figure: Figure) -> None:
    """Print SYNTHETIC in the corner of a figure, once."""
    if any(text.get_gid() == SYNTHETIC_LABEL for text in figure.texts):
        return
    label = figure.text(
        0.985,
        0.985,
        SYNTHETIC_LABEL,
        ha="right",
        va="top",
        fontsize=7.5,
        fontweight="bold",
        color=VERMILION,
        gid=SYNTHETIC_LABEL,
        bbox={"facecolor": "white", "edgecolor": VERMILION, "linewidth": 0.6, "pad": 1.5},
        zorder=1000,
    )
    label.set_in_layout(False)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):  # titles keep clear of the label
        engine.set(rect=(0.0, 0.0, 1.0, 1.0 - LABEL_ROOM / figure.get_figheight()))


def percent_axis(axis: Any, decimals: int | None = None) -> None:
    """Label an axis of shares in percent."""
    axis.set_major_formatter(PercentFormatter(xmax=1, decimals=decimals))


def panel_letter(axes: Axes, number: int) -> None:
    """Letter a panel (a), (b), … above its upper left corner."""
    axes.set_title(f"({chr(ord('a') + number)})", loc="left", pad=4)
