"""Built-up area of cities that lose people beside those that gain them.

The satellite class behind the built-up figures hardly ever falls in any city, so the share of
losing cities that "still expand" is close to one by construction. It says something only beside
the same share among growing cities, and beside how fast the two kinds expand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.nouns.identification import Identification
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels_later


@takes_panels_later
def expansion_by_label(
    labels: Identification,
    panel: CityPanel,
    window: tuple[int, int],
    area: str = "built_up_km2",
) -> pd.DataFrame:
    """Compare built-up growth of shrinking and other cities over a window.

    Parameters
    ----------
    labels : Identification
        Cities with an undefined label are left out.
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``. Holds `area` in km2 for both ends of the window.
    window : (int, int)
    area : str

    Returns
    -------
    DataFrame
        Rows ``shrinking`` and ``other``; columns ``units`` (label and both figures known),
        ``without_area`` (label known, a figure missing), ``expanding``, ``expanding_share``,
        ``median_growth`` (share over the window), ``mean_log_growth`` and ``area_added_km2``.

    Raises
    ------
    DataError
        The panel has no figure at one end of the window.
    """
    wide = panel.wide(area)
    for year in window:
        if year not in wide.columns or wide[year].isna().all():
            raise DataError(
                Fault(
                    f"no {area} in {year}",
                    f"figures at both ends of {window[0]}–{window[1]}",
                    "Choose years the panel covers.",
                )
            )
    defined = labels.frame.loc[labels.frame["shrinking"].notna(), "shrinking"].astype(bool)
    ends = wide.reindex(defined.index)[list(window)]
    rows = {}
    for name, chosen in (("shrinking", defined), ("other", ~defined)):
        group = ends[chosen]
        known = group.dropna()
        first, last = known[window[0]], known[window[1]]
        rows[name] = {
            "units": len(known),
            "without_area": len(group) - len(known),
            "expanding": int((last > first).sum()),
            "expanding_share": float((last > first).mean()),
            "median_growth": float((last / first - 1).median()),
            "mean_log_growth": float(np.log(last / first).mean()),
            "area_added_km2": float((last - first).sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


@takes_panels_later
def land_ratios(
    labels: Identification,
    panel: CityPanel,
    window: tuple[int, int],
    population: str = "population",
    area: str = "built_up_km2",
) -> pd.DataFrame:
    """Land taken per person gained or lost, and the ratio of growth rates, city by city.

    Parameters
    ----------
    labels : Identification
        Cities with an undefined label are left out.
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``. Holds `population` in persons and `area` in km2
        at both ends of the window.
    window : (int, int)
    population, area : str

    Returns
    -------
    DataFrame
        Index city: ``shrinking``; ``area_growth`` and ``population_growth`` (log, over the
        window); ``m2_per_person`` built-up area per resident at the end; ``m2_per_person_lost``
        added area over lost residents (missing for cities that gained); and ``rate_ratio``
        area growth over population growth, the form of SDG indicator 11.3.1. A ratio of two
        growth rates has no finite mean when the lower one passes through zero, and it changes
        sign there: a city that loses a handful of people and one that gains a handful stand at
        opposite ends. Use the difference of the two growth rates instead (``gap``).
    """
    defined = labels.frame.loc[labels.frame["shrinking"].notna(), "shrinking"].astype(bool)
    people = panel.wide(population).reindex(defined.index)[list(window)]
    land = panel.wide(area).reindex(defined.index)[list(window)]
    first, last = window
    grown = pd.Series(np.log(land[last] / land[first]), index=defined.index)
    moved = pd.Series(np.log(people[last] / people[first]), index=defined.index)
    lost = (people[first] - people[last]).where(defined)
    return pd.DataFrame(
        {
            "shrinking": defined,
            "area_growth": grown,
            "population_growth": moved,
            "gap": grown - moved,
            "m2_per_person": 1e6 * land[last] / people[last],
            "m2_per_person_lost": 1e6 * (land[last] - land[first]) / lost.where(lost > 0),
            "rate_ratio": grown / moved.where(moved != 0),
        }
    ).dropna(subset=["area_growth", "population_growth"])
