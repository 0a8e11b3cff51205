"""What every population model can do, so that one backtest serves them all."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError
from econshrink.forecast.view import InformationSet


class PathModel(Protocol):
    """A model of the middle of the forecast; draws are spread around it by its own errors."""

    @property
    def label(self) -> str:
        """The model and its settings in words."""
        ...

    def path(self, view: InformationSet, horizons: Ints) -> Floats:
        """Log change since the origin, shape (cities, horizons); NaN where it cannot say."""
        ...


class PointRule:
    """Base of a model whose path is meant as a point: the median of its draws is the path.

    The draws of other models keep the skew of their past errors, and their median is not the path.
    """


def check_horizons(horizons: Ints) -> Ints:
    """Whole years ahead, each at least 1, ascending.

    Raises
    ------
    SpecError
        None, a horizon below one year, or not ascending.
    """
    steps = np.asarray(horizons, dtype=np.intp)
    if steps.ndim != 1 or not len(steps) or steps.min() < 1 or (np.diff(steps) <= 0).any():
        seen = f"horizons {np.asarray(horizons).tolist()}"
        raise SpecError(Fault(seen, "ascending years, each at least 1", "Mend the horizons."))
    return steps


def check_damping(window: int, *damping: float) -> None:
    """Refuse a window of growth below two years, or a damping outside 0 to 1."""
    if window < 2 or not all(0 <= factor <= 1 for factor in damping):
        seen = f"window {window}, damping {', '.join(f'{factor:g}' for factor in damping)}"
        raise SpecError(Fault(seen, "two years or more, damping from 0 to 1", "Mend them."))


def damped_weights(horizons: Ints, damping: float) -> Floats:
    """``damping + damping² + … + damping^h`` for each horizon.

    Examples
    --------
    >>> damped_weights(np.array([1, 2]), 0.5).tolist()
    [0.5, 0.75]
    """
    h = np.asarray(horizons, dtype=float)
    return h if damping == 1 else np.asarray(damping * (1 - damping**h) / (1 - damping))
