"""Table, fans, map and counts of the risk task."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.forecast_setup import BASE
from analyses.shared.samples import NOT_DRAWN, UNRELIABLE, annual_panel, bilingual_names
from econshrink import Forecast, Ranking, Table
from econshrink.data import load_boundaries
from econshrink.nouns import Cell, Row, Span
from econshrink.report import Binned, draw_map, map_caption, plot_counts, plot_fan
from econshrink.shrinkage import set_aside

FANS = ("230400", "231200", "220300", "410100", "510100", "130100")
LISTED = 30
DRIVERS = {"since": "Since", "nation": "Nat.", "province": "Prov.", "city": "City"}


def risk_table(
    rankings: Mapping[tuple[str, int], Ranking],
    used: str,
    drivers: pd.DataFrame,
    gone: pd.Series,
    origin: int,
) -> Table:
    """The units most at risk, with drivers; in the order of the last year's probability."""
    years = sorted({year for _, year in rankings})
    lead = rankings[used, years[-1]]
    shown = [str(city) for city in lead.top(LISTED)["city"]]
    frames = {year: rankings[used, year].frame.set_index("city") for year in years}
    label = bilingual_names()
    rows = []
    for city in shown:
        cells = [Cell(label[city])]
        for year in years:
            row = frames[year].loc[city]
            cells += [Cell(float(row["probability"]), ".2f"), Cell(_rank(row)), Cell(_place(row))]
        cells.append(Cell(float(frames[years[-1]].loc[city, "median_change"]), ".0%"))
        cells += [Cell(float(drivers.loc[city, key]), "+.2f") for key in DRIVERS]
        rows.append(Row(tuple(cells)))
    reasons = "; ".join(
        f"{', '.join(label[city] for city in part.index)} ({reason})"
        for reason, part in gone.groupby(gone, sort=False)
    )
    return Table(
        "risk",
        "Units most likely to be at least 5% below their 2020 population",
        (
            (Span(""), *(Span(str(year), 3) for year in years), Span("Median"),
             Span("Drivers", len(DRIVERS))),
            tuple(map(Span, ("Unit", *["Prob.", "Rank", "Place"] * len(years),
                             str(years[-1]), *DRIVERS.values()))),
        ),
        tuple(rows),
        (
            f"{lead.model.capitalize()} from {origin}, {lead.draws:,} joint draws; the "
            f"{LISTED} units of the highest probability in {years[-1]}. Rank: by probability, in "
            "brackets the ranks that two Monte Carlo standard errors of it leave open. Place: by "
            "loss among all units in nine draws of ten. Drivers: Shapley values of the last "
            "year's probability, the change since 2020 that is already known and recent growth of "
            "nation, province (about the nation) and unit (about its province) as the damped "
            "drift carries them on; they describe the forecast, not causes.",
            *(_only_earlier(rankings[used, year], shown, label, year) for year in years[:-1]),
            f"Left out: {reasons}; and the units without annual population.",
        ),
        align="l" + "r" * (3 * len(years) + 1 + len(DRIVERS)),
    )  # fmt: skip


def _rank(row: pd.Series) -> str:
    return f"{int(row['rank'])} ({int(row['rank_low'])}–{int(row['rank_high'])})"


def _place(row: pd.Series) -> str:
    return f"{int(row['place_low'])}–{int(row['place_high'])}"


def _only_earlier(ranking: Ranking, shown: list[str], label: Mapping[str, str], year: int) -> str:
    """Units among the first of an earlier year that the table does not list."""
    rest = ranking.top(LISTED)
    rest = rest[~rest["city"].isin(shown)]
    if rest.empty:
        return f"The first {LISTED} of {year} are the same units."
    named = [
        f"{label[str(row['city'])]} ({row['probability']:.2f}, rank {_rank(row)})"
        for _, row in rest.iterrows()
    ]
    return f"Among the first {LISTED} of {year} but not listed: {', '.join(named)}."


def draw_fans_and_map(work: Workspace, forecast: Forecast, ranking: Ranking, year: int) -> None:
    """Fan charts of six units and the map of probabilities."""
    label = bilingual_names()
    reliable = set_aside(annual_panel(), "population", ("interpolated", *UNRELIABLE))
    history = reliable.frame.loc[list(FANS), ["population"]].reset_index()
    history = history[history["year"] >= 2010].dropna()
    shown = ", ".join(label[city] for city in FANS)
    work.figure(
        plot_fan(forecast, FANS, history, label),
        "risk_fans",
        alt=f"Six panels, {shown}: known population, and a fan of projections that widens to 2035. "
        "The first three fall, the others rise.",
    )
    probability = ranking.frame.set_index("city")["probability"]
    title = f"Probability of being 5% below {BASE} in {year}"
    scale = Binned((0.1, 0.25, 0.5, 0.75, 0.9), title, diverging=False)
    boundaries = load_boundaries()
    work.figure(
        draw_map(probability, boundaries, scale),
        "map_risk",
        alt=(
            "Map of the probability that a unit is 5% below its 2020 population in 2035. It "
            "is highest in the Northeast and lowest along the southern coast."
        ),
    )
    work.write("captions/map_risk.txt", map_caption(probability, boundaries, label, NOT_DRAWN))


def draw_counts(
    work: Workspace,
    forecasts: Mapping[str, Forecast],
    used: str,
    loss: float,
    years: tuple[int, ...],
) -> None:
    """Distribution of the number of shrinking units, joint and with shocks torn apart."""
    names = {"naive": "No change", "damped": "Damped drift", "winner": "Stacked"}
    counts, alone = {}, {}
    for year in years:
        for key, forecast in forecasts.items():
            counts[f"{names[key]}, {year}"] = forecast.loss_counts(loss, year)
            chance = forecast.loss_probability(loss, year).to_numpy()
            # the same probabilities, as if cities shrank independently of each other
            spread = float(np.sqrt((chance * (1 - chance)).sum()))
            alone[f"{names[key]}, {year}"] = spread
            stem = f"risk.{key}.y{year}"
            stems = [stem, *(["risk.used.y" + str(year)] if key == used else [])]
            joint = float(counts[f"{names[key]}, {year}"].std())
            for one in stems:
                work.result(f"{one}.count_sd", joint, "mc", "units", "risk_counts")
                work.result(f"{one}.count_sd_independent", spread, "mc", "units", "risk_counts")
    label = f"Units at least {loss:.0%} below {BASE}"
    work.figure(
        plot_counts(counts, alone, xlabel=label),
        "risk_counts",
        alt=(
            "Six histograms of the number of units 5% below 2020, by model and year. Draws "
            "spread far more widely than if units were independent of each other."
        ),
    )
