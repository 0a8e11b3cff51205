"""The embedded figures against official totals: every check, what was got, what was expected."""

from __future__ import annotations

from analyses.machinery.workspace import Workspace
from econshrink import Table
from econshrink.data import check_official_totals, load_census_profile, load_units
from econshrink.nouns import Cell, Row, Span


def run(work: Workspace) -> None:
    """Run the checks and record the totals."""
    checks = check_official_totals()
    if not checks["ok"].all():
        raise SystemExit(f"official totals missed:\n{checks[~checks['ok']].to_string()}")
    rows = tuple(
        Row((Cell(_sentence(row.check)), Cell(_plain(row.got)), Cell(_plain(row.expected))))
        for row in checks.itertuples()
    )
    work.table(
        Table(
            "official_totals",
            "Embedded figures checked against official totals",
            ((Span("Check"), Span("Embedded"), Span("Official")),),
            rows,
            (
                "All checks are repeated on every build; a figure that moves stops it. Shares and "
                "ratios are compared at the digits printed.",
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


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain(value: object) -> str:
    """Numbers grouped, tuples without brackets."""
    if isinstance(value, tuple):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:,}".replace("-", "−")
    return str(value).replace("-", "−")
