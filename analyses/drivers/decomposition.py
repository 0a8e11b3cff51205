"""Decline by driver and component: Shapley, Gelbach and Oaxaca–Blinder on the long differences."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.decomposition_parts import (
    LABELS,
    MEASURED,
    OUTCOMES,
    PARTS,
    REGIONS,
    SCHEME,
    parts_table,
    record,
    spec,
)
from analyses.shared.samples_long import long_sample
from econshrink import CityPanel, Decomposition, Resampling, shapley_r2
from econshrink.decompose import ThreeFold, TwoFold, gelbach, oaxaca_blinder, shapley_predicted
from econshrink.nouns import TOTAL
from econshrink.report import plot_parts

EXPLAINED = [part for part in LABELS if part not in {"unexplained", TOTAL}]


def run(work: Workspace) -> None:
    """Decompose China's long differences."""
    panel = _with_sides(long_sample().comparable)
    r2 = {
        label: shapley_r2(panel, spec(name, PARTS), PARTS, resampling=Resampling(scheme=SCHEME))
        for name, label in OUTCOMES.items()
    }
    for name, label in OUTCOMES.items():
        record(work, f"decomposition.r2.{name}", r2[label], "decomposition_r2")
    notes = (MEASURED, "Shares of R² (LMG): mean increase over all orders of the groups.")
    title = "Which drivers of 2010 go with change 2010–2020: shares of R²"
    table = parts_table("decomposition_r2", title, r2, {"R2": ""}, LABELS, notes, digits=".3f")
    work.table(table)
    _regions(work, panel)
    _northeast(work, panel)
    _sides(work, panel)


def _with_sides(panel: CityPanel) -> CityPanel:
    """Add the dummies of losing units and of the Northeast."""
    index = panel.frame.index
    losing = (panel.column("total_rate") < 0).astype(float)
    northeast = (panel.attribute("region") == "northeast").astype(float)
    dummies = {
        "losing": pd.Series(losing, index=index),
        "northeast": pd.Series(northeast, index=index),
    }
    return panel.with_variables(dummies)


def _regions(work: Workspace, panel: CityPanel) -> None:
    """How far regions lie from the mean of all units, by driver."""
    found = {
        label: shapley_predicted(
            panel, spec(name, PARTS), PARTS, "region", resampling=Resampling(scheme=SCHEME)
        )
        for name, label in OUTCOMES.items()
    }
    for name, label in OUTCOMES.items():
        record(work, f"decomposition.region.{name}", found[label], "decomposition_region")
    shown = {label: found[label] for label in ("Net migration", "Natural change")}
    headed = {
        place: f"{title}\n"
        + " / ".join(
            f"{result.number(place, TOTAL):+.1f}".replace("-", "−") for result in shown.values()
        )
        for place, title in REGIONS.items()
    }
    drivers = {part: text for part, text in LABELS.items() if part != TOTAL}
    figure = plot_parts(
        shown, headed, drivers, xlabel="Percentage points from the mean of all units, 95% bands",
        columns=len(REGIONS),
    )  # fmt: skip
    work.figure(
        figure,
        "decomposition_region",
        alt=f"A panel for each of {', '.join(REGIONS.values())}: dots with bands show how far each "
        "driver moves net migration and natural change from the mean of all units.",
    )


def _northeast(work: Workspace, panel: CityPanel) -> None:
    """What the drivers do to the Northeast's coefficient."""
    found = {
        label: gelbach(
            panel,
            spec(name, PARTS, "northeast"),
            ("northeast",),
            PARTS,
            resampling=Resampling(scheme=SCHEME),
        )
        for name, label in OUTCOMES.items()
    }
    for name, label in OUTCOMES.items():
        record(work, f"decomposition.gelbach.{name}", found[label], "decomposition_gelbach")
    labels = {part: LABELS[part] for part in EXPLAINED}
    labels |= {"full": "Left in the full regression", TOTAL: "Northeast less others"}
    notes = (
        "Coefficient of a dummy of the Northeast without drivers (total) and what each driver "
        "accounts for when all are added (Gelbach 2016), points of percent of the persons of 2010.",
        MEASURED,
        "Three provinces make up the Northeast: clustered errors rest on few clusters there.",
    )
    table = parts_table(
        "decomposition_gelbach",
        "The Northeast's shortfall by driver and component",
        found,
        {"northeast": ""},
        labels,
        notes,
    )
    work.table(table)


def _sides(work: Workspace, panel: CityPanel) -> None:
    """Losing against growing units; the Northeast's pooled two-fold split is Gelbach's."""
    cases = {
        "Two-fold": ("losing", TwoFold()),
        "Three-fold": ("losing", ThreeFold()),
    }
    found: dict[str, Decomposition] = {}
    for label, (side, fold) in cases.items():
        result = oaxaca_blinder(
            panel,
            spec("total_rate", PARTS),
            PARTS,
            side,
            fold,
            resampling=Resampling(scheme=SCHEME),
        )
        key = f"decomposition.oaxaca.{side}.{'three' if fold == ThreeFold() else 'two'}"
        record(work, key, result, "decomposition_oaxaca")
        found[label] = _effects(result)
    labels = {part: LABELS[part] for part in EXPLAINED}
    labels |= {
        "constant": "Constant",
        "unexplained": "Unexplained",
        "coefficients": "Coefficients",
        "interaction": "Interaction",
        TOTAL: "Gap",
    }
    notes = (
        "Gap in change, points of percent. Two-fold: covariates at the coefficients of the pooled "
        "regression with a dummy of the side; three-fold: at the coefficients of growing units.",
        "Losing units are chosen by the outcome, which attenuates the coefficients within sides "
        "and swells what is unexplained: read those columns as a description.",
        MEASURED,
    )
    table = parts_table(
        "decomposition_oaxaca",
        "Losing less growing units: Oaxaca–Blinder decomposition of the gap",
        found,
        {"gap": ""},
        labels,
        notes,
    )
    work.table(table)


def _effects(result: Decomposition) -> Decomposition:
    """The gap with its explained effect spread over drivers, as one target."""
    frame = result.frame
    first = "explained" if "explained" in result.targets else "endowments"
    drivers = frame[(frame["target"] == first) & (frame["part"] != TOTAL)]
    drivers = drivers[drivers["part"] != "constant"].assign(target="gap")
    rest = frame[(frame["target"] == "gap") & (frame["part"] != first)]
    return Decomposition(
        pd.concat([drivers, rest]),
        result.method,
        result.error_label,
        result.nobs,
        result.clusters,
        result.draws,
        result.draws_lost,
        result.notes,
        result.synthetic,
    )
