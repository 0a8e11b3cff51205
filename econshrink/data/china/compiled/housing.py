"""Real-estate investment, sales and prices of the main cities, price indices of 70 cities."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.data.china.compiled.panel import city_panel, table_panel
from econshrink.data.china.compiled.schemas import (
    ESTATE_VARIABLES,
    MAIN_CITY_VARIABLES,
    MONTHS,
)
from econshrink.data.china.store import stored
from econshrink.nouns.panel import CityPanel

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ESTATE_SOURCE = "China City Statistical Yearbook: real-estate development investment"
MAIN_CITY_SOURCE = "National Bureau of Statistics: real estate of the main cities"
PRICE_SOURCE = (
    "National Bureau of Statistics: prices of homes in 70 cities, monthly, here chained and yearly"
)
FIRST_LEVEL = 2011  # year in which survey and method of the second-hand index changed


def load_real_estate(*, all_units: bool = False) -> CityPanel:
    """Real-estate development investment by city, in all and residential, 2000-2019.

    Parameters
    ----------
    all_units : bool
        True adds Chaohu and Laiwu.

    Returns
    -------
    CityPanel
        `investment` (2000-2019) and `residential` (2002-2019) in yuan at current prices.
        Midpoints of the neighbouring years are `interpolated`; levels, spikes, a residential
        part above the whole and **every cell of 2018 and 2019**, when the source is incomplete,
        are `suspect`; Hainan Prefecture of Qinghai (632500) holds figures of Hainan Province and
        is `wrong_concept`.

    Raises
    ------
    DataError
        The embedded table is damaged.

    Notes
    -----
    Beijing has no figure of 2019. A regressor made of a level and its growth can be a level in
    disguise: write two levels. `load_compiled_flags` gives the reasons.

    Examples
    --------
    >>> estates = load_real_estate()
    >>> float(estates.frame.loc[("110000", 2000), "investment"])
    52207370000.0
    >>> estates.wide_status("investment").loc["632500", 2010]
    'wrong_concept'
    """
    return table_panel("real_estate", ESTATE_VARIABLES, ESTATE_SOURCE, all_units=all_units)


def load_main_cities() -> CityPanel:
    """Investment, floor space sold and mean prices of 35 main cities, 2006-2024, and Lhasa 2016.

    Returns
    -------
    CityPanel
        `investment` (yuan), `floor_space_sold` and `floor_space_sold_residential` (square
        metres), `mean_price` and `mean_price_residential` (yuan a square metre: sales value over
        floor space). Spikes and exact repeats are `suspect`.

    Raises
    ------
    DataError
        The embedded table is damaged.

    Notes
    -----
    A mean price mixes change of price with change of place and quality: for prices proper see
    `load_prices`. National investment of 2023 and 2024 is on a revised base, these levels
    apparently are not. In 19 rows (Lanzhou 2012-15 among them) investment differs by more than 5
    percent from `load_real_estate`: ``in_real_estate_annual`` among the reasons.

    Examples
    --------
    >>> main = load_main_cities()
    >>> len(main.cities), main.years[0], main.years[-1]
    (36, 2006, 2024)
    >>> float(main.frame.loc[("110000", 2006), "mean_price"])
    8279.5
    """
    return table_panel("main_cities", MAIN_CITY_VARIABLES, MAIN_CITY_SOURCE, all_units=False)


def load_price_months() -> pd.DataFrame:
    """Monthly price indices of 70 cities as published: second-hand 2006-2026, new 2018-2025.

    Returns
    -------
    DataFrame
        `place` (Chinese name), `city` (code; missing for Dali, a county-level city), `series`,
        `year`, `month`, `on_month` (the month before = 1), `on_year` (the same month a year
        before = 1, missing in ``second_hand``) and `reason` (of the year's row). Series:
        ``second_hand`` (2006-01 to 2026-01, the bureau's data service), ``new`` (2018-02 to
        2025-12) and ``second_hand_release`` (2018-03 to 2025-12), both from the monthly release;
        January 2024 and 2025 of the release hold 35 cities only.

    Notes
    -----
    Matched samples of homes in city districts: smooth, and no levels. Survey and method of the
    second-hand index changed in January 2011; before, the index is noisy and its 126 moves of
    more than 3 percent are ``early_jump`` in `reason` (the booms of Haikou and Sanya in January
    2010 among them). In 2012 a quarter of the months stand at exactly 1. Lhasa is not surveyed.
    The release's fixed-base index is not kept: it breaks in three cities, and the month index
    gives it.

    Examples
    --------
    >>> months = load_price_months()
    >>> one = months[(months["city"] == "110000") & (months["series"] == "second_hand")]
    >>> one[["year", "month", "on_month"]].iloc[0].tolist()
    [2006.0, 2.0, 1.023]
    """
    table = stored("price_months")
    rows = table[["place", "city", "series", "year"]].loc[table.index.repeat(len(MONTHS))]
    rows = rows.reset_index(drop=True).assign(
        month=np.tile(np.arange(1, len(MONTHS) + 1), len(table)),
        on_month=table[[f"month_{m}" for m in MONTHS]].to_numpy().ravel(),
        on_year=table[[f"year_{m}" for m in MONTHS]].to_numpy().ravel(),
        reason=table["reason"].repeat(len(MONTHS)).to_numpy(),
    )
    there = rows["on_month"].notna() | rows["on_year"].notna()
    return rows[there].reset_index(drop=True)


def load_prices() -> CityPanel:
    """Yearly price indices of homes, second-hand 2007-2025 and new 2018-2025, of 69 cities.

    Returns
    -------
    CityPanel
        For ``second_hand`` and ``new``, yearly from the monthly index by a stated rule:

        - ``<series>_growth``: December on December before, the product of twelve month indices
          (1.05 is a rise of 5 percent); second-hand from 2007, new from 2019;
        - ``<series>_mean``: mean over the year's twelve months of the chained level;
        - ``<series>_december``: that level in December.

        Levels have a base: second-hand December 2010 = 1, from 2011 on; new homes January 2018 =
        1. A year needs all its twelve months, so that 2006 and 2026 are absent.

    Raises
    ------
    DataError
        The embedded table is damaged.

    Notes
    -----
    Second-hand levels are not carried across January 2011, when survey and method changed; growth
    within a year is given on either side. Years before 2011 with a monthly move of more than 3
    percent are `suspect`. Where the release lacks January 2024 or 2025 (new homes, 35 cities) the
    level of February is that of February a year before times the printed year index, and the
    level of January follows from the month index of February; cells that rest on it are
    `estimated`. An index has no level across cities: compare changes, never two cities' levels.
    Dali, a county-level city, is in `load_price_months` only.

    Examples
    --------
    >>> prices = load_prices()
    >>> len(prices.cities), prices.years[0], prices.years[-1]
    (69, 2007, 2025)
    >>> round(float(prices.frame.loc[("110000", 2016), "second_hand_growth"]), 3)
    1.367
    """
    table = stored("price_months")
    table = table[table["city"].notna()]
    frames, statuses = [], []
    for series, base in (("second_hand", (2010, 12)), ("new", (2018, 1))):
        for city, own in table[table["series"] == series].groupby("city"):
            values, status = _yearly(own, base)
            frames.append(_keyed(str(city), series, values))
            statuses.append(_keyed(str(city), series, status))
    frame, status = (_side_by_side(parts) for parts in (frames, statuses))
    return city_panel(frame.astype("float64"), status, PRICE_SOURCE, all_units=True)


def _yearly(own: pd.DataFrame, base: tuple[int, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Yearly figures of one city and series, and their statuses."""
    own = own.set_index("year").sort_index()
    years = own.index.to_numpy()
    month = own[[f"month_{m}" for m in MONTHS]].to_numpy(dtype=np.float64).ravel()
    year = own[[f"year_{m}" for m in MONTHS]].to_numpy(dtype=np.float64).ravel()
    start = (base[0] - int(years[0])) * len(MONTHS) + base[1] - 1
    level, bridged = chained(month, year, start)
    levels, bridges = level.reshape(len(years), -1), bridged.reshape(len(years), -1).any(axis=1)
    december = levels[:, -1]
    growth = np.prod(own[[f"month_{m}" for m in MONTHS]].to_numpy(dtype=np.float64), axis=1)
    carried = december / np.concatenate([[np.nan], december[:-1]])
    growth = np.where(np.isfinite(growth), growth, carried)
    mean = levels.mean(axis=1)
    mean[years < base[0] + (base[1] == len(MONTHS))] = np.nan
    december = np.where(np.isfinite(mean), december, np.nan)
    values = pd.DataFrame({"growth": growth, "mean": mean, "december": december}, index=years)
    jumps = own["reason"].fillna("").str.contains("early_jump").to_numpy()
    given = np.where(bridges, "estimated", np.where(jumps, "suspect", "reported"))
    there = values.notna().to_numpy()
    cells = np.repeat(given.astype(object)[:, None], there.shape[1], axis=1)
    cells[~there] = None
    return values, pd.DataFrame(cells, index=years, columns=values.columns)


def chained(month: Floats, year: Floats, start: int) -> tuple[Floats, Mask]:
    """Level of every month from month-on-month factors, 1 in month `start`.

    A missing month is bridged by the year-on-year factor of the month after it. Returns the
    levels (missing before `start` and after a gap that cannot be bridged) and which are bridged.
    """
    level = np.full(month.shape, np.nan)
    bridged = np.zeros(month.shape, dtype=bool)
    level[start] = 1.0
    for t in range(start + 1, len(month)):
        if np.isfinite(month[t]):
            level[t] = level[t - 1] * month[t]
        elif t + 1 < len(month) and t - 11 >= start and np.isfinite(month[t + 1] * year[t + 1]):
            level[t] = level[t - 11] * year[t + 1] / month[t + 1]
            bridged[t] = np.isfinite(level[t])
    return level, bridged


def _keyed(city: str, series: str, values: pd.DataFrame) -> pd.DataFrame:
    names: Mapping[str, str] = {name: f"{series}_{name}" for name in values.columns}
    index = pd.MultiIndex.from_product([[city], values.index], names=["city", "year"])
    return values.rename(columns=names).set_axis(index, axis=0)


def _side_by_side(parts: list[pd.DataFrame]) -> pd.DataFrame:
    series: dict[str, list[pd.DataFrame]] = {}
    for part in parts:
        series.setdefault(str(part.columns[0]), []).append(part)
    return pd.concat([pd.concat(own) for own in series.values()], axis=1).sort_index()
