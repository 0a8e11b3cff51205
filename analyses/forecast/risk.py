"""Which units may lose 5% of their 2020 population by 2030 and 2035."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analyses.forecast.risk_exhibits import draw_counts, draw_fans_and_map, risk_table
from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_event_table import lasting_loss
from analyses.shared.forecast_setup import BASE, LAST_YEAR, USED, models, projection_view
from econshrink import Backtest, Forecast
from econshrink.core.seeds import generator
from econshrink.forecast import (
    STACKED,
    EventExpression,
    FallingRun,
    InformationSet,
    Mixture,
    Recalibration,
    Recovery,
    Spreading,
    Trajectories,
    bridge,
    broken_since,
    event_probability,
    growth_paths,
    keep,
    probability_drivers,
    project_view,
    rank_risk,
    unusable,
)

LOSS, YEARS, DRAWS = 0.05, (2030, 2035), 2000
RULES = {"naive": "no_change", "damped": "damped"}
SMALLEST = 0.05  # weight below which a member of the stack is left out
SPREADING = Spreading(persistence=None)  # as the events on trajectories are scored
MINIMUM_SIZE = 10_000  # residents; the floor Wiechmann (2008) sets for a city


def run(work: Workspace) -> None:
    """Project with no change, the damped drift and the winner; rank, explain, draw."""
    whole, base = projection_view()
    carried, last = bridge(whole)
    gone = unusable(carried, base, MINIMUM_SIZE)
    gone = pd.concat([gone, broken_since(whole, BASE).drop(gone.index, errors="ignore")])
    view = keep(carried, [city for city in whole.cities if city not in gone.index])
    found: Backtest = work.load("forecast_scores", "backtest")
    winner = str(work.results()["forecast.winner.key"]["value"])
    rules = RULES if winner in RULES.values() else {**RULES, "winner": winner}
    forecasts = {}
    for key, name in rules.items():
        mixture = _mixture(found, name, view.cities)
        rng = generator(f"risk.{key}")
        forecasts[key] = project_view(view, mixture, YEARS[-1], base, BASE, DRAWS, rng, SPREADING)
    used = next(key for key, name in rules.items() if name == winner)
    work.save(_of_years(forecasts[used], YEARS), "used_draws")
    rankings = {
        (key, year): rank_risk(forecasts[key], LOSS, year) for key in rules for year in YEARS
    }
    for (key, year), ranking in rankings.items():
        work.save(ranking, f"{key}_{year}", ".json")
        _record(work, key, year, forecasts[key])
        if key == used:
            _record(work, "used", year, forecasts[key])
    for name, value in (("loss", LOSS),):
        work.result(f"risk.{name}", value, "estimate", "share", "risk")
    work.count("risk.draws", DRAWS, "draws", "risk")
    work.count("risk.minimum_size", MINIMUM_SIZE, "persons", "risk")
    work.count("risk.units", len(view.cities), "units", "risk")
    work.count("risk.excluded", len(gone), "units", "risk")
    late = last.reindex(list(view.cities)) < view.origin
    work.count("risk.carried", int(late.sum()), "units", "risk")
    drivers = _drivers(view, forecasts[used])
    work.table(risk_table(rankings, used, drivers, gone, view.origin))
    _events(work, view, forecasts[used])
    draw_fans_and_map(work, forecasts[used], rankings[used, YEARS[-1]], YEARS[-1])
    draw_counts(work, forecasts, used, LOSS, YEARS)


def _of_years(forecast: Forecast, years: tuple[int, ...]) -> Forecast:
    """The draws of some years, for what is built on them."""
    columns = [forecast.years.index(year) for year in years]
    return replace(forecast, years=years, draws=forecast.draws[:, columns])


def _mixture(found: Backtest, name: str, cities: tuple[str, ...]) -> Mixture:
    """The model, or the stack of models, with the spread its settled forecasts taught."""
    known = models(cities)
    weights = {name: 1.0}
    if name == STACKED:
        last = found.weights[found.weights["origin"] == LAST_YEAR].set_index("horizon")
        mean = last.loc[list(USED), list(known)].mean()
        kept = mean[mean >= SMALLEST]
        weights = (kept / kept.sum()).to_dict()
    mend = {}
    for place, member in enumerate(weights):
        own = found.learnt[found.learnt["model"] == member]
        for horizon, part in own.groupby("horizon"):
            mend[place, int(str(horizon))] = Recalibration(part["distance"].to_numpy())
    return Mixture(tuple(known[m] for m in weights), tuple(weights.values()), mend)


def _drivers(view: InformationSet, forecast: Forecast) -> pd.DataFrame:
    """What the nation, the province, the city and the years since the census add."""
    parts = growth_paths(view, YEARS[-1] - view.origin)
    since = view.at(view.origin) - np.log(forecast.base)
    return probability_drivers(forecast, {"since": since, **parts}, LOSS, YEARS[-1])


def _record(work: Workspace, key: str, year: int, forecast: Forecast) -> None:
    stem = f"risk.{key}.y{year}"
    counts = forecast.loss_counts(LOSS, year)
    work.result(f"{stem}.expected_count", float(counts.mean()), "mc", "units", "risk")
    for level in (10, 90):
        value = float(np.quantile(counts, level / 100))
        work.result(f"{stem}.count_q{level}", value, "mc", "units", "risk")
    likely = int((forecast.loss_probability(LOSS, year) >= 0.5).sum())
    work.count(f"{stem}.likely", likely, "units", "risk")


def _events(work: Workspace, view: InformationSet, forecast: Forecast) -> None:
    """Other events from the same draws: expected numbers of units."""
    path = Trajectories.of(forecast, np.exp(view.at(view.origin)))
    ahead = YEARS[-1] - view.origin
    events = {
        "run": FallingRun(3, 5),
        "recovery": Recovery(2, 0.5, ahead),
        "lasting": EventExpression(lasting_loss(view.origin, 5)),
        "tenth": EventExpression(f"min(P) < 0.9 * P[{view.origin}]"),
    }
    for key, event in events.items():
        chance = event_probability(path, event)
        work.result(f"risk.event.{key}.expected", float(chance.sum()), "mc", "units", "risk")
    counts = events["lasting"].happens(path).sum(axis=0)
    for level in (10, 90):
        value = float(np.quantile(counts, level / 100))
        work.result(f"risk.event.lasting.q{level}", value, "mc", "units", "risk")
