"""Rows of dynamic panels: the differenced equation and, for the system, the level equation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from econshrink.core.arrays import Floats, codes
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.assemble import no_weights, rank_faults_plain
from econshrink.panel.dynamic_instruments import (
    Grid,
    Instruments,
    grid,
    instrument_columns,
    shifted,
)
from econshrink.panel.kernel.gmm import MomentData
from econshrink.tables.evaluation import evaluate


def moment_data(
    panel: CityPanel,
    spec: Spec,
    instruments: Sequence[Instruments],
    system: bool = False,
) -> tuple[MomentData, tuple[str, ...], int, tuple[str, ...]]:
    """Stack the rows of the equations.

    Parameters
    ----------
    panel : CityPanel
    spec : Spec
    instruments : sequence
    system : bool
        Add the level equation.

    Returns
    -------
    tuple
        The arrays, the names of the terms, how many of them are year effects, and notes.

    Raises
    ------
    SpecError
        See `fit_gmm`.
    """
    layout = grid(panel)
    columns, faults = _evaluated(panel, spec)
    raise_all(SpecError, _spec_faults(panel, spec) + faults)
    tables = {name: layout.spread(values) for name, values in columns.items()}
    complete = np.logical_and.reduce([~np.isnan(table) for table in tables.values()])
    earlier = np.column_stack([np.zeros(len(complete), dtype=bool), complete[:, :-1]])
    differenced = complete & earlier
    if not differenced.any():
        seen = "no city with two successive years that have all variables and lags"
        raise SpecError(Fault(seen, "several", "Use fewer lags or fill gaps."))
    level = complete if system else np.zeros_like(complete)
    timed = any(panel.role(name) == "time" for name in spec.absorb)
    dummies, labels = _year_effects(
        panel.time if timed else "", layout, complete, differenced, system
    )
    z, columns_z = instrument_columns(panel, layout, instruments, differenced, level, dummies)
    names = list(columns)[1:]
    stack = np.stack([tables[name] for name in columns], axis=2)
    stack = np.concatenate([stack, dummies], axis=2)
    change = stack.copy()
    for i in range(stack.shape[2]):
        change[:, :, i] = stack[:, :, i] - shifted(stack[:, :, i], 1)
    rows = np.concatenate([change[differenced], stack[level]])
    city, year = (
        np.concatenate([upper, lower])
        for upper, lower in zip(np.nonzero(differenced), np.nonzero(level), strict=True)
    )
    mark = np.arange(len(rows)) < differenced.sum()
    year = year + layout.first_year
    data = MomentData(rows[:, 0], rows[:, 1:], z, codes(city)[0], year, mark)
    terms = (*names, *labels)
    raise_all(SpecError, _data_faults(data, terms, columns_z))
    lost = int(len(panel.frame) - complete.sum())
    return data, terms, len(labels), _notes(data, lost, len(panel.frame))


def _spec_faults(panel: CityPanel, spec: Spec) -> list[Fault]:
    faults = no_weights(spec, "GMM")
    roles = {panel.role(name) for name in spec.absorb}
    if "unit" not in roles or "" in roles:
        seen = f"effects {', '.join(spec.absorb) or 'none'}"
        faults.append(
            Fault(seen, f"'{panel.unit}', and '{panel.time}' if wanted", "Name them in absorb.")
        )
    return faults


def _evaluated(panel: CityPanel, spec: Spec) -> tuple[dict[str, Floats], list[Fault]]:
    columns: dict[str, Floats] = {}
    faults: list[Fault] = []
    for role, term in (("outcome", spec.depvar), *(("covariate", t) for t in spec.covariates)):
        found, wrong = evaluate(panel, term, role, computed=role == "outcome")
        columns |= found
        faults += wrong
    return columns, faults


def _year_effects(
    time: str,
    layout: Grid,
    complete: np.ndarray,
    differenced: np.ndarray,
    system: bool,
) -> tuple[Floats, tuple[str, ...]]:
    """Dummies (cities, years, d) of the level equation, and their names."""
    if not time:
        constant = np.ones((*layout.shape, 1 if system else 0))
        return constant, ("Intercept",) if system else ()
    used = (complete if system else differenced).any(axis=0)
    years = np.flatnonzero(used)
    dummies = np.zeros((*layout.shape, len(years)))
    dummies[:, years, np.arange(len(years))] = 1.0
    labels = tuple(f"{time} {layout.first_year + t}" for t in years)
    return dummies, labels


def _data_faults(
    data: MomentData, terms: tuple[str, ...], instruments: tuple[str, ...]
) -> list[Fault]:
    faults = rank_faults_plain(data.x, terms)
    rows = int(data.differenced.sum())
    if rows <= len(terms):
        seen = f"{rows} differenced rows and {len(terms)} coefficients"
        faults.append(Fault(seen, "more rows than coefficients", "Use fewer covariates."))
    if len(instruments) < len(terms):
        seen = f"{len(instruments)} instruments and {len(terms)} coefficients"
        faults.append(Fault(seen, "at least as many instruments", "Add lags or exogenous terms."))
    if not faults:
        x = data.x / np.sqrt((data.x**2).sum(axis=0))
        z = data.z / np.sqrt((data.z**2).sum(axis=0))
        if np.linalg.matrix_rank(z.T @ x, tol=1e-9) < len(terms):
            seen = "instruments that do not move all covariates"
            faults.append(Fault(seen, "a cross product of full rank", "Add instruments."))
    return faults


def _notes(data: MomentData, lost: int, size: int) -> tuple[str, ...]:
    notes = []
    if lost:
        notes.append(f"{lost} of {size} rows left out for missing values or lags")
    count = data.z.shape[1]
    if count > data.cities:
        notes.append(f"{count} instruments for {data.cities} cities: the Hansen test is unreliable")
    return tuple(notes)
