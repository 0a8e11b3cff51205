"""Ranking: cities ordered by the probability of an event."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.futures import ranking_page
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

_REQUIRED = ("city", "probability", "rank", "rank_low", "rank_high")


@register
@dataclass(frozen=True, eq=False, repr=False)
class Ranking(Shown):
    """Cities ordered by the probability of an event, most probable first.

    Parameters
    ----------
    frame : DataFrame
        Columns ``city, probability, rank, rank_low, rank_high`` and any others worth printing.
        Ranks start at 1; tied probabilities share the smallest rank. ``rank_low`` and
        ``rank_high`` bound the rank that Monte Carlo error of the probability leaves open.
    event : str
        The event in words, such as ``"at least 5 % below 2020 in 2035"``.
    model : str
        The forecast it rests on.
    draws : int
        Number of draws behind each probability.
    notes : tuple of str
    synthetic : bool
    """

    frame: pd.DataFrame
    event: str
    model: str
    draws: int
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        missing = [name for name in _REQUIRED if name not in self.frame.columns]
        if missing:
            raise DataError(Fault(f"no column {', '.join(missing)}", ", ".join(_REQUIRED), "Add."))
        faults = []
        if self.frame.empty:
            faults.append(Fault("a ranking without cities", "at least one", "Check the forecast."))
        if not self.frame["probability"].between(0, 1).all():
            faults.append(Fault("a probability outside 0 to 1", "0 to 1", "Check the forecast."))
        if self.frame["city"].duplicated().any():
            faults.append(Fault("a city twice", "each city once", "Remove the repeat."))
        raise_all(DataError, faults)
        frame = self.frame.sort_values(["rank", "city"]).reset_index(drop=True)
        object.__setattr__(self, "frame", frame)

    def _page(self) -> Page:
        return ranking_page(self)

    def top(self, count: int) -> pd.DataFrame:
        """The first `count` rows."""
        return self.frame.head(count)
