"""Loaders of national series: annual figures, mortality, survival and fertility by age."""

from __future__ import annotations

import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.data.china.store import stored

# Persons at the end of each year as first announced, before the census of 2020 rewrote the decade.
# From the statistical bureau's yearly announcements; those of 2011, 2015 to 2019 were read in news
# reports of them, those of 2012 to 2014 are restated from general knowledge.
NATION_AS_ANNOUNCED = {
    2011: 1_347_350_000,
    2012: 1_354_040_000,
    2013: 1_360_720_000,
    2014: 1_367_820_000,
    2015: 1_374_620_000,
    2016: 1_382_710_000,
    2017: 1_390_080_000,
    2018: 1_395_380_000,
    2019: 1_400_050_000,
}
REWRITTEN_IN, FIRST_KNOWN = 2021, 2011  # years whose yearbooks carried a decade back to its census

_PERIOD = ["sex", "year_from", "year_to", "age_from", "age_to"]


def load_national() -> pd.DataFrame:
    """National annual series 2000-2024, each figure with its unit and source.

    Returns
    -------
    DataFrame
        `series`, `year`, `value`, `unit`, `source`; persons, yuan, square metres, rates per
        person and fractions.

    Notes
    -----
    Do not mix the statistical bureau's series with those of the UN: UN births lie 8 to 13
    percent above in 2007-10. Investment in real estate was revised in level, so official growth
    cannot be had from published levels; floor space sold changed its definition in 2005.

    Examples
    --------
    >>> national = load_national().set_index(["series", "year"])["value"]
    >>> float(national["population_year_end", 2024])
    1408280000.0
    """
    return stored("national")


def load_national_ages(series: str | None = None) -> pd.DataFrame:
    """National figures by age: mortality, survival, fertility, population.

    Parameters
    ----------
    series : str, optional
        Keep one series only.

    Returns
    -------
    DataFrame
        `series`, `sex`, `year_from`, `year_to` (equal for single years), `age_from`, `age_to`
        (missing if open), `value`, `unit`, `projection` (bool), `source`.

    Raises
    ------
    DataError
        No such series.

    Examples
    --------
    >>> sorted(load_national_ages()["series"].unique())[:3]
    ['asfr_un_wpp2024', 'census2000_death_rate', 'mx_un_wpp2024']
    """
    table = stored("national_ages").astype({"projection": bool})
    if series is None:
        return table
    known = sorted(table["series"].unique())
    if series not in known:
        expected = f"one of {', '.join(known)}"
        raise DataError(Fault(f"series {series!r}", expected, "Choose one of them."))
    return table[table["series"] == series].reset_index(drop=True)


def load_life_tables() -> pd.DataFrame:
    """Central death rates of China by sex and abridged age, five-year periods 2000-2050.

    Returns
    -------
    DataFrame
        `sex`, `year_from`, `year_to`, `age_from` (0, 1, 5 ... 100), `age_to` (missing for 100
        and over), `mx` (deaths per person-year), `projection` (True from 2020-2025 on).

    Notes
    -----
    United Nations, World Population Prospects 2024 (CC BY 3.0 IGO).

    Examples
    --------
    >>> tables = load_life_tables()
    >>> len(tables), bool((tables["mx"] > 0).all())
    (440, True)
    """
    table = load_national_ages("mx_un_wpp2024")
    return table[[*_PERIOD, "value", "projection"]].rename(columns={"value": "mx"})


def load_survival() -> pd.DataFrame:
    """Five-year survival ratios derived from the death rates of `load_life_tables`.

    Returns
    -------
    DataFrame
        `sex`, `year_from`, `year_to`, `age_from`, `age_to`, `survival`, `projection`. The row
        of ages a to a+4 carries them to the next group; 95 and over carries the last two
        groups to 100 and over; the row with `age_from` -5 and `age_to` -1 carries the births
        of the period to ages 0-4.

    Notes
    -----
    Abridged life table: first year of life after Andreev and Kingkade, 1.5 years lived by those
    who die at 1-4, half the interval to 75-79, constant hazard from 80, 1/m at the open age.
    Carries the age structure of 2010 to 2015 within 0.3 percent up to 75-79.

    Examples
    --------
    >>> survival = load_survival()
    >>> bool(survival["survival"].between(0, 1).all()), len(survival)
    (True, 420)
    """
    births = load_national_ages("survival_birth_to_0_4").assign(age_from=-5, age_to=-1.0)
    table = pd.concat([load_national_ages("survival_5y"), births], ignore_index=True)
    table = table.sort_values(["sex", "year_from", "age_from"], ignore_index=True)
    return table[[*_PERIOD, "value", "projection"]].rename(columns={"value": "survival"})


def load_fertility() -> pd.DataFrame:
    """Births per woman and year in China by five-year age group, 2000-2023.

    Returns
    -------
    DataFrame
        `year`, `age_from` (10 ... 50), `age_to`, `asfr` (births per woman-year); five times
        their sum is the total fertility rate.

    Notes
    -----
    United Nations, World Population Prospects 2024 (CC BY 3.0 IGO).

    Examples
    --------
    >>> fertility = load_fertility()
    >>> round(5 * float(fertility.loc[fertility["year"] == 2023, "asfr"].sum()), 2)
    1.0
    """
    table = load_national_ages("asfr_un_wpp2024").rename(
        columns={"year_from": "year", "value": "asfr"}
    )
    return table[["year", "age_from", "age_to", "asfr"]]


def national_population_known_in(year: int) -> pd.Series:
    """National population at the end of each year since 2000 as it stood in a year.

    Parameters
    ----------
    year : int
        From 2011 on: before, the decade to 2010 stood otherwise.

    Returns
    -------
    Series
        Index year, until the year before; persons. Before 2021 the years from 2011 on are as first
        announced: the census of 2020 found more people, and the decade was then rewritten.

    Raises
    ------
    DataError
        A year before 2011.

    Examples
    --------
    >>> int(national_population_known_in(2020)[2019]), int(national_population_known_in(2021)[2019])
    (1400050000, 1410080000)
    """
    if year < FIRST_KNOWN:
        seen = f"year {year}"
        raise DataError(Fault(seen, f"{FIRST_KNOWN} or later", "Ask for a later vintage."))
    table = stored("national")
    own = table[table["series"] == "population_year_end"].set_index("year")["value"]
    own = own[own.index < year]
    if year < REWRITTEN_IN:
        announced = pd.Series(NATION_AS_ANNOUNCED, dtype=float)
        own = announced[announced.index < year].combine_first(own)
    return own.rename("population").sort_index()
