"""Events on trajectories: loss, runs of falls, halving, recovery, or what a user writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.forecast.events.expression import evaluate
from econshrink.nouns.forecast import Forecast

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Trajectories:
    """A quantity of each city over consecutive years, in joint draws.

    Parameters
    ----------
    cities : tuple of str
    years : tuple of int
        Consecutive; the first is where the draws start, the same in all of them.
    values : ndarray, shape (cities, years, draws)
        Persons, not negative.

    Raises
    ------
    DataError
        Gaps between years, another shape, negative or missing values.
    """

    cities: tuple[str, ...]
    years: tuple[int, ...]
    values: Floats

    def __post_init__(self) -> None:
        faults = []
        shape = (len(self.cities), len(self.years))
        if self.values.ndim != 3 or self.values.shape[:2] != shape:
            seen = f"values of shape {self.values.shape}"
            faults.append(Fault(seen, f"{shape} and draws", "Put the draws last."))
        elif not (self.values >= 0).all():
            seen = f"{int((~(self.values >= 0)).sum())} values that are negative or missing"
            faults.append(Fault(seen, "persons, at least 0", "Check the draws."))
        if list(self.years) != list(range(self.years[0], self.years[0] + len(self.years))):
            faults.append(Fault(f"years {self.years}", "consecutive years", "Forecast each."))
        raise_all(DataError, faults)

    @classmethod
    def of(cls, forecast: Forecast, start: Floats) -> Trajectories:
        """Draws of a forecast behind its figures at the origin, shape (cities,)."""
        first = np.broadcast_to(start[:, None, None], (len(start), 1, forecast.draws.shape[2]))
        values = np.concatenate([first, forecast.draws], axis=1)
        return cls(forecast.cities, (forecast.origin, *forecast.years), values)

    def until(self, horizon: int) -> Floats:
        """Values from the start to `horizon` years later.

        Raises
        ------
        SpecError
            A horizon of 0, or beyond the last year.
        """
        if not 1 <= horizon < len(self.years):
            seen = f"a horizon of {horizon} years"
            expected = f"1 to {len(self.years) - 1}"
            raise SpecError(Fault(seen, expected, "Forecast further, or ask for less."))
        return self.values[:, : horizon + 1]


class Event(Protocol):
    """Something that happens to a trajectory or does not."""

    @property
    def label(self) -> str:
        """The event in words."""
        ...

    def happens(self, path: Trajectories) -> Bools:
        """Whether it happens, shape (cities, draws)."""
        ...


@dataclass(frozen=True)
@typed_fields
class Loss:
    """At least the share `share` below the start, `years` later."""

    share: float
    years: int

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise SpecError(Fault(f"a loss of {self.share}", "between 0 and 1", "Mend it."))

    @property
    def label(self) -> str:
        """The event in words."""
        return f"at least {self.share:.0%} lost after {self.years} years"

    def happens(self, path: Trajectories) -> Bools:
        """Compare the year with the start."""
        values = path.until(self.years)
        return np.asarray(values[:, -1] <= (1 - self.share) * values[:, 0])


@dataclass(frozen=True)
@typed_fields
class FirstPassage:
    """At least the share `share` below the start in any of the next `years` years.

    A share of 0 means any fall below the start: equal to it is none.
    """

    share: float
    years: int

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            seen = f"a passage at {self.share}"
            raise SpecError(Fault(seen, "a share in [0, 1)", "Mend it."))

    @property
    def label(self) -> str:
        """The event in words."""
        much = f"at least {self.share:.0%}" if self.share else "at all"
        return f"{much} below the start within {self.years} years"

    def happens(self, path: Trajectories) -> Bools:
        """Compare the lowest later year with the start."""
        values = path.until(self.years)
        lowest = values[:, 1:].min(axis=1)
        edge = (1 - self.share) * values[:, 0]
        return np.asarray(lowest <= edge if self.share else lowest < edge)


@dataclass(frozen=True)
@typed_fields
class FallingRun:
    """A run of `length` consecutive yearly falls that is complete within `years`."""

    length: int = 3
    years: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.length <= self.years:
            seen = f"a run of {self.length} within {self.years} years"
            raise SpecError(Fault(seen, "a run that fits", "Shorten it."))

    @property
    def label(self) -> str:
        """The event in words."""
        return f"{self.length} falls in a row within {self.years} years"

    def happens(self, path: Trajectories) -> Bools:
        """Look for a window in which every year falls."""
        falls = np.diff(path.until(self.years), axis=1) < 0
        spans = falls.shape[1] - self.length + 1
        runs = [falls[:, first : first + self.length].all(axis=1) for first in range(spans)]
        return np.asarray(np.logical_or.reduce(runs))


@dataclass(frozen=True)
@typed_fields
class Halving:
    """The quantity, such as women aged 20 to 39, is at most half its start after `years`."""

    years: int = 30

    @property
    def label(self) -> str:
        """The event in words."""
        return f"halved after {self.years} years"

    def happens(self, path: Trajectories) -> Bools:
        """Compare the year with the start."""
        return Loss(0.5, self.years).happens(path)


@dataclass(frozen=True)
@typed_fields
class Recovery:
    """After a fall, `rises` rises in a row that win back `share` of the loss, within `years`.

    The loss is from the highest value since the start to the lowest after it. If the path opens
    with `behind` years that were seen before the forecast, their peak and trough count, but the
    recovery must come later.
    """

    rises: int = 2
    share: float = 0.5
    years: int = 10
    behind: int = 0

    def __post_init__(self) -> None:
        fits = self.behind >= 0 and 1 <= self.rises <= self.years
        if not (fits and 0 < self.share <= 1):
            seen = f"{self.rises} rises, share {self.share}, {self.years} years"
            raise SpecError(Fault(seen, "1 or more that fit, a share in (0, 1]", "Mend it."))

    @property
    def label(self) -> str:
        """The event in words."""
        return f"{self.rises} rises in a row, {self.share:.0%} of a loss regained"

    def happens(self, path: Trajectories) -> Bools:
        """Carry peak, trough and the run of rises along."""
        values = path.until(self.behind + self.years)
        peak, trough = values[:, 0].copy(), values[:, 0].copy()
        run = np.zeros(peak.shape, dtype=int)
        done = np.zeros(peak.shape, dtype=bool)
        steps = zip(np.moveaxis(values, 1, 0)[:-1], np.moveaxis(values, 1, 0)[1:], strict=True)
        for year, (before, now) in enumerate(steps, start=1 - self.behind):
            run = np.where(now > before, run + 1, 0)
            higher = now >= peak
            enough = (now - trough >= self.share * (peak - trough)) & (trough < peak)
            done |= (run >= self.rises) & enough & (year > 0)
            peak = np.where(higher, now, peak)
            trough = np.where(higher, now, np.minimum(trough, now))
        return done


@dataclass(frozen=True)
@typed_fields
class EventExpression:
    """An event a user writes, such as ``P[2035] < 0.9 * P[2024] and min(P) > 200000``.

    See `econshrink.forecast.events.expression.evaluate` for what may be written.
    """

    text: str

    @property
    def label(self) -> str:
        """The text itself."""
        return self.text

    def happens(self, path: Trajectories) -> Bools:
        """Evaluate the text on each city's path in each draw."""
        return evaluate(self.text, path.values, path.years)


def event_probability(path: Trajectories, event: Event) -> pd.Series:
    """Share of the draws in which the event happens, by city.

    Examples
    --------
    >>> path = Trajectories(("a",), (2024, 2025), np.array([[[100.0, 100.0], [90.0, 101.0]]]))
    >>> event_probability(path, Loss(0.05, 1)).tolist()
    [0.5]
    """
    share = event.happens(path).mean(axis=1)
    return pd.Series(share, index=pd.Index(path.cities, name="city"), name="probability")
