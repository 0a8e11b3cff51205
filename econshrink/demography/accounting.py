"""The intercensal accounting identity: births, deaths and net migration, exact to the person.

The people of the first count are survived to the second at national rates; what the second count
holds more or less is net migration (and coverage, if asked for). It is a residual: its errors are
those of both counts and of the survival table.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats, Ints, largest_remainder
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.demography.accounting_options import ByResidence, Children, Nation, OpenNation
from econshrink.demography.ageing import SurvivalRatios
from econshrink.nouns.accounting import Accounting
from econshrink.nouns.ages import AgeStructure


def account(
    before: AgeStructure,
    after: AgeStructure,
    ratios: SurvivalRatios,
    *,
    nation: Nation = OpenNation(),  # noqa: B008 - a frozen option, never changed
    children: Children = ByResidence(),  # noqa: B008
    relative_mortality: pd.Series | None = None,
) -> Accounting:
    """Account for the change of every unit between two counts.

    Parameters
    ----------
    before, after : AgeStructure
        The same units on the same territory, in the age groups of the ratios.
    ratios : SurvivalRatios
        National survival from the first count to the second.
    nation : OpenNation or ClosedNation
        Whether the nation's residual is net migration or coverage.
    children : ByResidence or ByMothers
        Whether children born since may have moved.
    relative_mortality : Series, optional
        Factor of the national force of mortality by unit (1 = as the nation's); the unit's
        survival is the national one to that power.

    Returns
    -------
    Accounting
        Units sorted by code. Survivors and births are rounded by largest remainders within each
        sex and age, so that they sum over units to the rounded national figure.

    Raises
    ------
    DataError
        Units that are in one count only, other years or age groups than the ratios', a unit
        without relative mortality or with a negative one, an age group into which nobody of the
        nation could have survived but in which people were counted (`ClosedNation`).

    Notes
    -----
    ``change = births - deaths + coverage + migration``. Deaths after moving count where people
    were at the start; migrants who came and died between the counts are not seen; a cohort's net
    migration nets arrivals with departures over the whole span.

    Examples
    --------
    >>> ages = lambda year, *x: AgeStructure(("110000",), year, (0, 5, 10), np.array([[x, x]]))
    >>> ratios = SurvivalRatios(2010, 5, np.full((1, 2, 3), 0.9), np.ones((1, 2)))
    >>> book = account(ages(2010, 10, 20, 30), ages(2015, 8, 9, 50), ratios)
    >>> book.components().iloc[0][["births", "deaths", "migration", "change"]].tolist()
    [16, 12, 10, 14]
    """
    raise_all(DataError, _faults(before, after, ratios, relative_mortality))
    order = sorted(before.cities)
    before, after = before.select(order), after.select(order)
    power = _power(order, relative_mortality)
    survivors = largest_remainder(before.persons * ratios.forward(before.lower) ** power)
    survivors = np.minimum(survivors, before.persons)
    born = len(ratios.steps)
    blank = np.zeros((len(order), 2, born), dtype=np.int64)
    first = Accounting(
        tuple(order),
        before.year,
        after.year,
        before.lower,
        before.persons,
        after.persons,
        survivors,
        np.zeros_like(survivors),
        blank,
        blank,
        (nation.label, children.label, _mortality_label(relative_mortality)),
        f"{before.source}; {after.source}".strip("; "),
        before.synthetic or after.synthetic,
    )
    coverage = nation.coverage(first.arrived, after.persons)
    moved = first.migration - coverage
    joined = children.migrants(after.persons, moved, before.lower, born)
    if nation.closed:
        raise_all(DataError, _uncovered(moved, first))
        joined = joined - _share_out(joined.sum(axis=0), after.persons[:, :, :born])
    native = after.persons[:, :, :born] - joined
    share = ratios.children()[::-1].T ** power  # by age at the end: the youngest were born last
    births = np.maximum(largest_remainder(native / share), native)
    return replace(first, coverage=coverage, native=native, births=births)


def national_residual(book: Accounting) -> pd.DataFrame:
    """Persons counted at the end and expected, by age, over all units of an accounting.

    Parameters
    ----------
    book : Accounting
        Of a whole nation.

    Returns
    -------
    DataFrame
        Index `age` (at the end, those alive at the start only). Columns `expected` and `counted`
        (persons), `residual` and its share of the expected, `relative`.

    Examples
    --------
    >>> ages = lambda year, *x: AgeStructure(("110000",), year, (0, 5, 10), np.array([[x, x]]))
    >>> ratios = SurvivalRatios(2010, 5, np.full((1, 2, 3), 0.9), np.ones((1, 2)))
    >>> book = account(ages(2010, 10, 20, 30), ages(2015, 8, 9, 50), ratios)
    >>> national_residual(book)["residual"].tolist()
    [0, 10]
    """
    expected = book.arrived.sum(axis=(0, 1))[book.children :]
    counted = book.after.sum(axis=(0, 1))[book.children :]
    gap = counted - expected
    relative = np.divide(gap, expected, out=np.full(len(gap), np.nan), where=expected > 0)
    return pd.DataFrame(
        {"expected": expected, "counted": counted, "residual": gap, "relative": relative},
        index=pd.Index(book.lower[book.children :], name="age"),
    )


def relative_mortality(
    before: AgeStructure, death_rate: pd.Series, deaths_per_person: Floats
) -> pd.Series:
    """Units' mortality relative to the nation's, at their own ages (indirect standardisation).

    Parameters
    ----------
    before : AgeStructure
    death_rate : Series
        Reported crude death rate by unit, per person and year; missing rates count as average.
    deaths_per_person : ndarray, shape (2, A)
        National death rates by sex and age group of `before`.

    Returns
    -------
    Series
        Reported over expected deaths by unit, divided by the nation's ratio: 1 is average, and
        under-reporting common to all units drops out.

    Examples
    --------
    >>> ages = AgeStructure(("110000", "120000"), 2010, (0, 5), np.full((2, 2, 2), 50))
    >>> rates = pd.Series({"110000": 0.012, "120000": 0.008})
    >>> relative_mortality(ages, rates, np.full((2, 2), 0.01)).round(3).tolist()
    [1.2, 0.8]
    """
    expected = (before.persons * deaths_per_person).sum(axis=(1, 2))
    reported = death_rate.reindex(list(before.cities)).to_numpy(dtype=float) * before.total
    known = np.isfinite(reported)
    level = reported[known].sum() / expected[known].sum()
    ratio = np.where(known, reported / expected / level, 1.0)
    return pd.Series(ratio, index=pd.Index(before.cities, name="city"))


def _power(units: list[str], relative: pd.Series | None) -> Floats:
    if relative is None:
        return np.ones((1, 1, 1))
    return np.asarray(relative.reindex(units).to_numpy(dtype=float)[:, None, None])


def _mortality_label(relative: pd.Series | None) -> str:
    if relative is None:
        return "national survival in every unit"
    return "national survival to the power of each unit's relative mortality"


def _faults(
    before: AgeStructure,
    after: AgeStructure,
    ratios: SurvivalRatios,
    relative: pd.Series | None,
) -> list[Fault]:
    faults = []
    for one, other in ((before, after), (after, before)):
        alone = sorted(set(one.cities) - set(other.cities))
        if alone:
            faults.append(
                Fault(
                    f"{len(alone)} units in {one.year} only: {', '.join(alone[:10])}",
                    "the same units in both counts",
                    "Merge territories that were split or joined, or leave them out by name.",
                )
            )
    dates = (before.year, after.year)
    span = (ratios.year, ratios.year + ratios.horizon)
    if dates != span:
        seen = f"counts of {dates[0]} and {dates[1]}, survival from {span[0]} to {span[1]}"
        faults.append(Fault(seen, "the same years", "Choose ratios of that span."))
    if before.lower != after.lower or before.lower != ratios.lower[: len(before.lower)]:
        seen = f"ages {before.lower}, {after.lower} and of the ratios {ratios.lower}"
        faults.append(Fault(seen, "the same groups", "Merge them with `grouped`."))
    if before.lower[-1] <= ratios.horizon:
        seen = f"ages open from {before.lower[-1]} over {ratios.horizon} years"
        faults.append(Fault(seen, "a later open group", "Use finer ages or a shorter span."))
    if relative is not None:
        values = relative.reindex(sorted(set(before.cities)))
        bad = values.index[~(values > 0)].tolist()
        if bad:
            seen = f"no positive relative mortality of {', '.join(map(str, bad[:10]))}"
            faults.append(Fault(seen, "one for every unit", "Complete it, or leave it out."))
    return faults


def _uncovered(moved: Ints, book: Accounting) -> list[Fault]:
    """Ages at which a closed nation has people but no survivors to close with."""
    left = moved.sum(axis=0)
    left[:, : book.children] = 0
    return [
        Fault(
            f"{left[sex, group]} persons of age {book.lower[group]} and no survivors",
            "survivors wherever people were counted",
            "Use OpenNation, or merge ages.",
        )
        for sex, group in zip(*(axis.tolist() for axis in np.nonzero(left)), strict=True)
    ]


def _share_out(total: Ints, people: Ints) -> Ints:
    """Spread whole numbers (2, K) over units in proportion to people (n, 2, K)."""
    there = np.maximum(people.sum(axis=0), 1)
    size = largest_remainder(people * (np.abs(total) / there), np.abs(total))
    return np.asarray(np.sign(total) * size)
