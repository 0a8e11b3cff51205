"""What the report claims beside what the embedded figures say."""

from __future__ import annotations

from analyses.machinery.workspace import Workspace
from analyses.shared.report_claims import CITIES, EXPANDING, HEILONGJIANG
from econshrink import Table
from econshrink.nouns import Cell, Row, Span


def run(work: Workspace) -> None:
    """Set claims and figures side by side."""
    found = {key: entry["value"] for key, entry in work.results().items()}
    census = "identify.census_2010_2020"
    rule = "identify.report.raw.2011_2019.a_and_b_or_c.nation"
    raw = "identify.report.raw.2011_2019.a"
    work.count("identify.claims.cities", CITIES, "cities", "claims")
    work.count("identify.claims.heilongjiang.shrinking", HEILONGJIANG[0], "cities", "claims")
    work.count("identify.claims.heilongjiang.units", HEILONGJIANG[1], "cities", "claims")
    work.result("identify.claims.expanding_share", EXPANDING, "estimate", "share", "claims")
    rows = (
        _row(
            f"{CITIES} shrinking cities",
            f"{found[census + '.shrinking']} of {found[census + '.units']} units lost residents "
            f"between the censuses; the three-part rule, A&(B|C) on published stocks 2011–2019, "
            f"finds {found[rule + '.shrinking']} of {found[rule + '.units']}",
        ),
        _row(
            f"{HEILONGJIANG[0]} of Heilongjiang's {HEILONGJIANG[1]} cities",
            f"{found[census + '.shrinking.heilongjiang']} of "
            f"{found[census + '.units.heilongjiang']} by census; "
            f"{found[raw + '.shrinking.heilongjiang']} of "
            f"{found['identify.report.units.heilongjiang']} by three falls in published stocks "
            "2011–2019",
        ),
        _row(
            "Concentrated in the Northeast",
            f"{found[census + '.shrinking.northeast']} of {found[census + '.units.northeast']} "
            f"units; yet {found[census + '.shrinking.west']} of the losing units lie in the West "
            f"and {found[census + '.shrinking.central']} in the Centre",
        ),
        _row(
            f"{EXPANDING:.2%} of shrinking cities still expand",
            f"{found['expansion.shrinking.expanding_share']:.1%} by satellite, and "
            f"{found['expansion.growing.expanding_share']:.1%} of growing units: the class hardly "
            "ever falls anywhere",
        ),
    )
    work.table(
        Table(
            "claims",
            "Claims of the 2025 report and what our data say",
            ((Span("Claim"), Span("Our data")),),
            rows,
            (
                "The claims are the report's; its list of cities and its series are not public. "
                "Nothing here was tuned to reach them.",
            ),
            align="ll",
        )
    )


def _row(claim: str, ours: str) -> Row:
    return Row((Cell(claim), Cell(ours)))
