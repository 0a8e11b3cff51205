"""Intervals of the draws beside conformal ones that learn from settled forecasts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.forecast_setup import FIRST_TRUTH, USED
from analyses.shared.forecast_tables import LABELS
from econshrink import Backtest, Table
from econshrink.core.arrays import Floats
from econshrink.forecast import (
    SizeClasses,
    conformal_intervals,
    covered,
    fit_spread,
    interval_score,
)
from econshrink.nouns import Cell, Row, Span

LEVEL = 0.8
METHODS = {
    "draws": "Draws",
    "split": "Split-conformal about the median, by size",
    "cqr": "Conformalised quantiles, by size",
}


def interval_table(work: Workspace, found: Backtest, used: str) -> Table:
    """Coverage, width and interval score of three kinds of 80% intervals."""
    labels = SizeClasses().labels
    rows = []
    for horizon in USED:
        scored = _intervals(found, used, horizon)
        learnt = scored.groupby("origin")["learnt"].first()
        few, many = (int(f(learnt)) for f in (min, max))
        span = f"{few}" if few == many else f"{few}–{many}"
        title = (
            f"{horizon} years: {len(learnt)} origin{'s' * (len(learnt) > 1)} with a settled "
            f"forecast, {len(scored) // len(METHODS):,} cases, learnt from {span} earlier "
            f"origin{'s' * (many > 1)}"
        )
        rows.append(Row((Cell(title),), "group"))
        stem = f"forecast.intervals.h{horizon}"
        work.count(f"{stem}.origins", len(learnt), "origins", "forecast_intervals")
        work.count(f"{stem}.learnt", many, "origins", "forecast_intervals")
        for method, name in METHODS.items():
            part = scored[scored["method"] == method]
            by_size = part.groupby("size")["inside"].mean()
            values = {
                "inside": float(part["inside"].mean()),
                **{slug(label): float(by_size.get(i, np.nan)) for i, label in enumerate(labels)},
            }
            scores = {key: float(part[key].mean()) for key in ("width", "score")}
            for key, value in {**values, **scores}.items():
                if np.isfinite(value):
                    unit = "share" if key in values else ""
                    work.result(f"{stem}.{method}.{key}", value, "mc", unit, "forecast_intervals")
            cells = [Cell(value, ".0%") for value in values.values()]
            cells += [Cell(100 * value, ".1f") for value in scores.values()]
            rows.append(Row((Cell(name), *cells)))
    heads = ("All", *labels, "Width", "Score")
    return Table(
        "forecast_intervals",
        f"Central 80% intervals, of the draws and conformal: {LABELS[used].lower()}",
        (
            (Span(""), Span("Truths inside", 1 + len(labels)), Span("Log points × 100", 2)),
            (Span("Interval"), *map(Span, heads)),
        ),
        tuple(rows),
        (
            f"Targets {FIRST_TRUTH} and later, all intervals on the same cases: origins at which "
            "some earlier forecast of that horizon had come due. Draws: spread from past errors, "
            "mended by settled forecasts. Split-conformal: quantiles of what the settled medians "
            "missed. Conformalised quantiles: the draws' interval, its ends moved by how far "
            "settled truths lay outside (Romano and others 2019). Both promise coverage if coming "
            "errors are exchangeable with settled ones, which overlapping origins before a census "
            "and windows across it are not. Width and interval score: means, smaller is better.",
        ),
    )


def _intervals(found: Backtest, used: str, horizon: int) -> pd.DataFrame:
    """One row a method and case: whether the truth is inside, width, interval score."""
    cases = found.of(horizon, 0)
    cases = cases[cases["model"] == used]
    parts = []
    for origin in sorted(cases.loc[cases["origin"] + horizon >= FIRST_TRUTH, "origin"].unique()):
        now = cases[cases["origin"] == origin]
        past = cases[cases["origin"] + horizon <= origin]  # due by the origin's own year
        if past.empty:
            continue
        for method, (low, high) in _ends(now, past).items():
            truth = now["truth"].to_numpy()
            columns = {
                "method": method,
                "origin": origin,
                "learnt": past["origin"].nunique(),
                "size": now["size"].to_numpy(),
                "inside": covered(low, high, truth),
                "width": high - low,
                "score": interval_score(low, high, truth, LEVEL),
            }
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _ends(now: pd.DataFrame, past: pd.DataFrame) -> dict[str, tuple[Floats, Floats]]:
    """Ends of each kind of interval for the cases of one origin."""
    low, high, middle = (now[name].to_numpy() for name in ("low80", "high80", "median"))
    size, before = (table["size"].to_numpy(dtype=np.intp) for table in (now, past))
    missed = (past["truth"] - past["median"]).to_numpy()
    spread = fit_spread(missed, before, len(SizeClasses().labels))
    tails = np.tile([(1 - LEVEL) / 2, (1 + LEVEL) / 2], (len(now), 1))
    about = middle[:, None] + spread.at(tails, size)
    settled = tuple(past[name].to_numpy() for name in ("low80", "high80", "truth"))
    return {
        "draws": (low, high),
        "split": (about[:, 0], about[:, 1]),
        "cqr": conformal_intervals(low, high, settled, LEVEL, size, before),  # type: ignore[arg-type]
    }
