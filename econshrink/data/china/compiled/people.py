"""Births and pupils, the census of 2000 on today's units, research staff of the provinces."""

from __future__ import annotations

import pandas as pd

from econshrink.data.china.compiled.panel import table_panel
from econshrink.data.china.compiled.schemas import BIRTH_VARIABLES
from econshrink.data.china.store import stored
from econshrink.nouns.panel import CityPanel

BIRTH_SOURCE = "China City Statistical Yearbook: registered births and deaths, pupils"


def load_births() -> CityPanel:
    """Registered births and deaths 2017-2019 and pupils 2013-2022 by city.

    Returns
    -------
    CityPanel
        `births_registered`, `deaths_registered`: persons of the **registered (hukou)**
        population, by place of registration and not of residence, 2017-2019; `primary_pupils`,
        `middle_school_pupils` (junior and senior secondary): pupils where they attend, 2013-2022;
        `pupils_rounded`: 1 from 2016 on, when pupils are printed in units of 10,000.

    Raises
    ------
    DataError
        The embedded table is damaged.

    Notes
    -----
    All births and deaths of 2017 are `suspect` (the register was cleaned: deaths stand at twice
    the later level). That births less deaths meet the printed natural growth shows only that the
    three were typed together. Rounding makes 130 units repeat a figure of the year before, and 3
    may mean 2.5 to 3.4. Growth of pupils contains migration: an outcome, never a regressor.

    Examples
    --------
    >>> births = load_births()
    >>> set(births.wide_status("births_registered")[2017].dropna())
    {'suspect'}
    """
    variables = (*BIRTH_VARIABLES, "pupils_rounded")
    return table_panel("births", variables, BIRTH_SOURCE, all_units=False)


def load_census_2000() -> pd.DataFrame:
    """Census of 2000 (short form): counties added up on the units of 2020.

    Returns
    -------
    DataFrame
        `city` (360 units, the 337 among them); counts of persons and households: `population`,
        `male`, `female`, `households`, `family_households`, `family_household_population`,
        `migrants` and their origin (`migrants_same_county`, `migrants_same_province`,
        `migrants_other_province`), `hukou_agricultural`, `hukou_nonagricultural`;
        `share_assigned_by_sibling`, the share of persons in counties whose code no longer exists
        and that were placed with most of their old prefecture; `firm` (bool), True for the 249
        units of the 337 with less than two percent so placed and no boundary change 2010-20;
        `reason`.

    Notes
    -----
    Use `firm` units for change. Servicemen are in no county. Migrants of 2000 and 2010 are
    defined differently. The sex ratio of 2000 follows that of 2010 only loosely (women in factory
    cities). ``annual_2000_differs`` marks the annual series of the unit, often registered
    population. The county table is the attribute table of a map whose maker is not named.

    Examples
    --------
    >>> census = load_census_2000()
    >>> int(census["population"].sum()), int(census["firm"].sum())
    (1242612226, 249)
    """
    return stored("census_2000").astype({"firm": bool})


def load_population_2023() -> pd.DataFrame:
    """Resident population at the end of 2023 and 2020, one source, 333 prefecture-level units.

    Returns
    -------
    DataFrame
        `city` (the 337 without the four municipalities, which are in `load_china`),
        `population_2020`, `population_2023`, `status`; `urban_2023`, `urban_status`; `reason`.

    Notes
    -----
    Both years come from the provincial yearbooks of 2024, so that their difference is of one
    source; 39 of the units have no other annual figure. Fushun's 2020 contradicts the census
    (`suspect`). Tonghua is without Meihekou, Baoding with Dingzhou and Xiongan, Danzhou with
    Yangpu, each in both years: compare them with themselves only. `urban_2023` is `suspect` in
    13 units, in eight because urban and rural add up to the registered population.

    Examples
    --------
    >>> late = load_population_2023()
    >>> change = late["population_2023"] / late["population_2020"] - 1
    >>> len(late), int((change[late["status"] == "reported"] < 0).sum())
    (333, 204)
    """
    return stored("population_2023")


def load_rd_personnel() -> pd.DataFrame:
    """Research and development personnel by province, 2010-2023, in person-years.

    Returns
    -------
    DataFrame
        `province_code` (two digits and four zeros), `province`, `year`; full-time equivalents:
        `personnel`, `researchers`, `basic_research`, `applied_research`,
        `experimental_development`; `status`, `reason`.

    Notes
    -----
    Five provinces move by 20 to 38 percent in 2018 (``jump``), cause unknown. The three kinds miss
    the personnel of Sichuan 2011 by 204 (`suspect`), and in 2022 one province's applied research
    and experimental development are misprinted by some 450 person-years, which one is not known.

    Examples
    --------
    >>> staff = load_rd_personnel().pivot(index="year", columns="province", values="personnel")
    >>> region = staff[["Beijing", "Tianjin", "Hebei"]].sum(axis=1)
    >>> int(region[2014]), int(region[2023])
    (459665, 690262)
    """
    return stored("rd_personnel")
