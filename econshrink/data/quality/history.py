"""Rules that compare a city's figure with the same city's other years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.field_types import typed_fields
from econshrink.data.quality.wide import (
    Mask,
    Wide,
    after,
    before,
    excess_growth,
    logs,
    resolution,
    robust_scale,
)


@dataclass(frozen=True)
@typed_fields
class ZeroBetween:
    """A zero between two figures that are at least `share` of the variable's median."""

    share: float = 0.1
    name: ClassVar[str] = "zero_between"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return f"zero, and the years beside it hold {self.share:.0%} of the median or more"

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        values = data.values
        positive = values[values > 0]
        if data.ratio or not positive.size:
            return np.zeros(values.shape, dtype=bool)
        floor = self.share * np.median(positive)
        zero = values == 0
        # A run of zeros is judged by the first other figure on either side.
        beside = np.fmin(_nearest(values, zero), _nearest_after(values, zero))
        both = np.isfinite(_nearest(values, zero)) & np.isfinite(_nearest_after(values, zero))
        return np.asarray(zero & both & (beside >= floor), dtype=bool)


@dataclass(frozen=True)
@typed_fields
class Spike:
    """Off both neighbouring years the same way, while these agree with each other.

    Growth is in excess of the year's median over cities. A figure is a spike if its excess growth
    and the reversal in the next year both exceed the larger of `tolerance` and `scales` robust
    standard deviations, and differ by less than half of the smaller one. In census years the
    tolerance is `census_tolerance`: there a single year may be right and both neighbours wrong.
    """

    tolerance: float = 0.05
    scales: float = 6.0
    census_tolerance: float = 0.25
    name: ClassVar[str] = "spike"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return (
            f"off both neighbouring years the same way by more than {self.tolerance:.0%} "
            f"({self.census_tolerance:.0%} in census years) and {self.scales:g} scales"
        )

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        if data.ratio:
            return np.zeros(data.values.shape, dtype=bool)
        rise, fall = spike_sides(data)
        limit = np.where(data.census, self.census_tolerance, self.tolerance)[None, :]
        limit = np.maximum(limit, self.scales * growth_scale(data))
        smaller = np.minimum(np.abs(rise), np.abs(fall))
        agree = np.abs(rise - fall) < 0.5 * smaller
        return np.asarray((np.sign(rise) == np.sign(fall)) & (smaller > limit) & agree, dtype=bool)


@dataclass(frozen=True)
@typed_fields
class Jump:
    """A step on the year before that other cities did not make.

    Excess growth beyond the larger of `tolerance` and `scales` robust standard deviations;
    `census_tolerance` in census years, when series are moved to a new base. Cells beside a spike
    are left to that rule.
    """

    tolerance: float = 0.08
    scales: float = 8.0
    census_tolerance: float = 0.30
    name: ClassVar[str] = "jump"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return (
            f"step of more than {self.tolerance:.0%} ({self.census_tolerance:.0%} in census years) "
            f"and {self.scales:g} scales beyond that of the median city"
        )

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        if data.ratio:
            return np.zeros(data.values.shape, dtype=bool)
        limit = np.where(data.census, self.census_tolerance, self.tolerance)[None, :]
        limit = np.maximum(limit, self.scales * growth_scale(data))
        spikes = Spike().find(data)
        beside = spikes.copy()
        beside[:, 1:] |= spikes[:, :-1]
        return (np.abs(excess_growth(data.values)) > limit) & ~beside


@dataclass(frozen=True)
@typed_fields
class UnitSlip:
    """Years printed in another unit: steps of a power of ten, in and mostly out again.

    A step from one reported year to the next (at most three years apart) whose base-10 logarithm
    is within `tolerance` of ±1, ±2, ±3 or ±4 (±2 for shares) changes the decimal point; the years
    outside the city's most frequent position are flagged.
    """

    tolerance: float = 0.12
    name: ClassVar[str] = "unit_slip"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return "decimal point moved by 1 to 4 places against the city's other years"

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        flagged = np.zeros(data.values.shape, dtype=bool)
        allowed = (2,) if data.ratio else (1, 2, 3, 4)
        levels = logs(data.values) / np.log(10)
        for i, series in enumerate(levels):
            seen = np.flatnonzero(np.isfinite(series))
            if seen.size < 3:
                continue
            step = np.diff(series[seen])
            places = np.round(step)
            slip = np.isin(np.abs(places), allowed) & (np.abs(step - places) < self.tolerance)
            slip &= np.diff(seen) <= 3
            position = np.concatenate([[0.0], np.cumsum(np.where(slip, places, 0.0))])
            kinds, counts = np.unique(position, return_counts=True)
            # Ties go to the position of the last year: editions improve.
            best = kinds[counts == counts.max()]
            usual = position[-1] if position[-1] in best else best[-1]
            flagged[i, seen[position != usual]] = True
        return flagged


@dataclass(frozen=True)
@typed_fields
class CopiedYear:
    """The figure of the year before, again, to the last printed digit.

    Either half of at least five cities repeat their figures in that year, or the precision is
    fine enough to rule out chance: the median change from year to year is at least `steps`
    printed units and the figure a thousand.
    """

    steps: float = 50.0
    name: ClassVar[str] = "copied_year"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return "equal to the year before in every digit"

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        values, earlier = data.values, before(data.values)
        same = (values == earlier) & (values != 0)
        pairs = np.isfinite(values) & np.isfinite(earlier) & (values != 0)
        share = same.sum(axis=0) / np.maximum(pairs.sum(axis=0), 1)
        whole = (share >= 0.5) & (pairs.sum(axis=0) >= 5)
        step = resolution(values)
        change = np.abs(values - earlier)[np.isfinite(values - earlier)]
        fine = not data.ratio and step > 0 and change.size > 0
        fine = fine and float(np.median(change)) >= self.steps * step
        precise = np.abs(values) >= 1000 * step if fine else np.zeros(values.shape, dtype=bool)
        return np.asarray(same & (whole[None, :] | precise), dtype=bool)


@dataclass(frozen=True)
@typed_fields
class SwappedDigits:
    """Out of line, and in line once two neighbouring printed digits change places.

    The deviation from the geometric mean of both neighbours exceeds the larger of `tolerance` and
    `scales` robust standard deviations; after the swap it is within 1.5 of them.
    """

    tolerance: float = 0.02
    scales: float = 4.0
    name: ClassVar[str] = "swapped_digits"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return "out of line with both neighbours until two adjacent digits are swapped"

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        flagged = np.zeros(data.values.shape, dtype=bool)
        step = resolution(data.values)
        if data.ratio or not step:
            return flagged
        level = logs(data.values)
        middle = (before(level) + after(level)) / 2
        off = level - middle
        spread = robust_scale(off[:, ~data.census])
        # Beside a step to a new census base both neighbours do not agree with each other.
        rebased = data.census | np.append(data.census[1:], False)
        limit = np.where(rebased, 0.25, max(self.tolerance, self.scales * spread))
        near = max(1.5 * spread, 0.002)
        for i, t in zip(*np.nonzero(np.abs(off) > limit[None, :]), strict=True):
            swaps = swapped(round(data.values[i, t] / step))
            flagged[i, t] = any(abs(np.log(s * step) - middle[i, t]) < near for s in swaps)
        return flagged


def swapped(number: int) -> list[int]:
    """All numbers with two neighbouring, different digits exchanged (no leading zero).

    Examples
    --------
    >>> swapped(1231)
    [2131, 1321, 1213]
    """
    digits = str(number)
    out = []
    for i in range(len(digits) - 1):
        if digits[i] != digits[i + 1]:
            other = digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
            if other[0] != "0":
                out.append(int(other))
    return out


def growth_scale(data: Wide) -> float:
    """Robust standard deviation of excess growth outside census years."""
    return robust_scale(excess_growth(data.values)[:, ~data.census])


def spike_sides(data: Wide) -> tuple[Floats, Floats]:
    """Excess growth into a year and, with the sign turned, out of it."""
    growth = excess_growth(data.values)
    return growth, -after(growth)


def _nearest(values: Floats, skip: Mask) -> Floats:
    """Last figure before each cell within three years, zeros passed over."""
    out = np.full_like(values, np.nan)
    for lag in range(1, 4):
        usable = np.where(skip, np.nan, values)
        shifted = np.full_like(values, np.nan)
        shifted[:, lag:] = usable[:, :-lag] if lag < values.shape[1] else np.nan
        out = np.where(np.isnan(out), shifted, out)
    return out


def _nearest_after(values: Floats, skip: Mask) -> Floats:
    return _nearest(values[:, ::-1], skip[:, ::-1])[:, ::-1]
