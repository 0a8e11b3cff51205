"""What the hazard models can say on the report's claims about causes, and what they cannot."""

from __future__ import annotations

import numpy as np

from analyses.machinery.workspace import Workspace
from econshrink import Estimate, Table
from econshrink.nouns import Cell, Row, Span

# Claim, key, term, the sign it implies for the hazard, and whether the covariate measures it.
CLAIMS = (
    ("R1.6 ageing", "ageing", "elderly_2010", 1, "Share aged 65+, 2010", True),
    ("R1.6 low births", "births", "children_2010", -1, "Children per 100 women, 2010", True),
    ("R1.7 fewer jobs", "jobs", "growth_before", -1, "Output growth in place of jobs", False),
    ("R1.7 stagnant real estate", "housing", "floor_area_2010", 0, "Floor area, 2010", False),
)
UNTESTED = (
    ("R1.6 people drawn to the coast", "coast", "Needs flows between cities"),
    ("R1.7 out-migration", "migration", "Part of the fall itself, not before it"),
)


def run(work: Workspace) -> None:
    """A line a claim, with the verdict the interval allows."""
    fit: Estimate = work.load("hazard_main", "cox")
    tidy = fit.tidy().set_index("term")
    rows = []
    for claim, key, term, sign, measure, measured in CLAIMS:
        low, high = (float(np.exp(tidy.loc[term, name])) for name in ("conf_low", "conf_high"))
        ratio = float(np.exp(tidy.loc[term, "estimate"]))
        verdict = _verdict(low, high, sign) if measured else "not testable"
        work.result(f"claims.causes.{key}", verdict, "label", "", "hazard_claims")
        for name, value in (("ratio", ratio), ("low", low), ("high", high)):
            stem = f"claims.causes.{key}.{name}"
            work.result(stem, value, "iterative", "ratio", "hazard_claims")
        numbers = Cell(ratio, ".2f"), Cell(f"{low:.2f}–{high:.2f}")
        rows.append(Row((Cell(claim), Cell(measure), *numbers, Cell(verdict))))
    for claim, key, why in UNTESTED:
        work.result(f"claims.causes.{key}", "not testable", "label", "", "hazard_claims")
        cells = (Cell(claim), Cell(why), Cell(None), Cell(""), Cell("not testable"))
        rows.append(Row(cells))
    heads = ("Claim", "Here", "Hazard ratio", "95% interval", "Verdict")
    work.table(
        Table(
            "hazard_claims",
            "The report's causes and the hazard of a first onset, 2012–2020",
            (tuple(Span(head) for head in heads),),
            tuple(rows),
            (
                "Cox model of the hazard table, one unit more of the covariate. A verdict speaks "
                "of association among units not yet declining; no design here supports a causal "
                "word. Not testable: what was measured stands in for something else, or is "
                "missing.",
            ),
            align="llrcl",
        )
    )


def _verdict(low: float, high: float, sign: int) -> str:
    """In words, what an interval of the hazard ratio says about a claimed direction."""
    if low <= 1 <= high:
        return "no association found"
    claimed = low > 1 if sign > 0 else high < 1
    return "association as claimed" if claimed else "association against it"
