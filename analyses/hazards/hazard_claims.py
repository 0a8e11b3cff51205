"""What the hazard models can say on the report's claims about causes, and what they cannot."""

from __future__ import annotations

import numpy as np

from analyses.machinery.workspace import Workspace
from econshrink import Estimate, Table
from econshrink.nouns import Cell, Row, Span

SIZE = 0.05
RULES = ("rw", "score")  # of the family of coefficients, as the table of onsets has them
MAIN, OBSERVED = ("hazard_main", "cox"), ("evidence_hazards", "level")
HELD = ("evidence_hazards", "persistent")
# Claim, key, term, the sign it implies for the hazard, what stands for it, the model without
# growth 2000-10.
CLAIMS = (
    ("Ageing", "ageing", "elderly_2010", 1, "Share aged 65+, 2010", MAIN),
    ("Low births", "births", "children_2010", -1, "Children per 100 women, 2010", MAIN),
    ("Fewer jobs", "jobs", "jobs_before", -1, "Jobs, a tenth in logs", OBSERVED),
    ("Stagnant real estate", "housing", "investment_level", -1, "Investment a head, log",
     OBSERVED),
)  # fmt: skip
UNTESTED = (
    ("People drawn to the coast", "coast", "Needs flows between cities"),
    ("Out-migration", "migration", "Part of the fall itself, not before it"),
)
HEADS = ("Claim", "Here", "Ratio", "95% interval", "Ratio", "RW, t", "RW, score", "Verdict")


def run(work: Workspace) -> None:
    """A line a claim, with the verdict the interval and the family allow."""
    found = {key: entry["value"] for key, entry in work.results().items()}
    fits = {source: _rows(work, source) for source in (MAIN, OBSERVED, HELD)}
    rows = []
    for claim, key, term, sign, measure, source in CLAIMS:
        low, high = (float(np.exp(fits[source][term][name])) for name in ("conf_low", "conf_high"))
        ratio = float(np.exp(fits[source][term]["estimate"]))
        held = float(np.exp(fits[HELD][term]["estimate"]))
        family = tuple(float(found[f"evidence.hazard.{term}.persistent.{rule}"]) for rule in RULES)
        verdict = judge(low, high, family, sign)
        work.result(f"claims.causes.{key}", verdict, "label", "", "hazard_claims")
        numbers = {"ratio": ratio, "low": low, "high": high, "persistent": held}
        for name, value in numbers.items():
            stem = f"claims.causes.{key}.{name}"
            work.result(stem, value, "iterative", "ratio", "hazard_claims")
        cells = Cell(ratio, ".2f"), Cell(f"{low:.2f}–{high:.2f}"), Cell(held, ".2f")
        shown = (Cell(adjusted, ".2f") for adjusted in family)
        rows.append(Row((Cell(claim), Cell(measure), *cells, *shown, Cell(verdict))))
    for claim, key, why in UNTESTED:
        work.result(f"claims.causes.{key}", "not testable", "label", "", "hazard_claims")
        nothing = (Cell(None), Cell(""), Cell(None), Cell(None), Cell(None))
        rows.append(Row((Cell(claim), Cell(why), *nothing, Cell("not testable"))))
    spans = (Span("", 2), Span("Without growth 2000–10", 2), Span("With it", 3), Span(""))
    work.table(
        Table(
            "hazard_claims",
            "The report's causes and the hazard of a first onset, 2012–2020",
            (spans, tuple(Span(head) for head in HEADS)),
            tuple(rows),
            (
                "Hazard ratios of Cox models, one unit more of the covariate: ages from the hazard "
                "table, jobs of the year before and investment of 2008–10 from the table of onsets "
                "with observed jobs. With it: all of them and growth 2000–10 in one model, on the "
                "units whose growth 2000–10 two censuses give; RW: Romano–Wolf over its terms, by "
                "the two rules of that table. An association needs an interval without one and "
                f"both adjusted p below {SIZE}. "
                "Associations among units not yet declining; no design here says what brings an "
                "onset about.",
            ),
            align="llrcrrrl",
        )
    )


def _rows(work: Workspace, source: tuple[str, str]) -> dict[str, dict[str, float]]:
    """Coefficients and intervals of a saved model, by term."""
    fit: Estimate = work.load(*source)
    table: dict[str, dict[str, float]] = fit.tidy().set_index("term").to_dict("index")
    return table


def judge(low: float, high: float, family: tuple[float, ...], sign: int) -> str:
    """What an interval of the hazard ratio and the adjusted p with growth before held allow."""
    if low <= 1 <= high:
        return "not told from one"
    if not (low > 1 if sign > 0 else high < 1):
        return "association against it"
    clear = sum(adjusted < SIZE for adjusted in family)
    if clear == len(family):
        return "association as claimed"
    return "hangs on the error rule" if clear else "does not survive persistence"
