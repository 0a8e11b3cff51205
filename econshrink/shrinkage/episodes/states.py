"""Which city was shrinking in which year, by any rule: yes, no, or it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline
from econshrink.shrinkage.catalogue.rule import Rule
from econshrink.shrinkage.logic import disjunction


@dataclass(frozen=True)
class OnsetDate:
    """A city shrinks from the first year of the first window that satisfies the rule on.

    Dates look ahead: that a window of k years began in t is known only in t + k - 1. They serve
    description and estimation, never a forecast; the default.
    """


@dataclass(frozen=True)
class DetectionDate:
    """A city shrinks in the years in which a window that satisfies the rule ends: what an observer
    knew at the time.
    """  # noqa: D205


Dating = OnsetDate | DetectionDate


@dataclass(frozen=True)
@typed_fields
class Watch:
    """Which rule is watched, over which years.

    Parameters
    ----------
    rule : Rule
        Any identification rule, judged on every window of `years` yearly steps.
    years : int
        Steps in a window; for three falls in a row, 3.
    first, last : int
        First and last year whose step (from the year before into it) may be used.
    distrusted : tuple of int
        Years whose step is not one of people, such as the first year on the base of a new census.
        No window may hold such a step; the record is cut there into pieces.
    dating : OnsetDate or DetectionDate
    """

    rule: Rule
    years: int
    first: int
    last: int
    distrusted: tuple[int, ...] = ()
    dating: Dating = OnsetDate()

    @property
    def pieces(self) -> tuple[tuple[int, int], ...]:
        """First and last step year of every stretch without a distrusted step.

        Examples
        --------
        >>> from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline
        >>> Watch(ConsecutiveDecline(3), 3, 2002, 2019, (2010, 2011)).pieces
        ((2002, 2009), (2012, 2019))
        """
        trusted = [y for y in range(self.first, self.last + 1) if y not in self.distrusted]
        cuts = [y for y in trusted if y - 1 not in trusted]
        ends = [y for y in trusted if y + 1 not in trusted]
        return tuple(zip(cuts, ends, strict=True))


def yearly_states(panel: CityPanel, watch: Watch) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge the rule on every window of every piece: states and verdicts, cities × years.

    A state is 1 where the year belongs to a window that satisfies the rule (or, under
    `DetectionDate`, ends one), 0 where no window can, NaN where the figures cannot tell: a
    distrusted step, missing figures, or the end of the record. A verdict is the truth of "a window
    that satisfies the rule ends here". Figures outside a piece are missing to the rule, and
    Kleene's logic does the rest: where one rise already rules a run out, the state is 0 even at the
    edge of the record. `DataError` where the panel lacks the years or no piece has `years` steps.
    """
    raise_all(DataError, _watch_faults(panel, watch))
    for name in watch.rule.needs:
        panel.column(name)
    years = range(watch.first, watch.last + 1)
    cities = pd.Index(panel.cities, name="city")
    empty = np.full((len(cities), len(years)), np.nan)
    states, verdicts = empty.copy(), empty.copy()
    for first, last in watch.pieces:
        truth = _piece_verdicts(panel, watch, first, last)
        place = slice(first - watch.first, last - watch.first + 1)
        span = last - first + 1
        verdicts[:, place] = truth[:, :span]
        if isinstance(watch.dating, DetectionDate):
            states[:, place] = truth[:, :span]
            continue
        ahead = np.lib.stride_tricks.sliding_window_view(truth, watch.years, axis=1)
        states[:, place] = disjunction(ahead, axis=2)
    columns = pd.Index(years, name="year")
    return pd.DataFrame(states, cities, columns), pd.DataFrame(verdicts, cities, columns)


def decidable_years(panel: CityPanel, watch: Watch) -> pd.DataFrame:
    """Whether an onset in each year could have been told from none, cities × years.

    True where all figures the rule needs are there, for every step of the window that begins in the
    year (under `DetectionDate`, that ends in it), within one piece. A city-year in which only "no
    onset" could have been told must not count as time at risk.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": "230400", "year": range(2010, 2016),
    ...     "population": 9.0}))
    >>> decidable_years(panel, Watch(ConsecutiveDecline(3), 3, 2011, 2015)).loc["230400"].tolist()
    [True, True, True, False, False]
    """
    k, years = watch.years, range(watch.first, watch.last + 1)
    begins = [y - k + 1 if isinstance(watch.dating, DetectionDate) else y for y in years]
    inside = [any(a <= y and y + k - 1 <= b for a, b in watch.pieces) for y in begins]
    known = np.ones((len(panel.cities), len(begins)), dtype=bool) & np.array(inside)
    span = range(min(begins) - 1, max(begins) + k)
    for number, name in enumerate(watch.rule.needs):
        there = panel.wide(name).reindex(columns=span).notna().to_numpy()
        # The first variable is the stock, whose first step starts from the year before.
        first, length = (0, k + 1) if number == 0 else (1, k)
        window = np.lib.stride_tricks.sliding_window_view(there[:, first:], length, axis=1)
        known &= window[:, : len(begins)].all(axis=2)
    return pd.DataFrame(known, pd.Index(panel.cities, name="city"), pd.Index(years, name="year"))


def _piece_verdicts(panel: CityPanel, watch: Watch, first: int, last: int) -> Floats:
    """Truth for windows ending in first … last + years - 1, shape (cities, ends)."""
    k, rule = watch.years, watch.rule
    span = range(first - k, last + k)
    index = pd.MultiIndex.from_product([panel.cities, span], names=["city", "year"])
    frame = panel.frame[list(rule.needs)].reindex(index)
    year = frame.index.get_level_values("year")
    frame = frame[(year >= first - 1) & (year <= last)].reindex(index)
    padded = CityPanel(frame, attributes=panel.attributes, synthetic=panel.synthetic)
    window = (first - k, last + k - 1)
    if isinstance(rule, ConsecutiveDecline) and rule.years == k and not rule.latest:
        return rule.runs(padded, window)  # every end at once
    ends = range(first, window[1] + 1)
    columns = [rule.judge(padded, (end - k, end))["shrinking"] for end in ends]
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def _watch_faults(panel: CityPanel, watch: Watch) -> list[Fault]:
    faults = []
    if watch.years < 1:
        faults.append(Fault(f"windows of {watch.years} years", "one or more", "Mend `years`."))
    if not panel.years[0] < watch.first <= watch.last <= panel.years[-1]:
        faults.append(
            Fault(
                f"steps {watch.first}–{watch.last}",
                f"steps inside {panel.years[0] + 1}–{panel.years[-1]}, the first not after the "
                "last",
                "Move `first` or `last`.",
            )
        )
    longest = max((b - a + 1 for a, b in watch.pieces), default=0)
    if longest < watch.years:
        faults.append(
            Fault(
                f"pieces of at most {longest} trusted steps",
                f"at least one of {watch.years}",
                "Widen the watch, or trust more years.",
            )
        )
    return faults
