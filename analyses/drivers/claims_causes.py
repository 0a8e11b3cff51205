"""What the report says causes shrinkage, judged by the regressions: one line a claim."""

from __future__ import annotations

from typing import Any

from analyses.machinery.workspace import Workspace
from analyses.shared.samples_long import long_sample
from econshrink import Table
from econshrink.causal import EXPOSURES
from econshrink.nouns import Cell, Row, Span

EXHIBIT = "claims_causes"
SIZE = 0.05
COAST = "east"
MINUS = "−"
SIGNED = ("coast",)  # whose reasons print a number that may be negative
Found = dict[str, Any]


def run(work: Workspace) -> None:
    """Read the numbers of the evidence, apply the stated rules, print claim and verdict."""
    found = {key: entry["value"] for key, entry in work.results().items()}
    found |= _coast(work)
    rows, reasons = [], []
    for key, (number, claim, judge) in CLAIMS.items():
        verdict, why = judge(found)
        work.result(f"claims.causes.{key}.regression", verdict, "label", "", EXHIBIT)
        why = why.replace("-", MINUS) if key in SIGNED else why
        others = (found[name] if name else "–" for name in BESIDE[key])
        rows.append(Row((Cell(number), Cell(claim), *map(Cell, others), Cell(verdict))))
        reasons.append(f"{claim}: {why}.")
    work.table(
        Table(
            EXHIBIT,
            "Claimed causes and what accounting, hazard models and regressions can say",
            (
                (Span(""), Span(""), Span("Verdict by", 3)),
                (
                    Span("No."),
                    Span("Claimed cause"),
                    Span("accounting"),
                    Span("hazards"),
                    Span("regressions"),
                ),
            ),
            tuple(rows),
            (
                f"Rules of the regressions: a cause is supported if its coefficient differs from "
                f"zero at {SIZE:.0%} in the claimed direction under the wild bootstrap or the "
                "Anderson–Rubin test and its design passes its own checks; association if a check "
                "fails; not testable if the design cannot tell. Accounting says through which "
                "component a city lost people, hazard models what goes before an onset; their "
                "rules stand in their sections.",
                "The regressions in numbers. " + " ".join(reasons),
            ),
            align="lllll",
        )
    )


def _coast(work: Workspace) -> Found:
    """Mean net migration of the coast's units and of the others, and the gainers on the coast."""
    panel = long_sample().comparable
    rate = panel.frame["net_migration_rate"]
    east = panel.attribute("region") == COAST
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
    """Predicted ageing: natural change, net migration, and the trend before."""
    natural, moves = (found[f"iv.ageing.{part}.bare.ar"] for part in ("natural", "net_migration"))
    pre = found["iv.pretrend.predicted_65_plus.prior_growth.p"]
    wild = found["drivers.inference.ageing.net_migration_rate.p.wild"]
    checks = "the instrument predicts growth 2000–2010" if pre < SIZE else "no trend before"
    verdict = "supported for deaths and births" if not _holds_zero(natural) else "not shown"
    verdict += "; not shown for migration" if wild >= SIZE else "; association for migration"
    return verdict, (
        f"95% set {natural} for natural change, {moves} for net migration per point of the 65+ "
        f"share; {checks}"
    )


def judge_births(found: Found) -> tuple[str, str]:
    """Low births: natural change of the losers, and migration where children are few."""
    natural = found["drivers.sample.losers_natural_gain"]
    losers = found["drivers.sample.losers"]
    mean = found["drivers.sample.losers.natural_rate"]
    verdict = "contradicted as main cause" if 2 * natural > losers else "supported"
    return verdict, (
        f"{natural} of {losers} losing units still had more births than deaths, mean "
        f"{mean:+.1f}%; one child more per 100 women goes with "
        f"{found['drivers.long.natural.main.child_woman_ratio.estimate']:+.2f} points of natural "
        "change, by arithmetic"
    )


def judge_coast(found: Found) -> tuple[str, str]:
    """Regional imbalance: where net migration is positive."""
    east, other = found["claims.causes.coast.east"], found["claims.causes.coast.elsewhere"]
    gain = found["claims.causes.coast.gaining_east"]
    rest = found["claims.causes.coast.gaining_elsewhere"]
    verdict = "supported as description" if east > other and gain > rest else "contradicted"
    return verdict, (
        f"net migration averages {east:+.1f}% in the East and {other:+.1f}% elsewhere; "
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
    """Fewer jobs: the non-agricultural job shock."""
    strength = found["iv.jobs.net_migration.bare.effective_f"]
    kind, sets = found["iv.jobs.net_migration.bare.ar_kind"], found["iv.jobs.net_migration.bare.ar"]
    robust = found["iv.jobs.akm0"]
    weak = kind not in {"bounded", "disjoint"}
    verdict = "not testable by this design" if weak else "association"
    return verdict, (
        f"effective F {strength:.1f}; 95% set {sets} per point of the employment rate, "
        f"exposure-robust {robust}; the reduced form is "
        f"{found['drivers.inference.jobs.estimate']:+.2f}"
    )


def judge_housing(found: Found) -> tuple[str, str]:
    """Stagnant real estate: exposure and growth after 2021."""
    p_values = {name: found[f"housing.{name}.p_permutation"] for name in EXPOSURES}
    count = len(p_values)
    least = min(p_values.values())
    verdict = "association" if count * least < SIZE else "not shown"
    return verdict, (
        f"smallest of {count} permutation p-values {least:.3f} for growth after 2021 by exposure, "
        f"{min(count * least, 1):.2f} after Bonferroni; observed prices and investment are "
        "judged in the section on observed jobs and housing"
    )


CLAIMS = {
    "ageing": ("R1.6", "Ageing", judge_ageing),
    "births": ("R1.6", "Low births", judge_births),
    "coast": ("R1.6", "Resources and talent on the coast", judge_coast),
    "moves": ("R1.7", "Out-migration", judge_moves),
    "jobs": ("R1.7", "Fewer jobs", judge_jobs),
    "housing": ("R1.7", "Stagnant real estate", judge_housing),
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


def _holds_zero(text: str) -> bool:
    """Tell whether a printed bounded interval holds zero."""
    low, high = text.strip("[]()").replace("−", "-").split(", ")
    return float(low) <= 0 <= float(high)
