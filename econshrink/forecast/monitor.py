"""Early warning: cumulative sums, alerts by cost and loss, and two published indices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields

KOREA_CLASSES = ((0.2, "high risk"), (0.5, "risk"), (1.0, "caution"), (1.5, "normal"))
STATES = 200  # of the chain behind a run length


@dataclass(frozen=True)
@typed_fields
class Cusum:
    """Two-sided cumulative sum of standardised figures (Page 1954).

    Parameters
    ----------
    slack : float
        Standard deviations that pass unnoticed each year; half the shift to be found.
    limit : float
        An alarm is raised above it.

    Examples
    --------
    >>> watch = Cusum(0.5, 2.0).follow(np.array([[0.0, -1.5, -1.5, -1.5]]))
    >>> watch.down.tolist(), watch.first_alarm().tolist()
    ([[0.0, 1.0, 2.0, 3.0]], [3.0])
    """

    slack: float = 0.5
    limit: float = 4.0

    def __post_init__(self) -> None:
        if not (self.slack >= 0 and self.limit > 0):
            seen = f"slack {self.slack}, limit {self.limit}"
            raise SpecError(Fault(seen, "slack 0 or more, a limit above 0", "Mend them."))

    def follow(self, standardised: Floats) -> CusumPaths:
        """Run along the years.

        Parameters
        ----------
        standardised : ndarray, shape (cities, years)
            Figures less their usual mean over their usual standard deviation. A missing figure
            leaves the sums as they are.
        """
        z = np.nan_to_num(np.asarray(standardised, dtype=float))
        known = ~np.isnan(np.asarray(standardised, dtype=float))
        up, down = np.zeros_like(z), np.zeros_like(z)
        high = low = np.zeros(len(z))
        for year in range(z.shape[1]):
            seen = known[:, year]
            high = np.where(seen, np.maximum(0.0, high + z[:, year] - self.slack), high)
            low = np.where(seen, np.maximum(0.0, low - z[:, year] - self.slack), low)
            up[:, year], down[:, year] = high, low
        return CusumPaths(up, down, self.limit)

    def run_length(self) -> float:
        """Expected years to a false alarm of one side, figures independent and standard normal.

        Notes
        -----
        Markov chain of Brook and Evans (1972, *Biometrika* 59). Both sides together alarm after
        about half of that.

        Examples
        --------
        >>> round(Cusum(0.5, 4.0).run_length())
        335
        """
        width = 2.0 * self.limit / (2 * STATES - 1)
        grid = width * np.arange(STATES)
        ends = grid[None, :] + width / 2 - grid[:, None] + self.slack
        cumulative = special.ndtr(ends)
        chain = np.diff(cumulative, axis=1, prepend=0.0)
        return float(np.linalg.solve(np.eye(STATES) - chain, np.ones(STATES))[0])


@dataclass(frozen=True, eq=False)
class CusumPaths:
    """Both sums of a `Cusum`, shape (cities, years), and its limit."""

    up: Floats
    down: Floats
    limit: float

    @property
    def alarm_down(self) -> NDArray[np.bool_]:
        """Whether the downward sum is above the limit."""
        return np.asarray(self.down > self.limit)

    def first_alarm(self) -> Floats:
        """Position of the first downward alarm of each city; NaN without one."""
        first = self.alarm_down.argmax(axis=1).astype(float)
        return np.where(self.alarm_down.any(axis=1), first, np.nan)


def standardise(values: Floats, reference: slice) -> Floats:
    """Figures less each city's mean over the reference years, over its standard deviation there.

    NaN where a city has fewer than three figures in the reference years, or no variation.

    Examples
    --------
    >>> standardise(np.array([[0.0, 1.0, 2.0, 5.0]]), slice(0, 3)).tolist()
    [[-1.0, 0.0, 1.0, 4.0]]
    """
    values = np.asarray(values, dtype=float)
    known = values[:, reference]
    count = (~np.isnan(known)).sum(axis=1)
    filled = np.where(np.isnan(known), 0.0, known)
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(np.isnan(known), 0.0, known - mean[:, None]) ** 2).sum(axis=1)
    spread = np.sqrt(squares / np.maximum(count - 1, 1))
    good = (count >= 3) & (spread > 0)
    spread = np.where(good, spread, np.nan)
    return np.asarray((values - mean[:, None]) / spread[:, None])


def alert_value(probability: Floats, event: Floats, ratios: Floats) -> Floats:
    """Value of acting when p > cost / loss, relative to perfect foresight.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    event : ndarray, shape (n,)
        1 if it happened.
    ratios : ndarray, shape (m,)
        Cost of acting over the loss that it averts, between 0 and 1.

    Returns
    -------
    ndarray, shape (m,)
        1 with perfect foresight, 0 for the better of acting always and never, negative below.

    Raises
    ------
    SpecError
        A ratio outside 0 to 1; events that all happened or none.

    Notes
    -----
    Richardson (2000), *Quarterly Journal of the Royal Meteorological Society* 126.

    Examples
    --------
    >>> alert_value(np.array([0.9, 0.1]), np.array([1.0, 0.0]), np.array([0.5])).tolist()
    [1.0]
    """
    p, y = np.asarray(probability, dtype=float), np.asarray(event, dtype=float)
    r = np.asarray(ratios, dtype=float)
    rate = float(y.mean())
    faults = []
    if not ((r > 0) & (r < 1)).all():
        faults.append(Fault(f"ratios {r.tolist()}", "between 0 and 1", "Mend them."))
    if not 0 < rate < 1:
        faults.append(Fault(f"events in {rate:.0%} of cases", "some and not all", "Use more."))
    raise_all(SpecError, faults)
    acts = p[None, :] > r[:, None]
    expense = (acts * r[:, None] + ~acts * y).mean(axis=1)
    usual = np.minimum(r, rate)
    return np.asarray((usual - expense) / (usual - rate * r))


def korea_index(women: Floats, old: Floats) -> Floats:
    """Women of 20-39 over persons of 65 and over; NaN where there is nobody of that age.

    Notes
    -----
    The regional extinction index of Lee Sang-ho (Korea Employment Information Service, 2016):
    below 0.2 high risk, below 0.5 risk, below 1 caution, below 1.5 normal.

    Examples
    --------
    >>> korea_class(korea_index(np.array([30.0, 300.0]), np.array([200.0, 100.0])))
    ['high risk', 'low risk']
    """
    above = np.asarray(old, dtype=float)
    return np.asarray(np.asarray(women, dtype=float) / np.where(above > 0, above, np.nan))


def korea_class(index: Floats) -> list[str]:
    """Class of each value of `korea_index`; ``unknown`` where it is missing."""
    return [
        "unknown"
        if np.isnan(value)
        else next((name for edge, name in KOREA_CLASSES if value < edge), "low risk")
        for value in index
    ]


def japan_index(now: Floats, later: Floats) -> NDArray[np.bool_]:
    """Whether women of 20-39 at least halve (Japan Policy Council 2014: over thirty years).

    Raises
    ------
    DataError
        Missing figures: nobody can say whether they halve.

    Examples
    --------
    >>> japan_index(np.array([100.0, 100.0]), np.array([50.0, 51.0])).tolist()
    [True, False]
    """
    before, after = np.asarray(now, dtype=float), np.asarray(later, dtype=float)
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise DataError(Fault("missing figures", "women at both ends", "Leave those places out."))
    return np.asarray(after <= 0.5 * before)
