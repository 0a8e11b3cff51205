"""Lists of supported cities where the truth is known: what designs find, and what is true."""

from __future__ import annotations

import pandas as pd
from scipy.stats import binomtest

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace, slug
from analyses.studies.policy_designs import FIRST, LAST, ListDesign, draw
from econshrink import Estimate, Table, group_time
from econshrink.causal import (
    RelativeMagnitudes,
    Smoothness,
    breakdown_value,
    event_study,
    power_table,
)
from econshrink.core.seeds import MASTER_SEED, generator
from econshrink.nouns import Cell, Row, Span

STUDY, EXHIBIT = "policy_designs", "policy_designs"
SETTINGS = {
    "chance_no_effect": "Chance, no effect",
    "chance": "Chance",
    "selection": "Chosen by loss",
}
INTERVALS = {
    "plain": "Parallel trends",
    "relative.0.5": "Violations half as fast as before",
    "relative.1": "Violations as fast as before",
    "smooth.0": "A linear trend",
    "smooth.0.0005": "Slope may change by 0.05 points a year",
    "smooth.0.001": "Slope may change by 0.1 points a year",
}
TESTS = {
    "reject.pretest": "Joint test of years before",
    "reject.time": "Placebo in time",
    "reject.permutation": "Dates permuted",
    "reject.cities": "Placebo cities",
}


def run(work: Workspace) -> None:
    """Print the stored study, and what a pre-test would notice in one country."""
    record = read_study(STUDY, work.root)
    rows = record["rows"].set_index(["setting", "term"])
    work.result("lab.policy.replicates", record["replicates"], "count", "countries", EXHIBIT, True)
    for setting in SETTINGS:
        for term in (*INTERVALS, *TESTS):
            stem = f"lab.policy.{setting}.{slug(term)}"
            row = rows.loc[(setting, term)]
            if term in INTERVALS:
                work.result(f"{stem}.bias", float(row["bias"]), "mc", "", EXHIBIT, True)
                work.result(
                    f"{stem}.coverage", float(row["coverage"]), "mc", "share", EXHIBIT, True
                )
            else:
                rate, draws = float(row["mean"]), int(row["replicates"])
                p_value = float(binomtest(round(rate * draws), draws, 0.05).pvalue)
                work.result(f"{stem}.rate", rate, "mc", "share", EXHIBIT, True)
                work.result(f"{stem}.p", p_value, "p", "", EXHIBIT, True)
        truth = float(rows.loc[(setting, "plain"), "truth"])
        work.result(f"lab.policy.{setting}.truth", truth, "mc", "", EXHIBIT, True)
    work.table(_table(rows, record))
    country = draw(ListDesign(1.0, 0.03), MASTER_SEED)
    _sensitivity(work, event_study(group_time(country.data), FIRST, LAST))


def _sensitivity(work: Workspace, study: Estimate) -> None:
    power = power_table(study, generator("policy.power"))
    for row, label in zip(power.to_dict("records"), ("half", "four_fifths"), strict=True):
        for name in ("slope", "bias", "bias_if_passed"):
            work.result(
                f"lab.policy.power.{label}.{name}", float(row[name]), "mc", "", EXHIBIT, True
            )
    work.result(
        "lab.policy.breakdown.relative",
        breakdown_value(study, RelativeMagnitudes),
        "iterative",
        "",
        EXHIBIT,
        True,
    )
    work.result(
        "lab.policy.breakdown.smooth",
        breakdown_value(study, Smoothness),
        "iterative",
        "",
        EXHIBIT,
        True,
    )


def _table(rows: pd.DataFrame, record: dict[str, object]) -> Table:
    made = [Row((Cell("Intervals for the mean effect of years 0 to 5"),), "group")]
    for term, text in INTERVALS.items():
        cells = []
        for setting in SETTINGS:
            row = rows.loc[(setting, term)]
            cells += [Cell(100 * float(row["bias"]), ".2f"), Cell(float(row["coverage"]), ".2f")]
        made.append(Row((Cell(text), *cells)))
    made.append(Row((Cell("Rejections at level 0.05"),), "group"))
    for term, text in TESTS.items():
        cells = []
        for setting in SETTINGS:
            cells += [Cell(None), Cell(float(rows.loc[(setting, term), "mean"]), ".2f")]
        made.append(Row((Cell(text), *cells)))
    truths = ", ".join(
        f"{100 * float(rows.loc[(setting, 'plain'), 'truth']):.2f}" for setting in SETTINGS
    )
    return Table(
        "policy_designs",
        "Designs for lists of supported cities, where the truth is known",
        (
            (Span(""), *(Span(text, 2) for text in SETTINGS.values())),
            (Span("Allowed, or tested"), *(Span(t) for _ in SETTINGS for t in ("Bias", "Rate"))),
        ),
        tuple(made),
        (
            f"Stored study of {record['replicates']} simulated countries a column. "
            "Outcome: log population of resource cities, listed in "
            "2008, 2009 or 2011 by chance, or the sooner the more they had lost. Bias: mean of "
            "the interval's middle less the true mean effect, log points × 100 (true: "
            f"{truths}). Rate: coverage of 95% intervals, or share of tests that reject. Placebo "
            "tests permute dates (39 draws); placebo cities are never listed.",
        ),
        synthetic=True,
    )
