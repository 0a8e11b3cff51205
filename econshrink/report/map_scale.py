"""Colour scales of maps: diverging, sequential, in classes, or by kind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import matplotlib as mpl
import numpy as np
from matplotlib.colors import BoundaryNorm, Colormap, ListedColormap, Normalize

from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.report.style import CATEGORIES


@dataclass(frozen=True)
@typed_fields
class Diverging:
    """Colours on both sides of zero: red below, blue above, up to ``±limit``."""

    limit: float
    label: str
    percent: bool = True


@dataclass(frozen=True)
@typed_fields
class Sequential:
    """Colours from zero (light) to `limit` (dark)."""

    limit: float
    label: str
    percent: bool = True


@dataclass(frozen=True)
@typed_fields
class Binned:
    """A colour for each class between ascending `edges`; open below the first, above the last.

    Parameters
    ----------
    edges : tuple of float
        k ascending numbers make k + 1 classes; a value on an edge belongs to the class above it.
    label : str
        Heading of the legend.
    percent : bool
        Print edges in percent.
    diverging : bool
        Red below zero and blue above; zero must then be an edge. Else light to dark.
    decimals : int
        Decimals of the printed edges.
    """

    edges: tuple[float, ...]
    label: str
    percent: bool = True
    diverging: bool = True
    decimals: int = 0


@dataclass(frozen=True)
@typed_fields
class Kinds:
    """A colour for each of a few unordered kinds; values are positions 0, 1, … in `names`.

    With `rest` the last kind is what belongs to none of the others, and is drawn pale. `colours`
    may name one a kind, in order; kinds without one take those of categories.
    """

    names: tuple[str, ...]
    label: str
    rest: bool = False
    colours: tuple[str, ...] = ()


PALE = "#E9E4D4"

Scale = Diverging | Sequential | Binned | Kinds


def check_scale(scale: Scale) -> None:
    """Raise `SpecError` for edges that do not ascend or a limit that is not positive."""
    if isinstance(scale, Binned):
        edges = list(scale.edges)
        if not edges or edges != sorted(set(edges)) or (scale.diverging and 0 not in edges):
            raise SpecError(
                Fault(
                    f"edges {edges}",
                    "ascending numbers, zero among them on a diverging scale",
                    "Mend the edges.",
                )
            )
    elif isinstance(scale, Kinds):
        if not 0 < len(scale.names) <= len(CATEGORIES):
            seen = f"{len(scale.names)} kinds"
            raise SpecError(Fault(seen, f"1 to {len(CATEGORIES)}", "Join some of them."))
    elif not scale.limit > 0:
        raise SpecError(Fault(f"limit {scale.limit}", "a positive number", "Mend the scale."))


def colours_of(scale: Scale) -> tuple[Colormap, Normalize]:
    """Colour map and normalisation of a scale."""
    if isinstance(scale, Diverging):
        return mpl.colormaps["RdBu"], Normalize(-scale.limit, scale.limit)
    if isinstance(scale, Sequential):
        return mpl.colormaps["OrRd"], Normalize(0, scale.limit)
    if isinstance(scale, Kinds):
        count = len(scale.names)
        own = [*scale.colours, *CATEGORIES[len(scale.colours) :]]
        colours = [*own[: count - scale.rest], *([PALE] * scale.rest)]
        return ListedColormap(colours), BoundaryNorm(
            [place - 0.5 for place in range(count + 1)], count
        )
    below = scale.edges.index(0) + 1 if scale.diverging else 0
    above = len(scale.edges) + 1 - below
    ramp = mpl.colormaps["RdBu"] if scale.diverging else mpl.colormaps["OrRd"]
    if scale.diverging:
        places = [*np.linspace(0.04, 0.36, below), *np.linspace(0.64, 0.96, above)]
    else:
        places = list(np.linspace(0.05, 0.95, above))
    bounds = [-np.inf, *scale.edges, np.inf]
    # BoundaryNorm wants finite ends; nothing lies beyond these
    far = 1e12
    norm = BoundaryNorm([max(-far, min(far, edge)) for edge in bounds], len(places))
    return ListedColormap([ramp(place) for place in places]), norm


def class_texts(scale: Binned | Kinds) -> list[str]:
    """Text of each class, lowest first, or the names of the kinds."""
    if isinstance(scale, Kinds):
        return list(scale.names)
    edges = [edge_text(edge, scale.percent, scale.decimals) for edge in scale.edges]
    inner = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"below {edges[0]}", *inner, f"{edges[-1]} and more"]


def edge_text(value: float, percent: bool, decimals: int | None) -> str:
    """Print an edge of a class or a tick of a colour bar."""
    if percent:
        digits = decimals if decimals is not None else (0 if abs(value * 100 % 1) < 1e-9 else 1)
        text = f"{value:.{digits}%}"
    else:
        text = f"{value:,g}" if decimals is None else f"{value:,.{decimals}f}"
    return text.replace("-", "−")
