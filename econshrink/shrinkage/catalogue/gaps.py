"""What a missing year inside a run does: three options, none of them silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields


@dataclass(frozen=True)
class LeaveGaps:
    """A run across a missing year is undefined: the figures cannot tell."""

    def stocks(self, values: Floats) -> Floats:
        """Stocks as they are."""
        return values

    def falls(self, falls: Floats) -> Floats:
        """Falls as they are, undefined beside a gap."""
        return falls


@dataclass(frozen=True)
@typed_fields
class BridgeGaps:
    """Gaps of at most `longest` years between two figures are filled at constant growth.

    Parameters
    ----------
    longest : int
        Missing years in a row that a run may bridge.

    Examples
    --------
    >>> BridgeGaps(1).stocks(np.array([[100.0, np.nan, 81.0, np.nan]])).round(6)
    array([[100.,  90.,  81.,  nan]])
    """

    longest: int = 1

    def __post_init__(self) -> None:
        if self.longest < 1:
            seen = f"BridgeGaps(longest={self.longest})"
            raise SpecError(Fault(seen, "at least one year", "Use LeaveGaps() for none."))

    def stocks(self, values: Floats) -> Floats:
        """Stocks with short gaps filled."""
        known = np.isfinite(values)
        place = np.arange(values.shape[1])
        before = np.maximum.accumulate(np.where(known, place, -1), axis=1)
        after = _next_known(known)
        short = ~known & (before >= 0) & (after >= 0) & (after - before - 1 <= self.longest)
        rows = np.arange(len(values))[:, None]
        low, high = values[rows, before], values[rows, after]
        weight = np.where(short, (place - before) / np.maximum(after - before, 1), 0.0)
        with np.errstate(invalid="ignore"):
            filled = np.exp((1 - weight) * np.log(low) + weight * np.log(high))
        return np.where(short, filled, values)

    def falls(self, falls: Floats) -> Floats:
        """Falls as they are, undefined beside a gap too long to bridge."""
        return falls


@dataclass(frozen=True)
class BreakAtGaps:
    """A missing year ends a run: a step beside it counts as no fall.

    A city without any figure stays undefined. This option turns "cannot tell" into "no" and is
    offered because published counts often do so.
    """

    def stocks(self, values: Floats) -> Floats:
        """Stocks as they are."""
        return values

    def falls(self, falls: Floats) -> Floats:
        """Undefined steps as no falls, where the city has any defined step."""
        some = np.isfinite(falls).any(axis=1, keepdims=True)
        return np.where(np.isnan(falls) & some, 0.0, falls)


Gaps = LeaveGaps | BridgeGaps | BreakAtGaps
LEAVE_GAPS = LeaveGaps()


def _next_known(known: np.ndarray) -> np.ndarray:
    """First known column at or after each column, -1 where there is none."""
    width = known.shape[1]
    place = np.where(known, np.arange(width), width)
    following = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
    return np.where(following == width, -1, following)
