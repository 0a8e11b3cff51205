"""Empirical and split-conformal spread by size class, and intervals adjusted by past misses."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields

GRID = 10_000  # steps of the table in which chances are looked up
LEAST = 30  # cases below which a class borrows from all


@dataclass(frozen=True)
@typed_fields
class SizeClasses:
    """Classes of cities by residents at the origin.

    Parameters
    ----------
    edges : tuple of float
        Persons, ascending; n edges make n + 1 classes.

    Examples
    --------
    >>> SizeClasses((1e6, 5e6)).of(np.log([5e5, 1e6, 9e6])).tolist()
    [0, 1, 2]
    """

    edges: tuple[float, ...] = (2e6, 4e6, 6e6)

    def __post_init__(self) -> None:
        if list(self.edges) != sorted(set(self.edges)) or not all(e > 0 for e in self.edges):
            seen = f"edges {self.edges}"
            raise SpecError(Fault(seen, "ascending persons above zero", "Mend the edges."))

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes in words, millions of residents."""
        cuts = [f"{edge / 1e6:g}" for edge in self.edges]
        middle = [f"{low}–{high} m" for low, high in itertools.pairwise(cuts)]
        return (f"below {cuts[0]} m", *middle, f"{cuts[-1]} m and over")

    def of(self, level: Floats) -> Ints:
        """Class of each log population (a missing one falls in the last)."""
        return np.searchsorted(np.log(self.edges), level, side="right").astype(np.intp)


@dataclass(frozen=True, eq=False)
class Spread:
    """Sorted past residuals by class: the shape of a predictive distribution.

    Parameters
    ----------
    pools : tuple of ndarray
        Sorted residuals of each class.
    weights : tuple of ndarray
        Position of each residual between 0 and 1.
    """

    pools: tuple[Floats, ...]
    weights: tuple[Floats, ...]

    def at(self, chance: Floats, classes: Ints) -> Floats:
        """Residual at `chance` of the distribution of each row's class.

        Parameters
        ----------
        chance : ndarray, shape (cities, m)
        classes : ndarray, shape (cities,)
        """
        values = np.empty_like(chance)
        for number in range(len(self.pools)):
            rows = classes == number
            if rows.any():
                table = self.table(number)
                low, part = table_cells(chance[rows])
                values[rows] = table[low] + part * (table[low + 1] - table[low])
        return values

    def table(self, number: int) -> Floats:
        """Residuals of a class at even chances: looked up faster than among the residuals."""
        return np.interp(_even(), self.weights[number], self.pools[number])


@cache
def _even() -> Floats:
    return np.linspace(0, 1, GRID + 1)


def table_cells(chance: Floats) -> tuple[Ints, Floats]:
    """Cells of `Spread.table` in which some chances lie, and how far into them."""
    place = chance * GRID
    low = np.minimum(place.astype(np.intp), GRID - 1)
    return low, place - low


def fit_spread(
    residuals: Floats,
    classes: Ints,
    count: int,
    *,
    weights: Floats | None = None,
    least: int = LEAST,
) -> Spread:
    """Split-conformal distribution of each class from residuals that were not trained on.

    The i-th of m sorted residuals stands at ``i / (m + 1)``: if the next residual is
    exchangeable with them, a central interval of level L covers it with probability L up to
    ``1 / (m + 1)`` (Vovk and others 2005). Beyond the outermost residuals the distribution stops.
    Weights let recent residuals count for more (Barber and others 2023).

    Parameters
    ----------
    residuals : ndarray, shape (m,)
    classes : ndarray of int, shape (m,)
    count : int
        Number of classes.
    weights : ndarray, shape (m,), optional
        Above zero; equal without them.
    least : int
        A class with fewer cases uses those of all classes.

    Raises
    ------
    DataError
        No residual, or one that is not finite.

    Examples
    --------
    >>> spread = fit_spread(np.array([3.0, 1.0, 2.0]), np.zeros(3, int), 1, least=1)
    >>> spread.at(np.array([[0.25, 0.5, 0.99]]), np.array([0])).tolist()
    [[1.0, 2.0, 3.0]]
    """
    residuals = np.asarray(residuals, dtype=float)
    if not residuals.size or not np.isfinite(residuals).all():
        seen = "no residual" if not residuals.size else "residuals that are not finite"
        raise DataError(Fault(seen, "finite past residuals", "Score earlier origins first."))
    heavy = np.ones(len(residuals)) if weights is None else np.asarray(weights, dtype=float)
    pools, steps = [], []
    for number in range(count):
        own = classes == number
        chosen = own if own.sum() >= least else np.ones(len(residuals), dtype=bool)
        order = np.argsort(residuals[chosen], kind="stable")
        mass = heavy[chosen][order]
        pools.append(residuals[chosen][order])
        steps.append((np.cumsum(mass) + (mass.mean() - mass) / 2) / (mass.sum() + mass.mean()))
    return Spread(tuple(pools), tuple(steps))


@dataclass(frozen=True, eq=False)
class Recalibration:
    """A symmetric change of spread learnt from where past truths lay in past draws.

    Parameters
    ----------
    distances : ndarray, shape (m,)
        Sorted ``|2 PIT - 1|`` of settled forecasts: 0 in the middle of the draws, 1 outside.
    """

    distances: Floats

    def level(self, chance: Floats) -> Floats:
        """Level of the raw draws at which the recalibrated quantile of `chance` is read.

        The middle stays where it is: a few origins cannot teach a direction.

        Examples
        --------
        >>> Recalibration(np.linspace(0.005, 0.5, 100)).level(np.array([0.5, 0.9])).round(2)
        array([0.5, 0.7])
        """
        away = 2 * np.asarray(chance, dtype=float) - 1
        count = len(self.distances)
        grid = np.concatenate([[0.0], np.arange(1, count + 1) / (count + 1), [1.0]])
        values = np.concatenate([[0.0], self.distances, [1.0]])
        return np.asarray(0.5 + np.sign(away) * np.interp(np.abs(away), grid, values) / 2)

    def apply(self, draws: Floats) -> Floats:
        """Move each row's draws to the new quantiles, keeping their order, shape (n, m)."""
        size = draws.shape[-1]
        order = np.argsort(draws, axis=-1)
        place = self.level((np.arange(size) + 0.5) / size) * size - 0.5
        low = np.clip(np.floor(place).astype(int), 0, size - 2)
        part = np.clip(place - low, 0.0, 1.0)
        ordered = np.take_along_axis(draws, order, axis=-1)
        moved = ordered[..., low] * (1 - part) + ordered[..., low + 1] * part
        result = np.empty_like(draws)
        np.put_along_axis(result, order, moved, axis=-1)
        return result


def recalibrate(past_pit: Floats) -> Recalibration:
    """Learn the spread from PIT values of settled forecasts.

    Raises
    ------
    DataError
        No values, or values outside [0, 1].
    """
    values = np.asarray(past_pit, dtype=float)
    if not values.size or not ((values >= 0) & (values <= 1)).all():
        raise DataError(
            Fault("no PIT values, or some outside [0, 1]", "settled forecasts", "Score earlier.")
        )
    return Recalibration(np.sort(np.abs(2 * values - 1)))


def conformal_intervals(
    low: Floats,
    high: Floats,
    past: tuple[Floats, Floats, Floats],
    level: float,
    classes: Ints | None = None,
    past_classes: NDArray[np.intp] | None = None,
) -> tuple[Floats, Floats]:
    """Widen or narrow a model's intervals by how far past truths lay outside them.

    Conformalised quantile regression (Romano, Patterson and Candès 2019): both ends move by the
    ``ceil((m + 1) level)``-th smallest of ``max(low - truth, truth - high)``, class by class.
    Ends that would cross meet in the middle.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Interval of each new case.
    past : (ndarray, ndarray, ndarray)
        Low, high and truth of m earlier cases.
    level : float
    classes, past_classes : ndarray of int, optional
        Classes of the new and the earlier cases; each needs earlier cases.

    Raises
    ------
    DataError
        Too few earlier cases for the level (``(m + 1) level > m``), or no such class.

    Examples
    --------
    >>> past = (np.zeros(4), np.ones(4), np.array([0.5, 0.5, 1.5, 2.0]))
    >>> conformal_intervals(np.zeros(1), np.ones(1), past, 0.5)
    (array([-0.5]), array([1.5]))
    """
    if not 0 < level < 1:
        raise SpecError(Fault(f"level {level}", "between 0 and 1", "Give 0.8 for 80%."))
    before_low, before_high, truth = (np.asarray(x, dtype=float) for x in past)
    miss = np.maximum(before_low - truth, truth - before_high)
    here = np.zeros(len(low), dtype=np.intp) if classes is None else classes
    there = np.zeros(len(miss), dtype=np.intp) if past_classes is None else past_classes
    shift = np.empty(len(low))
    faults = []
    for number in np.unique(here):
        own = np.sort(miss[there == number])
        rank = int(np.ceil((len(own) + 1) * level))
        if rank > len(own):
            seen = f"{len(own)} earlier cases in class {number}"
            expected = f"at least {int(np.ceil(level / (1 - level)))} for a level of {level:g}"
            faults.append(Fault(seen, expected, "Pool classes or lower the level."))
            continue
        shift[here == number] = own[rank - 1]
    raise_all(DataError, faults)
    middle = (np.asarray(low) + np.asarray(high)) / 2
    return np.minimum(low - shift, middle), np.maximum(high + shift, middle)
