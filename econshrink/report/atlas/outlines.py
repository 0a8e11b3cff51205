"""Outlines in degrees to short SVG paths: Albers projection, whole numbers, relative steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Rings = Mapping[str, list[np.ndarray]]
Window = tuple[float, float, float, float]
SIDE = 4000  # units of the longer side of the view box
PAD = 30
_CHINA = (105.0, 25.0, 47.0)  # central meridian and standard parallels


@dataclass(frozen=True, eq=False)
class Drawing:
    """Paths, label points, and boxes (x, y, width, height) of the main view and its insets."""

    paths: Mapping[str, str]
    points: Mapping[str, tuple[int, int]]
    boxes: tuple[tuple[int, int, int, int], ...]
    extents: Mapping[str, tuple[int, int, int, int]]


@dataclass(frozen=True)
class Albers:
    """Equal-area conic projection on a sphere of radius one."""

    meridian: float
    lower: float
    upper: float

    def __call__(self, points: Points) -> Points:
        """Longitude and latitude in degrees, shape (m, 2), to x and y, y downwards."""
        south, north = np.radians([self.lower, self.upper])
        n = (np.sin(south) + np.sin(north)) / 2
        constant = np.cos(south) ** 2 + 2 * n * np.sin(south)
        away = np.radians((points[:, 0] - self.meridian + 180) % 360 - 180)
        radius = np.sqrt(np.maximum(constant - 2 * n * np.sin(np.radians(points[:, 1])), 0)) / n
        return np.column_stack([radius * np.sin(n * away), radius * np.cos(n * away)])


def projection_for(rings: Rings, windows: tuple[Window, ...]) -> Albers:
    """China's usual parallels for its windows; else parallels a sixth inside the outlines."""
    if windows:
        return Albers(*_CHINA)
    points = np.concatenate([ring for held in rings.values() for ring in held])
    low, high = points[:, 1].min(), points[:, 1].max()
    inside = (high - low) / 6
    lower, upper = float(low + inside), float(high - inside)
    if abs(lower + upper) < 1:  # a cone needs parallels that do not cancel out
        upper += 2
    return Albers(float((points[:, 0].min() + points[:, 0].max()) / 2), lower, upper)


def draw_outlines(rings: Rings, windows: tuple[Window, ...] = ()) -> Drawing:
    """Project and quantise outlines.

    Parameters
    ----------
    rings : mapping
        Unit to rings, each of shape (m, 2), in degrees.
    windows : tuple of (west, east, south, north)
        The main view and its insets; by default one view of everything.
    """
    project = projection_for(rings, windows)
    placed = {unit: [project(np.asarray(r, float)) for r in held] for unit, held in rings.items()}
    everything = np.concatenate([ring for held in placed.values() for ring in held])
    main = everything
    if windows:
        degrees = np.concatenate([np.asarray(r, float) for h in rings.values() for r in h])
        main = everything[_inside(degrees, windows[0])]
    low, high = main.min(axis=0), main.max(axis=0)
    scale = (SIDE - 2 * PAD) / max(float((high - low).max()), 1e-9)

    def whole(points: Points) -> NDArray[np.int64]:
        return np.asarray(np.rint((points - low) * scale + PAD), dtype=np.int64)

    exact = {unit: [whole(ring) for ring in held] for unit, held in placed.items()}
    boxes = [_box(whole(main))]
    for west, east, south, north in windows[1:]:
        edge = np.array([
            [x, y] for x in np.linspace(west, east, 9) for y in (south, north)
        ])  # fmt: skip
        boxes.append(_box(whole(project(edge)), 0))
    return Drawing(
        {unit: "".join(_path(ring) for ring in held) for unit, held in exact.items()},
        {unit: _centre(held) for unit, held in exact.items()},
        tuple(boxes),
        {unit: _box(np.concatenate(held), PAD) for unit, held in exact.items()},
    )


def _inside(points: Points, window: Window) -> NDArray[np.bool_]:
    west, east, south, north = window
    x, y = points[:, 0], points[:, 1]
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def _box(points: NDArray[np.int64], pad: int = PAD) -> tuple[int, int, int, int]:
    low, high = points.min(axis=0) - pad, points.max(axis=0) + pad
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _path(ring: NDArray[np.int64]) -> str:
    """``Mx yldx dy…z``; a ring smaller than a unit becomes a square of that size."""
    steps = np.diff(ring, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    x, y = ring[0].tolist()
    if len(steps) < 3:
        return f"M{x} {y}h2v2h-2z"
    if (ring[-1] == ring[0]).all():
        steps = steps[:-1]  # z goes back
    words = " ".join(f"{dx} {dy}" for dx, dy in steps.tolist())
    return f"M{x} {y}l{words.replace(' -', '-')}z"


def _centre(rings: list[NDArray[np.int64]]) -> tuple[int, int]:
    """Centre of gravity of the largest ring."""
    sizes = [abs(_area(ring)) for ring in rings]
    ring = rings[int(np.argmax(sizes))].astype(float)
    area = _area(ring)
    if abs(area) < 1:
        return int(ring[:, 0].mean()), int(ring[:, 1].mean())
    x, y = ring[:, 0], ring[:, 1]
    x1, y1 = np.roll(x, -1), np.roll(y, -1)
    cross = x * y1 - x1 * y
    return (
        round(float(((x + x1) * cross).sum() / (6 * area))),
        round(float(((y + y1) * cross).sum() / (6 * area))),
    )


def _area(ring: NDArray[np.int64] | Points) -> float:
    x, y = ring[:, 0].astype(float), ring[:, 1].astype(float)
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
