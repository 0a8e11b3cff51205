"""Growth that ages alone imply, origin by origin, from the tabulations that were out by then."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.demography.ageing import SurvivalRatios, spread_ages, survival_ratios
from econshrink.demography.projection.component import CohortStart, project_cohorts
from econshrink.demography.projection.fertility import relative_fertility
from econshrink.demography.projection.migration import MigrationProcess, Profiles
from econshrink.nouns.ages import AgeStructure

STILL = MigrationProcess(0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
@typed_fields
class Tabulation:
    """Ages of one census, and the first origin at which they were out.

    Parameters
    ----------
    ages : AgeStructure
        Of the census year.
    published : int
        Before this year nobody could use them.

    Raises
    ------
    DataError
        Published before they were counted.
    """

    ages: AgeStructure
    published: int

    def __post_init__(self) -> None:
        if self.published < self.ages.year:
            seen = f"ages of {self.ages.year} published in {self.published}"
            raise DataError(Fault(seen, "the census year or later", "Give the year of print."))


@dataclass(frozen=True, eq=False)
@typed_fields
class NaturalTable:
    """Yearly log growth without migration from one year on.

    Parameters
    ----------
    start : int
        Year of the ages; column k is the growth into year ``start + 1 + k``.
    growth : ndarray, shape (units, years)
    """

    start: int
    growth: Floats

    def past(self, origin: int, window: int) -> Floats:
        """Mean yearly growth of up to `window` years before an origin, shape (units,)."""
        now = origin - self.start
        return np.asarray(self.growth[:, max(now - window, 0) : max(now, 1)].mean(axis=1))

    def ahead(self, origin: int, horizons: Ints) -> Floats:
        """Log growth from an origin to each horizon, shape (units, horizons).

        Raises
        ------
        DataError
            A horizon beyond the table.
        """
        now, last = origin - self.start, int(np.max(horizons))
        if now + last > self.growth.shape[1]:
            seen = f"a horizon of {last} years from {origin}"
            expected = f"natural growth until {self.start + self.growth.shape[1]}"
            raise DataError(Fault(seen, expected, "Ask for fewer years, or project ages further."))
        sums = np.cumsum(self.growth[:, now : now + last], axis=1)
        return np.asarray(sums[:, np.asarray(horizons) - 1])


@dataclass(frozen=True, eq=False)
@typed_fields
class NaturalGrowth:
    """What was known at each origin about growth without migration.

    Parameters
    ----------
    units : tuple of str
    tables : mapping of int to NaturalTable
        Origin to what was known then; it holds until the next one.
    notes : tuple of str
        Such as units without ages.

    Raises
    ------
    DataError
        No table, other units, growth that is not finite, a table that starts after its origin.

    Examples
    --------
    >>> steady = NaturalGrowth(("a",), {2012: NaturalTable(2010, np.full((1, 10), 0.01))})
    >>> steady.known(2011) is None, steady.known(2015).start
    (True, 2010)
    """

    units: tuple[str, ...]
    tables: Mapping[int, NaturalTable]
    notes: tuple[str, ...] = ()
    _digest: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        raise_all(DataError, self._faults())
        hasher = hashlib.sha256(repr(self.units).encode())
        for origin, table in sorted(self.tables.items()):
            hasher.update(repr((origin, table.start)).encode())
            hasher.update(np.ascontiguousarray(table.growth).tobytes())
        object.__setattr__(self, "_digest", hasher.hexdigest()[:16])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.units)} units, {self._digest})"

    def known(self, origin: int) -> NaturalTable | None:
        """The table of an origin, or None before the first tabulation was out."""
        out = [year for year in self.tables if year <= origin]
        return self.tables[max(out)] if out else None

    def of(self, units: Sequence[str]) -> NaturalGrowth:
        """The same growth for some of the units, in the given order.

        Raises
        ------
        DataError
            A unit it does not know.
        """
        if tuple(units) == self.units:
            return self
        place = {unit: row for row, unit in enumerate(self.units)}
        strange = [unit for unit in units if unit not in place]
        if strange:
            seen = f"no natural growth of {', '.join(map(str, strange[:5]))}"
            raise DataError(Fault(seen, "every unit of the view", "Build it for these units."))
        rows = np.array([place[unit] for unit in units], dtype=np.intp)
        tables = {
            origin: NaturalTable(table.start, table.growth[rows])
            for origin, table in self.tables.items()
        }
        return NaturalGrowth(tuple(units), tables, self.notes)

    def _faults(self) -> list[Fault]:
        faults = []
        if not self.tables:
            faults.append(Fault("no table", "one an origin or more", "Leave it out: None."))
        for origin, table in self.tables.items():
            if table.growth.ndim != 2 or len(table.growth) != len(self.units):
                seen = f"growth of shape {table.growth.shape} at {origin}"
                faults.append(Fault(seen, f"{len(self.units)} units", "One row a unit."))
            elif not np.isfinite(table.growth).all():
                faults.append(Fault(f"missing growth at {origin}", "finite", "Fill it."))
            if table.start > origin:
                seen = f"ages of {table.start} known in {origin}"
                faults.append(Fault(seen, "ages up to the origin", "This would be a leak."))
        return faults


def growth_without_migration(
    ages: AgeStructure, ratios: SurvivalRatios, fertility: Floats, base: Floats, groups: Ints
) -> Floats:
    """Yearly log growth of every unit if nobody moved.

    Parameters
    ----------
    ages : AgeStructure
        At the start of the ratios, five-year groups from 0.
    ratios : SurvivalRatios
    fertility : ndarray, shape (A,)
        National births per woman and year at the ages of `ratios`, from now on.
    base : ndarray, shape (A,)
        The same in the years before the census: each unit's fertility is its children over the
        births these imply, relative to the nation's (`relative_fertility`).
    groups : ndarray of int, shape (n,)
        Provinces.

    Returns
    -------
    ndarray, shape (n, years)
        Even within a step.
    """
    flat = np.ones((2, len(ratios.lower)))
    start = CohortStart(
        ages.cities,
        groups,
        spread_ages(ages, ratios),
        ratios,
        fertility,
        relative_fertility(ages, base[: len(ages.lower)], groups),
        np.zeros(len(ages.cities)),
        Profiles(flat, flat),
    )
    made = project_cohorts(start, STILL, draws=1)
    stocks = np.column_stack([made.forecast.base, made.forecast.draws[:, :, 0]])
    growth = np.diff(np.log(stocks), axis=1) / ratios.step
    return np.repeat(growth, ratios.step, axis=1)


def held_ratios(survival: pd.DataFrame, year: int, years: int) -> SurvivalRatios:
    """Survival of the five years from `year`, held for as many years as are asked for."""
    known = survival_ratios(survival, year, 5)
    steps = -(-years // 5)
    return replace(
        known,
        steps=np.repeat(known.steps, steps, axis=0),
        newborn=np.repeat(known.newborn, steps, axis=0),
    )


def rates_of(fertility: pd.DataFrame, year: int, lower: Sequence[int]) -> Floats:
    """National births per woman and year of one year at the ages of some groups.

    Raises
    ------
    DataError
        No rates of that year.
    """
    rates = fertility[fertility["year"] == year].set_index("age_from")["asfr"]
    if rates.empty:
        last = f"{fertility['year'].min()} to {fertility['year'].max()}"
        raise DataError(Fault(f"no fertility of {year}", f"years {last}", "Use another origin."))
    return np.asarray(rates.reindex(list(lower)).fillna(0.0), dtype=np.float64)


def natural_growth(
    units: Sequence[str],
    groups: Ints,
    tabulations: Sequence[Tabulation],
    survival: pd.DataFrame,
    fertility: pd.DataFrame,
    *,
    last_origin: int,
    horizon: int,
    nation: Mapping[int, float] | None = None,
) -> NaturalGrowth:
    """What each origin knew about growth without migration.

    At an origin the last tabulation that was out is carried forward with the survival of the five
    years from its census and the national fertility *of the origin year* (or the last year there
    is), held; each unit has its fertility relative to the nation's.

    Parameters
    ----------
    units : sequence of str
    groups : ndarray of int, shape (units,)
        Provinces; all zero where there are none.
    tabulations : sequence of Tabulation
    survival, fertility : DataFrame
        As `load_survival` and `load_fertility` give them.
    last_origin : int
    horizon : int
        Years ahead of the last origin.
    nation : mapping of int to float, optional
        Year to the official natural growth of the nation (share a year) announced by its end: what
        every unit is given at origins before the first tabulation.

    Returns
    -------
    NaturalGrowth
        From the first year in which a tabulation was out. A unit without ages has the growth of
        all units with ages together, and a note.

    Raises
    ------
    DataError
        No tabulation that was out by the last origin, ages of none of the units, rates that do
        not reach.

    Notes
    -----
    Survival and fertility are today's estimates of those years: a forecaster of the time had
    earlier ones. Take that as hindsight of rates, not of ages.
    """
    out = sorted((t for t in tabulations if t.published <= last_origin), key=_when)
    if not out:
        seen = f"no tabulation published by {last_origin}"
        raise DataError(Fault(seen, "ages that were out", "Use None: models fall back."))
    latest = int(fertility["year"].max())
    tables: dict[int, NaturalTable] = {}
    for origin, rate in sorted((nation or {}).items()):
        if origin < out[0].published:
            same = np.full((len(units), last_origin + horizon - origin), np.log1p(rate))
            tables[origin] = NaturalTable(origin, same)
    missing: set[str] = set()
    for origin in range(out[0].published, last_origin + 1):
        chosen = [t for t in out if t.published <= origin][-1].ages
        there = np.isin(list(units), chosen.cities)
        if not there.any():
            seen = f"ages of {chosen.year} for none of the units"
            raise DataError(Fault(seen, "ages of some", "Check the codes."))
        missing |= set(np.asarray(units)[~there].tolist())
        own = chosen.select([unit for unit, found in zip(units, there, strict=True) if found])
        ratios = held_ratios(survival, chosen.year, origin + horizon - chosen.year)
        growth = growth_without_migration(
            own,
            ratios,
            rates_of(fertility, min(origin, latest), ratios.lower),
            rates_of(fertility, min(chosen.year + 1, latest), ratios.lower),
            groups[there],
        )
        everyone = np.empty((len(units), growth.shape[1]))
        everyone[:] = _together(growth, own.total.astype(np.float64))
        everyone[there] = growth
        tables[origin] = NaturalTable(chosen.year, everyone)
    notes: tuple[str, ...] = ()
    if missing:
        some = ", ".join(sorted(missing)[:5])
        notes = (f"{len(missing)} units without ages have the natural growth of all: {some}.",)
    return NaturalGrowth(tuple(units), tables, notes)


def national_growth(
    units: Sequence[str], rate: float, *, first_origin: int, last_year: int
) -> NaturalGrowth:
    """The same natural growth for every unit: what a nation without ages by unit has.

    Parameters
    ----------
    units : sequence of str
    rate : float
        Natural growth of the nation a year, in logs.
    first_origin, last_year : int
        Known from the one on, until the other.
    """
    table = NaturalTable(
        first_origin, np.full((len(units), max(last_year - first_origin, 1)), float(rate))
    )
    note = "Every unit has the natural growth of the nation: no ages by unit."
    return NaturalGrowth(tuple(units), {first_origin: table}, (note,))


def _when(tabulation: Tabulation) -> int:
    return tabulation.published


def _together(growth: Floats, people: Floats) -> Floats:
    """Log growth of all units' people together, shape (years,)."""
    stocks = people[:, None] * np.exp(np.cumsum(growth, axis=1))
    total = np.concatenate([[people.sum()], stocks.sum(axis=0)])
    return np.asarray(np.diff(np.log(total)))
