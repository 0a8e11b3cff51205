"""Backtest of the population models on what was known at each origin."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from analyses.forecast.forecast_events import trees_table
from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import (
    FIRST_TRUTH,
    HORIZONS,
    LAST_YEAR,
    MIXTURE,
    NAIVE,
    USED,
    closed_panel,
    known_at,
    models,
    truth,
)
from analyses.shared.forecast_tables import LABELS, accuracy_table, event_table, gain_table
from econshrink import Backtest, Forecast
from econshrink.core.arrays import Floats
from econshrink.forecast import (
    BacktestDesign,
    ErrorParts,
    InformationSet,
    accuracy,
    loss_name,
    run_both_backtests,
)

KEPT = {"used": MIXTURE, "no_change": "no_change"}
Held = dict[tuple[int, int], dict[str, np.ndarray]]
DESIGN = BacktestDesign(
    tuple(range(2006, LAST_YEAR)),
    HORIZONS,
    draws=400,
    spreading=ErrorParts(),
    recalibrated=False,
    stream="forecast.parts",
)


def run(work: Workspace) -> None:
    """Score every model against published figures and against what people did, tabulate."""
    came = truth()
    held: Held = {}

    def keep(view: InformationSet, horizon: int, name: str, draws: Floats) -> None:
        late = view.origin + horizon in range(FIRST_TRUTH, LAST_YEAR + 1)
        if late and horizon in USED and name in KEPT.values():
            held.setdefault((view.origin, horizon), {})[name] = np.float32(draws)

    known = models(tuple(came.index))
    closed = closed_panel().wide("population").reindex(came.index)
    found, people = run_both_backtests(
        known_at, came, closed, known, DESIGN, progress=_say, keep=keep
    )
    work.save(found, "backtest")
    work.save(people, "closed")
    scores = {h: accuracy(found.of(h, FIRST_TRUTH)) for h in HORIZONS}
    _keep_draws(work, held)
    for h, table in scores.items():
        _record(work, h, table)
    _record_counts(work, found)
    work.table(accuracy_table(scores, DESIGN.draws))
    work.table(event_table(work, found))
    work.table(gain_table(work, found))
    work.table(trees_table(work, found, people))
    gone = found.excluded
    work.count("forecast.excluded", len(gone), "cases", "forecast_accuracy")
    work.count("forecast.units", found.cases["city"].nunique(), "units", "forecast_accuracy")
    work.count("forecast.draws", DESIGN.draws, "draws", "forecast_accuracy")
    work.write("forecast/excluded.csv", gone.to_csv(index=False, lineterminator="\n"))


def _keep_draws(work: Workspace, held: Held) -> None:
    """Save the draws of the mixture and of the last value, to be reconciled."""
    for (origin, horizon), draws in held.items():
        view = known_at(origin)
        for name, model in KEPT.items():
            good = np.isfinite(draws[model]).all(axis=1)
            base = np.exp(view.at(origin)[good])
            made = Forecast(
                tuple(np.array(view.cities)[good].tolist()),
                (origin + horizon,),
                base[:, None, None] * np.exp(draws[model][good].astype(float))[:, None, :],
                base,
                origin,
                origin,
                LABELS[model],
                synthetic=view.synthetic,
            )
            work.save(made, f"{name}_{origin}_{horizon}")


def _record(work: Workspace, horizon: int, table: pd.DataFrame) -> None:
    for name, row in table.iterrows():
        stem = f"forecast.{name}.h{horizon}"
        for key in ("mape", "medape", "malpe", "log_rmse", "mase", "crps", "winkler80"):
            work.result(f"{stem}.{key}", float(row[key]), "mc", "share", "forecast_accuracy")
        for level in (50, 80, 95):
            value = float(row[f"inside{level}"])
            work.result(f"{stem}.inside{level}", value, "mc", "share", "forecast_accuracy")
        value = float(row["pit_distance"])
        work.result(f"{stem}.pit_distance", value, "mc", "", "forecast_accuracy")
    first = table.iloc[0]
    work.count(f"forecast.h{horizon}.origins", int(first["origins"]), "origins", "")
    work.count(f"forecast.h{horizon}.cases", int(first["cases"]), "cases", "")
    # windows that share no year
    independent = 1 + (int(first["origins"]) - 1) // horizon
    work.count(f"forecast.h{horizon}.independent", independent, "origins", "")
    naive = table.loc[list(NAIVE), "crps"]
    work.result(f"forecast.h{horizon}.best_naive", LABELS[str(naive.idxmin())].lower(), "label")
    gain = 1 - float(table["crps"].min()) / float(naive.min())
    work.result(f"forecast.h{horizon}.crps_gain", gain, "mc", "share", "forecast_accuracy")


def _record_counts(work: Workspace, found: Backtest) -> None:
    """How well the number of units with a loss was foreseen: CRPS, and energy by province."""
    target = found.counts["origin"] + found.counts["horizon"]
    head = found.counts[(target >= FIRST_TRUTH) & found.counts["horizon"].isin(USED)]
    means = head.groupby(["model", "horizon", "loss"], sort=False)[["crps", "energy"]].mean()
    for (name, horizon, loss), row in means.iterrows():  # type: ignore[misc]
        stem = f"forecast.{name}.h{horizon}.loss{loss_name(float(loss))}"
        work.result(f"{stem}.count_crps", float(row["crps"]), "mc", "units", "forecast_accuracy")
        work.result(f"{stem}.energy", float(row["energy"]), "mc", "units", "forecast_accuracy")


def _say(line: str) -> None:
    print(line, file=sys.stderr)
