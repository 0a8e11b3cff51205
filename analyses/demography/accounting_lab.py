"""What the accounting finds where births, deaths and moves are known: the stored study, printed."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace, slug
from econshrink import Table
from econshrink.nouns import Cell, Row, Span

RULES = {
    "own survival": "True survival",
    "children with mothers": "True survival, children with mothers",
    "harsh table, open": "Too harsh a table, no adjustment",
    "harsh table, closed": "Too harsh a table, national adjustment",
}
NUMBERS = {
    "natural change of losers": ("Natural change of losers", 100.0, ".2f"),
    "migration of losers": ("Net migration of losers", 100.0, ".2f"),
    "share of migration": ("Share of migration", 1.0, ".3f"),
}


def run(work: Workspace) -> None:
    """Print bias by rule."""
    record = read_study("accounting", work.root)
    frame = pd.DataFrame(record["rows"]).set_index("term")
    rows = []
    for rule, label in RULES.items():
        cells = [Cell(label)]
        for name, (_, scale, digits) in NUMBERS.items():
            row = frame.loc[f"{name}, {rule}"]
            stem = f"accounting.synthetic.{slug(rule)}.{slug(name)}"
            work.result(f"{stem}.truth", float(row["truth"]), "mc", "share", "", synthetic=True)
            work.result(f"{stem}.bias", float(row["bias"]), "mc", "share", "", synthetic=True)
            cells += [
                Cell(scale * float(row["truth"]), digits),
                Cell(scale * float(row["bias"]), digits),
            ]
        rows.append(Row(tuple(cells)))
    noise = 100 * float(frame["bias_mc"].max())
    first = (Span(""), *(Span(label, 2) for label, _, _ in NUMBERS.values()))
    second = (Span("Rule"), *(Span(text) for _ in NUMBERS for text in ("Truth", "Bias")))
    work.table(
        Table(
            "accounting_recovery",
            "Truth and bias of the accounting in synthetic countries",
            (first, second),
            tuple(rows),
            (
                f"Stored study of {record['replicates']} countries; Monte Carlo errors of the "
                "bias are at most "
                f"{noise:.3f} points (hundredths for the share). Losers' means in percent of the "
                "persons at the start. In these countries children move as often as the model of "
                "migration says, and mortality is one for all. The "
                "harsh table has a force of mortality 15 percent above the true one.",
            ),
            synthetic=True,
        )
    )
