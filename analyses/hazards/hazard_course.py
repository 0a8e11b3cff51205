"""Survival and recovery over the whole record, rebased years left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analyses.machinery.workspace import Workspace
from analyses.shared.hazard_sample import REBASED, REGIONS, trusted
from analyses.shared.samples import annual_panel
from econshrink import Curve, SpellTable, Table, kaplan_meier
from econshrink.nouns import Cell, Row, Span
from econshrink.report import CATEGORIES, DASHES, house_style, new_figure, percent_axis
from econshrink.shrinkage import (
    ConsecutiveDecline,
    Histories,
    OnsetEvents,
    RecoveryEvents,
    RecoveryRule,
    SpellTime,
    Watch,
    city_histories,
    risk_spells,
)
from econshrink.survival import log_rank

WATCH = Watch(ConsecutiveDecline(3), 3, 2001, 2024, REBASED)
RULES = {
    "two rises": RecoveryRule(2, 0.0),
    "three rises, half regained": RecoveryRule(3, 0.5),
}
SIZES = ("below 2 million", "2–5 million", "5 million and more")
STAGES = {
    "growing": "resource, growing",
    "mature": "resource, mature",
    "declining": "resource, declining",
    "regenerating": "resource, regenerating",
}
GROUPS = {"region": "Region", "stage": "Resource stage", "size": "Residents at the start"}


def run(work: Workspace) -> None:
    """Curves of onset by group, and recoveries."""
    panel = trusted(annual_panel())
    histories = city_histories(panel, WATCH, RULES["two rises"])
    spells = _grouped(risk_spells(histories, OnsetEvents(), clock=SpellTime()), panel.attributes)
    curves = {name: kaplan_meier(spells, name) for name in GROUPS}
    for name, curve in curves.items():
        work.save(curve, f"curve_{name}")
    work.figure(
        _figure(list(curves.values())),
        "onset_survival",
        alt=(
            "Three panels of step curves, by region, resource stage and size: the share of "
            "units without an onset over years at risk. The curve of the Northeast falls "
            "furthest."
        ),
    )
    work.count("hazard.course.events", spells.events, "onsets", "onset_survival")
    work.count("hazard.course.units", spells.frame["home"].nunique(), "units", "onset_survival")
    _groups(work, spells, curves)
    _recovery(work, {name: city_histories(panel, WATCH, rule) for name, rule in RULES.items()})


def _grouped(spells: SpellTable, attributes: pd.DataFrame) -> SpellTable:
    """Add region, resource stage and size class of the first trusted year."""
    home = spells.frame["home"]
    stage = home.map(attributes["resource_stage"]).map(STAGES).fillna("other")
    start = annual_panel().wide("population")[2002] / 1e6
    size = pd.cut(home.map(start), [0, 2, 5, np.inf], right=False, labels=list(SIZES))
    frame = spells.frame.assign(
        region=home.map(attributes["region"]).map(REGIONS), stage=stage, size=size.astype("str")
    )
    frame = frame[frame["size"].isin(SIZES)]
    return SpellTable(frame, spells.rule_id, spells.origin, spells.dropped, spells.notes)


def _figure(curves: list[Curve]) -> Figure:
    with house_style():
        figure, grid = new_figure("two", 2.7, columns=3)
        for number, (curve, title) in enumerate(zip(curves, GROUPS.values(), strict=True)):
            axes = grid[0, number]
            for j, group in enumerate(curve.groups):
                part = curve.frame[curve.frame["group"].astype(str) == group]
                colour, style = CATEGORIES[j % len(CATEGORIES)], DASHES[j % len(DASHES)]
                line = {"color": colour, "linestyle": style, "where": "post"}
                axes.step(part["time"], part["estimate"], label=group, **line)
            axes.set(xlabel="Years at risk", ylim=(0, 1.02))
            axes.set_title(f"({chr(ord('a') + number)}) {title}", loc="left", fontsize=8)
            percent_axis(axes.yaxis, 0)
            axes.legend(loc="lower left", fontsize=7.2)
        grid[0, 0].set_ylabel("Share without an onset")
    return figure


def _groups(work: Workspace, spells: SpellTable, curves: dict[str, Curve]) -> None:
    """Units, onsets and survival of every group, and a test that their hazards are one."""
    rows = []
    for name, title in GROUPS.items():
        p_value = float(log_rank(spells, name).p_value)
        work.result(f"hazard.course.{name}.p", p_value, "p", "", "onset_groups")
        blanks = [Cell("")] * 4
        rows.append(Row((Cell(title), *blanks, Cell(p_value, ".3f")), "rule" if rows else "body"))
        for level, part in spells.frame.groupby(name):
            curve = curves[name].frame
            last = curve[(curve["group"] == str(level)) & (curve["time"] <= 5)].iloc[-1]
            limits = (float(last["conf_low"]), float(last["conf_high"]))
            band = "" if np.isnan(limits).any() else f"{limits[0]:.1%}–{limits[1]:.1%}"
            counts = Cell(int(part["home"].nunique()), ",d"), Cell(int(part["event"].sum()), "d")
            share = Cell(float(last["estimate"]), ".1%")
            rows.append(Row((Cell(f"  {level}"), *counts, share, Cell(band), Cell(""))))
    work.table(
        Table(
            "onset_groups",
            "First onsets by region, resource stage and size, published series",
            (
                tuple(
                    Span(head)
                    for head in ("", "Units", "Onsets", "Without, year 5", "Band", "Log-rank p")
                ),
            ),
            tuple(rows),
            (
                "Kaplan–Meier share without an onset after five years at risk, with log–log bands; "
                "log-rank tests take units as independent, though onsets of a province come "
                "together. Same rows as the figure.",
            ),
            align="lrrrcr",
        )
    )


def _recovery(work: Workspace, found: dict[str, Histories]) -> None:
    rows = []
    for name, histories in found.items():
        dated = risk_spells(histories, RecoveryEvents(), clock=SpellTime())
        every = risk_spells(histories, RecoveryEvents(unknown_start=True))
        curve = kaplan_meier(dated).frame
        within = curve[curve["time"] <= 5].iloc[-1]
        key = name.split()[0]
        work.count(f"hazard.recovery.{key}.declines", dated.cities, "declines", "recovery")
        work.count(f"hazard.recovery.{key}.recoveries", dated.events, "recoveries", "recovery")
        work.count(f"hazard.recovery.{key}.all", every.events, "recoveries", "recovery")
        share = 1 - float(within["estimate"])
        work.result(f"hazard.recovery.{key}.incidence", share, "estimate", "share", "recovery")
        units = every.frame["home"].nunique()
        numbers = (dated.cities, dated.events, units, every.events)
        cells = [Cell(int(number), ",d") for number in numbers]
        band = f"{1 - within['conf_high']:.1%}–{1 - within['conf_low']:.1%}" if share > 0 else "–"
        row = (Cell(name[0].upper() + name[1:]), *cells, Cell(share, ".1%"), Cell(band))
        rows.append(Row(row))
    heads = ("Recovery means", "Declines", "Recovered", "Units", "Recovered", "By year 5", "Band")
    work.table(
        Table(
            "recovery",
            "Recoveries from runs of three falls, published series",
            (
                (
                    Span(""),
                    Span("Onset known", 2),
                    Span("Onset known or not", 2),
                    Span("Incidence, onset known", 2),
                ),
                tuple(Span(head) for head in heads),
            ),
            tuple(rows),
            (
                "Years on one census base only, so a decline that outlasts its base is censored "
                "there. No unit of the record was merged into another while it declined; with no "
                "competing end, incidence is one less Kaplan–Meier survival.",
            ),
            align="lrrrrrc",
        )
    )
