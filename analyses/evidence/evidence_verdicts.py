"""What may be said of each driver: a rule on adjusted p-values, both samples and the placebo."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.specs_evidence import DRIVERS, SAMPLES

SIZE = 0.05
VERDICTS = Exhibit(
    "evidence_verdicts",
    "What may be said of each driver",
    "evidence.verdict.{row}.{column}",
    (
        Column("label", ""),
        Column("census", "censuses", ".3f", over="Migration, RW"),
        Column("annual", "annual", ".3f", over="Migration, RW"),
        Column("placebo_census", "censuses", ".3f", over="Growth before, wild"),
        Column("placebo_annual", "annual", ".3f", over="Growth before, wild"),
        Column("migration", "Migration", kind="label", align="l"),
        Column("natural", "Natural change", kind="label", align="l"),
    ),
)


def run(work: Workspace) -> None:
    """Apply the rule to the joint table."""
    found = {key: entry["value"] for key, entry in work.results().items()}
    rows = {}
    for term, label in DRIVERS.items():
        here = {sample: f"evidence.joint.{sample}.{term}" for sample in SAMPLES}
        moved = {sample: found[f"{key}.migration.rw"] for sample, key in here.items()}
        before = {sample: found[f"{key}.placebo.wcr_rademacher"] for sample, key in here.items()}
        born = [found[f"{key}.natural.rw"] for key in here.values()]
        rows[term] = {
            "label": label,
            **moved,
            **{f"placebo_{sample}": value for sample, value in before.items()},
            "migration": verdict(list(moved.values()), list(before.values())),
            "natural": verdict(born, []),
        }
    work.exhibit(
        VERDICTS,
        pd.DataFrame.from_dict(rows, orient="index"),
        (
            f"Association: adjusted p below {SIZE} in both samples and no sign of the same "
            "coefficient in growth 2000–10. Natural change has no placebo, births and deaths of "
            "the decade before not being known by unit. “Not told from zero” does not mean no "
            "effect: the table of error rules has the coefficient that would have been found.",
        ),
    )


def verdict(adjusted: list[float], placebo: list[float]) -> str:
    """The rule in words."""
    clear = sum(value < SIZE for value in adjusted)
    if not clear:
        return "not told from zero"
    if clear < len(adjusted):
        return "in one sample only"
    if any(value < SIZE for value in placebo):
        return "association, also before 2010"
    return "association"
