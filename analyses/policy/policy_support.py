"""Differentiated support: losing units by path, risk and capacity; stages of resource cities."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples import annual_panel, bilingual_names
from econshrink import Ranking, Table
from econshrink.data import load_census_panel, load_units
from econshrink.nouns import Cell, Row, Span
from econshrink.shrinkage import (
    CAPACITIES,
    PATHS,
    RISKS,
    SupportMatrix,
    SupportRule,
    support_matrix,
)

RISK = ("risk", "used_2030")  # task and noun: probability of the loss that `risk` defines
YEAR = 2020
STAGES = ("growing", "mature", "declining", "regenerating", "none")
EXAMPLES = 3


def run(work: Workspace) -> None:
    """Fill the matrix with real units, and describe the official stages."""
    paths: pd.DataFrame = work.load("typology", "paths")
    ranking: Ranking = work.load(*RISK)
    risk = ranking.frame.set_index("city")["probability"]
    found = support_matrix(paths, risk, _capacity())
    for name, value in (
        ("units", len(found.frame)),
        ("left_out", len(found.left_out)),
        ("high", int((found.frame["risk_class"] == "high").sum())),
        ("high_weak", _cell(found, "high", "weak")),
        ("high_strong", _cell(found, "high", "strong")),
        ("weak", int((found.frame["capacity_class"] == "weak").sum())),
    ):
        work.count(f"risk.support.{name}", value, "units", "support")
    work.table(_table(found, ranking))
    work.table(_stages(work))


def _cell(found: SupportMatrix, risk: str, capacity: str) -> int:
    frame = found.frame
    return int(((frame["risk_class"] == risk) & (frame["capacity_class"] == capacity)).sum())


def _capacity() -> pd.Series:
    """Nominal output per resident in 2020 over the median of all units with both figures."""
    panel = annual_panel()
    people = load_census_panel().wide("population")[YEAR]
    output = panel.wide("gdp_nominal")[YEAR]
    per_head = (output / people.reindex(output.index)).dropna()
    return per_head / per_head.median()


def _table(found: SupportMatrix, ranking: Ranking) -> Table:
    counts, rule = found.counts(), SupportRule()
    cells = [(risk, capacity) for risk in RISKS for capacity in CAPACITIES]
    rows = []
    for path in PATHS:
        if path in counts.index:
            values = [int(counts.loc[path, cell]) for cell in cells]
            rows.append(
                Row(
                    (
                        Cell(path.capitalize()),
                        *(Cell(v, "d") for v in values),
                        Cell(sum(values), "d"),
                    )
                )
            )
    total = [int(counts[cell].sum()) for cell in cells]
    rows.append(Row((Cell("All"), *(Cell(v, "d") for v in total), Cell(sum(total), "d")), "rule"))
    kinds = [Cell(rule.support[cell]) for cell in cells]
    rows.append(Row((Cell("Support"), *kinds, Cell(""))))
    label = bilingual_names()
    urgent = found.frame[
        (found.frame["risk_class"] == "high") & (found.frame["capacity_class"] == "weak")
    ].sort_values("risk", ascending=False, kind="stable")
    first = ", ".join(label[city] for city in urgent.index[: 2 * EXAMPLES])
    low, high = rule.risk_cuts
    reasons = found.left_out["reason"].value_counts()
    return Table(
        "support",
        "Support by path, risk and capacity: units that lost residents 2010–2020",
        (
            (Span(""), *(Span(f"{risk.capitalize()} risk", 2) for risk in RISKS), Span("")),
            (Span("Most probable path"), *(Span(c) for c in CAPACITIES * 3), Span("All")),
        ),
        tuple(rows),
        (
            f"Risk: probability of {ranking.event} ({ranking.model}), low below {low:.2f}, high "
            f"from {high:.2f}. Capacity: nominal output per resident in {YEAR} against the median "
            "unit, a stand-in for fiscal capacity, which is not among our data. The last row is "
            "a table of judgement that a user may replace, not an estimate: nothing here says what "
            f"support would achieve. First by risk among high and weak: {first}. Left out: "
            + "; ".join(f"{count} units, {reason}" for reason, count in reasons.items())
            + ".",
        ),
        align="l" + "c" * 6 + "r",
    )


def _stages(work: Workspace) -> Table:
    """Population change by official stage: description only."""
    units = load_units().query("in_337 and valid_2020")
    people = load_census_panel().wide("population").reindex(units.index)
    change = (people[2020] / people[2010] - 1).dropna()
    stage = units["resource_stage"].reindex(change.index)
    rows = []
    for name in STAGES:
        part = change[stage == name]
        inside = people.loc[part.index]
        whole = float(inside[2020].sum() / inside[2010].sum() - 1)
        stem = f"identify.stages.{slug(name)}"
        work.count(f"{stem}.units", len(part), "units", "stages")
        work.count(f"{stem}.losing", int((part < 0).sum()), "units", "stages")
        work.result(f"{stem}.change", whole, "estimate", "share", "stages")
        work.result(f"{stem}.median", float(part.median()), "estimate", "share", "stages")
        text = "not on the list" if name == "none" else name
        rows.append(
            Row(
                (
                    Cell(text.capitalize()),
                    Cell(len(part), "d"),
                    Cell(int((part < 0).sum()), "d"),
                    Cell(float((part < 0).mean()), ".1%"),
                    Cell(float(part.median()), ".1%"),
                    Cell(whole, ".1%"),
                )
            )
        )
    head = ("Stage in 2013", "Units", "Losing", "Share losing", "Median change", "Change of sum")
    return Table(
        "stages",
        "Residents by official stage of resource cities, 2010–2020",
        (tuple(Span(text) for text in head),),
        tuple(rows),
        (
            "State Council list of 2013; census residents, boundaries of 2020. The list names "
            "stages, not dates of adoption or sums of support; all units were named in one year, "
            "stages were given by the decline before it, and there is one census before and one "
            "after. No difference-in-differences, event study or synthetic control on these "
            "data could tell support from what the stages were chosen by.",
        ),
    )
