"""Spatial Durbin effects of the drivers of net migration."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.workspace import Workspace, slug
from analyses.shared.samples_long import CONTROLS, DRIVERS, long_sample
from analyses.shared.specs_long import BY_PROVINCE, MIGRATION, labels, spec
from econshrink import CityPanel, Estimate, Spec, Table, fit_fe
from econshrink.data import load_adjacency
from econshrink.nouns import Cell, Row, Span
from econshrink.spatial import (
    Neighbours,
    SpatialDurbin,
    fit_spatial,
    residual_moran,
    spatial_impacts,
)

EXHIBIT = "long_spatial"
KINDS = ("direct", "indirect", "total")


def run(work: Workspace) -> None:
    """Fit with region and with province dummies; print effects beside least squares."""
    panel, neighbours = connected(long_sample().comparable)
    work.count("spatial.long.units", len(panel.cities), "units", EXHIBIT)
    work.count("spatial.long.isolated", len(neighbours.isolated), "units", EXHIBIT)
    least = fit_fe(panel, spec(MIGRATION), BY_PROVINCE)
    fits = {by: durbin(panel, neighbours, by) for by in ("region", "province")}
    for by, fitted in fits.items():
        effects = spatial_impacts(fitted)
        work.result(f"spatial.long.{by}.rho", fitted.coefficient("rho"), "iterative", "", EXHIBIT)
        work.result(f"spatial.long.{by}.rho_se", fitted.std_error("rho"), "iterative", "", EXHIBIT)
        for term in DRIVERS:
            for kind in KINDS:
                key = f"spatial.long.{by}.{term}.{kind}"
                name = f"{kind}({term})"
                work.result(f"{key}.estimate", effects.coefficient(name), "iterative", "", EXHIBIT)
                work.result(f"{key}.se", effects.std_error(name), "iterative", "", EXHIBIT)
    _moran(work, panel, neighbours)
    work.table(_table(least, fits))


def connected(panel: CityPanel) -> tuple[CityPanel, Neighbours]:
    """The units that border another unit of the sample, and their contiguity weights."""
    neighbours = Neighbours.from_pairs(load_adjacency(), panel.cities)
    return panel.select(cities=neighbours.cities), neighbours


def durbin(panel: CityPanel, neighbours: Neighbours, by: str) -> Estimate:
    """Spatial Durbin model, the drivers spatially lagged, dummies of `by` as covariates."""
    dummies = pd.get_dummies(panel.attribute(by), prefix=by, dtype=float).iloc[:, 1:]
    names = {column: slug(column) for column in dummies.columns}
    wide = panel.with_variables({names[c]: dummies[c] for c in dummies.columns})
    made = Spec(MIGRATION, (*DRIVERS, *CONTROLS, *names.values()))
    return fit_spatial(wide, made, neighbours, SpatialDurbin(DRIVERS))


def _moran(work: Workspace, panel: CityPanel, neighbours: Neighbours) -> None:
    dummies = pd.get_dummies(panel.attribute("province"), prefix="province", dtype=float)
    dummies = dummies.iloc[:, 1:].rename(columns=slug)
    wide = panel.with_variables({str(c): dummies[c] for c in dummies.columns})
    made = Spec(MIGRATION, (*DRIVERS, *CONTROLS, *map(str, dummies.columns)))
    found = residual_moran(wide, made, neighbours)
    work.result("spatial.long.moran", found.statistic, "estimate", "", EXHIBIT)
    work.result("spatial.long.moran_p", found.p_value, "p", "", EXHIBIT)


def _table(least: Estimate, fits: dict[str, Estimate]) -> Table:
    names = labels(DRIVERS)
    effects = {by: spatial_impacts(fitted) for by, fitted in fits.items()}
    rows = []
    for term in DRIVERS:
        values = [Cell(least.coefficient(term), ".2f")]
        errors = [Cell(least.std_error(term), ".2f", "(", ")")]
        for found in effects.values():
            for kind in KINDS:
                values.append(Cell(found.coefficient(f"{kind}({term})"), ".2f"))
                errors.append(Cell(found.std_error(f"{kind}({term})"), ".2f", "(", ")"))
        rows += [Row((Cell(names[term]), *values)), Row((Cell(""), *errors))]
    rho = [
        Cell(f"{fitted.coefficient('rho'):.2f} ({fitted.std_error('rho'):.2f})")
        for fitted in fits.values()
    ]
    blank = Cell("")
    rows.append(Row((Cell("ρ"), blank, rho[0], blank, blank, rho[1], blank, blank), "rule"))
    return Table(
        EXHIBIT,
        "Net migration 2010–2020: direct and indirect effects of the drivers",
        (
            (Span(""), Span("Least"), Span("Region dummies", 3), Span("Province dummies", 3)),
            (
                Span(""),
                Span("squares"),
                *(Span(kind.capitalize()) for kind in KINDS * 2),
            ),
        ),
        tuple(rows),
        (
            "Spatial Durbin model by maximum likelihood, row-standardised contiguity weights, the "
            "drivers spatially lagged, all controls; average effects of LeSage and Pace with "
            "delta-method standard errors. Least squares: province effects, clustered by province. "
            "ρ is a correlation of neighbours' outcomes, not a causal effect.",
        ),
        align="lrrrrrrr",
    )
