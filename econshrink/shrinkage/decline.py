"""How deep, how long and how lasting a decline is, by closed formulas on one series a city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.nouns.panel import CityPanel
from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline
from econshrink.shrinkage.catalogue.steps import annual_loss, longest_run, stocks, trailing
from econshrink.shrinkage.logic import conjunction, disjunction, less
from econshrink.tables.panel_verb import takes_panels

THREE_FALLS = ConsecutiveDecline(3)


@dataclass(frozen=True)
@typed_fields
class RecoveryRule:
    """When a decline counts as over: rises in a row that regain enough of the loss.

    Parameters
    ----------
    rises : int
        Yearly rises in a row, at least 1 (the literature takes 2 or 3).
    regained : float
        Share of the spell's loss that the last of these rises must have won back.
    """

    rises: int = 3
    regained: float = 0.5

    def __post_init__(self) -> None:
        if self.rises < 1 or not 0 <= self.regained <= 1:
            seen = f"rises {self.rises}, regained {self.regained}"
            raise SpecError(Fault(seen, "at least one rise and a share from 0 to 1", "Mend it."))


@takes_panels
def severity(
    panel: CityPanel,
    window: tuple[int, int],
    rule: ConsecutiveDecline = THREE_FALLS,
    recovery: RecoveryRule = RecoveryRule(),
) -> pd.DataFrame:
    """Severity of each city's decline over a window.

    With P[t] the stock of year t and g[t] its log growth, the first spell is the first maximal
    run of falls of at least ``rule.years`` steps (``g < -rule.tolerance``); s is the year before
    its first fall and e its last fall. A missing year ends a spell.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    window : (int, int)
        First and last stock.
    rule : ConsecutiveDecline
        What makes a spell; its gap, minimum-loss and latest options are not used here.
    recovery : RecoveryRule
        When the first spell counts as recovered.

    Returns
    -------
    DataFrame
        Index city, with `rule_id` of the spell in every row. Missing wherever the figures
        cannot tell:

        - ``years_seen``, ``falling_years``, ``persistence`` (their ratio), ``longest_run``;
        - ``cumulative_loss`` = 1 - P[end] / P[start] and ``annual_loss`` = 1 - (P[end] /
          P[start]) ** (1 / n), both negative for growth;
        - ``drawdown`` = max over t of 1 - P[t] / max(P[s], s <= t), with ``peak_year`` and
          ``trough_year``;
        - ``ever`` and ``current`` (a spell anywhere, one that reaches the last year);
        - ``spells``, and of the first spell ``onset`` (its first fall), ``detection`` (the year
          the rule is first satisfied), ``spell_years``, ``spell_loss`` = 1 - P[e] / P[s],
          ``spell_annual_loss``;
        - ``recovered`` and ``recovery_year``: the first year after e that ends a run of
          ``recovery.rises`` rises with P >= P[e] + regained (P[s] - P[e]).

    Raises
    ------
    DataError
        The panel lacks the variable or the window.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": "230400", "year": range(2010, 2018),
    ...     "population": [100.0, 90.0, 80.0, 70.0, 75.0, 80.0, 85.0, 90.0]}))
    >>> row = severity(panel, (2010, 2017)).loc["230400"]
    >>> row[["onset", "detection", "spell_years", "recovery_year"]].astype(int).tolist()
    [2011, 2013, 3, 2016]
    >>> row[["spell_loss", "drawdown", "cumulative_loss"]].astype(float).round(6).tolist()
    [0.3, 0.3, 0.1]
    """
    raise_all(DataError, _faults(panel, rule, window))
    values = stocks(panel, rule.variable, window)
    steps = np.diff(np.log(values), axis=1)
    falls = less(steps, -rule.tolerance)
    cities = panel.wide(rule.variable).index
    parts = [
        _path(values, falls, window[0]),
        _spells(values, falls, rule, window[0]),
    ]
    frame = pd.concat([pd.DataFrame(part, index=cities) for part in parts], axis=1)
    frame = frame.assign(**_recovery(values, steps, frame, recovery, window[0]))
    return frame.assign(rule_id=rule.rule_id)


def _path(values: Floats, falls: Floats, start: int) -> dict[str, Floats]:
    """Measures of the whole path."""
    seen = np.isfinite(falls).sum(axis=1).astype(float)
    falling = (falls == 1).sum(axis=1).astype(float)
    n = values.shape[1] - 1
    known = np.isfinite(values)
    filled = np.where(known, values, -np.inf)
    peak = np.maximum.accumulate(filled, axis=1)
    with np.errstate(invalid="ignore"):
        drop = np.where(known, 1 - values / peak, -np.inf)
    trough = drop.argmax(axis=1)
    rows = np.arange(len(values))
    depth = drop[rows, trough]
    has = np.isfinite(depth)
    fell = has & (depth > 0)
    place = np.where(np.arange(n + 1) <= trough[:, None], filled, -np.inf).argmax(axis=1)
    return {
        "years_seen": seen,
        "falling_years": falling,
        "persistence": np.where(seen > 0, falling / np.maximum(seen, 1), np.nan),
        "longest_run": np.where(seen > 0, longest_run(falls), np.nan),
        "cumulative_loss": 1 - values[:, -1] / values[:, 0],
        "annual_loss": annual_loss(values[:, 0], values[:, -1], n),
        "drawdown": np.where(has, depth, np.nan),
        "peak_year": np.where(fell, start + place, np.nan),
        "trough_year": np.where(fell, start + trough, np.nan),
    }


def _spells(
    values: Floats, falls: Floats, rule: ConsecutiveDecline, start: int
) -> dict[str, Floats]:
    """Ever and current, and the first maximal run of at least k falls."""
    k = rule.years
    ends = conjunction(trailing(falls, k), axis=2)  # a run of k falls ends with step k-1+column
    hit = ends == 1
    found = hit.any(axis=1)
    first_end = hit.argmax(axis=1) + k  # position of the stock at which the rule is satisfied
    opening = first_end - k
    position = np.arange(1, values.shape[1])
    broken = (falls != 1) & (position[None, :] > first_end[:, None])
    last = np.where(broken.any(axis=1), broken.argmax(axis=1), values.shape[1] - 1)
    rows = np.arange(len(values))
    before, after = values[rows, opening], values[rows, last]
    length = (last - opening).astype(float)
    starts = hit & ~np.hstack([np.zeros((len(hit), 1), dtype=bool), hit[:, :-1]])

    def of_spell(numbers: Floats) -> Floats:
        return np.where(found, numbers, np.nan)

    return {
        "ever": disjunction(ends, axis=1),
        "current": ends[:, -1],
        "spells": starts.sum(axis=1).astype(float),
        "onset": of_spell(start + opening + 1.0),
        "detection": of_spell(start + first_end.astype(float)),
        "spell_years": of_spell(length),
        "spell_loss": of_spell(1 - after / before),
        "spell_annual_loss": of_spell(1 - (after / before) ** (1 / np.maximum(length, 1))),
    }


def _recovery(
    values: Floats, steps: Floats, frame: pd.DataFrame, rule: RecoveryRule, start: int
) -> dict[str, Floats]:
    """First year after the spell that ends enough rises with enough regained."""
    spell = frame["onset"].notna().to_numpy()
    opening = np.where(spell, frame["onset"] - start - 1, 0).astype(int)
    last = np.where(spell, opening + frame["spell_years"].to_numpy(), 0).astype(int)
    rows = np.arange(len(values))
    before, bottom = values[rows, opening], values[rows, last]
    target = bottom + rule.regained * (before - bottom)
    position = np.arange(values.shape[1])
    after = position[1:] > last[:, None]
    rises = np.where(after, less(-steps, 0.0), 0.0)
    padded = np.hstack([np.zeros((len(rises), rule.rises - 1)), rises])
    run = conjunction(trailing(padded, rule.rises), axis=2)
    # relative slack of rounding: regaining exactly the share counts
    enough = 1 - less(values[:, 1:], (target * (1 - 1e-12))[:, None])
    won = conjunction(np.stack([run, enough]))
    hit = won == 1
    recovered = np.where(spell, disjunction(won, axis=1), np.nan)
    year = np.where(spell & hit.any(axis=1), start + 1 + hit.argmax(axis=1), np.nan)
    return {"recovered": recovered, "recovery_year": year}


def _faults(panel: CityPanel, rule: ConsecutiveDecline, window: tuple[int, int]) -> list[Fault]:
    panel.column(rule.variable)
    if panel.years[0] <= window[0] < window[1] <= panel.years[-1]:
        return []
    return [
        Fault(
            f"window {window[0]}–{window[1]}",
            f"two years inside {panel.years[0]}–{panel.years[-1]}, first before last",
            "Choose a window the panel covers.",
        )
    ]


@takes_panels
def onsets_by_year(
    panel: CityPanel, rule: ConsecutiveDecline, window: tuple[int, int]
) -> pd.Series:
    """Number of first onsets in each year of the window that can hold one.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    rule : ConsecutiveDecline
        An onset is the first year of the first run of falls that satisfies it.
    window : (int, int)
        First and last stock.

    Returns
    -------
    Series
        Index year, from the second of the window to the last whose run the window can hold.

    Raises
    ------
    SpecError
        A window shorter than a run.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame({"city": "230400", "year": range(2010, 2015),
    ...     "population": [9.0, 9.5, 9.0, 8.0, 7.0]}))
    >>> onsets_by_year(panel, ConsecutiveDecline(3), (2010, 2014)).to_dict()
    {2011: 0, 2012: 1}
    """
    onset = rule.judge(panel, window)["onset"].dropna().astype(int)
    years = range(window[0] + 1, window[1] - rule.years + 2)
    return onset.value_counts().reindex(years, fill_value=0).sort_index().rename_axis("year")
