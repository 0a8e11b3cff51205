"""Interpolated runs and values put into many cities at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.field_types import typed_fields
from econshrink.data.quality.wide import Mask, Wide, after, before, logs, resolution

# Units that no yearbook prints in: binary figures have them. Multiples of 5 and 10 are people's.
_UNITS = (4, 8, 16, 32, 64)


@dataclass(frozen=True)
@typed_fields
class InterpolationRun:
    """At least `points` years in a row on a straight line, or on an exponential.

    A year is on the line if its second difference (of levels, or of logarithms) is no larger than
    rounding makes it: two printed units where the precision is fine enough for that to be rare
    (`rarity` of the median second difference), one part in a thousand million otherwise. The
    end points of a run count as reported. A constant run is left to the rule on copied years. A
    gap of a single year cannot be seen.

    Figures rounded more coarsely than the others (multiples of 4 or 8 among figures to the unit)
    are judged by chance: a run is flagged if the other figures, of the city and of the others,
    would be such multiples and as near to a line (three units), all at once, with a probability
    of at most `chance`.
    """

    points: int = 2
    rarity: float = 0.02
    chance: float = 3e-5
    name: ClassVar[str] = "interpolation_run"
    status: ClassVar[str] = "interpolated"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return f"{self.points} or more years in a row exactly on a line or an exponential"

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        values, step = data.values, resolution(data.values)
        bends = _bends(data)
        bend = bends[0]
        tight = 1e-9 * np.abs(values)
        usual = np.abs(2 * bend)[np.isfinite(bend) & (bend != 0)]
        fine = step > 0 and usual.size > 0 and 2 * step <= self.rarity * float(np.median(usual))
        slack = np.maximum(tight, step if fine else 0.0)
        moving = np.abs(values - before(values)) > slack
        found = np.zeros(values.shape, dtype=bool)
        # a panel rounded to fives as a whole is judged by chance at that step too
        coarse = step > 0 and abs(np.log10(step) - np.rint(np.log10(step))) > 1e-6
        units = (1, *_UNITS) if coarse else _UNITS
        for each in bends:
            with np.errstate(invalid="ignore"):
                found |= _runs((np.abs(each) <= slack) & moving, self.points)
            if step > 0:
                found |= self._coarse(values / step, each / step, units)
        return found

    def _coarse(self, figures: Floats, bend: Floats, units: tuple[int, ...]) -> Mask:
        """Runs of multiples of a coarse unit near a line; figures in printed units."""
        found = np.zeros(figures.shape, dtype=bool)
        seen, inner = np.isfinite(figures), np.isfinite(bend)
        for unit in units:
            part = figures / unit
            multiple = seen & (np.abs(part - np.round(part)) < 1e-6) & (figures != 0)
            near = inner & (np.abs(bend) <= 1.5 * unit + 1e-6)
            moving = np.abs(figures - before(figures)) > 1.5 * unit
            around = multiple & _shift(multiple, 1) & _shift(multiple, -1)
            for row, start, end in _spans(near & moving & around, self.points):
                length = end - start
                if unit > 1 and np.all(figures[row, start - 1 : end + 1] % 10 == 0):
                    continue  # printed in tens
                even = _usual(multiple, seen, row, (start - 1, end + 1), unit)
                close = _usual(near, inner, row, (start, end), 4)
                if even ** (length + 2) * close**length <= self.chance:
                    found[row, start:end] = True
        return found


@dataclass(frozen=True)
@typed_fields
class SplicedYear:
    """A year in which nearly all cities lie on their own lines at once: a splice, no figures.

    A city lies on its line if its second difference is at most `rarity` of its usual one, or
    within the rounding. The year is flagged if at least `share` of the cities (six or more) do
    and at most `usual` of them do in the median year: one interpolated year cannot be seen in a
    single city, the cross-section shows it.
    """

    share: float = 0.8
    usual: float = 0.3
    rarity: float = 0.1
    cities: int = 6
    name: ClassVar[str] = "spliced_year"
    status: ClassVar[str] = "interpolated"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return f"{self.share:.0%} or more of the cities on their own lines in one year"

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        values, step = data.values, resolution(data.values)
        flagged = np.zeros(values.shape, dtype=bool)
        moving = np.abs(values - before(values)) > step
        for bend in _bends(data):
            inner = np.isfinite(bend)
            size = np.abs(bend)
            usual = np.array([np.median(row[ok]) if ok.any() else 0.0
                              for row, ok in zip(size, inner, strict=True)])  # fmt: skip
            with np.errstate(invalid="ignore"):
                on = inner & moving & (size <= np.maximum(self.rarity * usual[:, None], step))
            counts = inner.sum(axis=0)
            judged = np.flatnonzero(counts >= self.cities)
            if judged.size < 3:
                continue
            shares = on[:, judged].sum(axis=0) / counts[judged]
            if np.median(shares) <= self.usual:
                years = judged[shares >= self.share]
                flagged[:, years] |= on[:, years]
        return flagged


@dataclass(frozen=True)
@typed_fields
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
        for group in np.unique(data.groups):
            rows = np.flatnonzero(data.groups == group)
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


def _bends(data: Wide) -> list[Floats]:
    """Distance of each figure from its neighbours' mean, and (for levels) their geometric mean."""
    values = data.values
    bends = [values - (before(values) + after(values)) / 2]
    if not data.ratio:
        level = logs(values)
        bends.append((level - (before(level) + after(level)) / 2) * np.abs(values))
    return bends


def _usual(on: Mask, seen: Mask, row: int, span: tuple[int, int], prior: int) -> float:
    """How often a cell is on outside a run: the larger share of the city's own years and others'.

    One in `prior` where nothing else is seen.
    """
    own = (
        on[row].sum() - on[row, slice(*span)].sum(),
        seen[row].sum() - seen[row, slice(*span)].sum(),
    )
    others = on.sum() - on[row].sum(), seen.sum() - seen[row].sum()
    return max(float((hits + 1) / (count + prior)) for hits, count in (own, others))


def _shift(on: Mask, by: int) -> Mask:
    """Whether the cell `by` years before (after, if negative) is on; False beyond the edge."""
    out = np.zeros_like(on)
    if by > 0:
        out[:, by:] = on[:, :-by]
    else:
        out[:, :by] = on[:, -by:]
    return out


def _spans(on: Mask, points: int) -> Iterator[tuple[int, int, int]]:
    """Runs of at least `points` true cells: row, first, one past the last."""
    for i, row in enumerate(on):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end - start >= points:
                yield i, int(start), int(end)


def _runs(on: Mask, points: int) -> Mask:
    """Cells in runs of at least `points` true cells along a row."""
    out = np.zeros_like(on)
    for i, start, end in _spans(on, points):
        out[i, start:end] = True
    return out
