"""Whether units, provinces and nation forecast better when their figures are made to add up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analyses.forecast.forecast_hierarchy import (
    Case,
    build_case,
    province_codes,
    province_draws,
)
from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import USED, truth
from econshrink import DataError, Forecast, Table
from econshrink.core.arrays import Floats
from econshrink.data import load_units, national_population_known_in
from econshrink.forecast import crps, sorted_quantiles
from econshrink.nouns import Cell, Row, Span

LEVELS = {"unit": "Units", "province": "Provinces", "nation": "Nation"}
WAYS = {
    "sums": "As they are, summed",
    "own": "Each forecast on its own",
    "diagonal": "MinT, variances",
    "shrunk": "MinT, shrunk covariance",
    "scaled": "Scaled to the nation's own",
    "unchanged": "No change",
}
COHERENT = ("sums", "diagonal", "shrunk", "scaled")
LOSS, YEARS = 0.05, (2030, 2035)
Own = dict[tuple[int, int], Floats]


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of all levels by one way, persons; those of units without the rest of the nation."""

    unit: Floats
    province: Floats
    nation: Floats


def run(work: Workspace) -> None:
    """Score at past origins, and say which way serves units best."""
    own = province_draws()
    scores, shrinkage, failed = _backtest(work, own)
    means = scores.groupby(["way", "horizon", "level"], sort=False)[["mape", "crps"]].mean()
    relative = _relative(means)
    for (way, level), value in relative.items():
        key = f"reconciled.{way}.{level}.relative_crps"
        work.result(key, float(value), "mc", "", "forecast_reconciled")
    at_units = relative.xs("unit", level="level").loc[list(COHERENT)]
    chosen = str(at_units.idxmin())
    work.result("reconciled.chosen", WAYS[chosen], "label", "", "forecast_reconciled")
    work.result("reconciled.chosen.key", chosen, "label", "", "forecast_reconciled")
    units = scores[scores["level"] == "unit"].pivot(
        index=["horizon", "origin"], columns="way", values="crps"
    )
    better = int((units[chosen] < units["sums"]).sum())
    work.count("reconciled.chosen.better", better, "cases", "forecast_reconciled")
    work.count("reconciled.cases", len(units), "cases", "forecast_reconciled")
    gain = 1 - float(at_units[chosen] / at_units["sums"])
    work.result("reconciled.chosen.gain", gain, "mc", "share", "forecast_reconciled")
    low, high = min(shrinkage), max(shrinkage)
    work.result("reconciled.shrinkage_low", low, "estimate", "share", "forecast_reconciled")
    work.result("reconciled.shrinkage_high", high, "estimate", "share", "forecast_reconciled")
    for (way, horizon, level), row in means.iterrows():  # type: ignore[misc]
        for key in ("mape", "crps"):
            stem = f"reconciled.{way}.h{horizon}.{level}.{key}"
            work.result(stem, float(row[key]), "mc", "share", "forecast_reconciled")
    origins = {h: scores.loc[scores["horizon"] == h, "origin"].nunique() for h in USED}
    for horizon, count in origins.items():
        work.count(f"reconciled.h{horizon}.origins", count, "origins", "forecast_reconciled")
    work.result("reconciled.failed", ", ".join(failed) or "none", "label")
    work.table(_table(means, relative, origins, low, high))


def _backtest(work: Workspace, own: Own) -> tuple[pd.DataFrame, list[float], list[str]]:
    """Scores by way, level, horizon and origin; how far correlations were shrunk; where not."""
    came = truth()
    rows: list[dict[str, object]] = []
    shrinkage, failed = [], list[str]()
    for (origin, horizon), above in sorted(own.items()):
        if horizon not in USED:
            continue
        used: Forecast = work.load("forecast_scores", f"used_{origin}_{horizon}")
        still: Forecast = work.load("forecast_scores", f"no_change_{origin}_{horizon}")
        target = origin + horizon
        seen = came[target].reindex(list(used.cities)).to_numpy(dtype=float)
        good = np.isfinite(seen) & np.isin(used.cities, still.cities)
        used, seen = _select(used, good), seen[good]
        still = _select(still, np.isin(still.cities, used.cities))
        groups = province_codes(used.cities, load_units()["province"])
        name = f"reconciled.{origin}.{horizon}"
        case = build_case(used, target, groups, used.base, above, name)
        covariance, intensity = case.hierarchy.covariance()
        try:
            ways = _ways(case)
            ways["shrunk"] = _draws(case, case.hierarchy.mint(covariance))
        except DataError:  # in some draw MinT would leave a unit fewer people than none
            failed.append(f"{origin} to {target}")
            continue
        shrinkage.append(intensity)
        whole = case.hierarchy.bottom_up(np.vstack([still.at(target), np.zeros(case.draws)]))
        ways["unchanged"] = Draws(still.at(target), whole[1:], case.nation_unchanged)
        nation = float(national_population_known_in(target + 1)[target])
        provinces_came = case.hierarchy.bottom_up(np.append(seen, 0.0)[:, None])[1:, 0]
        came_by_level = {"unit": seen, "province": provinces_came, "nation": np.array([nation])}
        for way, made in ways.items():
            for level, value in came_by_level.items():
                drawn = np.atleast_2d(getattr(made, level))
                found = {"way": way, "level": level, "horizon": horizon, "origin": origin}
                rows.append(found | _scores(drawn, value))
    return pd.DataFrame(rows), shrinkage, failed


def _ways(case: Case) -> dict[str, Draws]:
    """Every way to make rows add up that asks for no correlations, and none."""
    tree = case.hierarchy
    made = {
        "sums": _draws(case, tree.cities),
        "own": Draws(tree.cities[:-1], tree.provinces, tree.nation),
        "diagonal": _draws(case, tree.mint(tree.variances)),
        "scaled": _draws(case, tree.controlled()),
    }
    return {way: made[way] for way in WAYS if way in made}


def _draws(case: Case, cities: Floats) -> Draws:
    """All levels from cities and the rest of the nation, which is their last row."""
    above = case.hierarchy.bottom_up(cities)
    return Draws(cities[:-1], above[1:], above[0])


def _scores(draws: Floats, came: Floats) -> dict[str, float]:
    ordered = np.sort(draws, axis=1)
    median = sorted_quantiles(ordered, (0.5,))[0]
    return {
        "mape": float(np.abs(median / came - 1).mean()),
        "crps": float(crps(np.log(ordered), np.log(came), ordered=True).mean()),
    }


def _relative(means: pd.DataFrame) -> pd.Series:
    """The rule: mean over horizons of the CRPS over that of no change, by level."""
    wide = means["crps"].unstack("horizon")
    against = wide.xs("unchanged", level="way").reindex(wide.index.get_level_values("level"))
    return pd.Series((wide / against.to_numpy()).mean(axis=1), index=wide.index)


def _select(forecast: Forecast, good: np.ndarray) -> Forecast:
    cities = tuple(np.array(forecast.cities)[good].tolist())
    return replace(forecast, cities=cities, draws=forecast.draws[good], base=forecast.base[good])


def _table(
    means: pd.DataFrame, relative: pd.Series, origins: dict[int, int], low: float, high: float
) -> Table:
    rows = []
    for level, title in LEVELS.items():
        rows.append(Row((Cell(title),), "group"))
        for way, name in WAYS.items():
            if (level, way) == ("unit", "own"):
                continue  # units are forecast on their own in the first row
            cells = [Cell(name)]
            for horizon in USED:
                row = means.loc[(way, horizon, level)]
                cells += [Cell(100 * float(row[key]), ".2f") for key in ("mape", "crps")]
            cells.append(Cell(float(relative[way, level]), ".3f"))
            rows.append(Row(tuple(cells)))
    return Table(
        "forecast_reconciled",
        "Forecasts made to add up: errors of units, provinces and the nation",
        (
            (Span(""), *(Span(f"{h} years", 2) for h in USED), Span("Both")),
            (Span("Way"), *(Span(x) for _ in USED for x in ("MAPE", "CRPS")), Span("Relative")),
        ),
        tuple(rows),
        (
            "Same origins, units and published values as in the table of accuracy "
            f"({origins[USED[0]]} and {origins[USED[1]]} overlapping origins). MAPE in percent, "
            "CRPS of logs × 100. Relative: mean over both horizons of the CRPS over that of no "
            "change; the units' decides. Provinces: sums of the units scored, forecast on their "
            "own by a mixture of rules on series; the package holds no yearly provincial totals. "
            "Nation: official total as it stood a year after the origin, by the damped drift with "
            "its own past errors. The rest of the nation, all who live outside the units scored "
            "and what the units' values hold too many, is a row of its own without change.",
            "MinT: variances of the draws; or these with correlations from past errors of the "
            f"damped drift, shrunk to zero by {low:.0%} to {high:.0%}, so few are the past "
            "origins. Draws of sums are paired by rank.",
        ),
    )
