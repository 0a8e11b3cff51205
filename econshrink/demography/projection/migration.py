"""Net migration of a projection: age profiles times levels that revert to the province."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints, own_group_mean
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.nouns.accounting import Accounting

LEAST = 10  # territories with that sign of migration, to draw a profile from


@dataclass(frozen=True, eq=False)
class Profiles:
    """Net migration by sex and age at the end of a step, relative to its level.

    Parameters
    ----------
    gaining, losing : ndarray, shape (2, A)
        Rate at each sex and age over the rate of all ages, of territories that gain and lose.
    """

    gaining: Floats
    losing: Floats

    def migrants(self, level: Floats, people: Floats) -> Floats:
        """Net migrants by age of a step, before the nation is closed.

        Parameters
        ----------
        level : ndarray, shape (...)
            Net migrants over people, all ages together.
        people : ndarray, shape (..., 2, A)
            Survivors and newborn at the end of the step.

        Notes
        -----
        The profile is scaled so that the sum over ages is ``level`` times the people, whatever
        the age structure. No age loses more than nine tenths of its people.
        """
        up = level[..., None, None] > 0
        weight = np.where(up, self.gaining, self.losing) * people
        total = weight.sum(axis=(-2, -1), keepdims=True)
        scale = level[..., None, None] * people.sum(axis=(-2, -1), keepdims=True) / total
        weight *= scale
        return np.asarray(np.maximum(weight, -0.9 * people, out=weight))


def step_levels(book: Accounting) -> Floats:
    """Net migration rate of a five-year step that, twice over, makes that of the ten years.

    Parameters
    ----------
    book : Accounting
        Of ten years.

    Returns
    -------
    ndarray, shape (n,)
        ``(1 + migrants / survivors)^(1/2) - 1`` over those alive at the start.
    """
    born = book.children
    moved = book.migration[:, :, born:].sum(axis=(1, 2))
    alive = book.arrived[:, :, born:].sum(axis=(1, 2))
    return np.asarray(np.sqrt(1.0 + moved / alive) - 1.0)


def profiles(book: Accounting, ages: int | None = None) -> Profiles:
    """Age profiles of five-year net migration from the cohorts of a ten-year accounting.

    Parameters
    ----------
    book : Accounting
        Ten years, five-year age groups.
    ages : int, optional
        Age groups wanted, if more than in `book`: those within its open group share its rate.

    Returns
    -------
    Profiles

    Raises
    ------
    DataError
        Fewer than ten territories that gain, or that lose.

    Notes
    -----
    A cohort that ended at age x at the rate r made each half at ``(1 + r)^(1/2) - 1``. The rate
    of a step that ends at x is the mean over the cohort that ended there and the one that ended
    five years older. Children born in the step do not migrate: they count where they live.
    """
    level = step_levels(book)
    faults = [
        Fault(f"{count} territories that {word}", f"{LEAST} or more", "Use more territories.")
        for word, count in (("gain", int((level > 0).sum())), ("lose", int((level < 0).sum())))
        if count < LEAST
    ]
    raise_all(DataError, faults)
    wider = ((0, 0), (0, max(0, (ages or 0) - len(book.lower))))
    gaining, losing = (
        np.pad(_profile(book, chosen), wider, mode="edge") for chosen in (level > 0, level < 0)
    )
    return Profiles(gaining, losing)


def _profile(book: Accounting, chosen: NDArray[np.bool_]) -> Floats:
    born = book.children
    moved = book.migration[chosen].sum(axis=0)[:, born:].astype(float)
    alive = book.arrived[chosen].sum(axis=0)[:, born:].astype(float)
    half = np.sqrt(1.0 + moved / alive) - 1.0  # by age at the end, from the first that moved on
    older = np.concatenate([half[:, 1:], half[:, -1:]], axis=1)
    rates = np.zeros((2, len(book.lower)))
    rates[:, born:] = 0.5 * (half + older)
    rates[:, born - 1] = half[:, 0]  # aged 5-9 at the end of a step: only the younger cohort tells
    overall = (rates[:, born:] * alive).sum() / alive.sum()
    return np.asarray(rates / overall)


@dataclass(frozen=True)
class MigrationProcess:
    """Level of each step: ``m + persistence (level before - m) + province + city shock``.

    m is the province's mean level at the start.

    Parameters
    ----------
    persistence : float
        In [0, 1].
    sd_province, sd_city : float
        Standard deviations of the shocks to a five-year rate.

    Examples
    --------
    >>> still = MigrationProcess(0.5, 0.0, 0.0)
    >>> rng = np.random.default_rng(0)
    >>> still.levels(np.array([0.04, 0.0]), np.array([0, 0]), 2, 1, rng)[:, 0].tolist()
    [[0.03, 0.01], [0.025, 0.015]]
    """

    persistence: float
    sd_province: float
    sd_city: float

    def __post_init__(self) -> None:
        faults = []
        if not 0 <= self.persistence <= 1:
            faults.append(Fault(f"persistence {self.persistence}", "0 to 1", "Mend it."))
        if min(self.sd_province, self.sd_city) < 0:
            faults.append(Fault("a negative standard deviation", "0 or more", "Mend it."))
        raise_all(SpecError, faults)

    def levels(
        self, level: Floats, groups: Ints, steps: int, draws: int, rng: np.random.Generator
    ) -> Floats:
        """Draw the levels of future steps, shape (steps, draws, n)."""
        centre = own_group_mean(level, groups)
        size = int(groups.max()) + 1
        now = np.broadcast_to(level, (draws, len(level)))
        path = []
        for _ in range(steps):
            common = self.sd_province * rng.standard_normal((draws, size))[:, groups]
            own = self.sd_city * rng.standard_normal((draws, len(level)))
            now = centre + self.persistence * (now - centre) + common + own
            path.append(now)
        return np.stack(path)


def process_from_decades(first: Floats, second: Floats, groups: Ints) -> MigrationProcess:
    """Persistence and shocks of five-year rates from growth over two consecutive decades.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        Log growth of two decades.
    groups : ndarray of int, shape (n,)
        Provinces.

    Returns
    -------
    MigrationProcess

    Raises
    ------
    DataError
        Growth that is missing, or fewer than three cities.

    Notes
    -----
    With half a decade's rate as the last level L and the process above (deviations from the
    province), the next decade is ``(φ + φ²) L + (1 + φ) e1 + e2``. The slope b of the second
    decade on the first, within provinces, is therefore ``(φ + φ²) / 2`` and the residual variance
    ``(1 + (1 + φ)²)`` times that of a shock. The variance between provinces is that of their
    changes of mean, less what cities explain. Growth stands in for migration, natural change
    being much the smoother part.

    Examples
    --------
    >>> first = np.array([0.0, 0.1, 0.2, 0.3])
    >>> process = process_from_decades(first, 0.375 * first, np.zeros(4, dtype=int))
    >>> round(process.persistence, 6), round(process.sd_city, 6)
    (0.5, 0.0)
    """
    known = np.isfinite(first) & np.isfinite(second)
    if not known.all() or len(first) < 3:
        seen = f"{int((~known).sum())} of {len(first)} cities without growth"
        raise DataError(Fault(seen, "three cities or more, all known", "Leave the others out."))
    x, y = first - own_group_mean(first, groups), second - own_group_mean(second, groups)
    slope = float(np.clip(x @ y / (x @ x), 0.0, 1.0))
    phi = 0.5 * (np.sqrt(1.0 + 8.0 * slope) - 1.0)
    inflation = 1.0 + (1.0 + phi) ** 2
    counts = np.bincount(groups)
    left = len(y) - int((counts > 0).sum()) - 1
    spread = float(((y - slope * x) ** 2).sum() / max(left, 1))
    change = np.bincount(groups, second - first) / np.maximum(counts, 1)
    here = counts > 0
    between = 0.0
    if int(here.sum()) > 2:
        own = float(np.mean(spread / counts[here]))
        between = max(float(change[here].var(ddof=1)) - own, 0.0)
    return MigrationProcess(
        float(phi), float(np.sqrt(between / inflation)), float(np.sqrt(spread / inflation))
    )
