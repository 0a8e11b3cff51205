"""The data against published totals and against each other: every check, got and expected."""

from __future__ import annotations

from typing import Any

from analyses.machinery.workspace import Workspace
from econshrink import Table
from econshrink.data import check_official_totals, load_census_profile, load_units
from econshrink.nouns import Cell, Row, Span

# Checks whose expected value an office published: a total, a share, a list of units. The others
# compare our tables with each other, or with counts that were documented once.
PUBLISHED = (
    "units in all",
    "of the 337",
    "resource-based units",
    "the same plus six parts",
    "tabulated population",
    "percent aged 65",
    "GDP of the units",
    "weighted real growth",
    "years from 2019",
)


def run(work: Workspace) -> None:
    """Run the checks and record the totals."""
    checks = check_official_totals()
    if not checks["ok"].all():
        raise SystemExit(f"official totals missed:\n{checks[~checks['ok']].to_string()}")
    published = checks["check"].str.lower().str.startswith(tuple(p.lower() for p in PUBLISHED))
    rows = tuple(
        row
        for heading, part in (
            ("Against published totals and lists", checks[published]),
            ("Between our own tables, and against documented counts", checks[~published]),
        )
        for row in (Row((Cell(heading),), "group"), *map(_row, part.itertuples()))
    )
    work.table(
        Table(
            "official_totals",
            "Checks of the data: published totals, and our tables against each other",
            ((Span("Check"), Span("Our tables"), Span("Expected")),),
            rows,
            (
                "Expected: a total as published, read in the publication or in a compilation of "
                "it, or what "
                "another of our tables implies. All checks are repeated on every build, and one "
                "that fails "
                "stops it. Shares and ratios are compared at the digits printed.",
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
    work.count("data.checks.published", int(published.sum()), "checks", "official_totals")


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
