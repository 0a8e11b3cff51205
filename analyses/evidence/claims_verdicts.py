"""Both reports' claims on one page: supported, contradicted or not identified, by which number."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace, slug
from analyses.shared.report_claims import ASSOCIATION, CITIES, EXPANDING, HEILONGJIANG
from analyses.shared.specs_evidence import SAMPLES

SIZE, LEAST = 0.05, 0.001
SUPPORTED, PARTLY = "supported", "supported in part"
AGAINST, OPEN, UNTESTED = "contradicted", "not identified", "not testable"
NEGATIVE = re.compile(r"(?<![\w–])-(?=\d)")
Found = dict[str, Any]
Verdict = tuple[str, str]

VERDICTS = Exhibit(
    "claims_verdicts",
    "What the two reports claim, and what the data of this paper say",
    "claims.verdict.{row}.{column}",
    (
        Column("number", "No.", align="l"),
        Column("claim", "Claim", align="l"),
        Column("verdict", "Verdict", kind="label", align="l"),
        Column("why", "By", align="l"),
    ),
    group="report",
)
FIRST, SECOND = "The report on shrinking cities", "The report on talent"


def run(work: Workspace) -> None:
    """Apply one rule a claim to the numbers of this build."""
    found = {key: entry["value"] for key, entry in work.results().items()}
    rows = {}
    for key, (number, claim, judge) in CLAIMS.items():
        verdict, why = judge(found)
        rows[key] = {
            "number": number,
            "claim": claim,
            "verdict": verdict,
            "why": NEGATIVE.sub("−", why),
            "report": FIRST if number.startswith("R1") else SECOND,
        }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    for verdict in (SUPPORTED, PARTLY, AGAINST, OPEN, UNTESTED):
        count = int((frame["verdict"] == verdict).sum())
        work.count(f"claims.verdicts.{slug(verdict)}", count, "claims", VERDICTS.name)
    work.count("claims.verdicts.all", len(frame), "claims", VERDICTS.name)
    work.exhibit(
        VERDICTS,
        frame,
        (
            "Supported: our number has the claimed size or direction. Not identified: the data "
            "allow the claim and its opposite, or go with it without saying what came of what. "
            "Not testable: no such data are public. RW: Romano–Wolf p over the family of "
            "coefficients, growth 2000–10 held; where two are given, in the sample of two "
            "censuses and in that of the annual series, or for onsets by the two error rules. "
            "R1.3 is the third claim of the first report. Recommendations (R1.8, R1.9, R2.8) are "
            "no statements of fact and are not judged. Nothing was tuned to reach a claim.",
        ),
    )


def judge_count(found: Found) -> Verdict:
    """R1.3: the number of shrinking cities, by census and by the report's rule."""
    census, rule = "identify.census_2010_2020", "identify.report.raw.2011_2019.a_and_b_or_c.nation"
    counts = found[f"{census}.shrinking"], found[f"{rule}.shrinking"]
    runs = found["identify.multiverse.share_q0"], found["identify.multiverse.share_q100"]
    verdict = SUPPORTED if CITIES in counts else OPEN
    return verdict, (
        f"{counts[0]} of {found[census + '.units']} by census; {counts[1]} of "
        f"{found[rule + '.units']} by the three-part rule, 2011–19; {runs[0]:.0%} to {runs[1]:.0%} "
        "over all rules and windows"
    )


def judge_heilongjiang(found: Found) -> Verdict:
    """R1.4: how many of the province's cities shrink."""
    stem = "identify.census_2010_2020"
    lost = found[f"{stem}.shrinking.heilongjiang"]
    units = found[f"{stem}.units.heilongjiang"]
    return (SUPPORTED if lost >= HEILONGJIANG[0] else AGAINST), f"{lost} of {units} by census"


def judge_northeast(found: Found) -> Verdict:
    """R1.4: whether most units of the Northeast lose, and most losers lie there."""
    stem = "identify.census_2010_2020"
    lost, units = (found[f"{stem}.{what}.northeast"] for what in ("shrinking", "units"))
    everywhere, all_units = found[f"{stem}.shrinking"], found[f"{stem}.units"]
    most_lose = lost / units > (everywhere - lost) / (all_units - units)
    most_there = 2 * lost > everywhere
    verdict = (AGAINST, PARTLY, SUPPORTED)[most_lose + most_there]
    return verdict, f"{lost} of its {units} units lose, {lost} of the nation's {everywhere} losers"


def judge_expansion(found: Found) -> Verdict:
    """R1.5: built-up area of shrinking units, beside that of growing ones."""
    shrinking, growing = (
        found[f"expansion.{kind}.expanding_share"] for kind in ("shrinking", "growing")
    )
    verdict = AGAINST
    if shrinking >= EXPANDING - SIZE:
        verdict = PARTLY if 2 * growing > 1 else SUPPORTED  # no mark of shrinking if most do
    return verdict, (
        f"{shrinking:.1%} by satellite, {growing:.1%} of growing units: the class hardly ever falls"
    )


def judge_ageing(found: Found) -> Verdict:
    """R1.6: natural change, migration and onsets."""
    natural, moved = (
        found[f"evidence.verdict.share_65_plus.{part}"] for part in ("natural", "migration")
    )
    verdict = PARTLY if natural == ASSOCIATION else OPEN
    if natural == ASSOCIATION and moved == ASSOCIATION:
        verdict = SUPPORTED
    onsets = (found[f"evidence.hazard.elderly_2010.persistent.{rule}"] for rule in ("rw", "score"))
    onset = " and ".join(f"{value:.2f}" for value in onsets)
    return verdict, (
        f"natural change RW {_rw(found, 'share_65_plus', 'natural')}; migration "
        f"{_rw(found, 'share_65_plus')}; onsets {onset} once growth before is held"
    )


def judge_births(found: Found) -> Verdict:
    """R1.6: whether losers lost by natural change."""
    gains = found["accounting.losing.natural_positive"]
    losers, without = (
        found[f"evidence.counts.{key}.closed"] for key in ("observed", "zero_migration")
    )
    there, all_there = (
        found[f"evidence.counts.{key}.closed"] for key in ("northeast_natural_loss", "northeast")
    )
    return (AGAINST if 2 * gains > losers else SUPPORTED), (
        f"{gains} of {losers} losers had more births than deaths, {without} would have lost "
        f"without migration; in the Northeast {there} of {all_there} had fewer"
    )


def judge_coast(found: Found) -> Verdict:
    """R1.6: net migration of the East."""
    east, other = found["claims.causes.coast.east"], found["claims.causes.coast.elsewhere"]
    return (SUPPORTED if east > 0 > other else AGAINST), (
        f"mean net migration {east:+.1f}% in the East, {other:+.1f}% elsewhere: a description"
    )


def judge_moves(found: Found) -> Verdict:
    """R1.7: migration in the accounts of the losers."""
    lost, losers = (
        found[f"evidence.counts.{key}.closed"] for key in ("losers_migration_loss", "observed")
    )
    return (SUPPORTED if 2 * lost > losers else AGAINST), (
        f"{lost} of {losers} losers lost migrants; by accounting, it is the loss itself"
    )


def judge_jobs(found: Found) -> Verdict:
    """R1.7: observed jobs of the same years, instruments, what people do later."""
    moved = found["evidence.verdict.jobs_2013_19.migration"]
    passing, tried = found["evidence.iv.passing"], found["evidence.iv.instruments"]
    verdict = SUPPORTED if moved == ASSOCIATION and passing else OPEN
    later = found["evidence.timing.people_after_jobs.wild"]
    return verdict, (
        f"jobs 2013–19 RW {_rw(found, 'jobs_2013_19')}; {passing} of {tried} instruments pass; "
        f"growth 2020–23 on jobs before p {later:.2f}"
    )


def judge_housing(found: Found) -> Verdict:
    """R1.7: growth of investment is the claim; its level is a trait of the place."""
    growth = found["evidence.verdict.investment_growth.migration"]
    return (SUPPORTED if growth == ASSOCIATION else OPEN), (
        f"growth of investment 2013–17 RW {_rw(found, 'investment_growth')}; its level 2008–10 "
        f"{_rw(found, 'investment_level')}, and with growth before 2010 (p "
        f"{found['evidence.joint.annual.investment_level.placebo.wcr_rademacher']:.3f})"
    )


def judge_cores(found: Found) -> Verdict:
    """R2.1: cores by the rule on observed trips."""
    if _synthetic(found):
        return UNTESTED, "the tables of trips are not installed"
    size, near = found["evidence.flows.core.size"], found["evidence.flows.core.tianjin_chance"]
    both = size == 2 and found["evidence.flows.tianjin.found"] == "core"
    verdict = SUPPORTED if both else OPEN if near > SIZE else AGAINST
    return verdict, (
        f"trips: {size} core by rule, Tianjin in {near:.0%} of draws; a core apart from a smooth "
        f"hierarchy p {found['evidence.flows.core.hierarchy.p']:.2f}"
    )


def judge_roles(*cities: str) -> Any:
    """R2.2 to R2.4: cities of one claimed role."""

    def judge(found: Found) -> Verdict:
        if _synthetic(found):
            return UNTESTED, "the tables of trips are not installed"
        met = sum(
            found[f"evidence.flows.{city}.found"] == found[f"evidence.flows.{city}.claimed"]
            for city in cities
        )
        chances = [found[f"evidence.flows.{city}.chance"] for city in cities]
        verdict = SUPPORTED if met == len(cities) else OPEN if max(chances) > SIZE else AGAINST
        said = ", ".join(
            f"{city.capitalize()} {chance:.2f}"
            for city, chance in zip(cities, chances, strict=True)
        )
        return verdict, f"trips: {met} of {len(cities)} by rule; chance of the role: {said}"

    return judge


def judge_staff(found: Found) -> Verdict:
    """R2.5: research personnel of the region."""
    times = round(found["evidence.rd.times"], 1)
    readings = {1.5: "the level and not the increase", 2.5: "the increase and not the level"}
    verdict = SUPPORTED if times in readings else AGAINST
    meant = f": “times” is {readings[times]}" if times in readings else ""
    return verdict, f"2023 is {found['evidence.rd.times']:.2f} times 2014{meant}"


def judge_share(found: Found) -> Verdict:
    """R2.6: Beijing's share, and whether it rose steadily."""
    first, last = (found[f"evidence.rd.y{year}.share"] for year in (2014, 2023))
    same = (round(first, 2), round(last, 2)) == (0.53, 0.58)
    top, when = found["evidence.rd.share.highest"], found["evidence.rd.share.highest.year"]
    return (SUPPORTED if same else AGAINST), (
        f"{first:.1%} and {last:.1%}; not steadily ({top:.1%} in {when}), and "
        f"{found['evidence.rd.y2010.share']:.1%} in 2010"
    )


def judge_industry(found: Found) -> Verdict:
    """R2.7: large industrial firms, of which no figures by city were found."""
    del found
    return UNTESTED, (
        "no data by city; a half and less than half of that are less than three quarters of the "
        "region, which has no third part"
    )


CLAIMS = {
    "count": ("R1.3", f"{CITIES} shrinking cities", judge_count),
    "heilongjiang": (
        "R1.4",
        f"{HEILONGJIANG[0]} of Heilongjiang's {HEILONGJIANG[1]} cities shrink",
        judge_heilongjiang,
    ),
    "northeast": ("R1.4", "Shrinkage is concentrated in the Northeast", judge_northeast),
    "expansion": ("R1.5", f"{EXPANDING:.0%} of them still expand", judge_expansion),
    "ageing": ("R1.6", "Ageing", judge_ageing),
    "births": ("R1.6", "Low births", judge_births),
    "coast": ("R1.6", "Resources and talent on the coast", judge_coast),
    "moves": ("R1.7", "Out-migration", judge_moves),
    "jobs": ("R1.7", "Fewer jobs", judge_jobs),
    "housing": ("R1.7", "Stagnant real estate", judge_housing),
    "cores": ("R2.1", "Two cores, Beijing and Tianjin", judge_cores),
    "nodes": ("R2.2", "Two-way nodes", judge_roles("hengshui", "langfang")),
    "receivers": ("R2.3", "Receiving cities", judge_roles("baoding", "shijiazhuang")),
    "losers": ("R2.4", "Losing cities", judge_roles("cangzhou", "handan", "chengde")),
    "staff": ("R2.5", "Research staff grew “1.5 times”, 2014–23", judge_staff),
    "share": ("R2.6", "Beijing's share rose from 53% to 58%", judge_share),
    "industry": ("R2.7", "Industry: half in the two cities", judge_industry),
}


def _rw(found: Found, term: str, outcome: str = "migration") -> str:
    pair = (found[f"evidence.joint.{sample}.{term}.{outcome}.rw"] for sample in SAMPLES)
    return " and ".join(f"{value:.3f}" if value >= LEAST else f"<{LEAST}" for value in pair)


def _synthetic(found: Found) -> bool:
    return bool(found["evidence.flows.suffix"])
