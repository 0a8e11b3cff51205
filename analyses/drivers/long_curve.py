"""Every reasonable set of controls: specification curves of the drivers with joint tests."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np

from analyses.machinery.workspace import Workspace
from analyses.shared.cells import p_cell
from analyses.shared.samples_long import CONTROLS, DRIVERS, long_sample
from analyses.shared.specs_long import MIGRATION, PROVINCE, REGION, labels, spec
from econshrink import Resampling, Spec, Table
from econshrink.nouns import Cell, Row, Span
from econshrink.panel import (
    CurveInference,
    SpecificationCurve,
    curve_inference,
    specification_curve,
)
from econshrink.report import CATEGORIES, house_style, new_figure, panel_letter

DRAWS = 999
TESTS = {"median estimate": "median", "share significant": "share", "mean statistic": "mean"}


def run(work: Workspace) -> None:
    """Estimate all curves, test each jointly, draw them."""
    panel = long_sample().comparable
    curves: dict[str, tuple[SpecificationCurve, CurveInference]] = {}
    for term in DRIVERS:
        curve = specification_curve(panel, specifications(term), term, cluster="province")
        curves[term] = (curve, curve_inference(curve, resampling=Resampling(DRAWS, jobs=1)))
        _record(work, term, *curves[term])
    work.count("drivers.curve.specifications", len(specifications(DRIVERS[0])), "specifications",
               "long_curve")  # fmt: skip
    work.count("drivers.curve.draws", DRAWS, "draws", "long_curve")
    work.table(_table(curves))
    _figure(work, curves)


def specifications(term: str) -> list[Spec]:
    """The driver alone or with the other drivers, any set of controls, province or region effects.

    The main specification is among them; none was left out after seeing the figures.
    """
    others = tuple(name for name in DRIVERS if name != term)
    sets = chain.from_iterable(combinations(CONTROLS, k) for k in range(len(CONTROLS) + 1))
    return [
        spec(MIGRATION, (term, *beside, *controls), effects)
        for controls in sets
        for beside in ((), others)
        for effects in (PROVINCE, REGION)
    ]


def _record(work: Workspace, term: str, curve: SpecificationCurve, joint: CurveInference) -> None:
    table = curve.table
    key = f"drivers.curve.{term}"
    estimates = table["estimate"].to_numpy()
    for name, value in (
        ("lowest", estimates.min()),
        ("median", np.median(estimates)),
        ("highest", estimates.max()),
        ("negative_share", (estimates < 0).mean()),
        ("significant_share", (table["p_value"] < 0.05).mean()),
        ("significant_negative_share", ((table["p_value"] < 0.05) & (estimates < 0)).mean()),
    ):
        work.result(f"{key}.{name}", float(value), "estimate", "", "long_curve")
    for row in joint.summary.to_dict("records"):
        work.result(f"{key}.p_{TESTS[str(row['test'])]}", row["p_value"], "p", "", "long_curve")


def _table(curves: dict[str, tuple[SpecificationCurve, CurveInference]]) -> Table:
    names = labels(DRIVERS)
    rows = []
    for term, (curve, joint) in curves.items():
        estimates = curve.table["estimate"].to_numpy()
        significant = curve.table["p_value"].to_numpy() < 0.05
        tests = joint.summary.set_index("test")["p_value"]
        rows.append(
            Row(
                (
                    Cell(names[term]),
                    Cell(float(estimates.min()), ".2f"),
                    Cell(float(np.median(estimates)), ".2f"),
                    Cell(float(estimates.max()), ".2f"),
                    Cell(float((significant & (estimates < 0)).mean()), ".0%"),
                    Cell(float((significant & (estimates > 0)).mean()), ".0%"),
                    *(p_cell(float(tests[name])) for name in TESTS),
                )
            )
        )
    count = len(next(iter(curves.values()))[0].table)
    return Table(
        "long_curve",
        "Specification curves of the drivers of net migration",
        (
            (
                Span(""),
                Span("Estimate", 3),
                Span("Significant", 2),
                Span("Joint p-value", 3),
            ),
            (
                Span(""),
                *(Span(head) for head in ("Lowest", "Median", "Highest", "Negative", "Positive")),
                *(Span(head) for head in ("Median", "Share", "Mean t")),
            ),
        ),
        tuple(rows),
        (
            f"{count} specifications a driver: every subset of the seven controls, with and "
            "without the other drivers, province or region effects. Significant: at 5%, clustered "
            f"by province. Joint: pairs bootstrap of provinces, {DRAWS} draws, of the hypothesis "
            "that the coefficient is zero in all specifications.",
        ),
    )


def _figure(work: Workspace, curves: dict[str, tuple[SpecificationCurve, CurveInference]]) -> None:
    names = labels(DRIVERS)
    with house_style():
        figure, axes = new_figure("two", height=4.4, rows=2, columns=2)
        for number, (term, (curve, _)) in enumerate(curves.items()):
            ax = axes.ravel()[number]
            table = curve.table.sort_values("estimate").reset_index(drop=True)
            significant = (table["p_value"] < 0.05).to_numpy()
            reach = 1.96 * table["std_error"]
            ax.fill_between(
                table.index, table["estimate"] - reach, table["estimate"] + reach,
                color="#D9D9D9", linewidth=0,
            )  # fmt: skip
            for chosen, colour, text in (
                (~significant, "#A8A8A8", "p ≥ 0.05"),
                (significant, CATEGORIES[0], "p < 0.05"),
            ):
                ax.plot(
                    table.index[chosen], table["estimate"][chosen], ".", ms=2.2, color=colour,
                    label=text,
                )  # fmt: skip
            main = curve.table["formula"] == spec(MIGRATION, _main_order(term)).formula
            value = float(curve.table.loc[main, "estimate"].iloc[0])
            place = int((table["estimate"] - value).abs().idxmin())
            ax.plot(
                place, value, "D", ms=4, color=CATEGORIES[2], label="main specification", zorder=3
            )
            ax.axhline(0, color="#333333", lw=0.6)
            panel_letter(ax, number)
            ax.set_title(f"({chr(97 + number)}) {names[term]}", loc="left", fontsize=7.5)
            ax.set_xlabel("Specifications in ascending order")
            ax.set_ylabel("Points of net migration")
        handles, texts = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside lower center", ncols=3)
    work.figure(
        figure,
        "long_curve",
        alt=(
            "Four panels of coefficients with intervals in ascending order over all "
            "specifications. Three curves cross zero; that of floor area per head stays "
            "above it."
        ),
    )


def _main_order(term: str) -> tuple[str, ...]:
    return (term, *(name for name in DRIVERS if name != term), *CONTROLS)
