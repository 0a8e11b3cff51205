"""A user's yearbook in the same specifications: observed jobs, wages, investment and prices.

Built only by ``make paper DATA=file``. The embedded figures and every number that rests on them
stay as they are: the outcome and the sample's cells are the embedded ones, the file only adds
covariates, in columns, rows and ids of its own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analyses.machinery.workspace import Workspace
from analyses.shared.samples import growth_panel
from analyses.shared.samples_long import long_sample
from analyses.shared.specs_annual import ECONOMY, NAMES, TWO_WAY, YEARS
from analyses.shared.specs_long import BY_PROVINCE, MIGRATION, labels, spec
from econshrink import (
    CityPanel,
    Clustered,
    DataError,
    Estimate,
    Fault,
    Heteroskedastic,
    Spec,
    Table,
    fit_fe,
)
from econshrink.data import read_yearbook
from econshrink.nouns import Cell, Row, Span
from econshrink.report import regression_table

FEWEST = 40  # cities below which no regression of a file is shown
PROVINCES = 15  # provinces below which errors are not clustered by them
FEW = Heteroskedastic("HC1")
UNSOUND = ("suspect", "wrong_concept")
LEVELS = ("jobs", "wage", "investment", "price")
OBSERVED = {
    "lag_jobs": "Growth of observed jobs, year before (%)",
    "lag_wage": "Growth of the mean wage, year before (%)",
    "lag_investment": "Real-estate investment over GDP, year before (%)",
    "lag_price": "Growth of the house price, year before (%)",
}
AT_START = {
    "jobs_per_head": "Observed jobs per 100 residents, 2010",
    "log_wage": "Log mean wage, 2010",
    "investment_share": "Real-estate investment over GDP, 2010 (%)",
    "log_price": "Log house price, 2010",
}


def run(work: Workspace) -> None:
    """Read the file, fit the annual and the long specification with what it holds."""
    file = Path(work.inputs[0])
    reading = read_yearbook(file)
    found = observed(reading.panel)
    work.count("yearbook.cities", found.index.get_level_values("city").nunique(), "cities")
    work.count("yearbook.figures", int(found.notna().to_numpy().sum()), "figures")
    work.result("yearbook.file", file.name, "label")
    fits = annual_fits(found)
    for key, estimate in fits.items():
        work.estimate(f"yearbook.annual.{key}", estimate, "yearbook_annual")
    long = long_fits(found)
    for key, estimate in long.items():
        work.estimate(f"yearbook.long.{key}", estimate, "yearbook_long")
    if not fits and not long:
        raise DataError(_nothing(file, found))
    work.table(_annual_table(fits, file.name) if fits else _empty("yearbook_annual", file.name))
    work.table(_long_table(long, file.name) if long else _empty("yearbook_long", file.name))


def observed(panel: CityPanel) -> pd.DataFrame:
    """Jobs, wage, investment and price of a reading, flagged cells left out.

    Raises
    ------
    DataError
        None of them in the file.
    """
    columns = {}
    for name in ("employed_units", "employed_private", "mean_wage", "real_estate_investment",
                 "house_price"):  # fmt: skip
        if name in panel.variables:
            values = panel.column(name)
            if name in panel.status.columns:
                values = values.where(~panel.status[name].isin(UNSOUND))
            columns[name] = values.where(values > 0)
    if not columns:
        raise DataError(
            Fault(
                f"variables {', '.join(panel.variables[:12]) or 'none'}",
                "employment of urban units, mean wage, real-estate investment or house price",
                "Name the columns as the yearbook does, or use a file that has them.",
                "DATA",
            )
        )
    frame = pd.DataFrame(columns, index=panel.frame.index)
    jobs = [name for name in ("employed_units", "employed_private") if name in frame]
    made = {
        "jobs": frame[jobs].sum(axis=1, min_count=len(jobs)) if jobs else np.nan,
        "wage": frame.get("mean_wage", np.nan),
        "investment": frame.get("real_estate_investment", np.nan),
        "price": frame.get("house_price", np.nan),
    }
    return pd.DataFrame(made, index=frame.index)


def annual_fits(found: pd.DataFrame) -> dict[str, Estimate]:
    """The annual specification, then with each observed covariate, then with all there are."""
    panel = growth_panel()
    wide = _with_lags(panel, found).select(years=YEARS)
    usable = [name for name in OBSERVED if _cities(wide, name) >= FEWEST]
    fits: dict[str, Estimate] = {}
    if usable:
        fits["embedded"] = fit_fe(
            growth_panel().select(years=YEARS), Spec("growth", ECONOMY, TWO_WAY), Clustered("city")
        )
    sets = {name: (name,) for name in usable}
    if len(usable) > 1:
        sets["all"] = tuple(usable)
    for key, added in sets.items():
        fits[key] = fit_fe(wide, Spec("growth", (*ECONOMY, *added), TWO_WAY), Clustered("city"))
    return fits


def long_fits(found: pd.DataFrame) -> dict[str, Estimate]:
    """The main long difference on the cities of the file, without and with its figures of 2010."""
    sample = long_sample().comparable
    year = found.xs(2010, level="year") if 2010 in found.index.get_level_values("year") else None
    if year is None:
        return {}
    start = growth_panel().frame.xs(2010, level="year").reindex(year.index)
    columns = {
        "jobs_per_head": 100 * year["jobs"] / start["population"],
        "log_wage": np.log(year["wage"].astype(float)),
        "investment_share": 100 * year["investment"] / start["gdp_nominal"],
        "log_price": np.log(year["price"].astype(float)),
    }
    city = sample.frame.index.get_level_values("city")
    wide = sample.with_variables(
        {
            name: pd.Series(values.reindex(city).to_numpy(dtype=float), index=sample.frame.index)
            for name, values in columns.items()
        }
    )
    usable = tuple(name for name in AT_START if _cities(wide, name) >= FEWEST)
    if not usable:
        return {}
    complete = wide.frame[list(usable)].notna().all(axis=1)
    if int(complete.sum()) < FEWEST:
        return {}
    wide = wide.select(cities=wide.frame.index[complete].get_level_values("city"))
    vcov = BY_PROVINCE if wide.attributes["province"].nunique() >= PROVINCES else FEW
    main = spec(MIGRATION)
    return {
        "embedded": fit_fe(wide, main, vcov),
        "observed": fit_fe(wide, spec(MIGRATION, (*main.covariates, *usable)), vcov),
    }


def _with_lags(panel: CityPanel, found: pd.DataFrame) -> CityPanel:
    """Growth and shares of the year before, percent, on the rows of the annual panel."""
    rows = found.reindex(panel.frame.index)
    wide = panel.with_variables({name: rows[name].astype(float) for name in LEVELS})
    logs = {f"log_{name}": np.log(wide.frame[name]) for name in LEVELS}
    wide = wide.with_variables(logs)
    growth = {
        f"d_{name}": 100 * (wide.frame[f"log_{name}"] - wide.lag(f"log_{name}"))
        for name in ("jobs", "wage", "price")
    }
    growth["d_investment"] = 100 * wide.frame["investment"] / wide.frame["gdp_nominal"]
    wide = wide.with_variables(growth)
    return wide.with_variables({f"lag_{name}": wide.lag(f"d_{name}") for name in LEVELS})


def _cities(panel: CityPanel, name: str) -> int:
    known = panel.frame[name].dropna()
    return int(known.index.get_level_values("city").nunique())


def _nothing(file: Path, found: pd.DataFrame) -> Fault:
    cities = found.index.get_level_values("city").nunique()
    years = sorted(set(found.index.get_level_values("year")))
    return Fault(
        f"{cities} cities, years {years[0]} to {years[-1]}",
        f"at least {FEWEST} cities with values in 2010, or in three years from 2009 to 2018",
        "Give more cities and years of the yearbook.",
        file.name,
    )


def _annual_table(fits: dict[str, Estimate], name: str) -> Table:
    columns = {
        f"({i + 1})": replace(estimate, notes=()) for i, estimate in enumerate(fits.values())
    }
    return regression_table(
        columns,
        name="yearbook_annual",
        title="Yearly growth with the data of a user's yearbook",
        labels=NAMES | OBSERVED,
        stats={"r2_within": "Within R²"},
        digits=3,
        notes=(
            f"Covariates below the first two are read from {name}; the outcome, the sample's cells "
            "and column (1) are the embedded data. City-years without a value of the year "
            "before, in the file or embedded, drop out. Associations.",
        ),
    )


def _long_table(fits: dict[str, Estimate], name: str) -> Table:
    terms = fits["observed"].terms
    return regression_table(
        {"(1)": fits["embedded"], "(2)": fits["observed"]},
        name="yearbook_long",
        title="Net migration 2010–2020 with the data of a user's yearbook",
        labels=labels(spec(MIGRATION).covariates) | AT_START,
        terms=terms,
        stats={"r2_within": "Within R²"},
        digits=2,
        notes=(
            f"The cities for which {name} has values of 2010; column (1) is the embedded "
            f"specification on the same cities. Clustered by province from {PROVINCES} provinces "
            "on. Associations.",
        ),
    )


def _empty(table: str, name: str) -> Table:
    row = Row((Cell(f"{name} has too few cities or years for this specification."),))
    return Table(table, "A user's yearbook", ((Span(""),),), (row,), align="l")
