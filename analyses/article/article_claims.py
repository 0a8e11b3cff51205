"""Claims of the two reports beside the record; verdicts by the rules of `claims_verdicts`."""

from __future__ import annotations

import pandas as pd

from analyses.article.wording import Found, chance, figure, values, with_error
from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.report_claims import CITIES, EXPANDING, HEILONGJIANG

FIRST = "First report: shrinking cities"
SECOND = "Second report: talent in Beijing, Tianjin and Hebei"
OPEN = "not identified"
ROLES = ("nodes", "receivers", "losers")  # of the second report, one line here
CLAIMS = Exhibit(
    "article_claims",
    "Claims of the two reports and what the record says",
    "article.claims.{row}.{column}",
    (
        Column("label", "Claim"),
        Column("record", "Record", align="l"),
        Column("verdict", "Verdict", kind="label", align="l"),
    ),
    group="report",
)
Line = tuple[str, str, str]


def run(work: Workspace) -> None:
    """Write claim, record and verdict."""
    found = values(work)
    held = _counts(found) | _causes(found) | _second(found)
    rows = {key: (*line, _verdict(found, key)) for key, line in held.items()}
    work.exhibit(
        CLAIMS,
        pd.DataFrame.from_dict(
            rows, orient="index", columns=["report", "label", "record", "verdict"]
        ),
        (
            "Supported and contradicted speak of the statement as worded; in part: a description "
            "that holds and sets shrinking cities apart less than it seems, or a cause of births "
            "and deaths alone. Not identified: the data allow the statement and its opposite, or "
            "go with it without saying what came of what. Not testable: no such data are public. "
            "Every claim with its full record and rule is in the supplement.",
        ),
    )


def _verdict(found: Found, key: str) -> str:
    """As the full table of claims has it; of the nine roles together if they agree."""
    if key == "policy":
        return OPEN
    keys = ROLES if key == "roles" else (key,)
    verdicts = [str(found[f"claims.verdict.{name}.verdict"]) for name in keys]
    return "; ".join(dict.fromkeys(verdicts))


def _counts(found: Found) -> dict[str, Line]:
    census = "identify.census_2010_2020"
    falls = "identify.report.raw.2011_2019"
    lost, units = found[f"{census}.shrinking"], found[f"{census}.units"]
    north = found[f"{census}.shrinking.northeast"], found[f"{census}.units.northeast"]
    home = found[f"{census}.shrinking.heilongjiang"], found[f"{census}.units.heilongjiang"]
    grow = found["expansion.shrinking.expanding_share"], found["expansion.growing.expanding_share"]
    return {
        "count": (
            FIRST,
            f"{CITIES} cities shrink",
            f"{lost} of {units} between the censuses; "
            f"{found[f'{falls}.a_and_b_and_c.nation.shrinking']} to "
            f"{found[f'{falls}.a.shrinking']} by parts of the report's own standard",
        ),
        "northeast": (
            FIRST,
            "Concentrated in the Northeast",
            f"{north[0]} of {north[1]} units there; {lost - north[0]} of {lost} losing units lie "
            "elsewhere",
        ),
        "heilongjiang": (
            FIRST,
            f"{HEILONGJIANG[0]} of {HEILONGJIANG[1]} cities of Heilongjiang",
            f"{home[0]} of {home[1]} by census",
        ),
        "expansion": (
            FIRST,
            f"{EXPANDING:.0%} of them expand their built-up area",
            f"{grow[0]:.0%}, and {grow[1]:.0%} of growing units: no mark of shrinkage",
        ),
    }


def _causes(found: Found) -> dict[str, Line]:
    lost = found["accounting.losing.units"]
    moved = found["accounting.losing.migration_negative"]
    still = found["evidence.counts.zero_migration.closed"]
    coast = [figure(found[f"article.accounting.coast.{k}"]) for k in ("east", "elsewhere")]
    jobs = "evidence.joint.census.jobs_2013_19"
    growth = "evidence.joint.census.investment_growth"
    lead = [found[f"evidence.prices.people_given.region.{part}"] for part in ("estimate", "se")]
    ages = "evidence.joint.census.share_65_plus"
    return {
        "moves": (
            FIRST,
            "People move away",
            f"{moved} of {lost} losing units lost migrants; "
            f"{found['accounting.gap.migration.share']:.0%} of the gap to growing units",
        ),
        "ageing": (
            FIRST,
            "Ageing",
            f"{figure(found[f'{ages}.natural.estimate'], 2)} points of natural change for a "
            f"point of the old; migration: adjusted p {chance(found[f'{ages}.migration.rw'])}",
        ),
        "births": (
            FIRST,
            "Low births, as the main cause",
            f"{found['claims.causes.low_births.share']:.0%} of the gap; "
            f"{still} of {lost} would have lost people without migration",
        ),
        "coast": (
            FIRST,
            "The coast draws people",
            f"Mean net migration {coast[0]}% in the East, {coast[1]}% elsewhere",
        ),
        "jobs": (
            FIRST,
            "Fewer jobs",
            f"{figure(found[f'{jobs}.migration.estimate'])} points a log point of jobs, adjusted "
            f"p {chance(found[f'{jobs}.migration.rw'])}; "
            f"{found['evidence.iv.passing']} of {found['evidence.iv.instruments']} instruments "
            "pass",
        ),
        "housing": (
            FIRST,
            "Stagnant real estate",
            f"{figure(found[f'{growth}.migration.estimate'])} points a log point of investment, "
            f"adjusted p {chance(found[f'{growth}.migration.rw'])}; later growth on prices "
            f"{with_error(*lead, 3)}",
        ),
        "policy": (FIRST, "Smart shrinkage and support help", "No dated policy with a valid "
                   "comparison"),
    }  # fmt: skip


def _second(found: Found) -> dict[str, Line]:
    flows = "evidence.flows"
    times = found["evidence.rd.times"]
    first, last = found["evidence.rd.y2014.share"], found["evidence.rd.y2023.share"]
    return {
        "cores": (
            SECOND,
            "Two cores, Beijing and Tianjin",
            f"{found[f'{flows}.core.size']} core by trips of one week; Tianjin a core in "
            f"{found[f'{flows}.core.tianjin_chance']:.0%} of draws",
        ),
        "roles": (
            SECOND,
            "Roles of nine cities",
            f"{found[f'{flows}.claims_met']} of {found[f'{flows}.claims']} by trips, which are "
            "not talent",
        ),
        "staff": (
            SECOND,
            "Research staff 1.5 times that of 2014",
            f"{figure(times, 2)} times in 2023, if the level is meant",
        ),
        "share": (
            SECOND,
            "Beijing's share rose from 53% to 58%",
            f"{first:.0%} in 2014, {last:.0%} in 2023; but "
            f"{found['evidence.rd.y2010.share']:.0%} in 2010 and not steadily",
        ),
        "industry": (
            SECOND,
            "Large firms: half of research staff in the two cities, Hebei less than half of that",
            "No such figures are public. If the region has staff nowhere else, the two parts "
            "contradict each other: half for the two cities leaves half for Hebei",
        ),
    }
