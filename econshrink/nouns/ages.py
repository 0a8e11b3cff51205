"""AgeStructure: persons by unit, sex and age group in one year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.populations import ages_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

SEXES = ("male", "female")  # order of the sex axis, as in `econshrink.core.cohorts`
_COLUMNS = ("city", "sex", "age_from", "population")


@register
@dataclass(frozen=True, eq=False, repr=False)
class AgeStructure(Shown):
    """Persons by unit, sex (male, female) and age group.

    Parameters
    ----------
    cities : tuple of str
        Codes of the units.
    year : int
    lower : tuple of int
        First completed year of every age group, rising from 0; the last group is open.
    persons : ndarray of int, shape (n, 2, A)
    source : str
    synthetic : bool

    Raises
    ------
    DataError
        Shapes that do not fit, age bounds that do not rise from 0, a unit twice, a negative,
        missing or fractional count.

    Examples
    --------
    >>> ages = AgeStructure(("230400",), 2010, (0, 15, 65), np.array([[[3, 9, 1], [2, 8, 2]]]))
    >>> ages.total.tolist(), ages.grouped((0, 65)).persons.tolist()
    ([25], [[[12, 1], [10, 2]]])
    """

    cities: tuple[str, ...]
    year: int
    lower: tuple[int, ...]
    persons: NDArray[np.int64]
    source: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "cities", tuple(str(city) for city in self.cities))
        object.__setattr__(self, "lower", tuple(int(age) for age in self.lower))
        counts = np.asarray(self.persons)
        raise_all(DataError, _shape_faults(self, counts))
        raise_all(DataError, _count_faults(self, counts))
        whole = counts.astype(np.int64)
        whole.setflags(write=False)
        object.__setattr__(self, "persons", whole)

    def _page(self) -> Page:
        return ages_page(self)

    @classmethod
    def from_long(
        cls,
        table: pd.DataFrame,
        year: int | None = None,
        *,
        source: str = "",
        synthetic: bool = False,
    ) -> AgeStructure:
        """Build from a long table such as `load_census_age_sex` gives.

        Parameters
        ----------
        table : DataFrame
            Columns ``city``, ``sex`` (male, female), ``age_from``, ``population`` and, if there
            are several years, ``year``.
        year : int, optional
            Year to take; needed if the table has more than one.

        Raises
        ------
        DataError
            A column or the year is absent; a unit lacks a sex or an age group, or has one twice.

        Examples
        --------
        >>> table = pd.DataFrame({"city": "230400", "year": 2010, "sex": ["male", "female"],
        ...                       "age_from": 0, "population": [5, 6]})
        >>> AgeStructure.from_long(table).persons.tolist()
        [[[5], [6]]]
        """
        chosen, when = _one_year(table, year)
        raise_all(DataError, _cell_faults(chosen))
        wide = chosen.pivot(index="city", columns=["sex", "age_from"], values="population")
        lower = sorted({int(age) for age in chosen["age_from"]})
        order = pd.MultiIndex.from_product([SEXES, lower])
        counts = wide.reindex(columns=order).to_numpy(dtype=np.float64)
        return cls(
            tuple(wide.index),
            when,
            tuple(lower),
            counts.reshape(len(wide), 2, len(lower)),
            source,
            synthetic,
        )

    @property
    def total(self) -> NDArray[np.int64]:
        """Persons by unit, shape (n,)."""
        return np.asarray(self.persons.sum(axis=(1, 2)))

    def select(self, cities: Sequence[str]) -> AgeStructure:
        """Keep some units, in the order given; a unit that is not there is an error."""
        position = {city: row for row, city in enumerate(self.cities)}
        unknown = [city for city in cities if city not in position]
        if unknown:
            seen = f"no ages of {len(unknown)} units ({', '.join(unknown[:10])}) in {self.year}"
            raise DataError(
                Fault(seen, "units of the tabulation", "Leave them out, with a reason.")
            )
        rows = [position[city] for city in cities]
        return AgeStructure(
            tuple(cities), self.year, self.lower, self.persons[rows], self.source, self.synthetic
        )

    def merged(self, labels: Mapping[str, str]) -> AgeStructure:
        """Add units up under a common label; units that are not named keep their own.

        Parameters
        ----------
        labels : mapping
            Code of a unit to the label of the territory it belongs to. Codes that are not in
            this year's tabulation (abolished, not yet founded) are passed over.

        Examples
        --------
        >>> ages = AgeStructure(("370100", "371200"), 2010, (0,), np.array([[[5], [6]]] * 2))
        >>> ages.merged({"371200": "370100"}).total.tolist()
        [22]
        """
        names, place = np.unique(
            np.array([labels.get(city, city) for city in self.cities]), return_inverse=True
        )
        counts = np.zeros((len(names), *self.persons.shape[1:]), dtype=np.int64)
        np.add.at(counts, place, self.persons)
        return AgeStructure(
            tuple(names.tolist()), self.year, self.lower, counts, self.source, self.synthetic
        )

    def grouped(self, lower: Sequence[int]) -> AgeStructure:
        """Merge age groups into wider ones that start at `lower`."""
        wanted = tuple(int(age) for age in lower)
        split = [age for age in wanted if age not in self.lower]
        if split or wanted[:1] != (0,):
            raise DataError(
                Fault(
                    f"age groups from {', '.join(map(str, wanted))}",
                    f"some of {', '.join(map(str, self.lower))}, the first 0",
                    "Groups can be merged, not split.",
                )
            )
        starts = [self.lower.index(age) for age in wanted]
        counts = np.add.reduceat(self.persons, starts, axis=2)
        return AgeStructure(self.cities, self.year, wanted, counts, self.source, self.synthetic)


def _one_year(table: pd.DataFrame, year: int | None) -> tuple[pd.DataFrame, int]:
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        seen = f"no column {', '.join(missing)}"
        raise DataError(Fault(seen, f"columns {', '.join(_COLUMNS)}", "Add or rename them."))
    years = sorted({int(y) for y in table["year"]}) if "year" in table.columns else []
    when = year if year is not None else years[0] if len(years) == 1 else None
    if when is None or (years and when not in years):
        raise DataError(
            Fault(
                f"year {year} for a table of {', '.join(map(str, years)) or 'no year'}",
                "one year that the table holds",
                "Name it: AgeStructure.from_long(table, 2010).",
            )
        )
    return (table[table["year"] == when] if years else table), when


def _cell_faults(table: pd.DataFrame) -> list[Fault]:
    faults = []
    strange = sorted(set(table["sex"].astype(str)) - set(SEXES))
    if strange:
        faults.append(Fault(f"sex {', '.join(strange)}", "male and female", "Keep these two."))
    keys = table[["city", "sex", "age_from"]]
    for row in keys[keys.duplicated()].drop_duplicates().itertuples(index=False):
        where = f"city {row.city}, {row.sex}, age {row.age_from}"
        faults.append(Fault("a cell more than once", "one count a cell", "Remove repeats.", where))
    cells = keys.drop_duplicates()
    every = pd.MultiIndex.from_product(
        [sorted(cells["city"].unique()), SEXES, sorted(cells["age_from"].unique())]
    )
    for city, sex, age in every.difference(pd.MultiIndex.from_frame(cells)):
        where = f"city {city}, {sex}, age {age}"
        faults.append(Fault("no count", "one for every sex and age group", "Add it.", where))
    return faults


def _shape_faults(ages: AgeStructure, counts: NDArray[np.generic]) -> list[Fault]:
    faults = []
    bounds = list(ages.lower)
    if bounds[:1] != [0] or bounds != sorted(set(bounds)):
        faults.append(Fault(f"age groups from {bounds}", "rising bounds from 0", "Sort them."))
    shape = (len(ages.cities), 2, len(bounds))
    if counts.shape != shape or not ages.cities:
        faults.append(
            Fault(f"counts of shape {counts.shape}", f"{shape}, a unit or more", "Units, sex, age.")
        )
    twice = sorted(city for city, times in Counter(ages.cities).items() if times > 1)
    if twice:
        faults.append(Fault(f"{', '.join(twice[:10])} twice", "each unit once", "Remove repeats."))
    return faults


def _count_faults(ages: AgeStructure, counts: NDArray[np.generic]) -> list[Fault]:
    values = counts.astype(np.float64)
    wrong = ~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))
    return [
        Fault(
            f"{values[place]:g} persons",
            "a whole number of persons",
            "Mend the cell.",
            f"city {ages.cities[place[0]]}, {SEXES[place[1]]}, age {ages.lower[place[2]]}",
        )
        for place in zip(*(axis.tolist() for axis in np.nonzero(wrong)), strict=True)
    ]
