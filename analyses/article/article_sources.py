"""The article's table of data: what is measured, where, when, and what to beware of."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from econshrink import CityPanel, load_china
from econshrink.data import (
    flows_installed,
    load_census_2000,
    load_census_age_sex,
    load_census_panel,
    load_flows,
    load_jobs,
    load_price_months,
    load_rd_personnel,
    load_real_estate,
)

SOURCES = Exhibit(
    "article_sources",
    "Data and their sources",
    "article.sources.{row}.{column}",
    (
        Column("label", "Data"),
        Column("years", "Years", align="l"),
        Column("units", "Units", "d", "count", "units"),
        Column("origin", "Published by", align="l"),
        Column("limits", "Main limit", align="l"),
    ),
)
YEARBOOK = "City Statistical Yearbook"


def run(work: Workspace) -> None:
    """Count what the loaders hold."""
    rows = {
        "residents": (
            "Residents, total and urban",
            "2010, 2020",
            len(load_census_panel().wide("population")[[2010, 2020]].dropna()),
            "Census bulletins",
            "on borders of 2020",
        ),
        "ages": (
            "Ages, schooling, industry",
            "2010, 2020",
            _cities(load_census_age_sex()),
            "Census tabulations",
            "borders of each census",
        ),
        "before": (
            "Residents 2000",
            "2000",
            int(load_census_2000()["firm"].sum()),
            "Census tabulation",
            "matched counties only",
        ),
        "annual": _series(load_china(), "population", "Residents, yearly",
                          "Local yearbooks", "smoothed between censuses"),
        "output": _series(load_china(), "gdp_nominal", "Output", "The same yearbooks",
                          "revised; sums exceed the nation"),
        "jobs": _series(load_jobs(), "employees", "Jobs of urban units", YEARBOOK,
                        "formal; new reporting in 2013"),
        "estates": _series(load_real_estate(), "investment", "Real-estate investment", YEARBOOK,
                           "incomplete in 2018 and 2019"),
        "prices": _prices(),
        "area": _series(load_china(), "built_up_km2", "Built-up area", "NASA land cover",
                        "a class that hardly ever falls"),
        "research": _research(),
    }  # fmt: skip
    if flows_installed():
        rows["trips"] = (
            "Trips between cities",
            "2–9 January 2020",
            len(load_flows().cities),
            "Baidu Migration",
            "mobility, not migration",
        )
    frame = pd.DataFrame.from_dict(
        rows, orient="index", columns=["label", "years", "units", "origin", "limits"]
    )
    work.exhibit(
        SOURCES,
        frame,
        (
            "Units: prefecture-level units with a usable value in some year (provinces for "
            "research staff). Survival and fertility by age are those of the United Nations "
            "(2024), national births and deaths those of the National Bureau of Statistics. All "
            "data were taken from published compilations of these sources, checked against the "
            "totals that the sources print; no official page was opened. The supplement lists "
            "compilation, licence and known faults of each table.",
        ),
    )


Line = tuple[str, str, int, str, str]


def _cities(table: pd.DataFrame) -> int:
    return len(set(table["city"]) & set(load_census_panel().cities))


def _series(panel: CityPanel, name: str, label: str, origin: str, limits: str) -> Line:
    held = panel.wide(name)
    years = held.columns[held.notna().any()]
    return (
        label,
        f"{years.min()}–{years.max()}",
        int(held.notna().any(axis=1).sum()),
        origin,
        limits,
    )


def _prices() -> Line:
    table = load_price_months()
    table = table[table["series"] == "second_hand"]
    years = f"{table['year'].min()}–{table['year'].max()}"
    limits = "city districts, matched sample"
    return "Prices of second-hand homes", years, _cities(table), "Statistical bureau", limits


def _research() -> Line:
    table = load_rd_personnel()
    years = f"{table['year'].min()}–{table['year'].max()}"
    count = int(table["province_code"].nunique())
    return "Research staff", years, count, "Science Yearbook", "provinces only"
