"""Units and city panels of the embedded figures."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.data.china.store import FOLDER, stored
from econshrink.nouns.panel import CityPanel

ANNUAL_SOURCE = (
    "Annual figures of Chinese prefecture-level units: provincial and city statistical yearbooks "
    "and bulletins (population, GDP), MODIS MCD12Q1 class 13 (built-up area)"
)
CENSUS_SOURCE = (
    "Population censuses of 2010 and 2020, local bulletins, 2010 on the boundaries of 2020"
)


def load_units() -> pd.DataFrame:
    """Units: names, province, region, kind, resource stage, place and area.

    Returns
    -------
    DataFrame
        Index `city` (371 six-digit codes: 337 prefecture-level units, 30 county-level units
        under direct administration, two special administrative regions, and Chaohu and Laiwu,
        abolished before 2020). Columns: `name_en`, `name_zh`, `province`, `province_zh`,
        `region` (missing for the two regions), `kind`, `resource_stage` (``none`` if the unit
        is not on the 2013 list of the State Council), `in_337`, `in_bth`
        (Beijing-Tianjin-Hebei), `valid_2020`, `lon` and `lat` (a point inside the unit, not
        its city centre) and `land_area_km2` (inland water included).

    Raises
    ------
    DataError
        The embedded table is damaged.

    Notes
    -----
    Names repeat (Suzhou, Taizhou, Fuzhou, Yichun, Yulin twice each): join on the code.

    Examples
    --------
    >>> units = load_units()
    >>> len(units), int(units["in_337"].sum())
    (371, 337)
    >>> units.loc["230400", ["name_en", "name_zh", "resource_stage"]].tolist()
    ['Hegang', '鹤岗市', 'declining']
    """
    units = stored("units").set_index("city")
    return units.astype(dict.fromkeys(("in_337", "in_bth", "valid_2020"), bool))


def load_china(*, all_units: bool = False) -> CityPanel:
    """Annual panel 1998-2024: population, GDP and its sectors, built-up area.

    Parameters
    ----------
    all_units : bool
        False keeps the 337 prefecture-level units of 2020; True adds whatever other unit has
        an annual figure (Chaohu and Laiwu before they were abolished, county-level units with
        built-up area, Hong Kong).

    Returns
    -------
    CityPanel
        A row for every city and year with at least one figure, a status for every figure, the
        columns of `load_units` as attributes. Variables:

        - `population`: resident population in persons (published in units of 100), 1998-2024,
          **298 of the 337 units only**;
        - `gdp_nominal`: yuan, 2000-2023, the revised series where there is one (296 units);
        - `gdp_first_release`: yuan, as first published;
        - `gdp_index`: real GDP, previous year = 1 (1.12 is growth of 12 percent);
        - `gdp_primary`, `gdp_secondary`, `gdp_tertiary`: yuan, vintage of the first release;
        - `built_up_km2`: square kilometres of land cover class 13, 2001-2020.

    Raises
    ------
    DataError
        An embedded table is damaged.

    Notes
    -----
    The population of 2010 and 2020 is that of the census; years between continue the earlier
    base, so many series jump in 2020 (see `econshrink.data.closing.closure`). The satellite's
    built-up class never falls from one year to the next in any unit: "expanding while shrinking"
    must be compared with growing cities. `load_annual_flags` says why a cell has its status.

    Examples
    --------
    >>> panel = load_china()
    >>> len(panel.cities), panel.years[0], panel.years[-1]
    (337, 1998, 2024)
    >>> float(panel.frame.loc[("230400", 2020), "population"])
    891300.0
    """
    frame, status = _annual(FOLDER)
    attributes = load_units()
    if not all_units:
        kept = frame.index.get_level_values("city").isin(attributes.index[attributes["in_337"]])
        frame, status = frame[kept], status[kept]
    return CityPanel(frame, status, attributes, ANNUAL_SOURCE)


def load_census_panel(*, all_units: bool = False) -> CityPanel:
    """Census population 2010 and 2020 on the boundaries of 2020, with a status per cell.

    Parameters
    ----------
    all_units : bool
        False keeps the 337 prefecture-level units; True adds the county-level units under
        direct administration and the two special administrative regions.

    Returns
    -------
    CityPanel
        `population`, `urban`, `rural` (persons), `household_size` (persons), `sex_ratio`
        (men per 100 women), `share_0_14`, `share_15_59`, `share_60_plus`, `share_65_plus`
        (0 to 1). Cells are `rebased` where the boundary adjustment moved them, `revised` where
        the tabulation replaced a faulty figure, `suspect` where 2010 and 2020 do not compare
        or two official figures disagree; `load_census_flags` gives the reasons.

    Raises
    ------
    DataError
        An embedded table is damaged.

    Notes
    -----
    Xi'an 2010 leaves out the Xixian part that 2020 includes (growth overstated by about
    605,000); Baishan 2020 leaves out a zone that 2010 includes; `urban` and `rural` of Ziyang
    and Shanwei 2010 are on the old boundary; Sansha has no 2010 figure.

    Examples
    --------
    >>> wide = load_census_panel().wide("population")[[2010, 2020]].dropna()
    >>> len(wide), int((wide[2020] < wide[2010]).sum())
    (336, 149)
    """
    frame = stored("census").set_index(["city", "year"])
    status = _statuses(frame, stored("census_status"))
    attributes = load_units()
    if not all_units:
        kept = frame.index.get_level_values("city").isin(attributes.index[attributes["in_337"]])
        frame, status = frame[kept], status[kept]
    return CityPanel(frame, status, attributes, CENSUS_SOURCE)


@lru_cache(maxsize=4)
def _annual(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    tables = [
        stored(name, folder).set_index(["city", "year"])
        for name in ("population", "gdp", "built_up")
    ]
    frame = pd.concat(tables, axis=1).sort_index().astype("float64")
    return frame, _statuses(frame, stored("annual_status", folder))


def _statuses(frame: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Status of every figure: `reported` unless flagged, missing where there is no figure."""
    cells = np.full(frame.shape, None, dtype=object)
    cells[frame.notna().to_numpy()] = "reported"
    flags = flags[flags["status"].notna()]
    rows = frame.index.get_indexer(pd.MultiIndex.from_frame(flags[["city", "year"]]))
    columns = frame.columns.get_indexer(pd.Index(flags["variable"]))
    cells[rows, columns] = flags["status"].to_numpy(dtype=object)
    return pd.DataFrame(cells, index=frame.index, columns=frame.columns)
