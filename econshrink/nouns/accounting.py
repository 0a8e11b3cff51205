"""Accounting: how a population became another, in persons, by unit, sex and age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.nouns.show.page import Page
from econshrink.nouns.show.populations import accounting_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register

Ints = NDArray[np.int64]

_COUNTS = ("before", "after", "survivors", "coverage", "native", "births")


@register
@dataclass(frozen=True, eq=False, repr=False)
class Accounting(Shown):
    """Persons at two dates and everything between, exact in every cell.

    A cohort that was there at the start obeys, by sex and age at the end,
    ``after = survivors + coverage + migration``; the children born since obey
    ``after = native + migration``. Summed over a unit,
    ``change = births - deaths + coverage + migration``, to the person.

    Parameters
    ----------
    units : tuple of str
        Codes of units, or labels of groups of them.
    start, end : int
        Years of the two counts.
    lower : tuple of int
        First completed year of each age group; groups of equal width, the last one open.
    before : ndarray of int, shape (n, 2, A)
        Persons counted at the start, by sex (male, female) and age then.
    after : ndarray of int, shape (n, 2, A)
        Persons counted at the end, by age then.
    survivors : ndarray of int, shape (n, 2, A)
        Those of `before` expected to be alive at the end, by age at the *start*.
    coverage : ndarray of int, shape (n, 2, A)
        Persons gained (lost, if negative) because the two counts or the survival table do not
        fit in the nation as a whole, by age at the end; zero for those born since.
    native : ndarray of int, shape (n, 2, K)
        Children alive at the end who count as natural change, by age group (0, 1, … K-1).
    births : ndarray of int, shape (n, 2, K)
        Births that these children survive from.
    rules : tuple of str
        Rules in words.
    source : str
    synthetic : bool

    Raises
    ------
    DataError
        Arrays that do not fit, more survivors than persons, more children than births.

    Examples
    --------
    >>> cell = lambda *x: np.array([[x, x]])
    >>> one = Accounting(("230400",), 2010, 2020, (0, 10, 20), cell(50, 40, 30), cell(30, 45, 60),
    ...                  cell(49, 39, 20), cell(0, 0, 0), cell(30), cell(31))
    >>> one.components().iloc[0][["births", "deaths", "migration", "change"]].tolist()
    [62, 26, -6, 30]
    """

    units: tuple[str, ...]
    start: int
    end: int
    lower: tuple[int, ...]
    before: Ints
    after: Ints
    survivors: Ints
    coverage: Ints
    native: Ints
    births: Ints
    rules: tuple[str, ...] = ()
    source: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        raise_all(DataError, _faults(self))
        for name in _COUNTS:
            counts = np.array(getattr(self, name), dtype=np.int64)
            counts.setflags(write=False)
            object.__setattr__(self, name, counts)

    def _page(self) -> Page:
        return accounting_page(self)

    @property
    def children(self) -> int:
        """Number K of age groups born since the start."""
        return int(np.shape(self.native)[2])

    @property
    def arrived(self) -> Ints:
        """Survivors by age at the end, shape (n, 2, A); zero for those born since."""
        born, last = self.children, len(self.lower) - 1
        older = np.zeros_like(self.survivors)
        older[:, :, born:last] = self.survivors[:, :, : last - born]
        older[:, :, last] = self.survivors[:, :, last - born :].sum(axis=2)
        return older

    @property
    def migration(self) -> Ints:
        """Net migrants by age at the end, shape (n, 2, A): what remains."""
        natural = self.arrived
        natural[:, :, : self.children] = self.native
        return np.asarray(self.after - natural - self.coverage)

    def components(self) -> pd.DataFrame:
        """Components of change of every unit, in persons.

        Returns
        -------
        DataFrame
            Index `unit`. ``change = natural + coverage + migration``, ``natural = births -
            deaths``, ``migration = migration_cohorts + migration_children`` hold exactly.
            `deaths` are those of persons counted at the start and of children born since;
            `migration_cohorts` are net migrants who were alive at the start.
        """
        moved = self.migration
        first, last = _total(self.before), _total(self.after)
        births = _total(self.births)
        deaths = first - _total(self.survivors) + births - _total(self.native)
        cohorts = _total(moved[:, :, self.children :])
        children = _total(moved[:, :, : self.children])
        columns = {
            "population_start": first,
            "births": births,
            "deaths": deaths,
            "natural": births - deaths,
            "coverage": _total(self.coverage),
            "migration_cohorts": cohorts,
            "migration_children": children,
            "migration": cohorts + children,
            "change": last - first,
            "population_end": last,
        }
        return pd.DataFrame(columns, index=pd.Index(self.units, name="unit"))

    def rates(self) -> pd.DataFrame:
        """Components over the population at the start; a unit without people is an error."""
        parts = self.components()
        first = parts.pop("population_start")
        empty = [str(unit) for unit in parts.index[first == 0]]
        if empty:
            seen = f"nobody in {', '.join(empty[:10])} in {self.start}"
            raise DataError(Fault(seen, "units with people at the start", "Leave them out."))
        return parts.drop(columns="population_end").div(first, axis=0)

    def migration_by_age(self, lower: Sequence[int]) -> pd.DataFrame:
        """Net migrants, both sexes, in age groups (at the end) that start at `lower`."""
        wanted = [int(age) for age in lower]
        if wanted[:1] != [0] or not set(wanted) <= set(self.lower):
            known = ", ".join(map(str, self.lower))
            seen = f"age groups from {wanted}"
            raise DataError(Fault(seen, f"some of {known}, the first 0", "Merge whole groups."))
        starts = [self.lower.index(age) for age in wanted]
        sums = np.add.reduceat(self.migration.sum(axis=1), starts, axis=1)
        return pd.DataFrame(sums, index=pd.Index(self.units, name="unit"), columns=wanted)

    def by(self, groups: Sequence[str]) -> Accounting:
        """Sum over groups of units, exactly.

        Parameters
        ----------
        groups : sequence of str
            Label of each unit's group, in the order of `units`.
        """
        if len(groups) != len(self.units):
            seen = f"{len(groups)} labels for {len(self.units)} units"
            raise DataError(Fault(seen, "one label a unit", "Label every unit."))
        names, place = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
        sums = {}
        for name in _COUNTS:
            counts = getattr(self, name)
            sums[name] = np.zeros((len(names), *counts.shape[1:]), dtype=np.int64)
            np.add.at(sums[name], place, counts)
        return self._with(tuple(names.tolist()), sums)

    def select(self, units: Sequence[str]) -> Accounting:
        """Keep some units, in the order given; a unit that is not there is an error."""
        position = {unit: row for row, unit in enumerate(self.units)}
        unknown = [unit for unit in units if unit not in position]
        if unknown:
            seen = f"no unit {', '.join(unknown[:10])}"
            raise DataError(Fault(seen, "units of the accounting", "Check the codes."))
        rows = [position[unit] for unit in units]
        return self._with(tuple(units), {name: getattr(self, name)[rows] for name in _COUNTS})

    def _with(self, units: tuple[str, ...], counts: dict[str, Ints]) -> Accounting:
        return Accounting(
            units,
            self.start,
            self.end,
            self.lower,
            **counts,
            rules=self.rules,
            source=self.source,
            synthetic=self.synthetic,
        )


def _total(counts: Ints) -> Ints:
    return np.asarray(counts.sum(axis=(1, 2)))


def _faults(book: Accounting) -> list[Fault]:
    bounds = list(book.lower)
    width = bounds[1] - bounds[0] if len(bounds) > 1 else 0
    if width <= 0 or bounds != list(range(0, width * len(bounds), width)):
        return [Fault(f"age groups from {bounds}", "0, w, 2w …", "Use equal groups.")]
    born = np.shape(book.native)[2] if np.ndim(book.native) == 3 else 0
    if born * width != book.end - book.start or born >= len(bounds):
        seen = f"{born} groups of children, {book.start} to {book.end}"
        return [Fault(seen, f"one for every {width} years, fewer than all ages", "Mend.")]
    shape = (len(book.units), 2, len(bounds))
    wrong = [
        f"{name} {np.shape(getattr(book, name))}"
        for name in _COUNTS
        if np.shape(getattr(book, name))
        != (shape if name not in {"native", "births"} else (*shape[:2], born))
    ]
    if wrong:
        return [Fault(", ".join(wrong), f"shape {shape}, children {born}", "Units, sex, age.")]
    checks = (
        ("survivors than persons", np.asarray(book.survivors) > book.before),
        ("children than births", np.asarray(book.native) > book.births),
        ("loss than survivors", np.asarray(book.survivors) < 0),
        ("loss than births", np.asarray(book.native) < 0),
    )
    return [
        Fault(
            f"more {what} in {', '.join(_named(book.units, bad))}", "no more", "Check the counts."
        )
        for what, bad in checks
        if bad.any()
    ]


def _named(units: tuple[str, ...], bad: NDArray[np.bool_]) -> list[str]:
    return [units[row] for row in np.flatnonzero(bad.any(axis=(1, 2)))[:10]]
