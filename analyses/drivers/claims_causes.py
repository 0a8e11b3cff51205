"""What the report says causes shrinkage, judged by accounting, hazards and observed drivers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from analyses.machinery.workspace import Workspace
from analyses.shared.report_claims import ASSOCIATION
from analyses.shared.specs_evidence import SAMPLES
from econshrink import CityPanel, Table
from econshrink.nouns import Cell, Row, Span

EXHIBIT = "claims_causes"
PARTS = ("natural", "migration")
COAST = "east"
MINUS = "−"
NEGATIVE = re.compile(r"-(?=\d)")
SIGNED = ("ageing", "coast", "jobs", "housing")  # whose reasons print numbers that may be negative
Found = dict[str, Any]


def run(work: Workspace) -> None:
    """Read the numbers of the evidence, apply the stated rules, print claim and verdict."""
    found = {key: entry["value"] for key, entry in work.results().items()}
    found |= _coast(work)
    rows, reasons = [], []
    for key, (claim, judge) in CLAIMS.items():
        verdict, why = judge(found)
        work.result(f"claims.causes.{key}.regression", verdict, "label", "", EXHIBIT)
        why = NEGATIVE.sub(MINUS, why) if key in SIGNED else why
        others = (found[name] if name else "–" for name in BESIDE[key])
        rows.append(Row((Cell(claim), *map(Cell, others), Cell(verdict))))
        reasons.append(f"{claim}: {why}.")
    work.table(
        Table(
            EXHIBIT,
            "Claimed causes and what accounting, hazard models and regressions can say",
            (
                (Span(""), Span("Verdict by", 3)),
                (
                    Span("Claimed cause"),
                    Span("accounting"),
                    Span("hazards"),
                    Span("regressions"),
                ),
            ),
            tuple(rows),
            (
                "Rules of the regressions: those of the table of verdicts, with observed jobs and "
                "investment; p-values are adjusted over six coefficients (Romano–Wolf), in the "
                "sample of two censuses and in that of the annual series. A cause would be "
                "supported if, beyond that, an instrument passed every check. Accounting says "
                "through which component a city lost people, hazard models what goes before an "
                "onset; their rules stand in their sections.",
                "The regressions in numbers. " + " ".join(reasons),
            ),
            align="llll",
        )
    )


def _coast(work: Workspace) -> Found:
    """Mean net migration of the coast's units and of the others, and the gainers on the coast."""
    panel: CityPanel = work.load("accounting", "panel")
    rate = 100 * np.asarray(panel.column("migration"))
    east = (panel.attribute("region") == COAST).to_numpy()
    gains = rate > 0
    numbers = {
        "claims.causes.coast.east": float(rate[east].mean()),
        "claims.causes.coast.elsewhere": float(rate[~east].mean()),
        "claims.causes.coast.gaining_east": float(gains[east].mean()),
        "claims.causes.coast.gaining_elsewhere": float(gains[~east].mean()),
    }
    for key, value in numbers.items():
        work.result(key, value, "estimate", "", EXHIBIT)
    return dict(numbers)


def judge_ageing(found: Found) -> tuple[str, str]:
    """The share of the old: natural change, net migration, and growth before."""
    natural, moved = (found[f"evidence.verdict.share_65_plus.{part}"] for part in PARTS)
    verdict = "supported" if natural == ASSOCIATION else "not shown"
    verdict += " for natural change; "
    verdict += "association for migration" if moved == ASSOCIATION else "not identified for moves"
    here = "evidence.joint.census.share_65_plus"
    return verdict, (
        f"a point of the old goes with {found[here + '.natural.estimate']:+.2f} points of natural "
        f"change ({_adjusted(found, 'share_65_plus', 'natural')}) and "
        f"{found[here + '.migration.estimate']:+.2f} of migration "
        f"({_adjusted(found, 'share_65_plus', 'migration')}), and with growth before 2010 "
        f"(p {found[here + '.placebo.wcr_rademacher']:.3f})"
    )


def judge_births(found: Found) -> tuple[str, str]:
    """Low births: natural change of the losers, and migration where children are few."""
    natural = found["accounting.losing.natural_positive"]
    losers = found["evidence.counts.observed.closed"]
    without = found["evidence.counts.zero_migration.closed"]
    verdict = "contradicted as main cause" if 2 * natural > losers else "supported"
    return verdict, (
        f"{natural} of {losers} losing units had more births than deaths; without net migration "
        f"{without} would have lost; the coefficient of children on migration turns with what is "
        f"held ({_adjusted(found, 'child_woman_ratio', 'migration')})"
    )


def judge_coast(found: Found) -> tuple[str, str]:
    """Regional imbalance: where net migration is positive."""
    east, other = found["claims.causes.coast.east"], found["claims.causes.coast.elsewhere"]
    gain = found["claims.causes.coast.gaining_east"]
    rest = found["claims.causes.coast.gaining_elsewhere"]
    verdict = "supported as description" if east > other and gain > rest else "contradicted"
    return verdict, (
        f"net migration averages {east:+.1f} % in the East and {other:+.1f} % elsewhere; "
        f"{gain:.0%} and {rest:.0%} of units gain; these data do not show talent"
    )


def judge_moves(found: Found) -> tuple[str, str]:
    """Out-migration: its share of the differences in change."""
    share = found["drivers.sample.migration_covariance_share"]
    verdict = "supported as accounting" if share > 0.5 else "contradicted"
    return verdict, (
        f"net migration carries {share:.0%} of the variance of change between units; it is the "
        "loss itself, not what causes it"
    )


def judge_jobs(found: Found) -> tuple[str, str]:
    """Fewer jobs: observed jobs of the same years, and instruments for them."""
    moved = found["evidence.verdict.jobs_2013_19.migration"]
    passing, tried = found["evidence.iv.passing"], found["evidence.iv.instruments"]
    if moved == ASSOCIATION:
        verdict = "supported" if passing else "association, not identified"
    else:
        verdict = "not identified"
    estimate = found["evidence.joint.census.jobs_2013_19.migration.estimate"]
    return verdict, (
        f"a log point of jobs 2013–19 goes with {estimate:+.1f} points "
        f"({_adjusted(found, 'jobs_2013_19', 'migration')}); {passing} of {tried} instruments pass "
        "every check"
    )


def judge_housing(found: Found) -> tuple[str, str]:
    """Stagnant real estate: level and growth of investment, and prices before residents."""
    level, growth = (
        found[f"evidence.verdict.investment_{part}.migration"] for part in ("level", "growth")
    )
    stagnation = "association" if growth == ASSOCIATION else "not shown"
    low = "goes with loss" if level.startswith(ASSOCIATION) else "not told from zero"
    prices = "evidence.prices.people_given.region"
    return f"low level {low}; stagnation {stagnation}", (
        f"level of 2008–10 {_adjusted(found, 'investment_level', 'migration')}, growth 2013–17 "
        f"{_adjusted(found, 'investment_growth', 'migration')}; growth 2020–23 on prices 2016–20, "
        f"growth before held, {found[prices + '.estimate']:+.3f} (p {found[prices + '.wild']:.2f})"
    )


def _adjusted(found: Found, term: str, outcome: str) -> str:
    values = (found[f"evidence.joint.{sample}.{term}.{outcome}.rw"] for sample in SAMPLES)
    return "adjusted p " + " and ".join(f"{value:.3f}" for value in values)


CLAIMS = {
    "ageing": ("Ageing", judge_ageing),
    "births": ("Low births", judge_births),
    "coast": ("Resources and talent on the coast", judge_coast),
    "moves": ("Out-migration", judge_moves),
    "jobs": ("Fewer jobs", judge_jobs),
    "housing": ("Stagnant real estate", judge_housing),
}


# Ids of the verdicts by accounting and by hazard models.
BESIDE = {
    "ageing": ("claims.causes.ageing.verdict", "claims.causes.ageing"),
    "births": ("claims.causes.low_births.verdict", "claims.causes.births"),
    "coast": ("", "claims.causes.coast"),
    "moves": ("claims.causes.out_migration.verdict", "claims.causes.migration"),
    "jobs": ("", "claims.causes.jobs"),
    "housing": ("", "claims.causes.housing"),
}
