"""Annual series moved onto one territory before anything is compared across years."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault
from econshrink.data.closing.old_base import UNSOUND
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels


@takes_panels
def rebase_boundaries(
    annual: CityPanel, changes: pd.DataFrame, variable: str = "population"
) -> CityPanel:
    """Move years before a boundary step onto the later territory, by the census of 2010.

    Years before a city's `step_year` are multiplied by its census population of 2010 on the
    new boundary over that on the old one.

    Parameters
    ----------
    annual : CityPanel or any table
        Of a table name ``unit=`` and ``time=``. Series that jumps where the territory changed.
    changes : DataFrame
        As from `load_boundary_changes`: `city`, `step_year`, `population_2010_tabulation`
        (old boundary) and `population_2010` (new boundary). Rows without a step are ignored.
    variable : str
        Variable to move.

    Returns
    -------
    CityPanel
        Moved cells have status `rebased`, unless they were `suspect` or `wrong_concept`.

    Raises
    ------
    DataError
        A column of `changes` is missing or a stepping city lacks a census figure.

    Notes
    -----
    The census share of the moved territory is applied to all years. Where the annual series
    counted that territory differently a residual step remains (Tongling 2015, -10 percent).
    Xi'an 2017 keeps its step: both censuses of 2010 give it on the old boundary.

    Examples
    --------
    >>> annual = CityPanel.from_long(pd.DataFrame({
    ...     "city": "340100", "year": [2010, 2011], "population": [570.0, 752.0]}))
    >>> changes = pd.DataFrame({"city": ["340100"], "step_year": [2011.0],
    ...     "population_2010_tabulation": [5.7], "population_2010": [7.5]})
    >>> rebase_boundaries(annual, changes).wide("population").loc["340100"].round(6).tolist()
    [750.0, 752.0]
    """
    needed = ["city", "step_year", "population_2010_tabulation", "population_2010"]
    absent = [name for name in needed if name not in changes.columns]
    if absent:
        seen = f"no column {', '.join(absent)}"
        raise DataError(Fault(seen, ", ".join(needed), "Use load_boundary_changes()."))
    figures = pd.DataFrame(values_of(changes[needed[1:]]), columns=needed[1:])
    figures.index = pd.Index(changes["city"], name="city")
    steps = figures[figures["step_year"].notna()]
    factors = steps["population_2010"] / steps["population_2010_tabulation"]
    if factors.isna().any():
        cities = ", ".join(factors.index[factors.isna()])
        expected = "census figures of 2010 on both boundaries"
        raise DataError(Fault(f"none for {cities}", expected, "Complete the table.", "changes"))
    values = annual.column(variable)
    city = annual.frame.index.get_level_values("city")
    year = annual.frame.index.get_level_values("year").to_numpy()
    before = year < steps["step_year"].reindex(city).fillna(-np.inf).to_numpy()
    factor = np.where(before, factors.reindex(city).fillna(1.0).to_numpy(), 1.0)
    moved = pd.Series((factor != 1.0) & values.notna().to_numpy(), index=values.index)
    old = cell_status(annual, variable)
    status = old.where(~moved | old.isin(UNSOUND), "rebased")
    return replace(
        annual,
        frame=annual.frame.assign(**{variable: values * factor}),
        status=annual.status.assign(**{variable: status}),
    )


def cell_status(panel: CityPanel, variable: str) -> pd.Series:
    """Status of a variable; `reported` for figures that came without one."""
    given = panel.column(variable).notna()
    if variable in panel.status.columns:
        status = panel.status[variable].astype(object)
    else:
        status = pd.Series(None, index=given.index, dtype=object)
    return status.where(status.notna() | ~given, "reported")
