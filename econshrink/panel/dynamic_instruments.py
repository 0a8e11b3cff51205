"""Instruments of dynamic panels, named one by one and laid out on a city by year grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.nouns.panel import CityPanel
from econshrink.tables.evaluation import evaluate


@dataclass(frozen=True)
class LaggedLevels:
    """Levels of a variable as instruments of the differenced equation (Arellano and Bond 1991).

    Parameters
    ----------
    variable : str
        A variable or expression.
    first, last : int
        Lags first … last; 2 and up for a predetermined outcome. `last` None means all there are.
    collapse : bool
        One column a lag instead of one a lag and year (Roodman 2009): fewer instruments.

    Examples
    --------
    >>> LaggedLevels("population", first=2, last=4, collapse=True).variable
    'population'
    """

    variable: str
    first: int = 2
    last: int | None = None
    collapse: bool = False


@dataclass(frozen=True)
class LaggedDifferences:
    """Differences of a variable as instruments of the level equation (Blundell and Bond 1998).

    Parameters
    ----------
    variable : str
    lag : int
        1 for a predetermined outcome: Δx_{t−1}.
    collapse : bool
        One column instead of one a year.
    """

    variable: str
    lag: int = 1
    collapse: bool = False


@dataclass(frozen=True)
class Exogenous:
    """Terms that instrument themselves.

    Parameters
    ----------
    terms : tuple of str
    equation : str
        ``difference``: their differences in difference rows; ``level``: their levels in level
        rows; ``both``: one column that holds both.
    """

    terms: tuple[str, ...]
    equation: str = "difference"

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(self.terms))
        _checked_equation(self.equation)


@dataclass(frozen=True)
class YearDummies:
    """The year dummies of the model as instruments.

    Parameters
    ----------
    equation : str
        As in `Exogenous`. For the system plm puts them in the level rows only; with ``both``
        the numbers differ.
    """

    equation: str = "difference"

    def __post_init__(self) -> None:
        _checked_equation(self.equation)


Instruments = LaggedLevels | LaggedDifferences | Exogenous | YearDummies


@dataclass(frozen=True, eq=False)
class Grid:
    """Rows of the panel laid out as cities × calendar years.

    Parameters
    ----------
    city, year : ndarray of int, shape (rows of the panel,)
        Position of every row.
    shape : tuple of int
        Cities and years.
    first_year : int
    """

    city: np.ndarray
    year: np.ndarray
    shape: tuple[int, int]
    first_year: int

    def spread(self, values: Floats) -> Floats:
        """Values (rows,) as a table of cities × years, NaN where there is no row."""
        table = np.full(self.shape, np.nan)
        table[self.city, self.year] = values
        return table


def grid(panel: CityPanel) -> Grid:
    """Lay out a panel.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> layout = grid(panel)
    >>> layout.shape, layout.first_year
    ((2, 2), 2010)
    """
    index = panel.frame.index
    cities = {code: i for i, code in enumerate(panel.cities)}
    city = np.array([cities[code] for code in index.get_level_values("city")])
    year = index.get_level_values("year").to_numpy().astype(int)
    first = int(year.min())
    return Grid(city, year - first, (len(cities), int(year.max()) - first + 1), first)


def shifted(table: Floats, lag: int) -> Floats:
    """Values `lag` columns earlier, NaN before the first.

    Examples
    --------
    >>> shifted(np.array([[1.0, 2.0, 3.0]]), 2)
    array([[nan, nan,  1.]])
    """
    if lag == 0:
        return table
    moved = np.full_like(table, np.nan)
    moved[:, lag:] = table[:, :-lag]
    return moved


def instrument_columns(
    panel: CityPanel,
    layout: Grid,
    instruments: Sequence[Instruments],
    differenced: np.ndarray,
    level: np.ndarray,
    dummies: Floats,
) -> tuple[Floats, tuple[str, ...]]:
    """Instrument matrix, difference rows above level rows, and the names of its columns.

    Takes `differenced, level` of shape (cities, years): rows of each equation; `level` all False
    for difference GMM; `dummies` of shape (cities, years, d): the model's year dummies (and
    constant) in levels.

    Returns shape (difference rows + level rows, m), zero where an instrument is missing; columns
    that are zero throughout are left out.

    Raises `SpecError`: unknown variables, lags out of order, no instruments.
    """
    faults = [fault for item in instruments for fault in _faults(panel, item)]
    if not instruments:
        faults.append(Fault("no instruments", "at least as many as coefficients", "Name some."))
    raise_all(SpecError, faults)
    blocks: list[Floats] = []
    names: list[str] = []
    for item in instruments:
        for name, upper, lower in _columns(panel, layout, item, dummies):
            column = np.concatenate([_rows(upper, differenced), _rows(lower, level)])
            if column.any():
                blocks.append(column)
                names.append(name)
    if not blocks:
        seen = "instruments that are zero or missing in every row"
        raise SpecError(Fault(seen, "figures at the lags asked for", "Use shorter lags."))
    return np.column_stack(blocks), tuple(names)


Column = tuple[str, Floats | None, Floats | None]


def _columns(panel: CityPanel, layout: Grid, item: Instruments, dummies: Floats) -> list[Column]:
    """Name, table for difference rows, table for level rows."""
    if isinstance(item, LaggedLevels):
        return _lagged_levels(_table(panel, layout, item.variable), item, layout.first_year)
    if isinstance(item, LaggedDifferences):
        table = _table(panel, layout, item.variable)
        change = shifted(table - shifted(table, 1), item.lag)
        label = f"D.L{item.lag}.{item.variable}"
        if item.collapse:
            return [(label, None, change)]
        return [
            (f"{label} {layout.first_year + t}", None, _only(change, t))
            for t in range(layout.shape[1])
        ]
    if isinstance(item, Exogenous):
        tables = [(term, _table(panel, layout, term)) for term in item.terms]
    else:
        tables = [(f"year dummy {i}", dummies[:, :, i]) for i in range(dummies.shape[2])]
    return [
        (
            name,
            table - shifted(table, 1) if item.equation in {"difference", "both"} else None,
            table if item.equation in {"level", "both"} else None,
        )
        for name, table in tables
    ]


def _lagged_levels(table: Floats, item: LaggedLevels, first_year: int) -> list[Column]:
    years = table.shape[1]
    last = years - 1 if item.last is None else min(item.last, years - 1)
    columns: list[Column] = []
    for lag in range(item.first, last + 1):
        past = shifted(table, lag)
        if item.collapse:
            columns.append((f"L{lag}.{item.variable}", past, None))
            continue
        for t in range(lag, years):
            columns.append((f"L{lag}.{item.variable} {first_year + t}", _only(past, t), None))
    return columns


def _only(table: Floats, t: int) -> Floats:
    """The table with every year but one set to zero."""
    alone = np.zeros_like(table)
    alone[:, t] = table[:, t]
    return alone


def _rows(table: Floats | None, mask: np.ndarray) -> Floats:
    if table is None:
        return np.zeros(int(mask.sum()))
    return np.asarray(np.nan_to_num(table[mask], nan=0.0))


def _table(panel: CityPanel, layout: Grid, term: str) -> Floats:
    columns, _ = evaluate(panel, term, "instrument", computed=True)
    return layout.spread(next(iter(columns.values())))


def _faults(panel: CityPanel, item: Instruments) -> list[Fault]:
    if isinstance(item, YearDummies):
        return []
    terms = item.terms if isinstance(item, Exogenous) else (item.variable,)
    found = [evaluate(panel, term, "instrument", computed=True) for term in terms]
    faults = [fault for _, wrong in found for fault in wrong]
    if isinstance(item, LaggedLevels) and not 1 <= item.first <= (item.last or item.first):
        seen = f"lags {item.first} to {item.last} of {item.variable}"
        faults.append(Fault(seen, "a first lag of 1 or more, not above the last", "Order them."))
    if isinstance(item, LaggedDifferences) and item.lag < 0:
        seen = f"lag {item.lag} of the difference of {item.variable}"
        faults.append(Fault(seen, "zero or more", "Name a past difference."))
    return faults


def _checked_equation(equation: str) -> None:
    if equation not in {"difference", "level", "both"}:
        seen = f"equation '{equation}'"
        raise SpecError(Fault(seen, "'difference', 'level' or 'both'", "Name one of them."))
