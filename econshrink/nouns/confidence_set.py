"""ConfidenceSet: the values a test does not reject, be they an interval, two rays or nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.regressions import set_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

INFINITY = math.inf


@register
@dataclass(frozen=True, repr=False)
class ConfidenceSet(Shown):
    """All values of one coefficient that a test at level 1 − `level` does not reject.

    Parameters
    ----------
    method : str
        The inverted test in words, such as ``"Anderson-Rubin, clustered by province"``.
    term : str
        The coefficient.
    intervals : tuple of (float, float)
        Disjoint closed intervals in rising order; ends may be infinite. None at all: the set is
        empty, every value is rejected.
    level : float

    Raises
    ------
    DataError
        Intervals that overlap or run backwards, or a level outside (0, 1).

    Examples
    --------
    >>> two_rays = ConfidenceSet("AR", "x", ((-INFINITY, -2.0), (3.0, INFINITY)), 0.95)
    >>> two_rays.kind, two_rays.contains(0.0), two_rays.contains(5.0)
    ('two rays', False, True)
    >>> str(ConfidenceSet("AR", "x", ((-0.5, 1.25),), 0.95))
    '[−0.500, 1.250]'
    """

    method: str
    term: str
    intervals: tuple[tuple[float, float], ...]
    level: float = 0.95

    def __post_init__(self) -> None:
        pairs = tuple((float(low), float(high)) for low, high in self.intervals)
        object.__setattr__(self, "intervals", pairs)
        faults = []
        if not 0 < self.level < 1:
            seen = f"level {self.level}"
            faults.append(Fault(seen, "a share between 0 and 1", "Give 0.95."))
        ends = [end for pair in pairs for end in pair]
        if ends != sorted(ends) or any(math.isnan(end) for end in ends):
            faults.append(
                Fault(f"intervals {pairs}", "disjoint, in rising order", "Merge and sort them.")
            )
        raise_all(DataError, faults)

    def _page(self) -> Page:
        return set_page(self)

    @property
    def kind(self) -> str:
        """One of bounded, disjoint, one ray, two rays, line, empty."""
        if not self.intervals:
            return "empty"
        open_ends = int(math.isinf(self.low)) + int(math.isinf(self.high))
        if open_ends == 2:
            return "line" if len(self.intervals) == 1 else "two rays"
        if open_ends == 1:
            return "one ray"
        return "bounded" if len(self.intervals) == 1 else "disjoint"

    @property
    def bounded(self) -> bool:
        """True if no end is infinite."""
        return self.kind in {"bounded", "disjoint", "empty"}

    @property
    def low(self) -> float:
        """Lowest value in the set; NaN if it is empty."""
        return self.intervals[0][0] if self.intervals else math.nan

    @property
    def high(self) -> float:
        """Highest value in the set; NaN if it is empty."""
        return self.intervals[-1][1] if self.intervals else math.nan

    def contains(self, value: float) -> bool:
        """Tell whether `value` is not rejected."""
        return any(low <= value <= high for low, high in self.intervals)

    def text(self, digits: int = 3) -> str:
        """The set as printed: intervals joined by ∪, or ∅."""
        if not self.intervals:
            return "∅"
        return " ∪ ".join(
            f"{_bracket(low, '[', '(')}{_number(low, digits)}, "
            f"{_number(high, digits)}{_bracket(high, ']', ')')}"
            for low, high in self.intervals
        )

    def __str__(self) -> str:
        return self.text()


def _number(value: float, digits: int) -> str:
    shown = "∞" if math.isinf(value) else f"{abs(value):.{digits}f}"
    return f"−{shown}" if value < 0 and shown.strip("0.") else shown


def _bracket(end: float, closed: str, opened: str) -> str:
    return opened if math.isinf(end) else closed
