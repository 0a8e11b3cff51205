"""View: what a forecaster can see at an origin, and nothing later."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.shown import Shown
from econshrink.tables.panel_verb import takes_panels

CENSUSES = (1990, 2000, 2010, 2020, 2030, 2040, 2050)  # China counts in years ending in 0
USABLE = ("reported", "rebased", "revised", "estimated")


@dataclass(frozen=True, eq=False, repr=False)
class InformationSet(Shown):
    """Log residents of each city up to an origin, with what else was known then.

    Parameters
    ----------
    cities : tuple of str
    years : tuple of int
        Consecutive, the last one is the origin.
    level : ndarray, shape (cities, years)
        Log residents; NaN where there is no usable figure.
    groups : ndarray of int, shape (cities,)
        Number of the province.
    extra : mapping of str to ndarray, shape (cities, years)
        Further lagged figures, such as log real growth.
    pairs : ndarray of int, shape (m, 2)
        Neighbouring cities, by position.
    censuses : tuple of int
        Years in which a census moves the base; the calendar is known in advance.
    """

    cities: tuple[str, ...]
    years: tuple[int, ...]
    level: Floats
    groups: Ints
    extra: Mapping[str, Floats] = field(default_factory=dict)
    pairs: NDArray[np.intp] = field(default_factory=lambda: np.empty((0, 2), dtype=np.intp))
    censuses: tuple[int, ...] = CENSUSES
    synthetic: bool = False

    def __post_init__(self) -> None:
        shape = (len(self.cities), len(self.years))
        faults = []
        for name, values in {"level": self.level, **self.extra}.items():
            if values.shape != shape:
                seen = f"{name} of shape {values.shape}"
                faults.append(Fault(seen, f"{shape}", "One value a city and year.", "view"))
        if list(self.years) != list(range(self.years[0], self.years[0] + shape[1])):
            faults.append(Fault("years with gaps", "consecutive years", "Fill with NaN.", "view"))
        if np.isinf(self.level).any():
            faults.append(
                Fault("a population of zero", "persons above zero", "Exclude it by a rule.", "view")
            )
        raise_all(DataError, faults)

    def _page(self) -> Page:
        seen = np.isfinite(self.level)
        brief = f"{len(self.cities):,} units, {self.years[0]}–{self.origin}"
        facts = (
            ("Units", f"{len(self.cities):,}"),
            ("Years", f"{self.years[0]}–{self.origin}"),
            ("Figures", f"{int(seen.sum()):,} of {seen.size:,}"),
            ("Without a figure of the origin", f"{int((~seen[:, -1]).sum()):,}"),
            ("Groups", f"{len(np.unique(self.groups)):,}"),
            ("Further columns", ", ".join(self.extra) or "none"),
            ("Pairs of neighbours", f"{len(self.pairs):,}"),
        )
        title = f"What was known at the end of {self.origin}"
        return Page(title, brief, facts, synthetic=self.synthetic)

    @property
    def origin(self) -> int:
        """Last year that is seen."""
        return self.years[-1]

    def at(self, year: int) -> Floats:
        """Log residents of a year, shape (cities,); NaN if before the first.

        Raises
        ------
        SpecError
            A year after the origin: nobody could have seen it.
        """
        if year > self.origin:
            seen = f"a figure of {year} asked of a view of {self.origin}"
            raise SpecError(Fault(seen, "a year up to the origin", "This would be a leak."))
        if year < self.years[0]:
            return np.full(len(self.cities), np.nan)
        return self.level[:, year - self.years[0]]

    def until(self, year: int) -> InformationSet:
        """The same figures as far as they are about years up to an earlier one."""
        if not self.years[0] <= year <= self.origin:
            seen = f"a view until {year}"
            expected = f"a year from {self.years[0]} to {self.origin}"
            raise SpecError(Fault(seen, expected, "A view can only be shortened."))
        kept = year - self.years[0] + 1
        extra = {name: values[:, :kept] for name, values in self.extra.items()}
        return replace(self, years=self.years[:kept], level=self.level[:, :kept], extra=extra)

    def digest(self) -> bytes:
        """SHA-256 of everything that is seen."""
        hasher = hashlib.sha256(repr((self.cities, self.years, self.censuses)).encode())
        for values in (self.level, self.groups, *(self.extra[k] for k in sorted(self.extra))):
            hasher.update(np.ascontiguousarray(values).tobytes())
        return hasher.digest()

    def crossings(self, horizon: int) -> int:
        """How many censuses lie after the origin and within that many years."""
        return sum(self.origin < year <= self.origin + horizon for year in self.censuses)


@takes_panels
def information_set(
    panel: CityPanel,
    origin: int,
    *,
    variable: str = "population",
    group: str | None = "province",
    extra: tuple[str, ...] = (),
    pairs: pd.DataFrame | None = None,
    usable: tuple[str, ...] = USABLE,
    cities: tuple[Any, ...] | None = None,
    censuses: tuple[int, ...] = CENSUSES,
) -> InformationSet:
    """Build a view from a panel that holds nothing later than its origin.

    Parameters
    ----------
    panel : CityPanel or any table
        Of a table name ``unit=`` and ``time=``.
        A vintage, or a pseudo-vintage.
    origin : int
    variable, group : str
        Persons; city attribute with the province. Without a group all are one.
    extra : tuple of str
        Other variables to carry along.
    pairs : DataFrame, optional
        Columns ``city_a, city_b``.
    usable : tuple of str
        Statuses whose figures are used; cells without a status are.
    cities : tuple, optional
        Rows of the view, in this order; default the cities of the panel. One that has no figure
        yet is all NaN.
    censuses : tuple of int
        Years in which a census moves the base, later ones too.

    Raises
    ------
    DataError
        A figure of a year after the origin: a leak. A population that is not above zero.

    Examples
    --------
    >>> table = pd.DataFrame({"city": "230400", "year": [2010, 2011], "population": [1e6, 9e5]})
    >>> panel = CityPanel.from_long(table, attributes=pd.DataFrame(
    ...     {"province": ["Heilongjiang"]}, index=["230400"]))
    >>> information_set(panel, 2011).level.round(3).tolist()
    [[13.816, 13.71]]
    """
    raise_all(DataError, _leaks(panel, (variable, *extra), origin))
    names = panel.cities if cities is None else cities
    span = pd.RangeIndex(panel.years[0], origin + 1)
    stocks = panel.wide(variable).reindex(index=list(names), columns=span)
    raise_all(DataError, _not_positive(stocks))
    status = panel.wide_status(variable).reindex(index=list(names), columns=span)
    good = (status.isin(usable) | status.isna()).to_numpy()
    level = np.log(stocks.where(good).to_numpy(dtype=float))
    codes = np.zeros(len(names), dtype=np.intp)
    if group is not None:
        if group not in panel.attributes.columns:
            known = ", ".join(map(str, panel.attributes.columns)) or "none: it has no attributes"
            remedy = 'Name the attribute that holds it, group="state", or write group=None.'
            raise DataError(Fault(f"no attribute '{group}' for group=", known, remedy))
        labels = panel.attributes[group].reindex(list(names)).astype(str)
        codes = np.unique(labels.to_numpy(dtype=str), return_inverse=True)[1]
    more = {
        name: panel.wide(name).reindex(index=list(names), columns=span).to_numpy(dtype=float)
        for name in extra
    }
    return InformationSet(
        tuple(names),
        tuple(int(year) for year in span),
        level,
        codes.astype(np.intp),
        more,
        _positions(pairs, names),
        censuses,
        synthetic=panel.synthetic,
    )


def _leaks(panel: CityPanel, names: tuple[str, ...], origin: int) -> list[Fault]:
    faults = []
    for name in names:
        years = panel.column(name).dropna().index.get_level_values("year")
        late = sorted({int(year) for year in years if year > origin})
        if late:
            seen = f"figures of {', '.join(map(str, late[:5]))} with origin {origin}"
            remedy = "Pass what was known then (`as_known_in`), not the whole panel."
            faults.append(Fault(seen, "nothing after the origin", remedy, f"variable {name}"))
    return faults


def _not_positive(stocks: pd.DataFrame) -> list[Fault]:
    bad = stocks[(stocks <= 0).any(axis=1)]
    return [
        Fault(
            f"{row[row <= 0].iloc[0]:g} persons in {row.index[row <= 0][0]}",
            "persons above zero",
            "Leave the city out or mend the cell.",
            f"city {city}",
        )
        for city, row in bad.iterrows()
    ]


def _positions(pairs: pd.DataFrame | None, names: tuple[str, ...]) -> NDArray[np.intp]:
    if pairs is None:
        return np.empty((0, 2), dtype=np.intp)
    place = pd.Series(np.arange(len(names)), index=list(names))
    both = np.column_stack([place.reindex(pairs[k]).to_numpy() for k in ("city_a", "city_b")])
    return np.asarray(both[~np.isnan(both).any(axis=1)], dtype=np.intp)


def recent_growth(view: InformationSet, window: int, at_least: int = 2) -> Floats:
    """Mean yearly log growth over up to `window` years before the origin, shape (cities,).

    The step into a census year is left out: it corrects the level for errors of a decade and is
    no year's growth. On each side of it growth runs from the earliest to the latest usable
    figure; together they must span `at_least` years, else the mean is NaN.
    """
    if not 1 <= at_least <= window:
        seen = f"a window of {window} and at least {at_least} years"
        raise SpecError(Fault(seen, "1 ≤ at least ≤ window", "Mend the options."))
    first = max(view.origin - window, view.years[0])
    cuts = [year for year in view.censuses if first < year <= view.origin]
    starts, ends = [first, *cuts], [*(year - 1 for year in cuts), view.origin]
    change = np.zeros(len(view.cities))
    years = np.zeros(len(view.cities))
    for start, end in zip(starts, ends, strict=True):
        part = view.level[:, start - view.years[0] : end - view.years[0] + 1]
        known = ~np.isnan(part)
        early = known.argmax(axis=1)
        late = part.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
        rows = np.flatnonzero(known.any(axis=1))
        change[rows] += part[rows, late[rows]] - part[rows, early[rows]]
        years[rows] += late[rows] - early[rows]
    enough = (years >= at_least) & ~np.isnan(view.at(view.origin))
    return np.where(enough, change / np.maximum(years, 1), np.nan)


def keep(view: InformationSet, cities: list[str]) -> InformationSet:
    """The view of some of its cities, in the given order."""
    place = {city: i for i, city in enumerate(view.cities)}
    unknown = sorted(set(cities) - set(place))
    if unknown:
        seen = f"cities {', '.join(unknown[:5])}"
        raise DataError(Fault(seen, "cities of the view", "Check the codes."))
    rows = np.array([place[city] for city in cities], dtype=np.intp)
    order = np.full(len(view.cities), -1, dtype=np.intp)
    order[rows] = np.arange(len(rows))
    pairs = order[view.pairs] if len(view.pairs) else view.pairs
    return replace(
        view,
        cities=tuple(cities),
        level=view.level[rows],
        groups=np.unique(view.groups[rows], return_inverse=True)[1].astype(np.intp),
        extra={name: values[rows] for name, values in view.extra.items()},
        pairs=pairs[(pairs >= 0).all(axis=1)] if len(pairs) else pairs,
    )
