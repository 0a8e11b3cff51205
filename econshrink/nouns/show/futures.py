"""Pages of forecasts, rankings and backtests; read by their fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from econshrink.nouns.show.page import Grid, Page, counted, frame_grid, number, share

_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_TOP = 8


def forecast_page(forecast: Any) -> Page:
    """Quantiles of the total by year, and the largest units in the last year."""
    base = float(forecast.base.sum())
    total = np.quantile(forecast.draws.sum(axis=0), _LEVELS, axis=1).T
    names = tuple(f"{100 * level:g}%" for level in _LEVELS)
    several = len(forecast.years) > 12
    kept = _spread(len(forecast.years)) if several else range(len(forecast.years))
    rows = tuple(
        (str(forecast.years[i]), *(f"{v:,.0f}" for v in total[i]), _change(total[i][2], base))
        for i in kept
    )
    columns = ("year", *names, "median change")
    unit = ", persons" if forecast.variable == "population" else ""
    whole = Grid(columns, rows, frozenset({0}), f"Quantiles of the sum of all units{unit}")
    last = forecast.years[-1]
    top = np.argsort(-forecast.base, kind="stable")[:_TOP]
    ends = np.quantile(forecast.draws[top, -1, :], _LEVELS, axis=1).T
    units = Grid(
        ("unit", f"{forecast.base_year}", *names, "median change"),
        tuple(
            (
                str(forecast.cities[i]),
                f"{forecast.base[i]:,.0f}",
                *(f"{v:,.0f}" for v in values),
                _change(values[2], float(forecast.base[i])),
            )
            for i, values in zip(top, ends, strict=True)
        ),
        frozenset({0}),
        f"The {len(top)} largest units in {last}{unit}",
    )
    draws = forecast.draws.shape[2]
    facts = (
        ("Model", forecast.model),
        ("Units", f"{len(forecast.cities):,}"),
        ("Draws", f"{draws:,}"),
        ("Figures to", str(forecast.origin)),
        ("Changes from", str(forecast.base_year)),
    )
    brief = (
        f"{counted(len(forecast.cities))}, {forecast.years[0]}–{last} from {forecast.origin}, "
        f"{draws:,} draws, {forecast.model}"
    )
    title = f"Forecast of {forecast.variable}, {forecast.years[0]}–{last}"
    return Page(title, brief, facts, (whole, units), tuple(forecast.notes), forecast.synthetic)


def _spread(size: int) -> list[int]:
    """About a dozen places from first to last, evenly."""
    return sorted({round(i) for i in np.linspace(0, size - 1, 11)})


def _change(value: float, base: float) -> str:
    return share(value / base - 1)


def ranking_page(ranking: Any) -> Page:
    """The first units with their probability and the ranks that are open."""
    top = ranking.top(20)
    rows = tuple(
        (
            number(row["rank"]),
            str(row["city"]),
            share(float(row["probability"])),
            f"{row['rank_low']:.0f}–{row['rank_high']:.0f}",
        )
        for row in top.to_dict("records")
    )
    caption = f"First {len(top)} of {len(ranking.frame):,}"
    grid = Grid(("rank", "unit", "probability", "ranks open"), rows, frozenset({1}), caption)
    facts = (("Model", ranking.model), ("Draws", f"{ranking.draws:,}"))
    brief = f"{counted(len(ranking.frame))} by the probability: {ranking.event}"
    title = f"Ranking by probability: {ranking.event}"
    return Page(title, brief, facts, (grid,), tuple(ranking.notes), ranking.synthetic)


def backtest_page(backtest: Any) -> Page:
    """Mean scores by model and horizon; lower is better, coverage is judged against its level."""
    cases = backtest.cases
    table = cases.assign(error=(cases["median"] - cases["truth"]).abs())
    names = {"crps": "CRPS", "error": "abs. error", "inside80": "inside 80%"}
    scores = [name for name in names if name in table.columns]
    grouped = table.groupby(["model", "horizon"], sort=False, observed=True)
    means = grouped[scores].mean().rename(columns=names)
    shown = pd.concat([grouped.size().rename("cases"), means], axis=1)
    grid = frame_grid(shown, "Means over cases (log points); lower is better but for coverage", 40)
    origins = sorted({int(origin) for origin in cases["origin"]})
    facts = (
        ("Origins", f"{origins[0]}–{origins[-1]} ({len(origins)})"),
        ("Cases", f"{len(cases):,}"),
        ("Left out", f"{len(backtest.excluded):,}"),
    )
    brief = f"{len(backtest.models)} models, {len(origins)} origins, {len(cases):,} scored cases"
    return Page("Backtest", brief, facts, (grid,), (), backtest.synthetic)
