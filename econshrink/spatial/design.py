"""Arrays of a balanced spatial panel: swept columns and their spatial lags."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.panel.design.prepare import Design, prepare
from econshrink.panel.design.rank import absorbed, rank_faults
from econshrink.spatial.checks import balance_faults, spec_faults, weights_faults
from econshrink.spatial.kernel.likelihood import Counting
from econshrink.spatial.neighbours import Neighbours
from econshrink.spatial.options import DemeanFirst, DummyVariables, Likelihood, Order


@dataclass(frozen=True, eq=False)
class SpatialDesign:
    """Swept columns of a balanced panel, rows ordered by city and year.

    Parameters
    ----------
    design : Design
    w : sparse matrix, shape (n, n)
        Row-standardised weights in the order of `design.cities`.
    order : WFirst or DemeanFirst
    y, wy : ndarray, shape (nT,)
        Outcome and its spatial lag.
    x : ndarray, shape (nT, k)
    wx : ndarray, shape (nT, m)
        Spatial lags of the covariates `lagged`.
    lagged : tuple of str
    """

    design: Design
    w: sparse.csr_array
    order: Order
    y: Floats
    wy: Floats
    x: Floats
    wx: Floats
    lagged: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of `x` and `wx` together."""
        return (*self.design.names, *(f"W({name})" for name in self.lagged))

    @property
    def cities(self) -> int:
        """Cities n."""
        return len(self.design.cities)

    @property
    def years(self) -> int:
        """Years T."""
        return self.design.nobs // self.cities

    def sweep(self, values: Floats) -> Floats:
        """Take city and year means out, as the design asks."""
        return _sweep(values, self.cities, tuple(self.design.effects))

    def counting(self, likelihood: Likelihood) -> Counting:
        """Rows and years that count in a likelihood."""
        return counting(self.cities, self.years, tuple(self.design.effects), likelihood)


def spatial_design(
    panel: CityPanel,
    spec: Spec,
    neighbours: Neighbours,
    order: Order,
    lagged: tuple[str, ...] | None = (),
    *,
    filtered: bool = False,
) -> SpatialDesign:
    """Turn a specification and weights into swept columns.

    Takes `spec`: absorbing ``city``, ``year`` or both; without weights. In a panel of one year
    nothing is absorbed and a constant is swept out; `neighbours`: row-standardised, for exactly the
    cities of the panel (in any order: rows are matched by code); `lagged`: covariates that enter
    with their spatial lag; None means all; `filtered`: the lags serve to filter (error model), so
    that they may be collinear with the covariates.

    Raises `SpecError`: other effects or analytic weights; an unbalanced panel; weights of other
    cities, with islands, a diagonal, negative weights or rows that do not sum to one; an unknown
    name in `lagged`; covariates that the effects absorb or that are collinear; too few rows;
    `DataError`: see `prepare`.
    """
    raise_all(SpecError, spec_faults(panel, spec))
    design = prepare(panel, spec, keep_singletons=True)
    inner = {"unit": "city", "time": "year"}  # whatever the panel calls them
    effects_here = {inner[panel.role(name)]: code for name, code in design.effects.items()}
    design = replace(design, effects=effects_here)
    if not design.effects:  # the cross-section of one year: its mean is the constant
        design = replace(design, effects={"year": np.zeros(design.nobs, dtype=np.intp)})
    chosen = design.names if lagged is None else tuple(lagged)
    faults = balance_faults(panel, design) + weights_faults(design.cities, neighbours)
    faults += [
        Fault(f"a spatial lag of '{name}'", f"one of {', '.join(design.names)}", "Check `lagged`.")
        for name in chosen
        if name not in design.names
    ]
    raise_all(SpecError, faults)
    at = {str(city): i for i, city in enumerate(neighbours.cities)}
    rows = np.array([at[city] for city in design.cities])
    w = sparse.csr_array(neighbours.matrix.tocsr()[rows][:, rows])
    columns = [design.names.index(name) for name in chosen]
    raw = _lags(w, design.y, design.x[:, columns])
    effects, n = tuple(design.effects), len(design.cities)
    y, x = _sweep(design.y, n, effects), _sweep(design.x, n, effects)
    if isinstance(order, DemeanFirst):
        wy, wx = _lags(w, y, x[:, columns])
    else:
        wy, wx = _sweep(raw[0], n, effects), _sweep(raw[1], n, effects)
    found = SpatialDesign(design, w, order, y, wy, x, wx, chosen)
    raise_all(SpecError, _column_faults(found, raw[1][:, : 0 if filtered else None]))
    return found


def counting(n: int, years: int, effects: tuple[str, ...], likelihood: Likelihood) -> Counting:
    """Rows and years that count in a likelihood.

    Examples
    --------
    >>> from econshrink.spatial.options import LeeYu
    >>> counting(10, 5, ("city", "year"), DummyVariables()).rows
    50
    >>> counting(10, 5, ("city", "year"), LeeYu()).rows
    36
    """
    if isinstance(likelihood, DummyVariables):
        return Counting(n * years, years, False)
    city, year = "city" in effects, "year" in effects
    return Counting((n - year) * (years - city), years - city, year)


def _sweep(values: Floats, cities: int, effects: tuple[str, ...]) -> Floats:
    cube = values.reshape(cities, len(values) // cities, -1)
    for _ in range(2):  # the second removes rounding
        if "city" in effects:
            cube = cube - cube.mean(axis=1, keepdims=True)
        if "year" in effects:
            cube = cube - cube.mean(axis=0, keepdims=True)
    return np.ascontiguousarray(cube.reshape(values.shape))


def _lags(w: sparse.csr_array, y: Floats, x: Floats) -> tuple[Floats, Floats]:
    n = w.shape[0]
    lagged = np.asarray(w @ np.column_stack([y, x]).reshape(n, -1)).reshape(len(y), -1)
    return np.ascontiguousarray(lagged[:, 0]), np.ascontiguousarray(lagged[:, 1:])


def _column_faults(found: SpatialDesign, raw_lags: Floats) -> list[Fault]:
    design = found.design
    effects = tuple(design.effects)
    faults = []
    if absorbed(design.y[:, None], found.y[:, None])[0]:
        seen = f"outcome '{design.depvar}' has no variation left within {' and '.join(effects)}"
        faults.append(Fault(seen, "an outcome that varies", "Absorb less."))
    raw = np.hstack([design.x, raw_lags])
    swept = np.hstack([found.x, found.wx])[:, : raw.shape[1]]
    faults += rank_faults(raw, swept, found.names[: raw.shape[1]], effects)
    dummies = (found.cities if "city" in effects else 1) + (
        found.years - 1 if "year" in effects else 0
    )
    parameters = swept.shape[1] + dummies + 1
    if design.nobs <= parameters:
        faults.append(
            Fault(
                f"{design.nobs} rows and {parameters} parameters",
                "more rows than parameters",
                "Use fewer covariates or effects.",
            )
        )
    return faults
