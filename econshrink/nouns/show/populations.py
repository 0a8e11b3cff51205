"""Pages of panels, spells, curves, labels, ages and accounts; read by their fields."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from econshrink.nouns.show.page import (
    Grid,
    Page,
    counted,
    fixed,
    frame_grid,
    level_text,
    number,
    share,
)

SHOWN_REASONS = 3  # of the units left out, in print; `excluded` has them all
_CURVES = {
    "survival": "Survival curve",
    "incidence": "Cumulative incidence",
    "cumulative_hazard": "Cumulative hazard",
    "hazard": "Hazard",
    "event_time": "Effects by event time",
}


def panel_page(panel: Any) -> Page:
    """Variables of a panel with their figures, gaps and ranges."""
    frame = panel.frame
    counts = frame.notna().sum()
    ranges = (pd.Series.min, pd.Series.median, pd.Series.max)
    rows = tuple(
        (
            str(name),
            f"{int(counts[name]):,}",
            share(1 - counts[name] / len(frame)),
            *(number(float(of(frame[name]))) for of in ranges),
        )
        for name in frame.columns[:40]
    )
    grid = Grid(("variable", "figures", "missing", "min", "median", "max"), rows)
    years = panel.years
    size = f"{counted(len(panel.cities))} × {counted(len(years), 'year')} ({years[0]}–{years[-1]})"
    facts = [("Rows", f"{len(frame):,}"), ("Source", panel.source or "not said")]
    if len(panel.attributes.columns):
        facts.append(("Attributes", ", ".join(map(str, panel.attributes.columns))))
    rest = len(frame.columns) - len(rows)
    notes = (f"{rest} more variables",) if rest else ()
    brief = f"{size}, {len(frame.columns)} variables"
    return Page(f"Panel, {size}", brief, tuple(facts), (grid,), notes, panel.synthetic)


def spells_page(spells: Any) -> Page:
    """Size of a risk set, and what became of every unit."""
    frame = spells.frame
    exposure = float((frame["stop"] - frame["start"]).sum())
    facts = (
        ("Event", spells.event_name),
        ("Time 0", spells.origin or "not said"),
        ("Rows", f"{len(frame):,}"),
        ("Units", f"{spells.cities:,}"),
        ("Events", f"{spells.events:,}"),
        ("Time at risk", number(exposure)),
    )
    grids = [frame_grid(frame, "First and last rows", 8)]
    if len(spells.account):
        grids.insert(0, frame_grid(spells.account, "What became of every row"))
    notes = tuple(spells.notes)
    if len(spells.dropped):
        reasons = spells.dropped["reason"].value_counts()
        said = "; ".join(f"{count:,}: {reason}" for reason, count in reasons.items())
        notes = (f"{counted(len(spells.dropped))} left out ({said})", *notes)
    brief = f"{counted(spells.events, 'event')}, {counted(spells.cities)}, {spells.event_name}"
    return Page("Spells at risk", brief, facts, tuple(grids), notes, spells.synthetic)


def curve_page(curve: Any) -> Page:
    """Times, numbers at risk, events, estimate and band, group by group."""
    several = len(curve.groups) > 1
    grids = []
    for group in curve.groups:
        frame = curve.frame[curve.frame["group"].astype(str) == group]
        names = ["time", *(name for name in ("at_risk", "events") if name in frame.columns)]
        shown = frame[[*names, "estimate", "std_error", "conf_low", "conf_high"]]
        shown = shown.rename(
            columns={
                "at_risk": "at risk",
                "std_error": "std. error",
                "conf_low": f"[{level_text(curve.level)}",
                "conf_high": "band]",
            }
        )
        shown = shown.assign(time=_times(shown["time"].tolist()))
        for name in ("at risk", "events"):
            if name in shown.columns:
                shown = shown.assign(**{name: [number(float(v), 6) for v in shown[name]]})
        grid = frame_grid(shown.reset_index(drop=True), f"Group {group}" if several else "")
        grids.append(Grid(grid.columns, grid.rows, frozenset(), grid.caption))
    points = len(curve.frame)
    title = _CURVES.get(curve.kind, curve.kind)
    facts = (("Shows", curve.label),) if curve.label else ()
    brief = f"{title.lower()}, {points} points" + (
        f", {len(curve.groups)} groups" if several else ""
    )
    return Page(title, brief, facts, tuple(grids), tuple(curve.notes), curve.synthetic)


def _times(times: list[float]) -> list[str]:
    """Times with the same decimals, no more than the finest of them needs."""
    places = next((k for k in range(6) if all(round(t, k) == t for t in times)), 6)
    return [fixed(float(t), places) for t in times]


def identification_page(labels: Any) -> Page:
    """The count with its rule, concept, series and window, and the labels themselves."""
    first, last = labels.window
    figures = ", ".join(part for part in (labels.concept, labels.series) if part)
    said = (
        f"{labels.count} of {labels.units} units shrink by {labels.rule_id} "
        f"({figures}, {first}–{last}; {labels.sample})"
    )
    reasons = labels.excluded["reason"].value_counts().sort_index().to_dict()
    frequent = sorted(reasons, key=lambda reason: -reasons[reason])[:SHOWN_REASONS]
    left = [f"{reasons[reason]} left out: {reason}" for reason in frequent]
    other = sum(reasons.values()) - sum(reasons[reason] for reason in frequent)
    said = "; ".join([said, *left, *([f"{other} left out for other reasons"] if other else [])])
    frame = labels.frame
    undefined = int(frame["shrinking"].isna().sum())
    facts = [("Share", share(labels.share))]
    if undefined:
        facts.append(("Undefined", f"{undefined:,}"))
    grid = frame_grid(frame.rename_axis("unit"), most=12)
    return Page(said, said, tuple(facts), (grid,), tuple(labels.notes), labels.synthetic)


def ages_page(ages: Any) -> Page:
    """Persons of all units together, by sex and age."""
    persons = ages.persons.sum(axis=0)
    total = int(persons.sum())
    lower = list(ages.lower)
    names = [f"{a}–{b - 1}" for a, b in pairwise(lower)] + [f"{lower[-1]}+"]
    rows = tuple(
        (name, f"{men:,}", f"{women:,}", share((men + women) / total if total else float("nan")))
        for name, men, women in zip(names, *persons.tolist(), strict=True)
    )
    grid = Grid(("age", "male", "female", "share"), rows)
    facts = (
        ("Units", f"{len(ages.cities):,}"),
        ("Persons", f"{total:,}"),
        ("Source", ages.source or "not said"),
    )
    brief = (
        f"{total:,} persons in {counted(len(ages.cities))}, {ages.year}, {len(lower)} age groups"
    )
    return Page(f"Persons by age, {ages.year}", brief, facts, (grid,), (), ages.synthetic)


def accounting_page(book: Any) -> Page:
    """Components of change: the sum over all units, then each unit."""
    parts = book.components()
    total = parts.sum()
    rows = tuple(
        (name.replace("_", " "), f"{int(total[name]):,}".replace("-", "−"), rate)
        for name, rate in zip(
            parts.columns,
            [share(float(v) / float(total["population_start"] or np.nan)) for v in total],
            strict=True,
        )
    )
    whole = Grid(("component", "persons", "of start"), rows, caption="All units together")
    columns = ["population_start", "births", "deaths", "coverage", "migration", "change"]
    units = frame_grid(parts[columns], "By unit", 12)
    facts = (
        ("Units", f"{len(book.units):,}"),
        ("Window", f"{book.start}–{book.end}"),
        ("Source", book.source or "not said"),
    )
    brief = (
        f"{counted(len(book.units))}, {book.start}–{book.end}: "
        f"change {number(int(total['change']))} "
        f"= natural {number(int(total['natural']))} + coverage {number(int(total['coverage']))} "
        f"+ migration {number(int(total['migration']))}"
    )
    title = f"Accounting of population change, {book.start}–{book.end}"
    return Page(title, brief, facts, (whole, units), tuple(book.rules), book.synthetic)
