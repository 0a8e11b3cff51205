"""Plain tables of the embedded figures: checked on first use, copies for the caller, no network."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.data.china.schemas import AGE_COLUMNS, AGES
from econshrink.data.china.store import stored


def load_census() -> pd.DataFrame:
    """Census population 2010 and 2020 of all 369 units of 2020, as a plain table.

    Returns
    -------
    DataFrame
        Columns `city`, `year` and the variables of `load_census_panel`.

    Examples
    --------
    >>> load_census().shape
    (738, 11)
    """
    return stored("census")


def load_census_profile() -> pd.DataFrame:
    """Census tabulation 2010 and 2020: structure of population, households, work, housing.

    Returns
    -------
    DataFrame
        `city`, `year` and 94 variables. Columns ending in ``_sample`` are counts of the long
        form (about one household in ten), never scaled up; shares are 0 to 1, `birth_rate`,
        `death_rate` and `natural_growth_rate` per person.

    Notes
    -----
    On the boundaries of each census: use it for structure, never for change. Migrants are
    those who moved in (2010) or are registered in another township (2020); attainment covers
    ages 6 and over in 2010, 3 and over in 2020. Some columns exist in one year only.

    Examples
    --------
    >>> profile = load_census_profile()
    >>> profile.groupby("year")["population"].sum().to_dict()
    {2010: 1332810869, 2020: 1409778724}
    """
    return stored("census_profile")


def load_census_age_sex() -> pd.DataFrame:
    """Census population 2010 and 2020 by sex and age group, boundaries of each census.

    Returns
    -------
    DataFrame
        Columns `city`, `year`, `sex`, `age_from`, `age_to` (missing for 85 and over) and
        `population` (persons); ages 0, 1-4, 5-9 ... 80-84, 85 and over.

    Examples
    --------
    >>> ages = load_census_age_sex()
    >>> len(ages)
    27740
    """
    wide = stored("census_age_sex")
    counts = wide[list(AGE_COLUMNS)].to_numpy()
    rows = wide[["city", "year", "sex"]].loc[wide.index.repeat(len(AGES))].reset_index(drop=True)
    upper = np.array([*(age - 1.0 for age in AGES[1:]), np.nan])
    return rows.assign(
        age_from=np.tile(np.array(AGES), len(wide)),
        age_to=np.tile(upper, len(wide)),
        population=counts.ravel(),
    )


def load_boundary_changes() -> pd.DataFrame:
    """Units whose tabulated and boundary-adjusted census populations differ.

    Returns
    -------
    DataFrame
        `city`; the population of 2010 and 2020 as tabulated and as adjusted to the boundaries
        of 2020 (persons); `cause` (``boundary`` or ``revision``); `step_year`, the first year
        the annual series counts the new territory (missing if it shows no such step); `note`.

    Examples
    --------
    >>> load_boundary_changes()["cause"].value_counts().to_dict()
    {'revision': 44, 'boundary': 39}
    """
    return stored("boundary_changes")


def load_annual_flags() -> pd.DataFrame:
    """Every annual cell that is not plainly reported, or is so with a remark.

    Returns
    -------
    DataFrame
        `city`, `year`, `variable`, `status`, `reason`.

    Examples
    --------
    >>> flags = load_annual_flags()
    >>> flags.loc[flags["status"] == "wrong_concept", "year"].unique().tolist()
    [2021]
    """
    return stored("annual_status")


def load_census_flags() -> pd.DataFrame:
    """Every census cell that is not plainly reported, or has a remark, or is absent for a reason.

    Returns
    -------
    DataFrame
        `city`, `year`, `variable`, `status` (missing where there is no figure), `reason`.

    Examples
    --------
    >>> flags = load_census_flags()
    >>> flags.loc[flags["city"] == "610100", "reason"].iloc[0]
    'part_missing(about 605348 of Xixian)'
    """
    return stored("census_status")


def load_adjacency() -> pd.DataFrame:
    """Pairs of neighbouring units (polygons closer than 0.005 degree).

    Returns
    -------
    DataFrame
        `city_a` < `city_b`, 969 pairs among 369 units. Hainan (18 units) and Sansha are not
        joined to the mainland.

    Examples
    --------
    >>> load_adjacency().shape
    (969, 2)
    """
    return stored("adjacency")


def load_boundaries() -> dict[str, list[NDArray[np.float64]]]:
    """Simplified outlines of the 369 units of 2020, a drawing aid and no statement on borders.

    Returns
    -------
    dict of str to list of ndarray
        For every code its closed rings, arrays (points, 2) of longitude and latitude in
        degrees. Outer rings run counter-clockwise, holes clockwise.

    Examples
    --------
    >>> rings = load_boundaries()["110000"]
    >>> bool((rings[0][0] == rings[0][-1]).all())
    True
    """
    table = stored("boundaries")
    outlines: dict[str, list[NDArray[np.float64]]] = {}
    for city, path in zip(table["city"].tolist(), table["path"].tolist(), strict=True):
        steps = np.array(path.split(), dtype=np.int64).reshape(-1, 2).cumsum(axis=0)
        ring = np.vstack([steps, steps[:1]]) / 1000
        outlines.setdefault(city, []).append(ring)
    return outlines
