"""Do shrinking cities still build? The satellite's answer, beside the growing ones'."""

from __future__ import annotations

import numpy as np

from analyses.machinery.workspace import Workspace
from analyses.shared.report_claims import EXPANDING
from econshrink import CityPanel, Identification, Table, load_china
from econshrink.data import load_census_panel
from econshrink.nouns import Cell, Row, Span
from econshrink.report import house_style, new_figure
from econshrink.shrinkage import expansion_by_label, land_ratios

WINDOW = (2010, 2020)
COLOURS = {"shrinking": "#D55E00", "other": "#0072B2"}
LABELS = {"shrinking": "Losing residents", "other": "Gaining residents"}


def run(work: Workspace) -> None:
    """Tabulate and draw the growth of built-up area by label."""
    labels: Identification = work.load("census", "residents")
    panel = load_china()
    table = expansion_by_label(labels, panel, WINDOW)
    rows = []
    for key, row in table.iterrows():
        name = str(key)
        prefix = f"expansion.{name if name == 'shrinking' else 'growing'}"
        for column in ("units", "expanding", "without_area"):
            work.count(f"{prefix}.{column}", int(row[column]), "units", "expansion")
        for column in ("expanding_share", "median_growth"):
            work.result(f"{prefix}.{column}", float(row[column]), "estimate", "share", "expansion")
        work.result(
            f"{prefix}.mean_log_growth", float(row["mean_log_growth"]), "estimate", "", "expansion"
        )
        rows.append(
            Row(
                (
                    Cell(LABELS[name]),
                    Cell(int(row["units"]), "d"),
                    Cell(int(row["expanding"]), "d"),
                    Cell(row["expanding_share"], ".1%"),
                    Cell(row["median_growth"], ".1%"),
                    Cell(row["area_added_km2"], ",.0f"),
                )
            )
        )
    steps = panel.wide("built_up_km2").diff(axis=1)
    falls = int((steps < 0).sum().sum())
    work.count("expansion.area_falls", falls, "steps", "expansion")
    work.table(
        Table(
            "expansion",
            "Built-up area 2010–2020 of units losing and gaining residents",
            (
                (
                    Span("Units"),
                    Span("Number"),
                    Span("Expanding"),
                    Span("Share"),
                    Span("Median growth"),
                    Span("Added, km²"),
                ),
            ),
            tuple(rows),
            (
                f"Label: {labels.rule_id}, census, {WINDOW[0]}–{WINDOW[1]}. Area: land cover class "
                f"13 of MODIS MCD12Q1. That class falls in {falls} of the yearly steps observed, "
                "so a share of expanding units near one is no finding by itself.",
                f"The report claims that {EXPANDING:.2%} of shrinking cities expand.",
            ),
        )
    )
    _ratios(work, labels, panel)
    _draw(work, labels)


def _ratios(work: Workspace, labels: Identification, panel: CityPanel) -> None:
    """Land per person lost, and why the ratio of two growth rates is not used."""
    people = load_census_panel().column("population")
    both = panel.with_variables({"residents": people})
    table = land_ratios(labels, both, WINDOW, population="residents")
    rows = []
    for name, wanted in (("shrinking", True), ("growing", False)):
        part = table[table["shrinking"] == wanted]
        stem = f"expansion.{name}"
        work.result(f"{stem}.gap", float(part["gap"].median()), "estimate", "", "land")
        land = float(part["m2_per_person"].median())
        work.result(f"{stem}.m2_per_person", land, "estimate", "m2", "land")
        lost = part["m2_per_person_lost"].dropna()
        if len(lost):
            value = float(lost.median())
            work.result(f"{stem}.m2_per_person_lost", value, "estimate", "m2", "land")
        quantiles = part["rate_ratio"].dropna().quantile([0, 0.25, 0.5, 0.75, 1])
        for level, value in quantiles.items():
            key = f"{stem}.rate_ratio_q{100 * level:.0f}"
            work.result(key, float(value), "estimate", "", "land")
        cells = [
            Cell(float(part["area_growth"].median()), ".3f"),
            Cell(float(part["population_growth"].median()), ".3f"),
            Cell(float(part["gap"].median()), ".3f"),
            Cell(land, ",.0f"),
            Cell(float(lost.median()) if len(lost) else None, ",.0f"),
            *(Cell(float(value), ".1f") for value in quantiles),
        ]
        rows.append(Row((Cell(LABELS["shrinking" if wanted else "other"]), *cells)))
    work.table(
        Table(
            "land",
            "Land and people 2010–2020: gap and ratio of growth, land per person",
            (
                (
                    Span(""),
                    Span("Median log growth", 3),
                    Span("Median m² per person", 2),
                    Span("Ratio of growth rates, quantiles", 5),
                ),
                (
                    Span("Units"),
                    Span("area"),
                    Span("people"),
                    Span("gap"),
                    Span("in 2020"),
                    Span("lost"),
                    *(Span(text) for text in ("least", "25%", "50%", "75%", "most")),
                ),
            ),
            tuple(rows),
            (
                "Gap: growth of built-up area less growth of residents. Lost: built-up area added "
                "per resident lost. The ratio of growth rates, the form of SDG indicator 11.3.1, "
                "has no finite mean and changes sign where population growth passes zero, so we "
                "print its quantiles and use the gap.",
            ),
        )
    )


def _draw(work: Workspace, labels: Identification) -> None:
    """Distribution of built-up growth by label."""
    area = load_china().wide("built_up_km2")
    growth = 100 * np.log(area[WINDOW[1]] / area[WINDOW[0]])
    with house_style():
        fig, axes = new_figure("one", height=2.6)
        axis = axes[0, 0]
        for key, wanted in (("shrinking", True), ("other", False)):
            chosen = labels.frame.index[labels.frame["shrinking"].eq(wanted).fillna(value=False)]
            values = np.sort(growth.reindex(chosen).dropna().to_numpy())
            share = np.arange(1, len(values) + 1) / len(values)
            axis.step(values, share, where="post", color=COLOURS[key], label=LABELS[key])
        axis.set_xlim(-2, 60)
        axis.set_xlabel("Growth of built-up area 2010–2020, log points × 100")
        axis.set_ylabel("Cumulative share of units")
        axis.legend(frameon=False, loc="lower right")
    work.figure(fig, "expansion")
