"""Ages of 2020 carried to 2035: what births, deaths and migration of today lead to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples_cohort import CohortSample, cohort_sample
from econshrink import Forecast, Table
from econshrink.core.seeds import generator
from econshrink.demography import Projection, hamilton_perry, project_cohorts
from econshrink.forecast import japan_index, korea_class, korea_index
from econshrink.nouns import Cell, Row, Span

DRAWS, HORIZON, YEAR, LATE = 250, 30, 2035, 2050
LOSS = 0.05
BAND = (0.1, 0.9)
REGIONS = {"east": "East", "central": "Central", "west": "West", "northeast": "Northeast"}
KOREA_ORDER = ("high risk", "risk", "caution", "normal", "low risk")


def run(work: Workspace) -> None:
    """Project, sum up by region, classify, compare with Hamilton–Perry."""
    sample = cohort_sample(HORIZON)
    made = project_cohorts(
        sample.start,
        sample.process,
        sample.risk,
        draws=DRAWS,
        rng=generator("cohort.projection"),
    )
    work.save(_nation(made.forecast), "nation")
    _settings(work, sample)
    work.table(_totals(work, sample, made))
    work.table(_indices(work, sample, made))
    _hamilton_perry(work, sample, made)


def _nation(forecast: Forecast) -> Forecast:
    """The draws of all territories together."""
    whole = forecast.draws.sum(axis=0, keepdims=True)
    return replace(forecast, cities=("nation",), draws=whole, base=forecast.base.sum(keepdims=True))


def _settings(work: Workspace, sample: CohortSample) -> None:
    numbers = {
        "persistence": sample.process.persistence,
        "sd_province": sample.process.sd_province,
        "sd_city": sample.process.sd_city,
        "fertility_risk": sample.risk.fertility,
        "mortality_risk": sample.risk.mortality,
        "fertility": 5 * float(sample.start.fertility.sum()),
    }
    for name, value in numbers.items():
        work.result(f"cohort.{name}", value, "estimate", "", "cohort_totals")
    work.count("cohort.territories", len(sample.start.cities), "territories", "cohort_totals")
    work.count("cohort.units", len(sample.units), "units", "cohort_totals")
    work.count("cohort.draws", DRAWS, "draws", "cohort_totals")


def _totals(work: Workspace, sample: CohortSample, made: Projection) -> Table:
    place = made.forecast.years.index(YEAR)
    region = sample.held.places["region"].to_numpy()
    units = np.isin(made.forecast.cities, sample.units)
    fallen = made.forecast.at(YEAR) <= (1 - LOSS) * made.forecast.base[:, None]
    rows = []
    for key, name in {"": "Nation", **REGIONS}.items():
        here = (region == key) if key else np.ones(len(region), dtype=bool)
        base = made.forecast.base[here].sum()
        change = made.forecast.at(YEAR)[here].sum(axis=0) / base - 1
        parts = [
            getattr(made, flow)[here, : place + 1].sum(axis=(0, 1)).mean() / base
            for flow in ("births", "deaths", "migrants")
        ]
        women = made.women[here, place].sum(axis=0).mean() / _women(sample, here) - 1
        old = (
            made.old[here, place].sum(axis=0).mean()
            / made.forecast.at(YEAR)[here].sum(axis=0).mean()
        )
        count = fallen[here & units].sum(axis=0)
        stem = f"cohort.y{YEAR}.{slug(name)}"
        low, high = np.quantile(change, BAND)
        for label, value in {
            "change": change.mean(), "change_q10": low, "change_q90": high,
            "women_change": women, "old_share": old,
        }.items():  # fmt: skip
            work.result(f"{stem}.{label}", float(value), "mc", "share", "cohort_totals")
        work.result(f"{stem}.count", float(count.mean()), "mc", "units", "cohort_totals")
        rows.append(
            Row(
                (
                    Cell(name),
                    Cell(float(change.mean()), ".1%"),
                    Cell(f"{low:.1%} to {high:.1%}".replace("-", "−")),
                    *(Cell(float(part), ".1%") for part in parts),
                    Cell(float(women), ".1%"),
                    Cell(float(old), ".1%"),
                    Cell(f"{count.mean():.0f} of {int((here & units).sum())}"),
                )
            )
        )
    heads = (
        "Change",
        "8 draws in 10",
        "Births",
        "Deaths",
        "Net migr.",
        "Women 20–39",
        "65+",
        "Lose",
    )
    return Table(
        "cohort_totals",
        f"Cohort-component projection 2020–{YEAR}, percent of the persons of 2020",
        ((Span(""), *(Span(head) for head in heads)),),
        tuple(rows),
        (
            f"{DRAWS} joint draws of {len(sample.start.cities)} territories in five-year steps. "
            "Survival: United Nations, with uncertain mortality. Fertility: national rates of "
            f"{2021}–{2023} as a random walk, times each unit's fertility relative to the nation. "
            "Net migration: profile by age times the unit's level of 2010–2020, which reverts to "
            "the province; zero in the nation as a whole at every sex and age.",
            f"Women 20–39: change; 65+: share in {YEAR}; Lose: expected number of "
            f"prefecture-level units (merged ones count once) at least {LOSS:.0%} below 2020. "
            "A projection of what present rates lead to. From 2020 it cannot be scored yet; the "
            "same method from the ages of 2010 is, with what was known in 2012.",
        ),
    )


def _women(sample: CohortSample, here: np.ndarray) -> float:
    lower = np.array(sample.start.ratios.lower)
    return float(sample.start.people[here][:, 1, (lower >= 20) & (lower < 40)].sum())


def _indices(work: Workspace, sample: CohortSample, made: Projection) -> Table:
    units = np.isin(made.forecast.cities, sample.units)
    lower = np.array(sample.start.ratios.lower)
    people = sample.start.people[units]
    women = people[:, 1, (lower >= 20) & (lower < 40)].sum(axis=1)
    old = people[..., lower >= 65].sum(axis=(1, 2))
    later, last = (made.forecast.years.index(year) for year in (YEAR, LATE))
    now = pd.Series(korea_class(korea_index(women, old))).value_counts()
    then_index = korea_index(
        made.women[units, later].mean(axis=1), made.old[units, later].mean(axis=1)
    )
    then = pd.Series(korea_class(then_index)).value_counts()
    rows = []
    for name in KOREA_ORDER:
        counts = (int(now.get(name, 0)), int(then.get(name, 0)))
        for year, count in zip((2020, YEAR), counts, strict=True):
            work.count(f"cohort.korea.y{year}.{slug(name)}", count, "units", "cohort_indices")
        rows.append(Row((Cell(f"Women 20–39 over persons 65+: {name}"), *map(Cell, counts))))
    halved = japan_index(women[:, None], made.women[units, last])
    work.result(
        "cohort.japan.count", float(halved.sum(axis=0).mean()), "mc", "units", "cohort_indices"
    )
    expected = float(halved.sum(axis=0).mean())
    rows.append(
        Row((Cell(f"Women 20–39 at least halve by {LATE}"), Cell(""), Cell(expected, ".0f")))
    )
    return Table(
        "cohort_indices",
        "Two published warning indices on the projection, prefecture-level units",
        ((Span("Index"), Span("2020"), Span(f"{YEAR} ({LATE})")),),
        tuple(rows),
        (
            "First index: Korea Employment Information Service (2016), classes at 0.2, 0.5, 1 and "
            "1.5; projected with mean women over mean persons of 65 and over. Second: Japan Policy "
            "Council (2014), expected number over draws. Neither was made for China.",
        ),
        align="lrr",
    )


def _hamilton_perry(work: Workspace, sample: CohortSample, made: Projection) -> None:
    """Ages of 2030 by cohort change ratios, free and controlled, beside the projection."""
    held = sample.held
    units = [city for city in sample.units if held.places.loc[city, "kind"] == "main"]
    before, after = held.before.select(units), held.after.select(units)
    rows = [made.forecast.cities.index(city) for city in units]
    totals = made.forecast.at(2030)[rows].mean(axis=1)
    free = hamilton_perry(before, after)
    controlled = hamilton_perry(before, after, totals)
    work.count("cohort.hamilton_perry.units", len(units), "units")
    ratio = free.sum() / after.persons.sum() - 1
    work.result("cohort.hamilton_perry.change_2030", float(ratio), "estimate", "share")
    work.result(
        "cohort.projection.change_2030",
        float(totals.sum() / after.persons.sum() - 1),
        "mc",
        "share",
    )
    old = np.array(after.lower) >= 65
    share = controlled[:, :, old].sum() / controlled.sum()
    work.result("cohort.hamilton_perry.old_share_2030", float(share), "mc", "share")
    place = made.forecast.years.index(2030)
    ours = made.old[rows, place].mean(axis=1).sum() / totals.sum()
    work.result("cohort.projection.old_share_2030", float(ours), "mc", "share")
