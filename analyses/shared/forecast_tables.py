"""Tables of the backtest, made from its cases."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import FIRST_TRUTH, NATIONAL, OTHERS, RULES
from econshrink import Backtest, Table
from econshrink.core.seeds import generator
from econshrink.forecast import (
    STACKED,
    event_scores,
    independent_origins,
    loss_name,
    paired_gain,
)
from econshrink.nouns import Cell, Row, Span

COMPARED = ((1, 0), (3, 0), (3, FIRST_TRUTH), (5, 0), (10, 0))  # horizon, first origin
AGAINST = ("no_change", "damped")
CORE = (*RULES, *NATIONAL, STACKED)
EVENTS = ((1, 0.05), (3, 0.05), (5, 0.05), (5, 0.0), (10, 0.05))
LABELS = {
    "no_change": "Last value",
    "drift": "Drift",
    "damped": "Damped drift",
    "shrunk": "Shrunk drift",
    "share": "Share of growth",
    "shift": "Shift-share",
    "theta": "Theta",
    "pooled": "Pooled growth",
    "boosted": "Boosted trees",
    "scaled": "Drift scaled to the nation",
    "two_part_8": "Two-part, damped .8",
    "two_part_9": "Two-part, damped .9",
    "mixture": "Mixture",
    "cohort": "Age structure",
    STACKED: "Learnt stack of all",
    "climatology": "Climatology",
    "logit": "Persistence logit",
}


def accuracy_table(scores: dict[int, pd.DataFrame], draws: int) -> Table:
    """Points, distributions and coverage by horizon."""
    rows = []
    groups = {"no_change": "Rules", NATIONAL[0]: "With a nation", next(iter(OTHERS)): "Others"}
    for name in next(iter(scores.values())).index:
        if name in groups:
            rows.append(Row((Cell(groups[str(name)]),), "group"))
        cells = [Cell(LABELS[str(name)])]
        for table in scores.values():
            row = table.loc[name]
            cells += [Cell(float(row["mape"]) * 100, ".1f")]
            cells += [Cell(float(row["crps"]) * 100, ".2f"), Cell(float(row["inside80"]), ".0%")]
        rows.append(Row(tuple(cells)))
    sizes = {h: (int(t.iloc[0]["origins"]), int(t.iloc[0]["cases"])) for h, t in scores.items()}
    return Table(
        "forecast_accuracy",
        "Population models scored on the census of 2020 and the published values of 2021–2024",
        (
            (Span(""), *(Span(f"{h} year{'s' * (h > 1)}", 3) for h in scores)),
            (Span("Model"), *(Span(x) for _ in scores for x in ("MAPE", "CRPS", "80%"))),
        ),
        tuple(rows),
        (
            "At each origin models see only what was out a year later, and nothing adjusted to a "
            "later census; they are scored on values as published. MAPE: mean absolute error of "
            "the median, percent of the published value; CRPS of log population × 100; 80%: share "
            "of published values inside the central interval.",
            "Origins and cases: "
            + "; ".join(
                f"{h} year{'s' * (h > 1)} {o} origins, {c:,} city-origins"
                for h, (o, c) in sizes.items()
            )
            + ". Windows overlap: at five and ten years only one would be independent.",
            f"{draws} draws a model; errors learnt from earlier windows only. The learnt stack "
            "takes its draws from all models above, with weights learnt from earlier forecasts.",
        ),
    )


def event_table(work: Workspace, found: Backtest) -> Table:
    """Probabilities of a fall, with both references; records the figures."""
    rows = []
    for horizon, loss in EVENTS:
        cases = found.of(horizon, FIRST_TRUTH)
        table = event_scores(cases[cases["model"].isin(CORE)], loss)
        title = f"{'Any fall' if loss == 0 else f'A fall of at least {loss:.0%}'}, {horizon} years"
        rows.append(Row((Cell(f"{title} ({float(table['rate'].iloc[0]):.0%} of cases)"),), "group"))
        for name, row in table.iterrows():
            stem = f"forecast.{name}.h{horizon}.loss{loss_name(loss)}"
            for key in ("brier", "skill_climatology", "skill_logit", "auc", "slope", "intercept"):
                if np.isfinite(row[key]):
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


def gain_table(work: Workspace, found: Backtest) -> Table:
    """CRPS below two rules, with a bootstrap of provinces and the number of windows apart."""
    rows = []
    for horizon, since in COMPARED:
        cases = found.of(horizon, FIRST_TRUTH)
        cases = cases[cases["origin"] >= since] if since else cases
        shown = cases[cases["model"].isin(CORE)]
        origins = sorted(shown["origin"].unique().tolist())
        apart = independent_origins(origins, horizon)
        title = f"{horizon} year{'s' * (horizon > 1)}, origins {origins[0]}–{origins[-1]}"
        rows.append(Row((Cell(f"{title} ({len(origins)}, of which {apart} apart)"),), "group"))
        for name in CORE[1:]:
            cells = [Cell(LABELS[name])]
            for against in AGAINST:
                if name == against:
                    cells += [Cell("–"), Cell("")]
                    continue
                rng = generator(f"forecast.gain.{horizon}.{since}.{name}.{against}")
                gain = paired_gain(shown, name, against, rng=rng)
                stem = f"forecast.gain.{name}.h{horizon}{'_late' if since else ''}.{against}"
                for key in ("gain", "low", "high"):
                    value = float(getattr(gain, key))
                    work.result(f"{stem}.{key}", value, "mc", "share", "forecast_gains")
                ends = f"{gain.low:+.0%} to {gain.high:+.0%}".replace("-", "−")
                cells += [Cell(gain.gain, "+.1%"), Cell(ends)]
            rows.append(Row(tuple(cells)))
    return Table(
        "forecast_gains",
        "CRPS below two rules, by a bootstrap of whole provinces",
        (
            (Span(""), *(Span(f"Below the {LABELS[name].lower()}", 2) for name in AGAINST)),
            (Span("Model"), *(Span(x) for _ in AGAINST for x in ("Share", "95%"))),
        ),
        tuple(rows),
        (
            "Same cases as in the table of accuracy. The interval is about units: provinces are "
            "drawn again, the few windows are not. Apart: origins whose windows share no year, so "
            "that at five and ten years nothing is known of other times.",
        ),
        align="lrlrl",
    )
