"""How often planted roles are found: the formal rule beside naive ones (a stored study)."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from analyses.machinery.studies.store import read_study
from analyses.machinery.workspace import Workspace, slug
from analyses.studies.planted_roles import GRID
from econshrink import Table
from econshrink.nouns import Cell, Row, Span
from econshrink.report import CATEGORIES, DASHES, MARKERS, house_style, new_figure, percent_axis

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
DRAWN = ("core", "two-way node", "false", "false_nodes")
SHORT = {
    "core": "core exact",
    "two-way node": "nodes found",
    "false": "false gains, losses",
    "false_nodes": "false nodes",
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
    """Tabulate and draw the stored study."""
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
    work.figure(
        _figure(table),
        "role_recovery",
        synthetic=True,
        alt=(
            "Four panels: how often three rules find planted roles, by moves per pair of "
            "cities. The formal rule finds the core and makes few false claims; it finds "
            "two-way nodes only with many moves."
        ),
    )


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
            f"{record['replicates']} draws a setting, seed {record['seed']}, code "
            f"{str(record['code'])[:10]}. {'; '.join(texts)}; loose: κ "
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


def _figure(table: pd.DataFrame) -> Figure:
    shown = list(SETTINGS)[:3]
    places = [GRID[setting].flow_per_pair for setting in shown]
    with house_style():
        figure, grid = new_figure("two", 2.5, 1, len(DRAWN), sharey=True)
        for number, (axes, measure) in enumerate(zip(grid[0], DRAWN, strict=True)):
            for k, (rule, name) in enumerate(RULES.items()):
                values = table.loc[f"{rule}.{measure}", shown]
                axes.plot(
                    places, values, color=CATEGORIES[k], marker=MARKERS[k], linestyle=DASHES[k],
                    label=name if number == 0 else None,
                )  # fmt: skip
            axes.set_xscale("log")
            axes.set_xticks(places, [f"{place:g}" for place in places])
            axes.minorticks_off()
            axes.set_ylim(-0.03, 1.03)
            axes.set_title(f"({chr(ord('a') + number)}) {SHORT[measure]}", loc="left", pad=5)
            axes.set_xlabel("moves per pair")
        percent_axis(grid[0, 0].yaxis, 0)
        figure.legend(loc="outside lower center", ncols=3)
    return figure
