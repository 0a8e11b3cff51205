"""Rows at risk of an onset or of a recovery, every city-year of the record accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spells import SpellTable
from econshrink.shrinkage.episodes.histories import Histories
from econshrink.tables.panel_verb import takes_panels_later

UNCERTAIN = "uncertain"


@dataclass(frozen=True)
@typed_fields
class CalendarTime:
    """Time is the calendar year less `origin`; a row of year t covers ``(t-1, t] - origin``."""

    origin: int


@dataclass(frozen=True)
class SpellTime:
    """Time runs from the year before the first at risk of an onset, or from the year of the onset
    whose recovery is awaited; every stretch at risk has a clock of its own.
    """  # noqa: D205


Clock = CalendarTime | SpellTime


@dataclass(frozen=True)
@typed_fields
class OnsetEvents:
    """Risk of an onset; mergers compete.

    Parameters
    ----------
    first_only : bool
        Only cities never seen shrinking before, and only until their first onset.
    gaps : bool
        Keep onsets known only to lie in a gap of the record: their rows of unknown state get
        ``uncertain = 1`` and the last of them the event. Only estimators for interval-censored
        events may use such rows; without `gaps` they are left out.
    """

    first_only: bool = True
    gaps: bool = False


@dataclass(frozen=True)
@typed_fields
class RecoveryEvents:
    """Risk of recovery, from the year after a known onset; mergers compete.

    Parameters
    ----------
    unknown_start : bool
        Also declines that were there when the record began; needs `CalendarTime`.
    """

    unknown_start: bool = False


Transition = OnsetEvents | RecoveryEvents


@takes_panels_later
def risk_spells(
    histories: Histories,
    transition: Transition = OnsetEvents(),
    *,
    clock: Clock | None = None,
    panel: CityPanel | None = None,
    covariates: Iterable[str] = (),
    years: tuple[int, int] | None = None,
) -> SpellTable:
    """Yearly rows at risk of a transition, with an account of all city-years.

    Parameters
    ----------
    histories : Histories
        From `city_histories`.
    transition : OnsetEvents or RecoveryEvents
    clock : CalendarTime or SpellTime, optional
        By default calendar time from the year before the watch.
    panel : CityPanel or any table, optional
        Where covariates come from.
    covariates : iterable of str
        Variables of the panel taken in the row's year (lag them beforehand) or attributes of its
        cities. A row without one of them is left out and accounted for.
    years : (int, int), optional
        First and last year of the rows; the watch may know more, such as the years that confirm
        the last onsets.

    Returns
    -------
    SpellTable
        Columns ``city, home, year, start, stop, event, cause, number`` and the covariates; `home`
        is the city and `number` that of the stretch at risk. Under `SpellTime` the second stretch
        of a city is a row name of its own (``230400#2``), because its clock starts again. A
        merger ends a row without event and with cause ``"merger"``: where mergers compete, set the
        event yourself. `account` has the city-years by fate; they add up to cities × years.

    Raises
    ------
    DataError
        Unknown covariates, or nobody at risk.

    Examples
    --------
    >>> from econshrink.shrinkage.episodes.histories import city_histories
    >>> from econshrink.shrinkage.episodes.states import Watch
    >>> from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": "230400", "year": range(2010, 2018),
    ...     "population": [9.0, 9.5, 9.9, 8.0, 7.0, 6.0, 9.0, 8.0]}))
    >>> spells = risk_spells(city_histories(panel, Watch(ConsecutiveDecline(3), 3, 2011, 2017)))
    >>> spells.frame[["year", "start", "stop", "event"]].to_numpy().astype(int).tolist()
    [[2012, 1, 2, 0], [2013, 2, 3, 1]]
    >>> int(spells.account["rows"].sum())
    7
    """
    names = list(covariates)
    raise_all(DataError, [*_covariate_faults(panel, names), *_clock_faults(transition, clock)])
    watch = histories.watch
    clock = clock or CalendarTime(watch.first - 1)
    table = _with_reasons(histories, transition)
    if years:
        outside = table["reason"].eq("") & ~table["year"].between(*years)
        table.loc[outside, "reason"] = f"outside {years[0]}–{years[1]}"
    table = table.assign(**_covariate_columns(panel, names, table))
    for name in names:
        lacking = table["reason"].eq("") & table[name].isna()
        table.loc[lacking, "reason"] = f"no {name}"
    rows = table[table["reason"].eq("")]
    if rows.empty:
        raise DataError(
            Fault("nobody at risk", "at least one city-year", "Check the rule and the window.")
        )
    rows = _timed(rows, clock)
    kept = ["city", "home", "year", "start", "stop", "event", "cause", "number", UNCERTAIN]
    return SpellTable(
        rows[[*kept, *names]],
        watch.rule.rule_id,
        origin=str(clock.origin) if isinstance(clock, CalendarTime) else "start of the stretch",
        dropped=_dropped(table),
        notes=(_note(histories, transition),),
        synthetic=histories.synthetic,
        account=_account(table),
    )


def _with_reasons(histories: Histories, transition: Transition) -> pd.DataFrame:
    """Mark each city-year as a row (empty reason) or say why it is none."""
    frame = histories.frame
    if isinstance(transition, RecoveryEvents):
        return _recovery_reasons(frame, transition)
    table = frame.assign(event=0, cause="", number=frame["spell"] + 1, reason=frame["fate"])
    table["zero"] = frame["clear_since"] - 1
    onset = frame["fate"] == "onset"
    dated = onset & (frame["earliest"] == frame["year"])
    table.loc[onset, "number"] = frame["spell"]
    clear = frame["fate"] == "at risk"
    merged = (frame["fate"] == "merger") & frame["clear_since"].notna()
    table.loc[clear | dated | merged, "reason"] = ""
    table["event"] = dated.astype(int)
    table["cause"] = np.select([dated, merged], ["onset", "merger"], default="")
    table.loc[onset & ~dated, "reason"] = "onset known only to lie in a gap"
    table[UNCERTAIN] = 0
    if transition.gaps:
        table = _open_gaps(table, onset & ~dated)
    if transition.first_only:
        # A decline seen before, dated or not, makes the next onset a second one.
        later = table["reason"].eq("") & (table["number"] > 1)
        table.loc[later, "reason"] = "after an earlier decline"
    return table


def _open_gaps(table: pd.DataFrame, hidden: pd.Series) -> pd.DataFrame:
    """Turn the unknown years before an onset that lies in a gap into uncertain rows."""
    table = table.copy()
    for place in np.flatnonzero(hidden.to_numpy()).tolist():
        row = table.iloc[place]
        mine = (table["city"] == row["city"]) & table["year"].between(row["earliest"], row["year"])
        before = (table["city"] == row["city"]) & (table["year"] == row["earliest"] - 1)
        table.loc[mine, "reason"] = ""
        table.loc[mine, "number"] = int(row["spell"])
        table.loc[mine, UNCERTAIN] = 1
        # An entry year has its clock set to the year after it, where the gap begins.
        table.loc[mine, "zero"] = float(table.loc[before, "zero"].iloc[0])
        table.loc[table.index[place], "event"] = 1
        table.loc[table.index[place], "cause"] = "onset"
    return table


def _recovery_reasons(frame: pd.DataFrame, transition: RecoveryEvents) -> pd.DataFrame:
    table = frame.assign(event=0, cause="", number=frame["spell"], reason=frame["fate"])
    table["zero"] = frame["since"]
    inside = frame["fate"].isin(("shrinking", "recovery"))
    merged = (frame["fate"] == "merger") & frame["clear_since"].isna()
    known = frame["since"].notna() | transition.unknown_start
    table.loc[(inside | merged) & known, "reason"] = ""
    table.loc[inside & ~known, "reason"] = "decline without a known onset"
    used = table["reason"].eq("")
    recovered = used & frame["fate"].eq("recovery")
    table["event"] = recovered.astype(int)
    table["cause"] = np.select([recovered, used & merged], ["recovery", "merger"], default="")
    table[UNCERTAIN] = 0
    return table


def _timed(rows: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """Add home, start and stop; under spell time also a row name for every stretch."""
    home = rows["city"]
    if isinstance(clock, CalendarTime):
        stop = rows["year"] - clock.origin
        return rows.assign(home=home, start=stop - 1, stop=stop)
    stop = rows["year"] - rows["zero"]
    stretch = rows.groupby("city")["zero"].rank(method="dense").astype(int)
    key = home + np.where(stretch > 1, "#" + stretch.astype(str), "")
    return rows.assign(home=home, city=key, start=stop - 1, stop=stop)


def _covariate_columns(
    panel: CityPanel | None, names: list[str], table: pd.DataFrame
) -> dict[str, np.ndarray]:
    if panel is None:
        return {}
    keys = pd.MultiIndex.from_frame(table[["city", "year"]])
    found = {}
    for name in names:
        if name in panel.variables:
            found[name] = panel.frame[name].reindex(keys).to_numpy()
        else:
            found[name] = panel.attributes[name].reindex(table["city"]).to_numpy()
    return found


def _covariate_faults(panel: CityPanel | None, names: list[str]) -> list[Fault]:
    if panel is None:
        if names:
            return [Fault("covariates but no panel", "a panel that holds them", "Pass `panel`.")]
        return []
    known = [*panel.variables, *map(str, panel.attributes.columns)]
    return [
        Fault(f"no covariate '{name}'", ", ".join(known), "Add it to the panel.")
        for name in names
        if name not in known
    ]


def _clock_faults(transition: Transition, clock: Clock | None) -> list[Fault]:
    unknown = isinstance(transition, RecoveryEvents) and transition.unknown_start
    if unknown and isinstance(clock, SpellTime):
        return [
            Fault(
                "spell time for declines without a known onset",
                "CalendarTime, or only declines with a known onset",
                "Leave `unknown_start` out or change the clock.",
            )
        ]
    return []


def _account(table: pd.DataFrame) -> pd.DataFrame:
    """City-years by what became of them."""
    fate = np.where(
        table["reason"].ne(""),
        table["reason"],
        np.where(table["event"].eq(1), "row with event", "row without event"),
    )
    groups = table.assign(what=fate).groupby("what")
    account = pd.DataFrame({"rows": groups.size(), "cities": groups["city"].nunique()})
    account = account.sort_values("rows", ascending=False, kind="stable").rename_axis("what")
    head = [name for name in ("row with event", "row without event") if name in account.index]
    return account.loc[[*head, *account.index.difference(head, sort=False)]].reset_index()


def _dropped(table: pd.DataFrame) -> pd.DataFrame:
    """Cities that have no row at all, with the reasons of their years."""
    used = table.loc[table["reason"].eq(""), "city"]
    out = table[~table["city"].isin(used)]
    reasons = out.groupby("city")["reason"].agg(lambda r: "; ".join(dict.fromkeys(r)))
    return reasons.reset_index().astype("str")


def _note(histories: Histories, transition: Transition) -> str:
    watch = histories.watch
    what = "recovery" if isinstance(transition, RecoveryEvents) else "onset"
    cut = f", without {', '.join(map(str, watch.distrusted))}" if watch.distrusted else ""
    return f"Risk of {what}, steps {watch.first}–{watch.last}{cut}."
