"""A table of ordered pairs and a formula to the cube of a gravity model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.flows.gravity.ppml import GravityEffects
from econshrink.nouns.flows import FlowNetwork, FlowPanel
from econshrink.nouns.spec import Spec
from econshrink.tables.evaluation import evaluate, evaluate_all
from econshrink.tables.formula import read_formula
from econshrink.tables.identity import read_times, read_units
from econshrink.tables.opening import open_table
from econshrink.tables.rows import plain_rows

_CALL = (
    'fit_gravity(df, "flow ~ np.log(km) | o^year + d^year", origin="o", destination="d", '
    'time="year")'
)


@dataclass(frozen=True, eq=False)
class Dyads:
    """What `fit_gravity` needs of a table: flows, regressors, effects, and the user's names."""

    panel: FlowPanel
    regressors: dict[str, Floats]
    effects: GravityEffects
    names: dict[str, str]


def read_dyads(
    data: Any, formula: str, origin: str | None, destination: str | None, time: str | None
) -> Dyads:
    """Arrange a table of pairs as cubes.

    Parameters
    ----------
    data : any table
        A row for every ordered pair of places (and year), zeros too.
    formula : str
        ``"flow ~ np.log(km) + border | origin^year + destination^year + origin^destination"``
        under the table's own names.
    origin, destination, time : str
        Columns; `time` may be absent.

    Raises
    ------
    SpecError, DataError
        Roles that are not named, pairs that are missing or listed twice, gaps, other effects.
    """
    frame = open_table(data)
    roles = {"origin": origin, "destination": destination, "time": time}
    lost = [r for r, name in roles.items() if name is None and r != "time"]
    known = ", ".join(map(str, frame.columns[:12]))
    if lost:
        seen = f"a table with columns {known} and no {' and no '.join(f'{r}=' for r in lost)}"
        raise DataError(Fault(seen, "the columns that say from where to where", f"{_CALL}."))
    absent = [name for name in roles.values() if name is not None and name not in frame.columns]
    if absent:
        seen = f"no column {', '.join(map(repr, absent))}"
        raise DataError(Fault(seen, f"one of {known}", "Check the spelling."))
    models = read_formula(formula)
    if len(models) > 1 or models[0].instruments:
        seen = f"'{formula}'"
        raise SpecError(Fault(seen, "one model without instruments", f"{_CALL}."))
    spec = models[0].spec
    names = {str(origin): "origin", str(destination): "destination"}
    names[f"{origin}^{destination}"] = "pair"
    if time is not None:
        names |= {time: "year", f"{origin}^{time}": "origin^year"}
        names[f"{destination}^{time}"] = "destination^year"
    effects = _effects(spec, names, str(origin), str(destination), time)
    place, cities, years = _places(frame, str(origin), str(destination), time)
    rows = plain_rows({str(c): frame[c] for c in frame.columns if str(c) in formula},
                      frame.index, str(origin), str(time))  # fmt: skip
    flow, faults = evaluate(rows, spec.depvar, "flows", computed=True)
    columns, wrong = evaluate_all(rows, spec.covariates)
    raise_all(SpecError, faults + wrong)
    shape = (len(years), len(cities), len(cities))
    cubes = {name: _cube(values, place, shape, name) for name, values in (flow | columns).items()}
    first, *rest = cubes.items()
    networks = tuple(
        FlowNetwork(cities, first[1][t], year=int(year)) for t, year in enumerate(years)
    )
    return Dyads(FlowPanel(networks), dict(rest), effects, names)


def _effects(
    spec: Spec, names: dict[str, str], origin: str, destination: str, time: str | None
) -> GravityEffects:
    if not spec.absorb:
        return GravityEffects()
    if time is None:
        names = names | {origin: "origin^year", destination: "destination^year"}
    turned = {"^".join(reversed(name.split("^"))): role for name, role in names.items()}
    found = [(names | turned).get(name, "") for name in spec.absorb]
    allowed = {"origin^year", "destination^year", "pair"}
    strange = [n for n, role in zip(spec.absorb, found, strict=True) if role not in allowed]
    if strange:
        year = f"^{time}" if time else ""
        expected = f"{origin}{year}, {destination}{year} and {origin}^{destination}"
        seen = f"effects {', '.join(strange)}"
        raise SpecError(Fault(seen, f"some of {expected}", "Absorb these alone."))
    return GravityEffects("origin^year" in found, "destination^year" in found, "pair" in found)


def _places(
    frame: pd.DataFrame, origin: str, destination: str, time: str | None
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], tuple[str, ...], np.ndarray]:
    """Position of every row in the cube; places and years in order."""
    both = pd.concat([frame[origin], frame[destination]], ignore_index=True)
    units, faults = read_units(both, f"{origin}' or '{destination}")
    when: np.ndarray = np.zeros(len(frame), dtype=np.intp)
    if time is not None:
        when, wrong = read_times(frame[time], time)
        faults += wrong
    raise_all(DataError, faults)
    years, t = np.unique(when, return_inverse=True)
    i, j = np.split(units.codes, 2)
    n = len(units.names)
    counts = np.zeros((len(years), n, n), dtype=int)
    np.add.at(counts, (t, i, j), 1)
    off = ~np.eye(n, dtype=bool)
    twice, gone = int((counts[:, off] > 1).sum()), int((counts[:, off] == 0).sum())
    if twice:
        seen = f"{twice} pairs listed more than once"
        faults.append(Fault(seen, "a row for each pair and year", "Add them up first."))
    if gone:
        seen = f"{gone} of {counts[:, off].size} ordered pairs without a row"
        faults.append(Fault(seen, "a row for each, zeros too", "Add rows with a flow of 0."))
    raise_all(DataError, faults)
    return (t, i, j), tuple(map(str, units.names)), years


def _cube(
    values: Floats, place: tuple[np.ndarray, ...], shape: tuple[int, ...], name: str
) -> Floats:
    t, i, j = place
    gaps = np.isnan(values) & (i != j)
    if gaps.any():
        seen = f"'{name}' missing in {int(gaps.sum())} rows"
        raise DataError(Fault(seen, "figures in every row", "Fill them or leave places out."))
    cube: Floats = np.zeros(shape)
    cube[t, i, j] = np.where(i == j, 0.0, values)
    return cube
