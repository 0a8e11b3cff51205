"""Calibration of the model used: coverage, reliability, alarms, targets, other data."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analyses.forecast.forecast_alarms import alarm_table, recount_table
from analyses.machinery.workspace import Workspace, slug
from analyses.shared.forecast_setup import (
    FIRST_TRUTH,
    HORIZONS,
    MIXTURE,
    OTHERS,
    RULES,
    closed_panel,
    final_sees,
    known_at,
    truth,
)
from analyses.shared.forecast_tables import LABELS
from econshrink import Backtest, Table
from econshrink.data import load_units
from econshrink.forecast import (
    PathModel,
    ProvinceBlocked,
    Sees,
    SizeClasses,
    calibration_curve,
    coverage,
    mape,
    net_benefit,
)
from econshrink.nouns import Cell, Row, Span
from econshrink.report import plot_calibration

SHOWN = 5
CONTRASTED = ("no_change", "drift", "damped", "pooled")


def run(work: Workspace) -> None:
    """Draw and tabulate what the backtest says about the model that is used."""
    found: Backtest = work.load("forecast_scores", "backtest")
    used = MIXTURE
    work.table(_coverage(work, found, used))
    work.figure(
        _figure(found, used),
        "forecast_calibration",
        alt=(
            "Three panels: frequency found against probability forecast, place of the truth "
            "among the draws, and net benefit by cost over loss."
        ),
    )
    work.table(alarm_table(work, found, used))
    work.table(recount_table(work))
    work.table(_contrast(work))


def _coverage(work: Workspace, found: Backtest, used: str) -> Table:
    """Coverage of 80% intervals by size and region."""
    regions = load_units()["region"]
    sizes = dict(enumerate(SizeClasses().labels))
    columns: list[str] = []
    rows = []
    for horizon in HORIZONS:
        cases = found.of(horizon, FIRST_TRUTH)
        cases = cases[cases["model"] == used].assign(region=lambda c: c["city"].map(regions))
        cells = {
            **coverage(cases, "size", sizes).loc[used].to_dict(),
            **coverage(cases, "region").loc[used].to_dict(),
        }
        columns = columns or [str(name) for name in cells]
        for name in columns:
            key = f"forecast.used.h{horizon}.inside80.{slug(name)}"
            work.result(key, float(cells[name]), "mc", "share", "forecast_coverage")
        rows.append(
            Row((Cell(horizon, "d"), *(Cell(float(cells[name]), ".0%") for name in columns)))
        )
    return Table(
        "forecast_coverage",
        f"Truths inside the central 80% interval: {LABELS[used].lower()}",
        (
            (Span(""), Span("Residents at the origin", 4), Span("Region", len(columns) - 4)),
            (Span("Years"), *map(Span, columns)),
        ),
        tuple(rows),
        ("Same cases as in the table of accuracy; m: million.",),
    )


def _figure(found: Backtest, used: str) -> Figure:
    cases = found.of(SHOWN, FIRST_TRUTH)
    parts = {name: cases[cases["model"] == name] for name in dict.fromkeys((used, "pooled"))}
    own = parts[used]
    chances = {LABELS[name]: part["chance_00"].to_numpy() for name, part in parts.items()}
    chances[LABELS["logit"]] = own["logit_00"].to_numpy()
    event = own["event_00"].to_numpy()
    curves = {}
    for name, chance in chances.items():
        c = calibration_curve(chance, event)
        curves[name] = pd.DataFrame({
            "probability": c.probability, "frequency": c.frequency,
            "low": c.low, "high": c.high, "cases": c.cases,
        })  # fmt: skip
    pits = {}
    for h in (1, 5, 10):
        part = found.of(h, FIRST_TRUTH)
        pits[f"{h} year{'s' * (h > 1)}"] = part.loc[part["model"] == used, "pit"].to_numpy()
    cuts = np.arange(0.05, 0.96, 0.05)
    benefits = {name: net_benefit(chance, event, cuts) for name, chance in chances.items()}
    benefits["Act on all"] = net_benefit(np.ones_like(event), event, cuts)
    return plot_calibration(curves, pits, pd.DataFrame(benefits, index=cuts))


def _contrast(work: Workspace) -> Table:
    """Point errors on what was known, on final data, and with provinces held out."""
    closed = closed_panel()
    final, close = final_sees(closed), closed.wide("population")
    came = truth()
    models: dict[str, PathModel] = {k: m for k, m in {**RULES, **OTHERS}.items() if k in CONTRASTED}
    blocked = ProvinceBlocked(OTHERS["pooled"])
    rows = []
    for name, model in models.items():
        real = _errors(model, known_at, came)
        flattering = _errors(model, final, close)
        held = _errors(blocked, known_at, came) if name == "pooled" else np.nan
        stem = f"forecast.{name}.h5"
        work.result(f"{stem}.mape_final", flattering, "estimate", "share", "forecast_contrast")
        cells = [Cell(real, ".1%"), Cell(flattering, ".1%"), Cell(held, ".1%")]
        rows.append(Row((Cell(LABELS[name]), *cells)))
        if name == "pooled":
            work.result(f"{stem}.mape_blocked", held, "estimate", "share", "forecast_contrast")
    return Table(
        "forecast_contrast",
        "Five-year errors: as known at the origin, on final data, provinces held out",
        (tuple(map(Span, ("Model", "Known then", "Final data", "Other provinces"))),),
        tuple(rows),
        (
            "Mean absolute percentage error of the paths, origins 2015–19. Known then: what was "
            "out a year after the origin. Final data: closed series, both seen and scored on; the "
            "census of 2020 is then part of the growth that the rules continue, so that these "
            "errors are too small. Other provinces: what is learnt comes from provinces other "
            "than the one scored; a dash where a rule learns nothing.",
        ),
    )


def _errors(model: PathModel, sees: Sees, came: pd.DataFrame) -> float:
    means = []
    for origin in range(FIRST_TRUTH - SHOWN, FIRST_TRUTH):
        view = sees(origin)
        forecast = np.exp(view.at(origin) + model.path(view, np.array([SHOWN]))[:, 0])
        target = came.reindex(list(view.cities))[origin + SHOWN].to_numpy(dtype=float)
        good = np.isfinite(forecast) & np.isfinite(target)
        means.append(mape(forecast[good], target[good]))
    return float(np.mean(means))
