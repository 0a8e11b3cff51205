"""Derived variables of a panel: growth, shares, and cells set aside by their status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.panel import STATUSES, CityPanel
from econshrink.tables.panel_verb import takes_panels


@takes_panels
def log_growth(panel: CityPanel, name: str, years: int = 1) -> pd.Series:
    """Log growth ``ln x[t] - ln x[t-years]``, missing where either figure is.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    name : str
        A variable whose figures are positive.
    years : int
        Length of the step in calendar years.

    Returns
    -------
    Series
        On the panel's (city, year) index.

    Raises
    ------
    DataError
        A figure that is zero or negative: it has no logarithm.

    Examples
    --------
    >>> panel = CityPanel.from_long(pd.DataFrame(
    ...     {"city": ["230400"] * 2, "year": [2019, 2020], "population": [100.0, 90.0]}))
    >>> log_growth(panel, "population").round(4).tolist()
    [nan, -0.1054]
    """
    values = panel.column(name)
    faults = [
        Fault(
            f"{values[where]:g}",
            "a positive figure",
            "Mend the cell or mark it missing.",
            f"variable {name}, (city, year) {where}",
        )
        for where in values.index[values <= 0]
    ]
    raise_all(DataError, faults)
    growth = np.log(values.to_numpy()) - np.log(panel.lag(name, years).to_numpy())
    return pd.Series(growth, index=panel.frame.index, name=f"growth_{name}")


@takes_panels
def share(panel: CityPanel, part: str, whole: str) -> pd.Series:
    """Ratio of two variables, missing where either is or where the whole is not positive."""
    denominator = panel.column(whole)
    return (panel.column(part) / denominator.where(denominator > 0)).rename(f"share_{part}")


@takes_panels
def set_aside(panel: CityPanel, name: str, statuses: Iterable[str]) -> CityPanel:
    """Return the panel with cells of these statuses missing, as if never published.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
    name : str
        Variable whose cells are set aside.
    statuses : iterable of str
        Words of the status vocabulary, such as ``("suspect",)``.
    """
    wanted = tuple(statuses)
    strange = [word for word in wanted if word not in STATUSES]
    if strange:
        raise DataError(
            Fault(f"status {', '.join(strange)}", ", ".join(STATUSES), "Use these words.")
        )
    values = panel.column(name)
    if name not in panel.status.columns or not wanted:
        return panel
    kept = values.mask(panel.status[name].isin(wanted))
    return replace(panel, frame=panel.frame.assign(**{name: kept}))
