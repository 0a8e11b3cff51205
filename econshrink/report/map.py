"""Maps of prefecture-level units without a GIS: simplified outlines, coloured by value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection, PolyCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.report.canvas import new_figure
from econshrink.report.map_scale import (
    Binned,
    Diverging,
    Kinds,
    Scale,
    check_scale,
    class_texts,
    colours_of,
    edge_text,
)
from econshrink.report.style import GREY, MISSING, house_style

Boundaries = Mapping[str, list[np.ndarray]]
DRAWING_AID = (
    "Outlines are simplified, a drawing aid only, and make no statement on any border or "
    "territorial claim."
)
_MAIN = (73.0, 135.5, 17.6, 54.0)  # longitude and latitude of the main panel
_SOUTH = (105.5, 123.0, 2.5, 23.5)  # of the South China Sea inset
_ASPECT = 1 / np.cos(np.radians(36))


def rings_from_geojson(text: str) -> dict[str, list[np.ndarray]]:
    """Read outlines: property ``unit_code`` -> outer and inner rings, each of shape (m, 2).

    Parameters
    ----------
    text : str
        GeoJSON FeatureCollection of Polygons and MultiPolygons in degrees.
    """
    rings: dict[str, list[np.ndarray]] = {}
    for feature in json.loads(text)["features"]:
        geometry = feature["geometry"]
        parts = geometry["coordinates"]
        polygons = parts if geometry["type"] == "MultiPolygon" else [parts]
        code = str(feature["properties"]["unit_code"])
        rings.setdefault(code, []).extend(
            np.asarray(ring, dtype=float)[:, :2] for polygon in polygons for ring in polygon
        )
    return rings


def draw_map(
    values: pd.Series,
    boundaries: Boundaries,
    scale: Scale,
    *,
    outlines: Boundaries | None = None,
    missing: str = "no value",
    inset: bool = True,
    width: str = "two",
) -> Figure:
    """Colour units by value.

    Parameters
    ----------
    values : Series
        Index: city code; missing values and cities without a row are drawn hatched.
    boundaries : mapping
        City code -> rings, each of shape (m, 2): longitude, latitude in degrees.
    scale : Diverging, Sequential, Binned or Kinds
    outlines : mapping, optional
        Thicker lines on top, such as provinces; same form as `boundaries`.
    missing : str
        Text of the legend for hatched units.
    inset : bool
        Show the South China Sea in a corner.
    width : {"one", "two"}

    Returns
    -------
    Figure

    Raises
    ------
    DataError
        No value has an outline, a city twice, or infinite values.
    SpecError
        Edges that do not ascend, or diverging ones without zero.
    """
    _check(values, boundaries, scale)
    with house_style():
        figure, grid = new_figure(width, {"two": 4.75, "one": 3.0}.get(width))
        axes: Axes = grid[0, 0]
        colours, norm = colours_of(scale)
        _panel(axes, values, boundaries, outlines, colours, norm, _MAIN)
        axes.set_axis_off()
        if inset:
            corner = axes.inset_axes((0.855, 0.0, 0.145, 0.27))
            _panel(corner, values, boundaries, outlines, colours, norm, _SOUTH)
            corner.set(xticks=[], yticks=[], facecolor="white")
            corner.spines[:].set_visible(True)
        hatched = not set(boundaries) <= set(values.dropna().index)
        _legend(
            figure, axes, scale, _beyond(values, norm), colours, norm, missing if hatched else ""
        )
    return figure


def map_caption(
    values: pd.Series,
    boundaries: Boundaries,
    names: Mapping[str, str],
    not_drawn: Sequence[str] = (),
) -> str:
    """Say which units are hatched, which are not drawn, and that outlines are a drawing aid.

    `not_drawn` names places that neither figures nor outlines cover.

    Examples
    --------
    >>> ring = [np.array([[100.0, 30.0], [101.0, 30.0], [100.0, 31.0]])]
    >>> print(map_caption(pd.Series({"a": 1.0}), {"a": ring, "b": ring}, {"b": "Beta"})[:28])
    Without a value: Beta (1 uni
    """
    held = set(values.dropna().index)
    parts = []
    for heading, codes in (
        ("Without a value", sorted(set(boundaries) - held)),
        ("Without an outline", sorted(held - set(boundaries))),
    ):
        if codes:
            listed = ", ".join(names.get(code, code) for code in codes)
            unit = "unit" if len(codes) == 1 else "units"
            parts.append(f"{heading}: {listed} ({len(codes)} {unit}).")
    if not_drawn:
        parts.append(f"Neither figures nor outlines: {', '.join(not_drawn)}.")
    return " ".join([*parts, DRAWING_AID])


def _check(values: pd.Series, boundaries: Boundaries, scale: Scale) -> None:
    faults = []
    if values.index.has_duplicates:
        faults.append(Fault("a city twice", "one value a city", "Remove the repeat.", "draw_map"))
    if not set(values.dropna().index) & set(boundaries):
        faults.append(
            Fault("no value with an outline", "the same codes in both", "Check the codes.")
        )
    if np.isinf(values.dropna().to_numpy(dtype=float)).any():
        faults.append(Fault("an infinite value", "finite values", "Mend the figures.", "draw_map"))
    raise_all(DataError, faults)
    check_scale(scale)


def _panel(
    axes: Axes,
    values: pd.Series,
    boundaries: Boundaries,
    outlines: Boundaries | None,
    colours: Colormap,
    norm: Normalize,
    window: tuple[float, float, float, float],
) -> None:
    west, east, south, north = window
    seen = {code: rings for code, rings in sorted(boundaries.items()) if _inside(rings, window)}
    held = values.dropna()
    filled = [code for code in seen if code in held.index]
    empty = [code for code in seen if code not in held.index]
    line: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.2, "joinstyle": "round"}
    patches = PatchCollection([_patch(seen[code]) for code in filled], **line)
    patches.set(array=held.reindex(filled).to_numpy(dtype=float), cmap=colours, norm=norm)
    axes.add_collection(patches)
    axes.add_collection(
        PatchCollection(
            [_patch(seen[code]) for code in empty],
            facecolor=MISSING,
            edgecolor="#9A9A9A",
            linewidth=0.2,
            hatch="//////",
        )
    )
    for rings in (outlines or {}).values():
        axes.add_collection(
            PolyCollection(rings, facecolor="none", edgecolor="#333333", linewidth=0.5)
        )
    axes.set(xlim=(west, east), ylim=(south, north), aspect=_ASPECT)


def _inside(rings: list[np.ndarray], window: tuple[float, float, float, float]) -> bool:
    west, east, south, north = window
    points = np.concatenate(rings)
    return bool(
        (points[:, 0].max() >= west)
        and (points[:, 0].min() <= east)
        and (points[:, 1].max() >= south)
        and (points[:, 1].min() <= north)
    )


def _patch(rings: list[np.ndarray]) -> PathPatch:
    """One patch with all rings; inner ones stay open because they run the other way round."""
    codes = []
    for ring in rings:
        steps = np.full(len(ring), Outline.LINETO, dtype=np.uint8)
        steps[0] = Outline.MOVETO
        codes.append(steps)
    return PathPatch(Outline(np.concatenate(rings), np.concatenate(codes)))


def _beyond(values: pd.Series, norm: Normalize) -> str:
    """On which ends of the colour bar values lie beyond it."""
    low, high = float(values.min()) < norm.vmin, float(values.max()) > norm.vmax  # type: ignore[operator]
    return {(True, True): "both", (True, False): "min", (False, True): "max"}.get(
        (low, high), "neither"
    )


def _legend(
    figure: Figure,
    axes: Axes,
    scale: Scale,
    extend: str,
    colours: Colormap,
    norm: Normalize,
    missing: str,
) -> None:
    if isinstance(scale, Binned | Kinds):
        texts = class_texts(scale)
        handles = [
            Patch(facecolor=colours(i), edgecolor=GREY, linewidth=0.3, label=text)
            for i, text in enumerate(texts)
        ]
    else:
        handles = []
        bar = axes.inset_axes((0.02, 0.13, 0.30, 0.025))
        source = mpl.cm.ScalarMappable(norm, colours)
        strip = figure.colorbar(source, cax=bar, orientation="horizontal", extend=extend)
        low = -scale.limit if isinstance(scale, Diverging) else 0.0
        ticks = np.linspace(low, scale.limit, 5)
        strip.set_ticks(list(ticks), labels=[edge_text(t, scale.percent, None) for t in ticks])
        strip.outline.set_linewidth(0.4)
        bar.set_title(scale.label, loc="left", fontsize=7.5, pad=3)
    if missing:
        handles.append(
            Patch(
                facecolor=MISSING, edgecolor="#9A9A9A", linewidth=0.3, hatch="//////", label=missing
            )
        )
    if handles:
        title = scale.label if isinstance(scale, Binned | Kinds) else None
        close = len(handles) > 7  # below the Himalaya there is room for about nine lines
        axes.legend(
            handles=handles,
            title=title,
            fontsize=7.0 if close else 7.5,
            title_fontsize=7.2 if close else 7.5,
            alignment="left",
            loc="lower left",
            bbox_to_anchor=(0.0, 0.0),
            handlelength=1.6,
            handleheight=0.8 if close else 1.0,
            labelspacing=0.2 if close else 0.3,
            borderaxespad=0.2,
        )
