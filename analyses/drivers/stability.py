"""How much the drivers' coefficients rest on the controls, and what a declared diagram says."""

from __future__ import annotations

import math

from analyses.machinery.workspace import Workspace
from analyses.shared.samples_long import CONTROLS, DRIVERS, OUTCOMES, long_sample
from analyses.shared.specs_long import MIGRATION, labels, spec
from econshrink import CityPanel, Spec, Table
from econshrink.causal import (
    CausalDiagram,
    ControlCheck,
    Stability,
    check_controls,
    coefficient_stability,
    mechanical_links,
)
from econshrink.nouns import Cell, Row, Span
from econshrink.report import CATEGORIES, GREY, house_style, new_figure

# Declared before estimation. Everything is dated 2010 but the outcome; `past` is migration before
# 2010, `site` what a place offers (climate, harbour, distance), neither of them observed.
DIAGRAM = CausalDiagram(
    (
        ("past", "share_65_plus"),
        ("past", "child_woman_ratio"),
        ("past", "in_migrants"),
        ("past", "log_population"),
        ("past", "employment_rate"),
        ("past", "floor_area"),
        ("past", MIGRATION),
        ("site", "past"),
        ("site", "share_agriculture"),
        ("site", "share_mining"),
        ("site", "share_manufacturing"),
        ("site", "share_tertiary"),
        ("site", "floor_area"),
        ("site", MIGRATION),
        ("share_mining", "employment_rate"),
        ("share_manufacturing", "employment_rate"),
        ("share_agriculture", "employment_rate"),
        ("share_agriculture", "floor_area"),
        ("share_tertiary", "child_woman_ratio"),
        ("share_65_plus", "employment_rate"),
        ("share_65_plus", "floor_area"),
        ("child_woman_ratio", "employment_rate"),
        ("employment_rate", MIGRATION),
        ("share_65_plus", MIGRATION),
        ("child_woman_ratio", MIGRATION),
        ("floor_area", MIGRATION),
        ("share_purchased", MIGRATION),
        ("share_tertiary", MIGRATION),
        ("share_tertiary", "share_purchased"),
        ("in_migrants", "floor_area"),
        ("in_migrants", "share_purchased"),
        ("in_migrants", MIGRATION),
        ("log_population", MIGRATION),
        ("share_agriculture", MIGRATION),
        ("share_mining", MIGRATION),
        ("share_manufacturing", MIGRATION),
    ),
    unobserved=("past", "site"),
)
REFUSED = ("share_65_plus_2020", "log_employment_change", "gdp_per_head")


def run(work: Workspace) -> None:
    """Oster's bounds of every driver, the check of the controls, the mechanical links."""
    panel = long_sample().comparable
    found = {
        (outcome, term): coefficient_stability(panel, spec(outcome), term)
        for outcome in OUTCOMES[:2]
        for term in DRIVERS
    }
    for (outcome, term), stability in found.items():
        key = f"drivers.stability.{outcome}.{term}"
        for name in ("short", "long", "bound", "r2_max"):
            value = getattr(stability, name)
            work.result(f"{key}.{name}", value, "estimate", "", "stability")
        if math.isfinite(stability.delta):
            work.result(f"{key}.delta", stability.delta, "estimate", "", "stability")
    work.table(_table(found))
    _figure(work, found)
    _checks(work, panel)


def _table(found: dict[tuple[str, str], Stability]) -> Table:
    names = labels(DRIVERS)
    titles = {OUTCOMES[0]: "Net migration", OUTCOMES[1]: "Natural change"}
    rows = []
    for outcome, title in titles.items():
        rows.append(Row((Cell(title),), "group"))
        for term in DRIVERS:
            s = found[outcome, term]
            rows.append(
                Row(
                    (
                        Cell(names[term]),
                        Cell(s.short, ".2f"),
                        Cell(s.r2_short, ".2f"),
                        Cell(s.long, ".2f"),
                        Cell(s.r2_long, ".2f"),
                        Cell(s.bound, ".2f"),
                        Cell(s.delta, ".2f"),
                    )
                )
            )
    return Table(
        "stability",
        "Coefficient stability: what selection on unobservables would do",
        (
            (Span(""), Span("Alone", 2), Span("All covariates", 2), Span("δ = 1"), Span("β = 0")),
            (
                Span(""),
                *(Span(head) for head in ("Estimate", "R²", "Estimate", "R²", "Estimate", "δ")),
            ),
        ),
        tuple(rows),
        (
            "Province effects absorbed throughout, R² within provinces. δ = 1: the coefficient if "
            "unobservables matter as much as the covariates (Oster 2019), with 1.3 times the R² "
            "reached. β = 0: the δ that makes it zero; between zero and one, selection weaker than "
            "that on the covariates is enough.",
        ),
    )


def _figure(work: Workspace, found: dict[tuple[str, str], Stability]) -> None:
    names = labels(DRIVERS)
    with house_style():
        figure, axes = new_figure("two", height=2.6, columns=2, sharey=True)
        for number, (outcome, title) in enumerate(
            ((OUTCOMES[0], "Net migration"), (OUTCOMES[1], "Natural change"))
        ):
            ax = axes[0, number]
            ax.axvline(0, color=GREY, lw=0.6)
            for row, term in enumerate(DRIVERS):
                s = found[outcome, term]
                ax.plot([s.short, s.long, s.bound], [row] * 3, "-", color="#BBBBBB", lw=1.0)
                for value, marker, colour, text in (
                    (s.short, "o", CATEGORIES[0], "alone"),
                    (s.long, "s", CATEGORIES[1], "all covariates"),
                    (s.bound, "D", CATEGORIES[2], "unobservables as strong (δ = 1)"),
                ):
                    said = text if row == 0 else None
                    ax.plot(value, row, marker, color=colour, ms=4.5, label=said)
            ax.set_title(f"({chr(97 + number)}) {title}", loc="left", fontsize=8)
            ax.set_yticks(range(len(DRIVERS)), [names[term] for term in DRIVERS])
            ax.set_ylim(len(DRIVERS) - 0.5, -0.5)
            ax.set_xlabel("Points per unit of the covariate")
        handles, texts = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside lower center", ncols=3)
    work.figure(
        figure,
        "stability",
        alt=(
            "For each driver a path of its coefficient from the regression alone to the one "
            "with all covariates and on to the bound with unobservables. Some paths cross "
            "zero."
        ),
    )


def control_checks() -> dict[str, ControlCheck]:
    """The main specification read against the diagram, one driver at a time."""
    listed = DRIVERS + CONTROLS
    return {
        term: check_controls(DIAGRAM, term, MIGRATION, [name for name in listed if name != term])
        for term in DRIVERS
    }


def _checks(work: Workspace, panel: CityPanel) -> None:  # noqa: ARG001
    names = labels((*DRIVERS, *CONTROLS, *REFUSED))
    names |= {"past": "past migration", "site": "site", MIGRATION: "net migration"}
    rows = [Row((Cell("Controls against the declared diagram"),), "group")]
    for term, check in control_checks().items():
        work.result(f"drivers.controls.{term}", check.verdict, "label", "", "control_checks")
        moved = (*check.mediators, *check.descendants)
        rows.append(
            Row(
                (
                    Cell(names[term]),
                    Cell(", ".join(names[name] for name in moved) or "none"),
                    Cell(" – ".join(names[name].lower() for name in check.open_path) or "none"),
                    Cell("no" if check.sufficient is None else "yes"),
                )
            )
        )
    rows.append(Row((Cell("Covariates refused because they hold the outcome"),), "group"))
    for name in REFUSED:
        links = mechanical_links(Spec("total_rate", (name,)))
        rows.append(
            Row(
                (
                    Cell(names[name]),
                    Cell("; ".join(link.kind for link in links)),
                    Cell(""),
                    Cell(""),
                )
            )
        )
    work.table(
        Table(
            "control_checks",
            "Bad controls and mechanical links",
            (
                (
                    Span("Driver or covariate"),
                    Span("Controls it moves"),
                    Span("Path left open"),
                    Span("Could any controls close it?"),
                ),
            ),
            tuple(rows),
            (
                "The diagram is declared in the program of this table: past migration and site are "
                "unobserved causes of structure and of migration. Where a path stays open, the "
                "coefficient is an association whatever its standard error.",
            ),
            align="llll",
        )
    )
