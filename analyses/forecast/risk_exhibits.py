"""Table, file, fans, map and counts of the risk task."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_parts import unheld
from analyses.shared.forecast_setup import BASE, LAST_YEAR
from analyses.shared.samples import NOT_DRAWN, UNRELIABLE, annual_panel, bilingual_names
from econshrink import Forecast, Ranking, Table
from econshrink.data import load_boundaries
from econshrink.nouns import Cell, Row, Span
from econshrink.report import Binned, draw_map, map_caption, plot_counts, plot_fan
from econshrink.shrinkage import set_aside

FANS = ("230400", "220800", "211400", "430500", "410100", "510100")


def likely_table(
    units: Forecast,
    people: Forecast,
    rankings: Mapping[int, Ranking],
    known: pd.DataFrame,
    gone: pd.Series,
    sure: float,
) -> Table:
    """The units whose loss is likelier than `sure` in the first year, with what is lost already."""
    first, last = sorted(rankings)
    frames = {year: ranking.frame.set_index("city") for year, ranking in rankings.items()}
    shown = frames[first][frames[first]["probability"] >= sure].index
    alone = people.loss_probability(0.05, first)
    label = bilingual_names()
    rows = []
    for city in shown:
        row = frames[first].loc[city]
        cells = (
            Cell(label[city]), Cell(float(row["probability"]), ".2f"), Cell(_rank(row)),
            Cell(f"{int(row['place_low'])}–{int(row['place_high'])}"),
            Cell(float(alone[city]), ".2f"), Cell(float(row["median_change"]), ".0%"),
            Cell(-float(known.loc[city, "lost"]), ".1%"),
            Cell(float(known.loc[city, "share"]), ".0%"),
            Cell(float(frames[last].loc[city, "probability"]), ".2f"),
        )  # fmt: skip
        rows.append(Row(cells))
    reasons = "; ".join(
        f"{', '.join(label[city] for city in part.index)} ({reason})"
        for reason, part in gone.groupby(gone, sort=False)
    )
    heads = ("Unit", "Prob.", "Rank", "Place", "No reb.", "Median", f"by {LAST_YEAR}", "Share")
    return Table(
        "risk",
        f"Units at least 5% below {BASE} in {first} with a probability of {sure:g} or more",
        (
            (Span(""), Span(f"{first}", 5), Span("Lost", 2), Span("Prob.")),
            tuple(map(Span, (*heads, str(last)))),
        ),
        tuple(rows),
        (
            f"{units.model.capitalize()} from {LAST_YEAR}, {units.draws.shape[2]:,} joint draws, "
            "each scaled to a draw of the nation. Rank: by probability, in brackets the ranks that "
            "two Monte Carlo standard errors of it leave open. Place: by loss among all units in "
            "nine draws of ten. No reb.: the probability without what the census of 2030 may "
            f"correct. Lost: change from {BASE} to {LAST_YEAR}, and as a share of the 5% asked "
            "about, 100% at most. The replication files have every unit.",
            f"Left out: {reasons}; and the units without annual population.",
        ),
        align="lrrrrrrrr",
    )


def _rank(row: pd.Series) -> str:
    return f"{int(row['rank'])} ({int(row['rank_low'])}–{int(row['rank_high'])})"


def unit_file(
    units: Forecast, people: Forecast, rankings: Mapping[int, Ranking], known: pd.DataFrame
) -> str:
    """Every unit: probability with its rank interval, without rebasing, quantiles, lost already."""
    tables = []
    for year, ranking in sorted(rankings.items()):
        frame = ranking.frame.set_index("city")
        columns = ["probability", "rank", "rank_low", "rank_high", "place_low", "place_high"]
        table = frame[columns].copy()
        table.insert(1, "probability_people", people.loss_probability(0.05, year))
        middle = units.select(years=[year]).quantiles((0.1, 0.5, 0.9)).droplevel("year")
        table = table.join(middle.round().astype("int64")).join(known[["lost", "share"]])
        tables.append(table.assign(year=year).sort_index())
    whole = pd.concat(tables).reset_index()
    return str(whole.to_csv(index=False, lineterminator="\n", float_format="%.4f"))


def draw_fans_and_map(work: Workspace, units: Forecast, ranking: Ranking, year: int) -> None:
    """Fan charts of six units by parts, and the map of probabilities."""
    label = bilingual_names()
    reliable = set_aside(annual_panel(), "population", ("interpolated", *UNRELIABLE))
    history = reliable.frame.loc[list(FANS), ["population"]].reset_index()
    history = history[history["year"] >= 2010].dropna()
    shown = ", ".join(label[city] for city in FANS)
    work.figure(
        plot_fan(units, FANS, history, label, parts=True),
        "risk_fans",
        alt=f"Six panels, {shown}: known population, and a fan of projections that widens to 2035. "
        "The first four fall; Zhengzhou rises and Chengdu holds its own. Dashed lines, without "
        "what the census of 2030 may correct, lie close to the outer band.",
    )
    probability = ranking.frame.set_index("city")["probability"]
    title = f"Probability of being 5% below {BASE} in {year}"
    scale = Binned((0.1, 0.25, 0.5, 0.8), title, diverging=False)
    boundaries = load_boundaries()
    work.figure(
        draw_map(probability, boundaries, scale),
        "map_risk",
        alt=(
            f"Map of the probability that a unit is 5% below its 2020 population in {year}. It "
            "is highest in the Northeast and lowest along the southern coast."
        ),
    )
    work.write("captions/map_risk.txt", map_caption(probability, boundaries, label, NOT_DRAWN))


def draw_count_figure(
    work: Workspace,
    units: Forecast,
    people: Forecast,
    draws: int,
    loss: float,
    years: tuple[int, ...],
) -> None:
    """Distribution of the number of units below, held to the nation and not, joint and torn."""
    counts, alone = {}, {}
    kinds = {
        "Published figures": units,
        "People, no rebasing": people,
        "Held to no nation": unheld(draws),
    }
    for year in years:
        for name, forecast in kinds.items():
            counts[f"{name}, {year}"] = forecast.loss_counts(loss, year)
            chance = forecast.loss_probability(loss, year).to_numpy()
            # the same probabilities, as if cities shrank independently of each other
            alone[f"{name}, {year}"] = float(np.sqrt((chance * (1 - chance)).sum()))
    label = f"Units at least {loss:.0%} below {BASE}"
    work.figure(
        plot_counts(counts, alone, xlabel=label),
        "risk_counts",
        alt=(
            "Six histograms of the number of units 5% below 2020, by year and by what is held. "
            "Held to no nation, draws spread far more widely than if units were independent."
        ),
    )
