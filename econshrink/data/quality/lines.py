"""Interpolated runs and values put into many cities at once."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from econshrink.core.options import option
from econshrink.data.quality.wide import Mask, Wide, after, before, logs, resolution


@option
class InterpolationRun:
    """At least `points` years in a row on a straight line, or on an exponential.

    A year is on the line if its second difference (of levels, or of logarithms) is no larger than
    rounding makes it: two printed units where the precision is fine enough for that to be rare
    (`rarity` of the median second difference), one part in a thousand million otherwise. The
    end points of a run count as reported. A constant run is left to the rule on copied years. A
    gap of a single year cannot be seen.
    """

    points: int = 2
    rarity: float = 0.02
    name: ClassVar[str] = "interpolation_run"
    status: ClassVar[str] = "interpolated"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return f"{self.points} or more years in a row exactly on a line or an exponential"

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        values, step = data.values, resolution(data.values)
        bend = values - (before(values) + after(values)) / 2
        tight = 1e-9 * np.abs(values)
        usual = np.abs(2 * bend)[np.isfinite(bend) & (bend != 0)]
        fine = step > 0 and usual.size > 0 and 2 * step <= self.rarity * float(np.median(usual))
        slack = np.maximum(tight, step if fine else 0.0)
        moving = np.abs(values - before(values)) > slack
        straight = (np.abs(bend) <= slack) & moving
        found = _runs(straight, self.points)
        if data.ratio:
            return found
        level = logs(values)
        curve = level - (before(level) + after(level)) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            even = (np.abs(curve) <= slack / np.abs(values)) & moving
        return found | _runs(even, self.points)


@option
class SharedValue:
    """One figure in at least `cities` cities and `share` of a province: the province's own."""

    cities: int = 4
    share: float = 0.4
    name: ClassVar[str] = "shared_value"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return f"the same figure in {self.cities} cities and {self.share:.0%} of a province or more"

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        flagged = np.zeros(data.values.shape, dtype=bool)
        provinces = data.provinces
        for province in np.unique(provinces):
            rows = np.flatnonzero(provinces == province)
            for t in range(data.values.shape[1]):
                seen = rows[np.isfinite(data.values[rows, t]) & (data.values[rows, t] != 0)]
                if seen.size < self.cities:
                    continue
                kinds, inverse, counts = np.unique(
                    data.values[seen, t], return_inverse=True, return_counts=True
                )
                many = (counts >= self.cities) & (counts >= self.share * seen.size)
                flagged[seen, t] = many[inverse] if kinds.size else False
        return flagged


def _runs(on: Mask, points: int) -> Mask:
    """Cells in runs of at least `points` true cells along a row."""
    out = np.zeros_like(on)
    for i, row in enumerate(on):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end - start >= points:
                out[i, start:end] = True
    return out
