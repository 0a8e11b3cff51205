"""From a panel to rows at risk: time to the first onset of a run of falls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spells import SpellTable
from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline


@dataclass(frozen=True)
class OnsetRisk:
    """Who is at risk of a first onset, and for how long.

    Parameters
    ----------
    rule : ConsecutiveDecline
        An onset is the first year of the first run of falls that satisfies it.
    baseline : int
        Time zero. Cities whose population fell in the year up to `baseline` are already
        declining and are not at risk.
    last_stock : int
        Last year whose figure may be used. An onset needs ``rule.years`` falls to be seen, so
        observation ends at ``last_stock - rule.years + 1``.
    """

    rule: ConsecutiveDecline
    baseline: int
    last_stock: int

    @property
    def last_onset(self) -> int:
        """Last year in which an onset can be seen: the year of censoring."""
        return self.last_stock - self.rule.years + 1


def onset_spells(panel: CityPanel, risk: OnsetRisk, covariates: Iterable[str] = ()) -> SpellTable:
    """Yearly rows at risk ``(t-1, t]`` until the first onset or the end of observation.

    Onset dates look ahead: that a run starts in t is known only ``years - 1`` years later.
    They serve description and estimation, never a forecast.

    Parameters
    ----------
    panel : CityPanel
    risk : OnsetRisk
    covariates : iterable of str
        Variables of the panel, taken in the row's year t (lag them beforehand).

    Returns
    -------
    SpellTable
        Columns ``city, year, start, stop, event`` and the covariates; time is years since
        the baseline. ``dropped`` lists every city that is not at risk, and rows that a
        missing covariate ends early.

    Raises
    ------
    DataError
        An unknown covariate, a baseline outside the panel, or no city at risk.
    """
    names = list(covariates)
    window = (risk.baseline - 1, risk.last_stock)
    faults = [
        Fault(f"no covariate '{name}'", ", ".join(panel.variables), "Add it to the panel.")
        for name in names
        if name not in panel.variables
    ]
    if not panel.years[0] <= window[0] < risk.baseline < risk.last_onset <= panel.years[-1]:
        faults.append(
            Fault(
                f"baseline {risk.baseline} and last stock {risk.last_stock}",
                f"figures from the year before the baseline on, inside {panel.years[0]}–"
                f"{panel.years[-1]}, and at least one year at risk",
                "Move the baseline or the last stock.",
            )
        )
    raise_all(DataError, faults)
    stocks = panel.wide(risk.rule.variable).reindex(columns=range(window[0], window[1] + 1))
    reasons = _not_at_risk(stocks, risk)
    judged = risk.rule.judge(panel, (risk.baseline, risk.last_stock))
    onset = judged["onset"].where(judged["onset"] <= risk.last_onset)
    at_risk = [city for city in stocks.index if city not in reasons]
    rows = _rows(at_risk, onset, risk)
    frame, early = _with_covariates(rows, panel, names)
    dropped = pd.DataFrame([*reasons.items(), *early], columns=["city", "reason"], dtype="str")
    return SpellTable(
        frame,
        risk.rule.rule_id,
        origin=str(risk.baseline),
        dropped=dropped,
        notes=(
            f"First onset {risk.baseline + 1}–{risk.last_onset} among units not falling in "
            f"{risk.baseline}; stocks up to {risk.last_stock}.",
        ),
        synthetic=panel.synthetic,
    )


def _not_at_risk(stocks: pd.DataFrame, risk: OnsetRisk) -> dict[str, str]:
    complete = stocks.notna().all(axis=1)
    already = stocks[risk.baseline] < stocks[risk.baseline - 1]
    reasons = dict.fromkeys(stocks.index[~complete], "population figures missing")
    for city in stocks.index[complete & already]:
        reasons[city] = f"already falling in {risk.baseline}"
    return reasons


def _rows(cities: list[str], onset: pd.Series, risk: OnsetRisk) -> pd.DataFrame:
    years = np.arange(risk.baseline + 1, risk.last_onset + 1)
    grid = pd.DataFrame(
        {"city": np.repeat(cities, len(years)), "year": np.tile(years, len(cities))}
    )
    first = onset.reindex(grid["city"]).to_numpy()
    grid = grid.assign(
        start=grid["year"] - risk.baseline - 1,
        stop=grid["year"] - risk.baseline,
        event=(grid["year"].to_numpy() == first).astype(int),
    )
    return grid[~(grid["year"].to_numpy() > first)]


def _with_covariates(
    rows: pd.DataFrame, panel: CityPanel, names: list[str]
) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    keys = pd.MultiIndex.from_frame(rows[["city", "year"]])
    values = panel.frame[names].reindex(keys).reset_index(drop=True)
    frame = pd.concat([rows.reset_index(drop=True), values], axis=1)
    complete = frame[names].notna().all(axis=1)
    early = [
        (str(row.city), f"no row for {row.year}: a covariate is missing")
        for row in frame[~complete].itertuples()
    ]
    return frame[complete], early


def onsets_by_year(
    panel: CityPanel, rule: ConsecutiveDecline, window: tuple[int, int]
) -> pd.Series:
    """Number of first onsets in each year of the window that can hold one."""
    onset = rule.judge(panel, window)["onset"].dropna().astype(int)
    years = range(window[0] + 1, window[1] - rule.years + 2)
    return onset.value_counts().reindex(years, fill_value=0).sort_index().rename_axis("year")
