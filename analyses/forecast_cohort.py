"""Cohort components to 2050 and scenarios on them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyses.ages import aged, natural_growth, rates_of, survival
from analyses.forecast_setup import LAST_YEAR, known_at, scored_panel
from analyses.workspace import Workspace
from econshrink.arrays import Floats
from econshrink.data import load_fertility
from econshrink.errors import DataError, Fault
from econshrink.forecast.cohort.component import (
    STEP,
    Projection,
    Start,
    Uncertainty,
    project_cohorts,
)
from econshrink.forecast.cohort.hamilton_perry import hamilton_perry
from econshrink.forecast.cohort.inputs import migration_profile, residual_migration
from econshrink.forecast.models.shrunk import sampling_variance, shrink
from econshrink.forecast.monitor import (
    japan_disappearing,
    korea_class,
    korea_index,
)
from econshrink.forecast.scenario import Change, Difference, Scenario, compare
from econshrink.forecast.view import recent_growth
from econshrink.nouns.table import Cell, Row, Span, Table
from econshrink.seeds import generator

BASE, STEPS, DRAWS, LOSS = 2020, 6, 100, 0.05
# Assumptions for illustration, not estimates: effect and its error, in the unit of the lever.
SCENARIOS = (
    Scenario("Fertility a fifth higher", {"fertility": Change(0.18, 0.05)}),
    Scenario("Jobs in losing cities", {"jobs": Change(0.010, 0.005)}),
    Scenario("Housing in losing cities", {"housing": Change(0.005, 0.005)}),
    Scenario("Freer migration (hukou)", {"hukou": Change(0.20, 0.10)}),
    Scenario("Regional collaboration", {"collaboration": Change(0.50, 0.10)}),
)


def run(work: Workspace) -> None:
    """Project and compare scenarios."""
    cities = tuple(
        city
        for city, now in zip(scored_panel().cities, known_at(LAST_YEAR).at(BASE), strict=True)
        if not np.isnan(now)
    )
    start, options = _start(cities)
    central = project_cohorts(start, options, DRAWS, generator("forecast.cohort"))
    _record(work, start, central, cities)
    found = [compare(s, start, options, DRAWS, "forecast.scenario") for s in SCENARIOS]
    work.table(_scenarios(work, found))


def _start(cities: tuple[str, ...]) -> tuple[Start, Uncertainty]:
    """Census of 2020, rates of its years, and the spread of past changes of migration."""
    people, before = aged(cities, BASE), aged(cities, 2010)
    old, _ = rates_of(before, 2011, 2010)
    older, _ = rates_of(before, 2016, 2015)
    profile = migration_profile(residual_migration(before, people, [old, older]))
    rates, ratio = rates_of(people, 2023, BASE)
    alive, born = survival([BASE + STEP * k for k in range(STEPS)])
    births = np.tile(rates.fertility[0] / ratio[0], (STEPS, 1))
    view = known_at(LAST_YEAR)
    rows = np.array([view.cities.index(city) for city in cities])
    groups = np.unique(view.groups[rows], return_inverse=True)[1]
    natural = natural_growth(view.cities)
    recent, past = (
        (recent_growth(v, 4) - natural[:, k : k + 4].mean(axis=1))[rows]
        for v, k in ((view, LAST_YEAR - 2014), (view.until(2019), 5))
    )
    middle = np.nanmean(recent)
    noise = sampling_variance(view, 4)[rows]
    rate = STEP * shrink(np.where(np.isnan(recent), middle, recent), noise, groups)
    moved = STEP * (recent - past)
    nation = float(np.nanmean(moved))
    province = pd.Series(moved).groupby(groups).transform("mean").to_numpy()
    spread = Uncertainty(
        fertility=_fertility_spread(),
        migration_nation=abs(nation) / 2,
        migration_province=float(np.nanstd(province)) / 2,
        migration_city=float(np.nanstd(moved - province)) / 2,
    )
    return Start(people, alive, born, births, ratio, rate, profile, groups), spread


def _fertility_spread() -> float:
    """Standard deviation of yearly changes of log total fertility since 2000."""
    total = load_fertility().groupby("year")["asfr"].sum()
    return float(np.log(total).diff().std())


def _record(work: Workspace, start: Start, found: Projection, cities: tuple[str, ...]) -> None:
    error = found.total[:, 1:] - found.total[:, :-1] - found.births + found.deaths - found.migrants
    if np.abs(error).max() > 1e-3:  # persons; rounding of sums of millions
        raise DataError(Fault(f"accounts off by {np.abs(error).max():.3g}", "none", "A bug."))
    work.count("cohort.units", len(cities), "units", "forecast_scenarios")
    halved = japan_disappearing(found.women[:, [0, STEPS]])
    work.result("cohort.women_halved.expected", float(halved.sum()), "mc", "units", "")
    index = korea_index(found.women[:, 0, 0], found.elderly[:, 0, 0])
    later = korea_index(np.median(found.women[:, 3], 1), np.median(found.elderly[:, 3], 1))
    for year, values in ((2020, index), (2035, later)):
        classes = pd.Series(korea_class(values)).value_counts()
        for name in ("high risk", "at risk"):
            key = f"cohort.korea.y{year}.{name.replace(' ', '_')}"
            work.count(key, int(classes.get(name, 0)), "units", "")
    before, now = aged(cities, 2010), start.population
    peopled = (before[..., :-3] > 0).all(axis=(1, 2))  # a unit of a few hundred has gaps
    totals = np.median(found.total[:, 2], axis=1)[peopled]
    controlled = hamilton_perry(before[peopled], now[peopled], totals)
    work.count("cohort.hamilton_perry.units", int(peopled.sum()), "units", "")
    old = controlled[:, :, 13:].sum() / controlled.sum()
    work.result("cohort.hamilton_perry.y2030.share65", float(old), "mc", "share", "")
    ours = np.median(found.elderly[:, 2].sum(axis=0) / found.total[:, 2].sum(axis=0))
    work.result("cohort.component.y2030.share65", float(ours), "mc", "share", "")


def _scenarios(work: Workspace, found: list[Difference]) -> Table:
    def counts(total: Floats) -> float:
        return float((total[:, 3] <= (1 - LOSS) * total[:, 0]).sum(axis=0).mean())

    base = found[0].baseline
    rows = [
        Row((
            Cell("Baseline"), Cell(base.total[:, 3].sum(axis=0).mean() / 1e6, ",.0f"), Cell(None),
            Cell(counts(base.total), ".0f"), Cell(None),
            Cell(float(japan_disappearing(base.women[:, [0, STEPS]]).sum()), ".0f"),
        ))
    ]  # fmt: skip
    for one in found:
        change = one.total[:, 3].sum(axis=0) / 1e6
        low, high = np.quantile(change, (0.1, 0.9))
        units = counts(one.changed.total)
        key = f"scenario.{'_'.join(SCENARIOS[len(rows) - 1].changes)}"
        work.result(f"{key}.residents_2035", float(change.mean()), "mc", "million", "")
        work.result(f"{key}.units_2035", units - counts(one.baseline.total), "mc", "units", "")
        halved = float(japan_disappearing(one.changed.women[:, [0, STEPS]]).sum())
        cells = (
            Cell(one.name), Cell(float(change.mean()), "+,.1f"),
            Cell(f"{low:+.1f} to {high:+.1f}".replace("-", "−")), Cell(units, ".0f"),
            Cell(units - counts(one.baseline.total), "+.0f"), Cell(halved, ".0f"),
        )  # fmt: skip
        rows.append(Row(cells))
    heads = ("Residents 2035 (m)", "80% of draws", "Units 5% below", "Change", "Women halved 2050")
    return Table(
        "forecast_scenarios",
        "If a lever were moved: cohort components with and without",
        (tuple(map(Span, ("Scenario", *heads))),),
        tuple(rows),
        (
            f"{len(base.total)} units, {DRAWS} joint draws from the census of 2020. Residents: "
            "total of the baseline, then differences to it under the same shocks, with the "
            "lever's own uncertainty. Units 5% below: expected number below 2020 in 2035. Women "
            "halved: expected number of units whose women aged 20–39 halve by 2050.",
            "Levers and their sizes are assumptions for illustration: fertility +0.18 in logs "
            "(s.e. 0.05); net migration of losing units +1.0 (0.5) and +0.5 (0.5) percent of "
            "residents in five years for jobs and housing; all net migration 20% (10%) larger; "
            "half (s.e. a tenth) of the gap to the province's migration rate closed. Nothing here "
            "says that a policy would have such an effect.",
        ),
        align="lrrrrr",
    )
