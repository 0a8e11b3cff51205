"""Exposure of cities to the housing cycle, measured before the cycle turns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all

EXPOSURES = ("construction_jobs", "floor_area", "share_purchased", "built_up_growth")
_COUNTS = (
    "employed_sample",
    "employed_construction_sample",
    "employed_real_estate_sample",
    "households_sample",
    "tenure_purchased_sample",
    "floor_area_per_capita",
)


def housing_exposure(structure: pd.DataFrame, built_up: pd.DataFrame) -> pd.DataFrame:
    """Four measures of how much a city leaned on building before the bust.

    Parameters
    ----------
    structure : DataFrame
        Index city; census structure of the year before the cycle turns: `employed_sample`,
        `employed_construction_sample`, `employed_real_estate_sample`, `households_sample`,
        `tenure_purchased_sample` (counts) and `floor_area_per_capita` (m²).
    built_up : DataFrame
        City × year table of built-up area, its first and last column span the boom.

    Returns
    -------
    DataFrame
        Index city, columns `EXPOSURES`: percent of the employed in construction and real estate,
        m² a head, percent of households in bought homes, log growth of built-up area times 100.
        Built-up growth is missing where there is no area.

    Raises
    ------
    DataError
        A column or a cell of the structure that is missing, or no employed or households.

    Examples
    --------
    >>> structure = pd.DataFrame({
    ...     "employed_sample": [200.0], "employed_construction_sample": [30.0],
    ...     "employed_real_estate_sample": [10.0], "households_sample": [50.0],
    ...     "tenure_purchased_sample": [20.0], "floor_area_per_capita": [40.0]}, index=["110000"])
    >>> area = pd.DataFrame({2010: [100.0], 2020: [150.0]}, index=["110000"])
    >>> housing_exposure(structure, area).round(2).iloc[0].tolist()
    [20.0, 40.0, 40.0, 40.55]
    """
    absent = [name for name in _COUNTS if name not in structure.columns]
    if absent:
        remedy = "Pass the census structure of one year, indexed by city."
        raise DataError(Fault(f"no column {', '.join(absent)}", "the census structure", remedy))
    faults = []
    for name in _COUNTS:
        lost = structure.index[~np.isfinite(structure[name].to_numpy(dtype=float))]
        if len(lost):
            seen = f"'{name}' missing in {len(lost)} cities ({', '.join(map(str, lost[:5]))})"
            faults.append(Fault(seen, "a figure for every city", "Leave these cities out."))
    for name in ("employed_sample", "households_sample"):
        idle = structure.index[structure[name] <= 0]
        if len(idle):
            seen = f"'{name}' zero in {', '.join(map(str, idle[:5]))}"
            faults.append(Fault(seen, "a positive count", "Leave these cities out."))
    raise_all(DataError, faults)
    building = structure["employed_construction_sample"] + structure["employed_real_estate_sample"]
    first, last = built_up.iloc[:, 0], built_up.iloc[:, -1]
    grown = (last / first.where(first > 0)).reindex(structure.index)
    columns = {
        "construction_jobs": 100 * building / structure["employed_sample"],
        "floor_area": structure["floor_area_per_capita"],
        "share_purchased": 100
        * structure["tenure_purchased_sample"]
        / structure["households_sample"],
        "built_up_growth": 100 * np.log(grown.where(grown > 0)),
    }
    return pd.DataFrame(columns).rename_axis("city")
