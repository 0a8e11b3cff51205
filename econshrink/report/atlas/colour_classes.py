"""Colours of map classes for light and dark pages, and how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.report.map_scale import edge_text
from econshrink.report.style import CATEGORIES

NO_FIGURE = {"light": "#d4d4d0", "dark": "#3c4046"}
PAPER = {"light": "#ffffff", "dark": "#16181c"}
_PALE = {"light": "#f1ead6", "dark": "#6b675c"}

# Brettel-type matrices of Machado, Oliveira and Fernandes (2009), severity 1, linear RGB.
_VISION = {
    "full": np.eye(3),
    "protan": np.array([
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deutan": np.array([
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
}  # fmt: skip
_TO_XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip
_WHITE = np.array([0.95047, 1.0, 1.08883])


@dataclass(frozen=True)
@typed_fields
class Classes:
    """Ascending edges: k of them make k + 1 classes; a value on an edge belongs to the upper one.

    `middle` is the edge where a diverging scale turns (orange below, purple above, or the other
    way round with `flipped`); without it colours run from light to dark.
    """

    edges: tuple[float, ...]
    percent: bool = True
    middle: float | None = None
    flipped: bool = False

    def __post_init__(self) -> None:
        edges = list(self.edges)
        turned = self.middle is None or self.middle in edges
        if not edges or edges != sorted(set(edges)) or len(edges) > 9 or not turned:
            seen = f"edges {edges}"
            raise SpecError(Fault(seen, "1 to 9 ascending numbers with the middle", "Mend them."))


@dataclass(frozen=True)
@typed_fields
class Groups:
    """Unordered kinds; values are positions in `names` (English, Chinese).

    With `rest` the last one is what belongs to none of the others, and is drawn pale.
    """

    names: tuple[tuple[str, str], ...]
    rest: bool = False


def class_numbers(values: pd.Series, scale: Classes | Groups) -> NDArray[np.int64]:
    """Class of every value, −1 where there is none."""
    number = values.to_numpy(dtype=float)
    known = np.isfinite(number)
    if isinstance(scale, Groups):
        return np.where(known, np.nan_to_num(number), -1).astype(np.int64)
    place = np.searchsorted(np.asarray(scale.edges), np.nan_to_num(number), side="right")
    return np.where(known, place, -1).astype(np.int64)


def class_names(scale: Classes | Groups) -> list[tuple[str, str]]:
    """English and Chinese name of every class, lowest first."""
    if isinstance(scale, Groups):
        return list(scale.names)
    edges = [edge_text(edge, scale.percent, None) for edge in scale.edges]
    inner = [(f"{low} to {high}", f"{low} 至 {high}") for low, high in pairwise(edges)]
    return [
        (f"below {edges[0]}", f"低于 {edges[0]}"),
        *inner,
        (f"{edges[-1]} and more", f"{edges[-1]} 及以上"),
    ]


def class_colours(scale: Classes | Groups, theme: str) -> list[str]:
    """Hex colour of every class on a light or a dark page."""
    if isinstance(scale, Groups):
        named = list(CATEGORIES[: len(scale.names) - scale.rest])
        return named + ([_PALE[theme]] if scale.rest else [])
    count = len(scale.edges) + 1
    if scale.middle is None:
        ramp, places = mpl.colormaps["YlOrBr"], np.linspace(0.04, 1.0, count)
        if theme == "dark":  # light stands out on a dark page: more is lighter
            places = places[::-1]
    else:
        ramp = mpl.colormaps["PuOr_r" if scale.flipped else "PuOr"]
        below = scale.edges.index(scale.middle) + 1
        above = count - below
        places = np.r_[np.linspace(0.06, 0.37, below), np.linspace(0.63, 0.94, above)]
    return [mpl.colors.to_hex(ramp(place)) for place in places]


def distance(first: str, second: str, vision: str = "full") -> float:
    """Distance of two colours in CIE L*a*b* (1976), as seen with full or red-green blind vision."""
    lab = [_lab(colour, vision) for colour in (first, second)]
    return float(np.linalg.norm(lab[0] - lab[1]))


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    light = sorted(float(_TO_XYZ[1] @ _linear(colour)) for colour in (first, second))
    return (light[1] + 0.05) / (light[0] + 0.05)


def nearest(colours: Sequence[str], vision: str) -> float:
    """Smallest distance between any two of the colours."""
    return min(
        distance(first, second, vision)
        for place, first in enumerate(colours)
        for second in colours[place + 1 :]
    )


def _linear(colour: str) -> NDArray[np.float64]:
    level = np.array(mpl.colors.to_rgb(colour))
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def _lab(colour: str, vision: str) -> NDArray[np.float64]:
    seen = np.clip(_VISION[vision] @ _linear(colour), 0, 1)
    part = _TO_XYZ @ seen / _WHITE
    bent = np.where(part > 0.008856, np.cbrt(part), 7.787 * part + 16 / 116)
    return np.array([
        116 * bent[1] - 16, 500 * (bent[0] - bent[1]), 200 * (bent[1] - bent[2])
    ])  # fmt: skip
