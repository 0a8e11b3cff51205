"""How often planted roles are found: the formal rule beside naive ones (a stored study)."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace, slug
from analyses.studies.planted_roles import GRID
from econshrink import Table
from econshrink.nouns import Cell, Row, Span

STUDY = "planted_roles"
RULES = {"rule": "formal rule", "gap": "strength gap", "exact": "exact Borgatti–Everett"}
MEASURES = {
    "core": "Core exactly right",
    "two-way node": "Two-way nodes found",
    "receiver": "Receivers found",
    "loser": "Losers found",
    "peripheral-balanced": "Balanced cities found",
    "accuracy": "All labels right",
    "false": "False among gains and losses",
    "false_nodes": "False among two-way nodes",
}
SETTINGS = {
    "low": "low",
    "middle": "middle",
    "high": "high",
    "five_years": "middle, five years",
    "high_loose": "high, loose",
    "high_one_core": "high, one core",
    "high_three_cores": "high, three cores",
}


def run(work: Workspace) -> None:
    """Tabulate the stored study."""
    record = read_study(STUDY, work.root)
    table = record["rows"].pivot(index="term", columns="setting", values="mean")
    work.result("role.study.replicates", record["replicates"], "count", "draws", EXHIBIT, True)
    for setting in SETTINGS:
        plan = GRID[setting]
        stem = f"role.study.{setting}"
        work.result(f"{stem}.per_pair", plan.flow_per_pair, "estimate", "moves", EXHIBIT, True)
        for rule in RULES:
            for measure in MEASURES:
                work.result(
                    f"{stem}.{rule}.{slug(measure)}",
                    float(table.loc[f"{rule}.{measure}", setting]),
                    "mc",
                    "share",
                    EXHIBIT,
                    True,
                )
    work.table(_table(table, record))


EXHIBIT = "role_recovery"


def _table(table: pd.DataFrame, record: dict[str, object]) -> Table:
    rows = []
    for rule, heading in RULES.items():
        rows.append(Row((Cell(heading[0].upper() + heading[1:]),), "group"))
        for measure, text in MEASURES.items():
            values = [float(table.loc[f"{rule}.{measure}", setting]) for setting in SETTINGS]
            rows.append(Row((Cell(text), *(Cell(value, ".2f") for value in values))))
    head = ("Share of draws or cities", *(text.capitalize() for text in SETTINGS.values()))
    texts = [
        f"{name} {GRID[key].flow_per_pair:g} moves a pair, κ {GRID[key].inverse_shape:g}"
        for key, name in (("low", "low"), ("middle", "middle"), ("high", "high"))
    ]
    return Table(
        "role_recovery",
        "Planted roles found in networks of 13 cities",
        (tuple(Span(text) for text in head),),
        tuple(rows),
        (
            f"Stored study of {record['replicates']} draws a setting. "
            f"{'; '.join(texts)}; loose: κ "
            f"{GRID['high_loose'].inverse_shape:g}; Var = μ + κμ². Two cores, two two-way nodes, "
            "two receivers, four losers, three balanced cities unless the column says otherwise; "
            "one node lies between the cores. The naive rules read roles off point values and take "
            "as core the cities above the largest gap of log in-strength, or the exact "
            "Borgatti–Everett core of the raw flows. False: a labelled receiver or loser whose "
            "true effectiveness is not beyond the threshold, or a city labelled two-way that is "
            "none.",
        ),
        synthetic=True,
    )
