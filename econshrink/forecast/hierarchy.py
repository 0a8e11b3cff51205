"""Rows above the cities: sums that can be forecast on their own, and their draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault
from econshrink.forecast.backtesting.record import PastErrors, Record, keep_record
from econshrink.forecast.backtesting.spreading import Spreading
from econshrink.forecast.models.model import PathModel
from econshrink.forecast.reconciliation import control, pair, reconcile, shrunk_correlation
from econshrink.forecast.view import InformationSet

LEAST = 0.2  # share of the people of a year who must be counted in the year it is linked to

SHORTER = (1, 3, 5)  # horizons that may stand in for a longer one


def summed_view(
    view: InformationSet, names: tuple[str, ...], labels: tuple[int, ...] | None = None
) -> InformationSet:
    """The view of the sums of a view's groups, such as provinces.

    Parameters
    ----------
    view : InformationSet
    names : tuple of str
        One a group, in the order of their numbers.
    labels : tuple of int, optional
        Group of each of the new rows; one for all by default.

    Returns
    -------
    InformationSet
        Log sums, linked year by year over the cities with a figure in both years, so that a city
        that joins or misses a year moves no sum. Levels before a year that shares too few people
        with every earlier one are dropped. Years already seen never change with later ones. No
        neighbours and no further figures.

    Raises
    ------
    DataError
        As many names as groups are wanted.

    Examples
    --------
    >>> level = np.log([[1.0, 2.0, 2.0], [np.nan, 40.0, 80.0]])
    >>> cities = InformationSet(("a", "b"), (2001, 2002, 2003), level, np.array([0, 0]))
    >>> np.exp(summed_view(cities, ("all",)).level).round(6).tolist()
    [[nan, 42.0, 82.0]]
    """
    size = int(view.groups.max()) + 1
    if len(names) != size:
        seen = f"{len(names)} names of {size} groups"
        raise DataError(Fault(seen, "one name a group", "Name every group."))
    people = np.exp(view.level)
    level = np.stack([_linked(people[view.groups == group]) for group in range(size)])
    groups = np.array(labels or (0,) * size, dtype=np.intp)
    no_pairs = np.empty((0, 2), dtype=np.intp)
    return replace(view, cities=names, level=level, groups=groups, extra={}, pairs=no_pairs)


def _linked(people: Floats) -> Floats:
    """Log sum of some rows by year, chained over rows that are there in both years."""
    known = ~np.isnan(people)
    filled = np.where(known, people, 0.0)
    level = np.full(people.shape[1], np.nan)
    earlier: list[int] = []
    for year in np.flatnonzero(known.any(axis=0)):
        total = filled[:, year].sum()
        for before in reversed(earlier):
            both = known[:, before] & known[:, year]
            if filled[both, year].sum() >= LEAST * total:
                step = filled[both, year].sum() / filled[both, before].sum()
                level[year] = level[before] + np.log(step)
                break
        else:
            level[:year] = np.nan
            level[year] = np.log(total)
            earlier = []
        earlier.append(int(year))
    return level


def own_draws(
    view: InformationSet, model: PathModel, horizon: int, options: Spreading, scores: Floats
) -> Floats:
    """Draws of rows that are each forecast alone, spread by nothing but their own past errors.

    Parameters
    ----------
    view : InformationSet
    model : PathModel
    horizon : int
        Years.
    options : Spreading
        Of which history and half-life are used.
    scores : ndarray, shape (rows, draws)
        Standard normal.

    Returns
    -------
    ndarray, shape (rows, draws)
        Log change since the origin: the model's path plus the row's root mean square error at
        past origins of that horizon with as many censuses ahead, times the score.

    Raises
    ------
    DataError
        Figures too short for any past error.

    Examples
    --------
    >>> from econshrink.forecast.models.naive import NoChange
    >>> level = 14 + 0.01 * np.arange(9.0)[None, :]
    >>> steady = InformationSet(("a",), tuple(range(2001, 2010)), level, np.array([0]))
    >>> own_draws(steady, NoChange(), 1, Spreading(), np.array([[-1.0, 2.0]])).round(6).tolist()
    [[-0.01, 0.02]]
    """
    record, past = _past(view, model, horizon, options)
    missed = np.stack(list(past.missed.values()))
    age = 0.5 ** ((view.origin - np.array(list(past.missed))) / options.half_life)
    weight = np.where(np.isnan(missed), 0.0, age[:, None])
    square = (weight * np.nan_to_num(missed) ** 2).sum(axis=0)
    size = past.stretch * np.sqrt(square / weight.sum(axis=0))
    return np.asarray(record.paths[view.origin][:, -1:] + size[:, None] * scores)


def past_errors(
    view: InformationSet, model: PathModel, horizon: int, options: Spreading
) -> dict[int, Floats]:
    """What a model missed at past origins, stretched to the horizon: origin to (rows,)."""
    past = _past(view, model, horizon, options)[1]
    return {origin: past.stretch * miss for origin, miss in past.missed.items()}


def _past(
    view: InformationSet, model: PathModel, horizon: int, options: Spreading
) -> tuple[Record, PastErrors]:
    """The record at the horizon and shorter ones, which stand in if it has not come yet."""
    steps = np.array([h for h in SHORTER if h < horizon] + [horizon], dtype=np.intp)
    record = keep_record(model, view, steps, options.history)
    return record, record.errors(view, horizon, options.history)


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Base forecasts of every row of a nation, in persons, and what they missed before.

    Parameters
    ----------
    nation : ndarray, shape (draws,)
    provinces : ndarray, shape (provinces, draws)
    cities : ndarray, shape (cities, draws)
        The last row may be the rest of the nation, of group -1.
    groups : ndarray of int, shape (cities,)
    missed : tuple of dict
        Past errors of the nation, the provinces and the cities: origin to (rows,), log points.
    """

    nation: Floats
    provinces: Floats
    cities: Floats
    groups: Ints
    missed: tuple[dict[int, Floats], ...] = ()

    def __post_init__(self) -> None:
        sums = self.bottom_up(self.cities)
        object.__setattr__(self, "nation", pair(self.nation, sums[0]))
        rows = [pair(own, like) for own, like in zip(self.provinces, sums[1:], strict=True)]
        object.__setattr__(self, "provinces", np.stack(rows))

    def bottom_up(self, cities: Floats) -> Floats:
        """Sums of cities: nation and provinces, shape (1 + provinces, draws)."""
        by_province = np.arange(int(self.groups.max()) + 1)[:, None] == self.groups
        return np.vstack([cities.sum(axis=0)[None, :], by_province @ cities])

    @property
    def variances(self) -> Floats:
        """Variance of the draws of every row: nation, provinces, cities."""
        rows = np.vstack([self.nation[None, :], self.provinces, self.cities])
        return np.asarray(rows.var(axis=1))

    def covariance(self) -> tuple[Floats, float]:
        """Variances of the draws, correlated as shrunk past errors are; and the shrinkage.

        With fewer than two past origins that all levels share nothing tells a correlation from
        chance: all are zero, and the shrinkage is 1.
        """
        variances = self.variances
        levels = [set(level) for level in self.missed]
        shared = sorted(set.intersection(*levels)) if levels else []
        if len(shared) < 2:
            return np.diag(variances), 1.0
        table = [np.concatenate([level[origin] for level in self.missed]) for origin in shared]
        correlation, intensity = shrunk_correlation(np.array(table))
        size = np.sqrt(variances)
        return size[:, None] * correlation * size, intensity

    def mint(self, errors: Floats) -> Floats:
        """Cities after MinT with given variances or covariance."""
        return reconcile(self.nation, self.provinces, self.cities, self.groups, errors)

    def controlled(self, total: Floats | None = None) -> Floats:
        """Cities scaled to the nation's own draws, or to others paired with them by rank."""
        given = self.nation if total is None else pair(total, self.cities.sum(axis=0))
        return control(self.cities, given)
