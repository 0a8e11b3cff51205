"""How far the annual series were from the census, and what closing them can and cannot do."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples import UNRELIABLE, annual_panel, bilingual_names
from econshrink import CityPanel, Table
from econshrink.data import (
    HoldGrowth,
    ObservedCell,
    StraightLine,
    base_shift,
    close_log_linear,
    close_smoothed,
    load_boundary_changes,
    load_census_panel,
    rebase_boundaries,
)
from econshrink.nouns import Cell, Row, Span
from econshrink.report import CATEGORIES, house_style, new_figure
from econshrink.shrinkage import set_aside

RULES = {
    "straight_line": ("Straight line between censuses", StraightLine()),
    "observed_cell": ("Proportional, observed 2020 cell", ObservedCell()),
    "hold_1": ("Old base extrapolated, last year's growth", HoldGrowth(1)),
    "hold_3": ("Old base extrapolated, mean growth of three years", HoldGrowth(3)),
}
SHOWN = ("230400", "210400", "231200", "230200", "510100", "440300")


def run(work: Workspace) -> None:
    """Close by each rule, count the rebasings, draw six cities."""
    census = load_census_panel()
    annual = rebase_boundaries(annual_panel(), load_boundary_changes())
    rows = []
    for key, (label, rule) in RULES.items():
        closed = close_log_linear(annual, census, old_base=rule)
        work.save(closed.panel, key)
        rows.append(_row(work, key, label, rule, annual, census))
    table = Table(
        "closure",
        "How far the census of 2020 moved the annual series",
        (
            (
                Span("Old-base value of 2020"),
                Span("Units"),
                Span("Within 1%"),
                Span("Beyond 5%"),
                Span("Median"),
            ),
        ),
        tuple(row for row in rows if row is not None),
        (
            "Distance of the census from the level the annual series was heading for. The "
            "old-base value of 2020 was never published: the annual cell of 2020 already is the "
            "census, so the distance rests on the extrapolation named in the row.",
        ),
    )
    work.table(table)
    _hidden_losers(work, annual, census)
    _northeast(work, annual, census)
    _draw(work, annual, census)


def _row(
    work: Workspace, key: str, label: str, rule: object, annual: CityPanel, census: CityPanel
) -> Row | None:
    if not isinstance(rule, HoldGrowth):
        return None
    shift = base_shift(annual, census, old_base=rule)["shift"]
    close, far = int((shift.abs() < 0.01).sum()), int((shift.abs() > 0.05).sum())
    work.count(f"closure.{key}.units", len(shift), "units", "closure")
    work.count(f"closure.{key}.within_1", close, "units", "closure")
    work.count(f"closure.{key}.beyond_5", far, "units", "closure")
    return Row(
        (
            Cell(label),
            Cell(len(shift), "d"),
            Cell(close, "d"),
            Cell(far, "d"),
            Cell(float(shift.median()), ".1%"),
        )
    )


def _hidden_losers(work: Workspace, annual: CityPanel, census: CityPanel) -> None:
    """Census losers whom the annual series 2010–2019 shows growing, before and after rebasing."""
    counts = census.wide("population")
    losers = counts.index[counts[2020] < counts[2010]]
    for key, panel in (("raw", annual_panel()), ("boundaries", annual)):
        series = panel.wide("population").reindex(losers).dropna(subset=[2010, 2019])
        growing = int((series[2019] > series[2010]).sum())
        work.count(f"closure.losers.{key}_growing", growing, "units")
        work.count(f"closure.losers.{key}_units", len(series), "units")


def _northeast(work: Workspace, annual: CityPanel, census: CityPanel) -> None:
    """The Northeast 2010–2019 by published annual figures beside the censuses, same units.

    Figures filled in by the compiler are left out: a line drawn between two censuses agrees with
    them by construction.
    """
    published = set_aside(annual, "population", ("interpolated", *UNRELIABLE))
    inside = annual.attributes.index[annual.attributes["region"] == "northeast"]
    raw = published.wide("population").loc[inside]
    known = raw.dropna(subset=[2011, 2019]).index
    counted = census.wide("population").loc[known]
    work.count("closure.northeast.units", len(known), "units")
    annual_change = (raw.loc[known, 2019] - counted[2010]).sum()
    work.count("closure.northeast.raw_change", int(annual_change), "persons")
    work.count(
        "closure.northeast.census_change", int((counted[2020] - counted[2010]).sum()), "persons"
    )
    filled = annual.wide_status("population").loc[inside, 2019].eq("interpolated").sum()
    work.count("closure.northeast.filled", int(filled), "units")


def _draw(work: Workspace, annual: CityPanel, census: CityPanel) -> None:
    shown = set_aside(annual, "population", ("interpolated", *UNRELIABLE))
    raw, counts = shown.wide("population"), census.wide("population")
    for city in SHOWN:
        gap = float(annual.wide("population").loc[city, 2019] / counts.loc[city, 2020] - 1)
        name = slug(annual.attributes.loc[city, "name_en"])
        work.result(f"closure.shown.{name}", gap, "estimate", "share", "closure_cities")
    closed = {
        label: close_log_linear(annual, census, old_base=rule).panel.wide("population")
        for label, rule in (("straight line", StraightLine()), ("closed", HoldGrowth(1)))
    }
    low, high = close_smoothed(annual, census).band(0.95)
    with house_style():
        fig, axes = new_figure("two", height=4.4, rows=2, columns=3)
        for axis, city in zip(axes.flat, SHOWN, strict=True):
            axis.fill_between(
                low.columns, low.loc[city] / 1e6, high.loc[city] / 1e6,
                color=CATEGORIES[1], alpha=0.18, lw=0, label="95% band of the smoother",
            )  # fmt: skip
            _city(axis, city, raw, closed, counts)
        for axis in axes[:, 0]:
            axis.set_ylabel("Residents, million")
        handles, labels = axes.flat[0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
    names = bilingual_names()
    shown = ", ".join(names[city] for city in SHOWN)
    work.figure(
        fig,
        "closure_cities",
        alt=f"Six panels, {shown}: residents by year as published and as closed to the censuses. "
        "Published series of losing cities stay high and drop at the census of 2020.",
    )


def _city(
    axis: Axes, city: str, raw: pd.DataFrame, closed: dict[str, pd.DataFrame], counts: pd.DataFrame
) -> None:
    years = list(range(2010, 2025))
    axis.plot(years, raw.loc[city, years] / 1e6, color=CATEGORIES[0], label="annual, as published")
    for style, (label, table) in zip(("--", "-"), closed.items(), strict=True):
        values = table.loc[city, years[:11]] / 1e6
        axis.plot(years[:11], values, style, color=CATEGORIES[1], label=label, lw=1)
    axis.plot([2010, 2020], counts.loc[city, [2010, 2020]] / 1e6, "ko", ms=3.5, label="census")
    axis.set_title(bilingual_names()[city])
    axis.set_xticks([2010, 2015, 2020, 2024])
