"""From the collected public figures to the tables of this package: exact text arithmetic only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from econshrink.data.china.schemas import (
    AGE_COLUMNS,
    AGES,
    CENSUS_VARIABLES,
    PROFILE_COLUMNS,
    SCHEMAS,
)
from tools.china.cells import Rows, city_year, flagged, scaled
from tools.china.reshape_annual import (
    change_rows,
    gdp_flags,
    gdp_rows,
    merge_2023,
    population_flags,
    sector_flags,
)
from tools.china.reshape_compiled import compiled
from tools.china.statuses import (
    census_statuses,
    unmapped,
)

# unit in the source -> (unit here, power of ten)
UNITS = {
    "per_mille": ("per_person", -3),
    "percent": ("fraction", -2),
    "10k_persons": ("persons", 4),
    "thousand": ("persons", 3),
    "persons_thousand_1_July": ("persons", 3),
    "100m_yuan": ("yuan", 8),
    "10k_sqm": ("square_metres", 4),
    "yuan_per_sqm": ("yuan_per_square_metre", 0),
    "births per 1000 women (=pASFR/100*TFR/5*1000)": ("births_per_woman_year", -3),
    "deaths per person-year, 5-year period": ("deaths_per_person_year", 0),
    "index": ("index_2000_100", 0),
    "years": ("years", 0),
    "male_per_female": ("male_per_female", 0),
    "children_per_woman": ("children_per_woman", 0),
    "persons_in_10pct_long_form": ("persons_in_long_form", 0),
    "ratio: next group / this group": ("ratio", 0),
    "ratio: 100+ / (95-99 and 100+)": ("ratio", 0),
    "ratio: L(0-4)/(5 x l0)": ("ratio", 0),
}
_PROFILE_POWERS = {
    "minority_share": -2,
    "nonagricultural_hukou_share": -2,
    "birth_rate": -3,
    "death_rate": -3,
    "natural_growth_rate": -3,
}


def reshape(folder: Path) -> dict[str, Rows]:
    """All tables of the package (except the fingerprints) from a folder of source files.

    Parameters
    ----------
    folder : Path
        Folder of the collected CSV files and the polygons.

    Returns
    -------
    dict of str to list of dict
        For every table its rows, cells as text, sorted by key.

    Raises
    ------
    DataError
        A flag, remark, unit or column that the recorded mappings do not know.
    """

    def read(name: str) -> Rows:
        frame = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        return frame.to_dict("records")  # type: ignore[return-value]

    population = merge_2023(read("population_annual.csv"), read("population_2023.csv"))
    gdp = read("gdp_annual.csv")
    sectors, changes = read("gdp_sector_annual.csv"), read("boundary_changes.csv")
    census = read("census_population.csv")
    geometry = json.loads((folder / "boundaries.geojson").read_text(encoding="utf-8"))
    tables = {
        "units": [_unit(row) for row in read("units.csv")],
        "population": [
            city_year(row) | {"population": scaled(row["population_10k"], 4)} for row in population
        ],
        "gdp": gdp_rows(gdp, sectors),
        "built_up": [
            city_year(row) | {"built_up_km2": scaled(row["built_up_km2"])}
            for row in read("built_up_annual.csv")
        ],
        "annual_status": [
            *population_flags(population),
            *gdp_flags(gdp),
            *sector_flags(sectors),
        ],
        "census": [_census(row) for row in census],
        "census_status": _census_status(census, changes),
        "census_profile": [_profile(row) for row in read("census_profile.csv")],
        "census_age_sex": _ages(read("census_age_sex.csv")),
        "boundary_changes": change_rows(changes, population),
        "adjacency": [
            {"city_a": row["unit_a"], "city_b": row["unit_b"]} for row in read("adjacency.csv")
        ],
        "boundaries": _boundaries(geometry),
        "national": [_national(row) for row in read("national_annual.csv")],
        "national_ages": [_national_age(row) for row in read("national_age_specific.csv")],
    }
    tables |= compiled(read, tables["units"])
    return {name: sort_rows(name, rows) for name, rows in tables.items()}


def sort_rows(name: str, rows: Rows) -> Rows:
    """Rows in the order of the table's key; whole numbers compare as numbers."""

    def place(row: Mapping[str, str]) -> tuple[str | int, ...]:
        return tuple(
            int(row[column]) if row[column].isdigit() and column != "city" else row[column]
            for column in SCHEMAS[name].key
        )

    return sorted(rows, key=place)


def _unit(row: Mapping[str, str]) -> dict[str, str]:
    return {
        "city": row["unit_code"],
        "name_en": row["name_en"],
        "name_zh": row["name_zh"],
        "province": row["province_en"],
        "province_zh": row["province_zh"],
        "region": row["region"],
        "kind": row["kind"],
        "resource_stage": row["resource_stage"] or "none",
        **{name: row[name] for name in ("in_337", "in_bth", "valid_2020")},
        **{name: scaled(row[name]) for name in ("lon", "lat", "land_area_km2")},
    }


def _census(row: Mapping[str, str]) -> dict[str, str]:
    powers = {name: -2 if name.startswith("share_") else 0 for name in CENSUS_VARIABLES}
    return city_year(row) | {name: scaled(row[name], power) for name, power in powers.items()}


def _census_status(census: Rows, changes: Rows) -> Rows:
    moved = {
        (row["unit_code"], year)
        for row in changes
        for year in ("2010", "2020")
        if row["class"] == "boundary"
        and row[f"population_{year}_yearbook"]
        and row[f"population_{year}_adjusted"]
        and row[f"population_{year}_yearbook"] != row[f"population_{year}_adjusted"]
    }
    rows = []
    for row in census:
        found = census_statuses(row["note"])
        if (row["unit_code"], row["year"]) in moved and "population" not in found:
            for name in ("population", "urban", "rural"):
                found.setdefault(name, ("rebased", "boundary_of_2020"))
        for name, (status, reason) in found.items():
            if (row[name] == "") == bool(status):
                continue  # remark on a figure that is absent, or absence of one that is there
            rows.append(flagged(row, name, status, reason))
    return rows


def _profile(row: Mapping[str, str]) -> dict[str, str]:
    cells = {name: scaled(row[name], _PROFILE_POWERS.get(name, 0)) for name in PROFILE_COLUMNS}
    unused = row.keys() - cells.keys() - {"unit_code", "year"}
    if unused:
        raise unmapped(f"columns of the tabulation without a place: {sorted(unused)}")
    return city_year(row) | cells


def _ages(rows: Rows) -> Rows:
    wide: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows:
        key = (row["unit_code"], row["year"], row["sex"])
        cells = wide.setdefault(key, city_year(row) | {"sex": row["sex"]})
        cells[f"age_{row['age_from']}"] = row["population"]
    incomplete = [key for key, cells in wide.items() if not set(AGE_COLUMNS) <= cells.keys()]
    if incomplete or len(rows) != len(wide) * len(AGES):
        raise unmapped(f"age groups missing or superfluous: {incomplete[:5]}")
    order = ("city", "year", "sex", *AGE_COLUMNS)
    return [{name: cells[name] for name in order} for cells in wide.values()]


def _boundaries(geometry: Mapping[str, list[dict[str, dict[str, object]]]]) -> Rows:
    rows = []
    for feature in geometry["features"]:
        shape = feature["geometry"]
        parts: list[list[list[list[float]]]] = (
            [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]  # type: ignore[assignment,list-item]
        )
        rings = [(ring, place > 0) for part in parts for place, ring in enumerate(part)]
        rows += [
            {
                "city": str(feature["properties"]["unit_code"]),
                "ring": str(number),
                "hole": str(int(hole)),
                "path": _path(np.asarray(ring), hole),
            }
            for number, (ring, hole) in enumerate(rings)
        ]
    return rows


def _path(ring: np.ndarray, hole: bool) -> str:
    """Thousandths of a degree, first point then steps; outer rings counter-clockwise."""
    points = np.rint(ring * 1000).astype(int)
    x, y = points.T
    if (np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) < 0) != hole:
        points = points[::-1]
    steps = np.vstack([points[:1], np.diff(points, axis=0)])[:-1]  # closing step is implied
    return " ".join(map(str, steps.ravel()))


def _unit_here(unit: str) -> tuple[str, int]:
    if unit not in UNITS:
        raise unmapped(f"unknown unit {unit!r}")
    return UNITS[unit]


def _national(row: Mapping[str, str]) -> dict[str, str]:
    unit, power = _unit_here(row["unit"])
    return {
        "series": row["series"],
        "year": row["year"],
        "value": scaled(row["value"], power),
        "unit": unit,
        "source": row["source"],
    }


def _national_age(row: Mapping[str, str]) -> dict[str, str]:
    projection = "(projection)" in row["unit"] + row["source"]
    unit, power = _unit_here(row["unit"].replace(" (projection)", ""))
    if row["unit"] == "per_mille":
        unit = "deaths_per_person_year"
    years = row["year"].split("-")
    return {
        "series": row["series"],
        "sex": row["sex"],
        "year_from": years[0],
        "year_to": years[-1],
        "age_from": row["age_from"],
        "age_to": scaled(row["age_to"]),
        "value": scaled(row["value"], power),
        "unit": unit,
        "projection": str(int(projection)),
        "source": row["source"].replace(" (projection)", ""),
    }
