"""Tables of the backtest, made from its cases."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import FIRST_TRUTH, NAIVE
from econshrink import Backtest, Table
from econshrink.core.seeds import generator
from econshrink.forecast import STACKED, comparison, event_scores, loss_name
from econshrink.nouns import Cell, Row, Span

COMPARED = (1, 5, 10)
EVENTS = ((5, 0.0), (5, 0.05), (10, 0.0), (10, 0.05))
LABELS = {
    "no_change": "No change",
    "drift": "Drift",
    "damped": "Damped drift",
    "shrunk": "Shrunk drift",
    "share": "Share of growth",
    "shift": "Shift-share",
    "theta": "Theta",
    "pooled": "Pooled growth",
    "boosted": "Boosted trees",
    "cohort": "Age structure",
    STACKED: "Stacked models",
    "climatology": "Climatology",
    "logit": "Persistence logit",
}


def accuracy_table(scores: dict[int, pd.DataFrame], draws: int) -> Table:
    """Points, distributions and coverage by horizon."""
    rows = []
    for name in next(iter(scores.values())).index:
        cells = [Cell(LABELS[str(name)])]
        for table in scores.values():
            row = table.loc[name]
            cells += [Cell(float(row["mape"]) * 100, ".1f")]
            cells += [Cell(float(row["crps"]) * 100, ".2f"), Cell(float(row["inside80"]), ".0%")]
        rows.append(Row(tuple(cells)))
    sizes = {h: (int(t.iloc[0]["origins"]), int(t.iloc[0]["cases"])) for h, t in scores.items()}
    return Table(
        "forecast_accuracy",
        "Population models scored on the census of 2020 and the figures of 2021–2024",
        (
            (Span(""), *(Span(f"{h} year{'s' * (h > 1)}", 3) for h in scores)),
            (Span("Model"), *(Span(x) for _ in scores for x in ("MAPE", "CRPS", "80%"))),
        ),
        tuple(rows),
        (
            "Pseudo-real-time: at each origin only figures of the one compilation that were out a "
            "year later, nothing closed to a later census; truth: figures as published. MAPE: mean "
            "absolute error of the median, percent of the truth; CRPS of log "
            "population × 100; 80%: share of truths inside the central interval.",
            "Origins and cases: "
            + "; ".join(
                f"{h} year{'s' * (h > 1)} {o} origins, {c:,} city-origins"
                for h, (o, c) in sizes.items()
            )
            + ". Origins overlap: at five and ten years there is one that is independent.",
            f"{draws} draws a model; spread learnt from settled earlier forecasts only.",
        ),
    )


def event_table(work: Workspace, found: Backtest) -> Table:
    """Probabilities of a fall, with both references; records the figures."""
    rows = []
    for horizon, loss in EVENTS:
        table = event_scores(found.of(horizon, FIRST_TRUTH), loss)
        title = f"{'Any fall' if loss == 0 else f'A fall of at least {loss:.0%}'}, {horizon} years"
        rows.append(Row((Cell(f"{title} ({float(table['rate'].iloc[0]):.0%} of cases)"),), "group"))
        for name, row in table.iterrows():
            stem = f"forecast.{name}.h{horizon}.loss{loss_name(loss)}"
            for key in ("brier", "skill_climatology", "skill_logit", "auc", "slope", "intercept"):
                work.result(f"{stem}.{key}", float(row[key]), "mc", "", "forecast_events")
            cells = [Cell(float(row[key]), ".3f") for key in ("brier", "reliability", "resolution")]
            cells += [Cell(float(row[k]), "+.2f") for k in ("skill_climatology", "skill_logit")]
            cells += [Cell(float(row["log_score"]), ".3f"), Cell(float(row["auc"]), ".2f")]
            cells += [
                Cell(float(row["average_precision"]), ".2f"),
                Cell(float(row["slope"]), ".2f"),
            ]
            cells.append(Cell(float(row["slope_error"]), ".2f", "(", ")"))
            rows.append(Row((Cell(LABELS[str(name)]), *cells)))
    names = ("Brier", "Rel.", "Res.", "Clim.", "Logit", "Log", "AUC", "PR", "Slope", "s.e.")
    return Table(
        "forecast_events",
        "Probabilities of a fall, scored",
        (
            (Span(""), Span("Brier score", 3), Span("Skill against", 2), Span("", 5)),
            (Span("Model"), *map(Span, names)),
        ),
        tuple(rows),
        (
            "Same cases as in the table of accuracy. Rel., res.: Murphy's reliability and "
            "resolution in ten bins. Skill: one minus the ratio of Brier scores. Logit: of the "
            "event on growth of the last five years and its sign, fitted at each origin on "
            "earlier ones. Log: log score, probabilities kept within 0.001 of 0 and 1. PR: "
            "average precision. Slope: calibration slope with its standard error, clustered by "
            "province; 1 is right, above 1 too timid.",
        ),
    )


def comparison_table(work: Workspace, found: Backtest, scores: dict[int, pd.DataFrame]) -> Table:
    """Diebold-Mariano and the model confidence set against the best naive rule."""
    rows = []
    for horizon in COMPARED:
        naive = str(scores[horizon].loc[list(NAIVE), "crps"].idxmin())
        rng = generator(f"forecast.comparison.{horizon}")
        table = comparison(found.of(horizon, FIRST_TRUTH), naive, horizon, rng)
        rows.append(
            Row(
                (Cell(f"{horizon} year{'s' * (horizon > 1)}, against {LABELS[naive].lower()}"),),
                "group",
            )
        )
        for name, row in table.iterrows():
            stem = f"forecast.{name}.h{horizon}"
            if np.isfinite(row["p_value"]):
                work.result(f"{stem}.dm_p", float(row["p_value"]), "mc", "", "forecast_comparison")
            cells = [Cell(float(row["difference"]), "+.1%")]
            cells += [Cell(float(row[k]), ".2f") for k in ("statistic", "p_value", "mcs_p")]
            cells += [Cell(int(row[k]), "d") for k in ("origins", "independent")]
            rows.append(Row((Cell(LABELS[str(name)]), *cells)))
    heads = ("Model", "CRPS", "DM", "p", "MCS p", "Origins", "Independent")
    return Table(
        "forecast_comparison",
        "Differences between models, and how little they rest on",
        (tuple(map(Span, heads)),),
        tuple(rows),
        (
            "CRPS: difference to the better of no change and drift. DM: Diebold–Mariano on origin "
            "means with Harvey's correction; a dash where overlapping windows leave no positive "
            "variance. MCS p: model confidence set, origins resampled in blocks as long as the "
            "horizon, where there are three separate ones. Independent: origins whose windows "
            "share no year.",
        ),
    )
