"""Point paths of the simplest rules: no change, and a drift that dies out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from econshrink.arrays import Floats
from econshrink.errors import Fault, SpecError


class PathRule(Protocol):
    """A rule that turns the recent past into a log path."""

    @property
    def label(self) -> str:
        """The rule and its settings in words."""
        ...

    def log_path(self, drift: pd.Series, horizons: Floats) -> Floats:
        """Log change since the start; `horizons` and result have shape (cities, years)."""
        ...


@dataclass(frozen=True)
class NoChange:
    """Every city stays where it is: the forecast to beat."""

    @property
    def label(self) -> str:
        """The rule in words."""
        return "no change"

    def log_path(self, drift: pd.Series, horizons: Floats) -> Floats:
        """Zero everywhere."""
        del drift
        return np.zeros_like(horizons)


@dataclass(frozen=True)
class DampedDrift:
    """Recent mean growth goes on, multiplied by `damping` every further year.

    ``ln P[T+h] = ln P[T] + drift · (damping + damping² + … + damping^h)``

    Parameters
    ----------
    damping : float
        Between 0 (no change) and 1 (undamped drift).
    """

    damping: float = 0.8

    def __post_init__(self) -> None:
        if not 0 <= self.damping <= 1:
            raise SpecError(Fault(f"damping {self.damping}", "a number from 0 to 1", "Mend it."))

    @property
    def label(self) -> str:
        """The rule and its damping."""
        return f"damped drift (factor {self.damping:g})"

    def log_path(self, drift: pd.Series, horizons: Floats) -> Floats:
        """Geometric sum of the damped drift.

        Examples
        --------
        >>> DampedDrift(0.5).log_path(pd.Series([0.02]), np.array([[1.0, 2.0]])).round(4)
        array([[0.01 , 0.015]])
        """
        d = self.damping
        weight = horizons if d == 1 else d * (1 - d**horizons) / (1 - d)
        return np.asarray(drift.to_numpy()[:, None] * weight)


def mean_growth(stocks: pd.DataFrame, first: int, last: int) -> pd.Series:
    """Mean yearly log growth between two years of a city × year table."""
    growth = np.log(stocks[last].to_numpy()) - np.log(stocks[first].to_numpy())
    return pd.Series(growth / (last - first), index=stocks.index, name="drift")
