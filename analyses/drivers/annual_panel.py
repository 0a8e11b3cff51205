"""Annual growth as published: what it can say about ageing and births, and what it cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.samples import growth_panel
from analyses.shared.specs_annual import ECONOMY, NAMES, TWO_WAY, YEARS
from econshrink import AgeStructure, CityPanel, Clustered, Estimate, Spec, Table, fit_fe
from econshrink.data import (
    close_china,
    guard_within_decade,
    load_census_age_sex,
    load_fertility,
    load_survival,
)
from econshrink.demography import predicted_structure, survival_ratios
from econshrink.panel import (
    DifferenceGmm,
    Exogenous,
    LaggedDifferences,
    LaggedLevels,
    SystemGmm,
    YearDummies,
    fit_gmm,
)
from econshrink.report import regression_table

EXHIBIT = "annual_panel"
LATE = range(2021, 2024)
COHORTS = ("predicted_share", "predicted_births")
PROVINCE_YEAR = ("city", "province^year")
LABELS = NAMES | {
    "predicted_share": "Predicted share 65+ (%)",
    "predicted_births": "Predicted births per 100 persons",
    "lag(growth)": "Growth, year before (%)",
}


def run(work: Workspace) -> None:
    """Fit the panels, count the information in the cohort covariates, prove the closure's limit."""
    panel = with_cohorts(growth_panel())
    early, late = panel.select(years=YEARS), panel.select(years=LATE)
    guard_within_decade(early, "population")
    fits = {
        "(1)": fit_fe(early, Spec("growth", ECONOMY, TWO_WAY), Clustered("city")),
        "(2)": fit_fe(early, Spec("growth", (*ECONOMY, *COHORTS), TWO_WAY), Clustered("city")),
        "(3)": fit_fe(
            early, Spec("growth", (*ECONOMY, *COHORTS), PROVINCE_YEAR), Clustered("city")
        ),
        "(4)": fit_fe(late, Spec("growth", ECONOMY, TWO_WAY), Clustered("city")),
        "(5)": dynamic(early, DifferenceGmm()),
        "(6)": dynamic(early, SystemGmm()),
    }
    keys = ("economy", "cohorts", "province_year", "late", "difference_gmm", "system_gmm")
    for key, estimate in zip(keys, fits.values(), strict=True):
        work.estimate(f"fe.annual.{key}", estimate, EXHIBIT)
    for key, heading in (("difference_gmm", "(5)"), ("system_gmm", "(6)")):
        for name in ("hansen_p", "m2_p"):
            value = fits[heading].stats[name]
            work.result(f"gmm.annual.{key}.{name}", value, "p", "", EXHIBIT)
        count = int(fits[heading].stats["instruments"])
        work.count(f"gmm.annual.{key}.instruments", count, "instruments", EXHIBIT)
    for name in COHORTS:
        work.result(f"fe.annual.trend_r2.{name}", trend_share(early, name), "estimate", "share",
                    EXHIBIT)  # fmt: skip
    proof = closed_equals_raw()
    work.result("fe.annual.closed_less_raw", proof.largest, "estimate", "", EXHIBIT)
    work.result("fe.annual.closed_coefficient", proof.closed, "estimate", "", EXHIBIT)
    work.table(_table(fits))


def with_cohorts(panel: CityPanel) -> CityPanel:
    """Add the 65+ share and births of each year as the ages of 2010 imply them.

    Five-year steps of national survival and fertility, straight lines between: within a city
    each of them is close to a line, whatever the number of years.
    """
    table = load_census_age_sex()
    ages = AgeStructure.from_long(table, 2010).grouped(tuple(range(0, 90, 5)))
    ages = ages.select([city for city in panel.cities if city in ages.cities])
    steps = {
        h: predicted_structure(ages, survival_ratios(load_survival(), 2010, h, load_fertility()))
        for h in (5, 10)
    }
    first = ages.persons[:, :, 13:].sum(axis=(1, 2)) / ages.total
    share = pd.DataFrame(
        {2010: first, 2015: steps[5]["share_65_plus"], 2020: steps[10]["share_65_plus"]},
        index=steps[5].index,
    )
    born = {2013: steps[5]["births"], 2018: steps[10]["births"] - steps[5]["births"]}
    births = pd.DataFrame(born).div(5 * ages.total, axis=0)  # mid-points of the five years
    columns = {
        "predicted_share": _yearly(share, panel),
        "predicted_births": _yearly(births, panel),
    }
    return panel.with_variables(columns)


def dynamic(panel: CityPanel, method: DifferenceGmm | SystemGmm) -> Estimate:
    """Growth on its own lag by GMM: collapsed lags two to four of growth, the rest as exogenous."""
    spec = Spec("growth", ("lag(growth)", *ECONOMY), TWO_WAY)
    lists: list[LaggedLevels | LaggedDifferences | Exogenous | YearDummies] = [
        LaggedLevels("growth", 2, 4, collapse=True),
        Exogenous(ECONOMY),
    ]
    if isinstance(method, SystemGmm):
        lists += [YearDummies("level"), LaggedDifferences("growth")]
    else:
        lists.append(YearDummies())
    return fit_gmm(panel, spec, lists, method)


def trend_share(panel: CityPanel, name: str) -> float:
    """Share of a variable's variance within cities that a straight line per city takes."""
    wide = panel.wide(name).dropna()
    values = wide.to_numpy() - wide.mean(axis=1).to_numpy()[:, None]
    time = np.arange(values.shape[1], dtype=float)
    time -= time.mean()
    slope = values @ time / (time @ time)
    rest = values - slope[:, None] * time
    return 1 - float((rest**2).sum()) / float((values**2).sum())


@dataclass(frozen=True)
class Proof:
    """Largest gap between coefficients on closed and on raw growth, and the closed coefficient."""

    largest: float
    closed: float


def closed_equals_raw() -> Proof:
    """Under city effects the closed series cannot differ from the raw one within a decade.

    Log-linear closure adds one constant a city to yearly log growth from 2011 to 2019, and the
    city effect takes it away: the two regressions are one. It is shown once here and not offered
    as robustness.
    """
    closure = close_china().panel
    panel = growth_panel(set_aside_unreliable=False)
    found = {}
    for name in ("population", "population_raw"):
        wide = np.log(closure.wide(name)).diff(axis=1)[list(YEARS)]
        growth = 100 * wide.stack()
        growth.index.names = ["city", "year"]
        made = panel.select(years=YEARS).with_variables(
            {"made": growth.reindex(panel.select(years=YEARS).frame.index)}
        )
        found[name] = fit_fe(made, Spec("made", ECONOMY, TWO_WAY), Clustered("city"))
    gap = np.abs(found["population"].coefficients - found["population_raw"].coefficients)
    return Proof(float(gap.max()), found["population"].coefficient("lag_real_growth"))


def _yearly(points: pd.DataFrame, panel: CityPanel) -> pd.Series:
    """Straight lines between the years given, percent, on the rows of the panel."""
    years = np.arange(points.columns.min(), 2025)
    wide = points.reindex(columns=years).interpolate(axis=1, limit_area="inside")
    step = points[points.columns[-1]] - points[points.columns[-2]]
    width = points.columns[-1] - points.columns[-2]
    for year in years[years > points.columns[-1]]:
        wide[year] = points[points.columns[-1]] + step * (year - points.columns[-1]) / width
    for year in range(2011, int(points.columns.min())):
        wide[year] = points.iloc[:, 0] + (points.iloc[:, 1] - points.iloc[:, 0]) * (
            year - points.columns[0]
        ) / (points.columns[1] - points.columns[0])
    long = 100 * wide.stack()
    long.index.names = ["city", "year"]
    return long.reindex(panel.frame.index)


def _table(fits: dict[str, Estimate]) -> Table:
    return regression_table(
        fits,
        name=EXHIBIT,
        title="Yearly growth as published: effects, cohorts, late years, dynamics",
        labels=LABELS,
        terms=("lag(growth)", *ECONOMY, *COHORTS),
        outcomes={
            "(1)": "2011–2019",
            "(2)": "2011–2019",
            "(3)": "2011–2019",
            "(4)": "2021–2023",
            "(5)": "Illustration: GMM",
            "(6)": "Illustration: GMM",
        },
        stats={
            "r2_within": "Within R²",
            "instruments": "Instruments",
            "hansen_p": "Hansen p",
            "m2_p": "AR(2) p",
        },
        digits=3,
        notes=(
            "Outcome: yearly log growth of residents as published, times 100; cells flagged "
            "suspect or of a wrong concept are left out, and so is 2020, which the census rebased. "
            "Predicted share and births follow from the ages of 2010 at national rates: reduced "
            "forms, and nearly city trends, so that many years hold little more than one. "
            "Columns (5) "
            "and (6): two-step difference and system GMM, lags two to four collapsed; smoothed "
            "outcomes break their assumptions.",
        ),
    )
