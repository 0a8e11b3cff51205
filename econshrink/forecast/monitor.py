"""Early warning: cumulative sums, alarms by cost and loss, and the indices of Korea and Japan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.arrays import Floats
from econshrink.errors import DataError, Fault, SpecError

KOREA = (  # upper ends of the classes of women 20-39 over residents 65+, and their names
    (0.2, "high risk"),
    (0.5, "at risk"),
    (1.0, "caution"),
    (1.5, "normal"),
    (np.inf, "low risk"),
)


@dataclass(frozen=True)
class Cusum:
    """One-sided cumulative sums of standardised shortfalls and excesses.

    ``S[t] = max(0, S[t-1] + z[t] - allowance)``, an alarm when S exceeds `threshold` (Page 1954).

    Parameters
    ----------
    allowance : float
        In standard deviations: shifts of less than twice that are not looked for.
    threshold : float
        In standard deviations.
    """

    allowance: float = 0.5
    threshold: float = 4.0

    def __post_init__(self) -> None:
        if self.allowance < 0 or self.threshold <= 0:
            seen = f"allowance {self.allowance}, threshold {self.threshold}"
            raise SpecError(Fault(seen, "at least 0, above 0", "Mend them."))

    def sums(self, scores: Floats) -> tuple[Floats, Floats]:
        """Sums against falls and against rises, each shape (cities, years).

        Parameters
        ----------
        scores : ndarray, shape (cities, years)
            Deviations from the expected rate in standard deviations; a missing one leaves the
            sums as they are.

        Examples
        --------
        >>> down, up = Cusum(0.5, 2.0).sums(np.array([[-1.5, -1.5, 2.0]]))
        >>> down.tolist(), up.tolist()
        ([[1.0, 2.0, 0.0]], [[0.0, 0.0, 1.5]])
        """
        scores = np.asarray(scores, dtype=float)
        down, up = np.zeros_like(scores), np.zeros_like(scores)
        low = high = np.zeros(len(scores))
        for t in range(scores.shape[1]):
            z = scores[:, t]
            there = ~np.isnan(z)
            low = np.where(there, np.maximum(0, low - z - self.allowance), low)
            high = np.where(there, np.maximum(0, high + z - self.allowance), high)
            down[:, t], up[:, t] = low, high
        return down, up

    def alarms(self, scores: Floats) -> NDArray[np.bool_]:
        """Years in which the sum against falls lies above the threshold, (cities, years)."""
        return np.asarray(self.sums(scores)[0] > self.threshold)


def standardise(rates: Floats, calm: slice) -> Floats:
    """Deviation of yearly rates from each city's mean of a calm period, over its spread.

    Parameters
    ----------
    rates : ndarray, shape (cities, years)
    calm : slice
        Years of the calm period, by position; nothing later enters mean or spread.

    Returns
    -------
    ndarray, shape (cities, years)
        NaN for cities with fewer than three calm years or no spread.
    """
    base = np.asarray(rates, dtype=float)[:, calm]
    known = ~np.isnan(base)
    count = known.sum(axis=1)
    mean = np.where(known, base, 0).sum(axis=1) / np.maximum(count, 1)
    square = np.where(known, (base - mean[:, None]) ** 2, 0).sum(axis=1)
    spread = np.sqrt(square / np.maximum(count - 1, 1))
    sound = (count >= 3) & (spread > 0)
    return np.where(
        sound[:, None], (rates - mean[:, None]) / np.where(sound, spread, 1)[:, None], np.nan
    )


def cost_loss_alarm(probability: Floats, cost: float, loss: float) -> NDArray[np.bool_]:
    """Act where the probability exceeds the cost of acting over the loss it averts.

    Examples
    --------
    >>> cost_loss_alarm(np.array([0.1, 0.3]), 1.0, 5.0).tolist()
    [False, True]
    """
    p = np.asarray(probability, dtype=float)
    if not 0 < cost < loss:
        seen = f"cost {cost}, loss {loss}"
        raise SpecError(Fault(seen, "0 < cost < loss", "Otherwise one acts always or never."))
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError(Fault("probabilities outside [0, 1]", "0 to 1", "Mend them."))
    return np.asarray(p > cost / loss)


def korea_index(women: Floats, elderly: Floats) -> Floats:
    """Women aged 20-39 per resident aged 65 and over.

    Raises
    ------
    DataError
        A city without elderly residents.

    Examples
    --------
    >>> korea_index(np.array([10.0]), np.array([40.0])).tolist()
    [0.25]
    """
    if not (np.asarray(elderly) > 0).all():
        raise DataError(Fault("no residents aged 65 and over", "some", "Leave the city out."))
    return np.asarray(np.asarray(women, dtype=float) / elderly)


def korea_class(index: Floats) -> list[str]:
    """Names of the classes of the index.

    Examples
    --------
    >>> korea_class(np.array([0.1, 0.2, 1.6]))
    ['high risk', 'at risk', 'low risk']
    """
    ends = np.array([end for end, _ in KOREA])
    return [KOREA[int(k)][1] for k in np.searchsorted(ends, np.asarray(index), side="right")]


def japan_disappearing(women: Floats) -> Floats:
    """Probability that women aged 20-39 halve from the first to the last year.

    Parameters
    ----------
    women : ndarray, shape (cities, years, draws)
        Thirty years apart for the rule of 2014 and 2024.

    Examples
    --------
    >>> japan_disappearing(np.array([[[100.0, 100.0], [50.0, 60.0]]])).tolist()
    [0.5]
    """
    if women.ndim != 3 or women.shape[1] < 2 or not (women[:, 0] > 0).all():
        seen = f"women of shape {women.shape}, or none at the start"
        raise DataError(Fault(seen, "(cities, years, draws), some women", "Mend them."))
    return np.asarray((women[:, -1] <= 0.5 * women[:, 0]).mean(axis=1))
