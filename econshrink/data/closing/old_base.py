"""Rules for a figure nobody observed: the closing census year on the base of the years before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.core.field_types import typed_fields

UNSOUND = ("suspect", "wrong_concept")


class OldBaseRule(Protocol):
    """How the figure of the closing census year would read on the base of the years before it."""

    def level(self, annual: Floats, sound: NDArray[np.bool_]) -> Floats:
        """Old-base level of the last column, one a city; NaN where there is nothing to use.

        Parameters
        ----------
        annual : ndarray, shape (cities, years)
            From the opening to the closing census year.
        sound : ndarray of bool, same shape
            Cells that exist and carry no status of `UNSOUND`.
        """
        ...


@dataclass(frozen=True)
@typed_fields
class HoldGrowth:
    """The old base goes on at its mean growth over the last `years` years.

    Starts from the last sound cell T before the closing census and the last sound cell S at
    least `years` earlier: level = A(T) * (A(T) / A(S)) ** ((end - T) / (T - S)). Cells marked
    `suspect` or `wrong_concept` are passed over, as one bad cell would tilt a whole decade.

    Parameters
    ----------
    years : int
        Length of the growth window, at least 1.

    Examples
    --------
    >>> annual = np.array([[100.0, 101.0, 102.0, 103.0, 80.0]])
    >>> HoldGrowth(1).level(annual, np.isfinite(annual)).round(3)
    array([104.01])
    """

    years: int = 1

    def __post_init__(self) -> None:
        if self.years < 1:
            seen = f"HoldGrowth(years={self.years})"
            raise SpecError(Fault(seen, "at least one year", "Use 1 or 3."))

    def level(self, annual: Floats, sound: NDArray[np.bool_]) -> Floats:
        """Old-base level of the last column."""
        end = annual.shape[1] - 1
        place = np.where(sound[:, :end], np.arange(end), -1)
        latest = np.maximum.accumulate(place, axis=1)  # last sound column up to each column
        last = latest[:, -1]
        before = last - self.years
        cities = np.arange(len(annual))
        first = np.where(before >= 0, latest[cities, np.maximum(before, 0)], -1)
        usable = first >= 0
        top, base = annual[cities, last], annual[cities, first]
        span = np.where(usable, last - first, 1)
        growth = np.log(np.where(usable, top / base, 1.0)) / span
        level: Floats = np.where(usable, top * np.exp(growth * (end - last)), np.nan)
        return level


@dataclass(frozen=True)
class HoldLevel:
    """The old base stays at its last sound level before the closing census.

    Examples
    --------
    >>> annual = np.array([[100.0, 101.0, np.nan, 80.0]])
    >>> HoldLevel().level(annual, np.isfinite(annual))
    array([101.])
    """

    def level(self, annual: Floats, sound: NDArray[np.bool_]) -> Floats:
        """Old-base level of the last column."""
        end = annual.shape[1] - 1
        last = np.where(sound[:, :end], np.arange(end), -1).max(axis=1)
        level: Floats = np.where(last >= 0, annual[np.arange(len(annual)), last], np.nan)
        return level


@dataclass(frozen=True)
class ObservedCell:
    """The annual cell of the closing census year is taken as it stands.

    Where that cell already is the census (as in the Chinese series of 2020) the closing ratio
    is one and the whole error of the decade stays in the step of the last year.

    Examples
    --------
    >>> annual = np.array([[100.0, 101.0, 80.0]])
    >>> ObservedCell().level(annual, np.isfinite(annual))
    array([80.])
    """

    def level(self, annual: Floats, sound: NDArray[np.bool_]) -> Floats:
        """Old-base level of the last column."""
        level: Floats = np.where(sound[:, -1], annual[:, -1], np.nan)
        return level


@dataclass(frozen=True)
class StraightLine:
    """The annual series between the censuses is left aside: constant growth from one to the other.

    Needs no annual figure, so it also closes cities that have none.
    """
