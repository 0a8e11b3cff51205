"""Who is treated from when: the balanced table every policy estimator starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.columns import values_of
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels

NEVER = np.inf


@dataclass(frozen=True, eq=False)
class Adoption:
    """A balanced outcome with each city's first year of treatment.

    Parameters
    ----------
    cities : tuple of str
    years : tuple of int
        Consecutive.
    outcome : ndarray, shape (cities, years)
    first : ndarray, shape (cities,)
        First treated year, infinite for never.
    source : str
    synthetic : bool
    """

    cities: tuple[str, ...]
    years: tuple[int, ...]
    outcome: Floats
    first: Floats
    source: str = ""
    synthetic: bool = False

    @property
    def cohorts(self) -> tuple[int, ...]:
        """Years in which cities are first treated, rising."""
        return tuple(int(year) for year in np.unique(self.first[np.isfinite(self.first)]))


@takes_panels
def adoption(panel: CityPanel, outcome: str, first: pd.Series) -> Adoption:
    """Line up an outcome with dates of adoption.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
        Balanced in `outcome`; years consecutive.
    outcome : str
    first : Series
        Index: city; first treated year, NaN for never treated. Every city of the panel must be
        there: a city that is merely absent from a list is not known to be untreated.

    Returns
    -------
    Adoption

    Raises
    ------
    DataError
        Missing cells, gaps in the years, cities without an entry, cities treated from the first
        year on (no earlier year), no treated or fewer than two never-treated cities.

    Examples
    --------
    >>> rows = [(f"{100000 + c}", y, float(y - 2000 + c)) for c in range(4) for y in (2000, 2001)]
    >>> panel = CityPanel.from_long(pd.DataFrame(rows, columns=["city", "year", "y"]))
    >>> adoption(panel, "y", pd.Series([2001, np.nan, np.nan, np.nan], panel.cities)).cohorts
    (2001,)
    """
    table = panel.wide(outcome)
    years = [int(year) for year in table.columns]
    faults = [
        Fault("a missing value", "a balanced panel", "Shorten the window or leave the city out.",
              f"{outcome} of {city}")
        for city in table.index[table.isna().any(axis=1)]
    ]  # fmt: skip
    if years != list(range(years[0], years[0] + len(years))):
        faults.append(Fault(f"years {years}", "consecutive years", "Fill or shorten the window."))
    unknown = [city for city in table.index if city not in first.index]
    if unknown:
        faults.append(
            Fault(
                f"no entry of {', '.join(unknown[:10])}", "a year or NaN for every city",
                "Say NaN where a city is known never to be treated.",
            )
        )  # fmt: skip
    raise_all(DataError, faults)
    when = values_of(first.reindex(table.index), "first year of treatment")
    when = np.where(np.isnan(when), NEVER, when)
    when = np.where(when > years[-1], NEVER, when)
    early = [city for city, year in zip(table.index, when, strict=True) if year <= years[0]]
    if early:
        faults.append(
            Fault(
                f"{', '.join(early[:10])} treated by {years[0]}", "a year before treatment",
                "Leave these cities out, or begin earlier.",
            )
        )  # fmt: skip
    if np.isinf(when).sum() < 2 or np.isfinite(when).sum() < 1:
        seen = f"{np.isfinite(when).sum()} treated and {np.isinf(when).sum()} never treated"
        faults.append(Fault(seen, "one and two at least", "A design needs comparison cities."))
    raise_all(DataError, faults)
    return Adoption(
        tuple(table.index), tuple(years), table.to_numpy(dtype=float), when, panel.source,
        panel.synthetic,
    )  # fmt: skip
