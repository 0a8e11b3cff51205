"""What happened to every city in every year: entry, risk, onset, decline, recovery, or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.decline import RecoveryRule
from econshrink.shrinkage.episodes.states import Watch, decidable_years, yearly_states
from econshrink.tables.panel_verb import takes_panels

FATES = (
    "entry",
    "at risk",
    "onset",
    "shrinking",
    "recovery",
    "merger",
    "merged",
    "undecided",
    "unknown",
    "distrusted",
)


@dataclass(frozen=True, eq=False)
class Histories:
    """A fate for every city and year of a watch.

    Parameters
    ----------
    frame : DataFrame
        Columns ``city, year, fate, spell, since, earliest, clear_since``. `spell` numbers the
        declines of a city up to and including that year; `since` is the onset of the decline a row
        belongs to (missing if it began before the record or in a gap of it); `earliest` is, for an
        onset, the first year in which it may have come; `clear_since` is the first year of the
        stretch at risk.
    watch : Watch
    recovery : RecoveryRule
    synthetic : bool
    """

    frame: pd.DataFrame
    watch: Watch
    recovery: RecoveryRule
    synthetic: bool = False

    def account(self) -> pd.DataFrame:
        """City-years by fate; they add up to cities × years.

        Returns
        -------
        DataFrame
            Index fate, columns ``rows, cities``.
        """
        groups = self.frame.groupby("fate", sort=False)
        table = pd.DataFrame({"rows": groups.size(), "cities": groups["city"].nunique()})
        return table.reindex([fate for fate in FATES if fate in table.index])


@dataclass
class _City:
    """State of one city while its years are read one after the other."""

    mode: str = ""  # "", "clear" or "shrinking"
    spell: int = 0
    since: float = np.nan
    clear: float = np.nan
    last_clear: float = np.nan
    top: float = np.nan
    bottom: float = np.nan
    rises: int = 0
    rows: list[tuple[str, int, float, float, float]] = field(default_factory=list)

    def put(self, fate: str, earliest: float = np.nan) -> None:
        self.rows.append((fate, self.spell, self.since, earliest, self.clear))


@takes_panels
def city_histories(
    panel: CityPanel,
    watch: Watch,
    recovery: RecoveryRule = RecoveryRule(),  # noqa: B008  (a frozen option object)
    *,
    stock: str = "population",
    mergers: Mapping[str, int] | None = None,
) -> Histories:
    """Read the years of every city in order and say what each of them was.

    A city at risk (state 0) has an onset when its state turns 1. It then shrinks until it has
    recovered by `recovery`: that many rises in a row after its last year in state 1, with enough of
    the loss regained; falls in between prolong the decline. After a recovery it is at risk again.

    The first year of a piece, or after a gap, in which the state is 0 is an entry: no onset could
    have been dated to it, so the city is at risk from the next year on (left truncation). A decline
    that is there when a piece begins has no known onset; one that is there after a gap came in it.

    A year in which a city is clear but in which an onset could not have been told, for want of the
    figures that would confirm it, is undecided and no time at risk: to count it would be to count
    only those that did not begin to shrink.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    watch : Watch
    recovery : RecoveryRule
    stock : str
        The stock whose rises make a recovery.
    mergers : mapping of city to year, optional
        Year in which a city was merged into another: a competing end.

    Returns
    -------
    Histories

    Raises
    ------
    DataError
        As `yearly_states`; a merger of an unknown city or outside the watch.

    Examples
    --------
    >>> from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": "230400", "year": range(2010, 2020),
    ...     "population": [9.0, 9.5, 9.0, 8.0, 7.0, 8.0, 9.0, 9.5, 9.6, 9.7]}))
    >>> found = city_histories(panel, Watch(ConsecutiveDecline(3), 3, 2011, 2019))
    >>> found.frame["fate"].tolist()[:7]
    ['entry', 'onset', 'shrinking', 'shrinking', 'shrinking', 'shrinking', 'recovery']
    """
    states, _ = yearly_states(panel, watch)
    joined = dict(mergers or {})
    raise_all(DataError, _merger_faults(panel, watch, joined))
    values = panel.wide(stock).reindex(columns=range(watch.first - 1, watch.last + 1)).to_numpy()
    years, truth = list(range(watch.first, watch.last + 1)), states.to_numpy()
    decided = decidable_years(panel, watch).to_numpy()
    begins = {first for first, _ in watch.pieces}
    trusted = {y for first, last in watch.pieces for y in range(first, last + 1)}
    rows: list[tuple[str, int, tuple[str, int, float, float, float]]] = []
    for row, city in enumerate(panel.cities):
        record = _City()
        end = joined.get(city, watch.last + 1)
        for j, year in enumerate(years):
            if year >= end:
                record.put("merger" if year == end and record.mode else "merged")
            elif year not in trusted:
                record.put("distrusted")
            else:
                if year in begins:
                    _begin_piece(record)
                _read(record, year, truth[row, j], values[row, j : j + 2], recovery)
                if record.rows[-1][0] == "at risk" and not decided[row, j]:
                    record.rows[-1] = ("undecided", *record.rows[-1][1:])
        rows += [(city, year, what) for year, what in zip(years, record.rows, strict=True)]
    columns = ["city", "year", "fate", "spell", "since", "earliest", "clear_since"]
    frame = pd.DataFrame([(city, year, *what) for city, year, what in rows], columns=columns)
    return Histories(frame, watch, recovery, panel.synthetic)


def _begin_piece(record: _City) -> None:
    """Forget what another piece of the record said about the present."""
    record.mode, record.since, record.clear = "", np.nan, np.nan
    record.last_clear, record.top, record.bottom, record.rises = np.nan, np.nan, np.nan, 0


def _read(
    record: _City, year: int, state: float, stocks: np.ndarray, recovery: RecoveryRule
) -> None:
    """Take one year of one city."""
    if record.mode == "shrinking":
        _read_decline(record, year, state, stocks, recovery)
    elif np.isnan(state):
        record.mode, record.clear = "", np.nan
        record.put("unknown")
    elif state == 0:
        entering = record.mode != "clear"
        if entering:
            record.mode, record.clear = "clear", float(year + 1)
        record.last_clear = float(year)
        record.put("entry" if entering else "at risk")
    else:
        _begin_decline(record, year, stocks)


def _begin_decline(record: _City, year: int, stocks: np.ndarray) -> None:
    dated = record.mode == "clear"
    earliest = record.last_clear + 1  # missing if the city was never seen clear in this piece
    record.mode, record.spell, record.rises = "shrinking", record.spell + 1, 0
    record.top, record.bottom = stocks
    record.since = float(year) if dated else np.nan
    record.put("shrinking" if np.isnan(earliest) else "onset", earliest)
    record.clear = np.nan


def _read_decline(
    record: _City, year: int, state: float, stocks: np.ndarray, rule: RecoveryRule
) -> None:
    before, now = stocks
    if np.isnan(now) or np.isnan(before):
        record.rises = 0
        record.put("unknown")
        return
    if state == 1:
        record.rises, record.bottom = 0, min(record.bottom, now)
        record.put("shrinking")
        return
    record.rises = record.rises + 1 if now > before else 0
    record.bottom = min(record.bottom, now)
    # relative slack of rounding: regaining exactly the share counts
    goal = record.bottom + rule.regained * (record.top - record.bottom) * (1 - 1e-12)
    if record.rises >= rule.rises and now >= goal:
        record.put("recovery")
        record.mode, record.since = "clear", np.nan
        record.last_clear, record.clear = float(year), float(year + 1)
        return
    record.put("shrinking")


def _merger_faults(panel: CityPanel, watch: Watch, mergers: dict[str, int]) -> list[Fault]:
    faults = []
    for city, year in mergers.items():
        if city not in panel.cities:
            faults.append(Fault(f"a merger of {city}", "a city of the panel", "Check the code."))
        if not watch.first <= year <= watch.last:
            expected = f"a year from {watch.first} to {watch.last}"
            faults.append(Fault(f"a merger of {city} in {year}", expected, "Leave it out."))
    return faults
