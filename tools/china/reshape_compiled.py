"""Jobs, housing, births, research staff, flows and lists from the collected figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from econshrink.data.china.compiled.schemas import (
    CENSUS_2000_COUNTS,
    EVERY,
    JOB_VARIABLES,
    MONTHS,
    RD_KINDS,
    SECTORS,
)
from tools.china.cells import Rows, city_year, flagged, scaled
from tools.china.statuses import EMPLOYEES_OF_ANOTHER_CONCEPT, unmapped

Read = Callable[[str], Rows]
Row = Mapping[str, str]

# variable here -> (column of figures, power of ten, column of statuses, prefix of its reasons)
JOBS = {
    "employees": ("employees_urban_units_10k", 4, "employees"),
    "private_self_employed": ("private_self_employed_10k", 4, "private"),
    "registered_unemployed": ("registered_unemployed_persons", 0, "unemployed"),
    "mean_wage": ("mean_wage_yuan", 0, "wage"),
}
ESTATES = {
    "investment": ("investment_100m_yuan", 8, "total"),
    "residential": ("residential_100m_yuan", 8, "residential"),
}
MAIN_CITIES = {
    "investment": ("investment_100m_yuan", 8, "investment"),
    "floor_space_sold": ("floor_space_sold_10k_m2", 4, "floor_space_sold"),
    "mean_price": ("mean_price_yuan_per_m2", 0, "mean_price"),
    "floor_space_sold_residential": (
        "floor_space_sold_residential_10k_m2",
        4,
        "floor_space_sold_residential",
    ),
    "mean_price_residential": (
        "mean_price_residential_yuan_per_m2",
        0,
        "mean_price_residential",
    ),
}
BIRTHS = {
    "births_registered": ("births_registered_persons", 0, "births"),
    "deaths_registered": ("deaths_registered_persons", 0, "deaths"),
    "primary_pupils": ("primary_pupils_10k", 4, "primary"),
    "middle_school_pupils": ("middle_school_pupils_10k", 4, "middle"),
}
_WRONG_UNIT = "wrong_unit("


def compiled(read: Read, units: Rows) -> dict[str, Rows]:
    """The compiled tables and the flags of their cells.

    Parameters
    ----------
    read : callable
        Name of a source file -> its rows.
    units : list of dict
        The table of units of this package, for the names of provinces.
    """
    jobs, sectors = read("jobs_annual.csv"), read("jobs_sector_annual.csv")
    estates, main = read("real_estate_annual.csv"), read("main_city_real_estate_annual.csv")
    births, policy = read("births_pupils_annual.csv"), read("policy_dates.csv")
    return {
        "jobs": [
            city_year(row)
            | {"segment": row["segment"]}
            | _figures(row, JOBS)
            | {f"{name}_source": row[f"{JOBS[name][2]}_source"] for name in JOB_VARIABLES}
            for row in jobs
        ],
        "job_sectors": [_sectors(row) for row in sectors],
        "real_estate": [city_year(row) | _figures(row, ESTATES) for row in estates],
        "main_cities": [city_year(row) | _figures(row, MAIN_CITIES) for row in main],
        "price_months": price_months(
            read("house_price_index_monthly.csv"), read("second_hand_price_index_monthly.csv")
        ),
        "births": [
            city_year(row)
            | _figures(row, BIRTHS)
            | {"pupils_rounded": row["pupils_rounded_to_10k"]}
            for row in births
        ],
        "census_2000": [_census_2000(row) for row in read("census_2000.csv")],
        "population_2023": [_population_2023(row) for row in read("population_2023.csv")],
        "rd_personnel": rd_rows(read("province_rd_fte.csv"), units),
        "flows": [
            {
                "origin": row["origin"],
                "destination": row["destination"],
                "index": scaled(row["mean_daily_index"]),
            }
            for row in read("flows_bth_2020_01.csv")
        ],
        "flow_totals": [_flow_totals(row) for row in read("flows_bth_totals_2020_01.csv")],
        "policy_dates": [_policy(row) for row in policy if row["confirmed"] == "1"],
        "policy_unconfirmed": [
            {"policy": policy, "city": city} for policy, city in sorted(unconfirmed(policy))
        ],
        "published_lists": [_published(row) for row in read("published_lists.csv")],
        "compiled_status": [
            *_in_table("jobs", job_flags(jobs)),
            *_in_table("job_sectors", sector_flags(sectors)),
            *_in_table("real_estate", estate_flags(estates)),
            *_in_table("main_cities", main_city_flags(main)),
            *_in_table("births", birth_flags(births)),
        ],
    }


def job_flags(rows: Rows) -> Iterator[dict[str, str]]:
    """Cells of employment that are not plainly reported; concept breaks are named as such."""
    for row in rows:
        for name, reason in _reasons(row, JOBS).items():
            status = row[f"{JOBS[name][2]}_status"]
            if name == "employees" and _other_concept(row, status):
                status = "wrong_concept"
            yield from _flag(row, name, status, reason)


def sector_flags(rows: Rows) -> Iterator[dict[str, str]]:
    """Rows of sectors that are not plainly reported, and single sectors that spike."""
    for row in rows:
        status = "wrong_concept" if _other_concept(row, row["status"]) else row["status"]
        of_one = {
            name: [part for part in _parts(row) if part.startswith(f"{name}_spike(")]
            for name in SECTORS
        }
        rest = [p for p in _parts(row) if not any(p in parts for parts in of_one.values())]
        yield from _flag(row, EVERY, status, "; ".join(rest))
        for name, parts in of_one.items():
            if parts:
                yield from _flag(row, name, status, "; ".join([*parts, *rest]))


def estate_flags(rows: Rows) -> Iterator[dict[str, str]]:
    """Cells of investment that are not plainly reported; another unit's figures are no figures."""
    for row in rows:
        parts = [part for part in _parts(row) if part.startswith(_WRONG_UNIT)]
        own = dict(row) | {"reason": "; ".join(p for p in _parts(row) if p not in parts)}
        for name, reason in _reasons(own, ESTATES).items():
            status = row[f"{name}_status"]
            why = "; ".join(filter(None, [*parts, reason]))
            yield from _flag(row, name, "wrong_concept" if parts and status else status, why)


def main_city_flags(rows: Rows) -> Iterator[dict[str, str]]:
    """Cells of the main cities that a rule names, or in which two sources differ."""
    for row in rows:
        suspect = False
        for name, reason in _reasons(row, MAIN_CITIES).items():
            two_sources = reason.startswith("investment_in_real_estate_annual(")
            status = "suspect" if reason and not two_sources else "reported"
            suspect |= status == "suspect"
            yield from _flag(row, name, status, reason)
        if suspect != (row["status"] == "suspect"):
            raise unmapped(f"main city {row['unit_code']} {row['year']}: {row['reason']!r}")


def birth_flags(rows: Rows) -> Iterator[dict[str, str]]:
    """Cells of births, deaths and pupils that are not plainly reported."""
    for row in rows:
        for name, reason in _reasons(row, BIRTHS).items():
            yield from _flag(row, name, row[f"{BIRTHS[name][2]}_status"], reason)


def price_months(release: Rows, service: Rows) -> Rows:
    """Month indices of a place, series and year side by side, as factors.

    The fixed-base index of the release is left out: the month indices give it.
    """
    wide: dict[tuple[str, str, str], dict[str, str]] = {}

    def row_of(row: Row, series: str) -> tuple[dict[str, str], str]:
        year, month = row["month"].split("-")
        empty = {f"{kind}_{m}": "" for kind in ("month", "year") for m in MONTHS}
        key = {"place": row["city_zh"], "series": series, "year": year, "city": row["unit_code"]}
        cells = wide.setdefault((row["city_zh"], series, year), key | empty | {"reason": ""})
        if row["reason"]:
            parts = [f"{part} in {month}" for part in _parts(row)]
            cells["reason"] = "; ".join([*filter(None, [cells["reason"]]), *parts])
        return cells, month

    for row in release:
        series = {"new": "new", "second_hand": "second_hand_release"}[row["kind"]]
        cells, month = row_of(row, series)
        cells[f"month_{month}"] = scaled(row["index_previous_month_100"], -2)
        cells[f"year_{month}"] = scaled(row["index_same_month_last_year_100"], -2)
    for row in service:
        cells, month = row_of(row, "second_hand")
        cells[f"month_{month}"] = scaled(row["index_previous_month_100"], -2)
    return list(wide.values())


def rd_rows(rows: Rows, units: Rows) -> Rows:
    """Research personnel by province, in person-years, with the English name of the province."""
    names = {row["city"][:2]: row["province"] for row in units}
    columns = {
        "personnel": "rd_personnel_fte",
        "researchers": "researchers_fte",
        **{kind: f"{kind}_fte" for kind in RD_KINDS},
    }
    return [
        {
            "province_code": row["province_code"],
            "year": row["year"],
            "province": names[row["province_code"][:2]],
            **{name: scaled(row[column]) for name, column in columns.items()},
            "status": "suspect" if "parts_miss_total" in row["reason"] else "reported",
            "reason": row["reason"],
        }
        for row in rows
    ]


def unconfirmed(policy: Rows) -> set[tuple[str, str]]:
    """Policy and unit of entries that no document confirmed, unless another entry of it did."""
    entries = {(row["policy"], row["unit_code"]) for row in policy}
    return entries - {(r["policy"], r["unit_code"]) for r in policy if r["confirmed"] == "1"}


def _figures(row: Row, columns: Mapping[str, tuple[str, int, str]]) -> dict[str, str]:
    return {name: scaled(row[column], power) for name, (column, power, _) in columns.items()}


def _sectors(row: Row) -> dict[str, str]:
    cells = {name: scaled(row[f"{name}_10k"], 4) for name in SECTORS}
    rest = {"total": scaled(row["total_10k"], 4), "source": row["source"]}
    return city_year(row) | {"segment": row["segment"]} | cells | rest


def _census_2000(row: Row) -> dict[str, str]:
    counts = {name: row[name] for name in CENSUS_2000_COUNTS}
    rest = {
        "share_assigned_by_sibling": scaled(row["share_assigned_by_sibling"]),
        "firm": row["firm"],
        "reason": row["reason"],
    }
    return {"city": row["unit_code"]} | counts | rest


def _population_2023(row: Row) -> dict[str, str]:
    names = ("population_2020", "population_2023", "urban_2023")
    figures = {name: scaled(row[f"{name}_10k"], 4) for name in names}
    return figures | {
        "city": row["unit_code"],
        "status": row["status"],
        "urban_status": row["urban_status"],
        "reason": row["reason"],
    }


def _flow_totals(row: Row) -> dict[str, str]:
    cells = {"city": row["unit_code"]}
    for part, name in (("total", "total"), ("within", "within_bth"), ("rest", "rest")):
        cells |= {f"{way}_{part}": scaled(row[f"{way}_index_{name}"]) for way in ("out", "in")}
    shares = ("named_destinations", "named_origins")
    return cells | {name: scaled(row[f"{name}_percent"], -2) for name in shares}


def _policy(row: Row) -> dict[str, str]:
    same = ("policy", "batch", "listed_as", "date", "first_entry", "source")
    own = {"city": row["unit_code"], "read_in": row["confirmed_how"]}
    return own | {name: row[name] for name in same}


def _published(row: Row) -> dict[str, str]:
    same = ("list", "ever_depopulating", "status", "reason")
    growth = scaled(row["percent_change_2010_2020"], -2)
    own = {"city": row["unit_code"], "growth_2010_2020": growth}
    return own | {name: row[name] for name in same}


def _parts(row: Row) -> list[str]:
    return [part for part in row["reason"].split("; ") if part]


def _reasons(row: Row, columns: Mapping[str, tuple[str, int, str]]) -> dict[str, str]:
    """Reason of each variable: a part goes to the longest prefix it begins with."""
    prefixes = {prefix: name for name, (_, _, prefix) in columns.items()}
    longest = "|".join(sorted(map(re.escape, prefixes), key=len, reverse=True))
    found: dict[str, list[str]] = {name: [] for name in columns}
    for part in _parts(row):
        match = re.match(rf"({longest})_(.+)", part)
        if match is None:
            raise unmapped(f"reason {part!r} of {row['unit_code']} {row['year']}")
        whole = match[2].startswith("in_real_estate_annual")  # names a table of the compilation
        found[prefixes[match[1]]].append(part if whole else match[2])
    return {name: "; ".join(parts) for name, parts in found.items()}


def _other_concept(row: Row, status: str) -> bool:
    years = EMPLOYEES_OF_ANOTHER_CONCEPT.get(row["unit_code"], ())
    if int(row["year"]) not in years:
        return False
    if status == "reported":
        raise unmapped(f"{row['unit_code']} {row['year']}: another concept, yet unflagged")
    return status == "suspect"


def _flag(row: Row, variable: str, status: str, reason: str) -> Iterator[dict[str, str]]:
    if reason or status not in {"", "reported"}:
        yield flagged(row, variable, status, reason)


def _in_table(name: str, flags: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    for row in flags:
        yield row | {"table": name}
