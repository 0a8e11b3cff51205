"""What is wrong with a user's tables of jobs, investment, price indices and flows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.field_types import typed_fields
from econshrink.data.flows.lists import DESTINATION_WORDS, ORIGIN_WORDS
from econshrink.data.quality.wide import Mask, Wide, before, logs, robust_scale, wide
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels

ONE_VALUE = 0.9  # share of cities at one value that makes a year the base of an index
NEAR = 0.2  # a factor on the year before stays this close to its base in the median
# Correlation of a city's logarithm with its own of the year before: factors of home prices and of
# GDP stand at 0.36 to 0.71, chained levels at 0.86 to 0.95 (embedded tables).
PERSISTENT = 0.8
FEWEST = 30  # pairs of years without which a factor and a level cannot be told apart


@dataclass(frozen=True)
@typed_fields
class MedianStep:
    """A year in which the median city steps: a change of reporting, not of cities.

    The median over cities of the log change on the year before, less the median of the other
    years' medians, exceeds the larger of `tolerance` and `scales` robust standard deviations of
    these. Years with fewer than `cities` changes are passed over. A recession that hits the median
    city as hard is flagged as well: the rule finds the year, its cause has to be looked up.
    """

    tolerance: float = 0.08
    scales: float = 4.0
    cities: int = 10
    name: ClassVar[str] = "median_step"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return (
            f"the median city steps by more than {self.tolerance:.0%} and {self.scales:g} scales "
            "beyond other years"
        )

    def steps(self, data: Wide) -> dict[int, tuple[float, float, int]]:
        """Year -> log step of the median city, that of the other years, number of cities."""
        growth = logs(data.values) - before(logs(data.values))
        counts = np.isfinite(growth).sum(axis=0)
        enough = np.flatnonzero(counts >= self.cities)
        medians = {t: float(np.nanmedian(growth[:, t])) for t in enough.tolist()}
        found = {}
        for t, step in medians.items():
            others = np.array([value for other, value in medians.items() if other != t])
            if not others.size:
                continue
            usual = float(np.median(others))
            if abs(step - usual) > max(self.tolerance, self.scales * robust_scale(others)):
                found[data.years[t]] = (step, usual, int(counts[t]))
        return found

    def find(self, data: Wide) -> Mask:
        """Cells of the years that step, shape (cities, years)."""
        years = np.isin(np.array(data.years), list(self.steps(data)))
        return np.asarray(np.isfinite(data.values) & years[None, :], dtype=bool)


@dataclass(frozen=True)
class Negative:
    """A figure below zero where there can be none: persons, investment, floor space, prices."""

    name: ClassVar[str] = "negative"
    status: ClassVar[str] = "suspect"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return "below zero"

    def find(self, data: Wide) -> Mask:
        """Cells that break the rule, shape (cities, years)."""
        return np.asarray(data.values < 0, dtype=bool)


@dataclass(frozen=True)
@typed_fields
class DriverColumns:
    """Which variables of a panel are what.

    Parameters
    ----------
    persons : tuple of str
        Counts that can never exceed the population: employees, unemployed, pupils.
    amounts : tuple of str
        Figures that cannot be negative: investment, floor space, wages.
    indices : tuple of str
        Price indices.
    population : str
        The variable `persons` are held against; empty if there is none.
    """

    persons: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    population: str = ""


@takes_panels
def check_drivers(
    panel: CityPanel, columns: DriverColumns, step: MedianStep | None = None
) -> tuple[Fault, ...]:
    """Everything found in tables of jobs, investment and prices, one fault a cause.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
        The user's figures.
    columns : DriverColumns
        Which variables are what.
    step : MedianStep, optional
        The rule on breaks of `persons`; a year whose cells mostly have the status `rebased` is
        a break the table declares and is passed over.

    Returns
    -------
    tuple of Fault
        Empty if nothing was found. A break in which the median city steps; persons above the
        population; negative persons or amounts; indices without a base, or with two.

    Raises
    ------
    DataError
        A variable the panel does not have.

    Examples
    --------
    >>> jobs = pd.DataFrame({"city": "230400", "year": [2010, 2011],
    ...                      "employees": [2.0e6, 1e5], "population": [1.06e6, 1.05e6]})
    >>> faults = check_drivers(CityPanel.from_long(jobs),
    ...     DriverColumns(persons=("employees",), population="population"))
    >>> print(faults[0].seen)
    1 figures of employees above population, the first in 230400 2010 (2,000,000 of 1,060,000)
    """
    named = {*columns.persons, *columns.amounts, *columns.indices}
    if columns.population:
        named.add(columns.population)
    raise_all(
        DataError,
        [
            Fault(f"no variable '{name}'", f"one of {', '.join(panel.variables)}", "Rename it.")
            for name in sorted(named - set(panel.variables))
        ],
    )
    faults: list[Fault] = []
    for name in columns.persons:
        faults += _breaks(panel, name, step or MedianStep())
        if columns.population:
            faults += _above(wide(panel, name), wide(panel, columns.population))
    for name in (*columns.persons, *columns.amounts):
        faults += _negative(wide(panel, name))
    for name in columns.indices:
        faults += _base(wide(panel, name))
    return tuple(faults)


def check_flow_direction(frame: pd.DataFrame) -> tuple[Fault, ...]:
    """Whether a list of flows says who moves from where to where.

    Parameters
    ----------
    frame : DataFrame
        A list with two columns of places and one of figures; the headings must say which place
        is the origin (origin, from, source, 流出 ...) and which the destination.

    Returns
    -------
    tuple of Fault
        Headings that name no direction; every pair listed once only; the same figure both ways.

    Raises
    ------
    DataError
        No column of numbers, or fewer than two other columns.

    Examples
    --------
    >>> pairs = pd.DataFrame({"city_a": ["x", "x"], "city_b": ["y", "z"], "trips": [3.0, 4.0]})
    >>> [fault.seen for fault in check_flow_direction(pairs)]
    ['columns city_a and city_b', '2 pairs, each listed one way only']
    """
    figures = [str(name) for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])]
    places = [str(name) for name in frame.columns if str(name) not in figures]
    flow = next((n for n in figures if n.lower() in {"flow", "flows", "trips", "index"}), "")
    flow = flow or next((name for name in reversed(figures) if name.lower() != "year"), "")
    if not flow or len(places) < 2:
        seen = f"columns {', '.join(map(str, frame.columns))}"
        raise DataError(
            Fault(seen, "origin, destination and a column of numbers", "Add what is missing.")
        )
    origin, destination = _named(places, ORIGIN_WORDS), _named(places, DESTINATION_WORDS)
    faults = []
    if not (origin and destination):
        remedy = "Call them origin and destination, after the source says which is which."
        seen = f"columns {places[0]} and {places[1]}"
        faults.append(Fault(seen, "an origin and a destination", remedy))
        origin, destination = places[0], places[1]
    return (*faults, *_one_way(frame, origin, destination, flow))


def _named(places: list[str], words: tuple[str, ...]) -> str:
    return next((p for p in places if any(p.lower().startswith(word) for word in words)), "")


def _one_way(frame: pd.DataFrame, origin: str, destination: str, flow: str) -> Iterator[Fault]:
    years = [str(name) for name in frame.columns if str(name).lower() == "year"]
    key = [*years, origin, destination]
    moves = frame[frame[origin] != frame[destination]]
    there = moves.groupby(key)[flow].sum()
    back = moves.groupby([*years, destination, origin])[flow].sum()
    both = there.index.isin(back.index)
    if len(there) and not both.any():
        seen = f"{len(there)} pairs, each listed one way only"
        remedy = "Give both directions; a sum of both ways has none."
        yield Fault(seen, "a figure from each place to the other", remedy)
    elif len(there) > 2 and both.all() and (there == back.reindex(there.index)).all():
        seen = "the same figure both ways in every pair"
        yield Fault(seen, "figures of each direction", "Use the source's two directions.")


def _breaks(panel: CityPanel, name: str, rule: MedianStep) -> Iterator[Fault]:
    status = panel.wide_status(name)
    for year, (step, usual, count) in rule.steps(wide(panel, name)).items():
        given = status[year].dropna()
        if len(given) and (given == "rebased").mean() >= 0.5:
            continue
        yield Fault(
            f"the median of {count} cities steps by {np.expm1(step):+.1%} from {year - 1} to "
            f"{year}, {np.expm1(usual):+.1%} in the median of other years",
            "one way of counting throughout",
            f"Find out what changed in {year}. If the reporting did, difference up to {year - 1} "
            f"and from {year} on only, or give the cells of {year} the status 'rebased'.",
            f"column {name}",
        )


def _above(part: Wide, whole: Wide) -> Iterator[Fault]:
    high = part.values > whole.values
    if not high.any():
        return
    i, t = np.argwhere(high)[0].tolist()
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = float(np.nanmedian(part.values / whole.values))
    remedy = "Mend the cells, or find out which territory and which concept each column has."
    if usual > 1:
        remedy = "The median cell is above too: bring both to persons."
    yield Fault(
        f"{int(high.sum())} figures of {part.name} above {whole.name}, the first in "
        f"{part.cities[i]} {part.years[t]} ({part.values[i, t]:,.0f} of {whole.values[i, t]:,.0f})",
        f"{part.name} below {whole.name}",
        remedy,
        f"column {part.name}",
    )


def _negative(data: Wide) -> Iterator[Fault]:
    below = Negative().find(data)
    if below.any():
        i, t = np.argwhere(below)[0].tolist()
        yield Fault(
            f"{int(below.sum())} negative figures, the first in {data.cities[i]} {data.years[t]} "
            f"({data.values[i, t]:g})",
            "0 or more",
            "Mend them; leave a cell empty where there is no figure.",
            f"column {data.name}",
        )


def _base(data: Wide) -> Iterator[Fault]:
    bases = base_years(data)
    if len(bases) == 1 or (not bases and _on_year_before(data.values)):
        return
    if bases:
        listed = " and ".join(map(str, bases))
        yield Fault(
            f"a base in {listed}: the level starts anew",
            "one base year",
            "Chain the stretches: multiply the later one by the earlier one's level in its base.",
            f"column {data.name}",
        )
        return
    yield Fault(
        "no year in which all cities stand at one value, and no factors on the year before",
        "an index with its base year in the table, or factors on the year before",
        "Say what the base is and add that year; without it levels of cities do not compare.",
        f"column {data.name}",
    )


def base_years(data: Wide) -> list[int]:
    """Years in which nine in ten cities (at least three) stand at one value, 1 or 100."""
    found = []
    for t, year in enumerate(data.years):
        seen = data.values[np.isfinite(data.values[:, t]), t]
        if seen.size < 3:
            continue
        if max(np.mean(np.abs(seen / base - 1) < 1e-9) for base in (1, 100)) >= ONE_VALUE:
            found.append(year)
    return found


def _on_year_before(values: Floats) -> bool:
    """Factors scatter round 1 or 100 from year to year; a level keeps its distance."""
    seen = values[np.isfinite(values)]
    near = any(seen.size and np.median(np.abs(seen / base - 1)) < NEAR for base in (1, 100))
    now, then = logs(values), before(logs(values))
    pairs = np.isfinite(now) & np.isfinite(then)
    if not near or pairs.sum() < FEWEST:
        return False
    return float(np.corrcoef(now[pairs], then[pairs])[0, 1]) < PERSISTENT
