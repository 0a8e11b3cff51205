"""Cities against the printed sums of their province and of the nation."""

from __future__ import annotations

import pandas as pd

from econshrink.data.china.panels import load_units
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels

SUM_COLUMNS = ("area", "year", "variable", "cities", "sum", "total", "ratio", "flagged")


@takes_panels
def check_sums(panel: CityPanel, totals: pd.DataFrame, *, tolerance: float = 0.02) -> pd.DataFrame:
    """Compare sums over cities with printed totals.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
        Additive variables in our units.
    totals : DataFrame
        `area` (province code, ``000000`` the nation), `year`, `variable`, `value`.
    tolerance : float
        Largest relative difference that passes: counties under direct administration and
        rounding stay below it.

    Returns
    -------
    DataFrame
        One row for every total whose prefecture-level units all report (others cannot be
        compared): `SUM_COLUMNS`; `ratio` is sum / total.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame(
    ...     {"city": ["110000"], "year": [2010], "population": [19.6e6]}))
    >>> total = pd.DataFrame(
    ...     {"area": ["110000"], "year": [2010], "variable": ["population"], "value": [20.7e6]})
    >>> check_sums(panel, total)[["ratio", "flagged"]].round(3).values.tolist()
    [[0.947, True]]
    """
    units = load_units()
    units = units[units["in_337"] & units["valid_2020"]]
    rows = []
    for area, year, variable, value in totals.itertuples(index=False):
        if variable not in panel.variables or not value:
            continue
        members = [c for c in units.index if area == "000000" or c[:2] == area[:2]]
        keys = pd.MultiIndex.from_product([members, [year]], names=["city", "year"])
        figures = panel.frame[variable].reindex(keys)
        if figures.empty or figures.isna().any():
            continue
        ratio = float(figures.sum()) / float(value)
        flagged = abs(ratio - 1) > tolerance
        rows.append((area, year, variable, len(figures), figures.sum(), value, ratio, flagged))
    return pd.DataFrame(rows, columns=list(SUM_COLUMNS))
