"""Scores of one model at one origin and horizon, case by case and for counts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.forecast.backtesting.design import BacktestDesign
from econshrink.forecast.backtesting.references import climatology, has_lost, persistence_logit
from econshrink.forecast.models.past import past_growth
from econshrink.forecast.scores.draws import (
    covered,
    crps,
    crps_and_pit,
    draws_below,
    energy_score,
    interval_score,
    sorted_quantiles,
)
from econshrink.forecast.view import InformationSet

LEVELS = (0.5, 0.8, 0.95)


def loss_name(loss: float) -> str:
    """Part of a column's name: 0.05 becomes ``05``.

    Examples
    --------
    >>> loss_name(0.0), loss_name(0.05)
    ('00', '05')
    """
    return f"{round(100 * loss):02d}"


def score_cases(
    name: str,
    view: InformationSet,
    horizon: int,
    draws: Floats,
    change: Floats,
    good: np.ndarray,
    design: BacktestDesign,
    beside: Mapping[str, Floats] | None = None,
) -> pd.DataFrame:
    """One row a city; `draws` (cities, m) and `change` (cities,) are log changes.

    The columns of `beside`, one value a scored city, stand last.
    """
    return pd.DataFrame(case_columns(name, view, horizon, draws, change, good, design, beside))


def case_columns(
    name: str,
    view: InformationSet,
    horizon: int,
    draws: Floats,
    change: Floats,
    good: np.ndarray,
    design: BacktestDesign,
    beside: Mapping[str, Floats] | None = None,
) -> dict[str, np.ndarray]:
    """The columns of `score_cases`."""
    came = change[good]
    ordered = draws[good]
    ordered.sort(axis=1)
    score, place = crps_and_pit(ordered, came)
    columns: dict[str, np.ndarray] = {
        "model": np.full(len(came), name, dtype=object),
        "origin": np.full(len(came), view.origin),
        "horizon": np.full(len(came), horizon),
        "city": _names(view.cities)[good],
        "group": view.groups[good],
        "size": design.spreading.classes.of(view.at(view.origin))[good],
        "level": view.at(view.origin)[good],
        "truth": came,
        "median": sorted_quantiles(ordered, (0.5,))[0],
        "crps": score,
        "pit": place,
    }
    for level in LEVELS:
        low, high = sorted_quantiles(ordered, ((1 - level) / 2, (1 + level) / 2))
        columns[f"inside{round(100 * level)}"] = covered(low, high, came)
        if level == 0.8:
            columns |= {"low80": low, "high80": high}
            columns["winkler80"] = interval_score(low, high, came, level)
    for loss in design.losses:
        columns[f"chance_{loss_name(loss)}"] = _lost(ordered, loss) / ordered.shape[1]
        columns[f"event_{loss_name(loss)}"] = has_lost(came, loss).astype(float)
    return columns | dict(beside or {})


@lru_cache(maxsize=1)
def _names(cities: tuple[str, ...]) -> np.ndarray:
    """Alike for all models and horizons."""
    return np.array(cities)


def _lost(ordered: Floats, loss: float) -> Ints:
    """Sorted draws of each city that are such a loss, as `has_lost` counts."""
    none = np.zeros(len(ordered))
    return draws_below(ordered, none + np.log1p(-loss), or_equal=loss != 0)


def references(
    view: InformationSet, horizon: int, good: np.ndarray, design: BacktestDesign
) -> dict[str, Floats]:
    """What every model is measured against, one value a scored city."""
    history = design.spreading.history
    moves = [
        np.abs(change)
        for _, change in past_growth(view, horizon, 0, alike=False)
        if not np.isnan(change).all()
    ]
    table = np.array(moves) if moves else np.full((1, len(good)), np.nan)
    count = (~np.isnan(table)).sum(axis=0)
    own = np.where(np.isnan(table), 0.0, table).sum(axis=0) / np.maximum(count, 1)
    columns = {"scale": np.where(count > 0, own, np.nan)[good]}
    for loss in design.losses:
        name = loss_name(loss)
        columns[f"climatology_{name}"] = climatology(view, horizon, loss, history)[good]
        logit = persistence_logit(view, horizon, loss, history)[good]
        columns[f"logit_{name}"] = np.where(np.isnan(logit), columns[f"climatology_{name}"], logit)
    return columns


def count_scores(
    name: str,
    view: InformationSet,
    horizon: int,
    draws: Floats,
    change: Floats,
    good: np.ndarray,
    design: BacktestDesign,
) -> list[dict[str, object]]:
    """How well the number of cities with each event was foreseen, in all and by province."""
    member = (np.arange(int(view.groups.max()) + 1)[:, None] == view.groups) & good
    member = member[member.any(axis=1)].astype(np.float32)  # whole numbers this small are exact
    rows = []
    for loss in design.losses:
        came = (has_lost(change, loss) & good).astype(np.float32)
        by_group = (member @ has_lost(draws, loss).astype(np.float32)).astype(float)
        truth = (member @ came).astype(float)
        total, seen = by_group.sum(axis=0), float(came.sum())
        low, high = sorted_quantiles(np.sort(total), (0.1, 0.9))
        rows.append(
            {
                "model": name,
                "origin": view.origin,
                "horizon": horizon,
                "loss": loss,
                "cities": int(good.sum()),
                "count": seen,
                "mean": float(total.mean()),
                "low80": float(low),
                "high80": float(high),
                "crps": float(crps(total, np.array(seen))),
                "energy": energy_score(by_group, truth, pairs=5),
            }
        )
    return rows
