"""Scenarios on the cohort-component projection: what-ifs on the same shocks, no forecasts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples_cohort import CohortSample, cohort_sample
from analyses.shared.samples_long import long_sample
from analyses.shared.specs_long import main_fits
from econshrink import Table
from econshrink.core.seeds import generator
from econshrink.demography import Projection, Shift, project_cohorts
from econshrink.forecast import Response, Scenario, compare_scenarios, scenario_shift
from econshrink.nouns import Cell, Row, Span

DRAWS, HORIZON, YEAR, LOSS = 200, 15, 2035, 0.05
SHOWN = (2030, YEAR)  # years of the probabilities kept by unit
POINTS, METRES = 5.0, 5.0  # of the employment rate; of floor area per head
DRIVERS = {"jobs": "employment_rate", "housing": "floor_area"}


def run(work: Workspace) -> None:
    """Estimate responses, project every scenario on the same shocks, tabulate."""
    sample = cohort_sample(HORIZON)
    responses = _responses(work)
    cities = sample.start.cities
    shifts = {
        scenario.name: scenario_shift(
            scenario, cities, responses, DRAWS, generator("scenarios.response")
        )
        for scenario in _scenarios(sample)
    }
    keep = np.isin(cities, sample.units)

    by_unit: list[pd.DataFrame] = []

    def projected(shift: Shift) -> Projection:
        made = project_cohorts(
            sample.start, sample.process, sample.risk, draws=DRAWS,
            rng=generator("scenarios.shocks"), shift=shift,
        ).select(keep)  # fmt: skip
        by_unit.append(_by_unit(made, list(shifts)[len(by_unit)]))
        return made

    found = compare_scenarios(projected, shifts, year=YEAR, loss=LOSS)
    work.save(pd.concat(by_unit, ignore_index=True), "units")
    work.count("scenario.units", int(keep.sum()), "units", "scenarios")
    for name, row in found.iterrows():
        for key, value in row.items():
            kind = "persons" if key in {"population", "women", "old"} else ""
            work.result(f"scenario.{slug(str(name))}.{key}", float(value), "mc", kind, "scenarios")
    work.table(_table(found))


def _by_unit(made: Projection, name: str) -> pd.DataFrame:
    """The probability of the loss by unit, in the years the atlas shows."""
    chances = {f"p{year}": made.forecast.loss_probability(LOSS, year) for year in SHOWN}
    return pd.DataFrame(chances).rename_axis("city").reset_index().assign(scenario=name)


def _responses(work: Workspace) -> dict[str, Response]:
    """Coefficients of the main long difference: associations, with their clustered errors."""
    fit = main_fits(long_sample().comparable)["net_migration.main"]
    source = "long difference of net migration 2010-2020, province effects"
    made = {}
    for lever, term in DRIVERS.items():
        made[lever] = Response(fit.coefficient(term) / 100, fit.std_error(term) / 100, source)
        work.result(f"scenario.response.{lever}", made[lever].estimate, "estimate", "", "scenarios")
        work.result(f"scenario.response.{lever}_se", made[lever].std_error, "se", "", "scenarios")
    return made


def _scenarios(sample: CohortSample) -> list[Scenario]:
    before, after = sample.held.before.total, sample.held.after.total
    lost = (after < before) & np.isin(sample.start.cities, sample.units)
    losing = tuple(city for city, flag in zip(sample.start.cities, lost, strict=True) if flag)
    return [
        Scenario("Baseline"),
        Scenario("Fertility a fifth higher", {"fertility": 0.2}),
        Scenario("Fertility a fifth lower", {"fertility": -0.2}),
        Scenario("Employment rate 5 points higher in losing units", {"jobs": POINTS}, losing),
        Scenario(
            "Floor area 5 square metres a head larger in losing units", {"housing": METRES}, losing
        ),
        Scenario("Mobility a quarter higher", {"mobility": 0.25}),
        Scenario("Mobility a quarter lower", {"mobility": -0.25}),
        Scenario("Migration a quarter closer to the province", {"collaboration": 0.25}),
        Scenario("Nobody moves", {"mobility": -1.0}),
    ]


def _table(found: pd.DataFrame) -> Table:
    rows = [Row((Cell(str(name)), *_cells(row))) for name, row in found.iterrows()]
    return Table(
        "scenarios",
        f"Scenarios: prefecture-level units at least {LOSS:.0%} below 2020 in {YEAR}",
        (
            (
                Span(""),
                Span("Units that lose", 2),
                Span("Difference", 2),
                Span("Relative change of", 2),
            ),
            (
                Span("Scenario"), Span("mean"), Span("8 in 10"), Span("mean"), Span("8 in 10"),
                Span("persons"), Span("women 20–39"),
            ),
        ),
        tuple(rows),
        (
            "All scenarios meet the same shocks, so differences come from the levers and "
            "their uncertain responses alone. Net migration of the nation is zero: what one unit "
            "gains others lose. Mobility scales all net migration rates.",
            "Jobs and housing act through coefficients of net migration 2010–2020 on employment "
            "and floor area (normal draws with errors clustered by province). These are "
            "associations, so these two rows show arithmetic, not effects of a policy.",
        ),
        align="lrrrrrr",
    )  # fmt: skip


def _cells(row: Mapping[str, float]) -> tuple[Cell, ...]:
    def band(name: str) -> Cell:
        text = f"{row[name + '_low']:.0f} to {row[name + '_high']:.0f}".replace("-", "−")
        return Cell(text)

    return (
        Cell(float(row["count"]), ".0f"),
        band("count"),
        Cell(float(row["count_change"]), ".1f"),
        band("count_change"),
        Cell(float(row["population_change"]), ".1%"),
        Cell(float(row["women_change"]), ".1%"),
    )
