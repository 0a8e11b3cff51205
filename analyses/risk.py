"""Which cities may lose 5% of their 2020 population by 2030 and 2035: two simple rules."""

from __future__ import annotations

import numpy as np
import pandas as pd
from econshrink.forecast.errors_of_record import ErrorRecord
from econshrink.forecast.trend import DampedDrift, NoChange, PathRule

from analyses.samples import NOT_DRAWN, UNRELIABLE, annual_panel, bilingual_names, boundary_units
from analyses.workspace import Workspace
from econshrink.data import load_boundaries, load_units
from econshrink.forecast.project import Origin, Start, last_usable, project, score_rule
from econshrink.forecast.risk import rank_risk
from econshrink.measure.derive import set_aside
from econshrink.nouns.forecast import Forecast
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.ranking import Ranking
from econshrink.nouns.table import Cell, Row, Span, Table
from econshrink.report.map import Binned, draw_map, map_caption
from econshrink.report.plots import plot_fan
from econshrink.seeds import generator

LOSS, BASE, YEARS, DRAWS = 0.05, 2020, (2030, 2035), 4000
RULES: dict[str, PathRule] = {"naive": NoChange(), "damped": DampedDrift(0.8)}
LONG, SHORT = Origin(2010, (2005, 2009)), Origin(2015, (2011, 2015))
FANS = ("230400", "231200", "220300", "410100", "510100", "130100")
LISTED = 30
MINIMUM_SIZE = 10_000  # residents; the floor Wiechmann (2008) sets for a city


def run(work: Workspace) -> None:
    """Score, project, rank, tabulate and draw."""
    panel = annual_panel()
    start = _large_enough(panel, last_usable(panel, BASE))
    records = _records(panel)
    forecasts = {}
    for key, rule in RULES.items():
        forecasts[key] = project(
            panel, rule, start.year, records[key], YEARS[-1], base_year=BASE, draws=DRAWS,
            generator=generator(f"risk.{key}"),
        )  # fmt: skip
    work.table(_accuracy(work, records))
    rankings = {
        (key, year): rank_risk(forecasts[key], LOSS, year) for key in RULES for year in YEARS
    }
    for (key, year), ranking in rankings.items():
        work.save(ranking, f"{key}_{year}", ".json")
        _record(work, key, year, ranking, forecasts[key])
    work.result("risk.loss", LOSS, "estimate", "share", "risk")
    work.count("risk.draws", DRAWS, "draws", "risk")
    work.count("risk.minimum_size", MINIMUM_SIZE, "persons", "risk")
    work.count("risk.units", len(start.year), "units", "risk")
    work.count("risk.excluded", len(start.excluded), "units", "risk")
    work.table(_table(rankings, start.excluded))
    _draw(work, panel, forecasts["damped"], rankings["damped", 2035])


def _large_enough(panel: CityPanel, start: Start) -> Start:
    """Leave out units below the minimum size, with the reason."""
    base = panel.wide("population")[BASE].reindex(start.year.index)
    small = base.index[base < MINIMUM_SIZE]
    excluded = pd.DataFrame({"city": list(small), "reason": f"below {MINIMUM_SIZE} residents"})
    return Start(start.year.drop(small), pd.concat([start.excluded, excluded], ignore_index=True))


def _records(panel: CityPanel) -> dict[str, tuple[ErrorRecord, ErrorRecord]]:
    """Errors of each rule at two past origins, on cells published as such, same cities."""
    clean = set_aside(panel, "population", ("interpolated", *UNRELIABLE))
    clean = clean.select(cities=[c for c in clean.cities if c not in boundary_units()])
    truth = clean.wide("population")[BASE]
    scored = {
        key: [score_rule(clean, rule, origin, truth, BASE) for origin in (SHORT, LONG)]
        for key, rule in RULES.items()
    }
    common = [
        set.intersection(*(set(pair[i].errors.index) for pair in scored.values())) for i in (0, 1)
    ]
    return {
        key: tuple(  # type: ignore[misc]
            ErrorRecord(r.origin, r.horizon, r.errors.loc[sorted(common[i])], r.groups)
            for i, r in enumerate(pair)
        )
        for key, pair in scored.items()
    }


def _accuracy(work: Workspace, records: dict[str, tuple[ErrorRecord, ErrorRecord]]) -> Table:
    rows = []
    for key, pair in records.items():
        cells = [Cell(RULES[key].label.capitalize())]
        for record in pair:
            percent = np.abs(np.exp(-record.errors) - 1)
            bias = np.exp(-record.errors) - 1
            stem = f"risk.accuracy.{key}.h{record.horizon}"
            work.result(f"{stem}.mape", float(percent.mean()), "estimate", "share", "accuracy")
            work.result(f"{stem}.medape", float(percent.median()), "estimate", "share", "accuracy")
            work.count(f"{stem}.units", len(percent), "units", "accuracy")
            cells += [
                Cell(float(percent.mean()), ".1%"),
                Cell(float(percent.median()), ".1%"),
                Cell(float(bias.mean()), "+.1%"),
            ]
        rows.append(Row(tuple(cells)))
    short, long = records["naive"]
    return Table(
        "accuracy",
        "What the two rules got wrong about the census of 2020",
        (
            (Span(""), Span("From 2015, five years", 3), Span("From 2010, ten years", 3)),
            (Span("Rule"), *(Span(x) for x in ("MAPE", "Median", "Mean error") * 2)),
        ),
        tuple(rows),
        (
            f"Forecast against census, percent of the census; {len(short.errors)} and "
            f"{len(long.errors)} units with published, unflagged figures at origin and drift, "
            "unmoved boundaries. The forecasts read only figures dated up to their origin, but "
            "in the one compilation at hand, not as first published.",
            "One origin a horizon: the difference between the rules is one draw of history.",
        ),
    )


def _record(work: Workspace, key: str, year: int, ranking: Ranking, forecast: Forecast) -> None:
    stem = f"risk.{key}.y{year}"
    counts = forecast.loss_counts(LOSS, year)
    work.result(f"{stem}.expected_count", float(counts.mean()), "mc", "units", "risk")
    for level in (10, 90):
        value = float(np.quantile(counts, level / 100))
        work.result(f"{stem}.count_q{level}", value, "mc", "units", "risk")
    likely = int((ranking.frame["probability"] >= 0.5).sum())
    work.count(f"{stem}.likely", likely, "units", "risk")
    first = ranking.frame.iloc[0]
    work.result(f"{stem}.first", bilingual_names()[first["city"]], "label", "", "risk")
    work.result(f"{stem}.first.probability", float(first["probability"]), "mc", "share", "risk")


def _table(rankings: dict[tuple[str, int], Ranking], excluded: pd.DataFrame) -> Table:
    lead = rankings["damped", 2035].top(LISTED)
    others = {key: r.frame.set_index("city") for key, r in rankings.items()}
    label, provinces = bilingual_names(), load_units()["province"]
    rows = []
    for entry in lead.itertuples():
        cells = [
            Cell(int(entry.rank), "d"),
            Cell(label[entry.city]),
            Cell(str(provinces[entry.city])),
        ]
        for key in RULES:
            cells += [Cell(others[key, y].loc[entry.city, "probability"], ".2f") for y in YEARS]
        cells.append(Cell(entry.median_change, ".0%"))
        rows.append(Row(tuple(cells)))
    return Table(
        "risk",
        "Units most likely to be at least 5% below their 2020 population",
        (
            (Span(""), Span(""), Span(""), Span("No change", 2), Span("Damped drift", 3)),
            (
                Span("Rank"),
                Span("Unit"),
                Span("Province"),
                *(Span(str(y)) for y in YEARS),
                *(Span(str(y)) for y in YEARS),
                Span("Median 2035"),
            ),
        ),
        tuple(rows),
        (
            f"Probability that residents in that year are at least 5% below 2020, {DRAWS:,} joint "
            "draws; ranked by the damped drift for 2035. Median 2035: change since 2020 in the "
            "median draw. Neither rule is calibrated yet; the errors come from one past origin.",
            "Left out: "
            + "; ".join(
                f"{', '.join(label[city] for city in part['city'])} ({reason})"
                for reason, part in excluded.groupby("reason", sort=False)
            )
            + "; and the units without annual population.",
        ),
        align="rllrrrrr",
    )


def _draw(work: Workspace, panel: CityPanel, forecast: Forecast, ranking: Ranking) -> None:
    label = bilingual_names()
    reliable = set_aside(panel, "population", ("interpolated", *UNRELIABLE))
    history = reliable.frame.loc[list(FANS), ["population"]].reset_index()
    history = history[history["year"] >= 2010].dropna()
    work.figure(plot_fan(forecast, FANS, history, label), "risk_fans")
    probability = ranking.frame.set_index("city")["probability"]
    scale = Binned(
        (0.1, 0.25, 0.5, 0.75, 0.9),
        "Probability of being 5% below 2020 in 2035",
        diverging=False,
    )
    boundaries = load_boundaries()
    work.figure(draw_map(probability, boundaries, scale), "map_risk")
    work.write("captions/map_risk.txt", map_caption(probability, boundaries, label, NOT_DRAWN))
