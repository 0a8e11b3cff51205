"""Boundary crosswalk 2000-2023: units renamed, upgraded, recoded, abolished, founded, enlarged.

The table ``crosswalk.csv`` lists changes approved by the State Council of China and the code
changes they brought in GB/T 2260 (editions 1999 to 2013 and their annual updates). `year` is the
first year in which the new state holds. It names the changes that move a name or a code, and the
transfers of whole counties that move a population by more than rounding; it is not a list of all
changes of boundary.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import pandas as pd

CHANGES = ("renamed", "upgraded", "recoded", "abolished", "established", "transferred")


def load_crosswalk() -> pd.DataFrame:
    """Changes of names, codes and territory, one a row.

    Returns
    -------
    DataFrame
        `kind` (one of `CHANGES`), `year`, `old_code`, `old_name_zh`, `old_name_en`, `new_code`
        (valid in 2020), `new_name_zh`, `note` (for transfers: the territory). For ``abolished``
        old and new code are the unit itself; its successors stand under ``transferred``.

    Examples
    --------
    >>> table = load_crosswalk()
    >>> table.loc[table["old_name_zh"] == "襄樊市", ["kind", "year", "new_name_zh"]].values.tolist()
    [['renamed', 2010, '襄阳市']]
    """
    return _table("crosswalk.csv").astype({"year": int})


def load_county_cities() -> pd.DataFrame:
    """County-level cities since 2002: `code` (GB/T 2260) and `name_zh`.

    The first four digits are those of the prefecture a city belongs to; ``90`` in their place
    means direct administration. Codes given up since are kept, so a city may appear twice.

    Examples
    --------
    >>> cities = load_county_cities()
    >>> cities.loc[cities["name_zh"] == "义乌市", "code"].tolist()
    ['330782']
    """
    return _table("county_cities.csv")


@lru_cache(maxsize=8)
def _read(name: str) -> pd.DataFrame:
    source = files("econshrink.data.yearbook") / name
    with source.open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


def _table(name: str) -> pd.DataFrame:
    return _read(name).copy()
