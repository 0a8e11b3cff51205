"""The embedded figures against official totals and against counts of their own."""

from __future__ import annotations

from typing import Any

from analyses.machinery.workspace import Workspace
from econshrink import Table
from econshrink.data import check_official_totals, load_census_profile, load_units
from econshrink.nouns import Cell, Row, Span

# Checks whose expected value an office published; compilations and later publications state it,
# no official page was opened. All others hold the tables to what they held when they were made.
OFFICIAL = (
    "resource-based units: declining, growing, mature, regenerating",
    "the same plus six parts in no row",
    "tabulated population 2010",
    "tabulated population 2020",
    "percent aged 65 and over 2010, 2020",
    "GDP of the units / national before its last revision, 2000, 2010, 2018, 2022, 2023",
    "GDP of the units / national as revised, 2000, 2010, 2018, 2022, 2023",
    "weighted real growth less national, points, 2001, 2005, 2010",
    "years from 2019 in which it lies within half a point",
)


def run(work: Workspace) -> None:
    """Run the checks and record the totals."""
    checks = check_official_totals()
    if not checks["ok"].all():
        raise SystemExit(f"official totals missed:\n{checks[~checks['ok']].to_string()}")
    official = checks["check"].isin(OFFICIAL)
    assert official.sum() == len(OFFICIAL), "a check was renamed"
    groups = (
        ("Against values that an office published", checks[official]),
        ("Against what the tables held when they were made", checks[~official]),
    )
    rows = [
        row
        for heading, part in groups
        for row in (Row((Cell(heading),), "group"), *(_row(check) for check in part.itertuples()))
    ]
    work.table(
        Table(
            "official_totals",
            "Checks of the data: against official totals, and of the tables against themselves",
            ((Span("Check"), Span("Our tables"), Span("Expected")),),
            tuple(rows),
            (
                "Official values as compilations and later publications state them; no official "
                "page was opened. The second group compares the tables with their own earlier "
                "state and is no outside evidence. All checks are repeated on every build; a "
                "value that "
                "moves stops it. "
                "Shares and ratios are compared at the digits printed.",
            ),
            align="lll",
        )
    )
    units, profile = load_units(), load_census_profile()
    totals = profile.groupby("year")["population"].sum()
    work.count(
        "data.units.prefecture_level", int(units["in_337"].sum()), "units", "official_totals"
    )
    for year in (2010, 2020):
        work.count(f"data.census_{year}.total", int(totals[year]), "persons", "official_totals")
    work.count("data.checks.passed", int(checks["ok"].sum()), "checks", "official_totals")
    work.count("data.checks.total", len(checks), "checks", "official_totals")
    work.count("data.checks.official", len(OFFICIAL), "checks", "official_totals")
    work.count("data.checks.internal", len(checks) - len(OFFICIAL), "checks", "official_totals")


def _row(check: Any) -> Row:
    return Row(
        (Cell(_sentence(check.check)), Cell(_plain(check.got)), Cell(_plain(check.expected)))
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain(value: object) -> str:
    """Numbers grouped, tuples without brackets."""
    if isinstance(value, tuple):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:,}".replace("-", "−")
    return str(value).replace("-", "−")
