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

from analyses.machinery.exhibit import Column, Exhibit
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
from econshrink.data import MedianStep, detect, load_jobs, load_real_estate, read_yearbook
from econshrink.nouns import Cell, Row, Span
from econshrink.report import regression_table

FEWEST = 40  # cities below which no regression of a file is shown
PROVINCES = 15  # provinces below which errors are not clustered by them
FEW = Heteroskedastic("HC1")
UNSOUND = ("suspect", "wrong_concept")
BREAK = 2013  # first year of the second reporting of embedded jobs
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
# Columns of a file that the embedded tables have as well, and the embedded variable.
BESIDE = {
    "jobs": ("Employed in urban units", "employed_units", "employees"),
    "wage": ("Mean wage", "mean_wage", "mean_wage"),
    "investment": ("Real-estate investment", "real_estate_investment", "investment"),
}
SAME = 0.01  # relative difference up to which two figures are called one
COMPARED = Exhibit(
    "yearbook_beside",
    "Figures of a user's yearbook beside the embedded ones",
    "yearbook.beside.{row}.{column}",
    (
        Column("label", ""),
        Column("cells", "Both", "d", "count", "cells", over="Cells"),
        Column("same", "Within 1%", ".0%", "estimate", "share", over="Cells"),
        Column("ratio", "Median ratio", ".3f", "estimate", over="Cells"),
        Column("file.estimate", "File", ".3f", "estimate", over="Yearly growth of residents on it"),
        Column("file.se", "Error", ".3f", "se", over="Yearly growth of residents on it",
               before="(", after=")"),
        Column("ours.estimate", "Embedded", ".3f", "estimate",
               over="Yearly growth of residents on it"),
        Column("ours.se", "Error", ".3f", "se", over="Yearly growth of residents on it",
               before="(", after=")"),
        Column("rows", "Rows", "d", "count", "rows", over="Yearly growth of residents on it"),
    ),
)  # fmt: skip


def run(work: Workspace) -> None:
    """Read the file, fit the annual and the long specification with what it holds."""
    file = Path(work.inputs[0])
    reading = read_yearbook(file)
    found = observed(reading.panel)
    work.count("yearbook.cities", found.index.get_level_values("city").nunique(), "cities")
    work.count("yearbook.figures", int(found.notna().to_numpy().sum()), "figures")
    work.result("yearbook.file", file.name, "label")
    steps = jobs_breaks(found)
    said = ", ".join(map(str, steps)) or "none"
    work.result("yearbook.jobs.breaks", said, "label", "", COMPARED.name)
    fits = annual_fits(found, steps)
    for key, estimate in fits.items():
        work.estimate(f"yearbook.annual.{key}", estimate, "yearbook_annual")
    long = long_fits(found)
    for key, estimate in long.items():
        work.estimate(f"yearbook.long.{key}", estimate, "yearbook_long")
    if not fits and not long:
        raise DataError(_nothing(file, found))
    work.table(_annual_table(fits, file.name) if fits else _empty("yearbook_annual", file.name))
    work.table(_long_table(long, file.name) if long else _empty("yearbook_long", file.name))
    rows = beside(reading.panel, found, steps)
    if rows.empty:
        work.table(_empty(COMPARED.name, file.name))
        return
    work.exhibit(
        COMPARED,
        rows,
        (
            "Ratio: file over embedded. Coefficients as in the table of yearly growth, the figure "
            "added alone, on the rows that have both. Years in which the median city of the file "
            f"steps in jobs: {said}; no change into such a year enters. Embedded jobs are "
            "never differenced across 2012/13, flagged cells are left out on either side.",
        ),
    )


def jobs_breaks(found: pd.DataFrame) -> tuple[int, ...]:
    """Years in which jobs of the median city step: a change of reporting that no flag declares."""
    if found["jobs"].notna().sum() == 0:
        return ()
    panel = CityPanel(found[["jobs"]].astype(float).dropna())
    return tuple(sorted(set(detect(panel, "jobs", [MedianStep()])["year"])))


def embedded() -> pd.DataFrame:
    """Reported jobs of urban units, wages and investment of the embedded tables."""
    columns = {}
    for panel, names in (
        (load_jobs(), ("jobs", "wage")),
        (load_real_estate(), ("investment",)),
    ):
        for name in names:
            variable = BESIDE[name][2]
            sound = panel.status[variable] == "reported"
            columns[name] = panel.column(variable).where(sound)
    return pd.DataFrame(columns).assign(price=np.nan)


def beside(panel: CityPanel, found: pd.DataFrame, steps: tuple[int, ...]) -> pd.DataFrame:
    """Each column that both have: how far they agree, and the same coefficient on either."""
    ours, growth = embedded(), growth_panel()
    made = {
        "file": _with_lags(growth, found, steps).select(years=YEARS),
        "ours": _with_lags(growth, ours, (BREAK,)).select(years=YEARS),
    }
    rows = {}
    for name, (label, heading, _) in BESIDE.items():
        if heading not in panel.variables:
            continue
        ratio = (panel.column(heading) / ours[name]).dropna()
        term = f"lag_{name}"
        there = [made[kind].frame[term].notna() for kind in made]
        both = there[0] & there[1]
        cities = made["file"].frame.index[both].get_level_values("city").unique()
        if ratio.empty or len(cities) < FEWEST:
            continue
        row: dict[str, object] = {
            "label": label,
            "cells": len(ratio),
            "same": float((np.abs(ratio - 1) <= SAME).mean()),
            "ratio": float(ratio.median()),
        }
        for kind, source in made.items():
            part = source.with_variables({term: source.frame[term].where(both)})
            fit = fit_fe(part, Spec("growth", (*ECONOMY, term), TWO_WAY), Clustered("city"))
            row |= {f"{kind}.estimate": fit.coefficient(term), f"{kind}.se": fit.std_error(term)}
            row["rows"] = fit.nobs
        rows[name] = row
    return pd.DataFrame.from_dict(rows, orient="index")


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


def annual_fits(found: pd.DataFrame, steps: tuple[int, ...] = ()) -> dict[str, Estimate]:
    """The annual specification, then with each observed covariate, then with all there are."""
    panel = growth_panel()
    rows = _with_lags(panel, found, steps).select(years=YEARS)
    usable = [name for name in OBSERVED if _cities(rows, name) >= FEWEST]
    fits: dict[str, Estimate] = {}
    if usable:
        fits["embedded"] = fit_fe(
            growth_panel().select(years=YEARS), Spec("growth", ECONOMY, TWO_WAY), Clustered("city")
        )
    sets = {name: (name,) for name in usable}
    if len(usable) > 1:
        sets["all"] = tuple(usable)
    for key, added in sets.items():
        fits[key] = fit_fe(rows, Spec("growth", (*ECONOMY, *added), TWO_WAY), Clustered("city"))
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


def _with_lags(panel: CityPanel, found: pd.DataFrame, steps: tuple[int, ...] = ()) -> CityPanel:
    """Growth and shares of the year before, percent, on the rows of the annual panel.

    No change of jobs into a year of `steps`, where their reporting changed.
    """
    rows = found.reindex(panel.frame.index)
    made = panel.with_variables({name: rows[name].astype(float) for name in LEVELS})
    made = made.with_variables({f"log_{name}": np.log(made.frame[name]) for name in LEVELS})
    growth = {
        f"d_{name}": 100 * (made.frame[f"log_{name}"] - made.lag(f"log_{name}"))
        for name in ("jobs", "wage", "price")
    }
    crossed = made.frame.index.get_level_values("year").isin(steps)
    growth["d_jobs"] = growth["d_jobs"].where(~crossed)
    growth["d_investment"] = 100 * made.frame["investment"] / made.frame["gdp_nominal"]
    made = made.with_variables(growth)
    return made.with_variables({f"lag_{name}": made.lag(f"d_{name}") for name in LEVELS})


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
