"""The headline of 2030: how many units and which ones may be 5% below 2020, and on what terms."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.forecast.headline import article_headline
from analyses.forecast.risk_exhibits import (
    draw_count_figure,
    draw_fans_and_map,
    likely_table,
    unit_file,
)
from analyses.machinery.workspace import Workspace, slug
from analyses.shared.forecast_event_table import lasting_loss
from analyses.shared.forecast_parts import (
    ASSUMPTIONS,
    MINIMUM_SIZE,
    headline,
    last_figures,
    left_out,
    unheld,
)
from analyses.shared.forecast_setup import HORIZON_END, LAST_YEAR, LOSS
from econshrink import Forecast, Table
from econshrink.forecast import (
    EventExpression,
    FallingRun,
    NationalForecast,
    Trajectories,
    already_lost,
    event_probability,
    rank_risk,
)
from econshrink.nouns import Cell, Row, Span

YEARS, SURE, BAND, DRAWS = (2030, HORIZON_END), 0.8, (0.1, 0.5, 0.9), 2000


def run(work: Workspace) -> None:
    """Project under each assumption; count, rank, list, draw."""
    made = headline(DRAWS)
    units, people = made.units, made.of("people").units
    work.table(_headline(work, made, people))
    now = last_figures()
    rankings = {year: rank_risk(units, LOSS, year) for year in YEARS}
    for year, ranking in rankings.items():
        work.save(ranking, f"used_{year}", ".json")
        _record(work, year, units, people, now)
    gone, last = left_out()
    work.count("risk.draws", DRAWS, "draws", "risk")
    work.count("risk.minimum_size", MINIMUM_SIZE, "persons", "risk")
    work.count("risk.units", len(units.cities), "units", "risk")
    work.count("risk.excluded", len(gone), "units", "risk")
    late = last.reindex(list(units.cities)) < LAST_YEAR
    work.count("risk.carried", int(late.sum()), "units", "risk")
    work.result("risk.loss", LOSS, "estimate", "share", "risk")
    known = already_lost(units, now, LOSS, YEARS[0])
    work.table(likely_table(units, people, rankings, known, gone, SURE))
    work.write("forecast/units.csv", unit_file(units, people, rankings, known))
    _events(work, units, now)
    article_headline(work, made, people)
    draw_count_figure(work, units, people, DRAWS, LOSS, YEARS)
    draw_fans_and_map(work, units, rankings[YEARS[0]], YEARS[0])


def _headline(work: Workspace, first: NationalForecast, alone: Forecast) -> Table:
    rows = []
    for what in ASSUMPTIONS:
        shared = not what.held or what == ASSUMPTIONS[0]
        made = first if shared else headline(DRAWS, what, YEARS)
        published = made.units if what.held else unheld(DRAWS)
        people = alone if published is first.units else published.select(years=YEARS).of("people")
        for year in YEARS:
            stem = f"forecast.headline.{slug(what.label)}.y{year}"
            low, middle, high = np.quantile(published.loss_counts(LOSS, year), BAND)
            settled = float(np.median(people.loss_counts(LOSS, year)))
            sure = int((published.loss_probability(LOSS, year) >= SURE).sum())
            change = made.nation.at(year)[0].mean() / made.nation.base[0] - 1
            values = {"median": middle, "low": low, "high": high, "people": settled}
            if what.held:
                values["nation"] = change
            else:
                together = float(published.at(year).sum(axis=0).mean() / last_figures().sum() - 1)
                key = f"forecast.headline.unheld.y{year}.change"
                work.result(key, together, "mc", "share", "forecast_headline")
            for key, value in values.items():
                unit = "share" if key == "nation" else "units"
                work.result(f"{stem}.{key}", float(value), "mc", unit, "forecast_headline")
            work.count(f"{stem}.sure", sure, "units", "forecast_headline")
            cells = (
                Cell(what.label if year == YEARS[0] else ""), Cell(year, "d"),
                Cell(float(middle), ".0f"), Cell(f"{low:.0f} to {high:.0f}"), Cell(settled, ".0f"),
                Cell(sure), Cell(float(change), "+.1%") if what.held else Cell("–"),
            )  # fmt: skip
            rows.append(Row(cells))
    units = first.units
    fallen = int((last_figures().to_numpy() <= (1 - LOSS) * units.base).sum())
    work.count("forecast.headline.last_value", fallen, "units", "forecast_headline")
    work.count("forecast.headline.units", len(units.cities), "units", "forecast_headline")
    heads = ("Assumption", "Year", "Units", "8 in 10", "No rebasing", "At .8", "Nation")
    return Table(
        "forecast_headline",
        f"Units at least {LOSS:.0%} below 2020, of {len(units.cities)}",
        (tuple(map(Span, heads)),),
        tuple(rows),
        (
            "Median and central 80% of the number in each draw; every draw of the units and the "
            "rest adds up to a draw of the nation. At .8: units of at least that probability. "
            f"Nation: mean change since {LAST_YEAR}. The first row is the headline; {HORIZON_END} "
            "is a projection of what its assumptions lead to. Fertility and rates move the "
            "nation; in the mixture recent migration keeps 80% or 90% of its size from year to "
            f"year. Were every unit to stay at its value of {LAST_YEAR}, the number would be "
            f"{fallen} in both years.",
        ),
        align="llrrrrr",
    )


def _record(work: Workspace, year: int, units: Forecast, people: Forecast, now: pd.Series) -> None:
    """Expected numbers, and how much of them the last figures show already."""
    stem = f"risk.used.y{year}"
    counts, chance = units.loss_counts(LOSS, year), units.loss_probability(LOSS, year)
    values = {
        "expected_count": float(counts.mean()),
        "count_q10": float(np.quantile(counts, 0.1)),
        "count_q90": float(np.quantile(counts, 0.9)),
        "count_sd": float(counts.std()),
        "count_sd_independent": float(np.sqrt((chance * (1 - chance)).sum())),
        "expected_people": float(people.loss_counts(LOSS, year).mean()),
    }
    for key, value in values.items():
        work.result(f"{stem}.{key}", value, "mc", "units", "risk_counts")
    sure = chance[chance >= SURE]
    gone = 1 - now.reindex(sure.index) / pd.Series(units.base, index=list(units.cities))[sure.index]
    work.count(f"{stem}.sure", len(sure), "units", "risk")
    work.count(f"{stem}.sure_lost", int((gone >= LOSS).sum()), "units", "risk")
    half = int((gone >= LOSS / 2).sum())
    work.count(f"{stem}.sure_half", half, "units", "risk")
    work.count(f"{stem}.likely", int((chance >= 0.5).sum()), "units", "risk")


def _events(work: Workspace, forecast: Forecast, now: pd.Series) -> None:
    """Other events from the same draws: expected numbers of units."""
    path = Trajectories.of(forecast, now.to_numpy(dtype=float))
    events = {
        "run": FallingRun(3, 5),
        "lasting": EventExpression(lasting_loss(LAST_YEAR, 5)),
        "tenth": EventExpression(f"min(P) < 0.9 * P[{LAST_YEAR}]"),
    }
    for key, event in events.items():
        chance = event_probability(path, event)
        work.result(f"risk.event.{key}.expected", float(chance.sum()), "mc", "units", "risk")
    counts = events["lasting"].happens(path).sum(axis=0)
    for level in (10, 90):
        value = float(np.quantile(counts, level / 100))
        work.result(f"risk.event.lasting.q{level}", value, "mc", "units", "risk")
