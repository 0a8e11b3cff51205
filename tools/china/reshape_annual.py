"""Annual figures: GDP, statuses and boundary steps from the collected public figures."""

from __future__ import annotations

from collections.abc import Iterable

from tools.china.cells import Rows, city_year, flagged, scaled
from tools.china.statuses import nominal_status, population_status, unmapped

LATE_YEAR = "2023"


def gdp_rows(gdp: Rows, sectors: Rows) -> Rows:
    """GDP and its sectors side by side, in yuan and as growth factors."""
    parts = ("primary", "secondary", "tertiary")
    by_key = {(row["unit_code"], row["year"]): row for row in sectors}
    known = {(row["unit_code"], row["year"]) for row in gdp}
    if not by_key.keys() <= known:
        raise unmapped(f"sectors without GDP: {sorted(by_key.keys() - known)[:5]}")
    rows = []
    for row in gdp:
        sector = by_key.get((row["unit_code"], row["year"]), {})
        rows.append(
            city_year(row)
            | {
                "gdp_nominal": scaled(row["gdp_nominal_100m_yuan"], 8),
                "gdp_first_release": scaled(row["gdp_first_release_100m_yuan"], 8),
                "gdp_index": scaled(row["gdp_index_previous_year_100"], -2),
            }
            | {f"gdp_{p}": scaled(sector.get(f"gdp_{p}_100m_yuan", ""), 8) for p in parts}
        )
    return rows


def merge_2023(population: Rows, yearbooks: Rows) -> Rows:
    """Annual population whose interpolated cells of 2023 are replaced by reported ones.

    A figure that the annual table reports stays: both are readings of one yearbook. Units without
    any other year are not added: a single year makes no series.
    """
    later = {row["unit_code"]: row for row in yearbooks}
    merged = []
    for row in population:
        better = later.get(row["unit_code"]) if row["year"] == LATE_YEAR else None
        if better is None or row["status"] != "interpolated":
            merged.append(row)
            continue
        merged.append(
            row
            | {
                "population_10k": better["population_2023_10k"],
                "status": better["status"],
                "reason": better["reason"],
            }
        )
    return merged


def population_flags(rows: Rows) -> Iterable[dict[str, str]]:
    """Cells of the annual population that are not plainly reported."""
    for row in rows:
        status = population_status(row["status"], row["reason"])
        reason = row["reason"].replace("no value in the raw column", "no_published_value")
        if status != "reported" or reason:
            yield flagged(row, "population", status, reason)


def gdp_flags(rows: Rows) -> Iterable[dict[str, str]]:
    """Cells of the three GDP variables that are not plainly reported."""
    for row in rows:
        parts = [part for part in row["reason"].split("; ") if part]

        def why(*starts: str, parts: list[str] = parts) -> str:
            return "; ".join(part for part in parts if part.startswith(starts))

        value, first = row["gdp_nominal_100m_yuan"], row["gdp_first_release_100m_yuan"]
        if value:
            status = nominal_status(row["nominal_status"], row["nominal_source"], value, first)
            reason = why("nominal_")
            if row["nominal_source"] == "first_release":
                reason = "; ".join([*filter(None, [reason]), "no_revised_series"])
            if status != "reported" or reason:
                yield flagged(row, "gdp_nominal", status, reason)
        if row["first_release_status"] == "suspect":
            yield flagged(
                row, "gdp_first_release", "suspect", why("first_release_", "sources_disagree")
            )
        if row["index_status"] == "suspect":
            yield flagged(row, "gdp_index", "suspect", why("index_", "source_change"))


def sector_flags(rows: Rows) -> Iterable[dict[str, str]]:
    """Cells of the sectors that are not plainly reported."""
    for row in rows:
        if row["status"] == "suspect":
            for part in ("primary", "secondary", "tertiary"):
                yield flagged(row, f"gdp_{part}", "suspect", "sectors_off_total_or_rows_shifted")
        elif row["status"] != "reported":
            raise unmapped(f"unknown sector status {row['status']!r}")


def change_rows(changes: Rows, population: Rows) -> Rows:
    """Boundary changes with the year in which the annual series steps."""
    steps = {
        row["unit_code"]: row["year"]
        for row in population
        if row["reason"].startswith("boundary_change(")
    }
    unknown = steps.keys() - {row["unit_code"] for row in changes}
    if unknown:
        raise unmapped(f"boundary steps without a boundary change: {sorted(unknown)}")
    return [
        {
            "city": row["unit_code"],
            "population_2010_tabulation": scaled(row["population_2010_yearbook"]),
            "population_2010": scaled(row["population_2010_adjusted"]),
            "population_2020_tabulation": scaled(row["population_2020_yearbook"]),
            "population_2020": scaled(row["population_2020_adjusted"]),
            "cause": row["class"],
            "step_year": steps.get(row["unit_code"], ""),
            "note": row["note"],
        }
        for row in changes
    ]
