"""Map of a flow network: cities where they lie, arrows as wide as flows, colours by role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from econshrink.core.errors import DataError, Fault
from econshrink.nouns.flows import FlowNetwork
from econshrink.report.canvas import new_figure
from econshrink.report.style import CATEGORIES, GREY, city_label, house_style

WIDEST = 5.0  # points of the largest arrow
LARGEST = 220.0  # square points of the largest city


def plot_flows(
    network: FlowNetwork,
    kinds: Mapping[str, str],
    order: Sequence[str],
    *,
    outlines: Mapping[str, list[np.ndarray]] | None = None,
    shown: np.ndarray | None = None,
    unit: str = "persons",
    height: float = 6.4,
) -> Figure:
    """Draw flows on a map.

    Parameters
    ----------
    network : FlowNetwork
        Complete, with coordinates.
    kinds : mapping
        City -> kind, such as its role.
    order : sequence of str
        All kinds, in the order of colours and legend.
    outlines : mapping, optional
        City -> rings of shape (m, 2) in degrees, drawn behind.
    shown : ndarray of bool, shape (n, n), optional
        Pairs with an arrow; default the fewest that hold three quarters of all moves.
    unit : str
        Of the flows, in the legend.
    height : float
        Inches.

    Returns
    -------
    Figure
        Arrow widths are proportional to flows, areas of cities to the moves in and out.

    Raises
    ------
    DataError
        No coordinates, unlisted pairs, or a city without kind.
    """
    if network.coordinates is None:
        raise DataError(Fault("no coordinates", "longitude and latitude", "Give them."))
    network.require_complete("a map of flows")
    absent = [city for city in network.cities if kinds.get(city) not in order]
    if absent:
        raise DataError(Fault(f"no kind of {', '.join(absent)}", ", ".join(order), "Add it."))
    flows = np.asarray(network.flows)
    drawn = _largest(flows) if shown is None else shown & (flows > 0)
    with house_style():
        figure, grid = new_figure("two", height)
        axes: Axes = grid[0, 0]
        for rings in (outlines or {}).values():
            axes.add_collection(
                PolyCollection(rings, facecolor="#F4F4F0", edgecolor="#B8B8B0", linewidth=0.5)
            )
        place = np.asarray(network.coordinates)
        _arrows(axes, place, flows, drawn)
        _cities(axes, network, place, kinds, order)
        _frame(axes, place, outlines)
        _legend(figure, flows, drawn, order, unit)
    return figure


def _largest(flows: np.ndarray) -> np.ndarray:
    """The fewest pairs that hold three quarters of all moves."""
    ranked = np.sort(flows[flows > 0])[::-1]
    count = int(np.searchsorted(np.cumsum(ranked), 0.75 * ranked.sum())) + 1
    return np.asarray(flows >= ranked[count - 1])


def _arrows(axes: Axes, place: np.ndarray, flows: np.ndarray, drawn: np.ndarray) -> None:
    top = flows.max()
    pairs = np.argwhere(drawn)
    for i, j in pairs[np.argsort(flows[drawn], kind="stable")].tolist():
        width = WIDEST * flows[i, j] / top
        axes.add_patch(
            FancyArrowPatch(
                tuple(place[i]),
                tuple(place[j]),
                connectionstyle="arc3,rad=0.14",
                arrowstyle=_head(width),
                shrinkA=7,
                shrinkB=8,
                linewidth=max(width, 0.35),
                color="#4C6A85",
                alpha=0.55,
                zorder=2,
                capstyle="butt",
                joinstyle="miter",
            )
        )


def _head(width: float) -> str:
    """Arrow head in units of the line, large enough to be seen on a thin one."""
    return f"-|>,head_length={3 + 0.9 * width:.2f},head_width={1.4 + 0.6 * width:.2f}"


def _cities(
    axes: Axes,
    network: FlowNetwork,
    place: np.ndarray,
    kinds: Mapping[str, str],
    order: Sequence[str],
) -> None:
    moves = network.out_strength + network.in_strength
    area = LARGEST * moves / moves.max()
    chinese = network.names_zh or ("",) * network.count
    for number, city in enumerate(network.cities):
        colour = CATEGORIES[order.index(kinds[city]) % len(CATEGORIES)]
        x, y = place[number].tolist()
        axes.scatter(x, y, s=max(area[number], 22), color=colour, edgecolor="white", zorder=3)
        axes.annotate(
            city_label(network.labels[number], chinese[number]),
            place[number],
            xytext=(0, -(4 + np.sqrt(max(area[number], 22)) / 2)),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=7.5,
            zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6},
        )


def _frame(axes: Axes, place: np.ndarray, outlines: Mapping[str, list[np.ndarray]] | None) -> None:
    points = [place, *(ring for rings in (outlines or {}).values() for ring in rings)]
    low, high = np.vstack(points).min(axis=0), np.vstack(points).max(axis=0)
    pad = 0.04 * (high - low)
    axes.set(xlim=(low[0] - pad[0], high[0] + pad[0]), ylim=(low[1] - pad[1], high[1] + pad[1]))
    axes.set_aspect(1 / np.cos(np.radians(place[:, 1].mean())))
    axes.set_axis_off()


def _legend(
    figure: Figure, flows: np.ndarray, drawn: np.ndarray, order: Sequence[str], unit: str
) -> None:
    dots = [
        Line2D([], [], marker="o", linestyle="", color=CATEGORIES[k % len(CATEGORIES)], label=name)
        for k, name in enumerate(order)
    ]
    top = flows.max()
    size = 10 ** np.floor(np.log10(max(top, 1.0)))
    steps = [
        step for step in (size * np.floor(top / size), size * np.floor(top / size) / 4) if step
    ]
    lines = [
        Line2D(
            [], [], color="#4C6A85", alpha=0.55, linewidth=max(WIDEST * step / top, 0.35),
            label=f"{step:,.0f} {unit}",
        )
        for step in steps
    ]  # fmt: skip
    share = flows[drawn].sum() / flows.sum()
    note = Line2D([], [], linestyle="", label=f"arrows hold {share:.0%} of moves", color=GREY)
    figure.legend(handles=[*dots, *lines, note], loc="outside lower center", ncols=4, fontsize=7.5)
